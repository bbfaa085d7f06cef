//! A runtime with telemetry alone: the registry and the clock are set by hand, the signatures are real.

use crate::{self as pallet_telemetry, types::Refusal, CarrierKeys, Event};
use codec::Encode;
use frame_support::{
	derive_impl, parameter_types,
	traits::{
		fungible::{Credit, Inspect},
		Hooks, OnUnbalanced,
	},
	weights::{Weight, WeightMeter},
};
use frame_system::{mocking::MockBlock, EnsureRoot};
use gridtokenx_primitives::{
	device::Registers, metering::Metering, reading::NO_POWER, Clock, DeviceId, GenesisHash, Interval, IntervalEnergy,
	Meter, MeterDirectory, MeterPage, Page, PagedReading, Position, PublicKey, Quality, Reading, Source, Wh, PAGE_SIZE,
};
use p256::ecdsa::{signature::Signer, Signature as P256Signature, SigningKey};
use sp_core::{ed25519, Pair};
use sp_runtime::{traits::IdentityLookup, BoundedVec, BuildStorage};

pub type AccountId = u64;
pub type Pages = BoundedVec<Page, MaxPages>;

pub const ALICE: AccountId = 1;
pub const BOB: AccountId = 2;
/// Bonds for carriers.
pub const OPERATOR: AccountId = 10;
/// The hot key of a carrier; it has no balance.
pub const CARRIER: AccountId = 20;
pub const STRANGER: AccountId = 30;

/// The interval of the first block.
pub const START: Interval = 1_000;
pub const INTERVAL_SECONDS: u32 = 900;
/// Ratings of every mock meter, W: 2,500 Wh in an interval, 2,626 plausibly.
pub const RATING_W: u32 = 10_000;
pub const UNIT: u128 = 1_000_000_000_000;
pub const BOND: u128 = 100 * UNIT;

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
	pub type Utility = pallet_utility;
	#[runtime::pallet_index(3)]
	pub type Telemetry = pallet_telemetry;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = MockBlock<Test>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type AccountData = pallet_balances::AccountData<u128>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = u128;
	type AccountStore = System;
	type RuntimeHoldReason = RuntimeHoldReason;
}

impl pallet_utility::Config for Test {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PalletsOrigin = OriginCaller;
	type WeightInfo = ();
}

parameter_types! {
	pub static NowMs: u64 = 0;
	pub static MeterPages: Vec<MeterPage<AccountId>> = Vec::new();
	/// Device, former owner, and the first interval of the present one.
	pub static Sales: Vec<(DeviceId, AccountId, Interval)> = Vec::new();
	pub static SlashedFunds: u128 = 0;
	/// Accounts whose keys are in the node's keystore.
	pub static KeystoreAccounts: Vec<AccountId> = Vec::new();
	pub const MinBond: u128 = 50 * UNIT;
	pub const SlashPerFault: u128 = UNIT;
	pub const MaxSlashPerDay: u128 = 60 * UNIT;
	pub const MaxPages: u32 = 256;
	pub const Window: Interval = 12;
	pub ServiceWeight: Weight = Weight::from_parts(400_000_000_000, u64::MAX);
}

pub struct MockClock;
impl Clock for MockClock {
	fn now_ms() -> u64 {
		NowMs::get()
	}
	fn interval_seconds() -> u32 {
		INTERVAL_SECONDS
	}
}

pub struct MockMeters;
impl MeterDirectory<AccountId> for MockMeters {
	fn page_count() -> u32 {
		MeterPages::get().len() as u32
	}
	fn page(page: u32) -> MeterPage<AccountId> {
		MeterPages::get().get(page as usize).cloned().unwrap_or_default()
	}
	fn former_owners(page: u32, interval: Interval) -> Vec<(u8, AccountId)> {
		let sales = Sales::get()
			.into_iter()
			.filter(|(device, _, from)| device / PAGE_SIZE == page && interval < *from);
		sales
			.map(|(device, owner, _)| ((device % PAGE_SIZE) as u8, owner))
			.collect()
	}
}

pub struct CollectSlashed;
impl OnUnbalanced<Credit<AccountId, Balances>> for CollectSlashed {
	fn on_nonzero_unbalanced(credit: Credit<AccountId, Balances>) {
		use frame_support::traits::Imbalance;
		SlashedFunds::mutate(|sum| *sum += credit.peek());
	}
}

/// Puts batches into the pool with their signer and its nonce, and without a signature: the runtime's tests have real ones.
pub struct MockKeys;
impl CarrierKeys<AccountId, MaxPages> for MockKeys {
	fn accounts() -> Vec<AccountId> {
		KeystoreAccounts::get()
	}
	fn submit(account: &AccountId, pages: Pages) -> bool {
		let nonce = System::account_nonce(account);
		sp_io::offchain::submit_transaction((account, nonce, pages).encode()).is_ok()
	}
}

