//! What is owed in a delivery interval: contracts, and the sums that bound them.

use crate::types::Parameters;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{units::payment_rounded_up, Balance, Interval, Price, Wh, ZoneId};
use scale_info::TypeInfo;

/// A zone and its line to the parent, as they stood when the interval's market opened. Contracts are paid and released along
/// these lines whatever happens to the grid afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Line<AccountId> {
	/// The zone.
	pub zone: ZoneId,
	/// Where it hangs; the root has no connection.
	pub connection: Option<Connection<AccountId>>,
}

/// The upper end of a line, and who is paid for it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Connection<AccountId> {
	/// The zone nearer the root.
	pub parent: ZoneId,
	/// Wheeling and loss charge together, planck per kWh, in either direction.
	pub charge_per_kwh: Price,
	/// Who receives the charge.
	pub operator: AccountId,
}

/// How far an interval has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Stage {
	/// Not settled: forward orders and contracts.
	Ahead,
	/// Settled: credits are traded until `until` begins.
	Spot {
		/// The first interval in which no spot order is taken any more.
		until: Interval,
	},
	/// Trading is over; contracts whose seller could not be read may still wait.
	Closed,
}

/// The market's record of a delivery interval, from its first order to its last obligation.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Delivery<AccountId> {
	/// The rules that were in force when the interval's market opened.
	pub terms: Parameters<AccountId>,
	/// How far the interval has come.
	pub stage: Stage,
	/// Contracts that are open.
	pub contracts: u32,
	/// Whether at least half of the connection points had been read at settlement. If not, the network failed rather than the
	/// sellers, and those that could not be read owe nothing.
	pub covered: bool,
}

/// What an account has open in one zone and interval, Wh. Its collateral and the use of its ratings follow from these sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Exposure {
	/// Open forward offers.
	pub offered_wh: Wh,
	/// Open contracts as the seller.
	pub sold_wh: Wh,
	/// Open bids that count against import: forward bids, and spot bids that are not for retirement.
	pub bid_wh: Wh,
	/// Open contracts as the buyer.
	pub bought_wh: Wh,
	/// How many contracts the account has made as the seller; the number of the next one.
	pub contracts: u32,
	/// Connection points of which no reading had come when the interval was settled. While there are any, contracts wait.
	pub unread: u32,
}

impl Exposure {
	/// Whether nothing is open.
	pub const fn is_empty(&self) -> bool {
		self.offered_wh == 0 && self.sold_wh == 0 && self.bid_wh == 0 && self.bought_wh == 0
	}

	/// What the account may have to pay in compensation: `ceil((offered + sold) * shortfall price / 1000)`.
	pub const fn collateral(&self, shortfall_price: Price) -> Balance {
		payment_rounded_up(shortfall_price, self.offered_wh.saturating_add(self.sold_wh))
	}
}

/// A contract's name.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct ContractId<AccountId> {
	/// When the energy is delivered.
	pub interval: Interval,
	/// Who delivers it.
	pub seller: AccountId,
	/// Where it is fed in.
	pub zone: ZoneId,
	/// Its number among the seller's contracts of that interval and zone, in the order of rounds and fills.
	pub number: u32,
}

impl<AccountId: Clone> ContractId<AccountId> {
	/// The key under which the contract is stored.
	pub fn key(&self) -> (Interval, AccountId, ZoneId, u32) {
		(self.interval, self.seller.clone(), self.zone, self.number)
	}
}

/// A fill of the forward phase, to be delivered and paid when its interval is settled.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Contract<AccountId> {
	/// Who receives the energy.
	pub buyer: AccountId,
	/// Where it is drawn.
	pub buyer_zone: ZoneId,
	/// What is still owed, Wh.
	pub open_wh: Wh,
	/// What the seller receives, planck per kWh.
	pub seller_price: Price,
	/// What the buyer pays, the market's fee included, planck per kWh.
	pub buyer_price: Price,
	/// Whether settlement has been here and waits for a seller that could not be read.
	pub waiting: bool,
}
