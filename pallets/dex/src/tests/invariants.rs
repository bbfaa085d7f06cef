//! Many users do many things for many blocks, and after every block all books add up.

use crate::{mock::*, types::*, Books, Contracts, Event, Exposures, NetSales, Orders, OwnOrders};
use gridtokenx_primitives::{Credits, OnSuspension, Source};
use proptest::prelude::*;

const PEOPLE: [AccountId; 5] = [ANNA, BERT, CARLA, DORA, SUPPLIER];
/// What a connection point may move in an interval, Wh.
const RATING: u64 = 600;
const ZONES: [u32; 4] = [ROOT, WEST, EAST, FARM];

/// An order somebody thinks of, on whatever side and in whatever phase.
#[derive(Clone, Debug)]
struct Idea {
	who: usize,
	kind: u8,
	zone: usize,
	lots: u64,
	/// How much more than the floor a buyer gives, and how much less of it a seller asks, in ticks.
	ticks: u128,
	life: u8,
}

/// What happens.
#[derive(Clone, Debug)]
enum Action {
	/// People place forward orders, so many intervals ahead.
	Forward {
		ahead: u32,
		ideas: Vec<Idea>,
	},
	/// People place spot orders, for an interval so far back.
	Spot {
		back: u32,
		ideas: Vec<Idea>,
	},
	/// Somebody takes back one of its orders, or a part of it.
	Withdraw {
		who: usize,
		which: usize,
		lots: Option<u64>,
	},
	/// Blocks go by.
	Blocks(u8),
	/// The next interval begins, and of every eighth site nothing is read.
	Interval {
		exports: Vec<u64>,
		imports: Vec<u64>,
		unread: usize,
	},
	/// A reading comes late.
	Late {
		who: usize,
		zone: usize,
		back: u32,
		wh: u64,
	},
	/// An account loses its connection point, or has it back.
	Suspend {
		who: usize,
		zone: usize,
	},
	Restore {
		who: usize,
		zone: usize,
	},
	/// A zone goes out of service, or all are back.
	Halt {
		zone: usize,
	},
	Resume,
	/// Contracts of halted zones are closed by hand.
	CloseHalted,
	/// A dispatch in the next interval to be measured is still to be proven, or is.
	Dispatch {
		who: usize,
		zone: usize,
		proven: bool,
		wh: u64,
	},
	/// The market gets more or less of each block.
	Weight(bool),
	/// The chain stands still for a while.
	Outage(u32),
}

fn ideas() -> impl Strategy<Value = Vec<Idea>> {
	let idea = (0..PEOPLE.len(), 0u8..4, 0..ZONES.len(), 1u64..40, 0u128..200, 0u8..8);
	let idea = idea.prop_map(|(who, kind, zone, lots, ticks, life)| Idea {
		who,
		kind,
		zone,
		lots,
		ticks,
		life,
	});
	proptest::collection::vec(idea, 2..10)
}

fn action() -> impl Strategy<Value = Action> {
	let (who, zone) = (0..PEOPLE.len(), 0..ZONES.len());
	let energies = || proptest::collection::vec(0u64..700, PEOPLE.len() * ZONES.len());
	prop_oneof![
		10 => (2u32..5, ideas()).prop_map(|(ahead, ideas)| Action::Forward { ahead, ideas }),
		10 => (0u32..5, ideas()).prop_map(|(back, ideas)| Action::Spot { back, ideas }),
		3 => (who.clone(), any::<usize>(), proptest::option::of(1u64..30))
			.prop_map(|(who, which, lots)| Action::Withdraw { who, which, lots }),
		8 => (1u8..4).prop_map(Action::Blocks),
		8 => (energies(), energies(), 0usize..24)
			.prop_map(|(exports, imports, unread)| Action::Interval { exports, imports, unread }),
		4 => (who.clone(), zone.clone(), 0u32..8, 0u64..700)
			.prop_map(|(who, zone, back, wh)| Action::Late { who, zone, back, wh }),
		1 => (who.clone(), zone.clone()).prop_map(|(who, zone)| Action::Suspend { who, zone }),
		2 => (who, zone.clone()).prop_map(|(who, zone)| Action::Restore { who, zone }),
		1 => zone.prop_map(|zone| Action::Halt { zone }),
		2 => Just(Action::Resume),
		1 => Just(Action::CloseHalted),
		2 => (0..PEOPLE.len(), 0..ZONES.len(), any::<bool>(), 0u64..300)
			.prop_map(|(who, zone, proven, wh)| Action::Dispatch { who, zone, proven, wh }),
		2 => any::<bool>().prop_map(Action::Weight),
		1 => prop_oneof![4 => 1u32..4, 1 => 90u32..110].prop_map(Action::Outage),
	]
}

