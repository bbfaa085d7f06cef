//! What a hub hands to the off-chain workers of validators, and how a node tells its worker which hub to ask.
//!
//! `GET /v1/batches?after=N&max=M` answers with a [`ReadingBatch`] in SCALE: readings that wait in the hub's buffer, in the order in
//! which they came, from offset `N` on (0: from the buffer's start), and the offset to ask for next. An empty answer is the end.
//!
//! | bytes | field |
//! | --- | --- |
//! | 8 | offset to ask for next, u64 |
//! | 1 or 2 | number of readings, compact |
//! | 95 each | a reading: the 31 bytes that follow magic and genesis hash in `GTXREAD1`, then the signature, 64 bytes |

use crate::reading::SignedReading;
use alloc::string::String;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Where a hub offers the readings that wait in its buffer.
pub const BATCHES_PATH: &str = "/v1/batches";

/// The most readings in one answer.
pub const MAX_BATCH: u32 = 1_024;

/// Readings that wait in a hub's buffer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ReadingBatch {
	/// The offset to ask for next.
	pub next: u64,
	/// The readings, in the order in which they came; none at the buffer's end.
	pub readings: BoundedVec<SignedReading, ConstU32<MAX_BATCH>>,
}

/// Key in the node's persistent off-chain storage under which the node keeps a [`HubAccess`], in SCALE. Nothing lies there where the
/// node was started without a hub.
pub const ACCESS_KEY: &[u8] = b"gridtokenx/hub";

/// Which hub a node's off-chain worker pulls readings from.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct HubAccess {
	/// The hub's address, without a slash at its end. The node has seen to it that it is https, or http on its own machine.
	pub url: String,
	/// What the hub wants to see before it hands out what households measured.
	pub token: Option<String>,
}

// The token stays out of logs.
impl core::fmt::Debug for HubAccess {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		f.debug_struct("HubAccess")
			.field("url", &self.url)
			.finish_non_exhaustive()
	}
}
