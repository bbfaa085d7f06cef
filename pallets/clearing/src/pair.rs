//! Who sells to whom: trades paired along the flows, nearest first, and within a zone by time.

use crate::{
	market::{Market, Placed},
	network::Network,
	solve::Quantities,
	Fill, OrderId, Price, Wh,
};
use alloc::{collections::VecDeque, vec, vec::Vec};

/// The fills of a zone's offers, or bids, that are not paired yet; earliest first.
type Queue = VecDeque<(OrderId, Wh)>;

pub(crate) fn pair(market: &Market, quantities: &Quantities, prices: &[Option<Price>]) -> Vec<Fill> {
	let mut sellers = queues(market, &market.offers, &quantities.offers);
	let mut buyers = queues(market, &market.bids, &quantities.bids);
	let total = |queue: &Queue| queue.iter().map(|(_, quantity)| quantity).sum();
	let ends = sellers
		.iter()
		.zip(&buyers)
		.map(|(sellers, buyers)| (total(sellers), total(buyers)));
	let mut network = Network::new(ends, market.tree.nodes(), &quantities.flows);

	let price = |zone: usize| prices.get(zone).copied().flatten().unwrap_or_default();
	let mut fills = Vec::with_capacity(market.offers.len().max(market.bids.len()));
	let mut pairs = network.take_nearest();
	while !pairs.is_empty() {
		for pair in pairs {
			let Some((sellers, buyers)) = sellers.get_mut(pair.from).zip(buyers.get_mut(pair.to)) else {
				continue;
			};
			let (seller_price, buyer_price) = (price(pair.from), price(pair.to));
			trade(sellers, buyers, pair.quantity, |offer, bid, quantity_wh| {
				fills.push(Fill {
					offer,
					bid,
					quantity_wh,
					seller_price,
					buyer_price,
				});
			});
		}
		pairs = network.take_nearest();
	}
	fills
}

fn queues(market: &Market, orders: &[Placed], filled: &[Wh]) -> Vec<Queue> {
	let mut queues = vec![Queue::new(); market.tree.len()];
	for (order, filled) in orders.iter().zip(filled).filter(|(_, filled)| **filled > 0) {
		if let Some(queue) = queues.get_mut(order.zone) {
			queue.push_back((order.id, *filled));
		}
	}
	queues
}

/// Fills the earliest sellers and buyers with each other, up to a quantity.
fn trade(sellers: &mut Queue, buyers: &mut Queue, mut quantity: Wh, mut fill: impl FnMut(OrderId, OrderId, Wh)) {
	while let Some(((offer, offered), (bid, wanted))) = sellers.front_mut().zip(buyers.front_mut()) {
		let traded = quantity.min(*offered).min(*wanted);
		if traded == 0 {
			break;
		}
		fill(*offer, *bid, traded);
		quantity -= traded;
		*offered -= traded;
		*wanted -= traded;
		let (sold_out, served) = (*offered == 0, *wanted == 0);
		if sold_out {
			sellers.pop_front();
		}
		if served {
			buyers.pop_front();
		}
	}
}
