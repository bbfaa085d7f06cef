//! Which keys a device may register. The corners of each curve are with that curve's other tests.

use crate::reading::Reading;
use gridtokenx_meter_crypto::{host, is_valid_key, pure, verify, Scheme, UnknownScheme};
use proptest::prelude::*;

#[test]
fn key_should_be_fit_when_a_meter_made_it() {
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		for meter in 1..=100 {
			let key = Reading::signed(scheme, meter, &[]).key;
			assert!(is_valid_key(scheme, &key));
			assert!(host::is_valid_key(scheme, &key));
			assert!(pure::is_valid_key(scheme, &key));
		}
	}
}

#[test]
fn key_should_be_unfit_when_its_length_is_not_the_schemes() {
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		let key = Reading::signed(scheme, 1, &[]).key;
		let longer = [&key[..], &key].concat();
		for length in (0..longer.len()).filter(|length| *length != key.len()) {
			assert!(!host::is_valid_key(scheme, &longer[..length]));
			assert!(!pure::is_valid_key(scheme, &longer[..length]));
		}
	}
}

#[test]
fn key_should_be_refused_at_registration_when_one_signature_fits_every_message() {
	// The identity as key and as R, s = 0: such a key would let anybody speak for the device.
	let mut identity = vec![0; 32];
	identity[0] = 1;
	let mut signature = [0; 64];
	signature[0] = 1;
	for message in [&b"one"[..], b"another"] {
		let reading = Reading {
			scheme: Scheme::Ed25519,
			key: identity.clone(),
			message: message.to_vec(),
			signature,
		};
		assert!(verify(&reading.check()));
	}
	assert!(!is_valid_key(Scheme::Ed25519, &identity));
}

#[test]
fn scheme_should_be_known_by_its_code_and_by_no_other() {
	for code in 0..=u8::MAX {
		let scheme = Scheme::try_from(code);
		assert_eq!(
			scheme.map(u8::from),
			if code < 2 { Ok(code) } else { Err(UnknownScheme(code)) }
		);
	}
}

proptest! {
	#[test]
	fn fitness_should_be_the_same_in_host_and_pure_path_when_keys_are_arbitrary(key in any::<[u8; 32]>()) {
		prop_assert_eq!(host::is_valid_key(Scheme::Ed25519, &key), pure::is_valid_key(Scheme::Ed25519, &key));
		let point = [key, key].concat();
		prop_assert_eq!(host::is_valid_key(Scheme::P256, &point), pure::is_valid_key(Scheme::P256, &point));
	}
}
