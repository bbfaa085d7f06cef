//! The controller: turns needs into dispatch events and keeps them on course.
//!
//! A program's turn looks at what has become due, hears what is new, and shares every need that changed. It is one step of
//! bounded work: nothing about it waits for anyone.

mod acknowledge;
mod instruct;
mod lines;
mod plan;
mod roster;

use crate::{
	math::{calendar::Calendar, response::Direction},
	types::*,
	ActivationOf, Activations, Config, Error, Event, Frequency, NextDispatch, Pallet, ProgramOf, Signals,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, BoundedVec};
use gridtokenx_primitives::ZoneId;

/// One program's turn.
pub(crate) struct Turn<T: Config> {
	id: ProgramId,
	program: ProgramOf<T>,
	now: u64,
	calendar: Calendar,
}

impl<T: Config> Turn<T> {
	/// The turn of a program.
	pub(crate) fn new(id: ProgramId, program: ProgramOf<T>) -> Self {
		Self {
			id,
			program,
			now: Pallet::<T>::now_s(),
			calendar: Pallet::<T>::calendar(),
		}
	}

	/// How many assets it may have to look at.
	pub(crate) fn size(&self) -> u32 {
		self.program.assets
	}

	/// Whether there is anything to do.
	pub(crate) fn is_due(&self) -> bool {
		let due = self.program.live.slots().any(|slot| slot.due <= self.now);
		due || self.has_signal() || self.has_news()
	}

	/// Takes the turn.
	pub(crate) fn run(mut self) {
		for direction in Direction::ALL {
			self.advance(direction);
		}
		if self.program.status == ProgramStatus::Open {
			self.heed_signal();
			self.heed_sensors();
		}
		for direction in Direction::ALL {
			self.plan_if_due(direction);
		}
		Pallet::<T>::store_program(self.id, self.program);
	}

	fn has_signal(&self) -> bool {
		self.program.status == ProgramStatus::Open
			&& !self.program.open.is_full()
			&& Signals::<T>::contains_key(self.id)
	}

	fn has_news(&self) -> bool {
		let listens = !matches!(self.program.terms.product, Product::Balancing);
		let heard = self.program.heeded.heard_ms;
		listens
			&& self.program.status == ProgramStatus::Open
			&& Frequency::<T>::get().is_some_and(|frequency| frequency.at_ms > heard)
	}

	/// Begins what is scheduled for now, and ends what is over.
	fn advance(&mut self, direction: Direction) {
		let Some(slot) = self.program.live.get(direction).filter(|slot| slot.due <= self.now) else {
			return;
		};
		let Some(mut activation) = Activations::<T>::get(slot.dispatch) else {
			return;
		};
		if activation.end <= self.now {
			self.finish(slot.dispatch, activation, Phase::Completed);
		} else if activation.phase == Phase::Scheduled && activation.start <= self.now {
			self.enter(slot.dispatch, &mut activation, Phase::Active);
			Activations::<T>::insert(slot.dispatch, activation);
		}
	}

	fn heed_signal(&mut self) {
		if self.program.open.is_full() {
			return;
		}
		let Some(signal) = Signals::<T>::take(self.id).filter(|signal| signal.end > self.now) else {
			return;
		};
		match signal.need {
			Need::Frequency(frequency_mhz) => self.respond(frequency_mhz, signal.end),
			Need::Power(power_w) | Need::LineOverload(power_w) => self.request(signal, power_w),
		}
	}

	fn heed_sensors(&mut self) {
		if !self.has_news() {
			return;
		}
		if let Some(frequency) = Frequency::<T>::get() {
			self.program.heeded.heard_ms = frequency.at_ms;
			let end = self.now.saturating_add(self.program.terms.activation_s.into());
			self.respond(frequency.frequency_mhz, end);
		}
	}

	/// A requested power takes the place of whatever is live: nothing that outranks it was when the signal came, and whatever
	/// comes later is heeded after it.
	fn request(&mut self, signal: Signal, power_w: i32) {
		let fate = if power_w == 0 {
			Phase::Completed
		} else {
			Phase::Superseded
		};
		for direction in Direction::ALL {
			self.finish_direction(direction, fate);
		}
		if let Some(direction) = Direction::of(power_w.into()) {
			self.announce(direction, signal.need, Some(signal.zone), signal.start, signal.end);
		}
	}

