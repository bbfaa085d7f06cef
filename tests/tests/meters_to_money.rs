//! From the meter to the money, with every number worked out by hand.
//!
//! Bob's roof is in the village, Charlie's workshop is at the substation, and between them is the village's transformer. Prices are
//! in GRX per kWh, as the development preset has them: floor 0.08, cap 0.32, fee 0.001, shortfall 0.30, and 0.012 for the
//! transformer.
//!
//! *Forward.* Bob offers 60 Wh at 0.088, Charlie bids for 60 Wh at 0.201. At the substation, Bob's energy costs at least 0.088 +
//! 0.012 = 0.1, and is worth at most 0.201 - 0.001 = 0.2 to Charlie. The price there is their geometric mean, 0.1 * √2; Bob receives
//! 0.012 less, Charlie pays 0.001 more.
//!
//! *Delivery.* Bob's meter exports 50 Wh and imports 12, Charlie's imports 70 and exports 15. Bob is 10 Wh short.
//!
//! *Spot.* Charlie offers 14 of his 15 Wh at the floor. The supplier takes 9 at the substation, which makes the floor the price
//! there, and Bob takes 5 in the village, at 0.012 more.
//!
//! *Closing.* The supplier retires 4 of its 9 Wh. What covers metered import is consumed, the rest expires.

mod readings;

use gridtokenx_oracle::{
	chain::{Call, Client},
	meter::MeterKey,
};
use gridtokenx_primitives::{device::Registers, Balance, ClassId, Interval, Price, Source, Wh, ZoneId};
use gridtokenx_runtime::{AccountId, RuntimeEvent};
use gridtokenx_tests::{
	calls::{call, key},
	household::{Household, Site},
	node::{Node, FAST_INTERVAL},
	oracle::Oracle,
	progress::Progress,
	state::{account, begun, events, fees, measured, until, Money, State},
};
use pallet_dex::{Backing, Purpose, TimeInForce};
use pallet_energy_assets::{Holding, Position, Residual};
use pallet_telemetry::{energy::Standing, types::Energy, Refusal};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

const SUBSTATION: ZoneId = 0;
const VILLAGE: ZoneId = 1;

const FLOOR: Price = 80_000_000_000;
const FEE: Price = 1_000_000_000;
const TRANSFORMER: Price = 12_000_000_000;
const BOB_ASKS: Price = 88_000_000_000;
const CHARLIE_BIDS: Price = 201_000_000_000;
/// 0.1 * √2 GRX, rounded down to a planck.
const AT_THE_SUBSTATION: Price = 141_421_356_237;

const PATIENCE: Duration = Duration::from_secs(60);
/// Time left in an interval, milliseconds, without which the orders would not be placed in time.
const HASTE: u64 = 12_000;

#[tokio::test]
async fn money_should_follow_the_energy_when_neighbours_trade() {
	let progress = Progress::new("meters to money");
	let node = Node::fast(|genesis| genesis["dex"]["parameters"]["spot_window"] = json!(1)).await;
	let client = node.client().await;
	let oracle = Oracle::new(&node).await;
	let mut village = Village::connect(&client).await;
	progress.say("two households are registered and attested");

	let (first_block, before) = village.begin(&client).await;
	let delivery = village.trade_forward(&client).await;
	progress.say(format_args!(
		"a contract for interval {delivery}, at 0.1 * √2 GRX per kWh"
	));

	begun(&client, delivery, 3 * FAST_INTERVAL).await;
	village.baselines(&oracle, delivery - 1).await;
	village.refused_readings(&oracle, delivery).await;
	village.refused_bodies(&oracle, delivery - 1).await;
	oracle.until_delivered(PATIENCE).await;
	village.check_batches(&client, first_block, &[(2, &[])]).await;
	progress.say("baselines are on the chain, and nothing of what was wrong");

	begun(&client, delivery + 1, 2 * FAST_INTERVAL).await;
	village.readings(&oracle, delivery).await;
	measured(&client, delivery, 3 * FAST_INTERVAL).await;
	village.check_settlement(&client, delivery).await;
	progress.say("settled: 50 Wh delivered and paid, 10 Wh compensated");

	village.refused_by_the_chain(&oracle, delivery).await;
	let refused: &[_] = &[Refusal::Backwards, Refusal::Implausible];
	village
		.check_batches(&client, first_block, &[(2, &[]), (2, &[]), (0, refused)])
		.await;
	village.check_registers(&client, delivery).await;
	village.check_series(&oracle, delivery).await;
	progress.say("what was implausible or replayed has changed nothing");

	village.trade_spot(&client, delivery).await;
	progress.say("the rest is sold to the supplier and back to the village");
	village.check_closing(&client, delivery).await;

	let last_block = client.best().await.expect("a block").number();
	village.check_balances(&client, first_block, last_block, &before).await;
	progress.say("closed; every planck and every watt-hour is where it belongs");
}

