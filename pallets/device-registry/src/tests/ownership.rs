//! A device changes hands by offer and acceptance, with the first block of the next interval.

use super::*;
use crate::{ByOwner, FormerOwners};
use frame_support::traits::fungible::Inspect;
use gridtokenx_primitives::MeterDirectory;

fn offer(device: DeviceId, to: AccountId) {
	assert_ok!(Registry::offer_ownership(signed(ALICE), device, Some(to)));
}

fn page_owner(device: DeviceId) -> AccountId {
	Registry::page(device / 64)[device as usize % 64].clone().unwrap().owner
}

#[test]
fn device_should_change_hands_with_the_first_block_of_the_next_interval() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		events();
		offer(device, BOB);
		assert_ok!(Registry::accept_ownership(signed(BOB), device));
		let from = START + 1;
		let told = vec![
			Event::OwnershipOffered { device, to: Some(BOB) },
			Event::OwnershipAccepted { device, to: BOB, from },
		];
		assert_eq!(events(), told);

		next_block();
		assert_eq!(page_owner(device), ALICE, "not within the interval");
		assert_eq!((limits(&ALICE, 1).sites, limits(&BOB, 1).sites), (1, 0));
		assert_eq!(bonded(&BOB), BOND, "but the next owner has paid");

		run_to(from);
		assert_eq!(
			events(),
			vec![Event::OwnershipMoved {
				device,
				from: ALICE,
				to: BOB
			}]
		);
		assert_eq!(page_owner(device), BOB);
		assert_eq!((limits(&ALICE, 1).sites, limits(&BOB, 1).sites), (0, 1));
		assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
		assert!(ByOwner::<Test>::contains_key(BOB, device) && !ByOwner::<Test>::contains_key(ALICE, device));
		assert_eq!(
			Balances::balance(&ALICE),
			ENDOWMENT,
			"the former owner has everything back"
		);
		assert_eq!(Balances::balance(&BOB), ENDOWMENT - BOND - storage_deposit());
	});
}

#[test]
fn device_should_change_hands_when_the_chain_stood_still_for_intervals() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		offer(device, BOB);
		assert_ok!(Registry::accept_ownership(signed(BOB), device));
		run_to(START + 50);
		assert_eq!(page_owner(device), BOB);
		assert_eq!(Registry::former_owners(0, START), vec![(0, ALICE)]);
		assert_eq!(Registry::former_owners(0, START + 1), vec![]);
	});
}

#[test]
fn former_owner_should_be_known_while_intervals_of_its_time_may_be_measured() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		offer(device, BOB);
		assert_ok!(Registry::accept_ownership(signed(BOB), device));
		run_to(START + 1);
		assert_ok!(Registry::offer_ownership(signed(BOB), device, Some(CAROL)));
		run_to(START + 96);
		assert_noop!(
			Registry::accept_ownership(signed(CAROL), device),
			Error::<Test>::HandoverTooSoon
		);
		run_to(START + 97);
		assert_ok!(Registry::accept_ownership(signed(CAROL), device));
		run_to(START + 98);
		assert_eq!(Registry::former_owners(0, START), vec![(0, BOB)]);
		assert_eq!(FormerOwners::<Test>::get(0).len(), 1);
	});
}

#[test]
fn accept_should_be_refused_when_the_device_was_offered_to_nobody_or_another() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		let accept = |who| Registry::accept_ownership(signed(who), device);
		assert_noop!(accept(BOB), Error::<Test>::NotOffered);
		offer(device, BOB);
		assert_noop!(accept(CAROL), Error::<Test>::NotOffered);
		offer(device, CAROL);
		assert_noop!(accept(BOB), Error::<Test>::NotOffered);
		assert_ok!(Registry::offer_ownership(signed(ALICE), device, None));
		assert_noop!(accept(CAROL), Error::<Test>::NotOffered);
		offer(device, PAUPER);
		assert_noop!(accept(PAUPER), TokenError::FundsUnavailable);
	});
}

#[test]
fn offer_should_be_refused_when_it_makes_no_sense() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		let offer = |who, to| Registry::offer_ownership(signed(who), device, to);
		assert_noop!(offer(BOB, Some(BOB)), Error::<Test>::NotOwner);
		assert_noop!(offer(ALICE, Some(ALICE)), Error::<Test>::AlreadyOwner);
	});
}

#[test]
fn accepted_offer_should_bind_both_sides() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		offer(device, BOB);
		assert_ok!(Registry::accept_ownership(signed(BOB), device));
		let refused = DispatchError::from(Error::<Test>::HandoverUnderWay);
		assert_noop!(Registry::offer_ownership(signed(ALICE), device, None), refused);
		assert_noop!(Registry::accept_ownership(signed(BOB), device), refused);
		assert_noop!(Registry::decommission(signed(ALICE), device), refused);
		// What protects the grid still works, and its owner is still Alice.
		assert_ok!(rotate(device, Some(&ed25519(1)), &ed25519(2)));
		assert_ok!(Registry::suspend(signed(UTILITY), device));
		run_to(START + 1);
		assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Registrar));
		assert_eq!(Devices::<Test>::get(device).unwrap().owner, BOB);
	});
}

#[test]
fn handovers_of_an_interval_should_be_bounded() {
	ExtBuilder::default().build_and_execute(|| {
		let devices: Vec<_> = (1..=4).map(|seed| meter(ed25519(seed)).active()).collect();
		for device in &devices {
			offer(*device, BOB);
		}
		for device in &devices[..3] {
			assert_ok!(Registry::accept_ownership(signed(BOB), *device));
		}
		let last = devices[3];
		assert_noop!(
			Registry::accept_ownership(signed(BOB), last),
			Error::<Test>::TooManyHandovers
		);
		run_to(START + 1);
		assert_ok!(Registry::accept_ownership(signed(BOB), last));
		run_to(START + 2);
		assert_eq!(limits(&BOB, 1).sites, 4);
	});
}

#[test]
fn devices_behind_a_site_should_keep_their_owners_when_the_site_changes_hands() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let behind = battery(ed25519(2), site).of(CAROL).active();
		offer(site, BOB);
		assert_ok!(Registry::accept_ownership(signed(BOB), site));
		run_to(START + 1);
		assert_eq!(Devices::<Test>::get(behind).unwrap().owner, CAROL);
	});
}
