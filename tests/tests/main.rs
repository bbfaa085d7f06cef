//! End to end: real nodes, real oracles, real clients. Each file is a topic; the crate's documentation says how to run them.

mod flood;
mod meters_to_money;
mod node;
mod oracle_crash;
mod polkadot_js;
mod refusals;
