//! What an asset was told to do, as energy per interval. Power is piecewise constant; a change of setpoint closes one piece and
//! opens the next.

use super::calendar::Calendar;
use codec::{Decode, Encode, MaxEncodedLen};
use core::ops::RangeInclusive;
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::Interval;
use scale_info::TypeInfo;

/// The longest a dispatch may last, in intervals.
pub const MAX_EVENT_INTERVALS: Interval = 32;
/// A dispatch that begins within an interval touches one more.
const MAX_ENTRIES: u32 = MAX_EVENT_INTERVALS + 1;

/// Energy in watt-seconds: exact, where watt-hours would be rounded piece by piece.
pub type WattSeconds = u64;

/// The power an asset was told to move in one direction, over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Profile {
	/// Energy of the pieces that are over, by interval, ascending.
	closed: BoundedVec<(Interval, WattSeconds), ConstU32<MAX_ENTRIES>>,
	/// The present setpoint, W.
	level_w: u32,
	/// Since when it applies, Unix seconds; ahead of now for a setpoint that has not begun.
	since: u64,
}

impl Profile {
	/// A profile at rest from a moment on.
	pub fn at_rest(since: u64) -> Self {
		Self {
			since,
			..Default::default()
		}
	}

	/// The present setpoint, W.
	pub const fn level_w(&self) -> u32 {
		self.level_w
	}

	/// Since when the present setpoint applies, Unix seconds.
	pub const fn since(&self) -> u64 {
		self.since
	}

	/// Whether it stands for any energy, or is about to.
	pub fn is_blank(&self) -> bool {
		self.level_w == 0 && self.closed.is_empty()
	}

	/// Another setpoint from `at` on. If the present one has not begun by then, it never does.
	pub fn change(&mut self, at: u64, level_w: u32, calendar: Calendar) {
		if self.level_w > 0 && at > self.since {
			for interval in calendar.interval_at(self.since)..=calendar.last_before(at) {
				let energy = piece(self.level_w, (self.since, at), interval, calendar);
				self.add(interval, energy);
			}
		}
		self.level_w = level_w;
		self.since = at;
	}

	/// Energy that another dispatch asked for in `interval` and this one answers for.
	pub fn add(&mut self, interval: Interval, energy: WattSeconds) {
		match self.closed.last_mut() {
			Some((last, sum)) if *last == interval => *sum = sum.saturating_add(energy),
			// A dispatch touches at most `MAX_ENTRIES` intervals, so there is room; without it the energy would go unpaid.
			_ => drop(self.closed.try_push((interval, energy))),
		}
	}

	/// Takes out what was asked for from `interval` on, so that another dispatch answers for it.
	pub fn hand_over(&mut self, interval: Interval) -> WattSeconds {
		let handed = self.closed_in(&(interval..=Interval::MAX));
		self.closed.retain(|(touched, _)| *touched < interval);
		handed
	}

	/// What was asked for in `interval`, if the present setpoint lasts until `end` (Unix seconds).
	pub fn watt_seconds(&self, interval: Interval, end: u64, calendar: Calendar) -> WattSeconds {
		self.total(interval..=interval, end, calendar)
	}

	/// What was asked for from `interval` on, if the present setpoint lasts until `end` (Unix seconds).
	pub fn watt_seconds_from(&self, interval: Interval, end: u64, calendar: Calendar) -> WattSeconds {
		self.total(interval..=Interval::MAX, end, calendar)
	}

	fn total(&self, intervals: RangeInclusive<Interval>, end: u64, calendar: Calendar) -> WattSeconds {
		let begin = self.since.max(calendar.start_of(*intervals.start()));
		let end = end.min(calendar.end_of(*intervals.end()));
		self.closed_in(&intervals)
			.saturating_add(energy_between(self.level_w, begin, end))
	}

	fn closed_in(&self, intervals: &RangeInclusive<Interval>) -> WattSeconds {
		let touched = self.closed.iter().filter(|(interval, _)| intervals.contains(interval));
		touched.fold(0, |sum, (_, energy)| sum.saturating_add(*energy))
	}
}

