//! Suspension at once, by owner or registrar, and the way back.

use super::*;

#[test]
fn suspension_should_take_effect_at_once() {
	ExtBuilder::default().build_and_execute(|| {
		for caller in [ALICE, UTILITY] {
			let by = if caller == ALICE {
				SuspendedBy::Owner
			} else {
				SuspendedBy::Registrar
			};
			let device = meter(ed25519(by as u8 + 1)).active();
			events();
			Cancelled::set(vec![]);
			assert_ok!(Registry::suspend(signed(caller.clone()), device));
			assert_eq!(events(), vec![Event::Suspended { device, by }]);
			assert_eq!(limits(&ALICE, 1), Limits::default());
			assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
			assert_noop!(
				Registry::suspend(signed(caller.clone()), device),
				Error::<Test>::AlreadySuspended
			);

			assert_ok!(Registry::resume(signed(caller.clone()), device));
			assert_eq!(
				events(),
				vec![Event::Resumed {
					device,
					by: caller.clone()
				}]
			);
			assert_eq!(limits(&ALICE, 1).sites, 1);
			assert_noop!(Registry::resume(signed(caller), device), Error::<Test>::NotSuspended);
			assert_ok!(Registry::decommission(signed(ALICE), device));
		}
	});
}

#[test]
fn orders_should_be_cancelled_only_with_the_last_site_of_a_zone() {
	ExtBuilder::default().build_and_execute(|| {
		let first = meter(ed25519(1)).active();
		let second = meter(ed25519(2)).active();
		meter(ed25519(3)).of(BOB).active();
		meter(ed25519(4)).in_zone(2).active();
		assert_ok!(Registry::suspend(signed(ALICE), first));
		assert_eq!(Cancelled::get(), vec![]);
		assert_ok!(Registry::suspend(signed(UTILITY), second));
		assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
	});
}

#[test]
fn suspend_should_be_refused_when_the_caller_has_no_say() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		for caller in [BOB, NEIGHBOUR] {
			assert_noop!(Registry::suspend(signed(caller), device), Error::<Test>::NotOwner);
		}
		assert_noop!(Registry::suspend(signed(ALICE), 7), Error::<Test>::NotFound);
		let pending = meter(ed25519(2)).pending();
		assert_noop!(Registry::suspend(signed(ALICE), pending), Error::<Test>::NotAttested);
	});
}

#[test]
fn owner_should_not_resume_what_a_registrar_suspended() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(Registry::suspend(signed(UTILITY), device));
		for caller in [ALICE, BOB, NEIGHBOUR] {
			assert_noop!(Registry::resume(signed(caller), device), Error::<Test>::NotRegistrar);
		}
		assert_noop!(
			Registry::suspend(signed(ALICE), device),
			Error::<Test>::AlreadySuspended
		);
	});
}

#[test]
fn owner_should_not_escape_a_registrar_when_it_suspends_the_device_first() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_ok!(Registry::suspend(signed(UTILITY), device));
		assert_noop!(Registry::resume(signed(ALICE), device), Error::<Test>::NotRegistrar);
		assert_ok!(Registry::resume(signed(UTILITY), device));
	});
}

#[test]
fn registrar_should_answer_for_what_it_resumes() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).in_zone(2).active();
		let answers = || Devices::<Test>::get(device).unwrap().registrar;
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_ok!(Registry::resume(signed(ALICE), device));
		assert_eq!(answers(), Some(UTILITY), "an owner's own pause changes nothing");
		assert_ok!(Registry::suspend(signed(NEIGHBOUR), device));
		assert_ok!(Registry::resume(signed(NEIGHBOUR), device));
		assert_eq!(answers(), Some(NEIGHBOUR));
	});
}

#[test]
fn resume_should_be_refused_when_the_line_was_given_to_others() {
	ExtBuilder::default().build_and_execute(|| {
		let first = meter(ed25519(1)).active();
		assert_ok!(Registry::suspend(signed(ALICE), first));
		let second = meter(ed25519(2)).of(BOB).pending();
		assert_ok!(attest_as(UTILITY, second, 1, 1, 145_000, Some(Source::Solar)));
		assert_noop!(
			Registry::resume(signed(ALICE), first),
			Error::<Test>::ExceedsLineCapacity
		);
		assert_ok!(attest_as(UTILITY, second, 1, 1, 140_000, Some(Source::Solar)));
		assert_ok!(Registry::resume(signed(ALICE), first));
	});
}
