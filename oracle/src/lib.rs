//! The GridTokenX oracle: from the meter to the chain, and back to whoever asks.
//!
//! ```text
//! meters ──HTTP──▶ hub ──▶ buffer ──▶ submitter ──▶ node
//!                   ▲ │                   ▲           │ finalised blocks
//!                   │ └──── store ◀───────┴─ follower ◀┘
//!                registry ◀─────────────────────┘
//! ```
//!
//! * [`hub`] takes readings over HTTP, checks them against the [`registry`], and answers once the [`buffer`] has them on disk;
//! * [`submitter`] carries them to the chain, and lets the buffer forget what is final;
//! * [`sweeper`] only lets it forget, where validators pull from the hub and carry themselves;
//! * [`follower`] reads finalised blocks into the [`store`], which answers the hub's questions;
//! * [`chain`] talks to a node, for the simulator and the tests as well;
//! * [`clear`] answers what the market would make of a book;
//! * [`simulate`] is a village of signing meters on a development chain.
//!
//! From meter to buffer a reading arrives at least once, on the chain it counts once. The oracle takes readings while the node is
//! away, and after being killed at any moment it goes on where it was.

pub mod buffer;
pub mod chain;
pub mod clear;
pub mod config;
pub mod facts;
pub mod follower;
pub mod hub;
pub mod keys;
pub mod meter;
pub mod metrics;
pub mod reading;
pub mod reason;
pub mod registry;
pub mod run;
pub mod screen;
pub mod simulate;
pub mod store;
pub mod submitter;
pub mod sweeper;
pub mod verify;

#[cfg(test)]
mod testing;
