#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod clock;
mod lines;
mod topology;
mod tree;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{GenesisZone, Line, Outage, Schedule, Step, Terms, Zone};
pub use weights::WeightInfo;

use gridtokenx_primitives::ZoneId;

/// The zone without a parent. It exists from genesis on and can't be removed.
pub const ROOT: ZoneId = 0;

/// Whether something outside this pallet still depends on a zone: a device, an order, a contract, a programme.
pub trait ZoneUse {
	/// Whether `zone` must stay.
	fn is_used(zone: ZoneId) -> bool;
}

impl ZoneUse for () {
	fn is_used(_: ZoneId) -> bool {
		false
	}
}

impl<A: ZoneUse, B: ZoneUse> ZoneUse for (A, B) {
	fn is_used(zone: ZoneId) -> bool {
		A::is_used(zone) || B::is_used(zone)
	}
}

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::types::{CommitmentPage, ZonePage, MAX_STEPS};
	use alloc::vec::Vec;
	use frame_support::pallet_prelude::*;
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{time::HORIZON, Clock, Interval};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Weights of the calls.
		type WeightInfo: WeightInfo;

		/// Adds, halts and removes zones, appoints operators, and may change any line.
		type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The consensus slot of the present block.
		type Slot: Get<u64>;

		/// Who else depends on zones, and so keeps them from being removed.
		type ZoneUse: ZoneUse;

		/// The account that receives congestion rent beyond the published charges. Governance spends it.
		type GridFund: Get<Self::AccountId>;

		/// Length of a slot, milliseconds.
		#[pallet::constant]
		type SlotMillis: Get<u64>;

		/// The most zones that can ever be added, the root included: indices are never given twice.
		#[pallet::constant]
		type MaxZones: Get<u32>;

		/// The most lines between a zone and the root.
		#[pallet::constant]
		type MaxDepth: Get<u32>;

		/// For how many intervals after its beginning an interval can still be traded or settled. So long it is remembered how
		/// lines and zones stood.
		#[pallet::constant]
		type Retention: Get<Interval>;
	}

	/// Length of a delivery interval, seconds. Fixed at genesis.
	#[pallet::storage]
	pub type IntervalSeconds<T: Config> = StorageValue<_, u32, ValueQuery>;

	/// How many indices of zones have been given, the root's included; the next zone gets this one.
	#[pallet::storage]
	pub type NextZone<T: Config> = StorageValue<_, ZoneId, ValueQuery>;

	/// The zones and their lines, by page of 64. A removed zone leaves its place empty.
	#[pallet::storage]
	pub type Zones<T: Config> = StorageMap<_, Twox64Concat, u32, ZonePage<T::AccountId>, ValueQuery>;

	/// How many lines an account operates; absent if none.
	#[pallet::storage]
	pub type Operators<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, u32, ValueQuery>;

	/// What lines have promised, by interval and page of 64 zones.
	#[pallet::storage]
	pub type Commitments<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, u32, CommitmentPage, ValueQuery>;

	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Length of a delivery interval, seconds; divides 3,600.
		pub interval_seconds: u32,
		/// The zones below the root. The first has index 1, and each stands after its parent.
		pub zones: Vec<GenesisZone<T::AccountId>>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				interval_seconds: 900,
				zones: Vec::new(),
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(
				3_600u32.checked_rem(self.interval_seconds) == Some(0),
				"the interval has to divide an hour"
			);
			IntervalSeconds::<T>::put(self.interval_seconds);
			Pallet::<T>::append(Zone::default()).expect("there is room for the root");
			for zone in &self.zones {
				Pallet::<T>::do_add(zone.parent, zone.operator.clone(), 0, zone.terms).expect(
					"a zone of the genesis stands after its parent, within the bounds of depth, number and charge",
				);
			}
		}
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A zone was added.
		ZoneAdded {
			/// Its index.
			zone: ZoneId,
			/// The zone that it hangs by.
			parent: ZoneId,
			/// Who operates its line.
			operator: T::AccountId,
			/// What its line carries and costs.
			terms: Terms,
		},
		/// A change of a line was announced.
		LineUpdated {
			/// The zone below the line.
			zone: ZoneId,
			/// The first interval for which the change counts.
			from: Interval,
			/// What would have counted then.
			old: Terms,
			/// What will count then.
			new: Terms,
		},
		/// A line has another operator.
		OperatorChanged {
			/// The zone below the line.
			zone: ZoneId,
			/// Who operated it.
			old: T::AccountId,
			/// Who operates it now.
			new: T::AccountId,
		},
		/// A zone, and all below it, is out of service.
		ZoneHalted {
			/// The zone.
			zone: ZoneId,
			/// The first interval that it misses.
			from: Interval,
		},
		/// A zone is back in service.
		ZoneResumed {
			/// The zone.
			zone: ZoneId,
			/// The first interval in which it serves again.
			from: Interval,
		},
		/// A zone was removed. Its index is not given again.
		ZoneRemoved {
			/// The zone.
			zone: ZoneId,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// There is no such zone. Look up the zones of the grid.
		UnknownZone,
		/// The root has no line. Name the zone below the line.
		RootHasNoLine,
		/// No more zones can be added. A runtime upgrade can raise the bound.
		TooManyZones,
		/// The zone would stand too many lines below the root. Choose another parent.
		TooDeep,
		/// Neither governance nor the line's operator made this call.
		NotOperator,
		/// The market of that interval may be open already. Choose one later than the horizon.
		NoticeTooShort,
		/// Too many changes of the line are announced or still remembered. Wait until one has been forgotten.
		TooManyChanges,
		/// Wheeling and loss charge together have to be below 2^64 planck per kWh.
		ChargeTooHigh,
		/// The zone is out of service already.
		AlreadyHalted,
		/// The zone is in service.
		NotHalted,
		/// Other zones hang by this one. Remove them first.
		HasChildren,
		/// Devices, orders or promises still depend on the zone. Wait until they are gone.
		ZoneInUse,
		/// The line has less left in that direction and interval.
		CapacityExceeded,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn integrity_test() {
			assert!(T::SlotMillis::get() > 0, "time has to pass");
			assert!(T::MaxZones::get() > 0, "there is always a root");
			assert!(MAX_STEPS > 1, "a line needs room for an announcement");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Adds a zone below another. It is open for trade at once.
		///
		/// - `parent`: the zone that it hangs by.
		/// - `operator`: who may change its line, and receives the line's charges. Operators place no orders.
		/// - `terms`: the line's capacity towards and from the parent in W, and its wheeling and loss charge in planck per kWh.
		///
		/// Origin: governance. Emits `ZoneAdded` with the zone's index. Fails with `UnknownZone`, `TooManyZones`, `TooDeep` or
		/// `ChargeTooHigh`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::add_zone(T::MaxDepth::get()))]
		pub fn add_zone(origin: OriginFor<T>, parent: ZoneId, operator: T::AccountId, terms: Terms) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			let zone = Self::do_add(parent, operator.clone(), Self::now(), terms)?;
			Self::deposit_event(Event::ZoneAdded {
				zone,
				parent,
				operator,
				terms,
			});
			Ok(())
		}

		/// Announces a change of a line's capacities and charges.
		///
		/// What was announced for the same interval before is replaced; announcements for other intervals stand. To withdraw
		/// one, announce for its interval what counts before it.
		///
		/// - `zone`: the zone below the line.
		/// - `from`: the first interval for which the change counts; later than 96 intervals from now, so that no open market
		///   changes its rules.
		/// - `terms`: the line's capacity towards and from the parent in W, and its wheeling and loss charge in planck per kWh.
		///
		/// Origin: signed by the line's operator, or governance. Emits `LineUpdated`. Fails with `UnknownZone`, `RootHasNoLine`,
		/// `NotOperator`, `NoticeTooShort`, `TooManyChanges` or `ChargeTooHigh`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::update_line())]
		pub fn update_line(origin: OriginFor<T>, zone: ZoneId, from: Interval, terms: Terms) -> DispatchResult {
			let signer = match T::GovernanceOrigin::try_origin(origin) {
				Ok(_) => None,
				Err(origin) => Some(ensure_signed(origin)?),
			};
			ensure!(terms.is_valid(), Error::<T>::ChargeTooHigh);
			ensure!(from > Self::now().saturating_add(HORIZON), Error::<T>::NoticeTooShort);
			let old = Self::announce(zone, signer, from, terms)?;
			Self::deposit_event(Event::LineUpdated {
				zone,
				from,
				old,
				new: terms,
			});
			Ok(())
		}

		/// Gives a line to another operator, from now on.
		///
		/// - `zone`: the zone below the line.
		/// - `operator`: who may change the line, and receives its charges. Operators place no orders.
		///
		/// Origin: governance. Emits `OperatorChanged`. Fails with `UnknownZone` or `RootHasNoLine`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::set_operator())]
		pub fn set_operator(origin: OriginFor<T>, zone: ZoneId, operator: T::AccountId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			let old = Self::replace_operator(zone, operator.clone())?;
			Self::deposit_event(Event::OperatorChanged {
				zone,
				old,
				new: operator,
			});
			Ok(())
		}

		/// Takes a zone out of service, and all zones below it, from the running interval on.
		///
		/// It is open for no order, and its contracts for the intervals that it misses are refunded on both sides.
		///
		/// - `zone`: the zone; the root stands for the whole grid.
		///
		/// Origin: governance. Emits `ZoneHalted`. Fails with `UnknownZone` or `AlreadyHalted`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::halt_zone())]
		pub fn halt_zone(origin: OriginFor<T>, zone: ZoneId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			let from = Self::now();
			let oldest = Self::oldest_interval();
			Self::try_mutate_zone(zone, |zone| {
				ensure!(zone.halt(from, oldest), Error::<T>::AlreadyHalted);
				Ok(())
			})?;
			Self::deposit_event(Event::ZoneHalted { zone, from });
			Ok(())
		}

		/// Takes a zone back into service, from the next interval on.
		///
		/// - `zone`: the zone that was halted.
		///
		/// Origin: governance. Emits `ZoneResumed`. Fails with `UnknownZone` or `NotHalted`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::resume_zone())]
		pub fn resume_zone(origin: OriginFor<T>, zone: ZoneId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			let from = Self::now().saturating_add(1);
			Self::try_mutate_zone(zone, |zone| {
				ensure!(zone.resume(from), Error::<T>::NotHalted);
				Ok(())
			})?;
			Self::deposit_event(Event::ZoneResumed { zone, from });
			Ok(())
		}

		/// Removes a zone that nothing depends on. Its index is not given again.
		///
		/// - `zone`: a zone that no other hangs by, without devices, orders, contracts and promises on its line.
		///
		/// Origin: governance. Emits `ZoneRemoved`. Fails with `UnknownZone`, `RootHasNoLine`, `HasChildren` or `ZoneInUse`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::remove_zone(T::MaxZones::get(), T::Retention::get().saturating_add(HORIZON)))]
		pub fn remove_zone(origin: OriginFor<T>, zone: ZoneId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_remove(zone)?;
			Self::deposit_event(Event::ZoneRemoved { zone });
			Ok(())
		}
	}
}
