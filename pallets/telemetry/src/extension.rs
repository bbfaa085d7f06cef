//! The nonce check, and what a fee-free batch has to pass beside it on its way into the pool and the block.

use crate::{
	batch::count_readings,
	types::{BlockLoad, Carried},
	BlockLoads, Call, Carriers, Config, Pallet, WeightInfo,
};
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	dispatch::{DispatchClass, DispatchInfo, PostDispatchInfo},
	pallet_prelude::TransactionSource,
	traits::{Get, IsSubType},
	weights::Weight,
};
use frame_system::{pallet_prelude::RuntimeCallFor, CheckNonce};
use gridtokenx_primitives::{Clock, Page};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{
		AsSystemOriginSigner, DispatchInfoOf, Dispatchable, Implication, PostDispatchInfoOf, SaturatedConversion,
		Saturating, TransactionExtension, ValidateResult,
	},
	transaction_validity::{
		InvalidTransaction, TransactionLongevity, TransactionPriority, TransactionValidityError, UnknownTransaction,
	},
	DispatchResult,
};

/// Batches rank above every transfer: they never fill more than half a block, so nothing is crowded out.
pub const PRIORITY: TransactionPriority = TransactionPriority::MAX / 2;
/// Blocks for which a batch stays in the pool.
pub const LONGEVITY: TransactionLongevity = 64;
/// A batch is held back while its nonce is further than this beyond the account's.
pub const NONCES_AHEAD: u32 = 16;

/// The batch has no readings. Code of [`InvalidTransaction::Custom`].
pub const EMPTY_BATCH: u8 = 1;
/// The batch has more readings than its carrier may submit in a block. Code of [`InvalidTransaction::Custom`].
pub const OVER_QUOTA: u8 = 2;
/// The batch alone would take more of a block than all carriers together may. Code of [`InvalidTransaction::Custom`].
pub const TOO_LARGE: u8 = 3;
/// The nonce is too far ahead: send it again later. Code of [`UnknownTransaction::Custom`].
pub const NONCE_TOO_FAR: u8 = 1;
/// No reading's interval is over yet: send it again later. Code of [`UnknownTransaction::Custom`].
pub const TOO_EARLY: u8 = 2;

/// [`CheckNonce`], and the gate for top-level [`Call::submit_readings`]. It takes the place of `CheckNonce` in a runtime's
/// extensions, under its name and with its encoding, so that every wallet and tool knows it. For all other calls it is
/// `CheckNonce` and nothing more.
///
/// A batch pays no fee, so it is let into the pool only if
/// * it is signed by an active carrier ([`InvalidTransaction::BadSigner`] otherwise),
/// * it has readings, no more than the carrier's quota, and does not take half a block by itself,
/// * the interval of at least one reading is over, and its nonce is at most 16 beyond the account's. Otherwise its validity is
///   *unknown* rather than invalid: the pool bans what is invalid, and this will be valid soon.
///
/// It leaves the pool after 64 blocks. In the block, it waits for the next one ([`InvalidTransaction::ExhaustsResources`]) once
/// the carrier's quota is used up, or batches have taken half of the block's weight or length.
#[derive(Clone, Eq, PartialEq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[scale_info(skip_type_params(T))]
pub struct CheckCarrierNonce<T: Config>(pub CheckNonce<T>);

impl<T: Config> CheckCarrierNonce<T> {
	/// The extension with a nonce, for clients that build transactions.
	pub fn from(nonce: T::Nonce) -> Self {
		Self(CheckNonce::from(nonce))
	}

	fn batch(call: &RuntimeCallFor<T>) -> Option<&[Page]>
	where
		RuntimeCallFor<T>: IsSubType<Call<T>>,
	{
		match call.is_sub_type() {
			Some(Call::submit_readings { pages }) => Some(pages),
			_ => None,
		}
	}

	/// What the pool asks of a batch.
	fn check(&self, who: &T::AccountId, pages: &[Page], weight: Weight) -> Result<(), TransactionValidityError> {
		let carrier = Pallet::<T>::active_carrier(who).ok_or(InvalidTransaction::BadSigner)?;
		let furthest = frame_system::Pallet::<T>::account_nonce(who).saturating_add(NONCES_AHEAD.into());
		if self.0 .0 > furthest {
			return Err(UnknownTransaction::Custom(NONCE_TOO_FAR).into());
		}
		let readings = count_readings(pages);
		if readings == 0 {
			return Err(InvalidTransaction::Custom(EMPTY_BATCH).into());
		}
		if readings > carrier.quota {
			return Err(InvalidTransaction::Custom(OVER_QUOTA).into());
		}
		if weight.any_gt(most_weight::<T>()) {
			return Err(InvalidTransaction::Custom(TOO_LARGE).into());
		}
		let now = T::Clock::now();
		let mut intervals = pages
			.iter()
			.flat_map(|page| &page.readings)
			.map(|reading| reading.interval);
		if intervals.all(|interval| interval >= now) {
			return Err(UnknownTransaction::Custom(TOO_EARLY).into());
		}
		Ok(())
	}
}

/// Half of a block's weight.
fn most_weight<T: Config>() -> Weight {
	T::BlockWeights::get().max_block / 2
}

