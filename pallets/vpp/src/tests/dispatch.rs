//! Dispatches over time: notice, runs, rests, a frequency that moves, intervals that are shared.

use crate::{mock::*, types::*, Event};
use frame_support::assert_ok;
use gridtokenx_primitives::{
	message::{Action, Answer},
	Status,
};

fn activation_count() -> usize {
	crate::Activations::<Test>::iter().count()
}

#[test]
fn asset_should_begin_after_its_notice() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				notice_s: 120,
				..battery()
			},
		);
		request(id, 3_000, 900);
		let instruction = Vpp::instruction(0, 10).expect("instructed");
		assert_eq!((instruction.start, instruction.end), (now() + 120, now() + 900));
		// 780 s at 3,000 W are 650 Wh.
		assert_eq!(program(id).reserved, 780 * 200);
	});
}

#[test]
fn asset_should_not_be_asked_when_its_shortest_run_does_not_fit() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				notice_s: 301,
				shortest_s: 600,
				..battery()
			},
		);
		request(id, 3_000, 900);
		assert_eq!((power_of(0, 10), activation(0).short_w), (0, 3_000));
	});
}

#[test]
fn asset_should_run_on_for_its_shortest_time_when_it_is_stopped() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				shortest_s: 300,
				..battery()
			},
		);
		frequency(49_800);
		accept(0, 10);
		at(100);
		frequency(50_000);
		assert_eq!(power_of(0, 10), 3_000);
		at(299);
		assert_eq!(power_of(0, 10), 3_000);
		at(300);
		assert_eq!(power_of(0, 10), 0);
		assert_eq!(
			instruction(0, 10).profile.watt_seconds_from(0, 0, Vpp::calendar()),
			900_000
		);
	});
}

#[test]
fn asset_should_run_on_for_its_shortest_time_when_its_dispatch_is_cancelled() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				shortest_s: 300,
				..battery()
			},
		);
		request(id, 3_000, 900);
		accept(0, 10);
		at(100);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0));
		let cancel = Vpp::instruction(0, 10).expect("instructed");
		assert_eq!(
			(cancel.action, cancel.power_w, cancel.start),
			(Action::Cancel, 0, now() + 200)
		);
		assert_eq!(activation(0).end, now() + 200);
		// Until then it is not free for another dispatch.
		request(id, 3_000, 900);
		assert_eq!((power_of(1, 10), activation(1).short_w), (0, 3_000));
		at(300);
		assert_eq!((power_of(1, 10), activation(1).short_w), (3_000, 0));
	});
}

#[test]
fn asset_should_rest_after_its_longest_run() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 2_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				longest_s: 300,
				..battery()
			},
		);
		enrol_battery(
			id,
			11,
			ALICE,
			Asset {
				price_per_kwh: 900_000,
				..battery()
			},
		);
		request(id, 3_000, 1_800);
		accept(0, 10);
		assert_eq!((power_of(0, 10), power_of(0, 11)), (3_000, 0));
		at(300);
		assert_eq!((power_of(0, 10), power_of(0, 11)), (0, 3_000));
		assert_eq!(enrolment(id, 10).rest_until, now() + 300);
	});
}

#[test]
fn setpoints_should_follow_the_frequency_and_not_its_noise() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_992);
		assert_eq!(activation_count(), 0);
		at(10);
		frequency(49_900);
		assert_eq!((power_of(0, 10), activation(0).revision), (1_421, 1));
		accept(0, 10);
		at(20);
		frequency(49_904);
		assert_eq!((power_of(0, 10), activation(0).revision), (1_421, 1));
		// 3,000 W * 85 / 190: less is done at once, without another answer.
		at(30);
		frequency(49_905);
		assert_eq!((power_of(0, 10), activation(0).revision), (1_342, 2));
		assert_eq!(instruction(0, 10).progress, Progress::Running);
		assert_eq!(activation(0).need, Need::Frequency(49_905));
		// More has to be accepted again.
		at(40);
		frequency(49_800);
		assert_eq!((power_of(0, 10), activation(0).revision), (3_000, 3));
		assert_eq!(instruction(0, 10).progress, Progress::Pending);
		accept(0, 10);
		assert_eq!(activation_count(), 1);
		// 1,421 W from 10 s to 30 s, 1,342 W to 40 s, 3,000 W to the end of the first interval.
		let energy = instruction(0, 10)
			.profile
			.watt_seconds(FIRST, u64::MAX, Vpp::calendar());
		assert_eq!(energy, 1_421 * 20 + 1_342 * 10 + 3_000 * 860);
	});
}

