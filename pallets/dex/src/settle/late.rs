//! Positions that came after their interval was measured.

use super::{allot::total, SettlingOf};
use crate::pallet::{Config, Event, Exposures, Pallet};
use frame_support::storage::with_storage_layer;
use gridtokenx_primitives::Credits;

impl<T: Config> Pallet<T> {
	/// Looks at the next late position, which is that of one connection point. Contracts that waited for it are delivered;
	/// otherwise its interval is settled and stays so, and the energy is recorded to be billed at tariff.
	pub(crate) fn settle_next_late(settling: &mut SettlingOf<T>) {
		let Some((interval, position)) = settling.late.pop() else {
			return;
		};
		let exposure = Exposures::<T>::get((interval, &position.account, position.zone));
		if exposure.sold_wh > 0 && with_storage_layer(|| Self::issue(interval, &position)).is_ok() {
			let unread = exposure.unread.saturating_sub(1).max(position.unread);
			Self::note_unread(interval, &position.account, position.zone, unread);
			settling.allotment = Self::begin_allotment(interval, position);
			return;
		}
		let export_wh = total(&position.exports);
		T::Credits::record_late(&position.account, position.zone, position.import_wh, export_wh);
		Self::deposit_event(Event::LateEnergy {
			interval,
			account: position.account,
		});
	}
}
