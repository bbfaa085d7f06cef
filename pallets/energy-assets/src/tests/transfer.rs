use crate::{mock::*, Error, Event, Holdings};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Credits, Source};
use sp_runtime::DispatchError::BadOrigin;

fn alice() -> RuntimeOrigin {
	RuntimeOrigin::signed(ALICE)
}

#[test]
fn transfer_should_move_credits_within_their_delivery_zone() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 200));
		let (from, to) = (ALICE, BOB);
		assert_eq!(
			events(),
			[Event::Transferred {
				class: solar(),
				delivery_zone: ZONE,
				from,
				to,
				wh: 200
			}]
		);
		assert_eq!(
			(balance(solar(), &ALICE, ZONE), balance(solar(), &BOB, ZONE)),
			((300, 0), (200, 0))
		);
		// There are none in any other zone.
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), FAR, BOB, 200),
			Error::<Test>::InsufficientCredits
		);
	});
}

#[test]
fn transfer_should_leave_no_holding_behind_when_all_is_sent() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 5)]));
		// Less than the minimum, but all that there is.
		assert_ok!(EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 5));
		assert_eq!(Holdings::<Test>::iter().count(), 1);
	});
}

#[test]
fn transfer_should_be_refused_when_it_would_scatter_credits() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 99),
			Error::<Test>::BelowMinimum
		);
		// All that is free is not all when some is held.
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 450));
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 50),
			Error::<Test>::BelowMinimum
		);
	});
}

#[test]
fn transfer_should_be_refused_when_the_receiver_has_too_many_holdings() {
	ExtBuilder.build_and_execute(|| {
		let sources = [Source::Solar, Source::Wind, Source::Hydro, Source::Biomass];
		assert_ok!(settle(T, &ALICE, ZONE, 0, &sources.map(|source| (source, 500))));
		for source in &sources[..3] {
			assert_ok!(EnergyAssets::transfer(alice(), class(ZONE, *source), ZONE, BOB, 100));
		}
		let fourth = class(ZONE, Source::Biomass);
		assert_noop!(
			EnergyAssets::transfer(alice(), fourth, ZONE, BOB, 100),
			Error::<Test>::TooManyHoldings
		);
		// More of what the receiver has is welcome, and so is what the market delivers.
		assert_ok!(EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 100));
		assert_ok!(EnergyAssets::deliver_free(fourth, (&ALICE, ZONE), (&BOB, ZONE), 100));
	});
}

#[test]
fn transfer_should_be_refused_when_it_makes_no_sense() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_noop!(
			EnergyAssets::transfer(RuntimeOrigin::root(), solar(), ZONE, BOB, 100),
			BadOrigin
		);
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 0),
			Error::<Test>::NothingToMove
		);
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, ALICE, 100),
			Error::<Test>::SelfTransfer
		);
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 501),
			Error::<Test>::InsufficientCredits
		);
		EnergyAssets::close(T);
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 100),
			Error::<Test>::IntervalClosed
		);
	});
}

#[test]
fn transfer_should_be_refused_when_the_credits_are_held() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 300));
		assert_noop!(
			EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 201),
			Error::<Test>::InsufficientCredits
		);
		assert_ok!(EnergyAssets::transfer(alice(), solar(), ZONE, BOB, 200));
	});
}
