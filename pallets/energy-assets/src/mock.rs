//! A runtime with credits, and a meter reader that says what tests tell it.

use crate as pallet_energy_assets;
use crate::WeightInfo;
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64, Hooks},
	weights::{Weight, WeightMeter},
};
use gridtokenx_primitives::{
	metering::Coverage, ClassId, Credits, DeviceId, Interval, IntervalEnergy, Metering, Position, Source, Wh, ZoneId,
};
use sp_io::TestExternalities;
use sp_runtime::{AccountId32, BuildStorage, DispatchResult};
use std::collections::BTreeMap;

pub type AccountId = AccountId32;

pub const ALICE: AccountId = AccountId::new([1; 32]);
pub const BOB: AccountId = AccountId::new([2; 32]);
pub const CAROL: AccountId = AccountId::new([3; 32]);

/// The interval and the zone of most tests.
pub const T: Interval = 1_000;
pub const ZONE: ZoneId = 1;
/// Another zone, whose index has a byte more.
pub const FAR: ZoneId = 300;

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
	pub type EnergyAssets = pallet_energy_assets;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type AccountId = AccountId;
	type Lookup = sp_runtime::traits::IdentityLookup<AccountId>;
	type Block = frame_system::mocking::MockBlock<Self>;
}

parameter_types! {
	/// What was metered as export.
	pub static Exported: BTreeMap<(Interval, ZoneId, Source), Wh> = BTreeMap::new();
	/// The most weight of a block's service.
	pub static Service: Weight = Weight::MAX;
}

pub struct MeterReader;
impl Metering<AccountId> for MeterReader {
	fn measured_through() -> Option<Interval> {
		Exported::get().keys().map(|(interval, _, _)| *interval).max()
	}
	fn take_positions(_: Interval, _: u32) -> Vec<Position<AccountId>> {
		Vec::new()
	}
	fn take_late(_: u32) -> Vec<(Interval, Position<AccountId>)> {
		Vec::new()
	}
	fn coverage(interval: Interval) -> Coverage {
		let known = Exported::get().keys().any(|(of, _, _)| *of == interval);
		Coverage {
			active: known.into(),
			read: known.into(),
		}
	}
	fn energy(_: DeviceId, _: Interval) -> Option<IntervalEnergy> {
		None
	}
	fn exported(interval: Interval, zone: ZoneId, source: Source) -> Wh {
		Exported::get().get(&(interval, zone, source)).copied().unwrap_or(0)
	}
}

impl pallet_energy_assets::Config for Test {
	type WeightInfo = ();
	type Metering = MeterReader;
	type MinTransfer = ConstU64<100>;
	type MaxHoldings = ConstU32<3>;
	type ServiceWeight = Service;
}

pub struct ExtBuilder;

impl ExtBuilder {
	pub fn build_and_execute(self, test: impl FnOnce()) {
		let storage = RuntimeGenesisConfig::default()
			.build_storage()
			.expect("there is nothing that could be wrong");
		TestExternalities::from(storage).execute_with(|| {
			Exported::set(BTreeMap::new());
			Service::set(Weight::MAX);
			System::set_block_number(1);
			check();
			test();
			check();
		})
	}
}

/// Checks what is always true.
pub fn check() {
	EnergyAssets::do_try_state().expect("credits are consistent");
}

pub fn class(zone: ZoneId, source: Source) -> ClassId {
	ClassId {
		interval: T,
		zone,
		source,
	}
}

/// The class of most tests.
pub fn solar() -> ClassId {
	class(ZONE, Source::Solar)
}

/// Meters exports and settles them.
pub fn settle(
	interval: Interval,
	account: &AccountId,
	zone: ZoneId,
	import_wh: Wh,
	exports: &[(Source, Wh)],
) -> DispatchResult {
	EnergyAssets::settle(interval, account, zone, import_wh, exports)?;
	Exported::mutate(|exported| {
		for (source, wh) in exports {
			*exported.entry((interval, zone, *source)).or_default() += wh;
		}
	});
	Ok(())
}

/// A block: what time there is for work at its beginning, and at its end.
pub fn next_block(service: Weight, idle: Weight) {
	System::set_block_number(System::block_number() + 1);
	System::reset_events();
	Service::set(service);
	let mut meter = WeightMeter::with_limit(Weight::MAX);
	EnergyAssets::on_poll(System::block_number(), &mut meter);
	assert!(meter.consumed().all_lte(service), "on_poll keeps to its weight");
	assert!(
		EnergyAssets::on_idle(System::block_number(), idle).all_lte(idle),
		"on_idle keeps to its weight"
	);
	check();
}

/// The least weight with which closing moves on.
pub fn one_step() -> Weight {
	<() as WeightInfo>::poll().saturating_add(EnergyAssets::worst_step())
}

/// Free and held credits of an account.
pub fn balance(class: ClassId, account: &AccountId, zone: ZoneId) -> (Wh, Wh) {
	let holding = pallet_energy_assets::Holdings::<Test>::get((class.interval, account, zone, class_key(class)));
	(holding.free, holding.held)
}

fn class_key(class: ClassId) -> crate::types::ClassKey {
	class.into()
}

/// How many items the pallet stores.
pub fn items() -> usize {
	let prefix = sp_io::hashing::twox_128(b"EnergyAssets");
	let mut key = prefix.to_vec();
	let mut count = 0;
	while let Some(next) = sp_io::storage::next_key(&key).filter(|next| next.starts_with(&prefix)) {
		key = next;
		count += 1;
	}
	count
}

/// Events of this pallet in the block.
pub fn events() -> Vec<pallet_energy_assets::Event<Test>> {
	System::read_events_for_pallet()
}
