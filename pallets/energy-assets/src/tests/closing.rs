use crate::{
	mock::*, Classes, Closing, Error, Event, Holdings, Overall, Positions, Pruned, Residual, Residuals, Tally,
};
use frame_support::{assert_noop, assert_ok, weights::Weight};
use gridtokenx_primitives::{Credits, Interval, Source};
use sp_runtime::DispatchError::BadOrigin;

/// Everything at once.
fn close(interval: Interval) {
	EnergyAssets::close(interval);
	next_block(Weight::MAX, Weight::zero());
}

fn residual(account: &AccountId, zone: u32) -> (u128, u128) {
	let Residual { supply_wh, feed_in_wh } = Residuals::<Test>::get(account, zone);
	(supply_wh, feed_in_wh)
}

/// Nothing of any interval is in the state.
fn assert_pruned() {
	assert_eq!(Holdings::<Test>::iter().count(), 0);
	assert_eq!(Positions::<Test>::iter().count(), 0);
	assert_eq!(Classes::<Test>::iter().count(), 0);
	assert_eq!(Closing::<Test>::iter().count(), 0);
	assert_eq!(Overall::<Test>::get(), Pruned::<Test>::get());
}

#[test]
fn close_should_consume_what_covers_import_and_let_the_rest_expire() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(settle(T, &BOB, ZONE, 120, &[]));
		assert_ok!(settle(T, &CAROL, ZONE, 80, &[(Source::Wind, 30)]));
		assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (&BOB, ZONE), 200));
		close(T);
		// Alice sold 200 of 500; Bob bought 80 more than he needed; Carol had 50 too few.
		assert_eq!(residual(&ALICE, ZONE), (0, 300));
		assert_eq!(residual(&BOB, ZONE), (0, 80));
		assert_eq!(residual(&CAROL, ZONE), (50, 0));
		assert_eq!(
			Overall::<Test>::get(),
			Tally {
				issued: 530,
				consumed: 150,
				retired: 0,
				expired: 380
			}
		);
		assert_pruned();
		assert_eq!(
			events(),
			[Event::IntervalClosed {
				interval: T,
				positions: 3,
				holdings: 3,
				classes: 2
			}]
		);
	});
}

#[test]
fn close_should_use_credits_by_source_then_zone_of_origin() {
	ExtBuilder.build_and_execute(|| {
		// Five issuers, so that the totals are published.
		let others: Vec<_> = (10..14).map(|byte| AccountId::new([byte; 32])).collect();
		for account in others.iter().chain([&ALICE]) {
			assert_ok!(settle(
				T,
				account,
				ZONE,
				0,
				&[(Source::Wind, 100), (Source::Estimated, 100)]
			));
			assert_ok!(settle(T, account, FAR, 0, &[(Source::Wind, 100)]));
		}
		assert_ok!(settle(T, &BOB, 2, 120, &[]));
		for (zone, source) in [(FAR, Source::Wind), (ZONE, Source::Estimated), (ZONE, Source::Wind)] {
			assert_ok!(EnergyAssets::deliver_free(
				class(zone, source),
				(&ALICE, zone),
				(&BOB, 2),
				100
			));
		}
		close(T);
		let told = |zone, source, consumed| {
			let tally = Tally {
				issued: 500,
				consumed,
				retired: 0,
				expired: 500 - consumed,
			};
			assert!(events().contains(&Event::ClassClosed {
				class: class(zone, source),
				issuers: 5,
				tally
			}));
		};
		told(ZONE, Source::Wind, 100);
		told(FAR, Source::Wind, 20);
		told(ZONE, Source::Estimated, 0);
	});
}

#[test]
fn close_should_not_tell_what_a_class_came_to_when_few_issued_it() {
	ExtBuilder.build_and_execute(|| {
		for byte in 10..14 {
			assert_ok!(settle(T, &AccountId::new([byte; 32]), ZONE, 0, &[(Source::Solar, 100)]));
		}
		close(T);
		assert!(!events().iter().any(|event| matches!(event, Event::ClassClosed { .. })));
	});
}

