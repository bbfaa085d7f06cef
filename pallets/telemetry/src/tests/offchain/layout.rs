//! How readings are laid out in pages.

use crate::{mock::*, offchain::layout::lay_out};
use gridtokenx_primitives::{DeviceId, Interval, Page, SignedReading};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn unsigned(device: DeviceId, interval: Interval) -> SignedReading {
	SignedReading {
		reading: reading(device, interval, 1, 0),
		signature: [7; 64],
	}
}

/// Devices and intervals of the pages.
fn places(pages: &[Page]) -> Vec<(DeviceId, Interval)> {
	let readings = pages
		.iter()
		.flat_map(|page| page.readings.iter().map(|it| it.reading(page.page)));
	readings.map(|reading| (reading.device, reading.interval)).collect()
}

#[test]
fn oldest_readings_should_come_first_when_a_page_has_more_than_it_holds() {
	let readings = (0..70).map(|n| unsigned(n % 35, 8 - n / 35)).collect();
	let (pages, whole) = lay_out(readings, 1_000, 10);
	assert!(!whole);
	let intervals: Vec<_> = places(&pages).into_iter().map(|(_, interval)| interval).collect();
	assert_eq!(intervals, [vec![7; 35], vec![8; 29]].concat());
}

#[test]
fn newer_key_should_go_first_when_a_meter_has_read_an_interval_under_two() {
	let mut rotated = unsigned(3, 7);
	rotated.reading.epoch = 1;
	let (pages, whole) = lay_out(vec![unsigned(3, 7), rotated, unsigned(3, 7)], 1_000, 10);
	let epochs: Vec<_> = pages[0].readings.iter().map(|reading| reading.epoch).collect();
	assert_eq!((epochs, whole), (vec![1], true));
}

proptest! {
	#[test]
	fn batch_should_keep_the_chain_s_order_and_the_limits(
		readings in proptest::collection::vec((0u32..400, 0u32..6), 0..600),
		max in 1usize..200,
		max_pages in 1u32..8,
	) {
		let all: BTreeSet<_> = readings.iter().copied().collect();
		let (pages, whole) = lay_out(readings.iter().map(|(device, at)| unsigned(*device, *at)).collect(), max, max_pages);
		prop_assert!(pages.len() <= max_pages as usize);
		prop_assert!(pages.windows(2).all(|pair| pair[0].page < pair[1].page));
		prop_assert!(pages.iter().all(|page| !page.readings.is_empty()));
		let places = places(&pages);
		prop_assert!(places.len() <= max);
		let distinct: BTreeSet<_> = places.iter().copied().collect();
		prop_assert_eq!(distinct.len(), places.len());
		prop_assert!(distinct.is_subset(&all));
		prop_assert_eq!(whole, distinct == all);
		prop_assert!(!places.is_empty() || all.is_empty());
	}
}
