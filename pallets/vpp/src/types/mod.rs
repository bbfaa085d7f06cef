//! What the pallet stores and what its calls take.

mod asset;
mod dispatch;
mod program;
mod signal;
mod window;

pub use asset::{rating_w, Asset, Engagement, Enrolment, MeteringPoint, Site};
pub use dispatch::{Activation, Basis, Instruction, Outcome, Phase, Progress, Tally};
pub use program::{BaselineRule, Heeded, Live, Product, Program, ProgramStatus, Slot, Terms, MAX_OPEN, MAX_ZONES};
pub use signal::{GridFrequency, Need, Rank, Sample, SensorReading, Signal, Withheld, MAX_SAMPLES, MAX_SENSORS};
pub use window::{Busy, Window, Windows, MAX_WINDOWS};

/// Number of a program.
pub type ProgramId = u32;
/// Number of a dispatch event: rises over all programs, so that a device sees rising numbers.
pub type DispatchId = u64;
