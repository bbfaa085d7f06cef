//! Validators that pull readings from a hub and carry them by themselves, beside an oracle service that carries as well.
//!
//! The meters post everything to a hub without a carrier. The oracle service has the first page at once, as usual. The second page
//! it gets late: just when the validators, too, see that nobody has brought it. The rest it never gets. Whoever brings a reading, it
//! counts once, in time, and the hub forgets it.

use gridtokenx_oracle::reading::SignedReading;
use gridtokenx_primitives::{DeviceId, Interval, PAGE_SIZE};
use gridtokenx_tests::{
	calls::key,
	meters::Meters,
	node::{validator_folder, Node},
	oracle::Oracle,
	process::{program, run},
	progress::Progress,
	state::{account, begun, measured, State},
};
use rand::{rngs::StdRng, SeedableRng};
use serde_json::{json, Value};
use std::{
	collections::BTreeSet,
	path::{Path, PathBuf},
	time::Duration,
};

/// Four pages.
const METERS: DeviceId = 200;
const INTERVAL: Duration = Duration::from_secs(20);
/// Intervals between an interval's end and its measuring. Validators begin after one of them, and have three.
const GRACE: Interval = 4;
const PATIENCE: Duration = Duration::from_secs(120);

/// The validators, each with the key of a carrier of its own.
const VALIDATORS: [(&str, &str); 2] = [("alice", "//Alice//carrier"), ("bob", "//Bob//carrier")];
/// The oracle service's carrier.
const SERVICE: &str = "//Carrier";

#[tokio::test]
async fn readings_should_count_once_when_validators_pull_them_beside_an_oracle() {
	let progress = Progress::new("off-chain workers");
	let folder = tempfile::tempdir().expect("a folder");
	let spec = write_spec(folder.path());
	let watcher = Node::start(
		"watcher",
		tempfile::tempdir().expect("a folder"),
		&["--chain", path(&spec)],
	)
	.await;
	let (hub, service) = tokio::join!(Oracle::without_carrier(&watcher), Oracle::new(&watcher));
	let bootnode = watcher.address().await;
	let [alice, bob] = VALIDATORS.map(|validator| start_validator(&spec, &bootnode, hub.url(), validator));
	let _validators = tokio::join!(alice, bob);
	let client = watcher.client().await;
	let mut meters = Meters::connect(&client, METERS).await;
	progress.say(format_args!(
		"two validators, a hub, an oracle and {METERS} meters are up"
	));

	let mut rng = StdRng::seed_from_u64(7);
	let first = State::best(&client).await.interval().await;
	begun(&client, first + 1, 2 * INTERVAL).await;
	let baselines = meters.read(first, &mut rng);
	post(&hub, &baselines).await;
	post(&service, of_page(&baselines, 0)).await;
	begun(&client, first + 2, 2 * INTERVAL).await;
	let readings = meters.read(first + 1, &mut rng);
	post(&hub, &readings).await;
	post(&service, of_page(&readings, 0)).await;
	post(&service, of_page(&baselines, 1)).await;
	progress.say("the oracle has carried its part, and the validators see what is left");

	begun(&client, first + 3, 2 * INTERVAL).await;
	tokio::join!(hub.until_delivered(PATIENCE), service.until_delivered(PATIENCE));
	let (_, stats) = hub.get("/v1/stats").await;
	assert_eq!(
		(&stats["dead_letters"], &stats["submitted"]),
		(&json!(0), &json!(0)),
		"{stats}"
	);
	progress.say("the hub has nothing left");

	measured(&client, first + 1, 6 * INTERVAL).await;
	let carriers = meters.check_counted_once(&client).await;
	meters.check_registers(&client, first + 1).await;
	meters.check_energy(&client).await;

	let service = account(&key(SERVICE));
	let workers = BTreeSet::from(VALIDATORS.map(|(_, uri)| account(&key(uri))));
	let carried = |page, interval| BTreeSet::from_iter(carriers[&(page, interval)].iter().cloned());
	assert_eq!(carried(0, first), BTreeSet::from([service.clone()]));
	assert_eq!(carried(0, first + 1), BTreeSet::from([service.clone()]));
	let by_workers: BTreeSet<_> = (1..4).flat_map(|page| carried(page, first + 1)).collect();
	assert_eq!(
		by_workers, workers,
		"both validators have brought what the oracle had not"
	);
	let contested = carried(1, first);
	assert!(contested
		.iter()
		.all(|carrier| *carrier == service || workers.contains(carrier)));
	progress.say("everything counted once; both validators have carried");
}

fn path(path: &Path) -> &str {
	path.to_str().expect("a temporary folder's name is UTF-8")
}

fn of_page(readings: &[SignedReading], page: u32) -> &[SignedReading] {
	let (from, to) = (page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
	&readings[from as usize..to as usize]
}

async fn post(oracle: &Oracle, readings: &[SignedReading]) {
	let answer = oracle.submit(readings).await;
	assert_eq!((answer.accepted, answer.rejected), (readings.len() as u64, vec![]));
}

/// The local test network with two validators, short intervals, and a carrier for each validator.
fn write_spec(folder: &Path) -> PathBuf {
	let preset = run(program("gridtokenx-node").args(["export-chain-spec", "--chain", "local"]));
	let mut spec: Value = serde_json::from_str(&preset).expect("a chain spec is JSON");
	let genesis = &mut spec["genesis"]["runtimeGenesis"]["patch"];
	genesis["grid"]["intervalSeconds"] = json!(INTERVAL.as_secs());
	genesis["telemetry"]["grace"] = json!(GRACE);
	let validators = genesis["session"]["keys"].as_array_mut().expect("a list");
	validators.truncate(VALIDATORS.len());
	let carriers = genesis["telemetry"]["carriers"].as_array_mut().expect("a list");
	let template = carriers.first().expect("the service's carrier").clone();
	for (_, uri) in VALIDATORS {
		let mut carrier = template.clone();
		carrier[0] = json!(account(&key(uri)));
		carriers.push(carrier);
	}
	let file = folder.join("two-validators.json");
	std::fs::write(&file, spec.to_string()).expect("a file can be written");
	file
}

/// A validator as the handbook has it: the carrier's key is inserted, and the node is started with the hub's address.
async fn start_validator(spec: &Path, bootnode: &str, hub: &str, (name, carrier): (&str, &str)) -> Node {
	let folder = validator_folder(path(spec));
	let mut insert = program("gridtokenx-node");
	insert.args([
		"key",
		"insert",
		"--chain",
		path(spec),
		"--key-type",
		"carr",
		"--scheme",
		"sr25519",
	]);
	insert.args(["--suri", carrier, "--base-path"]);
	run(insert.arg(folder.path().join("node")));
	let flag = format!("--{name}");
	let args = ["--chain", path(spec), &flag, "--bootnodes", bootnode, "--hub-url", hub];
	Node::start(name, folder, &args).await
}
