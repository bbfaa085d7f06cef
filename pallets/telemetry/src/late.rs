//! Late energy: a queue of spans, filled a page at a time and emptied by whoever settles.

use crate::{
	types::{Flow, LateSpan},
	Config, LateEnds, LateSpans, Pallet,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{Interval, Position, PAGE_SIZE};
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Spans of one page.
pub type LateChunk<AccountId> = BoundedVec<LateSpan<AccountId>, ConstU32<PAGE_SIZE>>;

/// An interval, and what belongs to it after all.
pub(crate) type LatePosition<AccountId> = (Interval, Position<AccountId>);

impl<AccountId: Clone> LateSpan<AccountId> {
	/// The next interval that got something, which the span then has behind it.
	fn next_position(&mut self) -> Option<LatePosition<AccountId>> {
		while self.after < self.through {
			self.after = self.after.saturating_add(1);
			let amount = self.span.of(self.after);
			if amount.is_zero() {
				continue;
			}
			let mut flow = Flow::default();
			flow.add(amount, self.source);
			let position = Position {
				account: self.account.clone(),
				zone: self.zone,
				import_wh: flow.import_wh,
				exports: flow.exports,
				unread: 0,
			};
			return Some((self.after, position));
		}
		None
	}
}

impl<T: Config> Pallet<T> {
	/// Queues the late spans of a page: one for each of its devices, or each of its readings, and a second one where a device has
	/// changed hands.
	pub(crate) fn queue_late(spans: Vec<LateSpan<T::AccountId>>) {
		if spans.is_empty() {
			return;
		}
		LateEnds::<T>::mutate(|(_, end)| {
			for chunk in spans.chunks(PAGE_SIZE as usize) {
				LateSpans::<T>::insert(*end, LateChunk::truncate_from(chunk.to_vec()));
				*end = end.saturating_add(1);
			}
		});
	}

	/// Takes at most `max` late positions off the queue, the oldest first.
	pub(crate) fn dequeue_late(max: u32) -> Vec<LatePosition<T::AccountId>> {
		let (mut start, end) = LateEnds::<T>::get();
		let mut taken = Vec::new();
		if start == end {
			return taken;
		}
		let mut left = max;
		while start < end && left > 0 {
			let chunk = LateSpans::<T>::take(start).unwrap_or_default();
			let rest = Self::drain_chunk(chunk, &mut left, &mut taken);
			if rest.is_empty() {
				start = start.saturating_add(1);
			} else {
				LateSpans::<T>::insert(start, rest);
			}
		}
		LateEnds::<T>::put((start, end));
		taken
	}

	fn drain_chunk(
		mut chunk: LateChunk<T::AccountId>,
		left: &mut u32,
		taken: &mut Vec<LatePosition<T::AccountId>>,
	) -> LateChunk<T::AccountId> {
		while let Some(span) = chunk.last_mut().filter(|_| *left > 0) {
			match span.next_position() {
				Some(position) => {
					taken.push(position);
					*left = left.saturating_sub(1);
				}
				None => {
					chunk.pop();
				}
			}
		}
		chunk
	}
}
