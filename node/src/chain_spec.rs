//! Which chain to run: a preset that the runtime carries, or a chain spec from a file.

use gridtokenx_runtime::WASM_BINARY;
use sc_chain_spec::{ChainType, GenericChainSpec, Properties};
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};

/// A chain spec without extensions.
pub type ChainSpec = GenericChainSpec;

/// How wallets show the money.
fn properties() -> Properties {
	let mut properties = Properties::new();
	properties.insert("tokenSymbol".into(), "GRX".into());
	properties.insert("tokenDecimals".into(), 12.into());
	properties.insert("ss58Format".into(), 42.into());
	properties
}

fn preset(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
	let wasm =
		WASM_BINARY.ok_or("This node was built without its WebAssembly runtime (SKIP_WASM_BUILD); build it again.")?;
	Ok(ChainSpec::builder(wasm, None)
		.with_name(name)
		.with_id(id)
		.with_protocol_id("gridtokenx")
		.with_chain_type(chain_type)
		.with_properties(properties())
		.with_genesis_config_preset_name(preset)
		.build())
}

/// The chain spec that `--chain` names: `dev`, `local`, or a file.
pub fn load(id: &str) -> Result<ChainSpec, String> {
	match id {
		"dev" => preset(
			"GridTokenX Development",
			"gridtokenx_dev",
			ChainType::Development,
			DEV_RUNTIME_PRESET,
		),
		"" | "local" => preset(
			"GridTokenX Local Testnet",
			"gridtokenx_local",
			ChainType::Local,
			LOCAL_TESTNET_RUNTIME_PRESET,
		),
		path => ChainSpec::from_json_file(path.into()),
	}
}
