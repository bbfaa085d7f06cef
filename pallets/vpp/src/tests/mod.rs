//! Tests by topic.

mod acknowledge;
mod charge;
mod dispatch;
mod end_to_end;
mod enrolment;
mod frequency;
mod history;
mod invariants;
mod payment;
mod program;
mod proof;
mod setpoints;
mod shedding;
mod signal;
mod withheld;
mod work;
