//! Programs: admission, budget, pause and end.

use crate::{types::*, Config, Error, Event, HoldReason, NextProgram, Pallet, ProgramOf, Programs, Signals};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{
		fungible::MutateHold,
		tokens::{Fortitude, Precision, Restriction},
		Defensive, EnsureOrigin, Get,
	},
};
use frame_system::ensure_signed;
use gridtokenx_primitives::{Balance, Topology};
use sp_runtime::{traits::BadOrigin, DispatchError};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_create_program(operator: T::AccountId, terms: Terms) -> DispatchResult {
		ensure!(
			Programs::<T>::count() < T::MaxPrograms::get(),
			Error::<T>::TooManyPrograms
		);
		ensure!(terms.is_valid(Self::calendar()), Error::<T>::BadTerms);
		ensure!(
			terms.zones.iter().all(|zone| T::Grid::exists(*zone)),
			Error::<T>::UnknownZone
		);
		let program = NextProgram::<T>::get();
		NextProgram::<T>::put(program.checked_add(1).ok_or(Error::<T>::TooManyPrograms)?);
		Programs::<T>::insert(program, Program::new(operator.clone(), terms));
		Self::deposit_event(Event::ProgramCreated { program, operator });
		Ok(())
	}

	pub(crate) fn do_fund(who: T::AccountId, id: ProgramId, amount: Balance) -> DispatchResult {
		let program = Self::program_of(Some(&who), id)?;
		ensure!(program.status != ProgramStatus::Closed, Error::<T>::Closed);
		T::Currency::hold(&HoldReason::Budget.into(), &who, amount)?;
		// What is on hold is part of the total issuance, so the sum holds.
		let new = program.budget.saturating_add(amount);
		Self::change_budget(id, program, new);
		Ok(())
	}

	pub(crate) fn do_withdraw(who: T::AccountId, id: ProgramId, amount: Balance) -> DispatchResult {
		let program = Self::program_of(Some(&who), id)?;
		ensure!(amount <= program.free_budget(), Error::<T>::BudgetReserved);
		T::Currency::release(&HoldReason::Budget.into(), &who, amount, Precision::Exact)?;
		let new = program.budget.saturating_sub(amount);
		Self::change_budget(id, program, new);
		Ok(())
	}

	pub(crate) fn do_set_paused(who: T::AccountId, id: ProgramId, paused: bool) -> DispatchResult {
		let mut program = Self::program_of(Some(&who), id)?;
		ensure!(program.status != ProgramStatus::Closed, Error::<T>::Closed);
		let new = if paused {
			ProgramStatus::Paused
		} else {
			ProgramStatus::Open
		};
		Self::change_status(id, &mut program, new);
		Self::store_program(id, program);
		Ok(())
	}

	pub(crate) fn do_close_program(who: Option<T::AccountId>, id: ProgramId) -> DispatchResult {
		let mut program = Self::program_of(who.as_ref(), id)?;
		ensure!(program.status != ProgramStatus::Closed, Error::<T>::Closed);
		Self::change_status(id, &mut program, ProgramStatus::Closed);
		Signals::<T>::remove(id);
		let program = Self::finish_live(id, program, Phase::Cancelled);
		Self::store_program(id, program);
		Ok(())
	}

	/// A program that `who` may run: its operator, or governance (`None`).
	pub(crate) fn program_of(who: Option<&T::AccountId>, id: ProgramId) -> Result<ProgramOf<T>, DispatchError> {
		let program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;
		ensure!(who.is_none_or(|who| *who == program.operator), Error::<T>::NotOperator);
		Ok(program)
	}

	/// Governance (`None`), or else whoever signed.
	pub(crate) fn admin_or_signed(origin: T::RuntimeOrigin) -> Result<Option<T::AccountId>, BadOrigin> {
		match T::AdminOrigin::try_origin(origin) {
			Ok(_) => Ok(None),
			Err(origin) => ensure_signed(origin).map(Some),
		}
	}

	/// Stores a program, or what is left of it: once it is over the budget returns, and once nobody is enrolled either, it
	/// goes.
	pub(crate) fn store_program(id: ProgramId, mut program: ProgramOf<T>) {
		if program.is_over() && program.budget > 0 {
			let (operator, budget) = (&program.operator, program.budget);
			// The budget is on hold for as long as it is on the books: releasing it does not fail.
			let released = T::Currency::release(&HoldReason::Budget.into(), operator, budget, Precision::Exact);
			if released.defensive().is_ok() {
				Self::deposit_event(Event::BudgetChanged {
					program: id,
					old: budget,
					new: 0,
				});
				program.budget = 0;
			}
		}
		if program.is_over() && program.budget == 0 && program.assets == 0 {
			Programs::<T>::remove(id);
			Self::deposit_event(Event::ProgramRemoved { program: id });
		} else {
			Programs::<T>::insert(id, program);
		}
	}

	/// Pays `to` from a program's budget. Payees have funds of their own on hold (a deposit, or what they put into the
	/// market), so their accounts exist and no payment is too small for them.
	pub(crate) fn pay(program: &mut ProgramOf<T>, to: &T::AccountId, amount: Balance) -> DispatchResult {
		if amount > 0 {
			T::Currency::transfer_on_hold(
				&HoldReason::Budget.into(),
				&program.operator,
				to,
				amount,
				Precision::Exact,
				Restriction::Free,
				Fortitude::Force,
			)?;
			program.budget = program.budget.saturating_sub(amount);
		}
		Ok(())
	}

	fn change_budget(id: ProgramId, mut program: ProgramOf<T>, new: Balance) {
		Self::deposit_event(Event::BudgetChanged {
			program: id,
			old: program.budget,
			new,
		});
		program.budget = new;
		// What was short for want of budget may be asked for now.
		program.live.hurry(0);
		Self::store_program(id, program);
	}

	fn change_status(id: ProgramId, program: &mut ProgramOf<T>, new: ProgramStatus) {
		Self::deposit_event(Event::StatusChanged {
			program: id,
			old: program.status,
			new,
		});
		program.status = new;
	}
}
