//! Instructions: issued, raised, lowered, stopped, handed over.

use crate::{
	controller::{roster::Member, Turn},
	math::{calendar::Calendar, profile::Profile, response::Direction},
	types::*,
	ActivationOf, Activations, Config, EnrolmentOf, Enrolments, Event, Instructions, Pallet, ProvenThrough,
};
use frame_support::traits::Get;
use gridtokenx_primitives::{message::Action, DeviceId, Epoch};

/// Where one revision of a dispatch's instructions is written.
pub(super) struct Desk<'a, T: Config> {
	pub(super) turn: &'a mut Turn<T>,
	pub(super) activation: &'a mut ActivationOf<T>,
	/// What changes now, changes under this revision.
	revision: u16,
	/// Devices with a new instruction.
	issued: u32,
	dispatch: DispatchId,
}

impl<'a, T: Config> Desk<'a, T> {
	pub(super) fn new(turn: &'a mut Turn<T>, dispatch: DispatchId, activation: &'a mut ActivationOf<T>) -> Self {
		let revision = activation.revision.saturating_add(1);
		Self {
			turn,
			activation,
			revision,
			issued: 0,
			dispatch,
		}
	}

	/// Enters the revision, if there is one; the answer is how many devices have a new instruction.
	pub(super) fn sign_off(self) -> u32 {
		if self.issued > 0 {
			self.activation.revision = self.revision;
		}
		self.issued
	}

	/// Lets go whoever did not answer in time, or has run for as long as it can.
	pub(super) fn let_go_overdue(&mut self, member: &mut Member<T>) {
		let Some(instruction) = member
			.instruction
			.as_ref()
			.filter(|instruction| !instruction.is_at_rest())
		else {
			return;
		};
		let (now, end) = (self.turn.now, instruction.end);
		if instruction.progress == Progress::Pending && now >= instruction.acknowledge_by {
			self.stop(member, now.min(end), Progress::Missed);
			let (dispatch, device) = (self.dispatch, member.device);
			Pallet::<T>::deposit_event(Event::Unanswered { dispatch, device });
		} else if now >= end {
			self.stop(member, end, Progress::Idle);
		}
	}

	/// Takes a setpoint down, if it is above `power_w`. What an asset has accepted it may do less of without being asked.
	pub(super) fn lower(&mut self, member: &mut Member<T>, power_w: u32) {
		let level_w = member.level_w();
		if power_w == 0 && member.setpoint_w() > 0 {
			self.stop(member, self.turn.now, Progress::Idle);
		} else if power_w < member.setpoint_w() && power_w <= level_w {
			self.relevel(member, power_w);
		} else if power_w == level_w && power_w == member.setpoint_w() && power_w > 0 {
			self.shorten(member);
		}
	}

	/// Asks for `power_w`, if it is more than the asset has accepted and not what it has been asked for already. Without the
	/// budget to pay for it nothing is asked for: the need stays short.
	pub(super) fn raise(&mut self, member: &mut Member<T>, power_w: u32) {
		let (Some(span), Some(epoch)) = (member.span, member.info.as_ref().map(|info| info.epoch)) else {
			return;
		};
		if !is_news(member, power_w, span) {
			return;
		}
		let is_new = member.instruction.is_none();
		let mut instruction = member.instruction.clone().unwrap_or_else(|| self.blank(member));
		let mut earlier = if is_new {
			self.take_over(member, &mut instruction, span.0)
		} else {
			None
		};
		self.ask(&mut instruction, power_w, span, epoch);
		if is_new && self.activation.devices.is_full() || !self.cover(&mut instruction, &mut earlier) {
			return;
		}
		if let Some((dispatch, earlier)) = earlier {
			Instructions::<T>::insert(dispatch, member.device, earlier);
		}
		if is_new {
			// There is room, as has just been checked.
			let _ = self.activation.devices.try_push(member.device);
			member.enrolment.unsettled = member.enrolment.unsettled.saturating_add(1);
		}
		self.engage(member, instruction);
	}

	fn ask(&self, instruction: &mut Instruction, power_w: u32, (start, end): (u64, u64), epoch: Epoch) {
		if instruction.profile.level_w() == 0 {
			instruction.running_since = start;
		}
		instruction.epoch = epoch;
		instruction.revision = self.revision;
		instruction.action = self.action();
		instruction.power_w = power_w;
		(instruction.start, instruction.end) = (start, end);
		instruction.acknowledge_by = self.turn.now.saturating_add(T::AcknowledgeSeconds::get());
		instruction.progress = Progress::Pending;
	}

