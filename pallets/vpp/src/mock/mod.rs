//! A runtime with a clock, devices, meters and a grid that tests set by hand.

use crate::{math::allocation::Rule, types::*, Event, *};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, EnsureOriginWithArg, Hooks},
	weights::{Weight, WeightMeter},
};
use frame_system::{mocking::MockBlock, EnsureRoot, RawOrigin};
use gridtokenx_primitives::{
	message, Balance, Clock, Coverage, Device, DeviceId, DeviceKind, Devices, ForwardSales, Interval, IntervalEnergy,
	Limits, Link, Metering, Network, Position, PublicKey, Signature, Source, Status, Topology, Wh, ZoneId,
};
use sp_core::{ed25519, Pair};
use sp_runtime::{BuildStorage, DispatchResult};
use std::{cell::RefCell, collections::BTreeMap};

pub type AccountId = u64;

/// Runs programmes.
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
	pub type Vpp = crate;
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

pub struct ZoneOperator;
impl EnsureOriginWithArg<RuntimeOrigin, ZoneId> for ZoneOperator {
	type Success = ();

	fn try_origin(origin: RuntimeOrigin, zone: &ZoneId) -> Result<(), RuntimeOrigin> {
		match origin.clone().into() {
			Ok(RawOrigin::Signed(who)) if who == GRID + AccountId::from(*zone) => Ok(()),
			_ => Err(origin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn try_successful_origin(zone: &ZoneId) -> Result<RuntimeOrigin, ()> {
		Ok(RuntimeOrigin::signed(GRID + AccountId::from(*zone)))
	}
}

pub struct TestClock;
impl Clock for TestClock {
	fn now_ms() -> u64 {
		NowMs::get()
	}

	fn interval_seconds() -> u32 {
		INTERVAL as u32
	}
}

thread_local! {
	static DEVICES: RefCell<BTreeMap<DeviceId, Device<AccountId>>> = const { RefCell::new(BTreeMap::new()) };
	static ENERGY: RefCell<BTreeMap<(DeviceId, Interval), IntervalEnergy>> = const { RefCell::new(BTreeMap::new()) };
	static SALES: RefCell<BTreeMap<(AccountId, ZoneId, Interval), i64>> = const { RefCell::new(BTreeMap::new()) };
	static LINE_WH: RefCell<BTreeMap<ZoneId, Wh>> = const { RefCell::new(BTreeMap::new()) };
}

pub struct TestDevices;
impl Devices<AccountId> for TestDevices {
	fn device(device: DeviceId) -> Option<Device<AccountId>> {
		DEVICES.with_borrow(|devices| devices.get(&device).cloned())
	}

	fn limits(_: &AccountId, _: ZoneId) -> Limits {
		Limits::default()
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_register(_: &AccountId, _: ZoneId, _: u32, _: u32) -> DeviceId {
		0
	}
}

pub struct TestMetering;
impl Metering<AccountId> for TestMetering {
	fn measured_through() -> Option<Interval> {
		MeasuredThrough::get()
	}

	fn take_positions(_: Interval, _: u32) -> Vec<Position<AccountId>> {
		vec![]
	}

	fn take_late(_: u32) -> Vec<(Interval, Position<AccountId>)> {
		vec![]
	}

	fn coverage(_: Interval) -> Coverage {
		Coverage::default()
	}

	fn energy(device: DeviceId, interval: Interval) -> Option<IntervalEnergy> {
		let measured = MeasuredThrough::get().is_some_and(|through| interval <= through);
		ENERGY
			.with_borrow(|energy| energy.get(&(device, interval)).copied())
			.filter(|_| measured)
	}

	fn exported(_: Interval, _: ZoneId, _: Source) -> Wh {
		0
	}
}

/// Zone 0 is the root; 1 and 2 hang by it.
pub struct TestGrid;
impl Topology<AccountId> for TestGrid {
	fn is_open(zone: ZoneId, _: Interval) -> bool {
		Self::exists(zone)
	}

	fn network(_: Interval) -> Network<AccountId> {
		let left_wh = |zone| LINE_WH.with_borrow(|lines| lines.get(&zone).copied().unwrap_or(1_000_000));
		let link = |zone| Link {
			parent: 0,
			to_parent_wh: left_wh(zone),
			from_parent_wh: left_wh(zone),
			charge_per_kwh: 0,
			operator: GRID,
		};
		vec![(0, None), (1, Some(link(1))), (2, Some(link(2)))]
	}

	fn is_operator(_: &AccountId) -> bool {
		false
	}

	fn grid_fund() -> AccountId {
		GRID
	}

	fn commit(_: Interval, _: ZoneId, _: Wh, _: Wh) -> DispatchResult {
		Ok(())
	}

	fn release(_: Interval, _: ZoneId, _: Wh, _: Wh) {}

	fn forget(_: Interval) {}

	fn line_capacity_w(_: ZoneId) -> Option<u64> {
		None
	}

	fn exists(zone: ZoneId) -> bool {
		zone < 3
	}
}

pub struct TestSales;
impl ForwardSales<AccountId> for TestSales {
	fn net_forward_sales(account: &AccountId, zone: ZoneId, interval: Interval) -> Option<i64> {
		SALES.with_borrow(|sales| sales.get(&(*account, zone, interval)).copied())
	}
}

// ---- The world ----

/// The key of a device.
pub fn key_of(device: DeviceId) -> ed25519::Pair {
	let mut seed = [7; 32];
	seed[..4].copy_from_slice(&device.to_le_bytes());
	ed25519::Pair::from_seed(&seed)
}

/// Registers an active device in zone 1, rated 10 kW both ways.
pub fn register(device: DeviceId, owner: AccountId, kind: DeviceKind, parent: Option<DeviceId>) {
	let info = Device {
		owner,
		kind,
		parent,
		status: Status::Active,
		zone: 1,
		source: None,
		key: PublicKey::Ed25519(key_of(device).public().0),
		epoch: 0,
		import_w: 10_000,
		export_w: 10_000,
	};
	DEVICES.with_borrow_mut(|devices| devices.insert(device, info));
}

/// Changes a registered device.
pub fn with_device(device: DeviceId, change: impl FnOnce(&mut Device<AccountId>)) {
	DEVICES.with_borrow_mut(|devices| change(devices.get_mut(&device).expect("registered")));
}

/// Sets what a meter shows for an interval, Wh of net export.
pub fn meter(device: DeviceId, interval: Interval, net_wh: i64) {
	let (import_wh, export_wh) = if net_wh < 0 {
		(net_wh.unsigned_abs(), 0)
	} else {
		(0, net_wh.unsigned_abs())
	};
	meter_energy(
		device,
		interval,
		IntervalEnergy {
			import_wh,
			export_wh,
			..Default::default()
		},
	);
}

pub fn meter_energy(device: DeviceId, interval: Interval, energy: IntervalEnergy) {
	ENERGY.with_borrow_mut(|meters| meters.insert((device, interval), energy));
}

/// Sets what an account sold forward, Wh.
pub fn sell_forward(account: AccountId, zone: ZoneId, interval: Interval, wh: i64) {
	SALES.with_borrow_mut(|sales| sales.insert((account, zone, interval), wh));
}

/// Sets what the line above a zone still carries in an interval, Wh.
pub fn limit_line(zone: ZoneId, wh: Wh) {
	LINE_WH.with_borrow_mut(|lines| lines.insert(zone, wh));
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
		DEVICES.with_borrow_mut(BTreeMap::clear);
		ENERGY.with_borrow_mut(BTreeMap::clear);
		SALES.with_borrow_mut(BTreeMap::clear);
		LINE_WH.with_borrow_mut(BTreeMap::clear);
		MeasuredThrough::set(None);
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

// ---- Programmes and assets ----

/// Frequency containment as in continental Europe, measured by one interval before.
pub fn containment() -> Terms {
	Terms {
		zones: vec![1, 2].try_into().expect("few zones"),
		product: Product::FrequencyContainment(crate::math::response::Droop {
			nominal_mhz: 50_000,
			deadband_mhz: 10,
			full_mhz: 200,
			hysteresis_mhz: 5,
		}),
		allocation: Rule::MeritOrder,
		baseline: BaselineRule::MeterBefore { intervals: 1 },
		price_cap: 1_000_000,
		penalty_per_kwh: 0,
		bond: 0,
		compensation_per_kwh: 0,
		full_activation_s: 30,
		activation_s: 900,
	}
}

/// Balancing on request.
pub fn balancing() -> Terms {
	Terms {
		product: Product::Balancing,
		..containment()
	}
}

/// The first two stages of the German scheme, at half of the load each.
pub fn shedding() -> Terms {
	let stage = |at_or_below_mhz| crate::math::shedding::Stage {
		at_or_below_mhz,
		shed_permille: 500,
	};
	let stages = vec![stage(49_000), stage(48_800)].try_into().expect("few stages");
	let scheme = crate::math::shedding::Scheme {
		stages,
		hysteresis_mhz: 50,
	};
	Terms {
		product: Product::LoadShedding(scheme),
		..containment()
	}
}

/// Creates a programme with a budget.
pub fn create(terms: Terms, budget: Balance) -> ProgramId {
	let program = NextProgram::<Test>::get();
	assert_ok!(Vpp::create_program(RuntimeOrigin::root(), OPERATOR, terms));
	if budget > 0 {
		assert_ok!(Vpp::fund(RuntimeOrigin::signed(OPERATOR), program, budget));
	}
	program
}

/// A battery of 10 kWh that feeds in or takes 3 kW.
pub fn battery() -> Asset {
	Asset {
		up_w: 3_000,
		down_w: 3_000,
		ramp_w_per_s: 1_000,
		notice_s: 0,
		shortest_s: 0,
		longest_s: 0,
		capacity_wh: 10_000,
		reserve_wh: 1_000,
		price_per_kwh: 200_000,
		priority: 0,
		shed_stage: 0,
	}
}

/// A load of 2 kW that can be switched off.
pub fn load() -> Asset {
	Asset {
		up_w: 2_000,
		down_w: 0,
		capacity_wh: 0,
		reserve_wh: 0,
		..battery()
	}
}

/// Registers a battery that is measured by itself, enrols it, and reports it half full.
pub fn enrol_battery(program: ProgramId, device: DeviceId, owner: AccountId, asset: Asset) {
	register(device, owner, DeviceKind::Battery, None);
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(owner),
		program,
		device,
		asset,
		MeteringPoint::Asset
	));
	assert_ok!(report_charge(device, 5_000));
}

/// Registers a passive load that is measured by itself and enrols it.
pub fn enrol_load(program: ProgramId, device: DeviceId, owner: AccountId, asset: Asset) {
	register(device, owner, DeviceKind::PassiveLoad, None);
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(owner),
		program,
		device,
		asset,
		MeteringPoint::Asset
	));
}

pub fn enrolment(program: ProgramId, device: DeviceId) -> EnrolmentOf<Test> {
	Enrolments::<Test>::get(program, device).expect("enrolled")
}

pub fn program(id: ProgramId) -> ProgramOf<Test> {
	Programs::<Test>::get(id).expect("exists")
}

pub fn activation(dispatch: DispatchId) -> ActivationOf<Test> {
	Activations::<Test>::get(dispatch).expect("exists")
}

pub fn instruction(dispatch: DispatchId, device: DeviceId) -> Instruction {
	Instructions::<Test>::get(dispatch, device).expect("exists")
}

/// What an asset is to do, W; positive = feeding the grid.
pub fn power_of(dispatch: DispatchId, device: DeviceId) -> i64 {
	Vpp::instruction(dispatch, device).map_or(0, |instruction| instruction.power_w)
}

// ---- Signed messages ----

pub fn genesis() -> [u8; 32] {
	System::block_hash(0).0
}

pub fn sign(device: DeviceId, message: &[u8]) -> Signature {
	key_of(device).sign(message).0
}

/// A battery's report of its charge at this moment.
pub fn report_charge(device: DeviceId, stored_wh: Wh) -> DispatchResult {
	let report = message::StateOfCharge {
		device,
		epoch: 0,
		unix_ms: NowMs::get(),
		stored_wh,
		flags: 0,
	};
	submit_charge(report)
}

pub fn submit_charge(report: message::StateOfCharge) -> DispatchResult {
	let signature = sign(report.device, &message::state_of_charge(&genesis(), &report));
	Vpp::report_state_of_charge(RuntimeOrigin::signed(CARRIER), report, signature)
}

/// Sensors 901, 902 and 903, of three owners.
pub fn register_sensors() {
	for (device, owner) in [(901, ALICE), (902, BOB), (903, CAROL)] {
		register(device, owner, DeviceKind::FrequencySensor, None);
	}
}

pub fn frequency_reading(device: DeviceId, frequency_mhz: u32) -> (message::Frequency, Signature) {
	let reading = message::Frequency {
		device,
		epoch: 0,
		unix_ms: NowMs::get(),
		frequency_mhz,
		quality: 0,
	};
	(reading, sign(device, &message::frequency(&genesis(), &reading)))
}

pub fn submit_frequency(readings: Vec<(message::Frequency, Signature)>) -> DispatchResult {
	Vpp::report_frequency(
		RuntimeOrigin::signed(CARRIER),
		readings.try_into().expect("few readings"),
	)
}

/// All three sensors agree on a frequency at this moment, and the next block heeds it.
pub fn frequency(frequency_mhz: u32) {
	let readings = [901, 902, 903].map(|device| frequency_reading(device, frequency_mhz));
	assert_ok!(submit_frequency(readings.to_vec()));
	next_block();
}

/// A device's answer to its present instruction.
pub fn answer(dispatch: DispatchId, device: DeviceId, answer: message::Answer) -> message::Acknowledgement {
	let instruction = Vpp::instruction(dispatch, device).expect("instructed");
	message::Acknowledgement {
		device,
		epoch: 0,
		dispatch,
		revision: instruction.revision,
		answer,
		reason: 0,
		committed_w: instruction.power_w,
		dispatch_hash: message::dispatch_hash(&genesis(), &instruction),
	}
}

pub fn submit_answer(answer: message::Acknowledgement) -> DispatchResult {
	let signature = sign(answer.device, &message::acknowledgement(&genesis(), &answer));
	Vpp::acknowledge(RuntimeOrigin::signed(CARRIER), answer, signature)
}

pub fn accept(dispatch: DispatchId, device: DeviceId) {
	assert_ok!(submit_answer(answer(dispatch, device, message::Answer::Accept)));
}

pub fn decline(dispatch: DispatchId, device: DeviceId) {
	assert_ok!(submit_answer(answer(dispatch, device, message::Answer::Decline)));
}

/// The operator of zone 1 requests a power from now on, for so many seconds; the next block heeds it.
pub fn request(program: ProgramId, power_w: i32, seconds: u64) {
	signal(program, Need::Power(power_w), 0, seconds);
	next_block();
}

/// The operator of zone 1 signals a need that begins in `after` seconds and lasts for `seconds`.
pub fn signal(program: ProgramId, need: Need, after: u64, seconds: u64) {
	let sequence = Sequences::<Test>::get(1).map_or(1, |last| last + 1);
	let start = now() + after;
	assert_ok!(Vpp::signal(
		RuntimeOrigin::signed(GRID + 1),
		program,
		1,
		need,
		sequence,
		start,
		start + seconds
	));
}

/// The pallet's events so far; forgets them.
pub fn events() -> Vec<Event<Test>> {
	let events = System::read_events_for_pallet::<Event<Test>>();
	System::reset_events();
	events
}
