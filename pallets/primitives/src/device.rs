//! Devices, their keys, and what other pallets may ask about them.

use crate::units::{DeviceId, Epoch, Interval, Wh, ZoneId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Devices on one page of keys or registers. Device `d` is on page `d / PAGE_SIZE`.
pub const PAGE_SIZE: u32 = 64;

/// What a device is.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
	/// A revenue meter; at a site's connection point it issues credits.
	Meter = 0,
	/// A photovoltaic inverter.
	Solar = 1,
	/// A wind turbine.
	Wind = 2,
	/// A battery.
	Battery = 3,
	/// An electric vehicle charger.
	EvCharger = 4,
	/// A load that follows a setpoint, such as a heat pump.
	ControllableLoad = 5,
	/// A load that can only be switched.
	PassiveLoad = 6,
	/// A sensor of the grid's frequency.
	FrequencySensor = 7,
}

/// Where exported energy comes from, as a registrar attested it.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Source {
	/// Photovoltaics.
	Solar = 0,
	/// Wind.
	Wind = 1,
	/// Hydropower.
	Hydro = 2,
	/// Biomass and biogas.
	Biomass = 3,
	/// Another or an unknown source.
	Other = 4,
	/// A site with storage that may have charged from the grid: sold and consumed, never retired.
	Storage = 5,
	/// Metered over more than one interval and shared out by estimate, so that its interval is not proven: sold and consumed,
	/// never retired, never delivered on a forward contract. Nobody attests it.
	Estimated = 6,
}

impl Source {
	/// Whether credits of this source may be retired as a certificate.
	pub const fn is_retirable(self) -> bool {
		!matches!(self, Source::Storage | Source::Estimated)
	}
}

/// The signature scheme of a device's key.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
	/// Ed25519 (RFC 8032), verified by the ZIP-215 rules.
	Ed25519 = 0,
	/// ECDSA on P-256 with SHA-256, as meters of DLMS/COSEM security suite 1 speak it.
	P256 = 1,
}

/// A device's public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum PublicKey {
	/// The 32 bytes of RFC 8032.
	Ed25519([u8; 32]),
	/// The uncompressed point, x then y, without the leading 4.
	P256([u8; 64]),
}

impl PublicKey {
	/// The scheme the key is for.
	pub const fn scheme(&self) -> Scheme {
		match self {
			PublicKey::Ed25519(_) => Scheme::Ed25519,
			PublicKey::P256(_) => Scheme::P256,
		}
	}

	/// The key's bytes, 32 or 64 of them.
	pub const fn as_bytes(&self) -> &[u8] {
		match self {
			PublicKey::Ed25519(bytes) => bytes,
			PublicKey::P256(bytes) => bytes,
		}
	}

	/// SHA-256 of the scheme's code and the key: how messages and the registry name a key.
	pub fn hash(&self) -> [u8; 32] {
		let mut bytes = alloc::vec![self.scheme() as u8];
		bytes.extend_from_slice(self.as_bytes());
		sp_crypto_hashing::sha2_256(&bytes)
	}
}

/// Where a device stands: *pending → active ⇄ suspended → decommissioned*.
#[derive(
	Clone,
	Copy,
	Debug,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Status {
	/// Registered, or re-keyed without the old key, and waiting for a registrar.
	Pending,
	/// Attested: what it signs counts.
	Active,
	/// Taken out by its owner, a registrar or evidence against it: nothing it signs counts.
	Suspended,
	/// Gone for good; its index is never used again.
	Decommissioned,
}

/// A registered device, as other pallets see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Device<AccountId> {
	/// Who owns it.
	pub owner: AccountId,
	/// What it is.
	pub kind: DeviceKind,
	/// The site's connection-point device, for a device that stands behind one.
	pub parent: Option<DeviceId>,
	/// Whether it counts.
	pub status: Status,
	/// The attested zone.
	pub zone: ZoneId,
	/// The source of its exports; only connection points have one.
	pub source: Option<Source>,
	/// Its present key.
	pub key: PublicKey,
	/// How often the key has changed.
	pub epoch: Epoch,
	/// Attested import rating, W.
	pub import_w: u32,
	/// Attested export rating, W.
	pub export_w: u32,
}

