//! Who brings what, and when: carriers take turns over the pages, so that no two validators bring the same.
//!
//! In a turn of four blocks, page `p` is the business of one carrier: the active ones are counted through, in the order of the
//! state, and turn by turn the pages move on by one. What a carrier that is away or has no worker leaves lying, another finds
//! in the next turn. Nobody begins in the last blocks of a turn: what went out before is in a block by then.

use crate::{carriers::CarrierOf, offchain::CarrierKeys, Carriers, Config};
use alloc::vec::Vec;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::SaturatedConversion;

/// Blocks in a turn.
const TURN: u64 = 4;
/// Blocks at a turn's beginning in which batches are sent.
const OPEN: u64 = 2;

/// A carrier whose key this node has.
pub(crate) struct OwnCarrier<AccountId> {
	/// Its account.
	pub account: AccountId,
	/// The most readings it may submit in a block.
	pub quota: u32,
	/// What it may bring now.
	pub share: Share,
}

/// A carrier's share of the pages at a block.
#[derive(Clone, Copy)]
pub(crate) struct Share {
	/// The carrier's place among the active ones.
	place: u64,
	/// How many there are.
	carriers: u64,
	block: u64,
}

impl Share {
	/// Whether batches are sent at this block.
	pub fn is_open(&self) -> bool {
		self.block % TURN < OPEN
	}

	/// Whether a page is in the share.
	pub fn has(&self, page: u32) -> bool {
		let turn = self.block / TURN;
		turn.saturating_add(page.into()).checked_rem(self.carriers) == Some(self.place)
	}
}

/// The first active carrier whose key is in the keystore.
pub(crate) fn own_carrier<T: Config>(block: BlockNumberFor<T>) -> Option<OwnCarrier<T::AccountId>> {
	let keys = T::CarrierKeys::accounts();
	if keys.is_empty() {
		return None;
	}
	let active: Vec<(T::AccountId, CarrierOf<T>)> =
		Carriers::<T>::iter().filter(|(_, carrier)| carrier.active).collect();
	let carriers = u64::try_from(active.len()).unwrap_or(u64::MAX);
	let mut places = (0u64..).zip(active);
	let (place, (account, carrier)) = places.find(|(_, (account, _))| keys.contains(account))?;
	Some(OwnCarrier {
		account,
		quota: carrier.quota,
		share: Share {
			place,
			carriers,
			block: block.saturated_into(),
		},
	})
}
