//! From readings to the energy of an interval: baselines, gaps, quality bits, rollover.

use crate::{mock::*, types::Refusal, Totals};
use frame_support::assert_ok;
use gridtokenx_primitives::{Quality, Reading, Source};

/// A site that has a baseline of (100, 100) at the end of interval 999, with `grace` long enough to read 1,000 to 1,015.
fn with_baseline(test: impl FnOnce()) {
	ExtBuilder::default().grace(20).site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 100, 100)));
		run_to(START + 16);
		test();
	});
}

/// Everything up to 1,010 is measured, and all of it is in the window.
fn measure() {
	run_to(START + 31);
}

fn energies(from: u32, to: u32) -> Vec<(u64, u64, bool)> {
	(from..=to)
		.map(|interval| energy(0, interval).expect("the interval was measured"))
		.map(|energy| (energy.import_wh, energy.export_wh, energy.estimated))
		.collect()
}

#[test]
fn first_reading_should_be_a_baseline_without_energy() {
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_000, 110, 120)));
		run_to(START + 21);
		assert_eq!(energy(0, 999), None);
		assert_eq!(energy(0, 1_000), exact(10, 20));
	});
}

#[test]
fn baseline_should_be_the_earliest_reading_whatever_came_first() {
	ExtBuilder::default().grace(2).site(0, ALICE).build_and_execute(|| {
		run_to(START + 2);
		assert_ok!(submit_one(reading(0, 1_001, 105, 0)));
		assert_ok!(submit_one(reading(0, 1_000, 100, 0)));
		run_to(START + 4);
		assert_eq!(energy(0, 1_000), None);
		assert_eq!(energy(0, 1_001), exact(5, 0));
		assert_eq!(
			positions(1_000),
			[position(ALICE, 0, &[], 0)],
			"read, though without energy"
		);
	});
}

#[test]
fn gap_should_be_shared_out_evenly_and_flagged_when_it_is_short() {
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_003, 110, 103)));
		measure();
		assert_eq!(
			energies(1_000, 1_003),
			[(2, 0, true), (3, 1, true), (2, 1, true), (3, 1, true)]
		);
	});
}

#[test]
fn gap_should_be_filled_when_eight_intervals_are_missing_and_not_when_nine_are() {
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_008, 190, 100)));
		measure();
		assert_eq!(energies(1_000, 1_008), [(10, 0, true); 9]);
		assert_eq!(Totals::<Test>::get().allocated.import_wh, 90);
	});
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_009, 200, 100)));
		measure();
		(1_000..=1_009).for_each(|interval| assert_eq!(energy(0, interval), unallocated(10, 0)));
		assert_eq!(Totals::<Test>::get().allocated.import_wh, 0);
		assert_eq!(Totals::<Test>::get().unallocated.import_wh, 100);
		assert_eq!(
			positions(1_004),
			[position(ALICE, 0, &[], 0)],
			"on the books, not on the market"
		);
	});
}

#[test]
fn reading_within_a_gap_should_replace_the_estimate() {
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_003, 110, 103)));
		assert_ok!(submit_one(reading(0, 1_001, 108, 100)));
		measure();
		assert_eq!(
			energies(1_000, 1_003),
			[(4, 0, true), (4, 0, true), (1, 1, true), (1, 2, true)]
		);
	});
}

#[test]
fn reading_within_a_gap_should_be_stale_when_a_share_has_been_booked() {
	with_baseline(|| {
		assert_ok!(submit_one(reading(0, 1_003, 110, 103)));
		// 1,000 is measured, with its share of the span up to 1,003.
		run_to(START + 21);
		assert_eq!(submit_one(reading(0, 1_001, 108, 100)), Err(Refusal::Stale));
		assert_eq!(submit_one(reading(0, 1_000, 101, 100)), Err(Refusal::Stale));
		assert!(!Telemetry::wants(0, 1_001));
		assert_ok!(submit_one(reading(0, 1_004, 115, 103)));
		measure();
		assert_eq!(
			energies(1_000, 1_004),
			[(2, 0, true), (3, 1, true), (2, 1, true), (3, 1, true), (5, 0, false)]
		);
	});
}

