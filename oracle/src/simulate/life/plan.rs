//! What is to happen when.

use super::super::{first_counted, state::Beginning, vpp::Scenario, SimulateArgs};
use gridtokenx_primitives::Interval;
use std::ops::Range;

/// What is waited for beyond the end of the spot market of the last interval: measuring, closing, and the proof of a dispatch.
const PATIENCE: Interval = 10;
/// Intervals between the end of an interval and its settlement, on a development chain.
const GRACE: Interval = 2;

/// What is to happen when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
	/// The intervals that are counted; without an end, they go on.
	pub counted: Range<Interval>,
	/// When to give up.
	pub deadline: Option<Interval>,
	/// What the frequency does.
	pub scenario: Scenario,
	/// Chooses forecasts and prices.
	pub seed: u64,
	/// Length of an interval, seconds.
	pub interval_seconds: u32,
}

impl Plan {
	/// The plan of a run that starts in the interval `running`.
	pub fn new(
		args: &SimulateArgs,
		beginning: Beginning,
		running: Interval,
		interval_seconds: u32,
		spot_window: Interval,
	) -> Self {
		let first = first_counted(beginning, running);
		let end = args.intervals.map(|count| first.saturating_add(count));
		let dip = args.dip.checked_sub(1).map(|before| first.saturating_add(before));
		Plan {
			counted: first..end.unwrap_or(Interval::MAX),
			deadline: end.map(|end| end.saturating_add(GRACE + spot_window + PATIENCE)),
			scenario: Scenario { dip, interval_seconds },
			seed: args.seed,
			interval_seconds,
		}
	}

	/// The plan in words.
	pub fn describe(&self) -> String {
		let mut text = match self.deadline {
			Some(_) => format!(
				"Intervals {} to {} are counted",
				self.counted.start,
				self.counted.end - 1
			),
			None => format!("Intervals are counted from {} on; stop with Ctrl-C", self.counted.start),
		};
		if let Some(dip) = self.scenario.dip {
			text += &format!("; the frequency falls in interval {dip}");
		}
		text
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::Parser;

	#[derive(Parser)]
	struct Cli {
		#[command(flatten)]
		args: SimulateArgs,
	}

	fn plan(flags: &[&str], first_interval: Interval) -> Plan {
		let words = ["simulate", "--grid", "g"].iter().chain(flags);
		let args = Cli::try_parse_from(words).expect("flags").args;
		Plan::new(
			&args,
			Beginning {
				first_interval,
				start_row: 0,
			},
			100,
			60,
			2,
		)
	}

	#[test]
	fn plan_should_count_from_the_first_metered_interval_when_the_village_is_new() {
		let plan = plan(&["--intervals", "3"], 101);
		assert_eq!(
			(plan.counted.clone(), plan.deadline, plan.scenario.dip),
			(101..104, Some(118), Some(102))
		);
		assert_eq!(
			plan.describe(),
			"Intervals 101 to 103 are counted; the frequency falls in interval 102"
		);
	}

	#[test]
	fn plan_should_count_only_what_it_sees_from_the_beginning_when_the_village_lived_before() {
		assert_eq!(plan(&["--intervals", "1", "--dip", "0"], 50).counted, 103..104);
		assert_eq!(plan(&["--intervals", "1", "--dip", "0"], 50).scenario.dip, None);
	}

	#[test]
	fn plan_should_have_no_end_when_none_is_asked_for() {
		let plan = plan(&[], 101);
		assert_eq!((plan.counted.end, plan.deadline), (Interval::MAX, None));
	}
}
