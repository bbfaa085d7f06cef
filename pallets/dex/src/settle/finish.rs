//! The end of an interval's settlement: contracts that no position reached, and the opening of the spot phase.

use super::SettlingOf;
use crate::{
	money::Payouts,
	pallet::{Config, Contracts, Deliveries, Error, Event, Pallet},
	types::{BookId, Contract, ContractId, Phase, Settling, SettlingStage, Stage, Task},
};
use frame_support::ensure;
use gridtokenx_primitives::{time::SETTLEMENT_LIMIT, Credits, Devices, Interval, Metering, Topology};
use sp_runtime::DispatchResult;

use super::Ending;

type Found<T> = (
	ContractId<<T as frame_system::Config>::AccountId>,
	Contract<<T as frame_system::Config>::AccountId>,
);

impl<T: Config> Pallet<T> {
	/// Looks at the next contract of the interval, in the order of storage; finishes the interval when there are no more.
	pub(crate) fn examine_next(settling: &mut SettlingOf<T>, payouts: &mut Payouts<T>) {
		let SettlingStage::Contracts { after } = &settling.stage else {
			return;
		};
		let Some((id, contract)) = Self::contract_after(settling.interval, after.clone()) else {
			Self::finish_interval(settling);
			return;
		};
		settling.stage = SettlingStage::Contracts {
			after: Some((id.seller.clone(), id.zone, id.number)),
		};
		if contract.waiting {
			return;
		}
		settling.tally.count(Self::examine(&id, contract, payouts));
	}

	/// A contract that no position reached. Its seller's connection points could not be read, or there are none any more: a
	/// suspended site delivers nothing.
	fn examine(id: &ContractId<T::AccountId>, contract: Contract<T::AccountId>, payouts: &mut Payouts<T>) -> Ending {
		if !Self::in_service(id, &contract) {
			return Self::close_contract(id, contract, false, payouts);
		}
		let sites = T::Devices::limits(&id.seller, id.zone).sites;
		if sites == 0 {
			return Self::close_contract(id, contract, true, payouts);
		}
		Self::note_unread(id.interval, &id.seller, id.zone, sites);
		Contracts::<T>::insert(
			id.key(),
			Contract {
				waiting: true,
				..contract
			},
		);
		Ending::Waiting
	}

	fn contract_after(interval: Interval, after: Option<(T::AccountId, u32, u32)>) -> Option<Found<T>> {
		let mut contracts = match after {
			Some((seller, zone, number)) => {
				let key = Contracts::<T>::hashed_key_for((interval, seller, zone, number));
				Contracts::<T>::iter_prefix_from((interval,), key)
			}
			None => Contracts::<T>::iter_prefix((interval,)),
		};
		let ((seller, zone, number), contract) = contracts.next()?;
		Some((
			ContractId {
				interval,
				seller,
				zone,
				number,
			},
			contract,
		))
	}

	/// Opens the spot phase and turns to the next interval.
	fn finish_interval(settling: &mut SettlingOf<T>) {
		let interval = settling.interval;
		let coverage = T::Metering::coverage(interval);
		let covered = coverage.read.saturating_mul(2) >= coverage.active;
		if Self::open_spot(interval, covered).is_err() {
			// No market was ever set up: what was measured is settled, and nothing can be traded.
			T::Credits::close(interval);
			T::Topology::forget(interval);
		}
		Self::deposit_event(Event::Settled {
			interval,
			coverage,
			tally: settling.tally,
		});
		let late = core::mem::take(&mut settling.late);
		*settling = Settling {
			late,
			..Settling::before(interval.saturating_add(1))
		};
	}

	fn open_spot(interval: Interval, covered: bool) -> DispatchResult {
		let mut delivery = Self::open_delivery(interval)?;
		let now = Self::now();
		// The running interval has begun already, so it is not counted.
		let until = now.saturating_add(delivery.terms.spot_window).saturating_add(1);
		delivery.stage = Stage::Spot { until };
		delivery.covered = covered;
		Self::schedule(
			until,
			Task::CloseBook(BookId {
				interval,
				phase: Phase::Spot,
			}),
		);
		if delivery.contracts > 0 {
			Self::schedule(now.saturating_add(SETTLEMENT_LIMIT), Task::EndWaiting(interval));
		}
		Deliveries::<T>::insert(interval, delivery);
		Ok(())
	}

	/// Closes one of the contracts that have waited long enough, and says whether it was the last. The seller owes compensation
	/// unless the network had failed.
	pub(crate) fn end_one_wait(interval: Interval) -> bool {
		let Some((id, contract)) = Self::contract_after(interval, None) else {
			Self::forget_unless_allotting(interval);
			return true;
		};
		let covered = Deliveries::<T>::get(interval).is_some_and(|delivery| delivery.covered);
		let compensated = covered && Self::in_service(&id, &contract);
		let mut payouts = Payouts::<T>::default();
		Self::close_contract(&id, contract, compensated, &mut payouts);
		payouts.settle();
		false
	}

	/// Closes a contract of a zone that is out of service, ahead of settlement.
	pub(crate) fn do_close_halted(id: ContractId<T::AccountId>) -> DispatchResult {
		let contract = Contracts::<T>::get(id.key()).ok_or(Error::<T>::ContractNotFound)?;
		ensure!(!Self::in_service(&id, &contract), Error::<T>::ZoneInService);
		let mut payouts = Payouts::<T>::default();
		Self::close_contract(&id, contract, false, &mut payouts);
		payouts.settle();
		Self::deposit_event(Event::ContractRefunded { contract: id.clone() });
		Self::forget_unless_allotting(id.interval);
		Ok(())
	}
}
