//! What a node's worker remembers from block to block, in the node's own storage.

use crate::offchain::MORTALITY;
use codec::{Codec, Decode, Encode};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::{offchain::storage::StorageValueRef, traits::AtLeast32BitUnsigned};

const KEY: &[u8] = b"gridtokenx/carried";

/// The memory of a runtime's worker.
pub(super) type MemoryOf<T> =
	Memory<<T as frame_system::Config>::AccountId, <T as frame_system::Config>::Nonce, BlockNumberFor<T>>;

/// The last batch that was handed to the pool.
#[derive(Encode, Decode)]
struct Sent<AccountId, Nonce, BlockNumber> {
	account: AccountId,
	nonce: Nonce,
	block: BlockNumber,
}

#[derive(Encode, Decode)]
pub(super) struct Memory<AccountId, Nonce, BlockNumber> {
	sent: Option<Sent<AccountId, Nonce, BlockNumber>>,
	/// The offset to ask the hub for.
	pub after: u64,
	/// Whether the hub failed last time.
	pub failing: bool,
}

impl<AccountId: Codec + PartialEq, Nonce: Codec + Ord, BlockNumber: Codec + AtLeast32BitUnsigned + Copy>
	Memory<AccountId, Nonce, BlockNumber>
{
	/// What was saved last, or nothing.
	pub fn load() -> Self {
		let saved = StorageValueRef::persistent(KEY).get().ok().flatten();
		saved.unwrap_or(Self {
			sent: None,
			after: 0,
			failing: false,
		})
	}

	/// Keeps it. Only one worker runs at a time.
	pub fn save(&self) {
		StorageValueRef::persistent(KEY).set(self);
	}

	/// Whether the account's last batch may still be on its way. `nonce` is the account's next one at `block`.
	pub fn is_waiting(&self, account: &AccountId, nonce: Nonce, block: BlockNumber) -> bool {
		self.sent.as_ref().is_some_and(|sent| {
			sent.account == *account && nonce <= sent.nonce && block < sent.block.saturating_add(MORTALITY.into())
		})
	}

	/// Notes that a batch was handed to the pool.
	pub fn note_sent(&mut self, account: AccountId, nonce: Nonce, block: BlockNumber) {
		self.sent = Some(Sent { account, nonce, block });
	}
}
