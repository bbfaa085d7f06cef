//! Which readings count, and the reason for each that does not.

use crate::{mock::*, register::BACKLOG, types::Refusal, Error, Event};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Quality, PAGE_SIZE};

fn one_site() -> ExtBuilder {
	ExtBuilder::default().site(0, ALICE)
}

#[test]
fn submit_should_accept_both_schemes_and_say_so() {
	one_site().site(100, BOB).build_and_execute(|| {
		set_meter(3, Some(p256_site(3, BOB)));
		let first = page(
			0,
			vec![signed(reading(0, 999, 7, 8)), p256_signed(reading(3, 999, 1, 2))],
		);
		let second = page(1, vec![signed(reading(100, 999, 5, 6))]);
		assert_eq!(submit_pages(vec![first, second].try_into().unwrap()), (3, vec![]));
		assert_eq!(Telemetry::last_reading(3).unwrap().registers, registers(1, 2));
		System::assert_last_event(
			Event::ReadingsSubmitted {
				carrier: CARRIER,
				accepted: 3,
				refused: Default::default(),
			}
			.into(),
		);
	});
}

#[test]
fn submit_should_skip_bad_readings_and_name_them_when_the_rest_is_good() {
	one_site().site(1, BOB).site(70, BOB).build_and_execute(|| {
		let mut forged = signed(reading(1, 999, 5, 5));
		forged.import_wh = 6;
		let first = page(
			0,
			vec![signed(reading(9, 999, 0, 0)), forged, signed(reading(0, 999, 1, 1))],
		);
		let second = page(
			1,
			vec![signed(reading(70, 1_000, 1, 1)), signed(reading(70, 999, 1, 1))],
		);
		let refused = vec![
			(0, Refusal::UnknownDevice),
			(1, Refusal::BadSignature),
			(3, Refusal::Future),
		];
		assert_eq!(submit_pages(vec![first, second].try_into().unwrap()), (2, refused));
	});
}

#[test]
fn submit_should_refuse_reserved_quality_bits_and_slots_beyond_the_page() {
	one_site().build_and_execute(|| {
		let reserved = reading(0, 999, 0, 0);
		assert_eq!(
			submit_one(gridtokenx_primitives::Reading {
				quality: Quality(16),
				..reserved
			}),
			Err(Refusal::Malformed)
		);
		let mut beyond = signed(reserved);
		beyond.slot = PAGE_SIZE as u8;
		let pages = vec![page(0, vec![beyond])].try_into().unwrap();
		assert_eq!(submit_pages(pages), (0, vec![(0, Refusal::Malformed)]));
	});
}

#[test]
fn submit_should_refuse_a_page_that_does_not_follow_the_one_before() {
	one_site().site(64, BOB).build_and_execute(|| {
		let (low, high) = (signed(reading(0, 999, 0, 0)), signed(reading(64, 999, 0, 0)));
		let again = signed(reading(64, 998, 0, 0));
		let pages = vec![page(1, vec![high]), page(0, vec![low]), page(1, vec![again])];
		let refused = vec![(1, Refusal::Malformed), (2, Refusal::Malformed)];
		assert_eq!(submit_pages(pages.try_into().unwrap()), (1, refused));
	});
}

#[test]
fn submit_should_refuse_a_second_reading_of_the_same_interval_in_one_batch() {
	one_site().build_and_execute(|| {
		let readings = [reading(0, 999, 0, 0), reading(0, 998, 0, 0), reading(0, 999, 0, 0)];
		assert_eq!(submit(&readings), (2, vec![(2, Refusal::Duplicate)]));
	});
}

#[test]
fn submit_should_refuse_devices_that_are_unknown_or_inactive() {
	one_site().build_and_execute(|| {
		assert_eq!(submit_one(reading(1, 999, 0, 0)), Err(Refusal::UnknownDevice));
		assert_eq!(submit_one(reading(6_400, 999, 0, 0)), Err(Refusal::UnknownDevice));
		change_meter(0, |meter| meter.active = false);
		assert_eq!(submit_one(reading(0, 999, 0, 0)), Err(Refusal::Inactive));
	});
}

#[test]
fn submit_should_refuse_another_epoch_than_the_present_one() {
	one_site().build_and_execute(|| {
		let other = gridtokenx_primitives::Reading {
			epoch: 1,
			..reading(0, 999, 0, 0)
		};
		assert_eq!(submit_one(other), Err(Refusal::WrongEpoch));
		change_meter(0, |meter| meter.epoch = 1);
		assert_eq!(submit_one(reading(0, 999, 0, 0)), Err(Refusal::WrongEpoch));
		assert_eq!(
			submit_one(other),
			Err(Refusal::BadSignature),
			"the key is still that of epoch 0"
		);
	});
}

#[test]
fn submit_should_refuse_a_signature_over_anything_else() {
	one_site().build_and_execute(|| {
		let honest = signed(reading(0, 999, 10, 10));
		let changes: [fn(&mut gridtokenx_primitives::PagedReading); 6] = [
			|it| it.import_wh += 1,
			|it| it.export_wh += 1,
			|it| it.interval -= 1,
			|it| it.quality = Quality(Quality::RESTARTED),
			|it| it.power_w = 0,
			|it| it.signature[0] ^= 1,
		];
		for change in changes {
			let mut forged = honest;
			change(&mut forged);
			let pages = vec![page(0, vec![forged])].try_into().unwrap();
			assert_eq!(submit_pages(pages), (0, vec![(0, Refusal::BadSignature)]));
		}
		let pages = vec![page(0, vec![honest])].try_into().unwrap();
		assert_eq!(submit_pages(pages), (1, vec![]));
	});
}

