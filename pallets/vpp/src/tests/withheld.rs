//! Contract energy that an obeyed downward dispatch withheld.

use crate::{mock::*, types::*, Event, WithheldEnergy};
use frame_support::{assert_ok, traits::fungible::Inspect};
use gridtokenx_primitives::{Curtailment, DeviceKind};

/// A solar plant that sold 1,000 Wh forward, is asked to feed in 750 Wh less, and feeds in `net_wh`.
fn curtailed(net_wh: i64) -> ProgramId {
	let id = create(
		Terms {
			compensation_per_kwh: 500_000,
			..balancing()
		},
		1_000_000,
	);
	register(10, ALICE, DeviceKind::Solar, None);
	let solar = Asset {
		up_w: 0,
		capacity_wh: 0,
		reserve_wh: 0,
		..battery()
	};
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(ALICE),
		id,
		10,
		solar,
		MeteringPoint::Asset
	));
	sell_forward(ALICE, 1, FIRST, 1_000);
	request(id, -3_000, 900);
	// The payment at its cap of 900 Wh and the compensation of 750 Wh are set aside.
	assert_eq!(program(id).reserved, 900 * 200 + 750 * 500);
	accept(0, 10);
	meter(10, FIRST - 1, 1_000);
	meter(10, FIRST, net_wh);
	assert!(!Vpp::is_proven(FIRST));
	at(960);
	measured(FIRST);
	assert!(Vpp::is_proven(FIRST));
	id
}

fn compensate(wh: u64, price: u128) -> u64 {
	Vpp::compensate(&ALICE, 1, FIRST, wh, price, &BOB)
}

#[test]
fn buyers_should_be_compensated_from_the_programs_budget() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(400);
		// 600 Wh were withheld: paid as a response, and kept ready for the buyers.
		assert_eq!(Balances::total_balance(&ALICE), FUNDS + 600 * 200);
		assert_eq!(program(id).reserved, 600 * 500);
		events();
		assert_eq!(compensate(250, 400_000), 250);
		assert_eq!(
			events(),
			[Event::Compensated {
				program: id,
				amount: 250 * 400
			}]
		);
		assert_eq!(Balances::balance(&BOB), FUNDS + 250 * 400);
		assert_eq!(program(id).reserved, 600 * 500 - 250 * 400);
		// No more than was withheld; what is left over is free again.
		assert_eq!(compensate(9_999, 400_000), 350);
		assert_eq!(program(id).reserved, 0);
		assert_eq!(program(id).budget, 1_000_000 - 600 * 200 - 600 * 400);
		assert_eq!(compensate(1, 400_000), 0);
	});
}

#[test]
fn compensation_should_end_where_what_was_set_aside_ends() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(400);
		// 300,000 planck are 300 Wh at 1,000,000 planck per kWh.
		assert_eq!(compensate(600, 1_000_000), 300);
		assert_eq!(program(id).reserved, 0);
		assert_eq!(compensate(300, 1_000_000), 0);
	});
}

#[test]
fn nothing_should_be_withheld_beyond_the_instruction() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(0);
		assert_eq!(program(id).reserved, 750 * 500);
	});
}

#[test]
fn nothing_should_be_compensated_when_the_dispatch_was_not_obeyed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(1_000);
		assert_eq!(program(id).reserved, 0);
		assert_eq!(compensate(600, 400_000), 0);
	});
}

#[test]
fn nothing_should_be_compensated_for_somebody_else_elsewhere_or_at_another_time() {
	ExtBuilder::default().build_and_execute(|| {
		curtailed(400);
		assert_eq!(Vpp::compensate(&BOB, 1, FIRST, 1, 400_000, &CAROL), 0);
		assert_eq!(Vpp::compensate(&ALICE, 2, FIRST, 1, 400_000, &CAROL), 0);
		assert_eq!(Vpp::compensate(&ALICE, 1, FIRST + 1, 1, 400_000, &CAROL), 0);
	});
}

#[test]
fn withheld_energy_should_be_given_up_when_contracts_can_no_longer_be_settled() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(400);
		measured(FIRST + 96);
		assert_eq!(program(id).reserved, 600 * 500);
		measured(FIRST + 97);
		assert_eq!(program(id).reserved, 0);
		assert_eq!(WithheldEnergy::<Test>::iter().count(), 0);
	});
}

#[test]
fn closed_program_should_keep_what_it_owes_to_buyers() {
	ExtBuilder::default().build_and_execute(|| {
		let id = curtailed(400);
		assert_ok!(Vpp::close_program(RuntimeOrigin::root(), id));
		assert_eq!(program(id).budget, 1_000_000 - 600 * 200);
		assert_eq!(compensate(600, 400_000), 600);
		assert_eq!(program(id).budget, 0);
		assert_eq!(Balances::balance(&OPERATOR), FUNDS - 600 * 200 - 600 * 400);
	});
}
