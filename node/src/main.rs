//! The GridTokenX node.
//!
//! * `cli` says which commands and flags there are, `command` runs them;
//! * `chain_spec` finds the chain to run;
//! * `hub` names the hub from which a validator pulls readings;
//! * `service` wires the client, the pool, consensus and the network together;
//! * `rpc` adds the runtime's own methods to the standard ones.

mod chain_spec;
mod cli;
mod command;
mod hub;
mod rpc;
mod service;

fn main() -> sc_cli::Result<()> {
	command::run()
}
