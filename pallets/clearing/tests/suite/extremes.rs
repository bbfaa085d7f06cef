//! Many orders, great numbers, deep trees.

use crate::{
	books::{book, order, root, zone, Scale},
	conditions::assert_feasible,
	prices::assert_prices,
};
use gridtokenx_clearing::{clear, Book, Order, Zone, MAX_PRICE, MAX_QUANTITY};
use proptest::{
	strategy::{Strategy, ValueTree},
	test_runner::TestRunner,
};

/// 10,000 orders, 64 zones. Supporting prices prove the welfare optimal.
fn crowd() -> Scale {
	Scale {
		zones: 64..65,
		orders: 5_000..5_001,
		prices: 0..1 << 40,
		charges: 0..1 << 36,
		quantities: 1..5_000,
	}
}

#[test]
fn thousands_of_orders_should_clear_to_a_supported_result_when_drawn_at_random() {
	let mut runner = TestRunner::deterministic();
	for _ in 0..20 {
		let book = book(crowd()).new_tree(&mut runner).unwrap().current();
		let result = clear(&book).unwrap();
		assert!(result.volume_wh > 0);
		assert_feasible(&book, &result);
		assert_prices(&book, &result);
	}
}

#[test]
fn sums_should_be_exact_when_all_numbers_are_the_greatest() {
	let orders = |price| -> Vec<Order> { (0..5_000).map(|id| order(id, 0, price, MAX_QUANTITY)).collect() };
	let book = Book {
		zones: vec![root(0)],
		offers: orders(0),
		bids: orders(MAX_PRICE),
		..Default::default()
	};
	let result = clear(&book).unwrap();
	assert_eq!(result.volume_wh, 5_000 * MAX_QUANTITY);
	assert_eq!(result.welfare, 5_000 * i128::from(MAX_QUANTITY) * MAX_PRICE as i128);
	assert_eq!(result.zones[0].price_per_kwh, Some(MAX_PRICE / 2));
}

#[test]
fn price_should_be_exact_when_the_product_of_its_bounds_needs_128_bits() {
	let book = Book {
		zones: vec![root(0)],
		offers: vec![order(1, 0, MAX_PRICE - 2, 1)],
		bids: vec![order(2, 0, MAX_PRICE, 1)],
		..Default::default()
	};
	// (m - 2) * m = (m - 1)^2 - 1
	assert_eq!(clear(&book).unwrap().zones[0].price_per_kwh, Some(MAX_PRICE - 2));
}

#[test]
fn charges_should_add_up_exactly_when_they_are_the_greatest_on_a_long_way() {
	let chain = |charge| -> Vec<Zone> {
		(0..1_000)
			.map(|id| {
				if id == 0 {
					root(0)
				} else {
					zone(id, id - 1, u64::MAX, charge)
				}
			})
			.collect()
	};
	let mut book = Book {
		zones: chain(MAX_PRICE),
		offers: vec![order(1, 999, 0, 10), order(2, 500, 7, 10)],
		bids: vec![order(3, 0, MAX_PRICE, 10), order(4, 501, MAX_PRICE, 10)],
		..Default::default()
	};
	// One link up costs all that the highest bid gives, and there is none of 7 more.
	let result = clear(&book).unwrap();
	assert_eq!((result.welfare, result.volume_wh), (0, 0));
	book.zones = chain(1);
	let result = clear(&book).unwrap();
	assert_feasible(&book, &result);
	// Both bids are served: 999 + 1 links cross over as far as 501 + 501 do not.
	assert_eq!(result.welfare, 20 * MAX_PRICE as i128 - 10 * 7 - 10 * (498 + 500));
}
