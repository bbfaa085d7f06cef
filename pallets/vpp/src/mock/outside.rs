//! What the pallet asks of others, as tests set it: who operates a zone, devices, meters, the grid, the market.

use super::{key_of, AccountId, MeasuredThrough, NowMs, RuntimeOrigin, GRID, INTERVAL};
use frame_support::traits::EnsureOriginWithArg;
use frame_system::RawOrigin;
use gridtokenx_primitives::{
	Clock, Coverage, Device, DeviceId, DeviceKind, Devices, ForwardSales, Interval, IntervalEnergy, Limits, Link,
	Metering, Network, Position, PublicKey, Source, Status, Topology, Wh, ZoneId,
};
use sp_core::Pair;
use sp_runtime::DispatchResult;
use std::{cell::RefCell, collections::BTreeMap};

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

	fn lines_above(_: ZoneId) -> Vec<(ZoneId, u64)> {
		Vec::new()
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

/// Forgets everything.
pub fn clear() {
	DEVICES.with_borrow_mut(BTreeMap::clear);
	ENERGY.with_borrow_mut(BTreeMap::clear);
	SALES.with_borrow_mut(BTreeMap::clear);
	LINE_WH.with_borrow_mut(BTreeMap::clear);
	MeasuredThrough::set(None);
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
