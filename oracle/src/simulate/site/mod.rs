//! A site: a meter at the connection point, and what stands behind it.

mod battery;
mod energy;
mod schedule;

pub use battery::Battery;
pub use energy::{Flow, Registers, WattSeconds, PER_WH};
pub use schedule::Schedule;

use super::grid::Quarter;
use gridtokenx_primitives::Interval;
use std::ops::Range;

/// Of the power that a household draws, so many thousandths can be switched off: heat pump, charging point, water heater.
pub const SHEDDABLE_PERMILLE: u64 = 600;

/// What behind the meter follows instructions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flexibility {
	/// Nothing.
	None,
	/// A battery.
	Battery(Battery),
	/// A part of the load that can be switched off.
	Load,
}

/// A site as it stands at the end of an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
	/// The interval at whose end it stands so; nothing was metered before the first.
	pub interval: Interval,
	/// The meter's registers.
	pub registers: Registers,
	/// What follows instructions.
	pub flexibility: Flexibility,
}

impl Site {
	/// Lets the interval `time` (Unix seconds) pass: the quarter's mean power, changed by what the flexibility was told. The net
	/// power at its end, W, positive = export.
	pub fn pass(&mut self, interval: Interval, time: Range<u64>, quarter: Quarter, told: &Schedule) -> i32 {
		let seconds = time.end - time.start;
		// Intervals divide an hour.
		let mut flow = Flow::at_power_of(quarter, seconds as u32);
		let habit = flow;
		for (held, setpoint_w) in told.within(time.clone()) {
			flow = match &mut self.flexibility {
				Flexibility::None => flow,
				Flexibility::Battery(battery) => match battery.run(setpoint_w, held) {
					fed @ 0.. => flow.fed(fed.unsigned_abs()),
					drawn => flow.drawn(drawn.unsigned_abs()),
				},
				Flexibility::Load => flow.fed(sheddable(habit.import, held, seconds).min(flow.import)),
			};
		}
		self.registers += flow;
		self.interval = interval;
		let extra_w = match &self.flexibility {
			Flexibility::Battery(battery) => battery.clamp_w(told.at(time.end - 1)),
			Flexibility::Load if told.at(time.end - 1) != 0 => {
				(sheddable(habit.import, seconds, seconds) / seconds.max(1)) as i64
			}
			_ => 0,
		};
		let habit_w = (habit.export as i64 - habit.import as i64) / seconds.max(1) as i64;
		i32::try_from(habit_w + extra_w).unwrap_or(i32::MAX)
	}
}

/// What switching off for `held` of an interval's `seconds` saves of the energy that the household draws in it.
fn sheddable(import: WattSeconds, held: u64, seconds: u64) -> WattSeconds {
	import * SHEDDABLE_PERMILLE * held / (1_000 * seconds.max(1))
}

#[cfg(test)]
mod tests {
	use super::*;

	const MINUTE: Range<u64> = 6_000..6_060;
	/// 600 W drawn.
	const DRAWING: Quarter = Quarter {
		import_wh: 150,
		export_wh: 0,
	};

	fn site(flexibility: Flexibility) -> Site {
		Site {
			interval: 99,
			registers: Registers::showing(1_000, 50),
			flexibility,
		}
	}

	fn told(time: Range<u64>, power_w: i64) -> Schedule {
		let mut schedule = Schedule::default();
		schedule.set(time, power_w);
		schedule
	}

	#[test]
	fn site_should_count_its_habits_when_it_was_told_nothing() {
		let mut site = site(Flexibility::Battery(Battery::new(4_000, 8_000, 0, 8_000 * PER_WH)));
		assert_eq!(site.pass(100, MINUTE, DRAWING, &Schedule::default()), -600);
		assert_eq!(site.interval, 100);
		assert_eq!((site.registers.import_wh(), site.registers.export_wh()), (1_010, 50));
	}

	#[test]
	fn battery_should_turn_import_into_export_for_as_long_as_it_was_told() {
		let mut site = site(Flexibility::Battery(Battery::new(4_000, 8_000, 0, 8_000 * PER_WH)));
		// 3,000 W for half a minute are 25 Wh: 10 Wh cover the household, 15 Wh go out.
		assert_eq!(site.pass(100, MINUTE, DRAWING, &told(6_030..6_100, 3_000)), 2_400);
		assert_eq!((site.registers.import_wh(), site.registers.export_wh()), (1_000, 65));
		let Flexibility::Battery(battery) = site.flexibility else {
			panic!("a battery")
		};
		assert_eq!(battery.stored_wh(), 7_975);
	}

	#[test]
	fn load_should_save_its_share_for_as_long_as_it_is_off() {
		let mut site = site(Flexibility::Load);
		// 60 % of 600 W for 50 s are 5 Wh of the 10.
		assert_eq!(site.pass(100, MINUTE, DRAWING, &told(6_010..6_060, 2_000)), -240);
		assert_eq!((site.registers.import_wh(), site.registers.export_wh()), (1_005, 50));
	}

	#[test]
	fn site_should_ignore_instructions_when_nothing_follows_them() {
		let mut site = site(Flexibility::None);
		site.pass(100, MINUTE, DRAWING, &told(MINUTE, 2_000));
		assert_eq!(site.registers, Registers::showing(1_010, 50));
	}
}
