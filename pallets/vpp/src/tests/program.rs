//! Programs: admission, budget, pause, end.

use crate::{mock::*, types::*, Error, Event, Programs};
use frame_support::{assert_noop, assert_ok, traits::fungible::Inspect};
use sp_runtime::{traits::BadOrigin, TokenError};

fn operator() -> RuntimeOrigin {
	RuntimeOrigin::signed(OPERATOR)
}

#[test]
fn create_program_should_open_it_when_governance_admits_it() {
	ExtBuilder::default().build_and_execute(|| {
		events();
		let id = create(balancing(), 0);
		assert_eq!(
			events(),
			[Event::ProgramCreated {
				program: id,
				operator: OPERATOR
			}]
		);
		let Program {
			operator,
			status,
			budget,
			assets,
			..
		} = program(id);
		assert_eq!(
			(operator, status, budget, assets),
			(OPERATOR, ProgramStatus::Open, 0, 0)
		);
	});
}

#[test]
fn create_program_should_be_refused_when_it_is_not_governance() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Vpp::create_program(operator(), OPERATOR, balancing()), BadOrigin);
	});
}

#[test]
fn create_program_should_be_refused_when_its_terms_contradict_themselves() {
	ExtBuilder::default().build_and_execute(|| {
		let twice = Terms {
			zones: vec![1, 1].try_into().expect("few zones"),
			..balancing()
		};
		let nowhere = Terms {
			zones: Default::default(),
			..balancing()
		};
		let worthless = Terms {
			price_cap: 0,
			..balancing()
		};
		let priceless = Terms {
			penalty_per_kwh: 1 << 64,
			..balancing()
		};
		let short = Terms {
			activation_s: 899,
			..balancing()
		};
		let long = Terms {
			activation_s: 32 * 900 + 1,
			..balancing()
		};
		let nothing_before = Terms {
			baseline: BaselineRule::MeterBefore { intervals: 0 },
			..balancing()
		};
		let at_once = Terms {
			full_activation_s: 0,
			..balancing()
		};
		for terms in [
			twice,
			nowhere,
			worthless,
			priceless,
			short,
			long,
			nothing_before,
			at_once,
		] {
			let created = Vpp::create_program(RuntimeOrigin::root(), OPERATOR, terms);
			assert_noop!(created, Error::<Test>::BadTerms);
		}
	});
}

#[test]
fn create_program_should_be_refused_when_a_zone_does_not_exist() {
	ExtBuilder::default().build_and_execute(|| {
		let terms = Terms {
			zones: vec![1, 9].try_into().expect("few zones"),
			..balancing()
		};
		let created = Vpp::create_program(RuntimeOrigin::root(), OPERATOR, terms);
		assert_noop!(created, Error::<Test>::UnknownZone);
	});
}

#[test]
fn create_program_should_be_refused_when_there_are_too_many() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..4 {
			create(balancing(), 0);
		}
		let created = Vpp::create_program(RuntimeOrigin::root(), OPERATOR, balancing());
		assert_noop!(created, Error::<Test>::TooManyPrograms);
	});
}

#[test]
fn fund_should_put_the_operators_money_on_hold() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		events();
		assert_ok!(Vpp::fund(operator(), id, 700));
		assert_ok!(Vpp::fund(operator(), id, 300));
		let changed = |old, new| Event::BudgetChanged { program: id, old, new };
		assert_eq!(events(), [changed(0, 700), changed(700, 1_000)]);
		assert_eq!(Balances::balance(&OPERATOR), FUNDS - 1_000);
	});
}

#[test]
fn fund_should_be_refused_when_it_is_somebody_else_or_beyond_their_means() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		assert_noop!(
			Vpp::fund(RuntimeOrigin::signed(ALICE), id, 1),
			Error::<Test>::NotOperator
		);
		assert_noop!(Vpp::fund(operator(), 9, 1), Error::<Test>::ProgramNotFound);
		assert_noop!(Vpp::fund(operator(), id, FUNDS + 1), TokenError::FundsUnavailable);
	});
}

