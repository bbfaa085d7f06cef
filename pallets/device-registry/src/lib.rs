#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod calls;
mod conflict;
mod directory;
mod errors;
mod events;
mod keys;
mod lifecycle;
mod ownership;
mod proof;
mod records;
mod registrar;
#[cfg(any(feature = "std", feature = "try-runtime"))]
pub mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{
	Deposits, DeviceRecord, EpochKey, FormerOwner, Gravity, Handover, MeterSwap, Standing, SuspendedBy, MAX_FORMER_KEYS,
};
pub use weights::WeightInfo;

use calls::*;
use errors::*;
use events::*;
use frame_support::pallet_macros::import_section;

/// What an owner has put up for a device.
pub type DepositsOf<T> = Deposits<<T as Config>::Consideration>;

/// The record of a device.
pub type DeviceOf<T> = DeviceRecord<<T as frame_system::Config>::AccountId, <T as Config>::Consideration>;

/// The zones of a registrar.
pub type Zones<T> = frame_support::BoundedVec<gridtokenx_primitives::ZoneId, <T as Config>::MaxZonesPerRegistrar>;

#[import_section(calls)]
#[import_section(errors)]
#[import_section(events)]
#[frame_support::pallet]
pub mod pallet {
	use crate::{
		keys::KeyChange,
		lifecycle::Attestation,
		types::{FormerOwner, Gravity, SuspendedBy},
		weights::WeightInfo,
		DeviceOf, Zones,
	};
	use alloc::vec::Vec;
	use frame_support::{
		pallet_prelude::*,
		traits::{
			fungible::{Mutate, MutateHold},
			Consideration, Footprint,
		},
		weights::WeightMeter,
	};
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{
		device::Registers,
		message::Registration,
		time::{HORIZON, SETTLEMENT_LIMIT},
		Balance, Clock, DeviceId, DeviceKind, Epoch, Interval, Limits, MeterLifecycle, MeterPage, OnSuspension,
		PublicKey, Reading, Signature, Source, Topology, Wh, ZoneId, PAGE_SIZE,
	};
	use sp_runtime::Permill;

	/// The storage version of this code.
	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	/// The most bytes that a page of meters may take, so that telemetry reads it in one go.
	const MAX_PAGE_BYTES: usize = 8 * 1024;

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	/// What the registry needs of its runtime. Devices sign their owner's account and the genesis hash: both have 32 bytes.
	#[pallet::config]
	pub trait Config: frame_system::Config<AccountId: AsRef<[u8; 32]>, Hash: Into<[u8; 32]>> {
		/// Weights of the calls and of the hooks' steps.
		type WeightInfo: WeightInfo;

		/// What bonds are held in.
		type Currency: Mutate<Self::AccountId, Balance = Balance>
			+ MutateHold<Self::AccountId, Balance = Balance, Reason = Self::RuntimeHoldReason>;

		/// The runtime's hold reasons.
		type RuntimeHoldReason: From<HoldReason>;

		/// The deposit for the room that a device takes in the state; meant to be held under [`HoldReason::Storage`].
		type Consideration: Consideration<Self::AccountId, Footprint>;

		/// Appoints and revokes registrars.
		type GovernanceOrigin: EnsureOrigin<Self::RuntimeOrigin>;

		/// The time. In `on_initialize` it must be this block's already.
		type Clock: Clock;

		/// The zones, and what their lines can carry.
		type Topology: Topology<Self::AccountId>;

		/// Who has to know of changed keys and exchanged meters.
		type MeterLifecycle: MeterLifecycle;

		/// Who has to know when an account loses its last active connection point in a zone.
		type OnSuspension: OnSuspension<Self::AccountId>;

		/// What an owner bonds for each device, planck.
		#[pallet::constant]
		type BondAmount: Get<Balance>;

		/// The part of a bond that a proven conflict costs.
		#[pallet::constant]
		type SlashRate: Get<Permill>;

		/// The part of a slash that goes to the reporter; less than all of it.
		#[pallet::constant]
		type ReporterShare: Get<Permill>;

		/// Where the rest of a slash goes: an account that exists.
		#[pallet::constant]
		type SlashDestination: Get<Self::AccountId>;

		/// For how many intervals evidence may be brought, and deposits stay after a device has gone. Longer than any contract
		/// can take to settle.
		#[pallet::constant]
		type EvidenceWindow: Get<Interval>;

		/// How much export the active sites below a line may be rated for, per cent of what the line can carry. Above 100 where
		/// not all of them feed in at the same time.
		#[pallet::constant]
		type ExportFactor: Get<u32>;

		/// The most attested devices behind one connection point.
		#[pallet::constant]
		type MaxChildren: Get<u32>;

		/// The most zones of one registrar.
		#[pallet::constant]
		type MaxZonesPerRegistrar: Get<u32>;

		/// The most devices that change hands at the start of one interval.
		#[pallet::constant]
		type MaxHandovers: Get<u32>;

		/// The most devices that one block suspends after a registrar was revoked.
		#[pallet::constant]
		type RevocationsPerBlock: Get<u32>;
	}

