//! A village of real signing meters, for demonstrations and end-to-end tests.
//!
//! The village is made from a [grid](grid)'s CSV files and [set up](setup) on a development chain by ordinary extrinsics. Then it lives
//! in the chain's time: its [meters](meters) count one row of the data per delivery interval, at the row's power, sign, and
//! [post](post) their readings to the hub; its households [trade](market); its batteries and loads follow the [virtual power
//! plant](vpp). What the [ledger](ledger), the [audit](audit) and the [report](report) say comes from finalised blocks alone, and
//! is compared with what the meters know.

mod audit;
mod clock;
mod follow;
mod grid;
mod ledger;
mod life;
mod market;
mod meters;
mod news;
mod post;
mod report;
mod screen;
mod sender;
mod setup;
mod site;
mod state;
mod telemetry;
mod village;
mod vpp;
mod wire;

use crate::chain::{Block, Client};
use anyhow::{bail, ensure, Context};
use clap::Args;
use follow::Chain;
use grid::Grid;
use gridtokenx_primitives::{units::GRX, Interval, Price};
use life::{Life, Plan, Scene};
use meters::Meters;
use post::Postman;
use screen::{apps_url, Screen};
use setup::{MarketRules, Placed, Roles, Setup};
use state::{Beginning, Identity, State};
use std::{
	future::Future,
	path::{Path, PathBuf},
	sync::Arc,
	time::Duration,
};
use tokio::sync::Notify;
use village::{Recipe, Village};

/// How far this machine's clock may be from the chain's.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(30);

/// How to run a village.
#[derive(Clone, Debug, Args)]
pub struct SimulateArgs {
	/// Websocket of a node of a development chain.
	#[arg(long, env = "GRIDTOKENX_NODE", default_value = "ws://127.0.0.1:9944")]
	pub node: String,
	/// Address of the hub that takes the readings.
	#[arg(long, default_value = "http://127.0.0.1:8420")]
	pub hub: String,
	/// Folder of the grid: meters.csv, lines.csv and intervals.csv.
	#[arg(long)]
	pub grid: PathBuf,
	/// Stop after so many intervals are settled and their credits used up; without it the village lives until it is stopped.
	#[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
	pub intervals: Option<u32>,
	/// File for a report in JSON.
	#[arg(long)]
	pub report: Option<PathBuf>,
	/// Row of intervals.csv with which the first interval is metered: late morning of the first day, when photovoltaics run.
	#[arg(long, default_value_t = 44)]
	pub start_row: u64,
	/// Chooses device keys, forecasts and prices.
	#[arg(long, default_value_t = 1)]
	pub seed: u64,
	/// Folder where the meters remember their registers; a folder of the grid's name among the temporary ones by default.
	#[arg(long)]
	pub state: Option<PathBuf>,
	/// One meter in so many signs with ECDSA on P-256, the others with Ed25519; 0: none.
	#[arg(long, default_value_t = 3)]
	pub sign_p256_every: u32,
	/// In which interval the grid's frequency falls, counted from 1; 0: in none.
	#[arg(long, default_value_t = 2)]
	pub dip: u32,
	/// What each line of the village charges for its use, thousandths of a GRX per kWh. With a charge on the way, nothing reaches
	/// the supplier, who pays the floor at the root of the grid and no more.
	#[arg(long, default_value_t = 0)]
	pub wheeling: u32,
}

/// Runs a village until it is done, or until `stop` completes.
pub async fn run(args: SimulateArgs, stop: impl Future<Output = ()> + Send) -> anyhow::Result<()> {
	let village = make_village(&args)?;
	let roles = Roles::new()?;
	let client = connect(&args).await?;
	let head = client.finalised().await?;
	let interval_seconds = interval_seconds(&head).await?;
	let issuance_at_start = audit::issuance(&head).await?;
	let mut chain = Chain::follow(&client).await?;
	check_clock(&mut chain).await?;

	println!("\nSetting the village up");
	let wheeling = Price::from(args.wheeling) * GRX / 1_000;
	let placed = Setup::run(&client, &mut chain, &village, &roles, interval_seconds, wheeling).await?;
	let rules = MarketRules::read(&client.finalised().await?).await?;
	let rules = rules.context("the chain has no market")?;

	let running = clock::interval(interval_seconds);
	let (meters, state) = open_meters(&args, &client, &village, &placed, running, interval_seconds).await?;
	let bell = Arc::new(Notify::new());
	let postman = Postman::new(&args.hub, state, bell.clone(), interval_seconds)?;
	let plan = Plan::new(&args, meters.beginning(), running, interval_seconds, rules.spot_window);
	println!("{}", plan.describe());
	let scene = Scene {
		village: &village,
		placed: &placed,
		roles: &roles,
		rules: &rules,
		plan,
		issuance_at_start,
	};
	let life = Life::new(client, scene, meters, postman.news(), Screen::new()).await?;
	let report = life.run(chain, postman, bell, stop).await?;
	if let Some(file) = &args.report {
		write(file, &report)?;
	}
	if args.intervals.is_some() && !report.is_good() {
		bail!("the village did not come through:\n  {}", report.problems.join("\n  "));
	}
	Ok(())
}

