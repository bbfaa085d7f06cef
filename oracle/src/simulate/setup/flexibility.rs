//! The virtual power plant: two programmes, and the village's assets in them.

use super::{
	super::{
		village::Role,
		wire::{self, Allocation, Asset, Baseline, MeteringPoint, Product, ProgramTerms},
	},
	Errand, Placed, Setup, SetupError, World,
};
use crate::chain::Call;
use gridtokenx_primitives::{units::GRX, Balance};

/// What each programme may spend.
const BUDGET: Balance = 1_000 * GRX;
/// What an owner puts on hold against penalties.
const BOND: Balance = 5 * GRX;
/// Asking price of batteries and of loads, planck per kWh.
const PRICES: (Balance, Balance) = (250 * GRX / 1_000, 200 * GRX / 1_000);
/// How long before it begins an asset wants to be told, seconds: instructions count once they are final.
const NOTICE: u32 = 12;
/// The longest a load stays off, seconds.
const LONGEST_OFF: u32 = 3_600;

/// Batteries answer the frequency by the figures of the European continent: nothing within 10 mHz, everything at 200 mHz.
pub const CONTAINMENT: Product = Product::FrequencyContainment(50_000, 10, 200, 5);
/// The village's switchable loads go at 49.85 Hz, early enough to be seen: Europe begins at 49.0 Hz.
pub const SHEDDING: Product = Product::shedding(49_850, 1_000, 50);

impl Setup<'_> {
	/// Creates and funds the programmes, and enrols the assets.
	pub(super) async fn flexibility(&mut self, placed: &Placed) -> Result<(), SetupError> {
		self.programs(placed).await?;
		let head = self.client.finalised().await?;
		let world = World::new(&head);
		let operator = &self.roles.vpp_operator;
		let (mut funding, mut enrolments): (Vec<Errand>, Vec<Errand>) = Default::default();
		let enrolled = world.enrolled().await?;
		for product in [CONTAINMENT, SHEDDING] {
			let program = world
				.program(operator, placed.zones[0], product.name())
				.await?
				.ok_or_else(|| {
					SetupError::Unexpected(format!(
						"the programme for {} is not there, although it was created",
						product.name()
					))
				})?;
			if program.budget < BUDGET {
				let call = Call::new("Vpp", "fund", (program.id, BUDGET - program.budget));
				funding.push((call, operator, format!("budget of {}", product.name())));
			}
			for household in &self.village.households {
				let Some(device) = &household.behind else { continue };
				let Some(asset) = asset(device.role, device.export_w).filter(|(of, _)| of.name() == product.name())
				else {
					continue;
				};
				let index = placed.devices[&device.name];
				if !enrolled.contains(&index) {
					let arguments = (program.id, index, asset.1, MeteringPoint::ConnectionPoint);
					let what = format!("enrolment of {}", device.name);
					enrolments.push((Call::new("Vpp", "enrol", arguments), &household.account, what));
				}
			}
		}
		self.carry_out("funding the programmes", funding).await?;
		self.carry_out("enrolling batteries and loads", enrolments).await
	}

	/// Has the council admit the programmes that are missing.
	async fn programs(&mut self, placed: &Placed) -> Result<(), SetupError> {
		let head = self.client.finalised().await?;
		let world = World::new(&head);
		let operator = &self.roles.vpp_operator;
		let mut missing = Vec::new();
		for (product, price) in [(CONTAINMENT, PRICES.0), (SHEDDING, PRICES.1)] {
			if world
				.program(operator, placed.zones[0], product.name())
				.await?
				.is_none()
			{
				let terms = self.terms(placed, product, price);
				missing.push(Call::new("Vpp", "create_program", (operator.id, terms)));
			}
		}
		if missing.is_empty() {
			return Ok(());
		}
		let encode = |call: &Call| self.sender.call_data(call);
		let motion = wire::propose(&wire::batch_all(&missing, encode)?, encode)?;
		let what = "the motion of the council".to_string();
		self.carry_out(
			"council: programmes of the power plant",
			vec![(motion, &self.roles.alice, what)],
		)
		.await
	}

	fn terms(&self, placed: &Placed, product: Product, price_cap: Balance) -> ProgramTerms {
		ProgramTerms {
			zones: placed.zones.clone(),
			product,
			allocation: Allocation::MeritOrder,
			// One interval: the village has no longer history when the frequency falls.
			baseline: Baseline::MeterBefore(1),
			price_cap,
			penalty_per_kwh: price_cap,
			bond: BOND,
			compensation_per_kwh: 0,
			full_activation_s: 30,
			activation_s: self.interval_seconds,
		}
	}
}

/// What a device offers, and for which product; nothing where it is no asset.
fn asset(role: Role, power_w: u32) -> Option<(Product, Asset)> {
	let common = Asset {
		up_w: 0,
		down_w: 0,
		ramp_w_per_s: 0,
		notice_s: NOTICE,
		shortest_s: 0,
		longest_s: 0,
		capacity_wh: 0,
		reserve_wh: 0,
		price_per_kwh: 0,
		priority: 0,
		shed_stage: 0,
	};
	match role {
		Role::Meter | Role::Sensor => None,
		Role::Battery {
			capacity_wh,
			reserve_wh,
		} => Some((
			CONTAINMENT,
			Asset {
				up_w: power_w,
				down_w: power_w,
				// A battery is there within a second.
				ramp_w_per_s: power_w,
				capacity_wh,
				reserve_wh,
				price_per_kwh: PRICES.0,
				..common
			},
		)),
		Role::Load { sheddable_w } => Some((
			SHEDDING,
			Asset {
				up_w: sheddable_w,
				ramp_w_per_s: sheddable_w,
				longest_s: LONGEST_OFF,
				price_per_kwh: PRICES.1,
				..common
			},
		)),
	}
}
