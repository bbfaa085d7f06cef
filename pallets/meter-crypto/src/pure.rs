//! The pure path: single checks in Rust alone, without a host.
//!
//! It runs inside wasm under the feature `pure`, and says what the host has to answer: tests compare the two.

use crate::check::{Check, Key, Scheme, WellFormed};
use alloc::vec::Vec;
use ed25519_zebra::VerificationKey;
use p256::ecdsa::{signature::Verifier, Signature, VerifyingKey};

/// Check every signature by itself. See [`verify_each`](crate::verify_each).
pub fn verify_each(checks: &[Check]) -> Vec<bool> {
	checks.iter().map(verify).collect()
}

/// Check one signature. See [`verify`](crate::verify).
pub fn verify(check: &Check) -> bool {
	WellFormed::parse(check).is_some_and(
		|WellFormed {
		     key,
		     message,
		     signature,
		 }| match key {
			Key::Ed25519(key) => ed25519(key, message, signature),
			Key::P256(key) => p256(key, message, signature),
		},
	)
}

/// Whether `key` may be registered. See [`is_valid_key`](crate::is_valid_key).
pub fn is_valid_key(scheme: Scheme, key: &[u8]) -> bool {
	crate::keys::is_valid(scheme, key)
}

/// A single check by ZIP-215 rules.
pub(crate) fn ed25519(key: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
	let signature = ed25519_zebra::Signature::from_bytes(signature);
	VerificationKey::try_from(*key).is_ok_and(|key| key.verify(&signature, message).is_ok())
}

fn p256(key: &[u8; 64], message: &[u8], signature: &[u8; 64]) -> bool {
	let Ok(signature) = Signature::from_slice(signature) else {
		return false;
	};
	p256_key(key).is_some_and(|key| key.verify(message, &signature).is_ok())
}

/// The point x‖y, where both coordinates are reduced and it lies on the curve. x‖y cannot express infinity.
pub(crate) fn p256_key(key: &[u8; 64]) -> Option<VerifyingKey> {
	let point = p256::EncodedPoint::from_untagged_bytes(&(*key).into());
	VerifyingKey::from_encoded_point(&point).ok()
}
