//! A book that has been checked, with its zones as positions in the tree.

use crate::{tree::Tree, Book, BookError, Order, OrderId, Side, Wh, MAX_ORDERS, MAX_QUANTITY};
use alloc::vec::Vec;

/// An order whose zone is known and whose numbers are in range.
pub(crate) struct Placed {
	pub id: OrderId,
	/// Position in the tree.
	pub zone: usize,
	pub price: u64,
	pub quantity: Wh,
}

pub(crate) struct Market {
	pub tree: Tree,
	pub offers: Vec<Placed>,
	pub bids: Vec<Placed>,
}

impl Market {
	pub fn new(book: &Book) -> Result<Self, BookError> {
		let tree = Tree::new(&book.zones)?;
		let offers = place(&tree, Side::Offer, &book.offers)?;
		let bids = place(&tree, Side::Bid, &book.bids)?;
		Ok(Self { tree, offers, bids })
	}
}

fn place(tree: &Tree, side: Side, orders: &[Order]) -> Result<Vec<Placed>, BookError> {
	if orders.len() > MAX_ORDERS {
		return Err(BookError::TooManyOrders(side));
	}
	if let Some(id) = duplicate(orders) {
		return Err(BookError::DuplicateOrder(side, id));
	}
	let place = |order: &Order| {
		let id = order.id;
		let zone = tree.position(order.zone).ok_or(BookError::UnknownZone(side, id))?;
		let price = u64::try_from(order.price_per_kwh).map_err(|_| BookError::PriceOutOfRange(side, id))?;
		if order.quantity_wh == 0 || order.quantity_wh > MAX_QUANTITY {
			return Err(BookError::QuantityOutOfRange(side, id));
		}
		Ok(Placed {
			id,
			zone,
			price,
			quantity: order.quantity_wh,
		})
	};
	orders.iter().map(place).collect()
}

fn duplicate(orders: &[Order]) -> Option<OrderId> {
	let mut ids: Vec<OrderId> = orders.iter().map(|order| order.id).collect();
	// Identifiers mostly rise with time, and a sorted list is sorted by looking at it.
	ids.sort_unstable();
	ids.iter()
		.zip(ids.iter().skip(1))
		.find(|(a, b)| a == b)
		.map(|(id, _)| *id)
}
