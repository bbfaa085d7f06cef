//! How each pallet is set up, by theme.

mod accounts;
mod consensus;
mod governance;
mod system;

pub use accounts::{ProxyType, TreasuryAccount};
pub use governance::{CouncilCollective, CouncilMajority, CouncilTwoThirds};
