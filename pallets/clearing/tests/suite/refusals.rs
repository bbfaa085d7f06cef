//! Books that are not well-formed are refused by name.

use crate::books::{order, root, zone};
use gridtokenx_clearing::{clear, Book, BookError, Order, Side, Zone, MAX_PRICE, MAX_QUANTITY, MAX_ZONES};

fn refusal_of_zones(zones: Vec<Zone>) -> BookError {
	clear(&Book {
		zones,
		..Default::default()
	})
	.unwrap_err()
}

fn refusal_of_orders(offers: Vec<Order>, bids: Vec<Order>) -> BookError {
	clear(&Book {
		zones: vec![root(0)],
		offers,
		bids,
		..Default::default()
	})
	.unwrap_err()
}

#[test]
fn tree_should_be_refused_when_it_has_not_exactly_one_root() {
	assert_eq!(refusal_of_zones(vec![]), BookError::NoRoot);
	assert_eq!(
		refusal_of_zones(vec![zone(1, 2, 9, 0), zone(2, 1, 9, 0)]),
		BookError::NoRoot
	);
	assert_eq!(
		refusal_of_zones(vec![root(4), zone(1, 4, 9, 0), root(2)]),
		BookError::SeveralRoots(4, 2)
	);
}

#[test]
fn tree_should_be_refused_when_a_zone_is_not_connected_to_the_root() {
	assert_eq!(
		refusal_of_zones(vec![root(0), zone(1, 5, 9, 0)]),
		BookError::UnknownParent(1)
	);
	assert_eq!(
		refusal_of_zones(vec![root(0), zone(1, 1, 9, 0)]),
		BookError::ParentCycle(1)
	);
	let below_a_cycle = vec![root(0), zone(1, 2, 9, 0), zone(2, 3, 9, 0), zone(3, 2, 9, 0)];
	assert!(matches!(refusal_of_zones(below_a_cycle), BookError::ParentCycle(_)));
}

#[test]
fn tree_should_be_refused_when_zones_are_repeated_or_too_many() {
	assert_eq!(
		refusal_of_zones(vec![root(0), zone(1, 0, 9, 0), zone(1, 0, 9, 0)]),
		BookError::DuplicateZone(1)
	);
	let star = |zones| {
		(0..zones as u32)
			.map(|id| if id == 0 { root(0) } else { zone(id, 0, 9, 0) })
			.collect()
	};
	assert!(clear(&Book {
		zones: star(MAX_ZONES),
		..Default::default()
	})
	.is_ok());
	assert_eq!(refusal_of_zones(star(MAX_ZONES + 1)), BookError::TooManyZones);
}

#[test]
fn charge_should_be_refused_when_above_the_greatest_price() {
	let charged = |charge| vec![root(0), zone(1, 0, 9, charge)];
	assert!(clear(&Book {
		zones: charged(MAX_PRICE),
		..Default::default()
	})
	.is_ok());
	assert_eq!(refusal_of_zones(charged(MAX_PRICE + 1)), BookError::ChargeOutOfRange(1));
	assert_eq!(refusal_of_zones(charged(u128::MAX)), BookError::ChargeOutOfRange(1));
}

#[test]
fn order_should_be_refused_when_its_zone_or_numbers_are_impossible() {
	let good = order(1, 0, MAX_PRICE, MAX_QUANTITY);
	let faults = [
		(
			Order {
				zone: 3,
				..good.clone()
			},
			BookError::UnknownZone as fn(_, _) -> _,
		),
		(
			Order {
				price_per_kwh: MAX_PRICE + 1,
				..good.clone()
			},
			BookError::PriceOutOfRange,
		),
		(
			Order {
				quantity_wh: 0,
				..good.clone()
			},
			BookError::QuantityOutOfRange,
		),
		(
			Order {
				quantity_wh: MAX_QUANTITY + 1,
				..good.clone()
			},
			BookError::QuantityOutOfRange,
		),
	];
	for (bad, error) in faults {
		assert_eq!(
			refusal_of_orders(vec![bad.clone()], vec![good.clone()]),
			error(Side::Offer, 1)
		);
		assert_eq!(refusal_of_orders(vec![good.clone()], vec![bad]), error(Side::Bid, 1));
	}
}

#[test]
fn order_should_be_refused_when_another_of_its_side_has_the_same_id() {
	let three = || vec![order(5, 0, 1, 1), order(3, 0, 1, 1), order(5, 0, 2, 2)];
	let one = || vec![order(5, 0, 1, 1)];
	assert_eq!(
		refusal_of_orders(three(), one()),
		BookError::DuplicateOrder(Side::Offer, 5)
	);
	assert_eq!(
		refusal_of_orders(one(), three()),
		BookError::DuplicateOrder(Side::Bid, 5)
	);
	assert!(clear(&Book {
		zones: vec![root(0)],
		offers: one(),
		bids: one(),
		..Default::default()
	})
	.is_ok());
}

#[test]
fn refusal_should_say_what_to_change_when_shown() {
	let shown = BookError::QuantityOutOfRange(Side::Bid, 7).to_string();
	assert_eq!(shown, "the quantity of bid 7 is not between 1 and 1099511627775");
}
