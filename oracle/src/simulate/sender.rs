//! Extrinsics of many accounts, many at a time: signed with explicit nonces, handed to the node, and followed until they are final.

use super::{
	follow::{Chain, Failure, Seen},
	village::Account,
};
use crate::chain::{Block, Call, ChainError, Client, SignedCall, H256};
use std::collections::HashMap;

/// Blocks for which a call may be included (a power of two).
const PERIOD: u64 = 32;

/// What a call was for, and what became of it.
pub struct Outcome<T> {
	/// What it was for.
	pub what: T,
	/// Whether it did what it was to do.
	pub result: Result<(), Failure>,
}

struct Pending<T> {
	what: T,
	account: [u8; 32],
	signed: SignedCall,
}

/// Sends calls and waits for what becomes of them. `T` says what a call is for.
pub struct Sender<T> {
	client: Client,
	head: Block,
	nonces: HashMap<[u8; 32], u64>,
	pending: HashMap<H256, Pending<T>>,
}

impl<T> Sender<T> {
	/// Nothing is on its way.
	pub async fn new(client: &Client) -> Result<Self, ChainError> {
		Ok(Sender {
			head: client.finalised().await?,
			client: client.clone(),
			nonces: HashMap::new(),
			pending: HashMap::new(),
		})
	}

	/// How many calls are on their way.
	pub fn pending(&self) -> usize {
		self.pending.len()
	}

	/// A call as bytes, for calls that take a call.
	pub fn call_data(&self, call: &Call) -> Result<Vec<u8>, ChainError> {
		self.head.call_data(call)
	}

	/// Signs a call and hands it to the node. Fails where the node will not have it: nothing was sent then.
	pub async fn send(&mut self, call: &Call, account: &Account, what: T) -> Result<(), ChainError> {
		let nonce = match self.nonces.get(&account.id) {
			Some(nonce) => *nonce,
			None => self.client.next_nonce(&account.id.into()).await?,
		};
		let signed = self.head.sign(call, &account.pair, nonce, PERIOD)?;
		if let Err(error) = self.client.submit(&signed).await {
			// The account's transactions may have gone another way than expected: ask again next time.
			self.nonces.remove(&account.id);
			return Err(error);
		}
		self.nonces.insert(account.id, nonce + 1);
		self.pending.insert(
			signed.hash(),
			Pending {
				what,
				account: account.id,
				signed,
			},
		);
		Ok(())
	}

	/// Takes in a finalised block: what became of calls that it includes, and of those that can no longer be included.
	pub async fn settle(&mut self, seen: &Seen) -> Result<Vec<Outcome<T>>, ChainError> {
		let mut outcomes = Vec::new();
		for (hash, result) in &seen.outcomes {
			if let Some(pending) = self.pending.remove(hash) {
				outcomes.push(Outcome {
					what: pending.what,
					result: result.clone(),
				});
			}
		}
		let is_over = |pending: &Pending<T>| pending.signed.expires() <= seen.number;
		let expired: Vec<H256> = self
			.pending
			.iter()
			.filter(|(_, pending)| is_over(pending))
			.map(|(hash, _)| *hash)
			.collect();
		for hash in expired {
			if let Some(pending) = self.pending.remove(&hash) {
				self.nonces.remove(&pending.account);
				let failure = Failure("it was not included in time".into());
				outcomes.push(Outcome {
					what: pending.what,
					result: Err(failure),
				});
			}
		}
		if seen.number > self.head.number() {
			self.head = self.client.block_at(seen.number).await?;
		}
		Ok(outcomes)
	}

	/// Waits until nothing is on its way, and tells of each outcome as it comes.
	pub async fn finish(
		&mut self,
		chain: &mut Chain,
		mut tell: impl FnMut(&Outcome<T>),
	) -> Result<Vec<Outcome<T>>, ChainError> {
		let mut outcomes = Vec::new();
		while self.pending() > 0 {
			let seen = chain.next().await?;
			let settled = self.settle(&seen).await?;
			settled.iter().for_each(&mut tell);
			outcomes.extend(settled);
		}
		Ok(outcomes)
	}
}
