use crate::{mock::*, Error, Event, Terms};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::{time::HORIZON, Interval, Topology};
use sp_runtime::DispatchError::BadOrigin;

/// The first interval whose market has not opened.
const FIRST: Interval = START + HORIZON + 1;

fn city() -> RuntimeOrigin {
	RuntimeOrigin::signed(CITY)
}

/// The charge of the line above zone 1 in an interval.
fn charge(interval: Interval) -> u128 {
	let network = Grid::network(interval);
	let (_, link) = network.into_iter().find(|(zone, _)| *zone == 1).unwrap();
	link.unwrap().charge_per_kwh
}

#[test]
fn update_line_should_count_from_its_interval_on() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::update_line(city(), 1, FIRST, HALF));
		assert_eq!(
			last_event(),
			Event::LineUpdated {
				zone: 1,
				from: FIRST,
				old: TERMS,
				new: HALF
			}
		);
		assert_eq!([START, FIRST - 1, FIRST, FIRST + 500].map(charge), [3, 3, 6, 6]);
		// What was is known for as long as it is settled.
		go_to(FIRST + 200);
		assert_eq!([FIRST - 1, FIRST].map(charge), [3, 6]);
		assert_eq!(Grid::lines_above(1), [(1, 20_000)]);
	});
}

#[test]
fn update_line_should_be_refused_when_the_market_may_be_open() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(
			Grid::update_line(city(), 1, FIRST - 1, HALF),
			Error::<Test>::NoticeTooShort
		);
		assert_noop!(
			Grid::update_line(RuntimeOrigin::root(), 1, START, HALF),
			Error::<Test>::NoticeTooShort
		);
		go_to(START + 1);
		assert_noop!(Grid::update_line(city(), 1, FIRST, HALF), Error::<Test>::NoticeTooShort);
	});
}

#[test]
fn update_line_should_be_open_to_its_operator_and_to_governance_alone() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::update_line(city(), 2, FIRST, HALF), Error::<Test>::NotOperator);
		assert_noop!(Grid::update_line(RuntimeOrigin::none(), 2, FIRST, HALF), BadOrigin);
		assert_ok!(Grid::update_line(RuntimeOrigin::root(), 2, FIRST, HALF));
	});
}

#[test]
fn update_line_should_be_refused_when_there_is_no_such_line_or_price() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::update_line(city(), 0, FIRST, HALF), Error::<Test>::RootHasNoLine);
		assert_noop!(Grid::update_line(city(), 8, FIRST, HALF), Error::<Test>::UnknownZone);
		let terms = Terms {
			loss_per_kwh: 1 << 64,
			..TERMS
		};
		assert_noop!(Grid::update_line(city(), 1, FIRST, terms), Error::<Test>::ChargeTooHigh);
	});
}

#[test]
fn update_line_should_replace_what_was_announced_for_the_same_interval() {
	ExtBuilder::default().build_and_execute(|| {
		let dear = Terms {
			wheeling_per_kwh: 9,
			..TERMS
		};
		assert_ok!(Grid::update_line(city(), 1, FIRST + 5, HALF));
		assert_ok!(Grid::update_line(city(), 1, FIRST, dear));
		assert_eq!([FIRST - 1, FIRST, FIRST + 5].map(charge), [3, 10, 6]);
		assert_ok!(Grid::update_line(city(), 1, FIRST + 5, TERMS));
		assert_eq!(
			last_event(),
			Event::LineUpdated {
				zone: 1,
				from: FIRST + 5,
				old: HALF,
				new: TERMS
			}
		);
		assert_eq!([FIRST - 1, FIRST, FIRST + 5].map(charge), [3, 10, 3]);
	});
}

#[test]
fn update_line_should_withdraw_an_announcement_when_nothing_changes_by_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::update_line(city(), 1, FIRST, HALF));
		assert_ok!(Grid::update_line(city(), 1, FIRST, TERMS));
		let line = Grid::zone(1).unwrap().line.unwrap();
		assert_eq!(line.schedule.steps().len(), 1);
		assert_eq!(charge(FIRST), 3);
	});
}

#[test]
fn update_line_should_be_refused_when_too_much_is_announced_until_something_is_forgotten() {
	ExtBuilder::default().build_and_execute(|| {
		let announce = |number: u32| {
			let terms = Terms {
				to_parent_w: number.into(),
				..TERMS
			};
			Grid::update_line(city(), 1, FIRST + number, terms)
		};
		for number in 0..7 {
			assert_ok!(announce(number));
		}
		assert_noop!(announce(7), Error::<Test>::TooManyChanges);
		// Two hundred intervals after the first change, nobody asks for what was before it.
		go_to(FIRST + 199);
		let later = Terms {
			to_parent_w: 1,
			..TERMS
		};
		assert_noop!(
			Grid::update_line(city(), 1, FIRST + 400, later),
			Error::<Test>::TooManyChanges
		);
		go_to(FIRST + 200);
		assert_ok!(Grid::update_line(city(), 1, FIRST + 400, later));
	});
}

#[test]
fn set_operator_should_hand_the_line_over() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::set_operator(RuntimeOrigin::root(), 2, CITY));
		assert_eq!(
			last_event(),
			Event::OperatorChanged {
				zone: 2,
				old: COUNTY,
				new: CITY
			}
		);
		assert!(!Grid::is_operator(&COUNTY));
		assert_ok!(Grid::update_line(city(), 2, FIRST, HALF));
		// Still an operator by its other lines.
		assert_ok!(Grid::set_operator(RuntimeOrigin::root(), 2, NOBODY));
		assert!(Grid::is_operator(&CITY) && Grid::is_operator(&NOBODY));
	});
}

#[test]
fn set_operator_should_keep_the_operator_when_it_stays_the_same() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::set_operator(RuntimeOrigin::root(), 2, COUNTY));
		assert!(Grid::is_operator(&COUNTY));
	});
}

#[test]
fn set_operator_should_be_refused_when_governance_did_not_decide_it() {
	ExtBuilder::default().build_and_execute(|| {
		assert_noop!(Grid::set_operator(city(), 1, NOBODY), BadOrigin);
		assert_noop!(
			Grid::set_operator(RuntimeOrigin::root(), 0, NOBODY),
			Error::<Test>::RootHasNoLine
		);
		assert_noop!(
			Grid::set_operator(RuntimeOrigin::root(), 9, NOBODY),
			Error::<Test>::UnknownZone
		);
	});
}