#[test]
fn energy_should_be_unallocated_when_the_quality_forbids_billing() {
	for bits in [Quality::CLOCK, Quality::TAMPER, Quality::CLOCK | Quality::RESTARTED] {
		with_baseline(|| {
			let doubtful = Reading {
				quality: Quality(bits),
				..reading(0, 1_000, 110, 120)
			};
			assert_eq!(submit(&[doubtful, reading(0, 1_001, 111, 121)]), (2, vec![]));
			measure();
			assert_eq!(energy(0, 1_000), unallocated(10, 20));
			assert_eq!(energy(0, 1_001), exact(1, 1), "the registers have advanced");
			assert_eq!(positions(1_000), [position(ALICE, 0, &[], 0)]);
		});
	}
}

#[test]
fn energy_should_count_when_power_was_lost_or_the_meter_restarted() {
	with_baseline(|| {
		let quality = Quality(Quality::POWER_LOST | Quality::RESTARTED);
		assert_ok!(submit_one(Reading {
			quality,
			..reading(0, 1_000, 110, 120)
		}));
		measure();
		assert_eq!(energy(0, 1_000), exact(10, 20));
	});
}

#[test]
fn register_should_roll_over_at_the_attested_modulus() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		change_meter(0, |meter| meter.modulus_wh = 100_000);
		assert_ok!(submit_one(reading(0, 999, 99_990, 5)));
		run_to(START + 1);
		assert_ok!(submit_one(reading(0, 1_000, 20, 5)));
		run_to(START + 2);
		assert_eq!(energy(0, 1_000), exact(30, 0));
	});
}

#[test]
fn energy_should_be_unallocated_when_the_device_is_suspended() {
	with_baseline(|| {
		assert_eq!(
			submit(&[reading(0, 1_000, 110, 100), reading(0, 1_001, 120, 100)]),
			(2, vec![])
		);
		run_to(START + 21);
		change_meter(0, |meter| meter.active = false);
		run_to(START + 23);
		change_meter(0, |meter| meter.active = true);
		assert_ok!(submit_one(reading(0, 1_003, 135, 100)));
		assert_ok!(submit_one(reading(0, 1_004, 137, 100)));
		run_to(START + 25);
		assert_eq!(energy(0, 1_000), exact(10, 0), "measured before");
		assert_eq!(energy(0, 1_001), unallocated(10, 0));
		assert_eq!(
			energy(0, 1_003).map(|it| (it.import_wh, it.unallocated)),
			Some((8, true)),
			"its span has a void"
		);
		assert_eq!(energy(0, 1_004), exact(2, 0));
		assert_eq!(positions(1_001), [], "not active when it was measured");
		assert_eq!(Totals::<Test>::get().unallocated.import_wh, 10 + 15);
	});
}

#[test]
fn device_behind_a_connection_point_should_have_energy_but_no_position() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		change_meter(0, |meter| meter.connection_point = false);
		assert_ok!(submit_one(reading(0, 999, 0, 0)));
		run_to(START + 1);
		assert_ok!(submit_one(reading(0, 1_000, 10, 20)));
		run_to(START + 2);
		assert_eq!(energy(0, 1_000), exact(10, 20));
		assert_eq!(positions(1_000), []);
		assert_eq!(Totals::<Test>::get(), Default::default());
		assert_eq!(
			<Telemetry as gridtokenx_primitives::Metering<u64>>::exported(1_000, 1, Source::Solar),
			0
		);
	});
}

#[test]
fn registers_should_be_forgotten_when_the_device_has_gone() {
	with_baseline(|| {
		set_meter(0, None);
		measure();
		assert_eq!(crate::RegisterPages::<Test>::iter().count(), 0);
	});
}
