//! The invariants notice what they are there for.

use crate::{mock::*, types::ClassKey, Certificates, Classes, Closing, Holding, Holdings, Overall, Positions, Pruned};
use frame_support::{assert_ok, storage::with_transaction};
use gridtokenx_primitives::Source;
use sp_runtime::{DispatchError, TransactionOutcome, TryRuntimeError};

/// The invariant that a deed breaks; the deed is undone.
#[track_caller]
fn assert_breaks(number: &str, deed: impl FnOnce()) {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 50, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::consume(RuntimeOrigin::signed(ALICE), solar(), ZONE, 20));
		check();
		let broken = with_transaction(|| {
			deed();
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(EnergyAssets::do_try_state()))
		});
		Exported::mutate(|exported| exported.insert((T, ZONE, Source::Solar), 500));
		let Ok(Err(TryRuntimeError::Other(message))) = broken else {
			panic!("nothing was noticed: {broken:?}")
		};
		assert!(message.starts_with(number), "{message}");
	});
}

fn key() -> ClassKey {
	solar().into()
}

#[test]
fn invariants_should_notice_credits_from_nowhere() {
	assert_breaks("1:", || {
		Holdings::<Test>::insert((T, BOB, ZONE, key()), Holding { free: 1, held: 0 });
	});
	assert_breaks("1:", || {
		let other = ClassKey {
			source: Source::Hydro,
			..key()
		};
		Holdings::<Test>::insert((T, BOB, ZONE, other), Holding { free: 1, held: 0 });
	});
}

#[test]
fn invariants_should_notice_credits_that_vanish() {
	assert_breaks("1:", || Holdings::<Test>::remove((T, ALICE, ZONE, key())));
	assert_breaks("1:", || Classes::<Test>::remove(T, (ZONE, Source::Solar)));
}

#[test]
fn invariants_should_notice_an_empty_holding() {
	assert_breaks("2:", || {
		Holdings::<Test>::insert((T, BOB, ZONE, key()), Holding::default())
	});
}

#[test]
fn invariants_should_notice_totals_that_do_not_add_up() {
	assert_breaks("3:", || Overall::<Test>::mutate(|overall| overall.expired += 1));
	assert_breaks("3:", || Pruned::<Test>::mutate(|pruned| pruned.issued += 1));
}

#[test]
fn invariants_should_notice_import_covered_twice() {
	assert_breaks("4:", || {
		Positions::<Test>::mutate((T, ALICE, ZONE), |position| position.as_mut().unwrap().import_wh = 19)
	});
	assert_breaks("4:", || Positions::<Test>::remove((T, ALICE, ZONE)));
}

#[test]
fn invariants_should_notice_more_credits_than_export() {
	assert_breaks("5:", || {
		Exported::mutate(|exported| *exported.entry((T, ZONE, Source::Solar)).or_default() = 499)
	});
}

#[test]
fn invariants_should_notice_a_certificate_for_nothing() {
	assert_breaks("6:", || {
		Certificates::<Test>::mutate(|certificates| certificates.wh += 1)
	});
	assert_breaks("6:", || {
		Certificates::<Test>::mutate(|certificates| certificates.count += 1)
	});
}

#[test]
fn invariants_should_notice_closing_of_what_is_open() {
	assert_breaks("7:", || Closing::<Test>::insert(T, crate::Progress::default()));
}
