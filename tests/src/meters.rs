//! Many meters of one owner, and what has to become of their readings: each counts once, and the chain books what they counted.

use crate::{
	calls::{batch_all, key, send_all},
	household::{attestation, registration, Site},
	state::{account, until, State},
};
use codec::Decode;
use gridtokenx_oracle::{
	chain::{Block, Client},
	meter::MeterKey,
	reading::SignedReading,
};
use gridtokenx_primitives::{
	device::Registers,
	reading::{Page, Quality, Reading, NO_POWER},
	DeviceId, GenesisHash, Interval, Source, PAGE_SIZE,
};
use gridtokenx_runtime::{AccountId, RuntimeEvent};
use pallet_telemetry::{energy::Standing, types::Energy, Books};
use rand::{rngs::StdRng, Rng};
use std::{collections::BTreeMap, time::Duration};

/// Meters registered in one transaction.
const AT_ONCE: usize = 50;
const SITE: Site = Site {
	zone: 1,
	import_w: 17_250,
	export_w: 5_000,
	source: Source::Solar,
};
const PATIENCE: Duration = Duration::from_secs(90);

/// The only meters of a chain, indexed from 0.
pub struct Meters {
	keys: Vec<MeterKey>,
	genesis: GenesisHash,
	registers: Vec<Registers>,
	/// The meters' own registers at the end of each interval that was read.
	history: BTreeMap<Interval, Vec<Registers>>,
}

impl Meters {
	/// Registers and attests so many.
	pub async fn connect(client: &Client, count: DeviceId) -> Self {
		let keys: Vec<_> = (0..count).map(meter_key).collect();
		let (owner, registrar, genesis) = (key("//Ferdie"), key("//Registrar"), client.genesis());
		let state = State::best(client).await;
		let last_valid = state.interval().await + 20;
		let owner_account = account(&owner);
		let register = |key| registration(&genesis, &owner_account, key, &SITE, last_valid);
		let registrations: Vec<_> = keys.iter().map(register).collect();
		let registrations = registrations
			.chunks(AT_ONCE)
			.map(|calls| batch_all(state.block(), calls));
		send_all(client, registrations, &owner).await;
		let registered = async |state: &State| {
			let next: DeviceId = state.get("DeviceRegistry", "NextDevice", &[]).await.unwrap_or_default();
			(next == count).then_some(())
		};
		until(client, "all meters are registered", PATIENCE, registered).await;

		let attestations: Vec<_> = (0..count).map(|device| attestation(device, &SITE)).collect();
		let attestations = attestations
			.chunks(AT_ONCE)
			.map(|calls| batch_all(state.block(), calls));
		send_all(client, attestations, &registrar).await;
		let active = async |state: &State| {
			let sites = state.limits(&owner_account, SITE.zone).await.sites;
			(sites == count).then_some(())
		};
		until(client, "all meters are active", PATIENCE, active).await;
		let registers = Registers {
			import_wh: 1_000,
			export_wh: 500,
		};
		Meters {
			keys,
			genesis,
			registers: vec![registers; count as usize],
			history: BTreeMap::new(),
		}
	}

	/// How many there are.
	pub fn count(&self) -> DeviceId {
		self.keys.len() as DeviceId
	}

	/// Some energy flows through each meter, and it signs its registers.
	pub fn read(&mut self, interval: Interval, rng: &mut StdRng) -> Vec<SignedReading> {
		for registers in &mut self.registers {
			registers.import_wh += rng.gen_range(0..=100);
			registers.export_wh += rng.gen_range(0..=20);
		}
		self.history.insert(interval, self.registers.clone());
		let sign = |((device, key), Registers { import_wh, export_wh }): ((u32, &MeterKey), &Registers)| {
			let reading = Reading {
				device,
				epoch: 0,
				interval,
				import_wh: *import_wh,
				export_wh: *export_wh,
				quality: Quality::default(),
				power_w: NO_POWER,
			};
			key.sign_reading(&self.genesis, reading)
		};
		(0..).zip(&self.keys).zip(&self.registers).map(sign).collect()
	}

