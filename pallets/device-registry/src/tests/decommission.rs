//! The end of a device: its deposits wait for contracts and evidence.

use super::*;
use crate::{ByOwner, ByZone};
use frame_support::traits::fungible::Inspect;
use gridtokenx_primitives::MeterDirectory;

#[test]
fn deposits_should_go_back_when_the_evidence_window_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_noop!(
			Registry::claim_deposit(signed(BOB), device),
			Error::<Test>::NotDecommissioned
		);
		events();
		assert_ok!(Registry::decommission(signed(ALICE), device));
		let claimable_from = START + 201;
		assert_eq!(events(), vec![Event::Decommissioned { device, claimable_from }]);
		assert_eq!(bonded(&ALICE), BOND);

		run_to(claimable_from - 1);
		assert_noop!(
			Registry::claim_deposit(signed(ALICE), device),
			Error::<Test>::EvidenceWindowOpen
		);
		run_to(claimable_from);
		assert_ok!(Registry::claim_deposit(signed(BOB), device));
		assert_eq!(
			events(),
			vec![Event::DepositsReleased {
				device,
				owner: ALICE,
				bond: BOND
			}]
		);
		assert_eq!(
			Balances::balance(&ALICE),
			ENDOWMENT,
			"whoever calls, the owner gets them"
		);
		assert_eq!(Devices::<Test>::get(device), None);
		assert_noop!(Registry::claim_deposit(signed(ALICE), device), Error::<Test>::NotFound);
	});
}

#[test]
fn device_should_count_no_more_when_it_is_decommissioned() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(Registry::decommission(signed(ALICE), device));
		assert_eq!(limits(&ALICE, 1), Limits::default());
		assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
		assert_eq!(Registry::page(0).into_inner(), vec![None]);
		assert!(!ByZone::<Test>::contains_key(1, device));
		assert!(
			ByOwner::<Test>::contains_key(ALICE, device),
			"its owner still finds the deposits"
		);

		let gone = DispatchError::from(Error::<Test>::Decommissioned);
		assert_noop!(attest_site(device), gone);
		assert_noop!(Registry::suspend(signed(ALICE), device), gone);
		assert_noop!(Registry::resume(signed(UTILITY), device), gone);
		assert_noop!(rotate(device, None, &ed25519(2)), gone);
		assert_noop!(swap(device, &ed25519(2), registers(0, 0), None), gone);
		assert_noop!(Registry::offer_ownership(signed(ALICE), device, Some(BOB)), gone);
		assert_noop!(Registry::accept_ownership(signed(BOB), device), gone);
		assert_noop!(Registry::update_metadata(signed(ALICE), device, [0; 32]), gone);
		assert_noop!(Registry::decommission(signed(ALICE), device), gone);
	});
}

#[test]
fn decommission_should_be_refused_when_devices_stand_behind_the_site() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let behind = battery(ed25519(2), site).active();
		let never_attested = battery(ed25519(3), site).pending();
		assert_noop!(Registry::decommission(signed(ALICE), site), Error::<Test>::HasChildren);
		assert_noop!(Registry::decommission(signed(BOB), behind), Error::<Test>::NotOwner);
		assert_ok!(Registry::decommission(signed(ALICE), behind));
		assert_ok!(Registry::decommission(signed(ALICE), site));
		assert_noop!(
			attest_as(UTILITY, never_attested, 1, 1, 1, None),
			Error::<Test>::InvalidParent
		);
	});
}

#[test]
fn offer_should_lapse_when_the_device_is_decommissioned() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(Registry::offer_ownership(signed(ALICE), device, Some(BOB)));
		assert_ok!(Registry::decommission(signed(ALICE), device));
		assert_eq!(Devices::<Test>::get(device).unwrap().handover, None);
	});
}
