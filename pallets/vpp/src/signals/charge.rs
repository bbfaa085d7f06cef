//! State of charge, as batteries sign it.

use crate::{
	math::charge::Charge,
	signals::{is_signed, UNAVAILABLE},
	Config, EnrolledIn, Enrolments, Error, Event, Pallet,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use gridtokenx_primitives::{message, Clock, Signature};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_report_state_of_charge(report: message::StateOfCharge, signature: Signature) -> DispatchResult {
		let device = report.device;
		let id = EnrolledIn::<T>::get(device).ok_or(Error::<T>::NotEnrolled)?;
		let mut enrolment = Enrolments::<T>::get(id, device).ok_or(Error::<T>::NotEnrolled)?;
		let info = Self::active_device(device)?;
		ensure!(info.epoch == report.epoch, Error::<T>::WrongEpoch);
		// Any other bit is reserved, or says that the clock, and with it the report's time, cannot be relied on.
		ensure!(report.flags & !UNAVAILABLE == 0, Error::<T>::BadFlags);
		let is_newer = enrolment
			.charge
			.is_none_or(|charge| charge.reported_ms < report.unix_ms);
		ensure!(is_newer && Self::is_recent(report.unix_ms), Error::<T>::BadTime);
		let asset = &enrolment.asset;
		ensure!(
			asset.is_storage() && report.stored_wh <= asset.capacity_wh,
			Error::<T>::ImplausibleCharge
		);
		let message = message::state_of_charge(&Self::genesis_hash(), &report);
		ensure!(is_signed(&info.key, &message, &signature), Error::<T>::BadSignature);

		let available = report.flags & UNAVAILABLE == 0;
		enrolment.charge = Some(Charge {
			stored_wh: report.stored_wh,
			reported_ms: report.unix_ms,
			available,
		});
		Enrolments::<T>::insert(id, device, enrolment);
		Self::deposit_event(Event::ChargeReported { device, available });
		Ok(())
	}

	/// Whether a battery's report still says something about now; it may be one slot ahead.
	pub(crate) fn is_recent(unix_ms: u64) -> bool {
		let now = T::Clock::now_ms();
		let oldest = now.saturating_sub(T::ChargeSeconds::get().saturating_mul(1_000));
		(oldest..=now.saturating_add(T::SlotMillis::get())).contains(&unix_ms)
	}
}
