//! What the host does with a batch: chunks on all cores, each chunk's Ed25519 signatures in one equation.

use crate::{
	check::{Key, WellFormed},
	pure, wire,
};
use ed25519_zebra::{batch::Verifier, Signature};
use rand::{
	rngs::{OsRng, StdRng},
	RngCore, SeedableRng,
};
use rayon::prelude::*;
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

/// Checks in a chunk. A bad signature costs its own chunk the batch's saving, and no other.
const CHUNK: usize = 64;

/// Fewest Ed25519 signatures for which the shared equation is faster than single checks.
const MIN_BATCH: usize = 2;

/// Check the signatures in `wire`, and write their verdicts into `bitmap`.
pub(crate) fn verify(wire: &[u8], bitmap: &mut [u8]) {
	let room = bitmap.len().saturating_mul(8);
	let checks: Vec<_> = wire::decode(wire).take(room).collect();
	let verdicts: Vec<bool> = checks.par_chunks(CHUNK).flat_map_iter(verify_chunk).collect();
	wire::pack(&verdicts, bitmap);
}

fn verify_chunk(checks: &[Option<WellFormed>]) -> Vec<bool> {
	let batch_holds = ed25519_batch_holds(checks);
	let verdict = |check: &WellFormed| match check.key {
		Key::Ed25519(key) => batch_holds || pure::ed25519(key, check.message, check.signature),
		Key::P256(key) => p256(key, check.message, check.signature),
	};
	checks.iter().map(|check| check.as_ref().is_some_and(verdict)).collect()
}

/// Whether all Ed25519 signatures among `checks` are valid. `false` decides nothing: then each is checked by itself.
fn ed25519_batch_holds(checks: &[Option<WellFormed>]) -> bool {
	let mut batch = Verifier::new();
	let mut queued = 0;
	for check in checks.iter().flatten() {
		if let Key::Ed25519(key) = check.key {
			batch.queue(((*key).into(), Signature::from_bytes(check.signature), check.message));
			queued += 1;
		}
	}
	queued >= MIN_BATCH && coefficients().is_some_and(|rng| batch.verify(rng).is_ok())
}

/// A generator of the batch equation's coefficients, seeded by the operating system for each chunk: who signs cannot
/// know them beforehand. `None` where the system has no randomness to give.
fn coefficients() -> Option<StdRng> {
	let mut seed = <StdRng as SeedableRng>::Seed::default();
	OsRng.try_fill_bytes(&mut seed).ok()?;
	Some(StdRng::from_seed(seed))
}

fn p256(key: &[u8; 64], message: &[u8], signature: &[u8; 64]) -> bool {
	/// SEC 1's tag of an uncompressed point.
	const UNCOMPRESSED: u8 = 4;
	let mut point = [UNCOMPRESSED; 65];
	point[1..].copy_from_slice(key);
	UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
		.verify(message, signature)
		.is_ok()
}
