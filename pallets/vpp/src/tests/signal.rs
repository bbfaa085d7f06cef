//! Grid operators' signals, and the life of what they bring about.

use crate::{mock::*, types::*, Activations, Error, Event, Signals};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{traits::BadOrigin, DispatchResult};

fn send(program: ProgramId, zone: u32, need: Need, sequence: u64, start: u64, end: u64) -> DispatchResult {
	Vpp::signal(
		RuntimeOrigin::signed(GRID + u64::from(zone)),
		program,
		zone,
		need,
		sequence,
		start,
		end,
	)
}

fn phases() -> Vec<(DispatchId, Phase)> {
	let phase = |event| match event {
		Event::PhaseChanged { dispatch, new, .. } => Some((dispatch, new)),
		_ => None,
	};
	events().into_iter().filter_map(phase).collect()
}

#[test]
fn signal_should_be_heeded_in_the_next_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		events();
		let (start, end) = (now(), now() + 900);
		assert_ok!(send(id, 1, Need::Power(3_000), 7, start, end));
		let need = Need::Power(3_000);
		assert_eq!(
			events(),
			[Event::Signalled {
				program: id,
				zone: 1,
				sequence: 7,
				need
			}]
		);
		next_block();
		let dispatched = Event::Dispatched {
			program: id,
			dispatch: 0,
			revision: 1,
			instructed: 1,
			target_w: 3_000,
			short_w: 0,
		};
		assert_eq!(
			events(),
			[
				Event::Announced {
					program: id,
					dispatch: 0,
					need,
					start,
					end
				},
				dispatched
			]
		);
		assert!(!Signals::<Test>::contains_key(id));
	});
}

#[test]
fn signal_should_be_refused_when_the_caller_does_not_operate_the_zone() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		let (start, end) = (now(), now() + 900);
		for caller in [GRID + 2, OPERATOR, ALICE] {
			let signal = Vpp::signal(RuntimeOrigin::signed(caller), id, 1, Need::Power(1), 1, start, end);
			assert_noop!(signal, BadOrigin);
		}
		// An operator of a zone that the program does not serve has no say either.
		assert_noop!(send(id, 0, Need::Power(1), 1, start, end), Error::<Test>::UnknownZone);
		assert_noop!(
			send(9, 1, Need::Power(1), 1, start, end),
			Error::<Test>::ProgramNotFound
		);
	});
}

#[test]
fn signal_should_be_refused_when_its_number_does_not_rise() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		let (start, end) = (now(), now() + 900);
		assert_ok!(send(id, 1, Need::Power(1), 5, start, end));
		for sequence in [5, 4] {
			assert_noop!(
				send(id, 1, Need::Power(1), sequence, start, end),
				Error::<Test>::OldSequence
			);
		}
		// Each zone counts for itself.
		assert_ok!(send(id, 2, Need::Power(1), 1, start, end));
	});
}

#[test]
fn signal_should_be_refused_when_its_period_is_over_too_long_or_too_far_ahead() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		let now = now();
		let (longest, horizon) = (32 * INTERVAL, 96 * INTERVAL);
		for (start, end) in [
			(now - 10, now),
			(now, now + longest + 1),
			(now + horizon + 1, now + horizon + 2),
			(9, 8),
		] {
			assert_noop!(send(id, 1, Need::Power(1), 1, start, end), Error::<Test>::BadPeriod);
		}
		assert_ok!(send(id, 1, Need::Power(1), 1, 0, now + longest));
		assert_ok!(send(id, 1, Need::Power(1), 2, now + horizon, now + horizon + longest));
	});
}

#[test]
fn signal_should_be_refused_when_the_program_has_no_answer_to_it() {
	ExtBuilder::default().build_and_execute(|| {
		let (fcr, balance, shed) = (create(containment(), 0), create(balancing(), 0), create(shedding(), 0));
		let (start, end) = (now(), now() + 900);
		let refused = [
			(fcr, Need::Power(1)),
			(fcr, Need::LineOverload(1)),
			(balance, Need::Frequency(49_900)),
			(shed, Need::Power(-1)),
		];
		for (program, need) in refused {
			assert_noop!(send(program, 1, need, 1, start, end), Error::<Test>::NeedDoesNotFit);
		}
		assert_ok!(Vpp::set_paused(RuntimeOrigin::signed(OPERATOR), balance, true));
		assert_noop!(send(balance, 1, Need::Power(1), 1, start, end), Error::<Test>::NotOpen);
	});
}

