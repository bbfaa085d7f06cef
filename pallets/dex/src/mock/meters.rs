//! Time, ratings, and what the meters measured, as a test says.

use super::AccountId;
use frame_support::{pallet_prelude::ValueQuery, storage_alias, Twox64Concat};
use gridtokenx_primitives::{
	Clock, Coverage, Device, DeviceId, Devices, Interval, IntervalEnergy, Limits, Metering, Position, Source, Wh,
	ZoneId,
};

#[storage_alias]
type Now = StorageValue<MockMeters, Interval, ValueQuery>;
#[storage_alias]
type Ratings = StorageMap<MockMeters, Twox64Concat, (AccountId, ZoneId), Limits, ValueQuery>;
#[storage_alias]
type Measured = StorageValue<MockMeters, Interval>;
#[storage_alias]
type Positions = StorageMap<MockMeters, Twox64Concat, Interval, Vec<Position<AccountId>>, ValueQuery>;
#[storage_alias]
type Late = StorageValue<MockMeters, Vec<(Interval, Position<AccountId>)>, ValueQuery>;
#[storage_alias]
type Coverages = StorageMap<MockMeters, Twox64Concat, Interval, (u32, u32), ValueQuery>;

pub struct Meters;

impl Meters {
	pub fn set_now(interval: Interval) {
		Now::put(interval);
	}

	/// Gives an account one connection point in a zone; without ratings it has none.
	pub fn rate(account: AccountId, zone: ZoneId, import_wh: Wh, export_wh: Wh) {
		let sites = u32::from(import_wh > 0 || export_wh > 0);
		Ratings::insert(
			(account, zone),
			Limits {
				import_wh,
				export_wh,
				sites,
			},
		);
	}

	pub fn measure(interval: Interval, account: AccountId, zone: ZoneId, import_wh: Wh, exports: &[(Source, Wh)]) {
		Self::position(interval, position(account, zone, import_wh, exports, 0));
	}

	pub fn position(interval: Interval, position: Position<AccountId>) {
		Coverages::mutate(interval, |(active, read)| {
			*active += 1;
			*read += u32::from(position.unread == 0);
		});
		Positions::mutate(interval, |positions| positions.push(position));
	}

	pub fn late(interval: Interval, position: Position<AccountId>) {
		Late::mutate(|late| late.push((interval, position)));
	}

	pub fn measured_through(interval: Interval) {
		Measured::put(interval);
	}
}

pub fn position(
	account: AccountId,
	zone: ZoneId,
	import_wh: Wh,
	exports: &[(Source, Wh)],
	unread: u32,
) -> Position<AccountId> {
	let exports = exports.to_vec().try_into().expect("a test names few sources");
	Position {
		account,
		zone,
		import_wh,
		exports,
		unread,
	}
}

impl Clock for Meters {
	fn now_ms() -> u64 {
		u64::from(Now::get()) * 900_000 + 1
	}

	fn interval_seconds() -> u32 {
		900
	}
}

impl Devices<AccountId> for Meters {
	fn device(_: DeviceId) -> Option<Device<AccountId>> {
		None
	}

	fn limits(account: &AccountId, zone: ZoneId) -> Limits {
		Ratings::get((account, zone))
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn benchmark_register(_: &AccountId, _: ZoneId, _: u32, _: u32) -> DeviceId {
		0
	}
}

impl Metering<AccountId> for Meters {
	fn measured_through() -> Option<Interval> {
		Measured::get()
	}

	fn take_positions(interval: Interval, max: u32) -> Vec<Position<AccountId>> {
		Positions::mutate(interval, |positions| {
			let taken = positions.len().min(max as usize);
			positions.drain(..taken).collect()
		})
	}

	fn take_late(max: u32) -> Vec<(Interval, Position<AccountId>)> {
		Late::mutate(|late| {
			let taken = late.len().min(max as usize);
			late.drain(..taken).collect()
		})
	}

	fn coverage(interval: Interval) -> Coverage {
		let (active, read) = Coverages::get(interval);
		Coverage { active, read }
	}

	fn energy(_: DeviceId, _: Interval) -> Option<IntervalEnergy> {
		None
	}

	fn exported(_: Interval, _: ZoneId, _: Source) -> Wh {
		Wh::MAX
	}
}
