//! Every account of the village gets enough to live on.

use super::{super::wire::Address, Setup, SetupError, World};
use crate::chain::Call;
use codec::Compact;
use gridtokenx_primitives::{units::GRX, Balance};

/// What an account gets: deposits, fees and trades of a long simulation come to a fraction of it.
const ALLOWANCE: Balance = 200 * GRX;

impl Setup<'_> {
	/// Gives every account that has less than half of the allowance the whole of it.
	pub(super) async fn fund(&mut self) -> Result<(), SetupError> {
		let head = self.client.finalised().await?;
		let balances = World::new(&head).free_balances().await?;
		let is_poor = |id: &[u8; 32]| balances.get(id).is_none_or(|free| *free < ALLOWANCE / 2);
		let poor = self.village.accounts().map(|account| account.id).filter(is_poor);
		let transfers: Vec<Call> = poor
			.map(|id| Call::new("Balances", "transfer_keep_alive", (Address::Id(id), Compact(ALLOWANCE))))
			.collect();
		let name = format!("funding {} accounts", transfers.len());
		let batches = self.batches(&transfers, &self.roles.alice, "transfers of //Alice")?;
		self.carry_out(&name, batches).await
	}
}
