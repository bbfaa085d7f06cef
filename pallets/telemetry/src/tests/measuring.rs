//! When intervals are measured, with what weight, what comes out, and what is dropped.

use crate::{mock::*, Coverages, Cursor, Energies, Error, Event, Measuring, Positions, WeightInfo, ZoneFlows};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use gridtokenx_primitives::{Coverage, Metering, Source};

fn measured_through() -> Option<u32> {
	<Telemetry as Metering<u64>>::measured_through()
}

#[test]
fn measuring_should_begin_with_the_interval_of_the_first_block_that_knows_the_time() {
	ExtBuilder::default().build().execute_with(|| {
		Telemetry::on_poll(1, &mut frame_support::weights::WeightMeter::new());
		assert_eq!(Measuring::<Test>::get(), None);
		run_to(START);
		assert_eq!(Telemetry::progress().map(|it| (it.interval, it.page)), Some((START, 0)));
		assert_eq!(measured_through(), None);
	});
}

#[test]
fn interval_should_be_measured_grace_intervals_after_its_end() {
	ExtBuilder::default().grace(4).site(0, ALICE).build_and_execute(|| {
		run_to(START + 4);
		assert_eq!(measured_through(), None);
		run_to(START + 5);
		assert_eq!(measured_through(), Some(START));
	});
	ExtBuilder::default().grace(0).site(0, ALICE).build_and_execute(|| {
		run_to(START + 1);
		assert_eq!(measured_through(), Some(START));
	});
}

#[test]
fn event_should_count_connection_points_and_no_energy() {
	let sites = ExtBuilder::default()
		.site(0, ALICE)
		.site(1, ALICE)
		.site(2, BOB)
		.site(3, BOB)
		.site(64, BOB);
	sites.build_and_execute(|| {
		change_meter(3, |meter| meter.active = false);
		let baselines = [0, 1, 2].map(|device| reading(device, 999, 0, 0));
		assert_eq!(submit(&baselines), (3, vec![]));
		run_to(START + 1);
		let tampered = gridtokenx_primitives::Reading {
			quality: gridtokenx_primitives::Quality(gridtokenx_primitives::Quality::TAMPER),
			..reading(1, 1_000, 10, 0)
		};
		assert_eq!(submit(&[reading(0, 1_000, 10, 0), tampered]), (2, vec![]));
		run_to(START + 2);
		System::assert_has_event(
			Event::IntervalMeasured {
				interval: START,
				active: 4,
				read: 2,
				estimated: 0,
				unallocated: 1,
			}
			.into(),
		);
		assert_eq!(Telemetry::coverage(START), Coverage { active: 4, read: 2 });
	});
}

#[test]
fn positions_should_add_up_an_accounts_connection_points_in_a_zone() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(1, ALICE)
		.site(64, ALICE)
		.site(65, ALICE)
		.site(2, BOB)
		.build_and_execute(|| {
			change_meter(1, |meter| meter.source = Source::Wind);
			change_meter(65, |meter| meter.zone = 2);
			let all = [0, 1, 64, 65, 2];
			assert_eq!(submit(&all.map(|device| reading(device, 999, 0, 0))), (5, vec![]));
			run_to(START + 1);
			assert_eq!(
				submit(&[0, 1, 64, 65].map(|device| reading(device, 1_000, 10, 7))),
				(4, vec![])
			);
			run_to(START + 2);
			assert_eq!(Telemetry::exported(START, 1, Source::Solar), 14);
			assert_eq!(Telemetry::exported(START, 1, Source::Wind), 7);
			assert_eq!(Telemetry::exported(START, 2, Source::Solar), 7);
			assert_eq!(Telemetry::exported(START, 2, Source::Wind), 0);
			let mut other_zone = position(ALICE, 10, &[(Source::Solar, 7)], 0);
			other_zone.zone = 2;
			let expected = [
				position(ALICE, 30, &[(Source::Solar, 14), (Source::Wind, 7)], 0),
				other_zone,
				position(BOB, 0, &[], 1),
			];
			assert_eq!(positions(START), expected);
			assert_eq!(positions(START), [], "handed over once");
			assert_eq!(
				Telemetry::exported(START, 1, Source::Solar),
				14,
				"the sums stay for the window"
			);
		});
}

