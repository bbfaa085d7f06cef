//! A round: all orders of a book are cleared at once, then the fills are made and the book is swept, page by page.
//!
//! Between the clearing and the last page the book is frozen: its orders change by its fills alone. What arrives meanwhile
//! (orders, cancellations) is kept and counts from the next round.

mod apply;
mod certificates;
mod solve;
mod sweep;

pub use solve::Solved;

use crate::{
	book::BookOf,
	pallet::{Books, Config, CurrentRound, Deliveries, Event, FillPages, Pallet},
	types::{BookId, FillPage, Line, OrderId, Phase, Round, RoundStage, FILLS_PER_PAGE},
};
use gridtokenx_primitives::{grid::Network, Topology};

impl<T: Config> Pallet<T> {
	/// Clears a book. With `closing`, it is the last time.
	pub(crate) fn begin_round(id: BookId, closing: bool) {
		let Some(mut book) = Books::<T>::get(id) else {
			if closing {
				Self::end_book(id);
			}
			return;
		};
		if !closing {
			// A closing book leaves its place in the queue behind, which then names no book.
			book.queued = false;
		}
		book.rounds = book.next_round();
		let round = book.rounds;
		let solved = Self::solve_now(id, &book).unwrap_or_default();
		Books::<T>::insert(id, book);
		let mut pages = 0u32;
		for fills in solved.fills.chunks(FILLS_PER_PAGE as usize) {
			FillPages::<T>::insert(pages, FillPage::truncate_from(fills.to_vec()));
			pages = pages.saturating_add(1);
		}
		let stage = if pages == 0 {
			RoundStage::Sweeping { next: 0 }
		} else {
			RoundStage::Applying { next: 0, pages }
		};
		CurrentRound::<T>::put(Round {
			book: id,
			stage,
			closing,
		});
		Self::deposit_event(Event::Cleared {
			book: id,
			round,
			fills: u32::try_from(solved.fills.len()).unwrap_or(u32::MAX),
			volume_wh: solved.volume_wh,
			prices: solved.prices,
		});
	}

	/// What a book clears to in the round it has just begun; zones that have come into service since the interval's market
	/// opened take part from now on.
	fn solve_now(id: BookId, book: &BookOf<T>) -> Option<Solved> {
		let network = T::Topology::network(id.interval);
		let lines = Self::keep_lines(id.interval, &network).ok()?;
		Self::solve_on(id, book, book.rounds, &lines, &network)
	}

	/// What a book would clear to in its next round.
	pub(crate) fn solve_next(id: BookId) -> Option<Solved> {
		let book = Books::<T>::get(id)?;
		let network = T::Topology::network(id.interval);
		let lines = Self::lines_with(id.interval, &network).ok()?;
		Self::solve_on(id, &book, book.next_round(), &lines, &network)
	}

	fn solve_on(
		id: BookId,
		book: &BookOf<T>,
		round: u32,
		lines: &[Line<T::AccountId>],
		network: &Network<T::AccountId>,
	) -> Option<Solved> {
		let terms = Deliveries::<T>::get(id.interval)?.terms;
		let orders = Self::orders_in(id, book);
		solve::solve(&terms, lines, network, &orders, round, Self::now())
	}

	/// Closes a book without another round: what stands in it lapses.
	pub(crate) fn lapse(id: BookId) {
		if Books::<T>::contains_key(id) {
			CurrentRound::<T>::put(Round {
				book: id,
				stage: RoundStage::Sweeping { next: 0 },
				closing: true,
			});
		} else {
			Self::end_book(id);
		}
	}

	/// One page of the round at hand.
	pub(crate) fn continue_round(round: Round) {
		let stage = match round.stage {
			RoundStage::Applying { next, pages } => {
				Self::apply_page(round.book, next);
				let next = next.saturating_add(1);
				if next < pages {
					Some(RoundStage::Applying { next, pages })
				} else {
					Some(RoundStage::Sweeping { next: 0 })
				}
			}
			RoundStage::Sweeping { next } => {
				Self::sweep_page(round.book, next, round.closing).map(|next| RoundStage::Sweeping { next })
			}
		};
		match stage {
			Some(stage) => CurrentRound::<T>::put(Round { stage, ..round }),
			None => {
				CurrentRound::<T>::kill();
				if round.closing {
					Self::end_book(round.book);
				}
			}
		}
	}

	/// Removes a book whose orders have left; with its spot book an interval's trading ends.
	fn end_book(id: BookId) {
		if Books::<T>::take(id).is_some() {
			Self::deposit_event(Event::BookClosed { book: id });
		}
		if id.phase == Phase::Spot {
			Self::close_delivery(id.interval);
		}
	}

	/// The full name of an order.
	pub(crate) fn order_id(book: BookId, number: u32) -> OrderId {
		OrderId { book, number }
	}
}
