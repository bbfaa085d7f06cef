//! The corners of ECDSA over P-256, each built from the group's arithmetic.

use crate::reading::{assert_verdicts, p256_key, Reading};
use gridtokenx_meter_crypto::{host, pure, Scheme};
use p256::{
	ecdsa::VerifyingKey,
	elliptic_curve::{
		bigint::ArrayEncoding, ops::Reduce, point::AffineCoordinates, sec1::FromEncodedPoint, PrimeField,
	},
	AffinePoint, EncodedPoint, ProjectivePoint, Scalar, U256,
};

const MESSAGE: &[u8] = b"register";
/// The field's prime.
const P: U256 = U256::from_be_hex("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
/// The group's order.
const N: U256 = U256::from_be_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

/// SHA-256 of the message as a scalar.
fn z() -> Scalar {
	let digest = ring::digest::digest(&ring::digest::SHA256, MESSAGE);
	Scalar::reduce(U256::from_be_slice(digest.as_ref()))
}

fn x_of(point: ProjectivePoint) -> Scalar {
	<Scalar as Reduce<U256>>::reduce_bytes(&point.to_affine().x())
}

fn invert(scalar: Scalar) -> Scalar {
	Option::from(scalar.invert()).expect("not zero")
}

fn key(point: ProjectivePoint) -> Vec<u8> {
	p256_key(&VerifyingKey::from_affine(point.to_affine()).expect("not infinity"))
}

fn reading(key: Vec<u8>, r: [u8; 32], s: [u8; 32]) -> Reading {
	let signature = [r, s].concat().try_into().expect("64 bytes");
	Reading {
		scheme: Scheme::P256,
		key,
		message: MESSAGE.to_vec(),
		signature,
	}
}

fn with_scalars(key: ProjectivePoint, r: Scalar, s: Scalar) -> Reading {
	reading(self::key(key), r.to_repr().into(), s.to_repr().into())
}

/// The key under which (x of R, s) is valid: Q = (s·R - z·G) / r.
fn recover(point: ProjectivePoint, s: Scalar) -> Reading {
	let r = x_of(point);
	with_scalars((point * s - ProjectivePoint::GENERATOR * z()) * invert(r), r, s)
}

fn bytes(number: U256) -> [u8; 32] {
	number.to_be_byte_array().into()
}

/// The point with this x, where there is one.
fn lift(x: U256) -> Option<ProjectivePoint> {
	let compressed = EncodedPoint::from_bytes([&[2], &bytes(x)[..]].concat()).expect("a compressed point");
	Option::<AffinePoint>::from(AffinePoint::from_encoded_point(&compressed)).map(Into::into)
}

/// The numbers from `first` on that are the x of a point, with that point.
fn points_from(first: U256) -> impl Iterator<Item = (U256, ProjectivePoint)> {
	(0_u64..).filter_map(move |step| {
		let x = first.wrapping_add(&U256::from_u64(step));
		lift(x).map(|point| (x, point))
	})
}

#[test]
fn signature_should_be_refused_when_r_or_s_is_zero() {
	let good = Reading::signed(Scheme::P256, 4, MESSAGE);
	let (r, s) = good.signature.split_at(32);
	let (r, s): ([u8; 32], [u8; 32]) = (r.try_into().expect("32 bytes"), s.try_into().expect("32 bytes"));
	let with = |r, s| reading(good.key.clone(), r, s);
	assert_verdicts(
		&[with(r, s), with([0; 32], s), with(r, [0; 32]), with([0; 32], [0; 32])],
		&[true, false, false, false],
	);
}

#[test]
fn signature_should_be_refused_when_r_or_s_reaches_the_order() {
	let good = Reading::signed(Scheme::P256, 4, MESSAGE);
	let (r, s) = good.signature.split_at(32);
	let (r, s): ([u8; 32], [u8; 32]) = (r.try_into().expect("32 bytes"), s.try_into().expect("32 bytes"));
	let beyond = [N, N.wrapping_add(&U256::ONE), P, U256::MAX].map(bytes);
	let readings: Vec<_> = beyond
		.into_iter()
		.flat_map(|large| [(large, s), (r, large), (large, large)])
		.map(|(r, s)| reading(good.key.clone(), r, s))
		.collect();
	assert_verdicts(&readings, &[false; 12]);
}

#[test]
fn signature_should_be_refused_when_r_or_s_stands_for_the_same_scalar_plus_the_order() {
	// The first r small enough that r + n still fits 32 bytes.
	let (x, point) = points_from(U256::ONE).next().expect("half of all numbers are an x");
	let good = recover(point, Scalar::from(3_u64));
	let large_r = bytes(x.wrapping_add(&N));
	let large_s = bytes(U256::from_u64(3).wrapping_add(&N));
	let (r, s) = (bytes(x), bytes(U256::from_u64(3)));
	assert_verdicts(
		&[
			good.clone(),
			reading(good.key.clone(), large_r, s),
			reading(good.key.clone(), r, large_s),
		],
		&[true, false, false],
	);
}

#[test]
fn signature_should_be_valid_with_low_and_with_high_s() {
	let low = Reading::signed(Scheme::P256, 4, MESSAGE);
	let s: [u8; 32] = low.signature[32..].try_into().expect("32 bytes");
	let negated = -Option::<Scalar>::from(Scalar::from_repr(s.into())).expect("below the order");
	let mut high = low.clone();
	high.signature[32..].copy_from_slice(&negated.to_repr());
	assert_ne!(low.signature, high.signature);
	assert_verdicts(&[low, high], &[true, true]);
}

#[test]
fn signature_should_be_valid_when_s_is_smallest_or_largest() {
	let point = ProjectivePoint::GENERATOR * Scalar::from(77_u64);
	let readings = [Scalar::ONE, Scalar::from(2_u64), -Scalar::ONE].map(|s| recover(point, s));
	assert_verdicts(&readings, &[true; 3]);
}

#[test]
fn signature_should_be_valid_when_the_nonce_point_has_an_x_beyond_the_order() {
	// r is x reduced: x - n, a small number.
	let readings: Vec<_> = points_from(N)
		.take_while(|(x, _)| *x < P)
		.filter(|(x, _)| *x != N)
		.take(5)
		.map(|(_, point)| recover(point, Scalar::from(12_345_u64)))
		.collect();
	assert_eq!(readings.len(), 5);
	assert!(readings.iter().all(|reading| reading.signature[..16] == [0; 16]));
	assert_verdicts(&readings, &[true; 5]);
}

#[test]
fn signature_should_be_refused_when_r_is_the_unreduced_x_of_the_nonce_point() {
	let (x, point) = points_from(N.wrapping_add(&U256::ONE))
		.next()
		.expect("half of all numbers are an x");
	let good = recover(point, Scalar::from(12_345_u64));
	let mut unreduced = good.clone();
	unreduced.signature[..32].copy_from_slice(&bytes(x));
	assert_verdicts(&[good, unreduced], &[true, false]);
}

#[test]
fn signature_should_be_valid_when_both_summands_are_the_same_point() {
	// u1·G = u2·Q for Q = (z / r)·G: their sum is a doubling, and s = 2z / k makes it the nonce's point.
	let nonce = Scalar::from(31_337_u64);
	let r = x_of(ProjectivePoint::GENERATOR * nonce);
	let key = ProjectivePoint::GENERATOR * (z() * invert(r));
	let s = z().double() * invert(nonce);
	assert_verdicts(
		&[with_scalars(key, r, s), with_scalars(key, r, s + Scalar::ONE)],
		&[true, false],
	);
}

#[test]
fn signature_should_be_refused_when_the_summands_cancel() {
	// u1·G = -u2·Q for Q = -(z / r)·G: infinity, whatever s is.
	let r = x_of(ProjectivePoint::GENERATOR * Scalar::from(31_337_u64));
	let key = ProjectivePoint::GENERATOR * -(z() * invert(r));
	let readings: Vec<_> = (1..20_u64).map(|s| with_scalars(key, r, Scalar::from(s))).collect();
	assert_verdicts(&readings, &[false; 19]);
}

#[test]
fn signature_should_be_valid_when_the_key_is_the_generator_or_its_negative() {
	let sign = |secret: Scalar| {
		let nonce = Scalar::from(5_u64);
		let r = x_of(ProjectivePoint::GENERATOR * nonce);
		with_scalars(
			ProjectivePoint::GENERATOR * secret,
			r,
			(z() + r * secret) * invert(nonce),
		)
	};
	assert_verdicts(
		&[sign(Scalar::ONE), sign(-Scalar::ONE), sign(Scalar::from(2_u64))],
		&[true; 3],
	);
}

/// Keys that name no point, each with a signature that is fine under the key they were made from.
fn broken_keys() -> Vec<Reading> {
	let good = Reading::signed(Scheme::P256, 4, MESSAGE);
	// A point whose x is small enough that x + p still fits 32 bytes.
	let (x, point) = points_from(U256::ONE).next().expect("half of all numbers are an x");
	let small_x = recover(point, Scalar::from(3_u64));
	let small_x = Reading {
		key: key(point),
		..small_x
	};
	let mut unreduced_x = small_x.clone();
	unreduced_x.key[..32].copy_from_slice(&bytes(x.wrapping_add(&P)));

	let altered = |alter: fn(&mut Vec<u8>)| {
		let mut reading = good.clone();
		alter(&mut reading.key);
		reading
	};
	vec![
		unreduced_x,
		altered(|key| key[63] ^= 1),
		altered(|key| key[0] ^= 1),
		altered(|key| key.fill(0)),
		altered(|key| key.fill(0xFF)),
		altered(|key| key[..32].copy_from_slice(&bytes(P))),
		altered(|key| key.rotate_left(32)),
		// SEC 1 encodings: infinity, compressed, uncompressed with its tag.
		altered(|key| *key = vec![0]),
		altered(|key| {
			key.truncate(32);
			key.insert(0, 2);
		}),
		altered(|key| key.insert(0, 4)),
	]
}

#[test]
fn signature_should_be_refused_when_the_key_is_no_point_of_the_curve() {
	let readings = broken_keys();
	assert_verdicts(&readings, &vec![false; readings.len()]);
}

#[test]
fn key_should_be_unfit_when_it_is_no_point_of_the_curve() {
	for reading in broken_keys() {
		assert!(!host::is_valid_key(Scheme::P256, &reading.key), "{:?}", reading.key);
		assert!(!pure::is_valid_key(Scheme::P256, &reading.key), "{:?}", reading.key);
	}
}
