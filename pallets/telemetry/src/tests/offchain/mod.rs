//! Validators that pull readings from a hub and carry them.

mod layout;
mod outside;
mod turns;

use crate::{mock::*, offchain::MORTALITY, types::Refusal};
use codec::{Encode, MaxEncodedLen};
use frame_support::assert_ok;
use gridtokenx_primitives::{
	hub::{ReadingBatch, ACCESS_KEY},
	reading::Page,
	SignedReading,
};
use outside::*;
use sp_core::offchain::HttpRequestStatus;
use sp_runtime::offchain::{
	storage::StorageValueRef,
	storage_lock::{StorageLock, Time},
};

/// Two meters on one page and one on another.
fn village() -> ExtBuilder {
	ExtBuilder::default().site(0, ALICE).site(3, ALICE).site(70, BOB)
}

/// A reading of each meter of the village, at the latest interval that is due.
fn due() -> Vec<SignedReading> {
	[0, 3, 70]
		.map(|device| signed_reading(reading(device, DUE, 100, 10)))
		.into()
}

fn pages_of(sent: Vec<Sent>) -> Vec<Page> {
	let [(CARRIER, 0, pages)] = &sent[..] else {
		panic!("one batch by the carrier: {sent:?}")
	};
	pages.clone()
}

fn mine_blocks(count: u64) {
	System::set_block_number(System::block_number() + count);
}

#[test]
fn readings_should_be_pulled_and_submitted_when_nobody_has_brought_them() {
	with_hub(village(), |outside| {
		let mut offered = due();
		offered.reverse();
		outside.offer(&offered);
		let pages = pages_of(outside.work());
		let expected = [0, 3, 70].map(|device| reading(device, DUE, 100, 10));
		assert_eq!(pages, batch(&expected).into_inner());
		assert_eq!(submit_pages(pages.try_into().unwrap()), (3, vec![]));
	});
}

#[test]
fn nothing_should_be_submitted_when_the_state_has_it() {
	with_hub(village(), |outside| {
		submit(&[0, 3, 70].map(|device| reading(device, DUE, 100, 10)));
		outside.offer(&due());
		assert_eq!(outside.work(), []);
	});
}

#[test]
fn nothing_should_be_submitted_when_it_is_younger_than_two_intervals() {
	with_hub(village(), |outside| {
		let young = [DUE + 1, NOW, NOW + 1, u32::MAX].map(|interval| signed_reading(reading(0, interval, 100, 10)));
		outside.offer(&young);
		assert_eq!(outside.work(), []);
		// An interval later, the first of them is due.
		run_to(NOW + 1);
		outside.offer(&young);
		assert_eq!(pages_of(outside.work())[0].readings.len(), 1);
	});
}

#[test]
fn what_a_carrier_answers_for_should_be_left_out() {
	with_hub(village(), |outside| {
		let mut forged = signed_reading(reading(0, DUE, 100, 10));
		forged.reading.export_wh += 1_000;
		let mut signed_by_another = signed_reading(reading(70, DUE, 100, 10));
		signed_by_another.signature = signed_reading(reading(3, DUE, 100, 10)).signature;
		let mut reserved_bit = reading(3, DUE - 1, 90, 10);
		reserved_bit.quality.0 = 16;
		let mut wrong_epoch = reading(0, DUE - 1, 90, 10);
		wrong_epoch.epoch = 1;
		let good = signed_reading(reading(3, DUE, 100, 10));
		outside.offer(&[
			forged,
			signed_by_another,
			signed_reading(reserved_bit),
			signed_reading(wrong_epoch),
			signed_reading(reading(5, DUE, 100, 10)),
			good,
			good,
		]);
		let pages = pages_of(outside.work());
		assert_eq!(pages, [page(0, vec![good.reading.paged(good.signature)])]);
		assert_eq!(submit_pages(pages.try_into().unwrap()), (1, vec![]));
	});
}

#[test]
fn reading_should_be_submitted_when_only_the_chain_can_say_that_it_is_implausible() {
	with_hub(village(), |outside| {
		change_meter(3, |meter| meter.modulus_wh = 1_000_000);
		submit(&[reading(0, DUE - 1, 100, 10)]);
		let beyond_rating = signed_reading(reading(0, DUE, 1_000_000, 10));
		let beyond_modulus = signed_reading(reading(3, DUE, 1_000_001, 10));
		outside.offer(&[beyond_rating, beyond_modulus]);
		let pages = pages_of(outside.work());
		let refused = vec![(0, Refusal::Implausible), (1, Refusal::Implausible)];
		assert_eq!(submit_pages(pages.try_into().unwrap()), (0, refused));
		assert_eq!(SlashedFunds::get(), 0);
	});
}

#[test]
fn nothing_should_be_submitted_when_the_answer_is_malformed() {
	let batch = |next: u64, readings: Vec<SignedReading>| (next, readings).encode();
	let mut cut_off = batch(3, due());
	cut_off.pop();
	let mut continued = batch(3, due());
	continued.push(0);
	let too_many = batch(1_025, vec![due()[0]; 1_025]);
	let standing_still = batch(0, due());
	for answer in [vec![], b"[]".to_vec(), cut_off, continued, too_many, standing_still] {
		with_hub(village(), |outside| {
			outside.answer_bytes(0, &[], answer);
			assert_eq!(outside.work(), []);
			// It does no harm: the next block's worker asks again.
			mine_blocks(1);
			outside.offer(&due());
			assert_eq!(pages_of(outside.work()).len(), 2);
		});
	}
}

