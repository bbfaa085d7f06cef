//! Which intervals of a moving window have a reading.

use codec::{Decode, Encode, MaxEncodedLen};
use gridtokenx_primitives::Interval;
use scale_info::TypeInfo;

/// A set of intervals, all of them within 128 of each other: bit `interval % 128`. So nothing has to be shifted when the window
/// moves on. The window begins after `through`, the last interval that has been measured; the caller names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Ring(u128);

impl Ring {
	const fn bit(interval: Interval) -> u128 {
		1u128.rotate_left(interval % u128::BITS)
	}

	/// The window as a number: bit `i` is the interval `through + 1 + i`.
	const fn window(self, through: Interval) -> u128 {
		self.0.rotate_right(through.wrapping_add(1) % u128::BITS)
	}

	/// Whether there is none.
	pub const fn is_empty(self) -> bool {
		self.0 == 0
	}

	/// Whether `interval`, in the window, has a reading.
	pub const fn contains(self, interval: Interval) -> bool {
		self.0 & Self::bit(interval) != 0
	}

	/// Notes a reading of `interval`.
	pub fn insert(&mut self, interval: Interval) {
		self.0 |= Self::bit(interval);
	}

	/// Forgets `interval`.
	pub fn remove(&mut self, interval: Interval) {
		self.0 &= !Self::bit(interval);
	}

	/// The first interval with a reading after `interval`, and after `through`.
	pub fn after(self, interval: Interval, through: Interval) -> Option<Interval> {
		let skipped = interval.saturating_sub(through);
		let rest = self.window(through).checked_shr(skipped)?;
		let next = through.saturating_add(skipped).saturating_add(1);
		(rest != 0).then(|| next.saturating_add(rest.trailing_zeros()))
	}

	/// The last interval with a reading before `interval`, and after `through`.
	pub fn before(self, interval: Interval, through: Interval) -> Option<Interval> {
		let kept = interval.saturating_sub(through).saturating_sub(1);
		let mask = 1u128.checked_shl(kept).map_or(u128::MAX, |bit| bit.wrapping_sub(1));
		let rest = self.window(through) & mask;
		// The highest of 128 bits has no leading zero: it stands for `through + 128`.
		(rest != 0).then(|| through.saturating_add(u128::BITS.saturating_sub(rest.leading_zeros())))
	}

	/// All intervals with a reading after `through`, in order.
	pub fn iter(self, through: Interval) -> impl Iterator<Item = Interval> {
		core::iter::successors(self.after(through, through), move |interval| {
			self.after(*interval, through)
		})
	}
}
