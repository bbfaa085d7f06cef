//! What the clock brings: intervals that end, orders that are due, sensors and batteries that report.

use super::{Life, Purpose};
use crate::{
	chain::Call,
	simulate::{clock, site::Flexibility, vpp::report},
};
use gridtokenx_primitives::{message, Interval};
use tokio::sync::Notify;

/// Sensors report a frequency that has not changed so often, milliseconds. While it is off, they report it every few seconds.
const CALM_MS: u64 = 30_000;
const ALARM_MS: u64 = 6_000;

impl Life<'_> {
	/// Looks at the clock.
	pub(super) async fn tick(&mut self, bell: &Notify) -> anyhow::Result<()> {
		let running = clock::interval(self.scene.plan.interval_seconds);
		while self.meters.last() < running.saturating_sub(1) {
			let hearings = &self.hearings;
			self.meters
				.pass(self.scene.village, |place| &hearings[place].schedule)?;
			self.after(self.meters.last());
		}
		if running != self.status.interval {
			self.status.interval = running;
			// What was signed for the interval before may go out now.
			bell.notify_one();
		}
		self.order_ahead(running).await;
		self.report_frequency().await?;
		self.report_charges().await?;
		self.show(running);
		Ok(())
	}

	/// An interval has passed: batteries that ran in it report, and what is over is forgotten.
	fn after(&mut self, interval: Interval) {
		let seconds = self.scene.plan.interval_seconds;
		let time = clock::start_of(interval, seconds)..clock::start_of(interval + 1, seconds);
		for (place, hearing) in self.hearings.iter_mut().enumerate() {
			let ran = hearing.schedule.within(time.clone()).next().is_some();
			if ran && matches!(self.meters.flexibility(place), Flexibility::Battery(_)) {
				self.uncharged.push(place);
			}
			hearing.schedule.forget_before(time.end);
		}
	}

	/// Places the orders ahead of delivery for the last interval whose market is still open.
	async fn order_ahead(&mut self, running: Interval) {
		let interval = running + 2;
		if interval > self.ordered {
			self.ordered = interval;
			let orders = self.desk().forward(interval);
			self.place(orders).await;
		}
	}

	async fn report_frequency(&mut self) -> anyhow::Result<()> {
		let now = clock::now_ms();
		let frequency = self.scene.plan.scenario.frequency_mhz(now);
		let pause = if frequency == self.scene.plan.scenario.frequency_mhz(0) {
			CALM_MS
		} else {
			ALARM_MS
		};
		let is_due = self
			.reported
			.is_none_or(|(at, reported)| reported != frequency || at + pause <= now);
		if !is_due {
			return Ok(());
		}
		let genesis = self.client.genesis();
		let sensors = self.scene.village.sensors.iter().enumerate();
		let reports: Vec<_> = sensors
			.map(|(place, sensor)| {
				let device = (self.scene.placed.devices[&sensor.device.name], 0);
				report(&genesis, &sensor.device.key, device, place, frequency, now)
			})
			.collect();
		if self.reported.is_some_and(|(_, reported)| reported != frequency) {
			self.screen.line(&format!(
				"the grid's frequency is {}.{:03} Hz",
				frequency / 1_000,
				frequency % 1_000
			));
		}
		self.reported = Some((now, frequency));
		self.send(
			&Call::new("Vpp", "report_frequency", (reports,)),
			None,
			Purpose::Frequency,
		)
		.await;
		Ok(())
	}

	/// Batteries report what they hold: at the beginning, and after they ran.
	async fn report_charges(&mut self) -> anyhow::Result<()> {
		for place in std::mem::take(&mut self.uncharged) {
			let Flexibility::Battery(battery) = self.meters.flexibility(place) else {
				continue;
			};
			let stored_wh = battery.stored_wh();
			let (index, device) = self.behind(place)?;
			let charge = message::StateOfCharge {
				device: index,
				epoch: 0,
				unix_ms: clock::now_ms(),
				stored_wh,
				flags: 0,
			};
			let signature = device
				.key
				.sign(&message::state_of_charge(&self.client.genesis(), &charge));
			self.send(
				&Call::new("Vpp", "report_state_of_charge", (charge, signature)),
				Some(place),
				Purpose::Charge,
			)
			.await;
		}
		Ok(())
	}

	fn show(&mut self, running: Interval) {
		let (placed, refused) = self.sent.get(&Purpose::Order).copied().unwrap_or_default();
		let ends = clock::start_of(running + 1, self.scene.plan.interval_seconds);
		self.status.left_s = ends.saturating_sub(clock::now_ms() / 1_000);
		self.status.readings = self.ledger.readings;
		self.status.orders = (placed, refused);
		let paid = self
			.dispatches
			.iter()
			.filter(|(_, record)| record.paid.is_some())
			.count();
		self.status.dispatches = (self.dispatches.iter().count(), paid);
		self.status.deliveries = self.deliveries.borrow_and_update().clone();
		self.screen.status(&self.status);
	}
}
