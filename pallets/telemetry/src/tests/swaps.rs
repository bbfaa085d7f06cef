//! Key rotations and meter swaps.

use crate::{mock::*, types::Refusal};
use frame_support::assert_ok;
use gridtokenx_primitives::{device::Registers, Interval, MeterLifecycle, PublicKey, Reading};
use sp_core::Pair;

/// A site that read (1000, 500) at the end of 999 and (1010, 505) at the end of 1,000; it is interval 1,002 now.
fn with_site(test: impl FnOnce()) {
	ExtBuilder::default().grace(4).site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 1_000, 500)));
		run_to(START + 2);
		assert_ok!(submit_one(reading(0, 1_000, 1_010, 505)));
		test();
	});
}

fn new_key() {
	change_meter(0, |meter| {
		meter.epoch = 1;
		meter.key = PublicKey::Ed25519(ed25519_pair(0, 1).public().0);
	});
}

fn swap(interval: Interval, closing: Option<Registers>, opening: Registers) {
	new_key();
	Telemetry::on_meter_swapped(0, 1, interval, closing, opening);
	Telemetry::do_try_state().unwrap();
}

fn new_epoch(interval: Interval, import_wh: u64, export_wh: u64) -> Reading {
	Reading {
		epoch: 1,
		..reading(0, interval, import_wh, export_wh)
	}
}

#[test]
fn registers_should_go_on_when_only_the_key_is_rotated() {
	with_site(|| {
		new_key();
		Telemetry::on_key_rotated(0, 1);
		assert_ok!(submit_one(new_epoch(1_001, 1_020, 510)));
		run_to(START + 6);
		assert_eq!(energy(0, 1_001), exact(10, 5));
	});
}

#[test]
fn swap_should_add_the_parts_of_both_meters() {
	with_site(|| {
		swap(1_001, Some(registers(1_014, 506)), registers(3, 0));
		assert_ok!(submit_one(new_epoch(1_001, 9, 2)));
		run_to(START + 3);
		assert_ok!(submit_one(new_epoch(1_002, 20, 2)));
		assert_eq!(
			Telemetry::last_reading(0).unwrap().registers,
			registers(20, 2),
			"as the new meter shows them"
		);
		run_to(START + 7);
		assert_eq!(energy(0, 1_000), exact(10, 5));
		assert_eq!(energy(0, 1_001), exact(4 + 6, 1 + 2));
		assert_eq!(energy(0, 1_002), exact(11, 0));
	});
}

#[test]
fn swap_should_leave_the_interval_unallocated_when_closing_registers_are_missing() {
	with_site(|| {
		swap(1_001, None, registers(3, 0));
		assert_ok!(submit_one(new_epoch(1_001, 9, 2)));
		run_to(START + 3);
		assert_ok!(submit_one(new_epoch(1_002, 20, 2)));
		run_to(START + 7);
		assert_eq!(energy(0, 1_001), unallocated(6, 2), "what the new meter counted");
		assert_eq!(energy(0, 1_002), exact(11, 0));
	});
}

#[test]
fn swap_should_treat_implausible_closing_registers_as_missing() {
	for closing in [registers(1_009, 505), registers(1_000_000, 505)] {
		with_site(|| {
			swap(1_001, Some(closing), registers(3, 0));
			assert_ok!(submit_one(new_epoch(1_001, 9, 2)));
			run_to(START + 6);
			assert_eq!(energy(0, 1_001), unallocated(6, 2));
		});
	}
}

#[test]
fn swap_should_roll_over_with_the_registers() {
	ExtBuilder::default().grace(4).site(0, ALICE).build_and_execute(|| {
		change_meter(0, |meter| meter.modulus_wh = 100_000);
		assert_ok!(submit_one(reading(0, 999, 99_990, 0)));
		run_to(START + 1);
		swap(1_000, Some(registers(5, 0)), registers(99_999, 0));
		assert_ok!(submit_one(new_epoch(1_000, 2, 0)));
		run_to(START + 5);
		assert_eq!(energy(0, 1_000), exact(15 + 3, 0));
	});
}

#[test]
fn swap_should_refuse_readings_of_the_new_meter_from_before_it_was_installed() {
	with_site(|| {
		run_to(START + 3);
		swap(1_002, Some(registers(1_014, 506)), registers(3, 0));
		assert_eq!(submit_one(new_epoch(1_001, 5, 1)), Err(Refusal::WrongEpoch));
		assert_ok!(submit_one(new_epoch(1_002, 5, 1)));
		run_to(START + 7);
		assert_eq!(energy(0, 1_001), estimated(3, 1));
		assert_eq!(energy(0, 1_002), estimated(3, 1));
	});
}

#[test]
fn swap_should_make_opening_registers_the_baseline_when_nothing_was_read_before() {
	ExtBuilder::default().grace(4).site(0, ALICE).build_and_execute(|| {
		run_to(START + 2);
		swap(1_001, Some(registers(1_014, 506)), registers(3, 0));
		assert_ok!(submit_one(new_epoch(1_001, 9, 2)));
		run_to(START + 3);
		assert_ok!(submit_one(new_epoch(1_002, 20, 2)));
		run_to(START + 7);
		assert_eq!(
			energy(0, 1_001).map(|it| it.unallocated),
			Some(true),
			"the old meter's part is unknown"
		);
		assert_eq!(energy(0, 1_002), exact(11, 0));
	});
}

#[test]
fn swap_should_take_what_the_new_meter_counted_when_it_is_attested_late_and_nothing_was_read_before() {
	ExtBuilder::default().grace(1).site(0, ALICE).build_and_execute(|| {
		run_to(START + 10);
		swap(1_001, None, registers(3, 0));
		// Nine intervals at the full rating are far more than one interval could have.
		assert_ok!(submit_one(new_epoch(1_009, 3 + 9 * 2_500, 0)));
		run_to(START + 11);
		assert_ok!(submit_one(new_epoch(1_010, 3 + 10 * 2_500, 0)));
		run_to(START + 12);
		assert_eq!(
			energy(0, 1_009),
			unallocated(2_500, 0),
			"a ninth of a span that lacks the old meter's part"
		);
		assert_eq!(energy(0, 1_010), exact(2_500, 0));
	});
}

#[test]
fn second_swap_should_go_on_from_the_first() {
	with_site(|| {
		swap(1_001, Some(registers(1_014, 506)), registers(3, 0));
		assert_ok!(submit_one(new_epoch(1_001, 9, 2)));
		run_to(START + 3);
		Telemetry::on_meter_swapped(0, 1, 1_002, Some(registers(12, 3)), registers(70_000, 0));
		assert_ok!(submit_one(new_epoch(1_002, 70_005, 0)));
		run_to(START + 7);
		assert_eq!(energy(0, 1_001), exact(10, 3));
		assert_eq!(energy(0, 1_002), exact(3 + 5, 1));
	});
}
