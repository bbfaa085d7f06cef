//! What the meters send: what counts, and everything that does not.

use super::*;
use gridtokenx_oracle::reading::WireReading;
use gridtokenx_tests::oracle::verdict;
use reqwest::StatusCode;

impl Village {
	/// The meters' first readings: where the energy of the next interval is counted from.
	pub(super) async fn baselines(&mut self, oracle: &Oracle, interval: Interval) {
		let readings = [self.bob.read(interval, 0, 0), self.charlie.read(interval, 0, 0)];
		// A meter that heard no answer sends the same bytes again. They count as accepted, and once.
		for _ in 0..2 {
			let answer = oracle.submit(&readings).await;
			assert_eq!((answer.accepted, answer.rejected), (2, vec![]));
		}
	}

	/// What the oracle sees to be wrong with a reading, while `running` is the interval that runs.
	pub(super) async fn refused_readings(&self, oracle: &Oracle, running: Interval) {
		let last = running - 1;
		let now = self.bob.registers();
		let more = registers(now.import_wh + 1, now.export_wh);
		let valid = self.bob.sign(last, now);

		let mut forged = valid;
		forged.reading.export_wh += 1_000;
		let mut signed_by_another = valid;
		signed_by_another.signature = self.charlie.sign(last, now).signature;
		let mut of_another_epoch = valid;
		of_another_epoch.reading.epoch = 1;
		let mut of_no_device = valid;
		of_no_device.reading.device = 999;
		let cases = [
			(forged, "bad_signature"),
			(signed_by_another, "bad_signature"),
			(of_another_epoch, "wrong_epoch"),
			(of_no_device, "unknown_device"),
			(self.bob.sign(running, more), "future"),
			(self.bob.sign(last, more), "conflicting"),
		];
		let answer = oracle.submit(&cases.map(|(reading, _)| reading)).await;
		let rejected: Vec<_> = (0..).zip(cases.map(|(_, reason)| reason.into())).collect();
		assert_eq!((answer.accepted, answer.rejected), (0, rejected));
	}

	/// Requests that are no lists of readings, and readings that are none.
	pub(super) async fn refused_bodies(&self, oracle: &Oracle, last: Interval) {
		let large = format!("[{}]", " ".repeat(7 * 1024 * 1024));
		let long = serde_json::to_string(&vec![json!({}); 10_001]).expect("JSON");
		for (body, status) in [
			(String::from("["), StatusCode::BAD_REQUEST),
			(String::from("{}"), StatusCode::BAD_REQUEST),
			(large, StatusCode::PAYLOAD_TOO_LARGE),
			(long, StatusCode::PAYLOAD_TOO_LARGE),
		] {
			let (found, answer) = oracle.post(body).await.expect("the oracle answers");
			assert_eq!(found, status, "{answer}");
			assert!(answer["error"].is_string(), "{answer}");
		}
		let valid = WireReading::from(&self.bob.sign(last, self.bob.registers()));
		let with = |field: &str, value: serde_json::Value| {
			let mut reading = serde_json::to_value(valid).expect("JSON");
			reading[field] = value;
			reading
		};
		let signature = with("signature", json!("0x12"));
		let body = json!([{}, signature, with("import_wh", json!(-1)), with("quality", json!(16))]).to_string();
		let (status, answer) = oracle.post(body).await.expect("the oracle answers");
		let answer = verdict(&answer);
		let rejected: Vec<_> = (0..4).map(|index| (index, "malformed".into())).collect();
		assert_eq!(
			(status, answer.accepted, answer.rejected),
			(StatusCode::OK, 0, rejected)
		);
	}

	/// The oracle takes what is well signed; whether the registers are plausible, the chain judges.
	pub(super) async fn refused_by_the_chain(&self, oracle: &Oracle, measured: Interval) {
		let (bob, charlie) = (self.bob.registers(), self.charlie.registers());
		let backwards = self.bob.sign(measured + 1, registers(bob.import_wh, bob.export_wh - 1));
		// A rating of 34.5 kW is 287.5 Wh in half a minute; 5 % more are plausible, rounded up, and 1 Wh.
		let implausible = self
			.charlie
			.sign(measured + 1, registers(charlie.import_wh + 304, charlie.export_wh));
		let replayed = self.bob.sign(measured, bob);
		oracle.until_measured(measured, PATIENCE).await;
		let answer = oracle.submit(&[backwards, implausible, replayed]).await;
		assert_eq!((answer.accepted, answer.rejected), (2, vec![(2, "stale".into())]));
		oracle.until_delivered(PATIENCE).await;
		let (_, stats) = oracle.get("/v1/stats").await;
		assert_eq!(stats["dead_letters"], 2, "{stats}");
	}

	/// The batches on the chain since block `first`: how many readings of each counted, and why the others did not.
	pub(super) async fn check_batches(&self, client: &Client, first: u64, expected: &[(u32, &[Refusal])]) {
		let best = client.best().await.expect("a block").number();
		let events = events(client, first, best).await;
		let batches = events.into_iter().filter_map(|event| match event {
			RuntimeEvent::Telemetry(pallet_telemetry::Event::ReadingsSubmitted { accepted, refused, .. }) => {
				Some((accepted, refused.into_iter().map(|(_, reason)| reason).collect()))
			}
			_ => None,
		});
		let batches: Vec<(u32, Vec<Refusal>)> = batches.collect();
		let expected: Vec<_> = expected
			.iter()
			.map(|(accepted, refused)| (*accepted, refused.to_vec()))
			.collect();
		assert_eq!(batches, expected);
	}

	/// The chain knows the meters' registers as they stood at the end of `interval`.
	pub(super) async fn check_registers(&self, client: &Client, interval: Interval) {
		let page = State::best(client).await.registers(0).await;
		for household in [&self.bob, &self.charlie] {
			let anchor = page
				.get(household.device as u8)
				.and_then(|register| register.anchor)
				.expect("read before");
			assert_eq!((anchor.interval, anchor.registers), (interval, household.registers()));
		}
	}

	/// The oracle shows the same to whoever asks.
	pub(super) async fn check_series(&self, oracle: &Oracle, interval: Interval) {
		for (household, import_wh, export_wh) in [(&self.bob, 12, 50), (&self.charlie, 70, 15)] {
			let (_, series) = oracle.get(&format!("/v1/devices/{}/series", household.device)).await;
			let points: Vec<_> = series.as_array().expect("a list").iter().collect();
			let [baseline, reading] = points[..] else {
				panic!("two readings counted: {series}")
			};
			assert_eq!(
				(&baseline["interval"], &reading["interval"]),
				(&json!(interval - 1), &json!(interval))
			);
			assert_eq!(
				(&reading["import_wh"], &reading["export_wh"]),
				(&json!(import_wh), &json!(export_wh))
			);
		}
	}

	/// The energy of the interval: of 60 Wh that Bob has sold, he delivers 50.
	pub(super) async fn readings(&mut self, oracle: &Oracle, interval: Interval) {
		let readings = [self.bob.read(interval, 12, 50), self.charlie.read(interval, 70, 15)];
		let answer = oracle.submit(&readings).await;
		assert_eq!((answer.accepted, answer.rejected), (2, vec![]));
		oracle.until_delivered(PATIENCE).await;
	}
}
