//! Accounts that lost their last active connection point in a zone: their orders there leave the books before the next round.

use crate::{
	book::Shelf,
	pallet::{Config, OwnOrders, Pallet, Suspensions},
	types::{BookId, Leaving},
};
use gridtokenx_primitives::{OnSuspension, ZoneId};

impl<T: Config> OnSuspension<T::AccountId> for Pallet<T> {
	/// Only notes it: the account's books are gone through with the weight set aside for the market, and before any further
	/// round is cleared.
	fn on_suspension(account: &T::AccountId, zone: ZoneId) {
		Suspensions::<T>::insert(account, zone, Option::<BookId>::None);
	}
}

impl<T: Config> Pallet<T> {
	/// Withdraws the orders of a suspended account from the next of its books.
	pub(crate) fn withdraw_suspended(account: T::AccountId, zone: ZoneId, after: Option<BookId>) {
		let mut books = match after {
			Some(book) => {
				let key = OwnOrders::<T>::hashed_key_for(&account, book);
				OwnOrders::<T>::iter_prefix_from(&account, key)
			}
			None => OwnOrders::<T>::iter_prefix(&account),
		};
		let Some((id, own)) = books.next() else {
			Suspensions::<T>::remove(&account, zone);
			return;
		};
		Suspensions::<T>::insert(&account, zone, Some(id));
		let Some(mut shelf) = Shelf::<T>::of(id) else { return };
		let mut any = false;
		for entry in own {
			if let Some(order) = shelf.order(entry.number).filter(|order| order.zone == zone) {
				order.leaving = Some(Leaving {
					after_round: 0,
					wh: order.open_wh,
				});
				any = true;
			}
		}
		shelf.write();
		if any {
			Self::enqueue_stored(id);
		}
	}
}
