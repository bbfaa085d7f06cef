//! A battery, as far as its meter and its state of charge show it.

use super::energy::{WattSeconds, PER_WH};
use gridtokenx_primitives::Wh;

/// Of what is charged, so many thousandths can be discharged again. All losses are booked at charging, so that what is stored is
/// what can be delivered.
const EFFICIENCY: u64 = 900;

/// A battery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Battery {
	/// The most it charges or discharges, W.
	power_w: u32,
	/// What it holds when full, Ws.
	capacity: WattSeconds,
	/// What its owner keeps in it, Ws.
	reserve: WattSeconds,
	/// What it holds, Ws.
	stored: WattSeconds,
}

impl Battery {
	/// A battery with `stored` watt-seconds in it, or full if that is more than it holds.
	pub fn new(power_w: u32, capacity_wh: Wh, reserve_wh: Wh, stored: WattSeconds) -> Self {
		let capacity = capacity_wh * PER_WH;
		Battery {
			power_w,
			capacity,
			reserve: (reserve_wh * PER_WH).min(capacity),
			stored: stored.min(capacity),
		}
	}

	/// What it holds, Ws.
	pub const fn stored(&self) -> WattSeconds {
		self.stored
	}

	/// What it holds, whole Wh.
	pub const fn stored_wh(&self) -> Wh {
		self.stored / PER_WH
	}

	/// Puts it at another state of charge, or full if that is more than it holds.
	pub fn hold(&mut self, stored: WattSeconds) {
		self.stored = stored.min(self.capacity);
	}

	/// What it can discharge at now, W: nothing at the reserve.
	pub const fn clamp_w(&self, power_w: i64) -> i64 {
		let most = self.power_w as i64;
		let clamped = if power_w > most {
			most
		} else if power_w < -most {
			-most
		} else {
			power_w
		};
		let empty = clamped > 0 && self.stored <= self.reserve;
		let full = clamped < 0 && self.stored >= self.capacity;
		if empty || full {
			0
		} else {
			clamped
		}
	}

	/// Runs at a setpoint (W, positive = discharging) for `seconds`, as far as rating, reserve and capacity allow. What it fed in,
	/// Ws; negative for what it drew.
	pub fn run(&mut self, setpoint_w: i64, seconds: u64) -> i64 {
		let power_w = u64::from(self.power_w).min(setpoint_w.unsigned_abs());
		let wanted = power_w * seconds;
		if setpoint_w >= 0 {
			let fed = wanted.min(self.stored.saturating_sub(self.reserve));
			self.stored -= fed;
			fed as i64
		} else {
			// The most that can be drawn so that what arrives still fits.
			let drawn = wanted.min((self.capacity - self.stored) * 1_000 / EFFICIENCY);
			self.stored += drawn * EFFICIENCY / 1_000;
			-(drawn as i64)
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	/// 4 kW, 8 kWh, of which 2 kWh stay in it.
	fn battery(stored_wh: Wh) -> Battery {
		Battery::new(4_000, 8_000, 2_000, stored_wh * PER_WH)
	}

	#[test]
	fn battery_should_discharge_what_it_is_told_within_its_power() {
		let mut battery = battery(8_000);
		assert_eq!(battery.run(3_600, 60), 3_600 * 60);
		assert_eq!(battery.stored_wh(), 7_940);
		assert_eq!(battery.run(50_000, 60), 4_000 * 60);
	}

	#[test]
	fn battery_should_keep_its_owners_reserve() {
		let mut battery = battery(2_010);
		assert_eq!(battery.run(4_000, 60), 10 * PER_WH as i64);
		assert_eq!(battery.run(4_000, 60), 0);
		assert_eq!(battery.clamp_w(4_000), 0);
		assert_eq!(battery.stored_wh(), 2_000);
	}

	#[test]
	fn battery_should_lose_a_tenth_when_it_charges() {
		let mut battery = battery(2_000);
		assert_eq!(battery.run(-4_000, 900), -3_600_000);
		assert_eq!(battery.stored_wh(), 2_900);
		assert_eq!(battery.clamp_w(-4_000), -4_000);
	}

	#[test]
	fn battery_should_draw_nothing_when_it_is_full() {
		let mut battery = battery(9_999);
		assert_eq!(battery.stored_wh(), 8_000);
		assert_eq!((battery.run(-4_000, 60), battery.clamp_w(-4_000)), (0, 0));
	}

	proptest! {
		#[test]
		fn battery_should_stay_between_reserve_and_capacity_and_never_make_energy(
			stored in 2_000..=8_000u64, steps in prop::collection::vec((-10_000..10_000i64, 0..2_000u64), 0..40),
		) {
			let mut battery = battery(stored);
			let (mut fed, mut drawn) = (0u64, 0u64);
			for (setpoint, seconds) in steps {
				let moved = battery.run(setpoint, seconds);
				prop_assert!(moved.unsigned_abs() <= 4_000 * seconds);
				if moved > 0 { fed += moved as u64 } else { drawn += moved.unsigned_abs() }
				prop_assert!((2_000..=8_000).contains(&battery.stored_wh()));
			}
			// What came out is no more than what was in it and nine tenths of what went in.
			prop_assert!((fed + battery.stored()) * 1_000 <= stored * PER_WH * 1_000 + drawn * EFFICIENCY);
		}
	}
}
