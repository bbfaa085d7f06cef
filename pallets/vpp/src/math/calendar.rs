//! Delivery intervals and the days they belong to.

use gridtokenx_primitives::Interval;

const DAY_SECONDS: u32 = 86_400;

/// Reckons in delivery intervals of a fixed length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
	seconds: u32,
}

impl Calendar {
	/// A calendar of intervals of `seconds` each; 0 is read as 1, so that nothing ever divides by 0.
	pub const fn new(seconds: u32) -> Self {
		Self {
			seconds: if seconds == 0 { 1 } else { seconds },
		}
	}

	/// Length of an interval in seconds.
	pub const fn seconds(&self) -> u32 {
		self.seconds
	}

	/// The interval in which a moment lies, Unix seconds. Saturates in the year 2106 for intervals of one second, and far later
	/// for longer ones.
	pub fn interval_at(&self, unix_s: u64) -> Interval {
		Interval::try_from(unix_s / u64::from(self.seconds)).unwrap_or(Interval::MAX)
	}

	/// When an interval begins, Unix seconds.
	pub fn start_of(&self, interval: Interval) -> u64 {
		u64::from(interval).saturating_mul(u64::from(self.seconds))
	}

	/// When an interval ends, Unix seconds.
	pub fn end_of(&self, interval: Interval) -> u64 {
		self.start_of(interval).saturating_add(u64::from(self.seconds))
	}

	/// The last interval that a span ending at `unix_s` (exclusive) touches.
	pub fn last_before(&self, unix_s: u64) -> Interval {
		self.interval_at(unix_s.saturating_sub(1))
	}

	/// How many intervals a day has.
	pub const fn per_day(&self) -> u32 {
		let count = DAY_SECONDS / self.seconds;
		if count == 0 {
			1
		} else {
			count
		}
	}

	/// The place of an interval in its day, from 0: intervals with the same place are *like* intervals.
	pub const fn slot_of_day(&self, interval: Interval) -> u32 {
		interval % self.per_day()
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn calendar_should_find_the_interval_when_given_a_moment() {
		let calendar = Calendar::new(900);
		assert_eq!(calendar.interval_at(899), 0);
		assert_eq!(calendar.interval_at(900), 1);
		assert_eq!(calendar.last_before(900), 0);
		assert_eq!((calendar.start_of(3), calendar.end_of(3)), (2_700, 3_600));
	}

	#[test]
	fn calendar_should_repeat_its_slots_when_a_day_has_passed() {
		let calendar = Calendar::new(900);
		assert_eq!(calendar.per_day(), 96);
		assert_eq!(calendar.slot_of_day(5), calendar.slot_of_day(5 + 96));
		assert_ne!(calendar.slot_of_day(5), calendar.slot_of_day(6));
	}

	#[test]
	fn calendar_should_not_divide_by_zero_when_the_interval_has_no_length() {
		assert_eq!(Calendar::new(0).seconds(), 1);
		assert_eq!(Calendar::new(u32::MAX).per_day(), 1);
	}
}
