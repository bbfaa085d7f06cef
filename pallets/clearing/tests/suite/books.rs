//! Books to clear: written out, or made up by proptest.

use gridtokenx_clearing::{Book, Link, Order, OrderId, Price, PriceRule, Wh, Zone, ZoneId};
use proptest::{collection::vec, prelude::*, sample::Index};
use std::ops::Range;

pub fn root(id: ZoneId) -> Zone {
	Zone { id, link: None }
}

/// A zone whose link carries as much in either direction.
pub fn zone(id: ZoneId, parent: ZoneId, capacity_wh: Wh, charge_per_kwh: Price) -> Zone {
	let (capacity_to_parent_wh, capacity_from_parent_wh) = (capacity_wh, capacity_wh);
	Zone {
		id,
		link: Some(Link {
			parent,
			capacity_to_parent_wh,
			capacity_from_parent_wh,
			charge_per_kwh,
		}),
	}
}

pub fn order(id: OrderId, zone: ZoneId, price_per_kwh: Price, quantity_wh: Wh) -> Order {
	Order {
		id,
		zone,
		price_per_kwh,
		quantity_wh,
	}
}

/// How large the numbers of a made-up book may be.
#[derive(Clone)]
pub struct Scale {
	pub zones: Range<usize>,
	pub orders: Range<usize>,
	pub prices: Range<u64>,
	pub charges: Range<u64>,
	pub quantities: Range<Wh>,
}

/// Few different prices, charges and quantities: ties of every kind.
pub fn tight() -> Scale {
	Scale {
		zones: 1..13,
		orders: 0..25,
		prices: 0..24,
		charges: 0..5,
		quantities: 1..9,
	}
}

/// So few orders that some zones stay without trade, between others that trade.
pub fn sparse() -> Scale {
	Scale {
		zones: 2..7,
		orders: 1..6,
		charges: 0..9,
		..tight()
	}
}

/// Numbers that hardly ever coincide.
pub fn wide() -> Scale {
	Scale {
		zones: 1..13,
		orders: 0..25,
		prices: 0..1_000_000,
		charges: 0..100_000,
		quantities: 1..1_000_000,
	}
}

/// Any tree in any order, its identifiers mixed; links from useless to boundless, the two directions apart; one-sided and empty
/// books among them.
pub fn book(scale: Scale) -> impl Strategy<Value = Book> {
	let rule = prop_oneof![Just(PriceRule::GeometricMean), Just(PriceRule::Midpoint)];
	let zones = zones(scale.clone());
	zones.prop_flat_map(move |zones| {
		let ids: Vec<ZoneId> = zones.iter().map(|zone| zone.id).collect();
		let side = |first: OrderId| {
			let ids = ids.clone();
			vec(one_order(ids, scale.clone()), scale.orders.clone()).prop_map(move |mut orders| {
				(first..).zip(&mut orders).for_each(|(id, order)| order.id = id);
				orders
			})
		};
		(Just(zones).prop_shuffle(), side(1), side(1001), rule.clone()).prop_map(|(zones, offers, bids, price_rule)| {
			Book {
				zones,
				offers,
				bids,
				price_rule,
			}
		})
	})
}

fn zones(scale: Scale) -> impl Strategy<Value = Vec<Zone>> {
	let greatest = scale.quantities.end;
	let capacity = || prop_oneof![1 => Just(0), 3 => 0..greatest, 3 => 0..greatest * 8, 1 => Just(Wh::MAX)];
	let charge = prop_oneof![1 => Just(0), 3 => scale.charges];
	let link = (any::<Index>(), capacity(), capacity(), charge, any::<bool>());
	(vec(link, scale.zones), any::<u64>()).prop_map(|(links, mix)| {
		// An odd factor permutes the residues of a power of two.
		let id = |position: usize| ((position as u64).wrapping_mul(mix | 1) % 64) as ZoneId;
		let zone = |(position, (parent, up, down, charge, lengthen)): (usize, (Index, Wh, Wh, u64, bool))| {
			let link = (position > 0).then(|| Link {
				parent: id(if lengthen { position - 1 } else { parent.index(position) }),
				capacity_to_parent_wh: up,
				capacity_from_parent_wh: down,
				charge_per_kwh: charge.into(),
			});
			Zone { id: id(position), link }
		};
		links.into_iter().enumerate().map(zone).collect()
	})
}

fn one_order(zones: Vec<ZoneId>, scale: Scale) -> impl Strategy<Value = Order> {
	let zone = proptest::sample::select(zones);
	(zone, scale.prices, scale.quantities).prop_map(|(zone, price, quantity)| order(0, zone, price.into(), quantity))
}
