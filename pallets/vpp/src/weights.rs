//! Weights of calls and of work in hooks.
//!
//! These are estimates until benchmarks replace them. Time is reckoned as 25 µs for a call of its own, 10 µs per asset that a
//! turn looks at, 45 µs for one signature check and 15 µs for each of a batch, on the machine that the signature checks were
//! measured on; reads and writes are those of the worst path, at the runtime's database weights. A proof adds 128 bytes and the
//! largest encoding of what it touches.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// One microsecond of execution, in picoseconds.
const MICROSECOND: u64 = 1_000_000;
/// What a call or a step takes for itself.
const BASE: u64 = 25;
/// What a turn takes for each asset.
const PER_ASSET: u64 = 10;
/// One signature check by itself.
const SIGNATURE: u64 = 45;
/// One signature check in a batch.
const SIGNATURE_IN_BATCH: u64 = 15;

/// Weights of the pallet.
pub trait WeightInfo {
	/// `create_program`.
	fn create_program() -> Weight;
	/// `fund` and `withdraw`.
	fn fund() -> Weight;
	/// `set_paused`.
	fn set_paused() -> Weight;
	/// `enrol`.
	fn enrol() -> Weight;
	/// `update_asset`.
	fn update_asset() -> Weight;
	/// `leave`.
	fn leave() -> Weight;
	/// `opt_out` and `opt_in`.
	fn opt() -> Weight;
	/// `report_frequency` with `r` readings.
	fn report_frequency(r: u32) -> Weight;
	/// `report_state_of_charge`.
	fn report_state_of_charge() -> Weight;
	/// `signal`.
	fn signal() -> Weight;
	/// `acknowledge`.
	fn acknowledge() -> Weight;
	/// Listing `p` programs.
	fn list(p: u32) -> Weight;
	/// Looking whether a program or a dispatch has anything to do.
	fn look() -> Weight;
	/// A program's turn with `a` assets: it ends two dispatches and plans two.
	fn turn(a: u32) -> Weight;
	/// Taking one asset's interval into history.
	fn sample() -> Weight;
	/// Tallying one interval of one instruction.
	fn prove() -> Weight;
	/// Paying one instruction.
	fn pay() -> Weight;
	/// Giving up sixteen entries of withheld energy.
	fn release() -> Weight;
	/// Forgetting sixteen times of day of a meter.
	fn forget() -> Weight;
}

