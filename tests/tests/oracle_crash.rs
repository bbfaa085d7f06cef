//! The oracle is killed again and again while meters post their readings. What it has answered for reaches the chain, once.

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
use gridtokenx_runtime::RuntimeEvent;
use gridtokenx_tests::{
	calls::{batch_all, key, send_all},
	household::{attestation, registration, Site},
	node::{Node, FAST_INTERVAL},
	oracle::Oracle,
	progress::Progress,
	state::{account, begun, measured, until, State},
};
use pallet_telemetry::{energy::Standing, types::Energy, Books};
use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};
use serde_json::json;
use std::{collections::BTreeMap, time::Duration};
use tokio::time::sleep;

const METERS: DeviceId = 300;
/// Meters registered in one transaction.
const AT_ONCE: DeviceId = 50;
/// Readings in one request.
const REQUEST: usize = 20;
/// Intervals that are read; the first one gives the baselines.
const INTERVALS: usize = 3;
/// Requests of each interval during which the oracle is killed.
const KILLS: usize = 3;

const SITE: Site = Site {
	zone: 1,
	import_w: 17_250,
	export_w: 5_000,
	source: Source::Solar,
};
const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn acknowledged_readings_should_count_once_when_the_oracle_is_killed() {
	let progress = Progress::new("oracle crash");
	// Meters have an interval more for their readings than usual, so that a slow machine does not make them late.
	let node = Node::fast(|genesis| genesis["telemetry"]["grace"] = json!(2)).await;
	let client = node.client().await;
	let mut meters = Meters::connect(&client).await;
	progress.say(format_args!("{METERS} meters are registered and attested"));

	let seed = rand::random();
	let mut rng = StdRng::seed_from_u64(seed);
	let mut oracle = Oracle::new(&node).await;
	let first = State::best(&client).await.interval().await;
	for interval in (first..).take(INTERVALS) {
		begun(&client, interval + 1, 2 * FAST_INTERVAL).await;
		let readings = meters.read(interval, &mut rng);
		oracle = post_through_crashes(&node, oracle, readings, &mut rng).await;
		progress.say(format_args!(
			"all of interval {interval} are acknowledged, after {KILLS} crashes (seed {seed})"
		));
	}
	oracle.until_delivered(PATIENCE).await;
	let last = first + INTERVALS as u32 - 1;
	measured(&client, last, 4 * FAST_INTERVAL).await;
	progress.say("everything is measured");

	check_counted_once(&client, &meters).await;
	check_registers(&client, &meters, last).await;
	check_energy(&client, &meters).await;
}

/// Posts readings request by request. Some of the time the oracle is killed while it works on one, and started again; and once
/// more when it has answered for all and is carrying them to the chain. Only what it has not answered for is sent again.
async fn post_through_crashes(
	node: &Node,
	mut oracle: Oracle,
	mut readings: Vec<SignedReading>,
	rng: &mut StdRng,
) -> Oracle {
	readings.shuffle(rng);
	let requests = readings.len() / REQUEST;
	let crashes: Vec<usize> = rand::seq::index::sample(rng, requests, KILLS - 1).into_vec();
	for (number, request) in readings.chunks(REQUEST).enumerate() {
		let mut acknowledged = false;
		if crashes.contains(&number) {
			let moment = Duration::from_micros(rng.gen_range(0..20_000));
			(acknowledged, oracle) = crash(node, oracle, request, moment).await;
		}
		if !acknowledged {
			let answer = oracle.submit(request).await;
			assert_eq!((answer.accepted, answer.rejected), (request.len() as u64, vec![]));
		}
	}
	sleep(Duration::from_millis(rng.gen_range(0..6_000))).await;
	Oracle::start(node, oracle.kill()).await
}

/// Kills the oracle some time after a request was sent, and starts it again. Says whether it had answered.
async fn crash(node: &Node, oracle: Oracle, request: &[SignedReading], moment: Duration) -> (bool, Oracle) {
	let answer = tokio::time::timeout(moment, oracle.try_submit(request)).await;
	let folder = oracle.kill();
	let acknowledged = matches!(&answer, Ok(Some(verdict)) if verdict.accepted == request.len() as u64);
	(acknowledged, Oracle::start(node, folder).await)
}

/// Meters of one owner, indexed from 0.
struct Meters {
	keys: Vec<MeterKey>,
	genesis: GenesisHash,
	registers: Vec<Registers>,
	/// The meters' own registers at the end of each interval that was read.
	history: BTreeMap<Interval, Vec<Registers>>,
}

