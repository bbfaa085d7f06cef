//! What is true of the grid after every block.

use crate::{
	topology::commitment_of,
	types::{Step, ZONES_PER_PAGE},
	Commitments, Config, IntervalSeconds, NextZone, Operators, Pallet, Zones, ROOT,
};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::ZoneId;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks that
	/// 1. a delivery interval divides an hour;
	/// 2. the root exists, and every other zone hangs by an existing one of a smaller index, within the bounds of depth and
	///    number;
	/// 3. a line's schedule has at least one step, and they rise; so do a zone's interruptions, of which only the last is open;
	/// 4. operators are counted by the lines that they operate;
	/// 5. no line has promised more than it carries, and no zone that is gone has promised anything.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		ensure!(
			3_600u32.checked_rem(IntervalSeconds::<T>::get()) == Some(0),
			"1: an interval divides an hour"
		);
		Self::check_tree()?;
		Self::check_histories()?;
		Self::check_operators()?;
		Self::check_commitments()
	}

	fn check_tree() -> Result<(), TryRuntimeError> {
		let next = NextZone::<T>::get();
		ensure!(next <= T::MaxZones::get(), "2: no more zones than allowed");
		ensure!(
			Self::zone(ROOT).is_some_and(|root| root.line.is_none()),
			"2: the root exists and has no line"
		);
		let zones: BTreeMap<ZoneId, _> = Self::all_zones().collect();
		for (id, zone) in &zones {
			ensure!(*id < next, "2: indices are given in order");
			let hangs = zone
				.parent()
				.is_some_and(|parent| parent < *id && zones.contains_key(&parent));
			ensure!(*id == ROOT || hangs, "2: a zone hangs by an earlier one");
			let lines = Self::ascent(*id).count().saturating_sub(1);
			ensure!(lines <= T::MaxDepth::get() as usize, "2: no zone is too deep");
		}
		for (page, zones) in Zones::<T>::iter() {
			ensure!(page < next.div_ceil(ZONES_PER_PAGE), "2: no page beyond the last index");
			ensure!(zones.iter().any(Option::is_some), "2: no page is empty");
		}
		Ok(())
	}

	fn check_histories() -> Result<(), TryRuntimeError> {
		let rises = |pair: &[Step]| matches!(pair, [first, second] if first.from < second.from);
		for (_, zone) in Self::all_zones() {
			if let Some(line) = &zone.line {
				ensure!(!line.schedule.steps().is_empty(), "3: a line has terms");
				ensure!(line.schedule.steps().windows(2).all(rises), "3: steps rise");
				ensure!(
					line.schedule.steps().iter().all(|step| step.terms.is_valid()),
					"3: charges are prices"
				);
			}
			let mut free_from = 0;
			for outage in &zone.outages {
				ensure!(
					outage.from >= free_from,
					"3: interruptions follow each other, and the last alone is open"
				);
				free_from = outage.until.unwrap_or(u32::MAX);
			}
		}
		Ok(())
	}

	fn check_operators() -> Result<(), TryRuntimeError> {
		let mut lines = BTreeMap::<_, u32>::new();
		for line in Self::all_zones().filter_map(|(_, zone)| zone.line) {
			*lines.entry(line.operator).or_default() += 1;
		}
		ensure!(
			Operators::<T>::iter().collect::<BTreeMap<_, _>>() == lines,
			"4: operators are counted by their lines"
		);
		Ok(())
	}

	fn check_commitments() -> Result<(), TryRuntimeError> {
		let seconds = IntervalSeconds::<T>::get();
		let oldest = Self::oldest_interval();
		let zones: BTreeMap<ZoneId, _> = Self::all_zones().collect();
		let intervals: BTreeSet<_> = Commitments::<T>::iter_keys().collect();
		for (interval, page) in intervals {
			let commitments = Commitments::<T>::get(interval, page);
			let first = page.saturating_mul(ZONES_PER_PAGE);
			for zone in (first..).take(commitments.len()) {
				let commitment = commitment_of(&commitments, zone);
				let line = zones.get(&zone).and_then(|zone| zone.line.as_ref());
				// How a line stood longer ago is not remembered.
				let capacity = line
					.filter(|_| interval >= oldest)
					.map(|line| line.schedule.at(interval).capacity(seconds));
				let within = capacity.is_none_or(|capacity| commitment.fits(capacity));
				ensure!(within, "5: no line promises more than it carries");
				ensure!(
					line.is_some() || commitment == Default::default(),
					"5: what is gone promises nothing"
				);
			}
		}
		Ok(())
	}
}