/// Weights at the runtime's database weights.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> SubstrateWeight<T> {
	/// Execution time in microseconds, bytes of proof, reads and writes.
	fn of(microseconds: u64, proof: u64, reads: u64, writes: u64) -> Weight {
		Weight::from_parts(microseconds.saturating_mul(MICROSECOND), proof)
			.saturating_add(T::DbWeight::get().reads_writes(reads, writes))
	}
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	// Count, number, 32 zones; program.
	fn create_program() -> Weight {
		Self::of(BASE, 4_000, 34, 3)
	}

	// Program, account, holds.
	fn fund() -> Weight {
		Self::of(BASE, 4_000, 3, 3)
	}

	// Program.
	fn set_paused() -> Weight {
		Self::of(BASE, 2_000, 1, 1)
	}

	// Program, place, device, parent, site, account, holds; all but the devices written, and the forgetting.
	fn enrol() -> Weight {
		Self::of(BASE, 8_000, 8, 7)
	}

	// Place, enrolment, program, device.
	fn update_asset() -> Weight {
		Self::of(BASE, 4_000, 4, 2)
	}

	// As `enrol`.
	fn leave() -> Weight {
		Self::of(BASE, 8_000, 8, 8)
	}

	// Place, enrolment, program, clock.
	fn opt() -> Weight {
		Self::of(BASE, 4_000, 4, 2)
	}

	// Sensors, clock, genesis hash, a device per reading.
	fn report_frequency(r: u32) -> Weight {
		let r = u64::from(r);
		Self::of(
			BASE.saturating_add(SIGNATURE_IN_BATCH.saturating_mul(r)),
			r.saturating_mul(300).saturating_add(2_500),
			r.saturating_add(3),
			2,
		)
	}

	// Place, enrolment, device, clock, genesis hash.
	fn report_state_of_charge() -> Weight {
		Self::of(BASE + SIGNATURE, 2_000, 5, 1)
	}

	// Program, sequence, waiting signal, two live dispatches, clock.
	fn signal() -> Weight {
		Self::of(BASE, 6_000, 6, 2)
	}

	// Dispatch, instruction, device, genesis hash, program, enrolment, clock.
	fn acknowledge() -> Weight {
		Self::of(BASE + SIGNATURE, 6_000, 7, 3)
	}

	// The programs, whose turn is next, the clock, and how far measurement, history and proof are.
	fn list(p: u32) -> Weight {
		Self::of(
			BASE,
			u64::from(p).saturating_mul(1_500),
			u64::from(p).saturating_add(8),
			2,
		)
	}

	// Program or dispatch, signal, frequency.
	fn look() -> Weight {
		Self::of(5, 3_000, 3, 0)
	}

	// Per asset and plan: enrolment, device, instruction, an earlier dispatch's instruction and the dispatch, of which all but
	// the device and the earlier dispatch are written; per asset and end: enrolment and instruction, both ways. Besides, the
	// grid's network, taken for 64 zones.
	fn turn(a: u32) -> Weight {
		let a = u64::from(a);
		Self::of(
			BASE.saturating_add(a.saturating_mul(4 * PER_ASSET)),
			a.saturating_mul(8_000).saturating_add(16_000),
			a.saturating_mul(14).saturating_add(80),
			a.saturating_mul(10).saturating_add(10),
		)
	}

	// Enrolment, energy, history.
	fn sample() -> Weight {
		Self::of(PER_ASSET, 1_500, 3, 2)
	}

	// Instruction, enrolment, energy, sales, the meter's device; the first time 24 intervals before, or four with their
	// history.
	fn prove() -> Weight {
		Self::of(2 * PER_ASSET, 6_000, 30, 3)
	}

	// Instruction, enrolment, operator's and owner's accounts and holds.
	fn pay() -> Weight {
		Self::of(BASE + PER_ASSET, 3_000, 6, 6)
	}

	fn release() -> Weight {
		Self::of(BASE, 4_000, 33, 33)
	}

	fn forget() -> Weight {
		Self::of(BASE, 6_000, 18, 17)
	}
}

/// For tests: every weight is one unit, so that a test can say how many steps a block may take.
impl WeightInfo for () {
	fn create_program() -> Weight {
		Weight::from_all(1)
	}
	fn fund() -> Weight {
		Weight::from_all(1)
	}
	fn set_paused() -> Weight {
		Weight::from_all(1)
	}
	fn enrol() -> Weight {
		Weight::from_all(1)
	}
	fn update_asset() -> Weight {
		Weight::from_all(1)
	}
	fn leave() -> Weight {
		Weight::from_all(1)
	}
	fn opt() -> Weight {
		Weight::from_all(1)
	}
	fn report_frequency(_: u32) -> Weight {
		Weight::from_all(1)
	}
	fn report_state_of_charge() -> Weight {
		Weight::from_all(1)
	}
	fn signal() -> Weight {
		Weight::from_all(1)
	}
	fn acknowledge() -> Weight {
		Weight::from_all(1)
	}
	fn list(_: u32) -> Weight {
		Weight::from_all(1)
	}
	fn look() -> Weight {
		Weight::from_all(1)
	}
	fn turn(_: u32) -> Weight {
		Weight::from_all(1)
	}
	fn sample() -> Weight {
		Weight::from_all(1)
	}
	fn prove() -> Weight {
		Weight::from_all(1)
	}
	fn pay() -> Weight {
		Weight::from_all(1)
	}
	fn release() -> Weight {
		Weight::from_all(1)
	}
	fn forget() -> Weight {
		Weight::from_all(1)
	}
}
