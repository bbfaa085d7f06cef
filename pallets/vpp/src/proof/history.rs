//! Like intervals: kept for enrolled assets only, and no longer than fifteen days.

use super::net_export_wh;
use crate::{
	math::baseline::LIKE_DAYS, types::*, Config, EnrolmentOf, Enrolments, Forgetting, History, Pallet, Programs,
	SampledThrough, SamplingKey, WeightInfo,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::{traits::Get, weights::WeightMeter, BoundedVec};
use gridtokenx_primitives::{Interval, Metering};

/// Times of day that are forgotten in one step.
pub(crate) const FORGOTTEN_AT_ONCE: u32 = 16;

impl<T: Config> Pallet<T> {
	/// Takes measured intervals into the history of assets whose program needs it, as far as the weight goes.
	pub(crate) fn sample(meter: &mut WeightMeter) {
		let Some(measured) = T::Metering::measured_through() else {
			return;
		};
		// The first time there is nothing to catch up with.
		let mut sampled = SampledThrough::<T>::get().unwrap_or(measured.saturating_sub(1));
		if sampled >= measured || meter.try_consume(T::WeightInfo::list(T::MaxPrograms::get())).is_err() {
			return;
		}
		let programs = Self::programs_with_history();
		if programs.is_empty() {
			SamplingKey::<T>::kill();
			SampledThrough::<T>::put(measured);
			return;
		}
		while sampled < measured && Self::sample_interval(sampled.saturating_add(1), &programs, meter) {
			sampled = sampled.saturating_add(1);
			SampledThrough::<T>::put(sampled);
		}
	}

	/// Takes one interval from where it stopped; the answer is whether it came to the end.
	fn sample_interval(interval: Interval, programs: &BTreeSet<ProgramId>, meter: &mut WeightMeter) -> bool {
		let mut enrolments = match SamplingKey::<T>::get() {
			Some(key) => Enrolments::<T>::iter_from(key.into_inner()),
			None => Enrolments::<T>::iter(),
		};
		while meter.try_consume(T::WeightInfo::sample()).is_ok() {
			let Some((program, _, enrolment)) = enrolments.next() else {
				SamplingKey::<T>::kill();
				return true;
			};
			if programs.contains(&program) {
				Self::sample_asset(&enrolment, interval);
			}
		}
		// A key is as long as its three hashes and two numbers, so it fits.
		SamplingKey::<T>::set(BoundedVec::try_from(enrolments.last_raw_key().to_vec()).ok());
		false
	}

	fn sample_asset(enrolment: &EnrolmentOf<T>, interval: Interval) {
		let calendar = Self::calendar();
		if !enrolment.is_ordinary(interval, calendar) {
			return;
		}
		let Some(net_wh) = net_export_wh::<T>(enrolment.meter, interval) else {
			return;
		};
		let oldest = interval.saturating_sub(LIKE_DAYS.saturating_mul(calendar.per_day()));
		History::<T>::mutate(enrolment.meter, calendar.slot_of_day(interval), |history| {
			history.retain(|sample| sample.interval > oldest);
			// One a day for fifteen days, so there is room; were there none, the oldest would go.
			history.force_push(Sample { interval, net_wh });
		});
	}

	fn programs_with_history() -> BTreeSet<ProgramId> {
		Programs::<T>::iter()
			.filter(|(_, program)| program.terms.baseline == BaselineRule::LikeIntervals)
			.map(|(id, _)| id)
			.collect()
	}

	/// Removes the history of meters whose asset has left, a few times of day at a step.
	pub(crate) fn forget(meter: &mut WeightMeter) {
		while meter.try_consume(T::WeightInfo::look()).is_ok() {
			let Some(device) = Forgetting::<T>::iter_keys().next() else {
				return;
			};
			if meter.try_consume(T::WeightInfo::forget()).is_err() {
				return;
			}
			let slots: Vec<u32> = History::<T>::iter_key_prefix(device)
				.take(FORGOTTEN_AT_ONCE as usize)
				.collect();
			slots.iter().for_each(|slot| History::<T>::remove(device, slot));
			if slots.len() < FORGOTTEN_AT_ONCE as usize {
				Forgetting::<T>::remove(device);
			}
		}
	}
}
