//! Evidence: two readings that are validly signed for one interval and show different registers.

use super::*;
use frame_support::traits::fungible::Inspect;

fn reading(device: DeviceId, import_wh: u64) -> Reading {
	Reading {
		device,
		epoch: 0,
		interval: START,
		import_wh,
		export_wh: 100,
		quality: Quality(0),
		power_w: 0,
	}
}

/// Bob reports two readings, both signed with `key`.
fn report(key: &Key, first: Reading, second: Reading) -> DispatchResult {
	let sign = |reading: &Reading| key.sign(&reading.message(&genesis()));
	let signatures = (sign(&first), sign(&second));
	Registry::report_conflict(signed(BOB), first, signatures.0, second, signatures.1)
}

#[test]
fn conflict_should_suspend_and_slash() {
	for key in [ed25519(1), p256(1)] {
		ExtBuilder::default().build_and_execute(|| {
			let device = meter(key.clone()).active();
			let issuance = Balances::total_issuance();
			events();
			assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
			// Half the bond; two fifths of that to the reporter.
			let (slashed, reward) = (BOND / 2, BOND / 5);
			let proven = Event::ConflictProven {
				device,
				epoch: 0,
				interval: START,
				gravity: Gravity::Slashable,
				slashed,
				reporter: BOB,
				reward,
			};
			assert_eq!(
				events(),
				vec![
					proven,
					Event::Suspended {
						device,
						by: SuspendedBy::Conflict
					}
				]
			);
			assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Conflict));
			assert_eq!(Cancelled::get(), vec![(ALICE, 1)]);
			assert_eq!(bonded(&ALICE), BOND - slashed);
			assert_eq!(Balances::balance(&BOB), ENDOWMENT + reward);
			assert_eq!(Balances::balance(&TREASURY), ENDOWMENT + slashed - reward);
			assert_eq!(Balances::total_issuance(), issuance, "money is conserved");
			assert_noop!(Registry::resume(signed(ALICE), device), Error::<Test>::NotRegistrar);
			assert_ok!(Registry::resume(signed(UTILITY), device));
		});
	}
}

#[test]
fn conflict_should_only_suspend_when_a_reading_tells_of_a_failure() {
	for excuse in [Quality::CLOCK, Quality::POWER_LOST, Quality::RESTARTED] {
		ExtBuilder::default().build_and_execute(|| {
			let key = ed25519(1);
			let device = meter(key.clone()).active();
			let excused = Reading {
				quality: Quality(excuse),
				..reading(device, 2)
			};
			assert_ok!(report(&key, reading(device, 1), excused));
			assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Conflict));
			assert_eq!(bonded(&ALICE), BOND);
		});
	}
}

#[test]
fn tampering_should_be_no_excuse() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let tampered = Reading {
			quality: Quality(Quality::TAMPER),
			..reading(device, 2)
		};
		assert_ok!(report(&key, reading(device, 1), tampered));
		assert_eq!(bonded(&ALICE), BOND / 2);
	});
}

#[test]
fn conflict_should_be_reported_once_for_an_epoch() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let excused = Reading {
			quality: Quality(Quality::CLOCK),
			..reading(device, 3)
		};
		assert_ok!(report(&key, reading(device, 1), excused));
		assert_noop!(
			report(&key, reading(device, 2), excused),
			Error::<Test>::AlreadyReported
		);
		// An owner can't make himself immune with a harmless report.
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert_eq!(bonded(&ALICE), BOND / 2);
		assert_noop!(
			report(&key, reading(device, 3), reading(device, 4)),
			Error::<Test>::AlreadyReported
		);
		assert_noop!(
			report(&key, reading(device, 1), excused),
			Error::<Test>::AlreadyReported
		);
	});
}

#[test]
fn report_should_be_refused_when_the_readings_do_not_conflict() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let first = reading(device, 1);
		let unrelated = [
			first,
			// The same registers twice: the meter sent a reading again with other quality and power.
			Reading {
				quality: Quality(Quality::TAMPER),
				power_w: 7,
				..first
			},
			Reading {
				interval: START - 1,
				import_wh: 2,
				..first
			},
			Reading {
				epoch: 1,
				import_wh: 2,
				..first
			},
			Reading {
				device: device + 1,
				import_wh: 2,
				..first
			},
			// Reserved bits: no meter signs them.
			Reading {
				quality: Quality(16),
				import_wh: 2,
				..first
			},
		];
		for second in unrelated {
			assert_noop!(report(&key, first, second), Error::<Test>::NotConflicting);
		}
	});
}

