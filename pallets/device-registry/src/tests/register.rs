//! Registration: the device proves that it holds its key, the owner pays for it.

use super::*;
use crate::{KeyHashes, MeterPages};
use frame_support::traits::{fungible::Inspect, ConstU32};
use frame_support::BoundedVec;
use gridtokenx_primitives::MeterDirectory;

#[test]
fn device_should_be_pending_when_its_registration_is_signed_by_itself() {
	ExtBuilder::default().build_and_execute(|| {
		for (device, key) in [ed25519(1), p256(1)].into_iter().enumerate() {
			let public = key.public();
			assert_ok!(meter(key).register());
			let registered = Event::Registered {
				device: device as DeviceId,
				owner: ALICE,
				kind: DeviceKind::Meter,
				zone: 1,
				parent: None,
				key_hash: public.hash(),
			};
			assert_eq!(events(), vec![registered]);
			assert_eq!(standing(device as DeviceId), Standing::Pending);
			assert_eq!(KeyHashes::<Test>::get(public.hash()), Some(device as DeviceId));
		}
		assert_eq!(
			limits(&ALICE, 1),
			Limits::default(),
			"an owner's word counts for nothing"
		);
	});
}

#[test]
fn register_should_hold_both_deposits() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		assert_eq!(bonded(&ALICE), BOND);
		assert_eq!(deposits(device).bond, BOND);
		assert_eq!(Balances::balance(&ALICE), ENDOWMENT - BOND - storage_deposit());
		// A record and its place on a page: about a thousand bytes.
		assert!(storage_deposit() > StorageBase::get() + 700 * StorageByte::get());
	});
}

#[test]
fn register_should_be_refused_when_the_owner_can_not_pay() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(meter(ed25519(1)).of(PAUPER).register(), TokenError::FundsUnavailable);
	});
}

#[test]
fn register_should_take_the_published_examples() {
	let vectors: serde_json::Value = serde_json::from_str(include_str!("../../tests/vectors/messages.json")).unwrap();
	ExtBuilder::default().build_and_execute(|| {
		let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256::from_slice(&bytes(&vectors["genesis"])));
		let cases = vectors["cases"].as_array().unwrap();
		let registrations: Vec<_> = cases.iter().filter(|case| case["magic"] == "GTXREGD1").collect();
		assert_eq!(registrations.len(), 2, "one for each scheme");
		for case in registrations {
			let fields = &case["fields"];
			let number = |name: &str| fields[name].as_u64().unwrap();
			let key = bytes(&case["public_key"]);
			let key = match case["scheme"].as_str().unwrap() {
				"ed25519" => PublicKey::Ed25519(key.try_into().unwrap()),
				_ => PublicKey::P256(key.try_into().unwrap()),
			};
			let owner = AccountId::new(bytes(&fields["owner"]).try_into().unwrap());
			assert_ok!(<Balances as frame_support::traits::fungible::Mutate<_>>::mint_into(
				&owner, ENDOWMENT
			));
			Now::set(number("last_valid_interval") as u32);
			let register = |zone: ZoneId| {
				Registry::register(
					signed(owner.clone()),
					DeviceKind::Meter,
					key,
					zone,
					number("import_w") as u32,
					number("export_w") as u32,
					number("modulus_wh"),
					bytes(&fields["metadata_hash"]).try_into().unwrap(),
					None,
					number("last_valid_interval") as u32,
					bytes(&case["signature"]).try_into().unwrap(),
				)
			};
			assert_eq!(number("zone"), 12);
			assert_noop!(register(3), Error::<Test>::BadSignature);
			assert_ok!(register(12));
		}
	});
}

#[test]
fn register_should_be_refused_when_any_field_is_not_what_the_device_signed() {
	ExtBuilder::default().build_and_execute(|| {
		let claim = meter(ed25519(1));
		let signature = claim.signature();
		let forgeries = [
			claim.clone().of(BOB),
			claim.clone().in_zone(2),
			Claim {
				key: ed25519(2),
				..claim.clone()
			},
			Claim {
				kind: DeviceKind::Solar,
				..claim.clone()
			},
			Claim {
				import_w: 17_251,
				..claim.clone()
			},
			Claim {
				export_w: 10_001,
				..claim.clone()
			},
			Claim {
				modulus_wh: 1_000_000,
				..claim.clone()
			},
			Claim {
				last_valid_interval: START + 97,
				..claim.clone()
			},
		];
		for forgery in forgeries {
			assert_noop!(forgery.register_with(signature), Error::<Test>::BadSignature);
		}
		assert_ok!(claim.register_with(signature));
	});
}

