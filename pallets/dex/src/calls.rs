//! What people can do.

use frame_support::pallet_macros::pallet_section;

/// The pallet's calls. Each checks its origin and hands over to the module of its topic.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Offer energy for sale.
		///
		/// Signed by the seller. With backing `Capacity` the energy is still to be fed in: the offer counts against the attested
		/// export rating of the seller's connection points in the zone, and puts the shortfall price for every kWh on hold as
		/// collateral. With backing `Credits` the energy has been metered, and credits of the class named are set aside.
		///
		/// - `interval`: the delivery interval (Unix seconds divided by the interval's length).
		/// - `backing`: what stands behind the offer.
		/// - `zone`: where the energy is fed in; for credits, where they are held.
		/// - `quantity_wh`: Wh, a multiple of the lot.
		/// - `limit_price`: the least to be received, planck per kWh, a multiple of the tick, from floor to cap.
		/// - `time_in_force`: till the gate, to the end of an interval, or for the next round only.
		///
		/// # Errors
		///
		/// `MarketNotSetUp`, `OperatorsDoNotTrade`, `TooFarAhead`, `GateClosed`, `NotSettledYet`, `ZoneClosed`, `GridTooLarge`,
		/// `NotAMultipleOfTheLot`, `QuantityTooLarge`, `NotAMultipleOfTheTick`, `LimitOutsideFloorAndCap`, `InvalidExpiry`,
		/// `SelfTrade`, `TooManyOrders`, `BookFull`; `BeyondExportRating` and `CannotHoldCollateral`, or `NoResale` and what the
		/// ledger of credits answers.
		///
		/// # Events
		///
		/// `OrderPlaced`. The fills of a round follow as `Filled`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::place_offer())]
		pub fn place_offer(
			origin: OriginFor<T>,
			interval: Interval,
			backing: Backing,
			zone: ZoneId,
			quantity_wh: Wh,
			limit_price: Price,
			time_in_force: TimeInForce,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let kind = OrderKind::Offer(backing);
			let order = NewOrder {
				interval,
				kind,
				zone,
				quantity_wh,
				limit_price,
				time_in_force,
			};
			Self::do_place(&who, order).map(|_| ())
		}

		/// Bid for energy.
		///
		/// Signed by the buyer. The bid's price at its limit is put on hold; what a fill costs less is freed with the fill.
		/// `Delivery` buys energy ahead, within the attested import rating of the buyer's connection points in the zone; `Consume`
		/// buys credits against metered import that nothing covers yet; `Retire` buys credits that are retired in the buyer's name
		/// at once, as a certificate.
		///
		/// - `interval`: the delivery interval (Unix seconds divided by the interval's length).
		/// - `purpose`: what the energy is for.
		/// - `zone`: where it is drawn.
		/// - `quantity_wh`: Wh, a multiple of the lot.
		/// - `limit_price`: the most to be paid, the market's fee included, planck per kWh, a multiple of the tick, from floor to
		///   cap.
		/// - `time_in_force`: till the gate, to the end of an interval, or for the next round only.
		///
		/// # Errors
		///
		/// `MarketNotSetUp`, `OperatorsDoNotTrade`, `TooFarAhead`, `GateClosed`, `NotSettledYet`, `ZoneClosed`, `GridTooLarge`,
		/// `NotAMultipleOfTheLot`, `QuantityTooLarge`, `NotAMultipleOfTheTick`, `LimitOutsideFloorAndCap`, `InvalidExpiry`,
		/// `SelfTrade`, `TooManyOrders`, `BookFull`; `BeyondImportRating` or `BeyondMeteredImport`, and `CannotHoldBid`.
		///
		/// # Events
		///
		/// `OrderPlaced`. The fills of a round follow as `Filled`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::place_bid())]
		pub fn place_bid(
			origin: OriginFor<T>,
			interval: Interval,
			purpose: Purpose,
			zone: ZoneId,
			quantity_wh: Wh,
			limit_price: Price,
			time_in_force: TimeInForce,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			let kind = OrderKind::Bid(purpose);
			let order = NewOrder {
				interval,
				kind,
				zone,
				quantity_wh,
				limit_price,
				time_in_force,
			};
			Self::do_place(&who, order).map(|_| ())
		}

		/// Take an order back.
		///
		/// Signed by whoever placed it. It stays in the book for the next round, so that nobody can show an order and withdraw it
		/// before it counts; what that round does not fill leaves, and what it held is given back.
		///
		/// - `order`: its name, from `OrderPlaced`.
		///
		/// # Errors
		///
		/// `OrderNotFound`, `NotYourOrder`, `NothingLeftToWithdraw`.
		///
		/// # Events
		///
		/// `WithdrawalRequested`, and `OrderLeft` after the round.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::cancel())]
		pub fn cancel(origin: OriginFor<T>, order: OrderId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(&who, order, None)
		}

		/// Make an order smaller. It keeps its place in time.
		///
		/// Signed by whoever placed it. Like a cancellation, it takes effect after the next round.
		///
		/// - `order`: its name, from `OrderPlaced`.
		/// - `by_wh`: how much to take back, Wh, a multiple of the lot; what is open at most.
		///
		/// # Errors
		///
		/// `NotAMultipleOfTheLot`, `OrderNotFound`, `NotYourOrder`, `NothingLeftToWithdraw`.
		///
		/// # Events
		///
		/// `WithdrawalRequested`, and `OrderLeft` after the round if nothing is left.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::reduce())]
		pub fn reduce(origin: OriginFor<T>, order: OrderId, by_wh: Wh) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_reduce(&who, order, by_wh)
		}

		/// Place several orders in one transaction: one per zone or interval, as aggregators do.
		///
		/// Signed by the account that trades. Each order stands or falls by itself: what one lacks stops none of the others.
		///
		/// - `orders`: what to place, in this order.
		///
		/// # Errors
		///
		/// None of its own: the orders' errors are in the event.
		///
		/// # Events
		///
		/// `OrderPlaced` for each that stands, and `BatchPlaced` with the reason for each that does not.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::place_batch(u32::try_from(orders.len()).unwrap_or(u32::MAX)))]
		pub fn place_batch(origin: OriginFor<T>, orders: BoundedVec<NewOrder, T::MaxBatch>) -> DispatchResult {
			let account = ensure_signed(origin)?;
			let (mut placed, mut refused) = (0u32, Vec::new());
			for (index, order) in (0u32..).zip(orders) {
				match with_storage_layer(|| Self::do_place(&account, order)) {
					Ok(_) => placed = placed.saturating_add(1),
					Err(error) => refused.push((index, error)),
				}
			}
			Self::deposit_event(Event::BatchPlaced {
				account,
				placed,
				refused,
			});
			Ok(())
		}

		/// Do some of the market's work now: rounds, settlement, whatever is due.
		///
		/// Signed by anyone, who pays for the weight that is used. The market works by itself in every block; this is for when it
		/// has fallen behind.
		///
		/// - `weight`: the most to use.
		///
		/// # Errors
		///
		/// `NothingToDo` if no step was taken.
		///
		/// # Events
		///
		/// Those of the work that was done.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::idle().saturating_add(*weight))]
		pub fn nudge(origin: OriginFor<T>, weight: Weight) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let used = Self::work(weight).ok_or(Error::<T>::NothingToDo)?;
			Ok(Some(T::WeightInfo::idle().saturating_add(used)).into())
		}

		/// Set the market's rules.
		///
		/// By governance. They count for intervals whose market has not opened; those that are traded already keep theirs.
		///
		/// - `parameters`: prices in planck per kWh, energy in Wh.
		///
		/// # Errors
		///
		/// `InvalidPrices`, `ShortfallPriceTooLow`, `InvalidLotOrTick`, `InvalidSpotWindow`.
		///
		/// # Events
		///
		/// `ParametersSet`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::set_parameters())]
		pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters<T::AccountId>) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			parameters.check().map_err(|fault| match fault {
				Fault::Prices => Error::<T>::InvalidPrices,
				Fault::ShortfallPrice => Error::<T>::ShortfallPriceTooLow,
				Fault::LotOrTick => Error::<T>::InvalidLotOrTick,
				Fault::SpotWindow => Error::<T>::InvalidSpotWindow,
			})?;
			let old = Rules::<T>::get();
			Rules::<T>::put(&parameters);
			Self::deposit_event(Event::ParametersSet { old, new: parameters });
			Ok(())
		}

		/// Pay out what was too small to be received when it was due.
		///
		/// Signed by anyone, for any account; the money goes to that account.
		///
		/// - `account`: whose claim to pay out.
		///
		/// # Errors
		///
		/// `NothingToClaim`, `ClaimTooSmall`.
		///
		/// # Events
		///
		/// `Claimed`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::claim())]
		pub fn claim(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim(account)
		}

		/// Close a contract of which one end has been taken out of service in its interval.
		///
		/// Signed by anyone. The buyer's money and the seller's collateral are freed; nobody is compensated. Settlement does the
		/// same when it comes to the contract; this does it at once.
		///
		/// - `contract`: interval, seller, the seller's zone, and number.
		///
		/// # Errors
		///
		/// `ContractNotFound`, `ZoneInService`.
		///
		/// # Events
		///
		/// `ContractRefunded`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::close_halted())]
		pub fn close_halted(origin: OriginFor<T>, contract: ContractId<T::AccountId>) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close_halted(contract)
		}
	}
}
