//! What is due when an interval begins. A stored cursor walks through the intervals, so that nothing is skipped however long
//! the chain stood still.

use crate::{
	pallet::{Agenda, AgendaCursor, Config, Pallet},
	types::Task,
};
use gridtokenx_primitives::{Clock, Interval};

/// What the agenda says next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
	/// Nothing is due before the next interval begins.
	Nothing,
	/// The interval under the cursor has nothing left.
	Advance(Interval),
	/// This is due since this interval.
	Do(Interval, Task),
}

impl<T: Config> Pallet<T> {
	/// Puts a task on the agenda of an interval to come.
	pub(crate) fn schedule(due: Interval, task: Task) {
		Agenda::<T>::insert(due, task, ());
	}

	/// Looks at the agenda without changing it.
	pub(crate) fn due(now: Interval) -> Due {
		let cursor = AgendaCursor::<T>::get().unwrap_or(now);
		if cursor > now {
			return Due::Nothing;
		}
		match Agenda::<T>::iter_key_prefix(cursor).next() {
			Some(task) => Due::Do(cursor, task),
			None => Due::Advance(cursor),
		}
	}

	/// Moves on to the next interval.
	pub(crate) fn advance_agenda(from: Interval) {
		AgendaCursor::<T>::put(from.saturating_add(1));
	}

	/// The running interval.
	pub(crate) fn now() -> Interval {
		T::Clock::now()
	}
}
