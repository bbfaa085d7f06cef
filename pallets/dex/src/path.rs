//! The lines between two zones, and what is promised on them.

use crate::{
	pallet::{Config, Error, Lines, Pallet},
	types::{Connection, Line},
};
use alloc::vec::Vec;
use frame_support::BoundedVec;
use gridtokenx_primitives::{grid::Network, Interval, Price, Topology, Wh, ZoneId};
use sp_runtime::{DispatchError, DispatchResult};

/// The lines that are kept for an interval.
pub(crate) type LinesOf<T> = BoundedVec<Line<<T as frame_system::Config>::AccountId>, <T as Config>::MaxZones>;

/// One line of a path, in the direction in which energy travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop<AccountId> {
	/// The zone below the line.
	pub zone: ZoneId,
	/// Whether energy goes towards the root.
	pub up: bool,
	/// Planck per kWh.
	pub charge_per_kwh: Price,
	/// Who receives the charge.
	pub operator: AccountId,
}

/// The lines from a seller's zone to a buyer's.
pub(crate) type Path<AccountId> = Vec<Hop<AccountId>>;

/// The zone without a parent.
pub(crate) fn root<AccountId>(lines: &[Line<AccountId>]) -> Option<ZoneId> {
	lines
		.iter()
		.find(|line| line.connection.is_none())
		.map(|line| line.zone)
}

/// The path from one zone to another: up to where they meet, then down. `None` if a zone is not of the tree.
pub(crate) fn between<AccountId: Clone>(
	lines: &[Line<AccountId>],
	from: ZoneId,
	to: ZoneId,
) -> Option<Path<AccountId>> {
	let mut up = ascend(lines, from, true)?;
	let mut down = ascend(lines, to, false)?;
	// What both climb above the zone where they meet is not travelled.
	while let (Some(a), Some(b)) = (up.last(), down.last()) {
		if a.zone != b.zone {
			break;
		}
		up.pop();
		down.pop();
	}
	up.extend(down.into_iter().rev());
	Some(up)
}

/// All lines from a zone to the root.
fn ascend<AccountId: Clone>(lines: &[Line<AccountId>], from: ZoneId, up: bool) -> Option<Path<AccountId>> {
	let mut path = Vec::new();
	let mut zone = from;
	// A tree is no deeper than it has zones; the bound keeps a malformed one from turning for ever.
	for _ in 0..lines.len() {
		let line = lines.iter().find(|line| line.zone == zone)?;
		let Some(Connection {
			parent,
			charge_per_kwh,
			operator,
		}) = line.connection.clone()
		else {
			return Some(path);
		};
		path.push(Hop {
			zone,
			up,
			charge_per_kwh,
			operator,
		});
		zone = parent;
	}
	None
}

impl<T: Config> Pallet<T> {
	/// The path of a trade in an interval whose market is open.
	pub(crate) fn path(interval: Interval, from: ZoneId, to: ZoneId) -> Result<Path<T::AccountId>, DispatchError> {
		between(&Lines::<T>::get(interval), from, to).ok_or(Error::<T>::Inconsistent.into())
	}

	/// Promises energy on every line of a path; fails where a line has no more to give.
	pub(crate) fn commit(interval: Interval, path: &Path<T::AccountId>, wh: Wh) -> DispatchResult {
		path.iter().try_for_each(|hop| {
			let (to_parent, from_parent) = directed(hop, wh);
			T::Topology::commit(interval, hop.zone, to_parent, from_parent)
		})
	}

	/// Gives back what was promised and will not be delivered.
	pub(crate) fn uncommit(interval: Interval, path: &Path<T::AccountId>, wh: Wh) {
		for hop in path {
			let (to_parent, from_parent) = directed(hop, wh);
			T::Topology::release(interval, hop.zone, to_parent, from_parent);
		}
	}

	/// The tree that is kept for an interval, with what has come into service since. What is kept does not change: contracts
	/// rest on it.
	pub(crate) fn lines_with(interval: Interval, network: &Network<T::AccountId>) -> Result<LinesOf<T>, DispatchError> {
		let mut lines = Lines::<T>::get(interval);
		for (zone, link) in network {
			if lines.iter().any(|line| line.zone == *zone) {
				continue;
			}
			let connection = link.as_ref().map(|link| Connection {
				parent: link.parent,
				charge_per_kwh: link.charge_per_kwh,
				operator: link.operator.clone(),
			});
			let line = Line {
				zone: *zone,
				connection,
			};
			lines.try_push(line).map_err(|_| Error::<T>::GridTooLarge)?;
		}
		Ok(lines)
	}

	/// Keeps the tree as it stands for an interval that is to be traded.
	pub(crate) fn keep_lines(interval: Interval, network: &Network<T::AccountId>) -> Result<LinesOf<T>, DispatchError> {
		let lines = Self::lines_with(interval, network)?;
		if Lines::<T>::decode_len(interval) != Some(lines.len()) {
			Lines::<T>::insert(interval, &lines);
		}
		Ok(lines)
	}
}

fn directed<AccountId>(hop: &Hop<AccountId>, wh: Wh) -> (Wh, Wh) {
	if hop.up {
		(wh, 0)
	} else {
		(0, wh)
	}
}