	/// Sets aside what an instruction may cost by now, and no more for the earlier one that it relieves. Fails, and sets nothing
	/// aside, beyond the program's budget.
	fn cover(&mut self, instruction: &mut Instruction, earlier: &mut Option<(DispatchId, Instruction)>) -> bool {
		let (program, direction, calendar) = (&mut self.turn.program, self.activation.direction, self.turn.calendar);
		let before = program.reserved;
		if let Some((_, earlier)) = earlier {
			program.set_aside(earlier, direction, calendar);
		}
		program.set_aside(instruction, direction, calendar);
		let is_covered = program.reserved <= program.budget;
		if !is_covered {
			program.reserved = before;
		}
		is_covered
	}

	/// Less is asked of an asset, so less has to be set aside.
	fn uncover(&mut self, instruction: &mut Instruction) {
		let (direction, calendar) = (self.activation.direction, self.turn.calendar);
		self.turn.program.set_aside(instruction, direction, calendar);
	}

	fn engage(&mut self, member: &mut Member<T>, instruction: Instruction) {
		let (calendar, enrolment) = (self.turn.calendar, &mut member.enrolment);
		let (dispatch, direction) = (self.dispatch, self.activation.direction);
		let (start, end) = (instruction.start, instruction.end);
		enrolment.engage(Engagement {
			dispatch,
			direction,
			end,
		});
		enrolment
			.busy
			.mark(calendar.interval_at(start), calendar.last_before(end));
		member.instruction = Some(instruction);
		self.note(member);
	}

	/// A lower level, at once and without an answer.
	fn relevel(&mut self, member: &mut Member<T>, power_w: u32) {
		let Some(mut instruction) = member.instruction.take() else {
			return;
		};
		// A setpoint that has not begun is replaced before it does.
		let at = self.turn.now.max(instruction.profile.since());
		let direction = self.activation.direction;
		change(
			&mut member.enrolment,
			&mut instruction,
			direction,
			at,
			power_w,
			self.turn.calendar,
		);
		instruction.progress = Progress::Running;
		instruction.revision = self.revision;
		instruction.power_w = power_w;
		instruction.start = at;
		self.uncover(&mut instruction);
		member.instruction = Some(instruction);
		self.note(member);
	}

	/// The owner has ruled out some of what lies ahead.
	fn shorten(&mut self, member: &mut Member<T>) {
		let Some((_, end)) = member.span else { return };
		let Some(mut instruction) = member.instruction.take_if(|instruction| instruction.end > end) else {
			return;
		};
		instruction.end = end;
		instruction.revision = self.revision;
		self.uncover(&mut instruction);
		member
			.enrolment
			.release(&instruction, self.dispatch, end, self.turn.calendar);
		member.instruction = Some(instruction);
		self.note(member);
	}

	/// Ends a run at `at`, which is not after now or the end that the device knows.
	fn stop(&mut self, member: &mut Member<T>, at: u64, progress: Progress) {
		let Some(mut instruction) = member.instruction.take() else {
			return;
		};
		self.turn.end_run(
			self.dispatch,
			self.activation,
			&mut member.enrolment,
			&mut instruction,
			at,
			self.revision,
		);
		instruction.progress = progress;
		self.uncover(&mut instruction);
		member.instruction = Some(instruction);
		self.note(member);
	}

	fn note(&mut self, member: &mut Member<T>) {
		member.changed = true;
		let is_new = member
			.instruction
			.as_ref()
			.is_some_and(|instruction| instruction.revision == self.revision);
		self.issued = self.issued.saturating_add(u32::from(is_new));
	}

	fn action(&self) -> Action {
		match self.turn.program.terms.product {
			Product::LoadShedding(_) => Action::Shed,
			Product::FrequencyContainment(_) | Product::Balancing => Action::Setpoint,
		}
	}

	fn blank(&self, member: &Member<T>) -> Instruction {
		Instruction {
			revision: 0,
			epoch: 0,
			action: Action::Setpoint,
			power_w: 0,
			start: self.turn.now,
			end: self.turn.now,
			acknowledge_by: self.turn.now,
			progress: Progress::Idle,
			running_since: self.turn.now,
			profile: Profile::at_rest(self.turn.now),
			price: member.enrolment.asset.price_per_kwh,
			reserved: 0,
			basis: None,
			tally: Tally::default(),
		}
	}

