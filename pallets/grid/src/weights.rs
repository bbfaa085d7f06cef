//! What the calls cost.
//!
//! Estimates, until they are measured: the storage items that the worst case reads and writes, at the database's price, and the
//! processor's time. That is reckoned with 20 µs for a page of 64 zones that is decoded, changed and encoded, 2 µs for a page
//! of promises, and 10 µs for a call and its event.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

use crate::types::ZONES_PER_PAGE;

/// Weights of this pallet's calls.
pub trait WeightInfo {
	/// Adding a zone `depth` lines below the root.
	fn add_zone(depth: u32) -> Weight;
	/// Announcing a change of a line.
	fn update_line() -> Weight;
	/// Giving a line to another operator.
	fn set_operator() -> Weight;
	/// Taking a zone out of service.
	fn halt_zone() -> Weight;
	/// Taking it back.
	fn resume_zone() -> Weight;
	/// Removing one of `zones` zones, of which promises may stand in so many `intervals`.
	fn remove_zone(zones: u32, intervals: u32) -> Weight;
}

fn cost(db: RuntimeDbWeight, reads: u64, writes: u64, micros: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), 0)
		.saturating_add(db.reads_writes(reads, writes))
}

/// Each zone on the way to the root may be on a page of its own; then the next index, its page and the operator.
fn add_zone(db: RuntimeDbWeight, depth: u32) -> Weight {
	let depth = u64::from(depth);
	cost(
		db,
		depth.saturating_add(3),
		3,
		depth.saturating_mul(20).saturating_add(30),
	)
}

/// A page of zones; the length of an interval.
fn change_zone(db: RuntimeDbWeight) -> Weight {
	cost(db, 2, 1, 30)
}

/// A page of zones and two operators.
fn set_operator(db: RuntimeDbWeight) -> Weight {
	cost(db, 3, 3, 35)
}

/// All pages of zones, a page of promises in each interval, the operator, and what others say: ten items.
fn remove_zone(db: RuntimeDbWeight, zones: u32, intervals: u32) -> Weight {
	let pages = u64::from(zones.div_ceil(ZONES_PER_PAGE));
	let intervals = u64::from(intervals);
	let micros = pages
		.saturating_mul(20)
		.saturating_add(intervals.saturating_mul(2))
		.saturating_add(30);
	cost(db, pages.saturating_add(intervals).saturating_add(12), 2, micros)
}

/// The weights, with the runtime's own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! weights {
	($db:expr) => {
		fn add_zone(depth: u32) -> Weight {
			add_zone($db, depth)
		}
		fn update_line() -> Weight {
			change_zone($db)
		}
		fn set_operator() -> Weight {
			set_operator($db)
		}
		fn halt_zone() -> Weight {
			change_zone($db)
		}
		fn resume_zone() -> Weight {
			change_zone($db)
		}
		fn remove_zone(zones: u32, intervals: u32) -> Weight {
			remove_zone($db, zones, intervals)
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
