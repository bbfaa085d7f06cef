//! Like intervals: what is kept, what is not, and what it proves.

use crate::{mock::*, types::*, Event, Forgetting, History, SampledThrough};
use frame_support::{assert_ok, weights::Weight};
use gridtokenx_primitives::{DeviceKind, Interval, IntervalEnergy};

const DAY: Interval = 96;

fn like() -> Terms {
	Terms {
		baseline: BaselineRule::LikeIntervals,
		..balancing()
	}
}

/// A load of 2 kW in a program under the like-intervals rule, from fifteen days before the first interval on.
fn enrol_with_history(asset: Asset) -> ProgramId {
	MeasuredThrough::set(Some(FIRST - 15 * DAY - 1));
	next_block();
	let id = create(like(), 10_000_000);
	register(10, ALICE, DeviceKind::ControllableLoad, None);
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(ALICE),
		id,
		10,
		asset,
		MeteringPoint::Asset
	));
	id
}

/// The load consumes 400 Wh at the first interval's time of day, and 100 Wh in the four intervals before it.
fn consume_daily(days: impl Iterator<Item = Interval>) {
	for day in days {
		meter(10, FIRST - day * DAY, -400);
		(1..=4).for_each(|before| meter(10, FIRST - day * DAY - before, -100));
	}
}

/// What is paid for 1,000 W over the first interval when the load consumes so much in it.
fn payments(id: ProgramId, consumed_wh: i64) -> u128 {
	request(id, 1_000, 900);
	accept(0, 10);
	meter(10, FIRST, -consumed_wh);
	at(960);
	events();
	measured(FIRST);
	let settled = events().into_iter().find_map(|event| match event {
		Event::Settled { outcome, .. } => Some(outcome),
		_ => None,
	});
	settled.expect("settled").payments
}

fn samples(interval: Interval) -> Vec<(Interval, i64)> {
	let history = History::<Test>::get(10, interval % DAY);
	history.iter().map(|sample| (sample.interval, sample.net_wh)).collect()
}

#[test]
fn response_should_be_measured_against_ten_like_intervals_adjusted_to_the_day() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		consume_daily(1..=10);
		// Today is a tenth above: the baseline is 440 Wh, the response 200 of 250 Wh.
		(1..=4).for_each(|before| meter(10, FIRST - before, -110));
		measured(FIRST - 1);
		assert_eq!(payments(id, 240), 200 * 200);
	});
}

#[test]
fn adjustment_should_stop_at_a_fifth() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		consume_daily(1..=10);
		// Half as much again counts as a fifth: 480 Wh.
		(1..=4).for_each(|before| meter(10, FIRST - before, -150));
		measured(FIRST - 1);
		assert_eq!(payments(id, 240), 240 * 200);
	});
}

#[test]
fn nothing_should_be_paid_when_there_are_fewer_than_ten_like_intervals() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		consume_daily(1..=9);
		measured(FIRST - 1);
		assert_eq!(payments(id, 150), 0);
	});
}

#[test]
fn like_intervals_should_be_the_last_ten_within_fifteen_days() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		consume_daily(1..=15);
		// Older ones do not count where there are ten newer ones.
		(11..=15).for_each(|day| meter(10, FIRST - day * DAY, -9_999));
		measured(FIRST - 1);
		assert_eq!(samples(FIRST).len(), 15);
		assert_eq!(payments(id, 200), 200 * 200);
	});
}

#[test]
fn history_should_forget_what_is_older_than_fifteen_days() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_with_history(load());
		consume_daily(0..=15);
		measured(FIRST);
		assert_eq!(samples(FIRST).first(), Some(&(FIRST - 14 * DAY, -400)));
		assert_eq!(samples(FIRST).len(), 15);
	});
}

