//! Every message against golden vectors that another implementation made.

use gridtokenx_primitives::{
	message::{self, *},
	DeviceKind, PublicKey, Quality, Reading,
};
use serde_json::Value;

fn vectors() -> Value {
	serde_json::from_str(include_str!("vectors/messages.json")).expect("the vectors are JSON")
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
	hex::decode(value.as_str().expect("hex"))
		.expect("hex")
		.try_into()
		.expect("length")
}

fn number<T: TryFrom<i128>>(fields: &Value, name: &str) -> T {
	let number = &fields[name];
	let wide = number
		.as_u64()
		.map(i128::from)
		.or_else(|| number.as_i64().map(i128::from));
	T::try_from(wide.unwrap_or_else(|| panic!("{name} is a number")))
		.ok()
		.unwrap_or_else(|| panic!("{name} fits"))
}

fn public_key(case: &Value) -> PublicKey {
	match case["scheme"].as_str() {
		Some("ed25519") => PublicKey::Ed25519(bytes(&case["public_key"])),
		Some("p256") => PublicKey::P256(bytes(&case["public_key"])),
		other => panic!("unknown scheme {other:?}"),
	}
}

fn build(genesis: &GenesisHash, case: &Value) -> Vec<u8> {
	let f = &case["fields"];
	let key = public_key(case);
	let owner = f["owner"].as_str().map_or([0; 32], |_| bytes(&f["owner"]));
	match case["magic"].as_str().expect("magic") {
		"GTXREAD1" => Reading {
			device: number(f, "device"),
			epoch: number(f, "epoch"),
			interval: number(f, "interval"),
			import_wh: number(f, "import_wh"),
			export_wh: number(f, "export_wh"),
			quality: Quality(number(f, "quality")),
			power_w: number(f, "power_w"),
		}
		.message(genesis)
		.to_vec(),
		"GTXREGD1" => {
			assert_eq!(number::<u8>(f, "kind"), DeviceKind::Meter as u8);
			assert_eq!(bytes::<32>(&f["key_hash"]), key.hash());
			message::registration(
				genesis,
				&Registration {
					owner: &owner,
					key: &key,
					kind: DeviceKind::Meter,
					zone: number(f, "zone"),
					import_w: number(f, "import_w"),
					export_w: number(f, "export_w"),
					modulus_wh: number(f, "modulus_wh"),
					metadata_hash: &bytes(&f["metadata_hash"]),
					last_valid_interval: number(f, "last_valid_interval"),
				},
			)
			.to_vec()
		}
		"GTXROTA1" => message::rotation(
			genesis,
			&Rotation {
				device: number(f, "device"),
				new_epoch: number(f, "new_epoch"),
				owner: &owner,
				key: &key,
				opening_import_wh: number(f, "opening_import_wh"),
				opening_export_wh: number(f, "opening_export_wh"),
				interval: number(f, "interval"),
				flags: number(f, "flags"),
			},
		)
		.to_vec(),
		"GTXFREQ1" => message::frequency(
			genesis,
			&Frequency {
				device: number(f, "device"),
				epoch: number(f, "epoch"),
				unix_ms: number(f, "unix_ms"),
				frequency_mhz: number(f, "frequency_mhz"),
				quality: number(f, "quality"),
			},
		)
		.to_vec(),
		"GTXSOCR1" => message::state_of_charge(
			genesis,
			&StateOfCharge {
				device: number(f, "device"),
				epoch: number(f, "epoch"),
				unix_ms: number(f, "unix_ms"),
				stored_wh: number(f, "stored_wh"),
				flags: number(f, "flags"),
			},
		)
		.to_vec(),
		"GTXDISP1" => message::dispatch(genesis, &dispatch(f)).to_vec(),
		"GTXACKN1" => message::acknowledgement(
			genesis,
			&Acknowledgement {
				device: number(f, "device"),
				epoch: number(f, "epoch"),
				dispatch: number(f, "dispatch"),
				revision: number(f, "revision"),
				answer: Answer::Accept,
				reason: number(f, "reason"),
				committed_w: number(f, "committed_w"),
				dispatch_hash: bytes(&f["dispatch_hash"]),
			},
		)
		.to_vec(),
		other => panic!("no such message: {other}"),
	}
}

fn dispatch(f: &Value) -> Dispatch {
	assert_eq!(number::<u8>(f, "action"), Action::Setpoint as u8);
	Dispatch {
		device: number(f, "device"),
		epoch: number(f, "epoch"),
		dispatch: number(f, "dispatch"),
		revision: number(f, "revision"),
		action: Action::Setpoint,
		power_w: number(f, "power_w"),
		start: number(f, "start"),
		end: number(f, "end"),
		acknowledge_by: number(f, "acknowledge_by"),
	}
}

#[test]
fn messages_should_equal_the_golden_vectors() {
	let vectors = vectors();
	let genesis = bytes(&vectors["genesis"]);
	let cases = vectors["cases"].as_array().expect("cases");
	assert_eq!(cases.len(), 16);
	for case in cases {
		assert_eq!(
			hex::encode(build(&genesis, case)),
			case["message"].as_str().expect("hex"),
			"{}",
			case["magic"]
		);
	}
}

#[test]
fn signatures_of_the_golden_vectors_should_verify_over_our_bytes() {
	let vectors = vectors();
	let genesis = bytes(&vectors["genesis"]);
	for case in vectors["cases"].as_array().expect("cases") {
		let message = build(&genesis, case);
		let signature: [u8; 64] = bytes(&case["signature"]);
		match public_key(case) {
			PublicKey::Ed25519(key) => ed25519_zebra::VerificationKey::try_from(key)
				.and_then(|key| key.verify(&signature.into(), &message))
				.expect("the signature verifies"),
			PublicKey::P256(key) => {
				use p256::ecdsa::{signature::Verifier, Signature, VerifyingKey};
				let point = p256::EncodedPoint::from_untagged_bytes(&key.into());
				let key = VerifyingKey::from_encoded_point(&point).expect("the key is on the curve");
				key.verify(&message, &Signature::from_slice(&signature).expect("r and s"))
					.expect("the signature verifies");
			}
		}
	}
}

#[test]
fn dispatch_hash_should_be_what_an_acknowledgement_names() {
	let vectors = vectors();
	let genesis = bytes(&vectors["genesis"]);
	let cases = vectors["cases"].as_array().expect("cases");
	let field = |magic: &str| &cases.iter().find(|case| case["magic"] == magic).expect("a case")["fields"];
	let hash = message::dispatch_hash(&genesis, &dispatch(field("GTXDISP1")));
	assert_eq!(hash, bytes(&field("GTXACKN1")["dispatch_hash"]));
}
