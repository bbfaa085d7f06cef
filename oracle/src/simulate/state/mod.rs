//! What the meters remember through a power cut: registers, batteries, and readings that nobody has taken yet.
//!
//! An SQLite file. An interval is written in one transaction that is on disk before the first of its readings is sent, so that a meter
//! never signs two different readings of one interval.

#[cfg(test)]
mod tests;

use super::site::{Flexibility, Registers, Site};
use crate::reading::SignedReading;
use codec::{Decode, Encode};
use gridtokenx_primitives::{GenesisHash, Interval, Wh};
use rusqlite::{params, Connection, OptionalExtension};
use std::{
	path::Path,
	sync::{Mutex, MutexGuard, PoisonError},
};

/// What can be wrong with the state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
	/// The folder cannot be made.
	#[error("the state folder {0} cannot be made: {1}")]
	Folder(String, std::io::Error),
	/// The database failed.
	#[error("the state file failed: {0}")]
	Sqlite(#[from] rusqlite::Error),
	/// It was written for other meters.
	#[error("the state folder belongs to the village of grid {0} with seed {1}: choose another folder with --state")]
	OtherVillage(String, i64),
	/// A stored reading cannot be read back.
	#[error("the state holds a broken reading: {0}")]
	Corrupt(#[from] codec::Error),
}

/// Which village, on which chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
	/// Hash of the chain's first block.
	pub genesis: GenesisHash,
	/// Hash of block 1: a development chain that is started anew has the same genesis.
	pub first_block: [u8; 32],
	/// The grid's name.
	pub grid: String,
	/// The seed of the device keys.
	pub seed: u64,
}

/// When the village began to be metered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beginning {
	/// The first interval that is metered.
	pub first_interval: Interval,
	/// The row of the data it is metered with.
	pub start_row: u64,
}

impl Beginning {
	/// The row of the data for an interval.
	pub fn row(&self, interval: Interval) -> u64 {
		self.start_row + u64::from(interval.saturating_sub(self.first_interval))
	}
}

/// A reading that waits for the hub, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outstanding {
	/// The interval.
	pub interval: Interval,
	/// The meter's place in the village.
	pub place: usize,
	/// The reading, as it was signed.
	pub signed: SignedReading,
}

/// The energy that a meter counted in an interval, Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metered {
	/// Imported.
	pub import_wh: Wh,
	/// Exported.
	pub export_wh: Wh,
}

/// The state of a village's meters.
pub struct State(Mutex<Connection>);

impl State {
	/// Opens the state in a folder, or makes a new one. State of another run of the chain is of no use and is forgotten.
	pub fn open(folder: &Path, identity: &Identity) -> Result<Self, StateError> {
		let path = folder.display().to_string();
		std::fs::create_dir_all(folder).map_err(|error| StateError::Folder(path, error))?;
		let mut connection = Connection::open(folder.join("village.sqlite"))?;
		// FULL: what is committed survives a power cut.
		connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
		let fresh: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
		if fresh == 0 {
			connection.execute_batch(include_str!("schema.sql"))?;
		}
		let stored = connection.query_row("SELECT genesis, first_block, grid, seed FROM village", [], |row| {
			Ok((
				row.get::<_, [u8; 32]>(0)?,
				row.get::<_, [u8; 32]>(1)?,
				row.get::<_, String>(2)?,
				row.get::<_, i64>(3)?,
			))
		});
		match stored.optional()? {
			Some((genesis, first_block, grid, seed))
				if (genesis, first_block) == (identity.genesis, identity.first_block) =>
			{
				if (&*grid, seed) != (&*identity.grid, identity.seed as i64) {
					return Err(StateError::OtherVillage(grid, seed));
				}
			}
			Some(_) => {
				tracing::info!("the state is of another chain; its meters are forgotten");
				let transaction = connection.transaction()?;
				for table in ["village", "site", "outstanding", "metered"] {
					transaction.execute(&format!("DELETE FROM {table}"), [])?;
				}
				transaction.commit()?;
			}
			None => {}
		}
		Ok(State(Mutex::new(connection)))
	}