/// The limit of an order: sellers ask less than the middle and buyers give more, so that there is trade.
fn limit(is_offer: bool, ticks: u128) -> u128 {
	if is_offer {
		FLOOR + ticks * TICK
	} else {
		CAP - ticks * TICK
	}
}

struct World {
	now: u32,
	measured: u32,
}

impl World {
	fn act(&mut self, action: Action) {
		match action {
			Action::Forward { ahead, ideas } => ideas.into_iter().for_each(|idea| self.trade_forward(ahead, idea)),
			Action::Spot { back, ideas } => ideas.into_iter().for_each(|idea| self.trade_spot(back, idea)),
			Action::Withdraw { who, which, lots } => {
				let orders = Dex::orders_of(&PEOPLE[who]);
				if let Some((id, _)) = orders.get(which % orders.len().max(1)) {
					let origin = RuntimeOrigin::signed(PEOPLE[who]);
					let _ = match lots {
						Some(lots) => Dex::reduce(origin, *id, lots * LOT),
						None => Dex::cancel(origin, *id),
					};
				}
			}
			Action::Blocks(blocks) => (0..blocks).for_each(|_| run_block()),
			Action::Interval {
				exports,
				imports,
				unread,
			} => self.next_interval(&exports, &imports, unread),
			Action::Late { who, zone, back, wh } => {
				let interval = self.measured.saturating_sub(back);
				let late = position(PEOPLE[who], ZONES[zone], wh / 2, &[(Source::Solar, wh)], 0);
				Meters::late(interval, late);
			}
			Action::Suspend { who, zone } => {
				Meters::rate(PEOPLE[who], ZONES[zone], 0, 0);
				<Dex as OnSuspension<AccountId>>::on_suspension(&PEOPLE[who], ZONES[zone]);
			}
			Action::Restore { who, zone } => Meters::rate(PEOPLE[who], ZONES[zone], RATING, RATING),
			Action::Halt { zone } => Grid::halt(ZONES[zone], self.now + 3),
			Action::Resume => Grid::resume(),
			Action::CloseHalted => {
				for ((interval, seller, zone, number), _) in Contracts::<Test>::iter() {
					let contract = ContractId {
						interval,
						seller,
						zone,
						number,
					};
					let _ = Dex::close_halted(RuntimeOrigin::signed(ANNA), contract);
				}
			}
			Action::Dispatch { who, zone, proven, wh } => {
				let interval = self.measured + 1;
				if proven {
					Plant::prove(PEOPLE[who], ZONES[zone], interval, wh);
				} else {
					Plant::begin_proof(interval);
				}
			}
			Action::Weight(plenty) => {
				let least = <() as crate::WeightInfo>::apply_page(2)
					.saturating_add(<() as crate::WeightInfo>::idle().saturating_mul(4));
				ServiceWeight::set(if plenty { PLENTY } else { least });
			}
			Action::Outage(intervals) => {
				self.now += intervals;
				Meters::set_now(self.now);
			}
		}
		check();
	}

