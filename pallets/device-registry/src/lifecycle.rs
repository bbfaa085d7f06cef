//! A device's life, from its registration until its deposits go back.

use crate::{
	pallet::{ByParent, Config, Devices, Error, Event, HoldReason, KeyHashes, NextDevice, Pallet},
	types::{DeviceRecord, EpochKey, Standing, SuspendedBy},
	Deposits, DepositsOf, DeviceOf,
};
use frame_support::{
	ensure,
	traits::{fungible::MutateHold, tokens::Precision, Consideration, Footprint, Get},
	BoundedVec,
};
use gridtokenx_primitives::{
	message::{self, Registration},
	Balance, Clock, DeviceId, Epoch, Interval, Meter, MeterLifecycle, PublicKey, Signature, Source, Topology, ZoneId,
};
use sp_runtime::{DispatchError, DispatchResult};

/// What a registrar says of a device.
pub(crate) struct Attestation {
	/// The epoch of the key, and the meter, that it saw.
	pub epoch: Epoch,
	/// Where it is connected.
	pub zone: ZoneId,
	/// Import rating, W.
	pub import_w: u32,
	/// Export rating, W.
	pub export_w: u32,
	/// Where its exports come from.
	pub source: Option<Source>,
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		owner: &T::AccountId,
		registration: &Registration,
		parent: Option<DeviceId>,
		signature: &Signature,
	) -> DispatchResult {
		let expired = registration.last_valid_interval < T::Clock::now();
		ensure!(!expired, Error::<T>::RegistrationExpired);
		ensure!(T::Topology::exists(registration.zone), Error::<T>::UnknownZone);
		if let Some(parent) = parent {
			// Its zone and standing are the registrar's to judge, when this device is attested.
			let behind_a_site = Self::live(parent).is_ok_and(|parent| parent.is_connection_point());
			ensure!(behind_a_site, Error::<T>::InvalidParent);
		}
		let key_hash = Self::ensure_new_key(registration.key)?;
		let signed = message::registration(&Self::genesis_hash(), registration);
		Self::ensure_signed_by(registration.key, &signed, signature)?;

		let device = NextDevice::<T>::get();
		NextDevice::<T>::put(device.checked_add(1).ok_or(Error::<T>::TooManyDevices)?);
		let record = DeviceRecord {
			owner: owner.clone(),
			kind: registration.kind,
			parent,
			standing: Standing::Pending,
			zone: registration.zone,
			source: None,
			import_w: registration.import_w,
			export_w: registration.export_w,
			modulus_wh: registration.modulus_wh,
			metadata_hash: *registration.metadata_hash,
			key: EpochKey {
				epoch: 0,
				key: *registration.key,
				until: None,
				conflict: None,
			},
			former_keys: BoundedVec::new(),
			registrar: None,
			swap: None,
			handover: None,
			deposits: Self::take_deposits(owner)?,
		};
		Self::store(device, None, Some(&record))?;
		Self::deposit_event(Event::Registered {
			device,
			owner: owner.clone(),
			kind: record.kind,
			zone: record.zone,
			parent,
			key_hash,
		});
		Ok(())
	}

	/// The hash of a key that may be registered.
	pub(crate) fn ensure_new_key(key: &PublicKey) -> Result<[u8; 32], DispatchError> {
		let hash = key.hash();
		ensure!(!KeyHashes::<T>::contains_key(hash), Error::<T>::KeyInUse);
		Self::ensure_valid_key(key)?;
		Ok(hash)
	}

	/// Attests a device, and says how many devices moved to another zone with it.
	pub(crate) fn do_attest(
		registrar: T::AccountId,
		device: DeviceId,
		attestation: Attestation,
	) -> Result<u32, DispatchError> {
		let old = Self::live(device)?;
		let Attestation {
			epoch,
			zone,
			import_w,
			export_w,
			source,
		} = attestation;
		ensure!(epoch == old.key.epoch, Error::<T>::EpochChanged);
		ensure!(T::Topology::exists(zone), Error::<T>::UnknownZone);
		Self::ensure_registrar(&registrar, zone)?;
		if old.standing.is_attested() {
			Self::ensure_registrar(&registrar, old.zone)?;
		}
		Self::ensure_fitting_source(&old, source)?;
		Self::ensure_behind_parent(&old, zone)?;

		let new = DeviceRecord {
			standing: Standing::Active,
			zone,
			import_w,
			export_w,
			source,
			registrar: Some(registrar.clone()),
			swap: None,
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		let moved = if old.zone == zone {
			0
		} else {
			Self::move_children(device, zone)?
		};
		if let Some(swap) = old.swap {
			T::MeterLifecycle::on_meter_swapped(device, new.key.epoch, swap.interval, swap.closing, swap.opening);
		}
		Self::deposit_event(Event::Attested {
			device,
			registrar,
			zone,
			import_w,
			export_w,
			source,
		});
		Ok(moved)
	}

	fn ensure_fitting_source(record: &DeviceOf<T>, source: Option<Source>) -> DispatchResult {
		match (record.is_connection_point(), source) {
			(true, None) => Err(Error::<T>::SourceRequired.into()),
			(true, Some(Source::Estimated)) | (false, Some(_)) => Err(Error::<T>::SourceNotAllowed.into()),
			(true, Some(_)) | (false, None) => Ok(()),
		}
	}

	fn ensure_behind_parent(record: &DeviceOf<T>, zone: ZoneId) -> DispatchResult {
		let Some(parent) = record.parent else { return Ok(()) };
		let parent = Devices::<T>::get(parent)
			.filter(|parent| parent.standing.is_attested())
			.ok_or(Error::<T>::InvalidParent)?;
		ensure!(parent.zone == zone, Error::<T>::NotInParentsZone);
		Ok(())
	}

	/// A connection point has moved: the attested devices behind it are in its new zone, too.
	fn move_children(parent: DeviceId, zone: ZoneId) -> Result<u32, DispatchError> {
		let mut moved: u32 = 0;
		for device in ByParent::<T>::get(parent) {
			let old = Self::live(device)?;
			let new = DeviceRecord { zone, ..old.clone() };
			Self::store(device, Some(&old), Some(&new))?;
			Self::deposit_event(Event::Relocated {
				device,
				from: old.zone,
				to: zone,
			});
			moved = moved.saturating_add(1);
		}
		Ok(moved)
	}

	pub(crate) fn do_suspend(who: &T::AccountId, device: DeviceId) -> DispatchResult {
		let old = Self::live(device)?;
		let by = if Self::is_registrar(who, old.zone) {
			SuspendedBy::Registrar
		} else {
			ensure!(old.owner == *who, Error::<T>::NotOwner);
			SuspendedBy::Owner
		};
		ensure!(old.standing.is_attested(), Error::<T>::NotAttested);
		let standing = old.standing.suspended(by).ok_or(Error::<T>::AlreadySuspended)?;
		let new = DeviceRecord {
			standing,
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::Suspended { device, by });
		Ok(())
	}

	pub(crate) fn do_resume(who: T::AccountId, device: DeviceId) -> DispatchResult {
		let old = Self::live(device)?;
		let Standing::Suspended(cause) = old.standing else {
			return Err(Error::<T>::NotSuspended.into());
		};
		let mut new = DeviceRecord {
			standing: Standing::Active,
			..old.clone()
		};
		if cause != SuspendedBy::Owner || old.owner != who {
			Self::ensure_registrar(&who, old.zone)?;
			new.registrar = Some(who.clone());
		}
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::Resumed { device, by: who });
		Ok(())
	}

	pub(crate) fn do_decommission(owner: &T::AccountId, device: DeviceId) -> DispatchResult {
		let old = Self::owned(owner, device)?;
		Self::ensure_no_handover(&old)?;
		ensure!(!ByParent::<T>::contains_key(device), Error::<T>::HasChildren);
		let at = T::Clock::now();
		let new = DeviceRecord {
			standing: Standing::Decommissioned { at },
			registrar: None,
			swap: None,
			handover: None,
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::Decommissioned {
			device,
			claimable_from: Self::claimable_from(at),
		});
		Ok(())
	}

	/// The first interval in which no evidence can be brought any more against a device that went in interval `at`.
	fn claimable_from(at: Interval) -> Interval {
		at.saturating_add(T::EvidenceWindow::get()).saturating_add(1)
	}

	pub(crate) fn do_claim_deposit(device: DeviceId) -> DispatchResult {
		let record = Devices::<T>::get(device).ok_or(Error::<T>::NotFound)?;
		let Standing::Decommissioned { at } = record.standing else {
			return Err(Error::<T>::NotDecommissioned.into());
		};
		ensure!(
			T::Clock::now() >= Self::claimable_from(at),
			Error::<T>::EvidenceWindowOpen
		);
		Self::store(device, Some(&record), None)?;
		let DeviceRecord { owner, deposits, .. } = record;
		let bond = deposits.bond;
		Self::release_deposits(&owner, deposits)?;
		Self::deposit_event(Event::DepositsReleased { device, owner, bond });
		Ok(())
	}

	pub(crate) fn do_update_metadata(owner: &T::AccountId, device: DeviceId, hash: [u8; 32]) -> DispatchResult {
		let old = Self::owned(owner, device)?;
		let new = DeviceRecord {
			metadata_hash: hash,
			..old.clone()
		};
		Self::store(device, Some(&old), Some(&new))?;
		Self::deposit_event(Event::MetadataUpdated {
			device,
			old: old.metadata_hash,
			new: hash,
		});
		Ok(())
	}

	/// The room a device takes: its record and its entry on a page. Its entries in the look-ups are much smaller.
	pub(crate) fn footprint() -> Footprint {
		Footprint::from_mel::<(DeviceOf<T>, Meter<T::AccountId>)>()
	}

	/// Holds both deposits for a device.
	pub(crate) fn take_deposits(owner: &T::AccountId) -> Result<DepositsOf<T>, DispatchError> {
		let storage = T::Consideration::new(owner, Self::footprint())?;
		let bond = Self::whole_bond(owner, 0)?;
		Ok(Deposits { storage, bond })
	}

	/// Holds what a bond lacks, and says what it amounts to then.
	pub(crate) fn whole_bond(owner: &T::AccountId, bond: Balance) -> Result<Balance, DispatchError> {
		let missing = T::BondAmount::get().saturating_sub(bond);
		T::Currency::hold(&HoldReason::Bond.into(), owner, missing)?;
		Ok(bond.saturating_add(missing))
	}

	/// Gives both deposits back.
	pub(crate) fn release_deposits(owner: &T::AccountId, deposits: DepositsOf<T>) -> DispatchResult {
		deposits.storage.drop(owner)?;
		T::Currency::release(&HoldReason::Bond.into(), owner, deposits.bond, Precision::Exact)?;
		Ok(())
	}
}
