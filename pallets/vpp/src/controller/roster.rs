//! Who can do what for a dispatch, now.

use crate::{
	controller::Turn,
	math::{allocation::Offer, charge::sustainable_w},
	types::*,
	ActivationOf, Config, EnrolmentOf, Enrolments, Instructions, Pallet,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{Device, DeviceId, Devices, Status};

/// An asset before a dispatch.
pub(super) struct Member<T: Config> {
	pub(super) device: DeviceId,
	/// The device, if it is active, still its enroller's, and in one of the program's zones.
	pub(super) info: Option<Device<T::AccountId>>,
	pub(super) enrolment: EnrolmentOf<T>,
	/// What it was told in this dispatch so far.
	pub(super) instruction: Option<Instruction>,
	/// From when to when it could run, Unix seconds.
	pub(super) span: Option<(u64, u64)>,
	/// Whether something about it has to be stored.
	pub(super) changed: bool,
}

impl<T: Config> Member<T> {
	/// What it is to do as far as the chain knows, W.
	pub(super) fn setpoint_w(&self) -> u32 {
		self.instruction.as_ref().map_or(0, Instruction::setpoint_w)
	}

	/// What it has accepted, W.
	pub(super) fn level_w(&self) -> u32 {
		self.instruction
			.as_ref()
			.map_or(0, |instruction| instruction.profile.level_w())
	}
}

impl<T: Config> Turn<T> {
	/// Everyone who is enrolled.
	pub(super) fn roster(&self, dispatch: DispatchId) -> Vec<Member<T>> {
		Enrolments::<T>::iter_prefix(self.id)
			.map(|(device, enrolment)| {
				let info = T::Devices::device(device).filter(|info| self.is_under_control(info, &enrolment));
				let instruction = Instructions::<T>::get(dispatch, device);
				Member {
					device,
					info,
					enrolment,
					instruction,
					span: None,
					changed: false,
				}
			})
			.collect()
	}

	fn is_under_control(&self, info: &Device<T::AccountId>, enrolment: &EnrolmentOf<T>) -> bool {
		info.status == Status::Active && info.owner == enrolment.owner && self.program.terms.zones.contains(&info.zone)
	}

	/// From when to when the asset could run for the dispatch, Unix seconds.
	pub(super) fn span(
		&self,
		dispatch: DispatchId,
		activation: &ActivationOf<T>,
		member: &Member<T>,
	) -> Option<(u64, u64)> {
		let enrolment = &member.enrolment;
		member.info.as_ref()?;
		if self.program.terms.bond > 0 && enrolment.bond == 0 {
			return None;
		}
		match member
			.instruction
			.as_ref()
			.filter(|instruction| instruction.progress != Progress::Idle)
		{
			Some(instruction) if instruction.is_out() => None,
			Some(instruction) => self.until_opt_out(enrolment, instruction.start.max(self.now), instruction.end),
			None => {
				let (start, end) = self.fresh_span(activation, enrolment)?;
				let (start, end) = self.until_opt_out(enrolment, start, end)?;
				let long_enough = end.saturating_sub(start) >= enrolment.asset.shortest_s.into();
				(long_enough && self.is_free(dispatch, activation, enrolment, start)).then_some((start, end))
			}
		}
	}

	/// A new run: after its notice and its rest, for its longest time.
	fn fresh_span(&self, activation: &ActivationOf<T>, enrolment: &EnrolmentOf<T>) -> Option<(u64, u64)> {
		let asset = &enrolment.asset;
		let start = activation.start.max(self.now.saturating_add(asset.notice_s.into()));
		let longest = if asset.longest_s == 0 {
			u64::MAX
		} else {
			asset.longest_s.into()
		};
		let end = activation.end.min(start.saturating_add(longest));
		(enrolment.rest_until <= start).then_some((start, end))
	}

	/// A span as far as the owner has not ruled it out.
	fn until_opt_out(&self, enrolment: &EnrolmentOf<T>, start: u64, end: u64) -> Option<(u64, u64)> {
		// At most 33 intervals, the longest a dispatch can be.
		let mut intervals = self.calendar.interval_at(start)..=self.calendar.last_before(end);
		let ruled_out = intervals.find(|interval| enrolment.is_opted_out(*interval, self.calendar));
		let end = ruled_out.map_or(end, |interval| end.min(self.calendar.start_of(interval)));
		(end > start).then_some((start, end))
	}

	/// Whether no other dispatch has the asset. It first runs on for as long as another one has it; and one meter shows one net
	/// energy per interval, so an asset does not go both ways within one.
	fn is_free(
		&self,
		dispatch: DispatchId,
		activation: &ActivationOf<T>,
		enrolment: &EnrolmentOf<T>,
		start: u64,
	) -> bool {
		let engagement = enrolment
			.engagement
			.filter(|engagement| engagement.dispatch != dispatch);
		engagement.is_none_or(|engagement| {
			let is_past = self.calendar.last_before(engagement.end) < self.calendar.interval_at(start);
			engagement.end <= self.now && (is_past || engagement.direction == activation.direction)
		})
	}

	/// What the asset offers for the dispatch.
	pub(super) fn offer(&self, activation: &ActivationOf<T>, member: &Member<T>) -> Offer {
		let Member {
			enrolment,
			info,
			device,
			..
		} = member;
		let asset = &enrolment.asset;
		Offer {
			index: *device,
			class: enrolment.class(&self.program.terms.product),
			stage: asset.shed_stage,
			price: asset.price_per_kwh,
			priority: asset.priority,
			available_w: self.available_w(activation, member),
			floor_w: self.floor_w(member),
			zone: info.as_ref().map_or(0, |info| info.zone),
		}
	}

	fn available_w(&self, activation: &ActivationOf<T>, member: &Member<T>) -> u32 {
		let Member {
			enrolment,
			info: Some(info),
			span: Some((start, end)),
			..
		} = member
		else {
			return 0;
		};
		let (asset, direction, terms) = (&enrolment.asset, activation.direction, &self.program.terms);
		if !self.is_called_on(activation, asset) {
			return self.floor_w(member);
		}
		let rated = asset
			.power_w(direction)
			.min(rating_w(info, asset.is_storage(), direction));
		let reached = rated.min(asset.ramp_w_per_s.saturating_mul(terms.full_activation_s));
		let promised = member.instruction.as_ref().map_or(u32::MAX, promised_w);
		let held = if asset.is_storage() {
			self.held_w(activation, member, *start, *end)
		} else {
			u32::MAX
		};
		reached.min(promised).min(held)
	}

	/// Under a frequency's stages of load shedding, only loads of the stages that are active.
	fn is_called_on(&self, activation: &ActivationOf<T>, asset: &Asset) -> bool {
		match (&self.program.terms.product, activation.need) {
			(Product::LoadShedding(_), Need::Frequency(_)) => asset.shed_stage < self.program.heeded.stages,
			_ => true,
		}
	}

	/// The power a battery can hold from `start` to `end`; nothing if its charge is not known.
	fn held_w(&self, activation: &ActivationOf<T>, member: &Member<T>, start: u64, end: u64) -> u32 {
		let (asset, direction) = (&member.enrolment.asset, activation.direction);
		let charge = member.enrolment.charge.filter(|charge| charge.available);
		let Some(charge) = charge.filter(|charge| Pallet::<T>::is_recent(charge.reported_ms)) else {
			return 0;
		};
		let since = member
			.instruction
			.as_ref()
			.map_or(self.now, |instruction| instruction.profile.since());
		let stored_wh = charge.stored_after(direction, member.level_w(), since, self.now);
		let seconds = end.saturating_sub(start);
		let hold = |slack_wh| {
			let (reserve_wh, capacity_wh) = (
				asset.reserve_wh.saturating_sub(slack_wh),
				asset.capacity_wh.saturating_add(slack_wh),
			);
			sustainable_w(direction, stored_wh, reserve_wh, capacity_wh, seconds)
		};
		// The estimate is rounded against the battery by less than a watt-hour: no reason to move a setpoint that it holds.
		if hold(1) >= member.level_w() {
			hold(0).max(member.level_w())
		} else {
			hold(0)
		}
	}

	/// What the asset must not be taken below yet, W.
	fn floor_w(&self, member: &Member<T>) -> u32 {
		if self.must_run_on(member) {
			member.level_w()
		} else {
			0
		}
	}

	/// Whether the asset has not run its shortest time yet.
	pub(super) fn must_run_on(&self, member: &Member<T>) -> bool {
		let shortest = u64::from(member.enrolment.asset.shortest_s);
		let since = member.instruction.as_ref().map(|instruction| instruction.running_since);
		let runs = |since: u64| (since..since.saturating_add(shortest)).contains(&self.now);
		member.level_w() > 0 && since.is_some_and(runs)
	}
}

/// A device that accepted less than it was asked for can do no more.
fn promised_w(instruction: &Instruction) -> u32 {
	let level_w = instruction.profile.level_w();
	if instruction.progress == Progress::Running && level_w < instruction.power_w {
		level_w
	} else {
		u32::MAX
	}
}
