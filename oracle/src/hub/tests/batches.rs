//! What the off-chain workers of validators get.

use super::*;
use codec::DecodeAll;
use gridtokenx_primitives::hub::{ReadingBatch, MAX_BATCH};

impl Server {
	async fn batch(&self, query: &str) -> ReadingBatch {
		let response = self.client.get(self.url(&format!("/v1/batches{query}"))).send().await;
		let response = response.expect("an answer");
		assert_eq!(response.status(), 200);
		assert_eq!(response.headers()["content-type"], "application/octet-stream");
		let body = response.bytes().await.expect("a body");
		ReadingBatch::decode_all(&mut &*body).expect("a batch")
	}
}

#[tokio::test]
async fn waiting_readings_should_come_in_order_until_nothing_is_left() {
	let server = server().await;
	let readings: Vec<_> = (0..7).map(|device| signed(device, INTERVAL)).collect();
	server.submit(&readings).await;
	let mut after = 0;
	let mut pulled = Vec::new();
	for expected in [3, 3, 1, 0] {
		let batch = server.batch(&format!("?after={after}&max=3")).await;
		assert_eq!(batch.readings.len(), expected);
		after = batch.next;
		pulled.extend(batch.readings);
	}
	assert_eq!((after, pulled), (7, readings));
}

#[tokio::test]
async fn waiting_readings_should_begin_where_the_buffer_does_when_some_are_settled() {
	let server = server().await;
	let readings: Vec<_> = (0..5).map(|device| signed(device, INTERVAL)).collect();
	server.submit(&readings).await;
	server.hub.buffer.settle(2, &[]).expect("settled");
	let batch = server.batch("").await;
	assert_eq!((batch.next, batch.readings.into_inner()), (5, readings[2..].to_vec()));
	// Asked from where no reading has been yet.
	let batch = server.batch("?after=99").await;
	assert_eq!((batch.next, batch.readings.len()), (99, 0));
}

#[tokio::test]
async fn answer_should_be_bounded_when_more_is_asked_for() {
	let server = server().await;
	let readings: Vec<_> = (0..MAX_BATCH + 6).map(|n| signed(n % 70, INTERVAL + n / 70)).collect();
	server.submit(&readings).await;
	for query in ["", "?max=4000000000"] {
		let batch = server.batch(query).await;
		assert_eq!(
			(batch.next, batch.readings.len()),
			(MAX_BATCH.into(), MAX_BATCH as usize)
		);
	}
	assert_eq!(server.batch("?after=1024").await.readings.len(), 6);
}

#[tokio::test]
async fn waiting_readings_should_need_the_token_when_the_chain_is_no_development_chain() {
	let mut registry = snapshot(1);
	registry.chain.development = false;
	let server = serve(Some(registry), 100, Some("secret")).await;
	assert_eq!(server.get("/v1/batches").await.0, 401);
	let with = |token: &'static str| server.client.get(server.url("/v1/batches")).bearer_auth(token).send();
	assert_eq!(with("other").await.expect("an answer").status(), 401);
	assert_eq!(with("secret").await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn query_should_be_refused_when_it_is_malformed() {
	let server = server().await;
	for query in ["after=-1", "after=x", "max=-1", "max=5000000000"] {
		assert_eq!(server.get(&format!("/v1/batches?{query}")).await.0, 400, "{query}");
	}
}
