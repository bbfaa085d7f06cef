//! The byte strings that devices sign. Meter firmware depends on them: they change only under a new magic.
//!
//! Every message is eight bytes of ASCII magic, the chain's genesis hash, then its fields, integers little-endian, reserved bits
//! 0. The chain builds the bytes from a call's fields and never parses them.
//!
//! | magic | bytes | after magic and genesis hash |
//! | --- | --- | --- |
//! | `GTXREAD1` | 71 | device u32, epoch u16, interval u32, import Wh u64, export Wh u64, quality u8, power W i32 |
//! | `GTXREGD1` | 162 | owner 32, scheme u8, key hash 32, kind u8, zone u32, import W u32, export W u32, modulus Wh u64, metadata hash 32, last valid interval u32 |
//! | `GTXROTA1` | 132 | device u32, new epoch u16, owner 32, scheme u8, key hash 32, opening import u64, opening export u64, interval u32, flags u8 |
//! | `GTXFREQ1` | 59 | device u32, epoch u16, Unix ms u64, frequency mHz u32, quality u8 |
//! | `GTXSOCR1` | 63 | device u32, epoch u16, Unix ms u64, stored Wh u64, flags u8 |
//! | `GTXDISP1` | 89 | device u32, epoch u16, dispatch u64, revision u16, action u8, power W i64, start, end, acknowledge by: Unix s u64 each |
//! | `GTXACKN1` | 98 | device u32, epoch u16, dispatch u64, revision u16, answer u8, reason u8, committed W i64, SHA-256 of the `GTXDISP1` bytes 32 |
//!
//! `tests/vectors/messages.json` has a worked example of each, with its signature in both schemes.

use crate::{
	device::{DeviceKind, PublicKey},
	reading::Reading,
	units::{DeviceId, Epoch, Interval, Wh, ZoneId},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Hash of the chain's first block: no message is good on two chains.
pub type GenesisHash = [u8; 32];

/// Length of the signed bytes of a reading.
pub const READING_LEN: usize = 71;
/// Length of the signed bytes of a registration.
pub const REGISTRATION_LEN: usize = 162;
/// Length of the signed bytes of a key rotation.
pub const ROTATION_LEN: usize = 132;
/// Length of the signed bytes of a frequency report.
pub const FREQUENCY_LEN: usize = 59;
/// Length of the signed bytes of a battery's state of charge.
pub const STATE_OF_CHARGE_LEN: usize = 63;
/// Length of the signed bytes of a dispatch.
pub const DISPATCH_LEN: usize = 89;
/// Length of the signed bytes of an acknowledgement.
pub const ACKNOWLEDGEMENT_LEN: usize = 98;

/// Lays the parts one behind the other. A caller's parts always add up to `N`; a test of each message says so.
fn concat<const N: usize>(magic: &[u8; 8], genesis: &GenesisHash, fields: &[&[u8]]) -> [u8; N] {
	let mut out = [0; N];
	let parts = magic
		.iter()
		.chain(genesis)
		.chain(fields.iter().flat_map(|field| field.iter()));
	out.iter_mut().zip(parts).for_each(|(to, from)| *to = *from);
	out
}

/// `GTXREAD1`: a meter's registers at the end of an interval.
pub fn reading(genesis: &GenesisHash, reading: &Reading) -> [u8; READING_LEN] {
	concat(
		b"GTXREAD1",
		genesis,
		&[
			&reading.device.to_le_bytes(),
			&reading.epoch.to_le_bytes(),
			&reading.interval.to_le_bytes(),
			&reading.import_wh.to_le_bytes(),
			&reading.export_wh.to_le_bytes(),
			&[reading.quality.0],
			&reading.power_w.to_le_bytes(),
		],
	)
}

/// What a device signs to prove, at its registration, that it holds its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration<'a> {
	/// The owner's account, 32 bytes.
	pub owner: &'a [u8; 32],
	/// The key that signs.
	pub key: &'a PublicKey,
	/// What the device is.
	pub kind: DeviceKind,
	/// Where it says it is connected.
	pub zone: ZoneId,
	/// Import rating, W.
	pub import_w: u32,
	/// Export rating, W.
	pub export_w: u32,
	/// Where its registers roll over, Wh; 0 stands for 2^64.
	pub modulus_wh: Wh,
	/// hash(32 random bytes ‖ the document that describes the device).
	pub metadata_hash: &'a [u8; 32],
	/// Not valid after this interval.
	pub last_valid_interval: Interval,
}

