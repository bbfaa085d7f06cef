//! Which orders are filled, and what the links carry.

use crate::{
	curve::Curve,
	market::{Market, Placed},
	Wh,
};
use alloc::{vec, vec::Vec};

/// The optimal quantities.
pub(crate) struct Quantities {
	/// Of each offer.
	pub offers: Vec<Wh>,
	/// Of each bid.
	pub bids: Vec<Wh>,
	/// Over the link of each node of the tree, positive to the parent.
	pub flows: Vec<i64>,
}

/// Carries the zones' curves up to the root. On the way each step's fate is decided: some link forces it, or cuts it off, and
/// the root, from which nothing leaves, takes exactly those below zero.
pub(crate) fn solve(market: &Market) -> Quantities {
	let offers = market.offers.len();
	let mut taken = vec![0; offers + market.bids.len()];
	let mut curves = own_curves(market);
	// Children stand behind their parents: the last curve has everything from below it.
	while let Some((mut curve, node)) = curves.pop().zip(market.tree.nodes().get(curves.len())) {
		curve.sort();
		let mut nowhere = Curve::default();
		let beyond = curves.get_mut(node.parent).unwrap_or(&mut nowhere);
		curve.cross(
			node.to_parent,
			node.from_parent,
			node.charge,
			beyond,
			|order, quantity| {
				if let Some(sum) = taken.get_mut(order) {
					*sum += quantity;
				}
			},
		);
	}
	// A bid's step is taken by not filling it.
	let unfilled = taken.split_off(offers);
	let bids = market
		.bids
		.iter()
		.zip(unfilled)
		.map(|(bid, unfilled)| bid.quantity - unfilled);
	let bids: Vec<Wh> = bids.collect();
	Quantities {
		flows: flows(market, &taken, &bids),
		offers: taken,
		bids,
	}
}

/// Each zone's curve without its children's. Offers are numbered from 0, bids after them.
fn own_curves(market: &Market) -> Vec<Curve> {
	let mut curves: Vec<Curve> = market.tree.nodes().iter().map(|_| Curve::default()).collect();
	for (time, offer) in market.offers.iter().enumerate() {
		if let Some(curve) = curves.get_mut(offer.zone) {
			curve.add_offer(time, offer.price, offer.quantity, time);
		}
	}
	let bids = market.bids.iter().enumerate();
	for (later, (time, bid)) in bids.rev().enumerate() {
		if let Some(curve) = curves.get_mut(bid.zone) {
			curve.add_bid(market.offers.len() + time, bid.price, bid.quantity, later);
		}
	}
	curves
}

/// What a zone and all below it sell beyond what they buy, flows up its link.
fn flows(market: &Market, offers: &[Wh], bids: &[Wh]) -> Vec<i64> {
	let mut flows = vec![0_i64; market.tree.len()];
	let mut add = |orders: &[Placed], filled: &[Wh], sign: i64| {
		for (order, filled) in orders.iter().zip(filled) {
			if let Some(flow) = flows.get_mut(order.zone) {
				*flow += sign * filled.cast_signed();
			}
		}
	};
	add(&market.offers, offers, 1);
	add(&market.bids, bids, -1);
	for (zone, node) in market.tree.nodes().iter().enumerate().rev() {
		let flow = flows.get(zone).copied().unwrap_or_default();
		if let Some(parent) = flows.get_mut(node.parent) {
			*parent += flow;
		}
	}
	flows
}
