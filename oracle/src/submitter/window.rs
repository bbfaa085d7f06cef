//! What is on its way: which readings of the buffer are in which batch, and what became of it.
//!
//! No network and no disk here: the window is told what happened, and says what to do.

use super::batch::{plan, Batch, Limits, Row};
use crate::{
	buffer::{DeadLetter, Offset},
	facts::FinalisedBlock,
};
use std::collections::{BTreeSet, VecDeque};

/// Refusals that time cures: the chain's clock is a slot behind, or it has not measured that far after an outage.
const PASSING: [&str; 2] = ["future", "ahead"];
/// Finalised blocks to wait before a reading that was refused for a passing reason is sent again.
const PASSING_BLOCKS: u64 = 4;

/// A batch that was signed and handed to a node.
struct Sent<S> {
	batch: Batch,
	signed: S,
	hash: [u8; 32],
	/// The first block that can no longer include it.
	expires: u64,
}

/// The batches between the buffer and finality. `S` is whatever the sender needs in order to send one again.
pub struct Window<S> {
	/// The offset behind the last reading that was planned.
	next: Offset,
	/// Planned readings that are not done with.
	outstanding: BTreeSet<Offset>,
	unsent: VecDeque<Batch>,
	sent: Vec<Sent<S>>,
	/// Readings to plan again, and from which block on.
	passing: Vec<(u64, Row)>,
}

/// What a finalised block settled.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Settled {
	/// How many readings the chain accepted.
	pub accepted: usize,
	/// Readings that the chain refused for good.
	pub refused: Vec<DeadLetter>,
	/// Batches whose whole call failed, with the error's name; they are sent again.
	pub failed: Vec<String>,
	/// How many batches ran out of time; they are sent again.
	pub expired: usize,
}

impl<S> Window<S> {
	/// Begins behind what the buffer has settled.
	pub fn new(cursor: Offset) -> Self {
		Window {
			next: cursor,
			outstanding: BTreeSet::new(),
			unsent: VecDeque::new(),
			sent: Vec::new(),
			passing: Vec::new(),
		}
	}

	/// The offset behind the last reading that was planned.
	pub fn next(&self) -> Offset {
		self.next
	}

	/// The first offset that is not done with: up to it, the buffer may forget.
	pub fn cursor(&self) -> Offset {
		self.outstanding.first().copied().unwrap_or(self.next)
	}

	/// How many batches are on their way.
	pub fn in_flight(&self) -> usize {
		self.sent.len()
	}

	/// Takes rows from the buffer, in order. Those that the chain has already are done with.
	pub fn plan(&mut self, rows: impl IntoIterator<Item = (Row, bool)>, limits: Limits) {
		let mut fresh = Vec::new();
		for (row, known) in rows {
			self.next = row.0 + 1;
			if !known {
				self.outstanding.insert(row.0);
				fresh.push(row);
			}
		}
		self.unsent.extend(plan(fresh, limits));
	}

	/// Whether batches wait to be sent.
	pub fn has_unsent(&self) -> bool {
		!self.unsent.is_empty()
	}

	/// The chain takes less in one batch than before: what waits is split anew.
	pub fn replan(&mut self, limits: Limits) {
		let rows = self.unsent.drain(..).flat_map(|batch| batch.rows).collect();
		self.unsent.extend(plan(rows, limits));
	}

	/// The next batch to sign and send.
	pub fn take_unsent(&mut self) -> Option<Batch> {
		self.unsent.pop_front()
	}

	/// A batch could not be sent.
	pub fn put_back(&mut self, batch: Batch) {
		self.unsent.push_front(batch);
	}

	/// A batch was handed to a node.
	pub fn note_sent(&mut self, batch: Batch, signed: S, hash: [u8; 32], expires: u64) {
		self.sent.push(Sent {
			batch,
			signed,
			hash,
			expires,
		});
	}

	/// The batches that are on their way: a node that lost its pool gets them again, byte for byte.
	pub fn sent(&self) -> impl Iterator<Item = &S> {
		self.sent.iter().map(|sent| &sent.signed)
	}

