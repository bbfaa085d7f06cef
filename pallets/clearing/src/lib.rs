#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod book;
mod curve;
mod market;
mod network;
mod outcome;
mod pair;
mod price;
mod solve;
mod tree;

pub use book::{
	Book, BookError, Link, Order, OrderId, Price, PriceRule, Side, Wh, Zone, ZoneId, MAX_ORDERS, MAX_PRICE,
	MAX_QUANTITY, MAX_ZONES,
};
pub use outcome::{Clearing, Fill, ZoneOutcome};

use alloc::vec::Vec;
use market::{Market, Placed};
use solve::Quantities;

/// Clears a book: the optimal fills and flows, the prices that support them, and who trades with whom.
///
/// The result depends on the book alone and is the same on every machine. The work is that of sorting the orders, once more for
/// each level of the tree (see the crate's documentation); the memory is proportional to the book.
///
/// # Errors
///
/// A [`BookError`] names the first fault of a book that is not well-formed. A well-formed book always clears, if only to nothing.
pub fn clear(book: &Book) -> Result<Clearing, BookError> {
	let market = Market::new(book)?;
	let quantities = solve::solve(&market);
	let prices = price::prices(&market, &quantities, book.price_rule);
	let fills = pair::pair(&market, &quantities, &prices);
	Ok(Clearing {
		welfare: welfare(&market, &quantities),
		volume_wh: quantities.offers.iter().sum(),
		zones: zones(book, &market, &quantities, &prices),
		offers_filled_wh: quantities.offers,
		bids_filled_wh: quantities.bids,
		fills,
	})
}

fn welfare(market: &Market, quantities: &Quantities) -> i128 {
	let value = |orders: &[Placed], filled: &[Wh]| -> i128 {
		orders
			.iter()
			.zip(filled)
			.map(|(order, filled)| i128::from(order.price) * i128::from(*filled))
			.sum()
	};
	let flows = market.tree.nodes().iter().zip(&quantities.flows);
	let charges: i128 = flows
		.map(|(node, flow)| node.charge * i128::from(flow.unsigned_abs()))
		.sum();
	value(&market.bids, &quantities.bids) - value(&market.offers, &quantities.offers) - charges
}

/// The zones' results, from the order of the tree back into that of the book.
fn zones(book: &Book, market: &Market, quantities: &Quantities, prices: &[Option<Price>]) -> Vec<ZoneOutcome> {
	let outcome = |zone: &Zone| ZoneOutcome {
		id: zone.id,
		price_per_kwh: None,
		flow_to_parent_wh: 0,
	};
	let mut zones: Vec<ZoneOutcome> = book.zones.iter().map(outcome).collect();
	for (node, (price, flow)) in market.tree.nodes().iter().zip(prices.iter().zip(&quantities.flows)) {
		if let Some(zone) = zones.get_mut(node.position) {
			zone.price_per_kwh = *price;
			zone.flow_to_parent_wh = *flow;
		}
	}
	zones
}
