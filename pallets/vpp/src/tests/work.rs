//! Bounded work: what a block does by itself, and what waits for the next.

use crate::{mock::*, types::*, NextTurn};
use frame_support::{
	assert_noop, assert_ok,
	traits::{fungible::Inspect, Hooks, OnPoll},
	weights::{Weight, WeightMeter},
};
use sp_runtime::traits::BadOrigin;

fn one(steps: u64) -> Weight {
	Weight::from_all(steps)
}

#[test]
fn programs_should_take_turns_when_a_block_does_not_suffice_for_all() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let programs = [(); 3].map(|_| create(containment(), 1_000_000));
		for (program, device) in programs.into_iter().zip(10..) {
			enrol_battery(program, device, ALICE, battery());
		}
		// The list, and a look and a turn for one program, and a look at the next.
		ServiceWeight::set(one(4));
		frequency(49_800);
		assert_eq!(programs.map(|id| program(id).open.len()), [1, 0, 0]);
		assert_eq!(NextTurn::<Test>::get(), 1);
		next_block();
		assert_eq!(programs.map(|id| program(id).open.len()), [1, 1, 0]);
		next_block();
		assert_eq!(programs.map(|id| program(id).open.len()), [1, 1, 1]);
	});
}

#[test]
fn proof_and_payment_should_go_on_where_the_last_block_stopped() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 10_000_000);
		for device in 10..14 {
			enrol_battery(id, device, ALICE, battery());
			meter(device, FIRST - 1, 0);
			meter(device, FIRST, 750);
		}
		request(id, 12_000, 900);
		(10..14).for_each(|device| accept(0, device));
		at(960);
		measured(FIRST - 1);
		// The list, a look for the controller, one for the proof, one at the dispatch, and one device.
		ServiceWeight::set(one(5));
		MeasuredThrough::set(Some(FIRST));
		let mut blocks = 0;
		while !program(id).open.is_empty() {
			next_block();
			blocks += 1;
			assert!(blocks < 20, "it comes to an end");
		}
		assert!(blocks >= 8, "four devices are proven and four are paid, one at a time");
		let paid = Balances::total_balance(&ALICE) - FUNDS;
		assert_eq!(paid, 4 * 750 * 200);
	});
}

#[test]
fn dispatch_should_not_cost_more_when_it_is_cancelled_in_the_midst_of_its_proof() {
	ExtBuilder::default().build_and_execute(|| {
		// No more budget than the dispatch needs at its cap: 2 * 1,500 Wh * 1.2 * 200 planck.
		let id = create(balancing(), 720_000);
		for device in [10, 11] {
			enrol_battery(id, device, ALICE, battery());
			meter(device, FIRST - 1, 0);
			meter(device, FIRST, 750);
		}
		request(id, 6_000, 1_800);
		accept(0, 10);
		accept(0, 11);
		at(960);
		measured(FIRST - 1);
		// One of the two devices is proven, the other is not.
		ServiceWeight::set(one(6));
		measured(FIRST);
		assert_eq!((activation(0).proving, activation(0).cursor), (FIRST, 1));
		assert_eq!(program(id).reserved, 720_000);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 0));
		// 960 s of it were run: 800 Wh each, at the cap.
		assert_eq!(program(id).reserved, 2 * 960 * 200);
	});
}

#[test]
fn on_poll_should_take_no_more_than_the_block_has_left() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		signal(id, Need::Power(3_000), 0, 900);
		let mut meter = WeightMeter::with_limit(one(2));
		<Vpp as OnPoll<u64>>::on_poll(2, &mut meter);
		assert!(program(id).open.is_empty());
		assert!(meter.consumed().all_lte(one(2)));
		let mut meter = WeightMeter::with_limit(one(3));
		<Vpp as OnPoll<u64>>::on_poll(2, &mut meter);
		assert_eq!(program(id).open.len(), 1);
		assert_eq!(meter.consumed(), one(3));
	});
}

#[test]
fn on_idle_should_go_on_with_what_is_left_of_the_block() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		signal(id, Need::Power(3_000), 0, 900);
		let took = Vpp::on_idle(2, one(100));
		assert_eq!(program(id).open.len(), 1);
		assert!(took.all_lte(one(100)) && took.all_gt(one(0)));
	});
}

#[test]
fn advance_should_do_the_work_now_for_whoever_pays() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		signal(id, Need::Power(3_000), 0, 900);
		assert_noop!(Vpp::advance(RuntimeOrigin::none()), BadOrigin);
		let post = Vpp::advance(RuntimeOrigin::signed(BOB));
		assert_eq!(program(id).open.len(), 1);
		assert_eq!(post.map(|info| info.actual_weight.is_some()), Ok(true));
		assert_ok!(Vpp::do_try_state());
	});
}

#[test]
fn quiet_block_should_cost_next_to_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(containment(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		frequency(49_800);
		accept(0, 10);
		measured(FIRST - 1);
		at(300);
		let mut meter = WeightMeter::new();
		<Vpp as OnPoll<u64>>::on_poll(2, &mut meter);
		// The list, a look at the program, and one for meters to be forgotten.
		assert_eq!(meter.consumed(), one(3));
	});
}
