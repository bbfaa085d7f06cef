//! The oracle's command line.

use anyhow::Context;
use clap::Parser;
use gridtokenx_oracle::{
	chain::{AccountId32, Keypair},
	clear,
	config::{Cli, Command, KeysCommand},
	keys, run, simulate,
};
use std::{fs, io};
use tokio::signal::unix::{signal, SignalKind};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
	let cli = Cli::parse();
	log(cli.log_json);
	match cli.command {
		Command::Run(args) => run::run(args, asked_to_stop()?).await,
		Command::Simulate(args) => simulate::run(args, asked_to_stop()?).await,
		Command::Clear { book } => {
			let text = fs::read_to_string(&book).with_context(|| format!("cannot read {}", book.display()))?;
			println!("{}", clear::clear(&text)?);
			Ok(())
		}
		Command::Keys(command) => keys(command),
	}
}

/// Logs go to standard error. `RUST_LOG` chooses what: errors need someone now, warnings someone soon, info is for reading along.
fn log(json: bool) {
	let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,fjall=warn,lsm_tree=warn"));
	let log = tracing_subscriber::fmt()
		.with_env_filter(filter)
		.with_writer(io::stderr);
	if json {
		log.json().init();
	} else {
		log.init();
	}
}

/// Completes at SIGTERM or SIGINT.
fn asked_to_stop() -> io::Result<impl std::future::Future<Output = ()>> {
	let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
	Ok(async move {
		tokio::select! {
			_ = terminate.recv() => {},
			_ = interrupt.recv() => {},
		}
		tracing::info!("asked to stop");
	})
}

fn keys(command: KeysCommand) -> anyhow::Result<()> {
	match command {
		KeysCommand::Generate { file } => show(&keys::generate(&file)?),
		KeysCommand::Inspect { file, secret } => {
			let key = keys::read(&file)?;
			show(&key.pair);
			if key.is_well_known {
				println!("well known: derives from the development phrase");
			}
			if secret {
				println!(
					"secret:     {}",
					fs::read_to_string(&file).context("cannot read the key file")?.trim()
				);
			}
		}
	}
	Ok(())
}

fn show(pair: &Keypair) {
	let public = pair.public_key();
	println!("public key: 0x{}", hex::encode(public.0));
	println!("account:    {}", AccountId32::from(public));
}
