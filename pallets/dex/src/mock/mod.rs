//! A chain with the market alone, and small, strict stand-ins for the pallets it works with. After every block all invariants
//! are checked, those of the stand-ins included.

mod grid;
mod ledger;
mod meters;
mod plant;

pub use grid::{Grid, EAST, FARM, GRID_FUND, OPERATORS, ROOT, WEST};
pub use ledger::Ledger;
pub use meters::{position, Meters};
pub use plant::{Plant, PROGRAM};

use crate::{
	path,
	types::{Backing, NewOrder, OrderKind, Parameters, PriceRule, Purpose, TimeInForce},
	BookId, OrderId, Phase,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU128, ConstU32, ConstU64, Hooks},
	weights::{Weight, WeightMeter},
	PalletId,
};
use gridtokenx_primitives::{Interval, Price, Source, Wh, ZoneId};
use sp_runtime::{traits::IdentityLookup, BuildStorage, DispatchError};
use std::collections::BTreeMap;

pub type AccountId = u64;

pub const ANNA: AccountId = 1;
pub const BERT: AccountId = 2;
pub const CARLA: AccountId = 3;
pub const DORA: AccountId = 4;
/// The residual supplier.
pub const SUPPLIER: AccountId = 5;
pub const TREASURY: AccountId = 900;

pub const ED: u128 = 100;
/// What everybody begins with.
pub const WEALTH: u128 = 1_000_000_000;
/// The interval in which tests begin.
pub const START: Interval = 1_000;
/// The interval most tests trade.
pub const T: Interval = 1_010;

pub const FLOOR: Price = 8_000;
pub const CAP: Price = 40_000;
pub const SHORTFALL: Price = 32_000;
pub const FEE: Price = 100;
pub const LOT: Wh = 10;
pub const TICK: Price = 100;
pub const WINDOW: Interval = 2;

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
	pub type Dex = crate;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<u128>;
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type Balance = u128;
	type ExistentialDeposit = ConstU128<ED>;
	type AccountStore = System;
}

/// Enough for everything a test does in one block.
pub const PLENTY: Weight = Weight::from_parts(10_000_000_000_000, u64::MAX);

parameter_types! {
	pub const MarketId: PalletId = PalletId(*b"gtx/dex!");
	pub const Treasury: AccountId = TREASURY;
	pub static ServiceWeight: Weight = PLENTY;
}

impl crate::Config for Test {
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type GovernanceOrigin = frame_system::EnsureRoot<AccountId>;
	type Clock = Meters;
	type Devices = Meters;
	type Topology = Grid;
	type Metering = Meters;
	type Credits = Ledger;
	type Curtailment = Plant;
	type Treasury = Treasury;
	type PalletId = MarketId;
	type RoundPeriod = ConstU64<2>;
	type MaxPages = ConstU32<2>;
	type MaxAccountOrders = ConstU32<40>;
	type MaxBatch = ConstU32<8>;
	type MaxZones = ConstU32<8>;
	type SalesWindow = ConstU32<96>;
	type ServiceWeight = ServiceWeight;
	type WeightInfo = ();
}

pub fn rules() -> Parameters<AccountId> {
	Parameters {
		floor: FLOOR,
		cap: CAP,
		shortfall_price: SHORTFALL,
		fee: FEE,
		lot_wh: LOT,
		tick: TICK,
		price_rule: PriceRule::GeometricMean,
		residual_supplier: Some(SUPPLIER),
		spot_window: WINDOW,
	}
}

/// Builds the chain, runs a test, and checks all invariants after every block and at the end.
pub struct ExtBuilder {
	parameters: Option<Parameters<AccountId>>,
	others: Vec<(AccountId, u128)>,
}

impl Default for ExtBuilder {
	fn default() -> Self {
		Self {
			parameters: Some(rules()),
			others: Vec::new(),
		}
	}
}

impl ExtBuilder {
	pub fn without_market(mut self) -> Self {
		self.parameters = None;
		self
	}

	pub fn with_parameters(mut self, change: impl FnOnce(&mut Parameters<AccountId>)) -> Self {
		if let Some(parameters) = &mut self.parameters {
			change(parameters);
		}
		self
	}

	pub fn with_account(mut self, account: AccountId, balance: u128) -> Self {
		self.others.push((account, balance));
		self
	}

	pub fn build(self) -> sp_io::TestExternalities {
		ServiceWeight::set(PLENTY);
		let mut balances: Vec<_> = [ANNA, BERT, CARLA, DORA, SUPPLIER]
			.map(|account| (account, WEALTH))
			.to_vec();
		balances.extend([TREASURY, GRID_FUND, PROGRAM].map(|account| (account, WEALTH)));
		balances.extend(OPERATORS.map(|account| (account, WEALTH)));
		balances.extend(self.others);
		let storage = RuntimeGenesisConfig {
			system: Default::default(),
			balances: pallet_balances::GenesisConfig {
				balances,
				..Default::default()
			},
			dex: crate::GenesisConfig {
				parameters: self.parameters,
			},
		}
		.build_storage()
		.expect("the genesis is sound");
		let mut ext = sp_io::TestExternalities::from(storage);
		ext.execute_with(|| {
			Meters::set_now(START);
			for account in [ANNA, BERT, CARLA, DORA] {
				Meters::rate(account, WEST, 10_000, 10_000);
				Meters::rate(account, EAST, 10_000, 10_000);
			}
			run_block();
		});
		ext
	}

	pub fn build_and_execute(self, test: impl FnOnce()) {
		self.build().execute_with(|| {
			let issuance = Balances::total_issuance();
			test();
			check();
			assert_eq!(Balances::total_issuance(), issuance, "no money comes or goes");
		});
	}
}

