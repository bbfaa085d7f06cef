//! Rounds: who is filled, at what price, and what leaves the book when.

use crate::{mock::*, types::*, Books, Contracts, CurrentRound, Event, Orders};
use frame_support::{assert_ok, traits::Get};
use gridtokenx_primitives::OnSuspension;

fn departures() -> Vec<(AccountId, u64, Departure)> {
	let departure = |event| match event {
		Event::OrderLeft {
			account,
			filled_wh,
			departure,
			..
		} => Some((account, filled_wh, departure)),
		_ => None,
	};
	events().into_iter().filter_map(departure).collect()
}

fn open_wh(id: OrderId) -> Option<u64> {
	Dex::order(id).map(|order| order.open_wh)
}

#[test]
fn round_should_fill_at_the_geometric_mean_when_one_offer_meets_one_bid() {
	ExtBuilder::default().build_and_execute(|| {
		let offer = placed(ANNA, offer(WEST, 1_000, 10_000));
		let bid = placed(BERT, bid(WEST, 1_000, 20_100));
		run_round();
		// Without the fee the bid gives 20,000; isqrt(10,000 * 20,000) = 14,142.
		let events = events();
		assert!(events.contains(&Event::Cleared {
			book: forward(T),
			round: 1,
			fills: 1,
			volume_wh: 1_000,
			prices: vec![(WEST, 14_142)]
		}));
		assert!(events.contains(&Event::Filled {
			offer,
			bid,
			seller: ANNA,
			buyer: BERT,
			quantity_wh: 1_000,
			seller_price: 14_142,
			buyer_price: 14_242,
			offer_unfilled_wh: 0,
			bid_unfilled_wh: 0
		}));
		assert_eq!(bid_hold(BERT), 14_242);
		assert_eq!(collateral(ANNA), 32_000);
		let contract = Contracts::<Test>::get((T, ANNA, WEST, 0)).expect("a contract was made");
		assert_eq!((contract.buyer, contract.open_wh), (BERT, 1_000));
		assert!(Dex::orders_of(&ANNA).is_empty() && Dex::orders_of(&BERT).is_empty());
	});
}

#[test]
fn round_should_take_the_midpoint_when_the_market_is_set_to_it() {
	ExtBuilder::default()
		.with_parameters(|rules| rules.price_rule = PriceRule::Midpoint)
		.build_and_execute(|| {
			placed(ANNA, offer(WEST, 1_000, 10_000));
			placed(BERT, bid(WEST, 1_000, 20_100));
			run_round();
			assert_eq!(
				Contracts::<Test>::get((T, ANNA, WEST, 0)).map(|contract| contract.seller_price),
				Some(15_000)
			);
		});
}

#[test]
fn round_should_fill_the_earlier_order_when_limits_are_equal() {
	ExtBuilder::default().build_and_execute(|| {
		placed(CARLA, offer(WEST, 500, 10_000));
		let later = placed(ANNA, offer(WEST, 500, 10_000));
		placed(BERT, bid(WEST, 700, 20_100));
		run_round();
		assert_eq!(open_wh(later), Some(300));
		assert_eq!(Contracts::<Test>::iter_prefix((T, CARLA)).count(), 1);
		// The last offer is partly filled, so it sets the price.
		assert_eq!(bid_hold(BERT), 10_100 * 700 / 1_000);
	});
}

#[test]
fn round_should_leave_orders_alone_when_the_fee_stands_between_them() {
	ExtBuilder::default().build_and_execute(|| {
		let offer = placed(ANNA, offer(WEST, 500, 10_000));
		// The buyer would pay 10,000 with the fee, so the seller would get 9,900.
		let bid = placed(BERT, bid(WEST, 500, 10_000));
		run_round();
		assert_eq!((open_wh(offer), open_wh(bid)), (Some(500), Some(500)));
	});
}

#[test]
fn congested_line_should_split_prices_when_two_zones_trade() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::set_capacity(WEST, 500);
		let offered = placed(ANNA, offer(WEST, 2_000, 10_000));
		let wanted = placed(BERT, bid(EAST, 1_000, 30_100));
		placed(CARLA, bid(WEST, 300, 15_100));
		run_round();
		// The west keeps its seller's price; the east pays what its unserved buyer gives; the root lies the eastern line's
		// charge of 2,000 below the east.
		let prices = vec![(ROOT, 28_000), (WEST, 10_000), (EAST, 30_000)];
		let cleared = Event::Cleared {
			book: forward(T),
			round: 1,
			fills: 2,
			volume_wh: 800,
			prices,
		};
		assert!(events().contains(&cleared));
		assert_eq!((open_wh(offered), open_wh(wanted)), (Some(1_200), Some(500)));
		assert_eq!(Grid::committed(T, WEST), (500, 0));
		assert_eq!(Grid::committed(T, EAST), (0, 500));
		assert_eq!(bid_hold(CARLA), 3_030);
		// 500 Wh at 30,100 for the contract, 500 Wh at the limit for what is still wanted.
		assert_eq!(bid_hold(BERT), 15_050 + 15_050);
	});
}

