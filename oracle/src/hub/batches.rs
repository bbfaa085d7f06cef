//! `GET /v1/batches`: readings that wait in the buffer, for the off-chain workers of validators.
//!
//! What finalised blocks hold is public; what waits is not yet, so it is shown like all data about households.

use super::{error::HubError, Hub};
use crate::buffer::Offset;
use axum::{
	extract::{rejection::QueryRejection, Query, State},
	http::{header::CONTENT_TYPE, HeaderMap},
	response::IntoResponse,
};
use codec::Encode;
use gridtokenx_primitives::hub::{ReadingBatch, MAX_BATCH};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Range {
	/// The offset to go on from, as the answer before named it; 0, or nothing, for the buffer's start.
	#[serde(default)]
	after: Offset,
	/// How many; as many as fit by default.
	max: Option<u32>,
}

pub(super) async fn waiting(
	State(hub): State<Hub>,
	headers: HeaderMap,
	range: Result<Query<Range>, QueryRejection>,
) -> Result<impl IntoResponse, HubError> {
	hub.authorise(&headers)?;
	let Query(Range { after, max }) = range?;
	let max = max.unwrap_or(MAX_BATCH).min(MAX_BATCH);
	let rows = tokio::task::spawn_blocking(move || hub.buffer.read(after, max as usize)).await??;
	let next = rows.last().map_or(after, |(offset, _)| offset + 1);
	let readings: Vec<_> = rows.into_iter().map(|(_, signed)| signed).collect();
	let batch = ReadingBatch {
		next,
		readings: readings.try_into().expect("no more were read than fit"),
	};
	Ok(([(CONTENT_TYPE, "application/octet-stream")], batch.encode()))
}
