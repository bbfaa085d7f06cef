//! Grid operators' signals.

use crate::{
	math::profile::MAX_EVENT_INTERVALS, types::*, Activations, Config, Error, Event, Pallet, ProgramOf, Programs,
	Sequences, Signals,
};
use frame_support::{ensure, pallet_prelude::DispatchResult};
use gridtokenx_primitives::time::HORIZON;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_signal(id: ProgramId, signal: Signal, sequence: u64) -> DispatchResult {
		let program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;
		ensure!(program.status == ProgramStatus::Open, Error::<T>::NotOpen);
		ensure!(program.terms.zones.contains(&signal.zone), Error::<T>::UnknownZone);
		ensure!(program.terms.product.answers(&signal.need), Error::<T>::NeedDoesNotFit);
		ensure!(
			Sequences::<T>::get(signal.zone).is_none_or(|last| last < sequence),
			Error::<T>::OldSequence
		);
		Self::ensure_period(&signal)?;
		let rank = signal.need.rank();
		let waiting = Signals::<T>::get(id).is_some_and(|waiting| waiting.need.rank() > rank);
		ensure!(!waiting && !Self::is_outranked(&program, rank), Error::<T>::Outranked);
		ensure!(!program.open.is_full(), Error::<T>::TooManyOpen);

		Sequences::<T>::insert(signal.zone, sequence);
		Signals::<T>::insert(id, signal);
		let Signal { zone, need, .. } = signal;
		Self::deposit_event(Event::Signalled {
			program: id,
			zone,
			sequence,
			need,
		});
		Ok(())
	}

	/// Whether a live dispatch answers a need that comes before `rank`.
	pub(crate) fn is_outranked(program: &ProgramOf<T>, rank: Rank) -> bool {
		let mut live = program
			.live
			.slots()
			.filter_map(|slot| Activations::<T>::get(slot.dispatch));
		live.any(|activation| activation.need.rank() > rank)
	}

	fn ensure_period(signal: &Signal) -> DispatchResult {
		let (now, calendar) = (Self::now_s(), Self::calendar());
		let start = signal.start.max(now);
		let seconds = u64::from(calendar.seconds());
		let latest_start = now.saturating_add(seconds.saturating_mul(HORIZON.into()));
		let longest = seconds.saturating_mul(MAX_EVENT_INTERVALS.into());
		let lasts = signal.end.saturating_sub(start);
		ensure!(
			start <= latest_start && lasts > 0 && lasts <= longest,
			Error::<T>::BadPeriod
		);
		Ok(())
	}
}
