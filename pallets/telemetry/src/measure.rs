//! Measuring: turning the readings of an interval into energy, page by page, with the block's spare weight.

use crate::{
	page::PageState,
	sheet::Sheet,
	types::{Cursor, Tally},
	Books, Config, Coverages, Energies, Event, Grace, MeasuredThrough, Measuring, Pallet, Positions, Totals,
	WeightInfo, ZoneFlows,
};
use frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};
use gridtokenx_primitives::{Clock, Interval, MeterDirectory, PAGE_SIZE};

/// Sums that are dropped in one step.
const DROPS_PER_STEP: u32 = 64;

impl<T: Config> Pallet<T> {
	/// Measures what is due, as far as the weight reaches. Says how many steps were taken.
	pub(crate) fn measure(meter: &mut WeightMeter, max_steps: u32) -> u32 {
		let mut steps: u32 = 0;
		if meter.try_consume(T::WeightInfo::poll()).is_err() {
			return steps;
		}
		let Some(mut cursor) = Self::look_at_clock() else {
			return steps;
		};
		let worst_step = Self::worst_step();
		while steps < max_steps && Self::is_due(&cursor) && meter.can_consume(worst_step) {
			meter.consume(Self::step(&mut cursor));
			steps = steps.saturating_add(1);
		}
		if Measuring::<T>::get() != Some(cursor) {
			Measuring::<T>::put(cursor);
		}
		steps
	}

	/// The most that one step can weigh.
	pub(crate) fn worst_step() -> Weight {
		let page = T::WeightInfo::measure_page(PAGE_SIZE, PAGE_SIZE, PAGE_SIZE, PAGE_SIZE);
		page.max(T::WeightInfo::close_interval(DROPS_PER_STEP))
	}

	/// The cursor, after taking note of the time. The first block that knows it decides where measuring begins: with the interval
	/// that is running. After an outage of a whole interval or more, `grace` begins anew, so that the oracles can bring what the
	/// meters have kept.
	fn look_at_clock() -> Option<Cursor> {
		if T::Clock::now_ms() == 0 {
			return None;
		}
		let now = T::Clock::now();
		let mut cursor = Measuring::<T>::get().unwrap_or(Cursor {
			interval: now,
			seen: now,
			..Cursor::default()
		});
		if now > cursor.seen.saturating_add(1) {
			cursor.not_before = now.saturating_add(Grace::<T>::get());
		}
		cursor.seen = now;
		Some(cursor)
	}

	/// Whether the cursor's interval ended `grace` intervals ago.
	fn is_due(cursor: &Cursor) -> bool {
		let due = cursor
			.interval
			.saturating_add(1)
			.saturating_add(Grace::<T>::get())
			.max(cursor.not_before);
		cursor.seen >= due
	}

	fn step(cursor: &mut Cursor) -> Weight {
		if cursor.page < T::Meters::page_count() {
			let (tally, weight) = Self::measure_page(cursor.interval, cursor.page);
			cursor.tally.add(&tally);
			cursor.page = cursor.page.saturating_add(1);
			weight
		} else {
			Self::close_interval(cursor)
		}
	}

	/// Measures `interval` for the devices of one page, and drops what has left the window.
	fn measure_page(interval: Interval, page: u32) -> (Tally, Weight) {
		let mut state = PageState::<T>::load(page, interval.saturating_sub(1));
		let mut sheet = Sheet::<T>::new(interval);
		let former_owners = T::Meters::former_owners(page, interval);
		let mut meters: u32 = 0;
		for slot in (0u8..).take(PAGE_SIZE as usize) {
			let Some((meter, plate)) = state.meter(slot).cloned().zip(state.nameplate(slot)) else {
				state.clear(slot);
				continue;
			};
			meters = meters.saturating_add(1);
			let mut register = state.register(slot);
			let known = register;
			let next = state.point_after(&register, slot, interval.saturating_sub(1));
			let found = register.measure(interval, next, &plate, meter.active);
			if register != known && !(register.anchor.is_none() && register.points.is_empty()) {
				state.set_register(slot, register);
			}
			let owner = former_owners
				.iter()
				.find(|(at, _)| *at == slot)
				.map_or(&meter.owner, |(_, owner)| owner);
			sheet.enter(&mut state, slot, &meter, owner, found);
		}
		state.forget_points(interval);
		if let Some(past) = interval.checked_sub(T::Window::get()) {
			Energies::<T>::remove(past, page);
		}
		let tally = sheet.tally;
		let (positions, zones) = sheet.save(page);
		let points = state.save();
		(
			tally,
			T::WeightInfo::measure_page(meters, points.read, positions, zones),
		)
	}

	/// All pages are measured: drops what has left the window, in as many steps as it takes, then moves on.
	fn close_interval(cursor: &mut Cursor) -> Weight {
		let Cursor { interval, tally, .. } = *cursor;
		let dropped = match interval.checked_sub(T::Window::get()).map(Self::drop_sums) {
			Some((dropped, false)) => return T::WeightInfo::close_interval(dropped),
			Some((dropped, true)) => dropped,
			None => 0,
		};
		Coverages::<T>::insert(interval, tally.coverage);
		MeasuredThrough::<T>::put(interval);
		Self::deposit_event(Event::IntervalMeasured {
			interval,
			active: tally.coverage.active,
			read: tally.coverage.read,
			estimated: tally.estimated,
			unallocated: tally.unallocated,
		});
		*cursor = Cursor {
			interval: interval.saturating_add(1),
			page: 0,
			tally: Tally::default(),
			..*cursor
		};
		T::WeightInfo::close_interval(dropped)
	}

	/// Drops sums of an interval that has left the window. Says how many, and whether that was all.
	fn drop_sums(past: Interval) -> (u32, bool) {
		// Settlement takes positions as soon as they are measured; what nobody wanted for a whole window is dropped with it.
		let positions = Positions::<T>::clear_prefix(past, DROPS_PER_STEP, None);
		let left = DROPS_PER_STEP.saturating_sub(positions.loops);
		if positions.maybe_cursor.is_some() || left == 0 {
			return (positions.loops, false);
		}
		let zones = ZoneFlows::<T>::clear_prefix(past, left, None);
		if zones.maybe_cursor.is_none() {
			Coverages::<T>::remove(past);
		}
		(
			positions.loops.saturating_add(zones.loops),
			zones.maybe_cursor.is_none(),
		)
	}

	/// Adds a page to the books.
	pub(crate) fn add_to_books(page: &Books) {
		if *page != Books::default() {
			Totals::<T>::mutate(|books| books.merge(page));
		}
	}
}
