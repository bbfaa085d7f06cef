//! The hub against a registry that is made up and signatures that are real.

use super::*;
use crate::{
	reading::{SignedReading, WireReading},
	registry::Snapshot,
	store::Store,
	testing::{key, reading, snapshot, GENESIS},
};
use serde_json::Value;
use std::net::SocketAddr;

mod answers;
mod batches;
mod readings;

/// The interval that the tests' readings are of; long over.
const INTERVAL: u32 = 1_000;

struct Server {
	address: SocketAddr,
	hub: Hub,
	client: reqwest::Client,
	_folder: tempfile::TempDir,
}

struct Answer {
	status: u16,
	retry_after: Option<String>,
	body: Value,
}

async fn serve(registry: Option<Snapshot>, capacity: usize, token: Option<&str>) -> Server {
	let folder = tempfile::tempdir().expect("a folder");
	let buffer = Buffer::open(&folder.path().join("buffer"), capacity).expect("opens");
	let store = Arc::new(Store::open(&folder.path().join("store.sqlite")).expect("opens"));
	let known = Registry::default();
	registry.into_iter().for_each(|snapshot| known.replace(snapshot));
	let hub = Hub::new(known, buffer, store, Metrics::default(), token.map(String::from));
	let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
	let address = listener.local_addr().expect("bound");
	let router = hub.clone().router();
	tokio::spawn(async move { axum::serve(listener, router).await });
	Server {
		address,
		hub,
		client: reqwest::Client::new(),
		_folder: folder,
	}
}

/// 70 active meters on a development chain.
async fn server() -> Server {
	serve(Some(snapshot(70)), 100_000, None).await
}

impl Server {
	fn url(&self, path: &str) -> String {
		format!("http://{}{path}", self.address)
	}

	async fn post(&self, body: impl Into<reqwest::Body>) -> Answer {
		let response = self
			.client
			.post(self.url("/v1/readings"))
			.body(body)
			.send()
			.await
			.expect("an answer");
		let header = response
			.headers()
			.get("retry-after")
			.map(|value| value.to_str().expect("text").into());
		Answer {
			status: response.status().as_u16(),
			retry_after: header,
			body: response.json().await.expect("JSON"),
		}
	}

	async fn submit(&self, readings: &[SignedReading]) -> Answer {
		let wire: Vec<_> = readings.iter().map(WireReading::from).collect();
		self.post(serde_json::to_vec(&wire).expect("JSON")).await
	}

	async fn get(&self, path: &str) -> (u16, String) {
		let response = self.client.get(self.url(path)).send().await.expect("an answer");
		(response.status().as_u16(), response.text().await.expect("text"))
	}

	async fn get_json(&self, path: &str) -> Value {
		serde_json::from_str(&self.get(path).await.1).expect("JSON")
	}

	fn buffered(&self) -> Vec<SignedReading> {
		self.hub
			.buffer
			.read(0, 1_000_000)
			.expect("read")
			.into_iter()
			.map(|row| row.1)
			.collect()
	}
}

fn signed(device: u32, interval: u32) -> SignedReading {
	key(device).sign_reading(&GENESIS, reading(device, interval))
}
