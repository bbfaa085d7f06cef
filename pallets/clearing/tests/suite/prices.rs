//! Prices that support the result, chosen by the rule.

use crate::{
	books::{book, order, root, sparse, tight, wide, zone},
	conditions::{is_active, Differences},
};
use gridtokenx_clearing::{clear, Book, Clearing, Price, PriceRule, ZoneId};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Goes through the zones as the rule says, with the interval of each found by shortest paths over all conditions.
pub fn assert_prices(book: &Book, result: &Clearing) {
	let mut conditions = Differences::supporting(book, result);
	assert!(conditions.are_consistent(), "no prices support this result");
	let prices: BTreeMap<ZoneId, _> = result.zones.iter().map(|zone| (zone.id, zone.price_per_kwh)).collect();
	for zone in parents_first(book) {
		let price = prices[&zone];
		assert_eq!(price.is_some(), is_active(book, result, zone));
		let Some(price) = price else { continue };
		let (lo, hi) = conditions.interval(zone);
		assert_eq!(
			price,
			mean(book.price_rule, lo.unwrap(), hi.unwrap()),
			"zone {zone} in {lo:?} to {hi:?}"
		);
		conditions.fix(zone, price as i128);
	}
	assert!(conditions.are_consistent(), "these prices do not support the result");
}

/// Whichever zone has the smallest identifier among those whose parent has been.
fn parents_first(book: &Book) -> Vec<ZoneId> {
	let mut waiting: BTreeMap<ZoneId, Option<ZoneId>> = book
		.zones
		.iter()
		.map(|zone| (zone.id, zone.link.as_ref().map(|link| link.parent)))
		.collect();
	let mut been = BTreeSet::new();
	let next = |_| {
		let ready = |(_, parent): &(&ZoneId, &Option<ZoneId>)| parent.is_none_or(|parent| been.contains(&parent));
		let next = *waiting.iter().find(ready).unwrap().0;
		waiting.remove(&next);
		been.insert(next);
		next
	};
	book.zones.iter().map(next).collect()
}

fn mean(rule: PriceRule, lo: i128, hi: i128) -> Price {
	assert!(0 <= lo && lo <= hi);
	let (lo, hi) = (lo as Price, hi as Price);
	if rule == PriceRule::Midpoint || lo == 0 {
		return (lo + hi) / 2;
	}
	// The greatest number whose square is at most the product, by bisection.
	let (mut low, mut high) = (lo, hi);
	while low < high {
		let middle = (low + high).div_ceil(2);
		if middle * middle <= lo * hi {
			low = middle;
		} else {
			high = middle - 1;
		}
	}
	low
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4_000))]

	#[test]
	fn prices_should_support_the_result_and_follow_the_rule_when_any_book_clears(
		book in prop_oneof![book(tight()), book(sparse()), book(wide())],
	) {
		assert_prices(&book, &clear(&book).unwrap());
	}
}

fn prices(book: &Book) -> Vec<Option<Price>> {
	clear(book)
		.unwrap()
		.zones
		.into_iter()
		.map(|zone| zone.price_per_kwh)
		.collect()
}

#[test]
fn price_should_be_the_geometric_mean_or_the_midpoint_when_the_rule_says_so() {
	let book = Book {
		zones: vec![root(0)],
		offers: vec![order(1, 0, 100, 10)],
		bids: vec![order(2, 0, 400, 10)],
		price_rule: PriceRule::GeometricMean,
	};
	assert_eq!(prices(&book), [Some(200)]);
	assert_eq!(
		prices(&Book {
			price_rule: PriceRule::Midpoint,
			..book
		}),
		[Some(250)]
	);
}

#[test]
fn price_should_be_the_midpoint_when_energy_may_be_free() {
	let book = Book {
		zones: vec![root(0)],
		offers: vec![order(1, 0, 0, 10)],
		bids: vec![order(2, 0, 51, 10)],
		..Default::default()
	};
	assert_eq!(prices(&book), [Some(25)]);
}

#[test]
fn child_should_be_priced_within_what_its_parents_price_leaves_when_the_link_is_not_full() {
	// The root may take 130 to 400: isqrt(130 * 400) = 228, and the child the charge less.
	let book = Book {
		zones: vec![root(0), zone(1, 0, 1_000, 30)],
		offers: vec![order(1, 1, 100, 10)],
		bids: vec![order(2, 0, 400, 10)],
		..Default::default()
	};
	assert_eq!(prices(&book), [Some(228), Some(198)]);
}

#[test]
fn full_link_should_leave_each_end_its_own_price_when_congested() {
	let book = Book {
		zones: vec![root(0), zone(1, 0, 4, 30)],
		offers: vec![order(1, 1, 100, 10)],
		bids: vec![order(2, 0, 400, 10)],
		..Default::default()
	};
	assert_eq!(prices(&book), [Some(400), Some(100)]);
}

#[test]
fn zone_without_trade_should_pass_the_conditions_on_when_neighbours_trade_on_both_sides() {
	// Zones 1 and 2 trade each within itself. Through the idle root, nobody may profit from carrying energy between them: zone
	// 1 takes isqrt(100 * 400) = 200, which leaves zone 2 the interval from 196 to 204 of its 100 to 900.
	let book = Book {
		zones: vec![root(0), zone(1, 0, 50, 1), zone(2, 0, 50, 3)],
		offers: vec![order(1, 1, 100, 10), order(2, 2, 100, 10)],
		bids: vec![order(3, 1, 400, 10), order(4, 2, 900, 10)],
		..Default::default()
	};
	assert_eq!(prices(&book), [None, Some(200), Some(199)]);
}

#[test]
fn zones_without_trade_should_bound_prices_when_their_refused_orders_do() {
	// A bid at 150 is refused beyond a charge of 20, so zone 0 is worth at least 130.
	let mut book = Book {
		zones: vec![root(0), zone(1, 0, 50, 20)],
		offers: vec![order(1, 0, 100, 10)],
		bids: vec![order(2, 0, 400, 10)],
		..Default::default()
	};
	assert_eq!(prices(&book), [Some(200), None]);
	book.bids.push(order(3, 1, 390, 10));
	assert_eq!(prices(&book), [Some(384), None]); // isqrt(370 * 400)
}
