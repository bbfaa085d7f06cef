//! Payment for what is proven.

use super::Proof;
use crate::{
	math::payment, types::*, Activations, Config, EnrolmentOf, Enrolments, Event, HoldReason, Instructions, Pallet,
};
use frame_support::traits::{
	fungible::MutateHold,
	tokens::{Fortitude, Precision, Restriction},
	Defensive,
};
use gridtokenx_primitives::{Balance, DeviceId};

impl<T: Config> Proof<'_, T> {
	/// Pays one instruction, or punishes what was accepted and not done, and forgets it.
	pub(super) fn pay_device(&mut self, device: DeviceId) {
		let Some(instruction) = Instructions::<T>::take(self.dispatch, device) else {
			return;
		};
		self.program.reserved = self.program.reserved.saturating_sub(instruction.reserved);
		let Some(mut enrolment) = Enrolments::<T>::get(self.activation.program, device) else {
			return;
		};
		let tally = &instruction.tally;
		let due = payment::payment_for(instruction.price, tally.instructed_wh, tally.delivered_wh());
		// What was set aside covers it; paying more would take it from others.
		let paid = self.pay(&enrolment, due.min(instruction.reserved));
		let rate = self.program.terms.penalty_per_kwh;
		let penalty = self.punish(
			&enrolment,
			payment::penalty(rate, tally.proven_wh, tally.delivered_wh()),
		);
		enrolment.bond = enrolment.bond.saturating_sub(penalty);
		enrolment.unsettled = enrolment.unsettled.saturating_sub(1);
		Enrolments::<T>::insert(self.activation.program, device, enrolment);
		self.count(paid, penalty);
	}

	/// The dispatch is paid: it goes.
	pub(super) fn close(self) {
		let Self {
			program,
			dispatch,
			activation,
			..
		} = self;
		program.open.retain(|open| *open != dispatch);
		Activations::<T>::remove(dispatch);
		let Activation { program, outcome, .. } = activation;
		Pallet::<T>::deposit_event(Event::Settled {
			program,
			dispatch,
			outcome,
		});
	}

	fn pay(&mut self, enrolment: &EnrolmentOf<T>, amount: Balance) -> Balance {
		// The budget holds what was set aside and the owner's deposit keeps the account alive: the transfer does not fail. If it
		// did, the money would stay in the budget.
		match Pallet::<T>::pay(self.program, &enrolment.owner, amount).defensive() {
			Ok(()) => amount,
			Err(_) => 0,
		}
	}

	/// Takes a penalty from the owner's bond, as far as it goes, to the operator.
	fn punish(&mut self, enrolment: &EnrolmentOf<T>, penalty: Balance) -> Balance {
		let amount = penalty.min(enrolment.bond);
		if amount == 0 {
			return 0;
		}
		let taken = T::Currency::transfer_on_hold(
			&HoldReason::Bond.into(),
			&enrolment.owner,
			&self.program.operator,
			amount,
			Precision::Exact,
			Restriction::Free,
			Fortitude::Force,
		);
		// An operator without an account of its own (it may have withdrawn everything) goes without.
		taken.unwrap_or(0)
	}

	fn count(&mut self, paid: Balance, penalty: Balance) {
		let outcome = &mut self.activation.outcome;
		let bump = |count: &mut u32, whether: bool| *count = count.saturating_add(u32::from(whether));
		bump(&mut outcome.paid, paid > 0);
		bump(&mut outcome.unpaid, paid == 0);
		bump(&mut outcome.punished, penalty > 0);
		outcome.payments = outcome.payments.saturating_add(paid);
		outcome.penalties = outcome.penalties.saturating_add(penalty);
	}
}
