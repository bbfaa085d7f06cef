//! `POST /v1/readings`.

use super::{body, error::HubError, Hub, MAX_BATCH};
use crate::{
	buffer::Admission,
	reading::{parse, SignedReading, WireReading},
	reason::Reason,
	screen::Screen,
};
use axum::{body::Body, extract::State, http::StatusCode, Json};
use serde::Serialize;
use std::time::Instant;

/// The answer to a batch of readings: what is accepted would survive a power cut.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Accepted {
	/// How many are on disk, this time or an earlier one.
	accepted: usize,
	/// The others.
	rejected: Vec<Rejected>,
}

/// A reading that was not taken.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Rejected {
	/// Its place in the request.
	index: usize,
	/// Why.
	reason: Reason,
}

/// Takes a batch in. A reading that was taken before counts as accepted again, whatever its signature's bytes: meters resend until
/// they hear an answer. Other registers for an interval of which one reading was taken are `conflicting`.
pub(super) async fn submit(State(hub): State<Hub>, body: Body) -> Result<Json<Accepted>, HubError> {
	let arrived = Instant::now();
	let result = take(&hub, body::read(body).await?).await;
	match &result {
		Ok(answer) => {
			hub.metrics.accepted.inc_by(answer.accepted as u64);
			answer
				.rejected
				.iter()
				.for_each(|rejected| hub.metrics.reject(rejected.reason));
			hub.metrics.acknowledge(arrived.elapsed());
		}
		Err(HubError::Busy | HubError::Unready | HubError::Buffer(_)) => {
			hub.metrics.turned_away.inc();
		}
		Err(_) => {}
	}
	result.map(Json)
}

async fn take(hub: &Hub, body: Vec<u8>) -> Result<Accepted, HubError> {
	let permit = hub.requests.clone().try_acquire_owned().map_err(|_| HubError::Busy)?;
	let verdicts = check(hub.clone(), body).await?;
	let valid: Vec<_> = verdicts
		.iter()
		.filter_map(|verdict| verdict.as_ref().ok().copied())
		.collect();
	let admissions = hub.buffer.append(valid).await?;
	drop(permit);

	let mut admissions = admissions.into_iter();
	let mut answer = Accepted {
		accepted: 0,
		rejected: Vec::new(),
	};
	for (index, verdict) in verdicts.into_iter().enumerate() {
		match verdict.and_then(|signed| admit(&signed, admissions.next())) {
			Ok(()) => answer.accepted += 1,
			Err(reason) => answer.rejected.push(Rejected { index, reason }),
		}
	}
	Ok(answer)
}

/// Parses a batch and checks its readings, on a thread that may block.
async fn check(hub: Hub, body: Vec<u8>) -> Result<Vec<Result<SignedReading, Reason>>, HubError> {
	let work = move || {
		let snapshot = hub.registry.snapshot().ok_or(HubError::Unready)?;
		let batch = parse(&body).map_err(|error| {
			HubError::Request(
				StatusCode::BAD_REQUEST,
				format!("the body is not a JSON array of readings: {error}"),
			)
		})?;
		if batch.len() > MAX_BATCH {
			let error = format!("{} readings in one request; at most {MAX_BATCH} are taken", batch.len());
			return Err(HubError::Request(StatusCode::PAYLOAD_TOO_LARGE, error));
		}
		let running = snapshot.chain.running_interval();
		Ok(Screen {
			snapshot: &snapshot,
			registry: &hub.registry,
			running,
		}
		.check(&batch))
	};
	tokio::task::spawn_blocking(work).await?
}

fn admit(signed: &SignedReading, admission: Option<Admission>) -> Result<(), Reason> {
	match admission {
		Some(Admission::Taken | Admission::Repeat) => Ok(()),
		// The buffer answers for every reading; without an answer nothing may be promised.
		Some(Admission::Conflict) | None => {
			let reading = serde_json::to_string(&WireReading::from(signed)).unwrap_or_default();
			tracing::warn!(%reading, "validly signed, but other registers were taken for this interval: evidence against the device");
			Err(Reason::Conflicting)
		}
	}
}
