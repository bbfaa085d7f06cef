//! The pallets this chain exists for, and how they meet.

use super::{CouncilMajority, KeystoreCarriers, TreasuryAccount};
use crate::{constants::*, *};
use frame_support::{
	parameter_types,
	traits::{
		fungible::HoldConsideration, tokens::imbalance::ResolveTo, ConstU128, ConstU32, ConstU64, EnsureOrigin,
		EnsureOriginWithArg, Get, LinearStoragePrice,
	},
	PalletId,
};
use gridtokenx_primitives::{
	time::{HORIZON, SETTLEMENT_LIMIT},
	units::GRX,
	Interval, ZoneId,
};
use sp_runtime::{traits::AccountIdConversion, Permill};

/// The most zones a grid can have.
pub const MAX_ZONES: u32 = 512;

parameter_types! {
	/// Congestion rent beyond the published charges goes here; the council spends it.
	pub GridFundAccount: AccountId = PalletId(*b"gtx/grid").into_account_truncating();
	pub const MarketPalletId: PalletId = PalletId(*b"gtx/mrkt");
	pub ServiceWeight: Weight = SERVICE_RATIO * MAX_BLOCK_WEIGHT;
	pub const StorageHoldReason: RuntimeHoldReason =
		RuntimeHoldReason::DeviceRegistry(pallet_device_registry::HoldReason::Storage);
	pub const StorageBaseDeposit: Balance = deposit(5, 0);
	pub const StorageByteDeposit: Balance = deposit(0, 1);
	pub const SlashRate: Permill = Permill::from_percent(50);
	pub const ReporterShare: Permill = Permill::from_percent(20);
	/// Orders are taken for so many intervals ahead and settled within as many again; evidence may come as long as that.
	pub const EvidenceWindow: Interval = HORIZON + SETTLEMENT_LIMIT;
	/// For how long an interval can still be traded or settled after it began.
	pub const GridRetention: Interval = 2 * SETTLEMENT_LIMIT + 8;
	/// As long as a contract may wait for its seller.
	pub const MeasuredWindow: Interval = SETTLEMENT_LIMIT;
	pub const RoundPeriod: BlockNumber = 2;
}

/// The slot of the block that is being made or checked.
pub struct CurrentSlot;
impl Get<u64> for CurrentSlot {
	fn get() -> u64 {
		pallet_aura::CurrentSlot::<Runtime>::get().into()
	}
}

/// A zone stays for as long as a device is connected to it, decommissioned ones in their evidence window included.
pub struct DevicesInZone;
impl pallet_grid::ZoneUse for DevicesInZone {
	fn is_used(zone: ZoneId) -> bool {
		pallet_device_registry::ByZone::<Runtime>::iter_key_prefix(zone)
			.next()
			.is_some()
	}
}

impl pallet_grid::Config for Runtime {
	type WeightInfo = pallet_grid::weights::SubstrateWeight<Runtime>;
	type GovernanceOrigin = CouncilMajority;
	type Slot = CurrentSlot;
	type ZoneUse = DevicesInZone;
	type GridFund = GridFundAccount;
	type SlotMillis = ConstU64<SLOT_MILLIS>;
	type MaxZones = ConstU32<MAX_ZONES>;
	type MaxDepth = ConstU32<16>;
	type Retention = GridRetention;
}

impl pallet_device_registry::Config for Runtime {
	type WeightInfo = pallet_device_registry::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Consideration = HoldConsideration<
		AccountId,
		Balances,
		StorageHoldReason,
		LinearStoragePrice<StorageBaseDeposit, StorageByteDeposit, Balance>,
	>;
	type GovernanceOrigin = CouncilMajority;
	type Clock = Grid;
	type Topology = Grid;
	type MeterLifecycle = Telemetry;
	type OnSuspension = Dex;
	type BondAmount = ConstU128<{ 10 * GRX }>;
	type SlashRate = SlashRate;
	type ReporterShare = ReporterShare;
	type SlashDestination = TreasuryAccount;
	type EvidenceWindow = EvidenceWindow;
	type ExportFactor = ConstU32<800>;
	type MaxChildren = ConstU32<32>;
	type MaxZonesPerRegistrar = ConstU32<64>;
	type MaxHandovers = ConstU32<64>;
	type RevocationsPerBlock = ConstU32<64>;
}

