//! The grid's frequency as the village's sensors see it: calm, but for one fall that the virtual power plant has to answer.

use crate::meter::MeterKey;
use gridtokenx_primitives::{message, DeviceId, Epoch, GenesisHash, Interval, Signature};

/// The frequency when all is well, mHz.
const NOMINAL_MHZ: u32 = 50_000;
/// How deep it falls, mHz: batteries do all they can, and the stage of load shedding is reached.
const DIP_MHZ: u32 = 49_800;
/// The fall begins and ends at these parts of its interval, in thousandths.
const DIP_PERMILLE: std::ops::Range<u64> = 50..850;

/// When the frequency falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
	/// The interval in which it falls, if it does.
	pub dip: Option<Interval>,
	/// Length of an interval, seconds.
	pub interval_seconds: u32,
}

impl Scenario {
	/// The frequency at a moment (Unix milliseconds), mHz.
	pub fn frequency_mhz(&self, unix_ms: u64) -> u32 {
		if self.is_dip(unix_ms) {
			DIP_MHZ
		} else {
			NOMINAL_MHZ
		}
	}

	fn is_dip(&self, unix_ms: u64) -> bool {
		let length = u64::from(self.interval_seconds) * 1_000;
		let Some(start) = self.dip.map(|interval| u64::from(interval) * length) else {
			return false;
		};
		let at = |permille: u64| start + length * permille / 1_000;
		(at(DIP_PERMILLE.start)..at(DIP_PERMILLE.end)).contains(&unix_ms)
	}
}

/// What a sensor signs: the frequency, give or take a millihertz that each sensor is off by.
pub fn report(
	genesis: &GenesisHash,
	key: &MeterKey,
	(device, epoch): (DeviceId, Epoch),
	place: usize,
	frequency_mhz: u32,
	unix_ms: u64,
) -> (message::Frequency, Signature) {
	let off = [0, 1, 2][place % 3];
	let report = message::Frequency {
		device,
		epoch,
		unix_ms,
		frequency_mhz: frequency_mhz + off - 1,
		quality: 0,
	};
	(report, key.sign(&message::frequency(genesis, &report)))
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::{key, GENESIS};

	#[test]
	fn frequency_should_fall_within_its_interval_only() {
		let scenario = Scenario {
			dip: Some(100),
			interval_seconds: 60,
		};
		let at = |seconds: f64| scenario.frequency_mhz((seconds * 1_000.0) as u64);
		assert_eq!(
			[
				at(5_990.0),
				at(6_002.9),
				at(6_003.0),
				at(6_050.9),
				at(6_051.0),
				at(6_065.0)
			],
			[50_000, 50_000, 49_800, 49_800, 50_000, 50_000]
		);
		assert_eq!(
			Scenario {
				dip: None,
				interval_seconds: 60
			}
			.frequency_mhz(6_010_000),
			50_000
		);
	}

	#[test]
	fn sensors_should_agree_to_a_millihertz_on_the_median() {
		let reports = (0..3).map(|place| report(&GENESIS, &key(9), (9, 0), place, 49_800, 1).0.frequency_mhz);
		assert_eq!(reports.collect::<Vec<_>>(), [49_799, 49_800, 49_801]);
	}

	#[test]
	fn report_should_be_signed_over_its_bytes() {
		let (report, signature) = report(&GENESIS, &key(9), (9, 2), 0, 50_000, 1_234);
		assert_eq!((report.device, report.epoch, report.unix_ms), (9, 2, 1_234));
		assert_eq!(signature, key(9).sign(&message::frequency(&GENESIS, &report)));
	}
}
