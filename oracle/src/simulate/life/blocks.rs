//! What finalised blocks bring: measurements, settlements, fills, dispatches.

use super::{Life, Purpose};
use crate::{
	chain::{Block, Call},
	simulate::{
		audit, clock,
		follow::Seen,
		ledger::Measured,
		market,
		news::{self, News},
		screen::Stage,
		telemetry,
		vpp::Told,
	},
};
use gridtokenx_primitives::{Balance, Interval};
use std::collections::HashMap;

impl Life<'_> {
	/// Takes in a finalised block.
	pub(super) async fn block(&mut self, seen: &Seen) -> anyhow::Result<()> {
		self.status.block = seen.number;
		for outcome in self.sender.settle(seen).await? {
			if let Err(failure) = outcome.result {
				self.sent.entry(outcome.what).or_default().1 += 1;
				tracing::warn!(purpose = ?outcome.what, %failure, block = seen.number, "a call failed");
			}
		}
		let news = news::of(seen)?;
		let closed = news.iter().filter(|news| matches!(news, News::Closed(_))).count();
		for item in &news {
			match item {
				News::Readings { accepted } => self.ledger.readings += u64::from(*accepted),
				News::Measured(interval) => self.measured(&seen.block, *interval).await?,
				News::Settled(interval) => self.settled(&seen.block, *interval).await?,
				News::Closed(interval) => self.closed(seen, *interval, closed).await?,
				News::Cleared(round) => self.ledger.clear(round),
				News::Filled(fill) => self.ledger.fill(*fill),
				News::Dispatched { .. } => {}
				News::Acknowledged {
					dispatch,
					device,
					accepted,
				} => {
					self.dispatches.acknowledge(*dispatch, *device, *accepted);
				}
				News::Paid { dispatch, paid } => self.paid(&seen.block, *dispatch, *paid).await?,
			}
		}
		self.hear(&seen.block, &news).await
	}

	fn is_own(&self, interval: Interval) -> bool {
		interval >= self.meters.beginning().first_interval
	}

	async fn measured(&mut self, block: &Block, interval: Interval) -> anyhow::Result<()> {
		if !self.is_own(interval) {
			return Ok(());
		}
		let measured = telemetry::energies(block, interval, self.meters.devices()).await?;
		let counted = self.meters.counted(interval)?;
		let village = self.scene.village;
		self.ledger.measure(interval, &measured, &counted, |place| {
			village.households[place].account.id
		});
		Ok(())
	}

	/// The interval is settled: whoever has credits or import left over trades them.
	async fn settled(&mut self, block: &Block, interval: Interval) -> anyhow::Result<()> {
		if !self.is_own(interval) {
			return Ok(());
		}
		let issued = audit::issued(block, interval, &self.scene.placed.zones).await?;
		self.ledger.of(interval).issued_wh = Some(issued);
		self.tell(interval, Stage::Settled);
		let positions = market::positions(block, interval).await?;
		let orders = self.desk().spot(interval, &positions);
		self.place(orders).await;
		self.audit().await
	}

	/// Nothing is left of the interval. What of its credits covered import is what the closed intervals' count has grown by.
	async fn closed(&mut self, seen: &Seen, interval: Interval, closed_in_block: usize) -> anyhow::Result<()> {
		if !self.is_own(interval) {
			return Ok(());
		}
		if closed_in_block == 1 {
			let before = self.client.block_at(seen.number - 1).await?;
			let (before, now) = (audit::pruned(&before).await?, audit::pruned(&seen.block).await?);
			self.ledger.of(interval).consumed_wh = Some(now.consumed - before.consumed);
		}
		self.ledger.of(interval).is_closed = true;
		self.tell(interval, Stage::Closed);
		self.audit().await
	}

	fn tell(&self, interval: Interval, stage: Stage) {
		if let Some(account) = self.ledger.get(interval) {
			self.screen
				.interval(interval, stage, self.scene.village.households.len(), account);
		}
	}

	/// The devices hear what changed, obey, and answer.
	async fn hear(&mut self, block: &Block, news: &[News]) -> anyhow::Result<()> {
		let places = &self.places;
		let told = self
			.dispatches
			.read(block, news, self.scene.plan.interval_seconds, |device| {
				places.contains_key(&device)
			})
			.await?;
		let (genesis, now) = (self.client.genesis(), clock::now_ms() / 1_000);
		for Told { instruction, waits } in told {
			let Some(place) = self.places.get(&instruction.device).copied() else {
				continue;
			};
			let (_, device) = self.behind(place)?;
			tracing::debug!(device = %device.name, ?instruction, waits, "told");
			let flexibility = self.meters.flexibility(place);
			let answer = self.hearings[place].hear(&genesis, device, flexibility, &instruction, waits, now);
			if let Some(answer) = answer {
				self.send(&Call::new("Vpp", "acknowledge", answer), Some(place), Purpose::Answer)
					.await;
			}
		}
		Ok(())
	}

	/// A dispatch is paid: what the meters show of it, against the interval before it was announced.
	async fn paid(&mut self, block: &Block, dispatch: u64, paid: Balance) -> anyhow::Result<()> {
		let Some(record) = self.dispatches.pay(dispatch, paid).map(|record| record.clone()) else {
			return Ok(());
		};
		let mut nets = HashMap::new();
		let ran = record
			.runs
			.values()
			.flat_map(|run| run.intervals(self.scene.plan.interval_seconds));
		for interval in ran.chain([record.announced.saturating_sub(1)]) {
			if !nets.contains_key(&interval) {
				let energies = telemetry::energies(block, interval, self.meters.devices()).await?;
				nets.insert(
					interval,
					energies
						.iter()
						.map(|measured| (measured.place, net_wh(measured)))
						.collect(),
				);
			}
		}
		let net = |interval: Interval, place: usize| -> Option<i64> {
			nets.get(&interval)
				.and_then(|nets: &HashMap<usize, i64>| nets.get(&place).copied())
		};
		let mut delivered = 0;
		for (device, run) in &record.runs {
			let Some(place) = self.places.get(device).copied() else {
				continue;
			};
			let Some(before) = net(record.announced.saturating_sub(1), place) else {
				continue;
			};
			let responses = run
				.intervals(self.scene.plan.interval_seconds)
				.filter_map(|interval| net(interval, place));
			delivered += responses.map(|now| now - before).sum::<i64>();
		}
		if let Some(record) = self.dispatches.pay(dispatch, paid) {
			record.delivered_wh = Some(if record.is_upward { delivered } else { -delivered });
		}
		Ok(())
	}
}

fn net_wh(measured: &Measured) -> i64 {
	measured.energy.export_wh as i64 - measured.energy.import_wh as i64
}
