//! Which public keys may be registered.

use crate::{
	check::{Key, Scheme},
	pure,
};
use curve25519_dalek::edwards::CompressedEdwardsY;

pub(crate) fn is_valid(scheme: Scheme, key: &[u8]) -> bool {
	match Key::parse(scheme, key) {
		Some(Key::Ed25519(key)) => is_canonical_and_of_prime_order(key),
		Some(Key::P256(key)) => pure::p256_key(key).is_some(),
		None => false,
	}
}

/// Verification by ZIP-215 takes any encoding of any point. A key of small order accepts one signature for every
/// message, and a second encoding of a key would be a second identity, so neither gets registered.
fn is_canonical_and_of_prime_order(key: &[u8; 32]) -> bool {
	let encoded = CompressedEdwardsY(*key);
	encoded.decompress().is_some_and(|point| {
		// The identity is torsion-free too: it is told apart by its order. The first condition refuses nothing that the
		// others let pass (on this curve no point of prime order has a second encoding), but is what a reader looks for.
		point.compress() == encoded && !point.is_small_order() && point.is_torsion_free()
	})
}
