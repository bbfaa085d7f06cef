//! From a book's orders to its fills: the only place that speaks to the mathematics of clearing.

use super::certificates;
use crate::types::{Fill, Line, Order, Parameters, PriceRule};
use alloc::vec::Vec;
use frame_support::defensive;
use gridtokenx_clearing as clearing;
use gridtokenx_primitives::{Interval, Link, Price, Wh, ZoneId};

/// What a book clears to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solved {
	/// The trades, in the order in which they are made.
	pub fills: Vec<Fill>,
	/// What they add up to, Wh.
	pub volume_wh: Wh,
	/// What a kWh is worth in each zone where something trades or flows, the market's fee not included.
	pub prices: Vec<(ZoneId, Price)>,
}

/// Clears `orders` on the zones that are open, within what their lines have left. `None` if the book is not well-formed, which
/// orders that were let in cannot make it.
pub(crate) fn solve<AccountId>(
	terms: &Parameters<AccountId>,
	lines: &[Line<AccountId>],
	network: &[(ZoneId, Option<Link<AccountId>>)],
	orders: &[Order<AccountId>],
	round: u32,
	now: Interval,
) -> Option<Solved> {
	let zones = zones(lines, network);
	if zones.is_empty() {
		// The whole grid is out of service.
		return Some(Solved::default());
	}
	let is_open = |order: &&Order<AccountId>| zones.iter().any(|zone| zone.id == order.zone);
	let side = |offers: bool| -> Vec<clearing::Order> {
		let of_side = orders.iter().filter(|order| order.kind.is_offer() == offers);
		of_side
			.filter(is_open)
			.filter_map(|order| place(terms, order, round, now))
			.collect()
	};
	let (offers, bids) = (side(true), side(false));
	let book = clearing::Book {
		zones,
		offers,
		bids,
		price_rule: terms.price_rule.into(),
	};
	let cleared = match clearing::clear(&book) {
		Ok(cleared) => cleared,
		Err(_) => {
			defensive!("orders and lines were checked when they were let in");
			return None;
		}
	};
	let fills = cleared
		.fills
		.iter()
		.filter_map(|fill| with_fee(terms.fee, fill))
		.collect();
	let fills = certificates::pair_retirable(fills, orders);
	let volume_wh = fills
		.iter()
		.fold(0, |sum: Wh, fill| sum.saturating_add(fill.quantity_wh));
	let prices = cleared
		.zones
		.iter()
		.filter_map(|zone| Some((zone.id, zone.price_per_kwh?)))
		.collect();
	Some(Solved {
		fills,
		volume_wh,
		prices,
	})
}

/// The open zones: hung and charged as when the interval's market opened, with the capacity that is left today.
fn zones<AccountId>(lines: &[Line<AccountId>], network: &[(ZoneId, Option<Link<AccountId>>)]) -> Vec<clearing::Zone> {
	let zone = |(id, left): &(ZoneId, Option<Link<AccountId>>)| {
		let line = lines.iter().find(|line| line.zone == *id)?;
		let link = line
			.connection
			.as_ref()
			.zip(left.as_ref())
			.map(|(connection, left)| clearing::Link {
				parent: connection.parent,
				capacity_to_parent_wh: left.to_parent_wh,
				capacity_from_parent_wh: left.from_parent_wh,
				charge_per_kwh: connection.charge_per_kwh,
			});
		Some(clearing::Zone { id: *id, link })
	};
	network.iter().filter_map(zone).collect()
}

/// An order as it takes part: a bid without the fee, which its buyer pays on top. `None` if nothing of it takes part.
fn place<AccountId>(
	terms: &Parameters<AccountId>,
	order: &Order<AccountId>,
	round: u32,
	now: Interval,
) -> Option<clearing::Order> {
	let quantity_wh = order.wh_in_round(round, now);
	let fee = if order.kind.is_offer() { 0 } else { terms.fee };
	let price_per_kwh = order.limit_price.checked_sub(fee)?;
	let id = clearing::OrderId::from(order.number);
	(quantity_wh > 0).then_some(clearing::Order {
		id,
		zone: order.zone,
		price_per_kwh,
		quantity_wh,
	})
}

fn with_fee(fee: Price, fill: &clearing::Fill) -> Option<Fill> {
	Some(Fill {
		offer: fill.offer.try_into().ok()?,
		bid: fill.bid.try_into().ok()?,
		quantity_wh: fill.quantity_wh,
		seller_price: fill.seller_price,
		buyer_price: fill.buyer_price.checked_add(fee)?,
	})
}

impl From<PriceRule> for clearing::PriceRule {
	fn from(rule: PriceRule) -> Self {
		match rule {
			PriceRule::GeometricMean => clearing::PriceRule::GeometricMean,
			PriceRule::Midpoint => clearing::PriceRule::Midpoint,
		}
	}
}
