//! A need becomes setpoints.

use crate::{
	controller::{instruct::Desk, lines::GridLines, roster::Member, Turn},
	math::allocation::allocate,
	types::*,
	ActivationOf, Activations, Config, Enrolments, Event, Instructions, Pallet,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{DeviceId, Topology};

impl<T: Config> Turn<T> {
	/// Shares a dispatch's need among the assets that can answer it now, and issues what changes.
	pub(super) fn plan(&mut self, dispatch: DispatchId, mut activation: ActivationOf<T>) {
		let mut roster = self.roster(dispatch);
		self.update_need(&mut activation);
		let mut desk = Desk::new(self, dispatch, &mut activation);
		for member in &mut roster {
			desk.let_go_overdue(member);
			member.span = desk.turn.span(dispatch, desk.activation, member);
		}
		let target_w = desk.turn.target_w(desk.activation, &roster);
		let setpoints = desk.turn.setpoints(desk.activation, &roster, target_w);
		// What is given back frees budget for what is asked for.
		for (member, setpoint) in roster.iter_mut().zip(&setpoints) {
			desk.lower(member, *setpoint);
		}
		for (member, setpoint) in roster.iter_mut().zip(&setpoints) {
			desk.raise(member, *setpoint);
		}
		let instructed = desk.sign_off();
		self.conclude(dispatch, activation, roster, target_w, instructed);
	}

	/// A dispatch that answers the frequency shows the one it answers.
	fn update_need(&self, activation: &mut ActivationOf<T>) {
		if let Need::Frequency(frequency_mhz) = &mut activation.need {
			*frequency_mhz = self.program.heeded.frequency_mhz;
		}
	}

	/// What the need comes to, W.
	fn target_w(&self, activation: &ActivationOf<T>, roster: &[Member<T>]) -> u64 {
		let under_control = roster.iter().filter(|member| member.info.is_some());
		let capacity_w = under_control
			.map(|member| u64::from(member.enrolment.asset.power_w(activation.direction)))
			.fold(0, u64::saturating_add);
		match (activation.need, &self.program.terms.product) {
			(Need::Power(power_w) | Need::LineOverload(power_w), _) => power_w.unsigned_abs().into(),
			(Need::Frequency(frequency_mhz), Product::FrequencyContainment(droop)) => {
				let response = activation.direction.along(droop.response_w(capacity_w, frequency_mhz));
				response.max(0).unsigned_abs()
			}
			(Need::Frequency(_), Product::LoadShedding(scheme)) => {
				scheme.target_w(self.program.heeded.stages, capacity_w)
			}
			(Need::Frequency(_), Product::Balancing) => 0,
		}
	}

	fn setpoints(&self, activation: &ActivationOf<T>, roster: &[Member<T>], target_w: u64) -> Vec<u32> {
		let offers: Vec<_> = roster.iter().map(|member| self.offer(activation, member)).collect();
		let interval = self.calendar.interval_at(activation.start.max(self.now));
		let network = T::Grid::network(interval);
		let mut lines = GridLines::new(network, activation.direction, activation.zone, self.calendar);
		allocate(target_w, &offers, self.program.terms.allocation, &mut lines)
	}

	fn conclude(
		&mut self,
		dispatch: DispatchId,
		mut activation: ActivationOf<T>,
		roster: Vec<Member<T>>,
		target_w: u64,
		instructed: u32,
	) {
		let given = roster
			.iter()
			.map(|member| u64::from(member.setpoint_w()))
			.fold(0, u64::saturating_add);
		let short_w = target_w.saturating_sub(given);
		if instructed > 0 || short_w != activation.short_w {
			let (program, revision) = (self.id, activation.revision);
			Pallet::<T>::deposit_event(Event::Dispatched {
				program,
				dispatch,
				revision,
				instructed,
				target_w,
				short_w,
			});
		}
		activation.target_w = target_w;
		activation.short_w = short_w;
		let due = self.next_due(&activation, &roster, given > target_w);
		self.program
			.live
			.set(activation.direction, Some(Slot { dispatch, due }));
		for member in roster.into_iter().filter(|member| member.changed) {
			self.store_member(dispatch, member.device, member.enrolment, member.instruction);
		}
		Activations::<T>::insert(dispatch, activation);
	}

	pub(super) fn store_member(
		&self,
		dispatch: DispatchId,
		device: DeviceId,
		enrolment: crate::EnrolmentOf<T>,
		instruction: Option<Instruction>,
	) {
		Enrolments::<T>::insert(self.id, device, enrolment);
		if let Some(instruction) = instruction {
			Instructions::<T>::insert(dispatch, device, instruction);
		}
	}

	/// When the dispatch needs to be looked at again, Unix seconds: an answer is due, a run or a rest is over, it begins or
	/// ends, or, while something is missing, an interval begins in which more assets may be free.
	fn next_due(&self, activation: &ActivationOf<T>, roster: &[Member<T>], surplus: bool) -> u64 {
		let begins = (activation.phase == Phase::Scheduled).then_some(activation.start);
		let missing = activation.short_w > 0;
		let next_interval = self.calendar.end_of(self.calendar.interval_at(self.now));
		let members = roster.iter().flat_map(|member| {
			let instruction = member
				.instruction
				.as_ref()
				.filter(|instruction| instruction.setpoint_w() > 0);
			let answer = instruction
				.filter(|instruction| instruction.progress == Progress::Pending)
				.map(|instruction| instruction.acknowledge_by);
			let run = instruction.map(|instruction| instruction.end);
			let shortest = instruction
				.filter(|_| surplus && self.must_run_on(member))
				.map(|instruction| {
					instruction
						.running_since
						.saturating_add(member.enrolment.asset.shortest_s.into())
				});
			let elsewhere = member
				.enrolment
				.engagement
				.filter(|_| missing)
				.map(|engagement| engagement.end);
			[answer, run, shortest, elsewhere].into_iter().flatten()
		});
		members
			.chain(begins)
			.chain(missing.then_some(next_interval))
			.filter(|due| *due > self.now)
			.fold(activation.end, u64::min)
	}
}
