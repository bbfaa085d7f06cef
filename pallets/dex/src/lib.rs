#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod agenda;
mod book;
mod calls;
mod delivery;
mod entry;
mod errors;
mod events;
mod exposure;
mod money;
mod path;
mod queries;
mod round;
mod sales;
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

use calls::*;
use errors::*;
use events::*;
use frame_support::pallet_macros::import_section;

#[import_section(calls)]
#[import_section(errors)]
#[import_section(events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		book::{BookOf, OrderPage},
		types::{
			Backing, BookId, Contract, ContractId, Delivery, Departure, Exposure, Fault, FillPage, Line, NewOrder,
			OrderId, OrderKind, OwnOrder, Parameters, Purpose, QueueBounds, Round, Settling, Tally, Task, TimeInForce,
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
		Balance, Clock, Coverage, Credits, Curtailment, Devices, Interval, Metering, Price, Topology, Wh, ZoneId,
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
		/// The virtual power plant: it pays the buyers of energy that a seller withheld because it was told to.
		type Curtailment: Curtailment<Self::AccountId>;
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
		/// For how many intervals after an interval began it is remembered what was sold ahead for it: telemetry's window.
		#[pallet::constant]
		type SalesWindow: Get<Interval>;
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
	pub type Orders<T: Config> = StorageDoubleMap<_, Twox64Concat, BookId, Twox64Concat, u32, OrderPage<T>, ValueQuery>;

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

	/// What each account sold ahead less what it bought, by interval, account and zone, as it stood at gate closure.
	#[pallet::storage]
	pub type NetSales<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
		),
		i64,
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
			assert!(
				T::MaxPages::get() > 0 && T::MaxAccountOrders::get() > 0,
				"books need room for orders"
			);
			let orders = T::MaxPages::get().saturating_mul(crate::types::ORDERS_PER_PAGE);
			let steps = [
				T::WeightInfo::clear(orders, T::MaxZones::get()),
				T::WeightInfo::apply_page(T::MaxPages::get()),
				T::WeightInfo::suspend_book(T::MaxPages::get()),
				T::WeightInfo::sweep_page(),
				T::WeightInfo::settle_contract(),
				T::WeightInfo::forget_sales(),
			];
			for step in steps {
				let needed = step.saturating_add(T::WeightInfo::idle().saturating_mul(4));
				assert!(
					needed.all_lte(T::ServiceWeight::get()),
					"the greatest step fits into ServiceWeight: {step:?}"
				);
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
}
