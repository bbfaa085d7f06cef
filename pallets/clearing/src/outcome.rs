//! What clearing a book gives.

use crate::{OrderId, Price, Wh, ZoneId};
use alloc::vec::Vec;

/// The result for a whole book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearing {
	/// Value of the filled bids, less that of the filled offers, less the charges of the links: the greatest possible.
	/// In money * Wh / kWh, so 1,000 times the money; exact and never negative.
	pub welfare: i128,
	/// Energy traded: the greatest possible at that welfare.
	pub volume_wh: Wh,
	/// Each zone's result, in the order of [`Book::zones`](crate::Book::zones).
	pub zones: Vec<ZoneOutcome>,
	/// How much of each offer is filled, in the order of [`Book::offers`](crate::Book::offers).
	pub offers_filled_wh: Vec<Wh>,
	/// How much of each bid is filled, in the order of [`Book::bids`](crate::Book::bids).
	pub bids_filled_wh: Vec<Wh>,
	/// Who sells to whom, nearest first. At most one per filled order and three per zone.
	pub fills: Vec<Fill>,
}

/// The result for one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneOutcome {
	/// The zone.
	pub id: ZoneId,
	/// What a kWh is worth here; `None` where nothing is traded and nothing flows.
	pub price_per_kwh: Option<Price>,
	/// What flows over the zone's link: positive to the parent, negative from it. 0 at the root.
	pub flow_to_parent_wh: i64,
}

/// A trade between one offer and one bid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
	/// The offer that sells.
	pub offer: OrderId,
	/// The bid that buys.
	pub bid: OrderId,
	/// How much.
	pub quantity_wh: Wh,
	/// What the seller receives per kWh: the price of the offer's zone.
	pub seller_price: Price,
	/// What the buyer pays per kWh: the price of the bid's zone, never below the seller's.
	pub buyer_price: Price,
}
