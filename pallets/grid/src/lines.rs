//! What governance and operators do with zones and lines.

use crate::{
	tree::place_of,
	types::{Line, Schedule, Terms},
	Commitments, Config, Error, Operators, Pallet, Zone, ZoneUse,
};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::{time::HORIZON, Clock, Interval, ZoneId};
use sp_runtime::{DispatchError, DispatchResult};

impl<T: Config> Pallet<T> {
	/// Adds a zone whose line's terms count from `from` on.
	pub(crate) fn do_add(
		parent: ZoneId,
		operator: T::AccountId,
		from: Interval,
		terms: Terms,
	) -> Result<ZoneId, DispatchError> {
		ensure!(terms.is_valid(), Error::<T>::ChargeTooHigh);
		// The zones from the parent to the root are as many as the lines from the new zone to the root.
		let depth = Self::ascent(parent).count();
		ensure!(depth > 0, Error::<T>::UnknownZone);
		ensure!(depth <= T::MaxDepth::get() as usize, Error::<T>::TooDeep);
		let line = Line {
			parent,
			operator: operator.clone(),
			schedule: Schedule::new(from, terms),
		};
		let zone = Self::append(Zone {
			line: Some(line),
			..Zone::default()
		})?;
		Self::appoint(&operator);
		Ok(zone)
	}

	/// Announces terms for a line, and says what would have counted in their place. A `signer` has to be the line's operator.
	pub(crate) fn announce(
		zone: ZoneId,
		signer: Option<T::AccountId>,
		from: Interval,
		terms: Terms,
	) -> Result<Terms, DispatchError> {
		let oldest = Self::oldest_interval();
		Self::try_mutate_line(zone, |line| {
			ensure!(
				signer.is_none_or(|signer| signer == line.operator),
				Error::<T>::NotOperator
			);
			let old = line.schedule.at(from);
			line.schedule.forget_before(oldest);
			line.schedule.announce(from, terms).ok_or(Error::<T>::TooManyChanges)?;
			Ok(old)
		})
	}

	/// Puts another operator in charge of a line, and says who was before.
	pub(crate) fn replace_operator(zone: ZoneId, operator: T::AccountId) -> Result<T::AccountId, DispatchError> {
		let old = Self::try_mutate_line(zone, |line| {
			Ok(core::mem::replace(&mut line.operator, operator.clone()))
		})?;
		Self::appoint(&operator);
		Self::dismiss(&old);
		Ok(old)
	}

	/// Removes a zone that nothing depends on.
	pub(crate) fn do_remove(zone: ZoneId) -> DispatchResult {
		let removed = Self::zone(zone).ok_or(Error::<T>::UnknownZone)?;
		let line = removed.line.ok_or(Error::<T>::RootHasNoLine)?;
		let has_children = Self::all_zones().any(|(_, other)| other.parent() == Some(zone));
		ensure!(!has_children, Error::<T>::HasChildren);
		ensure!(
			!T::ZoneUse::is_used(zone) && !Self::is_committed(zone),
			Error::<T>::ZoneInUse
		);
		Self::vacate(zone);
		Self::dismiss(&line.operator);
		Ok(())
	}

	/// Whether a line has promised anything in an interval that can be traded or settled.
	fn is_committed(zone: ZoneId) -> bool {
		let (page, slot) = place_of(zone);
		let newest = Self::now().saturating_add(HORIZON);
		(Self::oldest_interval()..=newest).any(|interval| {
			let page = Commitments::<T>::get(interval, page);
			page.get(slot)
				.is_some_and(|commitment| *commitment != Default::default())
		})
	}

	fn try_mutate_line<R>(
		zone: ZoneId,
		change: impl FnOnce(&mut Line<T::AccountId>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		Self::try_mutate_zone(zone, |zone| {
			change(zone.line.as_mut().ok_or(Error::<T>::RootHasNoLine)?)
		})
	}

	fn appoint(operator: &T::AccountId) {
		// No account operates more lines than there are zones.
		Operators::<T>::mutate(operator, |lines| *lines = lines.saturating_add(1));
	}

	fn dismiss(operator: &T::AccountId) {
		Operators::<T>::mutate_exists(operator, |lines| {
			*lines = lines.and_then(|lines| lines.checked_sub(1)).filter(|lines| *lines > 0);
		});
	}
}
