//! One file per topic. All run in `ExtBuilder::build_and_execute`, which checks the invariants.

mod closing;
mod consume;
mod interval_set;
mod invariants;
mod market;
mod model;
mod retire;
mod settle;
mod transfer;