#[test]
fn estimated_export_should_be_a_source_of_its_own() {
	ExtBuilder::default().grace(2).site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 0, 0)));
		run_to(START + 2);
		assert_ok!(submit_one(reading(0, 1_001, 4, 6)));
		run_to(START + 4);
		assert_eq!(positions(START), [position(ALICE, 2, &[(Source::Estimated, 3)], 0)]);
		assert_eq!(Telemetry::exported(START, 1, Source::Estimated), 3);
		assert_eq!(Telemetry::exported(START, 1, Source::Solar), 0);
	});
}

#[test]
fn energy_should_belong_to_who_owned_the_device_in_the_interval() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 0, 0)));
		run_to(START + 1);
		assert_ok!(submit_one(reading(0, 1_000, 10, 0)));
		change_meter(0, |meter| meter.owner = BOB);
		Sales::set(vec![(0, ALICE, START + 1)]);
		run_to(START + 2);
		assert_ok!(submit_one(reading(0, 1_001, 15, 0)));
		run_to(START + 3);
		assert_eq!(positions(START), [position(ALICE, 10, &[], 0)]);
		assert_eq!(positions(START + 1), [position(BOB, 5, &[], 0)]);
	});
}

#[test]
fn nothing_should_be_handed_over_before_the_interval_is_measured() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(64, ALICE)
		.build_and_execute(|| {
			run_to(START + 1);
			// Weight for one page of two.
			let poll = <() as WeightInfo>::poll();
			block_in(START + 2, poll + Telemetry::worst_step());
			assert_eq!(Telemetry::progress().map(|it| (it.interval, it.page)), Some((START, 1)));
			assert_eq!(Positions::<Test>::iter().count(), 1);
			assert_eq!(positions(START), []);
			assert_eq!(measured_through(), None);
			run_to(START + 3);
			assert_eq!(positions(START), [position(ALICE, 0, &[], 2)]);
		});
}

#[test]
fn reading_should_count_as_late_when_only_its_page_has_been_measured() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(64, BOB)
		.build_and_execute(|| {
			assert_eq!(submit(&[reading(0, 999, 0, 0), reading(64, 999, 0, 0)]), (2, vec![]));
			run_to(START + 1);
			block_in(START + 2, <() as WeightInfo>::poll() + Telemetry::worst_step());
			assert_eq!(
				submit(&[reading(0, 1_000, 5, 0), reading(64, 1_000, 7, 0)]),
				(2, vec![])
			);
			run_to(START + 3);
			assert_eq!(take_late(), [(START, 5, 0)]);
			assert_eq!(positions(START), [position(ALICE, 0, &[], 1), position(BOB, 7, &[], 0)]);
		});
}

#[test]
fn poll_should_stay_within_the_service_weight() {
	ExtBuilder::default().site(64 * 1_000, ALICE).build_and_execute(|| {
		run_to(START + 1);
		NowMs::mutate(|now| *now += 900_000);
		let mut meter = frame_support::weights::WeightMeter::with_limit(Weight::MAX);
		Telemetry::on_poll(9, &mut meter);
		let service: Weight = ServiceWeight::get();
		assert!(meter.consumed().all_lte(service) && meter.consumed().ref_time() > service.ref_time() / 2);
		let pages = Telemetry::progress().unwrap().page;
		assert!(pages > 0 && pages < 1_001);
	});
}

#[test]
fn idle_should_go_on_where_poll_left_off() {
	ExtBuilder::default().site(64, ALICE).build_and_execute(|| {
		run_to(START + 1);
		block_in(START + 2, <() as WeightInfo>::poll() + Telemetry::worst_step());
		let used = Telemetry::on_idle(9, Weight::MAX);
		assert_eq!(measured_through(), Some(START));
		assert!(used.any_gt(Weight::zero()));
		assert_eq!(Telemetry::on_idle(9, Weight::zero()), Weight::zero());
	});
}

