use crate::{mock::*, Error, Event, Overall};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Credits, Source};
use sp_runtime::DispatchError::BadOrigin;

fn bob() -> RuntimeOrigin {
	RuntimeOrigin::signed(BOB)
}

/// Alice exports 500 Wh; Bob imports 300 Wh and has got all of them.
fn bob_has_alices() {
	assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
	assert_ok!(settle(T, &BOB, ZONE, 300, &[]));
	assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (&BOB, ZONE), 500));
}

#[test]
fn consume_should_cover_metered_import() {
	ExtBuilder.build_and_execute(|| {
		bob_has_alices();
		assert_ok!(EnergyAssets::consume(bob(), solar(), ZONE, 120));
		assert_eq!(
			events(),
			[Event::Consumed {
				class: solar(),
				delivery_zone: ZONE,
				account: BOB,
				wh: 120
			}]
		);
		assert_eq!(EnergyAssets::uncovered_import(T, &BOB, ZONE), Some(180));
		assert_eq!(balance(solar(), &BOB, ZONE), (380, 0));
		assert_eq!(Overall::<Test>::get().consumed, 120);
		assert_eq!(Overall::<Test>::get().outstanding(), 380);
	});
}

#[test]
fn consume_should_be_refused_when_the_import_is_covered() {
	ExtBuilder.build_and_execute(|| {
		bob_has_alices();
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 301),
			Error::<Test>::ImportCovered
		);
		assert_ok!(EnergyAssets::consume(bob(), solar(), ZONE, 300));
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 1),
			Error::<Test>::ImportCovered
		);
	});
}

#[test]
fn consume_should_be_refused_when_import_and_credits_are_in_different_zones() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(settle(T, &BOB, FAR, 300, &[]));
		assert_ok!(EnergyAssets::transfer(
			RuntimeOrigin::signed(ALICE),
			solar(),
			ZONE,
			BOB,
			500
		));
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 100),
			Error::<Test>::NotSettled
		);
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), FAR, 100),
			Error::<Test>::InsufficientCredits
		);
	});
}

#[test]
fn consume_should_be_refused_when_it_makes_no_sense() {
	ExtBuilder.build_and_execute(|| {
		bob_has_alices();
		assert_noop!(
			EnergyAssets::consume(RuntimeOrigin::none(), solar(), ZONE, 1),
			BadOrigin
		);
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 0),
			Error::<Test>::NothingToMove
		);
		assert_ok!(EnergyAssets::hold(solar(), &BOB, ZONE, 450));
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 51),
			Error::<Test>::InsufficientCredits
		);
		EnergyAssets::close(T);
		assert_noop!(
			EnergyAssets::consume(bob(), solar(), ZONE, 1),
			Error::<Test>::IntervalClosed
		);
	});
}
