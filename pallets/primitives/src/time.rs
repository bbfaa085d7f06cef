//! Time on the chain: everything is reckoned in delivery intervals, and they follow from the consensus slot alone.

use crate::units::Interval;

/// Orders are taken for at most so many intervals ahead.
pub const HORIZON: Interval = 96;
/// A gap of at most so many intervals between two readings is filled by estimates.
pub const MAX_GAP: Interval = 8;
/// What could not be settled after so many intervals is closed undelivered.
pub const SETTLEMENT_LIMIT: Interval = 96;

/// The one clock of the runtime. Nothing compares timestamps by hand: `on_initialize` still sees the previous block's
/// timestamp, while the consensus slot is already this block's.
pub trait Clock {
	/// Start of the current slot, Unix milliseconds.
	fn now_ms() -> u64;

	/// Length of a delivery interval in seconds; fixed at genesis, divides 3,600.
	fn interval_seconds() -> u32;

	/// The interval that is running now.
	fn now() -> Interval {
		let seconds = Self::now_ms() / 1000;
		let interval = seconds.checked_div(u64::from(Self::interval_seconds())).unwrap_or(0);
		Interval::try_from(interval).unwrap_or(Interval::MAX)
	}

	/// When `interval` begins, Unix seconds. It ends when the next one begins.
	fn start_of(interval: Interval) -> u64 {
		u64::from(interval).saturating_mul(u64::from(Self::interval_seconds()))
	}
}
