//! Contract energy that an obeyed downward dispatch withheld from the market: its buyers are compensated from the program's
//! budget, not from the seller's collateral.

use super::Proof;
use crate::{
	math::response::Direction, types::*, Activations, Config, EnrolmentOf, Event, Pallet, Programs, WeightInfo,
	WithheldEnergy, WithheldFrom,
};
use alloc::vec::Vec;
use frame_support::weights::WeightMeter;
use gridtokenx_primitives::{
	time::SETTLEMENT_LIMIT, units::payment, Balance, Curtailment, Interval, Metering, Price, Wh, ZoneId,
};

/// Entries that are given up in one step.
pub(crate) const RELEASED_AT_ONCE: u32 = 16;

impl<T: Config> Proof<'_, T> {
	/// Notes how much of an obeyed response came out of the seller's contracts, and keeps its compensation set aside.
	pub(super) fn note_withheld(
		&self,
		enrolment: &EnrolmentOf<T>,
		instruction: &mut Instruction,
		instructed_wh: Wh,
		delivered_wh: i64,
	) {
		let rate = self.program.terms.compensation_per_kwh;
		if self.activation.direction != Direction::Down || rate == 0 {
			return;
		}
		let interval = self.activation.proving;
		let Some((zone, sold)) = self.sold_forward(enrolment) else {
			return;
		};
		// The baseline is no more than what was sold, so what was delivered is missing from the contracts.
		let withheld = delivered_wh
			.max(0)
			.unsigned_abs()
			.min(instructed_wh)
			.min(sold.max(0).unsigned_abs());
		let reserved = payment(rate, withheld).min(instruction.reserved);
		if withheld == 0 || reserved == 0 {
			return;
		}
		instruction.reserved = instruction.reserved.saturating_sub(reserved);
		instruction.tally.withheld = instruction.tally.withheld.saturating_add(reserved);
		let key = (interval, enrolment.owner.clone(), zone, self.activation.program);
		WithheldEnergy::<T>::mutate(key, |entry| entry.get_or_insert_default().add(withheld, reserved));
		let from = WithheldFrom::<T>::get().map_or(interval, |from| from.min(interval));
		WithheldFrom::<T>::put(from);
	}
}

impl<T: Config> Pallet<T> {
	/// Gives up what nobody has asked compensation for until contracts can no longer be settled.
	pub(crate) fn release_withheld(meter: &mut WeightMeter) {
		let (Some(measured), Some(mut from)) = (T::Metering::measured_through(), WithheldFrom::<T>::get()) else {
			return;
		};
		let before = from;
		while from.saturating_add(SETTLEMENT_LIMIT) < measured && meter.try_consume(T::WeightInfo::release()).is_ok() {
			let due: Vec<_> = WithheldEnergy::<T>::iter_prefix((from,))
				.take(RELEASED_AT_ONCE as usize)
				.collect();
			for ((seller, zone, id), entry) in &due {
				WithheldEnergy::<T>::remove((from, seller, zone, id));
				Self::unreserve(*id, entry.reserved);
			}
			if due.len() < RELEASED_AT_ONCE as usize {
				from = from.saturating_add(1);
			}
		}
		if from != before {
			WithheldFrom::<T>::put(from);
		}
	}

	fn unreserve(id: ProgramId, amount: Balance) {
		if let Some(mut program) = Programs::<T>::get(id) {
			program.reserved = program.reserved.saturating_sub(amount);
			Self::store_program(id, program);
		}
	}

	/// Pays for withheld energy of one program; the answer is how much of `wh` is paid for.
	fn compensate_from(id: ProgramId, entry: &mut Withheld, wh: Wh, price: Price, buyer: &T::AccountId) -> Option<Wh> {
		let mut program = Programs::<T>::get(id)?;
		let affordable = entry.reserved.saturating_mul(1_000).checked_div(price);
		let affordable = affordable.map_or(Wh::MAX, |wh| Wh::try_from(wh).unwrap_or(Wh::MAX));
		let covered = wh.min(entry.wh).min(affordable);
		let amount = payment(price, covered);
		Self::pay(&mut program, buyer, amount).ok()?;
		program.reserved = program.reserved.saturating_sub(amount);
		Self::store_program(id, program);
		entry.wh = entry.wh.saturating_sub(covered);
		entry.reserved = entry.reserved.saturating_sub(amount);
		Self::deposit_event(Event::Compensated { program: id, amount });
		Some(covered)
	}
}

impl<T: Config> Curtailment<T::AccountId> for Pallet<T> {
	fn is_proven(interval: Interval) -> bool {
		// Proof begins with a dispatch's first interval, so one that lies ahead holds nobody up.
		Activations::<T>::iter_values().all(|activation| activation.proving > interval)
	}

	fn compensate(
		seller: &T::AccountId,
		zone: ZoneId,
		interval: Interval,
		wh: Wh,
		price: Price,
		buyer: &T::AccountId,
	) -> Wh {
		let entries: Vec<_> = WithheldEnergy::<T>::iter_prefix((interval, seller, zone)).collect();
		let mut left = wh;
		for (id, mut entry) in entries {
			if left == 0 {
				break;
			}
			let covered = Self::compensate_from(id, &mut entry, left, price, buyer).unwrap_or(0);
			left = left.saturating_sub(covered);
			let key = (interval, seller, zone, id);
			if entry.wh == 0 {
				Self::unreserve(id, entry.reserved);
				WithheldEnergy::<T>::remove(key);
			} else {
				WithheldEnergy::<T>::insert(key, entry);
			}
		}
		wh.saturating_sub(left)
	}
}