	/// A frequency moves the setpoints of the dispatch that answers it, or begins one that lasts until `end`.
	fn respond(&mut self, frequency_mhz: u32, end: u64) {
		if Pallet::<T>::is_outranked(&self.program, Rank::Frequency) {
			return;
		}
		let (changed, wanted) = self.hear(frequency_mhz);
		for direction in Direction::ALL {
			let live = self.program.live.get(direction);
			let need = live
				.and_then(|slot| Activations::<T>::get(slot.dispatch))
				.map(|activation| activation.need);
			let answers = matches!(need, Some(Need::Frequency(_)));
			if let Some(slot) = live.filter(|_| answers && changed) {
				self.program.live.set(direction, Some(Slot { due: self.now, ..slot }));
			} else if wanted == Some(direction) && !answers {
				self.finish_direction(direction, Phase::Superseded);
				self.announce(direction, Need::Frequency(frequency_mhz), None, self.now, end);
			}
		}
	}

	/// Hears a frequency, with hysteresis: whether anything changes, and which way the program is to push.
	fn hear(&mut self, frequency_mhz: u32) -> (bool, Option<Direction>) {
		let (before, mut after) = (self.program.heeded, self.program.heeded);
		let wanted = match &self.program.terms.product {
			Product::FrequencyContainment(droop) => {
				let heed = droop.heed(before.frequency_mhz, frequency_mhz);
				after.frequency_mhz = heed.unwrap_or(before.frequency_mhz);
				droop.direction(after.frequency_mhz)
			}
			Product::LoadShedding(scheme) => {
				after.stages = scheme.active(before.stages, frequency_mhz);
				after.frequency_mhz = frequency_mhz;
				(after.stages > 0).then_some(Direction::Up)
			}
			Product::Balancing => None,
		};
		self.program.heeded = after;
		let changed = match self.program.terms.product {
			Product::LoadShedding(_) => before.stages != after.stages,
			_ => before.frequency_mhz != after.frequency_mhz,
		};
		(changed, wanted)
	}

	/// Announces a dispatch; its setpoints follow in the same turn.
	fn announce(&mut self, direction: Direction, need: Need, zone: Option<ZoneId>, start: u64, end: u64) {
		let dispatch = NextDispatch::<T>::get();
		if self.program.open.try_push(dispatch).is_err() {
			// Too many wait for their proof. A frequency that is still off is reported again; signals are not taken up.
			return;
		}
		NextDispatch::<T>::put(dispatch.saturating_add(1));
		let start = start.max(self.now);
		let phase = if start > self.now {
			Phase::Scheduled
		} else {
			Phase::Active
		};
		let activation = Activation {
			program: self.id,
			zone,
			need,
			direction,
			phase,
			target_w: 0,
			short_w: 0,
			announced: self.now,
			start,
			end,
			revision: 0,
			devices: BoundedVec::new(),
			proving: self.calendar.interval_at(start),
			cursor: 0,
			outcome: Outcome::default(),
		};
		Activations::<T>::insert(dispatch, activation);
		self.program.live.set(
			direction,
			Some(Slot {
				dispatch,
				due: self.now,
			}),
		);
		Pallet::<T>::deposit_event(Event::Announced {
			program: self.id,
			dispatch,
			need,
			start,
			end,
		});
	}

	fn plan_if_due(&mut self, direction: Direction) {
		let Some(slot) = self.program.live.get(direction).filter(|slot| slot.due <= self.now) else {
			return;
		};
		if let Some(activation) = Activations::<T>::get(slot.dispatch) {
			self.plan(slot.dispatch, activation);
		}
	}

	fn finish_direction(&mut self, direction: Direction, phase: Phase) {
		let Some(slot) = self.program.live.get(direction) else {
			return;
		};
		if let Some(activation) = Activations::<T>::get(slot.dispatch) {
			self.finish(slot.dispatch, activation, phase);
		}
	}

	fn enter(&self, dispatch: DispatchId, activation: &mut ActivationOf<T>, phase: Phase) {
		let old = core::mem::replace(&mut activation.phase, phase);
		Pallet::<T>::deposit_event(Event::PhaseChanged {
			program: self.id,
			dispatch,
			old,
			new: phase,
		});
	}
}

impl<T: Config> Pallet<T> {
	/// Ends every live dispatch of a program.
	pub(crate) fn finish_live(id: ProgramId, program: ProgramOf<T>, phase: Phase) -> ProgramOf<T> {
		let mut turn = Turn::<T>::new(id, program);
		for direction in Direction::ALL {
			turn.finish_direction(direction, phase);
		}
		turn.program
	}

	pub(crate) fn do_cancel_dispatch(who: Option<T::AccountId>, dispatch: DispatchId) -> DispatchResult {
		let activation = Activations::<T>::get(dispatch).ok_or(Error::<T>::DispatchNotFound)?;
		let id = activation.program;
		let program = Self::program_of(who.as_ref(), id)?;
		ensure!(activation.phase.is_live(), Error::<T>::NotLive);
		let mut turn = Turn::<T>::new(id, program);
		turn.finish(dispatch, activation, Phase::Cancelled);
		Self::store_program(id, turn.program);
		Ok(())
	}
}
