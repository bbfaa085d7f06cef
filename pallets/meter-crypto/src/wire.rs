//! How checks travel to the host, and verdicts back.
//!
//! Checks are concatenated: `scheme u8 ‖ key (32 or 64 bytes, by scheme) ‖ signature 64 ‖ message length u16 ‖ message`,
//! little-endian. A malformed check is the single byte [`MALFORMED`], so that it keeps its place. Verdicts are a bitmap:
//! check `i` is bit `i % 8` of byte `i / 8`, set where the signature is valid.

#[cfg(not(substrate_runtime))]
use crate::check::MAX_MESSAGE_LEN;
use crate::check::{Check, Key, Scheme, WellFormed};
use alloc::vec::Vec;

/// Stands in the scheme's place for a check that has no verdict but `false`. No scheme may ever take this code.
const MALFORMED: u8 = u8::MAX;

/// Concatenate `checks`.
pub(crate) fn encode(checks: &[Check]) -> Vec<u8> {
	let checks = checks.iter().map(WellFormed::parse);
	let mut wire = Vec::with_capacity(
		checks
			.clone()
			.map(|check| check.map_or(1, |check| record_len(&check)))
			.sum(),
	);
	for check in checks {
		match check {
			Some(check) => push(&mut wire, &check),
			None => wire.push(MALFORMED),
		}
	}
	wire
}

fn record_len(check: &WellFormed) -> usize {
	let (_, key) = tagged(&check.key);
	1 + key.len() + check.signature.len() + 2 + check.message.len()
}

fn tagged<'a>(key: &Key<'a>) -> (Scheme, &'a [u8]) {
	match key {
		Key::Ed25519(key) => (Scheme::Ed25519, *key),
		Key::P256(key) => (Scheme::P256, *key),
	}
}

fn push(wire: &mut Vec<u8>, check: &WellFormed) {
	let (scheme, key) = tagged(&check.key);
	wire.push(scheme.into());
	wire.extend_from_slice(key);
	wire.extend_from_slice(check.signature);
	// A well-formed message is shorter than 2^16 bytes.
	wire.extend_from_slice(&(check.message.len() as u16).to_le_bytes());
	wire.extend_from_slice(check.message);
}

/// The checks in `wire`, in order; `None` for a malformed one. Ends early where the last record is cut short.
#[cfg(not(substrate_runtime))]
pub(crate) fn decode(mut wire: &[u8]) -> impl Iterator<Item = Option<WellFormed<'_>>> {
	core::iter::from_fn(move || take_record(&mut wire))
}

#[cfg(not(substrate_runtime))]
fn take_record<'a>(wire: &mut &'a [u8]) -> Option<Option<WellFormed<'a>>> {
	let [scheme] = take(wire)?;
	let key = match Scheme::try_from(*scheme) {
		Ok(Scheme::Ed25519) => Key::Ed25519(take(wire)?),
		Ok(Scheme::P256) => Key::P256(take(wire)?),
		Err(_) => return Some(None),
	};
	let signature = take(wire)?;
	let length = u16::from_le_bytes(*take(wire)?);
	let (message, rest) = wire.split_at_checked(length.into())?;
	*wire = rest;
	// As the callers see it: a message that is too long is malformed.
	Some((message.len() <= MAX_MESSAGE_LEN).then_some(WellFormed {
		key,
		message,
		signature,
	}))
}

#[cfg(not(substrate_runtime))]
fn take<'a, const N: usize>(wire: &mut &'a [u8]) -> Option<&'a [u8; N]> {
	let (head, rest) = wire.split_first_chunk()?;
	*wire = rest;
	Some(head)
}

/// Write `verdicts` into `bitmap`, as far as it reaches; the bits behind them are cleared.
#[cfg(not(substrate_runtime))]
pub(crate) fn pack(verdicts: &[bool], bitmap: &mut [u8]) {
	bitmap.fill(0);
	for (byte, bits) in bitmap.iter_mut().zip(verdicts.chunks(8)) {
		*byte = bits.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit));
	}
}

/// The first `count` verdicts of `bitmap`.
pub(crate) fn unpack(bitmap: &[u8], count: usize) -> impl Iterator<Item = bool> + '_ {
	bitmap
		.iter()
		.flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1))
		.take(count)
}
