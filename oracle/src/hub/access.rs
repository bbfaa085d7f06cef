//! Who may see what a single household does.

use super::{error::HubError, Hub};
use axum::http::{header::AUTHORIZATION, HeaderMap};
use sha2::{Digest, Sha256};

/// Figures about fewer meters than this say something about a household.
const MIN_METERS: u64 = 5;

impl Hub {
	/// Whether this is a development chain, where nothing is about real households.
	pub(super) fn is_open(&self) -> bool {
		self.registry
			.snapshot()
			.is_some_and(|snapshot| snapshot.chain.development)
	}

	/// Lets a request for a household's data pass if it shows the token.
	pub(super) fn authorise(&self, headers: &HeaderMap) -> Result<(), HubError> {
		let shown = headers
			.get(AUTHORIZATION)
			.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
		let granted = match (&self.token, shown) {
			(Some(token), Some(shown)) => is_same(token, shown),
			_ => false,
		};
		(granted || self.is_open()).then_some(()).ok_or(HubError::Unauthorised)
	}

	/// Whether sums over so many meters may be shown to everyone.
	pub(super) fn is_public(&self, meters: u64) -> bool {
		meters >= MIN_METERS || self.is_open()
	}
}

/// Compares digests, so that the time it takes tells nothing about the token.
fn is_same(token: &str, shown: &str) -> bool {
	Sha256::digest(token) == Sha256::digest(shown)
}