#[test]
fn report_should_be_refused_when_a_signature_is_not_the_devices() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let (first, second) = (reading(device, 1), reading(device, 2));
		let good = key.sign(&first.message(&genesis()));
		let forged = ed25519(2).sign(&second.message(&genesis()));
		for (a, b) in [(good, forged), (good, good), (forged, forged)] {
			assert_noop!(
				Registry::report_conflict(signed(BOB), first, a, second, b),
				Error::<Test>::BadSignature
			);
		}
		assert_noop!(report(&key, reading(9, 1), reading(9, 2)), Error::<Test>::NotFound);
	});
}

#[test]
fn report_should_be_refused_when_the_interval_is_not_within_the_window() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let at = |interval| {
			let [first, second] = [1, 2].map(|wh| Reading {
				interval,
				..reading(device, wh)
			});
			report(&key, first, second)
		};
		assert_noop!(at(START + 1), Error::<Test>::IntervalInFuture);
		assert_noop!(at(START - 201), Error::<Test>::IntervalTooOld);
		assert_ok!(at(START - 200));
	});
}

#[test]
fn former_key_should_be_evidence_for_its_own_time() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), ed25519(2));
		let device = meter(old.clone()).active();
		run_to(START + 1);
		assert_ok!(rotate(device, Some(&old), &new));
		run_to(START + 2);
		let at = |epoch, interval| {
			[1, 2].map(|wh| Reading {
				epoch,
				interval,
				..reading(device, wh)
			})
		};
		let [first, second] = at(0, START + 2);
		assert_noop!(report(&old, first, second), Error::<Test>::UnknownEpoch);
		let [first, second] = at(2, START);
		assert_noop!(report(&new, first, second), Error::<Test>::UnknownEpoch);
		let [first, second] = at(1, START + 2);
		assert_noop!(report(&old, first, second), Error::<Test>::BadSignature);

		let [first, second] = at(0, START + 1);
		assert_ok!(report(&old, first, second));
		assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Conflict));
		// Each epoch by itself.
		let [first, second] = at(1, START + 2);
		assert_ok!(report(&new, first, second));
		assert_eq!(bonded(&ALICE), BOND / 4);
	});
}

#[test]
fn epoch_should_begin_with_a_whole_bond() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert_eq!(bonded(&ALICE), BOND / 2);
		assert_ok!(rotate(device, Some(&key), &ed25519(2)));
		assert_eq!(bonded(&ALICE), BOND);
		assert_eq!(standing(device), Standing::Suspended(SuspendedBy::Conflict));
	});
}

#[test]
fn decommissioned_device_should_still_be_slashed_within_the_window() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		assert_ok!(Registry::decommission(signed(ALICE), device));
		run_to(START + 200);
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert_eq!(standing(device), Standing::Decommissioned { at: START });
		run_to(START + 201);
		assert_ok!(Registry::claim_deposit(signed(CAROL), device));
		assert_eq!(bonded(&ALICE), 0);
		assert_eq!(Balances::balance(&ALICE), ENDOWMENT - BOND / 2);
	});
}

#[test]
fn conflict_should_not_spare_a_device_that_its_owner_suspended() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		assert_ok!(Registry::suspend(signed(ALICE), device));
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert_noop!(Registry::resume(signed(ALICE), device), Error::<Test>::NotRegistrar);
	});
}

#[test]
fn pending_device_should_stay_pending_when_a_conflict_is_proven() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).pending();
		events();
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert!(matches!(events()[..], [Event::ConflictProven { .. }]));
		assert_eq!(standing(device), Standing::Pending);
		assert_noop!(Registry::resume(signed(UTILITY), device), Error::<Test>::NotSuspended);
	});
}

#[test]
fn owner_should_lose_when_he_reports_himself() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		let (first, second) = (reading(device, 1), reading(device, 2));
		let [a, b] = [first, second].map(|reading| key.sign(&reading.message(&genesis())));
		assert_ok!(Registry::report_conflict(signed(ALICE), first, a, second, b));
		assert_eq!(Balances::total_balance(&ALICE), ENDOWMENT - (BOND / 2 - BOND / 5));
	});
}

#[test]
fn next_owner_should_answer_for_what_the_device_signed_before() {
	ExtBuilder::default().build_and_execute(|| {
		let key = ed25519(1);
		let device = meter(key.clone()).active();
		assert_ok!(Registry::offer_ownership(signed(ALICE), device, Some(CAROL)));
		assert_ok!(Registry::accept_ownership(signed(CAROL), device));
		run_to(START + 1);
		assert_ok!(report(&key, reading(device, 1), reading(device, 2)));
		assert_eq!((bonded(&ALICE), bonded(&CAROL)), (0, BOND / 2));
	});
}
