//! The log on disk: readings by offset, the consumer's cursor, and dead letters.

use super::{
	dead::{DeadLetter, KEPT},
	BufferError,
};
use crate::reading::SignedReading;
use codec::{Decode, Encode};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};
use std::{
	path::Path,
	sync::atomic::{AtomicU64, Ordering},
};

/// A reading's place in the log: the first ever has 0, and none is used twice.
pub type Offset = u64;

const CURSOR: &str = "cursor";

/// One writer appends, one consumer settles; both may run at once.
pub(super) struct Log {
	db: Database,
	readings: Keyspace,
	meta: Keyspace,
	dead: Keyspace,
	cursor: AtomicU64,
	end: AtomicU64,
	dead_letters: AtomicU64,
}

impl Log {
	pub(super) fn open(folder: &Path) -> Result<Self, BufferError> {
		let db = Database::builder(folder).open()?;
		let readings = db.keyspace("readings", KeyspaceCreateOptions::default)?;
		let meta = db.keyspace("meta", KeyspaceCreateOptions::default)?;
		let dead = db.keyspace("dead-letters", KeyspaceCreateOptions::default)?;
		let cursor = match meta.get(CURSOR)? {
			Some(bytes) => offset_of(&bytes)?,
			None => 0,
		};
		let last = readings.last_key_value().map(|row| row.key()).transpose()?;
		let end = last
			.map(|key| offset_of(&key))
			.transpose()?
			.map_or(cursor, |last| last + 1);
		let dead_letters = AtomicU64::new(dead.len()? as u64);
		Ok(Log {
			db,
			readings,
			meta,
			dead,
			cursor: cursor.into(),
			end: end.into(),
			dead_letters,
		})
	}

	pub(super) fn cursor(&self) -> Offset {
		self.cursor.load(Ordering::Acquire)
	}

	pub(super) fn end(&self) -> Offset {
		self.end.load(Ordering::Acquire)
	}

	pub(super) fn pending(&self) -> u64 {
		self.end().saturating_sub(self.cursor())
	}

	/// Writes readings behind the last one and syncs. Called by the writer alone.
	pub(super) fn append<'a>(&self, readings: impl Iterator<Item = &'a SignedReading>) -> Result<Offset, BufferError> {
		let mut batch = self.db.batch().durability(Some(PersistMode::SyncData));
		let mut end = self.end();
		for reading in readings {
			batch.insert(&self.readings, end.to_be_bytes(), reading.encode());
			end += 1;
		}
		batch.commit()?;
		self.end.store(end, Ordering::Release);
		Ok(end)
	}

	pub(super) fn read(&self, from: Offset, max: usize) -> Result<Vec<(Offset, SignedReading)>, BufferError> {
		// Up to the acknowledged end: a group that is being written is not there yet.
		let end = self.end();
		let from = from.max(self.cursor()).min(end);
		let rows = self.readings.range(from.to_be_bytes()..end.to_be_bytes());
		rows.take(max).map(|row| decode_row(row.into_inner()?)).collect()
	}

	pub(super) fn scan(&self, mut visit: impl FnMut(&SignedReading)) -> Result<(), BufferError> {
		for row in self.readings.range(self.cursor().to_be_bytes()..) {
			visit(&decode_row(row.into_inner()?)?.1);
		}
		Ok(())
	}

	/// Called by the consumer alone. Answers how many readings it dropped.
	pub(super) fn settle(&self, cursor: Offset, refused: &[DeadLetter]) -> Result<u64, BufferError> {
		let from = self.cursor();
		let cursor = cursor.clamp(from, self.end());
		let mut batch = self.db.batch();
		for offset in from..cursor {
			batch.remove(&self.readings, offset.to_be_bytes());
		}
		batch.insert(&self.meta, CURSOR, cursor.to_be_bytes());
		let mut added = 0;
		for letter in refused {
			let key = letter.offset.to_be_bytes();
			added += u64::from(!self.dead.contains_key(key)?);
			batch.insert(&self.dead, key, letter.encode());
		}
		let count = self.dead_letters.load(Ordering::Relaxed) + added;
		let excess = count.saturating_sub(KEPT);
		for row in self.dead.iter().take(excess as usize) {
			batch.remove(&self.dead, row.key()?);
		}
		batch.commit()?;
		self.dead_letters.store(count - excess, Ordering::Relaxed);
		self.cursor.store(cursor, Ordering::Release);
		Ok(cursor - from)
	}

	pub(super) fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, BufferError> {
		let rows = self.dead.iter().rev().take(max);
		rows.map(|row| {
			let (key, value) = row.into_inner()?;
			DeadLetter::decode(&mut &*value).map_err(|_| BufferError::Corrupt(offset_of(&key).unwrap_or(Offset::MAX)))
		})
		.collect()
	}

	pub(super) fn dead_letter_count(&self) -> u64 {
		self.dead_letters.load(Ordering::Relaxed)
	}
}

fn decode_row((key, value): fjall::KvPair) -> Result<(Offset, SignedReading), BufferError> {
	let offset = offset_of(&key)?;
	let reading = SignedReading::decode(&mut &*value).map_err(|_| BufferError::Corrupt(offset))?;
	Ok((offset, reading))
}

fn offset_of(bytes: &[u8]) -> Result<Offset, BufferError> {
	bytes
		.try_into()
		.map(Offset::from_be_bytes)
		.map_err(|_| BufferError::Corrupt(Offset::MAX))
}
