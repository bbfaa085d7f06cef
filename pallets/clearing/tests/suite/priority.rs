//! Ties go to whoever came first.

use crate::{
	books::{book, order, root, sparse, tight, zone},
	conditions::{links, way},
};
use gridtokenx_clearing::{clear, Book, Clearing, Order, Wh, ZoneId};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Among orders of equal price in the same zone, a later one gets nothing until an earlier one has all.
fn assert_first_come_first_served(orders: &[Order], filled: &[Wh]) {
	for (later, order) in orders.iter().enumerate() {
		for (earlier, filled_earlier) in orders[..later].iter().zip(filled) {
			let tied = (earlier.zone, earlier.price_per_kwh) == (order.zone, order.price_per_kwh);
			assert!(!tied || filled[later] == 0 || *filled_earlier == earlier.quantity_wh);
		}
	}
}

/// What it costs to carry one Wh more from zone to zone; nothing if some link on the way is full.
fn cost_of_carrying(book: &Book, result: &Clearing, from: ZoneId, to: ZoneId) -> Option<i128> {
	let links: BTreeMap<ZoneId, _> = links(book, result)
		.map(|((zone, link), flow)| (zone, (link, flow)))
		.collect();
	let over_link = |(zone, up): (ZoneId, bool)| {
		let (link, flow) = links[&zone];
		let (flow, capacity) = if up {
			(flow, link.capacity_to_parent_wh)
		} else {
			(-flow, link.capacity_from_parent_wh)
		};
		let charge = link.charge_per_kwh as i128;
		(flow < capacity.into()).then_some(if flow < 0 { -charge } else { charge })
	};
	way(book, from, to).into_iter().map(over_link).sum()
}

/// No welfare is kept by handing a Wh from a later order to an earlier one, wherever they are.
fn assert_no_earlier_order_would_do_as_well(book: &Book, result: &Clearing) {
	let sides = [
		(1, &book.offers, &result.offers_filled_wh),
		(-1, &book.bids, &result.bids_filled_wh),
	];
	for (sign, orders, filled) in sides {
		let orders: Vec<(&Order, &Wh)> = orders.iter().zip(filled).collect();
		for (time, (later, _)) in orders.iter().enumerate().filter(|(_, (_, filled))| **filled > 0) {
			for (earlier, _) in orders[..time]
				.iter()
				.filter(|(order, filled)| **filled < order.quantity_wh)
			{
				let (from, to) = if sign > 0 {
					(earlier.zone, later.zone)
				} else {
					(later.zone, earlier.zone)
				};
				let gain = sign * (later.price_per_kwh as i128 - earlier.price_per_kwh as i128);
				assert!(cost_of_carrying(book, result, from, to).is_none_or(|cost| gain < cost));
			}
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4_000))]

	#[test]
	fn earlier_orders_should_go_first_when_prices_and_zones_are_equal(book in book(tight())) {
		let result = clear(&book).unwrap();
		assert_first_come_first_served(&book.offers, &result.offers_filled_wh);
		assert_first_come_first_served(&book.bids, &result.bids_filled_wh);
	}

	#[test]
	fn earlier_orders_should_go_first_when_they_do_as_well_from_another_zone(
		book in prop_oneof![book(tight()), book(sparse())],
	) {
		assert_no_earlier_order_would_do_as_well(&book, &clear(&book).unwrap());
	}
}

#[test]
fn tie_should_go_to_the_earlier_order_when_only_one_can_be_filled() {
	let one_zone = |offers, bids| Book {
		zones: vec![root(0)],
		offers,
		bids,
		..Default::default()
	};
	let sellers = one_zone(
		vec![order(8, 0, 10, 50), order(9, 0, 10, 50)],
		vec![order(1, 0, 20, 60)],
	);
	assert_eq!(clear(&sellers).unwrap().offers_filled_wh, [50, 10]);
	let buyers = one_zone(
		vec![order(1, 0, 10, 60)],
		vec![order(8, 0, 20, 50), order(9, 0, 20, 50)],
	);
	assert_eq!(clear(&buyers).unwrap().bids_filled_wh, [50, 10]);
}

#[test]
fn tie_between_zones_should_go_to_the_earlier_order_when_both_cost_the_same_on_arrival() {
	// 10 and a charge of 5 from zone 1, 12 and a charge of 3 from zone 2.
	let mut book = Book {
		zones: vec![root(0), zone(1, 0, 100, 5), zone(2, 0, 100, 3)],
		offers: vec![order(1, 1, 10, 50), order(2, 2, 12, 50)],
		bids: vec![order(3, 0, 20, 60)],
		..Default::default()
	};
	assert_eq!(clear(&book).unwrap().offers_filled_wh, [50, 10]);
	book.offers.swap(0, 1);
	assert_eq!(clear(&book).unwrap().offers_filled_wh, [50, 10]);
}