#[test]
fn close_should_use_credits_that_are_still_held() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 70, &[(Source::Solar, 100)]));
		assert_ok!(EnergyAssets::hold(solar(), &ALICE, ZONE, 90));
		close(T);
		assert_eq!(residual(&ALICE, ZONE), (0, 30));
		assert_pruned();
	});
}

#[test]
fn close_should_count_what_was_consumed_before() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 70, &[(Source::Solar, 100)]));
		assert_ok!(EnergyAssets::consume(RuntimeOrigin::signed(ALICE), solar(), ZONE, 60));
		close(T);
		assert_eq!(residual(&ALICE, ZONE), (0, 30));
		assert_eq!(Overall::<Test>::get().consumed, 70);
	});
}

#[test]
fn close_should_bill_nobody_when_the_holder_was_never_metered_in_the_zone() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(settle(T, &BOB, FAR, 500, &[]));
		for (account, wh) in [(&BOB, 200), (&CAROL, 100)] {
			assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (account, ZONE), wh));
		}
		close(T);
		// Neither an import elsewhere nor a transfer makes for a bill; the credits expire all the same.
		assert_eq!((residual(&BOB, ZONE), residual(&BOB, FAR)), ((0, 0), (500, 0)));
		assert_eq!(Residuals::<Test>::iter().count(), 2);
		assert_eq!(Overall::<Test>::get().expired, 500);
		assert_pruned();
	});
}

#[test]
fn close_should_bill_the_holder_when_it_was_metered_before_and_not_in_this_interval() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T - 1, &BOB, ZONE, 10, &[]));
		close(T - 1);
		assert_ok!(settle(T, &ALICE, ZONE, 0, &[(Source::Solar, 500)]));
		assert_ok!(EnergyAssets::deliver_free(solar(), (&ALICE, ZONE), (&BOB, ZONE), 500));
		close(T);
		assert_eq!(residual(&BOB, ZONE), (10, 500));
	});
}

#[test]
fn close_should_leave_other_intervals_alone() {
	ExtBuilder.build_and_execute(|| {
		assert_ok!(settle(T, &ALICE, ZONE, 5, &[(Source::Solar, 500)]));
		assert_ok!(settle(T + 1, &ALICE, ZONE, 5, &[(Source::Solar, 500)]));
		close(T);
		assert_eq!(EnergyAssets::total(T, &ALICE, ZONE), 0);
		assert_eq!(EnergyAssets::total(T + 1, &ALICE, ZONE), 500);
		assert_eq!(EnergyAssets::uncovered_import(T + 1, &ALICE, ZONE), Some(5));
	});
}

/// Twenty accounts, each with two credits, some in other zones, one with fifty.
fn populate(interval: Interval) {
	for byte in 10..30u8 {
		let account = AccountId::new([byte; 32]);
		let wh = u64::from(byte);
		assert_ok!(settle(
			interval,
			&account,
			ZONE,
			wh,
			&[(Source::Solar, wh), (Source::Wind, 2 * wh)]
		));
		let class = gridtokenx_primitives::ClassId {
			interval,
			zone: ZONE,
			source: Source::Wind,
		};
		assert_ok!(EnergyAssets::deliver_free(class, (&account, ZONE), (&CAROL, FAR), wh));
	}
	assert_ok!(settle(interval, &ALICE, ZONE, 1_000, &[]));
	for zone in 100..150 {
		assert_ok!(settle(interval, &BOB, zone, 0, &[(Source::Hydro, 10)]));
		let class = gridtokenx_primitives::ClassId {
			interval,
			zone,
			source: Source::Hydro,
		};
		assert_ok!(EnergyAssets::deliver_free(class, (&BOB, zone), (&ALICE, ZONE), 10));
	}
}