#[test]
fn nudge_should_measure_and_charge_for_its_steps() {
	ExtBuilder::default().site(64, ALICE).build_and_execute(|| {
		let nudge = |steps| Telemetry::nudge(RuntimeOrigin::signed(BOB), steps);
		assert_noop!(nudge(3), Error::<Test>::NothingToMeasure);
		run_to(START + 1);
		block_in(START + 2, Weight::zero());
		let one = nudge(1).unwrap().actual_weight.unwrap();
		assert_eq!(Telemetry::progress().unwrap().page, 1);
		let two = nudge(9).unwrap().actual_weight.unwrap();
		assert!(two.ref_time() > one.ref_time() && two.all_lte(Telemetry::worst_step().saturating_mul(9)));
		assert_eq!(measured_through(), Some(START));
	});
}

#[test]
fn oracles_should_have_the_grace_again_after_an_outage() {
	ExtBuilder::default().grace(2).site(0, ALICE).build_and_execute(|| {
		assert_ok!(submit_one(reading(0, 999, 0, 0)));
		block_in(START + 20, Weight::MAX);
		assert_eq!(measured_through(), None, "ten intervals are overdue");
		let kept: Vec<_> = (0..20)
			.map(|offset| reading(0, START + offset, u64::from(offset) * 3, 0))
			.collect();
		assert_eq!(submit(&kept), (20, vec![]));
		run_to(START + 21);
		assert_eq!(measured_through(), None);
		run_to(START + 22);
		assert_eq!(
			measured_through(),
			Some(START + 19),
			"interval by interval, from the stored cursor"
		);
		assert_eq!(energy(0, START + 15), exact(3, 0));
		assert_eq!(take_late(), []);
	});
}

#[test]
fn state_should_not_grow_with_time() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(64, BOB)
		.build_and_execute(|| {
			let mut sizes = Vec::new();
			for round in 0..60u32 {
				run_to(START + round);
				let wh = u64::from(round);
				assert_eq!(
					submit(&[
						reading(0, START + round - 1, wh, 0),
						reading(64, START + round - 1, wh, wh)
					]),
					(2, vec![])
				);
				let keys = sp_io::storage::next_key(&[]).into_iter();
				let mut count = 0;
				let mut key = keys.last();
				while let Some(next) = key {
					count +=
						usize::from(next.starts_with(&frame_support::storage::storage_prefix(b"Telemetry", b"")[..16]));
					key = sp_io::storage::next_key(&next);
				}
				sizes.push(count);
			}
			let full = sizes[30];
			assert!(full > 30, "the window is full");
			assert!(sizes[30..].iter().all(|size| *size == full), "{sizes:?}");
			assert_eq!(energy(0, START + 57), exact(1, 0));
			assert_eq!(energy(0, START + 40), None, "beyond the window");
			assert_eq!(Energies::<Test>::iter().count(), 2 * 12);
			assert_eq!(ZoneFlows::<Test>::iter().count(), 12);
			assert_eq!(Coverages::<Test>::iter().count(), 12);
		});
}

#[test]
fn page_should_be_measured_when_it_appears_while_the_interval_is_measured() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		run_to(START + 1);
		block_in(START + 2, <() as WeightInfo>::poll() + Telemetry::worst_step());
		set_meter(64, Some(site(64, BOB)));
		assert_eq!(
			submit(&[reading(64, START, 0, 0), reading(64, START + 1, 5, 0)]),
			(2, vec![])
		);
		run_to(START + 3);
		assert_eq!(energy(64, START + 1), exact(5, 0));
	});
}

#[test]
fn measuring_should_not_stop_when_there_are_no_devices() {
	ExtBuilder::default().build_and_execute(|| {
		run_to(START + 5);
		assert_eq!(measured_through(), Some(START + 3));
		let Cursor { interval, .. } = Telemetry::progress().unwrap();
		assert_eq!(interval, START + 4);
	});
}

#[test]
fn registers_should_go_into_pages_of_eight_kibibytes() {
	Telemetry::integrity_test();
	let limit: Weight = ServiceWeight::get();
	assert!(Telemetry::worst_step().all_lte(limit));
}