/// The accounts of the story.
struct Village {
	bob: Household,
	charlie: Household,
}

/// Everyone who pays or is paid, with what they have.
type Balances = BTreeMap<AccountId, Balance>;

impl Village {
	async fn connect(client: &Client) -> Self {
		let roof = Site {
			zone: VILLAGE,
			import_w: 17_250,
			export_w: 10_000,
			source: Source::Solar,
		};
		let workshop = Site {
			zone: SUBSTATION,
			import_w: 34_500,
			export_w: 5_000,
			source: Source::Solar,
		};
		let p256 = MeterKey::p256([5; 32]).expect("a scalar of the group");
		let bob = Household::connect(
			client,
			"//Bob",
			MeterKey::ed25519([4; 32]),
			roof,
			registers(1_000, 2_000),
		)
		.await;
		let charlie = Household::connect(client, "//Charlie", p256, workshop, registers(500, 0)).await;
		Village { bob, charlie }
	}

	/// Waits for a moment at which an interval has enough time left, and notes what everyone has.
	async fn begin(&self, client: &Client) -> (u64, Balances) {
		let time_left = async |state: &State| {
			let interval = FAST_INTERVAL.as_millis() as u64;
			(interval - state.time_ms().await % interval >= HASTE).then_some(())
		};
		until(client, "the beginning of an interval", 2 * FAST_INTERVAL, time_left).await;
		let state = State::best(client).await;
		(state.block().number() + 1, self.balances(&state).await)
	}

	/// Bob sells to Charlie, for the interval after the next one.
	async fn trade_forward(&self, client: &Client) -> Interval {
		let delivery = State::best(client).await.interval().await + 2;
		let offer = (
			delivery,
			Backing::Capacity,
			VILLAGE,
			60u64,
			BOB_ASKS,
			TimeInForce::TillGate,
		);
		let bid = (
			delivery,
			Purpose::Delivery,
			SUBSTATION,
			60u64,
			CHARLIE_BIDS,
			TimeInForce::TillGate,
		);
		let (offer, bid) = (
			Call::new("Dex", "place_offer", offer),
			Call::new("Dex", "place_bid", bid),
		);
		tokio::join!(
			call(client, &offer, &self.bob.key),
			call(client, &bid, &self.charlie.key)
		);

		let fill = filled(client, &self.bob.account(), &self.charlie.account()).await;
		let expected = Fill {
			wh: 60,
			seller_price: AT_THE_SUBSTATION - TRANSFORMER,
			buyer_price: AT_THE_SUBSTATION + FEE,
		};
		assert_eq!(fill, expected);
		// 60 Wh at 0.30 and at 0.142421356237 GRX per kWh; the second is 8,545,281,374.22 planck.
		let state = State::best(client).await;
		assert_eq!(state.money(&self.bob.account()).await.collateral, 18_000_000_000);
		assert_eq!(state.money(&self.charlie.account()).await.bids, 8_545_281_374);
		delivery
	}

