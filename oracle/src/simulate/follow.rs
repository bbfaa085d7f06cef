//! Finalised blocks, one after the other, each looked at once.

use crate::chain::{Block, ChainError, Client, H256};
use futures::{Stream, StreamExt};
use std::{collections::HashMap, pin::Pin};
use subxt::{
	events::{Events, Phase},
	SubstrateConfig,
};

/// An event with its name and its fields, which decode by their names.
pub type ChainEvent<'a> = subxt::events::Event<'a, SubstrateConfig>;

/// A finalised block and what happened in it.
pub struct Seen {
	/// The block, for questions about its state.
	pub block: Block,
	/// Its number.
	pub number: u64,
	/// Its time, Unix milliseconds.
	pub time_ms: u64,
	/// Its events.
	pub events: Events<SubstrateConfig>,
	/// What became of its extrinsics, by their hash.
	pub outcomes: HashMap<H256, Result<(), Failure>>,
}

/// Why an extrinsic failed: the error's name, and what its documentation says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Seen {
	async fn of(block: Block) -> Result<Self, ChainError> {
		let extrinsics = block.extrinsics().await?;
		let events = block.events().await?;
		let mut outcomes: HashMap<H256, Result<(), Failure>> =
			extrinsics.iter().map(|extrinsic| (extrinsic.hash, Ok(()))).collect();
		for event in events.iter() {
			let event = event?;
			let (Some(failure), Phase::ApplyExtrinsic(index)) = (block.failure(&event), event.phase()) else {
				continue;
			};
			let failed = extrinsics.iter().find(|extrinsic| extrinsic.index == index);
			outcomes.extend(failed.map(|failed| (failed.hash, Err(Failure(failure.to_string())))));
		}
		let time_ms = Block::time_ms(&extrinsics).unwrap_or(0);
		Ok(Seen {
			number: block.number(),
			time_ms,
			events,
			outcomes,
			block,
		})
	}
}

/// The finalised chain from a block on.
pub struct Chain {
	client: Client,
	heads: Pin<Box<dyn Stream<Item = Result<u64, ChainError>> + Send>>,
	/// The next block to look at, and the last that is known to be final.
	next: u64,
	last: u64,
}

impl Chain {
	/// Follows from the block behind the present finalised one.
	pub async fn follow(client: &Client) -> Result<Self, ChainError> {
		let heads = client.finalised_numbers().await?;
		let head = client.finalised().await?.number();
		Ok(Chain {
			client: client.clone(),
			heads: Box::pin(heads),
			next: head + 1,
			last: head,
		})
	}

	/// The next finalised block, once there is one. Cancelling the wait loses nothing.
	pub async fn next(&mut self) -> Result<Seen, ChainError> {
		while self.next > self.last {
			let head = self
				.heads
				.next()
				.await
				.ok_or_else(|| ChainError::Connect("the node ended the stream of finalised blocks".into()))??;
			self.last = self.last.max(head);
		}
		let seen = Seen::of(self.client.block_at(self.next).await?).await?;
		self.next += 1;
		Ok(seen)
	}
}
