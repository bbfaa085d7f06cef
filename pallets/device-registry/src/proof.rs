//! What devices have signed.

use crate::pallet::{Config, Error, Pallet};
use frame_support::ensure;
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_meter_crypto::{Check, Scheme};
use gridtokenx_primitives::{GenesisHash, PublicKey, Signature};
use sp_runtime::{traits::Zero, DispatchResult};

const fn scheme_of(key: &PublicKey) -> Scheme {
	match key {
		PublicKey::Ed25519(_) => Scheme::Ed25519,
		PublicKey::P256(_) => Scheme::P256,
	}
}

impl<T: Config> Pallet<T> {
	/// Hash of the chain's first block. It is never pruned.
	pub(crate) fn genesis_hash() -> GenesisHash {
		frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero()).into()
	}

	/// Refuses keys that prove nothing.
	pub(crate) fn ensure_valid_key(key: &PublicKey) -> DispatchResult {
		let valid = gridtokenx_meter_crypto::is_valid_key(scheme_of(key), key.as_bytes());
		ensure!(valid, Error::<T>::InvalidKey);
		Ok(())
	}

	/// Refuses a message that the key has not signed.
	pub(crate) fn ensure_signed_by(key: &PublicKey, message: &[u8], signature: &Signature) -> DispatchResult {
		let valid = gridtokenx_meter_crypto::verify(&Check {
			scheme: scheme_of(key),
			key: key.as_bytes(),
			message,
			signature,
		});
		ensure!(valid, Error::<T>::BadSignature);
		Ok(())
	}
}
