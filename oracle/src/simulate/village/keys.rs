//! Keys of the village: accounts from the development phrase, device keys from the seed.

use crate::{
	keys::{self, KeyError},
	meter::MeterKey,
};
use sha2::{Digest, Sha256};
use subxt_signer::sr25519::Keypair;

/// An account of the village.
pub struct Account {
	/// How it derives from the development phrase; polkadot.js apps and wallets take it as it is.
	pub uri: String,
	/// Its key.
	pub pair: Keypair,
	/// Its address, 32 bytes.
	pub id: [u8; 32],
}

impl Account {
	/// The account of a secret URI.
	pub fn new(uri: &str) -> Result<Self, KeyError> {
		let pair = keys::pair(uri)?;
		Ok(Account {
			uri: uri.into(),
			id: pair.public_key().0,
			pair,
		})
	}
}

/// Makes the keys of one village.
pub(super) struct KeyMaker {
	grid: String,
	seed: u64,
}

impl KeyMaker {
	pub fn new(grid: &str, seed: u64) -> Self {
		KeyMaker {
			grid: grid.into(),
			seed,
		}
	}

	/// `//village//<grid>//<name>`.
	pub fn account(&self, name: &str) -> Result<Account, KeyError> {
		Account::new(&format!("//village//{}//{name}", self.grid))
	}

	pub fn ed25519(&self, name: &str) -> MeterKey {
		MeterKey::ed25519(self.secret("ed25519", name, 0))
	}

	pub fn p256(&self, name: &str) -> MeterKey {
		// All but one in 2^32 numbers of 32 bytes are keys of this curve.
		(0..)
			.find_map(|attempt| MeterKey::p256(self.secret("p256", name, attempt)))
			.expect("one of 2^64 attempts gives a key")
	}

	/// A number that belongs to a name.
	pub fn number(&self, name: &str) -> u64 {
		let [a, b, c, d, ..] = self.secret("number", name, 0);
		u64::from(u32::from_le_bytes([a, b, c, d]))
	}

	fn secret(&self, purpose: &str, name: &str, attempt: u64) -> [u8; 32] {
		let mut hash = Sha256::new();
		for part in ["gridtokenx village", &*self.grid, purpose, name] {
			hash.update((part.len() as u64).to_le_bytes());
			hash.update(part);
		}
		hash.update(self.seed.to_le_bytes());
		hash.update(attempt.to_le_bytes());
		hash.finalize().into()
	}
}
