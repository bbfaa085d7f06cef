//! The record of a delivery interval, from its first order to its last obligation.

use crate::{
	pallet::{Config, Deliveries, Error, Event, Lines, Pallet, Rules, Settlement},
	types::{Delivery, Stage},
};
use gridtokenx_primitives::{Credits, Interval, Topology};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// The record of an interval; opens its market under today's rules and on today's grid if nobody has yet.
	pub(crate) fn open_delivery(interval: Interval) -> Result<Delivery<T::AccountId>, DispatchError> {
		if let Some(delivery) = Deliveries::<T>::get(interval) {
			return Ok(delivery);
		}
		let terms = Rules::<T>::get().ok_or(Error::<T>::MarketNotSetUp)?;
		Self::keep_lines(interval, &T::Topology::network(interval))?;
		let delivery = Delivery {
			terms,
			stage: Stage::Ahead,
			contracts: 0,
			covered: true,
		};
		Deliveries::<T>::insert(interval, &delivery);
		Ok(delivery)
	}

	/// One contract more.
	pub(crate) fn count_contract(interval: Interval) -> DispatchResult {
		Self::change_contracts(interval, |contracts| contracts.checked_add(1))
	}

	/// One contract fewer.
	pub(crate) fn discount_contract(interval: Interval) -> DispatchResult {
		Self::change_contracts(interval, |contracts| contracts.checked_sub(1))
	}

	fn change_contracts(interval: Interval, change: impl FnOnce(u32) -> Option<u32>) -> DispatchResult {
		Deliveries::<T>::try_mutate(interval, |delivery| {
			let delivery = delivery.as_mut().ok_or(Error::<T>::Inconsistent)?;
			delivery.contracts = change(delivery.contracts).ok_or(Error::<T>::Inconsistent)?;
			Ok(())
		})
	}

	/// Ends an interval's trading.
	pub(crate) fn close_delivery(interval: Interval) {
		Deliveries::<T>::mutate_extant(interval, |delivery| delivery.stage = Stage::Closed);
		Self::forget_unless_allotting(interval);
	}

	/// Forgets an interval that is done, unless settlement holds credits of it for contracts: then it does so itself, once they
	/// are given back.
	pub(crate) fn forget_unless_allotting(interval: Interval) {
		let allotment = Settlement::<T>::get().and_then(|settling| settling.allotment);
		if !allotment.is_some_and(|allotment| allotment.interval == interval) {
			Self::forget_if_done(interval);
		}
	}

	/// Once trading is over and no contract is open, credits are closed and everything about the interval is forgotten. While a
	/// contract waits, its buyer's import stays uncovered, so that a late delivery can still be consumed.
	pub(crate) fn forget_if_done(interval: Interval) {
		let Some(delivery) = Deliveries::<T>::get(interval) else {
			return;
		};
		if delivery.stage != Stage::Closed || delivery.contracts > 0 {
			return;
		}
		Deliveries::<T>::remove(interval);
		Lines::<T>::remove(interval);
		T::Credits::close(interval);
		T::Topology::forget(interval);
		Self::deposit_event(Event::IntervalClosed { interval });
	}
}
