//! Floods. A carrier submits all that it may, and more is always waiting; then transfers fill every block, and more are always
//! waiting. Neither keeps others' transactions out: they are included as soon as on a quiet chain, or a block or two later.

use codec::{Compact, Encode};
use frame_system::AccountInfo;
use gridtokenx_oracle::chain::{Call, Client, Keypair, Wait};
use gridtokenx_primitives::{reading::Reading, units::GRX, Balance, Interval, Page, Quality, PAGE_SIZE};
use gridtokenx_runtime::{AccountId, Nonce};
use gridtokenx_tests::{
	calls::{batch_all, call, key, motion},
	node::Node,
	progress::Progress,
	state::{account, State},
};
use pallet_balances::AccountData;
use std::{
	sync::atomic::{AtomicBool, Ordering},
	time::Duration,
};
use tokio::time::sleep;

/// Transactions of each kind whose way into a block is measured, on a quiet chain and under each flood.
const PROBES: usize = 4;
/// The most blocks that a flood may cost a transaction of others.
const MOST_DELAY: u64 = 2;
/// Readings in one batch of a flood. The carrier's quota of 4,096 lets four into a block.
const BATCH: u32 = 1_024;
/// Transfers in one transaction of a flood.
const TRANSFERS: usize = 50;

#[tokio::test]
async fn transactions_should_be_included_in_time_when_others_flood_the_chain() {
	let progress = Progress::new("floods");
	let node = Node::dev().await;
	let client = node.client().await;
	admit_second_carrier(&client).await;
	let last = State::best(&client).await.interval().await - 1;
	let quiet = Latencies::of(&client, async || 0).await;
	progress.say(format_args!("quiet chain: {quiet:?}"));

	let batches = Flood {
		senders: vec![key("//Carrier")],
		call: readings(last, BATCH),
		// A carrier's nonces are let in up to 16 ahead.
		waiting: 14,
	};
	let block = client.best().await.expect("a block");
	let transfers = Flood {
		senders: ["//Charlie", "//Dave", "//Ferdie"].map(key).into(),
		call: batch_all(&block, &vec![transfer(); TRANSFERS]),
		// Together some five blocks' worth.
		waiting: 120,
	};
	for (name, flood) in [("batches", batches), ("transfers", transfers)] {
		let flooded = flood.measure(&client).await;
		progress.say(format_args!("flood of {name}: {flooded:?}"));
		assert!(
			flooded.waiting > 0,
			"{name} did not flood the chain: it took all there were"
		);
		assert!(
			flooded.transfers <= quiet.transfers + MOST_DELAY,
			"transfers wait: {flooded:?}"
		);
		assert!(
			flooded.batches <= quiet.batches + MOST_DELAY,
			"batches wait: {flooded:?}"
		);
	}
}

/// The most blocks that transactions waited until they were in one.
#[derive(Debug)]
struct Latencies {
	transfers: u64,
	batches: u64,
	/// The fewest transactions of a flood that were still in the pool when one of these was included.
	waiting: u64,
}

impl Latencies {
	/// Sends Bob's transfers and Eve's batches, one after the other.
	async fn of(client: &Client, waiting: impl AsyncFn() -> u64) -> Self {
		let (bob, eve) = (key("//Bob"), key("//Eve"));
		let mut worst = Latencies {
			transfers: 0,
			batches: 0,
			waiting: u64::MAX,
		};
		for _ in 0..PROBES {
			let last = State::best(client).await.interval().await - 1;
			let (transfer, batch) = (transfer(), readings(last, PAGE_SIZE));
			let (transfers, batches) = tokio::join!(latency(client, &transfer, &bob), latency(client, &batch, &eve));
			worst.transfers = worst.transfers.max(transfers);
			worst.batches = worst.batches.max(batches);
			worst.waiting = worst.waiting.min(waiting().await);
		}
		worst
	}
}

