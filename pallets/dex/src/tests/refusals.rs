//! What is refused, and that nothing of it remains.

use crate::{mock::*, types::*, Error};
use frame_support::{assert_noop, assert_ok, weights::Weight};
use gridtokenx_primitives::Source;
use sp_runtime::DispatchError;

/// Tries to place an order, expects the error, and that nothing has changed.
fn refused(who: AccountId, order: NewOrder, error: Error<Test>) {
	let root = || sp_io::storage::root(sp_runtime::StateVersion::V1);
	let before = root();
	assert_eq!(place(who, order), Err(error.into()));
	assert_eq!(root(), before, "a refused order leaves nothing behind");
}

#[test]
fn order_should_be_refused_when_no_market_is_set_up() {
	ExtBuilder::default().without_market().build_and_execute(|| {
		refused(ANNA, offer(WEST, 100, 10_000), Error::MarketNotSetUp);
	});
}

#[test]
fn order_should_be_refused_when_placed_by_an_operator_of_lines() {
	ExtBuilder::default().build_and_execute(|| {
		refused(OPERATORS[0], bid(WEST, 100, 10_000), Error::OperatorsDoNotTrade);
	});
}

#[test]
fn order_should_be_refused_when_quantity_or_limit_is_off_the_grid() {
	ExtBuilder::default().build_and_execute(|| {
		refused(ANNA, offer(WEST, 0, 10_000), Error::NotAMultipleOfTheLot);
		refused(ANNA, offer(WEST, 15, 10_000), Error::NotAMultipleOfTheLot);
		refused(ANNA, offer(WEST, 10 * (1 << 40), 10_000), Error::QuantityTooLarge);
		refused(ANNA, offer(WEST, 100, 10_050), Error::NotAMultipleOfTheTick);
		refused(ANNA, offer(WEST, 100, FLOOR - TICK), Error::LimitOutsideFloorAndCap);
		refused(BERT, bid(WEST, 100, CAP + TICK), Error::LimitOutsideFloorAndCap);
	});
}

#[test]
fn order_should_be_refused_when_its_interval_is_over_or_too_far() {
	ExtBuilder::default().build_and_execute(|| {
		let at = |interval| NewOrder {
			interval,
			..offer(WEST, 100, 10_000)
		};
		refused(ANNA, at(0), Error::GateClosed);
		refused(ANNA, at(START), Error::GateClosed);
		refused(ANNA, at(START + 1), Error::GateClosed);
		refused(ANNA, at(START + 97), Error::TooFarAhead);
		refused(ANNA, at(u32::MAX), Error::TooFarAhead);
	});
}

#[test]
fn order_should_be_refused_when_its_zone_is_closed() {
	ExtBuilder::default().build_and_execute(|| {
		refused(ANNA, offer(77, 100, 10_000), Error::ZoneClosed);
		Meters::rate(ANNA, FARM, 1_000, 1_000);
		placed(ANNA, offer(FARM, 100, 10_000));
		// The farm hangs below the west: without the one, the other is cut off.
		Grid::halt(WEST, START);
		refused(ANNA, offer(FARM, 100, 10_000), Error::ZoneClosed);
	});
}

#[test]
fn order_should_be_refused_when_its_expiry_is_not_within_the_life_of_the_book() {
	ExtBuilder::default().build_and_execute(|| {
		let until = |last| NewOrder {
			time_in_force: TimeInForce::Until(last),
			..offer(WEST, 100, 10_000)
		};
		refused(ANNA, until(START - 1), Error::InvalidExpiry);
		refused(ANNA, until(T - 1), Error::InvalidExpiry);
		placed(ANNA, until(START));
		placed(ANNA, until(T - 2));
	});
}

#[test]
fn order_should_be_refused_when_it_crosses_the_accounts_own_order() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 100, 10_000));
		// 10,100 less the fee is 10,000, which the offer would take; another zone makes no difference.
		refused(ANNA, bid(WEST, 100, 10_100), Error::SelfTrade);
		refused(ANNA, bid(EAST, 100, 10_100), Error::SelfTrade);
		placed(ANNA, bid(WEST, 100, 10_000));
		refused(ANNA, offer(WEST, 100, 9_900), Error::SelfTrade);
		// Another interval is another book.
		placed(
			ANNA,
			NewOrder {
				interval: T + 1,
				..bid(WEST, 100, 10_100)
			},
		);
	});
}