impl pallet_telemetry::Config for Test {
	type WeightInfo = ();
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type GovernanceOrigin = EnsureRoot<AccountId>;
	type Clock = MockClock;
	type Meters = MockMeters;
	type OnSlash = CollectSlashed;
	type MinBond = MinBond;
	type SlashPerFault = SlashPerFault;
	type MaxSlashPerDay = MaxSlashPerDay;
	type MaxPages = MaxPages;
	type Window = Window;
	type CarrierKeys = MockKeys;
	type ServiceWeight = ServiceWeight;
}

pub struct ExtBuilder {
	grace: Interval,
	sites: Vec<(DeviceId, AccountId)>,
	carrier: bool,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self {
			grace: 1,
			sites: Vec::new(),
			carrier: true,
		}
	}
}

impl ExtBuilder {
	pub fn grace(mut self, grace: Interval) -> Self {
		self.grace = grace;
		self
	}

	/// Adds an active connection point in zone 1, with solar exports.
	pub fn site(mut self, device: DeviceId, owner: AccountId) -> Self {
		self.sites.push((device, owner));
		self
	}

	pub fn without_carrier(mut self) -> Self {
		self.carrier = false;
		self
	}

	pub fn build(self) -> sp_io::TestExternalities {
		NowMs::set(0);
		MeterPages::set(Vec::new());
		Sales::set(Vec::new());
		SlashedFunds::set(0);
		for (device, owner) in self.sites {
			set_meter(device, Some(site(device, owner)));
		}
		let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
		let balances = vec![(ALICE, 1_000 * UNIT), (BOB, 1_000 * UNIT), (OPERATOR, 1_000 * UNIT)];
		pallet_balances::GenesisConfig::<Test> {
			balances,
			..Default::default()
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		let carriers = if self.carrier {
			vec![(CARRIER, OPERATOR, 1_024, BOND)]
		} else {
			Vec::new()
		};
		pallet_telemetry::GenesisConfig::<Test> {
			grace: self.grace,
			carriers,
		}
		.assimilate_storage(&mut storage)
		.unwrap();
		storage.into()
	}

	/// Runs a test from the beginning of interval [`START`]; the invariants are checked after every block and at the end.
	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			run_to(START);
			test();
			Telemetry::do_try_state().unwrap();
		});
	}
}

/// The next block, at a time in the middle of `interval`.
pub fn block_in(interval: Interval, spare: Weight) {
	NowMs::set((u64::from(interval) * 2 + 1) * u64::from(INTERVAL_SECONDS) * 500);
	let number = System::block_number() + 1;
	System::set_block_number(number);
	Telemetry::on_initialize(number);
	Telemetry::on_poll(number, &mut WeightMeter::with_limit(spare));
	Telemetry::do_try_state().unwrap();
}

/// One block in every interval up to `interval`.
pub fn run_to(interval: Interval) {
	let from = if NowMs::get() == 0 {
		interval
	} else {
		MockClock::now() + 1
	};
	(from..=interval).for_each(|interval| block_in(interval, Weight::MAX));
}

pub fn ed25519_pair(device: DeviceId, epoch: u16) -> ed25519::Pair {
	ed25519::Pair::from_seed(&key_seed(device, epoch))
}

pub fn p256_key(device: DeviceId, epoch: u16) -> SigningKey {
	SigningKey::from_slice(&key_seed(device, epoch)).unwrap()
}

fn key_seed(device: DeviceId, epoch: u16) -> [u8; 32] {
	let mut seed = [7; 32];
	seed[..4].copy_from_slice(&device.to_le_bytes());
	seed[4..6].copy_from_slice(&epoch.to_le_bytes());
	seed
}

/// A connection point in zone 1 with an Ed25519 key.
pub fn site(device: DeviceId, owner: AccountId) -> Meter<AccountId> {
	Meter {
		key: PublicKey::Ed25519(ed25519_pair(device, 0).public().0),
		epoch: 0,
		active: true,
		connection_point: true,
		owner,
		zone: 1,
		source: Source::Solar,
		import_w: RATING_W,
		export_w: RATING_W,
		modulus_wh: 0,
	}
}

/// The same with a P-256 key.
pub fn p256_site(device: DeviceId, owner: AccountId) -> Meter<AccountId> {
	let point = p256_key(device, 0).verifying_key().to_encoded_point(false);
	let mut key = [0; 64];
	key.copy_from_slice(&point.as_bytes()[1..]);
	Meter {
		key: PublicKey::P256(key),
		..site(device, owner)
	}
}

pub fn set_meter(device: DeviceId, meter: Option<Meter<AccountId>>) {
	MeterPages::mutate(|pages| {
		let (page, slot) = ((device / PAGE_SIZE) as usize, (device % PAGE_SIZE) as usize);
		if pages.len() <= page {
			pages.resize(page + 1, MeterPage::default());
		}
		while pages[page].len() <= slot {
			pages[page].try_push(None).unwrap();
		}
		pages[page][slot] = meter;
	});
}

pub fn change_meter(device: DeviceId, change: impl FnOnce(&mut Meter<AccountId>)) {
	let mut meter = MockMeters::page(device / PAGE_SIZE)[(device % PAGE_SIZE) as usize]
		.clone()
		.unwrap();
	change(&mut meter);
	set_meter(device, Some(meter));
}