	async fn check_settlement(&self, client: &Client, delivery: Interval) {
		let (bob, charlie) = (self.bob.account(), self.charlie.account());
		let settled = async |state: &State| state.position(delivery, &charlie, SUBSTATION).await;
		let position = until(client, "Charlie's position is settled", PATIENCE, settled).await;
		assert_eq!(
			position,
			Position {
				import_wh: 70,
				consumed_wh: 0
			}
		);

		let state = State::best(client).await;
		let energy = |import_wh, export_wh| {
			Some(Energy {
				import_wh,
				export_wh,
				standing: Standing::Exact,
			})
		};
		assert_eq!(state.energy(self.bob.device, delivery).await, energy(12, 50));
		assert_eq!(state.energy(self.charlie.device, delivery).await, energy(70, 15));
		let free = |free| Holding { free, held: 0 };
		assert_eq!(state.holding(&bob, VILLAGE, from_the_roof(delivery)).await, free(0));
		assert_eq!(
			state.holding(&charlie, SUBSTATION, from_the_roof(delivery)).await,
			free(50)
		);
		assert_eq!(
			state.holding(&charlie, SUBSTATION, from_the_workshop(delivery)).await,
			free(15)
		);
		for household in [&self.bob, &self.charlie] {
			let Money { bids, collateral, .. } = state.money(&household.account()).await;
			assert_eq!((bids, collateral), (0, 0));
		}
	}

	/// Bids stand before there is an offer, so that all three orders meet in one round.
	async fn trade_spot(&self, client: &Client, delivery: Interval) {
		let supplier = key("//Supplier");
		let bid = |zone: ZoneId, wh: Wh, limit: Price| {
			Call::new(
				"Dex",
				"place_bid",
				(delivery, Purpose::Consume, zone, wh, limit, TimeInForce::TillGate),
			)
		};
		let (takes_the_rest, covers_import) = (bid(SUBSTATION, 9, FLOOR + FEE), bid(VILLAGE, 5, 200_000_000_000));
		tokio::join!(
			call(client, &takes_the_rest, &supplier),
			call(client, &covers_import, &self.bob.key)
		);
		let backing = Backing::Credits {
			origin: SUBSTATION,
			source: Source::Solar,
		};
		let offer = (delivery, backing, SUBSTATION, 14u64, FLOOR, TimeInForce::TillGate);
		call(client, &Call::new("Dex", "place_offer", offer), &self.charlie.key).await;

		let charlie = self.charlie.account();
		let at_the_substation = filled(client, &charlie, &account(&supplier)).await;
		let in_the_village = filled(client, &charlie, &self.bob.account()).await;
		assert_eq!(
			at_the_substation,
			Fill {
				wh: 9,
				seller_price: FLOOR,
				buyer_price: FLOOR + FEE
			}
		);
		assert_eq!(
			in_the_village,
			Fill {
				wh: 5,
				seller_price: FLOOR,
				buyer_price: FLOOR + TRANSFORMER + FEE
			}
		);

		let retire = (from_the_workshop(delivery), SUBSTATION, codec::Compact(4u64), [9u8; 32]);
		let retired = call(client, &Call::new("EnergyAssets", "retire", retire), &supplier).await;
		assert!(retired.event("EnergyAssets", "Retired").is_some());
	}

	/// At the end, Charlie's 51 Wh cover part of his 70 and Bob's 5 part of his 12; the supplier's last 5 expire.
	async fn check_closing(&self, client: &Client, delivery: Interval) {
		let supplier = account(&key("//Supplier"));
		let closed = async |state: &State| {
			let position = state.position(delivery, &self.charlie.account(), SUBSTATION).await;
			let held = state.holding(&supplier, SUBSTATION, from_the_workshop(delivery)).await;
			(position.is_none() && held.total() == 0).then_some(())
		};
		until(client, "the interval is closed", 4 * FAST_INTERVAL, closed).await;
		let state = State::best(client).await;
		let bill = |supply_wh| Residual {
			supply_wh,
			feed_in_wh: 0,
		};
		assert_eq!(state.residual(&self.bob.account(), VILLAGE).await, bill(7));
		assert_eq!(state.residual(&self.charlie.account(), SUBSTATION).await, bill(19));
		let overall: pallet_energy_assets::Tally =
			state.get("EnergyAssets", "Overall", &[]).await.expect("has a default");
		let expected = pallet_energy_assets::Tally {
			issued: 65,
			consumed: 56,
			retired: 4,
			expired: 5,
		};
		assert_eq!(overall, expected);
	}

