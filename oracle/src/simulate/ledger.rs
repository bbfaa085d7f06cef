//! What the chain says about each interval, added up.

use super::{
	news::{Cleared, Filled},
	state::Metered,
};
use gridtokenx_primitives::{units::payment, Balance, Interval, Price, Wh, ZoneId};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The energy of one of the village's meters in an interval, as the chain measured it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
	/// The meter's place in the village.
	pub place: usize,
	/// The energy.
	pub energy: Metered,
	/// Whether it was metered from one end of the interval to the other, and is fit for billing.
	pub is_exact: bool,
}

/// What a kWh was worth in a zone, planck, in the last round that traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZonePrice {
	/// Ahead of delivery.
	pub forward: Option<Price>,
	/// After settlement.
	pub spot: Option<Price>,
}

/// One interval, as far as it has come. Energies are of the village's meters, Wh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
	/// Meters that the chain measured exactly.
	pub readings: u32,
	/// Meters of which the chain says something else than they do themselves.
	pub mismatches: u32,
	/// Imported.
	pub import_wh: Wh,
	/// Exported.
	pub export_wh: Wh,
	/// Credits that were issued for it, once it is settled.
	pub issued_wh: Option<u128>,
	/// What of the credits covered import, once it is closed.
	pub consumed_wh: Option<u128>,
	/// Whether the chain is done with it.
	pub is_closed: bool,
	/// What a kWh was worth, zone by zone. They part where a line is full.
	pub zone_prices: BTreeMap<ZoneId, ZonePrice>,
	/// What each account exported exactly: what can deliver forward contracts.
	exports: HashMap<[u8; 32], Wh>,
	/// Fills that concern the village, in order.
	fills: Vec<Filled>,
}

/// What was traded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traded {
	/// Energy that changed hands, Wh.
	pub wh: Wh,
	/// What the buyers paid, planck.
	pub paid: Balance,
}

impl Traded {
	fn add(&mut self, price: Price, wh: Wh) {
		self.wh = self.wh.saturating_add(wh);
		self.paid = self.paid.saturating_add(payment(price, wh));
	}

	/// The mean price, planck per kWh, rounded down; none where nothing was traded.
	pub fn price_per_kwh(&self) -> Option<Price> {
		(self.paid * 1_000).checked_div(self.wh.into())
	}
}

impl Account {
	/// What was traded. Forward contracts count as they are delivered: an account's exact export fills its contracts in the order
	/// in which they were made. Before the interval is measured they count in full.
	pub fn traded(&self) -> Traded {
		let mut left = self.exports.clone();
		let mut traded = Traded::default();
		for fill in &self.fills {
			let delivered = match (fill.is_forward, self.issued_wh) {
				(true, Some(_)) => {
					let left = left.entry(fill.seller).or_default();
					let delivered = fill.wh.min(*left);
					*left -= delivered;
					delivered
				}
				_ => fill.wh,
			};
			traded.add(fill.buyer_price, delivered);
		}
		traded
	}
}

/// All intervals of the village.
#[derive(Debug, Default)]
pub struct Ledger {
	accounts: HashSet<[u8; 32]>,
	intervals: BTreeMap<Interval, Account>,
	/// Readings that the chain has accepted since the simulator follows it.
	pub readings: u64,
}

impl Ledger {
	/// A ledger for the fills that concern these accounts.
	pub fn new(accounts: impl IntoIterator<Item = [u8; 32]>) -> Self {
		Ledger {
			accounts: accounts.into_iter().collect(),
			..Default::default()
		}
	}

	/// An interval, if anything is known of it.
	pub fn get(&self, interval: Interval) -> Option<&Account> {
		self.intervals.get(&interval)
	}

	/// An interval, to be added to.
	pub fn of(&mut self, interval: Interval) -> &mut Account {
		self.intervals.entry(interval).or_default()
	}

	/// All intervals, in order.
	pub fn iter(&self) -> impl Iterator<Item = (Interval, &Account)> {
		self.intervals.iter().map(|(interval, account)| (*interval, account))
	}

	/// Takes in a round.
	pub fn clear(&mut self, round: &Cleared) {
		let zones = &mut self.of(round.interval).zone_prices;
		for (zone, price) in &round.prices {
			let known = zones.entry(*zone).or_default();
			let phase = if round.is_forward {
				&mut known.forward
			} else {
				&mut known.spot
			};
			*phase = Some(*price);
		}
	}

	/// Takes in a fill, if somebody of the village buys or sells.
	pub fn fill(&mut self, fill: Filled) {
		if self.accounts.contains(&fill.seller) || self.accounts.contains(&fill.buyer) {
			self.of(fill.interval).fills.push(fill);
		}
	}

