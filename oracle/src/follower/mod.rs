//! Follows the finalised chain, block by block, and tells everyone what it says.
//!
//! In this order: the store first, so that nobody hears of what could be forgotten; then the registry, the buffer and those who
//! listen. After an interruption it goes on from the store's last block.

mod decode;

use crate::{
	buffer::Buffer,
	chain::{Block, ChainError, Client},
	facts::{Fact, FinalisedBlock, Stage},
	hub::{BlockNews, News},
	metrics::Metrics,
	registry::{refresh, Pages, Registry, Snapshot},
	store::{Store, StoreError},
};
use decode::{Decoded, RegistryChange};
use futures::StreamExt;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Blocks before the present that are read on the first start. Older ones are history that this oracle has no part in, and most
/// nodes keep the state of only the last few hundred.
const HISTORY: u64 = 200;

/// What can end the following.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
	/// The node failed; connecting again may help.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// The store failed.
	#[error(transparent)]
	Store(#[from] StoreError),
	/// What was stored is of another chain.
	#[error("the data folder belongs to another chain ({stored}) than the node's ({found}): choose another folder")]
	OtherChain {
		/// Genesis hash in the store, or hash of the block where they part.
		stored: String,
		/// The node's.
		found: String,
	},
	/// The node ended the stream of blocks.
	#[error("the node ended the stream of finalised blocks")]
	Ended,
	/// A worker panicked.
	#[error("a worker failed: {0}")]
	Worker(#[from] tokio::task::JoinError),
}

/// What following needs.
#[derive(Clone)]
pub struct Follower {
	/// Where blocks are written.
	pub store: Arc<Store>,
	/// What is kept up to date.
	pub registry: Registry,
	/// Told what it may forget.
	pub buffer: Buffer,
	/// Told where the chain stands.
	pub metrics: Metrics,
	/// Told what a block brought.
	pub news: News,
}

impl Follower {
	/// Follows until something fails. Every block goes to `blocks` after it is written.
	pub async fn run(&self, client: &Client, blocks: mpsc::Sender<Arc<FinalisedBlock>>) -> Result<(), FollowError> {
		// Subscribed before the head is asked for, so that no block falls between the two.
		let mut heads = client.finalised_numbers().await?;
		let head = client.finalised().await?;
		let mut next = self.begin(client, &head).await?;
		let mut last = head.number();
		loop {
			while next <= last {
				let block = client.block_at(next).await?;
				match self.take(&block).await {
					Ok(block) => {
						if blocks.send(block).await.is_err() {
							return Ok(());
						}
						next += 1;
					}
					Err(FollowError::Chain(error)) if error.is_pruned() && next < last => {
						let kept = first_with_state(client, next, last).await?;
						tracing::warn!(
							from = next,
							to = kept - 1,
							"the node has thrown the state of these blocks away; they are skipped"
						);
						next = kept;
					}
					Err(error) => return Err(error),
				}
			}
			last = heads.next().await.ok_or(FollowError::Ended)??.max(last);
		}
	}

	/// Reads the registry as of the head, and says which block to read first.
	async fn begin(&self, client: &Client, head: &Block) -> Result<u64, FollowError> {
		let store = self.store.clone();
		let (kept, last) = blocking(move || Ok((store.load_registry()?, store.last_block()?))).await?;
		let found = client.genesis();
		if let Some(kept) = kept.filter(|kept| kept.chain.genesis != found) {
			return Err(FollowError::OtherChain {
				stored: hex::encode(kept.chain.genesis),
				found: hex::encode(found),
			});
		}
		if let Some((number, stored)) = last.filter(|(number, _)| *number <= head.number()) {
			// A development chain that was started anew has the same genesis.
			let found = client.block_at(number).await?.hash().0;
			if found != stored {
				return Err(FollowError::OtherChain {
					stored: hex::encode(stored),
					found: hex::encode(found),
				});
			}
		}
		let chain = refresh::read_chain(client, head).await?;
		let pages = refresh::read_all_pages(head).await?;
		let snapshot = refresh::snapshot(chain, &pages);
		tracing::info!(
			block = head.number(),
			meters = snapshot.meter_count(),
			"read the registry"
		);
		self.keep(snapshot, pages).await?;
		Ok(last.map_or(head.number().saturating_sub(HISTORY).max(1), |(number, _)| number + 1))
	}

	/// Reads one block and passes it on.
	async fn take(&self, block: &Block) -> Result<Arc<FinalisedBlock>, FollowError> {
		let Decoded {
			block: facts,
			registry_change,
		} = decode::read(block).await?;
		let mut snapshot = Snapshot::clone(&*self.registry.snapshot().ok_or(ChainError::NoBlock)?);
		// While catching up, the registry is newer than the block: it was read at the head.
		if block.number() > snapshot.chain.block {
			let pages = match registry_change {
				RegistryChange::Pages(numbers) => refresh::read_pages(block, numbers).await?,
				RegistryChange::All => refresh::read_all_pages(block).await?,
			};
			pages
				.iter()
				.for_each(|(number, meters)| snapshot.set_page(*number, meters.clone()));
			let measured = facts.facts.iter().filter_map(|(_, fact)| match fact {
				Fact::Interval(interval, Stage::Measured) => Some(*interval),
				_ => None,
			});
			snapshot.chain.measured_through = measured.max().max(snapshot.chain.measured_through);
			snapshot.chain.block = block.number();
			self.keep(snapshot.clone(), pages).await?;
		}

		let (store, facts) = (self.store.clone(), Arc::new(facts));
		let written = facts.clone();
		blocking(move || store.apply(&written, &snapshot)).await?;
		self.tell(&facts);
		Ok(facts)
	}

	/// Makes a snapshot the present one, on disk first.
	async fn keep(&self, snapshot: Snapshot, pages: Pages) -> Result<(), FollowError> {
		let (store, chain) = (self.store.clone(), snapshot.chain.clone());
		blocking(move || store.save_registry(&chain, &pages)).await?;
		if let Some(through) = snapshot.chain.measured_through {
			// A stopped buffer is noticed by whoever runs the service.
			let _ = self.buffer.forget_through(through).await;
		}
		self.registry.replace(snapshot);
		Ok(())
	}

	fn tell(&self, block: &FinalisedBlock) {
		let accepted = || block.batches.iter().flat_map(|batch| batch.accepted());
		self.registry
			.note_readings(accepted().map(|signed| (signed.reading.device, signed.reading.interval)));
		self.metrics.last_block.set(block.number as i64);
		self.metrics.last_block_time.set((block.time_ms / 1000) as i64);
		let count = |is: fn(&Fact) -> bool| block.facts.iter().filter(|(_, fact)| is(fact)).count();
		self.news.tell(BlockNews {
			block: block.number,
			time_ms: block.time_ms,
			accepted: accepted().count(),
			refused: block.batches.iter().map(|batch| batch.refused()).sum(),
			fills: count(|fact| matches!(fact, Fact::Fill(_))),
			dispatches: count(|fact| matches!(fact, Fact::Dispatch(_))),
		});
	}
}

/// The first block from `low` on whose state the node still has; at the latest `high`.
async fn first_with_state(client: &Client, mut low: u64, mut high: u64) -> Result<u64, ChainError> {
	while low < high {
		let middle = low + (high - low) / 2;
		match client.block_at(middle).await?.events().await {
			Ok(_) => high = middle,
			Err(error) if error.is_pruned() => low = middle + 1,
			Err(error) => return Err(error),
		}
	}
	Ok(high)
}

async fn blocking<T: Send + 'static>(
	work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, FollowError> {
	Ok(tokio::task::spawn_blocking(work).await??)
}
