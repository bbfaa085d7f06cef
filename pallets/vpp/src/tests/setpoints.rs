//! Needs become setpoints, within what assets, owners, lines and budget allow.

use crate::{math::allocation::Rule, mock::*, types::*, Event};
use frame_support::assert_ok;
use gridtokenx_primitives::DeviceKind;

fn powers(dispatch: DispatchId) -> [i64; 3] {
	[10, 11, 12].map(|device| power_of(dispatch, device))
}

/// Three batteries at different prices.
fn enrol_three(id: ProgramId) {
	for (device, price_per_kwh) in [(10, 300_000), (11, 100_000), (12, 200_000)] {
		enrol_battery(
			id,
			device,
			ALICE,
			Asset {
				price_per_kwh,
				..battery()
			},
		);
	}
}

#[test]
fn need_should_be_shared_by_merit_order_when_the_terms_say_so() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_three(id);
		request(id, 5_000, 900);
		assert_eq!(powers(0), [0, 3_000, 2_000]);
		// The cheapest first, at 120 % of 750 Wh and of 500 Wh.
		assert_eq!(program(id).reserved, 900 * 100 + 600 * 200);
	});
}

#[test]
fn need_should_be_shared_pro_rata_when_the_terms_say_so() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(
			Terms {
				allocation: Rule::ProRata,
				..balancing()
			},
			1_000_000,
		);
		enrol_three(id);
		request(id, 4_000, 900);
		assert_eq!(powers(0), [1_334, 1_333, 1_333]);
	});
}

#[test]
fn downward_need_should_charge_batteries() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_three(id);
		request(id, -5_000, 900);
		assert_eq!(powers(0), [0, -3_000, -2_000]);
	});
}

#[test]
fn shortfall_should_be_reported_when_all_have_given_everything() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_three(id);
		events();
		request(id, 10_000, 900);
		let dispatched = Event::Dispatched {
			program: id,
			dispatch: 0,
			revision: 1,
			instructed: 3,
			target_w: 10_000,
			short_w: 1_000,
		};
		assert_eq!(events().last(), Some(&dispatched));
	});
}

#[test]
fn batteries_should_come_before_loads_and_whole_loads_last() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 5_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				price_per_kwh: 900_000,
				..battery()
			},
		);
		register(11, BOB, DeviceKind::ControllableLoad, None);
		assert_ok!(Vpp::enrol(
			RuntimeOrigin::signed(BOB),
			id,
			11,
			load(),
			MeteringPoint::Asset
		));
		enrol_load(
			id,
			12,
			CAROL,
			Asset {
				price_per_kwh: 1,
				..load()
			},
		);
		request(id, 4_000, 900);
		assert_eq!(powers(0), [3_000, 1_000, 0]);
		// 1 W more than the others can give takes the whole load.
		request(id, 5_001, 900);
		assert_eq!(powers(1), [3_000, 2_000, 2_000]);
	});
}

#[test]
fn setpoint_should_stay_within_the_ramp() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(
			id,
			10,
			ALICE,
			Asset {
				ramp_w_per_s: 50,
				..battery()
			},
		);
		request(id, 3_000, 900);
		// 50 W/s for the 30 s of full activation.
		assert_eq!(power_of(0, 10), 1_500);
	});
}

#[test]
fn setpoint_should_stay_within_the_charge_above_the_owners_reserve() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		assert_ok!(report_charge(10, 1_500));
		request(id, 3_000, 900);
		// 1,500 Wh less a reserve of 1,000 Wh, over 900 s.
		assert_eq!(power_of(0, 10), 2_000);
	});
}

#[test]
fn setpoint_should_stay_within_the_room_that_is_left_when_charging() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		assert_ok!(report_charge(10, 9_750));
		request(id, -3_000, 900);
		assert_eq!(power_of(0, 10), -1_000);
	});
}

#[test]
fn battery_should_not_be_asked_for_what_earlier_dispatches_have_taken() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		assert_ok!(report_charge(10, 2_000));
		// 3,000 W for 900 s take 750 of the 1,000 Wh above the reserve.
		request(id, 3_000, 900);
		accept(0, 10);
		at(960);
		request(id, 3_000, 900);
		assert_eq!(power_of(1, 10), 1_000);
		// A new report knows better.
		assert_ok!(report_charge(10, 1_500));
		request(id, 3_000, 900);
		assert_eq!(power_of(2, 10), 2_000);
	});
}

#[test]
fn setpoint_should_stay_within_a_rating_that_was_lowered() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		with_device(10, |device| device.export_w = 2_500);
		request(id, 3_000, 900);
		assert_eq!(power_of(0, 10), 2_500);
	});
}

#[test]
fn setpoints_should_stay_within_what_the_market_left_of_the_lines() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(containment(), 2_000_000);
		enrol_three(id);
		with_device(12, |device| device.zone = 2);
		// 1,000 Wh in 900 s are 4,000 W on the way from zone 1 to the root.
		limit_line(1, 1_000);
		register_sensors();
		frequency(49_000);
		assert_eq!(powers(0), [1_000, 3_000, 3_000]);
		assert_eq!(activation(0).short_w, 2_000);
	});
}

#[test]
fn overloaded_line_should_be_relieved_by_assets_below_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 2_000_000);
		enrol_three(id);
		with_device(11, |device| device.zone = 2);
		// The line above zone 1 does not lie between its assets and the need.
		limit_line(1, 0);
		signal(id, Need::LineOverload(7_000), 0, 900);
		next_block();
		assert_eq!(powers(0), [3_000, 0, 3_000]);
		assert_eq!(activation(0).short_w, 1_000);
	});
}

#[test]
fn nothing_should_be_asked_for_that_the_budget_does_not_cover() {
	ExtBuilder::default().build_and_execute(|| {
		// Enough for the battery at 100,000 planck per kWh, not for another.
		let id = create(balancing(), 100_000);
		enrol_three(id);
		request(id, 9_000, 900);
		assert_eq!(powers(0), [0, 3_000, 0]);
		assert_eq!(activation(0).short_w, 6_000);
		// With more budget the controller goes on where it had to stop.
		assert_ok!(Vpp::fund(RuntimeOrigin::signed(OPERATOR), id, 1_000_000));
		next_block();
		assert_eq!(powers(0), [3_000, 3_000, 3_000]);
	});
}
