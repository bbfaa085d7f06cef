//! Work that goes on over several blocks, and where it stands.

use crate::types::BookId;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::{
	metering::{Exports, MAX_SOURCES},
	Interval, Position, Price, Source, Wh, ZoneId,
};
use scale_info::TypeInfo;

/// Orders on a page of a book.
pub const ORDERS_PER_PAGE: u32 = 64;
/// Fills on a page of a round's result: what one step applies.
pub const FILLS_PER_PAGE: u32 = 32;
/// Metered positions that settlement takes at a time.
pub const POSITIONS_PER_STEP: u32 = 32;
/// Records of sales that are forgotten in one step.
pub const SALES_PER_STEP: u32 = 64;

/// A trade that a round has found and that is still to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Fill {
	/// The offer's number.
	pub offer: u32,
	/// The bid's number.
	pub bid: u32,
	/// How much, Wh.
	pub quantity_wh: Wh,
	/// What the seller receives, planck per kWh: the price of its zone.
	pub seller_price: Price,
	/// What the buyer pays, planck per kWh: the price of its zone and the market's fee.
	pub buyer_price: Price,
}

/// Fills that are applied in one step.
pub type FillPage = BoundedVec<Fill, ConstU32<FILLS_PER_PAGE>>;

/// How far a round has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum RoundStage {
	/// The book is cleared and frozen; its fills are made page by page.
	Applying {
		/// The page to be applied next.
		next: u32,
		/// How many pages there are.
		pages: u32,
	},
	/// The fills are made; what is filled, cancelled or expired leaves the book, page by page.
	Sweeping {
		/// Which page of orders is next.
		next: u32,
	},
}

/// The round that is being worked on. There is one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Round {
	/// The book it clears.
	pub book: BookId,
	/// How far it has come.
	pub stage: RoundStage,
	/// Whether the book closes with it, and all its orders lapse.
	pub closing: bool,
}

/// The queue of books with something new: entries from `head` to `due` are worked on, those from `due` to `tail` wait for the
/// next beginning of a round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct QueueBounds {
	/// The first entry.
	pub head: u64,
	/// The first entry that is not due.
	pub due: u64,
	/// Behind the last entry.
	pub tail: u64,
}

/// Something that is due when an interval begins.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Task {
	/// A book takes no more orders: a last round, then what is left lapses.
	CloseBook(BookId),
	/// Orders of the book have reached their last interval: a round lets them go.
	ExpireOrders(BookId),
	/// Contracts of the interval have waited long enough for a reading.
	EndWaiting(Interval),
	/// Nobody asks any more what was sold ahead for the interval.
	ForgetSales(Interval),
}

/// How far the settlement of an interval has come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum SettlingStage<AccountId> {
	/// The interval is not measured yet, or its forward book is not closed, or dispatches in it are still being proven.
	NotBegun,
	/// Metered positions are taken and their contracts delivered.
	Positions,
	/// All positions are taken; contracts that none of them reached are looked at one by one.
	Contracts {
		/// The last one looked at.
		after: Option<(AccountId, ZoneId, u32)>,
	},
}

/// A position whose exports are being shared out among its account's contracts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Allotment<AccountId> {
	/// The interval; not the one being settled if the position came late.
	pub interval: Interval,
	/// The seller.
	pub account: AccountId,
	/// Where it fed in.
	pub zone: ZoneId,
	/// Credits set aside for its contracts and not yet delivered, by source.
	pub held: Exports,
	/// Whether some of the account's connection points could not be read: what is missing may still come.
	pub unread: bool,
	/// The contract to be looked at next.
	pub next: u32,
	/// The number of contracts ever made.
	pub contracts: u32,
}

impl<AccountId> Allotment<AccountId> {
	/// Takes up to `wh` out of what is set aside, in the order of the sources.
	pub fn plan(&self, mut wh: Wh) -> BoundedVec<(Source, Wh), ConstU32<MAX_SOURCES>> {
		let mut parts = self.held.clone();
		for (_, part) in parts.iter_mut() {
			*part = wh.min(*part);
			wh = wh.saturating_sub(*part);
		}
		parts.retain(|(_, part)| *part > 0);
		parts
	}

	/// Strikes what was delivered off what is set aside.
	pub fn spend(&mut self, parts: &[(Source, Wh)]) {
		for (source, wh) in self.held.iter_mut() {
			let spent = parts
				.iter()
				.find(|(other, _)| other == source)
				.map_or(0, |(_, spent)| *spent);
			*wh = wh.saturating_sub(spent);
		}
	}
}

/// Counts of a settlement, for its event.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Tally {
	/// Metered positions taken.
	pub positions: u32,
	/// Contracts delivered in full.
	pub delivered: u32,
	/// Contracts closed with something missing, compensated from collateral.
	pub short: u32,
	/// Contracts that wait for a reading.
	pub waiting: u32,
	/// Contracts of zones out of service, refunded on both sides.
	pub refunded: u32,
}

/// A position that came after its interval was measured.
pub type LatePosition<AccountId> = (Interval, Position<AccountId>);

/// The cursor of settlement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Settling<AccountId> {
	/// The interval being settled, or to be settled next.
	pub interval: Interval,
	/// How far it has come.
	pub stage: SettlingStage<AccountId>,
	/// Positions of that interval that have been taken and are still to be settled, the last one first.
	pub pending: BoundedVec<Position<AccountId>, ConstU32<POSITIONS_PER_STEP>>,
	/// Positions that came late and are still to be looked at, the last one first.
	pub late: BoundedVec<LatePosition<AccountId>, ConstU32<POSITIONS_PER_STEP>>,
	/// The position whose contracts are being delivered.
	pub allotment: Option<Allotment<AccountId>>,
	/// Counts so far.
	pub tally: Tally,
}

impl<AccountId> Settling<AccountId> {
	/// Stands before `interval`.
	pub fn before(interval: Interval) -> Self {
		Self {
			interval,
			stage: SettlingStage::NotBegun,
			pending: BoundedVec::new(),
			late: BoundedVec::new(),
			allotment: None,
			tally: Tally::default(),
		}
	}
}
