//! Who asked for a certificate gets energy that can be one. The clearing does not know what energy came from; where it pairs a
//! bid for retirement with credits that cannot be retired, the pair changes partners with another of the same zone.

use crate::types::{Backing, Fill, Order, OrderKind, Purpose};
use alloc::vec::Vec;
use gridtokenx_primitives::ZoneId;

/// What matters of a fill's two orders.
struct Sides {
	offer_zone: ZoneId,
	bid_zone: ZoneId,
	retirable: bool,
	retires: bool,
}

impl Sides {
	fn of<AccountId>(fill: &Fill, orders: &[Order<AccountId>]) -> Option<Self> {
		let find = |number: u32| {
			let place = orders.binary_search_by_key(&number, |order| order.number).ok()?;
			orders.get(place)
		};
		let (offer, bid) = (find(fill.offer)?, find(fill.bid)?);
		Some(Self {
			offer_zone: offer.zone,
			bid_zone: bid.zone,
			retirable: match offer.kind {
				OrderKind::Offer(Backing::Credits { source, .. }) => source.is_retirable(),
				_ => true,
			},
			retires: bid.kind == OrderKind::Bid(Purpose::Retire),
		})
	}

	fn is_impossible(&self) -> bool {
		self.retires && !self.retirable
	}

	/// Whether two fills may change partners: what flows and what everybody pays stays the same if they share a zone.
	fn can_help(&self, other: &Self) -> bool {
		other.retirable && !other.retires && (self.offer_zone == other.offer_zone || self.bid_zone == other.bid_zone)
	}
}

/// Exchanges partners until no bid for retirement is left with credits that cannot be retired. Pairs for which there is no
/// exchange are not made; their orders stay in the book.
pub(super) fn pair_retirable<AccountId>(fills: Vec<Fill>, orders: &[Order<AccountId>]) -> Vec<Fill> {
	let with_sides = |fill: Fill| Sides::of(&fill, orders).map(|sides| (fill, sides));
	let (mut impossible, mut made): (Vec<_>, Vec<_>) = fills
		.into_iter()
		.filter_map(with_sides)
		.partition(|(_, sides)| sides.is_impossible());
	for (fill, sides) in impossible.iter_mut() {
		let mut exchanged = Vec::new();
		for (other, other_sides) in made.iter_mut().filter(|(_, other)| sides.can_help(other)) {
			let wh = fill.quantity_wh.min(other.quantity_wh);
			if wh == 0 {
				continue;
			}
			fill.quantity_wh = fill.quantity_wh.saturating_sub(wh);
			other.quantity_wh = other.quantity_wh.saturating_sub(wh);
			let (retiring, plain) = exchange(fill, other, wh);
			exchanged.push((retiring, cross(other_sides, sides, true)));
			exchanged.push((plain, cross(sides, other_sides, false)));
		}
		made.append(&mut exchanged);
	}
	made.into_iter()
		.map(|(fill, _)| fill)
		.filter(|fill| fill.quantity_wh > 0)
		.collect()
}

/// The other's seller serves this fill's buyer, and the other way round.
fn exchange(fill: &Fill, other: &Fill, wh: u64) -> (Fill, Fill) {
	let pair = |seller: &Fill, buyer: &Fill| Fill {
		offer: seller.offer,
		bid: buyer.bid,
		quantity_wh: wh,
		seller_price: seller.seller_price,
		buyer_price: buyer.buyer_price,
	};
	(pair(other, fill), pair(fill, other))
}

/// The sides of an exchanged pair: a retirable offer for a retiring bid, or neither.
fn cross(seller: &Sides, buyer: &Sides, retires: bool) -> Sides {
	Sides {
		offer_zone: seller.offer_zone,
		bid_zone: buyer.bid_zone,
		retirable: retires,
		retires,
	}
}
