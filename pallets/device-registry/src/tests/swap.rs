//! Exchange of a meter: its registers count once a registrar has attested them.

use super::*;

const OPENING: Registers = Registers {
	import_wh: 5,
	export_wh: 0,
};
const CLOSING: Option<Registers> = Some(Registers {
	import_wh: 123_456,
	export_wh: 7_890,
});

#[test]
fn telemetry_should_hear_of_a_swap_when_it_is_attested_and_not_before() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), p256(2));
		let device = meter(old.clone()).active();
		events();
		assert_ok!(swap(device, &new, OPENING, CLOSING));
		let swapped = Event::MeterSwapped {
			device,
			epoch: 1,
			old_key_hash: old.public().hash(),
			new_key_hash: new.public().hash(),
			old_key_signed: false,
			interval: START,
			closing_known: true,
		};
		assert_eq!(events(), vec![swapped]);
		assert_eq!(standing(device), Standing::Pending);
		assert_eq!(limits(&ALICE, 1), Limits::default());
		assert_eq!(Told::get(), vec![], "no meter has signed the closing registers");

		run_to(START + 2);
		assert_ok!(attest_site(device));
		assert_eq!(
			Told::get(),
			vec![Lifecycle::Swapped(device, 1, START, CLOSING, OPENING)]
		);
		assert_ok!(attest_site(device));
		assert_eq!(Told::get().len(), 1, "and hears of it once");
	});
}

#[test]
fn swap_should_be_replaced_when_another_follows_before_the_attestation() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(swap(device, &ed25519(2), OPENING, CLOSING));
		run_to(START + 1);
		assert_ok!(swap(device, &ed25519(3), registers(0, 0), None));
		let waiting = Devices::<Test>::get(device).unwrap().swap;
		let expected = MeterSwap {
			interval: START + 1,
			closing: None,
			opening: registers(0, 0),
		};
		assert_eq!(waiting, Some(expected));
		assert_ok!(attest_site(device));
		assert_eq!(
			Told::get(),
			vec![Lifecycle::Swapped(device, 2, START + 1, None, registers(0, 0))]
		);
	});
}

#[test]
fn swap_should_be_told_with_the_present_epoch_when_the_key_rotates_meanwhile() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		assert_ok!(swap(device, &ed25519(2), OPENING, CLOSING));
		assert_ok!(rotate(device, Some(&ed25519(2)), &ed25519(3)));
		assert_eq!(Told::get(), vec![]);
		assert_ok!(attest_site(device));
		assert_eq!(
			Told::get(),
			vec![Lifecycle::Swapped(device, 2, START, CLOSING, OPENING)]
		);
	});
}

#[test]
fn swap_should_say_whether_the_old_meter_signed_too() {
	ExtBuilder::default().build_and_execute(|| {
		let (old, new) = (ed25519(1), ed25519(2));
		let device = meter(old.clone()).active();
		let message = rotation(device, &new, START, OPENING, ROTATION_METER_SWAPPED);
		let swap_meter = |old_signature| {
			let signature = new.sign(&message);
			Registry::swap_meter(
				signed(ALICE),
				device,
				new.public(),
				OPENING,
				CLOSING,
				START,
				signature,
				Some(old_signature),
			)
		};
		assert_noop!(swap_meter(new.sign(&message)), Error::<Test>::BadSignature);
		events();
		assert_ok!(swap_meter(old.sign(&message)));
		assert!(matches!(
			events()[..],
			[Event::MeterSwapped {
				old_key_signed: true,
				..
			}]
		));
		assert_eq!(
			standing(device),
			Standing::Pending,
			"a registrar looks at it all the same"
		);
	});
}

#[test]
fn swap_should_be_refused_when_the_registers_can_not_be_the_meters() {
	ExtBuilder::default().build_and_execute(|| {
		let device = Claim {
			modulus_wh: 1_000,
			..meter(ed25519(1))
		}
		.active();
		let new = ed25519(2);
		let refused = DispatchError::from(Error::<Test>::RegistersBeyondModulus);
		assert_noop!(swap(device, &new, registers(1_000, 0), None), refused);
		assert_noop!(swap(device, &new, registers(0, 0), Some(registers(0, 1_000))), refused);
		assert_ok!(swap(device, &new, registers(999, 0), Some(registers(0, 999))));
	});
}

#[test]
fn swap_should_be_refused_when_the_new_meter_signed_other_registers() {
	ExtBuilder::default().build_and_execute(|| {
		let device = meter(ed25519(1)).active();
		let new = ed25519(2);
		let signature = new.sign(&rotation(device, &new, START, OPENING, ROTATION_METER_SWAPPED));
		let call = Registry::swap_meter(
			signed(ALICE),
			device,
			new.public(),
			registers(0, 0),
			None,
			START,
			signature,
			None,
		);
		assert_noop!(call, Error::<Test>::BadSignature);
	});
}
