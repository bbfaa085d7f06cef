//! What the node, wallets and oracles ask of the runtime.

use crate::{
	energy_apis::{AccountPosition, Calendar, MAX_PORTION},
	*,
};
use frame_support::{
	genesis_builder_helper::{build_state, get_preset},
	weights::Weight,
};
use gridtokenx_primitives::{
	message::Dispatch, ClassId, Clock, Device, DeviceId, Devices, Interval, IntervalEnergy, Metering, ZoneId,
};
use pallet_dex::types::BookId;
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use pallet_vpp::types::{DispatchId, ProgramId};
use sp_api::impl_runtime_apis;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
	traits::Block as BlockT,
	transaction_validity::{TransactionSource, TransactionValidity},
	ApplyExtrinsicResult, ExtrinsicInclusionMode,
};
use sp_session::OpaqueGeneratedSessionKeys;

impl_runtime_apis! {
	impl sp_api::Core<Block> for Runtime {
		fn version() -> RuntimeVersion {
			VERSION
		}

		fn execute_block(block: <Block as BlockT>::LazyBlock) {
			Executive::execute_block(block)
		}

		fn initialize_block(header: &Header) -> ExtrinsicInclusionMode {
			Executive::initialize_block(header)
		}
	}

	impl sp_api::Metadata<Block> for Runtime {
		fn metadata() -> OpaqueMetadata {
			OpaqueMetadata::new(Runtime::metadata().into())
		}

		fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
			Runtime::metadata_at_version(version)
		}

		fn metadata_versions() -> Vec<u32> {
			Runtime::metadata_versions()
		}
	}

	impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
		fn execute_view_function(
			id: frame_support::view_functions::ViewFunctionId,
			input: Vec<u8>,
		) -> Result<Vec<u8>, frame_support::view_functions::ViewFunctionDispatchError> {
			Runtime::execute_view_function(id, input)
		}
	}

	impl sp_block_builder::BlockBuilder<Block> for Runtime {
		fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
			Executive::apply_extrinsic(extrinsic)
		}

		fn finalize_block() -> Header {
			Executive::finalize_block()
		}

		fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
			data.create_extrinsics()
		}

		fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
			data.check_extrinsics(&block)
		}
	}

	impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
		fn validate_transaction(
			source: TransactionSource,
			tx: <Block as BlockT>::Extrinsic,
			block_hash: Hash,
		) -> TransactionValidity {
			Executive::validate_transaction(source, tx, block_hash)
		}
	}

	impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
		fn offchain_worker(header: &Header) {
			Executive::offchain_worker(header)
		}
	}

	impl sp_consensus_aura::AuraApi<Block, AuraId> for Runtime {
		fn slot_duration() -> sp_consensus_aura::SlotDuration {
			sp_consensus_aura::SlotDuration::from_millis(constants::SLOT_MILLIS)
		}

		fn authorities() -> Vec<AuraId> {
			pallet_aura::Authorities::<Runtime>::get().into_inner()
		}
	}

	impl sp_session::SessionKeys<Block> for Runtime {
		fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
			SessionKeys::generate(&owner, seed).into()
		}

		fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
			SessionKeys::decode_into_raw_public_keys(&encoded)
		}
	}

	impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
		fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
			Grandpa::grandpa_authorities()
		}

		fn current_set_id() -> sp_consensus_grandpa::SetId {
			pallet_grandpa::CurrentSetId::<Runtime>::get()
		}

		fn submit_report_equivocation_unsigned_extrinsic(
			_proof: sp_consensus_grandpa::EquivocationProof<Hash, sp_runtime::traits::NumberFor<Block>>,
			_key_owner_proof: sp_consensus_grandpa::OpaqueKeyOwnershipProof,
		) -> Option<()> {
			None
		}

		fn generate_key_ownership_proof(
			_set_id: sp_consensus_grandpa::SetId,
			_authority_id: GrandpaId,
		) -> Option<sp_consensus_grandpa::OpaqueKeyOwnershipProof> {
			None
		}
	}

	impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
		fn account_nonce(account: AccountId) -> Nonce {
			System::account_nonce(account)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
		fn query_info(uxt: <Block as BlockT>::Extrinsic, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_info(uxt, len)
		}

		fn query_fee_details(uxt: <Block as BlockT>::Extrinsic, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_fee_details(uxt, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall> for Runtime {
		fn query_call_info(call: RuntimeCall, len: u32) -> RuntimeDispatchInfo<Balance> {
			TransactionPayment::query_call_info(call, len)
		}

		fn query_call_fee_details(call: RuntimeCall, len: u32) -> FeeDetails<Balance> {
			TransactionPayment::query_call_fee_details(call, len)
		}

		fn query_weight_to_fee(weight: Weight) -> Balance {
			TransactionPayment::weight_to_fee(weight)
		}

		fn query_length_to_fee(length: u32) -> Balance {
			TransactionPayment::length_to_fee(length)
		}
	}

	impl energy_apis::GridApi<Block> for Runtime {
		fn calendar() -> Calendar {
			Calendar {
				interval_seconds: Grid::interval_seconds(),
				running: Grid::now(),
				measured_through: Telemetry::measured_through(),
				settled_before: Dex::settled_before(),
			}
		}

		fn zone(zone: ZoneId) -> Option<pallet_grid::Zone<AccountId>> {
			Grid::zone(zone)
		}
	}

	impl energy_apis::DeviceApi<Block> for Runtime {
		fn device(device: DeviceId) -> Option<Device<AccountId>> {
			<DeviceRegistry as Devices<AccountId>>::device(device)
		}

		fn devices_of(owner: AccountId, after: Option<DeviceId>) -> Vec<DeviceId> {
			DeviceRegistry::devices_of(&owner, after, MAX_PORTION)
		}

		fn devices_in(zone: ZoneId, after: Option<DeviceId>) -> Vec<DeviceId> {
			DeviceRegistry::devices_in(zone, after, MAX_PORTION)
		}

		fn devices_behind(connection_point: DeviceId) -> Vec<DeviceId> {
			DeviceRegistry::devices_behind(connection_point)
		}

		fn registers(device: DeviceId) -> Option<pallet_telemetry::LastReading> {
			Telemetry::last_reading(device)
		}

		fn energies(device: DeviceId, first: Interval, last: Interval) -> Vec<(Interval, IntervalEnergy)> {
			let portion = (first..=last).take(MAX_PORTION as usize);
			portion.filter_map(|interval| Some((interval, Telemetry::energy(device, interval)?))).collect()
		}

		fn wants(device: DeviceId, interval: Interval) -> bool {
			Telemetry::wants(device, interval)
		}
	}

	impl energy_apis::MarketApi<Block> for Runtime {
		fn rules(interval: Interval) -> Option<pallet_dex::Parameters<AccountId>> {
			Dex::terms(interval)
		}

		fn depth(book: BookId) -> Vec<pallet_dex::Level> {
			Dex::book_depth(book)
		}

		fn indicative_clearing(book: BookId) -> Option<pallet_dex::Indication> {
			Dex::indicative_clearing(book)
		}

		fn orders(account: AccountId) -> Vec<(pallet_dex::OrderId, pallet_dex::OrderOf<Runtime>)> {
			Dex::orders_of(&account)
		}

		fn contracts(
			account: AccountId,
			interval: Interval,
		) -> Vec<(pallet_dex::ContractId<AccountId>, pallet_dex::Contract<AccountId>)> {
			Dex::contracts_of(&account, interval)
		}

		fn position(account: AccountId, zone: ZoneId, interval: Interval) -> AccountPosition {
			AccountPosition {
				limits: DeviceRegistry::limits(&account, zone),
				exposure: Dex::exposure(&account, zone, interval),
				metered: pallet_energy_assets::Positions::<Runtime>::get((interval, account, zone)),
			}
		}

		fn claimable(account: AccountId) -> Balance {
			pallet_dex::Claimable::<Runtime>::get(account)
		}
	}

	impl energy_apis::CreditApi<Block> for Runtime {
		fn credits(
			account: AccountId,
			interval: Interval,
		) -> Vec<(ClassId, ZoneId, pallet_energy_assets::Holding)> {
			EnergyAssets::credits_of(interval, &account)
		}

		fn residual(account: AccountId, zone: ZoneId) -> pallet_energy_assets::Residual {
			pallet_energy_assets::Residuals::<Runtime>::get(account, zone)
		}

		fn tally() -> pallet_energy_assets::Tally {
			pallet_energy_assets::Overall::<Runtime>::get()
		}

		fn retirements() -> pallet_energy_assets::Retirements {
			pallet_energy_assets::Certificates::<Runtime>::get()
		}
	}

	impl energy_apis::VppApi<Block> for Runtime {
		fn dispatches(program: ProgramId) -> Vec<(DispatchId, pallet_vpp::ActivationOf<Runtime>)> {
			Vpp::dispatches(program)
		}

		fn instruction(dispatch: DispatchId, device: DeviceId) -> Option<Dispatch> {
			Vpp::instruction(dispatch, device)
		}

		fn instructions(dispatch: DispatchId) -> Vec<Dispatch> {
			Vpp::instructions(dispatch)
		}
	}

	impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
		fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
			build_state::<RuntimeGenesisConfig>(config)
		}

		fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
			get_preset::<RuntimeGenesisConfig>(id, genesis_presets::get_preset)
		}

		fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
			genesis_presets::preset_names()
		}
	}
}
