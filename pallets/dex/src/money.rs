//! Where every planck goes. What buyers and sellers may owe is on hold in their own accounts; what a fill or a delivery takes
//! out of a hold passes through the market's account and leaves it in the same step.

use crate::{
	pallet::{Claimable, Config, Error, Event, HoldReason, Pallet},
	path::Path,
};
use alloc::collections::BTreeMap;
use frame_support::traits::{
	fungible::{Inspect, Mutate, MutateHold},
	tokens::{Fortitude, Precision, Preservation, Restriction},
	Get,
};
use gridtokenx_primitives::{units::payment, Balance, Price, Topology, Wh};
use sp_runtime::{traits::AccountIdConversion, DispatchResult};

/// The prices of a trade, planck per kWh.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prices {
	/// What the seller receives.
	pub seller: Price,
	/// What the buyer pays, the fee included.
	pub buyer: Price,
	/// The market's fee.
	pub fee: Price,
}

/// Money that a step has taken in and has to pay out, one sum per account.
#[derive(Debug)]
pub(crate) struct Payouts<T: Config>(BTreeMap<T::AccountId, Balance>);

impl<T: Config> Default for Payouts<T> {
	fn default() -> Self {
		Self(BTreeMap::new())
	}
}

impl<T: Config> Payouts<T> {
	/// Owes `amount` more to an account.
	pub fn add(&mut self, account: T::AccountId, amount: Balance) {
		if amount > 0 {
			let owed = self.0.entry(account).or_default();
			// The sums come out of holds, so they are below the total issuance.
			*owed = owed.saturating_add(amount);
		}
	}

	/// Owes all that `other` owes.
	pub fn merge(&mut self, other: Self) {
		other
			.0
			.into_iter()
			.for_each(|(account, amount)| self.add(account, amount));
	}

	/// Shares out what a buyer has paid for `wh`: the seller and the operators of the lines get theirs, rounded down, the
	/// treasury its fee, rounded down, and the grid fund the remainder, which is the congestion rent and what rounding left.
	pub fn share_out(
		&mut self,
		seller: &T::AccountId,
		prices: Prices,
		path: &Path<T::AccountId>,
		wh: Wh,
	) -> DispatchResult {
		let mut rent = payment(prices.buyer, wh);
		let mut pay = |account: T::AccountId, price: Price| -> DispatchResult {
			let amount = payment(price, wh);
			rent = rent.checked_sub(amount).ok_or(Error::<T>::Inconsistent)?;
			self.add(account, amount);
			Ok(())
		};
		pay(seller.clone(), prices.seller)?;
		path.iter()
			.try_for_each(|hop| pay(hop.operator.clone(), hop.charge_per_kwh))?;
		pay(T::Treasury::get(), prices.fee)?;
		self.add(T::Topology::grid_fund(), rent);
		Ok(())
	}

	/// Pays everybody. What an account cannot receive, because it would stay below the existential deposit, it may claim later.
	pub fn settle(self) {
		for (account, amount) in self.0 {
			let due = Claimable::<T>::take(&account).saturating_add(amount);
			if T::Currency::transfer(&Pallet::<T>::account_id(), &account, due, Preservation::Preserve).is_err() {
				Claimable::<T>::insert(&account, due);
				Pallet::<T>::deposit_event(Event::PayoutDeferred { account, amount: due });
			}
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The market's account. It holds the existential deposit, and payouts that are too small to be received.
	pub fn account_id() -> T::AccountId {
		T::PalletId::get().into_account_truncating()
	}

	/// Sets money aside in its owner's account.
	pub(crate) fn hold(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		T::Currency::hold(&reason.into(), who, amount).map_err(|_| {
			match reason {
				HoldReason::Bid => Error::<T>::CannotHoldBid,
				HoldReason::Collateral => Error::<T>::CannotHoldCollateral,
			}
			.into()
		})
	}

	/// Gives money that was set aside back to its owner.
	pub(crate) fn give_back(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		if T::Currency::release(&reason.into(), who, amount, Precision::Exact).is_ok() {
			return Ok(());
		}
		// An account that lives by another provider may have put all its money on hold; then a small sum would leave its free
		// balance below the existential deposit, and waits as a claim.
		Self::collect(reason, who, amount)?;
		let mut payouts = Payouts::<T>::default();
		payouts.add(who.clone(), amount);
		payouts.settle();
		Ok(())
	}

	/// Takes money that was set aside into the market's account, to be paid out in the same step.
	pub(crate) fn collect(reason: HoldReason, who: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount == 0 {
			return Ok(());
		}
		let market = Self::account_id();
		T::Currency::transfer_on_hold(
			&reason.into(),
			who,
			&market,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		)
		.map(|_| ())
	}

	/// Pays out a claim.
	pub(crate) fn do_claim(account: T::AccountId) -> DispatchResult {
		let amount = Claimable::<T>::take(&account);
		frame_support::ensure!(amount > 0, Error::<T>::NothingToClaim);
		T::Currency::transfer(&Self::account_id(), &account, amount, Preservation::Preserve)
			.map_err(|_| Error::<T>::ClaimTooSmall)?;
		Self::deposit_event(Event::Claimed { account, amount });
		Ok(())
	}

	/// Gives the market's account the existential deposit that keeps it alive.
	pub(crate) fn endow_account() {
		let market = Self::account_id();
		let missing = T::Currency::minimum_balance().saturating_sub(T::Currency::balance(&market));
		if missing > 0 {
			let minted = T::Currency::mint_into(&market, missing);
			debug_assert!(minted.is_ok(), "an existential deposit can be minted at genesis");
		}
	}
}
