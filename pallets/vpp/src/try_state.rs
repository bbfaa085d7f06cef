//! What always holds.

use crate::{math::calendar::Calendar, types::*, *};
use alloc::collections::{BTreeMap, BTreeSet};
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use gridtokenx_primitives::{Balance, DeviceId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks every invariant:
	///
	/// 1. What an operator has on hold is the sum of its programs' budgets.
	/// 2. What a program has reserved is the sum of what its instructions and withheld energy have set aside, and within its
	///    budget.
	/// 3. What an owner has on hold is the sum of its enrolments' deposits, and of their bonds.
	/// 4. Every enrolment is found from its device, counted in its program, and no program has more than it may.
	/// 5. A site has one asset measured at its connection point, or as many as are measured one by one.
	/// 6. A program's open dispatches are exactly those stored, and a live one is in the place of its direction.
	/// 7. Every instruction is listed once in its dispatch, and its asset counts it as unsettled.
	/// 8. No setpoint is beyond what an enrolled asset can do, and none is running in a dispatch that is over.
	/// 9. A meter's interval belongs to one dispatch.
	/// 10. An instruction has set aside at least what it could cost.
	/// 11. History is in order, and kept for meters of enrolled assets or such as are being forgotten.
	/// 12. Sensors' owners have one voice each.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_budgets()?;
		Self::check_enrolments()?;
		Self::check_sites()?;
		Self::check_dispatches()?;
		Self::check_instructions()?;
		Self::check_intervals()?;
		Self::check_history()?;
		Self::check_sensors()
	}

	fn check_budgets() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<T::AccountId, Balance>::new();
		let mut reserved = BTreeMap::<ProgramId, Balance>::new();
		for (dispatch, _, instruction) in Instructions::<T>::iter() {
			let activation = Activations::<T>::get(dispatch).ok_or("7: an instruction without a dispatch")?;
			*reserved.entry(activation.program).or_default() += instruction.reserved;
		}
		for ((_, _, _, program), withheld) in WithheldEnergy::<T>::iter() {
			*reserved.entry(program).or_default() += withheld.reserved;
		}
		for (id, program) in Programs::<T>::iter() {
			*held.entry(program.operator).or_default() += program.budget;
			let set_aside = reserved.remove(&id).unwrap_or(0);
			ensure!(program.reserved == set_aside, "2: reserved is not what was set aside");
			ensure!(program.reserved <= program.budget, "2: more is reserved than budgeted");
		}
		ensure!(reserved.is_empty(), "2: something is reserved for no program");
		for (operator, budget) in held {
			let on_hold = T::Currency::balance_on_hold(&HoldReason::Budget.into(), &operator);
			ensure!(on_hold == budget, "1: an operator's hold is not the sum of its budgets");
		}
		Ok(())
	}

	fn check_enrolments() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<T::AccountId, (Balance, Balance)>::new();
		let mut counts = BTreeMap::<ProgramId, u32>::new();
		for (program, device, enrolment) in Enrolments::<T>::iter() {
			ensure!(
				EnrolledIn::<T>::get(device) == Some(program),
				"4: an enrolment is not found from its device"
			);
			*counts.entry(program).or_default() += 1;
			let (deposits, bonds) = held.entry(enrolment.owner).or_default();
			*deposits += enrolment.deposit;
			*bonds += enrolment.bond;
		}
		ensure!(
			EnrolledIn::<T>::iter().count() == Enrolments::<T>::iter().count(),
			"4: a device without enrolment"
		);
		for (id, program) in Programs::<T>::iter() {
			ensure!(
				program.assets == counts.remove(&id).unwrap_or(0),
				"4: a program miscounts its assets"
			);
			ensure!(
				program.assets <= T::MaxAssets::get(),
				"4: a program has too many assets"
			);
		}
		ensure!(counts.is_empty(), "4: an asset is enrolled in no program");
		for (owner, (deposits, bonds)) in held {
			let on_hold = |reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), &owner);
			ensure!(
				on_hold(HoldReason::Enrolment) == deposits,
				"3: deposits are not on hold"
			);
			ensure!(on_hold(HoldReason::Bond) == bonds, "3: bonds are not on hold");
		}
		Ok(())
	}

	fn check_sites() -> Result<(), TryRuntimeError> {
		let mut meters = BTreeSet::new();
		let mut sites = BTreeMap::<DeviceId, Site>::new();
		for (_, device, enrolment) in Enrolments::<T>::iter() {
			ensure!(
				meters.insert(enrolment.meter),
				"5: two assets are measured by one meter"
			);
			let whole = enrolment.meter != device;
			let joined = match (sites.get(&enrolment.site), whole) {
				(None, true) => Site::Whole(device),
				(None, false) => Site::Parts(1),
				(Some(Site::Parts(parts)), false) => Site::Parts(parts + 1),
				_ => return Err("5: a site is measured as a whole and in parts".into()),
			};
			sites.insert(enrolment.site, joined);
		}
		ensure!(
			Sites::<T>::iter().collect::<BTreeMap<_, _>>() == sites,
			"5: sites are not what is enrolled"
		);
		Ok(())
	}

	fn check_dispatches() -> Result<(), TryRuntimeError> {
		let mut open = BTreeSet::new();
		for (id, program) in Programs::<T>::iter() {
			for dispatch in program.open {
				let activation = Activations::<T>::get(dispatch).ok_or("6: an open dispatch is not stored")?;
				ensure!(
					activation.program == id && open.insert(dispatch),
					"6: a dispatch is open twice"
				);
				let is_in_place = program
					.live
					.get(activation.direction)
					.is_some_and(|slot| slot.dispatch == dispatch);
				ensure!(
					activation.phase.is_live() == is_in_place,
					"6: a live dispatch is not in its place"
				);
			}
			ensure!(
				program.live.slots().all(|slot| open.contains(&slot.dispatch)),
				"6: a live dispatch is not open"
			);
		}
		ensure!(
			Activations::<T>::iter_keys().all(|dispatch| open.contains(&dispatch)),
			"6: a dispatch is not open"
		);
		Ok(())
	}

	fn check_instructions() -> Result<(), TryRuntimeError> {
		let mut unsettled = BTreeMap::<DeviceId, u32>::new();
		for (dispatch, device, instruction) in Instructions::<T>::iter() {
			let activation = Activations::<T>::get(dispatch).ok_or("7: an instruction without a dispatch")?;
			let listed = activation.devices.iter().filter(|listed| **listed == device).count();
			ensure!(listed == 1, "7: an instruction is not listed once");
			let enrolment = Enrolments::<T>::get(activation.program, device).ok_or("7: nobody is instructed")?;
			*unsettled.entry(device).or_default() += 1;
			let level_w = instruction.profile.level_w();
			ensure!(
				level_w == 0 || activation.phase.is_live(),
				"8: an asset runs in a dispatch that is over"
			);
			ensure!(
				level_w <= instruction.setpoint_w() || instruction.is_out(),
				"8: an asset does more than it is told"
			);
			Self::check_reserve(&activation, &instruction, &enrolment)?;
		}
		for (_, device, enrolment) in Enrolments::<T>::iter() {
			ensure!(
				enrolment.unsettled == unsettled.get(&device).copied().unwrap_or(0),
				"7: an asset miscounts"
			);
		}
		Ok(())
	}

	fn check_reserve(
		activation: &ActivationOf<T>,
		instruction: &Instruction,
		enrolment: &EnrolmentOf<T>,
	) -> Result<(), TryRuntimeError> {
		let program = Programs::<T>::get(activation.program).ok_or("6: a dispatch without a program")?;
		let (direction, calendar) = (activation.direction, Self::calendar());
		let can_w = enrolment.asset.power_w(direction);
		// An owner who takes the asset's power back is heard with the controller's next turn.
		let hurried = program.live.get(direction).is_some_and(|slot| slot.due == 0);
		ensure!(
			hurried || instruction.setpoint_w() <= can_w,
			"8: a setpoint is beyond what its asset can do"
		);
		let needed = instruction.obligation(direction, &program.terms, calendar);
		ensure!(
			instruction.reserved >= needed,
			"10: less is set aside than an instruction could cost"
		);
		Ok(())
	}

	fn check_intervals() -> Result<(), TryRuntimeError> {
		let calendar = Self::calendar();
		let mut owned = BTreeSet::new();
		for (dispatch, device, instruction) in Instructions::<T>::iter() {
			let activation = Activations::<T>::get(dispatch).ok_or("7: an instruction without a dispatch")?;
			let end = activation
				.last_interval(calendar)
				.max(calendar.last_before(instruction.end));
			for interval in calendar.interval_at(activation.start)..=end {
				let energy = instruction.profile.watt_seconds(interval, instruction.end, calendar);
				ensure!(
					energy == 0 || owned.insert((device, interval)),
					"9: two dispatches share an interval"
				);
			}
		}
		Ok(())
	}

	fn check_history() -> Result<(), TryRuntimeError> {
		let meters: BTreeSet<_> = Enrolments::<T>::iter()
			.map(|(_, _, enrolment)| enrolment.meter)
			.collect();
		let calendar: Calendar = Self::calendar();
		for (meter, slot, samples) in History::<T>::iter() {
			ensure!(
				meters.contains(&meter) || Forgetting::<T>::contains_key(meter),
				"11: history of a stranger"
			);
			ensure!(
				samples.is_sorted_by(|a, b| a.interval < b.interval),
				"11: history out of order"
			);
			let belongs = samples
				.iter()
				.all(|sample| calendar.slot_of_day(sample.interval) == slot);
			ensure!(belongs, "11: an interval at the wrong time of day");
		}
		Ok(())
	}

	fn check_sensors() -> Result<(), TryRuntimeError> {
		let sensors = Sensors::<T>::get();
		let owners: BTreeSet<_> = sensors.iter().map(|reading| &reading.owner).collect();
		ensure!(owners.len() == sensors.len(), "12: an owner has two voices");
		Ok(())
	}
}
