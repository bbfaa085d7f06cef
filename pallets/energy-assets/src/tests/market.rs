//! What the market does with credits.

use crate::{mock::*, Error, Holdings};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{ClassId, Credits, Source};

#[test]
fn hold_should_set_free_credits_aside_and_release_give_them_back() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 400));
		assert_eq!(balance(solar(), &ALICE, ZONE), (100, 400));
		assert_eq!(EnergyAssets::free(T, &ALICE, ZONE), [(solar(), 100)]);
		assert_eq!(EnergyAssets::total(T, &ALICE, ZONE), 500);
		assert_noop!(
			EnergyAssets::hold(solar(), &ALICE, ZONE, 101),
			Error::<Test>::InsufficientCredits
		);
		assert_ok!(EnergyAssets::release(solar(), &ALICE, ZONE, 150));
		assert_noop!(
			EnergyAssets::release(solar(), &ALICE, ZONE, 251),
			Error::<Test>::InsufficientHeld
		);
		assert_eq!(balance(solar(), &ALICE, ZONE), (250, 250));
	});
}

#[test]
fn moving_nothing_should_change_nothing() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 0));
		assert_ok!(EnergyAssets::release(solar(), &ALICE, ZONE, 0));
		assert_ok!(EnergyAssets::deliver_held(solar(), (&ALICE, ZONE), (&BOB, FAR), 0));
		assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (&BOB, FAR), 0));
		assert_eq!(Holdings::<Test>::iter().count(), 0);
	});
}

#[test]
fn deliver_should_carry_credits_to_the_buyer_s_zone() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(settle(T, &BOB, FAR, 500, &[]));
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 300));
		assert_ok!(EnergyAssets::deliver_held(solar(), (&ALICE, ZONE), (&BOB, FAR), 300));
		assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (&BOB, FAR), 50));
		assert_eq!(balance(solar(), &ALICE, ZONE), (150, 0));
		assert_eq!(balance(solar(), &BOB, FAR), (350, 0));
		assert_ok!(EnergyAssets::consume(RuntimeOrigin::signed(BOB), solar(), FAR, 350));
	});
}

#[test]
fn deliver_should_be_refused_when_the_seller_has_not_that_much() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		let (seller, buyer) = ((&ALICE, ZONE), (&BOB, FAR));
		assert_noop!(
			EnergyAssets::deliver_held(solar(), seller, buyer, 1),
			Error::<Test>::InsufficientHeld
		);
		assert_noop!(
			EnergyAssets::deliver_free(solar(), seller, buyer, 501),
			Error::<Test>::InsufficientCredits
		);
	});
}

#[test]
fn market_should_be_refused_when_the_interval_is_closed() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 300));
		EnergyAssets::close(T);
		let (seller, buyer) = ((&ALICE, ZONE), (&BOB, FAR));
		assert_noop!(
			EnergyAssets::hold(solar(), &ALICE, ZONE, 1),
			Error::<Test>::IntervalClosed
		);
		assert_noop!(
			EnergyAssets::deliver_held(solar(), seller, buyer, 1),
			Error::<Test>::IntervalClosed
		);
		assert_noop!(
			EnergyAssets::deliver_free(solar(), seller, buyer, 1),
			Error::<Test>::IntervalClosed
		);
		// Giving back is always possible.
		assert_ok!(EnergyAssets::release(solar(), &ALICE, ZONE, 300));
	});
}

#[test]
fn free_should_list_credits_by_source_then_zone_of_origin() {
	ExtBuilder.build_and_execute(|| {
		// 256 comes before 1 where bytes are stored the other way round.
		let zones = [256, 1, 65_536, 2, FAR];
		for zone in zones {
			assert_ok!(settle(
				T,
				&ALICE,
				zone,
				0,
				&[(Source::Estimated, 10), (Source::Solar, 10), (Source::Wind, 10)]
			));
			for source in [Source::Wind, Source::Estimated, Source::Solar] {
				assert_ok!(EnergyAssets::deliver_free(
					class(zone, source),
					(&ALICE, zone),
					(&BOB, ZONE),
					10
				));
			}
		}
		let expected: Vec<_> = [Source::Solar, Source::Wind, Source::Estimated]
			.into_iter()
			.flat_map(|source| [1, 2, 256, FAR, 65_536].map(|zone| (class(zone, source), 10)))
			.collect();
		assert_eq!(EnergyAssets::free(T, &BOB, ZONE), expected);
	});
}

#[test]
fn credits_of_an_account_should_be_listed_for_an_interval() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 10)]));
		assert_ok!(settle(T, &ALICE, FAR, 0, &[(Source::Wind, 20)]));
		assert_ok!(settle(T + 1, &ALICE, ZONE, 0, &[(Source::Solar, 30)]));
		let mut credits = EnergyAssets::credits_of(T, &ALICE);
		credits.sort_by_key(|(class, ..)| *class);
		let expected: Vec<(ClassId, _, _)> = vec![(solar(), ZONE, 10), (class(FAR, Source::Wind), FAR, 20)];
		assert_eq!(
			credits
				.into_iter()
				.map(|(class, zone, has)| (class, zone, has.free))
				.collect::<Vec<_>>(),
			expected
		);
	});
}