#[test]
fn order_should_be_refused_when_it_exceeds_the_ratings() {
	ExtBuilder::default().build_and_execute(|| {
		refused(ANNA, offer(WEST, 10_010, 10_000), Error::BeyondExportRating);
		refused(ANNA, offer(FARM, 10, 10_000), Error::BeyondExportRating);
		refused(BERT, bid(WEST, 10_010, 10_000), Error::BeyondImportRating);
	});
}

#[test]
fn order_should_be_refused_when_the_money_is_not_there() {
	const POOR: AccountId = 77;
	ExtBuilder::default()
		.with_account(POOR, ED + 3_000)
		.build_and_execute(|| {
			Meters::rate(POOR, WEST, 10_000, 10_000);
			refused(POOR, bid(WEST, 310, 10_000), Error::CannotHoldBid);
			refused(POOR, offer(WEST, 100, 10_000), Error::CannotHoldCollateral);
			// 300 Wh at 10,000 per kWh are exactly what the account may spend and live.
			placed(POOR, bid(WEST, 300, 10_000));
		});
}

#[test]
fn order_should_be_refused_when_the_account_or_the_book_has_too_many() {
	ExtBuilder::default().build_and_execute(|| {
		for _ in 0..40 {
			placed(ANNA, offer(WEST, LOT, 10_000));
		}
		refused(ANNA, offer(WEST, LOT, 10_000), Error::TooManyOrders);
		for account in [CARLA, DORA] {
			for _ in 0..40 {
				placed(account, offer(WEST, LOT, 10_000));
			}
		}
		for _ in 0..8 {
			placed(BERT, offer(WEST, LOT, 10_000));
		}
		refused(BERT, offer(WEST, LOT, 10_000), Error::BookFull);
		// Room is made by the round after a cancellation, not before.
		let first = OrderId {
			book: forward(T),
			number: 0,
		};
		assert_ok!(Dex::cancel(RuntimeOrigin::signed(ANNA), first));
		refused(BERT, offer(WEST, LOT, 10_000), Error::BookFull);
		run_round();
	});
}

#[test]
fn spot_order_should_be_refused_when_its_interval_is_not_settled_or_closed() {
	ExtBuilder::default().build_and_execute(|| {
		refused(BERT, spot_bid(WEST, 100, 10_000), Error::NotSettledYet);
		Meters::measure(T, BERT, WEST, 500, &[]);
		settle(T);
		placed(BERT, spot_bid(WEST, 100, 10_000));
		go_to(T + 4 + WINDOW + 1);
		refused(BERT, spot_bid(WEST, 100, 10_000), Error::GateClosed);
	});
}

#[test]
fn spot_offer_should_be_refused_when_the_credits_are_not_there() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 100)]);
		settle(T);
		let missing = DispatchError::Other("not enough credits");
		assert_eq!(
			place(ANNA, spot_offer(WEST, WEST, Source::Wind, 100, 10_000)),
			Err(missing)
		);
		assert_eq!(
			place(ANNA, spot_offer(WEST, WEST, Source::Solar, 110, 10_000)),
			Err(missing)
		);
		assert_eq!(
			place(ANNA, spot_offer(EAST, WEST, Source::Solar, 100, 10_000)),
			Err(missing)
		);
		placed(ANNA, spot_offer(WEST, WEST, Source::Solar, 100, 10_000));
	});
}

#[test]
fn spot_bid_should_be_refused_when_it_exceeds_the_uncovered_import() {
	ExtBuilder::default().build_and_execute(|| {
		// Bert imported 500 Wh and exported 200 Wh, whose credits he can set against his import himself.
		Meters::measure(T, BERT, WEST, 500, &[(Source::Solar, 200)]);
		settle(T);
		refused(BERT, spot_bid(WEST, 310, 10_000), Error::BeyondMeteredImport);
		placed(BERT, spot_bid(WEST, 200, 10_000));
		refused(BERT, spot_bid(WEST, 110, 10_000), Error::BeyondMeteredImport);
		placed(BERT, spot_bid(WEST, 100, 10_000));
		// Who has metered nothing in the zone has nothing to cover; a certificate needs no import.
		refused(BERT, spot_bid(EAST, 10, 10_000), Error::BeyondMeteredImport);
		placed(BERT, order(OrderKind::Bid(Purpose::Retire), EAST, 5_000, 10_000));
	});
}

#[test]
fn residual_supplier_should_be_refused_when_it_sells_credits() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, SUPPLIER, WEST, 0, &[(Source::Solar, 100)]);
		settle(T);
		refused(
			SUPPLIER,
			spot_offer(WEST, WEST, Source::Solar, 100, 10_000),
			Error::NoResale,
		);
	});
}

