//! What other pallets see, and that it is small enough.

use super::*;
use crate::mock::AccountId;
use codec::{Encode, MaxEncodedLen};
use frame_support::traits::Hooks;
use gridtokenx_primitives::{Device, Meter, MeterDirectory, MeterPage, Status, PAGE_SIZE};

#[test]
fn page_of_meters_should_have_at_most_8_kib() {
	// Option, key, epoch, two flags, owner, zone, source, two ratings, modulus.
	let meter = 1 + 65 + 2 + 2 + 32 + 4 + 1 + 8 + 8;
	assert_eq!(
		MeterPage::<AccountId>::max_encoded_len(),
		PAGE_SIZE as usize * meter + 2
	);
	assert!(MeterPage::<AccountId>::max_encoded_len() <= 8 * 1024);
	let full: MeterPage<AccountId> = vec![
		Some(Meter {
			key: p256(1).public(),
			epoch: u16::MAX,
			active: true,
			connection_point: true,
			owner: ALICE,
			zone: u32::MAX,
			source: Source::Storage,
			import_w: u32::MAX,
			export_w: u32::MAX,
			modulus_wh: u64::MAX,
		});
		PAGE_SIZE as usize
	]
	.try_into()
	.unwrap();
	assert_eq!(full.encoded_size(), MeterPage::<AccountId>::max_encoded_len());
}

#[test]
fn configuration_should_hold_together() {
	ExtBuilder::default().build_and_execute(Registry::integrity_test);
}

#[test]
fn meter_should_be_on_its_page_as_it_is_in_its_record() {
	ExtBuilder::default().build_and_execute(|| {
		let key = p256(1);
		let device = Claim {
			modulus_wh: 1_000_000,
			..meter(key.clone())
		}
		.pending();
		let mut expected = Meter {
			key: key.public(),
			epoch: 0,
			active: false,
			connection_point: true,
			owner: ALICE,
			zone: 1,
			source: Source::Other,
			import_w: 17_250,
			export_w: 10_000,
			modulus_wh: 1_000_000,
		};
		assert_eq!(Registry::page(0).into_inner(), vec![Some(expected.clone())]);
		assert_ok!(attest_as(UTILITY, device, 2, 1, 2, Some(Source::Wind)));
		expected = Meter {
			active: true,
			zone: 2,
			source: Source::Wind,
			import_w: 1,
			export_w: 2,
			..expected
		};
		assert_eq!(Registry::page(0).into_inner(), vec![Some(expected.clone())]);
		assert_ok!(Registry::suspend(signed(UTILITY), device));
		assert_eq!(
			Registry::page(0).into_inner(),
			vec![Some(Meter {
				active: false,
				..expected
			})]
		);
	});
}

#[test]
fn device_should_be_seen_as_its_record_says() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let key = ed25519(2);
		let device = battery(key.clone(), site).active();
		let expected = Device {
			owner: ALICE,
			kind: DeviceKind::Battery,
			parent: Some(site),
			status: Status::Active,
			zone: 1,
			source: None,
			key: key.public(),
			epoch: 0,
			import_w: 17_250,
			export_w: 10_000,
		};
		assert_eq!(Registry::device(device), Some(expected));
		assert_eq!(Registry::device(7), None);
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_eq!(Registry::device(device).unwrap().status, Status::Suspended);
		assert_ok!(Registry::decommission(signed(ALICE), device));
		assert_eq!(Registry::device(device).unwrap().status, Status::Decommissioned);
	});
}

#[test]
fn devices_should_come_in_portions_when_an_account_or_a_zone_has_many() {
	ExtBuilder::default().build_and_execute(|| {
		let mut all: Vec<_> = (1..=5).map(|seed| meter(ed25519(seed)).pending()).collect();
		let bobs = meter(ed25519(6)).of(BOB).pending();
		let first = Registry::devices_of(&ALICE, None, 3);
		let second = Registry::devices_of(&ALICE, first.last().copied(), 3);
		assert_eq!((first.len(), second.len()), (3, 2));
		let mut found = [first, second].concat();
		found.sort();
		assert_eq!(found, all);
		assert_eq!(Registry::devices_of(&BOB, None, 3), [bobs]);

		let first = Registry::devices_in(1, None, 4);
		let second = Registry::devices_in(1, first.last().copied(), 4);
		let mut found = [first, second].concat();
		found.sort();
		all.push(bobs);
		assert_eq!(found, all);
		assert_eq!(Registry::devices_in(2, None, 4), Vec::<DeviceId>::new());
	});
}

#[test]
fn devices_should_be_found_behind_their_connection_point_once_attested() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let device = battery(ed25519(2), site).pending();
		assert_eq!(Registry::devices_behind(site), Vec::<DeviceId>::new());
		assert_ok!(attest_as(UTILITY, device, 1, 17_250, 10_000, None));
		assert_eq!(Registry::devices_behind(site), [device]);
	});
}