#[test]
fn withdraw_should_release_only_what_no_dispatch_may_cost() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 200_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		// 3,000 W for 900 s at 120 % and 200,000 planck per kWh.
		assert_eq!(program(id).reserved, 180_000);
		assert_noop!(Vpp::withdraw(operator(), id, 20_001), Error::<Test>::BudgetReserved);
		assert_noop!(
			Vpp::withdraw(RuntimeOrigin::signed(ALICE), id, 1),
			Error::<Test>::NotOperator
		);
		assert_ok!(Vpp::withdraw(operator(), id, 20_000));
		assert_eq!(program(id).budget, 180_000);
		assert_eq!(Balances::balance(&OPERATOR), FUNDS - 180_000);
	});
}

#[test]
fn paused_program_should_begin_nothing_and_finish_what_is_live() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_800);
		accept(0, 10);
		events();
		assert_ok!(Vpp::set_paused(operator(), id, true));
		let (old, new) = (ProgramStatus::Open, ProgramStatus::Paused);
		assert_eq!(events(), [Event::StatusChanged { program: id, old, new }]);

		at(450);
		frequency(50_200);
		assert_eq!(activation(0).phase, Phase::Active);
		assert_eq!(power_of(0, 10), 3_000);
		assert_eq!(program(id).open.len(), 1);
		at(900);
		assert_eq!(activation(0).phase, Phase::Completed);

		// Open again, it hears the next report.
		assert_ok!(Vpp::set_paused(operator(), id, false));
		frequency(49_800);
		assert_eq!(program(id).open.len(), 2);
	});
}

#[test]
fn set_paused_should_be_refused_when_it_is_not_the_operator_or_the_program_is_closed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		assert_noop!(
			Vpp::set_paused(RuntimeOrigin::signed(ALICE), id, true),
			Error::<Test>::NotOperator
		);
		assert_ok!(Vpp::close_program(operator(), id));
		assert_noop!(Vpp::set_paused(operator(), id, false), Error::<Test>::Closed);
		assert_noop!(Vpp::fund(operator(), id, 1), Error::<Test>::Closed);
		assert_noop!(Vpp::close_program(operator(), id), Error::<Test>::Closed);
	});
}

#[test]
fn close_program_should_cancel_pay_and_return_the_rest() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 500_000);
		enrol_battery(id, 10, ALICE, battery());
		meter(10, FIRST - 1, 0);
		request(id, 3_000, 900);
		accept(0, 10);
		at(300);
		assert_noop!(
			Vpp::close_program(RuntimeOrigin::signed(ALICE), id),
			Error::<Test>::NotOperator
		);
		assert_ok!(Vpp::close_program(RuntimeOrigin::root(), id));
		assert_eq!(activation(0).phase, Phase::Cancelled);

		// It ran for 300 s: 250 Wh, all delivered, 50,000 planck.
		meter(10, FIRST, 250);
		at(960);
		measured(FIRST);
		assert_eq!(Balances::total_balance(&ALICE), FUNDS + 50_000);
		assert_eq!(Balances::balance(&OPERATOR), FUNDS - 50_000);
		assert_eq!(program(id).budget, 0);

		// It goes with its last asset.
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(ALICE), 10));
		assert!(!Programs::<Test>::contains_key(id));
		assert_eq!(
			events().last(),
			Some(&Event::Left {
				program: id,
				device: 10
			})
		);
	});
}

#[test]
fn close_program_should_remove_it_at_once_when_it_is_empty() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 500);
		assert_ok!(Vpp::close_program(operator(), id));
		assert!(!Programs::<Test>::contains_key(id));
		assert_eq!(Balances::balance(&OPERATOR), FUNDS);
		assert_eq!(events().last(), Some(&Event::ProgramRemoved { program: id }));
	});
}
