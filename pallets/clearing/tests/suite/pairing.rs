//! Who trades with whom: along the flows, nearest first.

use crate::{
	books::{book, order, root, tight, wide, zone},
	conditions::{links, way},
};
use gridtokenx_clearing::{clear, Book, Clearing, Fill, Order, OrderId, Price, Wh, ZoneId};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn find(orders: &[Order], id: OrderId) -> &Order {
	orders.iter().find(|order| order.id == id).unwrap()
}

/// What of a result is not paired yet.
struct Unpaired<'a> {
	book: &'a Book,
	offers: BTreeMap<OrderId, Wh>,
	bids: BTreeMap<OrderId, Wh>,
	/// By the zone below the link and whether it carries up.
	carried: BTreeMap<(ZoneId, bool), Wh>,
}

impl<'a> Unpaired<'a> {
	fn new(book: &'a Book, result: &Clearing) -> Self {
		let filled = |orders: &[Order], filled: &[Wh]| {
			orders
				.iter()
				.map(|order| order.id)
				.zip(filled.iter().copied())
				.filter(|(_, filled)| *filled > 0)
				.collect()
		};
		let carried = |((zone, _), flow): ((ZoneId, _), i128)| ((zone, flow > 0), flow.unsigned_abs() as Wh);
		Self {
			book,
			offers: filled(&book.offers, &result.offers_filled_wh),
			bids: filled(&book.bids, &result.bids_filled_wh),
			carried: links(book, result)
				.filter(|(_, flow)| *flow != 0)
				.map(carried)
				.collect(),
		}
	}

	/// The fewest links between an offer and a bid that could still be paired.
	fn nearest(&self) -> usize {
		let mut nearest = usize::MAX;
		for offer in self.offers.keys() {
			for bid in self.bids.keys() {
				let way = self.way(*offer, *bid);
				if way.iter().all(|link| self.carried.contains_key(link)) {
					nearest = nearest.min(way.len());
				}
			}
		}
		nearest
	}

	fn way(&self, offer: OrderId, bid: OrderId) -> Vec<(ZoneId, bool)> {
		way(
			self.book,
			find(&self.book.offers, offer).zone,
			find(&self.book.bids, bid).zone,
		)
	}

	fn take_out(&mut self, fill: &Fill) {
		fn reduce<K: Ord>(amounts: &mut BTreeMap<K, Wh>, key: K, by: Wh) {
			let amount = amounts.get_mut(&key).expect("nothing goes there");
			*amount = amount.checked_sub(by).expect("not so much goes there");
			if *amount == 0 {
				amounts.remove(&key);
			}
		}
		reduce(&mut self.offers, fill.offer, fill.quantity_wh);
		reduce(&mut self.bids, fill.bid, fill.quantity_wh);
		for link in self.way(fill.offer, fill.bid) {
			reduce(&mut self.carried, link, fill.quantity_wh);
		}
	}
}

/// The fills use up exactly the filled quantities and the flows, and none skips a nearer one.
fn assert_paired(book: &Book, result: &Clearing) {
	let mut unpaired = Unpaired::new(book, result);
	let orders = unpaired.offers.len() + unpaired.bids.len();
	assert!(result.fills.len() <= orders + 3 * book.zones.len());
	for fill in &result.fills {
		assert!(fill.quantity_wh > 0);
		assert_eq!(unpaired.way(fill.offer, fill.bid).len(), unpaired.nearest());
		unpaired.take_out(fill);
	}
	assert!(unpaired.offers.is_empty() && unpaired.bids.is_empty() && unpaired.carried.is_empty());
}

/// Each side trades at its zone's price, within its limit, and no buyer below the seller.
fn assert_priced(book: &Book, result: &Clearing) {
	let prices: BTreeMap<ZoneId, _> = result.zones.iter().map(|zone| (zone.id, zone.price_per_kwh)).collect();
	for fill in &result.fills {
		let (offer, bid) = (find(&book.offers, fill.offer), find(&book.bids, fill.bid));
		assert_eq!(
			(Some(fill.seller_price), Some(fill.buyer_price)),
			(prices[&offer.zone], prices[&bid.zone])
		);
		assert!(offer.price_per_kwh <= fill.seller_price);
		assert!(fill.seller_price <= fill.buyer_price);
		assert!(fill.buyer_price <= bid.price_per_kwh);
	}
}