#[test]
fn close_should_come_to_the_same_in_small_steps() {
	let closed_in = |service: Weight, idle: Weight| {
		let mut result = None;
		ExtBuilder.build_and_execute(|| {
			populate(T);
			EnergyAssets::close(T);
			let mut blocks = 0;
			while Closing::<Test>::contains_key(T) {
				next_block(service, idle);
				blocks += 1;
				assert!(blocks < 1_000, "closing moves on");
			}
			assert_pruned();
			let mut residuals: Vec<_> = Residuals::<Test>::iter().collect();
			residuals.sort_by_key(|(account, zone, _)| (account.clone(), *zone));
			let last = events().pop();
			result = Some((Overall::<Test>::get(), residuals, last, blocks));
		});
		result.unwrap()
	};
	let (overall, residuals, last, blocks) = closed_in(Weight::MAX, Weight::zero());
	assert_eq!(blocks, 1);
	assert_eq!(
		last,
		Some(Event::IntervalClosed {
			interval: T,
			positions: 71,
			holdings: 91,
			classes: 52
		})
	);
	for (service, idle) in [
		(one_step(), Weight::zero()),
		(Weight::zero(), one_step()),
		(one_step().saturating_mul(3), one_step()),
	] {
		let small = closed_in(service, idle);
		assert_eq!((small.0, &small.1, &small.2), (overall, &residuals, &last));
		assert!(small.3 > 10, "it took {} blocks", small.3);
	}
}

#[test]
fn close_should_wait_when_there_is_no_weight() {
	ExtBuilder.build_and_execute(|| {
		populate(T);
		EnergyAssets::close(T);
		let before = items();
		next_block(Weight::zero(), Weight::zero());
		assert_eq!(items(), before);
		assert_eq!(events(), []);
	});
}

#[test]
fn close_should_go_on_after_the_next_interval_was_closed_too() {
	ExtBuilder.build_and_execute(|| {
		for interval in [T, T + 1, T + 2] {
			populate(interval);
			EnergyAssets::close(interval);
			next_block(one_step(), one_step());
		}
		while Closing::<Test>::iter_keys().next().is_some() {
			next_block(one_step().saturating_mul(5), Weight::zero());
		}
		assert_pruned();
	});
}

#[test]
fn state_should_not_grow_with_time() {
	ExtBuilder.build_and_execute(|| {
		let mut sizes = Vec::new();
		for interval in T..T + 40 {
			populate(interval);
			// One that waits for a missing reading is closed three intervals later.
			if interval % 10 != 3 {
				EnergyAssets::close(interval);
			}
			if interval % 10 == 6 {
				EnergyAssets::close(interval - 3);
			}
			next_block(Weight::MAX, Weight::zero());
			sizes.push(items());
		}
		assert_eq!(sizes[1], sizes[39]);
		assert_pruned();
	});
}

#[test]
fn nudge_should_close_ahead_of_the_service_and_cost_what_it_did() {
	ExtBuilder.build_and_execute(|| {
		populate(T);
		let bob = || RuntimeOrigin::signed(BOB);
		assert_noop!(EnergyAssets::nudge(bob(), 5), Error::<Test>::NothingToClose);
		EnergyAssets::close(T);
		assert_noop!(EnergyAssets::nudge(RuntimeOrigin::none(), 5), BadOrigin);
		let before = items();
		let few = EnergyAssets::nudge(bob(), 5).unwrap().actual_weight.unwrap();
		assert!(few.all_lte(EnergyAssets::weight_of_steps(5)));
		assert!(items() < before && Closing::<Test>::contains_key(T));
		check();
		let all = EnergyAssets::nudge(bob(), 10_000).unwrap().actual_weight.unwrap();
		assert!(
			all.all_lte(EnergyAssets::weight_of_steps(500)),
			"unused weight is given back"
		);
		assert_pruned();
	});
}
