//! Many users do many things for many blocks, and after every block all books add up.

use crate::{mock::*, types::*, Books, Contracts, Exposures, Orders, OwnOrders};
use gridtokenx_primitives::{OnSuspension, Source};
use proptest::prelude::*;

const PEOPLE: [AccountId; 5] = [ANNA, BERT, CARLA, DORA, SUPPLIER];
const ZONES: [u32; 4] = [ROOT, WEST, EAST, FARM];

/// What somebody does.
#[derive(Clone, Debug)]
enum Action {
	/// Places a forward order so many intervals ahead.
	Forward { who: usize, offer: bool, zone: usize, ahead: u32, lots: u64, ticks: u128, life: u8 },
	/// Places a spot order for an interval so far back.
	Spot { who: usize, kind: u8, zone: usize, back: u32, lots: u64, ticks: u128 },
	/// Takes back one of its orders, or a part of it.
	Withdraw { who: usize, which: usize, lots: Option<u64> },
	/// Blocks go by.
	Blocks(u8),
	/// The next interval begins; what was measured is read or not.
	Interval { exports: Vec<u64>, imports: Vec<u64>, unread: u8 },
	/// A reading comes late.
	Late { who: usize, back: u32, wh: u64 },
	/// An account loses its connection point, or has it back.
	Suspend { who: usize, zone: usize },
	Restore { who: usize, zone: usize },
	/// A contract of a halted zone is closed by hand.
	CloseHalted,
	/// A zone goes out of service.
	Halt { zone: usize },
	/// The market gets more or less of each block.
	Weight(bool),
	/// The chain stands still for a while.
	Outage(u32),
}

fn action() -> impl Strategy<Value = Action> {
	let (who, zone) = (0..PEOPLE.len(), 0..ZONES.len());
	prop_oneof![
		12 => (who.clone(), any::<bool>(), zone.clone(), 1u32..6, 1u64..60, 0u128..320, 0u8..4).prop_map(
			|(who, offer, zone, ahead, lots, ticks, life)| Action::Forward { who, offer, zone, ahead, lots, ticks, life }
		),
		8 => (who.clone(), 0u8..4, zone.clone(), 1u32..8, 1u64..40, 0u128..320)
			.prop_map(|(who, kind, zone, back, lots, ticks)| Action::Spot { who, kind, zone, back, lots, ticks }),
		3 => (who.clone(), any::<usize>(), proptest::option::of(1u64..30))
			.prop_map(|(who, which, lots)| Action::Withdraw { who, which, lots }),
		5 => (1u8..4).prop_map(Action::Blocks),
		6 => (
			proptest::collection::vec(0u64..700, PEOPLE.len() * ZONES.len()),
			proptest::collection::vec(0u64..700, PEOPLE.len() * ZONES.len()),
			0u8..8
		)
			.prop_map(|(exports, imports, unread)| Action::Interval { exports, imports, unread }),
		2 => (who.clone(), 1u32..12, 0u64..700).prop_map(|(who, back, wh)| Action::Late { who, back, wh }),
		1 => (who.clone(), zone.clone()).prop_map(|(who, zone)| Action::Suspend { who, zone }),
		1 => (who, zone.clone()).prop_map(|(who, zone)| Action::Restore { who, zone }),
		1 => Just(Action::CloseHalted),
		1 => zone.prop_map(|zone| Action::Halt { zone }),
		2 => any::<bool>().prop_map(Action::Weight),
		1 => (2u32..120).prop_map(Action::Outage),
	]
}

struct World {
	now: u32,
	measured: u32,
}

