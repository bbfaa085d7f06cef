//! Messages signed by another implementation, one of each kind that devices sign.

use crate::reading::{assert_verdicts, Reading};
use gridtokenx_meter_crypto::{host, pure, Scheme};
use serde_json::Value;

fn vectors() -> Vec<Reading> {
	let file: Value =
		serde_json::from_str(include_str!("../vectors/messages.json")).expect("the vectors are valid JSON");
	file["cases"]
		.as_array()
		.expect("there is a list of cases")
		.iter()
		.map(reading)
		.collect()
}

fn reading(case: &Value) -> Reading {
	let bytes = |field: &str| hex::decode(case[field].as_str().expect("a string")).expect("hexadecimal");
	Reading {
		scheme: match case["scheme"].as_str() {
			Some("ed25519") => Scheme::Ed25519,
			Some("p256") => Scheme::P256,
			other => panic!("unknown scheme {other:?}"),
		},
		key: bytes("public_key"),
		message: bytes("message"),
		signature: bytes("signature").try_into().expect("64 bytes"),
	}
}

#[test]
fn golden_vectors_should_be_valid_in_every_path() {
	let vectors = vectors();
	assert_eq!(vectors.len(), 16);
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		assert_eq!(vectors.iter().filter(|reading| reading.scheme == scheme).count(), 8);
	}
	assert_verdicts(&vectors, &[true; 16]);
}

#[test]
fn golden_vectors_should_be_refused_when_any_byte_of_the_message_differs() {
	for reading in vectors() {
		let altered = |index: usize| {
			let mut message = reading.message.clone();
			message[index] ^= 1;
			Reading {
				message,
				..reading.clone()
			}
		};
		let altered: Vec<_> = (0..reading.message.len()).map(altered).collect();
		assert_verdicts(&altered, &vec![false; altered.len()]);
	}
}

#[test]
fn golden_vectors_should_be_refused_when_checked_under_the_other_scheme() {
	let swap = |reading: Reading| Reading {
		scheme: match reading.scheme {
			Scheme::Ed25519 => Scheme::P256,
			Scheme::P256 => Scheme::Ed25519,
		},
		..reading
	};
	let swapped: Vec<_> = vectors().into_iter().map(swap).collect();
	assert_verdicts(&swapped, &[false; 16]);
}

#[test]
fn keys_of_the_golden_vectors_should_be_fit_for_registration() {
	for reading in vectors() {
		assert!(host::is_valid_key(reading.scheme, &reading.key));
		assert!(pure::is_valid_key(reading.scheme, &reading.key));
	}
}
