//! Carries what is in the buffer to the chain.
//!
//! Batches are signed, handed to the node's pool, and found again in finalised blocks; only then does the buffer forget them. What
//! the pool loses is handed to it again byte for byte, what expires is signed anew: a reading may reach the chain twice, and
//! counts once, because meters send registers. After a restart the store says what the chain has already.

mod batch;
mod window;

pub use batch::{plan, Batch, Limits, Row};
pub use window::{Settled, Window};

use crate::{
	buffer::{Buffer, BufferError, DeadLetter, Offset},
	chain::{AccountId32, Block, Call, ChainError, Client, Keypair, SignedCall},
	facts::FinalisedBlock,
	metrics::Metrics,
	store::{Store, StoreError},
};
use codec::{Decode, Encode};
use std::{sync::Arc, time::Duration};
use tokio::{
	sync::mpsc,
	time::{interval, Instant, MissedTickBehavior},
};

/// Batches on their way at once. The chain lets an account's nonces run 16 ahead; the rest is room for what is sent again.
const PIPELINE: usize = 8;
/// Most readings in one batch: at 92 bytes each, about 95 kB.
const BATCH: usize = 1024;
/// For how many blocks a signed batch may be included.
const PERIOD: u64 = 64;
/// Every so many finalised blocks a node is handed again what is on its way: it may have restarted with an empty pool.
const REMIND: u64 = 8;
/// How long readings gather before a batch goes out that is not full.
const GATHER: Duration = Duration::from_secs(1);
/// How long to wait after the pool refused a batch, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// What can end a session of submitting.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
	/// The node failed; connecting again may help.
	#[error(transparent)]
	Chain(#[from] ChainError),
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

/// What the registry of carriers says about this one: the beginning of its record.
#[derive(Decode)]
struct Carrier {
	_owner: [u8; 32],
	quota: u32,
	_bond: u128,
	active: bool,
}

/// Submits on behalf of one carrier account. Lives through any number of connections.
pub struct Submitter {
	buffer: Buffer,
	store: Arc<Store>,
	metrics: Metrics,
	signer: Keypair,
	window: Window<SignedCall>,
	/// Refused readings that are not on disk yet.
	refused: Vec<DeadLetter>,
	limits: Limits,
	pause: Duration,
	resume: Instant,
}

impl Submitter {
	/// Begins behind what the buffer has settled.
	pub fn new(buffer: Buffer, store: Arc<Store>, metrics: Metrics, signer: Keypair) -> Self {
		let window = Window::new(buffer.cursor());
		let limits = Limits {
			readings: BATCH,
			pages: 1,
		};
		Submitter {
			buffer,
			store,
			metrics,
			signer,
			window,
			refused: Vec::new(),
			limits,
			pause: PAUSES.0,
			resume: Instant::now(),
		}
	}

	/// Submits over one connection until it fails, or until `blocks` ends. Not to be cancelled while the submitter lives on: a batch
	/// could get lost on its way from one state to the next.
	pub async fn run(
		&mut self,
		client: &Client,
		mut blocks: mpsc::Receiver<Arc<FinalisedBlock>>,
	) -> Result<(), SubmitError> {
		self.read_limits(&client.finalised().await?).await?;
		self.remind(client).await;
		let mut end = self.buffer.watch_end();
		let mut gather = interval(GATHER);
		gather.set_missed_tick_behavior(MissedTickBehavior::Delay);
		loop {
			let full = tokio::select! {
				block = blocks.recv() => {
					let Some(block) = block else { return Ok(()) };
					self.settle(client, &block).await?;
					true
				},
				_ = gather.tick() => false,
				changed = end.changed() => {
					if changed.is_err() {
						return Err(BufferError::Stopped.into());
					}
					true
				},
			};
			if Instant::now() >= self.resume {
				self.send(client, full).await?;
			}
		}
	}

	/// How much the chain takes in one batch of this carrier.
	async fn read_limits(&mut self, block: &Block) -> Result<(), SubmitError> {
		let account = AccountId32::from(self.signer.public_key());
		let carrier: Option<Carrier> = block.storage("Telemetry", "Carriers", &[account.encode()]).await?;
		match &carrier {
			Some(carrier) if carrier.active => {}
			Some(_) => tracing::warn!(%account, "the carrier is not active: its owner has to bond the minimum"),
			None => {
				tracing::warn!(%account, "not admitted as a carrier: readings are kept until governance admits the account")
			}
		}
		let quota = carrier.map_or(BATCH, |carrier| carrier.quota as usize);
		let pages: u32 = block.constant("Telemetry", "MaxPages")?;
		let limits = Limits {
			readings: BATCH.min(quota).max(1),
			pages: pages as usize,
		};
		if limits.readings < self.limits.readings || limits.pages < self.limits.pages {
			self.window.replan(limits);
		}
		self.limits = limits;
		Ok(())
	}

	/// Takes in a finalised block.
	async fn settle(&mut self, client: &Client, block: &FinalisedBlock) -> Result<(), SubmitError> {
		let Settled {
			accepted,
			refused,
			failed,
			expired,
		} = self.window.settle(block, self.limits);
		self.refused.extend(refused);
		self.metrics.finalised.inc_by(accepted as u64);
		self.metrics.resigned.inc_by((expired + failed.len()) as u64);
		self.metrics.in_flight.set(self.window.in_flight() as i64);
		if expired > 0 {
			tracing::warn!(
				block = block.number,
				batches = expired,
				"batches were not included in time; they are signed again"
			);
		}
		for error in &failed {
			tracing::error!(block = block.number, %error, "a batch failed; it is sent again");
			self.back_off();
		}
		let cursor = self.window.cursor();
		if cursor > self.buffer.cursor() || !self.refused.is_empty() {
			self.forget(cursor).await?;
		}
		if block.number % REMIND == 0 {
			self.remind(client).await;
		}
		Ok(())
	}

	/// Lets the buffer forget what is done with, and keeps what the chain refused.
	async fn forget(&mut self, cursor: Offset) -> Result<(), SubmitError> {
		let (buffer, store, refused) = (self.buffer.clone(), self.store.clone(), self.refused.clone());
		let work = move || -> Result<Vec<DeadLetter>, SubmitError> {
			// A reading that went out twice is stale the second time. The store heard of the first before anyone else.
			let known = store.has(refused.iter().map(|letter| &letter.signed))?;
			let lost = refused.into_iter().zip(known).filter(|(_, known)| !known);
			let lost: Vec<_> = lost.map(|(letter, _)| letter).collect();
			buffer.settle(cursor, &lost)?;
			Ok(lost)
		};
		let kept = tokio::task::spawn_blocking(work).await??;
		self.refused.clear();
		for letter in kept {
			self.metrics.refuse(&letter.reason);
			let (device, interval) = (letter.signed.reading.device, letter.signed.reading.interval);
			tracing::warn!(
				device,
				interval,
				reason = letter.reason,
				"the chain refused a reading; it is kept as a dead letter"
			);
		}
		Ok(())
	}

	/// Hands the node what is on its way. Most of it the node has: its complaints mean nothing.
	async fn remind(&self, client: &Client) {
		for signed in self.window.sent() {
			if let Err(error) = client.submit(signed).await {
				tracing::debug!(%error, "the node has this batch, or will not have it");
			}
		}
	}

	/// Sends what there is room for; a batch that is not full only if `full` is not asked for.
	async fn send(&mut self, client: &Client, full: bool) -> Result<(), SubmitError> {
		if self.window.in_flight() >= PIPELINE {
			return Ok(());
		}
		self.plan(full).await?;
		if !self.window.has_unsent() {
			return Ok(());
		}
		let block = client.finalised().await?;
		while self.window.in_flight() < PIPELINE {
			let Some(batch) = self.window.take_unsent() else { break };
			if !self.send_batch(client, &block, batch).await? {
				break;
			}
		}
		self.metrics.in_flight.set(self.window.in_flight() as i64);
		Ok(())
	}

	/// Takes readings from the buffer, unless batches wait already.
	async fn plan(&mut self, full: bool) -> Result<(), SubmitError> {
		let from = self.window.next();
		let waiting = self.buffer.end().saturating_sub(from);
		if waiting == 0 || self.window.has_unsent() || (full && waiting < self.limits.readings as u64) {
			return Ok(());
		}
		let (buffer, store, max) = (self.buffer.clone(), self.store.clone(), PIPELINE * self.limits.readings);
		let work = move || -> Result<Vec<(Row, bool)>, SubmitError> {
			let rows = buffer.read(from, max)?;
			let known = store.has(rows.iter().map(|(_, signed)| signed))?;
			Ok(rows.into_iter().zip(known).collect())
		};
		let rows = tokio::task::spawn_blocking(work).await??;
		self.window.plan(rows, self.limits);
		Ok(())
	}

	/// Signs a batch and hands it to the node. `false` where the pool will not have it now.
	async fn send_batch(&mut self, client: &Client, block: &Block, batch: Batch) -> Result<bool, SubmitError> {
		let signed = match self.sign(client, block, &batch).await {
			Ok(signed) => signed,
			Err(error) => {
				self.window.put_back(batch);
				return Err(error.into());
			}
		};
		match client.submit(&signed).await {
			Ok(()) => {
				self.metrics.submitted.inc_by(batch.rows.len() as u64);
				let (hash, expires) = (signed.hash().0, signed.expires());
				self.window.note_sent(batch, signed, hash, expires);
				self.pause = PAUSES.0;
				Ok(true)
			}
			Err(error) => {
				tracing::warn!(%error, readings = batch.rows.len(), "the node did not take a batch; it is tried again");
				self.window.put_back(batch);
				self.back_off();
				if !error.is_refusal() {
					return Err(error.into());
				}
				// The reason may be that the carrier's admission changed.
				self.read_limits(&client.finalised().await?).await?;
				Ok(false)
			}
		}
	}

	async fn sign(&self, client: &Client, block: &Block, batch: &Batch) -> Result<SignedCall, ChainError> {
		let call = Call::new("Telemetry", "submit_readings", (&batch.pages,));
		let nonce = client.next_nonce(&self.signer.public_key().into()).await?;
		block.sign(&call, &self.signer, nonce, PERIOD)
	}

	fn back_off(&mut self) {
		self.resume = Instant::now() + self.pause;
		self.pause = (self.pause * 2).min(PAUSES.1);
	}
}
