//! Carriers: their bond, and how they answer with it.

use crate::{
	types::{Carried, Carrier, Slashed},
	Carriers, Config, CreditOf, Error, Event, HoldReason, Pallet,
};
use frame_support::{
	ensure,
	traits::{
		fungible::{hold::Balanced as _, hold::Mutate as _},
		tokens::Precision,
		Get, Imbalance, OnUnbalanced,
	},
};
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_primitives::{Balance, Clock};
use sp_runtime::{DispatchError, DispatchResult};

/// A carrier of this runtime.
pub(crate) type CarrierOf<T> = Carrier<<T as frame_system::Config>::AccountId, BlockNumberFor<T>>;

const MS_PER_DAY: u64 = 86_400_000;

impl<T: Config> Pallet<T> {
	/// Admits a carrier. The provider reference lets an account without a balance have a nonce.
	pub(crate) fn do_admit(hot: T::AccountId, owner: T::AccountId, quota: u32) -> DispatchResult {
		ensure!(quota > 0, Error::<T>::ZeroQuota);
		ensure!(!Carriers::<T>::contains_key(&hot), Error::<T>::AlreadyAdmitted);
		frame_system::Pallet::<T>::inc_providers(&hot);
		let carrier = Carrier {
			owner: owner.clone(),
			quota,
			bond: 0,
			active: false,
			slashed: Slashed::default(),
			carried: Carried::default(),
		};
		Carriers::<T>::insert(&hot, carrier);
		Self::deposit_event(Event::CarrierAdmitted {
			carrier: hot,
			owner,
			quota,
		});
		Ok(())
	}

	/// Adds to a carrier's bond; with at least the minimum it is active.
	pub(crate) fn do_bond(hot: T::AccountId, owner: &T::AccountId, amount: Balance) -> DispatchResult {
		Self::mutate_owned(&hot, owner, |carrier| {
			let bond = carrier.bond.saturating_add(amount);
			ensure!(bond >= T::MinBond::get(), Error::<T>::BondTooSmall);
			T::Currency::hold(&HoldReason::CarrierBond.into(), owner, amount)?;
			carrier.bond = bond;
			carrier.active = true;
			Self::deposit_event(Event::CarrierBonded {
				carrier: hot.clone(),
				added: amount,
				bond,
			});
			Ok(())
		})
	}

	/// Gives a carrier's bond back; it is active no more.
	pub(crate) fn do_unbond(hot: T::AccountId, owner: &T::AccountId) -> DispatchResult {
		Self::mutate_owned(&hot, owner, |carrier| {
			ensure!(carrier.bond > 0, Error::<T>::NothingBonded);
			let released = Self::release_bond(carrier)?;
			Self::deposit_event(Event::CarrierUnbonded {
				carrier: hot.clone(),
				released,
			});
			Ok(())
		})
	}

	/// Removes a carrier and gives its bond back.
	pub(crate) fn do_remove(hot: T::AccountId) -> DispatchResult {
		let mut carrier = Carriers::<T>::take(&hot).ok_or(Error::<T>::NotAdmitted)?;
		let released = Self::release_bond(&mut carrier)?;
		// Fails only where something else has come to rely on the account: then the reference stays behind, and that is all.
		let _ = frame_system::Pallet::<T>::dec_providers(&hot);
		Self::deposit_event(Event::CarrierRemoved { carrier: hot, released });
		Ok(())
	}

	fn mutate_owned(
		hot: &T::AccountId,
		owner: &T::AccountId,
		change: impl FnOnce(&mut CarrierOf<T>) -> DispatchResult,
	) -> DispatchResult {
		Carriers::<T>::try_mutate(hot, |carrier| {
			let carrier = carrier.as_mut().ok_or(Error::<T>::NotAdmitted)?;
			ensure!(carrier.owner == *owner, Error::<T>::NotCarrierOwner);
			change(carrier)
		})
	}

	fn release_bond(carrier: &mut CarrierOf<T>) -> Result<Balance, DispatchError> {
		let released = T::Currency::release(
			&HoldReason::CarrierBond.into(),
			&carrier.owner,
			carrier.bond,
			Precision::BestEffort,
		)?;
		carrier.bond = 0;
		carrier.active = false;
		Ok(released)
	}

	/// Takes from the bond for what the carrier could have known to be wrong: so much a fault, so much a day at most. Below the
	/// minimum it is active no more.
	pub(crate) fn slash(hot: &T::AccountId, faults: u32) {
		if faults == 0 {
			return;
		}
		Carriers::<T>::mutate_extant(hot, |carrier| {
			let day = u32::try_from(T::Clock::now_ms() / MS_PER_DAY).unwrap_or(u32::MAX);
			if carrier.slashed.day != day {
				carrier.slashed = Slashed { day, amount: 0 };
			}
			let left_today = T::MaxSlashPerDay::get().saturating_sub(carrier.slashed.amount);
			let due = T::SlashPerFault::get()
				.saturating_mul(faults.into())
				.min(left_today)
				.min(carrier.bond);
			let (credit, _) = T::Currency::slash(&HoldReason::CarrierBond.into(), &carrier.owner, due);
			let amount = credit.peek();
			<T::OnSlash as OnUnbalanced<CreditOf<T>>>::on_unbalanced(credit);
			carrier.slashed.amount = carrier.slashed.amount.saturating_add(amount);
			carrier.bond = carrier.bond.saturating_sub(amount);
			carrier.active &= carrier.bond >= T::MinBond::get();
			Self::deposit_event(Event::CarrierSlashed {
				carrier: hot.clone(),
				faults,
				amount,
				bond: carrier.bond,
				active: carrier.active,
			});
		});
	}

	/// The carrier, if it may submit.
	pub(crate) fn active_carrier(hot: &T::AccountId) -> Option<CarrierOf<T>> {
		Carriers::<T>::get(hot).filter(|carrier| carrier.active)
	}
}
