//! Energy that becomes known after its interval was measured: recorded as residual, reopening nothing.

use crate::{mock::*, types::Refusal, LateSpans, Totals};
use frame_support::assert_ok;
use gridtokenx_primitives::{Metering, Quality, Reading, Source};

/// A site with a baseline of (100, 100) at the end of 999 that was not read for 1,000 to 1,003.
fn unread(test: impl FnOnce()) {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 100, 100)));
		run_to(START + 5);
		assert_eq!(Telemetry::measured_through(), Some(1_003));
		test();
	});
}

#[test]
fn unread_site_should_have_a_position_that_says_so() {
	unread(|| {
		assert_eq!(positions(1_000), [position(ALICE, 0, &[], 1)]);
		assert_eq!(energy(0, 1_000), None);
	});
}

#[test]
fn late_reading_should_book_each_measured_interval_when_the_meter_kept_them_all() {
	unread(|| {
		let kept = [reading(0, 1_001, 112, 130), reading(0, 1_000, 110, 120)];
		assert_eq!(submit(&kept), (2, vec![]), "a batch is booked in the order of time");
		assert_eq!(Telemetry::take_late(1).len(), 1);
		assert_eq!(take_late().len(), 1);
		assert_eq!(take_late(), []);
		assert_eq!(Totals::<Test>::get().late.import_wh, 12);
		assert_eq!(energy(0, 1_000), None, "what was measured stays as it was measured");
	});
}

#[test]
fn late_position_should_name_account_zone_and_source() {
	unread(|| {
		assert_ok!(submit_one(reading(0, 1_000, 110, 120)));
		assert_eq!(
			Telemetry::take_late(9),
			[(1_000, position(ALICE, 10, &[(Source::Solar, 20)], 0))]
		);
		assert_ok!(submit_one(reading(0, 1_002, 114, 130)));
		let estimated = |interval| (interval, position(ALICE, 2, &[(Source::Estimated, 5)], 0));
		let mut late = Telemetry::take_late(9);
		late.sort_by_key(|(interval, _)| *interval);
		assert_eq!(late, [estimated(1_001), estimated(1_002)]);
	});
}

#[test]
fn late_position_should_be_of_who_owned_the_device_then() {
	unread(|| {
		// Sold with the beginning of 1,002.
		change_meter(0, |meter| meter.owner = BOB);
		Sales::mutate(|sales| sales.push((0, ALICE, 1_002)));
		assert_ok!(submit_one(reading(0, 1_003, 140, 100)));
		let mut late = Telemetry::take_late(9);
		late.sort_by_key(|(interval, _)| *interval);
		let owners: Vec<_> = late
			.iter()
			.map(|(interval, it)| (*interval, it.account, it.import_wh))
			.collect();
		assert_eq!(
			owners,
			[
				(1_000, ALICE, 10),
				(1_001, ALICE, 10),
				(1_002, BOB, 10),
				(1_003, BOB, 10)
			]
		);
	});
}

#[test]
fn late_queue_should_hold_two_spans_of_each_device_when_a_whole_page_was_sold() {
	let sites = (0..64).fold(ExtBuilder::default(), |builder, device| builder.site(device, ALICE));
	sites.build_and_execute(|| {
		let all = |interval, wh| {
			(0..64)
				.map(|device| reading(device, interval, wh, 0))
				.collect::<Vec<_>>()
		};
		assert_eq!(submit(&all(999, 0)).0, 64);
		run_to(START + 5);
		for device in 0..64 {
			change_meter(device, |meter| meter.owner = BOB);
			Sales::mutate(|sales| sales.push((device, ALICE, 1_002)));
		}
		assert_eq!(submit(&all(1_003, 400)).0, 64);
		let late = Telemetry::take_late(128);
		assert_eq!(late.len(), 128, "of 256");
		let rest = Telemetry::take_late(u32::MAX);
		let both = [late, rest].concat();
		for account in [ALICE, BOB] {
			let of_account = both.iter().filter(|(_, position)| position.account == account);
			assert_eq!(
				of_account.map(|(_, position)| position.import_wh).sum::<u64>(),
				64 * 200
			);
		}
	});
}

