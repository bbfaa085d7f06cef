//! The oracle is killed again and again while meters post their readings. What it has answered for reaches the chain, once.

use gridtokenx_oracle::reading::SignedReading;
use gridtokenx_primitives::DeviceId;
use gridtokenx_tests::{
	meters::Meters,
	node::{Node, FAST_INTERVAL},
	oracle::Oracle,
	progress::Progress,
	state::{begun, measured, State},
};
use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

const METERS: DeviceId = 300;
/// Readings in one request.
const REQUEST: usize = 20;
/// Intervals that are read; the first one gives the baselines.
const INTERVALS: usize = 3;
/// Requests of each interval during which the oracle is killed.
const KILLS: usize = 3;

const PATIENCE: Duration = Duration::from_secs(90);

#[tokio::test]
async fn acknowledged_readings_should_count_once_when_the_oracle_is_killed() {
	let progress = Progress::new("oracle crash");
	// Meters have an interval more for their readings than usual, so that a slow machine does not make them late.
	let node = Node::fast(|genesis| genesis["telemetry"]["grace"] = json!(2)).await;
	let client = node.client().await;
	let mut meters = Meters::connect(&client, METERS).await;
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

	meters.check_counted_once(&client).await;
	meters.check_registers(&client, last).await;
	meters.check_energy(&client).await;
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
