//! What the operator says: flags, or the environment variables that their help names.

use crate::simulate::SimulateArgs;
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// The GridTokenX oracle.
///
/// Takes signed readings in from meters, keeps them until the chain has them, and shows what the chain made of them.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
	/// What to do.
	#[command(subcommand)]
	pub command: Command,
	/// Write logs as JSON, one object a line.
	#[arg(long, global = true, env = "GRIDTOKENX_LOG_JSON")]
	pub log_json: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
	/// Run the service.
	Run(RunArgs),
	/// Run a village of simulated meters against a development chain and a hub.
	Simulate(SimulateArgs),
	/// Clear a book of orders as the chain would, JSON in and out.
	Clear {
		/// The book: zones, offers, bids and the price rule.
		book: PathBuf,
	},
	/// Make a carrier's key, or look at one.
	#[command(subcommand)]
	Keys(KeysCommand),
}

/// How to run the service.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
	/// Websocket of the node to follow and submit to.
	#[arg(long, env = "GRIDTOKENX_NODE", default_value = "ws://127.0.0.1:9944")]
	pub node: String,
	/// Address to serve HTTP on. Put a proxy with TLS in front of anything but this machine.
	#[arg(long, env = "GRIDTOKENX_LISTEN", default_value = "127.0.0.1:8420")]
	pub listen: SocketAddr,
	/// Folder for the buffer and the store. One chain, one folder.
	#[arg(long, env = "GRIDTOKENX_DATA")]
	pub data: PathBuf,
	/// The carrier's key.
	#[command(flatten)]
	pub carrier: CarrierArgs,
	/// Most readings that wait for the chain; beyond it, meters are told to come back later. One takes about 150 bytes of disk.
	#[arg(long, env = "GRIDTOKENX_BUFFER_READINGS", default_value_t = 5_000_000, value_parser = clap::value_parser!(u32).range(10_000..))]
	pub buffer_readings: u32,
	/// What clients show to see a single household's data, as `Authorization: Bearer …`. Without it nobody sees any, except on a
	/// development chain.
	#[arg(long, env = "GRIDTOKENX_API_TOKEN", hide_env_values = true)]
	pub api_token: Option<String>,
}

/// Which account carries the readings. Without one they are kept until somebody else has carried them: validators that pull from here.
#[derive(Clone, Debug, Args)]
#[group(multiple = false)]
pub struct CarrierArgs {
	/// File with the secret URI of the carrier's key.
	#[arg(long, env = "GRIDTOKENX_CARRIER_KEY_FILE")]
	pub carrier_key_file: Option<PathBuf>,
	/// Secret URI of a well-known key, such as //Carrier. Development chains only.
	#[arg(long, value_name = "URI")]
	pub dev_carrier: Option<String>,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
	/// Make a new key, write it into a new file, and show its account.
	Generate {
		/// The file; it must not exist.
		file: PathBuf,
	},
	/// Show the account of a key file.
	Inspect {
		/// The file.
		file: PathBuf,
		/// Show the secret as well.
		#[arg(long)]
		secret: bool,
	},
}

#[cfg(test)]
mod tests {
	use super::*;
	use clap::CommandFactory;

	#[test]
	fn command_line_should_be_consistent() {
		Cli::command().debug_assert();
	}

	#[test]
	fn carrier_should_be_given_once() {
		let both = [
			"oracle",
			"run",
			"--data",
			"d",
			"--dev-carrier",
			"//Carrier",
			"--carrier-key-file",
			"f",
		];
		assert!(Cli::try_parse_from(both).is_err());
		assert!(Cli::try_parse_from(&both[..6]).is_ok());
		assert!(Cli::try_parse_from(&both[..4]).is_ok());
	}
}
