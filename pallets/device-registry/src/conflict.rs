//! Evidence against a device: two readings that contradict each other.

use crate::{
	pallet::{Config, Devices, Error, Event, HoldReason, Pallet},
	types::{Gravity, SuspendedBy},
};
use frame_support::{
	ensure,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Get,
	},
};
use gridtokenx_primitives::{Balance, Quality, Reading, Signature};
use sp_runtime::{DispatchError, DispatchResult};

/// What explains a contradiction: a meter whose clock, power or memory failed.
const EXCUSES: u8 = Quality::CLOCK | Quality::POWER_LOST | Quality::RESTARTED;

/// Whether two readings contradict each other, and how badly.
fn gravity_of(first: &Reading, second: &Reading) -> Option<Gravity> {
	let well_formed = first.quality.is_well_formed() && second.quality.is_well_formed();
	let same_moment = (first.device, first.epoch, first.interval) == (second.device, second.epoch, second.interval);
	let same_registers = (first.import_wh, first.export_wh) == (second.import_wh, second.export_wh);
	(well_formed && same_moment && !same_registers).then(|| {
		if (first.quality.0 | second.quality.0) & EXCUSES == 0 {
			Gravity::Slashable
		} else {
			Gravity::Excused
		}
	})
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_report_conflict(
		reporter: T::AccountId,
		first: (&Reading, &Signature),
		second: (&Reading, &Signature),
	) -> DispatchResult {
		let gravity = gravity_of(first.0, second.0).ok_or(Error::<T>::NotConflicting)?;
		let Reading {
			device,
			epoch,
			interval,
			..
		} = *first.0;
		let old = Devices::<T>::get(device).ok_or(Error::<T>::NotFound)?;
		Self::ensure_recent(interval, T::EvidenceWindow::get())?;
		let mut new = old.clone();
		let key = new
			.epoch_key_mut(epoch)
			.filter(|key| key.until.is_none_or(|until| interval <= until))
			.ok_or(Error::<T>::UnknownEpoch)?;
		ensure!(key.conflict < Some(gravity), Error::<T>::AlreadyReported);
		let genesis = Self::genesis_hash();
		for (reading, signature) in [first, second] {
			Self::ensure_signed_by(&key.key, &reading.message(&genesis), signature)?;
		}

		key.conflict = Some(gravity);
		let (slashed, reward) = match gravity {
			Gravity::Slashable => Self::slash(&old.owner, &reporter, &mut new.deposits.bond)?,
			Gravity::Excused => (0, 0),
		};
		// A pending or decommissioned device stays so: nothing that it signs counts.
		let suspended = old.standing.suspended(SuspendedBy::Conflict);
		new.standing = suspended.unwrap_or(old.standing);
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::ConflictProven {
			device,
			epoch,
			interval,
			gravity,
			slashed,
			reporter,
			reward,
		});
		if suspended.is_some() {
			Self::deposit_event(Event::Suspended {
				device,
				by: SuspendedBy::Conflict,
			});
		}
		Ok(())
	}

	/// Takes a part of a bond, and says how much that was and what the reporter got of it. Both shares are rounded down,
	/// the reporter's and the slash itself.
	fn slash(
		owner: &T::AccountId,
		reporter: &T::AccountId,
		bond: &mut Balance,
	) -> Result<(Balance, Balance), DispatchError> {
		let slashed = T::SlashRate::get().mul_floor(*bond);
		let reward = T::ReporterShare::get().mul_floor(slashed);
		Self::pay_from_bond(owner, reporter, reward)?;
		Self::pay_from_bond(owner, &T::SlashDestination::get(), slashed.saturating_sub(reward))?;
		*bond = bond.saturating_sub(slashed);
		Ok((slashed, reward))
	}

	fn pay_from_bond(owner: &T::AccountId, to: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount > 0 {
			T::Currency::transfer_on_hold(
				&HoldReason::Bond.into(),
				owner,
				to,
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)?;
		}
		Ok(())
	}
}
