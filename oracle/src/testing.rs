//! What the unit tests share.

use crate::{
	meter::MeterKey,
	reading::SignedReading,
	registry::{AccountId, Snapshot},
};
use gridtokenx_primitives::{
	reading::{Quality, Reading},
	GenesisHash, Meter, MeterPage, PublicKey, Source, PAGE_SIZE,
};
use serde_json::Value;

/// The genesis hash of the golden vectors.
pub const GENESIS: GenesisHash = [
	0x64, 0xef, 0x78, 0x62, 0x4d, 0x5f, 0x40, 0xe9, 0x98, 0x58, 0x90, 0xe3, 0x28, 0x96, 0xb2, 0x7d, 0x94, 0xab, 0xdd,
	0x79, 0x19, 0x7e, 0x70, 0x79, 0xa9, 0x62, 0x4f, 0x65, 0x8a, 0x5d, 0x97, 0xdf,
];

/// A reading of `device` whose registers follow from the interval.
pub fn reading(device: u32, interval: u32) -> Reading {
	Reading {
		device,
		epoch: 0,
		interval,
		import_wh: 1_000 + u64::from(interval) * 10,
		export_wh: u64::from(interval) * 3,
		quality: Quality(0),
		power_w: -40,
	}
}

/// The same with a signature that nobody checks.
pub fn unsigned(device: u32, interval: u32) -> SignedReading {
	SignedReading {
		reading: reading(device, interval),
		signature: [7; 64],
	}
}

/// The readings among the golden vectors, with the keys they are signed with.
pub fn golden_readings() -> Vec<(PublicKey, SignedReading)> {
	let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/messages.json")).expect("JSON");
	assert_eq!(vectors["genesis"], hex::encode(GENESIS));
	let cases = vectors["cases"].as_array().expect("cases").iter();
	cases
		.filter(|case| case["magic"] == "GTXREAD1")
		.map(golden_reading)
		.collect()
}

fn golden_reading(case: &Value) -> (PublicKey, SignedReading) {
	let key = match case["scheme"].as_str() {
		Some("ed25519") => PublicKey::Ed25519(bytes(&case["public_key"])),
		_ => PublicKey::P256(bytes(&case["public_key"])),
	};
	let mut object = case["fields"].clone();
	object["signature"] = case["signature"].clone();
	let batch = crate::reading::parse(Value::Array(vec![object]).to_string().as_bytes()).expect("an array");
	(key, batch[0].expect("a reading"))
}

fn bytes<const N: usize>(value: &Value) -> [u8; N] {
	hex::decode(value.as_str().expect("hex"))
		.expect("hex")
		.try_into()
		.expect("length")
}

/// The key of a simulated device.
pub fn key(device: u32) -> MeterKey {
	let mut seed = [9; 32];
	seed[..4].copy_from_slice(&device.to_le_bytes());
	MeterKey::ed25519(seed)
}

/// An active meter at epoch 0.
pub fn meter(key: PublicKey) -> Meter<AccountId> {
	Meter {
		key,
		epoch: 0,
		active: true,
		connection_point: true,
		owner: [1; 32],
		zone: 0,
		source: Source::Solar,
		import_w: 17_250,
		export_w: 10_000,
		modulus_wh: 0,
	}
}

/// A registry of `devices` active meters, each with the key that [`key`] gives it, on a development chain with 60 s intervals.
pub fn snapshot(devices: u32) -> Snapshot {
	let pages = (0..devices.div_ceil(PAGE_SIZE)).map(|page| {
		let slots = page * PAGE_SIZE..devices.min((page + 1) * PAGE_SIZE);
		let meters: Vec<_> = slots.map(|device| Some(meter(key(device).public()))).collect();
		MeterPage::try_from(meters).expect("at most a page")
	});
	let mut snapshot = Snapshot::empty(crate::registry::Chain {
		genesis: GENESIS,
		interval_seconds: 60,
		development: true,
		measured_through: None,
		block: 1,
	});
	pages
		.enumerate()
		.for_each(|(page, meters)| snapshot.set_page(page as u32, meters));
	snapshot
}
