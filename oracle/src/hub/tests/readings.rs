//! What becomes of readings.

use super::*;
use crate::testing;
use gridtokenx_primitives::Meter;
use serde_json::json;

fn rejected(index: usize, reason: &str) -> Value {
	json!({ "index": index, "reason": reason })
}

#[tokio::test]
async fn readings_should_be_accepted_and_buffered_when_they_are_signed_by_their_meters() {
	let server = server().await;
	let readings: Vec<_> = (0..70).map(|device| signed(device, INTERVAL)).collect();
	let answer = server.submit(&readings).await;
	assert_eq!(
		(answer.status, answer.body),
		(200, json!({ "accepted": 70, "rejected": [] }))
	);
	assert_eq!(server.buffered(), readings);
}

#[tokio::test]
async fn golden_vectors_should_be_accepted_in_both_schemes() {
	// The other vectors are of device 2^32 - 1, which no registry reaches.
	let vectors: Vec<_> = testing::golden_readings()
		.into_iter()
		.filter(|(_, it)| it.reading.device == 7)
		.collect();
	assert_eq!(
		vectors.iter().map(|(key, _)| key.scheme() as u8).collect::<Vec<_>>(),
		[0, 1]
	);
	for (key, vector) in vectors {
		let mut registry = snapshot(0);
		let page = vec![None; 7]
			.into_iter()
			.chain([Some(testing::meter(key))])
			.collect::<Vec<_>>();
		registry.set_page(0, page.try_into().expect("a page"));
		let server = serve(Some(registry), 100, None).await;
		let answer = server.submit(&[vector]).await;
		assert_eq!(
			(answer.status, answer.body),
			(200, json!({ "accepted": 1, "rejected": [] }))
		);
	}
}

#[tokio::test]
async fn readings_should_be_rejected_one_by_one_with_their_reasons() {
	let mut registry = snapshot(8);
	registry.chain.measured_through = Some(INTERVAL);
	let mut page: Vec<_> = (0..8).map(|device| registry.meter(device).cloned()).collect();
	let edit = |slot: &mut Option<Meter<_>>, change: fn(&mut Meter<_>)| {
		slot.as_mut().into_iter().for_each(change);
	};
	edit(&mut page[1], |meter| meter.active = false);
	edit(&mut page[2], |meter| meter.epoch = 1);
	page[3] = None;
	registry.set_page(0, page.try_into().expect("a page"));
	let running = registry.chain.running_interval();
	let server = serve(Some(registry), 100_000, None).await;
	server.hub.registry.note_readings([(4, INTERVAL), (7, INTERVAL - 1)]);

	let mut forged = signed(5, INTERVAL + 1);
	forged.reading.export_wh += 1_000_000;
	let mut swapped = signed(6, INTERVAL + 1);
	swapped.signature = signed(5, INTERVAL + 1).signature;
	let answer = server
		.submit(&[
			signed(0, INTERVAL + 1),
			signed(1, INTERVAL + 1),
			signed(2, INTERVAL + 1),
			signed(3, INTERVAL + 1),
			signed(8, INTERVAL + 1),
			signed(0, running),
			signed(4, INTERVAL),
			forged,
			swapped,
			signed(7, INTERVAL),
			signed(0, running - 1),
		])
		.await;
	let expected = json!({ "accepted": 3, "rejected": [
		rejected(1, "inactive"),
		rejected(2, "wrong_epoch"),
		rejected(3, "unknown_device"),
		rejected(4, "unknown_device"),
		rejected(5, "future"),
		rejected(6, "stale"),
		rejected(7, "bad_signature"),
		rejected(8, "bad_signature"),
	]});
	assert_eq!((answer.status, answer.body), (200, expected));
	assert_eq!(
		server.buffered(),
		[signed(0, INTERVAL + 1), signed(7, INTERVAL), signed(0, running - 1)]
	);

	let stats = server.get_json("/v1/stats").await;
	assert_eq!((&stats["accepted"], &stats["buffered"]), (&json!(3), &json!(3)));
	assert_eq!(stats["rejected"]["bad_signature"], 2);
	assert_eq!(stats["rejected"]["malformed"], 0);
}

