//! The mathematics of the virtual power plant: pure functions on integers, which know nothing of storage.
//!
//! * [`response`]: how much power a frequency calls for;
//! * [`shedding`]: how many stages of load shedding it calls for;
//! * [`allocation`]: who does it;
//! * [`profile`]: what an asset was told to do, as energy per interval;
//! * [`baseline`]: what it would have done anyway;
//! * [`charge`]: what a battery holds between two reports;
//! * [`payment`]: what the difference is worth;
//! * [`calendar`]: intervals, and the days they belong to.

pub mod allocation;
pub mod baseline;
pub mod calendar;
pub mod charge;
pub mod payment;
pub mod profile;
pub mod response;
pub mod shedding;

#[cfg(test)]
mod vectors;
