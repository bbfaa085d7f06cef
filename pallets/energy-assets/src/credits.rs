//! Credits, as settlement and the market use them.

use crate::{types::Position, Classes, Closed, Closing, Config, Error, Holding, Holdings, Pallet, Positions, Progress};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::{ensure, Blake2_256, StorageHasher};
use gridtokenx_primitives::{ClassId, Credits, Interval, Source, Wh, ZoneId};
use sp_runtime::DispatchResult;

impl<T: Config> Credits<T::AccountId> for Pallet<T> {
	fn settle(
		interval: Interval,
		account: &T::AccountId,
		zone: ZoneId,
		import_wh: Wh,
		exports: &[(Source, Wh)],
	) -> DispatchResult {
		Self::ensure_open(interval)?;
		ensure!(
			!Positions::<T>::contains_key((interval, account, zone)),
			Error::<T>::AlreadySettled
		);
		Self::ensure_issuable(interval, zone, exports)?;
		Positions::<T>::insert(
			(interval, account, zone),
			Position {
				import_wh,
				consumed_wh: 0,
			},
		);
		for (source, wh) in exports.iter().filter(|(_, wh)| *wh > 0) {
			Self::issue(
				ClassId {
					interval,
					zone,
					source: *source,
				},
				account,
				*wh,
			);
		}
		Ok(())
	}

	fn record_late(account: &T::AccountId, zone: ZoneId, import_wh: Wh, export_wh: Wh) {
		Self::bill(account, zone, import_wh, export_wh);
	}

	fn free(interval: Interval, account: &T::AccountId, delivery_zone: ZoneId) -> Vec<(ClassId, Wh)> {
		Holdings::<T>::iter_prefix((interval, account.clone(), delivery_zone))
			.filter(|(_, holding)| holding.free > 0)
			.map(|(key, holding)| (key.class(interval), holding.free))
			.collect()
	}

	fn total(interval: Interval, account: &T::AccountId, delivery_zone: ZoneId) -> Wh {
		Holdings::<T>::iter_prefix((interval, account.clone(), delivery_zone))
			.fold(0, |sum, (_, holding)| sum.saturating_add(holding.total()))
	}

	fn uncovered_import(interval: Interval, account: &T::AccountId, zone: ZoneId) -> Option<Wh> {
		Positions::<T>::get((interval, account, zone)).map(|position| position.uncovered())
	}

	fn hold(class: ClassId, account: &T::AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::ensure_open(class.interval)?;
		Self::change(class, account, delivery_zone, |holding| {
			holding.free = holding.free.checked_sub(wh).ok_or(Error::<T>::InsufficientCredits)?;
			holding.held = holding.held.saturating_add(wh);
			Ok(())
		})
	}

	fn release(class: ClassId, account: &T::AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::change(class, account, delivery_zone, |holding| {
			holding.held = holding.held.checked_sub(wh).ok_or(Error::<T>::InsufficientHeld)?;
			holding.free = holding.free.saturating_add(wh);
			Ok(())
		})
	}

	fn deliver_held(
		class: ClassId,
		(seller, seller_zone): (&T::AccountId, ZoneId),
		(buyer, buyer_zone): (&T::AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult {
		Self::ensure_open(class.interval)?;
		Self::take_held(class, seller, seller_zone, wh)?;
		Self::add_free(class, buyer, buyer_zone, wh);
		Ok(())
	}

	fn deliver_free(
		class: ClassId,
		(seller, seller_zone): (&T::AccountId, ZoneId),
		(buyer, buyer_zone): (&T::AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult {
		Self::ensure_open(class.interval)?;
		Self::take_free(class, seller, seller_zone, wh)?;
		Self::add_free(class, buyer, buyer_zone, wh);
		Ok(())
	}

	/// The beneficiary is the holder: the certificate names the BLAKE2b-256 hash of its account.
	fn retire(class: ClassId, account: &T::AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		let beneficiary = Blake2_256::hash(&account.encode());
		Self::do_retire(class, delivery_zone, account, wh, beneficiary)
	}

	fn close(interval: Interval) {
		Closed::<T>::mutate(|closed| closed.insert(interval));
		if !Closing::<T>::contains_key(interval) {
			Closing::<T>::insert(interval, Progress::default());
		}
	}
}

impl<T: Config> Pallet<T> {
	/// All credits of an interval that an account has, with the zones where they may be consumed.
	pub fn credits_of(interval: Interval, account: &T::AccountId) -> Vec<(ClassId, ZoneId, Holding)> {
		Holdings::<T>::iter_prefix((interval, account.clone()))
			.map(|((zone, key), holding)| (key.class(interval), zone, holding))
			.collect()
	}

	/// Whether the classes have room for these exports, whichever of them they go to: below 2^64 Wh each.
	fn ensure_issuable(interval: Interval, zone: ZoneId, exports: &[(Source, Wh)]) -> DispatchResult {
		let sum: u128 = exports
			.iter()
			.fold(0, |sum, (_, wh)| sum.saturating_add(u128::from(*wh)));
		for (source, _) in exports {
			let issued = Classes::<T>::get(interval, (zone, *source)).tally.issued;
			ensure!(issued.saturating_add(sum) <= u128::from(Wh::MAX), Error::<T>::Overflow);
		}
		Ok(())
	}
}
