//! What the measuring of one page adds up to.

use crate::{
	energy::{Span, Standing},
	page::{counted_source, PageState},
	register::Measured,
	types::{Energy, EnergyPage, Flow, PositionSums, Tally},
	Config, Energies, Positions, ZoneFlows,
};
use alloc::collections::BTreeMap;
use gridtokenx_primitives::{Interval, Meter, ZoneId};

/// Sums of a page in one interval, by account and zone.
pub(crate) struct Sheet<T: Config> {
	interval: Interval,
	energies: EnergyPage,
	positions: BTreeMap<(T::AccountId, ZoneId), PositionSums>,
	zones: BTreeMap<ZoneId, Flow>,
	/// Counts of connection points.
	pub tally: Tally,
}

impl<T: Config> Sheet<T> {
	/// An empty sheet.
	pub fn new(interval: Interval) -> Self {
		Self {
			interval,
			energies: EnergyPage::default(),
			positions: BTreeMap::new(),
			zones: BTreeMap::new(),
			tally: Tally::default(),
		}
	}

	/// Enters what was found of the device in `slot`, whose energy in this interval belongs to `owner`.
	pub fn enter(
		&mut self,
		state: &mut PageState<T>,
		slot: u8,
		meter: &Meter<T::AccountId>,
		owner: &T::AccountId,
		found: Measured,
	) {
		if meter.connection_point && meter.active {
			let read = found != Measured::Unread;
			self.tally.coverage.active = self.tally.coverage.active.saturating_add(1);
			self.tally.coverage.read = self.tally.coverage.read.saturating_add(read.into());
			let position = self.positions.entry((owner.clone(), meter.zone)).or_default();
			position.unread = position.unread.saturating_add((!read).into());
		}
		if let Measured::Within { span, late_after } = found {
			state.book_late(slot, span, late_after, self.interval.saturating_sub(1));
			self.enter_energy(state, slot, meter, owner, &span);
		}
	}

	fn enter_energy(
		&mut self,
		state: &mut PageState<T>,
		slot: u8,
		meter: &Meter<T::AccountId>,
		owner: &T::AccountId,
		span: &Span,
	) {
		let amount = span.of(self.interval);
		self.energies.set(slot, Energy::new(amount, span.standing));
		if !meter.connection_point {
			return;
		}
		match span.standing {
			Standing::Unallocated => {
				self.tally.unallocated = self.tally.unallocated.saturating_add(1);
				state.books.unallocated.add(amount);
				return;
			}
			Standing::Estimated => self.tally.estimated = self.tally.estimated.saturating_add(1),
			Standing::Exact => {}
		}
		state.books.allocated.add(amount);
		let source = counted_source(meter.source, span.standing);
		self.positions
			.entry((owner.clone(), meter.zone))
			.or_default()
			.flow
			.add(amount, source);
		self.zones.entry(meter.zone).or_default().add(amount, source);
	}

	/// Adds the sheet to the interval's sums, and says how many positions and zones that took.
	pub fn save(self, page: u32) -> (u32, u32) {
		let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
		let written = (count(self.positions.len()), count(self.zones.len()));
		for (key, sums) in self.positions {
			Positions::<T>::mutate(self.interval, key, |position| {
				position.flow.merge(&sums.flow);
				position.unread = position.unread.saturating_add(sums.unread);
			});
		}
		for (zone, flow) in self.zones {
			ZoneFlows::<T>::mutate(self.interval, zone, |sum| sum.merge(&flow));
		}
		if !self.energies.is_empty() {
			Energies::<T>::insert(self.interval, page, self.energies);
		}
		written
	}
}
