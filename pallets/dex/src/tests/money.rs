//! Where the last planck goes.

use crate::{mock::*, types::*, Claimable, Error, Event};
use frame_support::{assert_noop, assert_ok};
use gridtokenx_primitives::Source;

#[test]
fn remainder_should_go_to_the_grid_fund_when_shares_are_rounded_down() {
	ExtBuilder::default().build_and_execute(|| {
		Meters::rate(ANNA, FARM, 0, 10_000);
		placed(ANNA, offer(FARM, 1_000, 10_000));
		placed(BERT, bid(EAST, 1_000, 13_600));
		run_round();
		Meters::measure(T, ANNA, FARM, 0, &[(Source::Wind, 333)]);
		settle(T);
		// 13,600 = 10,000 + 500 + 1,000 + 2,000 + 100, so there is no rent. 333 Wh: 4,528.8 paid; 3,330 to Anna; 166.5, 333
		// and 666 to the lines; 33.3 to the treasury. All rounded down, 4,528 - 4,528 leaves nothing for the fund.
		assert_eq!(gain(BERT), 667 * 32 - 4_528);
		assert_eq!(gain(ANNA), 3_330 - 667 * 32);
		assert_eq!(OPERATORS.map(gain), [333, 666, 166]);
		assert_eq!((gain(TREASURY), gain(GRID_FUND)), (33, 0));
	});
}

#[test]
fn remainder_should_never_be_lost_when_every_share_has_a_fraction() {
	ExtBuilder::default()
		.with_parameters(|rules| {
			rules.tick = 1;
			rules.fee = 99;
			rules.lot_wh = 1;
		})
		.build_and_execute(|| {
			// West to east costs 3,000, so the buyer's 13,098 with the fee meets the seller's 9,999.
			placed(ANNA, offer(WEST, 7, 9_999));
			placed(BERT, bid(EAST, 7, 13_098));
			run_round();
			Meters::measure(T, ANNA, WEST, 0, &[(Source::Wind, 7)]);
			settle(T);
			// 91.686 paid; 69.993 to Anna; 7 and 14 to the lines; 0.693 to the treasury: 91 - 69 - 21 - 0 = 1 for the fund.
			assert_eq!(gain(BERT), -91);
			assert_eq!(gain(ANNA), 69);
			assert_eq!((gain(OPERATORS[0]), gain(OPERATORS[1])), (7, 14));
			assert_eq!((gain(TREASURY), gain(GRID_FUND)), (0, 1));
		});
}

#[test]
fn payout_should_wait_as_a_claim_when_it_is_below_the_existential_deposit() {
	const NEWCOMER: AccountId = 77;
	ExtBuilder::default().build_and_execute(|| {
		// A seller in the spot phase needs credits and no money, so the account may not exist yet.
		Meters::measure(T, NEWCOMER, WEST, 0, &[(Source::Solar, 100)]);
		Meters::measure(T, BERT, WEST, 500, &[]);
		settle(T);
		let sell = |wh| {
			placed(NEWCOMER, spot_offer(WEST, WEST, Source::Solar, wh, 9_000));
			placed(BERT, spot_bid(WEST, wh, 9_100));
			run_round();
		};
		sell(10);
		assert_eq!(Claimable::<Test>::get(NEWCOMER), 90);
		assert!(events().contains(&Event::PayoutDeferred {
			account: NEWCOMER,
			amount: 90
		}));
		let claim = || Dex::claim(RuntimeOrigin::signed(BERT), NEWCOMER);
		assert_noop!(claim(), Error::<Test>::ClaimTooSmall);
		// The next payout takes the claim along.
		sell(10);
		assert_eq!(Claimable::<Test>::get(NEWCOMER), 0);
		assert_eq!(Balances::free_balance(NEWCOMER), 180);
		assert_noop!(claim(), Error::<Test>::NothingToClaim);
	});
}

