//! The settlement of intervals, one after the other, in small steps from a stored cursor.
//!
//! For each interval: (1) metered positions are taken, credits issued, and each account's contracts delivered in their order;
//! (2) contracts that no position reached are looked at; (3) the spot phase opens. Between intervals, positions that came late
//! are looked at. A step that fails is named by an event and left behind: nothing keeps settlement from moving on.

mod allot;
mod contract;
mod finish;
mod late;

use crate::{
	money::Payouts,
	pallet::{Books, Config, Pallet, Settlement},
	types::{BookId, Phase, Settling, SettlingStage, POSITIONS_PER_STEP},
	weights::WeightInfo,
};
use frame_support::{
	weights::{Weight, WeightMeter},
	BoundedVec,
};
use gridtokenx_primitives::{time::MAX_GAP, Curtailment, Interval, Metering};

pub(crate) use contract::Ending;

/// The cursor of settlement.
pub(crate) type SettlingOf<T> = Settling<<T as frame_system::Config>::AccountId>;

/// The next step of the settlement's lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
	/// The next contract of the position at hand.
	Contract,
	/// The next position of the interval.
	Position,
	/// The interval can be settled.
	Begin,
	/// More positions of the interval.
	TakePositions,
	/// A contract that no position reached, or the end of the interval.
	Examine,
	/// The next position that came late.
	Late,
	/// More positions that came late.
	TakeLate,
}

impl<T: Config> Pallet<T> {
	/// Settles as far as the weight goes, and says how many steps it took. Accounts that receive from several contracts are
	/// paid once.
	pub(crate) fn work_on_settlement(meter: &mut WeightMeter) -> u32 {
		if meter.try_consume(T::WeightInfo::idle()).is_err() {
			return 0;
		}
		let mut steps = 0u32;
		let stored = Settlement::<T>::get();
		let mut settling = stored.clone().unwrap_or_else(|| Settling::before(Self::now()));
		let mut payouts = Payouts::<T>::default();
		let mut late_taken = false;
		while let Some(step) = Self::next_settlement_step(&settling, late_taken) {
			if meter.try_consume(Self::weight_of_settlement(step)).is_err() {
				break;
			}
			late_taken |= step == Step::TakeLate;
			Self::settle_step(step, &mut settling, &mut payouts);
			// Asking for late positions when there are none moves nothing on.
			if step != Step::TakeLate || !settling.late.is_empty() {
				steps = steps.saturating_add(1);
			}
		}
		payouts.settle();
		if stored.as_ref() != Some(&settling) {
			Settlement::<T>::put(settling);
		}
		steps
	}

	fn next_settlement_step(settling: &SettlingOf<T>, late_taken: bool) -> Option<Step> {
		if settling.allotment.is_some() {
			return Some(Step::Contract);
		}
		if !settling.pending.is_empty() {
			return Some(Step::Position);
		}
		match settling.stage {
			SettlingStage::Positions => return Some(Step::TakePositions),
			SettlingStage::Contracts { .. } => return Some(Step::Examine),
			SettlingStage::NotBegun => (),
		}
		if let Some(measured) = T::Metering::measured_through().filter(|measured| *measured >= settling.interval) {
			return Self::can_begin(settling.interval, measured).then_some(Step::Begin);
		}
		// Only when every measured interval is settled: a late position's interval is then always a settled one.
		if !settling.late.is_empty() {
			return Some(Step::Late);
		}
		(!late_taken).then_some(Step::TakeLate)
	}

	/// A measured interval is settled once its forward book is closed, so that no contract comes after, and once dispatches in it
	/// are proven, so that it is known who withheld energy because it was told to. Proof that does not come within eight
	/// intervals holds the market up no longer.
	fn can_begin(interval: Interval, measured: Interval) -> bool {
		let book = BookId {
			interval,
			phase: Phase::Forward,
		};
		let proven = || measured >= interval.saturating_add(MAX_GAP) || T::Curtailment::is_proven(interval);
		!Books::<T>::contains_key(book) && proven()
	}

	fn weight_of_settlement(step: Step) -> Weight {
		match step {
			Step::Contract | Step::Examine => T::WeightInfo::settle_contract(),
			Step::Position | Step::Late => T::WeightInfo::settle_position(),
			Step::TakePositions | Step::TakeLate => T::WeightInfo::take_positions(),
			Step::Begin => T::WeightInfo::idle(),
		}
	}

	fn settle_step(step: Step, settling: &mut SettlingOf<T>, payouts: &mut Payouts<T>) {
		match step {
			Step::Contract => Self::allot_next(settling, payouts),
			Step::Position => Self::settle_next_position(settling),
			Step::Begin => settling.stage = SettlingStage::Positions,
			Step::TakePositions => Self::take_positions(settling),
			Step::Examine => Self::examine_next(settling, payouts),
			Step::Late => Self::settle_next_late(settling),
			Step::TakeLate => {
				let mut late = T::Metering::take_late(POSITIONS_PER_STEP);
				late.reverse();
				settling.late = BoundedVec::truncate_from(late);
			}
		}
	}

	fn take_positions(settling: &mut SettlingOf<T>) {
		let mut positions = T::Metering::take_positions(settling.interval, POSITIONS_PER_STEP);
		if positions.is_empty() {
			settling.stage = SettlingStage::Contracts { after: None };
		}
		positions.reverse();
		settling.pending = BoundedVec::truncate_from(positions);
	}
}
