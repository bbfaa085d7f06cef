//! What is checked: a signature scheme, a public key, a message and a signature.

/// The longest message that is checked, in bytes. A longer one is malformed: its verdict is `false`.
///
/// Device messages have 59 to 162 bytes. The bound keeps one host call below 4.4 MB, far from the 32 MiB that a
/// runtime can allocate at once.
pub const MAX_MESSAGE_LEN: usize = 4_096;

/// A signature scheme that meters speak. The discriminants are the codes on the chain and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Scheme {
	/// Ed25519 (RFC 8032) verified by ZIP-215 rules. Keys have 32 bytes.
	Ed25519 = 0,
	/// ECDSA over P-256 with SHA-256. Keys are x‖y, 64 bytes; signatures are r‖s, high s accepted.
	P256 = 1,
}

impl From<Scheme> for u8 {
	fn from(scheme: Scheme) -> Self {
		scheme as u8
	}
}

/// A code that stands for no known [`Scheme`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownScheme(pub u8);

impl TryFrom<u8> for Scheme {
	type Error = UnknownScheme;

	fn try_from(code: u8) -> Result<Self, UnknownScheme> {
		match code {
			0 => Ok(Self::Ed25519),
			1 => Ok(Self::P256),
			unknown => Err(UnknownScheme(unknown)),
		}
	}
}

/// One signature to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check<'a> {
	/// The scheme of the key.
	pub scheme: Scheme,
	/// The public key, in the encoding its scheme prescribes.
	pub key: &'a [u8],
	/// The bytes that were signed, at most [`MAX_MESSAGE_LEN`].
	pub message: &'a [u8],
	/// The signature: R‖s for Ed25519, r‖s for P-256.
	pub signature: &'a [u8; 64],
}

/// A public key of the right length for its scheme. Nothing is known about its value yet.
#[derive(Clone, Copy)]
pub(crate) enum Key<'a> {
	Ed25519(&'a [u8; 32]),
	P256(&'a [u8; 64]),
}

impl<'a> Key<'a> {
	pub(crate) fn parse(scheme: Scheme, key: &'a [u8]) -> Option<Self> {
		match scheme {
			Scheme::Ed25519 => key.try_into().ok().map(Self::Ed25519),
			Scheme::P256 => key.try_into().ok().map(Self::P256),
		}
	}
}

/// A check whose lengths are right. Every path starts from it, so that all agree on what is malformed.
#[derive(Clone, Copy)]
pub(crate) struct WellFormed<'a> {
	pub(crate) key: Key<'a>,
	pub(crate) message: &'a [u8],
	pub(crate) signature: &'a [u8; 64],
}

impl<'a> WellFormed<'a> {
	pub(crate) fn parse(check: &Check<'a>) -> Option<Self> {
		let key = Key::parse(check.scheme, check.key)?;
		(check.message.len() <= MAX_MESSAGE_LEN).then_some(Self {
			key,
			message: check.message,
			signature: check.signature,
		})
	}
}
