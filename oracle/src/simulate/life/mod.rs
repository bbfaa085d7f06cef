//! The village's life: an event loop between the clock and the finalised chain.

mod blocks;
mod hours;
mod plan;

pub use plan::Plan;

use super::{
	audit::{self, Credits, Money},
	clock,
	follow::{Chain, Seen},
	ledger::Ledger,
	market::{Desk, NewOrder, Trader},
	meters::Meters,
	post::{Deliveries, Postman},
	report::{Findings, Report},
	screen::{Screen, Status},
	sender::Sender,
	setup::{MarketRules, Placed, Roles},
	village::{DeviceSpec, Village},
	vpp::{Dispatches, Hearing},
};
use crate::chain::{Call, ChainError, Client};
use anyhow::{anyhow, Context};
use gridtokenx_primitives::{Balance, DeviceId, Interval};
use std::{
	collections::{BTreeMap, HashMap},
	future::Future,
	pin::pin,
	sync::Arc,
	time::Duration,
};
use tokio::{
	sync::{mpsc, watch, Notify},
	time::{self, MissedTickBehavior},
};

/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(250);
/// Finalised blocks that may wait to be looked at.
const BLOCKS: usize = 64;

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
	/// An order.
	Order,
	/// A report of the frequency.
	Frequency,
	/// A report of a battery's charge.
	Charge,
	/// An answer to a dispatch.
	Answer,
}

/// Where a village lives, and by which rules.
pub struct Scene<'a> {
	/// The village.
	pub village: &'a Village,
	/// Where it is on the chain.
	pub placed: &'a Placed,
	/// Who else plays a part.
	pub roles: &'a Roles,
	/// The market's rules.
	pub rules: &'a MarketRules,
	/// What is to happen when.
	pub plan: Plan,
	/// All the money there is, planck.
	pub issuance_at_start: Balance,
}

/// The village and everything that is known of it.
pub struct Life<'a> {
	client: Client,
	scene: Scene<'a>,
	meters: Meters,
	/// What the devices behind the meters were told, by the places of their households.
	hearings: Vec<Hearing>,
	/// The places of the households by the devices behind their meters.
	places: HashMap<DeviceId, usize>,
	dispatches: Dispatches,
	ledger: Ledger,
	sender: Sender<Purpose>,
	/// Faults that audits found on the way.
	findings: Findings,
	/// The last interval for which orders were placed ahead.
	ordered: Interval,
	/// The last report of the frequency: when, Unix milliseconds, and what, mHz.
	reported: Option<(u64, u32)>,
	/// Places of batteries whose charge is to be reported.
	uncharged: Vec<usize>,
	/// Calls that were sent, and that failed, by what they were for.
	sent: BTreeMap<Purpose, (u64, u64)>,
	deliveries: watch::Receiver<Deliveries>,
	status: Status,
	screen: Screen,
}

impl<'a> Life<'a> {
	/// A village that is about to live.
	pub async fn new(
		client: Client,
		scene: Scene<'a>,
		meters: Meters,
		deliveries: watch::Receiver<Deliveries>,
		screen: Screen,
	) -> Result<Self, ChainError> {
		let Scene {
			village,
			placed,
			ref plan,
			..
		} = scene;
		let households = || village.households.iter().enumerate();
		let behind = households()
			.filter_map(|(place, household)| Some((placed.devices[&household.behind.as_ref()?.name], place)));
		let batteries = households().filter(|(_, household)| household.has_battery());
		Ok(Life {
			sender: Sender::new(&client).await?,
			client,
			hearings: vec![Hearing::default(); village.households.len()],
			places: behind.collect(),
			dispatches: Dispatches::default(),
			ledger: Ledger::new(village.households.iter().map(|household| household.account.id)),
			ordered: clock::interval(plan.interval_seconds) + 1,
			reported: None,
			uncharged: batteries.map(|(place, _)| place).collect(),
			sent: BTreeMap::new(),
			findings: Findings::default(),
			status: Status::default(),
			scene,
			meters,
			deliveries,
			screen,
		})
	}

	/// Lives until the plan is done or `stop` completes. The report.
	pub async fn run(
		mut self,
		chain: Chain,
		postman: Postman,
		bell: Arc<Notify>,
		stop: impl Future<Output = ()> + Send,
	) -> anyhow::Result<Report> {
		let mut postman = tokio::spawn(postman.run());
		let (blocks, mut seen) = mpsc::channel(BLOCKS);
		let follower = tokio::spawn(follow(chain, blocks));
		let (mut stop, mut ticks) = (pin!(stop), time::interval(TICK));
		ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
		self.screen.head();
		while !self.is_done() {
			tokio::select! {
				block = seen.recv() => match block {
					Some(block) => self.block(&block).await?,
					None => {
						let lost = "the node is gone; run this again, and the village goes on where it stopped";
						return Err(follower.await?.context(lost));
					},
				},
				_ = ticks.tick() => self.tick(&bell).await?,
				failed = &mut postman => return Err(failed?.into()),
				() = &mut stop => break,
			}
		}
		follower.abort();
		postman.abort();
		self.conclude().await
	}

