//! A metered position becomes credits, and its exports deliver its account's contracts in the order in which they were made.

use super::{Ending, SettlingOf};
use crate::{
	money::Payouts,
	pallet::{Config, Contracts, Event, Exposures, Pallet},
	types::{Allotment, ContractId, Tally},
};
use frame_support::storage::with_storage_layer;
use gridtokenx_primitives::{metering::Exports, ClassId, Credits, Interval, Position, Source, Wh, ZoneId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Settles the next position of the interval at hand.
	pub(crate) fn settle_next_position(settling: &mut SettlingOf<T>) {
		let Some(position) = settling.pending.pop() else { return };
		let interval = settling.interval;
		settling.tally.positions = settling.tally.positions.saturating_add(1);
		match with_storage_layer(|| Self::issue(interval, &position)) {
			Ok(()) => {
				Self::note_unread(interval, &position.account, position.zone, position.unread);
				settling.allotment = Self::begin_allotment(interval, position);
			}
			Err(error) => Self::deposit_event(Event::PositionFailed {
				interval,
				account: position.account,
				error,
			}),
		}
	}

	/// Records what was measured and issues credits for what was exported. Where nothing could be read there is nothing to
	/// record: the account is settled when its reading comes.
	pub(crate) fn issue(interval: Interval, position: &Position<T::AccountId>) -> DispatchResult {
		let nothing_read = position.unread > 0 && position.import_wh == 0 && position.exports.is_empty();
		if nothing_read {
			return Ok(());
		}
		T::Credits::settle(
			interval,
			&position.account,
			position.zone,
			position.import_wh,
			&position.exports,
		)
	}

	/// Keeps for an account with contracts how many of its connection points are still to be read.
	pub(crate) fn note_unread(interval: Interval, account: &T::AccountId, zone: ZoneId, unread: u32) {
		let key = (interval, account, zone);
		let mut exposure = Exposures::<T>::get(key);
		if exposure.sold_wh > 0 && exposure.unread != unread {
			exposure.unread = unread;
			Exposures::<T>::insert(key, exposure);
		}
	}

	/// Sets credits aside for the contracts of a position's account, in the step that issued them: only the rest is free.
	/// Estimated energy is not proven for its interval and delivers no contract.
	pub(crate) fn begin_allotment(
		interval: Interval,
		position: Position<T::AccountId>,
	) -> Option<Allotment<T::AccountId>> {
		let Position {
			account, zone, exports, ..
		} = position;
		let exposure = Exposures::<T>::get((interval, &account, zone));
		let mut needed = exposure.sold_wh;
		if needed == 0 {
			return None;
		}
		let mut held = Exports::default();
		for (source, wh) in exports.into_iter().filter(|(source, _)| *source != Source::Estimated) {
			let part = wh.min(needed);
			let class = ClassId { interval, zone, source };
			let set_aside = with_storage_layer(|| T::Credits::hold(class, &account, zone, part));
			match set_aside {
				// Positions have no more sources than `held` has room for.
				Ok(()) if held.try_push((source, part)).is_ok() => needed = needed.saturating_sub(part),
				Ok(()) => (),
				Err(error) => Self::deposit_event(Event::PositionFailed {
					interval,
					account: account.clone(),
					error,
				}),
			}
		}
		let unread = exposure.unread > 0;
		Some(Allotment {
			interval,
			account,
			zone,
			held,
			unread,
			next: 0,
			contracts: exposure.contracts,
		})
	}

	/// Delivers the next contract of the position at hand.
	pub(crate) fn allot_next(settling: &mut SettlingOf<T>, payouts: &mut Payouts<T>) {
		let Some(mut allotment) = settling.allotment.take() else {
			return;
		};
		if allotment.next >= allotment.contracts {
			Self::end_allotment(allotment);
			return;
		}
		let id = ContractId {
			interval: allotment.interval,
			seller: allotment.account.clone(),
			zone: allotment.zone,
			number: allotment.next,
		};
		allotment.next = allotment.next.saturating_add(1);
		if let Some(contract) = Contracts::<T>::get(id.key()) {
			let ending = Self::deliver(&id, contract, &mut allotment, payouts);
			// The counts are of the interval being settled; late deliveries are none of its.
			if let Some(ending) = ending.filter(|_| allotment.interval == settling.interval) {
				settling.tally.count(ending);
			}
		}
		settling.allotment = Some(allotment);
	}

	/// Frees what was set aside for contracts that closed otherwise.
	fn end_allotment(allotment: Allotment<T::AccountId>) {
		let Allotment {
			interval,
			account,
			zone,
			held,
			..
		} = allotment;
		for (source, wh) in held.into_iter().filter(|(_, wh)| *wh > 0) {
			let class = ClassId { interval, zone, source };
			if let Err(error) = with_storage_layer(|| T::Credits::release(class, &account, zone, wh)) {
				Self::deposit_event(Event::PositionFailed {
					interval,
					account: account.clone(),
					error,
				});
			}
		}
		Self::forget_if_done(interval);
	}
}

impl Tally {
	/// Counts how a contract ended.
	pub(crate) fn count(&mut self, ending: Ending) {
		let count = match ending {
			Ending::Delivered => &mut self.delivered,
			Ending::Short => &mut self.short,
			Ending::Waiting => &mut self.waiting,
			Ending::Refunded => &mut self.refunded,
		};
		*count = count.saturating_add(1);
	}
}

/// The sum of energy by source.
pub(crate) fn total(parts: &[(Source, Wh)]) -> Wh {
	parts.iter().fold(0, |sum, (_, wh)| sum.saturating_add(*wh))
}
