//! Orders and the books they stand in.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use gridtokenx_primitives::{units::payment, Balance, ClassId, Interval, Price, Source, Wh, ZoneId};
use scale_info::TypeInfo;

/// When an interval's energy is traded.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Phase {
	/// Before delivery: offers are promises, backed by an attested rating and by collateral.
	Forward,
	/// After settlement: offers are credits that exist.
	Spot,
}

/// A book: everything that is traded of one delivery interval in one phase.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BookId {
	/// When the energy is, or was, delivered.
	pub interval: Interval,
	/// Before or after delivery.
	pub phase: Phase,
}

/// An order's name.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct OrderId {
	/// The book it stands in.
	pub book: BookId,
	/// Its number in that book; a lower number came earlier.
	pub number: u32,
}

/// What stands behind an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Backing {
	/// The seller's attested export rating and collateral: an offer in the forward phase.
	Capacity,
	/// Credits of the order's interval that the seller holds in the order's zone: an offer in the spot phase.
	Credits {
		/// The zone in which the energy was fed in.
		origin: ZoneId,
		/// What the energy came from.
		source: Source,
	},
}

/// What a bid is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Purpose {
	/// Energy to be delivered: a bid in the forward phase.
	Delivery,
	/// Credits to set against metered import: a bid in the spot phase, within what was imported.
	Consume,
	/// Credits to be retired in the buyer's name as soon as they are bought: a bid in the spot phase, not limited by import.
	Retire,
}

/// Which side an order is on, and in which phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum OrderKind {
	/// Sells energy.
	Offer(Backing),
	/// Buys energy.
	Bid(Purpose),
}

impl OrderKind {
	/// The phase in which such an order trades.
	pub const fn phase(self) -> Phase {
		match self {
			OrderKind::Offer(Backing::Capacity) | OrderKind::Bid(Purpose::Delivery) => Phase::Forward,
			_ => Phase::Spot,
		}
	}

	/// Whether the order sells.
	pub const fn is_offer(self) -> bool {
		matches!(self, OrderKind::Offer(_))
	}

	/// Whether the order counts against what its account may import: all bids but those for retirement.
	pub const fn needs_import(self) -> bool {
		matches!(self, OrderKind::Bid(Purpose::Delivery | Purpose::Consume))
	}
}

/// How long an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum TimeInForce {
	/// Until its book closes.
	TillGate,
	/// To the end of this interval, or until its book closes.
	Until(Interval),
	/// For the next round only: what is not filled then is cancelled ("immediate or cancel").
	NextRound,
}

/// An order that is to be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct NewOrder {
	/// The delivery interval.
	pub interval: Interval,
	/// Side and phase.
	pub kind: OrderKind,
	/// Where the energy is fed in or drawn.
	pub zone: ZoneId,
	/// How much, Wh: a multiple of the market's lot.
	pub quantity_wh: Wh,
	/// The least an offer takes, the most a bid gives with the market's fee included, planck per kWh: a multiple of the tick,
	/// from floor to cap.
	pub limit_price: Price,
	/// How long it stands.
	pub time_in_force: TimeInForce,
}

impl NewOrder {
	/// The book the order belongs to.
	pub const fn book(&self) -> BookId {
		BookId {
			interval: self.interval,
			phase: self.kind.phase(),
		}
	}
}

/// A cancellation or reduction that waits for a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Leaving {
	/// The round after which it takes effect; 0 takes the energy out of the next round already.
	pub after_round: u32,
	/// How much leaves the book, Wh; never more than is open.
	pub wh: Wh,
}

/// An order that stands in a book.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Order<AccountId> {
	/// Its number in the book.
	pub number: u32,
	/// Who placed it.
	pub account: AccountId,
	/// Side and phase.
	pub kind: OrderKind,
	/// Where the energy is fed in or drawn.
	pub zone: ZoneId,
	/// What has not been filled, Wh.
	pub open_wh: Wh,
	/// What has been filled, Wh.
	pub filled_wh: Wh,
	/// Limit, planck per kWh; a bid's includes the market's fee.
	pub limit_price: Price,
	/// How long it stands.
	pub time_in_force: TimeInForce,
	/// The first round it takes part in.
	pub first_round: u32,
	/// What its owner has taken back.
	pub leaving: Option<Leaving>,
}

impl<AccountId> Order<AccountId> {
	/// The money that a bid for `wh` holds at this order's limit; offers hold none.
	pub fn money_for(&self, wh: Wh) -> Balance {
		if self.kind.is_offer() {
			0
		} else {
			payment(self.limit_price, wh)
		}
	}

	/// The class of credits that a spot offer sells.
	pub fn class(&self, interval: Interval) -> Option<ClassId> {
		match self.kind {
			OrderKind::Offer(Backing::Credits { origin, source }) => Some(ClassId {
				interval,
				zone: origin,
				source,
			}),
			_ => None,
		}
	}

	/// Whether the order's time was over before the running interval.
	pub fn is_expired(&self, now: Interval) -> bool {
		matches!(self.time_in_force, TimeInForce::Until(last) if last < now)
	}

	/// What the order brings into a round, Wh.
	pub fn wh_in_round(&self, round: u32, now: Interval) -> Wh {
		if self.is_expired(now) {
			return 0;
		}
		let gone = self
			.leaving
			.filter(|leaving| leaving.after_round < round)
			.map_or(0, |leaving| leaving.wh);
		self.open_wh.saturating_sub(gone)
	}
}

/// An entry in an account's list of its own orders in a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OwnOrder {
	/// The order's number in the book.
	pub number: u32,
	/// Whether it sells.
	pub is_offer: bool,
	/// Its limit, planck per kWh.
	pub limit_price: Price,
}

/// The head of a book; its orders stand in pages, by time.
#[derive(
	CloneNoBound,
	DebugNoBound,
	PartialEqNoBound,
	EqNoBound,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[scale_info(skip_type_params(MaxPages))]
#[codec(mel_bound())]
pub struct Book<MaxPages: Get<u32>> {
	/// The first interval in which the book takes no more orders; in it the last round is run.
	pub closes_at: Interval,
	/// Pages by the number that their first order had, rising.
	pub pages: BoundedVec<u32, MaxPages>,
	/// How many orders stand in the book.
	pub orders: u32,
	/// The number of the next order.
	pub next_number: u32,
	/// How many rounds have been cleared.
	pub rounds: u32,
	/// Whether the book waits in the queue for a round.
	pub queued: bool,
}

impl<MaxPages: Get<u32>> Book<MaxPages> {
	/// An empty book.
	pub fn new(closes_at: Interval) -> Self {
		Self {
			closes_at,
			pages: BoundedVec::new(),
			orders: 0,
			next_number: 0,
			rounds: 0,
			queued: false,
		}
	}

	/// The round that an order placed now takes part in first. A round that is being applied was computed before.
	pub const fn next_round(&self) -> u32 {
		self.rounds.saturating_add(1)
	}

	/// The page on which an order of this number stands, if it stands at all.
	pub fn page_of(&self, number: u32) -> Option<u32> {
		let behind = self.pages.partition_point(|first| *first <= number);
		self.pages.get(behind.checked_sub(1)?).copied()
	}
}

/// Why an order left its book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Departure {
	/// Nothing was left to fill.
	Filled,
	/// Its owner cancelled it.
	Cancelled,
	/// Its account lost its last active connection point in the zone.
	Suspended,
	/// Its last interval is over.
	Expired,
	/// It was for one round only.
	OneRound,
	/// The book closed.
	Lapsed,
}