	/// An interval belongs to one dispatch: where an earlier one, which is over, touches the interval in which this one begins,
	/// this one answers for the whole of it. What is left of the earlier instruction is for the caller to store.
	fn take_over(
		&self,
		member: &Member<T>,
		instruction: &mut Instruction,
		start: u64,
	) -> Option<(DispatchId, Instruction)> {
		let calendar = self.turn.calendar;
		let interval = calendar.interval_at(start);
		let touches = |engagement: &Engagement| {
			engagement.dispatch != self.dispatch && calendar.last_before(engagement.end) >= interval
		};
		let engagement = member.enrolment.engagement.filter(touches)?;
		let mut earlier = Instructions::<T>::get(engagement.dispatch, member.device)?;
		instruction.profile.add(interval, earlier.profile.hand_over(interval));
		Some((engagement.dispatch, earlier))
	}
}

/// Whether a setpoint has to be asked for: it is more than what is accepted, and not what was asked for last.
fn is_news<T: Config>(member: &Member<T>, power_w: u32, (_, end): (u64, u64)) -> bool {
	let instruction = member.instruction.as_ref();
	let asked = power_w == member.setpoint_w() && instruction.is_some_and(|instruction| instruction.end <= end);
	power_w > member.level_w() && !asked
}

impl<T: Config> Turn<T> {
	/// Ends a dispatch. Assets that have not run their shortest time run on for the rest of it, and are paid for that too.
	pub(super) fn finish(&mut self, dispatch: DispatchId, mut activation: ActivationOf<T>, phase: Phase) {
		let revision = activation.revision.saturating_add(1);
		let mut end = activation.end.min(self.now);
		for device in activation.devices.clone() {
			let Some(enrolment) = Enrolments::<T>::get(self.id, device) else {
				continue;
			};
			if let Some(stopped) = self.finish_device(dispatch, &activation, device, enrolment, revision) {
				end = end.max(stopped);
			}
		}
		if self.now < activation.end {
			activation.revision = revision;
		}
		activation.end = end;
		self.program.live.set(activation.direction, None);
		self.enter(dispatch, &mut activation, phase);
		Activations::<T>::insert(dispatch, activation);
		// What is over may be paid even if no further interval is measured.
		ProvenThrough::<T>::kill();
	}

	/// Ends one asset's part; the answer is when it stops, if it was running.
	fn finish_device(
		&mut self,
		dispatch: DispatchId,
		activation: &ActivationOf<T>,
		device: DeviceId,
		mut enrolment: EnrolmentOf<T>,
		revision: u16,
	) -> Option<u64> {
		let mut instruction = Instructions::<T>::get(dispatch, device)?;
		if instruction.setpoint_w() == 0 {
			return None;
		}
		let runs = instruction.profile.level_w() > 0 && instruction.running_since <= self.now;
		let shortest = instruction
			.running_since
			.saturating_add(enrolment.asset.shortest_s.into());
		let at = if runs {
			self.now.max(shortest).min(instruction.end)
		} else {
			self.now
		};
		self.end_run(dispatch, activation, &mut enrolment, &mut instruction, at, revision);
		instruction.progress = Progress::Idle;
		self.program
			.set_aside(&mut instruction, activation.direction, self.calendar);
		self.store_member(dispatch, device, enrolment, Some(instruction));
		runs.then_some(at)
	}

	/// Takes an asset's setpoint to nothing. Before the end that the device knows, it is told.
	fn end_run(
		&self,
		dispatch: DispatchId,
		activation: &ActivationOf<T>,
		enrolment: &mut EnrolmentOf<T>,
		instruction: &mut Instruction,
		at: u64,
		revision: u16,
	) {
		let asset = enrolment.asset;
		let ran = instruction.profile.level_w() > 0;
		if ran && asset.longest_s > 0 && at.saturating_sub(instruction.running_since) >= asset.longest_s.into() {
			enrolment.rest_until = at.saturating_add(asset.longest_s.into());
		}
		change(enrolment, instruction, activation.direction, at, 0, self.calendar);
		if at < instruction.end {
			instruction.revision = revision;
			instruction.start = at;
			instruction.action = if instruction.action == Action::Shed {
				Action::Restore
			} else {
				Action::Cancel
			};
		}
		instruction.power_w = 0;
		enrolment.release(instruction, dispatch, at, self.calendar);
	}
}

/// Changes what an asset is to do, and with it what its battery holds as far as the chain knows.
pub(super) fn change<AccountId>(
	enrolment: &mut Enrolment<AccountId>,
	instruction: &mut Instruction,
	direction: Direction,
	at: u64,
	power_w: u32,
	calendar: Calendar,
) {
	let profile = &mut instruction.profile;
	if let Some(charge) = &mut enrolment.charge {
		charge.stored_wh = charge.stored_after(direction, profile.level_w(), profile.since(), at);
	}
	profile.change(at, power_w, calendar);
}
