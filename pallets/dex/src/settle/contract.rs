//! How a contract ends: delivered, short, refunded, or not yet.

use super::allot::total;
use crate::{
	exposure,
	money::{Payouts, Prices},
	pallet::{Config, Contracts, Deliveries, Error, Event, HoldReason, Pallet},
	types::{Allotment, Contract, ContractId},
};
use frame_support::storage::with_storage_layer;
use gridtokenx_primitives::{units::payment, Balance, ClassId, Credits, Curtailment, Price, Source, Topology, Wh};
use sp_runtime::DispatchError;

type ContractOf<T> = Contract<<T as frame_system::Config>::AccountId>;
type ContractIdOf<T> = ContractId<<T as frame_system::Config>::AccountId>;

/// What became of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
	/// Delivered in full.
	Delivered,
	/// Closed with something missing.
	Short,
	/// Something is missing and may still be read.
	Waiting,
	/// A zone was out of service: refunded on both sides.
	Refunded,
}

/// What happens to the Wh of a contract.
struct Fulfilment<'a> {
	/// Delivered, by source.
	parts: &'a [(Source, Wh)],
	/// Given up.
	undelivered: Wh,
	/// Whether the buyer is compensated for what is given up.
	compensated: bool,
}

impl<T: Config> Pallet<T> {
	/// Delivers a contract out of what is set aside for it.
	pub(crate) fn deliver(
		id: &ContractIdOf<T>,
		contract: ContractOf<T>,
		allotment: &mut Allotment<T::AccountId>,
		payouts: &mut Payouts<T>,
	) -> Option<Ending> {
		if !Self::in_service(id, &contract) {
			return Some(Self::close_contract(id, contract, false, payouts));
		}
		let parts = allotment.plan(contract.open_wh);
		let missing = contract.open_wh.saturating_sub(total(&parts));
		let (undelivered, ending) = match (missing, allotment.unread) {
			(0, _) => (0, Ending::Delivered),
			(_, true) => (0, Ending::Waiting),
			(_, false) => (missing, Ending::Short),
		};
		let fulfilment = Fulfilment {
			parts: &parts,
			undelivered,
			compensated: true,
		};
		match with_storage_layer(|| Self::fulfil(id, contract, fulfilment)) {
			Ok(due) => {
				payouts.merge(due);
				allotment.spend(&parts);
				Some(ending)
			}
			Err(error) => {
				// It stays as it is, and is looked at again before the interval is done.
				Self::deposit_event(Event::ContractFailed {
					contract: id.clone(),
					error,
				});
				None
			}
		}
	}

	/// Closes a contract of which nothing more will be delivered.
	pub(crate) fn close_contract(
		id: &ContractIdOf<T>,
		contract: ContractOf<T>,
		compensated: bool,
		payouts: &mut Payouts<T>,
	) -> Ending {
		let fulfilment = Fulfilment {
			parts: &[],
			undelivered: contract.open_wh,
			compensated,
		};
		match with_storage_layer(|| Self::fulfil(id, contract, fulfilment)) {
			Ok(due) => payouts.merge(due),
			Err(error) => {
				// The books add up, so this cannot be. If it ever is, the contract must not keep its interval open for ever.
				Self::deposit_event(Event::ContractFailed {
					contract: id.clone(),
					error,
				});
				Contracts::<T>::remove(id.key());
				let _ = Self::discount_contract(id.interval);
			}
		}
		if compensated {
			Ending::Short
		} else {
			Ending::Refunded
		}
	}

	/// Whether both ends of a contract were connected in its interval.
	pub(crate) fn in_service(id: &ContractIdOf<T>, contract: &ContractOf<T>) -> bool {
		T::Topology::is_open(id.zone, id.interval) && T::Topology::is_open(contract.buyer_zone, id.interval)
	}

	/// Moves credits and money for what is delivered, refunds what is given up, and keeps the rest of the contract open.
	fn fulfil(
		id: &ContractIdOf<T>,
		mut contract: ContractOf<T>,
		fulfilment: Fulfilment,
	) -> Result<Payouts<T>, DispatchError> {
		let terms = Deliveries::<T>::get(id.interval).ok_or(Error::<T>::Inconsistent)?.terms;
		let path = Self::path(id.interval, id.zone, contract.buyer_zone)?;
		let delivered = total(fulfilment.parts);
		let closed = delivered.saturating_add(fulfilment.undelivered);
		let remaining = contract.open_wh.checked_sub(closed).ok_or(Error::<T>::Inconsistent)?;
		let mut due = Payouts::default();

		for (source, wh) in fulfilment.parts {
			let class = ClassId {
				interval: id.interval,
				zone: id.zone,
				source: *source,
			};
			T::Credits::deliver_held(
				class,
				(&id.seller, id.zone),
				(&contract.buyer, contract.buyer_zone),
				*wh,
			)?;
		}
		Self::pay_for_delivery(&contract, delivered, remaining)?;
		let prices = Prices {
			seller: contract.seller_price,
			buyer: contract.buyer_price,
			fee: terms.fee,
		};
		due.share_out(&id.seller, prices, &path, delivered)?;

		let compensation = match fulfilment.compensated {
			true => Self::compensation(id, &contract, fulfilment.undelivered, terms.shortfall_price),
			false => 0,
		};
		Self::collect(HoldReason::Collateral, &id.seller, compensation)?;
		due.add(contract.buyer.clone(), compensation);
		let shortfall_price = terms.shortfall_price;
		Self::change_exposure_after_compensation(
			id.interval,
			&id.seller,
			id.zone,
			shortfall_price,
			compensation,
			|exposure| exposure::subtract::<T>(&mut exposure.sold_wh, closed),
		)?;
		Self::change_exposure(
			id.interval,
			&contract.buyer,
			contract.buyer_zone,
			shortfall_price,
			|exposure| exposure::subtract::<T>(&mut exposure.bought_wh, closed),
		)?;
		Self::uncommit(id.interval, &path, fulfilment.undelivered);

		if remaining == 0 {
			Contracts::<T>::remove(id.key());
			Self::discount_contract(id.interval)?;
		} else {
			contract.open_wh = remaining;
			contract.waiting = true;
			Contracts::<T>::insert(id.key(), contract);
		}
		Ok(due)
	}

	/// What the seller owes for energy it did not deliver. For what it withheld because it obeyed a dispatch, the program that
	/// gave it has just paid the buyer instead.
	fn compensation(id: &ContractIdOf<T>, contract: &ContractOf<T>, undelivered: Wh, price: Price) -> Balance {
		if undelivered == 0 {
			return 0;
		}
		let (seller, buyer) = (&id.seller, &contract.buyer);
		let withheld = T::Curtailment::compensate(seller, id.zone, id.interval, undelivered, price, buyer);
		payment(price, undelivered.saturating_sub(withheld))
	}

	/// Takes the price of what was delivered out of the buyer's hold, and gives back all but the price of what is still open.
	fn pay_for_delivery(contract: &ContractOf<T>, delivered: Wh, remaining: Wh) -> Result<(), DispatchError> {
		let price = contract.buyer_price;
		let paid = payment(price, delivered);
		let kept = payment(price, remaining);
		let held = payment(price, contract.open_wh);
		let refund = held
			.checked_sub(paid.saturating_add(kept))
			.ok_or(Error::<T>::Inconsistent)?;
		Self::collect(HoldReason::Bid, &contract.buyer, paid)?;
		Self::give_back(HoldReason::Bid, &contract.buyer, refund)
	}
}
