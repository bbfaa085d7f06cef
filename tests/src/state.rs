//! The chain's state and events, in the runtime's own types.

use codec::{Decode, Encode};
use frame_support::traits::tokens::IdAmount;
use frame_system::{AccountInfo, EventRecord};
use gridtokenx_oracle::chain::{Block, Client, Keypair};
use gridtokenx_primitives::{Balance, ClassId, DeviceId, Interval, Limits, ZoneId, PAGE_SIZE};
use gridtokenx_runtime::{AccountId, Hash, Nonce, RuntimeEvent, RuntimeHoldReason};
use pallet_balances::AccountData;
use pallet_device_registry::HoldReason as DeviceHold;
use pallet_dex::HoldReason as MarketHold;
use pallet_energy_assets::{types::ClassKey, Holding, Position, Residual};
use pallet_telemetry::{
	register::RegisterPage,
	types::{Energy, EnergyPage},
};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::{sleep, Instant};

/// An account of the runtime, by its key.
pub fn account(key: &Keypair) -> AccountId {
	key.public_key().0.into()
}

/// What an account has, planck.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Money {
	/// At its disposal.
	pub free: Balance,
	/// On hold for open bids and for contracts as the buyer.
	pub bids: Balance,
	/// On hold as collateral for offers and contracts as the seller.
	pub collateral: Balance,
	/// On hold for its devices: storage deposits and bonds.
	pub devices: Balance,
	/// On hold for anything else, such as a carrier's bond.
	pub other: Balance,
}

impl Money {
	/// All of it.
	pub fn total(&self) -> Balance {
		self.free + self.bids + self.collateral + self.devices + self.other
	}
}

/// Storage items as of one block.
pub struct State {
	block: Block,
}

impl State {
	/// The state after the best block.
	pub async fn best(client: &Client) -> Self {
		State::of(client.best().await.expect("the node answers"))
	}

	/// The state after a block.
	pub fn of(block: Block) -> Self {
		State { block }
	}

	/// The block.
	pub fn block(&self) -> &Block {
		&self.block
	}

	/// An item, or nothing where there is neither a value nor a default.
	pub async fn get<T: Decode>(&self, pallet: &str, item: &str, keys: &[Vec<u8>]) -> Option<T> {
		let value = self.block.storage(pallet, item, keys).await;
		value.unwrap_or_else(|error| panic!("{pallet}.{item}: {error}"))
	}

	/// The block's time, Unix milliseconds.
	pub async fn time_ms(&self) -> u64 {
		self.get("Timestamp", "Now", &[]).await.unwrap_or_default()
	}

	/// The interval that is running.
	pub async fn interval(&self) -> Interval {
		let seconds: u32 = self.get("Grid", "IntervalSeconds", &[]).await.expect("set at genesis");
		(self.time_ms().await / 1000 / u64::from(seconds)) as Interval
	}

	/// What an account has.
	pub async fn money(&self, account: &AccountId) -> Money {
		let info: AccountInfo<Nonce, AccountData<Balance>> = self
			.get("System", "Account", &[account.encode()])
			.await
			.unwrap_or_default();
		let holds: Vec<IdAmount<RuntimeHoldReason, Balance>> = self
			.get("Balances", "Holds", &[account.encode()])
			.await
			.unwrap_or_default();
		let mut money = Money {
			free: info.data.free,
			..Money::default()
		};
		for hold in holds {
			match hold.id {
				RuntimeHoldReason::Dex(MarketHold::Bid) => money.bids += hold.amount,
				RuntimeHoldReason::Dex(MarketHold::Collateral) => money.collateral += hold.amount,
				RuntimeHoldReason::DeviceRegistry(DeviceHold::Storage | DeviceHold::Bond) => {
					money.devices += hold.amount
				}
				_ => money.other += hold.amount,
			}
		}
		money
	}

	/// All money there is.
	pub async fn issuance(&self) -> Balance {
		self.get("Balances", "TotalIssuance", &[]).await.expect("has a default")
	}

