//! The body of a request, within limits of size and time.

use super::{error::HubError, MAX_BODY};
use axum::{body::Body, http::StatusCode};
use futures::StreamExt;
use std::time::Duration;

/// How much of a body that is too large is read and thrown away. A client sends all of its body before it listens: hung up on in the
/// middle, it would report a broken connection instead of our answer.
const MAX_DISCARDED: usize = 8 * MAX_BODY;
/// Time for a body to arrive.
const MAX_TIME: Duration = Duration::from_secs(30);

/// Reads a body of at most [`MAX_BODY`] bytes.
pub(super) async fn read(body: Body) -> Result<Vec<u8>, HubError> {
	let late = |_| {
		let error = format!("the body did not arrive within {} s", MAX_TIME.as_secs());
		HubError::Request(StatusCode::REQUEST_TIMEOUT, error)
	};
	tokio::time::timeout(MAX_TIME, read_all(body)).await.map_err(late)?
}

async fn read_all(body: Body) -> Result<Vec<u8>, HubError> {
	let mut chunks = body.into_data_stream();
	let (mut bytes, mut size) = (Vec::new(), 0usize);
	while let Some(chunk) = chunks.next().await {
		let chunk = chunk
			.map_err(|error| HubError::Request(StatusCode::BAD_REQUEST, format!("the body broke off: {error}")))?;
		size = size.saturating_add(chunk.len());
		if size <= MAX_BODY {
			bytes.extend_from_slice(&chunk);
		} else if size <= MAX_DISCARDED {
			bytes = Vec::new();
		} else {
			break;
		}
	}
	if size > MAX_BODY {
		let error = format!("the body is larger than {MAX_BODY} bytes");
		return Err(HubError::Request(StatusCode::PAYLOAD_TOO_LARGE, error));
	}
	Ok(bytes)
}
