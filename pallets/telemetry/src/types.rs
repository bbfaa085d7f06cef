//! What the pallet stores and reports.

use crate::{
	energy::{Amount, Span, Standing},
	slots::Slots,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{
	device::Registers,
	metering::{Coverage, Exports, IntervalEnergy},
	Balance, Interval, Quality, Source, Wh, ZoneId,
};
use scale_info::TypeInfo;
use sp_runtime::Weight;

/// Why a reading was refused. Only the first three are held against a carrier: it could have known them.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Refusal {
	/// A reserved quality bit is set, the slot is not on the page, or the page does not come after the one before it.
	Malformed = 0,
	/// The batch already has a reading of this device and interval.
	Duplicate = 1,
	/// The signature is not by the device's key over these values.
	BadSignature = 2,
	/// No such device is registered.
	UnknownDevice = 3,
	/// The device is pending, suspended or decommissioned.
	Inactive = 4,
	/// The device belongs to another account than the one that submits its own readings.
	NotOwned = 5,
	/// Signed with another key than the present one, or for an interval before the present meter was installed.
	WrongEpoch = 6,
	/// The interval is not over yet.
	Future = 7,
	/// Too far beyond what has been measured, after an outage: send it again later.
	Ahead = 8,
	/// Not newer than what is known of the device, known already, or within a gap that has been shared out.
	Stale = 9,
	/// Validly signed, but other registers were accepted for the same interval. The two readings are evidence: the device
	/// registry takes them.
	Conflicting = 10,
	/// A register stands behind an earlier reading, or before it a later one.
	Backwards = 11,
	/// A register moved further than the attested rating allows, or stands beyond where it rolls over.
	Implausible = 12,
}

impl Refusal {
	/// Whether a carrier answers for it with its bond.
	pub const fn is_fault(self) -> bool {
		matches!(self, Refusal::Malformed | Refusal::Duplicate | Refusal::BadSignature)
	}
}

/// What was taken from a bond in one day.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Slashed {
	/// Days since the Unix epoch.
	pub day: u32,
	/// Planck.
	pub amount: Balance,
}

/// What an account carried in one block.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Carried<BlockNumber> {
	/// The block.
	pub block: BlockNumber,
	/// Readings, accepted or not.
	pub readings: u32,
}

/// An account that governance admitted to carry readings without a fee.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Carrier<AccountId, BlockNumber> {
	/// Who answers for it: the bond is held on this account.
	pub owner: AccountId,
	/// The most readings it may submit in a block.
	pub quota: u32,
	/// What is held of its bond, planck.
	pub bond: Balance,
	/// Whether it may submit: bonded, and not slashed below the minimum since.
	pub active: bool,
	/// What was last taken from the bond.
	pub slashed: Slashed,
	/// What it last carried.
	pub carried: Carried<BlockNumber>,
}

/// How much of a block carriers have taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct BlockLoad<BlockNumber> {
	/// The block.
	pub block: BlockNumber,
	/// Weight of their batches: what was declared, less what was given back.
	pub weight: Weight,
	/// Bytes of their batches.
	pub bytes: u32,
}

/// An accepted reading of an interval that has not been measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Point {
	/// The continued registers: as read, shifted by what meter swaps have left behind.
	pub registers: Registers,
	/// What the meter said about them.
	pub quality: Quality,
}

/// A device's energy in a measured interval, as it is kept for the window: small numbers take few bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Energy {
	/// Imported, Wh.
	#[codec(compact)]
	pub import_wh: Wh,
	/// Exported, Wh.
	#[codec(compact)]
	pub export_wh: Wh,
	/// How good it is.
	pub standing: Standing,
}

impl Energy {
	/// An amount and its standing.
	pub const fn new(amount: Amount, standing: Standing) -> Self {
		Self {
			import_wh: amount.import_wh,
			export_wh: amount.export_wh,
			standing,
		}
	}
}

impl From<Energy> for IntervalEnergy {
	fn from(energy: Energy) -> Self {
		Self {
			import_wh: energy.import_wh,
			export_wh: energy.export_wh,
			estimated: energy.standing == Standing::Estimated,
			unallocated: energy.standing == Standing::Unallocated,
		}
	}
}

/// Energies of the devices on a page.
pub type EnergyPage = Slots<Energy>;

/// Energy that counts, in one interval: of a zone, or of an account in a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Flow {
	/// Imported, Wh.
	pub import_wh: Wh,
	/// Exported, Wh, by source, in the order of the sources' codes; no zeroes.
	pub exports: Exports,
}

impl Flow {
	/// Adds an amount whose exports are of `source`.
	pub fn add(&mut self, amount: Amount, source: Source) {
		self.import_wh = self.import_wh.saturating_add(amount.import_wh);
		self.add_export(source, amount.export_wh);
	}

