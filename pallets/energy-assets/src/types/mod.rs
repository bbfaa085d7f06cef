//! What the ledger of credits is made of.

mod certificate;
mod interval_set;

pub use certificate::{Beneficiary, Certificate, Retirements};
pub use interval_set::{IntervalSet, MAX_RANGES};

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::{ClassId, Interval, Source, Wh, ZoneId};
use scale_info::TypeInfo;

/// The part of a class that tells credits of one interval apart.
///
/// Storage lists keys in the order of their bytes. Here that is the order in which credits are used: by source code, then zone
/// of origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ClassKey {
	/// What they came from.
	pub source: Source,
	/// The zone of origin, big-endian.
	pub zone: [u8; 4],
}

impl ClassKey {
	/// The class in an interval.
	pub const fn class(self, interval: Interval) -> ClassId {
		ClassId {
			interval,
			zone: ZoneId::from_be_bytes(self.zone),
			source: self.source,
		}
	}
}

impl From<ClassId> for ClassKey {
	fn from(class: ClassId) -> Self {
		Self {
			source: class.source,
			zone: class.zone.to_be_bytes(),
		}
	}
}

/// Credits of one class that an account has in one delivery zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Holding {
	/// At the holder's disposal, Wh.
	#[codec(compact)]
	pub free: Wh,
	/// Set aside for offers and contracts, Wh.
	#[codec(compact)]
	pub held: Wh,
}

impl Holding {
	/// Free and held together, Wh.
	pub const fn total(&self) -> Wh {
		// Never more than was issued of the class, which is below 2^64.
		self.free.saturating_add(self.held)
	}
}

/// What an account imported in a zone and interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Position {
	/// Metered, Wh.
	#[codec(compact)]
	pub import_wh: Wh,
	/// Covered by credits, Wh.
	#[codec(compact)]
	pub consumed_wh: Wh,
}

impl Position {
	/// What credits may still cover, Wh.
	pub const fn uncovered(&self) -> Wh {
		self.import_wh.saturating_sub(self.consumed_wh)
	}
}

/// What became of credits: issued = outstanding + consumed + retired + expired. All Wh.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tally {
	/// Came into being, for metered export.
	#[codec(compact)]
	pub issued: u128,
	/// Set against metered import.
	#[codec(compact)]
	pub consumed: u128,
	/// Certified for a beneficiary.
	#[codec(compact)]
	pub retired: u128,
	/// Used by nobody.
	#[codec(compact)]
	pub expired: u128,
}

impl Tally {
	/// Not issued any more: consumed, retired and expired together.
	pub const fn spent(&self) -> u128 {
		self.consumed.saturating_add(self.retired).saturating_add(self.expired)
	}

	/// In somebody's hands.
	pub const fn outstanding(&self) -> u128 {
		self.issued.saturating_sub(self.spent())
	}

	/// Both together.
	pub const fn plus(&self, other: &Self) -> Self {
		Self {
			issued: self.issued.saturating_add(other.issued),
			consumed: self.consumed.saturating_add(other.consumed),
			retired: self.retired.saturating_add(other.retired),
			expired: self.expired.saturating_add(other.expired),
		}
	}
}

/// A class of credits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Class {
	/// What became of them. No more than 2^64 - 1 Wh are issued of a class, so no holding of it ever overflows.
	pub tally: Tally,
	/// How many accounts were issued some.
	#[codec(compact)]
	pub issuers: u32,
}

/// What is billed outside the chain, at tariff. Registers that only rise, as a meter's do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Residual {
	/// Import that no credit covered, Wh.
	#[codec(compact)]
	pub supply_wh: u128,
	/// Credits that expired, and export that came too late to be issued, Wh.
	#[codec(compact)]
	pub feed_in_wh: u128,
}

/// What of an interval is closed next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Stage {
	/// Positions, and the credits that cover them.
	#[default]
	Positions,
	/// Credits where their holder has no position.
	Holdings,
	/// Classes.
	Classes,
}

/// How far the closing of an interval has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Progress {
	/// What is next.
	pub stage: Stage,
	/// The storage key of the last item that is done, so that work goes on from there. Where it is not known, it goes on from
	/// the first item that is left, which takes longer and comes to the same.
	pub after: Option<BoundedVec<u8, ConstU32<128>>>,
	/// Positions done.
	pub positions: u32,
	/// Holdings done.
	pub holdings: u32,
	/// Classes done.
	pub classes: u32,
}
