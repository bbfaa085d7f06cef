//! Empties the buffer of a hub that carries nothing itself.
//!
//! Validators' off-chain workers pull from such a hub, or other oracles have the same readings. Whoever carried a reading, a
//! finalised block says so; and what can never count any more is kept as a dead letter, so that it holds nothing up.

use crate::{
	buffer::{Buffer, BufferError, DeadLetter, Offset},
	facts::FinalisedBlock,
	metrics::Metrics,
	reading::SignedReading,
	reason::Reason,
	registry::{Registry, Snapshot},
	screen::Screen,
	store::{Store, StoreError},
};
use gridtokenx_primitives::{DeviceId, Interval};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::mpsc;

/// Refusals that are the chain's last word on a reading, whoever carried it. All others are about the batch, or pass, or follow
/// from the registry as well.
const FINAL: [&str; 3] = ["conflicting", "backwards", "implausible"];
/// Refusals to remember at most. Should one be forgotten too early, the reading is carried and refused once more.
const MAX_REFUSALS: usize = 10_000;
/// Readings looked at in one go.
const CHUNK: usize = 1_024;

/// What can end the sweeping.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
	/// The buffer failed.
	#[error(transparent)]
	Buffer(#[from] BufferError),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// A worker panicked.
	#[error("a worker failed: {0}")]
	Worker(#[from] tokio::task::JoinError),
}

/// A reading that the chain refused for good, and why.
type Refusal = (SignedReading, String);

/// Lets the buffer forget on the word of finalised blocks alone. Lives through any number of connections.
pub struct Sweeper {
	buffer: Buffer,
	store: Arc<Store>,
	registry: Registry,
	metrics: Metrics,
	refused: HashMap<(DeviceId, Interval), Refusal>,
}

impl Sweeper {
	/// Begins with what the buffer has.
	pub fn new(buffer: Buffer, store: Arc<Store>, registry: Registry, metrics: Metrics) -> Self {
		Sweeper {
			buffer,
			store,
			registry,
			metrics,
			refused: HashMap::new(),
		}
	}

	/// Sweeps after every finalised block, until `blocks` ends. The store has each block before it comes here.
	pub async fn run(&mut self, mut blocks: mpsc::Receiver<Arc<FinalisedBlock>>) -> Result<(), SweepError> {
		while let Some(block) = blocks.recv().await {
			self.take(&block).await?;
		}
		Ok(())
	}

	async fn take(&mut self, block: &FinalisedBlock) -> Result<(), SweepError> {
		self.note_refusals(block);
		let Some(snapshot) = self.registry.snapshot() else {
			return Ok(());
		};
		// While the store catches up, the registry is ahead of it: what it says to be stale, a block to come may hold.
		if block.number >= snapshot.chain.block {
			while self.sweep(&snapshot, block.number).await? {}
		}
		if self.buffer.pending() == 0 {
			self.refused.clear();
		}
		Ok(())
	}

	fn note_refusals(&mut self, block: &FinalisedBlock) {
		for batch in &block.batches {
			let refused = batch.outcome.iter().flatten();
			let last_words = refused.filter(|(_, reason)| FINAL.contains(&&**reason));
			for (place, reason) in last_words {
				let Some(signed) = batch.readings.get(usize::from(*place)) else {
					continue;
				};
				if self.refused.len() >= MAX_REFUSALS {
					self.refused.clear();
				}
				let key = (signed.reading.device, signed.reading.interval);
				self.refused.insert(key, (*signed, reason.clone()));
			}
		}
	}

	/// Forgets the readings at the buffer's start that are done with, a chunk at most. Says whether there may be more of them.
	async fn sweep(&self, snapshot: &Snapshot, block: u64) -> Result<bool, SweepError> {
		let (buffer, store) = (self.buffer.clone(), self.store.clone());
		let read = move || -> Result<Vec<_>, SweepError> {
			let rows = buffer.read(buffer.cursor(), CHUNK)?;
			let known = store.has(rows.iter().map(|(_, signed)| signed))?;
			Ok(rows.into_iter().zip(known).collect())
		};
		let rows: Vec<((Offset, SignedReading), bool)> = tokio::task::spawn_blocking(read).await??;
		let screen = Screen {
			snapshot,
			registry: &self.registry,
			running: snapshot.chain.running_interval(),
		};
		let (mut cursor, mut letters) = (self.buffer.cursor(), Vec::new());
		let mut more = rows.len() == CHUNK;
		for ((offset, signed), known) in rows {
			let reason = if known { None } else { self.never(&screen, &signed) };
			if !known && reason.is_none() {
				more = false;
				break;
			}
			cursor = offset + 1;
			letters.extend(reason.map(|reason| DeadLetter {
				offset,
				signed,
				reason,
				block,
			}));
		}
		self.forget(cursor, letters).await?;
		Ok(more)
	}

	/// Why a reading that the chain does not have will never count; nothing where it may.
	fn never(&self, screen: &Screen, signed: &SignedReading) -> Option<String> {
		let key = (signed.reading.device, signed.reading.interval);
		let judged = self.refused.get(&key).filter(|(refused, _)| refused == signed);
		judged.map(|(_, reason)| reason.clone()).or_else(|| {
			let refused = screen.screen(signed).err();
			refused
				.filter(|reason| *reason != Reason::Future)
				.map(|reason| reason.as_str().into())
		})
	}

	async fn forget(&self, cursor: Offset, letters: Vec<DeadLetter>) -> Result<(), SweepError> {
		if cursor == self.buffer.cursor() {
			return Ok(());
		}
		for letter in &letters {
			let (device, interval) = (letter.signed.reading.device, letter.signed.reading.interval);
			self.metrics.refuse(&letter.reason);
			tracing::warn!(
				device,
				interval,
				reason = letter.reason,
				"a reading will never count; it is kept as a dead letter"
			);
		}
		let buffer = self.buffer.clone();
		Ok(tokio::task::spawn_blocking(move || buffer.settle(cursor, &letters)).await??)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{
		facts::Batch,
		testing::{snapshot, unsigned},
	};

	/// The number of the block at which the registry was read.
	const HEAD: u64 = 1;

	struct Scene {
		sweeper: Sweeper,
		_folder: tempfile::TempDir,
	}

	/// A sweeper with these readings in its buffer, and a registry of ten meters.
	async fn scene(readings: Vec<SignedReading>) -> Scene {
		let folder = tempfile::tempdir().expect("a folder");
		let buffer = Buffer::open(&folder.path().join("buffer"), 100_000).expect("opens");
		let store = Arc::new(Store::open(&folder.path().join("store.sqlite")).expect("opens"));
		let registry = Registry::default();
		registry.replace(snapshot(10));
		buffer.append(readings).await.expect("written");
		Scene {
			sweeper: Sweeper::new(buffer, store, registry, Metrics::default()),
			_folder: folder,
		}
	}

	impl Scene {
		/// A finalised block with one batch, which some carrier submitted.
		async fn finalise(&mut self, number: u64, readings: Vec<SignedReading>, refused: &[(u16, &str)]) {
			let refused = refused.iter().map(|(place, reason)| (*place, reason.to_string()));
			let block = FinalisedBlock {
				number,
				hash: [number as u8; 32],
				time_ms: 0,
				batches: vec![Batch {
					extrinsic: 1,
					hash: [0; 32],
					readings,
					outcome: Ok(refused.collect()),
				}],
				facts: Vec::new(),
			};
			let registry = &self.sweeper.registry;
			self.sweeper
				.store
				.apply(&block, &registry.snapshot().expect("there"))
				.expect("written");
			let accepted = block.batches.iter().flat_map(Batch::accepted);
			registry.note_readings(accepted.map(|signed| (signed.reading.device, signed.reading.interval)));
			self.sweeper.take(&block).await.expect("swept");
		}

		fn change(&self, change: impl FnOnce(&mut Snapshot)) {
			let mut snapshot = Snapshot::clone(&*self.sweeper.registry.snapshot().expect("there"));
			change(&mut snapshot);
			self.sweeper.registry.replace(snapshot);
		}

		fn cursor(&self) -> Offset {
			self.sweeper.buffer.cursor()
		}

		fn dead_letters(&self) -> Vec<(Offset, String)> {
			let letters = self.sweeper.buffer.dead_letters(100).expect("read");
			letters
				.into_iter()
				.map(|letter| (letter.offset, letter.reason))
				.collect()
		}
	}

	#[tokio::test]
	async fn buffer_should_forget_what_finalised_blocks_hold_and_stop_at_what_they_lack() {
		let readings: Vec<_> = (0..4).map(|device| unsigned(device, 5)).collect();
		let mut scene = scene(readings.clone()).await;
		scene
			.finalise(2, vec![readings[0], readings[1], readings[3]], &[])
			.await;
		assert_eq!(scene.cursor(), 2);
		scene.finalise(3, vec![readings[2]], &[]).await;
		assert_eq!((scene.cursor(), scene.dead_letters()), (4, vec![]));
	}

	#[tokio::test]
	async fn buffer_should_be_emptied_over_many_chunks_in_one_block() {
		let readings: Vec<_> = (0..3_000).map(|n| unsigned(n % 10, n / 10)).collect();
		let mut scene = scene(readings.clone()).await;
		scene.finalise(2, readings, &[]).await;
		assert_eq!(scene.sweeper.buffer.pending(), 0);
	}

	#[tokio::test]
	async fn reading_should_become_a_dead_letter_when_the_chain_has_judged_it_whoever_carried_it() {
		let readings: Vec<_> = (0..3).map(|device| unsigned(device, 5)).collect();
		let mut scene = scene(readings.clone()).await;
		let refused = [(0, "implausible"), (1, "backwards"), (2, "conflicting")];
		scene.finalise(2, readings, &refused).await;
		assert_eq!(scene.cursor(), 3);
		let expected = [(2, "conflicting"), (1, "backwards"), (0, "implausible")];
		assert_eq!(
			scene.dead_letters(),
			expected.map(|(offset, reason)| (offset, reason.into()))
		);
	}

	#[tokio::test]
	async fn reading_should_wait_when_the_refusal_was_the_batch_s_or_passes_or_was_of_other_bytes() {
		let reading = unsigned(0, 5);
		let mut scene = scene(vec![reading]).await;
		let passing = [
			"future",
			"ahead",
			"not_owned",
			"duplicate",
			"bad_signature",
			"malformed",
		];
		for (number, reason) in (2..).zip(passing) {
			scene.finalise(number, vec![reading], &[(0, reason)]).await;
		}
		let mut other = reading;
		other.signature[0] ^= 1;
		scene.finalise(20, vec![other], &[(0, "implausible")]).await;
		assert_eq!((scene.cursor(), scene.dead_letters()), (0, vec![]));
	}

	#[tokio::test]
	async fn reading_should_become_a_dead_letter_when_the_registry_says_that_it_cannot_count() {
		let mut scene = scene(vec![unsigned(0, 5), unsigned(1, 5), unsigned(2, 5), unsigned(3, 5)]).await;
		scene.finalise(2, vec![unsigned(0, 6)], &[]).await;
		assert_eq!(scene.cursor(), 0, "its interval is not measured");
		scene.change(|snapshot| {
			snapshot.chain.measured_through = Some(5);
			let mut page: Vec<_> = (0..10).map(|device| snapshot.meter(device).cloned()).collect();
			page[1] = None;
			page[2].as_mut().expect("registered").epoch = 1;
			page[3].as_mut().expect("registered").active = false;
			snapshot.set_page(0, page.try_into().expect("a page"));
		});
		scene.finalise(3, vec![], &[]).await;
		assert_eq!(scene.cursor(), 4);
		let expected = [(3, "inactive"), (2, "wrong_epoch"), (1, "unknown_device"), (0, "stale")];
		assert_eq!(
			scene.dead_letters(),
			expected.map(|(offset, reason)| (offset, reason.into()))
		);
	}

	#[tokio::test]
	async fn reading_should_wait_when_it_is_late_and_the_chain_would_still_take_it() {
		let mut scene = scene(vec![unsigned(0, 5)]).await;
		scene.change(|snapshot| snapshot.chain.measured_through = Some(7));
		scene.finalise(2, vec![unsigned(0, 4)], &[]).await;
		assert_eq!((scene.cursor(), scene.dead_letters()), (0, vec![]));
	}

	#[tokio::test]
	async fn nothing_should_be_swept_when_the_store_has_yet_to_catch_up_with_the_registry() {
		let mut scene = scene(vec![unsigned(0, 5)]).await;
		scene.change(|snapshot| {
			snapshot.chain.block = HEAD + 9;
			snapshot.chain.measured_through = Some(6);
		});
		// The registry says stale, for the blocks in which both were accepted come in another order.
		scene.finalise(HEAD + 8, vec![unsigned(0, 6)], &[]).await;
		assert_eq!(scene.cursor(), 0);
		scene.finalise(HEAD + 9, vec![unsigned(0, 5)], &[]).await;
		assert_eq!((scene.cursor(), scene.dead_letters()), (1, vec![]));
	}
}
