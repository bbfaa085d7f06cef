//! The real program, killed at any moment: nothing that it acknowledged is lost, nothing is kept twice.
//!
//! No node runs: the oracle takes readings from what it last knew of the registry.

use gridtokenx_oracle::{
	buffer::Buffer,
	meter::MeterKey,
	reading::{SignedReading, WireReading},
	registry::Chain,
	run::store_file,
	store::Store,
};
use gridtokenx_primitives::{
	reading::{Quality, Reading},
	Meter, MeterPage, Source,
};
use std::{
	collections::{HashMap, HashSet},
	net::{SocketAddr, TcpListener},
	path::Path,
	process::{Child, Command, Stdio},
	sync::atomic::{AtomicU32, Ordering},
	time::Duration,
};

const GENESIS: [u8; 32] = [7; 32];
/// One page of meters, all with one key: the test is about what is kept, not about who signed it.
const METERS: u32 = 64;

fn key() -> MeterKey {
	MeterKey::ed25519([3; 32])
}

/// Leaves behind what a first run with a node would have: the registry.
fn prepare(folder: &Path) {
	let meter = Meter {
		key: key().public(),
		epoch: 0,
		active: true,
		connection_point: true,
		owner: [1; 32],
		zone: 0,
		source: Source::Solar,
		import_w: 10_000,
		export_w: 10_000,
		modulus_wh: 0,
	};
	let page = MeterPage::try_from(vec![Some(meter); METERS as usize]).expect("a page");
	let chain = Chain {
		genesis: GENESIS,
		interval_seconds: 60,
		development: true,
		measured_through: None,
		block: 1,
	};
	let store = Store::open(&store_file(folder)).expect("opens");
	store.save_registry(&chain, &[(0, page)]).expect("written");
}

/// All meters' readings of an interval.
fn readings(interval: u32) -> Vec<SignedReading> {
	let reading = |device| Reading {
		device,
		epoch: 0,
		interval,
		import_wh: u64::from(interval),
		export_wh: 0,
		quality: Quality(0),
		power_w: 0,
	};
	(0..METERS)
		.map(|device| key().sign_reading(&GENESIS, reading(device)))
		.collect()
}

struct Oracle {
	process: Child,
	address: SocketAddr,
}

impl Oracle {
	async fn start(folder: &Path) -> Self {
		let port = TcpListener::bind("127.0.0.1:0").expect("a port");
		let address = port.local_addr().expect("bound");
		drop(port);
		let process = Command::new(env!("CARGO_BIN_EXE_gridtokenx-oracle"))
			.args(["run", "--node", "ws://127.0.0.1:1", "--dev-carrier", "//Carrier"])
			.args(["--listen", &address.to_string(), "--data"])
			.arg(folder)
			.env("RUST_LOG", "error")
			.stdin(Stdio::null())
			.spawn()
			.expect("starts");
		let oracle = Oracle { process, address };
		for _ in 0..500 {
			if reqwest::get(oracle.url("/healthz")).await.is_ok() {
				return oracle;
			}
			tokio::time::sleep(Duration::from_millis(10)).await;
		}
		panic!("the oracle does not answer");
	}

	fn url(&self, path: &str) -> String {
		format!("http://{}{path}", self.address)
	}

	/// SIGKILL: no chance to tidy up.
	fn kill(mut self) {
		self.process.kill().expect("killed");
		self.process.wait().expect("gone");
	}

	/// SIGTERM: whether it ended in order.
	fn stop(mut self) -> bool {
		let sent = Command::new("kill")
			.arg(self.process.id().to_string())
			.status()
			.expect("kill runs");
		sent.success() && self.process.wait().expect("gone").success()
	}
}

/// Whether the hub acknowledged all of them.
async fn submit(client: &reqwest::Client, url: &str, readings: &[SignedReading]) -> bool {
	let wire: Vec<_> = readings.iter().map(WireReading::from).collect();
	let Ok(response) = client.post(url).json(&wire).send().await else {
		return false;
	};
	let Ok(answer) = response.json::<serde_json::Value>().await else {
		return false;
	};
	assert_eq!(answer["rejected"], serde_json::json!([]), "{answer}");
	answer["accepted"] == readings.len()
}

