//! How a household trades.
//!
//! What a kWh is worth to whom has no wishes is fixed by the tariffs: who feeds in without having sold receives the feed-in tariff,
//! the market's *floor*, and who draws without having bought pays the supply tariff, its *cap*. Anything above the one and below
//! the other is a gain. So
//!
//! * a third of the sellers take the floor, the others ask for up to 40 % of the span between the tariffs on top of it;
//! * buyers bid the cap, less up to 40 % of the span;
//! * ahead of delivery a household trades 80 % of what it expects, which is what the data says, give or take 10 %: not to deliver
//!   costs more than to sell later. What is left is traded after settlement, when it is known.
//!
//! All draws follow from the seed, the household and the interval.

use gridtokenx_primitives::{units::QUANTITY_LIMIT, Interval, Price, Wh};
use rand::{rngs::StdRng, Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// Thousandths of what it expects that a household trades ahead.
const FORWARD_PERMILLE: u64 = 800;
/// How far a forecast is off, in thousandths.
const FORECAST_ERROR: std::ops::RangeInclusive<i64> = -100..=100;
/// The most that somebody keeps for themselves of the span between the tariffs, in thousandths.
const MARGIN: std::ops::RangeInclusive<u128> = 0..=400;

/// The market's rules, as far as orders depend on them. Prices in planck per kWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
	/// The lowest limit: the feed-in tariff.
	pub floor: Price,
	/// The highest limit: the supply tariff.
	pub cap: Price,
	/// Limits are multiples of this.
	pub tick: Price,
	/// Quantities are multiples of this, Wh.
	pub lot_wh: Wh,
}

/// An order's quantity and limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
	/// Wh.
	pub quantity_wh: Wh,
	/// Planck per kWh.
	pub limit_price: Price,
}

/// The draws of one household for one interval's market.
pub struct Mind(StdRng);

/// Which market an order is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Market {
	/// Ahead of delivery.
	Forward,
	/// After settlement.
	Spot,
}

impl Mind {
	/// The draws of the household at `place`.
	pub fn new(seed: u64, place: usize, interval: Interval, market: Market) -> Self {
		let mut hash = Sha256::new_with_prefix("gridtokenx trading");
		hash.update(seed.to_le_bytes());
		hash.update((place as u64).to_le_bytes());
		hash.update(interval.to_le_bytes());
		hash.update([market as u8]);
		Mind(StdRng::from_seed(hash.finalize().into()))
	}

	/// How much of `energy` (Wh, as the data has it) the household trades ahead.
	pub fn ahead(&mut self, energy: Wh) -> Wh {
		let error = self.0.gen_range(FORECAST_ERROR);
		let expected = energy.saturating_mul(1_000_u64.saturating_add_signed(error)) / 1_000;
		expected.saturating_mul(FORWARD_PERMILLE) / 1_000
	}

	/// An offer of up to `energy`, if that makes a lot.
	pub fn offer(&mut self, energy: Wh, rules: &Rules) -> Option<Terms> {
		let takes_the_floor = self.0.gen_ratio(1, 3);
		let margin = if takes_the_floor { 0 } else { self.margin(rules) };
		Some(Terms {
			quantity_wh: lots(energy, rules)?,
			limit_price: rules.floor + margin,
		})
	}

	/// A bid for up to `energy`, if that makes a lot.
	pub fn bid(&mut self, energy: Wh, rules: &Rules) -> Option<Terms> {
		let margin = self.margin(rules);
		Some(Terms {
			quantity_wh: lots(energy, rules)?,
			limit_price: rules.cap - margin,
		})
	}

	/// What somebody keeps for themselves of the span between floor and cap, in whole ticks.
	fn margin(&mut self, rules: &Rules) -> Price {
		let margin = rules.cap.saturating_sub(rules.floor) * self.0.gen_range(MARGIN) / 1_000;
		margin - margin % rules.tick.max(1)
	}
}

/// The whole lots in `energy`, in one order.
pub fn lots(energy: Wh, rules: &Rules) -> Option<Wh> {
	let lot = rules.lot_wh.max(1);
	let energy = energy.min(QUANTITY_LIMIT - 1);
	(energy >= lot).then_some(energy - energy % lot)
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	const RULES: Rules = Rules {
		floor: 80_000,
		cap: 300_000,
		tick: 1_000,
		lot_wh: 1,
	};

	fn mind(place: usize, interval: Interval) -> Mind {
		Mind::new(1, place, interval, Market::Forward)
	}

	#[test]
	fn household_should_decide_alike_when_it_is_asked_again() {
		let offers = |seed| {
			(0..50)
				.map(|place| Mind::new(seed, place, 7, Market::Spot).offer(500, &RULES))
				.collect::<Vec<_>>()
		};
		assert_eq!(offers(1), offers(1));
		assert_ne!(offers(1), offers(2));
	}

	#[test]
	fn some_sellers_should_take_the_floor_and_others_ask_for_more() {
		let limits: Vec<_> = (0..300)
			.filter_map(|place| mind(place, 7).offer(500, &RULES))
			.map(|terms| terms.limit_price)
			.collect();
		let at_floor = limits.iter().filter(|limit| **limit == RULES.floor).count();
		assert!((60..150).contains(&at_floor), "{at_floor} of 300");
		assert!(limits.iter().max() > Some(&(RULES.floor + 70_000)));
	}

	#[test]
	fn order_should_be_left_out_when_the_energy_makes_no_lot() {
		let lots_of_ten = Rules { lot_wh: 10, ..RULES };
		assert_eq!(mind(0, 7).offer(9, &lots_of_ten), None);
		assert_eq!(mind(0, 7).bid(0, &RULES), None);
		assert_eq!(
			mind(0, 7).bid(19, &lots_of_ten).map(|terms| terms.quantity_wh),
			Some(10)
		);
	}

	proptest! {
		#[test]
		fn order_should_keep_to_the_markets_bounds(
			seed in any::<u64>(), place in 0..1_000usize, interval in any::<u32>(), energy in any::<u64>(),
			ticks in (1..1_000u128, 0..10_000u128), tick in 1..1_000_000u128, lot_wh in 1..1_000u64,
		) {
			let (floor, span) = ticks;
			let rules = Rules { floor: floor * tick, cap: (floor + span) * tick, tick, lot_wh };
			let mut mind = Mind::new(seed, place, interval, Market::Forward);
			for terms in [mind.offer(energy, &rules), mind.bid(energy, &rules)].into_iter().flatten() {
				prop_assert!((rules.floor..=rules.cap).contains(&terms.limit_price));
				prop_assert_eq!(terms.limit_price % tick, 0);
				prop_assert!(terms.quantity_wh > 0 && terms.quantity_wh <= energy && terms.quantity_wh < QUANTITY_LIMIT);
				prop_assert_eq!(terms.quantity_wh % lot_wh, 0);
			}
		}

		#[test]
		fn household_should_trade_ahead_less_than_it_will_have(place in 0..1_000usize, energy in 0..1_000_000u64) {
			let ahead = mind(place, 7).ahead(energy);
			// 0.8 times 0.9 to 1.1.
			prop_assert!(ahead * 100 <= energy * 88);
			prop_assert!((ahead + 2) * 100 >= energy * 72);
		}
	}
}
