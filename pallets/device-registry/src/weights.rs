//! Weights. Careful estimates: the runtime's database weights for what a call touches at worst, and its time on one core.
//!
//! | what | µs |
//! | --- | --- |
//! | a signature, Ed25519 or P-256, in the host | 40 |
//! | whether a key may be registered | 60 |
//! | decoding and encoding a page of 64 devices | 30 |
//! | a record, and comparing it with the one before | 10 |
//! | placing or releasing a hold | 15 |
//!
//! Calls that change whether a site counts include what `OnSuspension` costs, two reads and two writes. The chain has no limit on
//! the size of proofs, so that part is 0.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Picoseconds in a microsecond: the unit of reference time.
const MICROS: u64 = 1_000_000;

/// So much computation, and so many reads and writes.
fn estimate(db: RuntimeDbWeight, micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(MICROS), 0).saturating_add(db.reads_writes(reads, writes))
}

macro_rules! weights {
	($($(#[$doc:meta])* $name:ident = $micros:expr, $reads:expr, $writes:expr;)*) => {
		/// Weights of this pallet's calls and of its hooks' steps.
		pub trait WeightInfo {
			$($(#[$doc])* fn $name() -> Weight;)*
			/// Attesting a connection point with `c` devices behind it that move to another zone with it.
			fn attest(c: u32) -> Weight;
			/// Appointing a registrar for `z` zones.
			fn appoint_registrar(z: u32) -> Weight;
			/// Handing `d` devices over at an interval's start.
			fn hand_over(d: u32) -> Weight;
		}

		impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
			$(fn $name() -> Weight {
				estimate(T::DbWeight::get(), $micros, $reads, $writes)
			})*
			fn attest(c: u32) -> Weight {
				attest(T::DbWeight::get(), c)
			}
			fn appoint_registrar(z: u32) -> Weight {
				appoint_registrar(T::DbWeight::get(), z)
			}
			fn hand_over(d: u32) -> Weight {
				hand_over(T::DbWeight::get(), d)
			}
		}

		impl WeightInfo for () {
			$(fn $name() -> Weight {
				estimate(ParityDbWeight::get(), $micros, $reads, $writes)
			})*
			fn attest(c: u32) -> Weight {
				attest(ParityDbWeight::get(), c)
			}
			fn appoint_registrar(z: u32) -> Weight {
				appoint_registrar(ParityDbWeight::get(), z)
			}
			fn hand_over(d: u32) -> Weight {
				hand_over(ParityDbWeight::get(), d)
			}
		}
	};
}

/// The weights, with the runtime's own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

// Name = µs, reads, writes.
weights! {
	/// Registering a device.
	register = 180, 11, 8;
	/// Suspending a device.
	suspend = 50, 8, 7;
	/// Resuming a device.
	resume = 60, 9, 8;
	/// Changing a key.
	rotate_key = 240, 12, 10;
	/// Exchanging a meter.
	swap_meter = 240, 12, 10;
	/// Offering a device.
	offer_ownership = 20, 2, 1;
	/// Accepting a device.
	accept_ownership = 50, 7, 4;
	/// Decommissioning a device.
	decommission = 60, 11, 10;
	/// Giving deposits back.
	claim_deposit = 50, 5, 4;
	/// Proving a conflict.
	report_conflict = 200, 14, 12;
	/// Revoking a registrar.
	revoke_registrar = 15, 1, 2;
	/// Changing the hash of a description.
	update_metadata = 20, 2, 1;
	/// Looking whether a revocation is under way.
	poll = 5, 1, 0;
	/// Suspending one device of a revoked registrar.
	revocation_step = 60, 8, 8;
}

/// The device, its parent, the registrar, the zone; its page, its site, the look-ups, what telemetry hears of a swap. A child: its
/// record, its page and two entries by zone.
fn attest(db: RuntimeDbWeight, c: u32) -> Weight {
	estimate(db, 120, 18, 16).saturating_add(estimate(db, 50, 2, 4).saturating_mul(c.into()))
}

/// The registrar, and each of its zones.
fn appoint_registrar(db: RuntimeDbWeight, z: u32) -> Weight {
	estimate(db, 20, 2, 1).saturating_add(estimate(db, 2, 1, 0).saturating_mul(z.into()))
}

/// The list and the clock. A device: its record, its page, both sites, the look-up, two holds and accounts, its former owner.
fn hand_over(db: RuntimeDbWeight, d: u32) -> Weight {
	estimate(db, 5, 2, 0).saturating_add(estimate(db, 130, 12, 13).saturating_mul(d.into()))
}
