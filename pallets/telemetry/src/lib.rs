#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod batch;
mod carriers;
pub mod energy;
pub mod extension;
mod late;
mod measure;
mod metering;
pub mod offchain;
mod page;
pub mod register;
pub mod ring;
mod sheet;
pub mod slots;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use extension::CheckCarrierNonce;
pub use offchain::CarrierKeys;
pub use pallet::*;
pub use types::{Books, Carrier, Cursor, LastReading, Refusal};
pub use weights::WeightInfo;

use frame_support::traits::fungible;

/// What is taken from a bond, on its way to [`Config::OnSlash`].
pub type CreditOf<T> = fungible::Credit<<T as frame_system::Config>::AccountId, <T as Config>::Currency>;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::{
		batch::{process, worst_case},
		carriers::CarrierOf,
		late::LateChunk,
		register::{RegisterPage, BACKLOG},
		slots::Slots,
		types::{BlockLoad, EnergyPage, Flow, Point, PositionSums},
	};
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{hold::Balanced, hold::Mutate},
			OnUnbalanced,
		},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{
		metering::Coverage, Balance, Clock, DeviceId, Interval, MeterDirectory, Page, ZoneId, PAGE_SIZE,
	};

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// Refused readings of one batch: their places in it, counted over all pages, and why.
	pub type Refused<T> = BoundedVec<(u16, Refusal), MaxReadings<T>>;

	/// The most readings that a batch can have: 64 on every page.
	pub struct MaxReadings<T>(PhantomData<T>);
	impl<T: Config> Get<u32> for MaxReadings<T> {
		fn get() -> u32 {
			T::MaxPages::get().saturating_mul(PAGE_SIZE)
		}
	}

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Weights of the calls and of the steps of measuring.
		type WeightInfo: WeightInfo;

		/// What carriers bond.
		type Currency: Mutate<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = Balance>
			+ Balanced<Self::AccountId, Reason = Self::RuntimeHoldReason, Balance = Balance>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// Admits and removes carriers.
		type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The time.
		type Clock: Clock;

		/// Who may speak, and with which key.
		type Meters: MeterDirectory<Self::AccountId>;

		/// Where slashed bonds go.
		type OnSlash: OnUnbalanced<CreditOf<Self>>;

		/// The least bond of an active carrier, planck.
		#[pallet::constant]
		type MinBond: Get<Balance>;

		/// What a carrier loses for each fault that it could have known, planck.
		#[pallet::constant]
		type SlashPerFault: Get<Balance>;

		/// The most that a carrier loses in one day, planck.
		#[pallet::constant]
		type MaxSlashPerDay: Get<Balance>;

		/// The most pages in a batch, at most 1,024.
		#[pallet::constant]
		type MaxPages: Get<u32>;

		/// For how many intervals measured energy and sums are kept.
		#[pallet::constant]
		type Window: Get<Interval>;

		/// The keys with which this node's off-chain worker carries readings; `()` where none is to.
		type CarrierKeys: CarrierKeys<Self::AccountId, Self::MaxPages>;

		/// The most weight that measuring takes at the beginning of a block. What is left at its end may be used as well.
		#[pallet::constant]
		type ServiceWeight: Get<Weight>;
	}

	/// Why this pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// A carrier's bond.
		CarrierBond,
	}

	/// Accounts that may submit readings without a fee, by the hot key that signs their batches.
	#[pallet::storage]
	pub type Carriers<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, CarrierOf<T>>;

	/// How much of the present block carriers have taken. Left over from the last block that had a batch.
	#[pallet::storage]
	pub type BlockLoads<T: Config> = StorageValue<_, BlockLoad<BlockNumberFor<T>>>;

	/// Intervals between the end of an interval and its measuring. Fixed at genesis.
	#[pallet::storage]
	pub type Grace<T: Config> = StorageValue<_, Interval, ValueQuery>;

	/// How far measuring has come. `None` until the first block that knows the time.
	#[pallet::storage]
	pub type Measuring<T: Config> = StorageValue<_, Cursor>;

	/// The last interval that has been measured for all devices.
	#[pallet::storage]
	pub type MeasuredThrough<T: Config> = StorageValue<_, Interval>;

	/// What is known of the registers, by page of 64 devices.
	#[pallet::storage]
	pub type RegisterPages<T: Config> = StorageMap<_, Twox64Concat, u32, RegisterPage, ValueQuery>;

	/// Accepted readings of intervals that have not been measured, by interval and page.
	#[pallet::storage]
	pub type Points<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, u32, Slots<Point>, ValueQuery>;

	/// Energy of every device in measured intervals of the window, by interval and page.
	#[pallet::storage]
	pub type Energies<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, u32, EnergyPage, ValueQuery>;

	/// What accounts have measured, by interval and by account and zone, until settlement takes it.
	#[pallet::storage]
	pub type Positions<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Interval, Blake2_128Concat, (T::AccountId, ZoneId), PositionSums, ValueQuery>;

	/// What zones have measured in intervals of the window: the most that may be issued.
	#[pallet::storage]
	pub type ZoneFlows<T: Config> = StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, ZoneId, Flow, ValueQuery>;

	/// How much of the grid was read in measured intervals of the window.
	#[pallet::storage]
	pub type Coverages<T: Config> = StorageMap<_, Twox64Concat, Interval, Coverage, ValueQuery>;

	/// Where the energy of all connection points went since genesis.
	#[pallet::storage]
	pub type Totals<T: Config> = StorageValue<_, Books, ValueQuery>;

	/// The queue of late energy, until settlement takes it.
	#[pallet::storage]
	pub type LateSpans<T: Config> = StorageMap<_, Twox64Concat, u64, LateChunk<T::AccountId>>;

	/// The first index of the queue, and the one after its last.
	#[pallet::storage]
	pub type LateEnds<T: Config> = StorageValue<_, (u64, u64), ValueQuery>;

	#[pallet::genesis_config]
	pub struct GenesisConfig<T: Config> {
		/// Intervals between the end of an interval and its measuring.
		pub grace: Interval,
		/// Carriers: hot key, owner, readings a block, and the bond that is held on the owner's account, planck.
		pub carriers: Vec<(T::AccountId, T::AccountId, u32, Balance)>,
	}

	impl<T: Config> Default for GenesisConfig<T> {
		fn default() -> Self {
			Self {
				grace: 4,
				carriers: Vec::new(),
			}
		}
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			assert!(self.grace < BACKLOG, "grace must leave room for the backlog");
			Grace::<T>::put(self.grace);
			for (hot, owner, quota, bond) in &self.carriers {
				Pallet::<T>::do_admit(hot.clone(), owner.clone(), *quota)
					.and_then(|()| Pallet::<T>::do_bond(hot.clone(), owner, *bond))
					.expect("a carrier of the genesis is listed once, with a quota and a bond that its owner can pay");
			}
		}
	}

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Readings were taken from a carrier.
		ReadingsSubmitted {
			/// Who carried them.
			carrier: T::AccountId,
			/// How many count.
			accepted: u32,
			/// Places in the batch, counted over all pages, of those that do not, and why.
			refused: Refused<T>,
		},
		/// An owner has submitted readings of its own devices.
		OwnReadingsSubmitted {
			/// The owner.
			owner: T::AccountId,
			/// How many count.
			accepted: u32,
			/// Places in the batch, counted over all pages, of those that do not, and why.
			refused: Refused<T>,
		},
		/// An interval's energy is final for every device that could be read.
		IntervalMeasured {
			/// The interval.
			interval: Interval,
			/// Active connection points.
			active: u32,
			/// Those of which a reading of the interval or of a later one had been accepted.
			read: u32,
			/// Those whose energy was estimated.
			estimated: u32,
			/// Connection points whose energy could not be allocated.
			unallocated: u32,
		},
		/// An account may carry readings once it is bonded.
		CarrierAdmitted {
			/// The hot key.
			carrier: T::AccountId,
			/// Who answers for it.
			owner: T::AccountId,
			/// Readings a block.
			quota: u32,
		},
		/// A carrier may submit more, or fewer, readings in a block.
		QuotaChanged {
			/// The hot key.
			carrier: T::AccountId,
			/// Readings a block until now.
			old: u32,
			/// Readings a block from now on.
			new: u32,
		},
		/// A carrier's bond was raised to at least the minimum: it may submit.
		CarrierBonded {
			/// The hot key.
			carrier: T::AccountId,
			/// What was added, planck.
			added: Balance,
			/// The bond now, planck.
			bond: Balance,
		},
		/// A carrier's bond was given back: it may not submit.
		CarrierUnbonded {
			/// The hot key.
			carrier: T::AccountId,
			/// What was released to its owner, planck.
			released: Balance,
		},
		/// A carrier may not submit any more, and its bond was given back.
		CarrierRemoved {
			/// The hot key.
			carrier: T::AccountId,
			/// What was released to its owner, planck.
			released: Balance,
		},
		/// A carrier has paid for readings that it could have known to be wrong.
		CarrierSlashed {
			/// The hot key.
			carrier: T::AccountId,
			/// Readings that were malformed, doubled in the batch or badly signed.
			faults: u32,
			/// What was taken, planck; nothing once the day's limit is reached.
			amount: Balance,
			/// The bond now, planck.
			bond: Balance,
			/// Whether it may still submit: with less than the minimum it may not.
			active: bool,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// The account is a carrier already. Remove it first, or change its quota.
		AlreadyAdmitted,
		/// The account is no carrier. Governance has to admit it first.
		NotAdmitted,
		/// The caller does not own this carrier. Only its owner may bond and unbond it.
		NotCarrierOwner,
		/// The carrier is not active. Its owner has to bond at least the minimum.
		NotActive,
		/// A carrier needs a quota of at least one reading a block.
		ZeroQuota,
		/// The bond would be below the minimum. Add more.
		BondTooSmall,
		/// The carrier has no bond that could be given back.
		NothingBonded,
		/// No interval is due to be measured. It happens by itself; try again when the running interval is over.
		NothingToMeasure,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			let mut service = WeightMeter::with_limit(meter.remaining().min(T::ServiceWeight::get()));
			Self::measure(&mut service, u32::MAX);
			meter.consume(service.consumed());
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			let mut meter = WeightMeter::with_limit(remaining);
			Self::measure(&mut meter, u32::MAX);
			meter.consumed()
		}

		fn offchain_worker(block: BlockNumberFor<T>) {
			offchain::work::<T>(block);
		}

		fn integrity_test() {
			/// Above this, a value costs more to read and write than it saves.
			const LARGEST_PAGE: usize = 8 * 1024;
			assert!(
				RegisterPage::max_encoded_len() <= LARGEST_PAGE,
				"a page of registers is too large"
			);
			assert!(
				Slots::<Point>::max_encoded_len() <= LARGEST_PAGE,
				"a page of points is too large"
			);
			assert!(
				EnergyPage::max_encoded_len() <= LARGEST_PAGE,
				"a page of energies is too large"
			);
			assert!(
				LateChunk::<T::AccountId>::max_encoded_len() <= LARGEST_PAGE,
				"a chunk of late spans is too large"
			);
			assert!((1..=1024).contains(&T::MaxPages::get()), "a place in a batch is a u16");
			assert!(
				T::Window::get() > 0,
				"measured energy has to be kept until it is settled"
			);
			assert!(
				T::MinBond::get() > 0 && T::SlashPerFault::get() > 0,
				"a carrier answers with its bond"
			);
			let step = T::WeightInfo::poll().saturating_add(Self::worst_step());
			assert!(
				step.all_lte(T::ServiceWeight::get()),
				"the service weight must allow for one step"
			);
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Submits signed readings as a carrier, without a fee.
		///
		/// One bad reading never sinks its batch: it is skipped and named in the event. For malformed readings, doubles within
		/// the batch and bad signatures the carrier pays from its bond; all others cost quota only. Free at top level; inside
		/// another call, such as a batch of calls, the outer call pays.
		///
		/// - `pages`: the readings, by page of 64 devices (device index divided by 64), pages in ascending order, each once.
		///
		/// Origin: signed by an active carrier. Emits `ReadingsSubmitted`, and `CarrierSlashed` where there were faults. Fails
		/// with `NotActive`.
		#[pallet::call_index(0)]
		#[pallet::weight((worst_case::<T>(pages), DispatchClass::Normal, Pays::No))]
		pub fn submit_readings(
			origin: OriginFor<T>,
			pages: BoundedVec<Page, T::MaxPages>,
		) -> DispatchResultWithPostInfo {
			let carrier = ensure_signed(origin)?;
			ensure!(Self::active_carrier(&carrier).is_some(), Error::<T>::NotActive);
			let outcome = process::<T>(&pages, None);
			let (accepted, faults) = (outcome.accepted, outcome.faults());
			let refused = BoundedVec::truncate_from(outcome.refused);
			Self::deposit_event(Event::ReadingsSubmitted {
				carrier: carrier.clone(),
				accepted,
				refused,
			});
			Self::slash(&carrier, faults);
			Ok(Some(outcome.weight).into())
		}

		/// Submits signed readings of the caller's own devices, for the ordinary fee.
		///
		/// For owners whom no carrier serves. Readings that do not count are skipped and named in the event.
		///
		/// - `pages`: the readings, by page of 64 devices (device index divided by 64), pages in ascending order, each once.
		///
		/// Origin: signed by anyone; readings of other accounts' devices are refused. Emits `OwnReadingsSubmitted`.
		#[pallet::call_index(1)]
		#[pallet::weight(worst_case::<T>(pages))]
		pub fn submit_own_readings(
			origin: OriginFor<T>,
			pages: BoundedVec<Page, T::MaxPages>,
		) -> DispatchResultWithPostInfo {
			let owner = ensure_signed(origin)?;
			let outcome = process::<T>(&pages, Some(&owner));
			let refused = BoundedVec::truncate_from(outcome.refused);
			Self::deposit_event(Event::OwnReadingsSubmitted {
				owner,
				accepted: outcome.accepted,
				refused,
			});
			Ok(Some(outcome.weight).into())
		}

		/// Measures intervals that are due, ahead of the chain's own service.
		///
		/// - `max_steps`: how much to do at most; a step is a page of 64 devices. The fee is for the steps that were taken.
		///
		/// Origin: signed by anyone. Emits `IntervalMeasured` for every interval that is done. Fails with `NothingToMeasure`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::poll().saturating_add(Pallet::<T>::worst_step().saturating_mul((*max_steps).into())))]
		pub fn nudge(origin: OriginFor<T>, max_steps: u32) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			let mut meter = WeightMeter::new();
			let steps = Self::measure(&mut meter, max_steps);
			ensure!(steps > 0, Error::<T>::NothingToMeasure);
			Ok(Some(meter.consumed()).into())
		}

		/// Admits an account as a carrier. It may submit once its owner has bonded it.
		///
		/// - `hot`: the account that signs the batches; it needs no balance.
		/// - `owner`: the account that bonds and answers for it.
		/// - `quota`: the most readings it may submit in a block.
		///
		/// Origin: governance. Emits `CarrierAdmitted`. Fails with `AlreadyAdmitted` or `ZeroQuota`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::admit_carrier())]
		pub fn admit_carrier(
			origin: OriginFor<T>,
			hot: T::AccountId,
			owner: T::AccountId,
			quota: u32,
		) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_admit(hot, owner, quota)
		}

		/// Removes a carrier and gives its bond back to its owner.
		///
		/// - `hot`: the account that signs the batches.
		///
		/// Origin: governance. Emits `CarrierRemoved`. Fails with `NotAdmitted`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::remove_carrier())]
		pub fn remove_carrier(origin: OriginFor<T>, hot: T::AccountId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_remove(hot)
		}

		/// Changes how many readings a carrier may submit in a block.
		///
		/// - `hot`: the account that signs the batches.
		/// - `quota`: the most readings it may submit in a block.
		///
		/// Origin: governance. Emits `QuotaChanged`. Fails with `NotAdmitted` or `ZeroQuota`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::set_quota())]
		pub fn set_quota(origin: OriginFor<T>, hot: T::AccountId, quota: u32) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			ensure!(quota > 0, Error::<T>::ZeroQuota);
			let old = Carriers::<T>::try_mutate(&hot, |carrier| {
				let carrier = carrier.as_mut().ok_or(Error::<T>::NotAdmitted)?;
				Ok::<_, Error<T>>(core::mem::replace(&mut carrier.quota, quota))
			})?;
			Self::deposit_event(Event::QuotaChanged {
				carrier: hot,
				old,
				new: quota,
			});
			Ok(())
		}

		/// Adds to a carrier's bond, which is held on the caller's account. With at least the minimum, the carrier is active.
		///
		/// - `hot`: the account that signs the batches.
		/// - `amount`: what to add, planck.
		///
		/// Origin: signed by the carrier's owner. Emits `CarrierBonded`. Fails with `NotAdmitted`, `NotCarrierOwner` or
		/// `BondTooSmall`, or where the caller's free balance does not suffice.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::bond_carrier())]
		pub fn bond_carrier(
			origin: OriginFor<T>,
			hot: T::AccountId,
			#[pallet::compact] amount: Balance,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_bond(hot, &owner, amount)
		}

		/// Gives a carrier's bond back. The carrier stays admitted, and may submit again once it is bonded.
		///
		/// - `hot`: the account that signs the batches.
		///
		/// Origin: signed by the carrier's owner. Emits `CarrierUnbonded`. Fails with `NotAdmitted`, `NotCarrierOwner` or
		/// `NothingBonded`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::unbond_carrier())]
		pub fn unbond_carrier(origin: OriginFor<T>, hot: T::AccountId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_unbond(hot, &owner)
		}
	}

	#[pallet::view_functions]
	impl<T: Config> Pallet<T> {
		/// How far measuring has come.
		pub fn progress() -> Option<Cursor> {
			Measuring::<T>::get()
		}

		/// The newest accepted registers of a device, as its meter shows them.
		pub fn registers(device: DeviceId) -> Option<LastReading> {
			Self::last_reading(device)
		}
	}
}
