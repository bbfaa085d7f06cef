use crate::mock::*;
use frame_support::assert_ok;
use gridtokenx_primitives::{Link, Topology};

fn link(parent: u32, operator: AccountId) -> Option<Link<AccountId>> {
	Some(Link {
		parent,
		to_parent_wh: 10_000,
		from_parent_wh: 20_000,
		charge_per_kwh: 3,
		operator,
	})
}

#[test]
fn network_should_list_parents_before_children_with_the_energy_of_an_interval() {
	ExtBuilder::default().build_and_execute(|| {
		let expected = vec![(0, None), (1, link(0, CITY)), (2, link(0, COUNTY)), (3, link(1, CITY))];
		assert_eq!(Grid::network(START), expected);
	});
}

#[test]
fn network_should_leave_out_what_is_not_connected() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::halt_zone(RuntimeOrigin::root(), 1));
		assert_eq!(Grid::network(START), vec![(0, None), (2, link(0, COUNTY))]);
		assert_eq!(Grid::network(START - 1).len(), 4);
	});
}

#[test]
fn network_should_leave_out_what_was_removed() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Grid::remove_zone(RuntimeOrigin::root(), 2));
		assert_ok!(Grid::add_zone(RuntimeOrigin::root(), 3, COUNTY, TERMS));
		let expected = vec![(0, None), (1, link(0, CITY)), (3, link(1, CITY)), (4, link(3, COUNTY))];
		assert_eq!(Grid::network(START), expected);
	});
}

#[test]
fn network_should_span_pages() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 4..100 {
			assert_ok!(Grid::add_zone(RuntimeOrigin::root(), 2, CITY, TERMS));
		}
		let network = Grid::network(START);
		assert_eq!(
			network.iter().map(|(zone, _)| *zone).collect::<Vec<_>>(),
			(0..100).collect::<Vec<_>>()
		);
		assert_ok!(Grid::commit(START, 99, 1_000, 0));
		let (_, last) = Grid::network(START).pop().unwrap();
		assert_eq!(last.unwrap().to_parent_wh, 9_000);
	});
}

#[test]
fn energy_should_be_rounded_down_when_a_power_does_not_divide() {
	ExtBuilder {
		interval_seconds: 60,
		..Default::default()
	}
	.build_and_execute(|| {
		let (_, link) = Grid::network(1).pop().unwrap();
		// 40 kW for a minute are 666.7 Wh.
		assert_eq!(link.unwrap().to_parent_wh, 666);
	});
}
