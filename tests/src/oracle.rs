//! An oracle as a process, and a meter's side of its HTTP interface.

use crate::{
	node::Node,
	process::{self, Process},
};
use gridtokenx_oracle::reading::{SignedReading, WireReading};
use gridtokenx_primitives::Interval;
use reqwest::StatusCode;
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::{sleep, Instant};

/// How long an oracle may take until it knows the registry.
const START: Duration = Duration::from_secs(60);

/// A running oracle.
pub struct Oracle {
	process: Process,
	url: String,
	http: reqwest::Client,
	folder: TempDir,
}

/// What an oracle says to a batch of readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
	/// How many it answers for.
	pub accepted: u64,
	/// Places in the batch and reasons of the others.
	pub rejected: Vec<(u64, String)>,
}

impl Oracle {
	/// A new oracle at a node, which carries for `//Carrier`.
	pub async fn new(node: &Node) -> Self {
		Oracle::start(node, tempfile::tempdir().expect("a folder")).await
	}

	/// Starts an oracle on what is in `folder`, which carries for `//Carrier`.
	pub async fn start(node: &Node, folder: TempDir) -> Self {
		Oracle::launch(node, folder, &["--dev-carrier", "//Carrier"]).await
	}

	/// Starts an oracle and waits until it takes readings. The system chooses its port.
	async fn launch(node: &Node, folder: TempDir, args: &[&str]) -> Self {
		let mut command = process::program("gridtokenx-oracle");
		command.args(["run", "--node", &node.url(), "--listen", "127.0.0.1:0", "--data"]);
		command.arg(folder.path().join("data")).args(args);
		let mut process = Process::start("oracle", command, folder.path().join("oracle.log"));
		let address = process.wait_for("taking readings address=", START).await;
		let oracle = Oracle {
			process,
			url: format!("http://{address}"),
			http: reqwest::Client::new(),
			folder,
		};
		oracle.until_ready().await;
		oracle
	}

	async fn until_ready(&self) {
		let deadline = Instant::now() + START;
		while self.get("/healthz").await.0 != StatusCode::OK {
			assert!(Instant::now() < deadline, "the oracle is not ready after {START:?}");
			sleep(Duration::from_millis(100)).await;
		}
	}

	/// Where meters, people and validators reach it.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Asks for a page.
	pub async fn get(&self, path: &str) -> (StatusCode, Value) {
		let answer = self
			.http
			.get(format!("{}{path}", self.url))
			.send()
			.await
			.expect("the oracle answers");
		let status = answer.status();
		(status, answer.json().await.unwrap_or_default())
	}

	/// Posts a body as it is.
	pub async fn post(&self, body: impl Into<reqwest::Body>) -> Result<(StatusCode, Value), reqwest::Error> {
		let answer = self
			.http
			.post(format!("{}/v1/readings", self.url))
			.body(body)
			.send()
			.await?;
		let status = answer.status();
		Ok((status, answer.json().await?))
	}

	/// Posts readings, and returns nothing where the oracle has gone away.
	pub async fn try_submit(&self, readings: &[SignedReading]) -> Option<Verdict> {
		let wire: Vec<WireReading> = readings.iter().map(WireReading::from).collect();
		let (status, answer) = self.post(serde_json::to_vec(&wire).expect("JSON")).await.ok()?;
		assert_eq!(status, StatusCode::OK, "{answer}");
		Some(verdict(&answer))
	}

	/// Posts readings.
	pub async fn submit(&self, readings: &[SignedReading]) -> Verdict {
		self.try_submit(readings).await.expect("the oracle answers")
	}

	/// Waits until the chain has, for good, all that the oracle answers for.
	pub async fn until_delivered(&self, limit: Duration) {
		let delivered = |stats: &Value| stats["buffered"] == 0 && stats["in_flight"] == 0;
		self.until("readings wait", limit, delivered).await;
	}

	/// Waits until the oracle knows that an interval is measured: it follows finalised blocks.
	pub async fn until_measured(&self, interval: Interval, limit: Duration) {
		let measured = |stats: &Value| stats["chain"]["measured_through"].as_u64() >= Some(interval.into());
		self.until("it has not heard that the interval is measured", limit, measured)
			.await;
	}

	async fn until(&self, problem: &str, limit: Duration, done: impl Fn(&Value) -> bool) {
		let deadline = Instant::now() + limit;
		loop {
			let (_, stats) = self.get("/v1/stats").await;
			if done(&stats) {
				return;
			}
			assert!(
				Instant::now() < deadline,
				"the oracle after {limit:?}: {problem}: {stats}"
			);
			sleep(Duration::from_millis(500)).await;
		}
	}

	/// Ends the oracle without a warning, and leaves what it had on disk.
	pub fn kill(self) -> TempDir {
		self.process.kill();
		self.folder
	}
}

/// Reads an answer to a batch of readings.
pub fn verdict(answer: &Value) -> Verdict {
	let rejected = answer["rejected"].as_array().expect("a list").iter();
	let rejected = rejected.map(|entry| {
		let (index, reason) = (entry["index"].as_u64(), entry["reason"].as_str());
		(index.expect("a place"), reason.expect("a reason").into())
	});
	Verdict {
		accepted: answer["accepted"].as_u64().expect("a count"),
		rejected: rejected.collect(),
	}
}
