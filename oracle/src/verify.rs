//! Meter signatures: Ed25519 many at once, ECDSA P-256 one by one.

use crate::reading::SignedReading;
use ed25519_zebra::batch::{Item, Verifier};
use gridtokenx_primitives::{GenesisHash, PublicKey};
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

/// Signatures under one batch equation. Beyond about a thousand a larger batch gains little.
const BATCH: usize = 1024;
/// At and below this size single checks find the bad signatures faster than halving further.
const SINGLES: usize = 8;

/// A reading and the key it has to be signed with.
pub struct Check<'a> {
	/// The reading and its signature.
	pub signed: &'a SignedReading,
	/// The registered key of its device.
	pub key: &'a PublicKey,
}

/// Whether each reading is signed by its key for the chain with this genesis hash. A verdict depends on its own check alone.
pub fn verify(genesis: &GenesisHash, checks: &[Check]) -> Vec<bool> {
	let mut verdicts = vec![false; checks.len()];
	let mut ed25519 = Vec::new();
	for (index, check) in checks.iter().enumerate() {
		let message = check.signed.reading.message(genesis);
		let signature = &check.signed.signature;
		match check.key {
			PublicKey::Ed25519(key) => {
				ed25519.push((index, Item::from(((*key).into(), (*signature).into(), &message))))
			}
			PublicKey::P256(key) => verdicts[index] = p256(key, &message, signature),
		}
	}
	for chunk in ed25519.chunks(BATCH) {
		verify_halving(chunk, &mut verdicts);
	}
	verdicts
}

/// Halves a batch that does not hold until the bad signatures stand alone: one bad one among a thousand costs a few batches, not
/// a thousand single checks.
fn verify_halving(items: &[(usize, Item)], verdicts: &mut [bool]) {
	if items.len() <= SINGLES {
		for (index, item) in items {
			verdicts[*index] = item.clone().verify_single().is_ok();
		}
		return;
	}
	let mut verifier = Verifier::new();
	items.iter().for_each(|(_, item)| verifier.queue(item.clone()));
	if verifier.verify(rand::thread_rng()).is_ok() {
		items.iter().for_each(|(index, _)| verdicts[*index] = true);
	} else {
		let (left, right) = items.split_at(items.len() / 2);
		verify_halving(left, verdicts);
		verify_halving(right, verdicts);
	}
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

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{meter::MeterKey, testing};
	use proptest::prelude::*;

	#[test]
	fn signature_should_hold_when_it_is_a_golden_vector() {
		let vectors = testing::golden_readings();
		assert_eq!(vectors.len(), 4);
		for (key, signed) in vectors {
			assert_eq!(
				verify(
					&testing::GENESIS,
					&[Check {
						signed: &signed,
						key: &key
					}]
				),
				[true]
			);
		}
	}

	#[test]
	fn signature_should_fail_when_any_field_differs_or_the_chain_is_another() {
		for (key, signed) in testing::golden_readings() {
			let mut forged = [signed; 8];
			forged[0].reading.device ^= 1;
			forged[1].reading.epoch ^= 1;
			forged[2].reading.interval ^= 1;
			forged[3].reading.import_wh ^= 1;
			forged[4].reading.export_wh ^= 1;
			forged[5].reading.quality.0 ^= 1;
			forged[6].reading.power_w ^= 1;
			forged[7].signature[0] ^= 1;
			let checks: Vec<_> = forged.iter().map(|signed| Check { signed, key: &key }).collect();
			assert_eq!(verify(&testing::GENESIS, &checks), [false; 8]);
			assert_eq!(
				verify(
					&[0; 32],
					&[Check {
						signed: &signed,
						key: &key
					}]
				),
				[false]
			);
		}
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(16))]

		#[test]
		fn verdict_should_be_each_reading_s_own_when_checked_among_others(
			forged in proptest::collection::vec(proptest::bool::weighted(0.05), 0..200)
		) {
			let meters = [MeterKey::ed25519([1; 32]), MeterKey::ed25519([2; 32]), MeterKey::p256([3; 32]).expect("in range")];
			let signed: Vec<_> = forged.iter().enumerate().map(|(n, forge)| {
				let meter = &meters[n % meters.len()];
				let mut signed = meter.sign_reading(&testing::GENESIS, testing::reading(n as u32, 10));
				signed.reading.import_wh += u64::from(*forge);
				(meter.public(), signed)
			}).collect();
			let checks: Vec<_> = signed.iter().map(|(key, signed)| Check { signed, key }).collect();
			let expected: Vec<bool> = forged.iter().map(|forge| !forge).collect();
			prop_assert_eq!(verify(&testing::GENESIS, &checks), expected);
		}
	}
}