	/// Credits of an account in a delivery zone.
	pub async fn holding(&self, account: &AccountId, delivery_zone: ZoneId, class: ClassId) -> Holding {
		let keys = [
			class.interval.encode(),
			account.encode(),
			delivery_zone.encode(),
			ClassKey::from(class).encode(),
		];
		self.get("EnergyAssets", "Holdings", &keys).await.unwrap_or_default()
	}

	/// What an account imported in a zone, and what of it is covered; nothing before settlement and after closing.
	pub async fn position(&self, interval: Interval, account: &AccountId, zone: ZoneId) -> Option<Position> {
		self.get(
			"EnergyAssets",
			"Positions",
			&[interval.encode(), account.encode(), zone.encode()],
		)
		.await
	}

	/// What an account is billed for outside the chain, at tariff.
	pub async fn residual(&self, account: &AccountId, zone: ZoneId) -> Residual {
		self.get("EnergyAssets", "Residuals", &[account.encode(), zone.encode()])
			.await
			.unwrap_or_default()
	}

	/// What an account's connection points in a zone may move in an interval.
	pub async fn limits(&self, account: &AccountId, zone: ZoneId) -> Limits {
		self.get("DeviceRegistry", "SiteLimits", &[account.encode(), zone.encode()])
			.await
			.unwrap_or_default()
	}

	/// A device's energy in a measured interval.
	pub async fn energy(&self, device: DeviceId, interval: Interval) -> Option<Energy> {
		let keys = [interval.encode(), (device / PAGE_SIZE).encode()];
		let page: EnergyPage = self.get("Telemetry", "Energies", &keys).await.unwrap_or_default();
		page.get((device % PAGE_SIZE) as u8).copied()
	}

	/// What is known of the registers of a page's devices.
	pub async fn registers(&self, page: u32) -> RegisterPage {
		self.get("Telemetry", "RegisterPages", &[page.encode()])
			.await
			.unwrap_or_default()
	}

	/// The block's events.
	pub async fn events(&self) -> Vec<RuntimeEvent> {
		let records: Vec<EventRecord<RuntimeEvent, Hash>> =
			self.get("System", "Events", &[]).await.expect("has a default");
		records.into_iter().map(|record| record.event).collect()
	}
}

/// Waits until `found` finds something in the state after the best block. Panics after `limit`.
pub async fn until<T>(client: &Client, what: &str, limit: Duration, found: impl AsyncFn(&State) -> Option<T>) -> T {
	let deadline = Instant::now() + limit;
	loop {
		if let Some(value) = found(&State::best(client).await).await {
			return value;
		}
		assert!(Instant::now() < deadline, "not after {limit:?}: {what}");
		sleep(Duration::from_millis(500)).await;
	}
}

/// Waits until `interval` has begun.
pub async fn begun(client: &Client, interval: Interval, limit: Duration) {
	let what = format!("interval {interval} has begun");
	until(client, &what, limit, async |state| {
		(state.interval().await >= interval).then_some(())
	})
	.await;
}

/// Waits until the energy of `interval` is final.
pub async fn measured(client: &Client, interval: Interval, limit: Duration) {
	let what = format!("interval {interval} is measured");
	let through = async |state: &State| state.get::<Interval>("Telemetry", "MeasuredThrough", &[]).await;
	until(client, &what, limit, async |state| {
		(through(state).await >= Some(interval)).then_some(())
	})
	.await;
}

/// The events of all blocks from `first` to `last`.
pub async fn events(client: &Client, first: u64, last: u64) -> Vec<RuntimeEvent> {
	let mut events = Vec::new();
	for number in first..=last {
		let block = client.block_at(number).await.expect("a block of the chain");
		events.extend(State::of(block).events().await);
	}
	events
}

/// The fees that each account has paid, planck.
pub fn fees(events: &[RuntimeEvent]) -> BTreeMap<AccountId, Balance> {
	let mut fees = BTreeMap::new();
	for event in events {
		if let RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
			who,
			actual_fee,
			..
		}) = event
		{
			*fees.entry(who.clone()).or_default() += actual_fee;
		}
	}
	fees
}
