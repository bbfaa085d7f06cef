//! What people and clients ask of the market. Plain functions, to be answered through the runtime's APIs.

use crate::{
	book::OrderOf,
	pallet::{
		Books, Config, Contracts, CurrentRound, Deliveries, Exposures, Orders, OwnOrders, Pallet, Rules, Settlement,
	},
	round::Solved,
	types::{BookId, Contract, ContractId, Exposure, OrderId, Parameters},
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::{Decode, Encode};
use gridtokenx_primitives::{Interval, Price, Wh, ZoneId};
use scale_info::TypeInfo;

/// One price level of a book in one zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Level {
	/// Where.
	pub zone: ZoneId,
	/// Offered rather than wanted.
	pub is_offer: bool,
	/// Limit, planck per kWh.
	pub price: Price,
	/// Open at that limit, Wh.
	pub open_wh: Wh,
	/// How many orders.
	pub orders: u32,
}

/// What a book would clear to if its round were now.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Indication {
	/// What would be traded, Wh.
	pub volume_wh: Wh,
	/// What a kWh would be worth in each zone that trades, planck, the market's fee not included.
	pub prices: Vec<(ZoneId, Price)>,
}

impl<T: Config> Pallet<T> {
	/// A book's open orders, added up by zone, side and limit.
	pub fn book_depth(id: BookId) -> Vec<Level> {
		let Some(book) = Books::<T>::get(id) else {
			return Vec::new();
		};
		let mut levels = BTreeMap::<(ZoneId, bool, Price), (Wh, u32)>::new();
		for order in Self::orders_in(id, &book) {
			let (open_wh, orders) = levels
				.entry((order.zone, order.kind.is_offer(), order.limit_price))
				.or_default();
			*open_wh = open_wh.saturating_add(order.open_wh);
			*orders = orders.saturating_add(1);
		}
		let level = |((zone, is_offer, price), (open_wh, orders))| Level {
			zone,
			is_offer,
			price,
			open_wh,
			orders,
		};
		levels.into_iter().map(level).collect()
	}

	/// What the next round would give, from the orders that stand in the book now.
	pub fn indicative_clearing(id: BookId) -> Option<Indication> {
		let Solved { volume_wh, prices, .. } = Self::solve_next(id)?;
		Some(Indication { volume_wh, prices })
	}

	/// An account's orders, in all books.
	pub fn orders_of(account: &T::AccountId) -> Vec<(OrderId, OrderOf<T>)> {
		let mut found = Vec::new();
		for (id, own) in OwnOrders::<T>::iter_prefix(account) {
			let orders = own.into_iter().filter_map(|entry| {
				Self::order(OrderId {
					book: id,
					number: entry.number,
				})
			});
			found.extend(orders.map(|order| {
				(
					OrderId {
						book: id,
						number: order.number,
					},
					order,
				)
			}));
		}
		found
	}

	/// An order that stands in its book.
	pub fn order(id: OrderId) -> Option<OrderOf<T>> {
		let first = Books::<T>::get(id.book)?.page_of(id.number)?;
		Orders::<T>::get(id.book, first)
			.into_iter()
			.find(|order| order.number == id.number)
	}

	/// An account's open contracts for an interval, as seller and as buyer.
	pub fn contracts_of(
		account: &T::AccountId,
		interval: Interval,
	) -> Vec<(ContractId<T::AccountId>, Contract<T::AccountId>)> {
		Contracts::<T>::iter_prefix((interval,))
			.map(|((seller, zone, number), contract)| {
				(
					ContractId {
						interval,
						seller,
						zone,
						number,
					},
					contract,
				)
			})
			.filter(|(id, contract)| id.seller == *account || contract.buyer == *account)
			.collect()
	}

	/// What an account has open in a zone and interval. Its net forward sales are `sold_wh - bought_wh`.
	pub fn exposure(account: &T::AccountId, zone: ZoneId, interval: Interval) -> Exposure {
		Exposures::<T>::get((interval, account, zone))
	}

	/// The rules of an interval: those it has frozen, or today's if its market has not opened.
	pub fn terms(interval: Interval) -> Option<Parameters<T::AccountId>> {
		Deliveries::<T>::get(interval)
			.map(|delivery| delivery.terms)
			.or_else(Rules::<T>::get)
	}

	/// The first interval that is not settled; all before it are.
	pub fn settled_before() -> Option<Interval> {
		Settlement::<T>::get().map(|settling| settling.interval)
	}

	/// Whether a book is frozen: its round is cleared and being applied.
	pub fn is_frozen(id: BookId) -> bool {
		CurrentRound::<T>::get().is_some_and(|round| round.book == id)
	}
}
