//! From the meters to the hub: what is outstanding is sent until the hub has it.

use super::{
	clock,
	state::{Outstanding, State, StateError},
};
use crate::reading::WireReading;
use reqwest::{header::RETRY_AFTER, StatusCode};
use serde::Deserialize;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::sync::{watch, Notify};

/// Readings in one request.
const BATCH: usize = 100;
/// How long the hub may take to answer.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait where the hub does not say.
const PAUSE: Duration = Duration::from_secs(2);
/// The longest wait that the hub may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Refusals that pass: the hub's view of the chain is a few blocks old, and its clock is not the meter's.
const PASSING: [&str; 3] = ["unknown_device", "inactive", "future"];

/// The hub's answer to a batch.
#[derive(Debug, Deserialize)]
struct Answer {
	rejected: Vec<Rejected>,
}

#[derive(Debug, Deserialize)]
struct Rejected {
	index: usize,
	reason: String,
}

/// Why a batch has to be sent again.
#[derive(Debug, PartialEq, Eq)]
struct Trouble {
	what: String,
	wait: Duration,
}

/// How the deliveries go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
	/// Readings that the hub has on disk.
	pub accepted: u64,
	/// Readings that the hub will never take, by its reason.
	pub rejected: BTreeMap<String, u64>,
	/// What keeps the rest from being delivered.
	pub trouble: Option<String>,
}

/// Delivers readings.
pub struct Postman {
	client: reqwest::Client,
	url: String,
	state: Arc<State>,
	/// Rung when there is something new.
	bell: Arc<Notify>,
	interval_seconds: u32,
	/// Where to read how it goes.
	news: watch::Sender<Deliveries>,
}

impl Postman {
	/// Delivers what `state` holds to the hub at `url`, once its interval is over; `bell` tells of something new.
	pub fn new(url: &str, state: Arc<State>, bell: Arc<Notify>, interval_seconds: u32) -> Result<Self, reqwest::Error> {
		Ok(Postman {
			client: reqwest::Client::builder().timeout(TIMEOUT).build()?,
			url: format!("{}/v1/readings", url.trim_end_matches('/')),
			state,
			bell,
			interval_seconds,
			news: watch::Sender::default(),
		})
	}

	/// How the deliveries go.
	pub fn news(&self) -> watch::Receiver<Deliveries> {
		self.news.subscribe()
	}

	/// Delivers for ever; returns only if the state fails.
	pub async fn run(self) -> StateError {
		loop {
			match self.round().await {
				Ok(Some(pause)) => tokio::time::sleep(pause).await,
				Ok(None) => self.bell.notified().await,
				Err(error) => return error,
			}
		}
	}

	/// Sends one batch. How long to wait before the next; `None` where nothing is left to send.
	async fn round(&self) -> Result<Option<Duration>, StateError> {
		let running = clock::interval(self.interval_seconds);
		let batch = self.state.outstanding(running, BATCH)?;
		if batch.is_empty() {
			return Ok(None);
		}
		match self.send(&batch).await {
			Ok(answer) => {
				let (done, kept) = sort(&batch, &answer);
				self.state.forget(&done)?;
				self.news.send_modify(|news| news.take_in(done.len(), kept, &answer));
				Ok(Some(if kept > 0 { PAUSE } else { Duration::ZERO }))
			}
			Err(Trouble { what, wait }) => {
				self.news.send_modify(|news| news.trouble = Some(what));
				Ok(Some(wait))
			}
		}
	}

	async fn send(&self, batch: &[Outstanding]) -> Result<Answer, Trouble> {
		let readings: Vec<WireReading> = batch.iter().map(|waiting| (&waiting.signed).into()).collect();
		let response = self
			.client
			.post(&self.url)
			.json(&readings)
			.send()
			.await
			.map_err(|error| Trouble {
				what: format!("the hub cannot be reached: {error}"),
				wait: PAUSE,
			})?;
		let status = response.status();
		let wait = pause(
			status,
			response
				.headers()
				.get(RETRY_AFTER)
				.and_then(|value| value.to_str().ok()),
		);
		let failed = |what: String| Trouble { what, wait };
		if status != StatusCode::OK {
			let body = response.text().await.unwrap_or_default();
			return Err(failed(format!("the hub answered {status}: {}", body.trim())));
		}
		response
			.json()
			.await
			.map_err(|error| failed(format!("the hub's answer cannot be read: {error}")))
	}
}

/// How long to wait after an answer that takes nothing: as long as the hub asks for, within reason.
fn pause(status: StatusCode, retry_after: Option<&str>) -> Duration {
	let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
	let asked = retry_after
		.filter(|_| busy)
		.and_then(|seconds| seconds.trim().parse().ok());
	asked.map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
}

/// What of a batch need not be sent again, and how many have to.
fn sort(batch: &[Outstanding], answer: &Answer) -> (Vec<Outstanding>, usize) {
	let passes = |index: usize| {
		answer
			.rejected
			.iter()
			.any(|rejected| rejected.index == index && PASSING.contains(&&*rejected.reason))
	};
	let done: Vec<_> = batch
		.iter()
		.enumerate()
		.filter(|(index, _)| !passes(*index))
		.map(|(_, waiting)| *waiting)
		.collect();
	let kept = batch.len() - done.len();
	(done, kept)
}

