//! The durable log between the hub and the chain.
//!
//! [`Buffer::append`] answers once what it took would survive a power cut. One thread writes, and shares each sync among all
//! requests that wait for it. The consumer reads from its cursor and moves it forward; what lies behind the cursor is gone.
//! Readings that the chain refused are kept aside as dead letters, with the reason.

mod dead;
mod log;
mod recent;
mod writer;

pub use dead::DeadLetter;
pub use log::Offset;
pub use writer::Admission;

use crate::reading::SignedReading;
use gridtokenx_primitives::Interval;
use log::Log;
use recent::Recent;
use std::{path::Path, sync::Arc};
use tokio::sync::{mpsc, watch, Semaphore};
use writer::{Job, Writer};

/// What can go wrong with the buffer.
#[derive(Debug, thiserror::Error)]
pub enum BufferError {
	/// No room until the chain has taken some readings.
	#[error("the buffer is full: {pending} readings wait for the chain")]
	Full {
		/// How many wait.
		pending: u64,
	},
	/// The writer has stopped after a failed write; nothing is accepted until a restart.
	#[error("the buffer's writer has stopped")]
	Stopped,
	/// The embedded log failed.
	#[error("the buffer's log failed: {0}")]
	Log(#[from] fjall::Error),
	/// A stored row cannot be read back.
	#[error("the buffer holds a row that is no reading, at offset {0}")]
	Corrupt(Offset),
}

/// A handle to the buffer; clones share it.
#[derive(Clone)]
pub struct Buffer {
	log: Arc<Log>,
	jobs: mpsc::Sender<Job>,
	// One permit a reading that may still be taken. A request holds those of its readings while it waits; the writer keeps the
	// permits of what it wrote, and the consumer gives them back.
	room: Arc<Semaphore>,
	end: watch::Receiver<Offset>,
}

/// Requests that may wait for the writer at once.
const QUEUE: usize = 1024;

impl Buffer {
	/// Opens the log in a folder, or makes a new one. Holds at most `capacity` readings (and at most 2^29).
	pub fn open(folder: &Path, capacity: usize) -> Result<Self, BufferError> {
		let log = Arc::new(Log::open(folder)?);
		let mut recent = Recent::default();
		log.scan(|reading| {
			recent.remember(reading);
		})?;

		let capacity = capacity.min(Semaphore::MAX_PERMITS);
		let pending = usize::try_from(log.pending()).unwrap_or(usize::MAX);
		let room = Arc::new(Semaphore::new(capacity.saturating_sub(pending)));
		let (jobs, queue) = mpsc::channel(QUEUE);
		let (ended, end) = watch::channel(log.end());
		Writer {
			log: log.clone(),
			recent,
			queue,
			ended,
		}
		.spawn();
		Ok(Buffer { log, jobs, room, end })
	}

	/// Takes readings whose signatures have been checked. Answers, for each, once it is on disk.
	pub async fn append(&self, readings: Vec<SignedReading>) -> Result<Vec<Admission>, BufferError> {
		let count = u32::try_from(readings.len()).map_err(|_| self.full())?;
		let room = self
			.room
			.clone()
			.try_acquire_many_owned(count)
			.map_err(|_| self.full())?;
		let (job, answer) = Job::append(readings, room);
		self.send(job).await?;
		answer.await.map_err(|_| BufferError::Stopped)?
	}

	/// Forgets which readings of intervals up to this one were taken: the hub turns repeats of them away as stale.
	pub async fn forget_through(&self, interval: Interval) -> Result<(), BufferError> {
		self.send(Job::ForgetThrough(interval)).await
	}

	async fn send(&self, job: Job) -> Result<(), BufferError> {
		self.jobs.send(job).await.map_err(|_| BufferError::Stopped)
	}

	fn full(&self) -> BufferError {
		BufferError::Full {
			pending: self.pending(),
		}
	}

	/// At most `max` readings from `from` on, in order. Blocks on the disk.
	pub fn read(&self, from: Offset, max: usize) -> Result<Vec<(Offset, SignedReading)>, BufferError> {
		self.log.read(from, max)
	}

	/// Keeps refused readings as dead letters and, where `cursor` is further than before, drops what lies behind it. Blocks on
	/// the disk. Not synced: after a power cut the consumer meets some readings again.
	pub fn settle(&self, cursor: Offset, refused: &[DeadLetter]) -> Result<(), BufferError> {
		let freed = self.log.settle(cursor, refused)?;
		self.room
			.add_permits(usize::try_from(freed).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS));
		Ok(())
	}

	/// The first offset that is not settled.
	pub fn cursor(&self) -> Offset {
		self.log.cursor()
	}

	/// The offset behind the last reading.
	pub fn end(&self) -> Offset {
		self.log.end()
	}

	/// How many readings wait to be settled.
	pub fn pending(&self) -> u64 {
		self.log.pending()
	}

	/// Follows the offset behind the last reading; it changes with every group of readings written.
	pub fn watch_end(&self) -> watch::Receiver<Offset> {
		self.end.clone()
	}

	/// Whether the writer has stopped: nothing more is accepted.
	pub fn is_stopped(&self) -> bool {
		self.jobs.is_closed()
	}

	/// Waits until the writer has stopped, which it does by itself only after a failed write.
	pub async fn stopped(&self) {
		self.jobs.closed().await;
	}

	/// The latest dead letters, newest first. Blocks on the disk.
	pub fn dead_letters(&self, max: usize) -> Result<Vec<DeadLetter>, BufferError> {
		self.log.dead_letters(max)
	}

	/// How many dead letters are kept.
	pub fn dead_letter_count(&self) -> u64 {
		self.log.dead_letter_count()
	}
}

#[cfg(test)]
mod tests;
