//! The village: who lives in it, with which keys, and what stands behind each meter.
//!
//! Everything follows from the grid's data, a seed and the development phrase, so that a second run finds the accounts and devices of
//! the first.

mod device;
mod keys;

#[cfg(test)]
mod tests;

pub use device::{DeviceSpec, Role};
pub use keys::Account;

use super::{
	grid::{Connection, Grid},
	site::{Battery, Flexibility, Registers, PER_WH, SHEDDABLE_PERMILLE},
};
use crate::keys::KeyError;
use gridtokenx_primitives::{DeviceKind, Source, Wh};
use keys::KeyMaker;

/// One connection in so many of those that only consume lets a part of its load be switched off.
const SHEDDING_EVERY: usize = 10;
/// Thousandths of its capacity that an owner keeps in a battery.
const RESERVE_PERMILLE: Wh = 200;
/// Sensors of the grid's frequency, each with an owner of its own: three make a median.
const SENSORS: usize = 3;

/// How to make a village from a grid.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
	/// Chooses the devices' keys, and what the batteries hold at first.
	pub seed: u64,
	/// One meter in so many signs with ECDSA on P-256; 0: none.
	pub p256_every: u32,
	/// The row of the data with which the first interval is metered.
	pub start_row: u64,
}

/// A household: an account, its meter, and what follows instructions behind it.
pub struct Household {
	/// Its account.
	pub account: Account,
	/// Its meter.
	pub meter: DeviceSpec,
	/// The battery or switchable load behind the meter.
	pub behind: Option<DeviceSpec>,
	/// What it is before the first instruction.
	pub flexibility: Flexibility,
	/// What its meter shows when it is connected.
	pub opening: Registers,
}

impl Household {
	/// Whether a battery stands behind its meter.
	pub fn has_battery(&self) -> bool {
		matches!(self.flexibility, Flexibility::Battery(_))
	}
}

/// A sensor of the grid's frequency and its owner.
pub struct Sensor {
	/// The owner's account.
	pub account: Account,
	/// The sensor.
	pub device: DeviceSpec,
}

/// The village.
pub struct Village {
	/// The grid and its data.
	pub grid: Grid,
	/// The households, in the order of the grid's connections.
	pub households: Vec<Household>,
	/// The frequency sensors.
	pub sensors: Vec<Sensor>,
	/// Operates the lines: the transformer and the feeders.
	pub operator: Account,
}

impl Village {
	/// Makes the village of a grid.
	pub fn new(grid: Grid, recipe: Recipe) -> Result<Self, KeyError> {
		let maker = KeyMaker::new(&grid.name, recipe.seed);
		let shedding = shedding_connections(&grid, recipe.start_row);
		let households = grid.connections.iter().enumerate().map(|(place, connection)| {
			let sheds = shedding.contains(&place);
			let is_p256 = recipe.p256_every > 0 && (place as u32 + 1) % recipe.p256_every == 0;
			let mean_w = grid.load(place, recipe.start_row).mean_w;
			Ok(Household {
				account: maker.account(&connection.meter)?,
				meter: meter(&maker, connection, grid.peaks_w(place), is_p256),
				behind: behind(&maker, connection, sheds.then_some(mean_w)),
				flexibility: flexibility(&maker, connection, sheds),
				// Meters have counted before, and what they counted then is nobody's here.
				opening: Registers::showing(maker.number(&connection.meter) % 10_000_000, 0),
			})
		});
		let households = households.collect::<Result<_, KeyError>>()?;
		let sensors = (1..=SENSORS).map(|number| {
			let name = format!("sensor{number}");
			Ok(Sensor {
				account: maker.account(&name)?,
				device: DeviceSpec {
					key: maker.ed25519(&name),
					name,
					kind: DeviceKind::FrequencySensor,
					zone: 0,
					import_w: 0,
					export_w: 0,
					source: None,
					role: Role::Sensor,
				},
			})
		});
		let sensors = sensors.collect::<Result<_, KeyError>>()?;
		let operator = maker.account("operator")?;
		Ok(Village {
			grid,
			households,
			sensors,
			operator,
		})
	}

