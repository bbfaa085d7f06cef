//! Registrars: appointed and revoked by governance.

use crate::{
	pallet::{AttestedBy, Config, Devices, Error, Event, Pallet, Registrars, Revoking},
	types::{DeviceRecord, SuspendedBy},
	weights::WeightInfo,
	Zones,
};
use alloc::collections::BTreeSet;
use frame_support::{
	ensure,
	traits::{Defensive, Get},
	weights::WeightMeter,
};
use gridtokenx_primitives::{DeviceId, Topology, ZoneId};
use sp_runtime::DispatchResult;

impl<T: Config> Pallet<T> {
	/// Whether an account may attest devices in a zone.
	pub(crate) fn is_registrar(who: &T::AccountId, zone: ZoneId) -> bool {
		Registrars::<T>::get(who).is_some_and(|zones| zones.contains(&zone))
	}

	pub(crate) fn ensure_registrar(who: &T::AccountId, zone: ZoneId) -> DispatchResult {
		ensure!(Self::is_registrar(who, zone), Error::<T>::NotRegistrar);
		Ok(())
	}

	pub(crate) fn do_appoint_registrar(registrar: T::AccountId, zones: Zones<T>) -> DispatchResult {
		let distinct: BTreeSet<_> = zones.iter().collect();
		ensure!(
			!zones.is_empty() && distinct.len() == zones.len(),
			Error::<T>::InvalidZones
		);
		let known = zones.iter().all(|zone| T::Topology::exists(*zone));
		ensure!(known, Error::<T>::UnknownZone);
		ensure!(!Revoking::<T>::contains_key(&registrar), Error::<T>::RevocationUnderWay);
		let old = Registrars::<T>::get(&registrar);
		Registrars::<T>::insert(&registrar, &zones);
		Self::deposit_event(Event::RegistrarAppointed {
			registrar,
			old,
			new: zones,
		});
		Ok(())
	}

	pub(crate) fn do_revoke_registrar(registrar: T::AccountId) -> DispatchResult {
		ensure!(Registrars::<T>::take(&registrar).is_some(), Error::<T>::NotAppointed);
		Revoking::<T>::insert(&registrar, ());
		Self::deposit_event(Event::RegistrarRevoked { registrar });
		Ok(())
	}

	/// Suspends what revoked registrars had attested, within a block's bound and its weight.
	pub(crate) fn continue_revocations(meter: &mut WeightMeter) {
		for _ in 0..T::RevocationsPerBlock::get() {
			if meter.try_consume(T::WeightInfo::poll()).is_err() {
				return;
			}
			let Some(registrar) = Revoking::<T>::iter_keys().next() else {
				return;
			};
			if meter.try_consume(T::WeightInfo::revocation_step()).is_err() {
				return;
			}
			match AttestedBy::<T>::iter_key_prefix(&registrar).next() {
				Some(device) => Self::withdraw_attestation(&registrar, device),
				None => {
					Revoking::<T>::remove(&registrar);
					Self::deposit_event(Event::RevocationCompleted { registrar });
				}
			}
		}
	}

	/// Nobody answers for the device any more. It is suspended, so that only another registrar can resume it.
	fn withdraw_attestation(registrar: &T::AccountId, device: DeviceId) {
		// The entry goes first: whatever happened below, the revocation would come to its end.
		AttestedBy::<T>::remove(registrar, device);
		let Ok(old) = Devices::<T>::get(device).ok_or(()).defensive() else {
			return;
		};
		let suspended = old.standing.suspended(SuspendedBy::Revocation);
		let new = DeviceRecord {
			standing: suspended.unwrap_or(old.standing),
			registrar: None,
			..old.clone()
		};
		// Nothing grows when a device is taken out, so that nothing can fail.
		let _ = Self::store(device, Some(&old), Some(&new)).defensive();
		if suspended.is_some() {
			Self::deposit_event(Event::Suspended {
				device,
				by: SuspendedBy::Revocation,
			});
		}
	}
}
