//! What-if clearing for market operators: a book as JSON in, what the chain would make of it as JSON out.
//!
//! In: `{"zones":[{"id":0,"parent":null},{"id":1,"parent":0,"capacity_wh":2000,"charge_per_kwh":5}], "offers":[…], "bids":[…],
//! "price_rule":"geometric-mean"}`, orders as `{"id","zone","price_per_kwh","quantity_wh"}`, earliest first. A link may have
//! `capacity_to_parent_wh` and `capacity_from_parent_wh` in place of `capacity_wh`; `price_rule` may be `midpoint`.
//!
//! Out: `{"welfare":"…","volume_wh":…,"zones":[{"id","price_per_kwh"}],"flows":[{"zone","to_parent_wh"}],
//! "fills":[{"offer","bid","quantity_wh","seller_price","buyer_price"}]}`. Welfare is in money × Wh / kWh, a string because it may
//! exceed what JSON numbers hold everywhere; a zone's price is null where nothing is traded and nothing flows.

use gridtokenx_clearing as clearing;
use serde::{Deserialize, Serialize};

/// Why a book could not be read or cleared.
#[derive(Debug, thiserror::Error)]
pub enum ClearError {
	/// It is no such JSON.
	#[error("the book is not as expected: {0}")]
	Json(#[from] serde_json::Error),
	/// A link is incomplete or says two things.
	#[error("zone {0}: {1}")]
	Zone(u32, &'static str),
	/// It cannot be cleared.
	#[error("{0}")]
	Book(clearing::BookError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
	zones: Vec<Zone>,
	offers: Vec<Order>,
	bids: Vec<Order>,
	#[serde(default)]
	price_rule: PriceRule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Zone {
	id: u32,
	parent: Option<u32>,
	capacity_wh: Option<u64>,
	capacity_to_parent_wh: Option<u64>,
	capacity_from_parent_wh: Option<u64>,
	charge_per_kwh: Option<u128>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Order {
	id: u64,
	zone: u32,
	price_per_kwh: u128,
	quantity_wh: u64,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
enum PriceRule {
	#[default]
	GeometricMean,
	Midpoint,
}

#[derive(Serialize)]
struct Clearing {
	welfare: String,
	volume_wh: u64,
	zones: Vec<ZonePrice>,
	flows: Vec<Flow>,
	fills: Vec<Fill>,
}

#[derive(Serialize)]
struct ZonePrice {
	id: u32,
	price_per_kwh: Option<u128>,
}

#[derive(Serialize)]
struct Flow {
	zone: u32,
	to_parent_wh: i64,
}

#[derive(Serialize)]
struct Fill {
	offer: u64,
	bid: u64,
	quantity_wh: u64,
	seller_price: u128,
	buyer_price: u128,
}

impl TryFrom<Zone> for clearing::Zone {
	type Error = ClearError;

	fn try_from(zone: Zone) -> Result<Self, ClearError> {
		let wrong = |what| Err(ClearError::Zone(zone.id, what));
		let capacities = match (
			zone.capacity_wh,
			zone.capacity_to_parent_wh,
			zone.capacity_from_parent_wh,
		) {
			(Some(both), None, None) => Some((both, both)),
			(None, Some(to), Some(from)) => Some((to, from)),
			(None, None, None) => None,
			_ => return wrong("give either capacity_wh, or capacity_to_parent_wh and capacity_from_parent_wh"),
		};
		let link = match (zone.parent, capacities) {
			(Some(parent), Some((capacity_to_parent_wh, capacity_from_parent_wh))) => Some(clearing::Link {
				parent,
				capacity_to_parent_wh,
				capacity_from_parent_wh,
				charge_per_kwh: zone.charge_per_kwh.unwrap_or(0),
			}),
			(Some(_), None) => return wrong("it has a parent, and so needs capacity_wh"),
			(None, Some(_)) => return wrong("it is the root, and so has no line whose capacity could be given"),
			(None, None) => None,
		};
		Ok(clearing::Zone { id: zone.id, link })
	}
}

impl From<Order> for clearing::Order {
	fn from(
		Order {
			id,
			zone,
			price_per_kwh,
			quantity_wh,
		}: Order,
	) -> Self {
		clearing::Order {
			id,
			zone,
			price_per_kwh,
			quantity_wh,
		}
	}
}

impl From<clearing::Clearing> for Clearing {
	fn from(result: clearing::Clearing) -> Self {
		Clearing {
			welfare: result.welfare.to_string(),
			volume_wh: result.volume_wh,
			zones: result
				.zones
				.iter()
				.map(|zone| ZonePrice {
					id: zone.id,
					price_per_kwh: zone.price_per_kwh,
				})
				.collect(),
			flows: result
				.zones
				.iter()
				.map(|zone| Flow {
					zone: zone.id,
					to_parent_wh: zone.flow_to_parent_wh,
				})
				.collect(),
			fills: result
				.fills
				.into_iter()
				.map(|fill| Fill {
					offer: fill.offer,
					bid: fill.bid,
					quantity_wh: fill.quantity_wh,
					seller_price: fill.seller_price,
					buyer_price: fill.buyer_price,
				})
				.collect(),
		}
	}
}

/// Clears a book, JSON to JSON.
pub fn clear(book: &str) -> Result<String, ClearError> {
	let book: Book = serde_json::from_str(book)?;
	let root = book.zones.iter().find(|zone| zone.parent.is_none()).map(|zone| zone.id);
	let result = clearing::clear(&clearing::Book {
		zones: book
			.zones
			.into_iter()
			.map(TryInto::try_into)
			.collect::<Result<_, _>>()?,
		offers: book.offers.into_iter().map(Into::into).collect(),
		bids: book.bids.into_iter().map(Into::into).collect(),
		price_rule: match book.price_rule {
			PriceRule::GeometricMean => clearing::PriceRule::GeometricMean,
			PriceRule::Midpoint => clearing::PriceRule::Midpoint,
		},
	})
	.map_err(ClearError::Book)?;
	let mut result = Clearing::from(result);
	// The root has no link, and so no flow.
	result.flows.retain(|flow| Some(flow.zone) != root);
	Ok(serde_json::to_string(&result)?)
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::{json, Value};

	fn vectors() -> Value {
		serde_json::from_str(include_str!("../../pallets/clearing/tests/vectors/clearing.json")).expect("JSON")
	}

	#[test]
	fn clear_should_give_the_expected_welfare_volume_and_prices_for_every_shared_case() {
		for case in vectors()["cases"].as_array().expect("cases") {
			let result = clear(&case["book"].to_string()).expect("the book is sound");
			let result: Value = serde_json::from_str(&result).expect("JSON");
			let (name, expected) = (&case["name"], &case["expect"]);
			assert_eq!(result["welfare"], expected["welfare"], "{name}");
			assert_eq!(result["volume_wh"], expected["volume_wh"], "{name}");
			if case["book"]["zones"].as_array().expect("zones").len() == 1 {
				assert_eq!(result["zones"][0]["price_per_kwh"], expected["price"], "{name}");
			}
		}
	}

	#[test]
	fn clear_should_report_flows_of_links_only_and_follow_them_with_fills() {
		let book = json!({
			"zones": [{"id": 0, "parent": null}, {"id": 1, "parent": 0, "capacity_wh": 600, "charge_per_kwh": 5}],
			"offers": [{"id": 1, "zone": 1, "price_per_kwh": 100, "quantity_wh": 1000}],
			"bids": [{"id": 2, "zone": 0, "price_per_kwh": 200, "quantity_wh": 1000}],
		});
		let result: Value = serde_json::from_str(&clear(&book.to_string()).expect("sound")).expect("JSON");
		assert_eq!(result["flows"], json!([{"zone": 1, "to_parent_wh": 600}]));
		assert_eq!(result["fills"][0]["quantity_wh"], 600);
		assert_eq!(result["fills"][0]["seller_price"], 100);
		assert_eq!(result["fills"][0]["buyer_price"], 200);
		assert_eq!(result["welfare"], (600 * (200 - 100 - 5)).to_string());
	}

	#[test]
	fn clear_should_say_what_is_wrong_when_the_book_is_malformed() {
		let error = |book: Value| clear(&book.to_string()).expect_err("malformed").to_string();
		assert!(error(json!({"zones": []})).contains("missing field `offers`"));
		let two = json!({"zones": [{"id": 0, "parent": null}, {"id": 1, "parent": 0}], "offers": [], "bids": []});
		assert_eq!(error(two), "zone 1: it has a parent, and so needs capacity_wh");
		let negative = json!({"zones": [{"id": 0, "parent": null}], "bids": [],
			"offers": [{"id": 1, "zone": 0, "price_per_kwh": -1, "quantity_wh": 1}]});
		assert!(error(negative).contains("number out of range"));
		let unknown = json!({"zones": [{"id": 0, "parent": null}], "bids": [],
			"offers": [{"id": 1, "zone": 7, "price_per_kwh": 1, "quantity_wh": 1}]});
		assert_eq!(error(unknown), "the zone of offer 1 is not in the book");
	}
}
