#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod closing;
mod credits;
mod ledger;
#[cfg(any(feature = "std", feature = "try-runtime"))]
mod try_state;
pub mod types;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;
pub use types::{Certificate, Class, Holding, IntervalSet, Position, Progress, Residual, Retirements, Tally};
pub use weights::WeightInfo;

/// Totals of a class are published at its end if at least so many accounts were issued credits of it: those of fewer would tell
/// what a household produced.
pub const MIN_ISSUERS: u32 = 5;

#[frame_support::pallet]
pub mod pallet {
	use super::*;
	use crate::types::{Beneficiary, ClassKey};
	use frame_support::{pallet_prelude::*, weights::WeightMeter};
	use frame_system::pallet_prelude::*;
	use gridtokenx_primitives::{ClassId, Interval, Metering, Source, Wh, ZoneId};
	use sp_runtime::traits::Zero;

	const STORAGE_VERSION: StorageVersion = StorageVersion::new(1);

	#[pallet::pallet]
	#[pallet::storage_version(STORAGE_VERSION)]
	pub struct Pallet<T>(_);

	#[pallet::config]
	pub trait Config: frame_system::Config {
		/// Weights of the calls and of the steps of closing.
		type WeightInfo: WeightInfo;

		/// What was measured: no more than that is ever issued.
		type Metering: Metering<Self::AccountId>;

		/// The least transfer, Wh, unless it is all that the sender has of the class. Keeps credits from being scattered.
		#[pallet::constant]
		type MinTransfer: Get<Wh>;

		/// An account that has so many holdings of an interval in a delivery zone receives no transfer that would add another.
		#[pallet::constant]
		type MaxHoldings: Get<u32>;

		/// The most weight that closing takes at the beginning of a block. What is left at its end may be used as well.
		#[pallet::constant]
		type ServiceWeight: Get<Weight>;
	}