	fn trade_forward(&self, ahead: u32, idea: Idea) {
		let who = PEOPLE[idea.who];
		let is_offer = idea.kind % 2 == 0;
		let residual = who == SUPPLIER && !is_offer;
		let order = NewOrder {
			interval: self.now + ahead,
			kind: if is_offer {
				OrderKind::Offer(Backing::Capacity)
			} else {
				OrderKind::Bid(Purpose::Delivery)
			},
			zone: if residual { ROOT } else { ZONES[idea.zone] },
			quantity_wh: idea.lots * LOT,
			limit_price: if residual {
				FLOOR + FEE
			} else {
				limit(is_offer, idea.ticks)
			},
			time_in_force: match idea.life {
				0 => TimeInForce::NextRound,
				1 => TimeInForce::Until(self.now + ahead - 2),
				_ => TimeInForce::TillGate,
			},
		};
		let _ = place(who, order);
	}

	fn trade_spot(&self, back: u32, idea: Idea) {
		let (who, zone, interval) = (PEOPLE[idea.who], ZONES[idea.zone], self.measured.saturating_sub(back));
		let credits = Ledger::free(interval, &who, zone).pop();
		let uncovered = Ledger::uncovered_import(interval, &who, zone).unwrap_or(0);
		let (kind, most) = match (idea.kind, credits) {
			(0, _) => (OrderKind::Bid(Purpose::Retire), 400),
			(1, _) | (_, None) => (OrderKind::Bid(Purpose::Consume), uncovered),
			(_, Some((class, wh))) => (
				OrderKind::Offer(Backing::Credits {
					origin: class.zone,
					source: class.source,
				}),
				wh,
			),
		};
		let order = NewOrder {
			interval,
			kind,
			zone,
			quantity_wh: (idea.lots * LOT).min(most / LOT * LOT),
			limit_price: limit(kind.is_offer(), idea.ticks),
			time_in_force: if idea.life == 0 {
				TimeInForce::NextRound
			} else {
				TimeInForce::TillGate
			},
		};
		let _ = place(who, order);
	}

	/// The running interval ends; everything up to the one before it is measured.
	fn next_interval(&mut self, exports: &[u64], imports: &[u64], unread: usize) {
		let sources = [Source::Solar, Source::Wind, Source::Storage, Source::Estimated];
		while self.measured + 1 < self.now {
			self.measured += 1;
			if self.measured + 12 < self.now {
				// Nobody was there to read the meters.
				continue;
			}
			let sites = PEOPLE
				.iter()
				.flat_map(|who| ZONES.iter().map(move |zone| (*who, *zone)));
			for (site, (who, zone)) in sites.enumerate() {
				if site % 8 == unread {
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
		for _ in 0..3 {
			self.now += 100;
			Meters::set_now(self.now);
			self.measured = self.now - 4;
			Meters::measured_through(self.measured);
			run_block();
			run_block();
		}
		let failed = |event: &Event<Test>| {
			matches!(
				event,
				Event::OrderFailed { .. } | Event::ContractFailed { .. } | Event::PositionFailed { .. }
			)
		};
		assert_eq!(
			events().into_iter().find(failed),
			None,
			"no step fails where all books add up"
		);
		assert_eq!(Books::<Test>::iter_keys().count(), 0);
		assert_eq!(
			Orders::<Test>::iter_keys().count() + OwnOrders::<Test>::iter_keys().count(),
			0
		);
		assert_eq!(
			Contracts::<Test>::iter_keys().count() + Exposures::<Test>::iter_keys().count(),
			0
		);
		assert_eq!(NetSales::<Test>::iter_keys().count(), 0);
		for account in PEOPLE {
			assert_eq!((bid_hold(account), collateral(account)), (0, 0));
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 192, max_shrink_iters: 500, ..ProptestConfig::default() })]

	#[test]
	fn books_should_add_up_when_anybody_does_anything(actions in proptest::collection::vec(action(), 1..80)) {
		ExtBuilder::default().build_and_execute(|| {
			for who in PEOPLE {
				ZONES.iter().for_each(|zone| Meters::rate(who, *zone, RATING, RATING));
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
