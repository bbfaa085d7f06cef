//! What a battery holds, between one report and the next.

use super::response::Direction;
use codec::{Decode, Encode, MaxEncodedLen};
use gridtokenx_primitives::Wh;
use scale_info::TypeInfo;

/// A battery's state of charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Charge {
	/// Stored energy, Wh: as reported, less what was dispatched since.
	pub stored_wh: Wh,
	/// When it was reported, Unix milliseconds.
	pub reported_ms: u64,
	/// Whether the battery says that it can be used.
	pub available: bool,
}

impl Charge {
	/// What is stored once `level_w` has run in `direction` from `since` to `until`, Unix seconds. What ran before the report is
	/// in the report. Rounded against the battery, so that it is never asked for what it does not have.
	pub fn stored_after(&self, direction: Direction, level_w: u32, since: u64, until: u64) -> Wh {
		let seconds = until.saturating_sub(since.max(self.reported_ms / 1_000));
		let moved = u64::from(level_w).saturating_mul(seconds).div_ceil(3_600);
		match direction {
			Direction::Up => self.stored_wh.saturating_sub(moved),
			Direction::Down => self.stored_wh.saturating_add(moved),
		}
	}
}

/// The power, W, that a battery can hold for `seconds` between the owner's reserve and its capacity; rounded down.
pub fn sustainable_w(direction: Direction, stored_wh: Wh, reserve_wh: Wh, capacity_wh: Wh, seconds: u64) -> u32 {
	let usable = match direction {
		Direction::Up => stored_wh.saturating_sub(reserve_wh),
		Direction::Down => capacity_wh.saturating_sub(stored_wh),
	};
	let watts = u128::from(usable) * 3_600 / u128::from(seconds.max(1));
	u32::try_from(watts).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const REPORTED: Charge = Charge {
		stored_wh: 5_000,
		reported_ms: 1_000_000,
		available: true,
	};

	#[test]
	fn charge_should_count_only_what_ran_after_the_report() {
		// 3,600 W for 100 s is 100 Wh.
		assert_eq!(REPORTED.stored_after(Direction::Up, 3_600, 1_000, 1_100), 4_900);
		assert_eq!(REPORTED.stored_after(Direction::Up, 3_600, 0, 1_100), 4_900);
		assert_eq!(REPORTED.stored_after(Direction::Down, 3_600, 1_000, 1_100), 5_100);
		assert_eq!(REPORTED.stored_after(Direction::Up, 3_600, 0, 900), 5_000);
	}

	#[test]
	fn battery_should_keep_its_owners_reserve() {
		assert_eq!(sustainable_w(Direction::Up, 5_000, 2_000, 10_000, 3_600), 3_000);
		assert_eq!(sustainable_w(Direction::Up, 2_000, 2_000, 10_000, 3_600), 0);
		assert_eq!(sustainable_w(Direction::Down, 9_000, 2_000, 10_000, 900), 4_000);
	}

	proptest! {
		#[test]
		fn battery_should_never_fall_below_the_reserve_when_it_holds_its_sustainable_power(
			stored in 0..1u64 << 40, reserve in 0..1u64 << 40, seconds in 1..100_000u64,
		) {
			let power = sustainable_w(Direction::Up, stored, reserve, u64::MAX, seconds);
			let charge = Charge { stored_wh: stored, reported_ms: 0, available: true };
			prop_assert!(charge.stored_after(Direction::Up, power, 0, seconds) >= stored.min(reserve));
		}
	}
}
