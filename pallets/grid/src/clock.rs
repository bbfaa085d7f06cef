//! The delivery calendar: time is the consensus slot, and nothing else.

use crate::{Config, IntervalSeconds, Pallet};
use frame_support::traits::Get;
use gridtokenx_primitives::{Clock, Interval};

impl<T: Config> Clock for Pallet<T> {
	fn now_ms() -> u64 {
		// Saturates long after the year 500,000,000.
		T::Slot::get().saturating_mul(T::SlotMillis::get())
	}

	fn interval_seconds() -> u32 {
		IntervalSeconds::<T>::get()
	}
}

impl<T: Config> Pallet<T> {
	/// The oldest interval of which it has to be known how lines and zones stood.
	pub(crate) fn oldest_interval() -> Interval {
		Self::now().saturating_sub(T::Retention::get())
	}
}