impl pallet_telemetry::Config for Runtime {
	type WeightInfo = pallet_telemetry::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type GovernanceOrigin = CouncilMajority;
	type Clock = Grid;
	type Meters = DeviceRegistry;
	type OnSlash = ResolveTo<TreasuryAccount, Balances>;
	type MinBond = ConstU128<{ 1_000 * GRX }>;
	type SlashPerFault = ConstU128<{ GRX / 10 }>;
	type MaxSlashPerDay = ConstU128<{ 100 * GRX }>;
	type MaxPages = ConstU32<256>;
	type Window = MeasuredWindow;
	type CarrierKeys = KeystoreCarriers;
	type ServiceWeight = ServiceWeight;
}

impl pallet_energy_assets::Config for Runtime {
	type WeightInfo = pallet_energy_assets::weights::SubstrateWeight<Runtime>;
	type Metering = Telemetry;
	type MinTransfer = ConstU64<100>;
	type MaxHoldings = ConstU32<16>;
	type ServiceWeight = ServiceWeight;
}

impl pallet_dex::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type GovernanceOrigin = CouncilMajority;
	type Clock = Grid;
	type Devices = DeviceRegistry;
	type Topology = Grid;
	type Metering = Telemetry;
	type Credits = EnergyAssets;
	type Curtailment = Vpp;
	type Treasury = TreasuryAccount;
	type PalletId = MarketPalletId;
	type RoundPeriod = RoundPeriod;
	type MaxPages = ConstU32<64>;
	type MaxAccountOrders = ConstU32<64>;
	type MaxBatch = ConstU32<64>;
	type MaxZones = ConstU32<MAX_ZONES>;
	type SalesWindow = MeasuredWindow;
	type ServiceWeight = ServiceWeight;
	type WeightInfo = pallet_dex::weights::SubstrateWeight<Runtime>;
}

/// Signed by the operator of the line above a zone, or of a line further up; or the council.
pub struct GridOperator;
impl EnsureOriginWithArg<RuntimeOrigin, ZoneId> for GridOperator {
	type Success = ();

	fn try_origin(origin: RuntimeOrigin, zone: &ZoneId) -> Result<(), RuntimeOrigin> {
		let origin = match <CouncilMajority as EnsureOrigin<RuntimeOrigin>>::try_origin(origin) {
			Ok(_) => return Ok(()),
			Err(origin) => origin,
		};
		match frame_system::ensure_signed(origin.clone()) {
			Ok(who) if operates_above(*zone, &who) => Ok(()),
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin(_: &ZoneId) -> Result<RuntimeOrigin, ()> {
		Ok(RuntimeOrigin::root())
	}
}

/// Whether `who` operates a line between the zone and the root.
fn operates_above(zone: ZoneId, who: &AccountId) -> bool {
	let mut at = Grid::zone(zone);
	while let Some(zone) = at {
		if zone.line.as_ref().is_some_and(|line| line.operator == *who) {
			return true;
		}
		// Zones form a tree of bounded depth: this ends at the root.
		at = zone.parent().and_then(Grid::zone);
	}
	false
}

impl pallet_vpp::Config for Runtime {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type AdminOrigin = CouncilMajority;
	type SignalOrigin = GridOperator;
	type Clock = Grid;
	type Devices = DeviceRegistry;
	type Metering = Telemetry;
	type Grid = Grid;
	type Sales = Dex;
	type SlotMillis = ConstU64<SLOT_MILLIS>;
	type AcknowledgeSeconds = ConstU64<30>;
	type ChargeSeconds = ConstU64<3_600>;
	type EnrolmentDeposit = ConstU128<{ deposit(2, 256) }>;
	type MaxPrograms = ConstU32<64>;
	type MaxAssets = ConstU32<256>;
	type ServiceWeight = ServiceWeight;
	type WeightInfo = pallet_vpp::weights::SubstrateWeight<Runtime>;
}
