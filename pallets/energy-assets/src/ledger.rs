//! How credits move, and how they are spent.

use crate::{
	types::{Beneficiary, Certificate, ClassKey, Holding, Tally},
	Certificates, Classes, Closed, Config, Error, Event, Holdings, Overall, Pallet, Positions, Residuals,
};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::{ClassId, Interval, Wh, ZoneId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Credits of a closed interval can't be moved any more.
	pub(crate) fn ensure_open(interval: Interval) -> DispatchResult {
		ensure!(!Closed::<T>::get().contains(interval), Error::<T>::IntervalClosed);
		Ok(())
	}

	/// Brings credits into being. The class must have room for them.
	pub(crate) fn issue(class: ClassId, account: &T::AccountId, wh: Wh) {
		Self::add_free(class, account, class.zone, wh);
		Self::book(class, |tally| tally.issued = tally.issued.saturating_add(wh.into()));
		Classes::<T>::mutate(class.interval, (class.zone, class.source), |class| {
			// No more issuers than devices.
			class.issuers = class.issuers.saturating_add(1);
		});
	}

	pub(crate) fn do_transfer(
		class: ClassId,
		zone: ZoneId,
		from: &T::AccountId,
		to: &T::AccountId,
		wh: Wh,
	) -> DispatchResult {
		Self::take_free(class, from, zone, wh)?;
		let is_all = !Holdings::<T>::contains_key((class.interval, from, zone, key(class)));
		ensure!(is_all || wh >= T::MinTransfer::get(), Error::<T>::BelowMinimum);
		Self::ensure_room(class, to, zone)?;
		Self::add_free(class, to, zone, wh);
		Ok(())
	}

	/// Whether another holding may be opened for a transfer. The market's fills need no such leave.
	fn ensure_room(class: ClassId, account: &T::AccountId, zone: ZoneId) -> DispatchResult {
		if Holdings::<T>::contains_key((class.interval, account, zone, key(class))) {
			return Ok(());
		}
		let most = T::MaxHoldings::get() as usize;
		let holdings = Holdings::<T>::iter_key_prefix((class.interval, account.clone(), zone))
			.take(most)
			.count();
		ensure!(holdings < most, Error::<T>::TooManyHoldings);
		Ok(())
	}

	pub(crate) fn do_consume(class: ClassId, zone: ZoneId, account: &T::AccountId, wh: Wh) -> DispatchResult {
		Positions::<T>::try_mutate((class.interval, account, zone), |position| {
			let position = position.as_mut().ok_or(Error::<T>::NotSettled)?;
			ensure!(wh <= position.uncovered(), Error::<T>::ImportCovered);
			position.consumed_wh = position.consumed_wh.saturating_add(wh);
			Ok::<_, Error<T>>(())
		})?;
		Self::take_free(class, account, zone, wh)?;
		Self::book(class, |tally| tally.consumed = tally.consumed.saturating_add(wh.into()));
		Ok(())
	}

	pub(crate) fn do_retire(
		class: ClassId,
		zone: ZoneId,
		account: &T::AccountId,
		wh: Wh,
		beneficiary: Beneficiary,
	) -> DispatchResult {
		Self::ensure_open(class.interval)?;
		ensure!(class.source.is_retirable(), Error::<T>::NotRetirable);
		Self::take_free(class, account, zone, wh)?;
		Self::book(class, |tally| tally.retired = tally.retired.saturating_add(wh.into()));
		let before = Certificates::<T>::get();
		let certificate = Certificate {
			number: before.count,
			class,
			wh,
			account: account.clone(),
			beneficiary,
		};
		let after = before.with(&certificate);
		Certificates::<T>::put(after);
		Self::deposit_event(Event::Retired {
			certificate,
			root: after.root,
		});
		Ok(())
	}

	/// Writes a change down for a class and for all credits.
	pub(crate) fn book(class: ClassId, change: impl Fn(&mut Tally)) {
		Classes::<T>::mutate(class.interval, (class.zone, class.source), |class| {
			change(&mut class.tally)
		});
		Overall::<T>::mutate(change);
	}

	/// Writes down what is billed outside the chain.
	pub(crate) fn bill(account: &T::AccountId, zone: ZoneId, supply_wh: Wh, feed_in_wh: Wh) {
		if supply_wh == 0 && feed_in_wh == 0 {
			return;
		}
		Residuals::<T>::mutate(account, zone, |residual| {
			residual.supply_wh = residual.supply_wh.saturating_add(supply_wh.into());
			residual.feed_in_wh = residual.feed_in_wh.saturating_add(feed_in_wh.into());
		});
	}

	pub(crate) fn add_free(class: ClassId, account: &T::AccountId, zone: ZoneId, wh: Wh) {
		if wh > 0 {
			// A holding is never more than what was issued of its class, which is below 2^64.
			Holdings::<T>::mutate((class.interval, account, zone, key(class)), |holding| {
				holding.free = holding.free.saturating_add(wh);
			});
		}
	}

	pub(crate) fn take_free(class: ClassId, account: &T::AccountId, zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::change(class, account, zone, |holding| {
			holding.free = holding.free.checked_sub(wh).ok_or(Error::<T>::InsufficientCredits)?;
			Ok(())
		})
	}

	pub(crate) fn take_held(class: ClassId, account: &T::AccountId, zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::change(class, account, zone, |holding| {
			holding.held = holding.held.checked_sub(wh).ok_or(Error::<T>::InsufficientHeld)?;
			Ok(())
		})
	}

	/// Changes a holding; one without credits is not kept.
	pub(crate) fn change(
		class: ClassId,
		account: &T::AccountId,
		zone: ZoneId,
		change: impl FnOnce(&mut Holding) -> Result<(), Error<T>>,
	) -> DispatchResult {
		Holdings::<T>::try_mutate_exists((class.interval, account, zone, key(class)), |stored| {
			let mut holding = stored.unwrap_or_default();
			change(&mut holding)?;
			*stored = (holding != Holding::default()).then_some(holding);
			Ok(())
		})
	}
}

fn key(class: ClassId) -> ClassKey {
	class.into()
}