#[test]
fn dispatch_should_be_scheduled_active_and_completed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		let begin = now();
		signal(id, Need::Power(3_000), 600, 300);
		next_block();
		assert_eq!(activation(0).phase, Phase::Scheduled);
		// The device knows beforehand.
		let instruction = Vpp::instruction(0, 10).expect("instructed");
		assert_eq!((instruction.start, instruction.end), (begin + 600, begin + 900));
		assert_eq!(instruction.acknowledge_by, begin + 60);
		accept(0, 10);
		events();
		at(599);
		assert_eq!(phases(), []);
		at(600);
		assert_eq!(phases(), [(0, Phase::Active)]);
		at(900);
		assert_eq!(phases(), [(0, Phase::Completed)]);
	});
}

#[test]
fn need_should_supersede_what_it_outranks_and_its_equals() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		events();
		request(id, 2_000, 900);
		assert_eq!(phases(), [(0, Phase::Superseded)]);
		signal(id, Need::LineOverload(1_000), 0, 900);
		next_block();
		assert_eq!(phases(), [(1, Phase::Superseded)]);
		assert_eq!((power_of(0, 10), power_of(1, 10), power_of(2, 10)), (0, 0, 1_000));

		// A requested power waits until the line is relieved.
		let outranked = send(id, 1, Need::Power(3_000), 9, now(), now() + 900);
		assert_noop!(outranked, Error::<Test>::Outranked);
		signal(id, Need::LineOverload(0), 0, 900);
		next_block();
		assert_eq!(phases(), [(2, Phase::Completed)]);
		assert_ok!(send(id, 1, Need::Power(3_000), 9, now(), now() + 900));
	});
}

#[test]
fn signal_should_be_refused_when_one_that_outranks_it_is_waiting() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		let (start, end) = (now(), now() + 900);
		assert_ok!(send(id, 1, Need::LineOverload(1), 1, start, end));
		assert_noop!(send(id, 2, Need::Power(1), 1, start, end), Error::<Test>::Outranked);
	});
}

#[test]
fn zero_power_should_end_what_was_requested() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		at(100);
		events();
		request(id, 0, 900);
		assert_eq!(phases(), [(0, Phase::Completed)]);
		assert_eq!(power_of(0, 10), 0);
		assert_eq!(program(id).open.len(), 1);
	});
}

#[test]
fn operators_frequency_should_be_answered_until_the_signal_ends() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		signal(id, Need::Frequency(49_900), 0, 1_200);
		next_block();
		// 3,000 W * (100 - 10) / (200 - 10), rounded down.
		assert_eq!(power_of(0, 10), 1_421);
		assert_eq!(activation(0).end, now() + 1_200);
	});
}

#[test]
fn waiting_signal_should_lapse_when_its_period_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		signal(id, Need::Power(3_000), 0, 300);
		at(300);
		assert!(!Signals::<Test>::contains_key(id));
		assert_eq!(Activations::<Test>::iter().count(), 0);
	});
}

#[test]
fn signal_should_be_refused_when_too_many_dispatches_wait_for_their_proof() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		for _ in 0..32 {
			request(id, 1_000, 900);
		}
		assert_eq!(program(id).open.len(), 32);
		let one_more = send(id, 1, Need::Power(1), 99, now(), now() + 900);
		assert_noop!(one_more, Error::<Test>::TooManyOpen);
		// Measurement makes room: 31 of them were superseded and touch only the first interval.
		at(960);
		measured(FIRST);
		assert_ok!(send(id, 1, Need::Power(1), 99, now(), now() + 900));
	});
}

#[test]
fn cancel_dispatch_should_stop_it_when_the_operator_or_governance_says_so() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		at(300);
		let cancel = |who, dispatch| Vpp::cancel_dispatch(RuntimeOrigin::signed(who), dispatch);
		assert_noop!(cancel(ALICE, 0), Error::<Test>::NotOperator);
		assert_noop!(cancel(OPERATOR, 1), Error::<Test>::DispatchNotFound);
		events();
		assert_ok!(cancel(OPERATOR, 0));
		assert_eq!(phases(), [(0, Phase::Cancelled)]);
		assert_eq!(power_of(0, 10), 0);
		assert_noop!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0), Error::<Test>::NotLive);
		request(id, 3_000, 900);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 1));
	});
}