#[test]
fn history_should_skip_intervals_that_prove_nothing_or_were_ruled_out() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_with_history(load());
		let origin = RuntimeOrigin::signed(ALICE);
		assert_ok!(Vpp::opt_out(
			origin,
			10,
			Window {
				from: FIRST,
				until: FIRST + 1,
				daily: false
			}
		));
		(0..4).for_each(|ahead| meter(10, FIRST + ahead, -400));
		meter_energy(
			10,
			FIRST + 1,
			IntervalEnergy {
				estimated: true,
				..Default::default()
			},
		);
		meter_energy(
			10,
			FIRST + 2,
			IntervalEnergy {
				unallocated: true,
				..Default::default()
			},
		);
		measured(FIRST + 3);
		assert_eq!([FIRST, FIRST + 1, FIRST + 2].map(samples), [vec![], vec![], vec![]]);
		assert_eq!(samples(FIRST + 3), [(FIRST + 3, -400)]);
	});
}

#[test]
fn history_should_skip_intervals_of_a_dispatch() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		(0..3).for_each(|ahead| meter(10, FIRST + ahead, -400));
		request(id, 1_000, 1_800);
		accept(0, 10);
		// It was to last for two intervals, and ends within the first.
		at(100);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0));
		at(2_700);
		measured(FIRST + 1);
		assert_eq!(samples(FIRST), []);
		assert_eq!(samples(FIRST + 1), [(FIRST + 1, -400)]);
	});
}

#[test]
fn history_should_not_be_kept_where_the_rule_does_not_need_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		meter(10, FIRST, 100);
		measured(FIRST);
		assert_eq!(History::<Test>::iter().count(), 0);
		assert_eq!(SampledThrough::<Test>::get(), Some(FIRST));
	});
}

#[test]
fn history_should_be_taken_in_steps_when_the_weight_does_not_suffice() {
	ExtBuilder::default().build_and_execute(|| {
		MeasuredThrough::set(Some(FIRST - 1));
		next_block();
		let id = create(like(), 0);
		for device in 10..16 {
			enrol_battery(id, device, ALICE, battery());
			meter(device, FIRST, i64::from(device));
			meter(device, FIRST + 1, i64::from(device));
		}
		next_block();
		// Two programs' lists and the controller's look take three steps of a block, and two are left for history.
		ServiceWeight::set(Weight::from_all(5));
		let mut blocks = 0;
		MeasuredThrough::set(Some(FIRST + 1));
		while SampledThrough::<Test>::get() != Some(FIRST + 1) {
			next_block();
			blocks += 1;
		}
		// Six assets and the end of the list, twice: fourteen steps.
		assert_eq!(blocks, 7);
		assert_eq!(History::<Test>::iter().count(), 12);
		assert!(History::<Test>::iter().all(|(device, _, samples)| samples[0].net_wh == i64::from(device)));
	});
}

#[test]
fn history_should_be_removed_in_steps_when_the_asset_leaves() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_with_history(load());
		(0..40).for_each(|ahead| meter(10, FIRST + ahead, -400));
		measured(FIRST + 39);
		assert_eq!(History::<Test>::iter().count(), 40);
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(ALICE), 10));
		// The list, the controller's look, and a look and a step of sixteen times of day.
		ServiceWeight::set(Weight::from_all(4));
		for left in [24, 8, 0] {
			next_block();
			assert_eq!(History::<Test>::iter().count(), left);
		}
		assert_eq!(Forgetting::<Test>::iter().count(), 0);
	});
}

#[test]
fn history_should_be_kept_when_the_asset_comes_back_in_time() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_with_history(load());
		meter(10, FIRST, -400);
		measured(FIRST);
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(ALICE), 10));
		assert_ok!(Vpp::enrol(
			RuntimeOrigin::signed(ALICE),
			id,
			10,
			load(),
			MeteringPoint::Asset
		));
		next_block();
		assert_eq!(samples(FIRST), [(FIRST, -400)]);
	});
}

#[test]
fn history_should_still_go_when_the_asset_comes_back_under_another_rule() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_with_history(load());
		meter(10, FIRST, -400);
		measured(FIRST);
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(ALICE), 10));
		let other = create(balancing(), 0);
		assert_ok!(Vpp::enrol(
			RuntimeOrigin::signed(ALICE),
			other,
			10,
			load(),
			MeteringPoint::Asset
		));
		next_block();
		assert_eq!(samples(FIRST), []);
	});
}
