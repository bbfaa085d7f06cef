use crate::{mock::*, types::Class, Classes, Error, Overall, Residual, Residuals, Tally};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Credits, Source, Wh};

#[test]
fn settle_should_issue_what_was_exported_and_record_what_was_imported() {
	ExtBuilder.build_and_execute(|| {
		assert_eq!(EnergyAssets::uncovered_import(T, &ALICE, ZONE), None);
		assert_ok!(settle(
			T,
			&ALICE,
			ZONE,
			70,
			&[(Source::Solar, 500), (Source::Estimated, 20)]
		));
		assert_eq!(EnergyAssets::uncovered_import(T, &ALICE, ZONE), Some(70));
		assert_eq!(balance(solar(), &ALICE, ZONE), (500, 0));
		assert_eq!(balance(class(ZONE, Source::Estimated), &ALICE, ZONE), (20, 0));
		assert_eq!(EnergyAssets::total(T, &ALICE, ZONE), 520);
		assert_eq!(
			Overall::<Test>::get(),
			Tally {
				issued: 520,
				..Default::default()
			}
		);
	});
}

#[test]
fn settle_should_count_the_issuers_of_a_class() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
		assert_ok!(settle(T, &BOB, ZONE, 0, &[(Source::Solar, 6)]));
		assert_ok!(settle(T, &CAROL, ZONE, 0, &[(Source::Solar, 0)]));
		let tally = Tally {
			issued: 11,
			..Default::default()
		};
		assert_eq!(
			Classes::<Test>::get(T, (ZONE, Source::Solar)),
			Class { tally, issuers: 2 }
		);
	});
}

#[test]
fn settle_should_issue_once_for_an_account_in_a_zone_and_interval() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
		assert_noop!(
			settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 5)]),
			Error::<Test>::AlreadySettled
		);
		// Nothing exported is settled all the same.
		assert_ok!(settle(T, &BOB, ZONE, 0, &[]));
		assert_noop!(
			settle(T, &BOB, ZONE, 0, &[(Source::Solar, 5)]),
			Error::<Test>::AlreadySettled
		);
		assert_ok!(settle(T, &ALICE, FAR, 0, &[(Source::Solar, 5)]));
		assert_ok!(settle(T + 1, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
	});
}

#[test]
fn settle_should_be_refused_for_ever_when_the_interval_is_closed() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
		EnergyAssets::close(T);
		assert_noop!(
			settle(T, &BOB, ZONE, 0, &[(Source::Solar, 5)]),
			Error::<Test>::IntervalClosed
		);
		next_block(frame_support::weights::Weight::MAX, Default::default());
		// Nothing is left of it, and still it can't be issued again.
		for account in [ALICE, BOB] {
			assert_noop!(
				settle(T, &account, ZONE, 0, &[(Source::Solar, 5)]),
				Error::<Test>::IntervalClosed
			);
		}
		// An older one that waited is open, though.
		assert_ok!(settle(T - 1, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
	});
}

#[test]
fn settle_should_be_refused_when_a_class_would_overflow() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, Wh::MAX - 5)]));
		assert_noop!(settle(T, &BOB, ZONE, 0, &[(Source::Solar, 6)]), Error::<Test>::Overflow);
		assert_ok!(settle(T, &BOB, ZONE, 0, &[(Source::Solar, 5)]));
		let twice = [(Source::Wind, Wh::MAX), (Source::Wind, 1)];
		assert_noop!(settle(T, &CAROL, ZONE, 0, &twice), Error::<Test>::Overflow);
	});
}

#[test]
fn late_energy_should_be_billed_and_issue_nothing() {
	ExtBuilder.build_and_execute(|| {
		EnergyAssets::record_late(&ALICE, ZONE, 3, 4);
		EnergyAssets::record_late(&ALICE, ZONE, 30, 40);
		EnergyAssets::record_late(&BOB, ZONE, 0, 0);
		assert_eq!(
			Residuals::<Test>::get(&ALICE, ZONE),
			Residual {
				supply_wh: 33,
				feed_in_wh: 44
			}
		);
		assert_eq!(Residuals::<Test>::iter().count(), 1);
		assert_eq!(Overall::<Test>::get(), Tally::default());
	});
}
