//! The village's meters: they count while the chain's time passes, sign at the end of every interval, and remember.

use super::{
	clock,
	site::{Flexibility, Registers, Schedule, Site},
	state::{Beginning, Identity, Metered, State, StateError},
	village::Village,
};
use crate::reading::SignedReading;
use gridtokenx_primitives::{
	reading::{Quality, Reading},
	DeviceId, GenesisHash, Interval,
};
use std::{collections::HashMap, sync::Arc};

/// All meters of the village.
pub struct Meters {
	sites: Vec<Site>,
	/// The meters' devices, by their places.
	devices: Vec<DeviceId>,
	beginning: Beginning,
	state: Arc<State>,
	genesis: GenesisHash,
	interval_seconds: u32,
}

impl Meters {
	/// The meters as they were left, or new ones, which begin to count when the running interval ends. Where the chain knows more of
	/// a new meter than it does itself (`on_chain`), it goes on from there: its memory was lost.
	pub fn open(
		village: &Village,
		devices: Vec<DeviceId>,
		state: Arc<State>,
		identity: &Identity,
		fresh: Beginning,
		on_chain: &HashMap<DeviceId, Registers>,
		interval_seconds: u32,
	) -> Result<Self, StateError> {
		let running = fresh.first_interval.saturating_sub(1);
		let sites = village.households.iter().zip(&devices).map(|(household, device)| Site {
			interval: running,
			registers: on_chain.get(device).copied().unwrap_or(household.opening),
			flexibility: household.flexibility.clone(),
		});
		let (sites, genesis) = (sites.collect(), identity.genesis);
		let mut meters = Meters {
			sites,
			devices,
			beginning: fresh,
			state,
			genesis,
			interval_seconds,
		};
		match meters.state.beginning()? {
			Some(beginning) => {
				meters.beginning = beginning;
				meters.state.restore(&mut meters.sites)?;
			}
			None => {
				let readings = (0..meters.sites.len()).map(|place| meters.sign(village, place, 0));
				let readings: Vec<SignedReading> = readings.collect();
				meters.state.begin(identity, fresh, meters.sites.iter().zip(readings))?;
			}
		}
		Ok(meters)
	}

	/// When the village began.
	pub fn beginning(&self) -> Beginning {
		self.beginning
	}

	/// The devices of the meters, by their places.
	pub fn devices(&self) -> &[DeviceId] {
		&self.devices
	}

	/// What stands behind the meter at a place.
	pub fn flexibility(&self, place: usize) -> &Flexibility {
		&self.sites[place].flexibility
	}

	/// The last interval that they counted.
	pub fn last(&self) -> Interval {
		self.sites
			.first()
			.map_or(self.beginning.first_interval, |site| site.interval)
	}