	/// Credits by interval, account, delivery zone and origin. Within a delivery zone they come in the order in which they are
	/// used: by source code, then zone of origin.
	#[pallet::storage]
	pub type Holdings<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
			NMapKey<Identity, ClassKey>,
		),
		Holding,
		ValueQuery,
	>;

	/// What accounts imported, by interval, account and zone, and what of it is covered by credits. There is one for every
	/// account and zone that was settled.
	#[pallet::storage]
	pub type Positions<T: Config> = StorageNMap<
		_,
		(
			NMapKey<Twox64Concat, Interval>,
			NMapKey<Blake2_128Concat, T::AccountId>,
			NMapKey<Twox64Concat, ZoneId>,
		),
		Position,
	>;

	/// Classes of credits, by interval and by zone and source, until their interval is closed.
	#[pallet::storage]
	pub type Classes<T: Config> =
		StorageDoubleMap<_, Twox64Concat, Interval, Twox64Concat, (ZoneId, Source), Class, ValueQuery>;

	/// What became of all credits since genesis.
	#[pallet::storage]
	pub type Overall<T: Config> = StorageValue<_, Tally, ValueQuery>;

	/// What became of the credits of intervals that are closed.
	#[pallet::storage]
	pub type Pruned<T: Config> = StorageValue<_, Tally, ValueQuery>;

	/// All certificates, folded into a hash.
	#[pallet::storage]
	pub type Certificates<T: Config> = StorageValue<_, Retirements, ValueQuery>;

	/// Energy that no credit covered and credits that nobody used, by account and zone, since genesis: billed at tariff, outside
	/// the chain.
	#[pallet::storage]
	pub type Residuals<T: Config> =
		StorageDoubleMap<_, Blake2_128Concat, T::AccountId, Twox64Concat, ZoneId, Residual, ValueQuery>;

	/// Intervals whose market is closed. Their credits can't be moved any more.
	#[pallet::storage]
	pub type Closed<T: Config> = StorageValue<_, IntervalSet, ValueQuery>;

	/// Closed intervals of which something is left, and how far closing has come.
	#[pallet::storage]
	pub type Closing<T: Config> = StorageMap<_, Twox64Concat, Interval, Progress>;

	#[pallet::event]
	#[pallet::generate_deposit(pub(super) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Credits changed hands outside the market.
		Transferred {
			/// The class.
			class: ClassId,
			/// Where they may be consumed.
			delivery_zone: ZoneId,
			/// Who had them.
			from: T::AccountId,
			/// Who has them.
			to: T::AccountId,
			/// How many, Wh.
			wh: Wh,
		},
		/// A holder set credits against its own metered import.
		Consumed {
			/// The class.
			class: ClassId,
			/// Where the import was metered.
			delivery_zone: ZoneId,
			/// The holder.
			account: T::AccountId,
			/// How many, Wh.
			wh: Wh,
		},
		/// Credits were retired for a beneficiary.
		Retired {
			/// The certificate.
			certificate: Certificate<T::AccountId>,
			/// The hash of all certificates up to this one.
			root: [u8; 32],
		},
		/// What became of a class, at the end of its interval. Told only of classes with five issuers or more.
		ClassClosed {
			/// The class.
			class: ClassId,
			/// How many accounts were issued credits of it.
			issuers: u32,
			/// What became of them.
			tally: Tally,
		},
		/// Nothing is left of an interval: its credits are consumed, retired or expired.
		IntervalClosed {
			/// The interval.
			interval: Interval,
			/// How many positions of accounts in zones were closed.
			positions: u32,
			/// How many holdings were consumed or expired.
			holdings: u32,
			/// How many classes there were.
			classes: u32,
		},
	}

	#[pallet::error]
	pub enum Error<T> {
		/// A quantity of nothing. Name at least one watt-hour.
		NothingToMove,
		/// The sender is the receiver. Name another account.
		SelfTransfer,
		/// Too little for a transfer. Send more, or all that you have of the class in that zone.
		BelowMinimum,
		/// The receiver has too many different credits of that interval and zone already. It has to sell, consume or retire some.
		TooManyHoldings,
		/// The holder has fewer free credits of that class in that delivery zone.
		InsufficientCredits,
		/// The holder has fewer credits of that class set aside in that delivery zone.
		InsufficientHeld,
		/// The account's import in that zone and interval has not been settled. Wait for settlement.
		NotSettled,
		/// The account's metered import in that zone and interval is covered already, in whole or up to less than this.
		ImportCovered,
		/// Credits from storage or from estimated energy prove no origin and can't be retired. Consume or sell them.
		NotRetirable,
		/// The interval is closed: its credits have been consumed, retired or have expired.
		IntervalClosed,
		/// The account's interval in that zone is settled already.
		AlreadySettled,
		/// More energy than a class can hold.
		Overflow,
		/// No interval waits to be closed. Closing happens by itself.
		NothingToClose,
	}

	#[pallet::hooks]
	impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
		fn on_poll(_: BlockNumberFor<T>, meter: &mut WeightMeter) {
			let mut service = WeightMeter::with_limit(meter.remaining().min(T::ServiceWeight::get()));
			Self::close_intervals(&mut service);
			meter.consume(service.consumed());
		}

		fn on_idle(_: BlockNumberFor<T>, remaining: Weight) -> Weight {
			let mut meter = WeightMeter::with_limit(remaining);
			Self::close_intervals(&mut meter);
			meter.consumed()
		}

		fn integrity_test() {
			let least = T::WeightInfo::poll().saturating_add(Self::worst_step());
			assert!(
				least.all_lte(T::ServiceWeight::get()),
				"the service weight must allow for one step"
			);
			assert!(T::MaxHoldings::get() > 0, "transfers must be possible");
		}

		#[cfg(feature = "try-runtime")]
		fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
			Self::do_try_state()
		}
	}

	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Gives credits to another account, which may consume them in the same zone.
		///
		/// Where they may be consumed never changes by a transfer: only the market moves energy over lines, and pays them.
		///
		/// - `class`: interval, zone of origin and source of the credits.
		/// - `delivery_zone`: where they may be consumed; the zone of origin unless they were bought.
		/// - `to`: the receiver.
		/// - `wh`: how many, Wh; at least the minimum, or all that the caller has of the class there.
		///
		/// Origin: signed by the holder. Emits `Transferred`. Fails with `NothingToMove`, `SelfTransfer`, `BelowMinimum`,
		/// `TooManyHoldings`, `InsufficientCredits` or `IntervalClosed`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::transfer(T::MaxHoldings::get()))]
		pub fn transfer(
			origin: OriginFor<T>,
			class: ClassId,
			delivery_zone: ZoneId,
			to: T::AccountId,
			#[pallet::compact] wh: Wh,
		) -> DispatchResult {
			let from = ensure_signed(origin)?;
			ensure!(!wh.is_zero(), Error::<T>::NothingToMove);
			ensure!(from != to, Error::<T>::SelfTransfer);
			Self::ensure_open(class.interval)?;
			Self::do_transfer(class, delivery_zone, &from, &to, wh)?;
			Self::deposit_event(Event::Transferred {
				class,
				delivery_zone,
				from,
				to,
				wh,
			});
			Ok(())
		}

		/// Sets credits against the caller's own metered import of their interval.
		///
		/// What is left when the interval closes is consumed by itself as far as there is import; this call is for those who
		/// want to choose which credits cover it.
		///
		/// - `class`: interval, zone of origin and source of the credits.
		/// - `delivery_zone`: where they may be consumed: the zone of the caller's meter.
		/// - `wh`: how many, Wh; at most the import that is not covered yet.
		///
		/// Origin: signed by the holder. Emits `Consumed`. Fails with `NothingToMove`, `NotSettled`, `ImportCovered`,
		/// `InsufficientCredits` or `IntervalClosed`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::consume())]
		pub fn consume(
			origin: OriginFor<T>,
			class: ClassId,
			delivery_zone: ZoneId,
			#[pallet::compact] wh: Wh,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(!wh.is_zero(), Error::<T>::NothingToMove);
			Self::ensure_open(class.interval)?;
			Self::do_consume(class, delivery_zone, &account, wh)?;
			Self::deposit_event(Event::Consumed {
				class,
				delivery_zone,
				account,
				wh,
			});
			Ok(())
		}

		/// Retires credits for a beneficiary: a certificate of origin that is listed for ever, and covers no import.
		///
		/// - `class`: interval, zone of origin and source of the credits; not storage, and not estimated energy.
		/// - `delivery_zone`: where they could be consumed.
		/// - `wh`: how many, Wh.
		/// - `beneficiary`: a hash that names the beneficiary, of a random salt of 32 bytes followed by the name: nobody can guess
		///   it, and who knows both can show it.
		///
		/// Origin: signed by the holder. Emits `Retired` with the certificate. Fails with `NothingToMove`, `NotRetirable`,
		/// `InsufficientCredits` or `IntervalClosed`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::retire())]
		pub fn retire(
			origin: OriginFor<T>,
			class: ClassId,
			delivery_zone: ZoneId,
			#[pallet::compact] wh: Wh,
			beneficiary: Beneficiary,
		) -> DispatchResult {
			let account = ensure_signed(origin)?;
			ensure!(!wh.is_zero(), Error::<T>::NothingToMove);
			Self::do_retire(class, delivery_zone, &account, wh, beneficiary)
		}

		/// Closes intervals whose market is over, ahead of the chain's own service.
		///
		/// - `max_steps`: how much to do at most; a step is an account's position with one holding. The fee is for what was done.
		///
		/// Origin: signed by anyone. Emits `IntervalClosed` for every interval that is done. Fails with `NothingToClose`.
		#[pallet::call_index(3)]
		#[pallet::weight(Pallet::<T>::weight_of_steps(*max_steps))]
		pub fn nudge(origin: OriginFor<T>, max_steps: u32) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			ensure!(Closing::<T>::iter_keys().next().is_some(), Error::<T>::NothingToClose);
			let mut meter = WeightMeter::with_limit(Self::weight_of_steps(max_steps));
			Self::close_intervals(&mut meter);
			Ok(Some(meter.consumed()).into())
		}
	}
}