	/// The chain has measured an interval: what it says of the village's meters (`owners` by their places), compared with what
	/// they counted themselves.
	pub fn measure(
		&mut self,
		interval: Interval,
		measured: &[Measured],
		counted: &[Metered],
		owners: impl Fn(usize) -> [u8; 32],
	) {
		let account = self.of(interval);
		for meter in measured {
			account.import_wh += meter.energy.import_wh;
			account.export_wh += meter.energy.export_wh;
			account.readings += u32::from(meter.is_exact);
			let agrees = counted.get(meter.place) == Some(&meter.energy);
			account.mismatches += u32::from(!agrees);
			if meter.is_exact {
				*account.exports.entry(owners(meter.place)).or_default() += meter.energy.export_wh;
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	const SELLER: [u8; 32] = [1; 32];
	const BUYER: [u8; 32] = [2; 32];

	fn fill(is_forward: bool, wh: Wh, buyer_price: Price) -> Filled {
		Filled {
			interval: 7,
			is_forward,
			seller: SELLER,
			buyer: BUYER,
			wh,
			buyer_price,
		}
	}

	fn exact(place: usize, import_wh: Wh, export_wh: Wh) -> Measured {
		Measured {
			place,
			energy: Metered { import_wh, export_wh },
			is_exact: true,
		}
	}

	fn ledger(fills: &[Filled]) -> Ledger {
		let mut ledger = Ledger::new([SELLER]);
		fills.iter().for_each(|fill| ledger.fill(*fill));
		ledger
	}

	#[test]
	fn contracts_should_count_in_order_as_far_as_their_sellers_export_goes() {
		let mut ledger = ledger(&[fill(true, 60, 3_000), fill(true, 60, 2_000), fill(false, 10, 1_000)]);
		assert_eq!(
			ledger.of(7).traded(),
			Traded {
				wh: 130,
				paid: 180 + 120 + 10
			}
		);
		ledger.measure(
			7,
			&[exact(0, 0, 100)],
			&[Metered {
				import_wh: 0,
				export_wh: 100,
			}],
			|_| SELLER,
		);
		ledger.of(7).issued_wh = Some(100);
		assert_eq!(
			ledger.of(7).traded(),
			Traded {
				wh: 110,
				paid: 180 + 80 + 10
			}
		);
	}

	#[test]
	fn contracts_should_be_delivered_by_exact_energy_only() {
		let mut ledger = ledger(&[fill(true, 60, 3_000)]);
		ledger.measure(
			7,
			&[Measured {
				is_exact: false,
				..exact(0, 0, 100)
			}],
			&[Metered::default()],
			|_| SELLER,
		);
		ledger.of(7).issued_wh = Some(100);
		assert_eq!(ledger.of(7).traded(), Traded::default());
		assert_eq!(
			(ledger.of(7).readings, ledger.of(7).mismatches, ledger.of(7).export_wh),
			(0, 1, 100)
		);
	}

	#[test]
	fn fill_should_count_only_when_it_concerns_the_village() {
		let stranger = Filled {
			seller: [8; 32],
			buyer: [9; 32],
			..fill(false, 10, 1_000)
		};
		let bought = Filled {
			seller: [8; 32],
			buyer: SELLER,
			..fill(false, 10, 1_000)
		};
		assert_eq!(ledger(&[stranger, bought]).of(7).traded().wh, 10);
	}

	#[test]
	fn payments_should_be_rounded_down_fill_by_fill_and_the_price_be_their_mean() {
		let traded = ledger(&[fill(false, 1, 1_999), fill(false, 3, 1_000)]).of(7).traded();
		assert_eq!(traded, Traded { wh: 4, paid: 4 });
		assert_eq!(traded.price_per_kwh(), Some(1_000));
		assert_eq!(Traded::default().price_per_kwh(), None);
	}

	#[test]
	fn zone_prices_should_be_those_of_the_last_round_of_each_phase() {
		let mut ledger = Ledger::default();
		for (is_forward, prices) in [
			(true, vec![(0, 90), (1, 90)]),
			(true, vec![(1, 80)]),
			(false, vec![(0, 100)]),
		] {
			ledger.clear(&Cleared {
				interval: 7,
				is_forward,
				prices,
			});
		}
		let price = |forward, spot| ZonePrice { forward, spot };
		let expected = [(0, price(Some(90), Some(100))), (1, price(Some(80), None))];
		assert_eq!(ledger.of(7).zone_prices, expected.into());
	}

	#[test]
	fn meters_should_be_compared_with_what_the_chain_says() {
		let mut ledger = Ledger::default();
		let counted = [
			Metered {
				import_wh: 5,
				export_wh: 0,
			},
			Metered {
				import_wh: 6,
				export_wh: 0,
			},
		];
		ledger.measure(7, &[exact(0, 5, 0), exact(1, 7, 0)], &counted, |_| SELLER);
		let account = ledger.get(7).expect("measured");
		assert_eq!((account.readings, account.mismatches, account.import_wh), (2, 1, 12));
	}
}
