//! Settlement: what was sold ahead is delivered and paid, or compensated, or waits.

use super::{sell_1000, tally};
use crate::{mock::*, types::*, Contracts, Event, Exposures};
use frame_support::assert_ok;
use gridtokenx_primitives::{ClassId, Source};

const SOLAR: ClassId = ClassId {
	interval: T,
	zone: WEST,
	source: Source::Solar,
};

#[test]
fn delivery_should_pay_everybody_when_all_is_delivered() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_300)]);
		Meters::measure(T, BERT, WEST, 1_200, &[]);
		settle(T);
		assert_eq!(
			(gain(ANNA), gain(BERT), gain(TREASURY), gain(GRID_FUND)),
			(14_142, -14_242, 100, 0)
		);
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (0, 0));
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (1_000, 0));
		// What was not sold ahead stays with its producer.
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (300, 0));
		assert_eq!(
			tally(T),
			Some(Tally {
				positions: 2,
				delivered: 1,
				..Tally::default()
			})
		);
	});
}

#[test]
fn shortfall_should_be_refunded_and_compensated_when_less_is_delivered() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 400)]);
		settle(T);
		// For 400 Wh: floor(5,696.8) from Bert, floor(5,656.8) to Anna, 40 to the treasury, nothing left. For the missing
		// 600 Wh: 19,200 from Anna to Bert.
		assert_eq!(gain(ANNA), 5_656 - 19_200);
		assert_eq!(gain(BERT), 19_200 - 5_696);
		assert_eq!((gain(TREASURY), gain(GRID_FUND)), (40, 0));
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (0, 0));
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (400, 0));
		assert_eq!(
			tally(T),
			Some(Tally {
				positions: 1,
				short: 1,
				..Tally::default()
			})
		);
	});
}

#[test]
fn congestion_should_pay_operators_and_grid_fund_when_the_energy_is_delivered() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::set_capacity(WEST, 500);
		placed(ANNA, offer(WEST, 2_000, 10_000));
		placed(BERT, bid(EAST, 1_000, 30_100));
		placed(CARLA, bid(WEST, 300, 15_100));
		go_to(T - 1);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 800)]);
		settle(T);
		// Bert: 500 Wh at 30,100. Of his 15,050 Anna gets 5,000, the lines 500 and 1,000, the treasury 50; the congestion
		// rent of 500 Wh * (28,000 - 10,000 - 1,000) is 8,500. Carla: 300 Wh at 10,100.
		assert_eq!((gain(BERT), gain(CARLA)), (-15_050, -3_030));
		assert_eq!(gain(ANNA), 5_000 + 3_000);
		assert_eq!(
			(gain(OPERATORS[0]), gain(OPERATORS[1]), gain(OPERATORS[2])),
			(500, 1_000, 0)
		);
		assert_eq!((gain(TREASURY), gain(GRID_FUND)), (50 + 30, 8_500));
		// His credits can be consumed in the east, though the energy came from the west.
		assert_eq!(Ledger::holding(SOLAR, BERT, EAST), (500, 0));
	});
}

#[test]
fn contracts_should_be_delivered_in_the_order_of_rounds_when_there_is_not_enough_for_all() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 1_000, 10_000));
		placed(CARLA, bid(WEST, 300, 20_100));
		run_round();
		placed(BERT, bid(WEST, 300, 30_100));
		run_round();
		placed(DORA, bid(WEST, 300, 39_100));
		run_round();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 250), (Source::Wind, 200)]);
		settle(T);
		// The first contract is first served, whatever it pays, and by source in the order of the codes.
		let wind = ClassId {
			source: Source::Wind,
			..SOLAR
		};
		assert_eq!(
			(
				Ledger::holding(SOLAR, CARLA, WEST).0,
				Ledger::holding(wind, CARLA, WEST).0
			),
			(250, 50)
		);
		assert_eq!(
			(
				Ledger::holding(SOLAR, BERT, WEST).0,
				Ledger::holding(wind, BERT, WEST).0
			),
			(0, 150)
		);
		assert_eq!(
			(
				Ledger::holding(SOLAR, DORA, WEST).0,
				Ledger::holding(wind, DORA, WEST).0
			),
			(0, 0)
		);
		assert_eq!(
			tally(T),
			Some(Tally {
				positions: 1,
				delivered: 1,
				short: 2,
				..Tally::default()
			})
		);
	});
}

#[test]
fn zones_should_be_settled_each_by_itself_when_an_account_sells_in_two() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 500, 10_000));
		placed(ANNA, offer(EAST, 500, 10_000));
		placed(BERT, bid(WEST, 500, 10_600));
		placed(CARLA, bid(EAST, 500, 10_600));
		run_round();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 900)]);
		Meters::measure(T, ANNA, EAST, 0, &[(Source::Solar, 100)]);
		settle(T);
		// The surplus of the west makes up for nothing in the east.
		let tally = tally(T).expect("settled");
		assert_eq!((tally.delivered, tally.short), (1, 1));
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (400, 0));
		assert_eq!(Ledger::holding(ClassId { zone: EAST, ..SOLAR }, CARLA, EAST), (100, 0));
	});
}

#[test]
fn estimated_energy_should_not_deliver_when_it_is_all_there_is() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 100), (Source::Estimated, 900)]);
		settle(T);
		assert_eq!(
			tally(T),
			Some(Tally {
				positions: 1,
				short: 1,
				..Tally::default()
			})
		);
		let estimated = ClassId {
			source: Source::Estimated,
			..SOLAR
		};
		assert_eq!(Ledger::holding(estimated, ANNA, WEST), (900, 0));
		assert_eq!(gain(BERT), 900 * 32 - 1_424);
	});
}

