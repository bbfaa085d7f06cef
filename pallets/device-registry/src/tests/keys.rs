//! Rotation of keys: with the old key at once, without it through a registrar.

use super::*;
use crate::{KeyHashes, MAX_FORMER_KEYS};

#[test]
fn rotation_should_count_at_once_when_both_keys_signed() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), p256(2));
		let device = meter(old.clone()).active();
		events();
		assert_ok!(rotate(device, Some(&old), &new));
		let rotated = Event::KeyRotated {
			device,
			epoch: 1,
			old_key_hash: old.public().hash(),
			new_key_hash: new.public().hash(),
			old_key_signed: true,
		};
		assert_eq!(events(), vec![rotated]);
		let seen = Registry::device(device).unwrap();
		assert_eq!((seen.key, seen.epoch), (new.public(), 1));
		assert_eq!(standing(device), Standing::Active);
		assert_eq!(limits(&ALICE, 1).sites, 1);
		assert_eq!(Told::get(), vec![Lifecycle::Rotated(device, 1)]);
		assert_eq!(KeyHashes::<Test>::get(old.public().hash()), None, "the old key is free");
	});
}

#[test]
fn rotation_should_wait_for_a_registrar_when_the_old_key_is_lost() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(rotate(device, None, &ed25519(2)));
		assert_eq!(standing(device), Standing::Pending);
		assert_eq!(limits(&ALICE, 1), Limits::default());
		assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
		assert_noop!(Registry::resume(signed(UTILITY), device), Error::<Test>::NotSuspended);
		assert_ok!(attest_site(device));
		assert_eq!(limits(&ALICE, 1).sites, 1);
	});
}

#[test]
fn attestation_should_be_refused_when_the_key_or_the_meter_is_not_the_one_that_was_seen() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		let attest = |epoch| {
			let solar = Some(Source::Solar);
			Registry::attest(signed(UTILITY), device, epoch, 1, 17_250, 10_000, solar).map_err(|refused| refused.error)
		};
		// The owner hurries a key of its own in while the registrar's call is on its way.
		assert_ok!(rotate(device, None, &ed25519(2)));
		assert_noop!(attest(0), Error::<Test>::EpochChanged);
		assert_noop!(attest(2), Error::<Test>::EpochChanged);
		assert_ok!(attest(1));
		assert_eq!(standing(device), Standing::Active);
	});
}

#[test]
fn rotation_should_not_lift_a_suspension() {
	ExtBuilder::default().build_and_execute(|| {
		let old = ed25519(1);
		let device = meter(old.clone()).active();
		assert_ok!(Registry::suspend(signed(UTILITY), device));
		assert_ok!(rotate(device, Some(&old), &ed25519(2)));
		assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Registrar));
	});
}

#[test]
fn rotation_should_be_refused_when_a_signature_is_not_the_devices() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), ed25519(2));
		let device = meter(old.clone()).active();
		let message = rotation(device, &new, START, registers(0, 0), 0);
		let rotate_key = |interval, old: Option<Signature>, signature| {
			Registry::rotate_key(signed(ALICE), device, new.public(), interval, old, signature)
		};
		let refused = DispatchError::from(Error::<Test>::BadSignature);
		assert_noop!(rotate_key(START, Some(new.sign(&message)), new.sign(&message)), refused);
		assert_noop!(rotate_key(START, Some(old.sign(&message)), old.sign(&message)), refused);
		assert_noop!(
			rotate_key(START - 1, Some(old.sign(&message)), new.sign(&message)),
			refused
		);
		let swapped = rotation(device, &new, START, registers(0, 0), ROTATION_METER_SWAPPED);
		assert_noop!(rotate_key(START, None, new.sign(&swapped)), refused);
		let opened = rotation(device, &new, START, registers(1, 0), 0);
		assert_noop!(rotate_key(START, None, new.sign(&opened)), refused);
		assert_ok!(rotate_key(START, Some(old.sign(&message)), new.sign(&message)));
		// Signed for epoch 1: it can't be sent again.
		assert_noop!(rotate_key(START, None, new.sign(&message)), Error::<Test>::KeyInUse);
	});
}

#[test]
fn rotation_should_be_refused_when_it_is_not_recent() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), ed25519(2));
		let device = meter(old.clone()).active();
		let at = |interval| {
			let message = rotation(device, &new, interval, registers(0, 0), 0);
			let old = Some(old.sign(&message));
			Registry::rotate_key(signed(ALICE), device, new.public(), interval, old, new.sign(&message))
		};
		assert_noop!(at(START + 1), Error::<Test>::IntervalInFuture);
		assert_noop!(at(START - 97), Error::<Test>::IntervalTooOld);
		assert_ok!(at(START - 96));
	});
}

#[test]
fn rotation_should_be_refused_when_the_caller_is_not_the_owner() {
	ExtBuilder::default().build_and_execute(|| {
		let new = ed25519(2);
		let device = meter(ed25519(1)).active();
		let message = rotation(device, &new, START, registers(0, 0), 0);
		assert_noop!(
			Registry::rotate_key(signed(BOB), device, new.public(), START, None, new.sign(&message)),
			Error::<Test>::NotOwner
		);
	});
}

#[test]
fn rotation_should_be_refused_when_the_key_can_not_be_registered() {
	ExtBuilder::default().build_and_execute(|| {
		let (mine, others) = (ed25519(1), ed25519(2));
		let device = meter(mine.clone()).active();
		meter(others.clone()).of(BOB).pending();
		assert_noop!(rotate(device, Some(&mine), &others), Error::<Test>::KeyInUse);
		assert_noop!(rotate(device, Some(&mine), &mine), Error::<Test>::KeyInUse);
		assert_noop!(
			Registry::rotate_key(signed(ALICE), device, PublicKey::P256([9; 64]), START, None, [0; 64]),
			Error::<Test>::InvalidKey
		);
	});
}

#[test]
fn rotation_should_be_refused_when_too_many_keys_may_still_be_evidence() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		let changes = MAX_FORMER_KEYS as u8;
		for seed in 1..=changes {
			assert_ok!(rotate(device, Some(&ed25519(seed)), &ed25519(seed + 1)));
		}
		let (old, new) = (ed25519(changes + 1), ed25519(changes + 2));
		assert_noop!(rotate(device, Some(&old), &new), Error::<Test>::TooManyKeyChanges);
		run_to(START + 200);
		assert_noop!(rotate(device, Some(&old), &new), Error::<Test>::TooManyKeyChanges);
		run_to(START + 201);
		assert_ok!(rotate(device, Some(&old), &new));
		let record = Devices::<Test>::get(device).unwrap();
		assert_eq!(
			record.former_keys.len(),
			1,
			"those that are no evidence any more are forgotten"
		);
	});
}

#[test]
fn rotation_should_be_refused_when_the_epochs_are_used_up() {
	ExtBuilder::default().build().execute_with(|| {
		let old = ed25519(1);
		let device = meter(old.clone()).active();
		Devices::<Test>::mutate(device, |record| record.as_mut().unwrap().key.epoch = u16::MAX);
		let call = Registry::rotate_key(signed(ALICE), device, ed25519(2).public(), START, None, [0; 64]);
		assert_noop!(call, Error::<Test>::EpochsExhausted);
	});
}