	/// Whether all that was planned has happened, or is not going to.
	fn is_done(&self) -> bool {
		let Some(deadline) = self.scene.plan.deadline else {
			return false;
		};
		let is_closed = |interval| self.ledger.get(interval).is_some_and(|account| account.is_closed);
		let all_closed = self.scene.plan.counted.clone().all(is_closed) && !self.dispatches.are_open();
		all_closed || clock::interval(self.scene.plan.interval_seconds) >= deadline
	}

	/// The last audit, and the report.
	async fn conclude(mut self) -> anyhow::Result<Report> {
		self.audit().await?;
		let last = self.scene.plan.deadline.map(|_| self.scene.plan.counted.end);
		let seen = self
			.ledger
			.iter()
			.last()
			.map_or(self.scene.plan.counted.start, |(interval, _)| interval + 1);
		let counted = self.scene.plan.counted.start..last.unwrap_or(seen);
		let meters = self.scene.village.households.len() as u32;
		let report = Report::new(
			&self.scene.village.grid.name,
			meters,
			counted,
			&self.ledger,
			&self.dispatches,
			&self.findings,
		);
		self.summarise(&report);
		self.screen.finish();
		Ok(report)
	}

	fn summarise(&self, report: &Report) {
		for row in &report.dispatches {
			self.screen.line(&format!(
				"dispatch {}: {} of {} devices accepted {} W, {} Wh delivered, {} planck paid",
				row.dispatch, row.acknowledged, row.devices, row.instructed_w, row.delivered_wh, row.paid
			));
		}
		let conserved = |yes| if yes { "conserved" } else { "NOT conserved" };
		let (energy, money) = (report.conservation.energy, report.conservation.money);
		self.screen.line(&format!(
			"energy is {}, money is {}",
			conserved(energy),
			conserved(money)
		));
	}

	/// Goes through all credits and all money of the latest finalised block.
	async fn audit(&mut self) -> anyhow::Result<()> {
		let head = self.client.finalised().await?;
		let credits = Credits::read(&head).await?;
		let money = Money::read(&head).await?;
		let mut exports = HashMap::new();
		for (interval, _) in credits.classes.keys().map(|(interval, ..)| (*interval, ())) {
			let counted = self.meters.counted(interval)?;
			if !counted.is_empty() {
				let zones = audit::exports_by_zone(self.scene.village, &self.scene.placed.zones, &counted);
				exports.extend(zones.into_iter().map(|(zone, wh)| ((interval, zone), wh)));
			}
		}
		self.status.credits_wh = credits.outstanding();
		let note = |known: &mut Vec<String>, faults: Vec<String>| {
			for fault in faults {
				tracing::error!(block = head.number(), %fault, "conservation");
				if !known.contains(&fault) {
					known.push(fault);
				}
			}
		};
		note(
			&mut self.findings.energy,
			credits.faults(|interval, zone| exports.get(&(interval, zone)).copied()),
		);
		note(&mut self.findings.money, money.faults(self.scene.issuance_at_start));
		Ok(())
	}

	/// Sends a call that the village can do without. A refusal is counted and told of.
	async fn send(&mut self, call: &Call, place: Option<usize>, purpose: Purpose) {
		let account = match place {
			Some(place) => &self.scene.village.households[place].account,
			None if purpose == Purpose::Order => &self.scene.roles.supplier,
			None => &self.scene.roles.vpp_operator,
		};
		let sent = self.sent.entry(purpose).or_default();
		sent.0 += 1;
		if let Err(error) = self.sender.send(call, account, purpose).await {
			sent.1 += 1;
			tracing::warn!(account = %account.uri, ?purpose, %error, "the node refused a call");
		}
	}

	async fn place(&mut self, orders: Vec<NewOrder>) {
		for NewOrder { trader, call } in orders {
			let place = match trader {
				Trader::Household(place) => Some(place),
				Trader::Supplier => None,
			};
			self.send(&call, place, Purpose::Order).await;
		}
	}

	fn desk(&self) -> Desk<'a> {
		Desk {
			village: self.scene.village,
			placed: self.scene.placed,
			beginning: self.meters.beginning(),
			rules: self.scene.rules,
			seed: self.scene.plan.seed,
			interval_seconds: self.scene.plan.interval_seconds,
		}
	}

	/// The device behind the meter at a place.
	fn behind(&self, place: usize) -> anyhow::Result<(DeviceId, &'a DeviceSpec)> {
		let device = self.scene.village.households[place]
			.behind
			.as_ref()
			.context("nothing stands behind this meter")?;
		let index = self
			.scene
			.placed
			.devices
			.get(&device.name)
			.ok_or_else(|| anyhow!("{} is not registered", device.name))?;
		Ok((*index, device))
	}
}

async fn follow(mut chain: Chain, blocks: mpsc::Sender<Seen>) -> anyhow::Error {
	loop {
		match chain.next().await {
			Ok(seen) => {
				if blocks.send(seen).await.is_err() {
					return anyhow!("nobody listens");
				}
			}
			Err(error) => return error.into(),
		}
	}
}
