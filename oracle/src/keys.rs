//! The carrier's key: an sr25519 account that signs batches.
//!
//! A key is written as a secret URI: a phrase of words or `0x` and 32 bytes, with derivation steps behind it if need be. A URI of
//! steps alone, such as `//Carrier`, derives from the phrase that every development chain uses: everyone knows it.

use rand::RngCore;
use std::{
	fs::{self, OpenOptions},
	io::{self, Write},
	os::unix::fs::{OpenOptionsExt, PermissionsExt},
	path::Path,
	str::FromStr,
};
use subxt_signer::{bip39::Mnemonic, sr25519::Keypair, ExposeSecret, SecretUri, DEV_PHRASE};

/// What can be wrong with a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The text is no secret URI. What it says is not repeated here: it may be a secret with a typing error in it.
	#[error("this is no secret URI: neither a phrase of words nor 0x and 64 hexadecimal digits, with optional steps such as //carrier")]
	Malformed,
	/// The file cannot be read or written.
	#[error("key file {path}: {error}")]
	File {
		/// Which file.
		path: String,
		/// What is wrong.
		error: io::Error,
	},
}

/// A carrier's key, and whether everyone knows it.
#[derive(Clone)]
pub struct CarrierKey {
	/// The key.
	pub pair: Keypair,
	/// Whether it derives from the development phrase.
	pub is_well_known: bool,
}

/// The key pair of a secret URI.
pub fn pair(uri: &str) -> Result<Keypair, KeyError> {
	carrier(uri).map(|key| key.pair)
}

/// A carrier's key from a secret URI.
pub fn carrier(uri: &str) -> Result<CarrierKey, KeyError> {
	let uri = uri.trim();
	// An empty text would pass for the development phrase without steps.
	let secret = SecretUri::from_str(uri)
		.ok()
		.filter(|_| !uri.is_empty())
		.ok_or(KeyError::Malformed)?;
	let is_well_known = secret.phrase.expose_secret() == DEV_PHRASE;
	let pair = Keypair::from_uri(&secret).map_err(|_| KeyError::Malformed)?;
	Ok(CarrierKey { pair, is_well_known })
}

/// A carrier's key from a file that holds a secret URI.
pub fn read(path: &Path) -> Result<CarrierKey, KeyError> {
	let failed = |error| KeyError::File {
		path: path.display().to_string(),
		error,
	};
	let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
	if mode & 0o077 != 0 {
		tracing::warn!(path = %path.display(), mode = format!("{:o}", mode & 0o777), "others on this machine can read the key file");
	}
	carrier(&fs::read_to_string(path).map_err(failed)?)
}

/// Makes a new key and writes it into a new file that only its owner can read.
pub fn generate(path: &Path) -> Result<Keypair, KeyError> {
	let mut entropy = [0; 32];
	rand::rngs::OsRng.fill_bytes(&mut entropy);
	let phrase = Mnemonic::from_entropy(&entropy).map_err(|_| KeyError::Malformed)?;
	let written = OpenOptions::new()
		.write(true)
		.create_new(true)
		.mode(0o600)
		.open(path)
		.and_then(|mut file| writeln!(file, "{phrase}").and_then(|()| file.sync_all()));
	written.map_err(|error| KeyError::File {
		path: path.display().to_string(),
		error,
	})?;
	pair(&phrase.to_string())
}

#[cfg(test)]
mod tests {
	use super::*;

	/// The account of `//Alice`, as every development chain has it.
	const ALICE: &str = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

	#[test]
	fn key_should_be_well_known_when_it_derives_from_the_development_phrase() {
		let alice = carrier("//Alice").expect("a key");
		assert_eq!(hex::encode(alice.pair.public_key().0), ALICE);
		assert!(alice.is_well_known);
		assert!(carrier(&format!("{DEV_PHRASE}//Carrier")).expect("a key").is_well_known);
		assert!(!carrier(&format!("0x{}", "17".repeat(32))).expect("a key").is_well_known);
	}

	#[test]
	fn key_should_be_refused_without_being_repeated_when_it_is_malformed() {
		for uri in [
			"",
			"hello world",
			"0x12",
			"bottom drive obey lake curtain smoke basket hold race lonely fit",
		] {
			let error = carrier(uri).err().expect("malformed").to_string();
			assert!(uri.is_empty() || !error.contains(uri), "{error}");
		}
	}

	#[test]
	fn generated_key_should_be_read_back_from_a_file_that_only_its_owner_can_read() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("carrier.key");
		let made = generate(&path).expect("written");
		let read = read(&path).expect("read");
		assert_eq!(read.pair.public_key().0, made.public_key().0);
		assert!(!read.is_well_known);
		assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
	}

	#[test]
	fn generate_should_never_overwrite_a_file() {
		let folder = tempfile::tempdir().expect("a folder");
		let path = folder.path().join("carrier.key");
		generate(&path).expect("written");
		let before = fs::read(&path).expect("read");
		assert!(generate(&path).is_err());
		assert_eq!(fs::read(&path).expect("read"), before);
	}
}
