//! What counts as a response.

use crate::{mock::*, types::*, Event};
use frame_support::assert_ok;
use gridtokenx_primitives::{DeviceKind, IntervalEnergy};

/// A battery that is asked for `power_w` for the whole first interval, and accepts.
fn dispatched(terms: Terms, power_w: i32) -> ProgramId {
	let id = create(terms, 10_000_000);
	enrol_battery(id, 10, ALICE, battery());
	request(id, power_w, 900);
	accept(0, 10);
	id
}

/// The payments once the first interval is measured.
fn settle() -> u128 {
	at(960);
	events();
	measured(FIRST);
	let settled = events().into_iter().find_map(|event| match event {
		Event::Settled { outcome, .. } => Some(outcome),
		_ => None,
	});
	settled.expect("settled").payments
}

#[test]
fn response_should_be_what_the_meter_shows_beyond_the_interval_before() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(balancing(), 3_000);
		meter(10, FIRST - 1, -50);
		meter(10, FIRST, 550);
		// 600 of 750 Wh, at 200,000 planck per kWh.
		assert_eq!(settle(), 600 * 200);
	});
}

#[test]
fn downward_response_should_be_what_the_meter_shows_less() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(balancing(), -3_000);
		meter(10, FIRST - 1, 100);
		meter(10, FIRST, -600);
		assert_eq!(settle(), 700 * 200);
	});
}

#[test]
fn meter_before_should_average_the_last_intervals_that_prove_something() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(
			Terms {
				baseline: BaselineRule::MeterBefore { intervals: 3 },
				..balancing()
			},
			3_000,
		);
		meter(10, FIRST - 1, 100);
		let unproven = |flag: fn(&mut IntervalEnergy)| {
			let mut energy = IntervalEnergy {
				export_wh: 9_999,
				..Default::default()
			};
			flag(&mut energy);
			energy
		};
		meter_energy(10, FIRST - 2, unproven(|energy| energy.estimated = true));
		meter_energy(10, FIRST - 3, unproven(|energy| energy.unallocated = true));
		// FIRST - 4 was not read.
		meter(10, FIRST - 5, 50);
		meter(10, FIRST - 6, -50);
		meter(10, FIRST - 7, 9_999);
		// The mean of 100, 50 and -50, rounded down, is 33.
		meter(10, FIRST, 633);
		assert_eq!(settle(), 600 * 200);
	});
}

#[test]
fn nothing_should_be_paid_when_there_are_too_few_intervals_before() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(
			Terms {
				baseline: BaselineRule::MeterBefore { intervals: 2 },
				..balancing()
			},
			3_000,
		);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST - 25, 0);
		meter(10, FIRST, 750);
		assert_eq!(settle(), 0);
	});
}

#[test]
fn interval_should_prove_nothing_when_it_is_estimated_unallocated_or_not_read() {
	for energy in [
		Some(IntervalEnergy {
			export_wh: 750,
			estimated: true,
			..Default::default()
		}),
		Some(IntervalEnergy {
			export_wh: 750,
			unallocated: true,
			..Default::default()
		}),
		None,
	] {
		ExtBuilder::default().build_and_execute(|| {
			dispatched(balancing(), 3_000);
			meter(10, FIRST - 1, 0);
			if let Some(energy) = energy {
				meter_energy(10, FIRST, energy);
			}
			assert_eq!(settle(), 0);
		});
	}
}

#[test]
fn hiding_an_interval_should_not_pay() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 1_800);
		accept(0, 10);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 600);
		meter_energy(
			10,
			FIRST + 1,
			IntervalEnergy {
				export_wh: 750,
				estimated: true,
				..Default::default()
			},
		);
		at(1_900);
		events();
		measured(FIRST + 1);
		// 600 of 1,500 Wh is below a half, so half of it is paid.
		let outcome = Outcome {
			paid: 1,
			payments: 300 * 200,
			..Default::default()
		};
		assert_eq!(
			events(),
			[Event::Settled {
				program: id,
				dispatch: 0,
				outcome
			}]
		);
	});
}

#[test]
fn ruled_out_interval_should_count_neither_as_instructed_nor_as_delivered() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 1_800);
		accept(0, 10);
		at(1_000);
		assert_ok!(Vpp::opt_out(
			RuntimeOrigin::signed(ALICE),
			10,
			Window {
				from: FIRST + 1,
				until: FIRST + 2,
				daily: false
			}
		));
		next_block();
		for (interval, net_wh) in [(FIRST - 1, 0), (FIRST, 750), (FIRST + 1, 83)] {
			meter(10, interval, net_wh);
		}
		at(1_900);
		events();
		measured(FIRST + 1);
		// The first interval is paid in full; the 100 s of the second are not.
		let outcome = Outcome {
			paid: 1,
			payments: 750 * 200,
			..Default::default()
		};
		assert_eq!(
			events(),
			[Event::Settled {
				program: id,
				dispatch: 0,
				outcome
			}]
		);
	});
}

#[test]
fn intervals_of_an_earlier_dispatch_should_not_be_a_baseline() {
	ExtBuilder::default().build_and_execute(|| {
		let id = dispatched(balancing(), 3_000);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		at(960);
		measured(FIRST);
		// The interval before this dispatch is the first one's; the one before that is ordinary.
		request(id, 3_000, 840);
		accept(1, 10);
		meter(10, FIRST + 1, 700);
		at(1_860);
		events();
		measured(FIRST + 1);
		let outcome = Outcome {
			paid: 1,
			payments: 700 * 200,
			..Default::default()
		};
		assert_eq!(
			events(),
			[Event::Settled {
				program: id,
				dispatch: 1,
				outcome
			}]
		);
	});
}

#[test]
fn forward_sales_should_be_no_response_upward() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(balancing(), 3_000);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		// 300 Wh of it have their buyer already.
		sell_forward(ALICE, 1, FIRST, 300);
		assert_eq!(settle(), 450 * 200);
	});
}

#[test]
fn response_downward_should_be_no_more_than_what_was_sold() {
	ExtBuilder::default().build_and_execute(|| {
		dispatched(balancing(), -3_000);
		meter(10, FIRST - 1, 1_000);
		meter(10, FIRST, 0);
		sell_forward(ALICE, 1, FIRST, 400);
		assert_eq!(settle(), 400 * 200);
	});
}

#[test]
fn forward_sales_should_not_matter_when_the_asset_is_measured_by_itself_behind_a_site() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		register(20, ALICE, DeviceKind::Meter, None);
		register(10, ALICE, DeviceKind::Battery, Some(20));
		assert_ok!(Vpp::enrol(
			RuntimeOrigin::signed(ALICE),
			id,
			10,
			battery(),
			MeteringPoint::Asset
		));
		assert_ok!(report_charge(10, 5_000));
		request(id, 3_000, 900);
		accept(0, 10);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		sell_forward(ALICE, 1, FIRST, 300);
		assert_eq!(settle(), 750 * 200);
	});
}

#[test]
fn proof_should_wait_for_measurement() {
	ExtBuilder::default().build_and_execute(|| {
		let id = dispatched(balancing(), 3_000);
		meter(10, FIRST - 1, 0);
		meter(10, FIRST, 750);
		at(10_000);
		assert_eq!(program(id).open.len(), 1);
		measured(FIRST - 1);
		assert_eq!(program(id).open.len(), 1);
		measured(FIRST);
		assert_eq!(program(id).open.len(), 0);
	});
}
