//! Carriers' keys in the keystore: sr25519, under a type of their own.
//!
//! ```sh
//! gridtokenx-node key insert --chain mynet-raw.json --key-type carr --scheme sr25519 --suri "…"
//! ```
//!
//! One key is enough; where there are more, the first whose carrier is active is used. It signs nothing but batches of readings.

use frame_system::offchain::AppCrypto;
use sp_runtime::{
	app_crypto::{sr25519, KeyTypeId},
	MultiSignature, MultiSigner,
};

/// The type under which a carrier's key lies in the keystore.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"carr");

mod app {
	use sp_runtime::app_crypto::{app_crypto, sr25519};
	app_crypto!(sr25519, super::KEY_TYPE);
}

/// A carrier's key, as the keystore knows it.
pub type CarrierPublic = app::Public;

/// Signs transactions with a carrier's key.
pub struct CarrierCrypto;

impl AppCrypto<MultiSigner, MultiSignature> for CarrierCrypto {
	type RuntimeAppPublic = CarrierPublic;
	type GenericPublic = sr25519::Public;
	type GenericSignature = sr25519::Signature;
}
