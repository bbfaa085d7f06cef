//! Devices change hands by offer and acceptance, with the first block of an interval.
//!
//! Accepted offers wait in one bounded list, and `on_initialize` goes through it: all of them are due in the interval
//! after the one in which they were accepted, so no call ever sees a device whose owner should have changed already.

use crate::{
	pallet::{Config, Devices, Error, Event, FormerOwners, Handovers, Pallet},
	records::slot_of,
	types::{DeviceRecord, FormerOwner, Handover},
	DeviceOf,
};
use frame_support::{ensure, storage::with_storage_layer, traits::Defensive};
use gridtokenx_primitives::{time::SETTLEMENT_LIMIT, Clock, DeviceId, Interval, PAGE_SIZE};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	pub(crate) fn ensure_no_handover(record: &DeviceOf<T>) -> DispatchResult {
		let accepted = matches!(record.handover, Some(Handover::Accepted { .. }));
		ensure!(!accepted, Error::<T>::HandoverUnderWay);
		Ok(())
	}

	pub(crate) fn do_offer_ownership(
		owner: &T::AccountId,
		device: DeviceId,
		to: Option<T::AccountId>,
	) -> DispatchResult {
		let old = Self::owned(owner, device)?;
		Self::ensure_no_handover(&old)?;
		ensure!(to.as_ref() != Some(owner), Error::<T>::AlreadyOwner);
		let new = DeviceRecord {
			handover: to.clone().map(|to| Handover::Offered { to }),
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::OwnershipOffered { device, to });
		Ok(())
	}

	pub(crate) fn do_accept_ownership(who: T::AccountId, device: DeviceId) -> DispatchResult {
		let old = Self::live(device)?;
		Self::ensure_no_handover(&old)?;
		let offered = matches!(&old.handover, Some(Handover::Offered { to }) if *to == who);
		ensure!(offered, Error::<T>::NotOffered);
		let from = T::Clock::now().saturating_add(1);
		Self::ensure_may_change_hands(device)?;
		Handovers::<T>::try_mutate(|(due, devices)| {
			*due = from;
			devices.try_push(device)
		})
		.map_err(|_| Error::<T>::TooManyHandovers)?;

		let new = DeviceRecord {
			handover: Some(Handover::Accepted {
				to: who.clone(),
				from,
				deposits: Self::take_deposits(&who)?,
			}),
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::OwnershipAccepted { device, to: who, from });
		Ok(())
	}

	/// Telemetry may still measure intervals of the owner before the present one: only one such owner is kept for a device.
	fn ensure_may_change_hands(device: DeviceId) -> DispatchResult {
		let now = T::Clock::now();
		let lately = FormerOwners::<T>::get(device / PAGE_SIZE)
			.iter()
			.any(|former| former.slot == slot_of(device) && is_remembered(former.until, now));
		ensure!(!lately, Error::<T>::HandoverTooSoon);
		Ok(())
	}

	/// Hands over what is due, and says how many devices that were.
	pub(crate) fn hand_over_due() -> u32 {
		let (due, devices) = Handovers::<T>::get();
		if devices.is_empty() || due > T::Clock::now() {
			return 0;
		}
		Handovers::<T>::kill();
		for device in &devices {
			// Nothing that a handover does can fail: the next owner's deposits are held since the acceptance, and a change of
			// owner makes nothing grow. If it did, the device would stay with its owner, and the block would stand.
			let _ = with_storage_layer(|| Self::hand_over(*device)).defensive();
		}
		u32::try_from(devices.len()).unwrap_or(u32::MAX)
	}

	fn hand_over(device: DeviceId) -> DispatchResult {
		let old = Devices::<T>::get(device).ok_or(Error::<T>::NotFound)?;
		let Some(Handover::Accepted { to, from, deposits }) = old.handover.clone() else {
			return Err(DispatchError::Corruption);
		};
		let new = DeviceRecord {
			owner: to.clone(),
			handover: None,
			deposits,
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::remember_owner(device, from, old.owner.clone());
		Self::release_deposits(&old.owner, old.deposits)?;
		Self::deposit_event(Event::OwnershipMoved {
			device,
			from: old.owner,
			to,
		});
		Ok(())
	}

	fn remember_owner(device: DeviceId, until: Interval, account: T::AccountId) {
		let slot = slot_of(device);
		FormerOwners::<T>::mutate(device / PAGE_SIZE, |owners| {
			owners.retain(|former| former.slot != slot && is_remembered(former.until, until));
			// One for each place on the page at most, so that there is always room.
			let _ = owners.try_push(FormerOwner { slot, until, account });
		});
	}
}

/// Whether the owner before `until` may still be asked for at `now`: nothing settles later than that.
fn is_remembered(until: Interval, now: Interval) -> bool {
	now < until.saturating_add(SETTLEMENT_LIMIT)
}
