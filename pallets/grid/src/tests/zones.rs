use crate::{mock::*, Error, Event, NextZone, Terms, Zones, ROOT};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::Topology;
use sp_runtime::DispatchError::BadOrigin;

fn root() -> RuntimeOrigin {
	RuntimeOrigin::root()
}

#[test]
fn add_zone_should_give_the_next_index() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::add_zone(root(), 2, NOBODY, HALF));
		assert_eq!(
			last_event(),
			Event::ZoneAdded {
				zone: 4,
				parent: 2,
				operator: NOBODY,
				terms: HALF
			}
		);
		assert!(Grid::exists(4) && Grid::is_open(4, START));
		assert!(Grid::is_operator(&NOBODY));
		assert_eq!(Grid::lines_above(4), [(4, 20_000), (2, 40_000)]);
		assert_eq!(Grid::lines_above(ROOT), []);
	});
}

#[test]
fn add_zone_should_be_refused_when_governance_did_not_decide_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::add_zone(RuntimeOrigin::signed(CITY), 0, CITY, TERMS), BadOrigin);
	});
}

#[test]
fn add_zone_should_be_refused_when_it_would_be_too_deep_or_hangs_by_nothing() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::add_zone(root(), 9, CITY, TERMS), Error::<Test>::UnknownZone);
		assert_ok!(Grid::add_zone(root(), 3, CITY, TERMS));
		assert_noop!(Grid::add_zone(root(), 4, CITY, TERMS), Error::<Test>::TooDeep);
	});
}

#[test]
fn add_zone_should_be_refused_when_its_charge_is_no_price() {
	ExtBuilder::default().build_and_execute(|| {
		let terms = Terms {
			wheeling_per_kwh: 1 << 63,
			loss_per_kwh: 1 << 63,
			..TERMS
		};
		assert_noop!(Grid::add_zone(root(), 0, CITY, terms), Error::<Test>::ChargeTooHigh);
	});
}

#[test]
fn add_zone_should_be_refused_when_all_indices_are_given() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 4..100 {
			assert_ok!(Grid::add_zone(root(), 0, CITY, TERMS));
		}
		check();
		assert_noop!(Grid::add_zone(root(), 0, CITY, TERMS), Error::<Test>::TooManyZones);
		// Not even when one becomes free: indices are never given twice.
		assert_ok!(Grid::remove_zone(root(), 99));
		assert_noop!(Grid::add_zone(root(), 0, CITY, TERMS), Error::<Test>::TooManyZones);
	});
}

#[test]
fn remove_zone_should_leave_nothing_behind() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::remove_zone(root(), 2));
		assert_eq!(last_event(), Event::ZoneRemoved { zone: 2 });
		assert!(!Grid::exists(2) && !Grid::is_open(2, START));
		assert!(!Grid::is_operator(&COUNTY));
		assert_eq!(NextZone::<Test>::get(), 4);
		assert_noop!(Grid::remove_zone(root(), 2), Error::<Test>::UnknownZone);
	});
}

#[test]
fn remove_zone_should_remove_a_page_when_it_was_the_last_on_it() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 4..65 {
			assert_ok!(Grid::add_zone(root(), 0, CITY, TERMS));
		}
		assert_eq!(Zones::<Test>::iter_keys().count(), 2);
		assert_ok!(Grid::remove_zone(root(), 64));
		assert_eq!(Zones::<Test>::iter_keys().count(), 1);
		assert_ok!(Grid::add_zone(root(), 0, CITY, TERMS));
		assert!(Grid::exists(65) && !Grid::exists(64));
	});
}

#[test]
fn remove_zone_should_be_refused_when_something_depends_on_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::remove_zone(RuntimeOrigin::signed(CITY), 3), BadOrigin);
		assert_noop!(Grid::remove_zone(root(), ROOT), Error::<Test>::RootHasNoLine);
		assert_noop!(Grid::remove_zone(root(), 1), Error::<Test>::HasChildren);
		UsedZones::set(vec![3]);
		assert_noop!(Grid::remove_zone(root(), 3), Error::<Test>::ZoneInUse);
		UsedZones::set(vec![]);
		for interval in [START - 200, START, START + 96] {
			assert_ok!(Grid::commit(interval, 3, 0, 1));
			assert_noop!(Grid::remove_zone(root(), 3), Error::<Test>::ZoneInUse);
			Grid::release(interval, 3, 0, 1);
		}
		assert_ok!(Grid::remove_zone(root(), 3));
		assert_ok!(Grid::remove_zone(root(), 1));
	});
}
