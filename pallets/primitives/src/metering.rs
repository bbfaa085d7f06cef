//! What was measured, as settlement and the virtual power plant read it.

use crate::{
	device::Source,
	units::{DeviceId, Interval, Wh, ZoneId},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// More than there are sources.
pub const MAX_SOURCES: u32 = 8;

/// The energy of one device in one interval.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct IntervalEnergy {
	/// Imported, Wh.
	pub import_wh: Wh,
	/// Exported, Wh.
	pub export_wh: Wh,
	/// Shared out of a longer span: not proven for this interval.
	pub estimated: bool,
	/// Measured, but not fit for billing (clock, tamper, a gap too long): on the books, not on the market.
	pub unallocated: bool,
}

/// Exports by source, in the order of the sources' codes, each at most once.
pub type Exports = BoundedVec<(Source, Wh), ConstU32<MAX_SOURCES>>;

/// What all of an account's connection points in one zone measured in one interval.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Position<AccountId> {
	/// Whose energy it is.
	pub account: AccountId,
	/// Where it flowed.
	pub zone: ZoneId,
	/// Imported, Wh.
	pub import_wh: Wh,
	/// Exported, Wh, by source; estimated energy under [`Source::Estimated`].
	pub exports: Exports,
	/// Active connection points of which neither this interval's nor a later reading had been accepted.
	pub unread: u32,
}

/// How much of the grid was read.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Coverage {
	/// Active connection points.
	pub active: u32,
	/// Those of which a reading of the interval or a later one had been accepted when it was measured.
	pub read: u32,
}

/// Telemetry, as settlement and the virtual power plant use it.
pub trait Metering<AccountId> {
	/// The last interval whose energy is final for every device that was read; intervals follow each other without a gap.
	fn measured_through() -> Option<Interval>;

	/// Hands over at most `max` positions of a measured interval and forgets them; an empty answer says that there are no more.
	fn take_positions(interval: Interval, max: u32) -> Vec<Position<AccountId>>;

	/// Hands over at most `max` positions that came after their interval was measured, and forgets them.
	fn take_late(max: u32) -> Vec<(Interval, Position<AccountId>)>;

	/// How much of the grid was read for a measured interval that is still in the window.
	fn coverage(interval: Interval) -> Coverage;

	/// A device's energy in a measured interval that is still in the window.
	fn energy(device: DeviceId, interval: Interval) -> Option<IntervalEnergy>;

	/// Metered export of a zone by source in an interval still in the window: the most that may ever be issued.
	fn exported(interval: Interval, zone: ZoneId, source: Source) -> Wh;
}
