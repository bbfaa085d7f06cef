//! The vectors of Project Wycheproof, and where ZIP-215 takes what a strict reading of RFC 8032 refuses.
//!
//! The two rules differ in two ways, on signatures that only whoever holds the secret key can make:
//!
//! * the key or R carries a point of small order, or is one: the strict equation lacks the factor 8,
//! * the key or R is written in a second way: with a y that is not reduced, or with a sign where x is 0.
//!
//! What [`is_valid_key`](host::is_valid_key) lets register leaves of each the half that concerns R. Wycheproof has one vector on
//! which they differ ([`SECOND_WAY`]); every other verdict is as it says.

use crate::reading::{assert_verdicts, Reading};
use ::wycheproof::{ecdsa, eddsa, TestResult};
use curve25519_dalek::{
	constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
	EdwardsPoint, Scalar,
};
use gridtokenx_meter_crypto::{host, pure, Scheme};
use ring::signature::{UnparsedPublicKey, ED25519};

/// The Ed25519 vector whose R is the identity with a sign: valid by ZIP-215, as the identity is written in full.
const SECOND_WAY: usize = 151;

/// A vector that the chain can express, and what Wycheproof says of it.
type Case = (Reading, bool);

/// Signatures that have other than 64 bytes can't even be asked about. Wycheproof refuses all of those.
fn case(scheme: Scheme, key: &[u8], message: &[u8], signature: &[u8], result: TestResult) -> Option<Case> {
	assert_ne!(result, TestResult::Acceptable, "these sets leave nothing open");
	let valid = result == TestResult::Valid;
	let Ok(signature) = signature.try_into() else {
		assert!(!valid, "a signature of {} bytes", signature.len());
		return None;
	};
	let (key, message) = (key.to_vec(), message.to_vec());
	let reading = Reading {
		scheme,
		key,
		message,
		signature,
	};
	Some((reading, valid))
}

fn ed25519_cases() -> Vec<Case> {
	let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("the vectors are part of the crate");
	let cases = set.test_groups.iter().flat_map(|group| {
		group.tests.iter().filter_map(|test| {
			let (reading, valid) = case(Scheme::Ed25519, &group.key.pk, &test.msg, &test.sig, test.result)?;
			assert!(!(valid && test.tc_id == SECOND_WAY));
			Some((reading, valid || test.tc_id == SECOND_WAY))
		})
	});
	cases.collect()
}

fn p256_cases() -> Vec<Case> {
	let name = ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
	let set = ecdsa::TestSet::load(name).expect("the vectors are part of the crate");
	let cases = set.test_groups.iter().flat_map(|group| {
		// SEC 1: the tag of an uncompressed point, then x‖y.
		let (tag, key) = group.key.key.split_first().expect("a key");
		assert_eq!(*tag, 4);
		group
			.tests
			.iter()
			.filter_map(|test| case(Scheme::P256, key, &test.msg, &test.sig, test.result))
	});
	cases.collect()
}

/// Every path gives the expected verdicts, for each vector alone and for all of them together.
#[track_caller]
fn assert_cases(cases: Vec<Case>) {
	let (readings, expected): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
	assert_verdicts(&readings, &expected);
}

#[test]
fn verdict_should_be_that_of_wycheproof_when_the_scheme_is_ed25519() {
	let cases = ed25519_cases();
	let valid = cases.iter().filter(|(_, valid)| *valid).count();
	assert_eq!((valid, cases.len()), (89, 139));
	assert_cases(cases);
}

#[test]
fn verdict_should_be_that_of_wycheproof_when_the_scheme_is_p256() {
	let cases = p256_cases();
	let valid = cases.iter().filter(|(_, valid)| *valid).count();
	assert_eq!((valid, cases.len()), (173, 241));
	assert_cases(cases);
}

#[test]
fn verdict_should_be_that_of_wycheproof_when_schemes_are_mixed_in_a_batch() {
	let (mut ed25519, mut p256) = (ed25519_cases(), p256_cases());
	p256.reverse();
	let mut mixed = Vec::new();
	while !(ed25519.is_empty() && p256.is_empty()) {
		mixed.extend(ed25519.pop());
		mixed.extend(p256.pop());
	}
	assert_cases(mixed);
}

#[test]
fn verdict_should_be_that_of_wycheproof_when_only_valid_ed25519_share_a_batch() {
	// Here the shared equation holds and answers; above, a bad neighbour makes most chunks fall back to single checks.
	let valid = ed25519_cases().into_iter().filter(|(_, valid)| *valid);
	assert_cases(valid.collect());
}

/// `ring` checks strictly: R is compared as bytes with s·B - k·A.
fn is_strictly_valid(reading: &Reading) -> bool {
	UnparsedPublicKey::new(&ED25519, &reading.key)
		.verify(&reading.message, &reading.signature)
		.is_ok()
}

