//! What the hub answers, and to whom.

use super::*;
use crate::facts::{Batch, FinalisedBlock};
use serde_json::json;
use std::time::Duration;

fn finalised(readings: Vec<SignedReading>) -> FinalisedBlock {
	let batches = vec![Batch {
		extrinsic: 1,
		hash: [0; 32],
		readings,
		outcome: Ok(vec![]),
	}];
	FinalisedBlock {
		number: 9,
		hash: [9; 32],
		time_ms: 27_000,
		batches,
		facts: vec![],
	}
}

#[tokio::test]
async fn series_should_need_the_token_when_the_chain_is_no_development_chain() {
	let mut registry = snapshot(2);
	registry.chain.development = false;
	let server = serve(Some(registry.clone()), 100, Some("secret")).await;
	let block = finalised(vec![signed(1, 5), signed(1, 6)]);
	server.hub.store.apply(&block, &registry).expect("written");

	let path = "/v1/devices/1/series?from=6";
	assert_eq!(server.get(path).await.0, 401);
	let with = |token: &'static str| server.client.get(server.url(path)).bearer_auth(token).send();
	assert_eq!(with("other").await.expect("an answer").status(), 401);
	let series: Value = with("secret").await.expect("an answer").json().await.expect("JSON");
	assert_eq!(
		(&series[0]["interval"], &series[0]["import_wh"], &series[0]["block"]),
		(&json!(6), &json!(10), &json!(9))
	);
}

#[tokio::test]
async fn sums_should_be_hidden_when_they_are_of_few_meters_and_the_chain_is_no_development_chain() {
	let mut registry = snapshot(70);
	registry.chain.development = false;
	registry.chain.measured_through = Some(6);
	let server = serve(Some(registry.clone()), 100, None).await;
	let few = (0..4).flat_map(|device| [signed(device, 5), signed(device, 6)]);
	let many = (0..5).flat_map(|device| [signed(device, 8), signed(device, 9)]);
	server
		.hub
		.store
		.apply(&finalised(few.chain(many).collect()), &registry)
		.expect("written");
	let intervals = server.get_json("/v1/intervals?max=10").await;
	let sums: Vec<_> = intervals
		.as_array()
		.expect("rows")
		.iter()
		.map(|row| (&row["interval"], &row["import_wh"]))
		.collect();
	assert_eq!(sums[0], (&json!(9), &json!(50)));
	assert_eq!(sums[2], (&json!(6), &Value::Null));
	assert_eq!(
		(&intervals[0]["stage"], &intervals[2]["stage"]),
		(&json!("open"), &json!("measured"))
	);
}

#[tokio::test]
async fn query_should_be_refused_with_an_error_when_it_is_malformed() {
	let server = server().await;
	for path in [
		"/v1/devices/x/series",
		"/v1/devices/1/series?from=-1",
		"/v1/intervals?max=a",
	] {
		let (status, body) = server.get(path).await;
		let body: Value = serde_json::from_str(&body).expect("JSON");
		assert_eq!((status, body["error"].is_string()), (400, true), "{path}");
	}
}

#[tokio::test]
async fn page_should_run_only_its_own_script() {
	let server = server().await;
	let response = server.client.get(server.url("/")).send().await.expect("an answer");
	let policy = response.headers()["content-security-policy"]
		.to_str()
		.expect("text")
		.to_string();
	let html = response.text().await.expect("text");
	let nonce = policy
		.split("script-src 'nonce-")
		.nth(1)
		.and_then(|rest| rest.split('\'').next())
		.expect("a nonce");
	assert_eq!(nonce.len(), 32);
	assert!(policy.starts_with("default-src 'none'"));
	assert!(
		html.contains(&format!("<script nonce=\"{nonce}\">")) && html.contains(&format!("<style nonce=\"{nonce}\">"))
	);
	assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("{{"));
}

#[tokio::test]
async fn stream_should_tell_of_finalised_blocks_as_they_come() {
	let server = server().await;
	let mut response = server
		.client
		.get(server.url("/v1/stream"))
		.send()
		.await
		.expect("an answer");
	let news = BlockNews {
		block: 9,
		time_ms: 1,
		accepted: 2,
		refused: 0,
		fills: 0,
		dispatches: 0,
	};
	server.hub.news.tell(news);
	let chunk = tokio::time::timeout(Duration::from_secs(5), response.chunk())
		.await
		.expect("in time")
		.expect("a chunk");
	let text = String::from_utf8(chunk.expect("not the end").to_vec()).expect("text");
	assert!(text.contains("event: block") && text.contains("\"block\":9"), "{text}");
}

#[tokio::test]
async fn metrics_should_be_in_the_format_of_prometheus() {
	let server = server().await;
	server.submit(&[signed(1, INTERVAL)]).await;
	let (status, text) = server.get("/metrics").await;
	assert_eq!(status, 200);
	assert!(text.contains("gridtokenx_oracle_readings_accepted_total 1\n"), "{text}");
	assert!(
		text.contains("gridtokenx_oracle_readings_buffered 1\n") && text.ends_with("# EOF\n"),
		"{text}"
	);
}
