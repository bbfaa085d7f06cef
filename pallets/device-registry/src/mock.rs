//! A runtime with this pallet, a clock that tests move, a small grid, and notes of what other pallets were told.

use crate::{self as pallet_device_registry, Deposits, HoldReason, Pallet};
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::{HoldConsideration, InspectHold},
		Hooks, LinearStoragePrice,
	},
	weights::WeightMeter,
};
use frame_system::EnsureRoot;
use gridtokenx_primitives::{
	device::Registers, units::GRX, Balance, Clock, DeviceId, Epoch, GenesisHash, Interval, Link, MeterLifecycle,
	Network, OnSuspension, Topology, Wh, ZoneId,
};
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage, DispatchResult, Permill};

pub type AccountId = AccountId32;
type Block = frame_system::mocking::MockBlock<Test>;

pub const ALICE: AccountId = AccountId::new([1; 32]);
pub const BOB: AccountId = AccountId::new([2; 32]);
pub const CAROL: AccountId = AccountId::new([3; 32]);
/// Has no money.
pub const PAUPER: AccountId = AccountId::new([9; 32]);
/// Registrar of zones 1 and 2.
pub const UTILITY: AccountId = AccountId::new([11; 32]);
/// Registrar of zone 2.
pub const NEIGHBOUR: AccountId = AccountId::new([12; 32]);
/// Where slashes go.
pub const TREASURY: AccountId = AccountId::new([20; 32]);

/// The interval in which tests begin.
pub const START: Interval = 10_000;
/// Length of an interval, seconds.
pub const SECONDS: u32 = 900;
/// What the line above zones 1 and 2 can carry, W.
pub const LINE_W: u64 = 100_000;
/// What an account has at first.
pub const ENDOWMENT: Balance = 1_000 * GRX;
/// What is bonded for a device.
pub const BOND: Balance = 10 * GRX;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeHoldReason,
		RuntimeFreezeReason,
		RuntimeTask
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Registry = pallet_device_registry;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = Block;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type AccountStore = System;
}

parameter_types! {
	pub const StorageHold: RuntimeHoldReason = RuntimeHoldReason::Registry(HoldReason::Storage);
	pub const StorageBase: Balance = GRX;
	pub const StorageByte: Balance = GRX / 1_000;
	pub const SlashRate: Permill = Permill::from_percent(50);
	pub const ReporterShare: Permill = Permill::from_percent(40);
	pub const Treasury: AccountId = TREASURY;
	pub const Bond: Balance = BOND;
	pub static Now: Interval = START;
	/// Whose open orders were cancelled.
	pub static Cancelled: Vec<(AccountId, ZoneId)> = Vec::new();
	/// What telemetry was told.
	pub static Told: Vec<Lifecycle> = Vec::new();
}

type StoragePrice = LinearStoragePrice<StorageBase, StorageByte, Balance>;

impl pallet_device_registry::Config for Test {
	type WeightInfo = ();
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type Consideration = HoldConsideration<AccountId, Balances, StorageHold, StoragePrice>;
	type GovernanceOrigin = EnsureRoot<AccountId>;
	type Clock = TestClock;
	type Topology = SmallGrid;
	type MeterLifecycle = Telemetry;
	type OnSuspension = Market;
	type BondAmount = Bond;
	type SlashRate = SlashRate;
	type ReporterShare = ReporterShare;
	type SlashDestination = Treasury;
	type EvidenceWindow = frame_support::traits::ConstU32<200>;
	type ExportFactor = frame_support::traits::ConstU32<150>;
	type MaxChildren = frame_support::traits::ConstU32<3>;
	type MaxZonesPerRegistrar = frame_support::traits::ConstU32<4>;
	type MaxHandovers = frame_support::traits::ConstU32<3>;
	type RevocationsPerBlock = frame_support::traits::ConstU32<2>;
}

pub struct TestClock;
impl Clock for TestClock {
	fn now_ms() -> u64 {
		Self::start_of(Now::get()) * 1_000
	}
	fn interval_seconds() -> u32 {
		SECONDS
	}
}

/// Zone 0 is the root; zones 1 to 13 hang from it, and 14 and 15 from 13; there is no other.
pub struct SmallGrid;
impl Topology<AccountId> for SmallGrid {
	fn is_open(zone: ZoneId, _: Interval) -> bool {
		Self::exists(zone)
	}
	fn network(_: Interval) -> Network<AccountId> {
		let link = |_| Link {
			parent: 0,
			to_parent_wh: LINE_W,
			from_parent_wh: LINE_W,
			charge_per_kwh: 0,
			operator: TREASURY,
		};
		(0..16)
			.map(|zone| (zone, Some(zone).filter(|zone| *zone > 0).map(link)))
			.collect()
	}
	fn is_operator(account: &AccountId) -> bool {
		*account == TREASURY
	}
	fn grid_fund() -> AccountId {
		TREASURY
	}
	fn commit(_: Interval, _: ZoneId, _: Wh, _: Wh) -> DispatchResult {
		Ok(())
	}
	fn release(_: Interval, _: ZoneId, _: Wh, _: Wh) {}
	fn forget(_: Interval) {}
	fn lines_above(zone: ZoneId) -> Vec<(ZoneId, u64)> {
		let under = match zone {
			0 => vec![],
			14 | 15 => vec![zone, 13],
			_ => vec![zone],
		};
		under.into_iter().map(|zone| (zone, LINE_W)).collect()
	}
	fn exists(zone: ZoneId) -> bool {
		zone < 16
	}
}

