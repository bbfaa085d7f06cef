//! The worked cases that the market is defined by.

use crate::{
	conditions::{assert_feasible, Differences},
	prices::assert_prices,
};
use gridtokenx_clearing::{clear, Book, Clearing, Link, Order, Price, PriceRule, Zone};
use serde_json::Value;

fn number(value: &Value) -> u64 {
	value.as_u64().unwrap()
}

fn list<T>(value: &Value, one: impl Fn(&Value) -> T) -> Vec<T> {
	value.as_array().unwrap().iter().map(one).collect()
}

fn zone(zone: &Value) -> Zone {
	let link = |parent| Link {
		parent,
		capacity_to_parent_wh: number(&zone["capacity_wh"]),
		capacity_from_parent_wh: number(&zone["capacity_wh"]),
		charge_per_kwh: number(&zone["charge_per_kwh"]).into(),
	};
	Zone {
		id: number(&zone["id"]) as u32,
		link: zone["parent"].as_u64().map(|parent| link(parent as u32)),
	}
}

fn order(order: &Value) -> Order {
	Order {
		id: number(&order["id"]),
		zone: number(&order["zone"]) as u32,
		price_per_kwh: number(&order["price_per_kwh"]).into(),
		quantity_wh: number(&order["quantity_wh"]),
	}
}

fn book(book: &Value) -> Book {
	assert_eq!(book["price_rule"], "geometric-mean");
	Book {
		zones: list(&book["zones"], zone),
		offers: list(&book["offers"], order),
		bids: list(&book["bids"], order),
		price_rule: PriceRule::GeometricMean,
	}
}

fn assert_expected(book: &Book, result: &Clearing, expect: &Value) {
	assert_eq!(result.welfare.to_string(), expect["welfare"]);
	assert_eq!(result.volume_wh, expect["volume_wh"]);
	let conditions = Differences::supporting(book, result);
	for expected in expect["zone_prices"].as_array().unwrap() {
		let id = number(&expected["id"]) as u32;
		let (min, max) = (
			expected["min"].as_u64().map(i128::from),
			expected["max"].as_u64().map(i128::from),
		);
		// The interval depends on the problem alone, not on which optimal solution was found.
		assert_eq!(conditions.interval(id), (min, max));
		let zone = result.zones.iter().find(|zone| zone.id == id).unwrap();
		let price = zone.price_per_kwh.map(|price| price as i128);
		assert!(price.is_none_or(|price| min.is_none_or(|min| min <= price) && max.is_none_or(|max| price <= max)));
	}
	if let Some(price) = expect.get("price") {
		assert_eq!(result.zones[0].price_per_kwh, price.as_u64().map(Price::from));
	}
}

#[test]
fn every_worked_case_should_clear_as_expected() {
	let vectors: Value = serde_json::from_str(include_str!("../vectors/clearing.json")).unwrap();
	let cases = vectors["cases"].as_array().unwrap();
	assert_eq!(cases.len(), 36);
	for case in cases {
		println!("{}", case["name"]);
		let book = book(&case["book"]);
		let result = clear(&book).unwrap();
		assert_feasible(&book, &result);
		assert_prices(&book, &result);
		assert_expected(&book, &result, &case["expect"]);
	}
}
