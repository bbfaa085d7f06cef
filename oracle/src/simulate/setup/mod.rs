//! Brings the village onto the chain: accounts, zones, devices, programmes of the virtual power plant.
//!
//! By ordinary extrinsics of those who would send them: the council, the registrar, the households. Every step looks at the chain
//! first and does what is missing, so that the set-up can be run again, and goes on where a crash has stopped it.

mod devices;
mod flexibility;
mod governance;
mod money;
mod progress;
mod world;

use super::{
	follow::Chain,
	sender::Sender,
	village::{Account, Village},
	wire,
};
use crate::{
	chain::{Call, ChainError, Client},
	keys::KeyError,
};
pub use governance::{MarketRules, ROOT};
use gridtokenx_primitives::{DeviceId, Price, ZoneId};
use progress::Step;
use std::collections::HashMap;
use world::World;

/// Calls in one batch: what fits a block with room to spare.
const CHUNK: usize = 40;

/// Why the village cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
	/// The chain or the node failed.
	#[error(transparent)]
	Chain(#[from] ChainError),
	/// Calls were refused.
	#[error("{step}: {failed} of {total} calls failed; the first: {what}: {why}")]
	Refused {
		/// The step.
		step: String,
		/// How many failed.
		failed: usize,
		/// Of how many.
		total: usize,
		/// What the first that failed was for.
		what: String,
		/// Why it failed.
		why: String,
	},
	/// The chain is not as it would be after the step.
	#[error("{0}")]
	Unexpected(String),
}

/// The accounts of a development chain that play a part.
pub struct Roles {
	/// The council of one, and the purse.
	pub alice: Account,
	/// Attests devices.
	pub registrar: Account,
	/// Runs the virtual power plant.
	pub vpp_operator: Account,
	/// Buys what is left over.
	pub supplier: Account,
}

impl Roles {
	/// The well-known accounts.
	pub fn new() -> Result<Self, KeyError> {
		Ok(Roles {
			alice: Account::new("//Alice")?,
			registrar: Account::new("//Registrar")?,
			vpp_operator: Account::new("//VppOperator")?,
			supplier: Account::new("//Supplier")?,
		})
	}
}

/// Where the village is on the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
	/// The chain's numbers of the grid's zones, in their order.
	pub zones: Vec<ZoneId>,
	/// The chain's numbers of the devices, by their names.
	pub devices: HashMap<String, DeviceId>,
}

/// The set-up under way.
pub struct Setup<'a> {
	client: &'a Client,
	chain: &'a mut Chain,
	sender: Sender<String>,
	village: &'a Village,
	roles: &'a Roles,
	interval_seconds: u32,
	wheeling_per_kwh: Price,
}

/// A call that a step makes, who signs it, and what it is for.
type Errand<'a> = (Call, &'a Account, String);

impl<'a> Setup<'a> {
	/// Sets the village up. Lines cost `wheeling_per_kwh` planck per kWh.
	pub async fn run(
		client: &'a Client,
		chain: &'a mut Chain,
		village: &'a Village,
		roles: &'a Roles,
		interval_seconds: u32,
		wheeling_per_kwh: Price,
	) -> Result<Placed, SetupError> {
		let sender = Sender::new(client).await?;
		let mut setup = Setup {
			client,
			chain,
			sender,
			village,
			roles,
			interval_seconds,
			wheeling_per_kwh,
		};
		let mut placed = Placed::default();
		setup.fund().await?;
		placed.zones = setup.govern().await?;
		setup.devices(&mut placed).await?;
		setup.flexibility(&placed).await?;
		Ok(placed)
	}

	/// Sends the calls of a step and waits until all are final.
	async fn carry_out(&mut self, step: &str, errands: Vec<Errand<'_>>) -> Result<(), SetupError> {
		let mut progress = Step::new(step, errands.len());
		let total = errands.len();
		for (call, account, what) in errands {
			self.sender.send(&call, account, what).await?;
		}
		let outcomes = self.sender.finish(self.chain, |_| progress.advance()).await?;
		progress.finish();
		let mut failures = outcomes
			.into_iter()
			.filter_map(|outcome| Some((outcome.what, outcome.result.err()?)));
		match failures.next() {
			None => Ok(()),
			Some((what, why)) => Err(SetupError::Refused {
				step: step.into(),
				failed: failures.count() + 1,
				total,
				what,
				why: why.to_string(),
			}),
		}
	}

	/// Batches calls of one account.
	fn batches<'b>(&self, calls: &[Call], account: &'b Account, what: &str) -> Result<Vec<Errand<'b>>, ChainError> {
		let batch = |chunk: &[Call]| {
			let call = wire::batch_all(chunk, |call| self.sender.call_data(call))?;
			Ok((call, account, what.to_string()))
		};
		calls.chunks(CHUNK).map(batch).collect()
	}
}
