//! What devices answer.

use crate::{
	controller::instruct::change, signals::is_signed, types::*, ActivationOf, Activations, Config, EnrolmentOf,
	Enrolments, Error, Event, Instructions, Pallet, ProgramOf, Programs,
};
use alloc::vec::Vec;
use frame_support::{ensure, pallet_prelude::DispatchResult};
use gridtokenx_primitives::{
	message::{self, Acknowledgement, Answer},
	DeviceId, Signature,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// The instruction of a device in a dispatch, as agents sign it and the device checks it.
	pub fn instruction(dispatch: DispatchId, device: DeviceId) -> Option<message::Dispatch> {
		let activation = Activations::<T>::get(dispatch)?;
		let instruction = Instructions::<T>::get(dispatch, device)?;
		Some(message_of(&activation, &instruction, dispatch, device))
	}

	/// Every instruction of a dispatch, in the order in which devices were first called on; empty once it is settled.
	pub fn instructions(dispatch: DispatchId) -> Vec<message::Dispatch> {
		let devices = Activations::<T>::get(dispatch)
			.map(|activation| activation.devices)
			.unwrap_or_default();
		devices
			.into_iter()
			.filter_map(|device| Self::instruction(dispatch, device))
			.collect()
	}

	/// A program's dispatches that are live or wait for their proof, oldest first.
	pub fn dispatches(program: ProgramId) -> Vec<(DispatchId, ActivationOf<T>)> {
		let open = Programs::<T>::get(program)
			.map(|program| program.open)
			.unwrap_or_default();
		open.into_iter()
			.filter_map(|dispatch| Some((dispatch, Activations::<T>::get(dispatch)?)))
			.collect()
	}

	pub(crate) fn do_acknowledge(answer: Acknowledgement, signature: Signature) -> DispatchResult {
		let Acknowledgement {
			dispatch,
			device,
			revision,
			..
		} = answer;
		let activation = Activations::<T>::get(dispatch).ok_or(Error::<T>::DispatchNotFound)?;
		let instruction = Instructions::<T>::get(dispatch, device).ok_or(Error::<T>::NotInstructed)?;
		ensure!(activation.phase.is_live(), Error::<T>::NotLive);
		ensure!(instruction.progress == Progress::Pending, Error::<T>::NotPending);
		ensure!(Self::now_s() < instruction.acknowledge_by, Error::<T>::TooLate);
		ensure!(revision == instruction.revision, Error::<T>::WrongRevision);
		let committed_w = committed_w(&answer, &activation, &instruction).ok_or(Error::<T>::BadCommitment)?;
		Self::ensure_authentic(
			&answer,
			&signature,
			&message_of(&activation, &instruction, dispatch, device),
		)?;

		let id = activation.program;
		let mut program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;
		let mut enrolment = Enrolments::<T>::get(id, device).ok_or(Error::<T>::NotEnrolled)?;
		Self::settle_answer(
			&mut program,
			&activation,
			&mut enrolment,
			instruction,
			&answer,
			committed_w,
		);
		Enrolments::<T>::insert(id, device, enrolment);
		Self::store_program(id, program);
		let Acknowledgement { answer, reason, .. } = answer;
		Self::deposit_event(Event::Acknowledged {
			dispatch,
			device,
			revision,
			answer,
			reason,
		});
		Ok(())
	}

	/// Whether the device's present key signed an answer to exactly this instruction.
	fn ensure_authentic(
		answer: &Acknowledgement,
		signature: &Signature,
		instruction: &message::Dispatch,
	) -> Result<(), DispatchError> {
		let info = Self::active_device(answer.device)?;
		ensure!(
			answer.epoch == info.epoch && answer.epoch == instruction.epoch,
			Error::<T>::WrongEpoch
		);
		let genesis = Self::genesis_hash();
		let expected = message::dispatch_hash(&genesis, instruction);
		ensure!(answer.dispatch_hash == expected, Error::<T>::WrongInstruction);
		let message = message::acknowledgement(&genesis, answer);
		ensure!(is_signed(&info.key, &message, signature), Error::<T>::BadSignature);
		Ok(())
	}

	/// Books an answer: what is accepted counts from the instruction's start; a refusal ends what the asset did before.
	fn settle_answer(
		program: &mut ProgramOf<T>,
		activation: &ActivationOf<T>,
		enrolment: &mut EnrolmentOf<T>,
		mut instruction: Instruction,
		answer: &Acknowledgement,
		committed_w: u32,
	) {
		let (calendar, now) = (Self::calendar(), Self::now_s());
		let accepts = answer.answer == Answer::Accept;
		let at = if accepts {
			instruction.start.max(instruction.profile.since())
		} else {
			now.min(instruction.end)
		};
		change(
			enrolment,
			&mut instruction,
			activation.direction,
			at,
			committed_w,
			calendar,
		);
		instruction.progress = if accepts { Progress::Running } else { Progress::Declined };
		if !accepts {
			enrolment.release(&instruction, answer.dispatch, at, calendar);
		}
		program.set_aside(&mut instruction, activation.direction, calendar);
		if committed_w < instruction.power_w {
			// Somebody else has to do the rest.
			if let Some(slot) = program.live.get(activation.direction) {
				program.live.set(activation.direction, Some(Slot { due: 0, ..slot }));
			}
		}
		Instructions::<T>::insert(answer.dispatch, answer.device, instruction);
	}
}

/// What an answer commits to, W in the dispatch's direction: 0 for a refusal; `None` if it is none that the instruction allows.
fn committed_w<MaxAssets: frame_support::traits::Get<u32>>(
	answer: &Acknowledgement,
	activation: &Activation<MaxAssets>,
	instruction: &Instruction,
) -> Option<u32> {
	if answer.answer == Answer::Decline {
		return Some(0);
	}
	let committed = u32::try_from(activation.direction.along(answer.committed_w)).ok()?;
	(1..=instruction.power_w).contains(&committed).then_some(committed)
}

fn message_of<MaxAssets: frame_support::traits::Get<u32>>(
	activation: &Activation<MaxAssets>,
	instruction: &Instruction,
	dispatch: DispatchId,
	device: DeviceId,
) -> message::Dispatch {
	message::Dispatch {
		device,
		epoch: instruction.epoch,
		dispatch,
		revision: instruction.revision,
		action: instruction.action,
		power_w: activation.direction.signed(instruction.power_w),
		start: instruction.start,
		end: instruction.end,
		acknowledge_by: instruction.acknowledge_by,
	}
}