#[test]
fn line_should_carry_no_more_than_is_left_when_rounds_follow_each_other() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::set_capacity(WEST, 500);
		for _ in 0..2 {
			placed(ANNA, offer(WEST, 300, 10_000));
			placed(BERT, bid(EAST, 300, 30_100));
			run_round();
		}
		assert_eq!(Grid::committed(T, WEST), (500, 0));
		let sold: u64 = Contracts::<Test>::iter_values().map(|contract| contract.open_wh).sum();
		assert_eq!(sold, 500);
		// Against the flow the line has all it can give. On either side, the hundred Wh that the line left over trade at home.
		placed(CARLA, offer(EAST, 600, 10_000));
		placed(DORA, bid(WEST, 600, 30_100));
		run_round();
		assert_eq!(Grid::committed(T, WEST), (500, 500));
	});
}

#[test]
fn residual_supplier_should_buy_what_is_left_when_nobody_gives_more() {
	ExtBuilder::default().build_and_execute(|| {
		placed(SUPPLIER, bid(ROOT, 100_000, FLOOR + FEE));
		Meters::rate(ANNA, ROOT, 0, 1_000);
		placed(ANNA, offer(ROOT, 1_000, FLOOR));
		run_round();
		let contract = Contracts::<Test>::get((T, ANNA, ROOT, 0)).expect("the supplier buys");
		assert_eq!(
			(contract.buyer, contract.seller_price, contract.open_wh),
			(SUPPLIER, FLOOR, 1_000)
		);
	});
}

#[test]
fn cancellation_should_take_effect_after_the_next_round_when_the_order_could_still_trade() {
	ExtBuilder::default().build_and_execute(|| {
		let id = placed(ANNA, offer(WEST, 1_000, 10_000));
		assert_ok!(Dex::cancel(RuntimeOrigin::signed(ANNA), id));
		placed(BERT, bid(WEST, 400, 20_100));
		run_round();
		// The order had been shown, so it traded; the rest left.
		assert_eq!(
			departures(),
			vec![(ANNA, 400, Departure::Cancelled), (BERT, 400, Departure::Filled)]
		);
		assert_eq!(collateral(ANNA), 400 * 32);
	});
}

#[test]
fn reduction_should_keep_the_place_in_time_when_it_takes_effect() {
	ExtBuilder::default().build_and_execute(|| {
		let first = placed(ANNA, offer(WEST, 1_000, 10_000));
		placed(CARLA, offer(WEST, 1_000, 10_000));
		assert_ok!(Dex::reduce(RuntimeOrigin::signed(ANNA), first, 300));
		assert_ok!(Dex::reduce(RuntimeOrigin::signed(ANNA), first, 200));
		run_round();
		assert_eq!(open_wh(first), Some(500));
		assert_eq!(collateral(ANNA), 16_000);
		placed(BERT, bid(WEST, 600, 20_100));
		run_round();
		assert_eq!(open_wh(first), None);
		assert_eq!(collateral(CARLA), 32_000);
		assert_eq!(
			Contracts::<Test>::get((T, CARLA, WEST, 0)).map(|contract| contract.open_wh),
			Some(100)
		);
	});
}

#[test]
fn order_for_one_round_should_leave_when_that_round_has_not_filled_it() {
	ExtBuilder::default().build_and_execute(|| {
		let once = |order| NewOrder {
			time_in_force: TimeInForce::NextRound,
			..order
		};
		placed(BERT, once(bid(WEST, 1_000, 20_100)));
		placed(ANNA, offer(WEST, 300, 10_000));
		run_round();
		assert_eq!(
			departures(),
			vec![(BERT, 300, Departure::OneRound), (ANNA, 300, Departure::Filled)]
		);
		// The bid set the price: it was partly filled.
		assert_eq!(bid_hold(BERT), 20_100 * 300 / 1_000);
	});
}

#[test]
fn order_should_expire_when_its_last_interval_is_over() {
	ExtBuilder::default().build_and_execute(|| {
		let until = NewOrder {
			time_in_force: TimeInForce::Until(START + 1),
			..offer(WEST, 100, 10_000)
		};
		let id = placed(ANNA, until);
		go_to(START + 1);
		run_round();
		assert_eq!(open_wh(id), Some(100));
		go_to(START + 2);
		run_round();
		assert_eq!(departures(), vec![(ANNA, 0, Departure::Expired)]);
		assert_eq!(collateral(ANNA), 0);
	});
}

