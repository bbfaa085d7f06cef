//! The grid, as the other pallets see it.

use crate::{
	tree::place_of,
	types::{Commitment, CommitmentPage, Line, Terms},
	Commitments, Config, Error, Operators, Pallet,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::traits::Get;
use gridtokenx_primitives::{Clock, Interval, Link, Network, Topology, Wh, ZoneId};
use sp_runtime::DispatchResult;

impl<T: Config> Topology<T::AccountId> for Pallet<T> {
	fn is_open(zone: ZoneId, interval: Interval) -> bool {
		let mut reached_root = false;
		for zone in Self::ascent(zone) {
			if !zone.in_service(interval) {
				return false;
			}
			reached_root = zone.line.is_none();
		}
		reached_root
	}

	fn network(interval: Interval) -> Network<T::AccountId> {
		let seconds = Self::interval_seconds();
		let mut open = BTreeSet::new();
		let mut network = Vec::new();
		for page in 0..Self::page_count() {
			let commitments = Commitments::<T>::get(interval, page);
			for (id, zone) in Self::zones_on(page) {
				// Parents come first, so what is open above is known.
				let connected = zone.parent().is_none_or(|parent| open.contains(&parent));
				if !connected || !zone.in_service(interval) {
					continue;
				}
				open.insert(id);
				let link = zone.line.map(|line| {
					let terms = line.schedule.at(interval);
					let left = terms.capacity(seconds).minus(commitment_of(&commitments, id));
					link(line, terms, left)
				});
				network.push((id, link));
			}
		}
		network
	}

	fn is_operator(account: &T::AccountId) -> bool {
		Operators::<T>::contains_key(account)
	}

	fn grid_fund() -> T::AccountId {
		T::GridFund::get()
	}

	fn commit(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh) -> DispatchResult {
		let line = Self::zone(zone)
			.ok_or(Error::<T>::UnknownZone)?
			.line
			.ok_or(Error::<T>::RootHasNoLine)?;
		let capacity = line.schedule.at(interval).capacity(Self::interval_seconds());
		let more = Commitment {
			to_parent_wh,
			from_parent_wh,
		};
		let (page, slot) = place_of(zone);
		Commitments::<T>::try_mutate(interval, page, |page| {
			if page.len() <= slot {
				// A place on a page is below the page's bound.
				page.bounded_resize(slot.saturating_add(1), Commitment::default());
			}
			let commitment = page.get_mut(slot).ok_or(Error::<T>::UnknownZone)?;
			*commitment = commitment.plus(more, capacity).ok_or(Error::<T>::CapacityExceeded)?;
			Ok(())
		})
	}

	fn release(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh) {
		let less = Commitment {
			to_parent_wh,
			from_parent_wh,
		};
		let (page, slot) = place_of(zone);
		Commitments::<T>::mutate_exists(interval, page, |page| {
			if let Some(commitment) = page.as_mut().and_then(|page| page.get_mut(slot)) {
				*commitment = commitment.minus(less);
			}
		});
	}

	fn forget(interval: Interval) {
		// There are no more pages of promises than of zones, so this is bounded by the number of zones.
		let _ = Commitments::<T>::clear_prefix(interval, u32::MAX, None);
	}

	fn lines_above(zone: ZoneId) -> Vec<(ZoneId, u64)> {
		let now = Self::now();
		let mut under = zone;
		let lines = Self::ascent(zone).map_while(|zone| {
			let line = zone.line?;
			let entry = (under, line.schedule.at(now).to_parent_w);
			under = line.parent;
			Some(entry)
		});
		lines.collect()
	}

	fn exists(zone: ZoneId) -> bool {
		Self::zone(zone).is_some()
	}
}

pub(crate) fn commitment_of(page: &CommitmentPage, zone: ZoneId) -> Commitment {
	let (_, slot) = place_of(zone);
	page.get(slot).copied().unwrap_or_default()
}

fn link<AccountId>(line: Line<AccountId>, terms: Terms, left: Commitment) -> Link<AccountId> {
	Link {
		parent: line.parent,
		to_parent_wh: left.to_parent_wh,
		from_parent_wh: left.from_parent_wh,
		charge_per_kwh: terms.charge_per_kwh(),
		operator: line.operator,
	}
}
