//! Where the market and the virtual power plant touch.

use super::sell_1000;
use crate::mock::*;
use gridtokenx_primitives::{ForwardSales, Source};

#[test]
fn program_should_compensate_the_buyer_when_the_seller_obeyed_a_dispatch() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Plant::prove(ANNA, WEST, T, 350);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 400)]);
		settle(T);
		// Of the missing 600 Wh the program answers for 350, the collateral for 250.
		assert_eq!((gain(PROGRAM), gain(ANNA)), (-11_200, 5_656 - 8_000));
		assert_eq!(gain(BERT), 19_200 - 5_696);
	});
}

#[test]
fn settlement_should_wait_for_the_proof_of_dispatches_when_it_comes_in_time() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Plant::begin_proof(T);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 400)]);
		settle(T);
		assert_eq!(Dex::settled_before(), Some(T));
		Plant::prove(ANNA, WEST, T, 600);
		run_block();
		assert_eq!((Dex::settled_before(), gain(ANNA)), (Some(T + 1), 5_656));
	});
}

#[test]
fn settlement_should_go_on_without_proof_when_it_does_not_come() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		Plant::begin_proof(T);
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 400)]);
		settle(T + 7);
		assert_eq!(Dex::settled_before(), Some(T));
		settle(T + 8);
		assert_eq!((Dex::settled_before(), gain(ANNA)), (Some(T + 9), 5_656 - 19_200));
	});
}

#[test]
fn net_sales_should_be_known_until_the_window_is_over_when_contracts_are_settled() {
	ExtBuilder::default().build_and_execute(|| {
		sell_1000();
		placed(BERT, offer(WEST, 200, 10_000));
		placed(CARLA, bid(WEST, 200, 20_100));
		run_round();
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		let sales = |account| <Dex as ForwardSales<AccountId>>::net_forward_sales(&account, WEST, T);
		assert_eq!(
			[ANNA, BERT, CARLA, DORA].map(sales),
			[Some(1_000), Some(-800), Some(-200), None]
		);
		go_to(T + 95);
		assert_eq!(sales(ANNA), Some(1_000));
		go_to(T + 96);
		assert_eq!(sales(ANNA), None);
	});
}
