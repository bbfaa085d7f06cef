#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod agenda;
mod book;
mod delivery;
mod entry;
mod errors;
mod events;
mod exposure;
mod money;
mod path;
mod queries;
mod round;
mod service;
mod settle;
mod suspension;
#[cfg(any(feature = "std", feature = "try-runtime"))]
pub mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use book::{BookOf, OrderOf, OrderPage};
pub use pallet::*;
pub use queries::{Indication, Level};
pub use types::{
	Backing, Book, BookId, Contract, ContractId, Delivery, Departure, Exposure, NewOrder, Order, OrderId, OrderKind,
	Parameters, Phase, PriceRule, Purpose, Stage, Tally, TimeInForce,
};
pub use weights::WeightInfo;

use errors::*;
use events::*;
use frame_support::pallet_macros::import_section;

#[import_section(errors)]
#[import_section(events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		book::{BookOf, OrderPage},
		types::{
			Backing, BookId, Contract, ContractId, Delivery, Departure, Exposure, Fault, FillPage, Line, NewOrder, OrderId,
			OrderKind, OwnOrder, Parameters, Purpose, QueueBounds, Round, Settling, Tally, Task, TimeInForce,
		},
		weights::WeightInfo,
	};
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		storage::with_storage_layer,
		traits::{
			fungible::{Mutate, MutateHold},
			EnsureOrigin,
		},
		weights::WeightMeter,
		PalletId,
	};
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{
		Balance, Clock, Coverage, Credits, Devices, Interval, Metering, Price, Topology, Wh, ZoneId,
	};

	/// The storage version of this code.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the market needs of its runtime.
	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The money that is traded against.
		type Currency: Mutate<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;
		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;
		/// Who sets the rules.
		type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;
		/// Time.
		type Clock: Clock;
		/// Ratings of connection points.
		type Devices: Devices<Self::AccountId>;
		/// The grid.
		type Topology: Topology<Self::AccountId>;
		/// What was metered.
		type Metering: Metering<Self::AccountId>;
		/// The ledger of credits. The market is the only one that holds and releases credits there.
		type Credits: Credits<Self::AccountId>;
		/// Who receives the market's fee.
		type Treasury: Get<Self::AccountId>;
		/// The market's own account, through which payments pass.
		#[pallet::constant]
		type PalletId: Get<PalletId>;
		/// A round begins every so many blocks, for the books with something new.
		#[pallet::constant]
		type RoundPeriod: Get<BlockNumberFor<Self>>;
		/// Pages of 64 orders in a book. The clearing of a full book must fit into `ServiceWeight`.
		#[pallet::constant]
		type MaxPages: Get<u32>;
		/// Orders of one account in one book, so that nobody fills a book alone.
		#[pallet::constant]
		type MaxAccountOrders: Get<u32>;
		/// Orders in one batch.
		#[pallet::constant]
		type MaxBatch: Get<u32>;
		/// Zones of the grid; no fewer than the grid itself may have.
		#[pallet::constant]
		type MaxZones: Get<u32>;
		/// What the market may use of a block for rounds and settlement, and once more of what a block leaves unused.
		#[pallet::constant]
		type ServiceWeight: Get<Weight>;
		/// What calls and steps cost.
		type WeightInfo: WeightInfo;
	}

	/// Why the market has put money on hold.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// The price of open bids, at their limits, and of open contracts as the buyer.
		Bid,
		/// What the account may owe its buyers for energy it offered or sold forward and does not deliver.
		Collateral,
	}

	/// The rules for intervals whose market opens from now on. Without rules there is no market.
	#[pallet::storage]
	pub type Rules<T: Config> = StorageValue<_, Parameters<T::AccountId>>;

	/// The market's record of each interval that is traded or settled.
	#[pallet::storage]
	pub type Deliveries<T: Config> = StorageMap<_, Twox64Concat, Interval, Delivery<T::AccountId>>;

	/// The grid as it stood when an interval's market opened, parents before children.
	#[pallet::storage]
	pub type Lines<T: Config> =
		StorageMap<_, Twox64Concat, Interval, BoundedVec<Line<T::AccountId>, T::MaxZones>, ValueQuery>;

	/// The heads of open books.
	#[pallet::storage]
	pub type Books<T: Config> = StorageMap<_, Twox64Concat, BookId, BookOf<T>>;

	/// Orders by book and page; pages are named by the number of their first order.
	#[pallet::storage]
	pub type Orders<T: Config> =
		StorageDoubleMap<_, Twox64Concat, BookId, Twox64Concat, u32, OrderPage<T>, ValueQuery>;

	/// Each account's orders by book.
	#[pallet::storage]
	pub type OwnOrders<T: Config> = StorageDoubleMap<
		_,
		Blake2_128Concat,
		T::AccountId,
		Twox64Concat,
		BookId,
		BoundedVec<OwnOrder, T::MaxAccountOrders>,
		ValueQuery,
	>;

	/// What each account has open, by interval, account and zone.
	#[pallet::storage]
	pub type Exposures<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
		),
		Exposure,
		ValueQuery,
	>;

	/// Open contracts, by interval, seller, the seller's zone, and number.
	#[pallet::storage]
	pub type Contracts<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
			NMapKey<Twox64Concat, u32>,
		),
		Contract<T::AccountId>,
	>;

	/// Books that wait for a round, by their place in the queue.
	#[pallet::storage]
	pub type Queue<T: Config> = StorageMap<_, Twox64Concat, u64, BookId>;

	/// Where the queue begins and ends.
	#[pallet::storage]
	pub type QueueRange<T: Config> = StorageValue<_, QueueBounds, ValueQuery>;

	/// The round that is being worked on.
	#[pallet::storage]
	pub type CurrentRound<T: Config> = StorageValue<_, Round>;

	/// Fills of that round that are still to be made.
	#[pallet::storage]
	pub type FillPages<T: Config> = StorageMap<_, Twox64Concat, u32, FillPage, ValueQuery>;

	/// What is due when an interval begins.
	#[pallet::storage]
	pub type Agenda<T: Config> = StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, Task, ()>;

	/// The first interval of which something may still be due.
	#[pallet::storage]
	pub type AgendaCursor<T: Config> = StorageValue<_, Interval>;

	/// Accounts that lost their last connection point in a zone, and the last of their books that was gone through.
	#[pallet::storage]
	pub type Suspensions<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, ZoneId, Option<BookId>>;

	/// How far settlement has come.
	#[pallet::storage]
	pub type Settlement<T: Config> = StorageValue<_, Settling<T::AccountId>>;

	/// Payouts that were too small to be received.
	#[pallet::storage]
	pub type Claimable<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Balance, ValueQuery>;

	/// The market at genesis.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// The rules, or none: then governance opens the market later.
		pub parameters: Option<Parameters<T::AccountId>>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			Pallet::<T>::endow_account();
			if let Some(parameters) = &self.parameters {
				assert_eq!(parameters.check(), Ok(()), "the market's rules at genesis are sound");
				Rules::<T>::put(parameters);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			let zero = BlockNumberFor::<T>::default();
			assert!(T::RoundPeriod::get() > zero, "rounds need a period");
			assert!(T::MaxPages::get() > 0 && T::MaxAccountOrders::get() > 0, "books need room for orders");
			let orders = T::MaxPages::get().saturating_mul(crate::types::ORDERS_PER_PAGE);
			let steps = [
				T::WeightInfo::clear(orders, T::MaxZones::get()),
				T::WeightInfo::apply_page(T::MaxPages::get()),
				T::WeightInfo::suspend_book(T::MaxPages::get()),
				T::WeightInfo::sweep_page(),
				T::WeightInfo::settle_contract(),
			];
			for step in steps {
				let needed = step.saturating_add(T::WeightInfo::idle().saturating_mul(4));
				assert!(needed.all_lte(T::ServiceWeight::get()), "the greatest step fits into ServiceWeight: {step:?}");
			}
		}

		fn on_poll(block: BlockNumberFor<T>, meter: &mut WeightMeter) {
			let limit = T::ServiceWeight::get().min(meter.remaining());
			meter.consume(Self::serve(block, limit));
		}

		fn on_idle(block: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::serve(block, T::ServiceWeight::get().min(remaining))
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

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
		/// Emits `OrderPlaced`. The fills of a round follow as `Filled`.
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
			let order = NewOrder { interval, kind, zone, quantity_wh, limit_price, time_in_force };
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
		/// Emits `OrderPlaced`. The fills of a round follow as `Filled`.
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
			let order = NewOrder { interval, kind, zone, quantity_wh, limit_price, time_in_force };
			Self::do_place(&who, order).map(|_| ())
		}

		/// Take an order back.
		///
		/// Signed by whoever placed it. It stays in the book for the next round, so that nobody can show an order and withdraw it
		/// before it counts; what that round does not fill leaves, and what it held is given back.
		///
		/// - `order`: its name, from `OrderPlaced`.
		///
		/// Emits `WithdrawalRequested`, and `OrderLeft` after the round.
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
		/// Emits `WithdrawalRequested`.
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
		/// Emits `OrderPlaced` for each that stands, and `BatchPlaced` with the reason for each that does not.
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
			Self::deposit_event(Event::BatchPlaced { account, placed, refused });
			Ok(())
		}

		/// Do some of the market's work now: rounds, settlement, whatever is due.
		///
		/// Signed by anyone, who pays for the weight that is used. The market works by itself in every block; this is for when it
		/// has fallen behind.
		///
		/// - `weight`: the most to use.
		///
		/// Fails with `NothingToDo` if no step was taken.
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
		/// Emits `ParametersSet`.
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
		/// Emits `Claimed`.
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
		/// Emits `ContractRefunded`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::close_halted())]
		pub fn close_halted(origin: OriginFor<T>, contract: ContractId<T::AccountId>) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_close_halted(contract)
		}
	}
}
