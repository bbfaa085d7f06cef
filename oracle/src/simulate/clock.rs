//! The time by this machine's clock. On a development chain the slots, and with them the intervals, follow the same clock.

use gridtokenx_primitives::Interval;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now, Unix milliseconds.
pub fn now_ms() -> u64 {
	// A clock before 1970 is noticed when it is compared with the chain's.
	SystemTime::now()
		.duration_since(UNIX_EPOCH)
		.map_or(0, |now| now.as_millis() as u64)
}

/// The interval that is running.
pub fn interval(interval_seconds: u32) -> Interval {
	(now_ms() / 1_000 / u64::from(interval_seconds.max(1))) as Interval
}

/// When an interval begins, Unix seconds.
pub fn start_of(interval: Interval, interval_seconds: u32) -> u64 {
	u64::from(interval) * u64::from(interval_seconds)
}
