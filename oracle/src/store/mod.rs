//! What the chain holds, kept for questions: an SQLite database, written from finalised blocks alone.
//!
//! A block is written in one transaction, once: a block that is there is there whole. All methods block on the disk.

mod ingest;
mod query;
mod registry;

pub use query::{IntervalRow, SeriesPoint};

use rusqlite::{Connection, OpenFlags};
use std::{
	path::Path,
	sync::{Mutex, MutexGuard, PoisonError},
};

/// The schema, one file a step; a database knows how many it has seen.
const MIGRATIONS: [&str; 1] = [include_str!("migrations/0001_first.sql")];

/// What can go wrong with the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
	/// The database failed.
	#[error("the store failed: {0}")]
	Sqlite(#[from] rusqlite::Error),
	/// The database was written by a newer version.
	#[error("the store has schema {found}, this version knows {known}: it was written by a newer oracle")]
	Newer {
		/// What the database says.
		found: usize,
		/// What this program knows.
		known: usize,
	},
	/// A stored value cannot be read back.
	#[error("the store holds a broken {0}")]
	Corrupt(&'static str),
}

/// The store. Readers do not wait for the writer.
pub struct Store {
	writer: Mutex<Connection>,
	reader: Mutex<Connection>,
}

impl Store {
	/// Opens a database file, or makes a new one, and brings its schema up to date.
	pub fn open(file: &Path) -> Result<Self, StoreError> {
		let mut writer = Connection::open(file)?;
		// The chain can be read again: a power cut may cost the latest transactions, never the file.
		writer.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;")?;
		migrate(&mut writer)?;
		let reader = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
		reader.execute_batch("PRAGMA busy_timeout = 5000;")?;
		Ok(Store {
			writer: writer.into(),
			reader: reader.into(),
		})
	}

	fn writer(&self) -> MutexGuard<'_, Connection> {
		lock(&self.writer)
	}

	fn reader(&self) -> MutexGuard<'_, Connection> {
		lock(&self.reader)
	}
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
	// A panic in another thread left at worst an open transaction, which rolled back when it was dropped.
	connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
	let found: usize = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
	let known = MIGRATIONS.len();
	let pending = MIGRATIONS.get(found..).ok_or(StoreError::Newer { found, known })?;
	for (step, sql) in (found + 1..).zip(pending) {
		let transaction = connection.transaction()?;
		transaction.execute_batch(sql)?;
		transaction.pragma_update(None, "user_version", step)?;
		transaction.commit()?;
	}
	Ok(())
}

#[cfg(test)]
mod tests;
