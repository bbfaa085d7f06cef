//! The chains one can start without writing a chain spec: `development` (one validator, a council of one) and
//! `local_testnet` (four validators, who are the council). Their keys are public: never for a chain with value.

use crate::{
	configs::{GridFundAccount, TreasuryAccount},
	AccountId, Balance, RuntimeGenesisConfig, SessionKeys,
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use gridtokenx_primitives::{units::GRX, Interval, ZoneId};
use pallet_dex::{Parameters, PriceRule};
use pallet_grid::{GenesisZone, Terms};
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{ed25519, sr25519, Pair, Public};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_runtime::traits::IdentifyAccount;

/// What each well-known account starts with.
const ENDOWMENT: Balance = 1_000_000 * GRX;

/// Accounts that play the roles of a development chain; each is derived from the development phrase by its name.
const ROLES: [&str; 12] = [
	"Alice",
	"Bob",
	"Charlie",
	"Dave",
	"Eve",
	"Ferdie",
	"Registrar",
	"Carrier",
	"CarrierOwner",
	"GridOperator",
	"VppOperator",
	"Supplier",
];

fn public<P: Pair>(name: &str) -> P::Public
where
	P::Public: Public,
{
	P::from_string(&alloc::format!("//{name}"), None)
		.expect("a derivation path of one name is always valid")
		.public()
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

/// Two zones: the grid at the substation, and a village below its transformer (400 kVA).
const SUBSTATION: ZoneId = 0;
const VILLAGE: ZoneId = 1;

fn village() -> GenesisZone<AccountId> {
	GenesisZone {
		parent: SUBSTATION,
		operator: account("GridOperator"),
		terms: Terms {
			to_parent_w: 400_000,
			from_parent_w: 400_000,
			wheeling_per_kwh: GRX / 100,
			loss_per_kwh: GRX / 500,
		},
	}
}

/// Between a feed-in tariff of 0.08 and a supply tariff of 0.32 GRX per kWh there is room for neighbours.
fn market(spot_window: Interval) -> Parameters<AccountId> {
	Parameters {
		floor: GRX / 100 * 8,
		cap: GRX / 100 * 32,
		shortfall_price: GRX / 100 * 30,
		fee: GRX / 1_000,
		lot_wh: 1,
		tick: GRX / 10_000,
		price_rule: PriceRule::GeometricMean,
		residual_supplier: Some(account("Supplier")),
		spot_window,
	}
}

/// What differs between the presets.
struct Preset<'a> {
	validators: &'a [&'a str],
	council: &'a [&'a str],
	interval_seconds: u32,
	grace: Interval,
	spot_window: Interval,
}

fn genesis(preset: Preset) -> Value {
	let funds = [TreasuryAccount::get(), GridFundAccount::get()];
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: pallet_balances::GenesisConfig {
			balances: ROLES
				.iter()
				.map(|name| (account(name), ENDOWMENT))
				.chain(funds.into_iter().map(|fund| (fund, GRX)))
				.collect::<Vec<_>>(),
		},
		session: pallet_session::GenesisConfig {
			keys: preset
				.validators
				.iter()
				.map(|name| (account(name), account(name), session_keys(name)))
				.collect::<Vec<_>>(),
		},
		council: pallet_collective::GenesisConfig {
			members: preset.council.iter().map(|name| account(name)).collect::<Vec<_>>(),
		},
		grid: pallet_grid::GenesisConfig {
			interval_seconds: preset.interval_seconds,
			zones: vec![village()]
		},
		device_registry: pallet_device_registry::GenesisConfig {
			registrars: vec![(account("Registrar"), vec![SUBSTATION, VILLAGE])],
		},
		telemetry: pallet_telemetry::GenesisConfig {
			grace: preset.grace,
			carriers: vec![(account("Carrier"), account("CarrierOwner"), 4_096, 10_000 * GRX)],
		},
		dex: pallet_dex::GenesisConfig {
			parameters: Some(market(preset.spot_window))
		},
	})
}

/// The JSON patch of a preset.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let preset = match id.as_ref() {
		// Short intervals, so that a developer sees a trade settled within minutes.
		DEV_RUNTIME_PRESET => Preset {
			validators: &["Alice"],
			council: &["Alice"],
			interval_seconds: 60,
			grace: 1,
			spot_window: 2,
		},
		LOCAL_TESTNET_RUNTIME_PRESET => {
			const UTILITIES: &[&str] = &["Alice", "Bob", "Charlie", "Dave"];
			Preset {
				validators: UTILITIES,
				council: UTILITIES,
				interval_seconds: 900,
				grace: 4,
				spot_window: 16,
			}
		}
		_ => return None,
	};
	let patch = genesis(preset);
	Some(alloc::format!("{patch}").into_bytes())
}

/// The presets there are.
pub fn preset_names() -> Vec<PresetId> {
	vec![
		PresetId::from(DEV_RUNTIME_PRESET),
		PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
	]
}