impl World {
	fn act(&mut self, action: Action) {
		match action {
			Action::Forward { who, offer, zone, ahead, lots, ticks, life } => {
				let kind = if offer { OrderKind::Offer(Backing::Capacity) } else { OrderKind::Bid(Purpose::Delivery) };
				let interval = self.now + ahead;
				let time_in_force = match life {
					0 => TimeInForce::NextRound,
					1 => TimeInForce::Until(self.now + ahead.saturating_sub(2)),
					_ => TimeInForce::TillGate,
				};
				let residual = PEOPLE[who] == SUPPLIER && !offer;
				let zone = if residual { ROOT } else { ZONES[zone] };
				let limit_price = if residual { FLOOR + FEE } else { FLOOR + ticks * TICK };
				let order = NewOrder { interval, kind, zone, quantity_wh: lots * LOT, limit_price, time_in_force };
				let _ = place(PEOPLE[who], order);
			},
			Action::Spot { who, kind, zone, back, lots, ticks } => self.trade_spot(PEOPLE[who], kind, ZONES[zone], back, lots, ticks),
			Action::Withdraw { who, which, lots } => {
				let orders = Dex::orders_of(&PEOPLE[who]);
				if let Some((id, _)) = orders.get(which % orders.len().max(1)) {
					let origin = RuntimeOrigin::signed(PEOPLE[who]);
					let _ = match lots {
						Some(lots) => Dex::reduce(origin, *id, lots * LOT),
						None => Dex::cancel(origin, *id),
					};
				}
			},
			Action::Blocks(blocks) => (0..blocks).for_each(|_| run_block()),
			Action::Interval { exports, imports, unread } => self.next_interval(&exports, &imports, unread),
			Action::Late { who, back, wh } => {
				let interval = self.measured.saturating_sub(back);
				Meters::late(interval, position(PEOPLE[who], WEST, wh / 2, &[(Source::Solar, wh)], 0));
			},
			Action::Suspend { who, zone } => {
				Meters::rate(PEOPLE[who], ZONES[zone], 0, 0);
				<Dex as OnSuspension<AccountId>>::on_suspension(&PEOPLE[who], ZONES[zone]);
			},
			Action::Restore { who, zone } => Meters::rate(PEOPLE[who], ZONES[zone], 600, 600),
			Action::CloseHalted => {
				for ((interval, seller, zone, number), _) in Contracts::<Test>::iter() {
					let contract = ContractId { interval, seller, zone, number };
					let _ = Dex::close_halted(RuntimeOrigin::signed(ANNA), contract);
				}
			},
			Action::Halt { zone } => {
				if ZONES[zone] != ROOT {
					Grid::halt(ZONES[zone], self.now + 3);
				}
			},
			Action::Weight(plenty) => {
				let least = <() as crate::WeightInfo>::apply_page(2)
					.saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(4));
				ServiceWeight::set(if plenty { PLENTY } else { least });
			},
			Action::Outage(intervals) => {
				self.now += intervals;
				Meters::set_now(self.now);
			},
		}
		check();
	}

	fn trade_spot(&self, who: AccountId, kind: u8, zone: u32, back: u32, lots: u64, ticks: u128) {
		let interval = self.measured.saturating_sub(back - 1);
		let kind = match kind {
			0 => OrderKind::Bid(Purpose::Consume),
			1 => OrderKind::Bid(Purpose::Retire),
			_ => {
				use gridtokenx_primitives::Credits;
				let Some((class, _)) = Ledger::free(interval, &who, zone).pop() else { return };
				OrderKind::Offer(Backing::Credits { origin: class.zone, source: class.source })
			},
		};
		let order = NewOrder {
			interval,
			kind,
			zone,
			quantity_wh: lots * LOT,
			limit_price: FLOOR + ticks * TICK,
			time_in_force: TimeInForce::TillGate,
		};
		let _ = place(who, order);
	}

	/// The running interval ends; everything up to the one before it is measured.
	fn next_interval(&mut self, exports: &[u64], imports: &[u64], unread: u8) {
		let sources = [Source::Solar, Source::Wind, Source::Storage, Source::Estimated];
		while self.measured + 1 < self.now {
			self.measured += 1;
			if self.measured + 12 < self.now {
				// Nobody was there to read the meters.
				continue;
			}
			let sites = PEOPLE.iter().flat_map(|who| ZONES.iter().map(move |zone| (*who, *zone)));
			for (site, (who, zone)) in sites.enumerate() {
				if site % 8 == usize::from(unread) {
					Meters::position(self.measured, position(who, zone, 0, &[], 1));
				} else {
					let source = sources[site % sources.len()];
					let parts: &[_] = &[(Source::Solar, exports[site] / 2), (source, exports[site] / 2)];
					let parts = if source == Source::Solar { &parts[..1] } else { parts };
					Meters::measure(self.measured, who, zone, imports[site], parts);
				}
			}
		}
		Meters::measured_through(self.measured);
		self.now += 1;
		Meters::set_now(self.now);
		run_block();
	}

	/// All gates close and all waits end: nobody may have anything left in the market.
	fn wind_up(&mut self) {
		ServiceWeight::set(PLENTY);
		for _ in 0..4 {
			self.now += 120;
			Meters::set_now(self.now);
			self.measured = self.now - 4;
			Meters::measured_through(self.measured);
			run_block();
			run_block();
		}
		assert_eq!(Books::<Test>::iter_keys().count(), 0);
		assert_eq!(Orders::<Test>::iter_keys().count() + OwnOrders::<Test>::iter_keys().count(), 0);
		assert_eq!(Contracts::<Test>::iter_keys().count() + Exposures::<Test>::iter_keys().count(), 0);
		for account in PEOPLE {
			assert_eq!((bid_hold(account), collateral(account)), (0, 0));
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

	#[test]
	fn books_should_add_up_when_anybody_does_anything(actions in proptest::collection::vec(action(), 1..120)) {
		ExtBuilder::default().build_and_execute(|| {
			for who in PEOPLE {
				ZONES.iter().for_each(|zone| Meters::rate(who, *zone, 600, 600));
			}
			Grid::set_capacity(WEST, 700);
			Grid::set_capacity(FARM, 400);
			let mut world = World { now: START, measured: START - 1 };
			for action in actions {
				world.act(action);
			}
			world.wind_up();
		});
	}
}
