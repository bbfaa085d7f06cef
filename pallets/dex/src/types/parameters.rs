//! What governance sets for the market, and what every delivery interval freezes of it.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{
	time::SETTLEMENT_LIMIT,
	units::{PRICE_LIMIT, QUANTITY_LIMIT},
	Interval, Price, Wh,
};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Which price is taken where supply and demand leave a range that would support the result.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum PriceRule {
	/// The geometric mean: both sides concede the same percentage.
	#[default]
	GeometricMean,
	/// The midpoint: both sides concede the same amount.
	Midpoint,
}

/// The rules of the market. Each delivery interval keeps those that were in force when its first book opened, so that no
/// decision of governance reaches an order that was placed before it.
///
/// Prices are in planck per kWh and below 2^64.
#[derive(
	Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
pub struct Parameters<AccountId> {
	/// The lowest limit an order may have: the feed-in tariff, at least 1.
	pub floor: Price,
	/// The highest limit an order may have: the supply tariff.
	pub cap: Price,
	/// What a seller owes its buyer for every kWh it does not deliver; at least `cap - floor`, so that a buyer who has to buy
	/// at the supply tariff instead is made whole, and not delivering never pays.
	pub shortfall_price: Price,
	/// The market's own charge, paid by buyers on top of the price of their zone and included in their limits.
	pub fee: Price,
	/// Orders are for a multiple of this, Wh.
	pub lot_wh: Wh,
	/// Limits are a multiple of this.
	pub tick: Price,
	/// How the price is chosen within the range that supports a result.
	pub price_rule: PriceRule,
	/// The supplier that may buy at the floor, at the root of the grid, whatever is left over: exempt from ratings and without
	/// the right to sell again.
	pub residual_supplier: Option<AccountId>,
	/// For how many whole intervals credits may be traded after their interval is settled: 1 to 96.
	pub spot_window: Interval,
}

/// Why a set of parameters is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
	/// The floor is 0, above the cap less the fee, or one of the prices is 2^64 or more.
	Prices,
	/// The shortfall price is below `cap - floor`.
	ShortfallPrice,
	/// Lot or tick is 0, the lot is no smaller than 2^40, or floor, cap or fee is no multiple of the tick.
	LotOrTick,
	/// The spot window is not between 1 and 96 intervals.
	SpotWindow,
}

impl<AccountId> Parameters<AccountId> {
	/// Checks that the parameters make a market in which nobody can be left unpaid.
	pub fn check(&self) -> Result<(), Fault> {
		let below_limit = |price: Price| price < PRICE_LIMIT;
		let prices = [self.floor, self.cap, self.shortfall_price, self.fee];
		if self.floor == 0 || !prices.into_iter().all(below_limit) || self.residual_limit() > self.cap {
			return Err(Fault::Prices);
		}
		if self.shortfall_price < self.cap.saturating_sub(self.floor) {
			return Err(Fault::ShortfallPrice);
		}
		let on_tick = |price: Price| price.checked_rem(self.tick) == Some(0);
		if self.lot_wh == 0
			|| self.lot_wh >= QUANTITY_LIMIT
			|| ![self.floor, self.cap, self.fee].into_iter().all(on_tick)
		{
			return Err(Fault::LotOrTick);
		}
		if self.spot_window == 0 || self.spot_window > SETTLEMENT_LIMIT {
			return Err(Fault::SpotWindow);
		}
		Ok(())
	}

	/// The limit at which the residual supplier bids: with the fee taken off, it pays sellers the floor.
	pub fn residual_limit(&self) -> Price {
		self.floor.saturating_add(self.fee)
	}
}