#[test]
fn expired_order_should_not_trade_when_the_round_comes_too_late() {
	ExtBuilder::default().build_and_execute(|| {
		placed(
			ANNA,
			NewOrder {
				time_in_force: TimeInForce::Until(START),
				..offer(WEST, 100, 10_000)
			},
		);
		placed(BERT, bid(WEST, 100, 20_100));
		Meters::set_now(START + 1);
		run_round();
		assert_eq!(departures(), vec![(ANNA, 0, Departure::Expired)]);
	});
}

#[test]
fn last_round_should_be_run_when_the_gate_is_reached() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::set_now(T - 2);
		placed(ANNA, offer(WEST, 300, 10_000));
		placed(BERT, bid(WEST, 500, 20_100));
		go_to(T - 1);
		assert_eq!(Contracts::<Test>::iter_values().count(), 1);
		assert_eq!(
			departures(),
			vec![(ANNA, 300, Departure::Filled), (BERT, 300, Departure::Lapsed)]
		);
		assert!(!Books::<Test>::contains_key(forward(T)));
		assert_eq!(Orders::<Test>::iter_keys().count(), 0);
		assert_eq!(bid_hold(BERT), 20_100 * 300 / 1_000);
	});
}

#[test]
fn orders_should_be_refunded_without_a_round_when_the_chain_stood_still_over_the_gate() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 300, 10_000));
		placed(BERT, bid(WEST, 500, 20_100));
		go_to(T + 50);
		assert_eq!(
			departures(),
			vec![(ANNA, 0, Departure::Lapsed), (BERT, 0, Departure::Lapsed)]
		);
		assert_eq!((collateral(ANNA), bid_hold(BERT)), (0, 0));
		assert!(!Books::<Test>::contains_key(forward(T)));
	});
}

#[test]
fn orders_should_leave_without_trading_when_their_account_is_suspended() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 300, 10_000));
		placed(
			ANNA,
			NewOrder {
				interval: T + 1,
				..offer(WEST, 300, 10_000)
			},
		);
		let elsewhere = placed(ANNA, offer(EAST, 200, 10_000));
		placed(BERT, bid(WEST, 500, 12_100));
		Meters::rate(ANNA, WEST, 0, 0);
		<Dex as OnSuspension<AccountId>>::on_suspension(&ANNA, WEST);
		run_round();
		assert_eq!(
			departures(),
			vec![(ANNA, 0, Departure::Suspended), (ANNA, 0, Departure::Suspended)]
		);
		assert_eq!(open_wh(elsewhere), Some(200));
		assert_eq!(collateral(ANNA), 6_400);
		assert_eq!(Contracts::<Test>::iter_values().count(), 0);
	});
}

#[test]
fn round_should_pass_over_a_zone_when_it_is_halted() {
	ExtBuilder::default().build_and_execute(|| {
		let id = placed(ANNA, offer(WEST, 300, 10_000));
		placed(BERT, bid(EAST, 300, 20_100));
		placed(CARLA, offer(EAST, 100, 15_000));
		Grid::halt(WEST, START);
		run_round();
		assert_eq!(open_wh(id), Some(300));
		let traded: Vec<_> = Contracts::<Test>::iter_keys().map(|(_, seller, ..)| seller).collect();
		assert_eq!(traded, vec![CARLA]);
	});
}

#[test]
fn round_should_take_a_zone_in_when_it_is_back_in_service() {
	ExtBuilder::default().build_and_execute(|| {
		Grid::halt(WEST, START);
		placed(CARLA, offer(EAST, 100, 15_000));
		run_round();
		// The interval's market opened without the west.
		Grid::resume();
		let id = placed(BERT, bid(WEST, 100, 30_100));
		run_round();
		assert_eq!(open_wh(id), None);
		assert_eq!(Grid::committed(T, WEST), (0, 100));
	});
}

#[test]
fn round_should_fill_nothing_when_the_whole_grid_is_halted() {
	ExtBuilder::default().build_and_execute(|| {
		let id = placed(ANNA, offer(WEST, 300, 10_000));
		placed(BERT, bid(WEST, 300, 20_100));
		Grid::halt(ROOT, START);
		run_round();
		assert_eq!(open_wh(id), Some(300));
	});
}