#[test]
fn nothing_should_be_submitted_when_the_answer_is_too_large() {
	with_hub(village(), |outside| {
		let mut answer = (3u64, due()).encode();
		answer.resize(ReadingBatch::max_encoded_len() + 1, 0);
		outside.answer_bytes(0, &[], answer);
		assert_eq!(outside.work(), []);
	});
}

#[test]
fn nothing_should_be_submitted_when_the_hub_is_slow_or_fails() {
	let statuses = [
		HttpRequestStatus::DeadlineReached,
		HttpRequestStatus::IoError,
		HttpRequestStatus::Invalid,
		HttpRequestStatus::Finished(401),
		HttpRequestStatus::Finished(503),
	];
	for status in statuses {
		with_failing_hub(village(), Some(status), |outside| {
			outside.answer(0, &due());
			assert_eq!(outside.work(), []);
		});
	}
}

#[test]
fn nothing_should_be_asked_when_there_is_no_hub_or_no_active_carrier() {
	// A request that is not expected is not answered, and that panics.
	with_hub(village(), |outside| {
		StorageValueRef::persistent(ACCESS_KEY).clear();
		assert_eq!(outside.work(), []);
	});
	with_hub(village(), |outside| {
		for keys in [vec![], vec![STRANGER]] {
			KeystoreAccounts::set(keys);
			assert_eq!(outside.work(), []);
		}
	});
	with_hub(village(), |outside| {
		assert_ok!(Telemetry::unbond_carrier(RuntimeOrigin::signed(OPERATOR), CARRIER));
		assert_eq!(outside.work(), []);
	});
}

#[test]
fn nothing_should_be_asked_when_another_worker_is_at_it_or_the_turn_ends() {
	with_hub(village(), |outside| {
		let mut lock = StorageLock::<Time>::new(b"gridtokenx/carrying");
		let held = lock.try_lock().ok();
		assert!(held.is_some());
		assert_eq!(outside.work(), []);
		drop(held);
		// The blocks of a turn are counted from 0, and this one is the first of its turn.
		assert_eq!(System::block_number(), 4);
		for block in [6, 7] {
			System::set_block_number(block);
			assert_eq!(outside.work(), []);
		}
		System::set_block_number(8);
		outside.offer(&due());
		assert_eq!(pages_of(outside.work()).len(), 2);
	});
}

#[test]
fn token_should_be_shown_to_the_hub_when_there_is_one() {
	with_hub(village(), |outside| {
		set_access(Some("s3cret"));
		outside.answer_bytes(
			0,
			&[("Authorization", "Bearer s3cret")],
			(0u64, Vec::<u8>::new()).encode(),
		);
		assert_eq!(outside.work(), []);
	});
}

#[test]
fn next_batch_should_wait_until_the_nonce_has_advanced() {
	with_hub(village(), |outside| {
		outside.offer(&due());
		assert_eq!(outside.work().len(), 1);
		mine_blocks(1);
		assert_eq!(outside.work(), []);
		System::inc_account_nonce(CARRIER);
		outside.offer(&due());
		let [(CARRIER, 1, _)] = outside.work()[..] else {
			panic!("the next nonce")
		};
	});
}

#[test]
fn next_batch_should_be_sent_when_the_one_before_was_lost() {
	with_hub(village(), |outside| {
		outside.offer(&due());
		assert_eq!(outside.work().len(), 1);
		mine_blocks(u64::from(MORTALITY) - 4);
		assert_eq!(outside.work(), []);
		mine_blocks(4);
		outside.offer(&due());
		assert_eq!(pages_of(outside.work()).len(), 2);
	});
}

#[test]
fn another_carrier_s_pages_should_be_left_alone_until_their_turn() {
	with_hub(village(), |outside| {
		assert_ok!(Telemetry::admit_carrier(RuntimeOrigin::root(), 21, OPERATOR, 64));
		assert_ok!(Telemetry::bond_carrier(RuntimeOrigin::signed(OPERATOR), 21, BOND));
		outside.offer(&due());
		let first = pages_of(outside.work());
		System::inc_account_nonce(CARRIER);
		mine_blocks(4);
		outside.offer(&due());
		let [(CARRIER, 1, second)] = &outside.work()[..] else {
			panic!("the next nonce")
		};
		let mut pages = [first[0].page, second[0].page];
		pages.sort_unstable();
		assert_eq!((first.len(), second.len(), pages), (1, 1, [0, 1]));
	});
}

#[test]
fn batch_should_keep_to_the_quota_and_the_rest_should_follow() {
	with_hub(village(), |outside| {
		assert_ok!(Telemetry::set_quota(RuntimeOrigin::root(), CARRIER, 2));
		outside.answer(0, &due());
		let first = pages_of(outside.work());
		assert_eq!(submit_pages(first.clone().try_into().unwrap()), (2, vec![]));
		System::inc_account_nonce(CARRIER);
		// The same readings are looked at again, for one of them was left.
		mine_blocks(1);
		outside.offer(&due());
		let [(CARRIER, 1, second)] = &outside.work()[..] else {
			panic!("the next nonce")
		};
		assert_eq!(submit_pages(second.clone().try_into().unwrap()), (1, vec![]));
	});
}

#[test]
fn worker_should_go_on_where_it_stopped_when_much_waits_that_is_not_due() {
	with_hub(village(), |outside| {
		let young = signed_reading(reading(0, NOW, 100, 10));
		(0..8).for_each(|after| outside.answer(after, &[young]));
		assert_eq!(outside.work(), []);
		mine_blocks(1);
		outside.answer(8, &due());
		outside.answer(11, &[]);
		assert_eq!(pages_of(outside.work()).len(), 2);
		// After the end it begins anew.
		System::inc_account_nonce(CARRIER);
		mine_blocks(3);
		outside.offer(&[]);
		assert_eq!(outside.work(), []);
	});
}
