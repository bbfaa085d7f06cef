//! State does not grow with time: a chain that has traded a thousand intervals is no larger than one that has traded three hundred,
//! by when every window is full.

use codec::Encode;
use frame_support::storage::unhashed;
use gridtokenx_primitives::{
	device::Registers,
	message::{self, Registration},
	reading::{Page, NO_POWER},
	DeviceId, DeviceKind, Interval, PublicKey, Quality, Reading, Source, ZoneId,
};
use gridtokenx_runtime::{
	constants::SLOT_MILLIS, genesis_presets, AccountId, Balances, DeviceRegistry, Dex, EnergyAssets, Executive, Grid,
	Hash, Header, Runtime, RuntimeCall, RuntimeGenesisConfig, RuntimeOrigin, System, Telemetry, UncheckedExtrinsic,
	Vpp,
};
use pallet_dex::{types::Purpose, Backing, TimeInForce};
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::{
	generic::{Digest, DigestItem},
	traits::{Dispatchable, Header as _},
	BuildStorage,
};

const INTERVAL_SECONDS: u64 = 60;
/// The interval in which the chain begins.
const START: Interval = 1_000_000;
const VILLAGE: ZoneId = 1;
/// Prices between floor and cap, planck per kWh.
const ASKED: u128 = 100_000_000_000;
const BID: u128 = 201_000_000_000;

fn account(name: &str) -> AccountId {
	sr25519::Pair::from_string(&format!("//{name}"), None)
		.unwrap()
		.public()
		.into()
}

/// Lays a preset's patch over the defaults.
fn merge(base: &mut serde_json::Value, patch: serde_json::Value) {
	match (base, patch) {
		(serde_json::Value::Object(base), serde_json::Value::Object(patch)) => {
			patch
				.into_iter()
				.for_each(|(key, value)| merge(base.entry(key).or_insert(serde_json::Value::Null), value));
		}
		(base, patch) => *base = patch,
	}
}

fn genesis() -> sp_io::TestExternalities {
	let preset = genesis_presets::get_preset(&"development".into()).expect("a preset");
	let mut config = serde_json::to_value(RuntimeGenesisConfig::default()).expect("JSON");
	merge(&mut config, serde_json::from_slice(&preset).expect("JSON"));
	let config: RuntimeGenesisConfig = serde_json::from_value(config).expect("a genesis");
	config.build_storage().expect("the preset is sound").into()
}

/// A household with one meter.
struct Household {
	account: AccountId,
	meter: ed25519::Pair,
	device: DeviceId,
	registers: Registers,
	/// What it moves in an interval.
	moves: Registers,
}

struct Chain {
	ext: sp_io::TestExternalities,
	parent: Hash,
	number: u32,
	households: Vec<Household>,
}

impl Chain {
	/// Two households that sell and two that buy.
	fn new() -> Self {
		let mut chain = Chain {
			ext: genesis(),
			parent: Hash::default(),
			number: 0,
			households: Vec::new(),
		};
		chain.block(START, 3, Vec::new());
		for (place, name) in ["Bob", "Charlie", "Dave", "Eve"].into_iter().enumerate() {
			chain.connect(place as DeviceId, name);
		}
		chain
	}