#[test]
fn claim_should_be_paid_when_the_account_has_been_funded() {
	const NEWCOMER: AccountId = 77;
	ExtBuilder::default().build_and_execute(|| {
		Meters::measure(T, NEWCOMER, WEST, 0, &[(Source::Solar, 100)]);
		Meters::measure(T, BERT, WEST, 500, &[]);
		settle(T);
		placed(NEWCOMER, spot_offer(WEST, WEST, Source::Solar, 10, 9_000));
		placed(BERT, spot_bid(WEST, 10, 9_100));
		run_round();
		assert_ok!(Balances::transfer_keep_alive(
			RuntimeOrigin::signed(CARLA),
			NEWCOMER,
			500
		));
		assert_ok!(Dex::claim(RuntimeOrigin::signed(BERT), NEWCOMER));
		assert_eq!(Balances::free_balance(NEWCOMER), 590);
		assert_eq!(
			events().last(),
			Some(&Event::Claimed {
				account: NEWCOMER,
				amount: 90
			})
		);
	});
}

#[test]
fn refund_should_wait_as_a_claim_when_an_account_has_put_everything_on_hold() {
	const VALIDATOR: AccountId = 77;
	ExtBuilder::default()
		.with_account(VALIDATOR, 9_990)
		.build_and_execute(|| {
			// It lives by another provider, so it may have all its money on hold.
			System::inc_providers(&VALIDATOR);
			Meters::rate(VALIDATOR, WEST, 10_000, 0);
			let small = placed(VALIDATOR, bid(WEST, 10, 9_000));
			placed(VALIDATOR, bid(WEST, 990, 10_000));
			assert_eq!((Balances::free_balance(VALIDATOR), bid_hold(VALIDATOR)), (0, 9_990));
			assert_ok!(Dex::cancel(RuntimeOrigin::signed(VALIDATOR), small));
			run_round();
			// 90 planck on their own would be below the existential deposit.
			assert_eq!((Balances::free_balance(VALIDATOR), bid_hold(VALIDATOR)), (0, 9_900));
			assert_eq!(Claimable::<Test>::get(VALIDATOR), 90);
			// The book closes, and the rest is enough to stand by itself.
			go_to(T);
			assert_eq!((Balances::free_balance(VALIDATOR), bid_hold(VALIDATOR)), (9_900, 0));
			assert_ok!(Dex::claim(RuntimeOrigin::signed(ANNA), VALIDATOR));
			assert_eq!(Balances::free_balance(VALIDATOR), 9_990);
		});
}

#[test]
fn collateral_should_be_freed_step_by_step_when_contracts_close() {
	ExtBuilder::default()
		.with_parameters(|rules| rules.shortfall_price = 32_333)
		.build_and_execute(|| {
			placed(ANNA, offer(WEST, 1_000, 10_000));
			for buyer in [BERT, CARLA, DORA] {
				placed(buyer, bid(WEST, 330, 20_100));
			}
			run_round();
			assert_eq!(collateral(ANNA), 32_333);
			Meters::measure(T, ANNA, WEST, 0, &[(Source::Solar, 500)]);
			settle(T);
			// 490 Wh are missing: 160 of the second contract, 330 of the third, each rounded down: 5,173.28 and 10,669.89.
			assert_eq!(collateral(ANNA), 0);
			assert_eq!(gain(ANNA), 3_300 + 1_700 - 5_173 - 10_669);
		});
}

#[test]
fn free_money_should_grow_when_a_fill_costs_less_than_the_limit() {
	ExtBuilder::default().build_and_execute(|| {
		let bought = placed(BERT, bid(WEST, 1_000, 30_100));
		assert_eq!(bid_hold(BERT), 30_100);
		placed(ANNA, offer(WEST, 2_000, 10_000));
		run_round();
		// The offer is partly filled and sets the price: 10,100 with the fee.
		assert_eq!(bid_hold(BERT), 10_100);
		assert_eq!(Dex::order(bought), None);
		let contracts = Dex::contracts_of(&BERT, T);
		assert_eq!(contracts.len(), 1);
		assert_eq!(
			Dex::exposure(&ANNA, WEST, T),
			Exposure {
				offered_wh: 1_000,
				sold_wh: 1_000,
				contracts: 1,
				..Exposure::default()
			}
		);
	});
}
