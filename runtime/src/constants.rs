//! Numbers that several parts of the runtime share.

use crate::{Balance, BlockNumber};
use frame_support::weights::{constants::WEIGHT_REF_TIME_PER_MILLIS, Weight};
use gridtokenx_primitives::units::GRX;
use sp_runtime::Perbill;

/// Length of a consensus slot, and so the time between two blocks. Fixed at genesis: delivery intervals are reckoned in slots.
pub const SLOT_MILLIS: u64 = 3_000;
/// Blocks in a minute.
pub const MINUTES: BlockNumber = 60_000 / (SLOT_MILLIS as BlockNumber);
/// Blocks in an hour.
pub const HOURS: BlockNumber = MINUTES * 60;
/// Blocks in a day.
pub const DAYS: BlockNumber = HOURS * 24;

/// A thousandth of a GRX.
pub const MILLI_GRX: Balance = GRX / 1_000;
/// A millionth of a GRX.
pub const MICRO_GRX: Balance = GRX / 1_000_000;
/// An account with less than this is removed.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI_GRX;

/// What `items` entries of `bytes` bytes in all cost their depositor while they are stored.
pub const fn deposit(items: u32, bytes: u32) -> Balance {
	(items as Balance) * 20 * MILLI_GRX + (bytes as Balance) * 100 * MICRO_GRX
}

/// Computation in one block: half a slot, so that importing it leaves time to spare.
pub const MAX_BLOCK_WEIGHT: Weight = Weight::from_parts(WEIGHT_REF_TIME_PER_MILLIS * (SLOT_MILLIS / 2), u64::MAX);
/// The largest block, bytes. The proposer stops a little earlier by itself.
pub const MAX_BLOCK_LENGTH: u32 = 4 * 1024 * 1024;
/// The share of a block that ordinary transactions may fill.
pub const NORMAL_RATIO: Perbill = Perbill::from_percent(75);
/// The share of a block's start that hooks are expected to use.
pub const ON_INITIALIZE_RATIO: Perbill = Perbill::from_percent(5);
/// The share of a block that each kind of deferred work (measuring, settling, closing) may use when there is work.
pub const SERVICE_RATIO: Perbill = Perbill::from_percent(20);
