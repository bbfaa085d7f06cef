use crate::{mock::*, Commitments, Error};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{time::HORIZON, Topology, Wh, ZoneId};

/// What the line above a zone has left in the first interval, towards and from the root.
fn left(zone: ZoneId) -> (Wh, Wh) {
	let network = Grid::network(START);
	let (_, link) = network.into_iter().find(|(id, _)| *id == zone).unwrap();
	link.map(|link| (link.to_parent_wh, link.from_parent_wh)).unwrap()
}

#[test]
fn commit_should_take_from_what_is_left_in_each_direction() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(left(1), (10_000, 20_000));
		assert_ok!(Grid::commit(START, 1, 4_000, 0));
		assert_ok!(Grid::commit(START, 1, 6_000, 1));
		assert_eq!(left(1), (0, 19_999));
		// Not netted: what flows the other way gives no capacity back.
		assert_noop!(Grid::commit(START, 1, 1, 0), Error::<Test>::CapacityExceeded);
		assert_noop!(Grid::commit(START, 1, 0, 20_000), Error::<Test>::CapacityExceeded);
		assert_noop!(
			Grid::commit(START, 1, u64::MAX, u64::MAX),
			Error::<Test>::CapacityExceeded
		);
		assert_eq!((left(2), left(3)), ((10_000, 20_000), (10_000, 20_000)));
	});
}

#[test]
fn commit_should_keep_intervals_apart() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::commit(START, 1, 10_000, 0));
		assert_ok!(Grid::commit(START + 1, 1, 10_000, 0));
	});
}

#[test]
fn commit_should_be_refused_when_there_is_no_line() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::commit(START, 0, 1, 1), Error::<Test>::RootHasNoLine);
		assert_noop!(Grid::commit(START, 9, 1, 1), Error::<Test>::UnknownZone);
	});
}

#[test]
fn commit_should_follow_the_terms_of_its_interval() {
	ExtBuilder::default().build_and_execute(|| {
		let from = START + HORIZON + 1;
		assert_ok!(Grid::update_line(RuntimeOrigin::root(), 1, from, HALF));
		assert_ok!(Grid::commit(from - 1, 1, 10_000, 0));
		assert_noop!(Grid::commit(from, 1, 5_001, 0), Error::<Test>::CapacityExceeded);
		assert_ok!(Grid::commit(from, 1, 5_000, 0));
	});
}

#[test]
fn release_should_give_capacity_back() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::commit(START, 1, 10_000, 20_000));
		Grid::release(START, 1, 3_000, 20_000);
		assert_eq!(left(1), (3_000, 20_000));
		// Never more than there is.
		Grid::release(START, 1, u64::MAX, u64::MAX);
		assert_eq!(left(1), (10_000, 20_000));
	});
}

#[test]
fn release_should_store_nothing_when_nothing_was_promised() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::release(START, 1, 1, 1);
		assert_eq!(Commitments::<Test>::iter().count(), 0);
	});
}

#[test]
fn forget_should_remove_an_interval_and_no_other() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 4..70 {
			assert_ok!(Grid::add_zone(RuntimeOrigin::root(), 0, CITY, TERMS));
		}
		assert_ok!(Grid::commit(START, 1, 1, 1));
		assert_ok!(Grid::commit(START, 69, 1, 1));
		assert_ok!(Grid::commit(START + 1, 1, 1, 1));
		assert_eq!(Commitments::<Test>::iter().count(), 3);
		Grid::forget(START);
		assert_eq!(
			Commitments::<Test>::iter_keys().collect::<Vec<_>>(),
			vec![(START + 1, 0)]
		);
		assert_eq!(left(1), (10_000, 20_000));
	});
}
