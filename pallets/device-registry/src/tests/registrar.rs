//! Registrars: appointed and revoked by governance; what a revoked one attested is suspended in bounded steps.

use super::*;
use crate::{AttestedBy, Registrars, Revoking, WeightInfo, Zones};
use frame_support::weights::{Weight, WeightMeter};

fn zones(zones: &[ZoneId]) -> Zones<Test> {
	zones.to_vec().try_into().unwrap()
}

fn appoint(account: AccountId, zones: Zones<Test>) -> DispatchResult {
	Registry::appoint_registrar(RuntimeOrigin::root(), account, zones)
}

#[test]
fn genesis_should_appoint_registrars() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Registrars::<Test>::get(UTILITY), Some(zones(&[1, 2])));
		assert_eq!(Registrars::<Test>::get(NEIGHBOUR), Some(zones(&[2])));
	});
	ExtBuilder::default()
		.without_registrars()
		.build_and_execute(|| assert_eq!(Registrars::<Test>::iter().count(), 0));
}

#[test]
fn registrar_should_attest_from_its_appointment_on() {
	ExtBuilder::default().without_registrars().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		assert_noop!(attest_site(device), Error::<Test>::NotRegistrar);
		events();
		assert_ok!(appoint(UTILITY, zones(&[2])));
		assert_ok!(appoint(UTILITY, zones(&[1])));
		let appointed = |old, new| Event::RegistrarAppointed {
			registrar: UTILITY,
			old,
			new,
		};
		let expected = vec![appointed(None, zones(&[2])), appointed(Some(zones(&[2])), zones(&[1]))];
		assert_eq!(events(), expected);
		assert_ok!(attest_site(device));
	});
}

#[test]
fn appointment_should_be_refused_when_it_is_not_governances_or_names_no_proper_zones() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Registry::appoint_registrar(signed(UTILITY), BOB, zones(&[1])),
			DispatchError::BadOrigin
		);
		assert_noop!(
			Registry::revoke_registrar(signed(BOB), UTILITY),
			DispatchError::BadOrigin
		);
		assert_noop!(appoint(BOB, zones(&[])), Error::<Test>::InvalidZones);
		assert_noop!(appoint(BOB, zones(&[1, 2, 1])), Error::<Test>::InvalidZones);
		assert_noop!(appoint(BOB, zones(&[1, 99])), Error::<Test>::UnknownZone);
		assert_noop!(
			Registry::revoke_registrar(RuntimeOrigin::root(), BOB),
			Error::<Test>::NotAppointed
		);
	});
}

#[test]
fn revocation_should_suspend_what_the_registrar_attested_in_bounded_steps() {
	ExtBuilder::default().build_and_execute(|| {
		let devices: Vec<_> = (1..=3).map(|seed| meter(ed25519(seed)).active()).collect();
		let pending = meter(ed25519(4)).pending();
		let others = meter(ed25519(5)).in_zone(2).pending();
		assert_ok!(attest_as(NEIGHBOUR, others, 2, 1, 1, Some(Source::Solar)));
		events();
		assert_ok!(Registry::revoke_registrar(RuntimeOrigin::root(), UTILITY));
		assert_eq!(events(), vec![Event::RegistrarRevoked { registrar: UTILITY }]);
		assert_noop!(attest_site(pending), Error::<Test>::NotRegistrar);
		assert_noop!(appoint(UTILITY, zones(&[1])), Error::<Test>::RevocationUnderWay);

		let suspended = || {
			devices
				.iter()
				.filter(|device| standing(**device) != Standing::Active)
				.count()
		};
		next_block();
		assert_eq!(suspended(), 2, "two a block");
		next_block();
		assert_eq!(suspended(), 3);
		next_block();
		assert_eq!(Revoking::<Test>::iter().count(), 0);
		let told = events();
		for device in &devices {
			assert!(told.contains(&Event::Suspended {
				device: *device,
				by: SuspendedBy::Revocation
			}));
			assert_noop!(Registry::resume(signed(ALICE), *device), Error::<Test>::NotRegistrar);
		}
		assert_eq!(told.last(), Some(&Event::RevocationCompleted { registrar: UTILITY }));
		assert_eq!(limits(&ALICE, 1), Limits::default());
		assert_eq!(standing(others), Standing::Active);
		assert_eq!(standing(pending), Standing::Pending);

		assert_ok!(appoint(CAROL, zones(&[1])));
		assert_ok!(Registry::resume(signed(CAROL), devices[0]));
		assert!(AttestedBy::<Test>::contains_key(CAROL, devices[0]));
	});
}

#[test]
fn owner_should_not_resume_what_a_revoked_registrar_attested() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_ok!(Registry::revoke_registrar(RuntimeOrigin::root(), UTILITY));
		next_block();
		assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Revocation));
		assert_noop!(Registry::resume(signed(ALICE), device), Error::<Test>::NotRegistrar);
	});
}

#[test]
fn revocation_should_spare_what_another_registrar_has_taken_over() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).in_zone(2).active();
		assert_ok!(attest_as(NEIGHBOUR, device, 2, 1, 1, Some(Source::Solar)));
		assert_ok!(Registry::revoke_registrar(RuntimeOrigin::root(), UTILITY));
		next_block();
		assert_eq!(standing(device), Standing::Active);
	});
}

#[test]
fn revocation_should_wait_when_a_block_has_no_weight_left() {
	ExtBuilder::default().build_and_execute(|| {
		let devices: Vec<_> = (1..=2).map(|seed| meter(ed25519(seed)).active()).collect();
		assert_ok!(Registry::revoke_registrar(RuntimeOrigin::root(), UTILITY));
		next_block_with(&mut WeightMeter::with_limit(Weight::zero()));
		assert_eq!(standing(devices[0]), Standing::Active);
		let one = <() as WeightInfo>::poll() + <() as WeightInfo>::revocation_step();
		let mut meter = WeightMeter::with_limit(one);
		next_block_with(&mut meter);
		assert_eq!(meter.consumed(), one);
		let active = devices.iter().filter(|device| standing(**device) == Standing::Active);
		assert_eq!(active.count(), 1);
	});
}