/// How often the buffer has each reading, by device and interval.
fn kept(folder: &Path) -> HashMap<(u32, u32), usize> {
	let buffer = Buffer::open(&folder.join("buffer"), 10_000_000).expect("opens");
	let mut sent: HashMap<u32, Vec<SignedReading>> = HashMap::new();
	let mut found = HashMap::new();
	for (_, signed) in buffer.read(0, usize::MAX).expect("read") {
		let (device, interval) = (signed.reading.device, signed.reading.interval);
		let of_interval = sent.entry(interval).or_insert_with(|| readings(interval));
		assert_eq!(of_interval[device as usize], signed, "nobody sent this");
		*found.entry((device, interval)).or_default() += 1;
	}
	found
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_readings_should_be_kept_once_when_the_oracle_is_killed_in_mid_batch() {
	const ROUNDS: u64 = 20;
	let folder = tempfile::tempdir().expect("a folder");
	prepare(folder.path());
	let next = AtomicU32::new(1);
	let mut acknowledged = HashSet::new();
	// What was sent and not acknowledged, a meter sends again.
	let mut unanswered: Vec<u32> = Vec::new();
	for round in 0..ROUNDS {
		let oracle = Oracle::start(folder.path()).await;
		let url = oracle.url("/v1/readings");
		let again = std::mem::take(&mut unanswered);
		let senders = (0..4).map(|sender| {
			let (client, url, next) = (reqwest::Client::new(), &url, &next);
			let again: Vec<u32> = again.iter().copied().skip(sender).step_by(4).collect();
			async move {
				let mut done = Vec::new();
				let mut intervals = again.into_iter();
				loop {
					let interval = intervals.next().unwrap_or_else(|| next.fetch_add(1, Ordering::Relaxed));
					if !submit(&client, url, &readings(interval)).await {
						return (done, intervals.chain([interval]).collect::<Vec<_>>());
					}
					done.push(interval);
				}
			}
		});
		let killer = async {
			tokio::time::sleep(Duration::from_millis(30 + 17 * round)).await;
			oracle.kill();
		};
		let (sent, ()) = futures::join!(futures::future::join_all(senders), killer);
		for (done, open) in sent {
			acknowledged.extend(done);
			unanswered.extend(open);
		}
	}

	let found = kept(folder.path());
	assert!(
		acknowledged.len() > ROUNDS as usize,
		"the test sent too little: {}",
		acknowledged.len()
	);
	for interval in acknowledged {
		for device in 0..METERS {
			assert_eq!(
				found.get(&(device, interval)),
				Some(&1),
				"device {device}, interval {interval}"
			);
		}
	}
	assert!(found.values().all(|count| *count == 1), "a reading is there twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn oracle_should_end_in_order_and_keep_everything_when_it_is_asked_to_stop() {
	let folder = tempfile::tempdir().expect("a folder");
	prepare(folder.path());
	let oracle = Oracle::start(folder.path()).await;
	assert!(submit(&reqwest::Client::new(), &oracle.url("/v1/readings"), &readings(1)).await);
	assert!(oracle.stop());
	assert_eq!(kept(folder.path()).len(), METERS as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn oracle_should_take_nothing_when_it_never_saw_a_chain() {
	let folder = tempfile::tempdir().expect("a folder");
	let oracle = Oracle::start(folder.path()).await;
	let wire: Vec<_> = readings(1).iter().map(WireReading::from).collect();
	let client = reqwest::Client::new();
	let answer = client
		.post(oracle.url("/v1/readings"))
		.json(&wire)
		.send()
		.await
		.expect("an answer");
	assert_eq!(answer.status(), 503);
	assert!(answer.headers().contains_key("retry-after"));
	assert!(oracle.stop());
}
