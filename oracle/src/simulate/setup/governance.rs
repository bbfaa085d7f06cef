//! What the council decides for the village: its zones, who registers devices in them, and the market's rules.

use super::{
	super::wire::{self, LineTerms, Parameters},
	Setup, SetupError, World,
};
use crate::chain::{AccountId32, Block, Call, ChainError};
use gridtokenx_primitives::{units::GRX, Interval, Price, Wh, ZoneId};
use subxt::ext::scale_decode::{self, DecodeAsType};

/// The zone without a parent.
pub const ROOT: ZoneId = 0;

/// The market's rules as they stand.
#[derive(Clone, Debug, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct MarketRules {
	/// The feed-in tariff, planck per kWh.
	pub floor: Price,
	/// The supply tariff, planck per kWh.
	pub cap: Price,
	/// The market's fee, planck per kWh.
	pub fee: Price,
	/// The lot, Wh.
	pub lot_wh: Wh,
	/// The tick, planck per kWh.
	pub tick: Price,
	/// The supplier that buys what is left over.
	pub residual_supplier: Option<AccountId32>,
	/// For how many intervals credits are traded.
	pub spot_window: Interval,
}

impl MarketRules {
	/// The rules for markets that open now; none before governance set any.
	pub async fn read(block: &Block) -> Result<Option<Self>, ChainError> {
		block.value("Dex", "Rules", &[]).await
	}
}

/// The rules of a market that has none: tariffs as in much of Europe, at 1 GRX for 1 EUR.
const RULES: Parameters = Parameters {
	floor: 80 * GRX / 1_000,
	cap: 300 * GRX / 1_000,
	shortfall_price: 220 * GRX / 1_000,
	fee: GRX / 1_000,
	lot_wh: 1,
	tick: GRX / 1_000,
	price_rule: 0,
	residual_supplier: None,
	spot_window: 2,
};

impl Setup<'_> {
	/// Has the council decide what is missing, in one motion. The zones of the village.
	pub(super) async fn govern(&mut self) -> Result<Vec<ZoneId>, SetupError> {
		let head = self.client.finalised().await?;
		let (calls, expected) = self.missing(&head).await?;
		if !calls.is_empty() {
			let encode = |call: &Call| self.sender.call_data(call);
			let motion = wire::propose(&wire::batch_all(&calls, encode)?, encode)?;
			let what = "the motion of the council".to_string();
			let step = format!("council: {} decisions, {} zones", calls.len(), expected.len());
			self.carry_out(&step, vec![(motion, &self.roles.alice, what)]).await?;
		}
		let zones = World::new(&self.client.finalised().await?).zones(self.village).await?;
		if zones != expected {
			return Err(SetupError::Unexpected(format!(
				"the zones of the village should be {expected:?}, and the chain has {zones:?}: has the grid's lines.csv changed \
				 since the first run?"
			)));
		}
		Ok(zones)
	}

	/// The decisions that are missing, and the village's zones once they are made.
	async fn missing(&self, head: &Block) -> Result<(Vec<Call>, Vec<ZoneId>), ChainError> {
		let world = World::new(head);
		let (mut calls, mut zones) = (Vec::new(), world.zones(self.village).await?);
		if MarketRules::read(head).await?.is_none() {
			let rules = Parameters {
				residual_supplier: Some(self.roles.supplier.id),
				..RULES
			};
			calls.push(Call::new("Dex", "set_parameters", (rules,)));
		}
		let mut next = world.next_zone().await?;
		for zone in self.village.grid.zones.iter().skip(zones.len()) {
			// The busbar hangs by the root, the feeders by the busbar.
			let parent = zones.first().copied().unwrap_or(ROOT);
			let terms = LineTerms {
				to_parent_w: zone.capacity_w,
				from_parent_w: zone.capacity_w,
				wheeling_per_kwh: self.wheeling_per_kwh,
				loss_per_kwh: 0,
			};
			calls.push(Call::new("Grid", "add_zone", (parent, self.village.operator.id, terms)));
			zones.push(next);
			next += 1;
		}
		let mut registrar_zones = world.registrar_zones(&self.roles.registrar).await?;
		let missing: Vec<ZoneId> = zones
			.iter()
			.copied()
			.filter(|zone| !registrar_zones.contains(zone))
			.collect();
		if !missing.is_empty() {
			registrar_zones.extend(missing);
			let registrar = (self.roles.registrar.id, registrar_zones);
			calls.push(Call::new("DeviceRegistry", "appoint_registrar", registrar));
		}
		Ok((calls, zones))
	}
}
