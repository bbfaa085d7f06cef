//! New keys and new meters.

use crate::{
	pallet::{Config, Error, Event, Pallet},
	types::{EpochKey, MeterSwap},
	DeviceOf,
};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::{
	device::Registers,
	message::{self, Rotation, ROTATION_METER_SWAPPED},
	time::SETTLEMENT_LIMIT,
	Clock, DeviceId, Interval, MeterLifecycle, PublicKey, Signature,
};
use sp_runtime::{DispatchError, DispatchResult};

/// A new key, and who has signed for it.
pub(crate) struct KeyChange<'a> {
	/// The new key.
	pub key: &'a PublicKey,
	/// The interval during which it changed.
	pub interval: Interval,
	/// By the new key.
	pub new_signature: &'a Signature,
	/// By the old key.
	pub old_signature: Option<&'a Signature>,
}

/// A rotation that is no exchange of the meter opens no registers.
const NO_REGISTERS: Registers = Registers {
	import_wh: 0,
	export_wh: 0,
};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_rotate_key(owner: &T::AccountId, device: DeviceId, change: &KeyChange) -> DispatchResult {
		let old = Self::owned(owner, device)?;
		let mut new = Self::with_new_key(device, &old, change, &NO_REGISTERS, 0)?;
		if change.old_signature.is_none() {
			new.await_attestation();
		}
		Self::store(device, Some(&old), Some(&new))?;
		let epoch = new.key.epoch;
		// Where an exchange of the meter waits for its attestation, telemetry will hear of this epoch with it.
		if new.swap.is_none() {
			T::MeterLifecycle::on_key_rotated(device, epoch);
		}
		Self::deposit_event(Event::KeyRotated {
			device,
			epoch,
			old_key_hash: old.key.key.hash(),
			new_key_hash: new.key.key.hash(),
			old_key_signed: change.old_signature.is_some(),
		});
		Ok(())
	}

	pub(crate) fn do_swap_meter(
		owner: &T::AccountId,
		device: DeviceId,
		change: &KeyChange,
		opening: Registers,
		closing: Option<Registers>,
	) -> DispatchResult {
		let old = Self::owned(owner, device)?;
		let possible = old.can_show(&opening) && closing.is_none_or(|closing| old.can_show(&closing));
		ensure!(possible, Error::<T>::RegistersBeyondModulus);
		let mut new = Self::with_new_key(device, &old, change, &opening, ROTATION_METER_SWAPPED)?;
		new.await_attestation();
		new.swap = Some(MeterSwap {
			interval: change.interval,
			closing,
			opening,
		});
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::MeterSwapped {
			device,
			epoch: new.key.epoch,
			old_key_hash: old.key.key.hash(),
			new_key_hash: new.key.key.hash(),
			old_key_signed: change.old_signature.is_some(),
			interval: change.interval,
			closing_known: closing.is_some(),
		});
		Ok(())
	}

	/// The record with the new key, in the next epoch and with a whole bond.
	fn with_new_key(
		device: DeviceId,
		old: &DeviceOf<T>,
		change: &KeyChange,
		opening: &Registers,
		flags: u8,
	) -> Result<DeviceOf<T>, DispatchError> {
		Self::ensure_recent(change.interval, SETTLEMENT_LIMIT)?;
		Self::ensure_new_key(change.key)?;
		let epoch = old.key.epoch.checked_add(1).ok_or(Error::<T>::EpochsExhausted)?;
		let rotation = Rotation {
			device,
			new_epoch: epoch,
			owner: old.owner.as_ref(),
			key: change.key,
			opening_import_wh: opening.import_wh,
			opening_export_wh: opening.export_wh,
			interval: change.interval,
			flags,
		};
		let signed = message::rotation(&Self::genesis_hash(), &rotation);
		Self::ensure_signed_by(change.key, &signed, change.new_signature)?;
		if let Some(signature) = change.old_signature {
			Self::ensure_signed_by(&old.key.key, &signed, signature)?;
		}

		let mut new = old.clone();
		let now = T::Clock::now();
		let key = EpochKey {
			epoch,
			key: *change.key,
			until: None,
			conflict: None,
		};
		new.change_key(key, now, now.saturating_sub(T::EvidenceWindow::get()))
			.map_err(|_| Error::<T>::TooManyKeyChanges)?;
		new.deposits.bond = Self::whole_bond(&old.owner, old.deposits.bond)?;
		Ok(new)
	}

	/// Refuses intervals that lie ahead, or more than `window` back.
	pub(crate) fn ensure_recent(interval: Interval, window: Interval) -> DispatchResult {
		let now = T::Clock::now();
		ensure!(interval <= now, Error::<T>::IntervalInFuture);
		ensure!(interval >= now.saturating_sub(window), Error::<T>::IntervalTooOld);
		Ok(())
	}
}