/// What telemetry was told of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lifecycle {
	Rotated(DeviceId, Epoch),
	Swapped(DeviceId, Epoch, Interval, Option<Registers>, Registers),
}

pub struct Telemetry;
impl MeterLifecycle for Telemetry {
	fn on_key_rotated(device: DeviceId, epoch: Epoch) {
		Told::mutate(|told| told.push(Lifecycle::Rotated(device, epoch)));
	}
	fn on_meter_swapped(
		device: DeviceId,
		epoch: Epoch,
		interval: Interval,
		closing: Option<Registers>,
		opening: Registers,
	) {
		Told::mutate(|told| told.push(Lifecycle::Swapped(device, epoch, interval, closing, opening)));
	}
}

pub struct Market;
impl OnSuspension<AccountId> for Market {
	fn on_suspension(account: &AccountId, zone: ZoneId) {
		Cancelled::mutate(|cancelled| cancelled.push((account.clone(), zone)));
	}
}

#[derive(Default)]
pub struct ExtBuilder {
	without_registrars: bool,
}

impl ExtBuilder {
	/// A chain whose governance has appointed nobody yet.
	pub fn without_registrars(self) -> Self {
		Self {
			without_registrars: true,
		}
	}

	pub fn build(self) -> sp_io::TestExternalities {
		Now::set(START);
		Cancelled::take();
		Told::take();
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let rich = [ALICE, BOB, CAROL, UTILITY, NEIGHBOUR, TREASURY];
		pallet_balances::GenesisConfig::<Test> {
			balances: rich.map(|account| (account, ENDOWMENT)).to_vec(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		let registrars = vec![(UTILITY, vec![1, 2]), (NEIGHBOUR, vec![2])];
		pallet_device_registry::GenesisConfig::<Test> {
			registrars: if self.without_registrars { vec![] } else { registrars },
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		storage.into()
	}

	/// Runs a test, and checks every invariant at its end.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			System::set_block_number(1);
			test();
			check_invariants();
		});
	}
}

/// The pallet's invariants, and what it can't say itself: every storage deposit is held.
pub fn check_invariants() {
	Registry::do_try_state().unwrap();
	let records: Vec<_> = crate::Devices::<Test>::iter_values().collect();
	for account in [ALICE, BOB, CAROL, UTILITY, NEIGHBOUR, TREASURY, PAUPER] {
		let owned = records.iter().filter(|record| record.owner == account).count();
		let accepted = records
			.iter()
			.filter(|record| matches!(&record.handover, Some(crate::Handover::Accepted { to, .. }) if *to == account))
			.count();
		let held = Balances::balance_on_hold(&StorageHold::get(), &account);
		assert_eq!(
			held,
			storage_deposit() * (owned + accepted) as Balance,
			"storage deposits of {account}"
		);
	}
}

/// What is held for the room that one device takes.
pub fn storage_deposit() -> Balance {
	use sp_runtime::traits::Convert;
	StoragePrice::convert(Pallet::<Test>::footprint())
}

/// What of an account is bonded.
pub fn bonded(account: &AccountId) -> Balance {
	Balances::balance_on_hold(&HoldReason::Bond.into(), account)
}

/// The deposits of a device.
pub fn deposits(device: DeviceId) -> Deposits<<Test as crate::Config>::Consideration> {
	crate::Devices::<Test>::get(device).unwrap().deposits
}

/// The hash that devices sign.
pub fn genesis() -> GenesisHash {
	System::block_hash(0).into()
}

/// A block in the same interval.
pub fn next_block() {
	next_block_with(&mut WeightMeter::new());
}

/// A block whose deferred work may use what `meter` has.
pub fn next_block_with(meter: &mut WeightMeter) {
	let number = System::block_number() + 1;
	System::set_block_number(number);
	Registry::on_initialize(number);
	Registry::on_poll(number, meter);
	check_invariants();
}

/// The first block of an interval.
pub fn run_to(interval: Interval) {
	Now::set(interval);
	next_block();
}

/// This pallet's events since the last time it was asked.
pub fn events() -> Vec<crate::Event<Test>> {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::Registry(event) => Some(event),
		_ => None,
	});
	let events = events.collect();
	System::reset_events();
	events
}
