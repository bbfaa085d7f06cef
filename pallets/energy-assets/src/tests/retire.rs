use crate::{mock::*, Certificate, Certificates, Error, Event, Overall, Retirements};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Credits, Source};
use sp_io::hashing::blake2_256;
use sp_runtime::DispatchError::BadOrigin;

const BENEFICIARY: [u8; 32] = [7; 32];

fn alice() -> RuntimeOrigin {
	RuntimeOrigin::signed(ALICE)
}

#[test]
fn retire_should_issue_a_certificate() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 90, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::retire(alice(), solar(), ZONE, 200, BENEFICIARY));
		let certificate = Certificate {
			number: 0,
			class: solar(),
			wh: 200,
			account: ALICE,
			beneficiary: BENEFICIARY,
		};
		let root = blake2_256(&([0u8; 32], &certificate).encode());
		assert_eq!(events(), [Event::Retired { certificate, root }]);
		assert_eq!(
			Certificates::<Test>::get(),
			Retirements {
				root,
				count: 1,
				wh: 200
			}
		);
		assert_eq!(Overall::<Test>::get().retired, 200);
		assert_eq!(balance(solar(), &ALICE, ZONE), (300, 0));
		// It covers no import.
		assert_eq!(EnergyAssets::uncovered_import(T, &ALICE, ZONE), Some(90));
	});
}

#[test]
fn certificates_should_be_provable_from_the_events() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		for wh in [10, 20, 30] {
			assert_ok!(EnergyAssets::retire(alice(), solar(), ZONE, wh, BENEFICIARY));
		}
		let folded = events()
			.into_iter()
			.fold(Retirements::default(), |folded, event| match event {
				Event::Retired { certificate, root } => {
					let folded = folded.with(&certificate);
					assert_eq!(folded.root, root);
					folded
				}
				other => panic!("{other:?} retires nothing"),
			});
		assert_eq!(Certificates::<Test>::get(), folded);
		assert_eq!((folded.count, folded.wh), (3, 60));
	});
}

#[test]
fn retire_should_name_the_holder_when_the_market_retires() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(<EnergyAssets as Credits<_>>::retire(solar(), &ALICE, ZONE, 500));
		let [Event::Retired { certificate, .. }] = &events()[..] else {
			panic!("one certificate")
		};
		assert_eq!(certificate.beneficiary, blake2_256(&ALICE.encode()));
	});
}

#[test]
fn retire_should_be_refused_when_the_origin_is_not_proven() {
	ExtBuilder.build_and_execute(|| {
		let unproven = [Source::Storage, Source::Estimated];
		assert_ok!(settle(T, &ALICE, ZONE, 0, &unproven.map(|source| (source, 500))));
		for source in unproven {
			let class = class(ZONE, source);
			assert_noop!(
				EnergyAssets::retire(alice(), class, ZONE, 1, BENEFICIARY),
				Error::<Test>::NotRetirable
			);
			assert_noop!(
				<EnergyAssets as Credits<_>>::retire(class, &ALICE, ZONE, 1),
				Error::<Test>::NotRetirable
			);
		}
	});
}

#[test]
fn retire_should_be_refused_when_it_makes_no_sense() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		let retire = |origin, wh| EnergyAssets::retire(origin, solar(), ZONE, wh, BENEFICIARY);
		assert_noop!(retire(RuntimeOrigin::root(), 1), BadOrigin);
		assert_noop!(retire(alice(), 0), Error::<Test>::NothingToMove);
		assert_noop!(retire(alice(), 501), Error::<Test>::InsufficientCredits);
		assert_noop!(
			retire(RuntimeOrigin::signed(BOB), 1),
			Error::<Test>::InsufficientCredits
		);
		EnergyAssets::close(T);
		assert_noop!(retire(alice(), 1), Error::<Test>::IntervalClosed);
	});
}
