use crate::{mock::*, Error, Event, ROOT};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{Interval, Topology, ZoneId};
use sp_runtime::DispatchError::BadOrigin;

fn halt(zone: ZoneId) {
	assert_ok!(Grid::halt_zone(RuntimeOrigin::root(), zone));
}

fn resume(zone: ZoneId) {
	assert_ok!(Grid::resume_zone(RuntimeOrigin::root(), zone));
}

/// In which of these intervals the zone is open.
fn open<const N: usize>(zone: ZoneId, intervals: [Interval; N]) -> [bool; N] {
	intervals.map(|interval| Grid::is_open(zone, interval))
}

#[test]
fn halt_zone_should_close_the_zone_and_all_below_from_the_running_interval_on() {
	ExtBuilder::default().build_and_execute(|| {
		halt(1);
		assert_eq!(last_event(), Event::ZoneHalted { zone: 1, from: START });
		for zone in [1, 3] {
			assert_eq!(open(zone, [START - 1, START, START + 90]), [true, false, false]);
		}
		assert_eq!(open(2, [START]), [true]);
	});
}

#[test]
fn resume_zone_should_open_it_from_the_next_interval_on() {
	ExtBuilder::default().build_and_execute(|| {
		halt(1);
		go_to(START + 5);
		resume(1);
		assert_eq!(
			last_event(),
			Event::ZoneResumed {
				zone: 1,
				from: START + 6
			}
		);
		assert_eq!(
			open(3, [START - 1, START, START + 5, START + 6]),
			[true, false, false, true]
		);
	});
}

#[test]
fn halt_zone_should_continue_an_outage_when_the_zone_has_not_served_since() {
	ExtBuilder::default().build_and_execute(|| {
		halt(1);
		resume(1);
		halt(1);
		assert_eq!(Grid::zone(1).unwrap().outages.len(), 1);
		assert_eq!(open(1, [START, START + 1]), [false, false]);
	});
}

#[test]
fn outages_should_be_remembered_while_their_intervals_are_settled() {
	ExtBuilder::default().build_and_execute(|| {
		for number in 0..3 {
			go_to(START + 10 * number);
			halt(1);
			resume(1);
		}
		go_to(START + 150);
		halt(1);
		assert_eq!(
			open(1, [START, START + 1, START + 10, START + 20, START + 150]),
			[false, true, false, false, false]
		);
		resume(1);
		go_to(START + 211);
		halt(1);
		// The first two ended two hundred intervals ago or more, so nobody asks for them; the third still counts.
		assert_eq!(Grid::zone(1).unwrap().outages.len(), 3);
		assert_eq!(open(1, [START + 20, START + 150, START + 211]), [false, false, false]);
	});
}

#[test]
fn outages_should_forget_the_oldest_when_there_are_too_many() {
	ExtBuilder::default().build_and_execute(|| {
		for number in 0..5 {
			go_to(START + 2 * number);
			halt(1);
			resume(1);
		}
		assert_eq!(open(1, [START, START + 2, START + 8]), [true, false, false]);
	});
}

#[test]
fn halt_zone_should_close_the_whole_grid_when_it_is_the_root() {
	ExtBuilder::default().build_and_execute(|| {
		halt(ROOT);
		assert_eq!(Grid::network(START), vec![]);
		assert!(!Grid::is_open(3, START));
		resume(ROOT);
		assert_eq!(Grid::network(START + 1).len(), 4);
	});
}

#[test]
fn halts_should_be_refused_when_they_change_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::resume_zone(RuntimeOrigin::root(), 1), Error::<Test>::NotHalted);
		halt(1);
		assert_noop!(Grid::halt_zone(RuntimeOrigin::root(), 1), Error::<Test>::AlreadyHalted);
		assert_noop!(Grid::halt_zone(RuntimeOrigin::root(), 9), Error::<Test>::UnknownZone);
		resume(1);
		assert_noop!(Grid::resume_zone(RuntimeOrigin::root(), 1), Error::<Test>::NotHalted);
	});
}

#[test]
fn halts_should_be_refused_when_governance_did_not_decide_them() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::halt_zone(RuntimeOrigin::signed(CITY), 1), BadOrigin);
		assert_noop!(Grid::resume_zone(RuntimeOrigin::signed(CITY), 1), BadOrigin);
	});
}