#[test]
fn register_should_be_refused_when_it_was_signed_for_another_chain() {
	ExtBuilder::default().build_and_execute(|| {
		let claim = meter(ed25519(1));
		let signature = claim.signature();
		frame_system::BlockHash::<Test>::insert(0, sp_core::H256([70; 32]));
		assert_noop!(claim.register_with(signature), Error::<Test>::BadSignature);
	});
}

#[test]
fn register_should_be_refused_when_the_signature_has_expired() {
	ExtBuilder::default().build_and_execute(|| {
		let claim = meter(ed25519(1));
		Now::set(claim.last_valid_interval + 1);
		assert_noop!(claim.register(), Error::<Test>::RegistrationExpired);
		Now::set(claim.last_valid_interval);
		assert_ok!(claim.register());
	});
}

#[test]
fn register_should_be_refused_when_the_key_proves_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		// The identity, of order 1, accepts a signature for any message; the other is not on its curve.
		let mut identity = [0; 32];
		identity[0] = 1;
		for key in [PublicKey::Ed25519(identity), PublicKey::P256([1; 64])] {
			let call = Registry::register(
				signed(ALICE),
				DeviceKind::Meter,
				key,
				1,
				1,
				1,
				0,
				METADATA,
				None,
				START,
				[0; 64],
			);
			assert_noop!(call, Error::<Test>::InvalidKey);
		}
	});
}

#[test]
fn register_should_be_refused_when_a_live_device_has_the_key() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		assert_noop!(meter(ed25519(1)).of(BOB).register(), Error::<Test>::KeyInUse);
		assert_ok!(Registry::decommission(signed(ALICE), device));
		assert_ok!(meter(ed25519(1)).of(BOB).register());
		assert_eq!(NextDevice::<Test>::get(), 2, "an index is never used again");
	});
}

#[test]
fn register_should_be_refused_when_the_zone_does_not_exist() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(meter(ed25519(1)).in_zone(99).register(), Error::<Test>::UnknownZone);
	});
}

#[test]
fn register_should_be_refused_when_the_parent_is_no_connection_point() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let behind = battery(ed25519(2), site).active();
		assert_noop!(battery(ed25519(3), behind).register(), Error::<Test>::InvalidParent);
		assert_noop!(battery(ed25519(3), 99).register(), Error::<Test>::InvalidParent);
	});
}

#[test]
fn indices_should_be_dense_over_pages() {
	ExtBuilder::default().build_and_execute(|| {
		for seed in 1..=65 {
			assert_eq!(
				meter(ed25519(seed))
					.of([ALICE, BOB][usize::from(seed % 2)].clone())
					.pending() + 1,
				u32::from(seed)
			);
		}
		assert_eq!(Registry::page_count(), 2);
		assert_eq!(MeterPages::<Test>::get(0).len(), 64);
		assert_eq!(MeterPages::<Test>::get(1).len(), 1);
		assert_eq!(Registry::page(2), BoundedVec::<_, ConstU32<64>>::default());
	});
}

#[test]
fn register_should_be_refused_when_all_indices_are_taken() {
	ExtBuilder::default().build().execute_with(|| {
		NextDevice::<Test>::put(u32::MAX);
		assert_noop!(meter(ed25519(1)).register(), Error::<Test>::TooManyDevices);
	});
}

#[test]
fn metadata_should_change_when_its_owner_says_so() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		events();
		assert_noop!(
			Registry::update_metadata(signed(BOB), device, [8; 32]),
			Error::<Test>::NotOwner
		);
		assert_noop!(
			Registry::update_metadata(signed(ALICE), 7, [8; 32]),
			Error::<Test>::NotFound
		);
		assert_ok!(Registry::update_metadata(signed(ALICE), device, [8; 32]));
		let updated = Event::MetadataUpdated {
			device,
			old: METADATA,
			new: [8; 32],
		};
		assert_eq!(events(), vec![updated]);
	});
}