/// `GTXREGD1`: a device's proof of possession.
pub fn registration(genesis: &GenesisHash, registration: &Registration) -> [u8; REGISTRATION_LEN] {
	concat(
		b"GTXREGD1",
		genesis,
		&[
			registration.owner,
			&[registration.key.scheme() as u8],
			&registration.key.hash(),
			&[registration.kind as u8],
			&registration.zone.to_le_bytes(),
			&registration.import_w.to_le_bytes(),
			&registration.export_w.to_le_bytes(),
			&registration.modulus_wh.to_le_bytes(),
			registration.metadata_hash,
			&registration.last_valid_interval.to_le_bytes(),
		],
	)
}

/// Set in [`Rotation::flags`] when the meter itself was exchanged.
pub const ROTATION_METER_SWAPPED: u8 = 1;

/// What the old and the new key sign when a device changes its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation<'a> {
	/// The device.
	pub device: DeviceId,
	/// The epoch that begins.
	pub new_epoch: Epoch,
	/// The owner's account, 32 bytes.
	pub owner: &'a [u8; 32],
	/// The new key.
	pub key: &'a PublicKey,
	/// Import register with which the new epoch opens, Wh.
	pub opening_import_wh: Wh,
	/// Export register with which the new epoch opens, Wh.
	pub opening_export_wh: Wh,
	/// The interval during which it happened.
	pub interval: Interval,
	/// [`ROTATION_METER_SWAPPED`] or 0.
	pub flags: u8,
}

/// `GTXROTA1`: a change of key, or of the meter.
pub fn rotation(genesis: &GenesisHash, rotation: &Rotation) -> [u8; ROTATION_LEN] {
	concat(
		b"GTXROTA1",
		genesis,
		&[
			&rotation.device.to_le_bytes(),
			&rotation.new_epoch.to_le_bytes(),
			rotation.owner,
			&[rotation.key.scheme() as u8],
			&rotation.key.hash(),
			&rotation.opening_import_wh.to_le_bytes(),
			&rotation.opening_export_wh.to_le_bytes(),
			&rotation.interval.to_le_bytes(),
			&[rotation.flags],
		],
	)
}

/// A sensor's report of the grid's frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Frequency {
	/// The sensor.
	pub device: DeviceId,
	/// Epoch of its key.
	pub epoch: Epoch,
	/// When it measured, Unix milliseconds.
	pub unix_ms: u64,
	/// What it measured, millihertz.
	pub frequency_mhz: u32,
	/// Quality bits, as in a reading.
	pub quality: u8,
}

/// `GTXFREQ1`: a frequency report.
pub fn frequency(genesis: &GenesisHash, report: &Frequency) -> [u8; FREQUENCY_LEN] {
	concat(
		b"GTXFREQ1",
		genesis,
		&[
			&report.device.to_le_bytes(),
			&report.epoch.to_le_bytes(),
			&report.unix_ms.to_le_bytes(),
			&report.frequency_mhz.to_le_bytes(),
			&[report.quality],
		],
	)
}

/// A battery's report of what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct StateOfCharge {
	/// The battery.
	pub device: DeviceId,
	/// Epoch of its key.
	pub epoch: Epoch,
	/// When it measured, Unix milliseconds.
	pub unix_ms: u64,
	/// Stored energy, Wh.
	pub stored_wh: Wh,
	/// Bit 0: clock not synchronised; bit 1: unavailable.
	pub flags: u8,
}

