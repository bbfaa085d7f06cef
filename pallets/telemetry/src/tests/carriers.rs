//! Admission, bonds and what faults cost.

use crate::{mock::*, types::Refusal, Carriers, Error, Event, HoldReason};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{hold::Inspect as _, Inspect as _},
};
use sp_runtime::traits::BadOrigin;

fn held() -> u128 {
	Balances::balance_on_hold(&HoldReason::CarrierBond.into(), &OPERATOR)
}

fn admit() {
	assert_ok!(Telemetry::admit_carrier(RuntimeOrigin::root(), CARRIER, OPERATOR, 100));
}

fn bond(amount: u128) {
	assert_ok!(Telemetry::bond_carrier(
		RuntimeOrigin::signed(OPERATOR),
		CARRIER,
		amount
	));
}

/// A page with so many readings whose signatures are forged.
fn forged(count: u32) -> Pages {
	let forge = |offset| {
		let mut forged = signed(reading(0, 999 - offset, 0, 0));
		forged.signature = [3; 64];
		forged
	};
	vec![page(0, (0..count).map(forge).collect())].try_into().unwrap()
}

#[test]
fn genesis_should_admit_and_bond() {
	ExtBuilder::default().build_and_execute(|| {
		let carrier = Carriers::<Test>::get(CARRIER).unwrap();
		assert_eq!(
			(carrier.owner, carrier.quota, carrier.bond, carrier.active),
			(OPERATOR, 1_024, BOND, true)
		);
		assert_eq!(held(), BOND);
		assert_eq!(Balances::total_balance(&CARRIER), 0);
		assert_eq!(
			System::providers(&CARRIER),
			1,
			"a hot key without a balance has a nonce"
		);
	});
}

#[test]
fn admission_should_be_governances_and_leave_the_carrier_inactive() {
	ExtBuilder::default().without_carrier().build_and_execute(|| {
		let admit = |origin, quota| Telemetry::admit_carrier(origin, CARRIER, OPERATOR, quota);
		assert_noop!(admit(RuntimeOrigin::signed(ALICE), 100), BadOrigin);
		assert_noop!(admit(RuntimeOrigin::root(), 0), Error::<Test>::ZeroQuota);
		assert_ok!(admit(RuntimeOrigin::root(), 100));
		System::assert_last_event(
			Event::CarrierAdmitted {
				carrier: CARRIER,
				owner: OPERATOR,
				quota: 100,
			}
			.into(),
		);
		assert_noop!(admit(RuntimeOrigin::root(), 100), Error::<Test>::AlreadyAdmitted);
		let submit = Telemetry::submit_readings(RuntimeOrigin::signed(CARRIER), forged(1));
		assert_eq!(submit.unwrap_err().error, Error::<Test>::NotActive.into());
	});
}

#[test]
fn bond_should_activate_at_the_minimum() {
	ExtBuilder::default().without_carrier().build_and_execute(|| {
		admit();
		let add = |who, amount| Telemetry::bond_carrier(RuntimeOrigin::signed(who), CARRIER, amount);
		assert_noop!(add(ALICE, BOND), Error::<Test>::NotCarrierOwner);
		assert_noop!(add(OPERATOR, MinBond::get() - 1), Error::<Test>::BondTooSmall);
		assert_noop!(add(OPERATOR, 10_000 * UNIT), sp_runtime::TokenError::FundsUnavailable);
		assert_ok!(add(OPERATOR, MinBond::get()));
		let (added, bond) = (MinBond::get(), MinBond::get());
		System::assert_last_event(
			Event::CarrierBonded {
				carrier: CARRIER,
				added,
				bond,
			}
			.into(),
		);
		assert_ok!(add(OPERATOR, UNIT));
		assert_eq!(held(), MinBond::get() + UNIT);
		assert_ok!(Telemetry::submit_readings(
			RuntimeOrigin::signed(CARRIER),
			Default::default()
		));
	});
}

#[test]
fn unbond_should_release_everything_and_deactivate() {
	ExtBuilder::default().build_and_execute(|| {
		let unbond = |who| Telemetry::unbond_carrier(RuntimeOrigin::signed(who), CARRIER);
		assert_noop!(unbond(CARRIER), Error::<Test>::NotCarrierOwner);
		assert_ok!(unbond(OPERATOR));
		System::assert_last_event(
			Event::CarrierUnbonded {
				carrier: CARRIER,
				released: BOND,
			}
			.into(),
		);
		assert_eq!(held(), 0);
		assert!(!Carriers::<Test>::get(CARRIER).unwrap().active);
		assert_noop!(unbond(OPERATOR), Error::<Test>::NothingBonded);
		bond(BOND);
		assert!(Carriers::<Test>::get(CARRIER).unwrap().active, "still admitted");
	});
}

