//! What is true of the registry after every block.

use crate::{
	pallet::{
		AttestedBy, AttestedExport, ByOwner, ByParent, ByZone, Config, Devices, FormerOwners, Handovers, HoldReason,
		KeyHashes, MeterPages, NextDevice, Pallet, Registrars, Revoking, SiteLimits,
	},
	types::{Handover, Standing},
	DeviceOf,
};
use alloc::{collections::BTreeMap, collections::BTreeSet, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use gridtokenx_primitives::{
	units::energy_of, Balance, Clock, DeviceId, Limits, Meter, Source, Topology, ZoneId, PAGE_SIZE,
};
use sp_runtime::TryRuntimeError;

type Records<T> = BTreeMap<DeviceId, DeviceOf<T>>;

impl<T: Config> Pallet<T> {
	/// Checks the registry's invariants.
	///
	/// 1. Every device's index is below the next one.
	/// 2. The hashes of the keys of live devices, and no others, point to those devices: a bijection.
	/// 3. The pages are the records: every live device in its place, with the fields that telemetry reads, and nothing else.
	/// 4. The look-ups by owner, zone, parent and registrar have every device that belongs there, and no other.
	/// 5. The limits of an account in a zone are the sums over its active connection points.
	/// 6. The attested export below a line is the sum over the active connection points below it.
	/// 7. What is held as bonds, account by account, is what its devices and accepted offers say.
	/// 8. Accepted offers, and no others, wait for the next handover, and none of them is overdue.
	/// 9. A device stands as its status allows: attested connection points have a source that may be attested and other devices none;
	///    active devices have a registrar that answers for them, who is appointed or being revoked; devices behind a
	///    connection point are in its zone; a swap waits only for pending devices.
	/// 10. A page remembers one former owner of a device at most.
	///
	/// # Errors
	///
	/// The first invariant that does not hold.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let records: Records<T> = Devices::<T>::iter().collect();
		let next = NextDevice::<T>::get();
		ensure!(
			records.keys().all(|device| *device < next),
			"an index is beyond the next one"
		);
		Self::check_key_hashes(&records)?;
		Self::check_pages(&records)?;
		Self::check_look_ups(&records)?;
		Self::check_sites(&records)?;
		Self::check_bonds(&records)?;
		Self::check_handovers(&records)?;
		for record in records.values() {
			Self::check_standing(record, &records)?;
		}
		for (_, owners) in FormerOwners::<T>::iter() {
			let slots: BTreeSet<u8> = owners.iter().map(|former| former.slot).collect();
			ensure!(slots.len() == owners.len(), "a device has two former owners");
		}
		Ok(())
	}

	fn check_key_hashes(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let live = records.iter().filter(|(_, record)| record.standing.is_live());
		let expected: BTreeMap<[u8; 32], DeviceId> = live
			.clone()
			.map(|(device, record)| (record.key.key.hash(), *device))
			.collect();
		ensure!(expected.len() == live.count(), "two live devices have the same key");
		let stored: BTreeMap<[u8; 32], DeviceId> = KeyHashes::<T>::iter().collect();
		ensure!(stored == expected, "key hashes are not those of the live devices");
		Ok(())
	}

	fn check_pages(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let mut stored: BTreeMap<DeviceId, Meter<T::AccountId>> = BTreeMap::new();
		for (page, meters) in MeterPages::<T>::iter() {
			for (device, meter) in (page.saturating_mul(PAGE_SIZE)..).zip(meters) {
				stored.extend(meter.map(|meter| (device, meter)));
			}
		}
		let expected: BTreeMap<_, _> = records
			.iter()
			.filter_map(|(device, record)| Some((*device, record.meter()?)))
			.collect();
		ensure!(stored == expected, "pages are not the records");
		Ok(())
	}

	fn check_look_ups(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let owners: BTreeSet<_> = ByOwner::<T>::iter_keys().collect();
		let expected = records.iter().map(|(device, record)| (record.owner.clone(), *device));
		ensure!(
			owners.into_iter().eq(expected.collect::<BTreeSet<_>>()),
			"look-up by owner"
		);

		let zones: BTreeSet<(ZoneId, DeviceId)> = ByZone::<T>::iter_keys().collect();
		let live = records.iter().filter(|(_, record)| record.standing.is_live());
		let expected: BTreeSet<_> = live.map(|(device, record)| (record.zone, *device)).collect();
		ensure!(zones == expected, "look-up by zone");

		let children: Vec<(DeviceId, DeviceId)> = ByParent::<T>::iter()
			.flat_map(|(parent, children)| children.into_iter().map(move |child| (parent, child)))
			.collect();
		let attested = records.iter().filter(|(_, record)| record.standing.is_attested());
		let expected: BTreeSet<_> = attested
			.filter_map(|(device, record)| Some((record.parent?, *device)))
			.collect();
		ensure!(children.len() == expected.len(), "a child is listed twice");
		ensure!(
			children.into_iter().collect::<BTreeSet<_>>() == expected,
			"look-up by parent"
		);

		let registrars: BTreeSet<_> = AttestedBy::<T>::iter_keys().collect();
		let answered = records
			.iter()
			.filter_map(|(device, record)| Some((record.registrar.clone()?, *device)));
		ensure!(
			registrars.into_iter().eq(answered.collect::<BTreeSet<_>>()),
			"look-up by registrar"
		);
		Ok(())
	}

	fn check_sites(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let seconds = T::Clock::interval_seconds();
		let mut limits: BTreeMap<(T::AccountId, ZoneId), Limits> = BTreeMap::new();
		let mut exports: BTreeMap<ZoneId, u64> = BTreeMap::new();
		for site in records.values().filter_map(|record| record.site()) {
			for (line, _) in T::Topology::lines_above(site.zone) {
				let export = exports.entry(line).or_default();
				*export = export.saturating_add(site.export_w.into());
			}
			let sum = limits.entry((site.owner, site.zone)).or_default();
			sum.import_wh = sum.import_wh.saturating_add(energy_of(site.import_w.into(), seconds));
			sum.export_wh = sum.export_wh.saturating_add(energy_of(site.export_w.into(), seconds));
			sum.sites = sum.sites.saturating_add(1);
		}
		let stored: BTreeMap<_, _> = SiteLimits::<T>::iter()
			.map(|(account, zone, limits)| ((account, zone), limits))
			.collect();
		ensure!(stored == limits, "limits are not the sums over the active sites");
		exports.retain(|_, export| *export > 0);
		let stored: BTreeMap<ZoneId, u64> = AttestedExport::<T>::iter().collect();
		ensure!(
			stored == exports,
			"attested export is not the sum over the active sites"
		);
		Ok(())
	}

	fn check_bonds(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let mut bonds: BTreeMap<T::AccountId, Balance> = BTreeMap::new();
		for record in records.values() {
			let bond = bonds.entry(record.owner.clone()).or_default();
			*bond = bond.saturating_add(record.deposits.bond);
			if let Some(Handover::Accepted { to, deposits, .. }) = &record.handover {
				let bond = bonds.entry(to.clone()).or_default();
				*bond = bond.saturating_add(deposits.bond);
			}
		}
		for (account, bond) in bonds {
			let held = T::Currency::balance_on_hold(&HoldReason::Bond.into(), &account);
			ensure!(held == bond, "what is held is not what the bonds amount to");
		}
		Ok(())
	}

	fn check_handovers(records: &Records<T>) -> Result<(), TryRuntimeError> {
		let (due, devices) = Handovers::<T>::get();
		let accepted: BTreeSet<DeviceId> = records
			.iter()
			.filter(|(_, record)| matches!(record.handover, Some(Handover::Accepted { from, .. }) if from == due))
			.map(|(device, _)| *device)
			.collect();
		let all = records
			.values()
			.filter(|record| matches!(record.handover, Some(Handover::Accepted { .. })));
		ensure!(
			all.count() == accepted.len(),
			"an accepted offer is not due with the others"
		);
		ensure!(devices.len() == accepted.len(), "a device changes hands twice");
		ensure!(
			devices.into_iter().collect::<BTreeSet<_>>() == accepted,
			"accepted offers are not those that wait"
		);
		ensure!(accepted.is_empty() || due > T::Clock::now(), "a handover is overdue");
		Ok(())
	}

	fn check_standing(record: &DeviceOf<T>, records: &Records<T>) -> Result<(), TryRuntimeError> {
		let attested = record.standing.is_attested();
		ensure!(
			record.source != Some(Source::Estimated),
			"nobody attests estimated energy"
		);
		ensure!(
			record.source.is_none() || record.is_connection_point(),
			"only connection points have a source"
		);
		ensure!(
			!attested || record.source.is_some() == record.is_connection_point(),
			"an attested connection point has a source"
		);
		ensure!(
			record.registrar.is_none() || attested,
			"somebody answers for a device that is not attested"
		);
		ensure!(
			record.standing != Standing::Active || record.registrar.is_some(),
			"nobody answers for an active device"
		);
		let known = |registrar| Registrars::<T>::contains_key(registrar) || Revoking::<T>::contains_key(registrar);
		ensure!(
			record.registrar.as_ref().is_none_or(known),
			"who answers for a device is no registrar"
		);
		ensure!(
			record.swap.is_none() || record.standing == Standing::Pending,
			"an attested swap was left over"
		);
		if let Some(parent) = record.parent.filter(|_| attested) {
			let parent = records.get(&parent).ok_or("a device stands behind one that has gone")?;
			ensure!(
				parent.standing.is_live() && parent.zone == record.zone,
				"a device is not in its parent's zone"
			);
		}
		Ok(())
	}
}
