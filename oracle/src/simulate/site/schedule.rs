//! What a device was told to do, and when: setpoints that replace each other.

use std::ops::Range;

/// A setpoint and the time for which it holds, Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
	time: Range<u64>,
	power_w: i64,
}

/// Setpoints in order of time, without overlap. Where there is none, the device follows its own habits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule(Vec<Piece>);

impl Schedule {
	/// From the beginning of `time` on, this setpoint holds, and what was to hold then or later is forgotten.
	pub fn set(&mut self, time: Range<u64>, power_w: i64) {
		for piece in &mut self.0 {
			piece.time.end = piece.time.end.min(time.start);
		}
		self.0.push(Piece { time, power_w });
		self.0.retain(|piece| !piece.time.is_empty() && piece.power_w != 0);
	}

	/// The setpoints within `time`: how long each holds, and its power, W.
	pub fn within(&self, time: Range<u64>) -> impl Iterator<Item = (u64, i64)> + '_ {
		self.0.iter().filter_map(move |piece| {
			let (start, end) = (piece.time.start.max(time.start), piece.time.end.min(time.end));
			(start < end).then_some((end - start, piece.power_w))
		})
	}

	/// The setpoint at a moment, W; 0 where there is none.
	pub fn at(&self, moment: u64) -> i64 {
		self.0
			.iter()
			.find(|piece| piece.time.contains(&moment))
			.map_or(0, |piece| piece.power_w)
	}

	/// Forgets what was over by `moment`.
	pub fn forget_before(&mut self, moment: u64) {
		self.0.retain(|piece| piece.time.end > moment);
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn setpoint_should_hold_until_its_end_when_nothing_replaces_it() {
		let mut schedule = Schedule::default();
		schedule.set(100..160, 500);
		assert_eq!(schedule.within(60..120).collect::<Vec<_>>(), [(20, 500)]);
		assert_eq!(schedule.within(120..180).collect::<Vec<_>>(), [(40, 500)]);
		assert_eq!((schedule.at(99), schedule.at(100), schedule.at(160)), (0, 500, 0));
	}

	#[test]
	fn setpoint_should_replace_what_holds_from_its_beginning_on() {
		let mut schedule = Schedule::default();
		schedule.set(100..200, 500);
		schedule.set(150..180, 300);
		assert_eq!(schedule.within(0..300).collect::<Vec<_>>(), [(50, 500), (30, 300)]);
		schedule.set(120..400, 0);
		assert_eq!(schedule.within(0..400).collect::<Vec<_>>(), [(20, 500)]);
	}

	#[test]
	fn schedule_should_forget_only_what_is_over() {
		let mut schedule = Schedule::default();
		schedule.set(100..200, 500);
		schedule.set(200..300, 400);
		schedule.forget_before(200);
		assert_eq!(schedule.within(0..300).collect::<Vec<_>>(), [(100, 400)]);
	}
}
