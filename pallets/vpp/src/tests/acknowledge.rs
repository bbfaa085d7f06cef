//! Devices' answers.

use crate::{mock::*, types::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{
	message::{self, Acknowledgement, Answer},
	Status,
};

/// Two batteries, the first of which is asked for 3,000 W.
fn dispatched() -> ProgramId {
	let id = create(balancing(), 1_000_000);
	enrol_battery(id, 10, ALICE, battery());
	enrol_battery(
		id,
		11,
		BOB,
		Asset {
			price_per_kwh: 300_000,
			..battery()
		},
	);
	request(id, 3_000, 900);
	assert_eq!((power_of(0, 10), power_of(0, 11)), (3_000, 0));
	id
}

#[test]
fn acknowledge_should_commit_the_device_when_it_accepts() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		events();
		at(59);
		assert_ok!(submit_answer(Acknowledgement {
			reason: 0,
			..answer(0, 10, Answer::Accept)
		}));
		let (dispatch, device, revision, answer) = (0, 10, 1, Answer::Accept);
		assert_eq!(
			events(),
			[Event::Acknowledged {
				dispatch,
				device,
				revision,
				answer,
				reason: 0
			}]
		);
		let instruction = instruction(0, 10);
		assert_eq!(instruction.progress, Progress::Running);
		// It counts from the instruction's start, not from the answer.
		assert_eq!(instruction.profile.since(), now() - 59);
	});
}

#[test]
fn need_should_go_to_the_next_when_a_device_declines() {
	ExtBuilder::default().build_and_execute(|| {
		let id = dispatched();
		events();
		assert_ok!(submit_answer(Acknowledgement {
			reason: 4,
			..answer(0, 10, Answer::Decline)
		}));
		let (dispatch, device, revision, answer) = (0, 10, 1, Answer::Decline);
		assert_eq!(
			events(),
			[Event::Acknowledged {
				dispatch,
				device,
				revision,
				answer,
				reason: 4
			}]
		);
		next_block();
		assert_eq!(instruction(0, 10).progress, Progress::Declined);
		assert_eq!(power_of(0, 11), 3_000);
		assert_eq!((activation(0).revision, activation(0).short_w), (2, 0));
		// Only the second may cost anything now: 900 Wh at 300,000 planck per kWh.
		assert_eq!(program(id).reserved, 900 * 300);
	});
}

#[test]
fn need_should_go_to_the_next_when_a_device_does_not_answer_in_time() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		at(59);
		assert_eq!(power_of(0, 11), 0);
		events();
		at(60);
		assert_eq!(
			events().first(),
			Some(&Event::Unanswered {
				dispatch: 0,
				device: 10
			})
		);
		assert_eq!(instruction(0, 10).progress, Progress::Missed);
		let cancel = Vpp::instruction(0, 10).expect("instructed");
		assert_eq!(
			(cancel.action, cancel.power_w, cancel.revision),
			(message::Action::Cancel, 0, 2)
		);
		assert_eq!(power_of(0, 11), 3_000);
		assert_eq!(activation(0).revision, 2);
	});
}

#[test]
fn rest_should_go_to_the_next_when_a_device_commits_to_less() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		assert_ok!(submit_answer(Acknowledgement {
			committed_w: 1_200,
			..answer(0, 10, Answer::Accept)
		}));
		next_block();
		assert_eq!(instruction(0, 10).setpoint_w(), 1_200);
		assert_eq!(power_of(0, 11), 1_800);
	});
}

#[test]
fn whole_need_should_stay_short_when_everybody_declines() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		decline(0, 10);
		next_block();
		decline(0, 11);
		next_block();
		assert_eq!(activation(0).short_w, 3_000);
		// Nobody is asked twice.
		at(900 - 1);
		assert_eq!(activation(0).revision, 2);
	});
}