/// What buyers pay beyond what sellers receive is what the links earn.
fn assert_links_earn_the_difference(book: &Book, result: &Clearing) {
	let prices: BTreeMap<ZoneId, _> = result.zones.iter().map(|zone| (zone.id, zone.price_per_kwh)).collect();
	let price = |zone: ZoneId| prices[&zone].unwrap() as i128;
	let paid = |fill: &Fill| (fill.buyer_price - fill.seller_price) as i128 * i128::from(fill.quantity_wh);
	let used = links(book, result).filter(|(_, flow)| *flow != 0);
	let earned = used.map(|((zone, link), flow)| flow * (price(link.parent) - price(zone)));
	assert_eq!(result.fills.iter().map(paid).sum::<i128>(), earned.sum());
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4_000))]

	#[test]
	fn fills_should_follow_the_flows_nearest_first_when_any_book_clears(
		book in prop_oneof![book(tight()), book(wide())],
	) {
		let result = clear(&book).unwrap();
		assert_paired(&book, &result);
		assert_priced(&book, &result);
		assert_links_earn_the_difference(&book, &result);
	}
}

fn pairs(book: &Book) -> Vec<(OrderId, OrderId, Wh)> {
	clear(book)
		.unwrap()
		.fills
		.iter()
		.map(|fill| (fill.offer, fill.bid, fill.quantity_wh))
		.collect()
}

#[test]
fn neighbours_should_be_paired_first_when_others_would_pay_as_much() {
	// Zone 2's offer serves its own zone, then its parent, then the root.
	let book = Book {
		zones: vec![root(0), zone(1, 0, 1_000, 0), zone(2, 1, 1_000, 0)],
		offers: vec![order(1, 2, 50, 600)],
		bids: vec![order(2, 0, 90, 300), order(3, 1, 90, 200), order(4, 2, 90, 100)],
		..Default::default()
	};
	assert_eq!(pairs(&book), [(1, 4, 100), (1, 3, 200), (1, 2, 300)]);
}

#[test]
fn pairing_should_keep_to_the_flows_when_a_shorter_way_runs_against_them() {
	// Energy flows 3, 2, 1, 0. Zone 1 sells next to zone 2, which buys, but the line between carries the other way.
	let book = Book {
		zones: vec![root(0), zone(1, 0, 300, 0), zone(2, 1, 300, 0), zone(3, 2, 300, 0)],
		offers: vec![order(1, 1, 10, 100), order(2, 3, 10, 200)],
		bids: vec![order(3, 2, 90, 100), order(4, 0, 90, 200)],
		..Default::default()
	};
	assert_eq!(pairs(&book), [(1, 4, 100), (2, 3, 100), (2, 4, 100)]);
}

#[test]
fn earlier_orders_should_be_paired_first_when_they_are_in_the_same_zone() {
	let book = Book {
		zones: vec![root(0)],
		offers: vec![order(1, 0, 20, 100), order(2, 0, 10, 100)],
		bids: vec![order(3, 0, 80, 50), order(4, 0, 90, 150)],
		..Default::default()
	};
	assert_eq!(pairs(&book), [(1, 3, 50), (1, 4, 50), (2, 4, 100)]);
}

#[test]
fn buyer_and_seller_should_each_get_their_zones_price_when_a_link_is_congested() {
	let book = Book {
		zones: vec![root(0), zone(1, 0, 40, 5)],
		offers: vec![order(1, 1, 10, 100)],
		bids: vec![order(2, 0, 90, 100)],
		..Default::default()
	};
	let (seller_price, buyer_price): (Price, Price) = (10, 90);
	let fill = Fill {
		offer: 1,
		bid: 2,
		quantity_wh: 40,
		seller_price,
		buyer_price,
	};
	assert_eq!(clear(&book).unwrap().fills, [fill]);
}