	/// All accounts of the village.
	pub fn accounts(&self) -> impl Iterator<Item = &Account> {
		let households = self.households.iter().map(|household| &household.account);
		let sensors = self.sensors.iter().map(|sensor| &sensor.account);
		households.chain(sensors).chain([&self.operator])
	}

	/// All devices with their owners: meters and sensors first, then what stands behind a meter with that meter's place.
	pub fn devices(&self) -> impl Iterator<Item = (&Account, &DeviceSpec)> {
		let meters = self
			.households
			.iter()
			.map(|household| (&household.account, &household.meter));
		let sensors = self.sensors.iter().map(|sensor| (&sensor.account, &sensor.device));
		meters.chain(sensors)
	}
}

/// A tenth of the connections that only consume, the steadiest: where a load jumps by itself, no meter proves that a part of it was
/// switched off.
fn shedding_connections(grid: &Grid, start_row: u64) -> Vec<usize> {
	let consumes = |connection: &Connection| connection.pv_w == 0 && connection.battery_w == 0;
	let places = grid.connections.iter().enumerate();
	let mut consumers: Vec<usize> = places
		.filter(|(_, connection)| consumes(connection))
		.map(|(place, _)| place)
		.collect();
	consumers.sort_by_key(|place| grid.load(*place, start_row).unsteadiness);
	consumers.truncate(consumers.len().div_ceil(SHEDDING_EVERY));
	consumers
}

fn meter(maker: &KeyMaker, connection: &Connection, (import_w, export_w): (u32, u32), is_p256: bool) -> DeviceSpec {
	let source = match (connection.battery_w, connection.pv_w) {
		// What a battery feeds in may have come from the grid.
		(1.., _) => Source::Storage,
		(0, 1..) => Source::Solar,
		(0, 0) => Source::Other,
	};
	DeviceSpec {
		key: if is_p256 {
			maker.p256(&connection.meter)
		} else {
			maker.ed25519(&connection.meter)
		},
		name: connection.meter.clone(),
		kind: DeviceKind::Meter,
		zone: connection.zone,
		import_w: connection.load_w.max(import_w).saturating_add(connection.battery_w),
		export_w: connection.pv_w.max(export_w).saturating_add(connection.battery_w),
		source: Some(source),
		role: Role::Meter,
	}
}

fn behind(maker: &KeyMaker, connection: &Connection, shedding_mean_w: Option<u32>) -> Option<DeviceSpec> {
	let device = |kind, suffix: &str, import_w, export_w, role| {
		let name = format!("{}-{suffix}", connection.meter);
		let key = maker.ed25519(&name);
		DeviceSpec {
			name,
			key,
			kind,
			zone: connection.zone,
			import_w,
			export_w,
			source: None,
			role,
		}
	};
	let (power_w, capacity_wh) = (connection.battery_w, connection.battery_wh);
	if power_w > 0 {
		let role = Role::Battery {
			capacity_wh,
			reserve_wh: capacity_wh * RESERVE_PERMILLE / 1_000,
		};
		return Some(device(DeviceKind::Battery, "battery", power_w, power_w, role));
	}
	shedding_mean_w.map(|mean_w| {
		// An owner offers what switching off saves on average.
		let sheddable_w = (u64::from(mean_w) * SHEDDABLE_PERMILLE / 1_000).clamp(1, u64::from(u32::MAX)) as u32;
		device(
			DeviceKind::PassiveLoad,
			"load",
			connection.load_w.max(sheddable_w),
			0,
			Role::Load { sheddable_w },
		)
	})
}

fn flexibility(maker: &KeyMaker, connection: &Connection, sheds: bool) -> Flexibility {
	if connection.battery_w == 0 {
		return if sheds { Flexibility::Load } else { Flexibility::None };
	}
	let capacity_wh = connection.battery_wh;
	// Between half and nine tenths full.
	let stored = capacity_wh * PER_WH * (500 + maker.number(&connection.meter) % 400) / 1_000;
	Flexibility::Battery(Battery::new(
		connection.battery_w,
		capacity_wh,
		capacity_wh * RESERVE_PERMILLE / 1_000,
		stored,
	))
}
