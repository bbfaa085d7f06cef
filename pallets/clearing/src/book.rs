//! What is to be cleared: zones, offers, bids, and the rule for the price.

use alloc::vec::Vec;
use core::fmt;

/// A zone's identifier.
pub type ZoneId = u32;
/// An order's identifier.
pub type OrderId = u64;
/// Energy in watt-hours.
pub type Wh = u64;
/// Money (the chain's smallest unit) per kWh.
pub type Price = u128;

/// Most offers, and most bids, of a book.
///
/// With the limits on price and quantity it keeps every sum in range: energy below 2^60, welfare below 2^124.
pub const MAX_ORDERS: usize = 1 << 20;
/// Most zones of a book.
pub const MAX_ZONES: usize = 1 << 12;
/// Greatest limit price, and greatest charge of a line, per kWh.
pub const MAX_PRICE: Price = (1 << 64) - 1;
/// Greatest quantity of an order.
pub const MAX_QUANTITY: Wh = (1 << 40) - 1;

/// All that trades in one delivery interval.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
	/// A tree: exactly one zone has no link. In any order.
	pub zones: Vec<Zone>,
	/// Who sells, earliest first.
	pub offers: Vec<Order>,
	/// Who buys, earliest first.
	pub bids: Vec<Order>,
	/// How the price is chosen where several would support the result.
	pub price_rule: PriceRule,
}

/// A part of the grid within which energy moves freely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
	/// Unique in the book.
	pub id: ZoneId,
	/// The line by which the zone hangs from its parent; the root has none.
	pub link: Option<Link>,
}

/// The line from a zone to its parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
	/// The zone at the upper end.
	pub parent: ZoneId,
	/// Most energy, in Wh, that the line may carry up in the interval.
	pub capacity_to_parent_wh: Wh,
	/// Most energy, in Wh, that the line may carry down in the interval.
	pub capacity_from_parent_wh: Wh,
	/// What the line costs per kWh, in either direction; at most [`MAX_PRICE`].
	pub charge_per_kwh: Price,
}

/// An offer or a bid. It may be filled in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
	/// Unique among the offers, or among the bids.
	pub id: OrderId,
	/// Where the energy is fed in, or drawn.
	pub zone: ZoneId,
	/// The least a seller takes, the most a buyer gives, per kWh; at most [`MAX_PRICE`].
	pub price_per_kwh: Price,
	/// From 1 to [`MAX_QUANTITY`] Wh.
	pub quantity_wh: Wh,
}

/// Which price of the interval `[lo, hi]` that supports a result is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceRule {
	/// `isqrt(lo * hi)`: both sides concede the same percentage. Where `lo` is 0, the midpoint.
	#[default]
	GeometricMean,
	/// `floor((lo + hi) / 2)`: both sides concede the same amount.
	Midpoint,
}

/// A side of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
	/// Who sells.
	Offer,
	/// Who buys.
	Bid,
}

/// Why a book cannot be cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookError {
	/// More than [`MAX_ZONES`] zones.
	TooManyZones,
	/// More than [`MAX_ORDERS`] orders on a side.
	TooManyOrders(Side),
	/// No zone is without a link.
	NoRoot,
	/// Two zones are without a link.
	SeveralRoots(ZoneId, ZoneId),
	/// Two zones have this identifier.
	DuplicateZone(ZoneId),
	/// This zone hangs from a zone that the book does not have.
	UnknownParent(ZoneId),
	/// From this zone, no way leads up to the root.
	ParentCycle(ZoneId),
	/// The charge of this zone's link is above [`MAX_PRICE`].
	ChargeOutOfRange(ZoneId),
	/// Two orders of a side have this identifier.
	DuplicateOrder(Side, OrderId),
	/// The order's zone is not in the book.
	UnknownZone(Side, OrderId),
	/// The order's limit price is above [`MAX_PRICE`].
	PriceOutOfRange(Side, OrderId),
	/// The order's quantity is 0 or above [`MAX_QUANTITY`].
	QuantityOutOfRange(Side, OrderId),
}

impl fmt::Display for Side {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		f.write_str(match self {
			Self::Offer => "offer",
			Self::Bid => "bid",
		})
	}
}

impl fmt::Display for BookError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::TooManyZones => write!(f, "more than {MAX_ZONES} zones"),
			Self::TooManyOrders(side) => write!(f, "more than {MAX_ORDERS} {side}s"),
			Self::NoRoot => f.write_str("no zone is the root: exactly one must have no parent"),
			Self::SeveralRoots(a, b) => {
				write!(f, "zones {a} and {b} both have no parent: exactly one must be the root")
			}
			Self::DuplicateZone(zone) => write!(f, "two zones have the id {zone}"),
			Self::UnknownParent(zone) => write!(f, "the parent of zone {zone} is not in the book"),
			Self::ParentCycle(zone) => write!(f, "the parents of zone {zone} do not lead to the root"),
			Self::ChargeOutOfRange(zone) => write!(f, "the charge of zone {zone}'s link is above {MAX_PRICE}"),
			Self::DuplicateOrder(side, id) => write!(f, "two {side}s have the id {id}"),
			Self::UnknownZone(side, id) => write!(f, "the zone of {side} {id} is not in the book"),
			Self::PriceOutOfRange(side, id) => write!(f, "the price of {side} {id} is above {MAX_PRICE}"),
			Self::QuantityOutOfRange(side, id) => {
				write!(f, "the quantity of {side} {id} is not between 1 and {MAX_QUANTITY}")
			}
		}
	}
}

impl core::error::Error for BookError {}