	/// Takes in a finalised block.
	pub fn settle(&mut self, block: &FinalisedBlock, limits: Limits) -> Settled {
		let mut settled = Settled::default();
		for included in &block.batches {
			let Some(place) = self.sent.iter().position(|sent| sent.hash == included.hash) else {
				continue;
			};
			let batch = self.sent.swap_remove(place).batch;
			match &included.outcome {
				Ok(refused) => self.finish(batch, refused, block.number, &mut settled),
				Err(name) => {
					settled.failed.push(name.clone());
					self.unsent.push_back(batch);
				}
			}
		}
		let (expired, alive) = self.sent.drain(..).partition(|sent| sent.expires <= block.number);
		self.sent = alive;
		let expired: Vec<Sent<S>> = expired;
		settled.expired = expired.len();
		expired.into_iter().for_each(|sent| self.unsent.push_back(sent.batch));
		self.plan_passing(block.number, limits);
		settled
	}

	fn finish(&mut self, batch: Batch, refused: &[(u16, String)], block: u64, settled: &mut Settled) {
		let mut reasons = vec![None; batch.rows.len()];
		for (place, reason) in refused {
			if let Some(slot) = reasons.get_mut(usize::from(*place)) {
				*slot = Some(reason);
			}
		}
		for ((offset, signed), reason) in batch.rows.into_iter().zip(reasons) {
			match reason {
				Some(reason) if PASSING.contains(&&**reason) => {
					self.passing.push((block + PASSING_BLOCKS, (offset, signed)));
					continue;
				}
				Some(reason) => settled.refused.push(DeadLetter {
					offset,
					signed,
					reason: reason.clone(),
					block,
				}),
				None => settled.accepted += 1,
			}
			self.outstanding.remove(&offset);
		}
	}

	fn plan_passing(&mut self, block: u64, limits: Limits) {
		let (due, waiting) = self.passing.drain(..).partition(|(from, _)| *from <= block);
		self.passing = waiting;
		let due: Vec<(u64, Row)> = due;
		self.unsent
			.extend(plan(due.into_iter().map(|(_, row)| row).collect(), limits));
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{facts, testing::unsigned};

	const LIMITS: Limits = Limits { readings: 4, pages: 4 };

	/// A window with readings 0 to 9 planned, of devices 0 to 9, and all batches sent. Batch `n` has the hash `[n; 32]`.
	fn window() -> Window<u8> {
		let mut window = Window::new(0);
		window.plan((0..10).map(|n| ((n, unsigned(n as u32, 1)), false)), LIMITS);
		send_all(&mut window, 0, 100);
		window
	}

	fn send_all(window: &mut Window<u8>, first: u8, expires: u64) -> u8 {
		let mut hash = first;
		while let Some(batch) = window.take_unsent() {
			window.note_sent(batch, hash, [hash; 32], expires);
			hash += 1;
		}
		hash
	}

	fn block(number: u64, outcomes: &[(u8, Result<Vec<(u16, &str)>, &str>)]) -> FinalisedBlock {
		let batch = |(hash, outcome): &(u8, Result<Vec<(u16, &str)>, &str>)| facts::Batch {
			extrinsic: 2,
			hash: [*hash; 32],
			readings: Vec::new(),
			outcome: match outcome {
				Ok(refused) => Ok(refused
					.iter()
					.map(|(place, reason)| (*place, reason.to_string()))
					.collect()),
				Err(name) => Err(name.to_string()),
			},
		};
		FinalisedBlock {
			number,
			hash: [0; 32],
			time_ms: 0,
			batches: outcomes.iter().map(batch).collect(),
			facts: Vec::new(),
		}
	}

	#[test]
	fn cursor_should_wait_for_the_oldest_batch_when_a_later_one_is_final_first() {
		let mut window = window();
		assert_eq!((window.next(), window.cursor(), window.in_flight()), (10, 0, 3));
		assert_eq!(window.settle(&block(5, &[(1, Ok(vec![]))]), LIMITS).accepted, 4);
		assert_eq!(window.cursor(), 0);
		window.settle(&block(6, &[(0, Ok(vec![]))]), LIMITS);
		assert_eq!(window.cursor(), 8);
		window.settle(&block(7, &[(2, Ok(vec![]))]), LIMITS);
		assert_eq!((window.cursor(), window.in_flight()), (10, 0));
	}

	#[test]
	fn cursor_should_pass_readings_that_the_chain_has_already() {
		let mut window = Window::<u8>::new(5);
		window.plan((5..8).map(|n| ((n, unsigned(n as u32, 1)), true)), LIMITS);
		assert!(window.take_unsent().is_none());
		assert_eq!(window.cursor(), 8);
	}

	#[test]
	fn refused_reading_should_become_a_dead_letter_with_its_reason() {
		let mut window = window();
		let settled = window.settle(&block(5, &[(0, Ok(vec![(2, "implausible")]))]), LIMITS);
		let letter = DeadLetter {
			offset: 2,
			signed: unsigned(2, 1),
			reason: "implausible".into(),
			block: 5,
		};
		assert_eq!(
			settled,
			Settled {
				accepted: 3,
				refused: vec![letter],
				failed: vec![],
				expired: 0
			}
		);
		assert_eq!(window.cursor(), 4);
	}

	#[test]
	fn reading_should_be_sent_again_some_blocks_later_when_the_chain_s_clock_was_behind() {
		let mut window = window();
		for batch in 0..3 {
			window.settle(&block(5, &[(batch, Ok(vec![(1, "future")]))]), LIMITS);
		}
		assert_eq!(window.cursor(), 1);
		window.settle(&block(5 + PASSING_BLOCKS - 1, &[]), LIMITS);
		assert!(window.take_unsent().is_none());
		window.settle(&block(5 + PASSING_BLOCKS, &[]), LIMITS);
		let again = window.take_unsent().expect("planned again");
		assert_eq!(again.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 5, 9]);
		window.note_sent(again, 9, [9; 32], 100);
		window.settle(&block(12, &[(9, Ok(vec![]))]), LIMITS);
		assert_eq!(window.cursor(), 10);
	}