	/// Adds another flow.
	pub fn merge(&mut self, other: &Flow) {
		self.import_wh = self.import_wh.saturating_add(other.import_wh);
		other
			.exports
			.iter()
			.for_each(|(source, wh)| self.add_export(*source, *wh));
	}

	/// Exports of one source, Wh.
	pub fn exported(&self, source: Source) -> Wh {
		self.exports
			.iter()
			.find(|(of, _)| *of == source)
			.map_or(0, |(_, wh)| *wh)
	}

	fn add_export(&mut self, source: Source, wh: Wh) {
		if wh == 0 {
			return;
		}
		match self.exports.binary_search_by_key(&source, |(of, _)| *of) {
			Ok(at) => {
				if let Some((_, sum)) = self.exports.get_mut(at) {
					*sum = sum.saturating_add(wh);
				}
			}
			Err(at) => {
				let inserted = self.exports.try_insert(at, (source, wh));
				debug_assert!(inserted.is_ok(), "there is room for every source");
			}
		}
	}
}

/// What all of an account's connection points in one zone measured in an interval.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct PositionSums {
	/// The energy that counts.
	pub flow: Flow,
	/// Connection points that could not be read.
	pub unread: u32,
}

/// Energy that became known after its intervals had been measured.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct LateSpan<AccountId> {
	/// Whose energy it is.
	pub account: AccountId,
	/// Where it flowed.
	pub zone: ZoneId,
	/// What its exports count as.
	pub source: Source,
	/// The span that its intervals share.
	pub span: Span,
	/// The last interval that has been handed over.
	pub after: Interval,
	/// The last interval that was measured without it.
	pub through: Interval,
}

/// Counts of one interval's measuring.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tally {
	/// Active connection points, and those that were read.
	pub coverage: Coverage,
	/// Connection points whose energy was estimated.
	pub estimated: u32,
	/// Connection points whose energy could not be allocated.
	pub unallocated: u32,
}

impl Tally {
	/// Adds the counts of a page.
	pub fn add(&mut self, page: &Tally) {
		let Coverage { active, read } = page.coverage;
		self.coverage.active = self.coverage.active.saturating_add(active);
		self.coverage.read = self.coverage.read.saturating_add(read);
		self.estimated = self.estimated.saturating_add(page.estimated);
		self.unallocated = self.unallocated.saturating_add(page.unallocated);
	}
}

/// How far measuring has come.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Cursor {
	/// The interval that is measured next, or being measured.
	pub interval: Interval,
	/// Its next page.
	pub page: u32,
	/// Its counts so far.
	pub tally: Tally,
	/// The latest interval in which there was a block.
	pub seen: Interval,
	/// Nothing is measured before this interval: after an outage, the oracles first get the time to catch up.
	pub not_before: Interval,
}

impl Cursor {
	/// The last interval that has been measured for `page`.
	pub const fn through(&self, page: u32) -> Interval {
		if page < self.page {
			self.interval
		} else {
			self.interval.saturating_sub(1)
		}
	}
}

/// Energy in both directions since genesis, Wh.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Total {
	/// Imported, Wh.
	pub import_wh: u128,
	/// Exported, Wh.
	pub export_wh: u128,
}

impl Total {
	/// Adds an amount. Sums of u64 over the life of a chain stay below u128.
	pub fn add(&mut self, amount: Amount) {
		self.import_wh = self.import_wh.saturating_add(amount.import_wh.into());
		self.export_wh = self.export_wh.saturating_add(amount.export_wh.into());
	}

	/// Adds another total.
	pub fn merge(&mut self, other: &Total) {
		self.import_wh = self.import_wh.saturating_add(other.import_wh);
		self.export_wh = self.export_wh.saturating_add(other.export_wh);
	}
}

/// Where the energy of all connection points went. Every watt-hour by which an accepted register advanced is in one of the
/// three, once.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Books {
	/// Measured in time, for positions.
	pub allocated: Total,
	/// Measured, known only after its interval.
	pub late: Total,
	/// Not fit for billing: clock, tamper, a gap too long, not active, a meter swap without closing registers.
	pub unallocated: Total,
}

impl Books {
	/// Adds what a page contributed.
	pub fn merge(&mut self, page: &Books) {
		self.allocated.merge(&page.allocated);
		self.late.merge(&page.late);
		self.unallocated.merge(&page.unallocated);
	}
}

/// The registers of a device as last accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct LastReading {
	/// The interval at whose end they stood so.
	pub interval: Interval,
	/// As the meter shows them.
	pub registers: Registers,
}
