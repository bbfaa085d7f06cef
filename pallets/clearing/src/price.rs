//! Each zone's price: one that supports the result, chosen by the rule.
//!
//! That prices support a result is a set of conditions on one price (an order is not filled, or refused, against its limit) or
//! on the difference of two prices (a link is used exactly as far as it pays). On a tree, such conditions are solved by passing
//! intervals along the links.

use crate::{
	market::{Market, Placed},
	solve::Quantities,
	tree::Node,
	Price, PriceRule, Wh,
};
use alloc::vec::Vec;
use core::iter::successors;

/// The integers from `lo` to `hi`; a side without a bound is as far out as `i128` goes.
#[derive(Clone, Copy)]
struct Interval {
	lo: i128,
	hi: i128,
}

impl Interval {
	const ALL: Self = Self {
		lo: i128::MIN,
		hi: i128::MAX,
	};

	fn from(lo: i128) -> Self {
		Self { lo, ..Self::ALL }
	}

	fn up_to(hi: i128) -> Self {
		Self { hi, ..Self::ALL }
	}

	fn exactly(value: i128) -> Self {
		Self { lo: value, hi: value }
	}

	fn and(self, other: Self) -> Self {
		Self {
			lo: self.lo.max(other.lo),
			hi: self.hi.min(other.hi),
		}
	}

	/// All sums of a number from each; saturation keeps what is unbounded so.
	fn plus(self, other: Self) -> Self {
		Self {
			lo: self.lo.saturating_add(other.lo),
			hi: self.hi.saturating_add(other.hi),
		}
	}

	/// All differences of a number from each.
	fn minus(self, other: Self) -> Self {
		Self {
			lo: self.lo.saturating_sub(other.hi),
			hi: self.hi.saturating_sub(other.lo),
		}
	}

	/// The rule's choice. Both bounds are those of a zone with trade or flow: never negative, below 2^64.
	fn choose(self, rule: PriceRule) -> Price {
		let lo = Price::try_from(self.lo).unwrap_or_default();
		let hi = Price::try_from(self.hi).unwrap_or_default();
		match rule {
			PriceRule::GeometricMean if lo > 0 => lo.saturating_mul(hi).isqrt(),
			_ => lo.midpoint(hi),
		}
	}
}

/// What is known of a zone's price so far.
struct Zone {
	/// Position of the parent in the tree.
	parent: usize,
	/// The parent's price less this zone's.
	rise: Interval,
	/// Prices that the zone's own orders, and all below it, support.
	span: Interval,
	/// Whether anything is traded in the zone or flows through it.
	active: bool,
	price: Option<Price>,
}

/// Prices of the tree's zones: `None` where nothing is traded and nothing flows.
///
/// A zone with a price has an offer filled upstream of it and a bid filled downstream (or in itself). Prices never fall along a
/// flow, so those two orders' limits bound it on both sides.
pub(crate) fn prices(market: &Market, quantities: &Quantities, rule: PriceRule) -> Vec<Option<Price>> {
	let mut zones = Zones::new(market, quantities);
	zones.fold_up();
	for zone in 0..market.tree.len() {
		if zones.0.get(zone).is_some_and(|zone| zone.active) {
			zones.give_price(zone, rule);
		}
	}
	zones.0.into_iter().map(|zone| zone.price).collect()
}

struct Zones(Vec<Zone>);

impl Zones {
	fn new(market: &Market, quantities: &Quantities) -> Self {
		let zone = |(node, flow): (&Node, &i64)| Zone {
			parent: node.parent,
			rise: rise(node, *flow),
			span: Interval::ALL,
			active: *flow != 0,
			price: None,
		};
		let mut zones = Self(market.tree.nodes().iter().zip(&quantities.flows).map(zone).collect());
		zones.heed(&market.offers, &quantities.offers, |limit| {
			(Interval::from(limit), Interval::up_to(limit))
		});
		zones.heed(&market.bids, &quantities.bids, |limit| {
			(Interval::up_to(limit), Interval::from(limit))
		});
		for (node, flow) in market.tree.nodes().iter().zip(&quantities.flows) {
			if let Some(parent) = zones.0.get_mut(node.parent) {
				parent.active |= *flow != 0;
			}
		}
		zones
	}

	/// Narrows the zones' spans to what suits their orders: `suits` says which prices do, if filled and if not.
	fn heed(&mut self, orders: &[Placed], filled: &[Wh], suits: impl Fn(i128) -> (Interval, Interval)) {
		for (order, filled) in orders.iter().zip(filled) {
			let Some(zone) = self.0.get_mut(order.zone) else {
				continue;
			};
			let (if_filled, if_not) = suits(order.price.into());
			if *filled > 0 {
				zone.active = true;
				zone.span = zone.span.and(if_filled);
			}
			if *filled < order.quantity {
				zone.span = zone.span.and(if_not);
			}
		}
	}

	/// Narrows the span of a zone's parent to what can be completed in the zone and below. Returns the parent if it waits for
	/// a price.
	fn tell_parent(&mut self, zone: usize) -> Option<usize> {
		let (position, seen) = self.0.get(zone).map(|zone| (zone.parent, zone.span.plus(zone.rise)))?;
		let parent = self.0.get_mut(position)?;
		parent.span = parent.span.and(seen);
		parent.price.is_none().then_some(position)
	}

	fn fold_up(&mut self) {
		for zone in (0..self.0.len()).rev() {
			self.tell_parent(zone);
		}
	}

	/// The prices of a zone that can be completed to a supporting set, given all prices so far. They bear on the zone through
	/// its parent only; and if that has none, through the parent's parent.
	fn completable(&self, zone: usize) -> Interval {
		let way_up = successors(self.0.get(zone), |zone| {
			self.0.get(zone.parent).filter(|_| zone.price.is_none())
		});
		let way_up: Vec<&Zone> = way_up.collect();
		let step_down = |above: Interval, zone: &&Zone| zone.span.and(above.minus(zone.rise));
		way_up.iter().rev().fold(Interval::ALL, step_down)
	}

	fn give_price(&mut self, zone: usize, rule: PriceRule) {
		let price = self.completable(zone).choose(rule);
		if let Some(zone) = self.0.get_mut(zone) {
			zone.price = Some(price);
			zone.span = Interval::exactly(price.cast_signed());
		}
		// Zones above without a price must remain completable, and pass that on to their other children.
		let mut told = Some(zone);
		while let Some(zone) = told {
			told = self.tell_parent(zone);
		}
	}
}

/// By how much the parent's price may exceed the zone's, for the link to be used as it is: what flows earns its charge, what
/// could flow besides would not. A direction without capacity says nothing.
fn rise(node: &Node, flow: i64) -> Interval {
	let charge = node.charge;
	let used = flow.unsigned_abs();
	Interval {
		lo: match flow {
			1.. => charge,
			_ if used == node.from_parent => i128::MIN,
			_ => -charge,
		},
		hi: match flow {
			..=-1 => -charge,
			_ if used == node.to_parent => i128::MAX,
			_ => charge,
		},
	}
}