#[test]
fn fill_should_be_left_out_and_named_when_a_line_fails_after_the_clearing() {
	ExtBuilder::default().build_and_execute(|| {
		let offer = placed(ANNA, offer(WEST, 300, 10_000));
		let bid = placed(BERT, bid(EAST, 300, 20_100));
		Dex::begin_round(forward(T), false);
		// The book's entry in the queue was not taken by hand; it is taken by the next block.
		Books::<Test>::mutate_extant(forward(T), |book| book.queued = true);
		Grid::halt(EAST, START);
		run_block();
		let failed = |event: &Event<Test>| matches!(event, Event::FillFailed { offer: o, bid: b, .. } if (*o, *b) == (offer, bid));
		assert!(events().iter().any(failed));
		assert_eq!((open_wh(offer), open_wh(bid)), (Some(300), Some(300)));
		assert_eq!(bid_hold(BERT), 6_030);
	});
}

#[test]
fn round_should_reach_the_same_end_when_it_takes_many_blocks() {
	let trade = |weight: Option<frame_support::weights::Weight>| {
		let mut ext = ExtBuilder::default().build();
		ext.execute_with(|| {
			for index in 0..40 {
				placed(ANNA, offer(WEST, 20, 10_000 + 100 * index));
				placed(BERT, bid(WEST, 30, 20_100 - 100 * u128::from(index as u32)));
				placed(CARLA, bid(EAST, 10, 25_100 - 100 * u128::from(index as u32)));
			}
			if let Some(weight) = weight {
				ServiceWeight::set(weight);
			}
			let mut blocks = 0;
			while blocks < 4 || CurrentRound::<Test>::exists() {
				run_block();
				blocks += 1;
			}
			let contracts: Vec<_> = Contracts::<Test>::iter().collect();
			let left: Vec<_> = Dex::book_depth(forward(T));
			(
				blocks,
				contracts,
				left,
				bid_hold(BERT),
				bid_hold(CARLA),
				collateral(ANNA),
			)
		})
	};
	let at_once = trade(None);
	// Room for the greatest step and no other: a page of fills.
	let step = <() as crate::WeightInfo>::apply_page(<Test as crate::Config>::MaxPages::get());
	let slowly = trade(Some(
		step.saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(4)),
	));
	assert_eq!((at_once.0, &at_once.1, &at_once.2), (4, &slowly.1, &slowly.2));
	assert_eq!((at_once.3, at_once.4, at_once.5), (slowly.3, slowly.4, slowly.5));
	assert!(slowly.1.len() > 32, "more than a page of fills");
}

#[test]
fn late_order_should_wait_for_the_next_round_when_its_book_is_frozen() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 300, 10_000));
		let early = placed(BERT, bid(WEST, 500, 20_100));
		ServiceWeight::set(
			<() as crate::WeightInfo>::clear(2, 4).saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(3)),
		);
		while !Dex::is_frozen(forward(T)) {
			run_block();
		}
		let once = NewOrder {
			time_in_force: TimeInForce::NextRound,
			..offer(WEST, 100, 10_000)
		};
		let late = placed(CARLA, once);
		assert_ok!(Dex::cancel(RuntimeOrigin::signed(BERT), early));
		ServiceWeight::set(PLENTY);
		run_block();
		// Two rounds have passed: in the second, the cancelled bid still met the late offer.
		run_round();
		assert_eq!(open_wh(late), None);
		assert_eq!(open_wh(early), None);
		assert_eq!(
			departures(),
			vec![
				(ANNA, 300, Departure::Filled),
				(BERT, 400, Departure::Cancelled),
				(CARLA, 100, Departure::Filled)
			]
		);
	});
}

#[test]
fn pages_should_be_joined_when_orders_leave() {
	ExtBuilder::default().build_and_execute(|| {
		for account in [ANNA, CARLA, DORA] {
			for _ in 0..40 {
				placed(account, offer(WEST, LOT, 10_000));
			}
		}
		assert_eq!(Books::<Test>::get(forward(T)).map(|book| book.pages.len()), Some(2));
		for number in 0..80 {
			let owner = if number < 40 { ANNA } else { CARLA };
			assert_ok!(Dex::cancel(
				RuntimeOrigin::signed(owner),
				OrderId {
					book: forward(T),
					number
				}
			));
		}
		run_round();
		let book = Books::<Test>::get(forward(T)).expect("the book stands");
		assert_eq!((book.pages.len(), book.orders), (1, 40));
		for _ in 0..40 {
			placed(CARLA, offer(WEST, LOT, 10_000));
			placed(BERT, bid(WEST, LOT, 9_000));
		}
	});
}

#[test]
fn indication_should_foretell_the_round_when_nothing_more_is_placed() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 1_000, 10_000));
		placed(BERT, bid(EAST, 700, 20_100));
		let indication = Dex::indicative_clearing(forward(T)).expect("the book stands");
		run_round();
		let cleared = events().into_iter().find_map(|event| match event {
			Event::Cleared { volume_wh, prices, .. } => Some(crate::Indication { volume_wh, prices }),
			_ => None,
		});
		assert_eq!(cleared, Some(indication));
	});
}
