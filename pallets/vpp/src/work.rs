//! The pallet's bounded work: what a block does by itself.

use crate::{controller::Turn, types::ProgramId, Config, NextTurn, Pallet, Programs, WeightInfo};
use alloc::vec::Vec;
use frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};

impl<T: Config> Pallet<T> {
	/// Does what waits within `limit`, what cannot wait first; the answer is what it took.
	pub(crate) fn serve(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::list(T::MaxPrograms::get())).is_ok() {
			let programs = Self::programs_in_turn();
			Self::control(&programs, &mut meter);
			Self::sample(&mut meter);
			Self::prove(&programs, &mut meter);
			Self::release_withheld(&mut meter);
			Self::forget(&mut meter);
		}
		meter.consumed()
	}

	/// Gives every program its turn; where the weight runs out, the next block goes on from there.
	fn control(programs: &[ProgramId], meter: &mut WeightMeter) {
		for id in programs {
			if meter.try_consume(T::WeightInfo::look()).is_err() || !Self::take_turn(*id, meter) {
				NextTurn::<T>::put(id);
				return;
			}
		}
		if NextTurn::<T>::exists() {
			NextTurn::<T>::kill();
		}
	}

	/// One program's turn; the answer is whether there was weight for it.
	fn take_turn(id: ProgramId, meter: &mut WeightMeter) -> bool {
		let Some(program) = Programs::<T>::get(id) else {
			return true;
		};
		let turn = Turn::<T>::new(id, program);
		if !turn.is_due() {
			return true;
		}
		let fits = meter.try_consume(T::WeightInfo::turn(turn.size())).is_ok();
		if fits {
			turn.run();
		}
		fits
	}

	/// All programs, beginning with the one that could not have its turn.
	fn programs_in_turn() -> Vec<ProgramId> {
		let mut programs: Vec<ProgramId> = Programs::<T>::iter_keys().collect();
		programs.sort_unstable();
		let next = NextTurn::<T>::get();
		let place = programs.partition_point(|id| *id < next);
		programs.rotate_left(place);
		programs
	}
}
