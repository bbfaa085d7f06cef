//! Whether energy and money are conserved, from finalised state alone.
//!
//! Nothing here relies on what the pallets say about their own sums: holdings, positions and accounts are gone through one by one,
//! and only then compared with the counters.

use super::village::Village;
use crate::chain::{Block, ChainError};
use codec::Decode;
use gridtokenx_primitives::{Balance, Interval, Source, Wh, ZoneId};
use std::collections::BTreeMap;
use subxt::ext::scale_decode::{self, DecodeAsType};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
pub struct Tally {
	/// Came into being.
	pub issued: u128,
	/// Set against import.
	pub consumed: u128,
	/// Retired.
	pub retired: u128,
	/// Used by nobody.
	pub expired: u128,
}

impl Tally {
	fn add(&mut self, other: &Tally) {
		self.issued += other.issued;
		self.consumed += other.consumed;
		self.retired += other.retired;
		self.expired += other.expired;
	}

	fn spent(&self) -> u128 {
		self.consumed + self.retired + self.expired
	}
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ClassRecord {
	tally: Tally,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct HoldingRecord {
	free: Wh,
	held: Wh,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct PositionRecord {
	consumed_wh: Wh,
}

/// A class of credits.
type Class = (Interval, ZoneId, Source);

/// The credits of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credits {
	/// Classes of intervals that are not closed.
	pub classes: BTreeMap<(Interval, ZoneId, u8), Tally>,
	/// What all holders have of each class.
	pub held: BTreeMap<(Interval, ZoneId, u8), u128>,
	/// What all positions of an interval say is covered.
	pub covered: BTreeMap<Interval, u128>,
	/// Credits of closed intervals.
	pub pruned: Tally,
	/// All credits since genesis.
	pub overall: Tally,
}

impl Credits {
	/// Reads them all.
	pub async fn read(block: &Block) -> Result<Self, ChainError> {
		let mut credits = Credits {
			pruned: pruned(block).await?,
			overall: block.value("EnergyAssets", "Overall", &[]).await?.unwrap_or_default(),
			..Default::default()
		};
		for (key, class) in block.scan::<ClassRecord>("EnergyAssets", "Classes", &[]).await? {
			let (interval, (zone, source)): (Interval, (ZoneId, Source)) = (part(&key[0])?, part(&key[1])?);
			credits.classes.insert(key_of((interval, zone, source)), class.tally);
		}
		for (key, holding) in block.scan::<HoldingRecord>("EnergyAssets", "Holdings", &[]).await? {
			let (source, zone): (Source, [u8; 4]) = part(&key[3])?;
			let class = key_of((part(&key[0])?, ZoneId::from_be_bytes(zone), source));
			*credits.held.entry(class).or_default() += u128::from(holding.free) + u128::from(holding.held);
		}
		for (key, position) in block.scan::<PositionRecord>("EnergyAssets", "Positions", &[]).await? {
			*credits.covered.entry(part(&key[0])?).or_default() += u128::from(position.consumed_wh);
		}
		Ok(credits)
	}

	/// What is in somebody's hands, Wh.
	pub fn outstanding(&self) -> u128 {
		self.held.values().sum()
	}

	/// What is wrong; nothing if energy is conserved. `exported` says what the village's meters counted in a zone and interval;
	/// zones that are not the village's have no answer.
	pub fn faults(&self, exported: impl Fn(Interval, ZoneId) -> Option<Wh>) -> Vec<String> {
		let mut faults = Vec::new();
		let mut sum = self.pruned;
		let (mut issued, mut consumed) = (BTreeMap::<(Interval, ZoneId), u128>::new(), BTreeMap::new());
		for (class, tally) in &self.classes {
			let held = self.held.get(class).copied().unwrap_or(0);
			if held + tally.spent() != tally.issued {
				faults.push(format!(
					"class {class:?}: {held} Wh held and {} Wh spent of {} Wh",
					tally.spent(),
					tally.issued
				));
			}
			sum.add(tally);
			*issued.entry((class.0, class.1)).or_default() += tally.issued;
			*consumed.entry(class.0).or_default() += tally.consumed;
		}
		for class in self.held.keys().filter(|class| !self.classes.contains_key(class)) {
			faults.push(format!("credits of class {class:?}, which was never issued"));
		}
		if sum != self.overall {
			faults.push(format!(
				"the classes add up to {sum:?}, and the overall count is {:?}",
				self.overall
			));
		}
		if self.overall.spent() + self.outstanding() != self.overall.issued {
			faults.push(format!("{} Wh held and {:?} overall", self.outstanding(), self.overall));
		}
		for ((interval, zone), issued) in issued {
			if exported(interval, zone).is_some_and(|exported| issued > u128::from(exported)) {
				faults.push(format!(
					"{issued} Wh issued in zone {zone} and interval {interval}, more than its meters exported"
				));
			}
		}
		for (interval, consumed) in consumed {
			let covered = self.covered.get(&interval).copied().unwrap_or(0);
			// While an interval is being closed, its positions go one by one.
			if covered > consumed {
				faults.push(format!(
					"interval {interval}: {consumed} Wh consumed cover {covered} Wh of import"
				));
			}
		}
		faults
	}
}

/// Credits of closed intervals.
pub async fn pruned(block: &Block) -> Result<Tally, ChainError> {
	Ok(block.value("EnergyAssets", "Pruned", &[]).await?.unwrap_or_default())
}

/// What was issued in the village's zones in an interval that is not closed.
pub async fn issued(block: &Block, interval: Interval, zones: &[ZoneId]) -> Result<u128, ChainError> {
	use codec::Encode;
	let mut issued = 0;
	for (key, class) in block
		.scan::<ClassRecord>("EnergyAssets", "Classes", &[interval.encode()])
		.await?
	{
		let (zone, _): (ZoneId, Source) = part(&key[1])?;
		issued += if zones.contains(&zone) { class.tally.issued } else { 0 };
	}
	Ok(issued)
}

fn key_of((interval, zone, source): Class) -> (Interval, ZoneId, u8) {
	(interval, zone, source as u8)
}

/// The money of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money {
	/// Free and reserved, of each account.
	pub accounts: BTreeMap<[u8; 32], (Balance, Balance)>,
	/// What is on hold, of each account.
	pub holds: BTreeMap<[u8; 32], Balance>,
	/// What is reserved by name, of each account.
	pub reserves: BTreeMap<[u8; 32], Balance>,
	/// All there is, by the chain's own count.
	pub issuance: Balance,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct AccountRecord {
	data: AccountData,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct AccountData {
	free: Balance,
	reserved: Balance,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Amount {
	amount: Balance,
}

impl Money {
	/// Reads it all.
	pub async fn read(block: &Block) -> Result<Self, ChainError> {
		let mut money = Money {
			issuance: issuance(block).await?,
			..Default::default()
		};
		for (key, AccountRecord { data }) in block.scan("System", "Account", &[]).await? {
			money.accounts.insert(part(&key[0])?, (data.free, data.reserved));
		}
		for (entry, sums) in [("Holds", &mut money.holds), ("Reserves", &mut money.reserves)] {
			for (key, amounts) in block.scan::<Vec<Amount>>("Balances", entry, &[]).await? {
				*sums.entry(part(&key[0])?).or_default() += amounts.iter().map(|item| item.amount).sum::<Balance>();
			}
		}
		Ok(money)
	}

	/// What is wrong; nothing if money is conserved.
	pub fn faults(&self, issuance_at_start: Balance) -> Vec<String> {
		let mut faults = Vec::new();
		let sum: Balance = self.accounts.values().map(|(free, reserved)| free + reserved).sum();
		if sum != self.issuance {
			faults.push(format!(
				"all accounts have {sum} planck, and {} were issued",
				self.issuance
			));
		}
		if self.issuance != issuance_at_start {
			faults.push(format!(
				"{} planck are issued, {issuance_at_start} at the start",
				self.issuance
			));
		}
		for (account, (_, reserved)) in &self.accounts {
			let held = |sums: &BTreeMap<_, Balance>| sums.get(account).copied().unwrap_or(0);
			let (holds, reserves) = (held(&self.holds), held(&self.reserves));
			if holds + reserves != *reserved {
				let account = hex::encode(account);
				faults.push(format!(
					"0x{account}: {reserved} planck reserved, {holds} on hold and {reserves} by name"
				));
			}
		}
		faults
	}
}

/// All the money there is, planck.
pub async fn issuance(block: &Block) -> Result<Balance, ChainError> {
	Ok(block.storage("Balances", "TotalIssuance", &[]).await?.unwrap_or(0))
}

fn part<T: Decode>(bytes: &[u8]) -> Result<T, ChainError> {
	T::decode(&mut &*bytes).map_err(|error| ChainError::Decode {
		what: "a storage key".into(),
		error,
	})
}

/// What the meters of a village counted as export in an interval, by the chain's zones.
pub fn exports_by_zone(village: &Village, zones: &[ZoneId], counted: &[super::state::Metered]) -> BTreeMap<ZoneId, Wh> {
	let mut exports: BTreeMap<ZoneId, Wh> = zones.iter().map(|zone| (*zone, 0)).collect();
	for (household, metered) in village.households.iter().zip(counted) {
		*exports.entry(zones[household.meter.zone]).or_default() += metered.export_wh;
	}
	exports
}

#[cfg(test)]
mod tests {
	use super::*;

	fn tally(issued: u128, consumed: u128) -> Tally {
		Tally {
			issued,
			consumed,
			..Default::default()
		}
	}

	/// Two classes of interval 7 in zone 3, 100 and 50 Wh, of which 30 Wh are consumed.
	fn credits() -> Credits {
		let (solar, storage) = (key_of((7, 3, Source::Solar)), key_of((7, 3, Source::Storage)));
		Credits {
			classes: [(solar, tally(100, 30)), (storage, tally(50, 0))].into(),
			held: [(solar, 70), (storage, 50)].into(),
			covered: [(7, 30)].into(),
			pruned: tally(1_000, 1_000),
			overall: tally(1_150, 1_030),
		}
	}

	fn money() -> Money {
		Money {
			accounts: [([1; 32], (60, 30)), ([2; 32], (10, 0))].into(),
			holds: [([1; 32], 20)].into(),
			reserves: [([1; 32], 10)].into(),
			issuance: 100,
		}
	}

	#[test]
	fn audit_should_find_nothing_when_everything_adds_up() {
		assert_eq!(credits().faults(|_, _| Some(150)), Vec::<String>::new());
		assert_eq!(credits().faults(|_, _| None), Vec::<String>::new());
		assert_eq!(credits().outstanding(), 120);
		assert_eq!(money().faults(100), Vec::<String>::new());
	}

	#[test]
	fn audit_should_find_energy_that_appears_or_vanishes() {
		let solar = key_of((7, 3, Source::Solar));
		let broken: [(&str, fn(&mut Credits)); 5] = [
			("69 Wh held", |credits| {
				*credits.held.get_mut(&key_of((7, 3, Source::Solar))).expect("there") -= 1
			}),
			("never issued", |credits| {
				credits.held.insert((8, 3, 0), 5);
			}),
			("overall count", |credits| credits.overall.expired += 1),
			("overall count", |credits| credits.pruned.issued += 1),
			("cover 31 Wh", |credits| {
				credits.covered.insert(7, 31);
			}),
		];
		assert!(credits().classes.contains_key(&solar));
		for (expected, breaks) in broken {
			let mut credits = credits();
			breaks(&mut credits);
			let faults = credits.faults(|_, _| Some(150));
			assert!(
				faults.iter().any(|fault| fault.contains(expected)),
				"{expected}: {faults:?}"
			);
		}
	}

	#[test]
	fn audit_should_find_credits_beyond_what_the_meters_exported() {
		let faults = credits().faults(|interval, zone| ((interval, zone) == (7, 3)).then_some(149));
		assert_eq!(faults.len(), 1);
		assert!(faults[0].contains("150 Wh issued in zone 3"), "{faults:?}");
	}

	#[test]
	fn audit_should_find_money_that_appears_or_vanishes() {
		assert!(money().faults(101)[0].contains("100 planck are issued, 101 at the start"));
		let mut more = money();
		more.accounts.insert([3; 32], (1, 0));
		assert!(more.faults(100)[0].contains("101 planck"));
		let mut unheld = money();
		unheld.holds.clear();
		assert!(unheld.faults(100)[0].contains("30 planck reserved, 0 on hold and 10 by name"));
	}
}
