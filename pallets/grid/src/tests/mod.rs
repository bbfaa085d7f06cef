//! One file per topic. All run in `ExtBuilder::build_and_execute`, which checks the invariants.

mod calendar;
mod commitments;
mod genesis;
mod halts;
mod history;
mod invariants;
mod lines;
mod network;
mod zones;
