//! Batteries' reports of their charge.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{message, Status};

fn report(stored_wh: u64) -> message::StateOfCharge {
	message::StateOfCharge {
		device: 10,
		epoch: 0,
		unix_ms: NowMs::get(),
		stored_wh,
		flags: 0,
	}
}

#[test]
fn report_state_of_charge_should_be_kept_when_the_battery_signed_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		events();
		assert_ok!(submit_charge(report(7_000)));
		assert_eq!(
			events(),
			[Event::ChargeReported {
				device: 10,
				available: true
			}]
		);
		assert_eq!(enrolment(id, 10).charge.map(|charge| charge.stored_wh), Some(7_000));
	});
}

#[test]
fn report_state_of_charge_should_be_refused_when_it_is_not_the_batterys() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		let forged = report(7_000);
		let signature = sign(11, &message::state_of_charge(&genesis(), &forged));
		let forged = Vpp::report_state_of_charge(RuntimeOrigin::signed(CARRIER), forged, signature);
		assert_noop!(forged, Error::<Test>::BadSignature);
		let other_chain = message::state_of_charge(&[0; 32], &report(7_000));
		let signature = sign(10, &other_chain);
		let replayed = Vpp::report_state_of_charge(RuntimeOrigin::signed(CARRIER), report(7_000), signature);
		assert_noop!(replayed, Error::<Test>::BadSignature);
		let rotated = message::StateOfCharge {
			epoch: 1,
			..report(7_000)
		};
		assert_noop!(submit_charge(rotated), Error::<Test>::WrongEpoch);
		let stranger = message::StateOfCharge {
			device: 11,
			..report(7_000)
		};
		assert_noop!(submit_charge(stranger), Error::<Test>::NotEnrolled);
		with_device(10, |device| device.status = Status::Suspended);
		assert_noop!(submit_charge(report(7_000)), Error::<Test>::NotActive);
	});
}

#[test]
fn report_state_of_charge_should_be_refused_when_its_time_does_not_rise_or_is_far_off() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		assert_noop!(submit_charge(report(7_000)), Error::<Test>::BadTime);
		at(7_200);
		let now = NowMs::get();
		let with_time = |unix_ms| {
			submit_charge(message::StateOfCharge {
				unix_ms,
				..report(7_000)
			})
		};
		assert_noop!(with_time(now - 3_600_001), Error::<Test>::BadTime);
		assert_noop!(with_time(now + 3_001), Error::<Test>::BadTime);
		assert_ok!(with_time(now - 3_600_000));
		assert_ok!(with_time(now + 3_000));
	});
}

#[test]
fn report_state_of_charge_should_be_refused_when_its_clock_or_contents_cannot_be_relied_on() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		for flags in [1, 3, 4] {
			assert_noop!(
				submit_charge(message::StateOfCharge { flags, ..report(7_000) }),
				Error::<Test>::BadFlags
			);
		}
		assert_noop!(submit_charge(report(10_001)), Error::<Test>::ImplausibleCharge);
	});
}

#[test]
fn battery_should_not_be_dispatched_when_it_says_that_it_cannot_be_used() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		at(60);
		events();
		assert_ok!(submit_charge(message::StateOfCharge {
			flags: 2,
			..report(7_000)
		}));
		assert_eq!(
			events(),
			[Event::ChargeReported {
				device: 10,
				available: false
			}]
		);
		request(id, 1_000, 900);
		assert_eq!((power_of(0, 10), activation(0).short_w), (0, 1_000));
	});
}

#[test]
fn battery_should_not_be_dispatched_when_its_charge_is_unknown_or_old() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		at(3_601);
		request(id, 1_000, 900);
		assert_eq!((power_of(0, 10), activation(0).short_w), (0, 1_000));
	});
}
