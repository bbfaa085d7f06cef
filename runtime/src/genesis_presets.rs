//! The chains one can start without writing a chain spec: `development` (one validator, a council of one) and
//! `local_testnet` (four validators, who are the council). Their keys are public: never for a chain with value.

use crate::{AccountId, RuntimeGenesisConfig, SessionKeys};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use gridtokenx_primitives::units::GRX;
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{ed25519, sr25519, Pair, Public};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_runtime::traits::IdentifyAccount;

use crate::Balance;

/// What each well-known account starts with.
const ENDOWMENT: Balance = 1_000_000 * GRX;

/// Accounts that play the roles of a development chain; each is derived from the development phrase by its name.
const ROLES: [&str; 12] = [
	"Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie", "Registrar", "Carrier", "CarrierOwner", "GridOperator",
	"VppOperator", "Supplier",
];

fn public<P: Pair>(name: &str) -> P::Public
where
	P::Public: Public,
{
	P::from_string(&alloc::format!("//{name}"), None).expect("a derivation path of one name is always valid").public()
}

fn account(name: &str) -> AccountId {
	sp_runtime::MultiSigner::from(public::<sr25519::Pair>(name)).into_account()
}

fn session_keys(name: &str) -> SessionKeys {
	SessionKeys {
		aura: AuraId::from(public::<sr25519::Pair>(name)),
		grandpa: GrandpaId::from(public::<ed25519::Pair>(name)),
	}
}

fn genesis(validators: &[&str], council: &[&str]) -> Value {
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: ROLES.iter().map(|name| (account(name), ENDOWMENT)).collect::<Vec<_>>(),
		},
		session: pallet_session::GenesisConfig {
			keys: validators.iter().map(|name| (account(name), account(name), session_keys(name))).collect::<Vec<_>>(),
		},
		council: pallet_collective::GenesisConfig { members: council.iter().map(|name| account(name)).collect::<Vec<_>>() },
	})
}

/// The JSON patch of a preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let patch = match id.as_ref() {
		DEV_RUNTIME_PRESET => genesis(&["Alice"], &["Alice"]),
		LOCAL_TESTNET_RUNTIME_PRESET => {
			let utilities = ["Alice", "Bob", "Charlie", "Dave"];
			genesis(&utilities, &utilities)
		},
		_ => return None,
	};
	Some(alloc::format!("{patch}").into_bytes())
}

/// The presets there are.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEV_RUNTIME_PRESET), PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET)]
}
