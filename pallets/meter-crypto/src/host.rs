//! The hosted path: the runtime hands its checks to the node.

#[cfg(not(substrate_runtime))]
use crate::{batch, keys};
use crate::{
	check::{Check, Scheme},
	wire,
};
use alloc::{vec, vec::Vec};
use sp_runtime_interface::{
	pass_by::{PassFatPointerAndRead, PassFatPointerAndWrite},
	runtime_interface,
};

/// Checks in one host call: bounds its memory, and is a multiple of the host's chunk so that chunks start at fixed places.
const CHECKS_PER_CALL: usize = 1_024;

/// Check signatures in batches, in the host. See [`verify_each`](crate::verify_each).
pub fn verify_each(checks: &[Check]) -> Vec<bool> {
	checks.chunks(CHECKS_PER_CALL).flat_map(call).collect()
}

/// Check one signature in the host. See [`verify`](crate::verify).
pub fn verify(check: &Check) -> bool {
	verify_each(core::slice::from_ref(check)) == [true]
}

/// Ask the host whether `key` may be registered. See [`is_valid_key`](crate::is_valid_key).
pub fn is_valid_key(scheme: Scheme, key: &[u8]) -> bool {
	meter_crypto::is_valid_key(scheme.into(), key)
}

fn call(checks: &[Check]) -> Vec<bool> {
	let mut verdicts = vec![0; checks.len().div_ceil(8)];
	meter_crypto::verify_batch(&wire::encode(checks), &mut verdicts);
	wire::unpack(&verdicts, checks.len()).collect()
}

/// The node's side. Stateless: it needs no externalities, and the same arguments give the same answer everywhere.
///
/// Once a chain has called a version of a function, its signature and its verdicts are consensus: a change is a new
/// `#[version]`.
#[runtime_interface]
pub trait MeterCrypto {
	/// Check the signatures in `checks`, a concatenation of `scheme u8 ‖ key (32 bytes for scheme 0, 64 for 1) ‖
	/// signature 64 ‖ message length u16 little-endian ‖ message`. Verdict `i` goes to bit `i % 8` of byte `i / 8` of
	/// `verdicts`. An unknown scheme is a record of that one byte, and invalid; so are a record cut short and a message above
	/// [`MAX_MESSAGE_LEN`](crate::MAX_MESSAGE_LEN).
	fn verify_batch(checks: PassFatPointerAndRead<&[u8]>, verdicts: PassFatPointerAndWrite<&mut [u8]>) {
		batch::verify(checks, verdicts)
	}

	/// Whether `key` may be registered under `scheme`. `false` for an unknown scheme or a wrong length.
	fn is_valid_key(scheme: u8, key: PassFatPointerAndRead<&[u8]>) -> bool {
		Scheme::try_from(scheme).is_ok_and(|scheme| keys::is_valid(scheme, key))
	}
}
