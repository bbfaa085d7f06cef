//! Contracts whose seller could not be read: they wait, and late readings deliver them.

use super::{sell_1000, tally};
use crate::{mock::*, types::*, Contracts, Deliveries, Event};
use gridtokenx_primitives::{ClassId, Coverage, Source};

const SOLAR: ClassId = ClassId {
	interval: T,
	zone: WEST,
	source: Source::Solar,
};

#[test]
fn contract_should_wait_for_its_reading_when_the_seller_is_unread() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[], 1));
		Meters::measure(T, BERT, WEST, 1_200, &[]);
		settle(T);
		assert_eq!(
			tally(T),
			Some(Tally {
				positions: 2,
				waiting: 1,
				..Tally::default()
			})
		);
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (32_000, 14_242));
		// The spot phase comes and goes; credits stay open for what is still to come.
		go_to(T + 20);
		assert_eq!(
			Deliveries::<Test>::get(T).map(|delivery| delivery.stage),
			Some(Stage::Closed)
		);
		assert!(!Ledger::is_closed(T) && !Grid::is_forgotten(T));

		Meters::late(T, position(ANNA, WEST, 7, &[(Source::Solar, 1_100)], 0));
		run_block();
		assert_eq!((gain(ANNA), gain(BERT), gain(TREASURY)), (14_142, -14_242, 100));
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (1_000, 0));
		assert_eq!(Ledger::late(ANNA, WEST), (0, 0));
		assert!(Ledger::is_closed(T) && Grid::is_forgotten(T));
		assert!(!Deliveries::<Test>::contains_key(T));
	});
}

#[test]
fn late_reading_should_close_a_contract_short_when_it_shows_too_little() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[], 1));
		settle(T);
		Meters::late(T, position(ANNA, WEST, 0, &[(Source::Solar, 400)], 0));
		run_block();
		assert_eq!((gain(ANNA), gain(BERT)), (5_656 - 19_200, 19_200 - 5_696));
		assert_eq!(Grid::committed(T, WEST), (0, 0));
	});
}

#[test]
fn contract_should_keep_what_is_missing_open_when_only_some_sites_were_read() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[(Source::Solar, 400)], 1));
		settle(T);
		let contract = Contracts::<Test>::get((T, ANNA, WEST, 0)).expect("it waits");
		assert_eq!((contract.open_wh, contract.waiting), (600, true));
		assert_eq!(gain(ANNA), 5_656);
		// 600 Wh at 14,242 are 8,545.2; what rounding freed went back to Bert at once.
		assert_eq!((bid_hold(BERT), gain(BERT)), (8_545, -5_696));
		assert_eq!(collateral(ANNA), 19_200);
	});
}

#[test]
fn contract_should_be_delivered_bit_by_bit_when_sites_are_read_one_by_one() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		// Three connection points, of which two could not be read.
		Meters::position(T, position(ANNA, WEST, 5, &[(Source::Solar, 200)], 2));
		settle(T);
		Meters::late(T, position(ANNA, WEST, 3, &[(Source::Solar, 300)], 0));
		run_block();
		let contract = Contracts::<Test>::get((T, ANNA, WEST, 0)).expect("it waits");
		assert_eq!((contract.open_wh, contract.waiting), (500, true));
		Meters::late(T, position(ANNA, WEST, 0, &[(Source::Solar, 100)], 0));
		run_block();
		// All are read: 400 Wh are missing for good. Rounded down, 200, 300 and 100 Wh pay 2,828, 4,242 and 1,414.
		assert_eq!(Contracts::<Test>::get((T, ANNA, WEST, 0)), None);
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (600, 0));
		assert_eq!(gain(ANNA), 2_828 + 4_242 + 1_414 - 12_800);
	});
}

#[test]
fn late_position_should_be_billed_when_the_ledger_refuses_it() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[], 1));
		settle(T);
		Ledger::refuse(ANNA);
		Meters::late(T, position(ANNA, WEST, 70, &[(Source::Solar, 400)], 0));
		run_block();
		assert_eq!(Ledger::late(ANNA, WEST), (70, 400));
		assert_eq!(
			Contracts::<Test>::get((T, ANNA, WEST, 0)).map(|contract| contract.open_wh),
			Some(1_000)
		);
	});
}

#[test]
fn waiting_should_end_with_compensation_when_most_of_the_grid_was_read() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[], 1));
		Meters::measure(T, BERT, WEST, 1_200, &[]);
		settle(T);
		go_to(T + 4 + 95);
		assert_eq!(bid_hold(BERT), 14_242);
		go_to(T + 4 + 96);
		assert_eq!((gain(ANNA), gain(BERT)), (-32_000, 32_000));
		assert!(Ledger::is_closed(T));
	});
}

#[test]
fn waiting_should_end_without_compensation_when_the_network_had_failed() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::position(T, position(ANNA, WEST, 0, &[], 1));
		Meters::position(T, position(BERT, WEST, 0, &[], 1));
		Meters::measure(T, CARLA, WEST, 1_200, &[]);
		settle(T);
		let coverage = Coverage { active: 3, read: 1 };
		assert!(events()
			.iter()
			.any(|event| matches!(event, Event::Settled { interval: T, coverage: c, .. } if *c == coverage)));
		go_to(T + 4 + 96);
		assert_eq!((gain(ANNA), gain(BERT)), (0, 0));
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (0, 0));
	});
}

#[test]
fn late_energy_should_be_recorded_when_no_contract_waits_for_it() {
	ExtBuilder::default().build_and_execute(|| {
		settle(T);
		Meters::late(
			T,
			position(ANNA, WEST, 70, &[(Source::Solar, 400), (Source::Wind, 30)], 0),
		);
		run_block();
		assert_eq!(Ledger::late(ANNA, WEST), (70, 430));
		assert_eq!(
			events().last(),
			Some(&Event::LateEnergy {
				interval: T,
				account: ANNA
			})
		);
	});
}
