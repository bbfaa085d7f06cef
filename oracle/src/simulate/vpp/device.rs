//! What a device does with an instruction.
//!
//! It rebuilds the 89 bytes of `GTXDISP1` from finalised state (on a development chain no agent has to sign them: the simulator
//! reads the state itself), obeys only if number and revision rise and the end lies ahead, clamps to what it can do, and answers
//! what waits for an answer.

use super::super::{
	site::{Flexibility, Schedule},
	village::DeviceSpec,
};
use gridtokenx_primitives::{
	message::{self, Acknowledgement, Action, Answer, Dispatch},
	GenesisHash, Signature,
};

/// Why a device declines: it has nothing to give.
const NOTHING_TO_GIVE: u8 = 1;

/// What a device remembers of the instructions it heard.
#[derive(Clone, Debug, Default)]
pub struct Hearing {
	/// Dispatch and revision that were heard last.
	last: Option<(u64, u16)>,
	/// What it does, and when.
	pub schedule: Schedule,
}

/// An answer, signed.
pub type SignedAnswer = (Acknowledgement, Signature);

impl Hearing {
	/// Hears an instruction at `now` (Unix seconds). `waits` says whether the chain waits for an answer. The answer, if there is one.
	pub fn hear(
		&mut self,
		genesis: &GenesisHash,
		device: &DeviceSpec,
		flexibility: &Flexibility,
		instruction: &Dispatch,
		waits: bool,
		now: u64,
	) -> Option<SignedAnswer> {
		let number = (instruction.dispatch, instruction.revision);
		if self.last.is_some_and(|last| number <= last) || instruction.end <= now {
			return None;
		}
		self.last = Some(number);
		// Nobody acts in the past.
		let time = instruction.start.max(now)..instruction.end;
		if matches!(instruction.action, Action::Cancel | Action::Restore) || instruction.power_w == 0 {
			self.schedule.set(time, 0);
			return None;
		}
		let power_w = clamp(flexibility, instruction);
		let answers = waits && now < instruction.acknowledge_by;
		if !waits || (answers && power_w != 0) {
			self.schedule.set(time, power_w);
		}
		answers.then(|| answer(genesis, device, instruction, power_w))
	}
}

/// What a device can do of an instruction, W.
fn clamp(flexibility: &Flexibility, instruction: &Dispatch) -> i64 {
	match (flexibility, instruction.action) {
		(Flexibility::Battery(battery), Action::Setpoint) => battery.clamp_w(instruction.power_w),
		// A load goes as a whole, and only off.
		(Flexibility::Load, Action::Shed) => instruction.power_w.max(0),
		_ => 0,
	}
}

