//! One request to the hub, bounded in time and size.

use alloc::{format, vec::Vec};
use codec::{DecodeAll, MaxEncodedLen};
use core::fmt;
use gridtokenx_primitives::hub::{HubAccess, ReadingBatch, BATCHES_PATH, MAX_BATCH};
use sp_runtime::offchain::{
	http::{Request, Response},
	HttpError, Timestamp,
};

/// Why the hub's answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
	/// No connection, or it broke.
	Unreachable,
	/// No whole answer in time.
	Slow,
	/// Another status than 200.
	Status(u16),
	/// More bytes than the largest answer has.
	TooLarge,
	/// Not what a hub says.
	Malformed,
}

impl fmt::Display for Problem {
	fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
		match self {
			Problem::Unreachable => f.write_str("it cannot be reached"),
			Problem::Slow => f.write_str("it does not answer in time"),
			Problem::Status(401) => f.write_str("it wants a token, or another one: see --hub-token-file"),
			Problem::Status(code) => write!(f, "it answers with status {code}"),
			Problem::TooLarge => f.write_str("its answer is too large"),
			Problem::Malformed => f.write_str("its answer is no list of readings"),
		}
	}
}

impl From<HttpError> for Problem {
	fn from(error: HttpError) -> Self {
		match error {
			HttpError::DeadlineReached => Problem::Slow,
			HttpError::IoError | HttpError::Invalid => Problem::Unreachable,
		}
	}
}

/// Asks for what waits from offset `after` on.
pub(super) fn fetch(hub: &HubAccess, after: u64, deadline: Timestamp) -> Result<ReadingBatch, Problem> {
	let url = format!("{}{BATCHES_PATH}?after={after}&max={MAX_BATCH}", hub.url);
	let mut request: Request = Request::get(&url).deadline(deadline);
	if let Some(token) = &hub.token {
		request = request.add_header("Authorization", &format!("Bearer {token}"));
	}
	let answered = request.send()?.try_wait(deadline).map_err(|_| Problem::Slow)?;
	let response = answered.map_err(|_| Problem::Unreachable)?;
	if response.code != 200 {
		return Err(Problem::Status(response.code));
	}
	let body = read_body(&response, deadline)?;
	let batch = ReadingBatch::decode_all(&mut &*body).map_err(|_| Problem::Malformed)?;
	// A hub that does not move on would be asked the same for ever.
	let moves_on = batch.readings.is_empty() || batch.next > after;
	moves_on.then_some(batch).ok_or(Problem::Malformed)
}

fn read_body(response: &Response, deadline: Timestamp) -> Result<Vec<u8>, Problem> {
	let largest = ReadingBatch::max_encoded_len();
	let mut body = response.body();
	body.deadline(deadline);
	let bytes: Vec<u8> = body.by_ref().take(largest.saturating_add(1)).collect();
	if let Some(error) = body.error() {
		return Err(error.clone().into());
	}
	(bytes.len() <= largest).then_some(bytes).ok_or(Problem::TooLarge)
}
