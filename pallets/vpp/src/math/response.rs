//! Proportional response to frequency: nothing inside the deadband, everything at full activation, a straight line between.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Which way a dispatch pushes the grid.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Direction {
	/// Feed in more, or consume less.
	Up,
	/// Feed in less, or consume more.
	Down,
}

impl Direction {
	/// Both, upward first.
	pub const ALL: [Self; 2] = [Self::Up, Self::Down];

	/// A magnitude with the direction's sign: positive = feeding the grid.
	pub fn signed(self, magnitude: u32) -> i64 {
		match self {
			Self::Up => i64::from(magnitude),
			Self::Down => -i64::from(magnitude),
		}
	}

	/// How far a signed quantity goes in this direction; negative if it goes the other way.
	pub fn along(self, signed: i64) -> i64 {
		match self {
			Self::Up => signed,
			Self::Down => signed.saturating_neg(),
		}
	}

	/// The direction of a signed power; `None` for zero.
	pub fn of(signed: i64) -> Option<Self> {
		match signed {
			0 => None,
			1.. => Some(Self::Up),
			_ => Some(Self::Down),
		}
	}
}

/// How a program answers a deviation of the grid's frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Droop {
	/// The frequency at which there is nothing to do, mHz: 50,000 or 60,000.
	pub nominal_mhz: u32,
	/// Up to this deviation nothing is done, mHz.
	pub deadband_mhz: u32,
	/// From this deviation on everything is done, mHz.
	pub full_mhz: u32,
	/// How far the frequency must move before setpoints follow, mHz; a response ends this far inside the deadband.
	pub hysteresis_mhz: u32,
}

impl Droop {
	/// Whether the line between deadband and full activation exists.
	pub const fn is_valid(&self) -> bool {
		self.deadband_mhz < self.full_mhz && self.full_mhz < self.nominal_mhz && self.hysteresis_mhz < self.full_mhz
	}

	/// What `p_max_w` of capacity gives at a frequency, W, positive = feeding the grid:
	/// `p_max * clamp((|Δf| - deadband) / (full - deadband), 0, 1)`, rounded towards zero.
	pub fn response_w(&self, p_max_w: u64, frequency_mhz: u32) -> i64 {
		let beyond = self.deviation(frequency_mhz).saturating_sub(self.deadband_mhz);
		let span = self.full_mhz.saturating_sub(self.deadband_mhz).max(1);
		let magnitude = u128::from(p_max_w).saturating_mul(u128::from(beyond.min(span))) / u128::from(span);
		let magnitude = i64::try_from(magnitude).unwrap_or(i64::MAX);
		if frequency_mhz < self.nominal_mhz {
			magnitude
		} else {
			-magnitude
		}
	}

	/// The direction in which a frequency calls for power; `None` within the deadband.
	pub fn direction(&self, frequency_mhz: u32) -> Option<Direction> {
		let calls = self.deviation(frequency_mhz) > self.deadband_mhz;
		calls.then_some(if frequency_mhz < self.nominal_mhz {
			Direction::Up
		} else {
			Direction::Down
		})
	}

	/// The frequency to act on now, if it differs enough from the one acted on so far (`heeded_mhz`): setpoints do not chase
	/// every millihertz, and a response that has begun ends only `hysteresis_mhz` inside the deadband.
	pub fn heed(&self, heeded_mhz: u32, frequency_mhz: u32) -> Option<u32> {
		if self.direction(heeded_mhz).is_none() {
			return self.direction(frequency_mhz).map(|_| frequency_mhz);
		}
		if self.deviation(frequency_mhz) <= self.deadband_mhz.saturating_sub(self.hysteresis_mhz) {
			return Some(self.nominal_mhz);
		}
		(heeded_mhz.abs_diff(frequency_mhz) >= self.hysteresis_mhz.max(1)).then_some(frequency_mhz)
	}

	const fn deviation(&self, frequency_mhz: u32) -> u32 {
		self.nominal_mhz.abs_diff(frequency_mhz)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const EUROPE: Droop = Droop {
		nominal_mhz: 50_000,
		deadband_mhz: 10,
		full_mhz: 200,
		hysteresis_mhz: 5,
	};

	#[test]
	fn droop_should_be_refused_when_its_line_has_no_slope() {
		assert!(EUROPE.is_valid());
		assert!(!Droop { full_mhz: 10, ..EUROPE }.is_valid());
		assert!(!Droop {
			nominal_mhz: 150,
			..EUROPE
		}
		.is_valid());
		assert!(!Droop {
			hysteresis_mhz: 200,
			..EUROPE
		}
		.is_valid());
	}

	#[test]
	fn droop_should_begin_outside_the_deadband_and_end_inside_it_by_the_hysteresis() {
		assert_eq!(EUROPE.heed(50_000, 49_990), None);
		assert_eq!(EUROPE.heed(50_000, 49_989), Some(49_989));
		// Once begun it lasts at 49,993 (7 mHz away), and ends at 49,995.
		assert_eq!(EUROPE.heed(49_989, 49_993), None);
		assert_eq!(EUROPE.heed(49_989, 49_995), Some(50_000));
	}

	#[test]
	fn droop_should_stay_where_it_is_when_the_frequency_moves_less_than_the_hysteresis() {
		assert_eq!(EUROPE.heed(49_900, 49_896), None);
		assert_eq!(EUROPE.heed(49_900, 49_895), Some(49_895));
		assert_eq!(EUROPE.heed(49_900, 50_100), Some(50_100));
	}

	proptest! {
		#[test]
		fn response_should_never_exceed_the_capacity(p_max in 0..=u32::MAX, mhz in 45_000..65_000u32) {
			prop_assert!(EUROPE.response_w(p_max.into(), mhz).unsigned_abs() <= u64::from(p_max));
		}

		#[test]
		fn response_should_not_rise_when_the_frequency_rises(p_max in 0..=u32::MAX, mhz in 49_000..51_000u32) {
			let (low, high) = (EUROPE.response_w(p_max.into(), mhz), EUROPE.response_w(p_max.into(), mhz + 1));
			prop_assert!(low >= high);
		}

		#[test]
		fn response_should_be_symmetrical(p_max in 0..=u32::MAX, deviation in 0..1_000u32) {
			let up = EUROPE.response_w(p_max.into(), 50_000 - deviation);
			let down = EUROPE.response_w(p_max.into(), 50_000 + deviation);
			prop_assert_eq!(up, -down);
		}

		#[test]
		fn response_should_be_rounded_towards_zero_by_less_than_a_watt(p_max in 0..=u32::MAX, beyond in 0..=190u32) {
			let response = i128::from(EUROPE.response_w(p_max.into(), 49_990 - beyond));
			let exact = i128::from(p_max) * i128::from(beyond);
			prop_assert!(response * 190 <= exact && exact < (response + 1) * 190);
		}

		#[test]
		fn heeding_should_agree_with_the_deadband(heeded in 49_700..50_300u32, mhz in 49_700..50_300u32) {
			let acted_on = EUROPE.heed(heeded, mhz).unwrap_or(heeded);
			// Whatever was heeded: far outside the deadband there is a response, at nominal frequency there is none.
			if (50_000u32).abs_diff(mhz) >= 20 {
				prop_assert_eq!(EUROPE.direction(acted_on), EUROPE.direction(mhz));
			}
			if mhz == 50_000 {
				prop_assert_eq!(EUROPE.direction(acted_on), None);
			}
		}
	}
}
