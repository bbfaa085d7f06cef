//! Why the market refuses something, and what the caller can do about it.

use frame_support::pallet_macros::pallet_section;

/// The pallet's errors.
#[pallet_section]
mod errors {
	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// Governance has not set up a market. There is nothing to trade until it does.
		MarketNotSetUp,
		/// The account operates a line. Operators see the flows before others and do not trade; use another account.
		OperatorsDoNotTrade,
		/// The interval is more than 96 intervals ahead. Place the order later.
		TooFarAhead,
		/// The book of this interval and phase takes no more orders. Choose a later interval.
		GateClosed,
		/// The interval is not settled yet, so there are no credits of it to trade. Wait for its `Settled` event.
		NotSettledYet,
		/// The zone does not exist or is out of service in that interval. Check the zone of your connection point.
		ZoneClosed,
		/// The grid has more zones than the market can work with. Governance has to raise the market's limit.
		GridTooLarge,
		/// The quantity is 0 or no multiple of the market's lot. Round it to the lot.
		NotAMultipleOfTheLot,
		/// The quantity is 2^40 Wh or more. Place several orders.
		QuantityTooLarge,
		/// The limit is no multiple of the market's tick. Round it to the tick.
		NotAMultipleOfTheTick,
		/// The limit is below the market's floor or above its cap. Choose one within; a bid's limit includes the fee.
		LimitOutsideFloorAndCap,
		/// The order's last interval is over, or not before its book closes. Choose another, or let it stand till the gate.
		InvalidExpiry,
		/// The order would meet an order of the same account on the other side. Withdraw that one first, or change the limit.
		SelfTrade,
		/// With the account's open offers and contracts, the quantity exceeds what its attested connection points in this zone can
		/// export in one interval. Offer less.
		BeyondExportRating,
		/// With the account's open bids and contracts, the quantity exceeds what its attested connection points in this zone can
		/// import in one interval. Bid for less.
		BeyondImportRating,
		/// With the account's open bids and the credits it has, the quantity exceeds its metered import that is still uncovered.
		/// Bid for less, or bid for retirement.
		BeyondMeteredImport,
		/// The residual supplier does not sell what it bought.
		NoResale,
		/// The account has too many orders in this book. Cancel one, or wait for the next round.
		TooManyOrders,
		/// The book is full. Wait for the next round, or choose another interval.
		BookFull,
		/// The free balance does not cover the bid at its limit. Add funds, bid for less, or lower the limit.
		CannotHoldBid,
		/// The free balance does not cover the collateral, which is the shortfall price for every kWh offered. Add funds, or offer
		/// less.
		CannotHoldCollateral,
		/// There is no such order: it was filled, it left, or it never was.
		OrderNotFound,
		/// Somebody else placed this order.
		NotYourOrder,
		/// All that is open of the order is leaving already.
		NothingLeftToWithdraw,
		/// There is no such contract: it is closed, or it never was.
		ContractNotFound,
		/// Both zones of the contract are in service. It is settled like any other.
		ZoneInService,
		/// Nothing waits for the account.
		NothingToClaim,
		/// The claim is below the existential deposit, and the account has nothing else. Fund the account first.
		ClaimTooSmall,
		/// Nothing is due, or the weight offered is less than the next step needs. Offer more, or leave it.
		NothingToDo,
		/// The floor must be at least 1, floor and fee together at most the cap, and all prices below 2^64.
		InvalidPrices,
		/// The shortfall price must be at least the cap less the floor, so that not delivering never pays.
		ShortfallPriceTooLow,
		/// Lot and tick must be at least 1, the lot below 2^40, and floor, cap and fee multiples of the tick.
		InvalidLotOrTick,
		/// The spot window must be between 1 and 96 intervals.
		InvalidSpotWindow,
		/// The market's books do not add up. This must not happen: please report it.
		Inconsistent,
	}
}
