//! The market's work in every block. It has two lanes, the books and the settlement, each a sequence of small steps that pay
//! for themselves out of the weight at hand before they begin; what does not fit goes on in the next block.

use crate::{
	agenda::Due,
	pallet::{Agenda, Books, Config, CurrentRound, Lines, Pallet, Queue, QueueRange, Suspensions},
	types::{BookId, QueueBounds, Round, RoundStage, Task},
	weights::WeightInfo,
};
use frame_support::{
	traits::Get,
	weights::{Weight, WeightMeter},
};
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_primitives::{Interval, ZoneId};
use sp_runtime::traits::Zero;

/// The next step of the books' lane.
enum Step<AccountId> {
	/// A page of the current round: fills to be applied, or orders to be swept.
	Continue(Round),
	/// A suspended account's next book.
	Suspend(AccountId, ZoneId, Option<BookId>),
	/// The agenda moves on.
	Advance(Interval),
	/// Something that is due.
	Task(Interval, Task),
	/// The first book in the queue gets its round.
	Begin(Option<BookId>),
}

impl<T: Config> Pallet<T> {
	/// Works for at most `limit`, and says how much of it was used.
	///
	/// The lanes take turns at being first, block by block: a step that needs nearly all the weight, as the clearing of a full
	/// book does, gets it in every second block at the latest.
	pub(crate) fn serve(block: BlockNumberFor<T>, limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		if meter.try_consume(T::WeightInfo::idle()).is_err() {
			return Weight::zero();
		}
		Self::release_queue(block);
		let books_first = (block % 2u32.into()).is_zero();
		if books_first {
			Self::work_on_books(&mut meter);
		}
		Self::work_on_settlement(&mut meter);
		if !books_first {
			Self::work_on_books(&mut meter);
		}
		meter.consumed()
	}

	/// Works for at most `limit` outside the turn, on what is due. `None` if nothing was done.
	pub(crate) fn work(limit: Weight) -> Option<Weight> {
		let mut meter = WeightMeter::with_limit(limit);
		let steps = Self::work_on_books(&mut meter).saturating_add(Self::work_on_settlement(&mut meter));
		(steps > 0).then(|| meter.consumed())
	}

	/// At the beginning of a round, all books in the queue become due.
	fn release_queue(block: BlockNumberFor<T>) {
		if (block % T::RoundPeriod::get()).is_zero() {
			let range = QueueRange::<T>::get();
			if range.due != range.tail {
				QueueRange::<T>::put(QueueBounds {
					due: range.tail,
					..range
				});
			}
		}
	}

	/// Works on the books as far as the weight goes, and says how many steps it took.
	fn work_on_books(meter: &mut WeightMeter) -> u32 {
		let mut steps = 0u32;
		while let Some(step) = Self::next_step() {
			if meter.try_consume(Self::weight_of(&step)).is_err() {
				break;
			}
			Self::take(step);
			steps = steps.saturating_add(1);
		}
		steps
	}

	/// What comes first: the round at hand, then suspensions, so that no suspended order is cleared, then what is due, then
	/// the queue.
	fn next_step() -> Option<Step<T::AccountId>> {
		if let Some(round) = CurrentRound::<T>::get() {
			return Some(Step::Continue(round));
		}
		if let Some((account, zone, after)) = Suspensions::<T>::iter().next() {
			return Some(Step::Suspend(account, zone, after));
		}
		match Self::due(Self::now()) {
			Due::Advance(from) => return Some(Step::Advance(from)),
			Due::Do(due, task) => return Some(Step::Task(due, task)),
			Due::Nothing => (),
		}
		let range = QueueRange::<T>::get();
		(range.head < range.due).then(|| Step::Begin(Queue::<T>::get(range.head)))
	}

	fn weight_of(step: &Step<T::AccountId>) -> Weight {
		match step {
			Step::Continue(Round {
				stage: RoundStage::Applying { .. },
				..
			}) => T::WeightInfo::apply_page(T::MaxPages::get()),
			Step::Continue(Round {
				stage: RoundStage::Sweeping { .. },
				..
			}) => T::WeightInfo::sweep_page(),
			Step::Suspend(..) => T::WeightInfo::suspend_book(T::MaxPages::get()),
			Step::Advance(_) => T::WeightInfo::idle(),
			Step::Task(_, Task::EndWaiting(_)) => T::WeightInfo::settle_contract(),
			Step::Task(_, Task::ExpireOrders(_)) => T::WeightInfo::idle(),
			Step::Task(_, Task::ForgetSales(_)) => T::WeightInfo::forget_sales(),
			Step::Begin(None) => T::WeightInfo::idle(),
			Step::Task(_, Task::CloseBook(id)) | Step::Begin(Some(id)) => Self::weight_to_clear(*id),
		}
	}

	fn weight_to_clear(id: BookId) -> Weight {
		let orders = Books::<T>::get(id).map_or(0, |book| book.orders);
		let zones = Lines::<T>::decode_len(id.interval)
			.and_then(|zones| u32::try_from(zones).ok())
			.unwrap_or(0);
		T::WeightInfo::clear(orders, zones)
	}

	fn take(step: Step<T::AccountId>) {
		match step {
			Step::Continue(round) => Self::continue_round(round),
			Step::Suspend(account, zone, after) => Self::withdraw_suspended(account, zone, after),
			Step::Advance(from) => Self::advance_agenda(from),
			Step::Task(due, task) => Self::perform(due, task),
			Step::Begin(_) => {
				if let Some(id) = Self::dequeue() {
					Self::begin_round(id, false);
				}
			}
		}
	}

	fn perform(due: Interval, task: Task) {
		let done = match task {
			Task::CloseBook(id) => {
				// A gate that passed while the chain stood still has no last round: the time it was meant for is over.
				if Self::now() > due {
					Self::lapse(id);
				} else {
					Self::begin_round(id, true);
				}
				true
			}
			Task::ExpireOrders(id) => {
				Self::enqueue_stored(id);
				true
			}
			Task::EndWaiting(interval) => Self::end_one_wait(interval),
			Task::ForgetSales(interval) => Self::forget_sales(interval),
		};
		if done {
			Agenda::<T>::remove(due, task);
		}
	}
}
