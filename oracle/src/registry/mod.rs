//! Who may speak: the registered meters, as finalised state has them.
//!
//! A copy lies in the store, so that the hub takes readings in while the node is away.

pub mod refresh;

pub use refresh::Pages;

use codec::{Decode, Encode};
use gridtokenx_primitives::{DeviceId, GenesisHash, Interval, Meter, MeterPage, PAGE_SIZE};
use std::{
	collections::HashMap,
	sync::{Arc, PoisonError, RwLock},
	time::{SystemTime, UNIX_EPOCH},
};

/// An account, as the chain encodes it.
pub type AccountId = [u8; 32];

/// What the oracle has to know of the chain besides its meters.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Chain {
	/// Hash of the first block: part of every message that a meter signs.
	pub genesis: GenesisHash,
	/// Length of a delivery interval, seconds; fixed at genesis.
	pub interval_seconds: u32,
	/// Whether this is a development chain, where well-known keys are accepted and nothing needs a token.
	pub development: bool,
	/// The last interval whose energy is final: no reading adds to it any more.
	pub measured_through: Option<Interval>,
	/// The finalised block that this was read at.
	pub block: u64,
}

impl Chain {
	/// The delivery interval of a moment, Unix seconds.
	pub fn interval_at(&self, unix_seconds: u64) -> Interval {
		let interval = unix_seconds.checked_div(u64::from(self.interval_seconds)).unwrap_or(0);
		Interval::try_from(interval).unwrap_or(Interval::MAX)
	}

	/// The interval that is running by this machine's clock.
	pub fn running_interval(&self) -> Interval {
		// A clock before 1970 makes every reading one of the future, which is as it should be.
		let now = SystemTime::now()
			.duration_since(UNIX_EPOCH)
			.map_or(0, |now| now.as_secs());
		self.interval_at(now)
	}

	/// When an interval begins, Unix seconds.
	pub fn start_of(&self, interval: Interval) -> u64 {
		u64::from(interval) * u64::from(self.interval_seconds)
	}
}

/// The registry as of one finalised block.
#[derive(Clone, Debug)]
pub struct Snapshot {
	/// The chain's own facts.
	pub chain: Chain,
	// Pages are shared between snapshots: a refresh replaces the ones that changed.
	pages: Vec<Arc<MeterPage<AccountId>>>,
}

impl Snapshot {
	/// A registry without meters.
	pub fn empty(chain: Chain) -> Self {
		Snapshot {
			chain,
			pages: Vec::new(),
		}
	}

	/// The meter with this index, unless there is none.
	pub fn meter(&self, device: DeviceId) -> Option<&Meter<AccountId>> {
		let page = self.pages.get((device / PAGE_SIZE) as usize)?;
		page.get((device % PAGE_SIZE) as usize)?.as_ref()
	}

	/// Puts a page in its place.
	pub fn set_page(&mut self, page: u32, meters: MeterPage<AccountId>) {
		let index = page as usize;
		if self.pages.len() <= index {
			self.pages.resize_with(index + 1, Default::default);
		}
		self.pages[index] = Arc::new(meters);
	}

	/// How many pages there are.
	pub fn page_count(&self) -> u32 {
		self.pages.len() as u32
	}

	/// How many meters there are, active or not.
	pub fn meter_count(&self) -> usize {
		self.pages.iter().flat_map(|page| page.iter().flatten()).count()
	}
}

/// What is known now, shared between those who ask and the one who follows the chain. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Registry {
	snapshot: Arc<RwLock<Option<Arc<Snapshot>>>>,
	last_readings: Arc<RwLock<HashMap<DeviceId, Interval>>>,
}

// A poisoned lock still holds whole values: each is replaced in one step.
impl Registry {
	/// The latest snapshot; `None` before the chain was ever seen.
	pub fn snapshot(&self) -> Option<Arc<Snapshot>> {
		self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
	}

	/// Makes a snapshot the latest one.
	pub fn replace(&self, snapshot: Snapshot) {
		*self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(snapshot));
	}

	/// The latest interval of which the chain holds a reading of the device, as far as this oracle has seen.
	pub fn last_reading(&self, device: DeviceId) -> Option<Interval> {
		self.last_readings
			.read()
			.unwrap_or_else(PoisonError::into_inner)
			.get(&device)
			.copied()
	}

	/// Notes readings that the chain holds.
	pub fn note_readings(&self, readings: impl IntoIterator<Item = (DeviceId, Interval)>) {
		let mut last = self.last_readings.write().unwrap_or_else(PoisonError::into_inner);
		for (device, interval) in readings {
			let entry = last.entry(device).or_insert(interval);
			*entry = interval.max(*entry);
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing;

	#[test]
	fn meter_should_be_found_by_its_index_and_no_further() {
		let snapshot = testing::snapshot(70);
		assert_eq!(snapshot.page_count(), 2);
		assert_eq!(snapshot.meter_count(), 70);
		assert_eq!(snapshot.meter(69).expect("registered").key, testing::key(69).public());
		assert!(snapshot.meter(70).is_none());
		assert!(snapshot.meter(u32::MAX).is_none());
	}

	#[test]
	fn page_should_leave_older_snapshots_alone_when_it_is_replaced() {
		let older = testing::snapshot(1);
		let mut newer = older.clone();
		newer.set_page(0, MeterPage::default());
		assert!(older.meter(0).is_some());
		assert!(newer.meter(0).is_none());
	}

	#[test]
	fn last_reading_should_be_the_newest_whatever_the_order() {
		let registry = Registry::default();
		registry.note_readings([(1, 5), (1, 3), (2, 4)]);
		assert_eq!(registry.last_reading(1), Some(5));
		assert_eq!(registry.last_reading(2), Some(4));
		assert_eq!(registry.last_reading(3), None);
	}

	#[test]
	fn interval_should_change_at_its_start() {
		let chain = testing::snapshot(0).chain;
		assert_eq!(chain.interval_at(119), 1);
		assert_eq!(chain.interval_at(120), 2);
		assert_eq!(chain.start_of(2), 120);
	}
}
