//! Most welfare, then most volume.

use crate::{
	books::{book, order, root, tight, wide, zone},
	conditions::assert_feasible,
	solver::optimum,
};
use gridtokenx_clearing::{clear, Book, Link, Zone};
use proptest::prelude::*;

proptest! {
	#![proptest_config(ProptestConfig::with_cases(4_000))]

	#[test]
	fn fills_and_flows_should_be_feasible_when_any_book_clears(book in prop_oneof![book(tight()), book(wide())]) {
		assert_feasible(&book, &clear(&book).unwrap());
	}

	#[test]
	fn welfare_then_volume_should_equal_the_solvers_when_ties_abound(book in book(tight())) {
		let result = clear(&book).unwrap();
		prop_assert_eq!((result.welfare, result.volume_wh), optimum(&book, 1_000));
	}

	#[test]
	fn welfare_should_equal_the_solvers_when_numbers_are_large(book in book(wide())) {
		prop_assert_eq!(clear(&book).unwrap().welfare, optimum(&book, 1).0);
	}

	#[test]
	fn result_should_be_the_same_when_zones_come_in_another_order(book in book(tight())) {
		let mut sorted = book.clone();
		sorted.zones.sort_by_key(|zone| zone.id);
		let mut expected = clear(&book).unwrap();
		expected.zones.sort_by_key(|zone| zone.id);
		prop_assert_eq!(clear(&sorted).unwrap(), expected);
	}
}

fn two_zones(capacity_to_parent_wh: u64, capacity_from_parent_wh: u64) -> Vec<Zone> {
	let link = Link {
		parent: 0,
		capacity_to_parent_wh,
		capacity_from_parent_wh,
		charge_per_kwh: 10,
	};
	vec![
		root(0),
		Zone {
			id: 1,
			link: Some(link),
		},
	]
}

#[test]
fn flow_should_stop_at_its_own_directions_capacity_when_capacities_differ() {
	for (seller, buyer, flow) in [(1, 0, 300), (0, 1, -200)] {
		let book = Book {
			zones: two_zones(300, 200),
			offers: vec![order(1, seller, 50, 1_000)],
			bids: vec![order(2, buyer, 90, 1_000)],
			..Default::default()
		};
		let result = clear(&book).unwrap();
		assert_eq!(result.zones[1].flow_to_parent_wh, flow);
		assert_eq!(result.welfare, i128::from(flow.abs()) * 30);
	}
}

#[test]
fn trade_without_surplus_should_happen_when_it_pays_all_charges_on_its_way() {
	let book = Book {
		zones: vec![root(0), zone(1, 0, 500, 3), zone(2, 0, 500, 4)],
		offers: vec![order(1, 1, 20, 400)],
		bids: vec![order(2, 2, 27, 900)],
		..Default::default()
	};
	let result = clear(&book).unwrap();
	assert_eq!((result.welfare, result.volume_wh), (0, 400));
}

#[test]
fn nothing_should_trade_when_the_book_is_empty() {
	let result = clear(&Book {
		zones: vec![root(7)],
		..Default::default()
	})
	.unwrap();
	assert_eq!((result.welfare, result.volume_wh, result.fills.len()), (0, 0, 0));
	assert_eq!(result.zones[0].price_per_kwh, None);
}
