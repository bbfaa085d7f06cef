//! The corners of Ed25519 that ZIP-215 settles: points of small order, second encodings, torsion, malleated scalars.

use crate::reading::{assert_agreement, assert_verdicts, Reading};
use curve25519_dalek::{
	constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION},
	edwards::CompressedEdwardsY,
	EdwardsPoint, Scalar,
};
use ed25519_zebra::{Signature, VerificationKey};
use gridtokenx_meter_crypto::{host, pure, Scheme};
use p256::{elliptic_curve::bigint::ArrayEncoding, U256};
use std::collections::BTreeSet;

const SIGN_BIT: u8 = 0x80;

/// Encodings of y from p to 2^255 - 1, each with both signs: second encodings of y = 0 to 18.
fn unreduced_encodings() -> Vec<[u8; 32]> {
	let with_both_signs = |low: u8| {
		let mut plain = [0xFF; 32];
		plain[0] = low;
		plain[31] = !SIGN_BIT;
		let mut signed = plain;
		signed[31] |= SIGN_BIT;
		[plain, signed]
	};
	(0xED..=0xFF).flat_map(with_both_signs).collect()
}

/// Every encoding that decodes to a point of order 1, 2, 4 or 8.
fn small_order_encodings() -> Vec<[u8; 32]> {
	let canonical = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes());
	// Where x = 0, the sign bit names the same point again.
	let with_sign = EIGHT_TORSION.iter().map(|point| {
		let mut bytes = point.compress().to_bytes();
		bytes[31] |= SIGN_BIT;
		bytes
	});
	let is_small_order = |bytes: &[u8; 32]| {
		CompressedEdwardsY(*bytes)
			.decompress()
			.is_some_and(|p| p.is_small_order())
	};
	canonical
		.chain(with_sign)
		.chain(unreduced_encodings())
		.filter(is_small_order)
		.collect::<BTreeSet<_>>()
		.into_iter()
		.collect()
}

fn reading(key: [u8; 32], r: [u8; 32], s: [u8; 32], message: &[u8]) -> Reading {
	let mut signature = [0; 64];
	signature[..32].copy_from_slice(&r);
	signature[32..].copy_from_slice(&s);
	Reading {
		scheme: Scheme::Ed25519,
		key: key.to_vec(),
		message: message.to_vec(),
		signature,
	}
}

/// A valid signature whose key and R carry the small-order points `key_torsion` and `r_torsion`.
fn signed_with_torsion(key_torsion: EdwardsPoint, r_torsion: EdwardsPoint, message: &[u8]) -> Reading {
	let (secret, nonce) = (Scalar::from(1_234_567_u64), Scalar::from(7_654_321_u64));
	let key = (ED25519_BASEPOINT_POINT * secret + key_torsion).compress().to_bytes();
	let r = (ED25519_BASEPOINT_POINT * nonce + r_torsion).compress().to_bytes();
	let s = nonce + challenge(&r, &key, message) * secret;
	reading(key, r, s.to_bytes(), message)
}

/// SHA-512(R ‖ A ‖ message) modulo the group's order.
fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
	let input = [&r[..], key, message].concat();
	let digest = ring::digest::digest(&ring::digest::SHA512, &input);
	Scalar::from_bytes_mod_order_wide(digest.as_ref().try_into().expect("SHA-512 has 64 bytes"))
}

/// The order of the group, L, little-endian.
fn order() -> [u8; 32] {
	let mut order = (-Scalar::ONE).to_bytes();
	order[0] += 1;
	order
}

#[test]
fn small_order_points_should_have_fourteen_encodings() {
	assert_eq!(small_order_encodings().len(), 14);
}

#[test]
fn signature_should_be_valid_when_key_and_r_are_of_small_order_and_s_is_zero() {
	let encodings = small_order_encodings();
	let matrix = encodings
		.iter()
		.flat_map(|key| encodings.iter().map(move |r| (*key, *r)));
	let readings: Vec<_> = matrix.map(|(key, r)| reading(key, r, [0; 32], b"Zcash")).collect();
	assert_eq!(readings.len(), 196);
	assert_verdicts(&readings, &[true; 196]);
}