impl Deliveries {
	fn take_in(&mut self, done: usize, kept: usize, answer: &Answer) {
		let mut refused = 0;
		for rejected in answer
			.rejected
			.iter()
			.filter(|rejected| !PASSING.contains(&&*rejected.reason))
		{
			*self.rejected.entry(rejected.reason.clone()).or_default() += 1;
			refused += 1;
		}
		self.accepted += done.saturating_sub(refused) as u64;
		let reasons = answer
			.rejected
			.iter()
			.map(|rejected| &*rejected.reason)
			.find(|reason| PASSING.contains(reason));
		self.trouble = (kept > 0).then(|| format!("{kept} readings wait: {}", reasons.unwrap_or_default()));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		simulate::{
			site::{Flexibility, Registers, Site},
			state::{Beginning, Identity},
		},
		testing::unsigned,
	};
	use axum::{extract::State as Shared, http::HeaderMap, routing::post, Json, Router};
	use std::sync::Mutex;

	/// A hub that answers what it is told, in this order, and remembers what it was sent.
	#[derive(Clone, Default)]
	struct FakeHub {
		answers: Arc<Mutex<Vec<(u16, &'static str)>>>,
		bodies: Arc<Mutex<Vec<String>>>,
	}

	async fn answer(Shared(hub): Shared<FakeHub>, body: String) -> (StatusCode, HeaderMap, Json<serde_json::Value>) {
		hub.bodies.lock().expect("no panic").push(body);
		let (status, text) = hub.answers.lock().expect("no panic").remove(0);
		let headers = HeaderMap::from_iter([(RETRY_AFTER, "7".parse().expect("a header"))]);
		(
			StatusCode::from_u16(status).expect("a status"),
			headers,
			Json(serde_json::from_str(text).expect("JSON")),
		)
	}

	async fn serve(answers: &[(u16, &'static str)]) -> (String, FakeHub) {
		let hub = FakeHub {
			answers: Arc::new(Mutex::new(answers.to_vec())),
			..Default::default()
		};
		let router = Router::new()
			.route("/v1/readings", post(answer))
			.with_state(hub.clone());
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
		let url = format!("http://{}/", listener.local_addr().expect("an address"));
		tokio::spawn(async move { axum::serve(listener, router).await });
		(url, hub)
	}

	fn state(folder: &std::path::Path, readings: u32) -> Arc<State> {
		let identity = Identity {
			genesis: [1; 32],
			first_block: [2; 32],
			grid: "g".into(),
			seed: 0,
		};
		let state = State::open(folder, &identity).expect("opened");
		let site = Site {
			interval: 9,
			registers: Registers::default(),
			flexibility: Flexibility::None,
		};
		let sites = (0..readings).map(|device| (&site, unsigned(device, 9)));
		state
			.begin(
				&identity,
				Beginning {
					first_interval: 10,
					start_row: 0,
				},
				sites,
			)
			.expect("begun");
		Arc::new(state)
	}

	fn postman(url: &str, state: &Arc<State>) -> Postman {
		Postman::new(url, state.clone(), Arc::default(), 60).expect("a client")
	}

	#[tokio::test]
	async fn readings_should_be_forgotten_only_when_the_hub_has_them() {
		let folder = tempfile::tempdir().expect("a folder");
		let state = state(folder.path(), 3);
		let (url, hub) = serve(&[
			(503, r#"{"error":"later"}"#),
			(
				200,
				r#"{"accepted":1,"rejected":[{"index":0,"reason":"inactive"},{"index":2,"reason":"stale"}]}"#,
			),
			(200, r#"{"accepted":1,"rejected":[]}"#),
		])
		.await;
		let postman = postman(&url, &state);
		assert_eq!(postman.round().await.expect("state"), Some(Duration::from_secs(7)));
		assert_eq!(state.outstanding(10, 9).expect("read").len(), 3);
		assert!(postman
			.news()
			.borrow()
			.trouble
			.as_ref()
			.is_some_and(|trouble| trouble.contains("503")));

		assert_eq!(postman.round().await.expect("state"), Some(PAUSE));
		assert_eq!(postman.round().await.expect("state"), Some(Duration::ZERO));
		assert_eq!(postman.round().await.expect("state"), None);
		let rejected = BTreeMap::from([("stale".to_string(), 1)]);
		assert_eq!(
			*postman.news().borrow(),
			Deliveries {
				accepted: 2,
				rejected,
				trouble: None
			}
		);
		let bodies = hub.bodies.lock().expect("no panic").clone();
		assert_eq!(bodies[0], bodies[1], "a batch is sent again byte for byte");
	}

	#[tokio::test]
	async fn readings_should_wait_when_the_hub_cannot_be_reached() {
		let folder = tempfile::tempdir().expect("a folder");
		let state = state(folder.path(), 1);
		// A port that was free a moment ago.
		let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
		let url = format!("http://{}", listener.local_addr().expect("an address"));
		drop(listener);
		let postman = postman(&url, &state);
		assert_eq!(postman.round().await.expect("state"), Some(PAUSE));
		assert_eq!(state.outstanding(10, 9).expect("read").len(), 1);
		assert!(postman.news().borrow().trouble.is_some());
	}

	#[test]
	fn pause_should_be_as_long_as_the_hub_asks_within_reason() {
		let busy = StatusCode::TOO_MANY_REQUESTS;
		assert_eq!(pause(busy, Some("5")), Duration::from_secs(5));
		assert_eq!(pause(busy, Some("100000")), LONGEST_PAUSE);
		assert_eq!(pause(busy, Some("tomorrow")), PAUSE);
		assert_eq!(pause(StatusCode::INTERNAL_SERVER_ERROR, Some("5")), PAUSE);
	}
}