#[test]
fn submit_should_refuse_an_interval_that_is_not_over() {
	one_site().build_and_execute(|| {
		assert_eq!(submit_one(reading(0, START, 0, 0)), Err(Refusal::Future));
		run_to(START + 1);
		assert_ok!(submit_one(reading(0, START, 0, 0)));
	});
}

#[test]
fn submit_should_refuse_a_replay() {
	one_site().build_and_execute(|| {
		run_to(START + 1);
		let (baseline, next) = (reading(0, 999, 0, 0), reading(0, 1_000, 5, 0));
		assert_eq!(submit(&[baseline, next]), (2, vec![]));
		assert_eq!(
			submit(&[baseline, next]),
			(0, vec![(0, Refusal::Stale), (1, Refusal::Stale)])
		);
		run_to(START + 2);
		assert_eq!(
			submit(&[baseline, next]),
			(0, vec![(0, Refusal::Stale), (1, Refusal::Stale)])
		);
	});
}

#[test]
fn submit_should_call_other_registers_for_a_known_interval_conflicting_when_they_are_signed() {
	one_site().build_and_execute(|| {
		run_to(START + 1);
		assert_eq!(submit(&[reading(0, 999, 0, 0), reading(0, 1_000, 5, 0)]), (2, vec![]));
		assert_eq!(submit_one(reading(0, 1_000, 6, 0)), Err(Refusal::Conflicting));
		assert_eq!(
			submit_one(reading(0, 999, 1, 0)),
			Err(Refusal::Conflicting),
			"the anchor too"
		);
		let mut forged = signed(reading(0, 1_000, 7, 0));
		forged.signature = [1; 64];
		let pages = vec![page(0, vec![forged])].try_into().unwrap();
		assert_eq!(submit_pages(pages), (0, vec![(0, Refusal::BadSignature)]));
	});
}

#[test]
fn submit_should_check_registers_against_both_neighbours() {
	one_site().build_and_execute(|| {
		run_to(START + 6);
		assert_eq!(
			submit(&[reading(0, 1_000, 100, 100), reading(0, 1_005, 200, 200)]),
			(2, vec![])
		);
		assert_eq!(
			submit_one(reading(0, 1_002, 99, 150)),
			Err(Refusal::Backwards),
			"behind the earlier one"
		);
		assert_eq!(
			submit_one(reading(0, 1_002, 150, 201)),
			Err(Refusal::Backwards),
			"before the later one"
		);
		assert_ok!(submit_one(reading(0, 1_002, 150, 150)));
	});
}

#[test]
fn submit_should_refuse_more_than_the_rating_allows() {
	one_site().build_and_execute(|| {
		run_to(START + 2);
		assert_ok!(submit_one(reading(0, 1_000, 0, 0)));
		assert_eq!(submit_one(reading(0, 1_001, 2_627, 0)), Err(Refusal::Implausible));
		assert_eq!(submit_one(reading(0, 1_001, 0, 2_627)), Err(Refusal::Implausible));
		assert_ok!(submit_one(reading(0, 1_001, 2_626, 2_626)));
	});
}

#[test]
fn submit_should_refuse_registers_beyond_their_modulus() {
	one_site().build_and_execute(|| {
		change_meter(0, |meter| meter.modulus_wh = 1_000_000);
		assert_eq!(submit_one(reading(0, 999, 1_000_000, 0)), Err(Refusal::Implausible));
		assert_ok!(submit_one(reading(0, 999, 999_999, 0)));
	});
}

#[test]
fn submit_should_hold_back_what_lies_too_far_beyond_measuring() {
	one_site().build_and_execute(|| {
		// An outage: no block in between, so nothing is measured.
		block_in(START + 200, frame_support::weights::Weight::zero());
		assert_eq!(submit_one(reading(0, 999 + BACKLOG + 1, 0, 0)), Err(Refusal::Ahead));
		assert_ok!(submit_one(reading(0, 999 + BACKLOG, 0, 0)));
	});
}

#[test]
fn submit_should_fail_when_the_caller_is_no_active_carrier() {
	one_site().build_and_execute(|| {
		let pages = batch(&[reading(0, 999, 0, 0)]);
		let origin = RuntimeOrigin::signed(STRANGER);
		assert_noop!(Telemetry::submit_readings(origin, pages), Error::<Test>::NotActive);
	});
}

#[test]
fn submit_own_should_take_only_the_callers_devices() {
	one_site().site(1, BOB).build_and_execute(|| {
		let pages = batch(&[reading(0, 999, 0, 0), reading(1, 999, 0, 0)]);
		assert_ok!(Telemetry::submit_own_readings(RuntimeOrigin::signed(ALICE), pages));
		let refused = vec![(1, Refusal::NotOwned)].try_into().unwrap();
		System::assert_last_event(
			Event::OwnReadingsSubmitted {
				owner: ALICE,
				accepted: 1,
				refused,
			}
			.into(),
		);
		assert!(Telemetry::wants(1, 999) && !Telemetry::wants(0, 999));
	});
}

#[test]
fn submit_should_refuse_everything_as_future_when_no_block_has_known_the_time() {
	one_site().build().execute_with(|| {
		System::set_block_number(1);
		assert_eq!(submit_one(reading(0, 999, 0, 0)), Err(Refusal::Future));
	});
}

#[test]
fn wants_should_say_what_the_chain_lacks() {
	one_site().build_and_execute(|| {
		assert!(Telemetry::wants(0, 999) && !Telemetry::wants(0, START));
		assert_ok!(submit_one(reading(0, 999, 0, 0)));
		assert!(!Telemetry::wants(0, 999) && !Telemetry::wants(0, 998));
	});
}
