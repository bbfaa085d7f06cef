//! The registry's rules, a file for each topic, and what the tests share: devices with real keys.

mod attest;
mod conflict;
mod decommission;
mod directory;
mod invariants;
mod keys;
mod ownership;
mod register;
mod registrar;
mod suspend;
mod swap;

use crate::{mock::*, Devices, Error, Event, Gravity, MeterSwap, NextDevice, Standing, SuspendedBy};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{
	device::{Devices as _, Registers},
	message::{self, Registration, Rotation, ROTATION_METER_SWAPPED},
	DeviceId, DeviceKind, Interval, Limits, PublicKey, Quality, Reading, Signature, Source, ZoneId,
};
use sp_runtime::{DispatchError, DispatchResult, TokenError};

const METADATA: [u8; 32] = [7; 32];

/// A device's key, made from a seed.
#[derive(Clone)]
enum Key {
	Ed25519(ed25519_zebra::SigningKey),
	P256(p256::ecdsa::SigningKey),
}

fn ed25519(seed: u8) -> Key {
	Key::Ed25519(ed25519_zebra::SigningKey::from([seed; 32]))
}

fn p256(seed: u8) -> Key {
	Key::P256(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap())
}

impl Key {
	fn public(&self) -> PublicKey {
		match self {
			Key::Ed25519(key) => PublicKey::Ed25519(ed25519_zebra::VerificationKeyBytes::from(key).into()),
			Key::P256(key) => {
				let point = key.verifying_key().to_encoded_point(false);
				PublicKey::P256(point.as_bytes()[1..].try_into().unwrap())
			}
		}
	}

	fn sign(&self, message: &[u8]) -> Signature {
		match self {
			Key::Ed25519(key) => key.sign(message).into(),
			Key::P256(key) => {
				let signature: p256::ecdsa::Signature = p256::ecdsa::signature::Signer::sign(key, message);
				signature.to_bytes().into()
			}
		}
	}
}

/// What a device says of itself when it is registered.
#[derive(Clone)]
struct Claim {
	owner: AccountId,
	key: Key,
	kind: DeviceKind,
	zone: ZoneId,
	import_w: u32,
	export_w: u32,
	modulus_wh: u64,
	parent: Option<DeviceId>,
	last_valid_interval: Interval,
}

/// A meter of Alice's in zone 1, without a parent.
fn meter(key: Key) -> Claim {
	Claim {
		owner: ALICE,
		key,
		kind: DeviceKind::Meter,
		zone: 1,
		import_w: 17_250,
		export_w: 10_000,
		modulus_wh: 0,
		parent: None,
		last_valid_interval: START + 96,
	}
}

/// A battery of Alice's in zone 1, behind a connection point.
fn battery(key: Key, parent: DeviceId) -> Claim {
	Claim {
		kind: DeviceKind::Battery,
		parent: Some(parent),
		..meter(key)
	}
}

impl Claim {
	fn of(self, owner: AccountId) -> Self {
		Self { owner, ..self }
	}

	fn in_zone(self, zone: ZoneId) -> Self {
		Self { zone, ..self }
	}

	fn signature(&self) -> Signature {
		let registration = Registration {
			owner: self.owner.as_ref(),
			key: &self.key.public(),
			kind: self.kind,
			zone: self.zone,
			import_w: self.import_w,
			export_w: self.export_w,
			modulus_wh: self.modulus_wh,
			metadata_hash: &METADATA,
			last_valid_interval: self.last_valid_interval,
		};
		self.key.sign(&message::registration(&genesis(), &registration))
	}

	/// Registers the device with a signature that somebody may have made for something else.
	fn register_with(&self, signature: Signature) -> DispatchResult {
		Registry::register(
			RuntimeOrigin::signed(self.owner.clone()),
			self.kind,
			self.key.public(),
			self.zone,
			self.import_w,
			self.export_w,
			self.modulus_wh,
			METADATA,
			self.parent,
			self.last_valid_interval,
			signature,
		)
	}

	fn register(&self) -> DispatchResult {
		self.register_with(self.signature())
	}

	/// Registers the device; it is pending.
	fn pending(self) -> DeviceId {
		let device = NextDevice::<Test>::get();
		assert_ok!(self.register());
		device
	}

	/// Registers the device and has it attested as it says; it is active.
	fn active(self) -> DeviceId {
		let source = (self.parent.is_none() && self.kind == DeviceKind::Meter).then_some(Source::Solar);
		let (zone, import_w, export_w) = (self.zone, self.import_w, self.export_w);
		let device = self.pending();
		assert_ok!(attest_as(UTILITY, device, zone, import_w, export_w, source));
		device
	}
}

fn attest_as(
	registrar: AccountId,
	device: DeviceId,
	zone: ZoneId,
	import_w: u32,
	export_w: u32,
	source: Option<Source>,
) -> DispatchResult {
	let origin = RuntimeOrigin::signed(registrar);
	let epoch = Devices::<Test>::get(device).map_or(0, |record| record.key.epoch);
	Registry::attest(origin, device, epoch, zone, import_w, export_w, source)
		.map(|_| ())
		.map_err(|refused| refused.error)
}

/// The utility attests a connection point in zone 1.
fn attest_site(device: DeviceId) -> DispatchResult {
	attest_as(UTILITY, device, 1, 17_250, 10_000, Some(Source::Solar))
}

fn signed(account: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(account)
}

fn standing(device: DeviceId) -> Standing {
	Devices::<Test>::get(device).unwrap().standing
}

fn limits(account: &AccountId, zone: ZoneId) -> Limits {
	Registry::limits(account, zone)
}

/// What `signers` sign for a change of key.
fn rotation(device: DeviceId, key: &Key, interval: Interval, opening: Registers, flags: u8) -> Vec<u8> {
	let record = Devices::<Test>::get(device).unwrap();
	let rotation = Rotation {
		device,
		new_epoch: record.key.epoch + 1,
		owner: record.owner.as_ref(),
		key: &key.public(),
		opening_import_wh: opening.import_wh,
		opening_export_wh: opening.export_wh,
		interval,
		flags,
	};
	message::rotation(&genesis(), &rotation).to_vec()
}

/// Alice rotates a device's key, with the old key's signature if there is an old key.
fn rotate(device: DeviceId, old: Option<&Key>, new: &Key) -> DispatchResult {
	let interval = Now::get();
	let message = rotation(device, new, interval, registers(0, 0), 0);
	let old_signature = old.map(|old| old.sign(&message));
	Registry::rotate_key(
		signed(ALICE),
		device,
		new.public(),
		interval,
		old_signature,
		new.sign(&message),
	)
}

fn registers(import_wh: u64, export_wh: u64) -> Registers {
	Registers { import_wh, export_wh }
}

/// Alice exchanges a meter, without the old one's signature.
fn swap(device: DeviceId, new: &Key, opening: Registers, closing: Option<Registers>) -> DispatchResult {
	let interval = Now::get();
	let signature = new.sign(&rotation(device, new, interval, opening, ROTATION_METER_SWAPPED));
	Registry::swap_meter(
		signed(ALICE),
		device,
		new.public(),
		opening,
		closing,
		interval,
		signature,
		None,
	)
}
