//! Where the market and the virtual power plant touch: activation is a premium, the energy itself stays in the market.

use crate::units::{Interval, Price, Wh, ZoneId};

/// The market's contracts, as the virtual power plant asks about them.
pub trait ForwardSales<AccountId> {
	/// What `account` sold forward in `zone` for `interval`, less what it bought, Wh, as it stood at gate closure; `None` where
	/// it had no contract. Answers for as long as the interval's energy is in telemetry's window.
	///
	/// The energy of a contract is paid by its buyer already: it is no response to a dispatch.
	fn net_forward_sales(account: &AccountId, zone: ZoneId, interval: Interval) -> Option<i64>;
}

impl<AccountId> ForwardSales<AccountId> for () {
	fn net_forward_sales(_: &AccountId, _: ZoneId, _: Interval) -> Option<i64> {
		None
	}
}

/// The virtual power plant, as the market asks about contract energy that a dispatch told its seller to withhold.
pub trait Curtailment<AccountId> {
	/// Whether no dispatch is left whose proof could still add to what was withheld in `interval`.
	fn is_proven(interval: Interval) -> bool;

	/// Pays `buyer` for contract energy that `seller` withheld in `zone` and `interval` because it obeyed a downward dispatch,
	/// from the budget of the program that gave it: the answer is how much of `wh` is paid for, at `floor(price * that / 1000)`.
	/// The seller's collateral answers for the rest alone.
	fn compensate(seller: &AccountId, zone: ZoneId, interval: Interval, wh: Wh, price: Price, buyer: &AccountId) -> Wh;
}

impl<AccountId> Curtailment<AccountId> for () {
	fn is_proven(_: Interval) -> bool {
		true
	}

	fn compensate(_: &AccountId, _: ZoneId, _: Interval, _: Wh, _: Price, _: &AccountId) -> Wh {
		0
	}
}