#[test]
fn removal_should_release_the_bond_and_the_provider_reference() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Telemetry::remove_carrier(RuntimeOrigin::signed(OPERATOR), CARRIER),
			BadOrigin
		);
		assert_noop!(
			Telemetry::remove_carrier(RuntimeOrigin::root(), ALICE),
			Error::<Test>::NotAdmitted
		);
		assert_ok!(Telemetry::remove_carrier(RuntimeOrigin::root(), CARRIER));
		System::assert_last_event(
			Event::CarrierRemoved {
				carrier: CARRIER,
				released: BOND,
			}
			.into(),
		);
		assert_eq!((held(), System::providers(&CARRIER)), (0, 0));
		assert!(!Carriers::<Test>::contains_key(CARRIER));
	});
}

#[test]
fn removal_should_succeed_when_the_account_is_still_in_use() {
	ExtBuilder::default().build_and_execute(|| {
		System::inc_consumers(&CARRIER).unwrap();
		assert_ok!(Telemetry::remove_carrier(RuntimeOrigin::root(), CARRIER));
		assert_eq!(System::providers(&CARRIER), 1, "the reference stays behind");
	});
}

#[test]
fn quota_should_be_changed_by_governance_alone() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Telemetry::set_quota(RuntimeOrigin::signed(OPERATOR), CARRIER, 5),
			BadOrigin
		);
		assert_noop!(
			Telemetry::set_quota(RuntimeOrigin::root(), CARRIER, 0),
			Error::<Test>::ZeroQuota
		);
		assert_noop!(
			Telemetry::set_quota(RuntimeOrigin::root(), ALICE, 5),
			Error::<Test>::NotAdmitted
		);
		assert_ok!(Telemetry::set_quota(RuntimeOrigin::root(), CARRIER, 5));
		System::assert_last_event(
			Event::QuotaChanged {
				carrier: CARRIER,
				old: 1_024,
				new: 5,
			}
			.into(),
		);
	});
}

#[test]
fn faults_should_be_paid_for_from_the_bond() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		let issuance = total_issuance();
		let mut readings = forged(2)[0].readings.to_vec();
		readings.push(signed(reading(0, 999, 0, 0)));
		readings.push(gridtokenx_primitives::PagedReading {
			slot: 64,
			..signed(reading(0, 997, 0, 0))
		});
		let (accepted, refused) = submit_pages(vec![page(0, readings)].try_into().unwrap());
		assert_eq!(accepted, 0);
		let reasons: Vec<_> = refused.iter().map(|(_, refusal)| *refusal).collect();
		assert_eq!(
			reasons,
			[
				Refusal::BadSignature,
				Refusal::BadSignature,
				Refusal::Duplicate,
				Refusal::Malformed
			]
		);
		let bond = BOND - 4 * UNIT;
		System::assert_last_event(
			Event::CarrierSlashed {
				carrier: CARRIER,
				faults: 4,
				amount: 4 * UNIT,
				bond,
				active: true,
			}
			.into(),
		);
		assert_eq!(held(), bond);
		assert_eq!(SlashedFunds::get(), 4 * UNIT);
		assert_eq!(total_issuance(), issuance - 4 * UNIT, "the mock burns what was slashed");
	});
}

#[test]
fn readings_should_cost_quota_only_when_the_carrier_could_not_have_known() {
	ExtBuilder::default()
		.site(0, ALICE)
		.site(1, ALICE)
		.build_and_execute(|| {
			change_meter(1, |meter| meter.active = false);
			assert_ok!(submit_one(reading(0, 999, 5, 0)));
			let wrong_epoch = gridtokenx_primitives::Reading {
				epoch: 4,
				..reading(0, 998, 5, 0)
			};
			let innocent = [
				reading(0, 999, 5, 0),
				wrong_epoch,
				reading(0, START, 5, 0),
				reading(1, 999, 0, 0),
				reading(2, 999, 0, 0),
			];
			let (accepted, refused) = submit(&innocent);
			assert_eq!((accepted, refused.len()), (0, 5));
			assert_eq!(submit_one(reading(0, 999, 6, 0)), Err(Refusal::Conflicting));
			assert_eq!(held(), BOND);
		});
}

#[test]
fn slashing_should_be_capped_a_day_and_deactivate_below_the_minimum() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		submit_pages(forged(40));
		assert_eq!(held(), 60 * UNIT);
		submit_pages(forged(40));
		assert_eq!(held(), 40 * UNIT, "sixty a day");
		let last = Event::CarrierSlashed {
			carrier: CARRIER,
			faults: 40,
			amount: 20 * UNIT,
			bond: 40 * UNIT,
			active: false,
		};
		System::assert_last_event(last.into());
		let again = Telemetry::submit_readings(RuntimeOrigin::signed(CARRIER), forged(1));
		assert_eq!(again.unwrap_err().error, Error::<Test>::NotActive.into());
		bond(60 * UNIT);
		submit_pages(forged(5));
		assert_eq!(held(), BOND, "nothing more today");
		run_to(START + 96);
		submit_pages(forged(5));
		assert_eq!(held(), BOND - 5 * UNIT, "but tomorrow");
	});
}