	/// A block at a time within an interval, with calls that all have to succeed.
	fn block(&mut self, interval: Interval, second: u64, calls: Vec<(AccountId, RuntimeCall)>) {
		let millis = (u64::from(interval) * INTERVAL_SECONDS + second) * 1_000;
		let slot = sp_consensus_aura::Slot::from(millis / SLOT_MILLIS);
		let aura = DigestItem::PreRuntime(sp_consensus_aura::AURA_ENGINE_ID, slot.encode());
		self.number += 1;
		let header = Header::new(
			self.number,
			Hash::default(),
			Hash::default(),
			self.parent,
			Digest { logs: vec![aura] },
		);
		let now = UncheckedExtrinsic::new_bare(RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: millis }));
		self.parent = self.ext.execute_with(|| {
			Executive::initialize_block(&header);
			Executive::apply_extrinsic(now)
				.expect("valid")
				.expect("the time is set");
			Executive::inherents_applied();
			for (who, call) in calls {
				let result = call.clone().dispatch(RuntimeOrigin::signed(who));
				result.unwrap_or_else(|error| panic!("{call:?} in {interval}: {:?}", error.error));
			}
			Executive::finalize_block().hash()
		});
		self.ext.commit_all().expect("nothing is open");
	}

	fn connect(&mut self, device: DeviceId, name: &str) {
		let (account, meter) = (account(name), ed25519::Pair::from_seed(&[device as u8 + 1; 32]));
		let key = PublicKey::Ed25519(meter.public().0);
		let registration = Registration {
			owner: account.as_ref(),
			key: &key,
			kind: DeviceKind::Meter,
			zone: VILLAGE,
			import_w: 10_000,
			export_w: 10_000,
			modulus_wh: 0,
			metadata_hash: &[0; 32],
			last_valid_interval: START + 10,
		};
		let genesis = self.ext.execute_with(|| System::block_hash(0));
		let signature = meter.sign(&message::registration(&genesis.0, &registration)).0;
		let register = pallet_device_registry::Call::register {
			kind: DeviceKind::Meter,
			key,
			zone: VILLAGE,
			import_w: 10_000,
			export_w: 10_000,
			modulus_wh: 0,
			metadata_hash: [0; 32],
			parent: None,
			last_valid_interval: START + 10,
			signature,
		};
		let attest = pallet_device_registry::Call::attest {
			device,
			epoch: 0,
			zone: VILLAGE,
			import_w: 10_000,
			export_w: 10_000,
			source: Some(Source::Solar),
		};
		let second = 6 + 3 * u64::from(device);
		let calls = vec![
			(account.clone(), register.into()),
			(crate::account("Registrar"), attest.into()),
		];
		self.block(START, second, calls);
		let sells = device < 2;
		self.households.push(Household {
			account,
			meter,
			device,
			registers: Registers::default(),
			moves: Registers {
				import_wh: if sells { 5 } else { 90 },
				export_wh: if sells { 100 } else { 0 },
			},
		});
	}

	/// A whole interval: readings of the last one, orders ahead, and trade with what has been settled.
	fn interval(&mut self, interval: Interval) {
		let mut calls = vec![(account("Carrier"), self.readings(interval - 1))];
		calls.extend(self.orders(interval + 2, Backing::Capacity, Purpose::Delivery, 60));
		self.block(interval, 3, calls);
		self.block(interval, 6, Vec::new());
		let backing = Backing::Credits {
			origin: VILLAGE,
			source: Source::Solar,
		};
		// The first contracts are of the third interval.
		let spot = (interval > START + 5).then(|| self.orders(interval - 2, backing, Purpose::Consume, 20));
		self.block(interval, 9, spot.unwrap_or_default());
		self.block(interval, 12, Vec::new());
		self.block(interval, 15, Vec::new());
	}

	fn readings(&mut self, interval: Interval) -> RuntimeCall {
		let genesis = self.ext.execute_with(|| System::block_hash(0));
		let signed = self.households.iter_mut().map(|household| {
			household.registers.import_wh += household.moves.import_wh;
			household.registers.export_wh += household.moves.export_wh;
			let reading = Reading {
				device: household.device,
				epoch: 0,
				interval,
				import_wh: household.registers.import_wh,
				export_wh: household.registers.export_wh,
				quality: Quality::default(),
				power_w: NO_POWER,
			};
			reading.paged(household.meter.sign(&reading.message(&genesis.0)).0)
		});
		let page = Page {
			page: 0,
			readings: signed.collect::<Vec<_>>().try_into().expect("four fit"),
		};
		pallet_telemetry::Call::submit_readings {
			pages: vec![page].try_into().expect("one fits"),
		}
		.into()
	}

	/// Who sells offers, and who buys bids.
	fn orders(&self, interval: Interval, backing: Backing, purpose: Purpose, wh: u64) -> Vec<(AccountId, RuntimeCall)> {
		let order = |household: &Household| {
			let (zone, time_in_force) = (VILLAGE, TimeInForce::TillGate);
			let call: RuntimeCall = if household.moves.export_wh > 0 {
				pallet_dex::Call::place_offer {
					interval,
					backing,
					zone,
					quantity_wh: wh,
					limit_price: ASKED,
					time_in_force,
				}
				.into()
			} else {
				pallet_dex::Call::place_bid {
					interval,
					purpose,
					zone,
					quantity_wh: wh,
					limit_price: BID,
					time_in_force,
				}
				.into()
			};
			(household.account.clone(), call)
		};
		self.households.iter().map(order).collect()
	}

	/// All invariants of our pallets.
	fn check(&mut self) {
		self.ext.execute_with(|| {
			Grid::do_try_state().expect("grid");
			DeviceRegistry::do_try_state().expect("device registry");
			Telemetry::do_try_state().expect("telemetry");
			EnergyAssets::do_try_state().expect("energy assets");
			Dex::do_try_state().expect("market");
			Vpp::do_try_state().expect("virtual power plant");
		});
	}

	/// Entries of the state and their bytes, without those of `System`, which keeps a fixed number of block hashes.
	fn size(&mut self) -> (usize, usize) {
		let system = sp_io::hashing::twox_128(b"System");
		self.ext.execute_with(|| {
			let (mut entries, mut bytes) = (0, 0);
			let mut at = Vec::new();
			while let Some(key) = sp_io::storage::next_key(&at) {
				if !key.starts_with(&system) {
					entries += 1;
					bytes += key.len() + unhashed::get_raw(&key).map_or(0, |value| value.len());
				}
				at = key;
			}
			(entries, bytes)
		})
	}
}

#[test]
fn state_should_not_grow_when_the_chain_has_traded_a_thousand_intervals() {
	let mut chain = Chain::new();
	let issuance = chain.ext.execute_with(Balances::total_issuance);
	let mut sizes = Vec::new();
	for passed in 1..=1_000 {
		chain.interval(START + passed);
		if passed % 100 == 0 {
			chain.check();
			sizes.push(chain.size());
		}
	}
	println!("entries and bytes after 100, 200 … 1,000 intervals: {sizes:?}");
	let (entries, bytes) = sizes[2];
	for (later_entries, later_bytes) in &sizes[3..] {
		assert!(*later_entries <= entries, "{sizes:?}");
		// Sums that only rise, such as residuals, take a byte more now and then.
		assert!(*later_bytes <= bytes + 64, "{sizes:?}");
	}
	chain.ext.execute_with(|| {
		let tally = pallet_energy_assets::Overall::<Runtime>::get();
		assert!(tally.issued > 190_000 && tally.consumed > 100_000, "{tally:?}");
		assert_eq!(Balances::total_issuance(), issuance);
	});
}
