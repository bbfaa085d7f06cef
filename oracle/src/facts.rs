//! What a finalised block says, in the oracle's own words: nothing here knows how the chain encodes it.

use crate::{reading::SignedReading, registry::AccountId};
use gridtokenx_primitives::{Interval, Price, Wh};

/// One finalised block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FinalisedBlock {
	/// Its number.
	pub number: u64,
	/// Its hash.
	pub hash: [u8; 32],
	/// Its time, Unix milliseconds.
	pub time_ms: u64,
	/// The batches of readings in it.
	pub batches: Vec<Batch>,
	/// What else happened, with the index of the event that says so.
	pub facts: Vec<(u32, Fact)>,
}

/// A batch of readings that a block carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
	/// The extrinsic's place in the block.
	pub extrinsic: u32,
	/// The extrinsic's hash.
	pub hash: [u8; 32],
	/// The readings, in the order of the batch.
	pub readings: Vec<SignedReading>,
	/// What became of it: the refused readings by their place, with the chain's reason; or why the whole call failed.
	pub outcome: Result<Vec<(u16, String)>, String>,
}

impl Batch {
	/// The readings that the chain accepted.
	pub fn accepted(&self) -> impl Iterator<Item = &SignedReading> {
		let refused = self.outcome.as_ref().ok();
		let readings = self.readings.iter().enumerate().filter(move |(index, _)| {
			refused.is_some_and(|refused| refused.iter().all(|(place, _)| usize::from(*place) != *index))
		});
		readings.map(|(_, reading)| reading)
	}

	/// How many readings the chain refused.
	pub fn refused(&self) -> usize {
		self.outcome.as_ref().map_or(self.readings.len(), Vec::len)
	}
}

/// Something that a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
	/// An interval came to a stage.
	Interval(Interval, Stage),
	/// A trade.
	Fill(Fill),
	/// A dispatch changed.
	Dispatch(Dispatch),
}

/// How far an interval has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
	/// Readings may still come.
	Open = 0,
	/// Its energy is final.
	Measured = 1,
	/// Its credits are issued and its forward contracts delivered.
	Settled = 2,
	/// Trading in its credits is over.
	Closed = 3,
}

impl Stage {
	/// The stage's name in the API.
	pub const fn as_str(self) -> &'static str {
		match self {
			Stage::Open => "open",
			Stage::Measured => "measured",
			Stage::Settled => "settled",
			Stage::Closed => "closed",
		}
	}
}

/// One seller's energy sold to one buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
	/// When it is, or was, delivered.
	pub interval: Interval,
	/// Who pays.
	pub buyer: AccountId,
	/// Who is paid.
	pub seller: AccountId,
	/// How much.
	pub wh: Wh,
	/// What the buyer pays, planck per kWh.
	pub buyer_price: Price,
	/// What the seller receives, planck per kWh.
	pub seller_price: Price,
}

/// A change of a dispatch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
	/// Its number.
	pub dispatch: u64,
	/// What became of it: the phase it entered, or the name of the event.
	pub state: String,
	/// When it begins and ends, Unix seconds; known when it is announced.
	pub period: Option<(u64, u64)>,
}