	#[test]
	fn batch_should_be_sent_again_when_its_call_failed() {
		let mut window = window();
		let settled = window.settle(&block(5, &[(0, Err("Telemetry.NotActive"))]), LIMITS);
		assert_eq!(
			(settled.accepted, settled.failed),
			(0, vec!["Telemetry.NotActive".to_string()])
		);
		assert_eq!(window.take_unsent().expect("again").rows.len(), 4);
		assert_eq!(window.cursor(), 0);
	}

	#[test]
	fn batch_should_be_sent_again_when_it_expired_and_not_a_block_earlier() {
		let mut window = window();
		assert_eq!(window.settle(&block(99, &[]), LIMITS).expired, 0);
		// The last block that can include it does.
		let settled = window.settle(&block(100, &[(1, Ok(vec![]))]), LIMITS);
		assert_eq!((settled.accepted, settled.expired, window.in_flight()), (4, 2, 0));
		let next = send_all(&mut window, 10, 200);
		window.settle(&block(110, &[(10, Ok(vec![])), (11, Ok(vec![]))]), LIMITS);
		assert_eq!((next, window.cursor()), (12, 10));
	}

	#[test]
	fn waiting_batches_should_be_split_anew_when_the_chain_takes_less() {
		let mut window = Window::<u8>::new(0);
		window.plan((0..10).map(|n| ((n, unsigned(n as u32, 1)), false)), LIMITS);
		window.replan(Limits { readings: 3, pages: 4 });
		let mut sizes = Vec::new();
		while let Some(batch) = window.take_unsent() {
			sizes.push(batch.rows.len());
		}
		assert_eq!((sizes, window.cursor()), (vec![3, 3, 3, 1], 0));
	}

	#[test]
	fn block_should_change_nothing_when_its_batches_are_of_other_carriers() {
		let mut window = window();
		assert_eq!(
			window.settle(&block(5, &[(77, Ok(vec![(0, "stale")]))]), LIMITS),
			Settled::default()
		);
		assert_eq!(window.in_flight(), 3);
	}
}
