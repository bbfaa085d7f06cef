//! Positions that came after their interval was measured.

use super::{allot::total, SettlingOf};
use crate::pallet::{Config, Event, Exposures, Pallet};
use frame_support::storage::with_storage_layer;
use gridtokenx_primitives::Credits;

impl<T: Config> Pallet<T> {
	/// Looks at the next late position. Contracts that waited for it are delivered; otherwise its interval is settled and stays
	/// so, and the energy is recorded to be billed at tariff.
	pub(crate) fn settle_next_late(settling: &mut SettlingOf<T>) {
		let Some((interval, position)) = settling.late.pop() else { return };
		let waits = Exposures::<T>::get((interval, &position.account, position.zone)).sold_wh > 0;
		if waits && with_storage_layer(|| Self::issue(interval, &position)).is_ok() {
			settling.allotment = Self::begin_allotment(interval, position);
			return;
		}
		let export_wh = total(&position.exports);
		T::Credits::record_late(&position.account, position.zone, position.import_wh, export_wh);
		Self::deposit_event(Event::LateEnergy { interval, account: position.account });
	}
}