#[test]
fn contract_should_close_short_at_once_when_the_sellers_site_is_suspended() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::rate(ANNA, WEST, 0, 0);
		Meters::measure(T, BERT, WEST, 1_200, &[]);
		settle(T);
		assert_eq!((gain(ANNA), gain(BERT)), (-32_000, 32_000));
	});
}

#[test]
fn contract_should_be_refunded_without_compensation_when_a_zone_is_halted() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 1_000, 10_000));
		placed(BERT, bid(EAST, 600, 20_100));
		placed(CARLA, bid(WEST, 400, 20_100));
		run_round();
		Grid::halt(EAST, T - 1);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		assert_eq!(gain(BERT), 0);
		let tally = tally(T).expect("settled");
		assert_eq!((tally.delivered, tally.refunded), (1, 1));
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (600, 0));
		assert_eq!(Grid::committed(T, WEST), (0, 0));
	});
}

#[test]
fn contract_of_a_halted_zone_should_be_closed_at_once_when_somebody_asks() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Grid::halt(WEST, START);
		let contract = ContractId {
			interval: T,
			seller: ANNA,
			zone: WEST,
			number: 0,
		};
		assert_ok!(Dex::close_halted(RuntimeOrigin::signed(CARLA), contract.clone()));
		assert_eq!(events().last(), Some(&Event::ContractRefunded { contract }));
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (0, 0));
		assert_eq!(Exposures::<Test>::iter_keys().count(), 0);
	});
}

#[test]
fn settlement_should_go_on_when_one_position_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		placed(CARLA, offer(WEST, 1_000, 10_000));
		placed(DORA, bid(WEST, 1_000, 20_100));
		run_round();
		Ledger::refuse(ANNA);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::measure(T, CARLA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		let events = events();
		assert!(events
			.iter()
			.any(|event| matches!(event, Event::PositionFailed { account: ANNA, .. })));
		assert!(events
			.iter()
			.any(|event| matches!(event, Event::Settled { interval: T, .. })));
		assert_eq!(gain(DORA), -14_242);
		assert_eq!(
			Contracts::<Test>::get((T, ANNA, WEST, 0)).map(|contract| contract.waiting),
			Some(true)
		);
	});
}

#[test]
fn settlement_should_reach_the_same_end_when_it_takes_many_blocks() {
	let trade = |weight: Option<frame_support::weights::Weight>| {
		let mut ext = ExtBuilder::default().build();
		ext.execute_with(|| {
			for index in 0..30 {
				placed(ANNA, offer(WEST, 20, 10_000 + 100 * index));
				placed(BERT, bid(WEST, 10, 20_100 - 100 * index));
				placed(CARLA, bid(EAST, 10, 25_100 - 100 * index));
			}
			run_round();
			go_to(T - 1);
			for account in [ANNA, BERT, CARLA] {
				Meters::measure(T, account, WEST, 100, &[(Source::Solar, 123)]);
			}
			for stranger in 100..150 {
				Meters::measure(T, stranger, EAST, 5, &[]);
			}
			if let Some(weight) = weight {
				ServiceWeight::set(weight);
			}
			Meters::set_now(T + 4);
			Meters::measured_through(T);
			let mut blocks = 0;
			while Dex::settled_before() != Some(T + 1) {
				run_block();
				blocks += 1;
			}
			(
				blocks,
				[ANNA, BERT, CARLA, TREASURY, GRID_FUND].map(gain),
				Ledger::holding(SOLAR, BERT, WEST),
			)
		})
	};
	let at_once = trade(None);
	// Room for one contract at a time: the walk over the credits set aside goes through many blocks.
	let step = <() as crate::WeightInfo>::settle_contract();
	let slowly = trade(Some(
		step.saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(4)),
	));
	assert_eq!((at_once.0, at_once.1, at_once.2), (1, slowly.1, slowly.2));
	assert!(slowly.0 > 10, "{} blocks", slowly.0);
}

#[test]
fn measured_intervals_should_be_settled_one_by_one_when_the_chain_stood_still() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::set_now(T + 300);
		Meters::measured_through(T + 296);
		run_block();
		assert_eq!(Dex::settled_before(), Some(T + 297));
		assert_eq!((gain(ANNA), gain(BERT)), (14_142, -14_242));
	});
}

#[test]
fn settlement_should_wait_for_the_last_round_when_it_is_still_being_applied() {
	ExtBuilder::default().build_and_execute(|| {
		go_to(T - 2);
		for index in 0..40 {
			placed(ANNA, offer(WEST, 10, 10_000));
			placed(BERT, bid(WEST, 10, 20_100 + 100 * index));
		}
		let step = <() as crate::WeightInfo>::apply_page(2);
		ServiceWeight::set(step.saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(4)));
		Meters::set_now(T - 1);
		let half_applied = || {
			let round = crate::CurrentRound::<Test>::get();
			round.is_some_and(|round| matches!(round.stage, RoundStage::Applying { next: 1, .. }))
		};
		let blocks = (0..10)
			.take_while(|_| !half_applied())
			.map(|_| run_full_block())
			.count();
		assert!(half_applied(), "after {blocks} blocks");
		// The chain stands still before the second page is applied, and all is measured meanwhile.
		ServiceWeight::set(PLENTY);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 400)]);
		settle(T);
		run_block();
		assert_eq!(Dex::settled_before(), Some(T + 1));
		assert_eq!(Contracts::<Test>::iter_keys().count(), 0);
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (400, 0));
	});
}