fn answer(genesis: &GenesisHash, device: &DeviceSpec, instruction: &Dispatch, power_w: i64) -> SignedAnswer {
	let accepts = power_w != 0;
	let acknowledgement = Acknowledgement {
		device: instruction.device,
		epoch: instruction.epoch,
		dispatch: instruction.dispatch,
		revision: instruction.revision,
		answer: if accepts { Answer::Accept } else { Answer::Decline },
		reason: if accepts { 0 } else { NOTHING_TO_GIVE },
		committed_w: power_w,
		dispatch_hash: message::dispatch_hash(genesis, instruction),
	};
	let signature = device.key.sign(&message::acknowledgement(genesis, &acknowledgement));
	(acknowledgement, signature)
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		simulate::{
			site::{Battery, PER_WH},
			village::Role,
		},
		testing::{key, GENESIS},
	};
	use gridtokenx_primitives::DeviceKind;

	fn device() -> DeviceSpec {
		DeviceSpec {
			name: "m001-battery".into(),
			key: key(5),
			kind: DeviceKind::Battery,
			zone: 0,
			import_w: 4_000,
			export_w: 4_000,
			source: None,
			role: Role::Battery {
				capacity_wh: 8_000,
				reserve_wh: 2_000,
			},
		}
	}

	fn battery(stored_wh: u64) -> Flexibility {
		Flexibility::Battery(Battery::new(4_000, 8_000, 2_000, stored_wh * PER_WH))
	}

	const SETPOINT: Dispatch = Dispatch {
		device: 5,
		epoch: 0,
		dispatch: 7,
		revision: 1,
		action: Action::Setpoint,
		power_w: 3_000,
		start: 1_010,
		end: 1_060,
		acknowledge_by: 1_030,
	};

	fn hear(hearing: &mut Hearing, flexibility: &Flexibility, instruction: Dispatch, now: u64) -> Option<SignedAnswer> {
		hearing.hear(&GENESIS, &device(), flexibility, &instruction, true, now)
	}

	#[test]
	fn device_should_accept_and_obey_when_it_can() {
		let mut hearing = Hearing::default();
		let (answer, signature) = hear(&mut hearing, &battery(8_000), SETPOINT, 1_000).expect("an answer");
		assert_eq!((answer.answer, answer.committed_w), (Answer::Accept, 3_000));
		assert_eq!(answer.dispatch_hash, message::dispatch_hash(&GENESIS, &SETPOINT));
		assert_eq!(
			signature,
			device().key.sign(&message::acknowledgement(&GENESIS, &answer))
		);
		assert_eq!(hearing.schedule.within(0..2_000).collect::<Vec<_>>(), [(50, 3_000)]);
	}

	#[test]
	fn device_should_commit_to_no_more_than_its_rating() {
		let mut hearing = Hearing::default();
		let beyond = Dispatch {
			power_w: 9_000,
			..SETPOINT
		};
		assert_eq!(
			hear(&mut hearing, &battery(8_000), beyond, 1_000)
				.expect("an answer")
				.0
				.committed_w,
			4_000
		);
	}

	#[test]
	fn device_should_decline_and_stay_as_it_is_when_it_is_at_its_owners_reserve() {
		let mut hearing = Hearing::default();
		let (answer, _) = hear(&mut hearing, &battery(2_000), SETPOINT, 1_000).expect("an answer");
		assert_eq!(
			(answer.answer, answer.reason, answer.committed_w),
			(Answer::Decline, NOTHING_TO_GIVE, 0)
		);
		assert_eq!(hearing.schedule, Schedule::default());
	}

	#[test]
	fn device_should_ignore_what_does_not_rise_and_what_is_over() {
		let mut hearing = Hearing::default();
		assert!(hear(&mut hearing, &battery(8_000), SETPOINT, 1_060).is_none());
		assert!(hear(
			&mut hearing,
			&battery(8_000),
			Dispatch {
				revision: 3,
				..SETPOINT
			},
			1_000
		)
		.is_some());
		for (dispatch, revision) in [(7, 3), (7, 2), (6, 9)] {
			let old = Dispatch {
				dispatch,
				revision,
				power_w: 1_000,
				..SETPOINT
			};
			assert!(hear(&mut hearing, &battery(8_000), old, 1_000).is_none());
		}
		assert_eq!(hearing.schedule.at(1_020), 3_000);
		assert!(hear(
			&mut hearing,
			&battery(8_000),
			Dispatch {
				dispatch: 8,
				revision: 1,
				..SETPOINT
			},
			1_000
		)
		.is_some());
	}

	#[test]
	fn device_should_stop_when_it_is_told_to() {
		let mut hearing = Hearing::default();
		hear(&mut hearing, &battery(8_000), SETPOINT, 1_000);
		let cancel = Dispatch {
			revision: 2,
			action: Action::Cancel,
			power_w: 0,
			start: 1_020,
			..SETPOINT
		};
		assert!(hearing
			.hear(&GENESIS, &device(), &battery(8_000), &cancel, false, 1_030)
			.is_none());
		assert_eq!(hearing.schedule.within(0..2_000).collect::<Vec<_>>(), [(20, 3_000)]);
	}

	#[test]
	fn device_should_follow_a_lower_setpoint_that_needs_no_answer() {
		let mut hearing = Hearing::default();
		hear(&mut hearing, &battery(8_000), SETPOINT, 1_000);
		let lower = Dispatch {
			revision: 2,
			power_w: 500,
			start: 1_020,
			..SETPOINT
		};
		assert!(hearing
			.hear(&GENESIS, &device(), &battery(8_000), &lower, false, 1_025)
			.is_none());
		assert_eq!(
			hearing.schedule.within(0..2_000).collect::<Vec<_>>(),
			[(15, 3_000), (35, 500)]
		);
	}

	#[test]
	fn device_should_not_begin_when_the_time_to_answer_is_over() {
		let mut hearing = Hearing::default();
		assert!(hear(&mut hearing, &battery(8_000), SETPOINT, 1_030).is_none());
		assert_eq!(hearing.schedule, Schedule::default());
	}

	#[test]
	fn load_should_only_be_switched_off() {
		let mut hearing = Hearing::default();
		let shed = Dispatch {
			action: Action::Shed,
			..SETPOINT
		};
		assert_eq!(
			hear(&mut hearing, &Flexibility::Load, shed, 1_000)
				.expect("an answer")
				.0
				.committed_w,
			3_000
		);
		let mut hearing = Hearing::default();
		let setpoint = hear(&mut hearing, &Flexibility::Load, SETPOINT, 1_000).expect("an answer");
		assert_eq!(setpoint.0.answer, Answer::Decline);
	}
}
