//! The tree in its pages.
//!
//! Indices are given in rising order and never twice, and a zone is added below one that exists. So a parent's index is always
//! smaller than its children's: pages list parents before children, and a walk towards the root ends.

use crate::{
	types::{ZonePage, ZONES_PER_PAGE},
	Config, Error, NextZone, Pallet, Zone, Zones,
};
use frame_support::{ensure, traits::Get};
use gridtokenx_primitives::ZoneId;
use sp_runtime::DispatchError;

pub(crate) type ZoneOf<T> = Zone<<T as frame_system::Config>::AccountId>;

/// A zone's page, and its place there.
pub(crate) const fn place_of(zone: ZoneId) -> (u32, usize) {
	(zone / ZONES_PER_PAGE, (zone % ZONES_PER_PAGE) as usize)
}

/// From a zone to the root.
pub(crate) struct Ascent<T: Config> {
	next: Option<ZoneId>,
	/// Neighbours in the tree are often neighbours in the pages.
	page: Option<(u32, ZonePage<T::AccountId>)>,
}

impl<T: Config> Iterator for Ascent<T> {
	type Item = ZoneOf<T>;

	fn next(&mut self) -> Option<Self::Item> {
		let zone = self.next.take()?;
		let (number, slot) = place_of(zone);
		let page = match self.page.take() {
			Some((held, page)) if held == number => page,
			_ => Zones::<T>::get(number),
		};
		let found = page.get(slot).cloned().flatten();
		self.page = Some((number, page));
		// Smaller, step by step: the walk ends.
		self.next = found.as_ref().and_then(Zone::parent).filter(|parent| *parent < zone);
		found
	}
}

impl<T: Config> Pallet<T> {
	/// A zone that exists.
	pub fn zone(zone: ZoneId) -> Option<ZoneOf<T>> {
		let (page, slot) = place_of(zone);
		Zones::<T>::get(page).get(slot).cloned().flatten()
	}

	/// The zone and all above it, up to the root.
	pub(crate) fn ascent(zone: ZoneId) -> Ascent<T> {
		Ascent {
			next: Some(zone),
			page: None,
		}
	}

	/// How many pages there may be.
	pub(crate) fn page_count() -> u32 {
		NextZone::<T>::get().div_ceil(ZONES_PER_PAGE)
	}

	/// The zones on a page, in the order of their indices.
	pub(crate) fn zones_on(page: u32) -> impl Iterator<Item = (ZoneId, ZoneOf<T>)> {
		let first = page.saturating_mul(ZONES_PER_PAGE);
		(first..)
			.zip(Zones::<T>::get(page))
			.filter_map(|(zone, place)| Some((zone, place?)))
	}

	/// All zones, parents before children.
	pub(crate) fn all_zones() -> impl Iterator<Item = (ZoneId, ZoneOf<T>)> {
		(0..Self::page_count()).flat_map(Self::zones_on)
	}

	/// Stores a zone under the next index.
	pub(crate) fn append(zone: ZoneOf<T>) -> Result<ZoneId, DispatchError> {
		let index = NextZone::<T>::get();
		ensure!(index < T::MaxZones::get(), Error::<T>::TooManyZones);
		let (page, slot) = place_of(index);
		Zones::<T>::mutate(page, |zones| {
			// A place on a page is below the page's bound.
			zones.bounded_resize(slot, None);
			zones.force_push(Some(zone));
		});
		NextZone::<T>::put(index.saturating_add(1));
		Ok(index)
	}

	/// Changes a zone that exists; nothing is stored if `change` fails.
	pub(crate) fn try_mutate_zone<R>(
		zone: ZoneId,
		change: impl FnOnce(&mut ZoneOf<T>) -> Result<R, DispatchError>,
	) -> Result<R, DispatchError> {
		let (page, slot) = place_of(zone);
		Zones::<T>::try_mutate(page, |zones| {
			let zone = zones
				.get_mut(slot)
				.and_then(Option::as_mut)
				.ok_or(Error::<T>::UnknownZone)?;
			change(zone)
		})
	}

	/// Empties a zone's place. A page without zones goes with its last.
	pub(crate) fn vacate(zone: ZoneId) {
		let (page, slot) = place_of(zone);
		Zones::<T>::mutate_exists(page, |stored| {
			let mut zones = stored.take().unwrap_or_default();
			if let Some(place) = zones.get_mut(slot) {
				*place = None;
			}
			*stored = zones.iter().any(Option::is_some).then_some(zones);
		});
	}
}
