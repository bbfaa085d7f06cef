//! A runtime with a clock, devices, meters and a grid that tests set by hand.

mod outside;
mod scenes;
mod signed;

pub use outside::*;
pub use scenes::*;
pub use signed::*;

use crate::{self as pallet_vpp, Config, Event};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, Hooks},
	weights::{Weight, WeightMeter},
};
use frame_system::{mocking::MockBlock, EnsureRoot};
use gridtokenx_primitives::{Balance, Interval};
use sp_runtime::BuildStorage;

pub type AccountId = u64;

/// Runs programs.
pub const OPERATOR: AccountId = 1;
/// Owns most devices.
pub const ALICE: AccountId = 2;
pub const BOB: AccountId = 3;
pub const CAROL: AccountId = 4;
/// Carries what devices sign.
pub const CARRIER: AccountId = 5;
/// Has no funds.
pub const PAUPER: AccountId = 6;
/// The grid operator of zone `z` is this plus `z`.
pub const GRID: AccountId = 100;

pub const FUNDS: Balance = 1_000_000_000;
pub const DEPOSIT: Balance = 1_000;

/// Length of an interval, seconds.
pub const INTERVAL: u64 = 900;
/// The interval in which every test begins, at its start.
pub const FIRST: Interval = 2_000;

#[frame_support::runtime]
mod test_runtime {
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
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Vpp = pallet_vpp;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<Balance>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = Balance;
	type ExistentialDeposit = ConstU128<10>;
	type AccountStore = System;
	type RuntimeHoldReason = RuntimeHoldReason;
}

parameter_types! {
	pub static NowMs: u64 = 0;
	pub static MeasuredThrough: Option<Interval> = None;
	pub static ServiceWeight: Weight = Weight::from_all(1_000_000);
}

impl Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type AdminOrigin = EnsureRoot<AccountId>;
	type SignalOrigin = ZoneOperator;
	type Clock = TestClock;
	type Devices = TestDevices;
	type Metering = TestMetering;
	type Grid = TestGrid;
	type Sales = TestSales;
	type SlotMillis = ConstU64<3_000>;
	type AcknowledgeSeconds = ConstU64<60>;
	type ChargeSeconds = ConstU64<3_600>;
	type EnrolmentDeposit = ConstU128<DEPOSIT>;
	type MaxPrograms = ConstU32<4>;
	type MaxAssets = ConstU32<8>;
	type ServiceWeight = ServiceWeight;
	type WeightInfo = ();
}

/// Now, Unix seconds.
pub fn now() -> u64 {
	NowMs::get() / 1_000
}

/// Moves the clock to so many seconds after the beginning, in a new block.
pub fn at(seconds: u64) {
	NowMs::set((u64::from(FIRST) * INTERVAL + seconds) * 1_000);
	next_block();
}

/// Begins the next block at the same time, and checks every invariant before and after its work.
pub fn next_block() {
	Vpp::do_try_state().expect("invariants hold before a block's work");
	System::set_block_number(System::block_number() + 1);
	let mut meter = WeightMeter::new();
	Vpp::on_poll(System::block_number(), &mut meter);
	Vpp::do_try_state().expect("invariants hold after a block's work");
}

/// Telemetry has measured everything up to an interval; the block's work follows.
pub fn measured(through: Interval) {
	MeasuredThrough::set(Some(through));
	next_block();
}

pub struct ExtBuilder {
	accounts: Vec<AccountId>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let grid = (0..3).map(|zone| GRID + zone);
		Self {
			accounts: [OPERATOR, ALICE, BOB, CAROL, CARRIER].into_iter().chain(grid).collect(),
		}
	}
}

impl ExtBuilder {
	/// Runs a test on a fresh chain; the invariants hold at its end, and no money was made or lost.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		outside::clear();
		ServiceWeight::set(Weight::from_all(1_000_000));
		let mut storage = frame_system::GenesisConfig::<Test>::default()
			.build_storage()
			.expect("genesis");
		pallet_balances::GenesisConfig::<Test> {
			balances: self.accounts.iter().map(|account| (*account, FUNDS)).collect(),
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.expect("genesis");
		let mut ext = sp_io::TestExternalities::new(storage);
		ext.execute_with(|| {
			System::set_block_number(1);
			at(0);
			let issuance = Balances::total_issuance();
			test();
			Vpp::do_try_state().expect("invariants hold at the end");
			assert_eq!(Balances::total_issuance(), issuance, "money is conserved");
		});
	}
}

/// The pallet's events so far; forgets them.
pub fn events() -> Vec<Event<Test>> {
	let events = System::read_events_for_pallet::<Event<Test>>();
	System::reset_events();
	events
}
