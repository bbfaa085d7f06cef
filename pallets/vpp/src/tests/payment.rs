//! What a proven response is worth, and what an accepted one that does not come costs.

use crate::{mock::*, types::*, Event, HoldReason};
use frame_support::traits::fungible::{Inspect, InspectHold};
use gridtokenx_primitives::IntervalEnergy;

/// A battery asked for 750 Wh that delivers `delivered_wh`; the outcome.
fn outcome(terms: Terms, delivered_wh: i64) -> Outcome {
	let id = create(terms, 10_000_000);
	enrol_battery(id, 10, ALICE, battery());
	request(id, 3_000, 900);
	accept(0, 10);
	meter(10, FIRST - 1, 0);
	meter(10, FIRST, delivered_wh);
	settle(id)
}

fn settle(id: ProgramId) -> Outcome {
	at(960);
	events();
	measured(FIRST);
	assert_eq!(program(id).reserved, 0);
	let settled = events().into_iter().find_map(|event| match event {
		Event::Settled { outcome, .. } => Some(outcome),
		_ => None,
	});
	settled.expect("settled")
}

fn strict() -> Terms {
	Terms {
		penalty_per_kwh: 400_000,
		bond: 500_000,
		..balancing()
	}
}

#[test]
fn payment_should_follow_the_curve() {
	// Of 750 Wh: nothing below 187.5, half up to 375, all from there, no more than 900.
	for (delivered_wh, paid_wh) in [
		(-100, 0),
		(187, 0),
		(188, 94),
		(374, 187),
		(375, 375),
		(750, 750),
		(901, 900),
	] {
		ExtBuilder::default().build_and_execute(|| {
			let outcome = outcome(balancing(), delivered_wh);
			assert_eq!(outcome.payments, paid_wh * 200);
			assert_eq!(
				(outcome.paid, outcome.unpaid),
				if paid_wh > 0 { (1, 0) } else { (0, 1) }
			);
			assert_eq!(Balances::balance(&ALICE), FUNDS - DEPOSIT + paid_wh * 200);
		});
	}
}

#[test]
fn penalty_should_be_taken_from_the_bond_when_less_than_a_quarter_came() {
	ExtBuilder::default().build_and_execute(|| {
		// 750 - 100 Wh at 400,000 planck per kWh.
		let outcome = outcome(strict(), 100);
		assert_eq!((outcome.payments, outcome.penalties, outcome.punished), (0, 260_000, 1));
		assert_eq!(Balances::balance_on_hold(&HoldReason::Bond.into(), &ALICE), 240_000);
		assert_eq!(Balances::total_balance(&OPERATOR), FUNDS + 260_000);
	});
}

#[test]
fn penalty_should_not_bite_when_a_quarter_came() {
	ExtBuilder::default().build_and_execute(|| {
		let outcome = outcome(strict(), 188);
		assert_eq!(
			(outcome.payments, outcome.penalties, outcome.punished),
			(94 * 200, 0, 0)
		);
	});
}

#[test]
fn penalty_should_not_go_beyond_the_bond_and_the_asset_be_called_on_no_more() {
	ExtBuilder::default().build_and_execute(|| {
		let outcome = outcome(
			Terms {
				bond: 1_000,
				..strict()
			},
			0,
		);
		assert_eq!(outcome.penalties, 1_000);
		assert_eq!(enrolment(0, 10).bond, 0);
		request(0, 3_000, 900);
		assert_eq!((power_of(1, 10), activation(1).short_w), (0, 3_000));
	});
}

#[test]
fn nobody_should_be_punished_for_what_was_not_measured() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(strict(), 10_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		meter(10, FIRST - 1, 0);
		meter_energy(
			10,
			FIRST,
			IntervalEnergy {
				estimated: true,
				..Default::default()
			},
		);
		assert_eq!(
			settle(id),
			Outcome {
				unpaid: 1,
				..Default::default()
			}
		);
	});
}

#[test]
fn nobody_should_be_punished_for_what_they_did_not_accept() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(strict(), 10_000_000);
		enrol_battery(id, 10, ALICE, battery());
		enrol_battery(id, 11, BOB, battery());
		request(id, 6_000, 900);
		decline(0, 10);
		// The second never answers.
		meter(10, FIRST - 1, 0);
		meter(11, FIRST - 1, 0);
		meter(10, FIRST, 0);
		meter(11, FIRST, 0);
		assert_eq!(
			settle(id),
			Outcome {
				unpaid: 2,
				..Default::default()
			}
		);
	});
}

#[test]
fn operator_should_be_able_to_own_an_asset_of_its_own_program() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		enrol_battery(id, 10, OPERATOR, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		assert_eq!(settle(id).payments, 150_000);
		assert_eq!(program(id).budget, 9_850_000);
		assert_eq!(Balances::total_balance(&OPERATOR), FUNDS);
	});
}

#[test]
fn payment_should_be_at_the_price_at_which_the_asset_was_called_on() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		let dear = Asset {
			price_per_kwh: 1_000_000,
			..battery()
		};
		frame_support::assert_ok!(Vpp::update_asset(RuntimeOrigin::signed(ALICE), 10, dear));
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		assert_eq!(settle(id).payments, 750 * 200);
	});
}
