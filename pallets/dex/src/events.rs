//! What the market tells the world. No event gives a household's metered energy away: settlement speaks in counts.

use frame_support::pallet_macros::pallet_section;

/// The pallet's events.
#[pallet_section]
mod events {
	/// Something happened on the market.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Governance set the rules for the intervals whose market opens from now on.
		ParametersSet {
			/// What was in force until now.
			old: Option<Parameters<T::AccountId>>,
			/// What is in force from now on.
			new: Parameters<T::AccountId>,
		},
		/// An order stands in its book.
		OrderPlaced {
			/// Its name, for cancelling or reducing it.
			order: OrderId,
			/// Who placed it.
			account: T::AccountId,
			/// What was placed.
			placed: NewOrder,
		},
		/// Several orders were placed at once.
		BatchPlaced {
			/// Who placed them.
			account: T::AccountId,
			/// How many stand in their books.
			placed: u32,
			/// Which ones were refused, by their place in the batch, and why.
			refused: Vec<(u32, DispatchError)>,
		},
		/// An order is cancelled or reduced once the round named has been applied.
		WithdrawalRequested {
			/// The order.
			order: OrderId,
			/// How much will leave, Wh, unless the round fills it.
			quantity_wh: Wh,
			/// The round after which it leaves.
			after_round: u32,
		},
		/// An order left its book, and what it still held went back to its owner.
		OrderLeft {
			/// The order.
			order: OrderId,
			/// Whose it was.
			account: T::AccountId,
			/// How much of it was filled, Wh.
			filled_wh: Wh,
			/// Why it left.
			departure: Departure,
		},
		/// A book was cleared: all its orders at once. Its fills follow one by one.
		Cleared {
			/// The book.
			book: BookId,
			/// The number of the round.
			round: u32,
			/// How many fills there are.
			fills: u32,
			/// What they add up to, Wh.
			volume_wh: Wh,
			/// What a kWh is worth in each zone where something trades or flows, planck, without the market's fee.
			prices: Vec<(ZoneId, Price)>,
		},
		/// An offer and a bid were filled with each other.
		Filled {
			/// The order that sells.
			offer: OrderId,
			/// The order that buys.
			bid: OrderId,
			/// Who sells.
			seller: T::AccountId,
			/// Who buys.
			buyer: T::AccountId,
			/// How much, Wh.
			quantity_wh: Wh,
			/// What the seller receives, planck per kWh.
			seller_price: Price,
			/// What the buyer pays, the market's fee included, planck per kWh.
			buyer_price: Price,
			/// What is left of the offer, Wh.
			offer_unfilled_wh: Wh,
			/// What is left of the bid, Wh.
			bid_unfilled_wh: Wh,
		},
		/// A fill could not be made, because something changed since its book was cleared; both orders stay as they were.
		FillFailed {
			/// The order that would have sold.
			offer: OrderId,
			/// The order that would have bought.
			bid: OrderId,
			/// Why not.
			error: DispatchError,
		},
		/// A book closed; all its orders have left.
		BookClosed {
			/// The book.
			book: BookId,
		},
		/// An interval is settled, and its spot phase open.
		Settled {
			/// The interval.
			interval: Interval,
			/// How much of the grid had been read.
			coverage: Coverage,
			/// Counts of positions and contracts.
			tally: Tally,
		},
		/// Trading in an interval's credits is over, its contracts are closed, and the market forgets it.
		IntervalClosed {
			/// The interval.
			interval: Interval,
		},
		/// A contract of a zone out of service was closed: both sides have their money back, nobody is compensated.
		ContractRefunded {
			/// The contract.
			contract: ContractId<T::AccountId>,
		},
		/// Energy came after its interval was settled and no contract waited for it; it is billed at tariff.
		LateEnergy {
			/// The interval.
			interval: Interval,
			/// Whose it is.
			account: T::AccountId,
		},
		/// Money could not be received, because the account would stay below the existential deposit; it can be claimed.
		PayoutDeferred {
			/// Who may claim.
			account: T::AccountId,
			/// All that can be claimed, planck.
			amount: Balance,
		},
		/// A claim was paid out.
		Claimed {
			/// To whom.
			account: T::AccountId,
			/// How much, planck.
			amount: Balance,
		},
		/// A metered position could not be recorded, or not set aside for contracts; settlement went on without it.
		PositionFailed {
			/// The interval.
			interval: Interval,
			/// Whose position.
			account: T::AccountId,
			/// Why not.
			error: DispatchError,
		},
		/// A contract could not be delivered or closed as it should; settlement went on without it.
		ContractFailed {
			/// The contract.
			contract: ContractId<T::AccountId>,
			/// Why not.
			error: DispatchError,
		},
		/// What a leaving order held could not be given back as it should; the book went on without it.
		OrderFailed {
			/// The order.
			order: OrderId,
			/// Why not.
			error: DispatchError,
		},
	}
}
