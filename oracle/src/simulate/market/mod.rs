//! The village's orders: who offers and bids what, when.

mod strategy;

pub use strategy::{lots, Market, Mind, Rules};

use super::{
	grid::QUARTER_SECONDS,
	setup::{MarketRules, Placed, ROOT},
	state::Beginning,
	village::Village,
	wire::{Backing, Purpose, TimeInForce},
};
use crate::chain::{Block, Call, ChainError};
use codec::{Decode, Encode};
use gridtokenx_primitives::{units::energy_of, Interval, Price, Source, Wh, ZoneId};
use std::collections::HashMap;
use subxt::ext::scale_decode::{self, DecodeAsType};

/// Who places an order: a household by its place, or the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trader {
	/// The household at this place.
	Household(usize),
	/// The residual supplier.
	Supplier,
}

/// An order that is to be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
	/// Who places it.
	pub trader: Trader,
	/// The call.
	pub call: Call,
}

/// What the orders of a village depend on.
pub struct Desk<'a> {
	/// The village.
	pub village: &'a Village,
	/// Where it is on the chain.
	pub placed: &'a Placed,
	/// When it began.
	pub beginning: Beginning,
	/// The market's rules.
	pub rules: &'a MarketRules,
	/// Chooses forecasts and prices.
	pub seed: u64,
	/// Length of an interval, seconds.
	pub interval_seconds: u32,
}

/// What an account has of an interval, from finalised state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
	/// Import that nothing covers, Wh.
	pub uncovered_wh: Wh,
	/// Free credits by zone of origin and source, Wh, in the order in which they are used.
	pub free: Vec<(ZoneId, Source, Wh)>,
	/// Credits that are set aside, Wh.
	pub held_wh: Wh,
}

