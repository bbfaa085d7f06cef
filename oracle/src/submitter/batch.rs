//! Readings put together the way the chain takes them: by pages of 64 devices, in ascending order.

use crate::{buffer::Offset, reading::SignedReading};
use gridtokenx_primitives::{reading::Page, PAGE_SIZE};
use std::collections::{BTreeMap, HashSet};

/// A reading and its place in the buffer.
pub type Row = (Offset, SignedReading);

/// How much goes into one batch.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
	/// Most readings.
	pub readings: usize,
	/// Most pages.
	pub pages: usize,
}

/// One call's worth of readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
	/// What the call carries: pages in ascending order, at most 64 readings on each, and no device twice for one interval.
	pub pages: Vec<Page>,
	/// The same readings one after the other, as the chain counts them.
	pub rows: Vec<Row>,
}

/// What one page takes in one batch.
#[derive(Default)]
struct Layer {
	rows: Vec<Row>,
	seen: HashSet<(u32, u32)>,
}

/// Splits readings into batches. Those of a device come in the order of their intervals, over all batches.
pub fn plan(mut rows: Vec<Row>, limits: Limits) -> Vec<Batch> {
	// On a page, too, the chain works through an interval at a time.
	rows.sort_by_key(|(offset, signed)| (signed.reading.interval, signed.reading.device, *offset));
	let mut pages: BTreeMap<u32, Vec<Layer>> = BTreeMap::new();
	for row in rows {
		place(pages.entry(row.1.reading.page()).or_default(), row, limits.readings);
	}
	let depth = pages.values().map(Vec::len).max().unwrap_or(0);
	let mut batches = Vec::new();
	for level in 0..depth {
		// Page numbers start again at each level, and a batch's only rise.
		let mut batch = Batch::default();
		for (page, layers) in &mut pages {
			let Some(layer) = layers.get_mut(level) else { continue };
			let full = batch.rows.len() + layer.rows.len() > limits.readings || batch.pages.len() == limits.pages;
			if full && !batch.rows.is_empty() {
				batches.push(std::mem::take(&mut batch));
			}
			batch.push(*page, std::mem::take(&mut layer.rows));
		}
		batches.push(batch);
	}
	batches
}

/// Puts a row into the last layer, or into a new one where that is full or has a reading of the same device and interval.
fn place(layers: &mut Vec<Layer>, row: Row, max: usize) {
	let most = max.clamp(1, PAGE_SIZE as usize);
	let key = (row.1.reading.device, row.1.reading.interval);
	if layers
		.last()
		.is_none_or(|layer| layer.rows.len() == most || layer.seen.contains(&key))
	{
		layers.push(Layer::default());
	}
	if let Some(layer) = layers.last_mut() {
		layer.seen.insert(key);
		layer.rows.push(row);
	}
}

impl Batch {
	fn push(&mut self, page: u32, rows: Vec<Row>) {
		let readings: Vec<_> = rows
			.iter()
			.map(|(_, signed)| signed.reading.paged(signed.signature))
			.collect();
		let readings = readings.try_into().expect("a layer has at most a page of rows");
		self.pages.push(Page { page, readings });
		self.rows.extend(rows);
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::testing::unsigned;
	use proptest::prelude::*;

	const LIMITS: Limits = Limits {
		readings: 100,
		pages: 3,
	};

	fn rows(readings: &[(u32, u32)]) -> Vec<Row> {
		let signed = readings.iter().map(|(device, interval)| unsigned(*device, *interval));
		(0..).zip(signed).collect()
	}

	fn sizes(batches: &[Batch]) -> Vec<Vec<(u32, usize)>> {
		let pages = |batch: &Batch| {
			batch
				.pages
				.iter()
				.map(|page| (page.page, page.readings.len()))
				.collect()
		};
		batches.iter().map(pages).collect()
	}

	#[test]
	fn plan_should_be_empty_when_there_is_nothing_to_send() {
		assert_eq!(plan(Vec::new(), LIMITS), []);
	}

	#[test]
	fn plan_should_put_pages_in_ascending_order_when_devices_come_in_any() {
		let batches = plan(rows(&[(130, 1), (0, 1), (65, 1), (64, 1), (1, 1)]), LIMITS);
		assert_eq!(sizes(&batches), [[(0, 2), (1, 2), (2, 1)]]);
		let offsets: Vec<_> = batches[0].rows.iter().map(|row| row.0).collect();
		assert_eq!(offsets, [1, 4, 3, 2, 0]);
	}

	#[test]
	fn plan_should_split_a_page_when_it_has_more_than_64_readings() {
		let backlog: Vec<_> = (0..3)
			.flat_map(|interval| (0..50).map(move |device| (device, interval)))
			.collect();
		assert_eq!(sizes(&plan(rows(&backlog), LIMITS)), [[(0, 64)], [(0, 64)], [(0, 22)]]);
	}

	#[test]
	fn plan_should_open_another_batch_when_pages_or_readings_run_out() {
		let scattered: Vec<_> = (0..4).map(|page| (page * 64, 1)).collect();
		assert_eq!(
			sizes(&plan(rows(&scattered), LIMITS)),
			[vec![(0, 1), (1, 1), (2, 1)], vec![(3, 1)]]
		);
		let dense: Vec<_> = (0..128).map(|device| (device, 1)).collect();
		assert_eq!(sizes(&plan(rows(&dense), LIMITS)), [[(0, 64)], [(1, 64)]]);
	}

	#[test]
	fn plan_should_never_put_a_device_twice_for_one_interval_into_a_batch() {
		// After a change of key a meter may have read the same interval under both.
		let mut twice = rows(&[(1, 1), (1, 1), (2, 1)]);
		twice[1].1.reading.epoch = 1;
		assert_eq!(sizes(&plan(twice, LIMITS)), [[(0, 1)], [(0, 2)]]);
	}

	proptest! {
		#[test]
		fn plan_should_carry_every_reading_once_within_the_chain_s_limits(
			readings in proptest::collection::vec((0u32..400, 0u32..6), 0..600),
			most in 1usize..150,
			pages in 1usize..8,
		) {
			let rows = rows(&readings);
			let limits = Limits { readings: most, pages };
			let batches = plan(rows.clone(), limits);

			let mut carried: Vec<Row> = Vec::new();
			for batch in &batches {
				prop_assert!(!batch.rows.is_empty() && batch.rows.len() <= most && batch.pages.len() <= pages);
				prop_assert!(batch.pages.windows(2).all(|pair| pair[0].page < pair[1].page));
				let paged = batch.pages.iter().flat_map(|page| {
					page.readings.iter().map(|reading| (reading.reading(page.page), reading.signature))
				});
				prop_assert!(paged.eq(batch.rows.iter().map(|(_, signed)| (signed.reading, signed.signature))));
				let mut seen = HashSet::new();
				prop_assert!(batch.rows.iter().all(|(_, it)| seen.insert((it.reading.device, it.reading.interval))));
				carried.extend(&batch.rows);
			}
			let mut last = BTreeMap::new();
			for (_, signed) in &carried {
				let before = last.insert(signed.reading.device, signed.reading.interval);
				prop_assert!(before.is_none_or(|before| before <= signed.reading.interval));
			}
			carried.sort_by_key(|row| row.0);
			prop_assert_eq!(carried, rows);
		}
	}
}