#[test]
fn signature_should_be_refused_when_key_and_r_are_of_small_order_and_s_is_not_zero() {
	let encodings = small_order_encodings();
	let one = Scalar::ONE.to_bytes();
	let readings: Vec<_> = encodings
		.iter()
		.flat_map(|key| {
			encodings
				.iter()
				.flat_map(move |r| [one, order()].map(|s| reading(*key, *r, s, b"Zcash")))
		})
		.collect();
	assert_verdicts(&readings, &vec![false; readings.len()]);
}

#[test]
fn signature_should_be_valid_when_key_or_r_carry_torsion() {
	let torsion = || EIGHT_TORSION.iter().copied();
	let readings: Vec<_> = torsion()
		.flat_map(|key| torsion().map(move |r| signed_with_torsion(key, r, b"register")))
		.collect();
	assert_verdicts(&readings, &[true; 64]);
}

#[test]
fn batch_should_name_the_forged_one_when_the_others_carry_torsion() {
	let mut readings: Vec<_> = EIGHT_TORSION
		.iter()
		.map(|point| signed_with_torsion(*point, EIGHT_TORSION[3], b"register"))
		.collect();
	readings[5].message = b"forged".to_vec();
	assert_verdicts(&readings, &[true, true, true, true, true, false, true, true]);
}

#[test]
fn signature_should_be_refused_when_s_is_a_multiple_of_the_order() {
	// Each of them is 0 once reduced, and 0 itself is valid here.
	let order = U256::from_le_slice(&order());
	let small_order = EIGHT_TORSION[1].compress().to_bytes();
	let readings: Vec<_> = (0..16_u64)
		.map(|factor| U256::from_u64(factor).wrapping_mul(&order).to_le_byte_array().into())
		.map(|s| reading(small_order, small_order, s, b"register"))
		.collect();
	let mut expected = [false; 16];
	expected[0] = true;
	assert_verdicts(&readings, &expected);
}

#[test]
fn unreduced_encodings_should_get_one_verdict_from_every_path_and_from_the_reference() {
	let encodings = unreduced_encodings();
	assert_eq!(encodings.len(), 38);
	let honest = Reading::signed(Scheme::Ed25519, 1, b"register");
	let s: [u8; 32] = honest.signature[32..].try_into().expect("32 bytes");
	let honest_key: [u8; 32] = honest.key.clone().try_into().expect("32 bytes");
	let readings: Vec<_> = encodings
		.iter()
		.flat_map(|encoding| {
			[
				reading(*encoding, *encoding, [0; 32], b"register"),
				reading(*encoding, honest_key, s, b"register"),
				reading(honest_key, *encoding, s, b"register"),
			]
		})
		.collect();
	assert_agreement(&readings);
	for reading in &readings {
		let reference = VerificationKey::try_from(&reading.key[..]).is_ok_and(|key| {
			key.verify(&Signature::from_bytes(&reading.signature), &reading.message)
				.is_ok()
		});
		assert_eq!(host::verify(&reading.check()), reference);
	}
}

#[test]
fn key_should_be_unfit_when_of_small_order() {
	for encoding in small_order_encodings() {
		assert!(!host::is_valid_key(Scheme::Ed25519, &encoding));
		assert!(!pure::is_valid_key(Scheme::Ed25519, &encoding));
	}
}

#[test]
fn key_should_be_unfit_when_it_carries_torsion() {
	for (index, torsion) in EIGHT_TORSION.iter().enumerate() {
		let key = (ED25519_BASEPOINT_POINT * Scalar::from(99_u8) + torsion)
			.compress()
			.to_bytes();
		// The first is the identity: no torsion.
		assert_eq!(host::is_valid_key(Scheme::Ed25519, &key), index == 0);
		assert_eq!(pure::is_valid_key(Scheme::Ed25519, &key), index == 0);
	}
}

#[test]
fn key_should_be_unfit_when_its_encoding_is_not_canonical() {
	for encoding in unreduced_encodings() {
		assert!(!host::is_valid_key(Scheme::Ed25519, &encoding));
		assert!(!pure::is_valid_key(Scheme::Ed25519, &encoding));
	}
}
