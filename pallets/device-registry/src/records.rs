//! A device's record, and everything else that follows from it.
//!
//! Every change goes through [`Pallet::store`]: it compares the old record with the new one, and moves the entries of
//! the look-ups, the pages and the sums from where the one had them to where the other has them. Nothing else writes those.

use crate::{
	pallet::{
		AttestedBy, AttestedExport, ByOwner, ByParent, ByZone, Config, Devices, Error, KeyHashes, MeterPages, Pallet,
		SiteLimits,
	},
	types::Site,
	DeviceOf,
};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::{
	units::energy_of, Clock, DeviceId, Limits, Meter, OnSuspension, PublicKey, Topology, Wh, ZoneId, PAGE_SIZE,
};
use sp_runtime::{DispatchError, DispatchResult};

/// A device's place on its page.
pub(crate) const fn slot_of(device: DeviceId) -> u8 {
	(device % PAGE_SIZE) as u8
}

/// Moves an entry of a look-up from where the old record has it to where the new one has it.
fn reindex<K: PartialEq>(
	old: Option<K>,
	new: Option<K>,
	remove: impl FnOnce(K),
	insert: impl FnOnce(K) -> DispatchResult,
) -> DispatchResult {
	if old == new {
		return Ok(());
	}
	if let Some(key) = old {
		remove(key);
	}
	new.map_or(Ok(()), insert)
}

// Under what a record is found in each look-up.

fn owner<T: Config>(record: &DeviceOf<T>) -> T::AccountId {
	record.owner.clone()
}

fn key<T: Config>(record: &DeviceOf<T>) -> Option<PublicKey> {
	record.standing.is_live().then_some(record.key.key)
}

fn zone<T: Config>(record: &DeviceOf<T>) -> Option<ZoneId> {
	record.standing.is_live().then_some(record.zone)
}

fn parent<T: Config>(record: &DeviceOf<T>) -> Option<DeviceId> {
	record.parent.filter(|_| record.standing.is_attested())
}

fn registrar<T: Config>(record: &DeviceOf<T>) -> Option<T::AccountId> {
	record.registrar.clone()
}

impl<T: Config> Pallet<T> {
	/// The record of a device that has not been decommissioned.
	pub(crate) fn live(device: DeviceId) -> Result<DeviceOf<T>, DispatchError> {
		let record = Devices::<T>::get(device).ok_or(Error::<T>::NotFound)?;
		ensure!(record.standing.is_live(), Error::<T>::Decommissioned);
		Ok(record)
	}

	/// The record of a device that has not been decommissioned and that `who` owns.
	pub(crate) fn owned(who: &T::AccountId, device: DeviceId) -> Result<DeviceOf<T>, DispatchError> {
		let record = Self::live(device)?;
		ensure!(record.owner == *who, Error::<T>::NotOwner);
		Ok(record)
	}

	/// Writes a device's record, with everything that follows from it. `old` is what is stored; without `new` the record goes.
	///
	/// # Errors
	///
	/// [`Error::TooManyChildren`] and [`Error::ExceedsLineCapacity`], for a device that becomes attested or active, or is rated
	/// for more, or moves to another zone. The caller rolls back.
	pub(crate) fn store(device: DeviceId, old: Option<&DeviceOf<T>>, new: Option<&DeviceOf<T>>) -> DispatchResult {
		match new {
			Some(record) => Devices::<T>::insert(device, record),
			None => Devices::<T>::remove(device),
		}
		Self::reindex_all(device, old, new)?;
		let entry = new.and_then(|record| record.meter());
		if old.and_then(|record| record.meter()) != entry {
			Self::write_page(device, entry);
		}
		Self::move_site(
			old.and_then(|record| record.site()),
			new.and_then(|record| record.site()),
		)
	}

	fn reindex_all(device: DeviceId, old: Option<&DeviceOf<T>>, new: Option<&DeviceOf<T>>) -> DispatchResult {
		reindex(
			old.map(owner::<T>),
			new.map(owner::<T>),
			|owner| ByOwner::<T>::remove(owner, device),
			|owner| {
				ByOwner::<T>::insert(owner, device, ());
				Ok(())
			},
		)?;
		reindex(
			old.and_then(key::<T>),
			new.and_then(key::<T>),
			|key| KeyHashes::<T>::remove(key.hash()),
			|key| {
				KeyHashes::<T>::insert(key.hash(), device);
				Ok(())
			},
		)?;
		reindex(
			old.and_then(zone::<T>),
			new.and_then(zone::<T>),
			|zone| ByZone::<T>::remove(zone, device),
			|zone| {
				ByZone::<T>::insert(zone, device, ());
				Ok(())
			},
		)?;
		reindex(
			old.and_then(registrar::<T>),
			new.and_then(registrar::<T>),
			|registrar| AttestedBy::<T>::remove(registrar, device),
			|registrar| {
				AttestedBy::<T>::insert(registrar, device, ());
				Ok(())
			},
		)?;
		reindex(
			old.and_then(parent::<T>),
			new.and_then(parent::<T>),
			|parent| Self::remove_child(parent, device),
			|parent| Self::add_child(parent, device),
		)
	}