	/// Lets the next interval pass: every meter counts, signs, and has it on disk.
	pub fn pass<'a>(&mut self, village: &Village, told: impl Fn(usize) -> &'a Schedule) -> Result<(), StateError> {
		let interval = self.last() + 1;
		let seconds = self.interval_seconds;
		let time = clock::start_of(interval, seconds)..clock::start_of(interval + 1, seconds);
		let row = village.grid.row(self.beginning.row(interval));
		let mut counted = Vec::with_capacity(self.sites.len());
		for (place, quarter) in row.iter().enumerate() {
			let before = self.sites[place].registers;
			let power_w = self.sites[place].pass(interval, time.clone(), *quarter, told(place));
			let after = self.sites[place].registers;
			let metered = Metered {
				import_wh: after.import_wh() - before.import_wh(),
				export_wh: after.export_wh() - before.export_wh(),
			};
			counted.push((metered, self.sign(village, place, power_w)));
		}
		let passed = self
			.sites
			.iter()
			.zip(counted)
			.map(|(site, (metered, signed))| (site, metered, signed));
		self.state.advance(passed)
	}

	/// What a meter counted in an interval by its own registers, by its place.
	pub fn counted(&self, interval: Interval) -> Result<Vec<Metered>, StateError> {
		self.state.metered(interval)
	}

	fn sign(&self, village: &Village, place: usize, power_w: i32) -> SignedReading {
		let site = &self.sites[place];
		let reading = Reading {
			device: self.devices[place],
			epoch: 0,
			interval: site.interval,
			import_wh: site.registers.import_wh(),
			export_wh: site.registers.export_wh(),
			quality: Quality(0),
			power_w,
		};
		village.households[place].meter.key.sign_reading(&self.genesis, reading)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		simulate::{grid::Grid, village::Recipe},
		testing::GENESIS,
		verify::{verify, Check},
	};
	use std::path::Path;

	const BEGINNING: Beginning = Beginning {
		first_interval: 1_000,
		start_row: 44,
	};

	fn village() -> Village {
		let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/simbench/LV1.101");
		let recipe = Recipe {
			seed: 1,
			p256_every: 3,
			start_row: 44,
		};
		Village::new(Grid::read(&data).expect("read"), recipe).expect("made")
	}

	fn open(folder: &Path, village: &Village, on_chain: &HashMap<DeviceId, Registers>) -> (Meters, Arc<State>) {
		let identity = Identity {
			genesis: GENESIS,
			first_block: [2; 32],
			grid: village.grid.name.clone(),
			seed: 1,
		};
		let state = Arc::new(State::open(folder, &identity).expect("opened"));
		let devices = (0..village.households.len() as u32).collect();
		let meters = Meters::open(village, devices, state.clone(), &identity, BEGINNING, on_chain, 60).expect("opened");
		(meters, state)
	}

	fn pass(meters: &mut Meters, village: &Village) {
		let nothing = Schedule::default();
		meters.pass(village, |_| &nothing).expect("passed");
	}

	#[test]
	fn meters_should_sign_registers_that_grow_by_what_the_data_says() {
		let (folder, village) = (tempfile::tempdir().expect("a folder"), village());
		let (mut meters, state) = open(folder.path(), &village, &HashMap::new());
		for _ in 0..15 {
			pass(&mut meters, &village);
		}
		let readings = state.outstanding(u32::MAX, 1_000).expect("read");
		assert_eq!(readings.len(), 13 * 16);
		let of = |place: usize| {
			readings
				.iter()
				.filter(move |waiting| waiting.place == place)
				.map(|waiting| waiting.signed.reading)
		};
		for place in 0..13 {
			let (first, last) = (of(place).next().expect("a baseline"), of(place).last().expect("more"));
			let rows = (44..59).map(|row| village.grid.row(row)[place]);
			let (import, export) = rows.fold((0, 0), |(import, export), quarter| {
				(
					import + u64::from(quarter.import_wh),
					export + u64::from(quarter.export_wh),
				)
			});
			assert_eq!((first.interval, last.interval), (999, 1_014));
			assert_eq!(last.import_wh - first.import_wh, import * 60 / 900);
			assert_eq!(last.export_wh - first.export_wh, export * 60 / 900);
		}
		let keys: Vec<_> = village
			.households
			.iter()
			.map(|household| household.meter.key.public())
			.collect();
		let checks: Vec<_> = readings
			.iter()
			.map(|waiting| Check {
				signed: &waiting.signed,
				key: &keys[waiting.place],
			})
			.collect();
		assert!(verify(&GENESIS, &checks).into_iter().all(|valid| valid));
	}

	#[test]
	fn meters_should_go_on_where_they_were_when_the_simulator_was_killed() {
		let (folder, village) = (tempfile::tempdir().expect("a folder"), village());
		let (mut meters, _) = open(folder.path(), &village, &HashMap::new());
		pass(&mut meters, &village);
		pass(&mut meters, &village);
		let (sites, counted) = (meters.sites.clone(), meters.counted(1_001).expect("read"));
		drop(meters);
		let (mut meters, state) = open(folder.path(), &village, &HashMap::new());
		assert_eq!((meters.last(), &meters.sites), (1_001, &sites));
		assert_eq!(meters.counted(1_001).expect("read"), counted);
		pass(&mut meters, &village);
		assert_eq!(meters.last(), 1_002);
		assert_eq!(state.outstanding(u32::MAX, 1_000).expect("read").len(), 13 * 4);
	}

	#[test]
	fn meter_should_go_on_from_the_chain_when_its_memory_is_lost() {
		let (folder, village) = (tempfile::tempdir().expect("a folder"), village());
		let on_chain = HashMap::from([(3, Registers::showing(123_456, 789))]);
		let (_, state) = open(folder.path(), &village, &on_chain);
		let reading = state.outstanding(u32::MAX, 100).expect("read")[3].signed.reading;
		assert_eq!(
			(reading.interval, reading.import_wh, reading.export_wh),
			(999, 123_456, 789)
		);
	}

	#[test]
	fn what_meters_count_should_be_what_their_registers_say() {
		let (folder, village) = (tempfile::tempdir().expect("a folder"), village());
		let (mut meters, _) = open(folder.path(), &village, &HashMap::new());
		let before: u64 = meters.sites.iter().map(|site| site.registers.export_wh()).sum();
		let mut counted = 0;
		for interval in 1_000..1_010 {
			pass(&mut meters, &village);
			counted += meters
				.counted(interval)
				.expect("read")
				.iter()
				.map(|metered| metered.export_wh)
				.sum::<u64>();
		}
		let after: u64 = meters.sites.iter().map(|site| site.registers.export_wh()).sum();
		assert_eq!(after - before, counted);
		assert!(counted > 0);
	}
}
