//! Frequency as sensors report it.

use crate::{mock::*, Error, Event, Frequency, Sensors};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{message, DeviceKind, Status};

fn reading(device: u32, change: impl FnOnce(&mut message::Frequency)) -> (message::Frequency, [u8; 64]) {
	let (mut reading, _) = frequency_reading(device, 50_000);
	change(&mut reading);
	(reading, sign(device, &message::frequency(&genesis(), &reading)))
}

fn median() -> u32 {
	Frequency::<Test>::get().expect("reported").frequency_mhz
}

#[test]
fn report_frequency_should_take_the_median_of_three_owners() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let readings = [(901, 49_950), (902, 10), (903, 49_960)].map(|(device, mhz)| frequency_reading(device, mhz));
		events();
		assert_ok!(submit_frequency(readings.to_vec()));
		let (frequency_mhz, owners, accepted, skipped) = (49_950, 3, 3, 0);
		assert_eq!(
			events(),
			[Event::FrequencyReported {
				frequency_mhz,
				owners,
				accepted,
				skipped
			}]
		);
		assert_eq!(median(), 49_950);
	});
}

#[test]
fn report_frequency_should_be_refused_when_there_are_fewer_than_three_owners() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		register(904, BOB, DeviceKind::FrequencySensor, None);
		let two = vec![frequency_reading(901, 49_950), frequency_reading(902, 49_950)];
		assert_noop!(submit_frequency(two), Error::<Test>::TooFewSensors);
		// A second sensor of the same owner is no third voice.
		let same = [901, 902, 904].map(|device| frequency_reading(device, 49_950));
		assert_noop!(submit_frequency(same.to_vec()), Error::<Test>::TooFewSensors);
		assert_noop!(submit_frequency(vec![]), Error::<Test>::TooFewSensors);
	});
}

#[test]
fn report_frequency_should_skip_readings_that_do_not_count() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		for (device, owner) in [(904, OPERATOR), (905, CARRIER), (906, GRID)] {
			register(device, owner, DeviceKind::FrequencySensor, None);
		}
		register(907, GRID + 1, DeviceKind::Meter, None);
		register(908, GRID + 2, DeviceKind::FrequencySensor, None);
		with_device(908, |device| device.status = Status::Suspended);
		let good = [901, 902, 903].map(|device| frequency_reading(device, 50_000));
		let unsynchronised = reading(904, |reading| reading.quality = 1);
		let reserved = reading(904, |reading| reading.quality = 16);
		let rotated = reading(905, |reading| reading.epoch = 1);
		let mut forged = frequency_reading(906, 50_000);
		forged.0.frequency_mhz = 1;
		let (meter, suspended, unknown) = (
			frequency_reading(907, 50_000),
			frequency_reading(908, 50_000),
			frequency_reading(999, 50_000),
		);
		let all = good
			.into_iter()
			.chain([unsynchronised, reserved, rotated, forged, meter, suspended, unknown]);
		events();
		assert_ok!(submit_frequency(all.collect()));
		let (frequency_mhz, owners, accepted, skipped) = (50_000, 3, 3, 7);
		assert_eq!(
			events(),
			[Event::FrequencyReported {
				frequency_mhz,
				owners,
				accepted,
				skipped
			}]
		);
	});
}

#[test]
fn report_frequency_should_take_readings_from_three_slots_back_to_one_ahead() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		at(60);
		let now = NowMs::get();
		let oldest = reading(901, |reading| reading.unix_ms = now - 9_000);
		let newest = reading(902, |reading| reading.unix_ms = now + 3_000);
		let third = frequency_reading(903, 50_000);
		let too_old = reading(901, |reading| reading.unix_ms = now - 9_001);
		let too_new = reading(902, |reading| reading.unix_ms = now + 3_001);
		assert_noop!(
			submit_frequency(vec![too_old, newest, third]),
			Error::<Test>::TooFewSensors
		);
		assert_noop!(
			submit_frequency(vec![oldest, too_new, third]),
			Error::<Test>::TooFewSensors
		);
		assert_ok!(submit_frequency(vec![oldest, newest, third]));
	});
}

#[test]
fn report_frequency_should_skip_what_is_not_newer_than_the_owners_last() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let first = [901, 902, 903].map(|device| frequency_reading(device, 49_900)).to_vec();
		assert_ok!(submit_frequency(first.clone()));
		assert_noop!(submit_frequency(first.clone()), Error::<Test>::TooFewSensors);
		// One newer reading joins the two that are still fresh.
		at(3);
		assert_ok!(submit_frequency(vec![frequency_reading(901, 50_000), first[1]]));
		assert_eq!(Sensors::<Test>::get().len(), 3);
		assert_eq!(median(), 49_900);
		assert_ok!(submit_frequency(vec![frequency_reading(902, 50_100)]));
		assert_eq!(median(), 50_000);
		// Four slots later nothing is fresh any more.
		at(15);
		assert_noop!(
			submit_frequency(vec![frequency_reading(901, 50_000)]),
			Error::<Test>::TooFewSensors
		);
	});
}
