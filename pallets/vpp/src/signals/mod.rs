//! What comes in from outside: sensors, batteries and grid operators.

mod charge;
mod frequency;
mod need;

use crate::{Config, Pallet};
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_meter_crypto::{Check, Scheme};
use gridtokenx_primitives::{GenesisHash, PublicKey, Signature};
use sp_runtime::traits::Zero;

/// A battery cannot be used: bit 1 of its flags.
const UNAVAILABLE: u8 = 2;

impl<T: Config> Pallet<T> {
	/// What every signed message names, so that none is good on two chains.
	pub(crate) fn genesis_hash() -> GenesisHash {
		let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		let mut genesis = GenesisHash::default();
		genesis.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
		genesis
	}
}

/// A check of one signature, for the host.
pub(crate) fn check<'a>(key: &'a PublicKey, message: &'a [u8], signature: &'a Signature) -> Check<'a> {
	let scheme = match key {
		PublicKey::Ed25519(_) => Scheme::Ed25519,
		PublicKey::P256(_) => Scheme::P256,
	};
	Check {
		scheme,
		key: key.as_bytes(),
		message,
		signature,
	}
}

/// Whether `key` signed `message`.
pub(crate) fn is_signed(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
	gridtokenx_meter_crypto::verify(&check(key, message, signature))
}
