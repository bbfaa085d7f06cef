//! What the other pallets, and people, ask of telemetry.

use crate::{
	page::PageState,
	register::{Anchor, Place},
	types::LastReading,
	Config, Coverages, Energies, MeasuredThrough, Measuring, Pallet, Positions, RegisterPages, ZoneFlows,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{
	device::{MeterLifecycle, Registers},
	metering::{Coverage, IntervalEnergy, Metering, Position},
	Clock, DeviceId, Epoch, Interval, Source, Wh, ZoneId, PAGE_SIZE,
};

impl<T: Config> Metering<T::AccountId> for Pallet<T> {
	fn measured_through() -> Option<Interval> {
		MeasuredThrough::<T>::get()
	}

	fn take_positions(interval: Interval, max: u32) -> Vec<Position<T::AccountId>> {
		if !is_measured::<T>(interval) {
			return Vec::new();
		}
		let max = usize::try_from(max).unwrap_or(usize::MAX);
		let taken = Positions::<T>::drain_prefix(interval).take(max);
		taken
			.map(|((account, zone), sums)| Position {
				account,
				zone,
				import_wh: sums.flow.import_wh,
				exports: sums.flow.exports,
				unread: sums.unread,
			})
			.collect()
	}

	fn take_late(max: u32) -> Vec<(Interval, Position<T::AccountId>)> {
		Self::dequeue_late(max)
	}

	fn coverage(interval: Interval) -> Coverage {
		Coverages::<T>::get(interval)
	}

	fn energy(device: DeviceId, interval: Interval) -> Option<IntervalEnergy> {
		let (page, slot) = place_of(device);
		let energies = is_measured::<T>(interval).then(|| Energies::<T>::get(interval, page))?;
		energies.get(slot).map(|energy| (*energy).into())
	}

	fn exported(interval: Interval, zone: ZoneId, source: Source) -> Wh {
		match is_measured::<T>(interval) {
			true => ZoneFlows::<T>::get(interval, zone).exported(source),
			false => 0,
		}
	}
}

impl<T: Config> MeterLifecycle for Pallet<T> {
	/// The registers go on, and so does everything here: readings are checked against the key that the registry names.
	fn on_key_rotated(_device: DeviceId, _epoch: Epoch) {}

	fn on_meter_swapped(
		device: DeviceId,
		_epoch: Epoch,
		interval: Interval,
		closing: Option<Registers>,
		opening: Registers,
	) {
		let (page, slot) = place_of(device);
		let Some(cursor) = Measuring::<T>::get() else { return };
		let mut state = PageState::<T>::load(page, cursor.through(page));
		let Some(plate) = state.nameplate(slot) else { return };
		let interval = interval.min(T::Clock::now());
		let mut register = state.register(slot);
		match state.reading_before(&register, slot, Interval::MAX) {
			Some(last) => register.swap(last, interval, closing, &opening, &plate),
			// Nothing is known of the old meter: the opening registers are the baseline, as of the end of the interval before. The
			// exchange may have been attested long after it happened. Its interval lacks the old meter's part.
			None => {
				let before = interval.saturating_sub(1).min(state.through);
				register.anchor = Some(Anchor {
					interval: before,
					registers: opening,
					booked: before,
				});
				register.since = interval;
				register.void(interval);
			}
		}
		state.set_register(slot, register);
		state.save();
	}
}

impl<T: Config> Pallet<T> {
	/// Whether the chain lacks a reading of `device` for `interval`, and would take one. An oracle asks before it submits.
	pub fn wants(device: DeviceId, interval: Interval) -> bool {
		let (page, slot) = place_of(device);
		let Some(cursor) = Measuring::<T>::get() else {
			return false;
		};
		let register = RegisterPages::<T>::get(page).get(slot).copied().unwrap_or_default();
		let place = register.place(interval, cursor.through(page));
		interval < T::Clock::now() && matches!(place, Ok(Place::Open | Place::Late))
	}

	/// The newest accepted registers of `device`, as its meter shows them.
	pub fn last_reading(device: DeviceId) -> Option<LastReading> {
		let (page, slot) = place_of(device);
		let cursor = Measuring::<T>::get()?;
		let mut state = PageState::<T>::load(page, cursor.through(page));
		let register = state.register(slot);
		let plate = state.nameplate(slot)?;
		let (interval, continued) = state.reading_before(&register, slot, Interval::MAX)?;
		Some(LastReading {
			interval,
			registers: plate.offset(&register.offset, &continued),
		})
	}
}

fn is_measured<T: Config>(interval: Interval) -> bool {
	MeasuredThrough::<T>::get().is_some_and(|through| interval <= through)
}

/// A device's page, and its place there.
fn place_of(device: DeviceId) -> (u32, u8) {
	// The remainder is below 64.
	(device / PAGE_SIZE, (device % PAGE_SIZE) as u8)
}