fn piece(level_w: u32, (from, until): (u64, u64), interval: Interval, calendar: Calendar) -> WattSeconds {
	energy_between(
		level_w,
		from.max(calendar.start_of(interval)),
		until.min(calendar.end_of(interval)),
	)
}

fn energy_between(level_w: u32, from: u64, until: u64) -> WattSeconds {
	until.saturating_sub(from).saturating_mul(level_w.into())
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const CALENDAR: Calendar = Calendar::new(900);

	#[test]
	fn profile_should_split_its_energy_when_it_crosses_an_interval() {
		let mut profile = Profile::at_rest(0);
		profile.change(600, 1_000, CALENDAR);
		profile.change(1_200, 0, CALENDAR);
		assert_eq!(profile.watt_seconds(0, 9_999, CALENDAR), 300_000);
		assert_eq!(profile.watt_seconds(1, 9_999, CALENDAR), 300_000);
		assert_eq!(profile.watt_seconds_from(1, 9_999, CALENDAR), 300_000);
	}

	#[test]
	fn profile_should_count_the_present_setpoint_until_its_end() {
		let mut profile = Profile::at_rest(0);
		profile.change(900, 2_000, CALENDAR);
		assert_eq!(profile.watt_seconds(1, 1_000, CALENDAR), 200_000);
		assert_eq!(profile.watt_seconds(2, 1_000, CALENDAR), 0);
		assert_eq!(profile.watt_seconds_from(0, 2_700, CALENDAR), 3_600_000);
	}

	#[test]
	fn setpoint_should_count_for_nothing_when_it_is_withdrawn_before_it_begins() {
		let mut profile = Profile::at_rest(0);
		profile.change(900, 2_000, CALENDAR);
		profile.change(300, 0, CALENDAR);
		assert_eq!(profile.watt_seconds_from(0, u64::MAX, CALENDAR), 0);
	}

	#[test]
	fn hand_over_should_leave_earlier_intervals_where_they_are() {
		let mut profile = Profile::at_rest(0);
		profile.change(0, 1_000, CALENDAR);
		profile.change(1_000, 0, CALENDAR);
		assert_eq!(profile.hand_over(1), 100_000);
		assert_eq!(profile.watt_seconds_from(0, u64::MAX, CALENDAR), 900_000);
	}

	proptest! {
		#[test]
		fn energy_should_be_conserved_over_all_intervals(
			changes in prop::collection::vec((1..2_000u64, 0..=u32::MAX), 1..12), length in 1..4_000u32,
		) {
			let calendar = Calendar::new(length.max(900));
			let (mut profile, mut now, mut exact, mut level) = (Profile::at_rest(0), 0, 0u64, 0u32);
			for (wait, next) in changes {
				exact += u64::from(level) * wait;
				now += wait;
				level = next;
				profile.change(now, next, calendar);
			}
			let end = now + 1_000;
			exact += u64::from(level) * 1_000;
			let summed: u64 = (0..=calendar.interval_at(end)).map(|t| profile.watt_seconds(t, end, calendar)).sum();
			prop_assert_eq!(summed, exact);
			prop_assert_eq!(profile.watt_seconds_from(0, end, calendar), exact);
		}

		#[test]
		fn hand_over_should_neither_lose_nor_make_energy(
			changes in prop::collection::vec((1..2_000u64, 0..=u32::MAX), 1..12), at in 0..20u32,
		) {
			let (mut profile, mut now) = (Profile::at_rest(0), 0);
			for (wait, next) in changes {
				now += wait;
				profile.change(now, next, CALENDAR);
			}
			profile.change(now + 500, 0, CALENDAR);
			let before = profile.watt_seconds_from(0, 0, CALENDAR);
			let handed = profile.hand_over(at);
			prop_assert_eq!(handed + profile.watt_seconds_from(0, 0, CALENDAR), before);
		}
	}
}
