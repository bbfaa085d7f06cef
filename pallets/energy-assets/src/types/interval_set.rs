//! A set of intervals that is small, because most of them stand in one row.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::Interval;
use scale_info::TypeInfo;

/// The most rows in a set.
pub const MAX_RANGES: u32 = 128;

/// Intervals, as rows of neighbours: the first and the last of each, in rising order, with a gap between any two rows.
///
/// Intervals are closed nearly in order; one that waits for a missing reading leaves a gap, until it is closed too. Where there
/// are more gaps than the set has room for, the oldest is given up: what lies in it counts as closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct IntervalSet(BoundedVec<(Interval, Interval), ConstU32<MAX_RANGES>>);

impl IntervalSet {
	/// The rows.
	pub fn ranges(&self) -> &[(Interval, Interval)] {
		&self.0
	}

	/// Whether the interval is in the set.
	pub fn contains(&self, interval: Interval) -> bool {
		self.before(interval)
			.and_then(|index| self.0.get(index))
			.is_some_and(|(_, last)| interval <= *last)
	}

	/// Adds an interval.
	pub fn insert(&mut self, interval: Interval) {
		if self.0.is_full() {
			self.give_up_oldest_gap();
		}
		if self.contains(interval) {
			return;
		}
		let before = self.before(interval);
		let after = before.map_or(0, |index| index.saturating_add(1));
		let last_before = before.and_then(|index| self.0.get(index)).map(|(_, last)| *last);
		let first_after = self.0.get(after).map(|(first, _)| *first);
		let joins_before = last_before.and_then(|last| last.checked_add(1)) == Some(interval);
		let joins_after = interval.checked_add(1).is_some_and(|next| first_after == Some(next));
		match (before.filter(|_| joins_before), joins_after) {
			(Some(before), true) => {
				let (_, last) = self.0.remove(after);
				self.set_last(before, last);
			}
			(Some(before), false) => self.set_last(before, interval),
			(None, true) => self.set_first(after, interval),
			(None, false) => {
				// There is room: the oldest gap was given up otherwise.
				let _ = self.0.try_insert(after, (interval, interval));
			}
		}
	}

	/// The last row that begins no later than `interval`.
	fn before(&self, interval: Interval) -> Option<usize> {
		self.0.partition_point(|(first, _)| *first <= interval).checked_sub(1)
	}

	fn set_first(&mut self, index: usize, first: Interval) {
		if let Some(range) = self.0.get_mut(index) {
			range.0 = first;
		}
	}

	fn set_last(&mut self, index: usize, last: Interval) {
		if let Some(range) = self.0.get_mut(index) {
			range.1 = last;
		}
	}

	fn give_up_oldest_gap(&mut self) {
		let (first, _) = self.0.remove(0);
		self.set_first(0, first);
	}
}