#[test]
fn span_should_be_late_up_to_what_is_measured_and_normal_from_there() {
	unread(|| {
		// 1,004 ends with this block; 1,000 to 1,003 have been measured without it.
		assert_ok!(submit_one(reading(0, 1_004, 150, 105)));
		assert_eq!(take_late(), [], "not before its own interval is measured");
		run_to(START + 6);
		assert_eq!(
			take_late(),
			[(1_000, 10, 1), (1_001, 10, 1), (1_002, 10, 1), (1_003, 10, 1)]
		);
		assert_eq!(energy(0, 1_004), estimated(10, 1));
	});
}

#[test]
fn late_energy_should_not_depend_on_whether_the_later_reading_came_first() {
	let mut results = Vec::new();
	let (earlier, later) = (reading(0, 1_002, 130, 100), reading(0, 1_004, 150, 100));
	for order in [[earlier, later], [later, earlier]] {
		unread(|| {
			order
				.iter()
				.for_each(|reading| assert_eq!(submit_one(*reading), Ok(())));
			run_to(START + 6);
			results.push((take_late(), energy(0, 1_004)));
		});
	}
	assert_eq!(results[0], results[1]);
	assert_eq!(
		results[0].0,
		[(1_000, 10, 0), (1_001, 10, 0), (1_002, 10, 0), (1_003, 10, 0)]
	);
}

#[test]
fn late_reading_should_be_stale_when_it_is_older_than_the_anchor() {
	unread(|| {
		assert_ok!(submit_one(reading(0, 1_002, 130, 100)));
		assert_eq!(submit_one(reading(0, 1_001, 120, 100)), Err(Refusal::Stale));
	});
}

#[test]
fn late_energy_should_be_unallocated_when_it_may_not_be_billed() {
	unread(|| {
		let quality = Quality(Quality::CLOCK);
		assert_ok!(submit_one(Reading {
			quality,
			..reading(0, 1_002, 130, 100)
		}));
		assert_eq!(take_late(), []);
		assert_eq!(Totals::<Test>::get().unallocated.import_wh, 30);
	});
}

#[test]
fn late_energy_should_be_unallocated_when_the_gap_is_too_long() {
	unread(|| {
		run_to(START + 15);
		assert_ok!(submit_one(reading(0, 1_014, 250, 100)));
		run_to(START + 16);
		assert_eq!(take_late(), []);
		assert_eq!(Totals::<Test>::get().unallocated.import_wh, 150);
		assert_eq!(energy(0, 1_014), unallocated(10, 0));
	});
}

#[test]
fn late_queue_should_hand_over_at_most_what_is_asked_for_and_lose_nothing() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(1, BOB)
		.site(64, BOB)
		.build_and_execute(|| {
			let all = |interval, wh| {
				[
					reading(0, interval, wh, 0),
					reading(1, interval, wh, 0),
					reading(64, interval, wh, 0),
				]
			};
			assert_eq!(submit(&all(999, 0)), (3, vec![]));
			run_to(START + 5);
			assert_eq!(submit(&all(1_003, 400)), (3, vec![]));
			assert_eq!(LateSpans::<Test>::iter().count(), 2, "a chunk for each page");
			let mut sum = 0;
			for _ in 0..6 {
				let late = Telemetry::take_late(2);
				assert_eq!(late.len(), 2);
				sum += late.iter().map(|(_, position)| position.import_wh).sum::<u64>();
				Telemetry::do_try_state().unwrap();
			}
			assert_eq!(sum, 1_200);
			assert_eq!(Telemetry::take_late(2), []);
			assert_eq!(LateSpans::<Test>::iter().count(), 0);
		});
}
