//! What the calls and the steps of closing cost.
//!
//! Estimates, until they are measured: the storage items that the worst case reads and writes, at the database's price, and the
//! processor's time. That is reckoned with 15 µs for a call and its event, 10 µs for a holding that changes and the totals that
//! change with it, and 2 µs for an item that is looked at. The totals of all credits and those of a class are written once a block
//! however often they change, but are counted each time.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

/// Weights of this pallet's calls and of its steps.
pub trait WeightInfo {
	/// A transfer to an account that has up to so many holdings.
	fn transfer(holdings: u32) -> Weight;
	/// Consuming.
	fn consume() -> Weight;
	/// Retiring.
	fn retire() -> Weight;
	/// Looking whether an interval is to be closed, and noting how far that has come.
	fn poll() -> Weight;
	/// Closing a position, without its holdings.
	fn close_position() -> Weight;
	/// Consuming a holding, or letting it expire.
	fn close_holding() -> Weight;
	/// Closing a class.
	fn close_class() -> Weight;
}

fn cost(db: RuntimeDbWeight, reads: u64, writes: u64, micros: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
		.saturating_add(db.reads_writes(reads, writes))
}

/// The weights, with the runtime's own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! weights {
	($db:expr) => {
		/// The closed intervals; both holdings; the receiver's other holdings.
		fn transfer(holdings: u32) -> Weight {
			let holdings = u64::from(holdings);
			cost(
				$db,
				holdings.saturating_add(3),
				2,
				holdings.saturating_mul(2).saturating_add(35),
			)
		}
		/// The closed intervals, the position, the holding, its class, the totals.
		fn consume() -> Weight {
			cost($db, 5, 4, 30)
		}
		/// The closed intervals, the holding, its class, the totals, the certificates.
		fn retire() -> Weight {
			cost($db, 5, 4, 35)
		}
		/// The first interval that waits.
		fn poll() -> Weight {
			cost($db, 2, 1, 5)
		}
		/// The position, and its account's residual.
		fn close_position() -> Weight {
			cost($db, 3, 2, 10)
		}
		/// The holding, its class, the totals, and its account's residual.
		fn close_holding() -> Weight {
			cost($db, 5, 4, 12)
		}
		/// The class, the totals of what is gone, and the event.
		fn close_class() -> Weight {
			cost($db, 3, 2, 10)
		}
	};
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	weights!(T::DbWeight::get());
}

/// The weights with ParityDB's, for mocks.
impl WeightInfo for () {
	weights!(ParityDbWeight::get());
}