/// `GTXSOCR1`: a battery's state of charge.
pub fn state_of_charge(genesis: &GenesisHash, report: &StateOfCharge) -> [u8; STATE_OF_CHARGE_LEN] {
	concat(
		b"GTXSOCR1",
		genesis,
		&[
			&report.device.to_le_bytes(),
			&report.epoch.to_le_bytes(),
			&report.unix_ms.to_le_bytes(),
			&report.stored_wh.to_le_bytes(),
			&[report.flags],
		],
	)
}

/// What a dispatch tells a device to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Action {
	/// Run at a power.
	Setpoint = 0,
	/// Switch off.
	Shed = 1,
	/// Switch on again.
	Restore = 2,
	/// Forget the dispatch.
	Cancel = 3,
}

/// An instruction to one device, as an agent signs it and the device checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Dispatch {
	/// The device.
	pub device: DeviceId,
	/// Epoch of the device's key.
	pub epoch: Epoch,
	/// Number of the dispatch event.
	pub dispatch: u64,
	/// Rises with every change of the event.
	pub revision: u16,
	/// What to do.
	pub action: Action,
	/// Setpoint, W, positive = feeding the grid.
	pub power_w: i64,
	/// When it begins, Unix seconds.
	pub start: u64,
	/// When it ends, Unix seconds.
	pub end: u64,
	/// Answer before this time, Unix seconds.
	pub acknowledge_by: u64,
}

/// `GTXDISP1`: an instruction to a device.
pub fn dispatch(genesis: &GenesisHash, dispatch: &Dispatch) -> [u8; DISPATCH_LEN] {
	concat(
		b"GTXDISP1",
		genesis,
		&[
			&dispatch.device.to_le_bytes(),
			&dispatch.epoch.to_le_bytes(),
			&dispatch.dispatch.to_le_bytes(),
			&dispatch.revision.to_le_bytes(),
			&[dispatch.action as u8],
			&dispatch.power_w.to_le_bytes(),
			&dispatch.start.to_le_bytes(),
			&dispatch.end.to_le_bytes(),
			&dispatch.acknowledge_by.to_le_bytes(),
		],
	)
}

/// SHA-256 of the `GTXDISP1` bytes: how an acknowledgement names what it answers.
pub fn dispatch_hash(genesis: &GenesisHash, instruction: &Dispatch) -> [u8; 32] {
	sp_crypto_hashing::sha2_256(&dispatch(genesis, instruction))
}

/// A device's answer to a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Answer {
	/// It will do as told.
	Accept = 0,
	/// It will not; the reason says why.
	Decline = 1,
}

/// A device's signed answer to a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Acknowledgement {
	/// The device.
	pub device: DeviceId,
	/// Epoch of its key.
	pub epoch: Epoch,
	/// Number of the dispatch event.
	pub dispatch: u64,
	/// The revision it answers.
	pub revision: u16,
	/// Accepted or declined.
	pub answer: Answer,
	/// 0, or the device's own code for why it declines.
	pub reason: u8,
	/// What it commits to, W, positive = feeding the grid.
	pub committed_w: i64,
	/// SHA-256 of the `GTXDISP1` bytes it answers.
	pub dispatch_hash: [u8; 32],
}

/// `GTXACKN1`: a device's answer to a dispatch.
pub fn acknowledgement(genesis: &GenesisHash, answer: &Acknowledgement) -> [u8; ACKNOWLEDGEMENT_LEN] {
	concat(
		b"GTXACKN1",
		genesis,
		&[
			&answer.device.to_le_bytes(),
			&answer.epoch.to_le_bytes(),
			&answer.dispatch.to_le_bytes(),
			&answer.revision.to_le_bytes(),
			&[answer.answer as u8],
			&[answer.reason],
			&answer.committed_w.to_le_bytes(),
			&answer.dispatch_hash,
		],
	)
}