	// A panic in another thread left at worst an open transaction, which rolled back when it was dropped.
	fn connection(&self) -> MutexGuard<'_, Connection> {
		self.0.lock().unwrap_or_else(PoisonError::into_inner)
	}

	/// When the village began, if it has.
	pub fn beginning(&self) -> Result<Option<Beginning>, StateError> {
		let beginning = self
			.connection()
			.query_row("SELECT first_interval, start_row FROM village", [], |row| {
				Ok(Beginning {
					first_interval: row.get(0)?,
					start_row: row.get::<_, i64>(1)? as u64,
				})
			});
		Ok(beginning.optional()?)
	}

	/// The village begins: how its sites stand when the first interval starts, and their baseline readings.
	pub fn begin<'a>(
		&self,
		identity: &Identity,
		beginning: Beginning,
		sites: impl IntoIterator<Item = (&'a Site, SignedReading)>,
	) -> Result<(), StateError> {
		let mut connection = self.connection();
		let transaction = connection.transaction()?;
		transaction.execute(
			"INSERT INTO village (id, genesis, first_block, grid, seed, first_interval, start_row) VALUES (0, ?, ?, ?, ?, ?, ?)",
			params![
				identity.genesis,
				identity.first_block,
				identity.grid,
				identity.seed as i64,
				beginning.first_interval,
				beginning.start_row as i64
			],
		)?;
		for (place, (site, signed)) in sites.into_iter().enumerate() {
			write(&transaction, place, site, &signed)?;
		}
		Ok(transaction.commit()?)
	}

	/// An interval has passed: how the sites stand at its end, what they counted, and what their meters signed.
	pub fn advance<'a>(
		&self,
		sites: impl IntoIterator<Item = (&'a Site, Metered, SignedReading)>,
	) -> Result<(), StateError> {
		let mut connection = self.connection();
		let transaction = connection.transaction()?;
		for (place, (site, metered, signed)) in sites.into_iter().enumerate() {
			write(&transaction, place, site, &signed)?;
			transaction
				.prepare_cached("INSERT INTO metered (interval, place, import_wh, export_wh) VALUES (?, ?, ?, ?)")?
				.execute(params![
					site.interval,
					place,
					metered.import_wh as i64,
					metered.export_wh as i64
				])?;
		}
		Ok(transaction.commit()?)
	}

	/// Puts the sites as they were last written into place. `false` if nothing was.
	pub fn restore(&self, sites: &mut [Site]) -> Result<bool, StateError> {
		let connection = self.connection();
		let mut query = connection.prepare("SELECT place, interval, import_ws, export_ws, stored_ws FROM site")?;
		let mut rows = query.query([])?;
		let mut restored = false;
		while let Some(row) = rows.next()? {
			let Some(site) = sites.get_mut(row.get::<_, usize>(0)?) else {
				continue;
			};
			site.interval = row.get(1)?;
			site.registers = Registers {
				import: row.get::<_, i64>(2)? as u64,
				export: row.get::<_, i64>(3)? as u64,
			};
			if let (Flexibility::Battery(battery), Some(stored)) =
				(&mut site.flexibility, row.get::<_, Option<i64>>(4)?)
			{
				battery.hold(stored as u64);
			}
			restored = true;
		}
		Ok(restored)
	}

	/// The oldest readings of intervals before `before` that the hub has not taken, at most `most`.
	pub fn outstanding(&self, before: Interval, most: usize) -> Result<Vec<Outstanding>, StateError> {
		let connection = self.connection();
		let mut query = connection.prepare_cached(
			"SELECT interval, place, reading FROM outstanding WHERE interval < ? ORDER BY interval, place LIMIT ?",
		)?;
		let rows = query.query_map([i64::from(before), most as i64], |row| {
			Ok((row.get(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?))
		})?;
		let decoded = rows.map(|row| {
			let (interval, place, bytes) = row?;
			Ok(Outstanding {
				interval,
				place,
				signed: SignedReading::decode(&mut &*bytes)?,
			})
		});
		decoded.collect()
	}

	/// Forgets readings that need not be sent again.
	pub fn forget(&self, done: &[Outstanding]) -> Result<(), StateError> {
		let mut connection = self.connection();
		let transaction = connection.transaction()?;
		for reading in done {
			transaction
				.prepare_cached("DELETE FROM outstanding WHERE interval = ? AND place = ?")?
				.execute(params![reading.interval, reading.place])?;
		}
		Ok(transaction.commit()?)
	}

	/// What the meters counted in an interval, by their places; empty for an interval that was not metered.
	pub fn metered(&self, interval: Interval) -> Result<Vec<Metered>, StateError> {
		let connection = self.connection();
		let mut query =
			connection.prepare_cached("SELECT import_wh, export_wh FROM metered WHERE interval = ? ORDER BY place")?;
		let rows = query.query_map([interval], |row| {
			Ok(Metered {
				import_wh: row.get::<_, i64>(0)? as u64,
				export_wh: row.get::<_, i64>(1)? as u64,
			})
		})?;
		Ok(rows.collect::<Result<_, _>>()?)
	}
}

fn write(connection: &Connection, place: usize, site: &Site, signed: &SignedReading) -> Result<(), StateError> {
	let stored = match &site.flexibility {
		Flexibility::Battery(battery) => Some(battery.stored() as i64),
		Flexibility::None | Flexibility::Load => None,
	};
	connection
		.prepare_cached(
			"INSERT OR REPLACE INTO site (place, interval, import_ws, export_ws, stored_ws) VALUES (?, ?, ?, ?, ?)",
		)?
		.execute(params![
			place,
			site.interval,
			site.registers.import as i64,
			site.registers.export as i64,
			stored
		])?;
	connection
		.prepare_cached("INSERT INTO outstanding (interval, place, reading) VALUES (?, ?, ?)")?
		.execute(params![site.interval, place, signed.encode()])?;
	Ok(())
}
