use crate::types::{IntervalSet, MAX_RANGES};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn set(intervals: impl IntoIterator<Item = u32>) -> IntervalSet {
	intervals.into_iter().fold(IntervalSet::default(), |mut set, interval| {
		set.insert(interval);
		set
	})
}

#[test]
fn set_should_be_one_row_when_intervals_come_in_any_order() {
	assert_eq!(set([5, 7, 6, 9, 8, 5]).ranges(), [(5, 9)]);
	assert_eq!(set([9, 8, 7]).ranges(), [(7, 9)]);
}

#[test]
fn set_should_keep_a_gap_until_it_is_filled() {
	let mut set = set([5, 6, 8]);
	assert_eq!(set.ranges(), [(5, 6), (8, 8)]);
	assert!(!set.contains(7) && !set.contains(4) && !set.contains(9));
	set.insert(7);
	assert_eq!(set.ranges(), [(5, 8)]);
}

#[test]
fn set_should_reach_to_both_ends_of_time() {
	let set = set([u32::MAX, 0, u32::MAX - 1, 1]);
	assert_eq!(set.ranges(), [(0, 1), (u32::MAX - 1, u32::MAX)]);
}

#[test]
fn set_should_give_up_the_oldest_gap_when_there_is_no_room() {
	let mut set = set((0..MAX_RANGES).map(|number| number * 2));
	assert!(!set.contains(1));
	set.insert(1_000);
	assert!(set.contains(1) && !set.contains(3) && set.contains(1_000));
	assert_eq!(set.ranges().len(), MAX_RANGES as usize);
}

proptest! {
	#[test]
	fn set_should_hold_what_was_inserted_and_no_more(intervals in proptest::collection::vec(0..200u32, 0..120)) {
		let set = set(intervals.iter().copied());
		let expected: BTreeSet<u32> = intervals.into_iter().collect();
		for interval in 0..201 {
			prop_assert_eq!(set.contains(interval), expected.contains(&interval));
		}
		let apart = set.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0);
		prop_assert!(apart, "rows that touch are one row");
	}
}
