//! What an account has open in a zone and interval, and the collateral that follows from it.

use crate::{
	pallet::{Config, Error, Exposures, HoldReason, Pallet},
	types::Exposure,
};
use gridtokenx_primitives::{Balance, Interval, Price, Wh, ZoneId};
use sp_runtime::DispatchResult;

/// Adds to a sum of energy.
pub(crate) fn add<T: Config>(sum: &mut Wh, wh: Wh) -> DispatchResult {
	*sum = sum.checked_add(wh).ok_or(Error::<T>::Inconsistent)?;
	Ok(())
}

/// Takes from a sum of energy.
pub(crate) fn subtract<T: Config>(sum: &mut Wh, wh: Wh) -> DispatchResult {
	*sum = sum.checked_sub(wh).ok_or(Error::<T>::Inconsistent)?;
	Ok(())
}

impl<T: Config> Pallet<T> {
	/// Changes what an account has open, and its collateral with it.
	pub(crate) fn change_exposure(
		interval: Interval,
		account: &T::AccountId,
		zone: ZoneId,
		shortfall_price: Price,
		change: impl FnOnce(&mut Exposure) -> DispatchResult,
	) -> DispatchResult {
		Self::change_exposure_after_compensation(interval, account, zone, shortfall_price, 0, change)
	}

	/// The same, where `paid` has been taken out of the collateral already.
	pub(crate) fn change_exposure_after_compensation(
		interval: Interval,
		account: &T::AccountId,
		zone: ZoneId,
		shortfall_price: Price,
		paid: Balance,
		change: impl FnOnce(&mut Exposure) -> DispatchResult,
	) -> DispatchResult {
		let key = (interval, account, zone);
		let mut exposure = Exposures::<T>::get(key);
		let held = exposure
			.collateral(shortfall_price)
			.checked_sub(paid)
			.ok_or(Error::<T>::Inconsistent)?;
		change(&mut exposure)?;
		let needed = exposure.collateral(shortfall_price);
		if needed > held {
			Self::hold(HoldReason::Collateral, account, needed.saturating_sub(held))?;
		} else {
			Self::give_back(HoldReason::Collateral, account, held.saturating_sub(needed))?;
		}
		if exposure.is_empty() {
			Exposures::<T>::remove(key);
		} else {
			Exposures::<T>::insert(key, exposure);
		}
		Ok(())
	}
}
