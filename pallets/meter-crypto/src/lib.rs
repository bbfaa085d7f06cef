#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(not(substrate_runtime))]
mod batch;
mod check;
#[cfg(not(all(substrate_runtime, feature = "pure")))]
pub mod host;
#[cfg(any(not(substrate_runtime), feature = "pure"))]
mod keys;
#[cfg(any(not(substrate_runtime), feature = "pure"))]
pub mod pure;
#[cfg(not(all(substrate_runtime, feature = "pure")))]
mod wire;

pub use check::{Check, Scheme, UnknownScheme, MAX_MESSAGE_LEN};
/// What the node registers with its executor, beside the SDK's own host functions.
#[cfg(not(substrate_runtime))]
pub use host::meter_crypto::HostFunctions;

use alloc::vec::Vec;
#[cfg(not(feature = "pure"))]
use host as path;
#[cfg(feature = "pure")]
use pure as path;

/// Check many signatures at once: verdict `i` is whether `checks[i]` is valid.
///
/// Schemes may be mixed. A verdict never depends on the other checks: it always equals that of [`verify`]. What is
/// malformed (a key of the wrong length or off its curve, a message above [`MAX_MESSAGE_LEN`], a scalar out of range)
/// is `false`. Stateless: works without externalities.
///
/// Keys are taken as they come, of small order too. What is registered must pass [`is_valid_key`] first.
pub fn verify_each(checks: &[Check]) -> Vec<bool> {
	path::verify_each(checks)
}

/// Check one signature.
pub fn verify(check: &Check) -> bool {
	path::verify(check)
}

/// Whether a device may register `key`.
///
/// An Ed25519 key must be the canonical encoding of a point of prime order: one of small order accepts a single
/// signature for any message. A P-256 key must be x‖y, 64 bytes, of a point on the curve. `false` for anything else.
pub fn is_valid_key(scheme: Scheme, key: &[u8]) -> bool {
	path::is_valid_key(scheme, key)
}