/// Signed with the equation of ZIP-215 by a key and an R that carry these points.
fn signed_with(key_torsion: EdwardsPoint, r_torsion: EdwardsPoint) -> Reading {
	let (secret, nonce, message) = (Scalar::from(31_u8), Scalar::from(37_u8), b"register");
	let key = (ED25519_BASEPOINT_POINT * secret + key_torsion).compress().to_bytes();
	let r = (ED25519_BASEPOINT_POINT * nonce + r_torsion).compress().to_bytes();
	let s = nonce + challenge(&r, &key, message) * secret;
	ed25519(key, r, s, message)
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
	let digest = ring::digest::digest(&ring::digest::SHA512, &[&r[..], key, message].concat());
	Scalar::from_bytes_mod_order_wide(digest.as_ref().try_into().expect("SHA-512 has 64 bytes"))
}

fn ed25519(key: [u8; 32], r: [u8; 32], s: Scalar, message: &[u8]) -> Reading {
	Reading {
		scheme: Scheme::Ed25519,
		key: key.to_vec(),
		message: message.to_vec(),
		signature: [r, s.to_bytes()].concat().try_into().expect("64 bytes"),
	}
}

/// y = p + 1: the identity, of order 1, with a y that is not reduced.
fn unreduced_identity() -> [u8; 32] {
	let mut bytes = [0xFF; 32];
	(bytes[0], bytes[31]) = (0xEE, 0x7F);
	bytes
}

#[test]
fn rules_should_differ_on_one_vector_of_wycheproof() {
	let cases = ed25519_cases();
	let differ: Vec<_> = cases
		.iter()
		.filter(|(reading, valid)| is_strictly_valid(reading) != *valid)
		.collect();
	let [(reading, true)] = differ[..] else {
		panic!("{differ:?}")
	};
	let mut signed_identity = EdwardsPoint::default().compress().to_bytes();
	signed_identity[31] |= 0x80;
	assert_eq!(reading.signature[..32], signed_identity);
}

#[test]
fn rules_should_differ_when_r_carries_a_point_of_small_order() {
	for (order, torsion) in EIGHT_TORSION.iter().enumerate() {
		let reading = signed_with(EdwardsPoint::default(), *torsion);
		assert!(
			pure::is_valid_key(Scheme::Ed25519, &reading.key),
			"it may be registered"
		);
		assert_verdicts(std::slice::from_ref(&reading), &[true]);
		// The first is the identity: no torsion, no difference.
		assert_eq!(is_strictly_valid(&reading), order == 0);
	}
}

#[test]
fn rules_should_differ_when_the_key_carries_a_point_of_small_order_and_none_such_be_registered() {
	for torsion in &EIGHT_TORSION[1..] {
		let reading = signed_with(*torsion, EdwardsPoint::default());
		assert_verdicts(std::slice::from_ref(&reading), &[true]);
		// The strict equation holds where k happens to be a multiple of the point's order.
		let k = challenge(
			reading.signature[..32].try_into().expect("32 bytes"),
			reading.key[..].try_into().expect("32 bytes"),
			&reading.message,
		);
		let vanishes = torsion * k == EdwardsPoint::default();
		assert_eq!(is_strictly_valid(&reading), vanishes);
		assert!(!host::is_valid_key(Scheme::Ed25519, &reading.key));
	}
}

#[test]
fn rules_should_differ_when_r_is_written_with_an_unreduced_y() {
	// With R the identity, s = k·a: a signature that gives its secret away, and so nobody's but the holder's.
	let secret = Scalar::from(31_u8);
	let key = (ED25519_BASEPOINT_POINT * secret).compress().to_bytes();
	let signed = |r: [u8; 32]| ed25519(key, r, challenge(&r, &key, b"register") * secret, b"register");
	let plain = signed(EdwardsPoint::default().compress().to_bytes());
	let unreduced = signed(unreduced_identity());
	assert!(host::is_valid_key(Scheme::Ed25519, &key), "it may be registered");
	assert_verdicts(&[plain.clone(), unreduced.clone()], &[true, true]);
	assert!(is_strictly_valid(&plain) && !is_strictly_valid(&unreduced));
}

#[test]
fn rules_should_agree_when_whoever_signs_does_not_hold_the_key() {
	// Another's R and s under a registered key, whatever R carries: no rule takes it.
	let victim = Reading::signed(Scheme::Ed25519, 9, b"register");
	let forged: Vec<_> = EIGHT_TORSION
		.iter()
		.map(|torsion| Reading {
			key: victim.key.clone(),
			..signed_with(EdwardsPoint::default(), *torsion)
		})
		.collect();
	assert_verdicts(&forged, &[false; 8]);
	assert!(!forged.iter().any(is_strictly_valid));
}
