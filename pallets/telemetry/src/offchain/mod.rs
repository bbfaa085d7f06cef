//! The off-chain worker: a validator that pulls readings from a hub and carries them itself.
//!
//! Oracle services bring readings within seconds. What none of them has brought two intervals later, validators bring: they ask the
//! hub that their operators have chosen for what waits in its buffer, check again all that a carrier answers for with its bond,
//! and submit what the state lacks, each under a carrier account of its own whose key lies in its keystore.
//!
//! A worker runs at every new best block, beside the node's other work, and keeps nothing in the chain's state. It does nothing
//! unless the node was started with a hub and has the key of an active carrier.

pub mod crypto;
mod fetch;
pub(crate) mod layout;
mod memory;
pub(crate) mod turn;

use crate::{
	batch::{count_readings, sift},
	Config, Pallet,
};
use alloc::vec::Vec;
use fetch::{fetch, Problem};
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_primitives::{
	hub::{HubAccess, ACCESS_KEY, MAX_BATCH},
	reading::Page,
	Clock, Interval, SignedReading,
};
use layout::lay_out;
use memory::MemoryOf;
use sp_runtime::{
	offchain::{
		storage::StorageValueRef,
		storage_lock::{StorageLock, Time},
		Duration,
	},
	traits::SaturatedConversion,
	BoundedVec,
};
use turn::{own_carrier, OwnCarrier};

/// Intervals after its own from which a reading is a worker's business. Until then, it is the oracles'.
pub const LAG: Interval = 2;
/// Blocks for which a batch is good from the one at which it is signed; after them, one that is in no block has been lost.
pub const MORTALITY: u32 = 16;
/// Most requests to the hub in one run.
const MAX_REQUESTS: u32 = 8;
/// Time for all requests of one run, milliseconds: less than a slot.
const PATIENCE: Duration = Duration::from_millis(2_000);
/// A run that has not ended by then has failed, milliseconds.
const LOCK_EXPIRY: Duration = Duration::from_millis(10_000);
/// Held while a worker runs: the next block's may begin before it has ended.
const LOCK_KEY: &[u8] = b"gridtokenx/carrying";
/// How often an operator is told that the node has a hub and no key, in blocks.
const REMINDER: u64 = 200;
/// Where log lines come from.
const LOG_TARGET: &str = "runtime::telemetry";

/// The keys of carriers in a node's keystore, as the runtime reaches them. `()` has none.
pub trait CarrierKeys<AccountId, MaxPages> {
	/// Accounts whose keys are in the keystore.
	fn accounts() -> Vec<AccountId>;

	/// Signs `submit_readings` as `account`, with its next nonce, and hands it to the node's pool. Says whether the pool took it.
	fn submit(account: &AccountId, pages: BoundedVec<Page, MaxPages>) -> bool;
}

impl<AccountId, MaxPages> CarrierKeys<AccountId, MaxPages> for () {
	fn accounts() -> Vec<AccountId> {
		Vec::new()
	}

	fn submit(_: &AccountId, _: BoundedVec<Page, MaxPages>) -> bool {
		false
	}
}

/// What the worker does after `block`.
pub(crate) fn work<T: Config>(block: BlockNumberFor<T>) {
	let Ok(Some(hub)) = StorageValueRef::persistent(ACCESS_KEY).get::<HubAccess>() else {
		return;
	};
	let mut lock = StorageLock::<Time>::with_deadline(LOCK_KEY, LOCK_EXPIRY);
	let Ok(_held) = lock.try_lock() else { return };
	let Some(carrier) = own_carrier::<T>(block) else {
		if block.saturated_into::<u64>() % REMINDER == 0 {
			log::warn!(
				target: LOG_TARGET,
				"There is a hub to pull readings from, and no key of an active carrier in the keystore: insert one of type carr, \
				have it admitted and bond it",
			);
		}
		return;
	};
	let mut memory = MemoryOf::<T>::load();
	let nonce = frame_system::Pallet::<T>::account_nonce(&carrier.account);
	if !carrier.share.is_open() || memory.is_waiting(&carrier.account, nonce, block) {
		return;
	}
	let worker = Worker::<T> {
		hub,
		carrier,
		now: T::Clock::now(),
	};
	if worker.run(&mut memory) {
		memory.note_sent(worker.carrier.account, nonce, block);
	}
	memory.save();
}

/// One run.
struct Worker<T: Config> {
	hub: HubAccess,
	carrier: OwnCarrier<T::AccountId>,
	now: Interval,
}

impl<T: Config> Worker<T> {
	/// Pulls and submits. Says whether the pool took a batch.
	fn run(&self, memory: &mut MemoryOf<T>) -> bool {
		let mut after = memory.after;
		let gathered = self.gather(&mut after);
		self.report(memory, gathered.as_ref().err());
		let Ok(readings) = gathered else { return false };
		let (pages, whole) = lay_out(readings, self.limit(), T::MaxPages::get());
		let pages = sift::<T>(pages);
		let count = count_readings(&pages);
		if whole || count == 0 {
			// Otherwise the next run looks at the same readings again: those that went out by then are no longer wanted.
			memory.after = after;
		}
		count > 0 && self.submit(count, BoundedVec::truncate_from(pages))
	}

	/// Readings that are due, from offset `after` on, which moves beyond what was looked at: to the buffer's start after its end.
	fn gather(&self, after: &mut u64) -> Result<Vec<SignedReading>, Problem> {
		let deadline = sp_io::offchain::timestamp().add(PATIENCE);
		let mut gathered = Vec::new();
		for _ in 0..MAX_REQUESTS {
			let batch = fetch(&self.hub, *after, deadline)?;
			let at_end = batch.readings.is_empty();
			*after = if at_end { 0 } else { batch.next };
			gathered.extend(batch.readings.into_iter().filter(|signed| self.is_due(signed)));
			if at_end || gathered.len() >= self.limit() {
				break;
			}
		}
		Ok(gathered)
	}

	/// Whether a reading is this carrier's to bring, now.
	fn is_due(&self, SignedReading { reading, .. }: &SignedReading) -> bool {
		self.carrier.share.has(reading.page())
			&& reading.interval.saturating_add(LAG) <= self.now
			&& Pallet::<T>::wants(reading.device, reading.interval)
	}

	/// The most readings in a batch.
	fn limit(&self) -> usize {
		usize::try_from(self.carrier.quota.min(MAX_BATCH)).unwrap_or(usize::MAX)
	}

	fn submit(&self, count: u32, pages: BoundedVec<Page, T::MaxPages>) -> bool {
		let account = &self.carrier.account;
		let taken = T::CarrierKeys::submit(account, pages);
		if taken {
			log::info!(target: LOG_TARGET, "{count} readings that nobody else has brought are on their way, carried by {account:?}");
		} else {
			log::warn!(target: LOG_TARGET, "The pool did not take {count} readings carried by {account:?}; they are tried again");
		}
		taken
	}

	/// Tells the operator when the hub fails, and when it answers again; not at every block.
	fn report(&self, memory: &mut MemoryOf<T>, problem: Option<&Problem>) {
		let url = &self.hub.url;
		match problem {
			Some(problem) if !memory.failing => {
				log::warn!(target: LOG_TARGET, "No readings from the hub {url}: {problem}")
			}
			None if memory.failing => log::info!(target: LOG_TARGET, "The hub {url} answers again"),
			_ => {}
		}
		memory.failing = problem.is_some();
	}
}
