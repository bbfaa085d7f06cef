//! What a hub answers to off-chain workers, byte by byte.

use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use gridtokenx_primitives::{
	hub::{HubAccess, ReadingBatch, MAX_BATCH},
	Quality, Reading, SignedReading,
};
use proptest::prelude::*;

fn signed(device: u32, interval: u32, import_wh: u64, power_w: i32) -> SignedReading {
	SignedReading {
		reading: Reading {
			device,
			epoch: 3,
			interval,
			import_wh,
			export_wh: 7,
			quality: Quality(Quality::POWER_LOST),
			power_w,
		},
		signature: [0xab; 64],
	}
}

fn batch(next: u64, readings: Vec<SignedReading>) -> ReadingBatch {
	ReadingBatch {
		next,
		readings: readings.try_into().expect("no more than fit"),
	}
}

#[test]
fn batch_should_have_the_documented_bytes() {
	let golden = concat!(
		"2a00000000000000", // ask for 42 next
		"04",               // one reading
		"07000000",         // device
		"0300",             // epoch
		"6a060000",         // interval
		"0c00000000000000", // import register
		"0700000000000000", // export register
		"04",               // quality
		"d0ffffff",         // power
		"abababababababababababababababababababababababababababababababab",
		"abababababababababababababababababababababababababababababababab",
	);
	let batch = batch(42, vec![signed(7, 1642, 12, -48)]);
	assert_eq!(hex::encode(batch.encode()), golden);
	assert_eq!(
		ReadingBatch::decode_all(&mut &*hex::decode(golden).expect("hex")),
		Ok(batch)
	);
}

#[test]
fn reading_should_be_what_its_meter_signs_and_the_signature() {
	let signed = signed(7, 1642, 12, -48);
	let message = signed.reading.message(&[0; 32]);
	assert_eq!(signed.encode(), [&message[40..], &signed.signature].concat());
}

#[test]
fn batch_should_be_refused_when_it_has_more_readings_than_allowed() {
	let too_many = vec![signed(1, 1, 1, 1); MAX_BATCH as usize + 1];
	assert!(ReadingBatch::decode(&mut &*(1u64, too_many).encode()).is_err());
	let full = batch(1, vec![signed(1, 1, 1, 1); MAX_BATCH as usize]);
	assert_eq!(full.encoded_size(), 8 + 2 + 95 * MAX_BATCH as usize);
	assert!(full.encoded_size() <= ReadingBatch::max_encoded_len());
	assert_eq!(ReadingBatch::decode_all(&mut &*full.encode()), Ok(full));
}

#[test]
fn token_should_not_be_shown_when_access_is_printed() {
	let access = HubAccess {
		url: "https://hub".into(),
		token: Some("secret".into()),
	};
	let shown = format!("{access:?}");
	assert!(shown.contains("https://hub") && !shown.contains("secret"), "{shown}");
}

proptest! {
	#[test]
	fn batch_should_come_back_the_same_when_encoded(
		next: u64,
		fields in proptest::collection::vec((any::<u32>(), any::<u32>(), any::<u64>(), any::<i32>()), 0..20),
	) {
		let readings = fields.into_iter().map(|(device, interval, wh, w)| signed(device, interval, wh, w)).collect();
		let batch = batch(next, readings);
		prop_assert_eq!(ReadingBatch::decode_all(&mut &*batch.encode()), Ok(batch));
	}
}
