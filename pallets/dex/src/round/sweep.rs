//! After a round: what is filled, taken back or out of time leaves the book, and what it held goes back to its owner.

use crate::{
	book::{BookOf, OrderOf, OrderPage},
	exposure,
	pallet::{Books, Config, Deliveries, Error, Event, HoldReason, Orders, Pallet},
	types::{Backing, BookId, Departure, OrderKind, Parameters, TimeInForce, ORDERS_PER_PAGE},
};
use alloc::vec::Vec;
use frame_support::storage::with_storage_layer;
use gridtokenx_primitives::{Credits, Interval, Wh};
use sp_runtime::DispatchResult;

/// What a sweep needs to know about its book.
struct Sweep<AccountId> {
	id: BookId,
	terms: Parameters<AccountId>,
	/// The last round that was cleared.
	round: u32,
	now: Interval,
	/// Whether everything leaves.
	closing: bool,
}

impl<T: Config> Pallet<T> {
	/// Sweeps a page and says which one is next; `None` when there are no more.
	pub(crate) fn sweep_page(id: BookId, position: u32, closing: bool) -> Option<u32> {
		let mut book = Books::<T>::get(id)?;
		let terms = Deliveries::<T>::get(id.interval)?.terms;
		let first = *book.pages.get(position as usize)?;
		let sweep = Sweep {
			id,
			terms,
			round: book.rounds,
			now: Self::now(),
			closing,
		};
		let mut staying = Vec::new();
		for mut order in Orders::<T>::get(id, first) {
			match Self::sweep_order(&sweep, &mut order) {
				None => staying.push(order),
				Some(departure) => {
					book.orders = book.orders.saturating_sub(1);
					Self::unlist_order(id, &order.account, order.number);
					Self::deposit_event(Event::OrderLeft {
						order: Self::order_id(id, order.number),
						account: order.account,
						filled_wh: order.filled_wh,
						departure,
					});
				}
			}
		}
		let next = Self::store_swept(id, &mut book, position, first, OrderPage::<T>::truncate_from(staying));
		Books::<T>::insert(id, book);
		Some(next)
	}

	/// Lets go of what leaves of an order, and says why if that is all of it.
	fn sweep_order(sweep: &Sweep<T::AccountId>, order: &mut OrderOf<T>) -> Option<Departure> {
		if order.open_wh == 0 {
			return Some(Departure::Filled);
		}
		if let Some(leaving) = order.leaving.filter(|leaving| leaving.after_round <= sweep.round) {
			order.leaving = None;
			Self::let_go(sweep, order, leaving.wh.min(order.open_wh));
			if order.open_wh == 0 {
				let suspended = leaving.after_round == 0;
				return Some(if suspended {
					Departure::Suspended
				} else {
					Departure::Cancelled
				});
			}
		}
		let departure = if sweep.closing {
			Departure::Lapsed
		} else if order.is_expired(sweep.now) {
			Departure::Expired
		} else if order.time_in_force == TimeInForce::NextRound && order.first_round <= sweep.round {
			Departure::OneRound
		} else {
			return None;
		};
		Self::let_go(sweep, order, order.open_wh);
		Some(departure)
	}

	/// Takes `wh` out of an order. The books add up, so this cannot fail; if it ever did, the order would be named and leave all
	/// the same, rather than keep its book from closing.
	fn let_go(sweep: &Sweep<T::AccountId>, order: &mut OrderOf<T>, wh: Wh) {
		if let Err(error) = with_storage_layer(|| Self::give_back_for(sweep, order, wh)) {
			Self::deposit_event(Event::OrderFailed {
				order: Self::order_id(sweep.id, order.number),
				error,
			});
		}
		order.open_wh = order.open_wh.saturating_sub(wh);
	}

	/// Gives back what an order holds for `wh`.
	fn give_back_for(sweep: &Sweep<T::AccountId>, order: &OrderOf<T>, wh: Wh) -> DispatchResult {
		let interval = sweep.id.interval;
		let change = |bid: bool| {
			Self::change_exposure(
				interval,
				&order.account,
				order.zone,
				sweep.terms.shortfall_price,
				|exposure| {
					let sum = if bid {
						&mut exposure.bid_wh
					} else {
						&mut exposure.offered_wh
					};
					exposure::subtract::<T>(sum, wh)
				},
			)
		};
		match order.kind {
			OrderKind::Offer(Backing::Capacity) => change(false),
			OrderKind::Offer(Backing::Credits { .. }) => {
				let class = order.class(interval).ok_or(Error::<T>::Inconsistent)?;
				T::Credits::release(class, &order.account, order.zone, wh)
			}
			OrderKind::Bid(_) => {
				let after = order.money_for(order.open_wh.saturating_sub(wh));
				let freed = order.money_for(order.open_wh).saturating_sub(after);
				Self::give_back(HoldReason::Bid, &order.account, freed)?;
				if order.kind.needs_import() {
					change(true)?;
				}
				Ok(())
			}
		}
	}

	/// Stores what stays of a page, on the page before it where there is room, so that a book's pages stay full. Says which
	/// page is next.
	fn store_swept(id: BookId, book: &mut BookOf<T>, position: u32, first: u32, page: OrderPage<T>) -> u32 {
		let before = position
			.checked_sub(1)
			.and_then(|before| book.pages.get(before as usize).copied());
		if let Some(before) = before.filter(|_| !page.is_empty()) {
			let mut merged = Orders::<T>::get(id, before).into_inner();
			if merged.len().saturating_add(page.len()) > ORDERS_PER_PAGE as usize {
				Orders::<T>::insert(id, first, page);
				return position.saturating_add(1);
			}
			merged.extend(page);
			Orders::<T>::insert(id, before, OrderPage::<T>::truncate_from(merged));
		} else if !page.is_empty() {
			Orders::<T>::insert(id, first, page);
			return position.saturating_add(1);
		}
		Orders::<T>::remove(id, first);
		book.pages.retain(|other| *other != first);
		position
	}
}
