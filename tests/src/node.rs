//! A node as a process.

use crate::process::{self, Process};
use gridtokenx_oracle::chain::Client;
use serde_json::{json, Value};
use std::{
	path::Path,
	process::Command,
	time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::time::sleep;

/// A node compiles its runtime before it speaks; several at once, on a small machine, take their time.
const START: Duration = Duration::from_secs(300);
/// How long a node may take to stop.
const STOP: Duration = Duration::from_secs(60);

/// Length of a delivery interval on a chain of [`Node::fast`].
pub const FAST_INTERVAL: Duration = Duration::from_secs(30);

/// The arguments of a development chain: one validator, who makes a block every slot.
pub const DEV: &[&str] = &["--dev"];

/// Where a node's folder has its database.
fn base_path(folder: &Path) -> std::path::PathBuf {
	folder.join("node")
}

/// A command of the node's command line, such as `purge-chain`, on the database in `folder`.
pub fn command(folder: &Path, subcommand: &str, args: &[&str]) -> Command {
	let mut command = process::program("gridtokenx-node");
	command
		.arg(subcommand)
		.arg("--base-path")
		.arg(base_path(folder))
		.args(args);
	command
}

/// A folder for a validator of a chain: without a key that names it, its peers could not recognise it, and it refuses to start.
pub fn validator_folder(chain: &str) -> TempDir {
	let folder = tempfile::tempdir().expect("a folder");
	let mut generate = process::program("gridtokenx-node");
	generate.args(["key", "generate-node-key", "--chain", chain, "--base-path"]);
	process::run(generate.arg(base_path(folder.path())));
	folder
}

/// A running node.
pub struct Node {
	process: Process,
	port: u16,
	folder: TempDir,
}

impl Node {
	/// A development chain that begins now.
	pub async fn dev() -> Self {
		let node = Node::start("node", tempfile::tempdir().expect("a folder"), DEV).await;
		node.begin().await;
		node
	}

	/// A development chain that begins now, with delivery intervals of [`FAST_INTERVAL`]: what takes three of them takes a minute
	/// and a half. `edit` may change its genesis further.
	pub async fn fast(edit: impl FnOnce(&mut Value)) -> Self {
		let folder = tempfile::tempdir().expect("a folder");
		let preset = process::run(process::program("gridtokenx-node").args(["export-chain-spec", "--chain", "dev"]));
		let mut spec: Value = serde_json::from_str(&preset).expect("a chain spec is JSON");
		let genesis = &mut spec["genesis"]["runtimeGenesis"]["patch"];
		genesis["grid"]["intervalSeconds"] = json!(FAST_INTERVAL.as_secs());
		edit(genesis);
		let path = folder.path().join("fast.json");
		std::fs::write(&path, spec.to_string()).expect("a file can be written");
		let path = path.to_str().expect("a temporary folder's name is UTF-8").to_owned();
		let node = Node::start("node", folder, &["--dev", "--chain", &path]).await;
		node.begin().await;
		node
	}

	/// Waits for the first block: before it, the chain does not know the time.
	async fn begin(&self) {
		let deadline = Instant::now() + START;
		while self.rpc("chain_getBlockHash", json!([1])).await.is_null() {
			assert!(Instant::now() < deadline, "no block after {START:?}");
			sleep(Duration::from_millis(200)).await;
		}
	}

	/// Starts a node on the database in `folder`, or on a new one, and waits until it answers. The system chooses its ports.
	pub async fn start(name: &str, folder: TempDir, args: &[&str]) -> Self {
		let mut command = process::program("gridtokenx-node");
		command.arg("--base-path").arg(base_path(folder.path())).args(args);
		command.args([
			"--rpc-port",
			"0",
			"--port",
			"0",
			"--no-prometheus",
			"--no-telemetry",
			"--no-mdns",
		]);
		let log = folder.path().join("node.log");
		let mut process = Process::start(name, command, log);
		let addresses = process
			.wait_for("Running JSON-RPC server: addr=127.0.0.1:", START)
			.await;
		let port = addresses.split(',').next().and_then(|port| port.parse().ok());
		Node {
			process,
			port: port.expect("a port"),
			folder,
		}
	}

	/// The websocket that clients connect to.
	pub fn url(&self) -> String {
		format!("ws://127.0.0.1:{}", self.port)
	}

	/// Where other nodes reach this one. A node answers before it listens.
	pub async fn address(&self) -> String {
		let deadline = Instant::now() + STOP;
		loop {
			let addresses = self.rpc("system_localListenAddresses", json!([])).await;
			let known = addresses.as_array().expect("a list").iter().filter_map(Value::as_str);
			let local = known.filter(|address| address.starts_with("/ip4/127.0.0.1/tcp/"));
			// Validators listen without websockets too.
			if let Some(address) = local.min_by_key(|address| address.contains("/ws")) {
				return address.into();
			}
			assert!(
				Instant::now() < deadline,
				"the node listens nowhere on this machine: {addresses}"
			);
			sleep(Duration::from_millis(200)).await;
		}
	}

	/// Connects to the node.
	pub async fn client(&self) -> Client {
		Client::connect(&self.url()).await.expect("the node takes connections")
	}

	/// Calls an RPC method by HTTP.
	pub async fn rpc(&self, method: &str, params: Value) -> Value {
		let answer = self.request(method, params).await;
		assert!(answer.get("error").is_none(), "{method}: {answer}");
		answer["result"].clone()
	}

	/// Calls an RPC method that is to fail, and returns its error.
	pub async fn rpc_error(&self, method: &str, params: Value) -> Value {
		let answer = self.request(method, params).await;
		answer
			.get("error")
			.unwrap_or_else(|| panic!("{method} did not fail: {answer}"))
			.clone()
	}

	async fn request(&self, method: &str, params: Value) -> Value {
		let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
		let url = format!("http://127.0.0.1:{}", self.port);
		let answer = reqwest::Client::new()
			.post(url)
			.json(&request)
			.send()
			.await
			.expect("the node answers");
		answer.json().await.expect("JSON")
	}

	/// What the node has logged.
	pub fn log(&self) -> String {
		self.process.output()
	}

	/// Waits until block `number` is final.
	pub async fn finalises(&self, client: &Client, number: u64, limit: Duration) {
		let deadline = Instant::now() + limit;
		while client.finalised().await.expect("the node answers").number() < number {
			assert!(Instant::now() < deadline, "block {number} is not final after {limit:?}");
			sleep(Duration::from_millis(200)).await;
		}
	}

	/// Stops the node in order and leaves its folder.
	pub async fn stop(self) -> TempDir {
		self.process.stop(STOP).await;
		self.folder
	}
}