/// A reading in epoch 0 without quality bits.
pub fn reading(device: DeviceId, interval: Interval, import_wh: Wh, export_wh: Wh) -> Reading {
	Reading {
		device,
		epoch: 0,
		interval,
		import_wh,
		export_wh,
		quality: Quality::default(),
		power_w: NO_POWER,
	}
}

pub const GENESIS: GenesisHash = [69; 32];

/// The reading, signed with the device's Ed25519 key of its epoch.
pub fn signed(reading: Reading) -> PagedReading {
	reading.paged(
		ed25519_pair(reading.device, reading.epoch)
			.sign(&reading.message(&GENESIS))
			.0,
	)
}

/// The reading, signed with the device's P-256 key of its epoch.
pub fn p256_signed(reading: Reading) -> PagedReading {
	let signature: P256Signature = p256_key(reading.device, reading.epoch).sign(&reading.message(&GENESIS));
	reading.paged(signature.to_bytes().into())
}

/// One page.
pub fn page(page: u32, readings: Vec<PagedReading>) -> Page {
	Page {
		page,
		readings: readings.try_into().unwrap(),
	}
}

/// Signed readings, laid out in pages.
pub fn batch(readings: &[Reading]) -> Pages {
	let mut pages = std::collections::BTreeMap::<u32, Vec<PagedReading>>::new();
	for reading in readings {
		pages.entry(reading.page()).or_default().push(signed(*reading));
	}
	let pages: Vec<_> = pages
		.into_iter()
		.map(|(number, readings)| page(number, readings))
		.collect();
	pages.try_into().unwrap()
}

/// Submits pages as [`CARRIER`]: how many readings count, and why the others don't.
pub fn submit_pages(pages: Pages) -> (u32, Vec<(u16, Refusal)>) {
	Telemetry::submit_readings(RuntimeOrigin::signed(CARRIER), pages).unwrap();
	telemetry_events()
		.into_iter()
		.rev()
		.find_map(|event| match event {
			Event::ReadingsSubmitted { accepted, refused, .. } => Some((accepted, refused.into_inner())),
			_ => None,
		})
		.unwrap()
}

/// Signs readings and submits them in one batch.
pub fn submit(readings: &[Reading]) -> (u32, Vec<(u16, Refusal)>) {
	submit_pages(batch(readings))
}

/// Submits one reading; the reason if it does not count.
pub fn submit_one(reading: Reading) -> Result<(), Refusal> {
	match submit(&[reading]) {
		(1, refused) if refused.is_empty() => Ok(()),
		(0, refused) => Err(refused[0].1),
		other => panic!("one reading, and {other:?}"),
	}
}

pub fn telemetry_events() -> Vec<Event<Test>> {
	System::events()
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Telemetry(event) => Some(event),
			_ => None,
		})
		.collect()
}

/// Energy that is proven for its interval.
pub fn exact(import_wh: Wh, export_wh: Wh) -> Option<IntervalEnergy> {
	Some(IntervalEnergy {
		import_wh,
		export_wh,
		estimated: false,
		unallocated: false,
	})
}

/// Energy shared out of a gap.
pub fn estimated(import_wh: Wh, export_wh: Wh) -> Option<IntervalEnergy> {
	Some(IntervalEnergy {
		import_wh,
		export_wh,
		estimated: true,
		unallocated: false,
	})
}

/// Energy that is on the books, not on the market.
pub fn unallocated(import_wh: Wh, export_wh: Wh) -> Option<IntervalEnergy> {
	Some(IntervalEnergy {
		import_wh,
		export_wh,
		estimated: false,
		unallocated: true,
	})
}

pub fn energy(device: DeviceId, interval: Interval) -> Option<IntervalEnergy> {
	<Telemetry as Metering<AccountId>>::energy(device, interval)
}

pub fn positions(interval: Interval) -> Vec<Position<AccountId>> {
	let mut positions = Telemetry::take_positions(interval, u32::MAX);
	positions.sort_by_key(|position| (position.account, position.zone));
	positions
}

pub fn position(account: AccountId, import_wh: Wh, exports: &[(Source, Wh)], unread: u32) -> Position<AccountId> {
	Position {
		account,
		zone: 1,
		import_wh,
		exports: exports.to_vec().try_into().unwrap(),
		unread,
	}
}

/// Late energy that waits: interval, import and export.
pub fn take_late() -> Vec<(Interval, Wh, Wh)> {
	let late = Telemetry::take_late(u32::MAX);
	let export = |position: &Position<_>| position.exports.iter().map(|(_, wh)| wh).sum();
	let mut late: Vec<_> = late
		.iter()
		.map(|(interval, position)| (*interval, position.import_wh, export(position)))
		.collect();
	late.sort_unstable();
	late
}

pub fn registers(import_wh: Wh, export_wh: Wh) -> Registers {
	Registers { import_wh, export_wh }
}

pub fn total_issuance() -> u128 {
	<Balances as Inspect<AccountId>>::total_issuance()
}
