//! The answers.

use super::{error::HubError, Hub};
use crate::{
	facts::Stage,
	reason::Reason,
	store::{IntervalRow, SeriesPoint},
};
use axum::{
	extract::{
		rejection::{PathRejection, QueryRejection},
		Path, Query, State,
	},
	http::{header::CONTENT_TYPE, HeaderMap, StatusCode},
	response::IntoResponse,
	Json,
};
use gridtokenx_primitives::{DeviceId, Interval, Price, Wh};
use serde::{Deserialize, Serialize};
use std::{
	collections::BTreeMap,
	time::{SystemTime, UNIX_EPOCH},
};

/// Most points of a series in one answer.
const MAX_POINTS: usize = 10_000;
/// Most intervals in one answer.
const MAX_INTERVALS: usize = 500;

/// The most important counters; those of events count from the start of the process.
#[derive(Debug, Serialize)]
pub(super) struct Stats {
	accepted: u64,
	rejected: BTreeMap<&'static str, u64>,
	turned_away: u64,
	buffered: u64,
	in_flight: i64,
	submitted: u64,
	finalised: u64,
	dead_letters: u64,
	node_connected: bool,
	last_finalised_block: i64,
	/// Age of that block, seconds; null before the first.
	lag_seconds: Option<i64>,
	/// What is known of the chain; null before a node was reached.
	chain: Option<ChainStats>,
}

#[derive(Debug, Serialize)]
struct ChainStats {
	genesis: String,
	interval_seconds: u32,
	running_interval: Interval,
	measured_through: Option<Interval>,
	meters: usize,
	development: bool,
}

pub(super) async fn stats(State(hub): State<Hub>) -> Json<Stats> {
	let metrics = &hub.metrics;
	let now = SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |now| now.as_secs() as i64);
	let last_block_time = metrics.last_block_time.get();
	Json(Stats {
		accepted: metrics.accepted.get(),
		rejected: Reason::ALL
			.iter()
			.map(|reason| (reason.as_str(), metrics.rejected(*reason)))
			.collect(),
		turned_away: metrics.turned_away.get(),
		buffered: hub.buffer.pending(),
		in_flight: metrics.in_flight.get(),
		submitted: metrics.submitted.get(),
		finalised: metrics.finalised.get(),
		dead_letters: hub.buffer.dead_letter_count(),
		node_connected: metrics.connected.get() == 1,
		last_finalised_block: metrics.last_block.get(),
		lag_seconds: (last_block_time > 0).then_some(now - last_block_time),
		chain: hub.registry.snapshot().map(|snapshot| ChainStats {
			genesis: format!("0x{}", hex::encode(snapshot.chain.genesis)),
			interval_seconds: snapshot.chain.interval_seconds,
			running_interval: snapshot.chain.running_interval(),
			measured_through: snapshot.chain.measured_through,
			meters: snapshot.meter_count(),
			development: snapshot.chain.development,
		}),
	})
}

pub(super) async fn metrics(State(hub): State<Hub>) -> impl IntoResponse {
	hub.metrics.buffered.set(hub.buffer.pending() as i64);
	const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	([(CONTENT_TYPE, FORMAT)], hub.metrics.text())
}

/// 200 while readings are being taken. The node may be away: the buffer bridges that.
pub(super) async fn health(State(hub): State<Hub>) -> impl IntoResponse {
	let (status, text) = if hub.registry.snapshot().is_none() {
		(StatusCode::SERVICE_UNAVAILABLE, "no node has been reached yet")
	} else if hub.buffer.is_stopped() {
		(StatusCode::SERVICE_UNAVAILABLE, "the buffer has stopped")
	} else {
		(StatusCode::OK, "ok")
	};
	(status, Json(serde_json::json!({ "status": text })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Range {
	/// First interval; the oldest by default.
	#[serde(default)]
	from: Interval,
	/// Last interval; the newest by default.
	to: Option<Interval>,
}

pub(super) async fn series(
	State(hub): State<Hub>,
	headers: HeaderMap,
	device: Result<Path<DeviceId>, PathRejection>,
	range: Result<Query<Range>, QueryRejection>,
) -> Result<Json<Vec<SeriesPoint>>, HubError> {
	hub.authorise(&headers)?;
	let (Path(device), Query(Range { from, to })) = (device?, range?);
	let snapshot = hub.registry.snapshot().ok_or(HubError::Unready)?;
	let modulus = snapshot.meter(device).map_or(0, |meter| meter.modulus_wh);
	let to = to.unwrap_or(Interval::MAX);
	let work = move || hub.store.series(device, from, to, MAX_POINTS, modulus);
	Ok(Json(tokio::task::spawn_blocking(work).await??))
}

#[derive(Debug, Deserialize)]
pub(super) struct Latest {
	/// How many; 50 by default.
	max: Option<usize>,
}

/// An interval, as everyone may see it.
#[derive(Debug, Serialize)]
pub(super) struct IntervalView {
	interval: Interval,
	/// When it began, Unix seconds.
	start: u64,
	stage: &'static str,
	block: u64,
	readings: u64,
	meters: u64,
	/// Null where too few meters are in the sum to show it to everyone.
	import_wh: Option<Wh>,
	export_wh: Option<Wh>,
	fills: u64,
	traded_wh: Option<Wh>,
	/// Mean price that buyers paid, planck per kWh, in decimal digits.
	price: Option<String>,
	dispatches: u64,
}

pub(super) async fn intervals(
	State(hub): State<Hub>,
	latest: Result<Query<Latest>, QueryRejection>,
) -> Result<Json<Vec<IntervalView>>, HubError> {
	let max = latest?.max.unwrap_or(50).min(MAX_INTERVALS);
	let snapshot = hub.registry.snapshot().ok_or(HubError::Unready)?;
	let store = hub.store.clone();
	let rows = tokio::task::spawn_blocking(move || store.intervals(max)).await??;
	let view = |row: IntervalRow| {
		let public = hub.is_public(row.meters);
		// Intervals that were measured before this oracle began to follow the chain, too.
		let measured = snapshot
			.chain
			.measured_through
			.is_some_and(|through| row.interval <= through);
		let stage = if measured {
			row.stage.max(Stage::Measured)
		} else {
			row.stage
		};
		IntervalView {
			interval: row.interval,
			start: snapshot.chain.start_of(row.interval),
			stage: stage.as_str(),
			block: row.block,
			readings: row.readings,
			meters: row.meters,
			import_wh: public.then_some(row.import_wh),
			export_wh: public.then_some(row.export_wh),
			fills: row.fills,
			traded_wh: hub.is_public(row.fills).then_some(row.traded_wh),
			price: row.price.as_ref().map(Price::to_string),
			dispatches: row.dispatches,
		}
	};
	Ok(Json(rows.into_iter().map(view).collect()))
}
