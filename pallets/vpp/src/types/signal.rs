//! What the grid says: needs, frequencies, and measured history.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{Balance, DeviceId, Interval, Wh, ZoneId};
use scale_info::TypeInfo;

/// The most sensors a report and the median take in.
pub const MAX_SENSORS: u32 = 32;
/// The most like intervals kept for one time of day.
pub const MAX_SAMPLES: u32 = crate::math::baseline::LIKE_DAYS;

/// What the grid needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Need {
	/// The grid's frequency, mHz: the program answers by its own characteristic.
	Frequency(u32),
	/// A requested change of power, W, positive = feeding the grid; 0 ends what was requested before.
	Power(i32),
	/// What relieves the line above the signal's zone, W: positive where too much flows into the zone (feed in more), negative
	/// where too much flows out of it; 0 ends it.
	LineOverload(i32),
}

/// Who comes first where two needs want the same program. A higher one supersedes a lower one; equals supersede each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
	/// Power somebody asked for.
	Power,
	/// The system's frequency.
	Frequency,
	/// A line that is about to trip.
	LineOverload,
}

impl Need {
	/// Its rank.
	pub const fn rank(&self) -> Rank {
		match self {
			Self::Power(_) => Rank::Power,
			Self::Frequency(_) => Rank::Frequency,
			Self::LineOverload(_) => Rank::LineOverload,
		}
	}
}

/// A grid operator's signal, waiting for the controller's next turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Signal {
	/// The zone whose operator gave it; a requested power is taken from assets in the zone and below it.
	pub zone: ZoneId,
	/// What is needed.
	pub need: Need,
	/// From when on, Unix seconds.
	pub start: u64,
	/// Until when, Unix seconds: the signal and what it brings about end then.
	pub end: u64,
}

/// The latest reading of a sensor's owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct SensorReading<AccountId> {
	/// Whose sensor it is: each owner has one voice in the median, however many sensors.
	pub owner: AccountId,
	/// The sensor.
	pub device: DeviceId,
	/// When it measured, Unix milliseconds.
	pub unix_ms: u64,
	/// What it measured, mHz.
	pub frequency_mhz: u32,
}

/// The grid's frequency as the sensors report it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct GridFrequency {
	/// The median, mHz.
	pub frequency_mhz: u32,
	/// When the chain took it in, Unix milliseconds.
	pub at_ms: u64,
}

/// The measured net export of an ordinary interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Sample {
	/// Which interval.
	pub interval: Interval,
	/// Export less import, Wh.
	pub net_wh: i64,
}

/// Contract energy withheld from the market under a dispatch, and what is set aside for its buyers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Withheld {
	/// Energy that is not compensated yet, Wh.
	pub wh: Wh,
	/// What is left to compensate it with, planck of the program's budget.
	pub reserved: Balance,
}

impl Withheld {
	/// Adds to it.
	pub fn add(&mut self, wh: Wh, reserved: Balance) {
		self.wh = self.wh.saturating_add(wh);
		self.reserved = self.reserved.saturating_add(reserved);
	}
}
