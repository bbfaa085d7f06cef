//! Readings laid out as a batch: pages in ascending order, no device twice for one interval.

use alloc::vec::Vec;
use core::cmp::Reverse;
use gridtokenx_primitives::{reading::Page, SignedReading};
use sp_runtime::BoundedVec;

/// Lays out as many readings as fit, the oldest of each page first, and says whether all did.
pub(crate) fn lay_out(mut readings: Vec<SignedReading>, max: usize, max_pages: u32) -> (Vec<Page>, bool) {
	// After a change of key a meter may have read an interval under both: then the new key's reading is the one that counts.
	readings.sort_unstable_by_key(|SignedReading { reading, .. }| {
		(reading.page(), reading.interval, reading.device, Reverse(reading.epoch))
	});
	readings.dedup_by_key(|SignedReading { reading, .. }| (reading.device, reading.interval));
	let max_pages = usize::try_from(max_pages).unwrap_or(usize::MAX);
	let (mut pages, mut room, mut whole) = (Vec::<Page>::new(), max, true);
	for SignedReading { reading, signature } in readings {
		if pages.last().is_none_or(|last| last.page != reading.page()) && pages.len() < max_pages && room > 0 {
			pages.push(Page {
				page: reading.page(),
				readings: BoundedVec::new(),
			});
		}
		let page = pages.last_mut().filter(|last| last.page == reading.page() && room > 0);
		match page.map(|page| page.readings.try_push(reading.paged(signature))) {
			Some(Ok(())) => room = room.saturating_sub(1),
			Some(Err(_)) | None => whole = false,
		}
	}
	(pages, whole)
}
