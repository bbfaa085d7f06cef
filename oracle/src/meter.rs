//! A meter's signing key, for meters that exist in software: simulated ones and those of tests.

use crate::reading::SignedReading;
use gridtokenx_primitives::{reading::Reading, GenesisHash, PublicKey, Signature};
use p256::ecdsa::signature::Signer;

/// A device's secret key.
#[derive(Clone)]
pub enum MeterKey {
	/// Ed25519.
	Ed25519(ed25519_zebra::SigningKey),
	/// ECDSA on P-256 with SHA-256.
	P256(p256::ecdsa::SigningKey),
}

impl MeterKey {
	/// The Ed25519 key of a 32-byte seed.
	pub fn ed25519(seed: [u8; 32]) -> Self {
		MeterKey::Ed25519(seed.into())
	}

	/// The P-256 key of a secret scalar, unless it is 0 or beyond the group's order.
	pub fn p256(scalar: [u8; 32]) -> Option<Self> {
		p256::ecdsa::SigningKey::from_bytes(&scalar.into())
			.ok()
			.map(MeterKey::P256)
	}

	/// The public key, as the registry stores it.
	pub fn public(&self) -> PublicKey {
		match self {
			MeterKey::Ed25519(key) => PublicKey::Ed25519(ed25519_zebra::VerificationKeyBytes::from(key).into()),
			MeterKey::P256(key) => {
				let point = key.verifying_key().to_encoded_point(false);
				let mut bytes = [0; 64];
				// The first byte is the tag of an uncompressed point; x and y follow.
				bytes.copy_from_slice(&point.as_bytes()[1..]);
				PublicKey::P256(bytes)
			}
		}
	}

	/// Signs any of the messages that devices sign.
	pub fn sign(&self, message: &[u8]) -> Signature {
		match self {
			MeterKey::Ed25519(key) => key.sign(message).to_bytes(),
			MeterKey::P256(key) => {
				let signature: p256::ecdsa::Signature = key.sign(message);
				signature.to_bytes().into()
			}
		}
	}

	/// Signs a reading for the chain with this genesis hash.
	pub fn sign_reading(&self, genesis: &GenesisHash, reading: Reading) -> SignedReading {
		SignedReading {
			reading,
			signature: self.sign(&reading.message(genesis)),
		}
	}
}
