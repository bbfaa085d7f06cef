//! Which readings were taken lately, so that a meter may send one again.

use crate::reading::SignedReading;
use gridtokenx_primitives::{reading::Reading, DeviceId, Epoch, Interval};
use std::{
	collections::{hash_map::Entry, BTreeMap, HashMap},
	hash::{BuildHasher, RandomState},
};

/// How a reading stands to those taken before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
	/// Nothing of this device and interval was taken.
	New,
	/// The same reading was taken.
	Repeat,
	/// Another reading of the same device, epoch and interval was taken.
	Conflict,
}

/// Digests of readings by interval: whole intervals are forgotten at once. At some 20 bytes a reading, not the reading itself.
#[derive(Default)]
pub(super) struct Recent {
	intervals: BTreeMap<Interval, HashMap<(DeviceId, Epoch), u64>>,
	hasher: RandomState,
}

impl Recent {
	/// Notes a reading, unless one of the same device, epoch and interval is noted already.
	pub(super) fn remember(&mut self, signed: &SignedReading) -> Seen {
		let digest = self.digest(&signed.reading);
		let devices = self.intervals.entry(signed.reading.interval).or_default();
		match devices.entry((signed.reading.device, signed.reading.epoch)) {
			Entry::Vacant(place) => {
				place.insert(digest);
				Seen::New
			}
			Entry::Occupied(earlier) if *earlier.get() == digest => Seen::Repeat,
			Entry::Occupied(_) => Seen::Conflict,
		}
	}

	/// Forgets all up to and with an interval.
	pub(super) fn forget_through(&mut self, interval: Interval) {
		self.intervals = match interval.checked_add(1) {
			Some(next) => self.intervals.split_off(&next),
			None => BTreeMap::new(),
		};
	}

	// Of what the meter says, not of its signature: P-256 signs the same reading differently every time.
	fn digest(&self, reading: &Reading) -> u64 {
		self.hasher
			.hash_one((reading.import_wh, reading.export_wh, reading.quality.0, reading.power_w))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::unsigned;

	#[test]
	fn reading_should_be_a_repeat_when_only_its_signature_differs() {
		let mut recent = Recent::default();
		let mut again = unsigned(1, 5);
		again.signature = [8; 64];
		assert_eq!(recent.remember(&unsigned(1, 5)), Seen::New);
		assert_eq!(recent.remember(&again), Seen::Repeat);
	}

	#[test]
	fn reading_should_be_a_conflict_when_its_registers_differ() {
		let mut recent = Recent::default();
		let mut other = unsigned(1, 5);
		other.reading.export_wh += 1;
		assert_eq!(recent.remember(&unsigned(1, 5)), Seen::New);
		assert_eq!(recent.remember(&other), Seen::Conflict);
		// The first one stands.
		assert_eq!(recent.remember(&unsigned(1, 5)), Seen::Repeat);
	}

	#[test]
	fn reading_should_be_new_when_device_epoch_or_interval_differs() {
		let mut recent = Recent::default();
		let mut rotated = unsigned(1, 5);
		rotated.reading.epoch = 1;
		for reading in [unsigned(1, 5), unsigned(2, 5), unsigned(1, 6), rotated] {
			assert_eq!(recent.remember(&reading), Seen::New);
		}
	}

	#[test]
	fn intervals_should_be_forgotten_up_to_and_with_the_one_named() {
		let mut recent = Recent::default();
		(4..7).for_each(|interval| {
			recent.remember(&unsigned(1, interval));
		});
		recent.forget_through(5);
		assert_eq!(recent.remember(&unsigned(1, 5)), Seen::New);
		assert_eq!(recent.remember(&unsigned(1, 6)), Seen::Repeat);
		recent.forget_through(Interval::MAX);
		assert_eq!(recent.remember(&unsigned(1, 6)), Seen::New);
	}
}