	fn add_child(parent: DeviceId, device: DeviceId) -> DispatchResult {
		ByParent::<T>::try_mutate(parent, |children| children.try_push(device))
			.map_err(|_| Error::<T>::TooManyChildren.into())
	}

	fn remove_child(parent: DeviceId, device: DeviceId) {
		ByParent::<T>::mutate_exists(parent, |children| {
			if let Some(list) = children {
				list.retain(|child| *child != device);
			}
			*children = children.take().filter(|list| !list.is_empty());
		});
	}

	fn write_page(device: DeviceId, meter: Option<Meter<T::AccountId>>) {
		let slot = usize::from(slot_of(device));
		MeterPages::<T>::mutate(device / PAGE_SIZE, |page| {
			// Indices are dense, so this adds the new device's own place at most.
			if page.len() <= slot {
				page.bounded_resize(slot.saturating_add(1), None);
			}
			if let Some(entry) = page.get_mut(slot) {
				*entry = meter;
			}
		});
	}

	/// Moves what a connection point lends its owner and its zone.
	fn move_site(old: Option<Site<T::AccountId>>, new: Option<Site<T::AccountId>>) -> DispatchResult {
		if old == new {
			return Ok(());
		}
		if let Some(site) = &old {
			Self::change_limits(site, Wh::saturating_sub, |sites| sites.saturating_sub(1));
		}
		if let Some(site) = &new {
			Self::change_limits(site, Wh::saturating_add, |sites| sites.saturating_add(1));
		}
		Self::move_export(old.as_ref(), new.as_ref())?;
		if let Some(Site { owner, zone, .. }) = old {
			if SiteLimits::<T>::get(&owner, zone).sites == 0 {
				T::OnSuspension::on_suspension(&owner, zone);
			}
		}
		Ok(())
	}

	fn change_limits(site: &Site<T::AccountId>, energy: impl Fn(Wh, Wh) -> Wh, count: impl Fn(u32) -> u32) {
		let seconds = T::Clock::interval_seconds();
		SiteLimits::<T>::mutate_exists(&site.owner, site.zone, |limits| {
			let known = limits.unwrap_or_default();
			// Saturation is out of reach: 2^32 sites of 2^32 W move less than 2^64 Wh in an hour.
			let changed = Limits {
				import_wh: energy(known.import_wh, energy_of(site.import_w.into(), seconds)),
				export_wh: energy(known.export_wh, energy_of(site.export_w.into(), seconds)),
				sites: count(known.sites),
			};
			*limits = (changed.sites > 0).then_some(changed);
		});
	}

	/// Moves what a connection point is rated to export from the lines that were above it to those that are.
	fn move_export(old: Option<&Site<T::AccountId>>, new: Option<&Site<T::AccountId>>) -> DispatchResult {
		let lines = |site: Option<&Site<T::AccountId>>| {
			let export_w = site.map_or(0, |site| u64::from(site.export_w));
			let above = site.map(|site| T::Topology::lines_above(site.zone)).unwrap_or_default();
			(above, export_w)
		};
		let ((left, less_w), (entered, more_w)) = (lines(old), lines(new));
		for (line, _) in &left {
			Self::change_export(*line, |rated| rated.saturating_sub(less_w));
		}
		for (line, capacity_w) in entered {
			let rated = Self::change_export(line, |rated| rated.saturating_add(more_w));
			// A line that carries too much already, because it was reduced, takes what does not add to it.
			let had_w = if left.iter().any(|(zone, _)| *zone == line) {
				less_w
			} else {
				0
			};
			ensure!(
				more_w <= had_w || Self::may_be_rated(capacity_w, rated),
				Error::<T>::ExceedsLineCapacity
			);
		}
		Ok(())
	}

	/// Changes the attested export below a line, and says what it is now.
	fn change_export(line: ZoneId, change: impl Fn(u64) -> u64) -> u64 {
		AttestedExport::<T>::mutate_exists(line, |rated| {
			let changed = change(rated.unwrap_or(0));
			*rated = (changed > 0).then_some(changed);
			changed
		})
	}

	/// Whether the active sites below a line may together be rated for `export_w`.
	fn may_be_rated(capacity_w: u64, export_w: u64) -> bool {
		let bound = u128::from(capacity_w).saturating_mul(T::ExportFactor::get().into()) / 100;
		u128::from(export_w) <= bound
	}
}