fn make_village(args: &SimulateArgs) -> anyhow::Result<Village> {
	let grid = Grid::read(&args.grid)?;
	let (meters, zones) = (grid.connections.len(), grid.zones.len());
	println!(
		"{}: {meters} meters, {zones} zones, {} rows of data",
		grid.name,
		grid.rows()
	);
	let recipe = Recipe {
		seed: args.seed,
		p256_every: args.sign_p256_every,
		start_row: args.start_row,
	};
	Ok(Village::new(grid, recipe)?)
}

async fn connect(args: &SimulateArgs) -> anyhow::Result<Client> {
	let client = Client::connect(&args.node)
		.await
		.with_context(|| format!("no node at {}", args.node))?;
	ensure!(
		client.is_development().await?,
		"{} is no development chain: the village uses keys that everyone knows, and is refused anywhere else",
		client.chain_name().await?
	);
	println!("chain: {}  {}", args.node, apps_url(&args.node));
	println!("hub:   {}", args.hub);
	Ok(client)
}

/// The meters and their memory.
async fn open_meters(
	args: &SimulateArgs,
	client: &Client,
	village: &Village,
	placed: &Placed,
	running: Interval,
	interval_seconds: u32,
) -> anyhow::Result<(Meters, Arc<State>)> {
	let identity = Identity {
		genesis: client.genesis(),
		first_block: client.block_at(1).await?.hash().0,
		grid: village.grid.name.clone(),
		seed: args.seed,
	};
	let folder = args.state.clone().unwrap_or_else(|| default_folder(&village.grid.name));
	let state = Arc::new(State::open(&folder, &identity)?);
	println!("\nThe meters remember in {}", folder.display());
	let devices = village
		.households
		.iter()
		.map(|household| placed.devices[&household.meter.name]);
	let fresh = Beginning {
		first_interval: running + 1,
		start_row: args.start_row,
	};
	let on_chain = telemetry::last_registers(&client.finalised().await?).await?;
	let meters = Meters::open(
		village,
		devices.collect(),
		state.clone(),
		&identity,
		fresh,
		&on_chain,
		interval_seconds,
	)?;
	Ok((meters, state))
}

/// Length of a delivery interval, seconds.
async fn interval_seconds(head: &Block) -> anyhow::Result<u32> {
	let seconds: Option<u32> = head.storage("Grid", "IntervalSeconds", &[]).await?;
	let seconds = seconds.filter(|seconds| *seconds > 0);
	seconds.context("the chain has no delivery intervals")
}

/// The meters go by this machine's clock, and the chain by its own: they have to agree.
async fn check_clock(chain: &mut Chain) -> anyhow::Result<()> {
	let block = chain.next().await?;
	let difference = Duration::from_millis(clock::now_ms().abs_diff(block.time_ms));
	ensure!(
		difference <= CLOCK_DIFFERENCE,
		"this machine's clock and the chain's are {} s apart (block {}): set the clock, or wait until the node has caught up",
		difference.as_secs(),
		block.number
	);
	Ok(())
}

fn default_folder(grid: &str) -> PathBuf {
	std::env::temp_dir().join("gridtokenx-simulate").join(grid)
}

fn write(file: &Path, report: &report::Report) -> anyhow::Result<()> {
	let json = serde_json::to_string_pretty(report)?;
	std::fs::write(file, json + "\n").with_context(|| format!("cannot write the report to {}", file.display()))?;
	println!("report: {}", file.display());
	Ok(())
}

/// The first of the intervals that are counted.
fn first_counted(beginning: Beginning, running: Interval) -> Interval {
	if beginning.first_interval > running {
		beginning.first_interval
	} else {
		// The village lived before: orders for the next intervals were placed by the run before this one, and are not known here.
		running + 3
	}
}
