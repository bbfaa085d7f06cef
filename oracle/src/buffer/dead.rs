//! Readings that were taken and came to nothing, with the reason.

use super::Offset;
use crate::reading::SignedReading;
use codec::{Decode, Encode};

/// Dead letters beyond this many push the oldest out: they are for people to read, not an archive.
pub(super) const KEPT: u64 = 100_000;

/// A reading that the chain refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeadLetter {
	/// Where it lay in the buffer.
	pub offset: Offset,
	/// The reading.
	pub signed: SignedReading,
	/// The reason, in the chain's words.
	pub reason: String,
	/// The finalised block that says so.
	pub block: u64,
}
