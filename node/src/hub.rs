//! Which hub this node's off-chain worker pulls readings from, and how the worker hears of it.
//!
//! The runtime reads it from the node's own off-chain storage, so that nothing of it is in the chain's state.

use codec::Encode;
use gridtokenx_primitives::hub::{HubAccess, ACCESS_KEY};
use sp_core::offchain::{OffchainStorage, STORAGE_PREFIX};
use std::{fs, path::PathBuf};
use url::{Host, Url};

/// The hub.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Carrying readings")]
pub struct HubArgs {
	/// Hub of an oracle from which this node pulls signed readings that nobody else has brought to the chain: an https address, or an
	/// http one on this machine. The node carries them under the carrier account whose key (type `carr`, sr25519) is in its
	/// keystore.
	#[arg(long, value_name = "URL", value_parser = hub_url)]
	pub hub_url: Option<String>,

	/// File with the hub's API token, where the hub wants one. It is read at the start and kept in the node's database.
	#[arg(long, value_name = "FILE", requires = "hub_url")]
	pub hub_token_file: Option<PathBuf>,
}

/// Checks a hub's address. What households measured crosses networks encrypted, or not at all.
fn hub_url(text: &str) -> Result<String, String> {
	let url = Url::parse(text).map_err(|error| error.to_string())?;
	let local = match url.host() {
		Some(Host::Domain(name)) => name == "localhost",
		Some(Host::Ipv4(address)) => address.is_loopback(),
		Some(Host::Ipv6(address)) => address.is_loopback(),
		None => false,
	};
	match url.scheme() {
		"https" => {}
		"http" if local => {}
		"http" => return Err("a hub on another machine has to be reached by https".into()),
		other => return Err(format!("a hub speaks https, or http on this machine, and not {other}")),
	}
	if !url.username().is_empty() || url.password().is_some() {
		return Err("the token goes into a file, see --hub-token-file".into());
	}
	if url.query().is_some() || url.fragment().is_some() {
		return Err("the address ends with its path".into());
	}
	Ok(url.as_str().trim_end_matches('/').into())
}

impl HubArgs {
	/// What the worker has to know; nothing without a hub.
	pub fn access(&self) -> Result<Option<HubAccess>, String> {
		let Some(url) = self.hub_url.clone() else {
			return Ok(None);
		};
		let read = |path: &PathBuf| {
			let text = fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
			let token = text.trim();
			// Anything else could not stand in a header.
			let shown = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
			shown
				.then(|| token.to_owned())
				.ok_or_else(|| format!("{} holds no token", path.display()))
		};
		let token = self.hub_token_file.as_ref().map(read).transpose()?;
		Ok(Some(HubAccess { url, token }))
	}
}

/// Tells the off-chain worker which hub to ask, or that there is none.
pub fn hand_over(storage: &mut impl OffchainStorage, access: Option<&HubAccess>) {
	match access {
		Some(access) => storage.set(STORAGE_PREFIX, ACCESS_KEY, &access.encode()),
		None => storage.remove(STORAGE_PREFIX, ACCESS_KEY),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_core::offchain::storage::InMemOffchainStorage;

	fn args(url: &str, token_file: Option<PathBuf>) -> HubArgs {
		HubArgs {
			hub_url: Some(hub_url(url).expect("an address of a hub")),
			hub_token_file: token_file,
		}
	}

	#[test]
	fn hub_should_be_taken_when_it_is_encrypted_or_on_this_machine() {
		for (given, kept) in [
			("https://hub.example", "https://hub.example"),
			("https://hub.example:8443/village/", "https://hub.example:8443/village"),
			("http://127.0.0.1:8420", "http://127.0.0.1:8420"),
			("http://127.8.8.8/", "http://127.8.8.8"),
			("http://[::1]:8420", "http://[::1]:8420"),
			("http://LOCALHOST:8420/", "http://localhost:8420"),
		] {
			assert_eq!(hub_url(given), Ok(kept.into()), "{given}");
		}
	}

	#[test]
	fn hub_should_be_refused_when_it_would_be_read_in_the_clear_or_names_more_than_a_place() {
		for (given, why) in [
			("http://hub.example", "https"),
			("http://192.168.1.7:8420", "https"),
			("http://0.0.0.0:8420", "https"),
			("http://localhost.example", "https"),
			("ftp://127.0.0.1", "ftp"),
			("hub.example", "relative URL"),
			("https://user@hub.example", "--hub-token-file"),
			("https://:secret@hub.example", "--hub-token-file"),
			("https://hub.example/?max=1", "path"),
			("https://hub.example/#top", "path"),
		] {
			let error = hub_url(given).expect_err(given);
			assert!(error.contains(why), "{given}: {error}");
		}
	}

	#[test]
	fn token_should_come_from_the_file_without_white_space() {
		let file = std::env::temp_dir().join(format!("gridtokenx-hub-token-{}", std::process::id()));
		fs::write(&file, " s3cret\n").expect("written");
		let access = args("https://hub.example", Some(file.clone())).access();
		assert_eq!(
			access.map(|access| access.and_then(|it| it.token)),
			Ok(Some("s3cret".into()))
		);
		for nothing in ["", "\n", "two words", "a\nb", "é"] {
			fs::write(&file, nothing).expect("written");
			let access = args("https://hub.example", Some(file.clone())).access();
			assert!(access.is_err_and(|error| error.contains("no token")), "{nothing:?}");
		}
		fs::remove_file(&file).expect("removed");
		assert!(args("https://hub.example", Some(file)).access().is_err());
	}

	#[test]
	fn worker_should_hear_of_the_hub_and_of_its_absence() {
		let mut storage = InMemOffchainStorage::default();
		let access = args("https://hub.example", None).access().expect("no file is read");
		hand_over(&mut storage, access.as_ref());
		assert_eq!(
			storage.get(STORAGE_PREFIX, ACCESS_KEY),
			Some(access.encode()[1..].to_vec())
		);
		hand_over(&mut storage, None);
		assert_eq!(storage.get(STORAGE_PREFIX, ACCESS_KEY), None);
	}
}
