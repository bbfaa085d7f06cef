//! The GridTokenX runtime: what every validator computes, block by block.
//!
//! * [`configs`] sets the pallets up, by theme;
//! * [`constants`] holds the numbers they share;
//! * [`genesis_presets`] are the chains one can start: `development` and `local_testnet`;
//! * [`energy_apis`] is what wallets, dashboards and oracles read, and `apis` answers it, with what the node asks.

#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "256"]
// The runtime and API macros generate items that cannot be documented.
#![allow(missing_docs)]

/// The WebAssembly blob that this crate builds to; `None` when it was built with `SKIP_WASM_BUILD`.
#[cfg(feature = "std")]
#[allow(dead_code)]
mod wasm {
	include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}
#[cfg(feature = "std")]
pub use wasm::WASM_BINARY;

extern crate alloc;

mod apis;
pub mod configs;
pub mod constants;
pub mod energy_apis;
pub mod genesis_presets;

use alloc::vec::Vec;
use frame_support::weights::Weight;
use sp_runtime::{
	generic, impl_opaque_keys,
	traits::{BlakeTwo256, IdentifyAccount, Verify},
	MultiAddress, MultiSignature, Perbill,
};
use sp_version::RuntimeVersion;

pub use apis::RuntimeApi;
pub use gridtokenx_primitives::Balance;

/// Signatures of accounts: Ed25519, Sr25519 or ECDSA.
pub type Signature = MultiSignature;
/// An account, 32 bytes.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// A hash, 32 bytes.
pub type Hash = sp_core::H256;
/// A block's number.
pub type BlockNumber = u32;
/// How a call names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What a transaction carries and proves besides its call, in the order in which it is checked.
pub type TxExtension = (
	frame_system::AuthorizeCall<Runtime>,
	frame_system::CheckNonZeroSender<Runtime>,
	frame_system::CheckSpecVersion<Runtime>,
	frame_system::CheckTxVersion<Runtime>,
	frame_system::CheckGenesis<Runtime>,
	frame_system::CheckEra<Runtime>,
	pallet_telemetry::CheckCarrierNonce<Runtime>,
	frame_system::CheckWeight<Runtime>,
	pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
	frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
	frame_system::WeightReclaim<Runtime>,
);
/// A transaction as it travels.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// What is signed of a transaction.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;
/// Executes blocks.
pub type Executive =
	frame_executive::Executive<Runtime, Block, frame_system::ChainContext<Runtime>, Runtime, AllPalletsWithSystem>;

/// Blocks as the node handles them: it does not look into transactions, so that it can carry those of runtimes to come.
pub mod opaque {
	use super::*;

	/// A block whose transactions are bytes.
	pub type Block = generic::Block<Header, sp_runtime::OpaqueExtrinsic>;
}

impl_opaque_keys! {
	/// The keys a validator works with.
	pub struct SessionKeys {
		/// Makes blocks.
		pub aura: Aura,
		/// Finalises them.
		pub grandpa: Grandpa,
	}
}

/// Which runtime this is. A change of logic raises `spec_version`; a change of the shape of transactions raises
/// `transaction_version` too.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
	spec_name: alloc::borrow::Cow::Borrowed("gridtokenx"),
	impl_name: alloc::borrow::Cow::Borrowed("gridtokenx-node"),
	authoring_version: 1,
	spec_version: 1,
	impl_version: 1,
	apis: apis::RUNTIME_API_VERSIONS,
	transaction_version: 1,
	system_version: 1,
};

/// The pallets. Index 71 is `G`, with which every message of a device begins (`GTX…`), and stays unused: a short transaction is
/// signed as it is, and so no device message is ever a transaction's payload.
#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeTask,
		RuntimeViewFunction
	)]
	pub struct Runtime;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type Aura = pallet_aura;
	#[runtime::pallet_index(3)]
	pub type Session = pallet_session;
	#[runtime::pallet_index(4)]
	pub type Grandpa = pallet_grandpa;
	#[runtime::pallet_index(5)]
	pub type MultiBlockMigrations = pallet_migrations;

	#[runtime::pallet_index(10)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(11)]
	pub type TransactionPayment = pallet_transaction_payment;

	#[runtime::pallet_index(20)]
	pub type Council = pallet_collective<Instance1>;
	#[runtime::pallet_index(21)]
	pub type Whitelist = pallet_whitelist;
	#[runtime::pallet_index(22)]
	pub type Preimage = pallet_preimage;
	#[runtime::pallet_index(23)]
	pub type Scheduler = pallet_scheduler;

	#[runtime::pallet_index(30)]
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(31)]
	pub type Multisig = pallet_multisig;
	#[runtime::pallet_index(32)]
	pub type Proxy = pallet_proxy;

	#[runtime::pallet_index(50)]
	pub type Grid = pallet_grid;
	#[runtime::pallet_index(51)]
	pub type DeviceRegistry = pallet_device_registry;
	#[runtime::pallet_index(52)]
	pub type Telemetry = pallet_telemetry;
	#[runtime::pallet_index(53)]
	pub type EnergyAssets = pallet_energy_assets;
	#[runtime::pallet_index(54)]
	pub type Dex = pallet_dex;
	#[runtime::pallet_index(55)]
	pub type Vpp = pallet_vpp;
}