#[tokio::test]
async fn malformed_object_should_be_rejected_alone_when_its_neighbours_are_well_formed() {
	let server = server().await;
	let good = json!(WireReading::from(&signed(1, INTERVAL)));
	let mut bad = good.clone();
	bad["quality"] = json!(64);
	let answer = server.post(json!([bad, good, { "device": 1 }]).to_string()).await;
	let expected = json!({ "accepted": 1, "rejected": [rejected(0, "malformed"), rejected(2, "malformed")] });
	assert_eq!((answer.status, answer.body), (200, expected));
}

#[tokio::test]
async fn request_should_be_refused_whole_when_it_is_no_array_of_objects_or_too_large() {
	let server = server().await;
	for body in ["", "hello", "{}", "[1,2]", "[{}"] {
		let answer = server.post(body).await;
		assert_eq!(answer.status, 400, "{body}");
		assert!(answer.body["error"].is_string());
	}
	let many = server.submit(&vec![signed(1, INTERVAL); MAX_BATCH + 1]).await;
	assert_eq!((many.status, many.body["error"].is_string()), (413, true));
	// Far more than the connection's buffers hold: the answer is heard all the same.
	for size in [MAX_BODY + 1, 4 * MAX_BODY] {
		let long = server.post(vec![b' '; size]).await;
		assert_eq!((long.status, long.body["error"].is_string()), (413, true));
	}
	assert!(server.buffered().is_empty());
}

#[tokio::test]
async fn largest_batch_should_fit_into_a_body() {
	let server = server().await;
	let answer = server.submit(&vec![signed(1, INTERVAL); MAX_BATCH]).await;
	assert_eq!(
		(answer.status, answer.body["accepted"].as_u64()),
		(200, Some(MAX_BATCH as u64))
	);
	assert_eq!(server.buffered().len(), 1);
}

#[tokio::test]
async fn empty_array_should_be_accepted() {
	let answer = server().await.post("[]").await;
	assert_eq!(
		(answer.status, answer.body),
		(200, json!({ "accepted": 0, "rejected": [] }))
	);
}

#[tokio::test]
async fn resent_reading_should_be_accepted_and_other_registers_conflicting() {
	let server = server().await;
	let first = signed(1, INTERVAL);
	let mut other = reading(1, INTERVAL);
	other.import_wh += 5;
	let other = key(1).sign_reading(&GENESIS, other);
	let mut forged = first;
	forged.signature[7] ^= 1;

	let answer = server.submit(&[first, first, other, forged]).await;
	let expected = json!({ "accepted": 2, "rejected": [rejected(2, "conflicting"), rejected(3, "bad_signature")] });
	assert_eq!(answer.body, expected);
	assert_eq!(server.submit(&[first]).await.body["accepted"], 1);
	assert_eq!(
		server.submit(&[other]).await.body["rejected"],
		json!([rejected(0, "conflicting")])
	);
	assert_eq!(server.buffered(), [first]);
}

#[tokio::test]
async fn request_should_be_told_to_come_back_when_the_buffer_is_full() {
	let server = serve(Some(snapshot(70)), 60, None).await;
	let readings: Vec<_> = (0..61).map(|device| signed(device, INTERVAL)).collect();
	let answer = server.submit(&readings).await;
	assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("10")));
	assert!(answer.body["error"].as_str().expect("text").contains("full"));
	assert_eq!(server.submit(&readings[..60]).await.status, 200);
	assert_eq!(server.submit(&readings[60..]).await.status, 503);
}

#[tokio::test]
async fn request_should_be_told_to_come_back_when_too_many_are_worked_on() {
	let server = server().await;
	let all = server
		.hub
		.requests
		.clone()
		.acquire_many_owned(MAX_REQUESTS as u32)
		.await
		.expect("open");
	let answer = server.submit(&[signed(1, INTERVAL)]).await;
	assert_eq!((answer.status, answer.retry_after.as_deref()), (429, Some("1")));
	drop(all);
	assert_eq!(server.submit(&[signed(1, INTERVAL)]).await.status, 200);
}

#[tokio::test]
async fn hub_should_say_that_it_is_not_ready_when_no_node_was_ever_reached() {
	let server = serve(None, 100, None).await;
	let answer = server.submit(&[signed(1, INTERVAL)]).await;
	assert_eq!((answer.status, answer.retry_after.as_deref()), (503, Some("10")));
	assert_eq!(server.get("/healthz").await.0, 503);
	server.hub.registry.replace(snapshot(2));
	assert_eq!(server.get("/healthz").await.0, 200);
	assert_eq!(server.submit(&[signed(1, INTERVAL)]).await.status, 200);
}