/// Half of what transactions may take of a block's length.
fn most_bytes<T: Config>() -> u32 {
	*T::BlockLength::get().max.get(DispatchClass::Normal) / 2
}

/// Counts a batch against the carrier's quota and the carriers' share of the block.
fn reserve<T: Config>(
	who: &T::AccountId,
	readings: u32,
	weight: Weight,
	len: usize,
) -> Result<(), TransactionValidityError> {
	let block = frame_system::Pallet::<T>::block_number();
	let load = BlockLoads::<T>::get().filter(|load| load.block == block);
	let load = load.unwrap_or(BlockLoad {
		block,
		..BlockLoad::default()
	});
	let weight = load.weight.saturating_add(weight);
	let bytes = load.bytes.saturating_add(len.saturated_into());
	if weight.any_gt(most_weight::<T>()) || bytes > most_bytes::<T>() {
		return Err(InvalidTransaction::ExhaustsResources.into());
	}
	Carriers::<T>::try_mutate(who, |carrier| {
		let carrier = carrier.as_mut().ok_or(InvalidTransaction::BadSigner)?;
		if carrier.carried.block != block {
			carrier.carried = Carried { block, readings: 0 };
		}
		carrier.carried.readings = carrier.carried.readings.saturating_add(readings);
		if carrier.carried.readings > carrier.quota {
			return Err(InvalidTransaction::ExhaustsResources);
		}
		Ok(())
	})?;
	BlockLoads::<T>::put(BlockLoad { block, weight, bytes });
	Ok(())
}

impl<T: Config> core::fmt::Debug for CheckCarrierNonce<T> {
	fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
		self.0.fmt(f)
	}
}

/// The extension that this one wraps.
type Inner<T> = CheckNonce<T>;

impl<T: Config> TransactionExtension<RuntimeCallFor<T>> for CheckCarrierNonce<T>
where
	RuntimeCallFor<T>: Dispatchable<Info = DispatchInfo, PostInfo = PostDispatchInfo> + IsSubType<Call<T>>,
	<RuntimeCallFor<T> as Dispatchable>::RuntimeOrigin: AsSystemOriginSigner<T::AccountId> + Clone,
{
	const IDENTIFIER: &'static str = "CheckNonce";
	type Implicit = ();
	/// What the nonce check found, and the carrier whose batch it is.
	type Val = (
		<Inner<T> as TransactionExtension<RuntimeCallFor<T>>>::Val,
		Option<T::AccountId>,
	);
	/// What the nonce check prepared, and whether it is a batch.
	type Pre = (<Inner<T> as TransactionExtension<RuntimeCallFor<T>>>::Pre, bool);

	fn weight(&self, call: &RuntimeCallFor<T>) -> Weight {
		let nonce = self.0.weight(call);
		match Self::batch(call) {
			Some(_) => nonce.saturating_add(T::WeightInfo::check_carrier()),
			None => nonce,
		}
	}

	fn validate(
		&self,
		origin: <RuntimeCallFor<T> as Dispatchable>::RuntimeOrigin,
		call: &RuntimeCallFor<T>,
		info: &DispatchInfoOf<RuntimeCallFor<T>>,
		len: usize,
		implicit: Self::Implicit,
		inherited_implication: &impl Implication,
		source: TransactionSource,
	) -> ValidateResult<Self::Val, RuntimeCallFor<T>> {
		let signer = origin.as_system_origin_signer();
		let batch = signer.cloned().zip(Self::batch(call));
		if let Some((carrier, pages)) = &batch {
			self.check(carrier, pages, info.call_weight)?;
		}
		let (mut validity, val, origin) =
			self.0
				.validate(origin, call, info, len, implicit, inherited_implication, source)?;
		let carrier = batch.map(|(carrier, _)| carrier);
		if carrier.is_some() {
			validity.priority = PRIORITY;
			validity.longevity = LONGEVITY;
		}
		Ok((validity, (val, carrier), origin))
	}

	fn prepare(
		self,
		(val, carrier): Self::Val,
		origin: &<RuntimeCallFor<T> as Dispatchable>::RuntimeOrigin,
		call: &RuntimeCallFor<T>,
		info: &DispatchInfoOf<RuntimeCallFor<T>>,
		len: usize,
	) -> Result<Self::Pre, TransactionValidityError> {
		if let Some((carrier, pages)) = carrier.as_ref().zip(Self::batch(call)) {
			reserve::<T>(carrier, count_readings(pages), info.call_weight, len)?;
		}
		let pre = self.0.prepare(val, origin, call, info, len)?;
		Ok((pre, carrier.is_some()))
	}

	fn post_dispatch_details(
		(pre, is_batch): Self::Pre,
		info: &DispatchInfoOf<RuntimeCallFor<T>>,
		post_info: &PostDispatchInfoOf<RuntimeCallFor<T>>,
		len: usize,
		result: &DispatchResult,
	) -> Result<Weight, TransactionValidityError> {
		if is_batch {
			// What the batch did not need is left to the next one.
			let unspent = post_info.calc_unspent(info);
			BlockLoads::<T>::mutate_extant(|load| load.weight.saturating_reduce(unspent));
		}
		Inner::<T>::post_dispatch_details(pre, info, post_info, len, result)
	}
}
