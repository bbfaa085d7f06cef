#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod calls;
mod controller;
mod enrolment;
mod events;
pub mod math;
mod program;
mod proof;
mod signals;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod types;
pub mod weights;
mod work;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use weights::WeightInfo;

use calls::*;
use events::*;
use frame_support::pallet_macros::import_section;

#[import_section(vpp_calls)]
#[import_section(vpp_events)]
#[import_section(vpp_errors)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{math::calendar::Calendar, types::*, WeightInfo};
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{self, Inspect},
			EnsureOriginWithArg,
		},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{
		message, Balance, Clock, DeviceId, Devices, ForwardSales, Interval, Metering, Signature, Topology, ZoneId,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// A dispatch event, within the runtime's bounds.
	pub type ActivationOf<T> = Activation<<T as Config>::MaxAssets>;
	/// A program of this runtime.
	pub type ProgramOf<T> = Program<<T as frame_system::Config>::AccountId>;
	/// An enrolment of this runtime.
	pub type EnrolmentOf<T> = Enrolment<<T as frame_system::Config>::AccountId>;

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// The currency of budgets, deposits, bonds and payments.
		type Currency: fungible::MutateHold<Self::AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;

		/// The runtime's reasons for holds.
		type RuntimeHoldReason: From<HoldReason>;

		/// Governance: admits programs, and may close and cancel what it admitted.
		type AdminOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// Who may signal a need in a zone: the zone's grid operator.
		type SignalOrigin: EnsureOriginWithArg<Self::RuntimeOrigin, ZoneId>;

		/// Slots and delivery intervals.
		type Clock: Clock;

		/// The device registry.
		type Devices: Devices<Self::AccountId>;

		/// What was measured.
		type Metering: Metering<Self::AccountId>;

		/// Zones and lines.
		type Grid: Topology<Self::AccountId>;

		/// What sites sold forward; `()` where there is no market.
		type Sales: ForwardSales<Self::AccountId>;

		/// Length of a slot, milliseconds: a frequency reading may be three slots old and one ahead.
		#[pallet::constant]
		type SlotMillis: Get<u64>;

		/// How long a device has to answer an instruction, seconds.
		#[pallet::constant]
		type AcknowledgeSeconds: Get<u64>;

		/// How long a report of a battery's charge is relied on, seconds.
		#[pallet::constant]
		type ChargeSeconds: Get<u64>;

		/// What an enrolment holds for the state it takes, planck; returned when the asset leaves. At least the existential
		/// deposit, so that whoever is enrolled has an account that can be paid.
		#[pallet::constant]
		type EnrolmentDeposit: Get<Balance>;

		/// The most programs.
		#[pallet::constant]
		type MaxPrograms: Get<u32>;

		/// The most assets in a program.
		#[pallet::constant]
		type MaxAssets: Get<u32>;

		/// The most weight that control, proof and payment take of a block by themselves.
		#[pallet::constant]
		type ServiceWeight: Get<Weight>;

		/// Weights of calls and of work in hooks.
		type WeightInfo: WeightInfo;
	}

	/// Why funds are on hold.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// An operator's budget: payments, penalties and compensations come from it.
		Budget,
		/// An owner's deposit for an enrolment.
		Enrolment,
		/// An owner's bond against penalties.
		Bond,
	}

	/// The number the next program gets.
	#[pallet::storage]
	pub type NextProgram<T> = StorageValue<_, ProgramId, ValueQuery>;

	/// Programs. At most `MaxPrograms`.
	#[pallet::storage]
	pub type Programs<T: Config> = CountedStorageMap<_, Twox64Concat, ProgramId, ProgramOf<T>>;

	/// Enrolled assets by program. At most `MaxAssets` in each.
	#[pallet::storage]
	pub type Enrolments<T: Config> =
		StorageDoubleMap<_, Twox64Concat, ProgramId, Twox64Concat, DeviceId, EnrolmentOf<T>>;

	/// The program an asset is enrolled in: one at a time.
	#[pallet::storage]
	pub type EnrolledIn<T> = StorageMap<_, Twox64Concat, DeviceId, ProgramId>;

	/// Which assets of a site are enrolled, by connection point.
	#[pallet::storage]
	pub type Sites<T> = StorageMap<_, Twox64Concat, DeviceId, Site>;

	/// The last sequence number of signals from a zone.
	#[pallet::storage]
	pub type Sequences<T> = StorageMap<_, Twox64Concat, ZoneId, u64>;

	/// Signals that the controller has not heeded yet.
	#[pallet::storage]
	pub type Signals<T> = StorageMap<_, Twox64Concat, ProgramId, Signal>;

	/// The newest frequency readings, one per owner of sensors, none older than three slots when the last report came.
	#[pallet::storage]
	pub type Sensors<T: Config> =
		StorageValue<_, BoundedVec<SensorReading<T::AccountId>, ConstU32<MAX_SENSORS>>, ValueQuery>;

	/// The grid's frequency: the median over the sensors' owners.
	#[pallet::storage]
	pub type Frequency<T> = StorageValue<_, GridFrequency>;

	/// The number the next dispatch gets.
	#[pallet::storage]
	pub type NextDispatch<T> = StorageValue<_, DispatchId, ValueQuery>;

	/// Dispatch events that are live or wait for their proof; gone once paid.
	#[pallet::storage]
	pub type Activations<T: Config> = StorageMap<_, Twox64Concat, DispatchId, ActivationOf<T>>;

	/// What each device was told in a dispatch event, and what it answered.
	#[pallet::storage]
	pub type Instructions<T> = StorageDoubleMap<_, Twox64Concat, DispatchId, Twox64Concat, DeviceId, Instruction>;

	/// Ordinary intervals of a meter by their place in the day, oldest first; only for assets under the like-intervals rule.
	#[pallet::storage]
	pub type History<T> = StorageDoubleMap<
		_,
		Twox64Concat,
		DeviceId,
		Twox64Concat,
		u32,
		BoundedVec<Sample, ConstU32<MAX_SAMPLES>>,
		ValueQuery,
	>;

	/// Meters whose history is being removed, because their asset left.
	#[pallet::storage]
	pub type Forgetting<T> = StorageMap<_, Twox64Concat, DeviceId, ()>;

	/// The last interval of which history has been taken for every asset.
	#[pallet::storage]
	pub type SampledThrough<T> = StorageValue<_, Interval>;

	/// The last interval up to which every dispatch is proven; empty when a dispatch has ended since.
	#[pallet::storage]
	pub type ProvenThrough<T> = StorageValue<_, Interval>;

	/// How far the next interval's history has been taken: the storage key of the last asset.
	#[pallet::storage]
	pub type SamplingKey<T> = StorageValue<_, BoundedVec<u8, ConstU32<128>>>;

	/// Contract energy that obeyed dispatches withheld: by interval, seller, zone and program.
	#[pallet::storage]
	pub type WithheldEnergy<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
			NMapKey<Twox64Concat, ProgramId>,
		),
		Withheld,
	>;

	/// The oldest interval that may still hold withheld energy.
	#[pallet::storage]
	pub type WithheldFrom<T> = StorageValue<_, Interval>;

	/// The program whose turn is next, where a block's weight did not suffice for all.
	#[pallet::storage]
	pub type NextTurn<T> = StorageValue<_, ProgramId, ValueQuery>;

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			let limit = meter.remaining().min(T::ServiceWeight::get());
			meter.consume(Self::serve(limit));
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			Self::serve(remaining)
		}

		fn integrity_test() {
			let turn = T::WeightInfo::turn(T::MaxAssets::get());
			assert!(
				turn.all_lte(T::ServiceWeight::get()),
				"a controller's turn must fit into the service weight"
			);
			assert!(T::AcknowledgeSeconds::get() > 0, "devices need time to answer");
			let exists = T::Currency::minimum_balance();
			assert!(
				T::EnrolmentDeposit::get() >= exists,
				"whoever is enrolled has an account that can be paid"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	impl<T: Config> Pallet<T> {
		/// Now, Unix seconds.
		pub(crate) fn now_s() -> u64 {
			T::Clock::now_ms() / 1_000
		}

		/// The chain's intervals.
		pub(crate) fn calendar() -> Calendar {
			Calendar::new(T::Clock::interval_seconds())
		}
	}
}
