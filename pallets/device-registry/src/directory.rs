//! What other pallets may ask.

use crate::pallet::{
	self, ByOwner, ByParent, ByZone, Config, FormerOwners, MeterPages, NextDevice, Pallet, SiteLimits,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{
	Device, DeviceId, Devices, Interval, Limits, MeterDirectory, MeterPage, ZoneId, PAGE_SIZE,
};

impl<T: Config> MeterDirectory<T::AccountId> for Pallet<T> {
	fn page_count() -> u32 {
		NextDevice::<T>::get().div_ceil(PAGE_SIZE)
	}

	fn page(page: u32) -> MeterPage<T::AccountId> {
		MeterPages::<T>::get(page)
	}

	fn former_owners(page: u32, interval: Interval) -> Vec<(u8, T::AccountId)> {
		FormerOwners::<T>::get(page)
			.into_iter()
			.filter(|former| interval < former.until)
			.map(|former| (former.slot, former.account))
			.collect()
	}
}

impl<T: Config> Devices<T::AccountId> for Pallet<T> {
	fn device(device: DeviceId) -> Option<Device<T::AccountId>> {
		pallet::Devices::<T>::get(device).map(|record| record.device())
	}

	fn limits(account: &T::AccountId, zone: ZoneId) -> Limits {
		SiteLimits::<T>::get(account, zone)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_register(owner: &T::AccountId, zone: ZoneId, import_w: u32, export_w: u32) -> DeviceId {
		Self::register_active_site(owner, zone, import_w, export_w)
	}
}

/// For people and their programs, through runtime APIs.
impl<T: Config> Pallet<T> {
	/// At most `max` devices of an account, after `after`, in the order of storage.
	pub fn devices_of(owner: &T::AccountId, after: Option<DeviceId>, max: u32) -> Vec<DeviceId> {
		let devices = match after {
			Some(device) => ByOwner::<T>::iter_key_prefix_from(owner, ByOwner::<T>::hashed_key_for(owner, device)),
			None => ByOwner::<T>::iter_key_prefix(owner),
		};
		devices.take(portion(max)).collect()
	}

	/// At most `max` devices of a zone that have not been decommissioned, after `after`, in the order of storage.
	pub fn devices_in(zone: ZoneId, after: Option<DeviceId>, max: u32) -> Vec<DeviceId> {
		let devices = match after {
			Some(device) => ByZone::<T>::iter_key_prefix_from(zone, ByZone::<T>::hashed_key_for(zone, device)),
			None => ByZone::<T>::iter_key_prefix(zone),
		};
		devices.take(portion(max)).collect()
	}

	/// The attested devices behind a connection point.
	pub fn devices_behind(connection_point: DeviceId) -> Vec<DeviceId> {
		ByParent::<T>::get(connection_point).into_inner()
	}
}

fn portion(max: u32) -> usize {
	usize::try_from(max).unwrap_or(usize::MAX)
}

#[cfg(feature = "runtime-benchmarks")]
impl<T: Config> Pallet<T> {
	/// Registers and activates a connection point without a signature. Its owner answers for it.
	fn register_active_site(owner: &T::AccountId, zone: ZoneId, import_w: u32, export_w: u32) -> DeviceId {
		use crate::types::{DeviceRecord, EpochKey, Standing};
		use frame_support::traits::{fungible::Mutate, Consideration, Get};
		use gridtokenx_primitives::{DeviceKind, PublicKey, Source};

		let device = NextDevice::<T>::get();
		let mut key = [0; 32];
		key[..4].copy_from_slice(&device.to_le_bytes());
		NextDevice::<T>::put(device.saturating_add(1));
		T::Consideration::ensure_successful(owner, Self::footprint());
		let bond = T::BondAmount::get();
		T::Currency::mint_into(owner, bond.saturating_mul(2)).expect("the owner can be given money");
		let record = DeviceRecord {
			owner: owner.clone(),
			kind: DeviceKind::Meter,
			parent: None,
			standing: Standing::Active,
			zone,
			source: Some(Source::Solar),
			import_w,
			export_w,
			modulus_wh: 0,
			metadata_hash: [0; 32],
			key: EpochKey {
				epoch: 0,
				key: PublicKey::Ed25519(key),
				until: None,
				conflict: None,
			},
			former_keys: Default::default(),
			registrar: Some(owner.clone()),
			swap: None,
			handover: None,
			deposits: Self::take_deposits(owner).expect("the owner has the deposits"),
		};
		Self::store(device, None, Some(&record)).expect("the zone's line is wide enough");
		device
	}
}
