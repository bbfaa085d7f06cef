//! The grid's frequency, as the median of what sensors sign.

use crate::{signals::check, types::*, Config, Error, Event, Frequency, Pallet, Sensors};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use gridtokenx_primitives::{message, Clock, Device, DeviceKind, Quality, Signature};

/// A reading may be so many slots old.
const SLOTS_BACK: u64 = 3;
/// The fewest owners whose sensors make a frequency.
const MIN_OWNERS: usize = 3;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_report_frequency(readings: Vec<(message::Frequency, Signature)>) -> DispatchResult {
		let total = readings.len() as u32;
		let mut sensors = Sensors::<T>::get();
		sensors.retain(|reading| Self::is_timely(reading.unix_ms));
		let mut accepted = 0u32;
		for (reading, owner) in Self::valid_readings(&readings) {
			accepted = accepted.saturating_add(u32::from(take_in::<T>(&mut sensors, reading, owner)));
		}
		ensure!(accepted > 0 && sensors.len() >= MIN_OWNERS, Error::<T>::TooFewSensors);
		let frequency_mhz = median(sensors.iter().map(|reading| reading.frequency_mhz).collect());
		Frequency::<T>::put(GridFrequency {
			frequency_mhz,
			at_ms: T::Clock::now_ms(),
		});
		let owners = sensors.len() as u32;
		Sensors::<T>::put(sensors);
		let skipped = total.saturating_sub(accepted);
		Self::deposit_event(Event::FrequencyReported {
			frequency_mhz,
			owners,
			accepted,
			skipped,
		});
		Ok(())
	}

	/// Readings of active sensors that are timely, trustworthy and signed, each with the sensor's owner.
	fn valid_readings(readings: &[(message::Frequency, Signature)]) -> Vec<(message::Frequency, T::AccountId)> {
		let plausible: Vec<(&(message::Frequency, Signature), Device<T::AccountId>)> = readings
			.iter()
			.filter(|(reading, _)| Self::is_timely(reading.unix_ms) && is_trustworthy(reading.quality))
			.filter_map(|signed| Some((signed, Self::sensor(&signed.0)?)))
			.collect();
		let genesis = Self::genesis_hash();
		let messages: Vec<_> = plausible
			.iter()
			.map(|((reading, _), _)| message::frequency(&genesis, reading))
			.collect();
		let checks: Vec<_> = plausible
			.iter()
			.zip(&messages)
			.map(|(((_, signature), device), message)| check(&device.key, message, signature))
			.collect();
		let verdicts = gridtokenx_meter_crypto::verify_each(&checks);
		plausible
			.iter()
			.zip(verdicts)
			.filter(|(_, valid)| *valid)
			.map(|(((reading, _), device), _)| (*reading, device.owner.clone()))
			.collect()
	}

	fn sensor(reading: &message::Frequency) -> Option<Device<T::AccountId>> {
		let device = Self::active_device(reading.device).ok()?;
		(device.kind == DeviceKind::FrequencySensor && device.epoch == reading.epoch).then_some(device)
	}

	fn is_timely(unix_ms: u64) -> bool {
		let (now, slot) = (T::Clock::now_ms(), T::SlotMillis::get());
		let oldest = now.saturating_sub(slot.saturating_mul(SLOTS_BACK));
		(oldest..=now.saturating_add(slot)).contains(&unix_ms)
	}
}

/// Whether the sensor vouches for its clock and itself.
fn is_trustworthy(quality: u8) -> bool {
	let quality = Quality(quality);
	quality.is_well_formed() && quality.is_billable()
}

/// Gives an owner's newest reading its voice. Readings that fell out of the window are older than any that may still come in,
/// so each sensor's time rises although only the window is kept.
fn take_in<T: Config>(
	sensors: &mut frame_support::BoundedVec<SensorReading<T::AccountId>, sp_runtime::traits::ConstU32<MAX_SENSORS>>,
	reading: message::Frequency,
	owner: T::AccountId,
) -> bool {
	let message::Frequency {
		device,
		unix_ms,
		frequency_mhz,
		..
	} = reading;
	let fresh = SensorReading {
		owner,
		device,
		unix_ms,
		frequency_mhz,
	};
	match sensors.iter_mut().find(|kept| kept.owner == fresh.owner) {
		Some(kept) if kept.unix_ms >= unix_ms => false,
		Some(kept) => {
			*kept = fresh;
			true
		}
		None => sensors.try_push(fresh).is_ok(),
	}
}

/// The middle of the list; of an even number, the mean of the two in the middle, rounded down.
fn median(mut frequencies: Vec<u32>) -> u32 {
	frequencies.sort_unstable();
	let at = |place: usize| u64::from(frequencies.get(place).copied().unwrap_or(0));
	let half = frequencies.len() / 2;
	let below = if frequencies.len() % 2 == 0 {
		half.saturating_sub(1)
	} else {
		half
	};
	// The mean of two u32 is a u32.
	(at(below).saturating_add(at(half)) / 2) as u32
}

#[cfg(test)]
mod tests {
	use super::median;

	#[test]
	fn median_should_be_the_middle_or_the_mean_of_the_two_in_the_middle() {
		assert_eq!(median(vec![50_000, 1, 60_000]), 50_000);
		assert_eq!(median(vec![49_900, 49_903, 1, 60_000]), 49_901);
		assert_eq!(median(vec![]), 0);
	}
}