impl Meters {
	/// Registers and attests them all.
	async fn connect(client: &Client) -> Self {
		let meter_key = |device: DeviceId| {
			let mut seed = [1; 32];
			seed[..4].copy_from_slice(&device.to_be_bytes());
			// Every third one speaks P-256.
			match device % 3 {
				0 => MeterKey::p256(seed).expect("a scalar of the group"),
				_ => MeterKey::ed25519(seed),
			}
		};
		let keys: Vec<_> = (0..METERS).map(meter_key).collect();
		let (owner, registrar, genesis) = (key("//Ferdie"), key("//Registrar"), client.genesis());
		let state = State::best(client).await;
		let last_valid = state.interval().await + 20;
		let owner_account = account(&owner);
		let register = |key| registration(&genesis, &owner_account, key, &SITE, last_valid);
		let registrations: Vec<_> = keys.iter().map(register).collect();
		let registrations = registrations
			.chunks(AT_ONCE as usize)
			.map(|calls| batch_all(state.block(), calls));
		send_all(client, registrations, &owner).await;
		let count = async |state: &State| {
			let next: DeviceId = state.get("DeviceRegistry", "NextDevice", &[]).await.unwrap_or_default();
			(next == METERS).then_some(())
		};
		until(client, "all meters are registered", PATIENCE, count).await;

		let attestations: Vec<_> = (0..METERS).map(|device| attestation(device, &SITE)).collect();
		let attestations = attestations
			.chunks(AT_ONCE as usize)
			.map(|calls| batch_all(state.block(), calls));
		send_all(client, attestations, &registrar).await;
		let sites = async |state: &State| state.limits(&owner_account, SITE.zone).await.sites == METERS;
		until(client, "all meters are active", PATIENCE, async |state| {
			sites(state).await.then_some(())
		})
		.await;
		let registers = vec![
			Registers {
				import_wh: 1_000,
				export_wh: 500
			};
			METERS as usize
		];
		Meters {
			keys,
			genesis,
			registers,
			history: BTreeMap::new(),
		}
	}

	/// Some energy flows through each meter, and it signs its registers.
	fn read(&mut self, interval: Interval, rng: &mut StdRng) -> Vec<SignedReading> {
		for registers in &mut self.registers {
			registers.import_wh += rng.gen_range(0..=100);
			registers.export_wh += rng.gen_range(0..=40);
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
}

/// Every reading was accepted in one batch of a finalised block, and in no other; and the carrier has done nothing that it answers
/// for with its bond.
async fn check_counted_once(client: &Client, meters: &Meters) {
	let mut accepted: BTreeMap<(DeviceId, Interval), u32> = BTreeMap::new();
	let last = client.finalised().await.expect("a block").number();
	for number in 1..=last {
		let block = client.block_at(number).await.expect("a block of the chain");
		for reading in accepted_readings(block).await {
			*accepted.entry((reading.device, reading.interval)).or_default() += 1;
		}
	}
	let all = meters
		.history
		.keys()
		.flat_map(|interval| (0..METERS).map(|device| ((device, *interval), 1)));
	assert_eq!(accepted, all.collect());
}

/// The readings that counted in a block.
async fn accepted_readings(block: Block) -> Vec<Reading> {
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
			RuntimeEvent::Telemetry(pallet_telemetry::Event::ReadingsSubmitted { refused, .. }) => Some(refused),
			RuntimeEvent::Telemetry(slashed @ pallet_telemetry::Event::CarrierSlashed { .. }) => panic!("{slashed:?}"),
			_ => None,
		});
	let mut readings = Vec::new();
	for (pages, refused) in batches.into_iter().zip(events) {
		let of_page = |page: &Page| {
			page.readings
				.iter()
				.map(|reading| reading.reading(page.page))
				.collect::<Vec<_>>()
		};
		let batch = (0u16..).zip(pages.iter().flat_map(of_page));
		let counted = batch.filter(|(place, _)| refused.iter().all(|(other, _)| other != place));
		readings.extend(counted.map(|(_, reading)| reading));
	}
	readings
}

/// The chain knows the registers as the meters show them.
async fn check_registers(client: &Client, meters: &Meters, last: Interval) {
	let state = State::best(client).await;
	for page in 0..METERS.div_ceil(PAGE_SIZE) {
		let known = state.registers(page).await;
		for device in page * PAGE_SIZE..METERS.min((page + 1) * PAGE_SIZE) {
			let anchor = known
				.get((device % PAGE_SIZE) as u8)
				.and_then(|register| register.anchor)
				.expect("measured");
			assert_eq!(
				(anchor.interval, anchor.registers),
				(last, meters.registers[device as usize]),
				"{device}"
			);
		}
	}
}

/// The chain has booked what the meters counted, interval by interval and in sum.
async fn check_energy(client: &Client, meters: &Meters) {
	let state = State::best(client).await;
	let mut sum = Books::default();
	for (interval, device, energy) in meters.energy() {
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
