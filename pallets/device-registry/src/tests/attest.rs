//! Attestation: what a registrar says counts, within its zones and the lines' capacity.

use super::*;
use crate::{AttestedExport, ByParent, ByZone};

#[test]
fn site_should_count_when_a_registrar_of_its_zone_has_attested_it() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		events();
		assert_ok!(attest_as(UTILITY, device, 2, 4_799, 2_000, Some(Source::Wind)));
		let attested = Event::Attested {
			device,
			registrar: UTILITY,
			zone: 2,
			import_w: 4_799,
			export_w: 2_000,
			source: Some(Source::Wind),
		};
		assert_eq!(events(), vec![attested]);
		assert_eq!(standing(device), Standing::Active);
		// floor(4,799 W * 900 s / 3,600) = 1,199 Wh.
		let expected = Limits {
			import_wh: 1_199,
			export_wh: 500,
			sites: 1,
		};
		assert_eq!(limits(&ALICE, 2), expected);
		assert_eq!(
			limits(&ALICE, 1),
			Limits::default(),
			"the declared zone is the owner's word"
		);
		assert!(!ByZone::<Test>::contains_key(1, device));
		assert!(ByZone::<Test>::contains_key(2, device));
	});
}

#[test]
fn limits_should_add_up_over_the_sites_of_an_account() {
	ExtBuilder::default().build_and_execute(|| {
		meter(ed25519(1)).active();
		meter(p256(2)).active();
		meter(ed25519(3)).of(BOB).active();
		// Each is floored by itself: 2 * floor(17,250 / 4).
		let expected = Limits {
			import_wh: 2 * 4_312,
			export_wh: 2 * 2_500,
			sites: 2,
		};
		assert_eq!(limits(&ALICE, 1), expected);
		assert_eq!(limits(&BOB, 1).sites, 1);
		assert_eq!(AttestedExport::<Test>::get(1), 30_000);
	});
}

#[test]
fn attest_should_be_refused_when_the_caller_is_no_registrar_of_the_zone() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).pending();
		for caller in [ALICE, NEIGHBOUR] {
			assert_noop!(
				attest_as(caller, device, 1, 1, 1, Some(Source::Solar)),
				Error::<Test>::NotRegistrar
			);
		}
		assert_noop!(
			attest_as(UTILITY, device, 3, 1, 1, Some(Source::Solar)),
			Error::<Test>::NotRegistrar
		);
		assert_noop!(
			attest_as(UTILITY, device, 99, 1, 1, Some(Source::Solar)),
			Error::<Test>::UnknownZone
		);
		assert_noop!(attest_site(7), Error::<Test>::NotFound);
	});
}

#[test]
fn registrar_should_not_take_a_device_out_of_anothers_zone() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		let take = || attest_as(NEIGHBOUR, device, 2, 1, 1, Some(Source::Solar));
		assert_noop!(take(), Error::<Test>::NotRegistrar);
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_noop!(take(), Error::<Test>::NotRegistrar);
	});
}

#[test]
fn connection_point_should_need_a_source_that_may_be_attested() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).pending();
		assert_noop!(attest_as(UTILITY, site, 1, 1, 1, None), Error::<Test>::SourceRequired);
		assert_noop!(
			attest_as(UTILITY, site, 1, 1, 1, Some(Source::Estimated)),
			Error::<Test>::SourceNotAllowed
		);
		assert_ok!(attest_as(UTILITY, site, 1, 1, 1, Some(Source::Storage)));
	});
}

#[test]
fn device_that_is_no_connection_point_should_have_no_source_and_lend_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let behind = battery(ed25519(2), site).pending();
		let sensor = Claim {
			kind: DeviceKind::FrequencySensor,
			..meter(p256(3))
		}
		.pending();
		let before = limits(&ALICE, 1);
		for device in [behind, sensor] {
			assert_noop!(
				attest_as(UTILITY, device, 1, 5, 5, Some(Source::Solar)),
				Error::<Test>::SourceNotAllowed
			);
			assert_ok!(attest_as(UTILITY, device, 1, 5, 5, None));
			assert_eq!(standing(device), Standing::Active);
		}
		assert_eq!(limits(&ALICE, 1), before);
		assert_eq!(AttestedExport::<Test>::get(1), 10_000);
		assert_eq!(ByParent::<Test>::get(site).into_inner(), vec![behind]);
	});
}

#[test]
fn device_behind_a_site_should_be_in_its_zone_and_come_after_it() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).pending();
		let behind = battery(ed25519(2), site).pending();
		assert_noop!(attest_as(UTILITY, behind, 1, 5, 5, None), Error::<Test>::InvalidParent);
		assert_ok!(attest_site(site));
		assert_noop!(
			attest_as(UTILITY, behind, 2, 5, 5, None),
			Error::<Test>::NotInParentsZone
		);
		assert_ok!(attest_as(UTILITY, behind, 1, 5, 5, None));
	});
}

