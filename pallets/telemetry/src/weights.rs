//! Weights. Careful estimates: database weights of the runtime, and times on one core, so that more cores are headroom.
//!
//! | what | µs |
//! | --- | --- |
//! | Ed25519 in a batch of 64, each | 18.4 |
//! | Ed25519 alone, each | 33.6 |
//! | P-256, each | 38.6 |
//! | decoding and encoding a page of 64 devices | 30 |
//! | decoding or encoding a page of points | 5 |
//! | building a reading's message, handing it to the host and booking it | 4 |

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::ParityDbWeight, RuntimeDbWeight, Weight},
};

/// Weights of this pallet's calls and of its steps.
pub trait WeightInfo {
	/// `p` pages, `r` pages of points read and `w` written, `e` Ed25519 checks of which `s` repeated one by one, `c` P-256 checks.
	fn submit_readings(p: u32, r: u32, w: u32, e: u32, s: u32, c: u32) -> Weight;
	/// What the check of a batch's carrier costs before it is dispatched.
	fn check_carrier() -> Weight;
	/// Admitting a carrier.
	fn admit_carrier() -> Weight;
	/// Removing one.
	fn remove_carrier() -> Weight;
	/// Changing a quota.
	fn set_quota() -> Weight;
	/// Adding to a bond.
	fn bond_carrier() -> Weight;
	/// Giving a bond back.
	fn unbond_carrier() -> Weight;
	/// Looking whether an interval is due.
	fn poll() -> Weight;
	/// Measuring a page: `m` meters, `i` pages of points, `a` positions, `z` zones.
	fn measure_page(m: u32, i: u32, a: u32, z: u32) -> Weight;
	/// Closing an interval, dropping `d` sums of one that has left the window.
	fn close_interval(d: u32) -> Weight;
}

/// Picoseconds in a microsecond: the unit of reference time.
const MICROS: u64 = 1_000_000;

/// So many times `nanos` of computation.
const fn times(count: u32, nanos: u64) -> Weight {
	Weight::from_parts(nanos.saturating_mul(MICROS / 1000).saturating_mul(count as u64), 0)
}

fn submit_readings(db: RuntimeDbWeight, p: u32, r: u32, w: u32, e: u32, s: u32, c: u32) -> Weight {
	// Once: the carrier, the cursor, the ends of the late queue, the books, a slash, the event.
	times(1, 40_000)
		.saturating_add(db.reads_writes(6, 5))
		// A page: its meters and its registers; the registers and a chunk of late spans are written.
		.saturating_add(times(p, 70_000))
		.saturating_add(db.reads_writes(2, 2).saturating_mul(p.into()))
		.saturating_add(times(r.saturating_add(w), 5_000))
		.saturating_add(db.reads_writes(r.into(), w.into()))
		.saturating_add(times(e, 18_400 + 4_000))
		.saturating_add(times(s, 33_600))
		.saturating_add(times(c, 38_600 + 4_000))
}

fn measure_page(db: RuntimeDbWeight, m: u32, i: u32, a: u32, z: u32) -> Weight {
	// The page's meters, registers, points and former owners, the late queue and the books; two removals and the energies.
	times(1, 90_000)
		.saturating_add(db.reads_writes(6, 7))
		.saturating_add(times(m, 2_000))
		.saturating_add(times(i, 10_000))
		.saturating_add(db.reads(i.into()))
		.saturating_add(times(a.saturating_add(z), 3_000))
		.saturating_add(db.reads_writes(1, 1).saturating_mul(a.saturating_add(z).into()))
}

/// The weights, with the runtime's own database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

macro_rules! weights {
	($db:expr) => {
		fn submit_readings(p: u32, r: u32, w: u32, e: u32, s: u32, c: u32) -> Weight {
			submit_readings($db, p, r, w, e, s, c)
		}
		fn check_carrier() -> Weight {
			times(1, 10_000).saturating_add($db.reads_writes(2, 2))
		}
		fn admit_carrier() -> Weight {
			times(1, 20_000).saturating_add($db.reads_writes(2, 2))
		}
		fn remove_carrier() -> Weight {
			times(1, 40_000).saturating_add($db.reads_writes(4, 4))
		}
		fn set_quota() -> Weight {
			times(1, 15_000).saturating_add($db.reads_writes(1, 1))
		}
		fn bond_carrier() -> Weight {
			times(1, 40_000).saturating_add($db.reads_writes(3, 3))
		}
		fn unbond_carrier() -> Weight {
			times(1, 40_000).saturating_add($db.reads_writes(3, 3))
		}
		fn poll() -> Weight {
			times(1, 5_000).saturating_add($db.reads_writes(4, 1))
		}
		fn measure_page(m: u32, i: u32, a: u32, z: u32) -> Weight {
			measure_page($db, m, i, a, z)
		}
		fn close_interval(d: u32) -> Weight {
			// Coverage, progress and the event; one removal for each sum.
			times(1, 20_000)
				.saturating_add($db.reads_writes(2, 4))
				.saturating_add($db.reads_writes(1, 1).saturating_mul(d.into()))
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
