//! Signed messages for the tests, and the assertion that all paths agree.

use gridtokenx_meter_crypto::{host, pure, verify, verify_each, Check, Scheme};
use p256::ecdsa::signature::Signer;

/// A [`Check`] that owns its parts.
#[derive(Clone, Debug)]
pub struct Reading {
	pub scheme: Scheme,
	pub key: Vec<u8>,
	pub message: Vec<u8>,
	pub signature: [u8; 64],
}

impl Reading {
	/// Signed by the meter with this number.
	pub fn signed(scheme: Scheme, meter: u8, message: &[u8]) -> Self {
		let secret = [meter.max(1); 32];
		let (key, signature) = match scheme {
			Scheme::Ed25519 => {
				let meter = ed25519_zebra::SigningKey::from(secret);
				let key: [u8; 32] = ed25519_zebra::VerificationKey::from(&meter).into();
				(key.to_vec(), meter.sign(message).to_bytes())
			}
			Scheme::P256 => {
				let meter = p256_signer(secret);
				let signature: p256::ecdsa::Signature = meter.sign(message);
				(p256_key(meter.verifying_key()), signature.to_bytes().into())
			}
		};
		Self {
			scheme,
			key,
			message: message.to_vec(),
			signature,
		}
	}

	pub fn check(&self) -> Check<'_> {
		Check {
			scheme: self.scheme,
			key: &self.key,
			message: &self.message,
			signature: &self.signature,
		}
	}
}

/// A secret of all ones is above P-256's order: that one meter gets another.
fn p256_signer(secret: [u8; 32]) -> p256::ecdsa::SigningKey {
	p256::ecdsa::SigningKey::from_slice(&secret)
		.or_else(|_| p256::ecdsa::SigningKey::from_slice(&[0x42; 32]))
		.expect("0x42… is below the order")
}

/// x‖y.
pub fn p256_key(key: &p256::ecdsa::VerifyingKey) -> Vec<u8> {
	key.to_encoded_point(false).as_bytes()[1..].to_vec()
}

/// All paths give `expected` for `readings`: together in one batch, and each by itself.
#[track_caller]
pub fn assert_verdicts(readings: &[Reading], expected: &[bool]) {
	let checks: Vec<_> = readings.iter().map(Reading::check).collect();
	let singles: Vec<_> = checks.iter().map(pure::verify).collect();
	assert_eq!(singles, expected, "pure, single");
	assert_eq!(pure::verify_each(&checks), expected, "pure, together");
	assert_eq!(
		checks.iter().map(host::verify).collect::<Vec<_>>(),
		expected,
		"host, single"
	);
	assert_eq!(host::verify_each(&checks), expected, "host, together");
	assert_eq!(
		checks.iter().map(verify).collect::<Vec<_>>(),
		expected,
		"default path, single"
	);
	assert_eq!(verify_each(&checks), expected, "default path, together");
}

/// All paths agree on `readings`, whatever the verdicts are.
#[track_caller]
pub fn assert_agreement(readings: &[Reading]) {
	let expected: Vec<_> = readings.iter().map(|reading| pure::verify(&reading.check())).collect();
	assert_verdicts(readings, &expected);
}
