//! Proof and payment: what meters show against what they would have shown.
//!
//! Interval by interval, as they are measured, each instruction's response is tallied; once the last interval of a dispatch that
//! is over is tallied, it is paid. Every step is one device, so the work stops and goes on anywhere.

mod baseline;
mod history;
mod settle;
mod withheld;

use crate::{
	math::calendar::Calendar, types::*, ActivationOf, Activations, Config, EnrolmentOf, Enrolments, Instructions,
	Pallet, ProgramOf, Programs, ProvenThrough, SampledThrough, WeightInfo,
};
use frame_support::{traits::Get, weights::WeightMeter};
use gridtokenx_primitives::{DeviceId, Interval, Metering};

/// One dispatch on its way from measurement to payment.
struct Proof<'a, T: Config> {
	program: &'a mut ProgramOf<T>,
	dispatch: DispatchId,
	activation: ActivationOf<T>,
	calendar: Calendar,
}

impl<T: Config> Pallet<T> {
	/// Proves and pays dispatches as far as measurement and weight go.
	pub(crate) fn prove(programs: &[ProgramId], meter: &mut WeightMeter) {
		let Some(through) = Self::provable_through() else {
			return;
		};
		if ProvenThrough::<T>::get().is_some_and(|proven| proven >= through) {
			return;
		}
		for program in programs {
			if meter.try_consume(T::WeightInfo::look()).is_err() || !Self::prove_program(*program, through, meter) {
				return;
			}
		}
		ProvenThrough::<T>::put(through);
	}

	/// The last interval that is measured, taken into history for baselines, and for which every device's time to answer is
	/// over.
	fn provable_through() -> Option<Interval> {
		let measured = T::Metering::measured_through()?;
		let sampled = SampledThrough::<T>::get()?;
		let answered = Self::now_s().saturating_sub(T::AcknowledgeSeconds::get());
		let over = Self::calendar().interval_at(answered).checked_sub(1)?;
		Some(measured.min(sampled).min(over))
	}

	/// One program's dispatches; the answer is whether there was weight for all that could be done.
	fn prove_program(id: ProgramId, through: Interval, meter: &mut WeightMeter) -> bool {
		let Some(mut program) = Programs::<T>::get(id) else {
			return true;
		};
		let (mut done, mut changed) = (true, false);
		for dispatch in program.open.clone() {
			done = meter.try_consume(T::WeightInfo::look()).is_ok();
			if !done {
				break;
			}
			let Some(activation) = Activations::<T>::get(dispatch) else {
				continue;
			};
			let proof = Proof::<T> {
				program: &mut program,
				dispatch,
				activation,
				calendar: Self::calendar(),
			};
			let step = proof.run(through, meter);
			changed |= step.changed;
			done = step.done;
			if !done {
				break;
			}
		}
		if changed {
			Self::store_program(id, program);
		}
		done
	}
}

/// What came of working on one dispatch.
struct Step {
	/// Whether there was weight for all that could be done.
	done: bool,
	/// Whether anything was done.
	changed: bool,
}

impl<T: Config> Proof<'_, T> {
	fn run(mut self, through: Interval, meter: &mut WeightMeter) -> Step {
		let before = (self.activation.proving, self.activation.cursor);
		let mut done = true;
		while done && !self.is_proven() && self.activation.proving <= through {
			done = self.each_device(meter, T::WeightInfo::prove(), Self::prove_device);
			self.activation.proving = self.activation.proving.saturating_add(u32::from(done));
		}
		if done && self.is_proven() {
			done = self.each_device(meter, T::WeightInfo::pay(), Self::pay_device);
			if done {
				self.close();
				return Step { done, changed: true };
			}
		}
		let changed = before != (self.activation.proving, self.activation.cursor);
		if changed {
			Activations::<T>::insert(self.dispatch, self.activation);
		}
		Step { done, changed }
	}

	/// Whether all that was instructed is tallied, and nothing more can be.
	fn is_proven(&self) -> bool {
		let beyond = self.activation.proving > self.activation.last_interval(self.calendar);
		!self.activation.phase.is_live() && (beyond || self.activation.devices.is_empty())
	}

	/// Does one step for each device from the cursor on; the answer is whether it came to the end.
	fn each_device(
		&mut self,
		meter: &mut WeightMeter,
		weight: frame_support::weights::Weight,
		step: fn(&mut Self, DeviceId),
	) -> bool {
		while let Some(device) = self.activation.devices.get(self.activation.cursor as usize).copied() {
			if meter.try_consume(weight).is_err() {
				return false;
			}
			step(self, device);
			self.activation.cursor = self.activation.cursor.saturating_add(1);
		}
		self.activation.cursor = 0;
		true
	}

	/// Tallies one interval of one instruction.
	fn prove_device(&mut self, device: DeviceId) {
		let interval = self.activation.proving;
		let Some(mut instruction) = Instructions::<T>::get(self.dispatch, device) else {
			return;
		};
		let Some(enrolment) = Enrolments::<T>::get(self.activation.program, device) else {
			return;
		};
		let instructed = instruction
			.profile
			.watt_seconds(interval, instruction.end, self.calendar)
			/ 3_600;
		// What the owner ruled out is neither paid nor punished.
		if instructed == 0 || enrolment.is_opted_out(interval, self.calendar) {
			return;
		}
		let tally = &mut instruction.tally;
		tally.next = interval.saturating_add(1);
		tally.instructed_wh = tally.instructed_wh.saturating_add(instructed);
		if let Some(delivered) = self.delivered_wh(&enrolment, &mut instruction) {
			let tally = &mut instruction.tally;
			tally.proven_wh = tally.proven_wh.saturating_add(instructed);
			tally.delivered_wh = tally.delivered_wh.saturating_add(delivered);
			self.note_withheld(&enrolment, &mut instruction, instructed, delivered);
		}
		Instructions::<T>::insert(self.dispatch, device, instruction);
	}

	/// The response in the interval, Wh in the dispatch's direction; `None` where the measurement proves nothing.
	fn delivered_wh(&self, enrolment: &EnrolmentOf<T>, instruction: &mut Instruction) -> Option<i64> {
		let net = net_export_wh::<T>(enrolment.meter, self.activation.proving)?;
		let baseline = self.baseline_wh(enrolment, instruction)?;
		Some(self.activation.direction.along(net.saturating_sub(baseline)))
	}
}

/// What a meter showed in an interval, Wh, export less import: `None` where it was not read, was estimated, or is not fit for
/// billing.
fn net_export_wh<T: Config>(meter: DeviceId, interval: Interval) -> Option<i64> {
	let energy = T::Metering::energy(meter, interval)?;
	let proves = !energy.estimated && !energy.unallocated;
	// Registers of 64 bits, but an interval's energy is within its meter's rating.
	let wh = |energy: u64| i64::try_from(energy).unwrap_or(i64::MAX);
	proves.then(|| wh(energy.export_wh).saturating_sub(wh(energy.import_wh)))
}