#[test]
fn response_should_begin_anew_when_the_frequency_is_still_off_at_its_end() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_800);
		accept(0, 10);
		at(900);
		assert_eq!((activation(0).phase, activation_count()), (Phase::Completed, 1));
		frequency(49_800);
		assert_eq!(power_of(1, 10), 3_000);
	});
}

#[test]
fn asset_should_not_go_both_ways_within_one_interval() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_800);
		accept(0, 10);
		at(300);
		frequency(50_200);
		// The upward dispatch stands by at nothing; the downward one has to wait for the next interval.
		assert_eq!((power_of(0, 10), power_of(1, 10)), (0, 0));
		assert_eq!((activation(0).target_w, activation(1).short_w), (0, 3_000));
		at(900);
		assert_eq!(power_of(1, 10), -3_000);
	});
}

#[test]
fn asset_should_not_go_both_ways_when_a_dispatch_between_never_began() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, -3_000, 100);
		accept(0, 10);
		at(200);
		// Scheduled for the next interval, and superseded before it begins.
		signal(id, Need::Power(3_000), 800, 100);
		next_block();
		assert_eq!(power_of(1, 10), 3_000);
		signal(id, Need::LineOverload(3_000), 0, 900);
		next_block();
		assert_eq!((power_of(2, 10), activation(2).short_w), (0, 3_000));
		at(900);
		assert_eq!((power_of(2, 10), activation(2).short_w), (3_000, 0));
	});
}

#[test]
fn interval_should_belong_to_the_last_dispatch_that_begins_in_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		meter(10, FIRST - 1, 0);
		request(id, 3_000, 300);
		accept(0, 10);
		at(400);
		request(id, 2_000, 900);
		accept(1, 10);
		// 3,000 W for 300 s and 2,000 W for 500 s of the interval; 2,000 W for 400 s of the next.
		let energy = |dispatch, interval| {
			let instruction = instruction(dispatch, 10);
			instruction
				.profile
				.watt_seconds(interval, instruction.end, Vpp::calendar())
		};
		assert_eq!(
			(energy(0, FIRST), energy(1, FIRST), energy(1, FIRST + 1)),
			(0, 1_900_000, 800_000)
		);

		// The response of the interval is paid once: 527 Wh and 222 Wh.
		meter(10, FIRST, 527);
		meter(10, FIRST + 1, 222);
		at(1_900);
		events();
		measured(FIRST + 1);
		let outcome = |paid, payments| Outcome {
			paid,
			unpaid: 1 - paid,
			payments,
			..Default::default()
		};
		let settled = |dispatch, outcome| Event::Settled {
			program: id,
			dispatch,
			outcome,
		};
		assert_eq!(events(), [settled(0, outcome(0, 0)), settled(1, outcome(1, 749 * 200))]);
	});
}

#[test]
fn asset_should_be_let_go_when_its_device_is_suspended() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		enrol_battery(id, 11, BOB, battery());
		frequency(49_800);
		accept(0, 10);
		accept(0, 11);
		with_device(10, |device| device.status = Status::Suspended);
		at(60);
		frequency(49_700);
		assert_eq!((power_of(0, 10), power_of(0, 11)), (0, 3_000));
		// It is no longer under control, so the program's capacity is one battery less.
		assert_eq!(activation(0).target_w, 3_000);
	});
}

#[test]
fn asset_should_not_be_scheduled_while_it_runs_on_elsewhere() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				shortest_s: 321,
				..battery()
			},
		);
		at(580);
		request(id, 3_000, 400);
		accept(0, 10);
		// It runs on for 321 s, one second into the next interval.
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0));
		assert_eq!(activation(0).end, now() + 321);
		signal(id, Need::Power(3_000), 321, 400);
		next_block();
		assert_eq!((power_of(1, 10), activation(1).short_w), (0, 3_000));
		at(901);
		assert_eq!((power_of(1, 10), activation(1).short_w), (3_000, 0));
	});
}

#[test]
fn run_should_end_at_its_end_when_an_answer_is_still_due() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				longest_s: 100,
				..battery()
			},
		);
		frequency(49_900);
		accept(0, 10);
		at(90);
		frequency(49_800);
		assert_eq!(instruction(0, 10).progress, Progress::Pending);
		let late = answer(0, 10, Answer::Accept);
		// Nobody looks until long after the run's end.
		at(200);
		assert_eq!(instruction(0, 10).progress, Progress::Missed);
		let profile = instruction(0, 10).profile;
		assert_eq!(profile.watt_seconds_from(0, u64::MAX, Vpp::calendar()), 1_421 * 100);
		assert_eq!(submit_answer(late), Err(crate::Error::<Test>::NotPending.into()));
	});
}
