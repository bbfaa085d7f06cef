//! A dip in frequency makes the virtual power plant dispatch a battery and shed a load; the meters prove it; payment follows.

use crate::{mock::*, types::*, Event};
use frame_support::{
	assert_ok,
	traits::fungible::{Inspect, InspectHold},
};
use gridtokenx_primitives::{
	message::{Action, Answer},
	DeviceKind,
};

const BATTERY: u32 = 10;
/// The connection point of Alice's site, which the battery stands behind.
const SITE: u32 = 11;
const EARLY_LOAD: u32 = 20;
const LATE_LOAD: u32 = 21;
const BUDGET: u128 = 1_000_000;

/// A containment program with Alice's battery and a load-shedding program with Bob's and Carol's loads.
fn set_up() -> (ProgramId, ProgramId) {
	register_sensors();
	let containment = create(containment(), BUDGET);
	let shedding = create(shedding(), BUDGET);
	register(SITE, ALICE, DeviceKind::Meter, None);
	register(BATTERY, ALICE, DeviceKind::Battery, Some(SITE));
	let origin = RuntimeOrigin::signed(ALICE);
	assert_ok!(Vpp::enrol(
		origin,
		containment,
		BATTERY,
		battery(),
		MeteringPoint::ConnectionPoint
	));
	assert_ok!(report_charge(BATTERY, 5_000));
	enrol_load(
		shedding,
		EARLY_LOAD,
		BOB,
		Asset {
			price_per_kwh: 100_000,
			..load()
		},
	);
	enrol_load(
		shedding,
		LATE_LOAD,
		CAROL,
		Asset {
			price_per_kwh: 150_000,
			..load()
		},
	);
	(containment, shedding)
}

/// What the meters show: the interval before the event, the event's, and the one in which it ends.
fn meter_everything() {
	// Alice's house takes 200 Wh in a quarter of an hour; with the battery it gives 200 Wh: a response of 400 Wh.
	for (interval, net_wh) in [(FIRST - 1, -200), (FIRST, 200), (FIRST + 1, -200)] {
		meter(SITE, interval, net_wh);
	}
	// Bob's load takes 500 Wh; in the event 250 Wh: a response of 250 Wh.
	for (interval, net_wh) in [(FIRST - 1, -500), (FIRST, -250), (FIRST + 1, -500)] {
		meter(EARLY_LOAD, interval, net_wh);
	}
	// Carol's load was not asked.
	for interval in FIRST - 1..=FIRST + 1 {
		meter(LATE_LOAD, interval, -500);
	}
}

#[test]
fn frequency_dip_should_be_answered_proven_and_paid() {
	ExtBuilder::default().build_and_execute(|| {
		let (containment, shedding) = set_up();

		// 100 s into the interval the frequency falls to 48.95 Hz: more than 200 mHz off, so the battery gives all its 3,000 W;
		// and below 49.0 Hz, so half of the 4,000 W of load goes: the cheaper one of the two.
		at(100);
		frequency(48_950);
		let (battery, loads) = (0, 1);
		assert_eq!(power_of(battery, BATTERY), 3_000);
		assert_eq!((power_of(loads, EARLY_LOAD), power_of(loads, LATE_LOAD)), (2_000, 0));
		assert_eq!(
			Vpp::instruction(loads, EARLY_LOAD).expect("instructed").action,
			Action::Shed
		);
		// For 900 s that is 750 Wh and 500 Wh, at 120 % and each asset's price.
		assert_eq!(program(containment).reserved, 900 * 200);
		assert_eq!(program(shedding).reserved, 600 * 100);

		// Both devices accept under their own keys.
		at(110);
		assert_ok!(submit_answer(answer(battery, BATTERY, Answer::Accept)));
		assert_ok!(submit_answer(answer(loads, EARLY_LOAD, Answer::Accept)));

		// After 500 s the frequency is back: the battery stops and the load returns.
		at(600);
		frequency(50_000);
		assert_eq!(
			Vpp::instruction(battery, BATTERY).expect("instructed").action,
			Action::Cancel
		);
		assert_eq!(
			Vpp::instruction(loads, EARLY_LOAD).expect("instructed").action,
			Action::Restore
		);

		// 900 s after they began the dispatches are over.
		at(1_000);
		assert_eq!(activation(battery).phase, Phase::Completed);
		assert_eq!(activation(loads).phase, Phase::Completed);

		// The interval in which they ended is measured: proof and payment follow by themselves.
		meter_everything();
		at(1_900);
		events();
		measured(FIRST + 1);

		// Instructed 3,000 W * 500 s = 416 Wh, delivered 400 Wh, at 200,000 planck per kWh: 80,000 planck.
		// Instructed 2,000 W * 500 s = 277 Wh, delivered 250 Wh, at 100,000 planck per kWh: 25,000 planck.
		let settled = |program, dispatch, payments| Event::Settled {
			program,
			dispatch,
			outcome: Outcome {
				paid: 1,
				payments,
				..Default::default()
			},
		};
		assert_eq!(
			events(),
			[settled(containment, battery, 80_000), settled(shedding, loads, 25_000)]
		);
		assert_eq!(Balances::balance(&ALICE), FUNDS - DEPOSIT + 80_000);
		assert_eq!(Balances::balance(&BOB), FUNDS - DEPOSIT + 25_000);
		assert_eq!(Balances::balance(&CAROL), FUNDS - DEPOSIT);

		// The operator paid it, and nothing is owed any more.
		assert_eq!(Balances::total_balance(&OPERATOR), FUNDS - 105_000);
		assert_eq!(
			Balances::balance_on_hold(&crate::HoldReason::Budget.into(), &OPERATOR),
			2 * BUDGET - 105_000
		);
		assert_eq!((program(containment).reserved, program(shedding).reserved), (0, 0));

		// Everyone can leave, and gets the deposit back.
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(ALICE), BATTERY));
		assert_eq!(Balances::balance(&ALICE), FUNDS + 80_000);
	});
}