	/// Why this pallet holds funds.
	#[pallet::composite_enum]
	pub enum HoldReason {
		/// For the room that a device takes in the state. Never slashed.
		Storage,
		/// What a device's owner answers with for conflicting readings.
		Bond,
	}

	/// The devices, by index. An index is never used again.
	#[pallet::storage]
	pub type Devices<T: Config> = StorageMap<_, Twox64Concat, DeviceId, DeviceOf<T>>;

	/// The index of the next device.
	#[pallet::storage]
	pub type NextDevice<T: Config> = StorageValue<_, DeviceId, ValueQuery>;

	/// What telemetry needs of the devices, 64 to a page, by device / 64. A page changes only when one of its devices does.
	#[pallet::storage]
	pub type MeterPages<T: Config> = StorageMap<_, Twox64Concat, u32, MeterPage<T::AccountId>, ValueQuery>;

	/// Who owned devices of a page before, for as long as the energy of their time may still be measured.
	#[pallet::storage]
	pub type FormerOwners<T: Config> =
		StorageMap<_, Twox64Concat, u32, BoundedVec<FormerOwner<T::AccountId>, ConstU32<PAGE_SIZE>>, ValueQuery>;

	/// The devices that have not been decommissioned, by SHA-256 of their key's scheme and bytes.
	#[pallet::storage]
	pub type KeyHashes<T: Config> = StorageMap<_, Identity, [u8; 32], DeviceId>;

	/// An account's devices, with those whose deposits wait for the end of the evidence window.
	#[pallet::storage]
	pub type ByOwner<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, DeviceId, (), OptionQuery>;

	/// The attested devices behind a connection point.
	#[pallet::storage]
	pub type ByParent<T: Config> =
		StorageMap<_, Twox64Concat, DeviceId, BoundedVec<DeviceId, T::MaxChildren>, ValueQuery>;

	/// The devices of a zone that have not been decommissioned; pending ones by the zone that their owners declared.
	#[pallet::storage]
	pub type ByZone<T: Config> = StorageDoubleMap<_, Twox64Concat, ZoneId, Twox64Concat, DeviceId, (), OptionQuery>;

	/// The devices for which a registrar answers.
	#[pallet::storage]
	pub type AttestedBy<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, DeviceId, (), OptionQuery>;

	/// What an account's active connection points in a zone can move in one interval.
	#[pallet::storage]
	pub type SiteLimits<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, ZoneId, Limits, ValueQuery>;

	/// The export for which all active connection points below a line are rated together, W, by the zone under the line.
	#[pallet::storage]
	pub type AttestedExport<T: Config> = StorageMap<_, Twox64Concat, ZoneId, u64, ValueQuery>;

	/// The registrars and their zones.
	#[pallet::storage]
	pub type Registrars<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, Zones<T>>;

	/// Revoked registrars, until everything that they had attested is suspended.
	#[pallet::storage]
	pub type Revoking<T: Config> = StorageMap<_, Blake2_128Concat, T::AccountId, (), OptionQuery>;

	/// The devices that change hands with the first block of an interval, in the order of acceptance.
	#[pallet::storage]
	pub type Handovers<T: Config> = StorageValue<_, (Interval, BoundedVec<DeviceId, T::MaxHandovers>), ValueQuery>;

	/// Who may attest devices from the first block on. Devices themselves always come with their own signatures.
	#[pallet::genesis_config]
	#[derive(frame_support::DefaultNoBound)]
	pub struct GenesisConfig<T: Config> {
		/// Registrars and their zones.
		pub registrars: Vec<(T::AccountId, Vec<ZoneId>)>,
	}

	#[pallet::genesis_build]
	impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
		fn build(&self) {
			for (registrar, zones) in &self.registrars {
				let zones = Zones::<T>::try_from(zones.clone())
					.expect("a genesis registrar has at most `MaxZonesPerRegistrar` zones");
				assert!(!zones.is_empty(), "a genesis registrar has a zone");
				Registrars::<T>::insert(registrar, zones);
			}
		}
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		/// Devices change hands here and nowhere else, so that an interval has one owner from its first block on. It is
		/// mandatory work, and `MaxHandovers` bounds it.
		fn on_initialize(_: BlockNumberFor<T>) -> Weight {
			T::WeightInfo::hand_over(Self::hand_over_due())
		}

		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			Self::continue_revocations(meter);
		}

		fn integrity_test() {
			assert!(
				MeterPage::<T::AccountId>::max_encoded_len() <= MAX_PAGE_BYTES,
				"a page of meters has at most 8 KiB"
			);
			assert!(
				T::ReporterShare::get() < Permill::one(),
				"a reporter gets less than the slash, or owners would report themselves"
			);
			assert!(
				T::EvidenceWindow::get() >= HORIZON.saturating_add(SETTLEMENT_LIMIT),
				"deposits stay until every contract of the device's site has settled"
			);
			assert!(T::MaxHandovers::get() > 0, "devices can change hands");
			assert!(T::RevocationsPerBlock::get() > 0, "revocations come to an end");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}
}
