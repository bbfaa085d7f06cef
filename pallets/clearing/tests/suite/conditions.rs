//! What a result must meet, stated anew from the definitions and checked by brute force.

use gridtokenx_clearing::{Book, Clearing, Link, Order, Wh, ZoneId};
use std::collections::BTreeMap;

/// Every quantity is within its limits, every zone balances, the sums are right.
pub fn assert_feasible(book: &Book, result: &Clearing) {
	let mut surplus: BTreeMap<ZoneId, i128> = book.zones.iter().map(|zone| (zone.id, 0)).collect();
	let mut welfare = 0;
	for (sign, orders, filled) in [
		(1, &book.offers, &result.offers_filled_wh),
		(-1, &book.bids, &result.bids_filled_wh),
	] {
		assert_eq!(orders.len(), filled.len());
		for (order, filled) in orders.iter().zip(filled) {
			assert!(*filled <= order.quantity_wh);
			*surplus.get_mut(&order.zone).unwrap() += sign * i128::from(*filled);
			welfare -= sign * order.price_per_kwh as i128 * i128::from(*filled);
		}
	}
	for (link, flow) in links(book, result) {
		assert!(flow <= link.1.capacity_to_parent_wh.into() && -flow <= link.1.capacity_from_parent_wh.into());
		*surplus.get_mut(&link.0).unwrap() -= flow;
		*surplus.get_mut(&link.1.parent).unwrap() += flow;
		welfare -= link.1.charge_per_kwh as i128 * flow.abs();
	}
	assert!(surplus.values().all(|surplus| *surplus == 0), "{surplus:?}");
	assert_eq!(result.welfare, welfare);
	assert_eq!(result.volume_wh, result.offers_filled_wh.iter().sum::<Wh>());
}

/// Each link with the zone below it and its flow.
pub fn links<'a>(book: &'a Book, result: &'a Clearing) -> impl Iterator<Item = ((ZoneId, &'a Link), i128)> {
	let zones = book.zones.iter().zip(&result.zones);
	zones.filter_map(|(zone, outcome)| Some(((zone.id, zone.link.as_ref()?), outcome.flow_to_parent_wh.into())))
}

/// The links between two zones: the zone below each, and whether the way leads up it.
pub fn way(book: &Book, from: ZoneId, to: ZoneId) -> Vec<(ZoneId, bool)> {
	let parent = |zone: &ZoneId| {
		book.zones
			.iter()
			.find(|z| z.id == *zone)?
			.link
			.as_ref()
			.map(|link| link.parent)
	};
	let to_root = |zone| std::iter::successors(Some(zone), parent).collect::<Vec<_>>();
	let (up, down) = (to_root(from), to_root(to));
	let climbed = up.iter().filter(|zone| !down.contains(zone)).map(|zone| (*zone, true));
	let descended = down
		.iter()
		.rev()
		.filter(|zone| !up.contains(zone))
		.map(|zone| (*zone, false));
	climbed.chain(descended).collect()
}

/// Whether anything is traded in a zone or flows through it.
pub fn is_active(book: &Book, result: &Clearing, zone: ZoneId) -> bool {
	let traded = |orders: &[Order], filled: &[Wh]| {
		orders
			.iter()
			.zip(filled)
			.any(|(order, filled)| order.zone == zone && *filled > 0)
	};
	traded(&book.offers, &result.offers_filled_wh)
		|| traded(&book.bids, &result.bids_filled_wh)
		|| links(book, result).any(|((below, link), flow)| flow != 0 && (below == zone || link.parent == zone))
}

/// Greater than any sum of prices and charges, far from the ends of `i128`.
const UNBOUNDED: i128 = 1 << 100;

/// Conditions of the form `price(a) - price(b) <= d`, closed under their consequences (all shortest paths, Floyd and Warshall).
/// The place beyond the last zone stands for the price 0.
pub struct Differences {
	zones: Vec<ZoneId>,
	most: Vec<Vec<i128>>,
}

impl Differences {
	/// The conditions under which integer prices support a result.
	pub fn supporting(book: &Book, result: &Clearing) -> Self {
		let zones: Vec<ZoneId> = book.zones.iter().map(|zone| zone.id).collect();
		let mut most = vec![vec![UNBOUNDED; zones.len() + 1]; zones.len() + 1];
		(0..=zones.len()).for_each(|place| most[place][place] = 0);
		let mut all = Self { zones, most };
		for (offer, filled) in book.offers.iter().zip(&result.offers_filled_wh) {
			let limit = offer.price_per_kwh as i128;
			if *filled > 0 {
				all.require(None, Some(offer.zone), -limit);
			}
			if *filled < offer.quantity_wh {
				all.require(Some(offer.zone), None, limit);
			}
		}
		for (bid, filled) in book.bids.iter().zip(&result.bids_filled_wh) {
			let limit = bid.price_per_kwh as i128;
			if *filled > 0 {
				all.require(Some(bid.zone), None, limit);
			}
			if *filled < bid.quantity_wh {
				all.require(None, Some(bid.zone), -limit);
			}
		}
		for ((zone, link), flow) in links(book, result) {
			let (parent, charge) = (link.parent, link.charge_per_kwh as i128);
			let up = i128::from(link.capacity_to_parent_wh);
			let down = i128::from(link.capacity_from_parent_wh);
			if flow > 0 {
				all.require(Some(zone), Some(parent), -charge);
			}
			if flow < 0 {
				all.require(Some(parent), Some(zone), -charge);
			}
			if flow >= 0 && flow < up {
				all.require(Some(parent), Some(zone), charge);
			}
			if flow <= 0 && -flow < down {
				all.require(Some(zone), Some(parent), charge);
			}
		}
		all.close();
		all
	}

	fn place(&self, zone: Option<ZoneId>) -> usize {
		let is_it = |place: &usize| Some(self.zones[*place]) == zone;
		(0..self.zones.len()).find(is_it).unwrap_or(self.zones.len())
	}

	fn require(&mut self, a: Option<ZoneId>, b: Option<ZoneId>, difference: i128) {
		let (a, b) = (self.place(a), self.place(b));
		self.most[a][b] = self.most[a][b].min(difference);
	}

	fn close(&mut self) {
		for via in 0..self.most.len() {
			self.close_through(via);
		}
	}

	fn close_through(&mut self, via: usize) {
		let onward = self.most[via].clone();
		for row in &mut self.most {
			let to_via = row[via];
			for (most, from_via) in row.iter_mut().zip(&onward) {
				if to_via < UNBOUNDED && *from_via < UNBOUNDED {
					*most = (*most).min(to_via + from_via);
				}
			}
		}
	}

	/// Whether there are prices that meet all conditions.
	pub fn are_consistent(&self) -> bool {
		(0..self.most.len()).all(|place| self.most[place][place] == 0)
	}

	/// The least and the greatest price of a zone that can be completed to prices that meet all conditions.
	pub fn interval(&self, zone: ZoneId) -> (Option<i128>, Option<i128>) {
		let (place, zero) = (self.place(Some(zone)), self.zones.len());
		let bound = |most: i128| (most < UNBOUNDED).then_some(most);
		(
			bound(self.most[zero][place]).map(|most| -most),
			bound(self.most[place][zero]),
		)
	}

	/// Adds the condition that the zone has this price.
	pub fn fix(&mut self, zone: ZoneId, price: i128) {
		self.require(Some(zone), None, price);
		self.require(None, Some(zone), -price);
		// The two new conditions join the zone and zero: any shortest path that uses one goes through both places.
		self.close_through(self.place(Some(zone)));
		self.close_through(self.zones.len());
	}
}