/// What telemetry needs of a device in order to check and to book a reading; kept in pages that change only when the registry
/// does.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Meter<AccountId> {
	/// The key that readings are signed with.
	pub key: PublicKey,
	/// The key's epoch.
	pub epoch: Epoch,
	/// Whether readings count now.
	pub active: bool,
	/// Whether this is a site's connection point: the only kind that issues credits and counts import.
	pub connection_point: bool,
	/// Who the energy belongs to.
	pub owner: AccountId,
	/// Where it flows.
	pub zone: ZoneId,
	/// The attested source of exports.
	pub source: Source,
	/// Attested import rating, W.
	pub import_w: u32,
	/// Attested export rating, W.
	pub export_w: u32,
	/// Where the registers roll over, Wh; 0 stands for 2^64.
	pub modulus_wh: Wh,
}

/// A page of meters, by `device % PAGE_SIZE`; empty where a device has gone.
pub type MeterPage<AccountId> = BoundedVec<Option<Meter<AccountId>>, ConstU32<PAGE_SIZE>>;

/// The registry as telemetry sees it.
pub trait MeterDirectory<AccountId> {
	/// How many pages there are.
	fn page_count() -> u32;
	/// One page; empty beyond the last.
	fn page(page: u32) -> MeterPage<AccountId>;
	/// Devices of the page that another account than [`Meter::owner`] owned in `interval`, by their place on the page: an
	/// interval is measured some time after it ended, and its energy belongs to who owned the device then.
	fn former_owners(_page: u32, _interval: Interval) -> Vec<(u8, AccountId)> {
		Vec::new()
	}
}

/// What an account's attested, active connection points in one zone can move in one interval, Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Limits {
	/// Sum of `floor(import rating * seconds / 3600)`.
	pub import_wh: Wh,
	/// Sum of `floor(export rating * seconds / 3600)`.
	pub export_wh: Wh,
	/// How many connection points there are.
	pub sites: u32,
}

/// The registry as the market and the virtual power plant see it.
pub trait Devices<AccountId> {
	/// A device that exists.
	fn device(device: DeviceId) -> Option<Device<AccountId>>;
	/// What `account` can move in `zone` in one interval.
	fn limits(account: &AccountId, zone: ZoneId) -> Limits;
	/// Registers an active connection point with these ratings, for tests and benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_register(owner: &AccountId, zone: ZoneId, import_w: u32, export_w: u32) -> DeviceId;
}

/// Registers at the change of a meter.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Registers {
	/// Import register, Wh.
	pub import_wh: Wh,
	/// Export register, Wh.
	pub export_wh: Wh,
}

/// What telemetry has to know when a device changes its key or its meter.
pub trait MeterLifecycle {
	/// The key changed and the registers go on.
	fn on_key_rotated(device: DeviceId, epoch: Epoch);
	/// The meter was exchanged during `interval`. `closing` is what the old one last showed; without it the interval's energy is
	/// unallocated.
	fn on_meter_swapped(
		device: DeviceId,
		epoch: Epoch,
		interval: Interval,
		closing: Option<Registers>,
		opening: Registers,
	);
}

impl MeterLifecycle for () {
	fn on_key_rotated(_: DeviceId, _: Epoch) {}
	fn on_meter_swapped(_: DeviceId, _: Epoch, _: Interval, _: Option<Registers>, _: Registers) {}
}

/// Called when an account loses its last active connection point in a zone: its open orders there are cancelled.
pub trait OnSuspension<AccountId> {
	/// `account` may no longer trade in `zone`.
	fn on_suspension(account: &AccountId, zone: ZoneId);
}

impl<AccountId> OnSuspension<AccountId> for () {
	fn on_suspension(_: &AccountId, _: ZoneId) {}
}
