//! What was sold ahead, as the virtual power plant asks about it: a contract's energy is no response to a dispatch.

use crate::{
	pallet::{Config, NetSales, Pallet},
	types::SALES_PER_STEP,
};
use gridtokenx_primitives::{ForwardSales, Interval, Wh, ZoneId};

impl<T: Config> ForwardSales<T::AccountId> for Pallet<T> {
	fn net_forward_sales(account: &T::AccountId, zone: ZoneId, interval: Interval) -> Option<i64> {
		NetSales::<T>::get((interval, account, zone))
	}
}

impl<T: Config> Pallet<T> {
	/// Records a contract under its seller and its buyer.
	pub(crate) fn record_sale(
		interval: Interval,
		(seller, seller_zone): (&T::AccountId, ZoneId),
		(buyer, buyer_zone): (&T::AccountId, ZoneId),
		wh: Wh,
	) {
		// Ratings bound what is sold and bought far below 2^63.
		let wh = i64::try_from(wh).unwrap_or(i64::MAX);
		let add = |sum: &mut Option<i64>, wh: i64| *sum = Some(sum.unwrap_or(0).saturating_add(wh));
		NetSales::<T>::mutate((interval, seller, seller_zone), |sum| add(sum, wh));
		NetSales::<T>::mutate((interval, buyer, buyer_zone), |sum| add(sum, wh.saturating_neg()));
	}

	/// Forgets some of an interval's records, and says whether none is left.
	pub(crate) fn forget_sales(interval: Interval) -> bool {
		let forgotten = NetSales::<T>::drain_prefix((interval,))
			.take(SALES_PER_STEP as usize)
			.count();
		forgotten < SALES_PER_STEP as usize
	}
}
