//! A runtime with a grid, and nothing else.
//!
//! ```text
//! 0 ── 1 ── 3      operated by 10, 20, 10
//!  └── 2
//! ```

use crate as pallet_grid;
use crate::{GenesisZone, Terms, ZoneUse};
use frame_support::{derive_impl, parameter_types};
use frame_system::EnsureRoot;
use gridtokenx_primitives::{Clock, Interval, ZoneId};
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

pub type AccountId = u64;

/// Operates the lines above zones 1 and 3.
pub const CITY: AccountId = 10;
/// Operates the line above zone 2.
pub const COUNTY: AccountId = 20;
/// Operates nothing.
pub const NOBODY: AccountId = 99;
/// Where congestion rent goes.
pub const FUND: AccountId = 7;
/// The interval in which tests begin.
pub const START: Interval = 1_000;
/// Slots in an interval of 900 s.
pub const SLOTS: u64 = 300;

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
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Grid = pallet_grid;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Self>;
}

parameter_types! {
	pub static CurrentSlot: u64 = u64::from(START) * SLOTS;
	pub static UsedZones: Vec<ZoneId> = Vec::new();
	pub const GridFund: AccountId = FUND;
}

/// Zones that a test says are used.
pub struct Elsewhere;
impl ZoneUse for Elsewhere {
	fn is_used(zone: ZoneId) -> bool {
		UsedZones::get().contains(&zone)
	}
}

impl pallet_grid::Config for Test {
	type WeightInfo = ();
	type GovernanceOrigin = EnsureRoot<AccountId>;
	type Slot = CurrentSlot;
	type ZoneUse = ((), Elsewhere);
	type GridFund = GridFund;
	type SlotMillis = frame_support::traits::ConstU64<3_000>;
	type MaxZones = frame_support::traits::ConstU32<100>;
	type MaxDepth = frame_support::traits::ConstU32<3>;
	type Retention = frame_support::traits::ConstU32<200>;
}

/// 40 kW up, 80 kW down: 10 kWh and 20 kWh in an interval of 900 s. 3 planck per kWh.
pub const TERMS: Terms = Terms {
	to_parent_w: 40_000,
	from_parent_w: 80_000,
	wheeling_per_kwh: 2,
	loss_per_kwh: 1,
};

/// Half of that, for twice as much.
pub const HALF: Terms = Terms {
	to_parent_w: 20_000,
	from_parent_w: 40_000,
	wheeling_per_kwh: 4,
	loss_per_kwh: 2,
};

pub struct ExtBuilder {
	pub interval_seconds: u32,
	pub zones: Vec<GenesisZone<AccountId>>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		let zone = |parent, operator| GenesisZone {
			parent,
			operator,
			terms: TERMS,
		};
		Self {
			interval_seconds: 900,
			zones: vec![zone(0, CITY), zone(0, COUNTY), zone(1, CITY)],
		}
	}
}

impl ExtBuilder {
	pub fn build(self) -> TestExternalities {
		let Self {
			interval_seconds,
			zones,
		} = self;
		let genesis = RuntimeGenesisConfig {
			grid: pallet_grid::GenesisConfig {
				interval_seconds,
				zones,
			},
			..Default::default()
		};
		let mut ext = TestExternalities::from(genesis.build_storage().expect("the genesis is sound"));
		ext.execute_with(|| {
			CurrentSlot::set(u64::from(START) * SLOTS);
			UsedZones::set(Vec::new());
			System::set_block_number(1);
		});
		ext
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			check();
			test();
			check();
		})
	}
}

/// Checks what is always true.
pub fn check() {
	Grid::do_try_state().expect("the grid is consistent");
}

/// Lets time pass to the beginning of an interval.
pub fn go_to(interval: Interval) {
	CurrentSlot::set(u64::from(interval) * SLOTS);
	System::set_block_number(System::block_number() + 1);
	assert_eq!(Grid::now(), interval);
	check();
}

/// The last event of the grid.
pub fn last_event() -> pallet_grid::Event<Test> {
	let event = System::events().pop().expect("something happened").event;
	event.try_into().expect("the grid spoke last")
}