#[test]
fn device_should_stop_what_it_did_when_it_declines_to_do_more() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_900);
		accept(0, 10);
		at(100);
		frequency(49_800);
		decline(0, 10);
		assert_eq!(instruction(0, 10).setpoint_w(), 0);
		// What it did until then counts: 1,421 W for 100 s.
		assert_eq!(
			instruction(0, 10)
				.profile
				.watt_seconds(FIRST, u64::MAX, Vpp::calendar()),
			142_100
		);
	});
}

#[test]
fn acknowledge_should_be_refused_when_it_comes_twice_or_too_late() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		let late = answer(0, 10, Answer::Accept);
		NowMs::mutate(|now| *now += 60_000);
		assert_noop!(submit_answer(late), Error::<Test>::TooLate);
		next_block();
		assert_noop!(submit_answer(late), Error::<Test>::NotPending);
		accept(0, 11);
		assert_noop!(submit_answer(answer(0, 11, Answer::Accept)), Error::<Test>::NotPending);
	});
}

#[test]
fn acknowledge_should_be_refused_when_it_answers_something_else() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		let good = answer(0, 10, Answer::Accept);
		let refused = [
			(Acknowledgement { dispatch: 1, ..good }, Error::<Test>::DispatchNotFound),
			(Acknowledgement { device: 11, ..good }, Error::<Test>::NotInstructed),
			(Acknowledgement { revision: 0, ..good }, Error::<Test>::WrongRevision),
			(Acknowledgement { epoch: 1, ..good }, Error::<Test>::WrongEpoch),
			(
				Acknowledgement {
					dispatch_hash: [0; 32],
					..good
				},
				Error::<Test>::WrongInstruction,
			),
			(
				Acknowledgement {
					committed_w: 3_001,
					..good
				},
				Error::<Test>::BadCommitment,
			),
			(
				Acknowledgement {
					committed_w: -3_000,
					..good
				},
				Error::<Test>::BadCommitment,
			),
			(Acknowledgement { committed_w: 0, ..good }, Error::<Test>::BadCommitment),
		];
		for (answer, error) in refused {
			assert_noop!(submit_answer(answer), error);
		}
	});
}

#[test]
fn acknowledge_should_be_refused_when_the_device_did_not_sign_it() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		let accept = answer(0, 10, Answer::Accept);
		let by_another = sign(11, &message::acknowledgement(&genesis(), &accept));
		let elsewhere = sign(10, &message::acknowledgement(&[0; 32], &accept));
		let declined = sign(
			10,
			&message::acknowledgement(&genesis(), &answer(0, 10, Answer::Decline)),
		);
		for signature in [by_another, elsewhere, declined] {
			let acknowledged = Vpp::acknowledge(RuntimeOrigin::signed(CARRIER), accept, signature);
			assert_noop!(acknowledged, Error::<Test>::BadSignature);
		}
		with_device(10, |device| device.epoch = 1);
		assert_noop!(submit_answer(accept), Error::<Test>::WrongEpoch);
		with_device(10, |device| device.status = Status::Suspended);
		assert_noop!(submit_answer(accept), Error::<Test>::NotActive);
	});
}

#[test]
fn acknowledge_should_be_refused_when_the_dispatch_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched();
		let accept = answer(0, 10, Answer::Accept);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0));
		assert_noop!(submit_answer(accept), Error::<Test>::NotLive);
	});
}

#[test]
fn instruction_should_be_rebuilt_from_state_as_agents_sign_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = dispatched();
		let instruction = Vpp::instruction(0, 10).expect("instructed");
		let expected = message::Dispatch {
			device: 10,
			epoch: 0,
			dispatch: 0,
			revision: 1,
			action: message::Action::Setpoint,
			power_w: 3_000,
			start: now(),
			end: now() + 900,
			acknowledge_by: now() + 60,
		};
		assert_eq!(instruction, expected);
		assert_eq!(message::dispatch(&genesis(), &instruction).len(), message::DISPATCH_LEN);
		assert_eq!(Vpp::instructions(0), [expected]);
		assert_eq!(Vpp::dispatches(id).len(), 1);
		assert_eq!(Vpp::instruction(0, 11), None);
	});
}