	/// What each meter counted from each interval's end to the next one's.
	fn energy(&self) -> impl Iterator<Item = (Interval, DeviceId, Energy)> + '_ {
		let pairs = self.history.values().zip(self.history.iter().skip(1));
		pairs.flat_map(|(before, (interval, after))| {
			(0..).zip(before.iter().zip(after)).map(|(device, (before, after))| {
				let energy = Energy {
					import_wh: after.import_wh - before.import_wh,
					export_wh: after.export_wh - before.export_wh,
					standing: Standing::Exact,
				};
				(*interval, device, energy)
			})
		})
	}

	/// Every reading was accepted in one batch of a finalised block, and in no other; and no carrier has done anything that it
	/// answers for with its bond. Says who carried them, page by page and interval by interval.
	pub async fn check_counted_once(&self, client: &Client) -> BTreeMap<(u32, Interval), Vec<AccountId>> {
		let mut accepted: BTreeMap<(DeviceId, Interval), u32> = BTreeMap::new();
		let mut carriers: BTreeMap<(u32, Interval), Vec<AccountId>> = BTreeMap::new();
		let last = client.finalised().await.expect("a block").number();
		for number in 1..=last {
			let block = client.block_at(number).await.expect("a block of the chain");
			for (carrier, reading) in accepted_readings(block).await {
				*accepted.entry((reading.device, reading.interval)).or_default() += 1;
				let carriers = carriers.entry((reading.page(), reading.interval)).or_default();
				if !carriers.contains(&carrier) {
					carriers.push(carrier);
				}
			}
		}
		let all = self
			.history
			.keys()
			.flat_map(|interval| (0..self.count()).map(|device| ((device, *interval), 1)));
		assert_eq!(accepted, all.collect());
		carriers
	}

	/// The chain knows the registers as the meters show them, as of the end of `last`.
	pub async fn check_registers(&self, client: &Client, last: Interval) {
		let state = State::best(client).await;
		for page in 0..self.count().div_ceil(PAGE_SIZE) {
			let known = state.registers(page).await;
			for device in page * PAGE_SIZE..self.count().min((page + 1) * PAGE_SIZE) {
				let anchor = known
					.get((device % PAGE_SIZE) as u8)
					.and_then(|register| register.anchor)
					.expect("measured");
				assert_eq!(
					(anchor.interval, anchor.registers),
					(last, self.registers[device as usize]),
					"{device}"
				);
			}
		}
	}

	/// The chain has booked what the meters counted, interval by interval and in sum.
	pub async fn check_energy(&self, client: &Client) {
		let state = State::best(client).await;
		let mut sum = Books::default();
		for (interval, device, energy) in self.energy() {
			assert_eq!(
				state.energy(device, interval).await,
				Some(energy),
				"device {device} in {interval}"
			);
			sum.allocated.import_wh += u128::from(energy.import_wh);
			sum.allocated.export_wh += u128::from(energy.export_wh);
		}
		let totals: Books = state.get("Telemetry", "Totals", &[]).await.expect("has a default");
		assert_eq!(totals, sum);
	}
}

fn meter_key(device: DeviceId) -> MeterKey {
	let mut seed = [1; 32];
	seed[..4].copy_from_slice(&device.to_be_bytes());
	// Every third one speaks P-256.
	match device % 3 {
		0 => MeterKey::p256(seed).expect("a scalar of the group"),
		_ => MeterKey::ed25519(seed),
	}
}

/// The readings that counted in a block, and who carried them.
async fn accepted_readings(block: Block) -> Vec<(AccountId, Reading)> {
	let mut batches = Vec::new();
	for extrinsic in block.extrinsics().await.expect("extrinsics") {
		if (&*extrinsic.pallet, &*extrinsic.call) == ("Telemetry", "submit_readings") {
			batches.push(Vec::<Page>::decode(&mut &*extrinsic.arguments).expect("pages"));
		}
	}
	let events = State::of(block)
		.events()
		.await
		.into_iter()
		.filter_map(|event| match event {
			RuntimeEvent::Telemetry(pallet_telemetry::Event::ReadingsSubmitted { carrier, refused, .. }) => {
				Some((carrier, refused))
			}
			RuntimeEvent::Telemetry(slashed @ pallet_telemetry::Event::CarrierSlashed { .. }) => panic!("{slashed:?}"),
			_ => None,
		});
	let mut readings = Vec::new();
	for (pages, (carrier, refused)) in batches.into_iter().zip(events) {
		let of_page = |page: &Page| {
			page.readings
				.iter()
				.map(|reading| reading.reading(page.page))
				.collect::<Vec<_>>()
		};
		let batch = (0u16..).zip(pages.iter().flat_map(of_page));
		let counted = batch.filter(|(place, _)| refused.iter().all(|(other, _)| other != place));
		readings.extend(counted.map(|(_, reading)| (carrier.clone(), reading)));
	}
	readings
}
