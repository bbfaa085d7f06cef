//! How each pallet is set up, by theme.

mod accounts;
mod consensus;
mod energy;
mod governance;
mod offchain;
mod system;

pub use accounts::{ProxyType, TreasuryAccount};
pub use energy::GridFundAccount;
pub use governance::{CouncilCollective, CouncilMajority, CouncilTwoThirds};
pub use offchain::KeystoreCarriers;
