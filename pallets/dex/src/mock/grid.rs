//! A small tree of zones: 0 is the root, 1 and 2 hang from it, 3 hangs from 1.

use super::AccountId;
use frame_support::{storage_alias, Twox64Concat};
use gridtokenx_primitives::{grid::Network, Interval, Link, Price, Topology, Wh, ZoneId};
use sp_runtime::{DispatchError, DispatchResult};

pub const ROOT: ZoneId = 0;
pub const WEST: ZoneId = 1;
pub const EAST: ZoneId = 2;
pub const FARM: ZoneId = 3;
/// Operators of the lines above zones 1, 2 and 3.
pub const OPERATORS: [AccountId; 3] = [901, 902, 903];
pub const GRID_FUND: AccountId = 910;
/// Planck per kWh.
const CHARGES: [Price; 3] = [1_000, 2_000, 500];

#[storage_alias]
type Capacity = StorageMap<MockGrid, Twox64Concat, ZoneId, Wh>;
/// Energy promised towards and from the parent.
#[storage_alias]
type Committed =
	StorageMap<MockGrid, Twox64Concat, (Interval, ZoneId), (Wh, Wh), frame_support::pallet_prelude::ValueQuery>;
#[storage_alias]
type Halted = StorageMap<MockGrid, Twox64Concat, ZoneId, Interval>;
#[storage_alias]
type Forgotten = StorageMap<MockGrid, Twox64Concat, Interval, ()>;

pub struct Grid;

impl Grid {
	pub fn parent(zone: ZoneId) -> Option<ZoneId> {
		match zone {
			WEST | EAST => Some(ROOT),
			FARM => Some(WEST),
			_ => None,
		}
	}

	pub fn set_capacity(zone: ZoneId, wh: Wh) {
		Capacity::insert(zone, wh);
	}

	/// Takes a zone out of service from an interval on.
	pub fn halt(zone: ZoneId, from: Interval) {
		Halted::insert(zone, from);
	}

	/// All zones are back.
	pub fn resume() {
		let _ = Halted::clear(u32::MAX, None);
	}

	pub fn committed(interval: Interval, zone: ZoneId) -> (Wh, Wh) {
		Committed::get((interval, zone))
	}

	pub fn is_forgotten(interval: Interval) -> bool {
		Forgotten::contains_key(interval)
	}

	fn capacity(zone: ZoneId) -> Wh {
		Capacity::get(zone).unwrap_or(1_000_000)
	}
}

impl Topology<AccountId> for Grid {
	fn is_open(zone: ZoneId, interval: Interval) -> bool {
		let halted = Halted::get(zone).is_some_and(|from| interval >= from);
		Self::exists(zone) && !halted && Self::parent(zone).is_none_or(|parent| Self::is_open(parent, interval))
	}

	fn network(interval: Interval) -> Network<AccountId> {
		let link = |zone: ZoneId| {
			let (to_parent, from_parent) = Self::committed(interval, zone);
			Self::parent(zone).map(|parent| Link {
				parent,
				to_parent_wh: Self::capacity(zone) - to_parent,
				from_parent_wh: Self::capacity(zone) - from_parent,
				charge_per_kwh: CHARGES[zone as usize - 1],
				operator: OPERATORS[zone as usize - 1],
			})
		};
		(ROOT..=FARM)
			.filter(|zone| Self::is_open(*zone, interval))
			.map(|zone| (zone, link(zone)))
			.collect()
	}

	fn is_operator(account: &AccountId) -> bool {
		OPERATORS.contains(account)
	}

	fn grid_fund() -> AccountId {
		GRID_FUND
	}

	fn commit(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh) -> DispatchResult {
		if !Self::is_open(zone, interval) || Self::is_forgotten(interval) {
			return Err(DispatchError::Other("line out of service"));
		}
		Committed::try_mutate((interval, zone), |(to_parent, from_parent)| {
			*to_parent += to_parent_wh;
			*from_parent += from_parent_wh;
			if *to_parent.max(from_parent) > Self::capacity(zone) {
				return Err(DispatchError::Other("line full"));
			}
			Ok(())
		})
	}

	fn release(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh) {
		Committed::mutate((interval, zone), |(to_parent, from_parent)| {
			*to_parent = to_parent
				.checked_sub(to_parent_wh)
				.expect("no more is released than was committed");
			*from_parent = from_parent
				.checked_sub(from_parent_wh)
				.expect("no more is released than was committed");
		});
	}

	fn forget(interval: Interval) {
		for zone in ROOT..=FARM {
			Committed::remove((interval, zone));
		}
		Forgotten::insert(interval, ());
	}

	fn lines_above(_: ZoneId) -> Vec<(ZoneId, u64)> {
		Vec::new()
	}

	fn exists(zone: ZoneId) -> bool {
		zone <= FARM
	}
}