/// In which block after the best one of now a transaction is included.
async fn latency(client: &Client, call: &Call, signer: &Keypair) -> u64 {
	let before = client.best().await.expect("a block").number();
	let included = client.call(call, signer, Wait::InBlock).await;
	let block = included.unwrap_or_else(|error| panic!("a probe: {error}")).block;
	client.block(block).await.expect("a block").number() - before
}

/// The same call by the same accounts, over and over.
struct Flood {
	senders: Vec<Keypair>,
	call: Call,
	/// Transactions that each account keeps in the pool.
	waiting: u64,
}

impl Flood {
	/// Measures while the flood is on.
	async fn measure(&self, client: &Client) -> Latencies {
		let over = AtomicBool::new(false);
		let measure = async {
			// It has to be there first.
			while self.in_pool(client).await < self.waiting {
				sleep(Duration::from_millis(100)).await;
			}
			let latencies = Latencies::of(client, || self.in_pool(client)).await;
			over.store(true, Ordering::Relaxed);
			latencies
		};
		let (latencies, ()) = tokio::join!(measure, self.pour(client, &over));
		latencies
	}

	/// Fills the pool up as blocks empty it.
	async fn pour(&self, client: &Client, over: &AtomicBool) {
		while !over.load(Ordering::Relaxed) {
			for sender in &self.senders {
				let (first, included) = nonces(client, sender).await;
				let block = client.finalised().await.expect("a block");
				for nonce in first..included + self.waiting {
					let signed = block
						.sign(&self.call, sender, nonce, 64)
						.expect("a call of this runtime");
					// What the pool does not take now, it is offered again in the next round.
					let _ = client.submit(&signed).await;
				}
			}
			sleep(Duration::from_millis(100)).await;
		}
	}

	/// How many of its transactions wait in the pool.
	async fn in_pool(&self, client: &Client) -> u64 {
		let mut sum = 0;
		for sender in &self.senders {
			let (next, included) = nonces(client, sender).await;
			sum += next - included.min(next);
		}
		sum
	}
}

/// An account's next nonce behind those in the pool, and the next one behind those in the best block.
async fn nonces(client: &Client, of: &Keypair) -> (u64, u64) {
	let info: Option<AccountInfo<Nonce, AccountData<Balance>>> = State::best(client)
		.await
		.get("System", "Account", &[account(of).encode()])
		.await;
	let next = client
		.next_nonce(&of.public_key().into())
		.await
		.expect("the node answers");
	(next, info.map_or(0, |info| info.nonce.into()))
}

fn transfer() -> Call {
	let to: AccountId = account(&key("//Supplier"));
	// The first variant of an address is an account.
	Call::new("Balances", "transfer_keep_alive", ((0u8, to), Compact(GRX / 1_000)))
}

/// A batch of well-formed readings of devices that are not registered: they cost quota, and nobody's bond.
fn readings(last: Interval, count: u32) -> Call {
	let first_page = 1_000;
	let pages = (first_page..).take((count / PAGE_SIZE) as usize).map(|page| {
		let readings = (0..PAGE_SIZE).map(|slot| {
			let reading = Reading {
				device: page * PAGE_SIZE + slot,
				epoch: 0,
				interval: last,
				import_wh: 0,
				export_wh: 0,
				quality: Quality::default(),
				power_w: 0,
			};
			reading.paged([0; 64])
		});
		let readings = readings.collect::<Vec<_>>().try_into().expect("a page has 64");
		Page { page, readings }
	});
	Call::new("Telemetry", "submit_readings", (pages.collect::<Vec<_>>(),))
}

/// Eve carries readings, too. Her owner has the bond.
async fn admit_second_carrier(client: &Client) {
	let (eve, owner) = (account(&key("//Eve")), key("//CarrierOwner"));
	let admit = Call::new("Telemetry", "admit_carrier", (&eve, account(&owner), BATCH));
	let block = client.best().await.expect("a block");
	call(client, &motion(&block, &admit), &key("//Alice")).await;
	let bond = Call::new("Telemetry", "bond_carrier", (&eve, Compact(2_000 * GRX)));
	call(client, &bond, &owner).await;
}
