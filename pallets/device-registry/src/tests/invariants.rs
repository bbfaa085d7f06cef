//! Whatever people do, in whatever order, the invariants hold after every step and no planck is lost.

use super::*;
use proptest::prelude::*;

/// Something that somebody tries; much of it is refused.
#[derive(Clone, Debug)]
enum Step {
	Register {
		owner: usize,
		seed: u8,
		parent: Option<DeviceId>,
	},
	Attest {
		registrar: usize,
		device: DeviceId,
		zone: ZoneId,
		export_w: u32,
	},
	Suspend {
		by_owner: bool,
		device: DeviceId,
	},
	Resume {
		by_owner: bool,
		device: DeviceId,
	},
	Rotate {
		device: DeviceId,
		seed: u8,
		with_old_key: bool,
	},
	Swap {
		device: DeviceId,
		seed: u8,
	},
	Offer {
		device: DeviceId,
		to: usize,
	},
	Accept {
		device: DeviceId,
	},
	Decommission {
		device: DeviceId,
	},
	Claim {
		device: DeviceId,
	},
	Report {
		device: DeviceId,
		excused: bool,
	},
	Appoint {
		registrar: usize,
	},
	Revoke {
		registrar: usize,
	},
	Wait {
		intervals: Interval,
	},
}

const PEOPLE: [AccountId; 3] = [ALICE, BOB, CAROL];
const UTILITIES: [AccountId; 2] = [UTILITY, NEIGHBOUR];

fn step() -> impl Strategy<Value = Step> {
	let device = || 0u32..6;
	prop_oneof![
		4 => (0usize..3, 1u8..12, prop::option::weighted(0.4, 0u32..3))
			.prop_map(|(owner, seed, parent)| Step::Register { owner, seed, parent }),
		6 => (0usize..2, device(), 1u32..3, prop::sample::select(vec![0, 10_000, 80_000]))
			.prop_map(|(registrar, device, zone, export_w)| Step::Attest { registrar, device, zone, export_w }),
		3 => (any::<bool>(), device()).prop_map(|(by_owner, device)| Step::Suspend { by_owner, device }),
		3 => (any::<bool>(), device()).prop_map(|(by_owner, device)| Step::Resume { by_owner, device }),
		2 => (device(), 12u8..30, any::<bool>())
			.prop_map(|(device, seed, with_old_key)| Step::Rotate { device, seed, with_old_key }),
		1 => (device(), 30u8..40).prop_map(|(device, seed)| Step::Swap { device, seed }),
		2 => (device(), 0usize..3).prop_map(|(device, to)| Step::Offer { device, to }),
		2 => device().prop_map(|device| Step::Accept { device }),
		1 => device().prop_map(|device| Step::Decommission { device }),
		3 => device().prop_map(|device| Step::Claim { device }),
		1 => (device(), any::<bool>()).prop_map(|(device, excused)| Step::Report { device, excused }),
		4 => (0usize..2).prop_map(|registrar| Step::Appoint { registrar }),
		1 => (0usize..2).prop_map(|registrar| Step::Revoke { registrar }),
		3 => prop::sample::select(vec![0, 1, 1, 2, 97, 201]).prop_map(|intervals| Step::Wait { intervals }),
	]
}

fn owner_or_utility(by_owner: bool, device: DeviceId) -> Result<RuntimeOrigin, DispatchError> {
	let record = Devices::<Test>::get(device).ok_or(Error::<Test>::NotFound)?;
	Ok(signed(if by_owner { record.owner } else { UTILITY }))
}

/// The key that a seed stands for, and the seed whose key a device has.
fn key_of(seed: u8) -> Key {
	if seed % 2 == 0 {
		p256(seed)
	} else {
		ed25519(seed)
	}
}

fn present_key(device: DeviceId) -> Option<Key> {
	let key = Devices::<Test>::get(device)?.key.key;
	(1..60).map(key_of).find(|candidate| candidate.public() == key)
}

/// A change of key in the name of the device's owner.
fn change_key(device: DeviceId, seed: u8, with_old_key: bool, swapped: bool) -> DispatchResult {
	let record = Devices::<Test>::get(device).ok_or(Error::<Test>::NotFound)?;
	let (new, interval, owner) = (key_of(seed), Now::get(), signed(record.owner.clone()));
	let flags = if swapped { ROTATION_METER_SWAPPED } else { 0 };
	let message = rotation(device, &new, interval, registers(0, 0), flags);
	let signature = new.sign(&message);
	let old = present_key(device)
		.filter(|_| with_old_key)
		.map(|old| old.sign(&message));
	if swapped {
		Registry::swap_meter(
			owner,
			device,
			new.public(),
			registers(0, 0),
			None,
			interval,
			signature,
			old,
		)
	} else {
		Registry::rotate_key(owner, device, new.public(), interval, old, signature)
	}
}

fn report(device: DeviceId, excused: bool) -> DispatchResult {
	let record = Devices::<Test>::get(device).ok_or(Error::<Test>::NotFound)?;
	let key = present_key(device).unwrap();
	let [first, second] = [1, 2].map(|import_wh| Reading {
		device,
		epoch: record.key.epoch,
		interval: Now::get(),
		import_wh,
		export_wh: 0,
		quality: Quality(u8::from(excused)),
		power_w: 0,
	});
	let [a, b] = [first, second].map(|reading| key.sign(&reading.message(&genesis())));
	Registry::report_conflict(signed(CAROL), first, a, second, b)
}

