//! What always holds. Checked after every block of the tests, and by `try-runtime`.

use crate::{
	register::{Register, BACKLOG},
	slots::Slots,
	types::{Cursor, Flow, Point},
	Carriers, Config, Coverages, Energies, HoldReason, LateEnds, LateSpans, MeasuredThrough, Measuring, Pallet, Points,
	Positions, RegisterPages, ZoneFlows,
};
use alloc::collections::BTreeMap;
use frame_support::{
	ensure,
	traits::{fungible::hold::Inspect as _, Get},
};
use gridtokenx_primitives::{Balance, Interval, ZoneId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant of the pallet.
	///
	/// # Errors
	///
	/// Names the first one that does not hold.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::try_carriers()?;
		Self::try_registers()?;
		Self::try_window()?;
		Self::try_sums()?;
		Self::try_late()
	}

	/// 1. Every carrier has a quota and a provider reference; an active one has at least the minimum bond.
	/// 2. What is held on an owner's account is the sum of its carriers' bonds.
	fn try_carriers() -> Result<(), TryRuntimeError> {
		let mut bonds = BTreeMap::<T::AccountId, Balance>::new();
		for (hot, carrier) in Carriers::<T>::iter() {
			ensure!(carrier.quota > 0, "1: a carrier without a quota");
			ensure!(
				frame_system::Pallet::<T>::providers(&hot) > 0,
				"1: a carrier without a provider reference"
			);
			ensure!(
				!carrier.active || carrier.bond >= T::MinBond::get(),
				"1: active below the minimum bond"
			);
			let sum = bonds.entry(carrier.owner).or_default();
			*sum = sum.saturating_add(carrier.bond);
		}
		for (owner, bond) in bonds {
			let held = T::Currency::balance_on_hold(&HoldReason::CarrierBond.into(), &owner);
			ensure!(held == bond, "2: what is held differs from the bonds");
		}
		Ok(())
	}

	/// 3. A device's points are those that its ring names, all after what has been measured and within the backlog.
	/// 4. No anchor lies beyond what has been measured; shares are booked up to there at most, and beyond the anchor only if the
	///    span's end is known.
	fn try_registers() -> Result<(), TryRuntimeError> {
		let Some(cursor) = Measuring::<T>::get() else {
			ensure!(
				RegisterPages::<T>::iter().next().is_none(),
				"4: registers before the first block"
			);
			return Ok(());
		};
		for (page, registers) in RegisterPages::<T>::iter() {
			let through = cursor.through(page);
			for (slot, register) in registers.iter() {
				Self::try_points(page, slot, register, through)?;
				let Some(anchor) = register.anchor else { continue };
				ensure!(
					anchor.interval <= anchor.booked && anchor.booked <= through,
					"4: an anchor beyond measuring"
				);
				let closed = anchor.booked > anchor.interval;
				ensure!(
					!closed || !register.points.is_empty(),
					"4: shares of a span without an end"
				);
			}
		}
		Ok(())
	}

	fn try_points(page: u32, slot: u8, register: &Register, through: Interval) -> Result<(), TryRuntimeError> {
		for interval in register.points.iter(through) {
			ensure!(
				interval <= through.saturating_add(BACKLOG),
				"3: a point beyond the backlog"
			);
			let points: Slots<Point> = Points::<T>::get(interval, page);
			ensure!(points.get(slot).is_some(), "3: a ring names a point that is not there");
		}
		Ok(())
	}

	/// 5. Points are kept only of intervals that have not been measured; energies, sums and coverage only of the window, and of the
	///    interval that is being measured.
	fn try_window() -> Result<(), TryRuntimeError> {
		let Some(cursor) = Measuring::<T>::get() else {
			return Ok(());
		};
		for (interval, page) in Points::<T>::iter_keys() {
			ensure!(interval > cursor.through(page), "5: points of a measured interval");
		}
		let in_window = |interval: Interval| {
			interval <= cursor.interval && cursor.interval <= interval.saturating_add(T::Window::get())
		};
		ensure!(
			Energies::<T>::iter_keys().all(|(interval, _)| in_window(interval)),
			"5: energies outside the window"
		);
		ensure!(
			ZoneFlows::<T>::iter_keys().all(|(interval, _)| in_window(interval)),
			"5: sums outside the window"
		);
		ensure!(
			Coverages::<T>::iter_keys().all(in_window),
			"5: coverage outside the window"
		);
		ensure!(
			MeasuredThrough::<T>::get().is_none_or(|through| through.saturating_add(1) == cursor.interval),
			"5: measuring has skipped an interval"
		);
		Self::try_coverage(&cursor)
	}

	/// 6. No more connection points were read than there are.
	fn try_coverage(cursor: &Cursor) -> Result<(), TryRuntimeError> {
		let plausible = |coverage: gridtokenx_primitives::Coverage| coverage.read <= coverage.active;
		ensure!(
			Coverages::<T>::iter_values().all(plausible),
			"6: more read than there are"
		);
		ensure!(plausible(cursor.tally.coverage), "6: more read than there are");
		Ok(())
	}

	/// 7. Positions that have not been taken add up to their zone's sums; where some were taken, to no more than these.
	fn try_sums() -> Result<(), TryRuntimeError> {
		let mut sums = BTreeMap::<(Interval, ZoneId), Flow>::new();
		for (interval, (_, zone), position) in Positions::<T>::iter() {
			sums.entry((interval, zone)).or_default().merge(&position.flow);
		}
		for ((interval, zone), sum) in sums {
			let flow = ZoneFlows::<T>::get(interval, zone);
			ensure!(
				sum.import_wh <= flow.import_wh,
				"7: positions import more than their zone"
			);
			let exports = sum.exports.iter().all(|(source, wh)| *wh <= flow.exported(*source));
			ensure!(exports, "7: positions export more than their zone");
		}
		Ok(())
	}

	/// 8. The queue of late energy is contiguous and holds nothing else.
	fn try_late() -> Result<(), TryRuntimeError> {
		let (start, end) = LateEnds::<T>::get();
		ensure!(start <= end, "8: the late queue ends before it starts");
		let mut chunks: u64 = 0;
		for (index, chunk) in LateSpans::<T>::iter() {
			ensure!(
				index >= start && index < end && !chunk.is_empty(),
				"8: a late chunk outside the queue"
			);
			chunks = chunks.saturating_add(1);
		}
		ensure!(chunks == end.saturating_sub(start), "8: a late chunk is missing");
		Ok(())
	}
}
