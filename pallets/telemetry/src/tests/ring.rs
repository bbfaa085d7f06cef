//! The ring of intervals against an ordinary set, and the page's slots.

use crate::{ring::Ring, slots::Slots};
use proptest::prelude::*;
use std::collections::BTreeSet;

proptest! {
	#[test]
	fn ring_should_be_a_set_of_the_window(
		through in 0u32..u32::MAX - 200,
		members in proptest::collection::btree_set(0u32..128, 0..20),
		removed in proptest::collection::vec(0u32..128, 0..5),
		asked in 0u32..128,
	) {
		let mut set: BTreeSet<u32> = members.iter().map(|offset| through + 1 + offset).collect();
		let mut ring = Ring::default();
		set.iter().for_each(|interval| ring.insert(*interval));
		for offset in removed {
			set.remove(&(through + 1 + offset));
			ring.remove(through + 1 + offset);
		}
		let asked = through + 1 + asked;
		prop_assert_eq!(ring.contains(asked), set.contains(&asked));
		prop_assert_eq!(ring.after(asked, through), set.range(asked + 1..).next().copied());
		prop_assert_eq!(ring.before(asked, through), set.range(..asked).next_back().copied());
		prop_assert_eq!(ring.after(through, through), set.first().copied());
		prop_assert_eq!(ring.before(u32::MAX, through), set.last().copied());
		prop_assert_eq!(ring.is_empty(), set.is_empty());
		prop_assert_eq!(ring.iter(through).collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
	}
}

#[test]
fn slots_should_be_as_long_as_the_last_value_needs() {
	use codec::Encode;
	let mut slots = Slots::<u8>::default();
	slots.set(5, 50);
	slots.set(2, 20);
	assert_eq!((slots.get(5), slots.get(2), slots.get(3)), (Some(&50), Some(&20), None));
	assert_eq!(slots.iter().collect::<Vec<_>>(), [(2, &20), (5, &50)]);
	assert_eq!(slots.take(5), Some(50));
	assert_eq!(slots.encode(), [3 << 2, 0, 0, 1, 20], "three slots");
	assert_eq!(slots.take(2), Some(20));
	assert!(slots.is_empty() && slots.encode() == [0]);
}

#[test]
fn slots_should_ignore_a_slot_beyond_the_page() {
	let mut slots = Slots::<u8>::default();
	slots.set(64, 1);
	assert_eq!(slots.get(64), None);
	assert_eq!(slots.take(64), None);
}