fn as_owner(device: DeviceId, call: impl FnOnce(RuntimeOrigin) -> DispatchResult) -> DispatchResult {
	let record = Devices::<Test>::get(device).ok_or(Error::<Test>::NotFound)?;
	call(signed(record.owner))
}

fn attempt(step: Step) -> DispatchResult {
	match step {
		Step::Register { owner, seed, parent } => {
			let kind = if parent.is_some() {
				DeviceKind::Battery
			} else {
				DeviceKind::Meter
			};
			let last_valid_interval = Now::get();
			Claim {
				kind,
				parent,
				last_valid_interval,
				..meter(key_of(seed)).of(PEOPLE[owner].clone())
			}
			.register()
		}
		Step::Attest {
			registrar,
			device,
			zone,
			export_w,
		} => {
			let record = Devices::<Test>::get(device).ok_or(Error::<Test>::NotFound)?;
			let source = record.is_connection_point().then_some(Source::Solar);
			attest_as(UTILITIES[registrar].clone(), device, zone, 4_000, export_w, source)
		}
		Step::Suspend { by_owner, device } => Registry::suspend(owner_or_utility(by_owner, device)?, device),
		Step::Resume { by_owner, device } => Registry::resume(owner_or_utility(by_owner, device)?, device),
		Step::Rotate {
			device,
			seed,
			with_old_key,
		} => change_key(device, seed, with_old_key, false),
		Step::Swap { device, seed } => change_key(device, seed, false, true),
		Step::Offer { device, to } => as_owner(device, |owner| {
			Registry::offer_ownership(owner, device, Some(PEOPLE[to].clone()))
		}),
		Step::Accept { device } => {
			let offered = Devices::<Test>::get(device).and_then(|record| record.handover);
			match offered {
				Some(crate::Handover::Offered { to }) => Registry::accept_ownership(signed(to), device),
				_ => Ok(()),
			}
		}
		Step::Decommission { device } => as_owner(device, |owner| Registry::decommission(owner, device)),
		Step::Claim { device } => Registry::claim_deposit(signed(BOB), device),
		Step::Report { device, excused } => report(device, excused),
		Step::Appoint { registrar } => {
			let zones = vec![1, 2].try_into().unwrap();
			Registry::appoint_registrar(RuntimeOrigin::root(), UTILITIES[registrar].clone(), zones)
		}
		Step::Revoke { registrar } => Registry::revoke_registrar(RuntimeOrigin::root(), UTILITIES[registrar].clone()),
		Step::Wait { intervals } => {
			run_to(Now::get() + intervals);
			Ok(())
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn invariants_should_hold_whatever_people_do(steps in prop::collection::vec(step(), 20..120)) {
		ExtBuilder::default().build_and_execute(|| {
			let issuance = Balances::total_issuance();
			let site = meter(key_of(50)).active();
			battery(key_of(51), site).active();
			for step in steps {
				// As an extrinsic is dispatched: refused, it leaves nothing behind.
				let _ = frame_support::storage::with_storage_layer(|| attempt(step));
				check_invariants();
				assert_eq!(Balances::total_issuance(), issuance);
			}
		});
	}
}

/// Breaks something, and says whether the invariants notice.
fn notices(breakage: impl FnOnce(DeviceId)) -> bool {
	ExtBuilder::default().build().execute_with(|| {
		System::set_block_number(1);
		let site = meter(ed25519(1)).active();
		battery(ed25519(2), site).active();
		assert_ok!(Registry::do_try_state());
		breakage(site);
		Registry::do_try_state().is_err()
	})
}

#[test]
fn invariants_should_be_noticed_when_they_are_broken() {
	assert!(!notices(|_| ()));
	assert!(notices(|_| NextDevice::<Test>::put(1)));
	assert!(notices(|site| crate::KeyHashes::<Test>::insert([0; 32], site)));
	assert!(notices(|_| crate::MeterPages::<Test>::remove(0)));
	assert!(notices(|site| crate::ByOwner::<Test>::insert(BOB, site, ())));
	assert!(notices(|site| crate::ByZone::<Test>::remove(1, site)));
	assert!(notices(|site| crate::ByParent::<Test>::remove(site)));
	assert!(notices(|site| crate::AttestedBy::<Test>::remove(UTILITY, site)));
	assert!(notices(|_| crate::SiteLimits::<Test>::remove(ALICE, 1)));
	assert!(notices(|_| crate::AttestedExport::<Test>::insert(1, 1)));
	assert!(notices(|site| {
		crate::Handovers::<Test>::mutate(|(_, devices)| devices.try_push(site).unwrap());
	}));
	assert!(notices(|_| crate::Registrars::<Test>::remove(UTILITY)));
	assert!(notices(|site| {
		Devices::<Test>::mutate(site, |record| record.as_mut().unwrap().deposits.bond += 1);
	}));
}