/// All invariants: the market's, the ledger's, and that the lines have promised what contracts and deliveries need.
pub fn check() {
	Dex::do_try_state().expect("the invariants hold");
	Ledger::check();
	check_commitments();
}

/// Every line has promised exactly what was delivered over it and what open contracts will need.
fn check_commitments() {
	let mut needed = BTreeMap::<(Interval, ZoneId), (Wh, Wh)>::new();
	let mut need = |interval, from, to, wh| {
		for hop in path::between(&crate::Lines::<Test>::get(interval), from, to).expect("zones are connected") {
			let (to_parent, from_parent) = needed.entry((interval, hop.zone)).or_default();
			*(if hop.up { to_parent } else { from_parent }) += wh;
		}
	};
	for (interval, (from, to), wh) in Ledger::deliveries() {
		need(interval, from, to, wh);
	}
	for ((interval, _, zone, _), contract) in crate::Contracts::<Test>::iter() {
		need(interval, zone, contract.buyer_zone, contract.open_wh);
	}
	for interval in crate::Deliveries::<Test>::iter_keys() {
		for zone in [WEST, EAST, FARM] {
			let needed = needed.get(&(interval, zone)).copied().unwrap_or_default();
			assert_eq!(
				Grid::committed(interval, zone),
				needed,
				"commitments of zone {zone} in {interval}"
			);
		}
	}
}

/// One block: the market works, then all invariants are checked.
pub fn run_block() {
	run_full_block();
	Dex::on_idle(System::block_number(), PLENTY);
	check();
}

/// A block that leaves no weight unused.
pub fn run_full_block() {
	let block = System::block_number() + 1;
	System::set_block_number(block);
	let mut meter = WeightMeter::with_limit(PLENTY);
	Dex::on_poll(block, &mut meter);
	check();
}

/// Enough blocks for a round to begin and, with plenty of weight, to end.
pub fn run_round() {
	run_block();
	run_block();
}

/// Lets the time come for an interval, and a block with it.
pub fn go_to(interval: Interval) {
	Meters::set_now(interval);
	run_block();
}

/// Interval `T` has been delivered and measured; the market settles up to it.
pub fn settle(interval: Interval) {
	Meters::set_now(interval + 4);
	Meters::measured_through(interval);
	run_block();
}

pub fn forward(interval: Interval) -> BookId {
	BookId {
		interval,
		phase: Phase::Forward,
	}
}

pub fn spot(interval: Interval) -> BookId {
	BookId {
		interval,
		phase: Phase::Spot,
	}
}

/// An order for [`T`], till the gate.
pub fn order(kind: OrderKind, zone: ZoneId, quantity_wh: Wh, limit_price: Price) -> NewOrder {
	NewOrder {
		interval: T,
		kind,
		zone,
		quantity_wh,
		limit_price,
		time_in_force: TimeInForce::TillGate,
	}
}

pub fn offer(zone: ZoneId, quantity_wh: Wh, limit_price: Price) -> NewOrder {
	order(OrderKind::Offer(Backing::Capacity), zone, quantity_wh, limit_price)
}

pub fn bid(zone: ZoneId, quantity_wh: Wh, limit_price: Price) -> NewOrder {
	order(OrderKind::Bid(Purpose::Delivery), zone, quantity_wh, limit_price)
}

pub fn spot_offer(zone: ZoneId, origin: ZoneId, source: Source, quantity_wh: Wh, limit_price: Price) -> NewOrder {
	order(
		OrderKind::Offer(Backing::Credits { origin, source }),
		zone,
		quantity_wh,
		limit_price,
	)
}

pub fn spot_bid(zone: ZoneId, quantity_wh: Wh, limit_price: Price) -> NewOrder {
	order(OrderKind::Bid(Purpose::Consume), zone, quantity_wh, limit_price)
}

/// Places an order through its call, as a user does.
pub fn place(who: AccountId, order: NewOrder) -> Result<OrderId, DispatchError> {
	let book = order.book();
	let number = crate::Books::<Test>::get(book).map_or(0, |book| book.next_number);
	let NewOrder {
		interval,
		kind,
		zone,
		quantity_wh,
		limit_price,
		time_in_force,
	} = order;
	let origin = RuntimeOrigin::signed(who);
	match kind {
		OrderKind::Offer(backing) => {
			Dex::place_offer(origin, interval, backing, zone, quantity_wh, limit_price, time_in_force)
		}
		OrderKind::Bid(purpose) => {
			Dex::place_bid(origin, interval, purpose, zone, quantity_wh, limit_price, time_in_force)
		}
	}?;
	Ok(OrderId { book, number })
}

/// The same for an order that must be let in.
pub fn placed(who: AccountId, order: NewOrder) -> OrderId {
	place(who, order).expect("the order is let in")
}

pub fn bid_hold(who: AccountId) -> u128 {
	hold(who, crate::HoldReason::Bid)
}

pub fn collateral(who: AccountId) -> u128 {
	hold(who, crate::HoldReason::Collateral)
}

fn hold(who: AccountId, reason: crate::HoldReason) -> u128 {
	use frame_support::traits::fungible::InspectHold;
	Balances::balance_on_hold(&reason.into(), &who)
}

/// What an account has, on hold or not, beyond what it began with.
pub fn gain(who: AccountId) -> i128 {
	use frame_support::traits::fungible::Inspect;
	Balances::total_balance(&who) as i128 - WEALTH as i128
}

/// The market's events so far, which are then forgotten.
pub fn events() -> Vec<crate::Event<Test>> {
	let events = System::events();
	System::reset_events();
	events
		.into_iter()
		.filter_map(|record| match record.event {
			RuntimeEvent::Dex(event) => Some(event),
			_ => None,
		})
		.collect()
}
