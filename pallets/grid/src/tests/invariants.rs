//! The invariants notice what they are there for.

use crate::{
	mock::*,
	types::{Commitment, CommitmentPage},
	Commitments, IntervalSeconds, NextZone, Operators, Outage, Zones,
};
use frame_support::storage::with_transaction;
use sp_runtime::{DispatchError, TransactionOutcome, TryRuntimeError};

/// The invariant that a deed breaks; the deed is undone.
#[track_caller]
fn assert_breaks(number: &str, deed: impl FnOnce()) {
	ExtBuilder::default().build_and_execute(|| {
		let broken = with_transaction(|| {
			deed();
			TransactionOutcome::Rollback(Ok::<_, DispatchError>(Grid::do_try_state()))
		});
		let Ok(Err(TryRuntimeError::Other(message))) = broken else {
			panic!("nothing was noticed: {broken:?}")
		};
		assert!(message.starts_with(number), "{message}");
	});
}

/// Changes a zone without asking anybody.
fn tamper(zone: usize, change: impl FnOnce(&mut crate::Zone<AccountId>)) {
	Zones::<Test>::mutate(0, |page| change(page[zone].as_mut().unwrap()));
}

/// What the line above zone 1 has promised.
fn promise(page: u32, to_parent_wh: u64) {
	let none = Commitment::default();
	let promised = Commitment {
		to_parent_wh,
		from_parent_wh: 0,
	};
	Commitments::<Test>::insert(START, page, CommitmentPage::truncate_from(vec![none, promised]));
}

#[test]
fn invariants_should_notice_a_calendar_that_is_none() {
	assert_breaks("1:", || IntervalSeconds::<Test>::put(0));
}

#[test]
fn invariants_should_notice_a_tree_that_is_none() {
	assert_breaks("2:", || tamper(0, |zone| zone.line = Grid::zone(1).unwrap().line));
	assert_breaks("2:", || tamper(2, |zone| zone.line = None));
	assert_breaks("2:", || tamper(1, |zone| zone.line.as_mut().unwrap().parent = 3));
	assert_breaks("2:", || NextZone::<Test>::put(3));
	assert_breaks("2:", || NextZone::<Test>::put(101));
	assert_breaks("2:", || Zones::<Test>::insert(7, crate::types::ZonePage::default()));
}

#[test]
fn invariants_should_notice_a_history_out_of_order() {
	let outage = |from, until| Outage { from, until };
	assert_breaks("3:", || {
		tamper(1, |zone| {
			zone.outages = vec![outage(5, None), outage(9, None)].try_into().unwrap()
		})
	});
	assert_breaks("3:", || {
		tamper(1, |zone| {
			zone.outages = vec![outage(5, Some(9)), outage(8, None)].try_into().unwrap()
		})
	});
}

#[test]
fn invariants_should_notice_operators_miscounted() {
	assert_breaks("4:", || Operators::<Test>::insert(CITY, 1));
	assert_breaks("4:", || Operators::<Test>::insert(NOBODY, 1));
}

#[test]
fn invariants_should_notice_promises_that_cannot_be_kept() {
	assert_breaks("5:", || promise(0, 10_001));
	// No zone has index 65.
	assert_breaks("5:", || promise(1, 1));
}