#[test]
fn withdrawal_should_be_refused_when_the_order_is_not_the_callers_or_has_left() {
	ExtBuilder::default().build_and_execute(|| {
		let id = placed(ANNA, offer(WEST, 100, 10_000));
		let unknown = OrderId { number: 7, ..id };
		let (anna, bert) = (RuntimeOrigin::signed(ANNA), RuntimeOrigin::signed(BERT));
		assert_noop!(Dex::cancel(bert.clone(), id), Error::<Test>::NotYourOrder);
		assert_noop!(Dex::reduce(bert, id, 10), Error::<Test>::NotYourOrder);
		assert_noop!(Dex::cancel(anna.clone(), unknown), Error::<Test>::OrderNotFound);
		assert_noop!(Dex::reduce(anna.clone(), id, 15), Error::<Test>::NotAMultipleOfTheLot);
		assert_noop!(Dex::reduce(anna.clone(), id, 0), Error::<Test>::NotAMultipleOfTheLot);
		assert_ok!(Dex::cancel(anna.clone(), id));
		assert_noop!(Dex::cancel(anna.clone(), id), Error::<Test>::NothingLeftToWithdraw);
		run_round();
		assert_noop!(Dex::cancel(anna, id), Error::<Test>::OrderNotFound);
	});
}

#[test]
fn parameters_should_be_refused_when_somebody_could_be_left_unpaid() {
	ExtBuilder::default().build_and_execute(|| {
		let set = |parameters| Dex::set_parameters(RuntimeOrigin::root(), parameters);
		assert_noop!(
			Dex::set_parameters(RuntimeOrigin::signed(ANNA), rules()),
			sp_runtime::traits::BadOrigin
		);
		let prices = Error::<Test>::InvalidPrices;
		assert_noop!(set(Parameters { floor: 0, ..rules() }), prices);
		assert_noop!(set(Parameters { floor: CAP, ..rules() }), Error::<Test>::InvalidPrices);
		assert_noop!(
			set(Parameters {
				shortfall_price: 1 << 64,
				..rules()
			}),
			Error::<Test>::InvalidPrices
		);
		let shortfall_price = CAP - FLOOR - 1;
		assert_noop!(
			set(Parameters {
				shortfall_price,
				..rules()
			}),
			Error::<Test>::ShortfallPriceTooLow
		);
		assert_noop!(
			set(Parameters { lot_wh: 0, ..rules() }),
			Error::<Test>::InvalidLotOrTick
		);
		assert_noop!(set(Parameters { tick: 0, ..rules() }), Error::<Test>::InvalidLotOrTick);
		assert_noop!(
			set(Parameters { tick: 300, ..rules() }),
			Error::<Test>::InvalidLotOrTick
		);
		assert_noop!(
			set(Parameters {
				spot_window: 0,
				..rules()
			}),
			Error::<Test>::InvalidSpotWindow
		);
		assert_noop!(
			set(Parameters {
				spot_window: 97,
				..rules()
			}),
			Error::<Test>::InvalidSpotWindow
		);
	});
}

#[test]
fn nudge_should_be_refused_when_there_is_nothing_to_do() {
	ExtBuilder::default().build_and_execute(|| {
		let anna = RuntimeOrigin::signed(ANNA);
		assert_noop!(
			Dex::nudge(anna.clone(), PLENTY).map_err(|error| error.error),
			Error::<Test>::NothingToDo
		);
		Meters::measured_through(START);
		let too_little = Weight::from_parts(1, 1);
		assert_noop!(
			Dex::nudge(anna.clone(), too_little).map_err(|error| error.error),
			Error::<Test>::NothingToDo
		);
		assert_ok!(Dex::nudge(anna, PLENTY));
		assert!(events()
			.iter()
			.any(|event| matches!(event, crate::Event::Settled { interval: START, .. })));
	});
}

#[test]
fn contract_should_not_be_closed_by_hand_when_its_zones_are_in_service() {
	ExtBuilder::default().build_and_execute(|| {
		placed(ANNA, offer(WEST, 100, 10_000));
		placed(BERT, bid(EAST, 100, 20_100));
		run_round();
		let contract = ContractId {
			interval: T,
			seller: ANNA,
			zone: WEST,
			number: 0,
		};
		let close = |contract| Dex::close_halted(RuntimeOrigin::signed(CARLA), contract);
		assert_noop!(close(contract.clone()), Error::<Test>::ZoneInService);
		assert_noop!(
			close(ContractId { number: 1, ..contract }),
			Error::<Test>::ContractNotFound
		);
	});
}
