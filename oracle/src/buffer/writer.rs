//! The one thread that writes: it gathers what waits, writes it as one group, syncs once, and answers all.

use super::{
	log::{Log, Offset},
	recent::{Recent, Seen},
	BufferError,
};
use crate::reading::SignedReading;
use gridtokenx_primitives::Interval;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch, OwnedSemaphorePermit};

/// Readings in one group: enough to spread the cost of a sync, few enough that nobody waits long for it.
const GROUP: usize = 20_000;

/// What became of a reading that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
	/// It is on disk.
	Taken,
	/// The same reading is on disk already.
	Repeat,
	/// Another reading of the same device, epoch and interval was taken; this one is not.
	Conflict,
}

pub(super) type Answer = Result<Vec<Admission>, BufferError>;

pub(super) enum Job {
	Append(Append),
	ForgetThrough(Interval),
}

impl Job {
	pub(super) fn append(
		readings: Vec<SignedReading>,
		room: OwnedSemaphorePermit,
	) -> (Self, oneshot::Receiver<Answer>) {
		let (sender, answer) = oneshot::channel();
		(Job::Append(Append { readings, room, sender }), answer)
	}
}

pub(super) struct Append {
	readings: Vec<SignedReading>,
	room: OwnedSemaphorePermit,
	sender: oneshot::Sender<Answer>,
}

pub(super) struct Writer {
	pub(super) log: Arc<Log>,
	pub(super) recent: Recent,
	pub(super) queue: mpsc::Receiver<Job>,
	pub(super) ended: watch::Sender<Offset>,
}

struct Request {
	append: Append,
	admissions: Vec<Admission>,
}

impl Writer {
	/// Runs until the last handle is dropped, or a write fails.
	pub(super) fn spawn(mut self) {
		std::thread::Builder::new()
			.name("buffer".into())
			.spawn(move || while self.write_group() {})
			.expect("the system can start a thread while the service starts");
	}

	fn write_group(&mut self) -> bool {
		let Some(first) = self.queue.blocking_recv() else {
			return false;
		};
		let mut group = Vec::new();
		let mut size = self.admit(first, &mut group);
		while size < GROUP {
			let Ok(next) = self.queue.try_recv() else { break };
			size += self.admit(next, &mut group);
		}
		self.commit(group)
	}

	fn admit(&mut self, job: Job, group: &mut Vec<Request>) -> usize {
		match job {
			Job::ForgetThrough(interval) => {
				self.recent.forget_through(interval);
				0
			}
			Job::Append(append) => {
				let admissions = append
					.readings
					.iter()
					.map(|reading| self.recent.remember(reading).into());
				group.push(Request {
					admissions: admissions.collect(),
					append,
				});
				group.last().map_or(0, |request| request.admissions.len())
			}
		}
	}

	/// Whether to go on. After a failed write nothing is known about the disk, nor about what `recent` says: only a restart, which
	/// reads the log anew, can tell.
	fn commit(&self, group: Vec<Request>) -> bool {
		let taken = || group.iter().flat_map(Request::taken);
		if taken().next().is_some() {
			match self.log.append(taken()) {
				Ok(end) => self.ended.send_replace(end),
				Err(error) => {
					tracing::error!(%error, "cannot write to the buffer; the oracle stops taking readings");
					for request in group {
						let _ = request.append.sender.send(Err(BufferError::Stopped));
					}
					return false;
				}
			};
		}
		for request in group {
			let taken = request.taken().count();
			let Append { mut room, sender, .. } = request.append;
			if let Some(kept) = room.split(taken) {
				kept.forget();
			}
			drop(room);
			// A client that hung up does not wait for its answer; what it sent is kept.
			let _ = sender.send(Ok(request.admissions));
		}
		true
	}
}

impl Request {
	fn taken(&self) -> impl Iterator<Item = &SignedReading> {
		let both = self.append.readings.iter().zip(&self.admissions);
		both.filter(|(_, admission)| **admission == Admission::Taken)
			.map(|(reading, _)| reading)
	}
}

impl From<Seen> for Admission {
	fn from(seen: Seen) -> Self {
		match seen {
			Seen::New => Admission::Taken,
			Seen::Repeat => Admission::Repeat,
			Seen::Conflict => Admission::Conflict,
		}
	}
}