	/// What everyone has after it all, but for the fees of their transactions, which went to the treasury.
	async fn check_balances(&self, client: &Client, first: u64, last: u64, before: &Balances) {
		let state = State::of(client.block_at(last).await.expect("a block of the chain"));
		let fees = fees(&events(client, first, last).await);
		let all_fees: Balance = fees.values().sum();
		let changes: [(AccountId, i128); 6] = [
			// 50 Wh at 0.129421356237, less 10 Wh at 0.30, less 5 Wh at 0.093.
			(self.bob.account(), 6_471_067_811 - 3_000_000_000 - 465_000_000),
			// 50 Wh at 0.142421356237, 10 Wh at 0.30, 14 Wh at 0.08.
			(self.charlie.account(), -7_121_067_811 + 3_000_000_000 + 1_120_000_000),
			// 9 Wh at 0.081.
			(account(&key("//Supplier")), -729_000_000),
			// 50 and 5 Wh at 0.012.
			(account(&key("//GridOperator")), 600_000_000 + 60_000_000),
			// 50 and 14 Wh at 0.001, and everybody's transactions.
			(treasury(), 50_000_000 + 14_000_000 + all_fees as i128),
			// What is left of what Charlie paid, when all are paid.
			(grid_fund(), 7_121_067_811 - 6_471_067_811 - 600_000_000 - 50_000_000),
		];
		let now = self.balances(&state).await;
		for (account, change) in changes {
			let paid = fees.get(&account).copied().unwrap_or_default();
			let expected = before[&account] as i128 + change - paid as i128;
			assert_eq!(now[&account] as i128, expected, "{account:?}");
		}
		assert_eq!(now.values().sum::<Balance>(), before.values().sum::<Balance>());
		let genesis = State::of(client.block_at(1).await.expect("the first block"));
		assert_eq!(state.issuance().await, genesis.issuance().await);
	}

	async fn balances(&self, state: &State) -> Balances {
		let roles = ["//Bob", "//Charlie", "//Supplier", "//GridOperator"].map(|uri| account(&key(uri)));
		let mut balances = Balances::new();
		for account in roles.into_iter().chain([treasury(), grid_fund()]) {
			let total = state.money(&account).await.total();
			balances.insert(account, total);
		}
		balances
	}
}

fn registers(import_wh: Wh, export_wh: Wh) -> Registers {
	Registers { import_wh, export_wh }
}

fn from_the_roof(interval: Interval) -> ClassId {
	ClassId {
		interval,
		zone: VILLAGE,
		source: Source::Solar,
	}
}

fn from_the_workshop(interval: Interval) -> ClassId {
	ClassId {
		interval,
		zone: SUBSTATION,
		source: Source::Solar,
	}
}

fn treasury() -> AccountId {
	gridtokenx_runtime::configs::TreasuryAccount::get()
}

fn grid_fund() -> AccountId {
	gridtokenx_runtime::configs::GridFundAccount::get()
}

/// What a fill says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fill {
	wh: Wh,
	seller_price: Price,
	buyer_price: Price,
}

/// Waits for a block with a fill between the two, and looks a few blocks back for it.
async fn filled(client: &Client, seller: &AccountId, buyer: &AccountId) -> Fill {
	let found = async |state: &State| {
		let best = state.block().number();
		let events = events(client, best.saturating_sub(10).max(1), best).await;
		events.into_iter().find_map(|event| match event {
			RuntimeEvent::Dex(pallet_dex::Event::Filled {
				seller: sells,
				buyer: buys,
				quantity_wh,
				seller_price,
				buyer_price,
				..
			}) if sells == *seller && buys == *buyer => Some(Fill {
				wh: quantity_wh,
				seller_price,
				buyer_price,
			}),
			_ => None,
		})
	};
	until(client, "the orders are filled", PATIENCE, found).await
}
