//! What is let in, and what it holds from then on.

use crate::{mock::*, types::*, Error, Event, Exposures};
use frame_support::assert_ok;
use gridtokenx_primitives::Source;

#[test]
fn offer_should_hold_collateral_rounded_up_when_placed() {
	ExtBuilder::default()
		.with_parameters(|rules| rules.shortfall_price = 32_001)
		.build_and_execute(|| {
			placed(ANNA, offer(WEST, 10, 10_000));
			// 10 Wh at 32,001 planck per kWh are 320.01 planck.
			assert_eq!(collateral(ANNA), 321);
			// 20 Wh are 640.02: the sum is rounded, not its parts.
			placed(ANNA, offer(WEST, 10, 10_000));
			assert_eq!(collateral(ANNA), 641);
			assert_eq!(bid_hold(ANNA), 0);
		});
}

#[test]
fn bid_should_hold_its_price_at_the_limit_when_placed() {
	ExtBuilder::default().build_and_execute(|| {
		let id = placed(BERT, bid(WEST, 1_230, 20_100));
		assert_eq!(bid_hold(BERT), 24_723);
		assert_eq!(Exposures::<Test>::get((T, BERT, WEST)).bid_wh, 1_230);
		assert_eq!(
			events().last(),
			Some(&Event::OrderPlaced {
				order: id,
				account: BERT,
				placed: bid(WEST, 1_230, 20_100)
			})
		);
	});
}

#[test]
fn offers_should_be_let_in_up_to_the_export_rating_when_zones_differ() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 6_000, 10_000));
		placed(ANNA, offer(WEST, 4_000, 10_000));
		assert_eq!(
			place(ANNA, offer(WEST, LOT, 10_000)),
			Err(Error::<Test>::BeyondExportRating.into())
		);
		// The rating of another zone is another rating.
		placed(ANNA, offer(EAST, 10_000, 10_000));
	});
}

#[test]
fn rating_should_stay_used_when_an_offer_becomes_a_contract() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 10_000, 10_000));
		placed(BERT, bid(WEST, 10_000, 20_100));
		run_round();
		assert_eq!(Exposures::<Test>::get((T, ANNA, WEST)).sold_wh, 10_000);
		assert_eq!(Exposures::<Test>::get((T, BERT, WEST)).bought_wh, 10_000);
		assert_eq!(
			place(ANNA, offer(WEST, LOT, 10_000)),
			Err(Error::<Test>::BeyondExportRating.into())
		);
		assert_eq!(
			place(BERT, bid(WEST, LOT, 20_100)),
			Err(Error::<Test>::BeyondImportRating.into())
		);
	});
}

#[test]
fn forward_order_should_be_let_in_until_one_interval_before_delivery_when_the_gate_nears() {
	ExtBuilder::default().build_and_execute(|| {
		go_to(T - 2);
		placed(ANNA, offer(WEST, 100, 10_000));
		go_to(T - 1);
		assert_eq!(
			place(ANNA, offer(WEST, 100, 10_000)),
			Err(Error::<Test>::GateClosed.into())
		);
	});
}

#[test]
fn forward_order_should_be_let_in_when_its_interval_is_at_the_horizon() {
	ExtBuilder::default().build_and_execute(|| {
		let at = |interval| NewOrder {
			interval,
			..offer(WEST, 100, 10_000)
		};
		placed(ANNA, at(START + 96));
		assert_eq!(place(ANNA, at(START + 97)), Err(Error::<Test>::TooFarAhead.into()));
	});
}

#[test]
fn residual_supplier_should_bid_beyond_ratings_when_at_floor_and_root() {
	ExtBuilder::default().build_and_execute(|| {
		// The supplier has no connection point at all.
		placed(SUPPLIER, bid(ROOT, 1_000_000, FLOOR + FEE));
		let refused = Err(Error::<Test>::BeyondImportRating.into());
		assert_eq!(place(SUPPLIER, bid(ROOT, LOT, FLOOR + FEE + TICK)), refused);
		assert_eq!(place(SUPPLIER, bid(WEST, LOT, FLOOR + FEE)), refused);
		assert_eq!(place(ANNA, bid(ROOT, LOT, FLOOR + FEE)), refused);
	});
}

#[test]
fn batch_should_place_what_can_be_placed_when_one_order_is_refused() {
	ExtBuilder::default().build_and_execute(|| {
		let later = NewOrder {
			interval: T + 1,
			..offer(WEST, 300, 10_000)
		};
		let orders = vec![offer(WEST, 100, 10_000), offer(WEST, 105, 10_000), later];
		assert_ok!(Dex::place_batch(
			RuntimeOrigin::signed(ANNA),
			orders.try_into().expect("three orders")
		));
		let orders = Dex::orders_of(&ANNA);
		assert_eq!(orders.iter().map(|(_, order)| order.open_wh).sum::<u64>(), 400);
		assert_eq!(
			events().last(),
			Some(&Event::BatchPlaced {
				account: ANNA,
				placed: 2,
				refused: vec![(1, Error::<Test>::NotAMultipleOfTheLot.into())]
			})
		);
	});
}

#[test]
fn interval_should_keep_its_rules_when_governance_changes_them() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 100, 10_000));
		let changed = Parameters {
			shortfall_price: 50_000,
			floor: 12_000,
			..rules()
		};
		assert_ok!(Dex::set_parameters(RuntimeOrigin::root(), changed.clone()));
		assert_eq!(
			events().last(),
			Some(&Event::ParametersSet {
				old: Some(rules()),
				new: changed.clone()
			})
		);
		// The open interval goes on under the old rules, the next one under the new.
		placed(ANNA, offer(WEST, 100, 10_000));
		assert_eq!(collateral(ANNA), 6_400);
		let later = |price| NewOrder {
			interval: T + 1,
			..offer(WEST, 100, price)
		};
		assert_eq!(
			place(ANNA, later(10_000)),
			Err(Error::<Test>::LimitOutsideFloorAndCap.into())
		);
		placed(ANNA, later(12_000));
		assert_eq!(collateral(ANNA), 6_400 + 5_000);
		assert_eq!(Dex::terms(T), Some(rules()));
		assert_eq!(Dex::terms(T + 1), Some(changed));
	});
}

#[test]
fn depth_should_add_up_orders_of_a_limit_when_asked() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 100, 10_000));
		placed(CARLA, offer(WEST, 200, 10_000));
		placed(BERT, bid(EAST, 300, 9_000));
		let level = |zone, is_offer, price, open_wh, orders| crate::Level {
			zone,
			is_offer,
			price,
			open_wh,
			orders,
		};
		assert_eq!(
			Dex::book_depth(forward(T)),
			vec![level(WEST, true, 10_000, 300, 2), level(EAST, false, 9_000, 300, 1)]
		);
	});
}

#[test]
fn spot_offer_should_set_credits_aside_when_placed() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 1_000)]);
		settle(T);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 600, 10_000));
		let class = gridtokenx_primitives::ClassId {
			interval: T,
			zone: WEST,
			source: Source::Solar,
		};
		assert_eq!(Ledger::holding(class, ANNA, WEST), (400, 600));
		assert_eq!((bid_hold(ANNA), collateral(ANNA)), (0, 0));
	});
}