/// Positions by account and delivery zone.
pub type Positions = HashMap<([u8; 32], ZoneId), Position>;

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct HoldingRecord {
	free: Wh,
	held: Wh,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct PositionRecord {
	import_wh: Wh,
	consumed_wh: Wh,
}

/// What all accounts have of an interval.
pub async fn positions(block: &Block, interval: Interval) -> Result<Positions, ChainError> {
	let prefix = [interval.encode()];
	let mut positions = Positions::new();
	for (key, record) in block
		.scan::<PositionRecord>("EnergyAssets", "Positions", &prefix)
		.await?
	{
		let position = positions.entry((part(&key[1])?, part(&key[2])?)).or_default();
		position.uncovered_wh = record.import_wh.saturating_sub(record.consumed_wh);
	}
	for (key, holding) in block.scan::<HoldingRecord>("EnergyAssets", "Holdings", &prefix).await? {
		let position = positions.entry((part(&key[1])?, part(&key[2])?)).or_default();
		let (source, origin): (Source, [u8; 4]) = part(&key[3])?;
		position
			.free
			.push((ZoneId::from_be_bytes(origin), source, holding.free));
		position.held_wh += holding.held;
	}
	positions
		.values_mut()
		.for_each(|position| position.free.sort_by_key(|(zone, source, _)| (*source as u8, *zone)));
	Ok(positions)
}

fn part<T: Decode>(bytes: &[u8]) -> Result<T, ChainError> {
	T::decode(&mut &*bytes).map_err(|error| ChainError::Decode {
		what: "a key of EnergyAssets".into(),
		error,
	})
}

impl Desk<'_> {
	/// The orders ahead of delivery: everyone trades most of what they expect, and the supplier takes what is left over.
	pub fn forward(&self, interval: Interval) -> Vec<NewOrder> {
		let row = self.village.grid.row(self.beginning.row(interval));
		let orders = row.iter().enumerate().filter_map(|(place, quarter)| {
			let scaled = |wh: u32| u64::from(wh) * u64::from(self.interval_seconds) / QUARTER_SECONDS;
			let (import, export) = (scaled(quarter.import_wh), scaled(quarter.export_wh));
			let mut mind = Mind::new(self.seed, place, interval, Market::Forward);
			if export > import {
				let energy = mind.ahead(export - import);
				let terms = mind.offer(energy, &self.strategy())?;
				Some(self.offer(interval, place, Backing::Capacity, terms.quantity_wh, terms.limit_price))
			} else {
				let energy = mind.ahead(import - export);
				let terms = mind.bid(energy, &self.strategy())?;
				Some(self.bid(interval, place, Purpose::Delivery, terms.quantity_wh, terms.limit_price))
			}
		});
		orders.chain(self.residual(interval, Purpose::Delivery)).collect()
	}

	/// The orders after settlement: who has credits beyond the own import offers them, who has import beyond the credits bids.
	pub fn spot(&self, interval: Interval, positions: &Positions) -> Vec<NewOrder> {
		let mut orders = Vec::new();
		for (place, household) in self.village.households.iter().enumerate() {
			let zone = self.placed.zones[household.meter.zone];
			let Some(position) = positions.get(&(household.account.id, zone)) else {
				continue;
			};
			let mut mind = Mind::new(self.seed, place, interval, Market::Spot);
			let free: Wh = position.free.iter().map(|(_, _, wh)| wh).sum();
			let mut spare = free.saturating_sub(position.uncovered_wh);
			for (origin, source, wh) in &position.free {
				let Some(terms) = mind.offer(spare.min(*wh), &self.strategy()) else {
					continue;
				};
				let backing = Backing::Credits {
					origin: *origin,
					source: *source,
				};
				orders.push(self.offer(interval, place, backing, terms.quantity_wh, terms.limit_price));
				spare -= terms.quantity_wh;
			}
			let missing = position.uncovered_wh.saturating_sub(free + position.held_wh);
			if let Some(terms) = mind.bid(missing, &self.strategy()) {
				orders.push(self.bid(interval, place, Purpose::Consume, terms.quantity_wh, terms.limit_price));
			}
		}
		orders.extend(self.residual(interval, Purpose::Consume));
		orders
	}

	fn strategy(&self) -> Rules {
		let MarketRules {
			floor,
			cap,
			tick,
			lot_wh,
			..
		} = *self.rules;
		Rules {
			floor,
			cap,
			tick,
			lot_wh,
		}
	}

	/// The supplier's standing bid: whatever the transformer carries out of the village, at the floor.
	fn residual(&self, interval: Interval, purpose: Purpose) -> Option<NewOrder> {
		self.rules.residual_supplier.as_ref()?;
		let most = energy_of(self.village.grid.zones[0].capacity_w, self.interval_seconds);
		let quantity = lots(most, &self.strategy())?;
		let limit: Price = self.rules.floor + self.rules.fee;
		let arguments = ((interval, purpose, ROOT), (quantity, limit, TimeInForce::TillGate));
		Some(NewOrder {
			trader: Trader::Supplier,
			call: Call::new("Dex", "place_bid", arguments),
		})
	}

	fn offer(&self, interval: Interval, place: usize, backing: Backing, quantity: Wh, limit: Price) -> NewOrder {
		let arguments = (
			(interval, backing, self.zone(place)),
			(quantity, limit, TimeInForce::TillGate),
		);
		NewOrder {
			trader: Trader::Household(place),
			call: Call::new("Dex", "place_offer", arguments),
		}
	}

	fn bid(&self, interval: Interval, place: usize, purpose: Purpose, quantity: Wh, limit: Price) -> NewOrder {
		let arguments = (
			(interval, purpose, self.zone(place)),
			(quantity, limit, TimeInForce::TillGate),
		);
		NewOrder {
			trader: Trader::Household(place),
			call: Call::new("Dex", "place_bid", arguments),
		}
	}

	fn zone(&self, place: usize) -> ZoneId {
		self.placed.zones[self.village.households[place].meter.zone]
	}
}