#[test]
fn site_should_have_a_bounded_number_of_attested_devices_behind_it() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		// Others' registrations take no place from the site.
		for seed in 10..20 {
			battery(ed25519(seed), site).of(BOB).pending();
		}
		for seed in 2..5 {
			battery(ed25519(seed), site).active();
		}
		let one_more = battery(ed25519(5), site).pending();
		assert_noop!(
			attest_as(UTILITY, one_more, 1, 5, 5, None),
			Error::<Test>::TooManyChildren
		);
		let first = ByParent::<Test>::get(site)[0];
		assert_ok!(Registry::decommission(signed(ALICE), first));
		assert_ok!(attest_as(UTILITY, one_more, 1, 5, 5, None));
	});
}

#[test]
fn attested_export_of_a_zone_should_stay_within_its_line() {
	ExtBuilder::default().build_and_execute(|| {
		// 150 per cent of 100 kW.
		let first = meter(ed25519(1)).pending();
		assert_ok!(attest_as(UTILITY, first, 1, 1, 149_999, Some(Source::Solar)));
		let second = meter(ed25519(2)).pending();
		assert_noop!(
			attest_as(UTILITY, second, 1, 1, 2, Some(Source::Solar)),
			Error::<Test>::ExceedsLineCapacity
		);
		assert_ok!(attest_as(UTILITY, second, 2, 1, 2, Some(Source::Solar)));
		assert_ok!(attest_as(UTILITY, second, 1, 1, 1, Some(Source::Solar)));
		assert_noop!(
			attest_as(UTILITY, first, 1, 1, 150_000, Some(Source::Solar)),
			Error::<Test>::ExceedsLineCapacity
		);
		assert_ok!(attest_as(UTILITY, first, 1, 9_000, 100_000, Some(Source::Solar)));
		assert_eq!(AttestedExport::<Test>::get(1), 100_001);
	});
}

#[test]
fn attested_export_should_stay_within_every_line_up_to_the_root() {
	ExtBuilder::default().build_and_execute(|| {
		let zones = vec![13, 14, 15].try_into().unwrap();
		assert_ok!(Registry::appoint_registrar(RuntimeOrigin::root(), UTILITY, zones));
		let solar = |device, zone, export_w| attest_as(UTILITY, device, zone, 1, export_w, Some(Source::Solar));
		let [first, second, third] = [1, 2, 3].map(|seed| meter(ed25519(seed)).pending());
		assert_ok!(solar(first, 14, 100_000));
		// Each line below has room, the one that they share has not.
		assert_noop!(solar(second, 15, 50_001), Error::<Test>::ExceedsLineCapacity);
		assert_ok!(solar(second, 15, 50_000));
		assert_noop!(solar(third, 13, 1), Error::<Test>::ExceedsLineCapacity);
		assert_eq!(
			[13, 14, 15].map(AttestedExport::<Test>::get),
			[150_000, 100_000, 50_000]
		);
		// Below the shared line a site may move, as far as its new line allows; and what exports nothing, adds nothing.
		assert_ok!(solar(second, 14, 50_000));
		assert_ok!(solar(third, 13, 0));
		assert_eq!([13, 14, 15].map(AttestedExport::<Test>::get), [150_000, 150_000, 0]);
		assert_ok!(Registry::suspend(signed(ALICE), first));
		assert_eq!([13, 14].map(AttestedExport::<Test>::get), [50_000; 2]);
	});
}

#[test]
fn root_should_have_no_line_that_binds_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Registry::appoint_registrar(
			RuntimeOrigin::root(),
			UTILITY,
			vec![0, 1].try_into().unwrap()
		));
		let device = meter(ed25519(1)).in_zone(0).pending();
		assert_ok!(attest_as(UTILITY, device, 0, 1, u32::MAX, Some(Source::Hydro)));
	});
}

#[test]
fn attestation_should_be_replaced_when_the_registrar_attests_again() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(attest_as(UTILITY, device, 1, 8_000, 4_000, Some(Source::Storage)));
		assert_eq!(
			limits(&ALICE, 1),
			Limits {
				import_wh: 2_000,
				export_wh: 1_000,
				sites: 1
			}
		);
		assert!(
			Cancelled::get().is_empty(),
			"the site still counts: no order is cancelled"
		);

		assert_ok!(attest_as(UTILITY, device, 2, 8_000, 4_000, Some(Source::Storage)));
		assert_eq!(limits(&ALICE, 1), Limits::default());
		assert_eq!(limits(&ALICE, 2).sites, 1);
		assert_eq!(Cancelled::get(), vec![(ALICE, 1)], "orders in the zone it left are");
	});
}

#[test]
fn devices_behind_a_site_should_move_when_it_moves() {
	ExtBuilder::default().build_and_execute(|| {
		let site = meter(ed25519(1)).active();
		let active = battery(ed25519(2), site).active();
		let suspended = battery(ed25519(3), site).active();
		assert_ok!(Registry::suspend(signed(ALICE), suspended));
		let pending = battery(ed25519(4), site).pending();
		events();
		assert_ok!(attest_as(UTILITY, site, 2, 1, 1, Some(Source::Solar)));
		let moved = |device| Event::Relocated { device, from: 1, to: 2 };
		assert_eq!(events()[..2], [moved(active), moved(suspended)]);
		let zones = [site, active, suspended, pending].map(|device| Devices::<Test>::get(device).unwrap().zone);
		assert_eq!(zones, [2, 2, 2, 1]);
		assert_eq!(standing(suspended), Standing::Suspended(SuspendedBy::Owner));
	});
}
