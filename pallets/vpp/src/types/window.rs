//! Times that are not ordinary: what an owner has ruled out, and when an asset was under instruction.

use crate::math::calendar::Calendar;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::Interval;
use scale_info::TypeInfo;

/// The most windows an owner keeps for one asset.
pub const MAX_WINDOWS: u32 = 8;

/// The owner's windows for one asset.
pub type Windows = BoundedVec<Window, ConstU32<MAX_WINDOWS>>;

/// A time in which an asset is not to be dispatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Window {
	/// The first interval of it.
	pub from: Interval,
	/// The first interval after it.
	pub until: Interval,
	/// Whether it comes again every day at the same time, from the first day on.
	pub daily: bool,
}

impl Window {
	/// Whether it has a length, and comes to an end before it comes again.
	pub fn is_valid(&self, calendar: Calendar) -> bool {
		let length = self.until.saturating_sub(self.from);
		length > 0 && (!self.daily || length <= calendar.per_day())
	}

	/// Whether an interval lies in it.
	pub fn contains(&self, interval: Interval, calendar: Calendar) -> bool {
		let Some(past) = interval.checked_sub(self.from) else {
			return false;
		};
		let past = if self.daily { past % calendar.per_day() } else { past };
		past < self.until.saturating_sub(self.from)
	}

	/// What stays of it when it is taken back in interval `now`: the part that has begun, so that the past is not judged anew.
	pub fn up_to(&self, now: Interval, calendar: Calendar) -> Option<Self> {
		let past = now.checked_sub(self.from)?;
		let days = if self.daily { past / calendar.per_day() } else { 0 };
		let shift = days.saturating_mul(calendar.per_day());
		let (from, until) = (self.from.saturating_add(shift), self.until.saturating_add(shift));
		Some(Self {
			from,
			until: until.min(now.saturating_add(1)),
			daily: false,
		})
	}
}

/// The intervals in which an asset was under instruction, as far back as 128 of them: no like interval and no meter-before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Busy {
	/// The interval that bit 0 stands for.
	newest: Interval,
	/// Bit `n`: interval `newest - n`.
	bits: u128,
}

impl Busy {
	/// Marks the intervals from `first` to `last`, which is not before any interval marked so far but for those in the same
	/// run.
	pub fn mark(&mut self, first: Interval, last: Interval) {
		if last > self.newest {
			self.bits = self.bits.checked_shl(last.saturating_sub(self.newest)).unwrap_or(0);
			self.newest = last;
		}
		for interval in first..=last {
			self.bits |= self.bit(interval).unwrap_or(0);
		}
	}

	/// Clears what was marked after `last`, because the asset was let go earlier.
	pub fn clear_after(&mut self, last: Interval) {
		let ahead = self.newest.saturating_sub(last);
		let kept = u128::MAX.checked_shl(ahead).unwrap_or(0);
		self.bits &= kept;
	}

	/// Whether the asset was under instruction in an interval. What is too long ago to be known counts as such.
	pub fn contains(&self, interval: Interval) -> bool {
		interval <= self.newest && self.bit(interval).is_none_or(|bit| self.bits & bit != 0)
	}

	fn bit(&self, interval: Interval) -> Option<u128> {
		let age = self.newest.checked_sub(interval)?;
		1u128.checked_shl(age)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use std::collections::BTreeSet;

	const CALENDAR: Calendar = Calendar::new(900);

	#[test]
	fn window_should_come_again_every_day_when_it_is_daily() {
		let evening = Window {
			from: 100,
			until: 104,
			daily: true,
		};
		assert!(evening.is_valid(CALENDAR));
		assert!(!evening.contains(99, CALENDAR));
		assert!(evening.contains(103, CALENDAR) && evening.contains(103 + 96, CALENDAR));
		assert!(!evening.contains(104, CALENDAR) && !evening.contains(104 + 960, CALENDAR));
	}

	#[test]
	fn window_should_end_when_it_is_not_daily() {
		let once = Window {
			from: 100,
			until: 300,
			daily: false,
		};
		assert!(once.is_valid(CALENDAR));
		assert!(once.contains(299, CALENDAR) && !once.contains(300, CALENDAR));
	}

	#[test]
	fn window_should_be_refused_when_it_has_no_length_or_covers_itself() {
		assert!(!Window {
			from: 5,
			until: 5,
			daily: false
		}
		.is_valid(CALENDAR));
		assert!(!Window {
			from: 5,
			until: 4,
			daily: false
		}
		.is_valid(CALENDAR));
		assert!(!Window {
			from: 0,
			until: 97,
			daily: true
		}
		.is_valid(CALENDAR));
	}

	#[test]
	fn window_should_keep_what_has_begun_when_it_is_taken_back() {
		let once = Window {
			from: 100,
			until: 300,
			daily: false,
		};
		assert_eq!(once.up_to(99, CALENDAR), None);
		assert_eq!(once.up_to(100, CALENDAR), Some(Window { until: 101, ..once }));
		let daily = Window {
			from: 100,
			until: 104,
			daily: true,
		};
		assert_eq!(
			daily.up_to(102 + 96, CALENDAR),
			Some(Window {
				from: 196,
				until: 199,
				daily: false
			})
		);
		assert_eq!(
			daily.up_to(150, CALENDAR),
			Some(Window {
				from: 100,
				until: 104,
				daily: false
			})
		);
	}

	#[test]
	fn busy_should_know_nothing_when_nothing_was_marked() {
		assert!(!Busy::default().contains(1));
	}

	#[test]
	fn busy_should_say_yes_when_an_interval_is_too_long_ago_to_be_known() {
		let mut busy = Busy::default();
		busy.mark(1_000, 1_000);
		assert!(!busy.contains(1_000 - 127));
		assert!(busy.contains(1_000 - 128));
	}

	proptest! {
		#[test]
		fn busy_should_remember_what_was_marked_and_not_cleared(
			runs in prop::collection::vec((0..5u32, 0..32u32, 0..40u32), 1..8),
		) {
			let (mut busy, mut marked, mut now) = (Busy::default(), BTreeSet::new(), 1_000);
			for (wait, length, kept) in runs {
				now += wait;
				busy.mark(now, now + length);
				marked.extend(now..=now + length);
				now += kept.min(length);
				busy.clear_after(now);
				marked.retain(|interval| *interval <= now);
			}
			for interval in now.saturating_sub(60)..now + 60 {
				prop_assert_eq!(busy.contains(interval), marked.contains(&interval));
			}
		}
	}
}
