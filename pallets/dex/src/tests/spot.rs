//! The spot phase: credits that exist change hands at once.

use crate::{mock::*, types::*, Books, Deliveries, Error, Event};
use gridtokenx_primitives::{ClassId, Source};

const SOLAR: ClassId = ClassId {
	interval: T,
	zone: WEST,
	source: Source::Solar,
};

fn retire(zone: u32, quantity_wh: u64, limit_price: u128) -> NewOrder {
	order(OrderKind::Bid(Purpose::Retire), zone, quantity_wh, limit_price)
}

#[test]
fn spot_fill_should_move_money_and_credits_at_once_when_zones_differ() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::measure(T, BERT, EAST, 500, &[]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		placed(BERT, spot_bid(EAST, 500, 20_100));
		run_round();
		// The offer is partly filled: the west is worth 10,000, the east 3,000 more for two lines. Bert pays 13,100 with the
		// fee: 6,550 for 500 Wh, of which 5,000 for Anna, 500 and 1,000 for the lines, 50 for the treasury.
		assert_eq!((gain(ANNA), gain(BERT)), (5_000, -6_550));
		assert_eq!((gain(OPERATORS[0]), gain(OPERATORS[1])), (500, 1_000));
		assert_eq!((gain(TREASURY), gain(GRID_FUND)), (50, 0));
		assert_eq!(bid_hold(BERT), 0);
		assert_eq!(Ledger::holding(SOLAR, BERT, EAST), (500, 0));
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (400, 100));
		assert_eq!(
			(Grid::committed(T, WEST), Grid::committed(T, EAST)),
			((500, 0), (0, 500))
		);
	});
}

#[test]
fn credits_should_be_sold_again_when_their_buyer_finds_another() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::measure(T, BERT, EAST, 500, &[]);
		Meters::measure(T, DORA, EAST, 200, &[]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		placed(BERT, spot_bid(EAST, 500, 20_100));
		run_round();
		// Bert sells 200 Wh on in the east for 12,000 or more. Anna's rest would cost 13,000 there, so the price lies between
		// the two: isqrt(12,000 * 13,000) = 12,489.
		placed(BERT, spot_offer(EAST, WEST, Source::Solar, 200, 12_000));
		placed(DORA, spot_bid(EAST, 200, 20_100));
		run_round();
		// 2,497.8 and 2,517.8, rounded down, and 20 for the treasury: nothing is left over.
		assert_eq!((gain(BERT), gain(DORA)), (2_497 - 6_550, -2_517));
		assert_eq!((gain(TREASURY), gain(GRID_FUND)), (50 + 20, 0));
		assert_eq!(Ledger::holding(SOLAR, BERT, EAST), (300, 0));
		assert_eq!(Ledger::holding(SOLAR, DORA, EAST), (200, 0));
		// What he sold he may buy again.
		placed(BERT, spot_bid(EAST, 200, 20_100));
	});
}

#[test]
fn undelivered_capacity_should_be_free_for_spot_when_a_contract_falls_short() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::set_capacity(WEST, 500);
		placed(ANNA, offer(WEST, 500, 10_000));
		placed(BERT, bid(EAST, 500, 30_100));
		run_round();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 200)]);
		Meters::measure(T, CARLA, WEST, 0, &[(Source::Solar, 900)]);
		Meters::measure(T, BERT, EAST, 800, &[]);
		settle(T);
		assert_eq!(Grid::committed(T, WEST), (200, 0));
		placed(CARLA, spot_offer(WEST, WEST, Source::Solar, 900, 10_000));
		placed(BERT, spot_bid(EAST, 600, 30_100));
		run_round();
		assert_eq!(Grid::committed(T, WEST), (500, 0));
		assert_eq!(Ledger::holding(SOLAR, BERT, EAST), (200 + 300, 0));
	});
}

#[test]
fn certificate_should_be_retired_with_the_fill_when_the_bid_asks_for_it() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		placed(BERT, retire(WEST, 400, 12_100));
		run_round();
		assert_eq!(Ledger::retired(T, BERT), 400);
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (0, 0));
		assert_eq!(gain(BERT), -4_040);
	});
}

#[test]
fn certificate_should_come_from_another_seller_when_the_first_has_stored_energy() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Storage, 500)]);
		Meters::measure(T, CARLA, WEST, 0, &[(Source::Solar, 500)]);
		Meters::measure(T, DORA, WEST, 500, &[]);
		settle(T);
		// By time, the stored energy would go to the bid for certificates.
		placed(ANNA, spot_offer(WEST, WEST, Source::Storage, 500, 10_000));
		placed(CARLA, spot_offer(WEST, WEST, Source::Solar, 500, 10_000));
		placed(BERT, retire(WEST, 400, 12_100));
		placed(DORA, spot_bid(WEST, 500, 12_100));
		run_round();
		assert_eq!(Ledger::retired(T, BERT), 400);
		let stored = ClassId {
			source: Source::Storage,
			..SOLAR
		};
		assert_eq!(
			(
				Ledger::holding(stored, DORA, WEST).0,
				Ledger::holding(SOLAR, DORA, WEST).0
			),
			(500, 0)
		);
		assert!(!events().iter().any(|event| matches!(event, Event::FillFailed { .. })));
	});
}

#[test]
fn certificate_should_not_be_sold_when_there_is_nothing_that_can_be_one() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Storage, 500)]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Storage, 500, 10_000));
		let wanted = placed(BERT, retire(WEST, 400, 12_100));
		run_round();
		assert_eq!(Dex::order(wanted).map(|order| order.open_wh), Some(400));
		assert_eq!(bid_hold(BERT), 4_840);
	});
}

#[test]
fn spot_book_should_run_a_last_round_and_close_when_its_window_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::measure(T, BERT, WEST, 500, &[]);
		settle(T);
		let until = T + 4 + WINDOW + 1;
		assert_eq!(
			Deliveries::<Test>::get(T).map(|delivery| delivery.stage),
			Some(Stage::Spot { until })
		);
		Meters::set_now(until - 1);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		placed(BERT, spot_bid(WEST, 500, 20_100));
		events();
		go_to(until);
		assert_eq!(Ledger::holding(SOLAR, BERT, WEST), (500, 0));
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (500, 0));
		assert!(Ledger::is_closed(T) && Grid::is_forgotten(T));
		assert!(!Books::<Test>::contains_key(spot(T)) && !Deliveries::<Test>::contains_key(T));
		assert_eq!(
			place(BERT, spot_bid(WEST, 10, 20_100)),
			Err(Error::<Test>::GateClosed.into())
		);
		assert!(events().contains(&Event::IntervalClosed { interval: T }));
	});
}

#[test]
fn spot_orders_should_be_returned_without_a_round_when_the_chain_stood_still() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		Meters::measure(T, BERT, WEST, 500, &[]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		placed(BERT, spot_bid(WEST, 500, 20_100));
		go_to(T + 50);
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (1_000, 0));
		assert_eq!((bid_hold(BERT), gain(BERT)), (0, 0));
		assert!(Ledger::is_closed(T));
	});
}

#[test]
fn interval_should_be_closed_at_once_when_no_market_was_set_up() {
	ExtBuilder::default().without_market().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		assert_eq!(Ledger::holding(SOLAR, ANNA, WEST), (1_000, 0));
		assert!(Ledger::is_closed(T) && Grid::is_forgotten(T));
	});
}
