//! What a person sees: where to look, a line for each interval, and a status line.

use super::{ledger::Account, post::Deliveries};
use gridtokenx_primitives::{units::GRX, Balance, Interval};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
	io::IsTerminal,
	time::{Duration, Instant},
};

/// Where there is no terminal, the status is told only so often.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// How far an interval has come, when its line is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
	/// Its credits are issued and its contracts delivered; what is left is traded now.
	Settled,
	/// Its credits are used up.
	Closed,
}

/// What the status line says.
#[derive(Clone, Debug, Default)]
pub struct Status {
	/// The last finalised block.
	pub block: u64,
	/// The running interval.
	pub interval: Interval,
	/// Seconds until it ends.
	pub left_s: u64,
	/// Readings that the chain has accepted.
	pub readings: u64,
	/// Credits in somebody's hands, Wh.
	pub credits_wh: u128,
	/// Dispatches that were announced, and those of them that are paid.
	pub dispatches: (usize, usize),
	/// Orders that were placed, and those of them that were refused.
	pub orders: (u64, u64),
	/// How the deliveries to the hub go.
	pub deliveries: Deliveries,
}

/// The screen.
pub struct Screen {
	bar: Option<ProgressBar>,
	told: Option<Instant>,
}

impl Screen {
	/// A screen; on a terminal its last line is the status.
	pub fn new() -> Self {
		let style = ProgressStyle::with_template("{spinner} {msg}").ok();
		let bar = style.filter(|_| std::io::stdout().is_terminal()).map(|style| {
			let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout()).with_style(style);
			bar.enable_steady_tick(Duration::from_millis(200));
			bar
		});
		Screen { bar, told: None }
	}

	/// A line that stays.
	pub fn line(&self, text: &str) {
		match &self.bar {
			Some(bar) => bar.suspend(|| println!("{text}")),
			None => println!("{text}"),
		}
	}

	/// The head of the table.
	pub fn head(&self) {
		self.line(&format!(
			"\n{:>10}  {:8}{:>10}{:>11}{:>11}{:>11}{:>11}{:>11}{:>15}{:>13}{:>11}",
			"interval",
			"stage",
			"readings",
			"import Wh",
			"export Wh",
			"issued",
			"traded",
			"GRX/kWh",
			"by zone",
			"paid GRX",
			"consumed"
		));
	}

	/// A line of the table.
	pub fn interval(&self, interval: Interval, stage: Stage, meters: usize, account: &Account) {
		let traded = account.traded();
		let price = traded.price_per_kwh().map_or("-".into(), |price| grx(price, 4));
		let shown = |wh: Option<u128>| wh.map_or("-".into(), |wh| wh.to_string());
		let stage = match stage {
			Stage::Settled => "settled",
			Stage::Closed => "closed",
		};
		self.line(&format!(
			"{interval:>10}  {stage:8}{:>10}{:>11}{:>11}{:>11}{:>11}{price:>11}{:>15}{:>13}{:>11}",
			format!("{}/{meters}", account.readings),
			account.import_wh,
			account.export_wh,
			shown(account.issued_wh),
			traded.wh,
			spread(account),
			grx(traded.paid, 6),
			shown(account.consumed_wh),
		));
	}

	/// The status line.
	pub fn status(&mut self, status: &Status) {
		let text = describe(status);
		match &self.bar {
			Some(bar) => bar.set_message(text),
			None if self.told.is_none_or(|told| told.elapsed() >= STATUS_EVERY) => {
				self.told = Some(Instant::now());
				println!("  {text}");
			}
			None => {}
		}
	}

	/// Nothing more is shown.
	pub fn finish(self) {
		if let Some(bar) = self.bar {
			bar.finish_and_clear();
		}
	}
}

fn describe(status: &Status) -> String {
	let mut text = format!(
		"block {} · interval {} ends in {} s · {} readings on the chain · {} orders, {} refused · {} Wh of credits · {} dispatches, {} \
		 paid",
		status.block,
		status.interval,
		status.left_s,
		status.readings,
		status.orders.0,
		status.orders.1,
		status.credits_wh,
		status.dispatches.0,
		status.dispatches.1,
	);
	for (reason, count) in &status.deliveries.rejected {
		text += &format!(" · hub refused {count}: {reason}");
	}
	if let Some(trouble) = &status.deliveries.trouble {
		text += &format!(" · {trouble}");
	}
	text
}

/// The lowest and the highest price of a zone ahead of delivery: one figure where they are the same.
fn spread(account: &Account) -> String {
	let prices = account
		.zone_prices
		.values()
		.filter_map(|price| price.forward.or(price.spot));
	let (low, high) = prices.fold((None::<Balance>, 0), |(low, high), price| {
		(Some(low.map_or(price, |low| low.min(price))), high.max(price))
	});
	match low.map(|low| (grx(low, 4), grx(high, 4))) {
		None => "-".into(),
		Some((low, high)) if low == high => low,
		Some((low, high)) => format!("{low}–{high}"),
	}
}

/// An amount of planck as GRX with so many decimals, rounded down.
fn grx(planck: Balance, decimals: u32) -> String {
	let unit = GRX / 10u128.pow(decimals.min(12));
	let (whole, fraction) = (planck / GRX, planck % GRX / unit);
	format!("{whole}.{fraction:0width$}", width = decimals as usize)
}

/// Where a browser shows the node's chain: polkadot.js apps.
pub fn apps_url(node: &str) -> String {
	let encoded: String = node
		.chars()
		.map(|letter| match letter {
			':' => "%3A".into(),
			'/' => "%2F".into(),
			other => other.to_string(),
		})
		.collect();
	format!("https://polkadot.js.org/apps/?rpc={encoded}")
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn address_of_the_apps_should_name_the_node() {
		assert_eq!(
			apps_url("ws://127.0.0.1:9944"),
			"https://polkadot.js.org/apps/?rpc=ws%3A%2F%2F127.0.0.1%3A9944"
		);
	}

	#[test]
	fn amounts_should_be_rounded_down() {
		assert_eq!(grx(154_999_999_999, 4), "0.1549");
		assert_eq!(grx(3 * GRX + 1, 6), "3.000000");
	}

	#[test]
	fn status_should_tell_of_trouble() {
		let deliveries = Deliveries {
			accepted: 5,
			rejected: [("stale".to_string(), 2)].into(),
			trouble: Some("the hub cannot be reached".into()),
		};
		let text = describe(&Status {
			block: 12,
			deliveries,
			..Default::default()
		});
		assert!(
			text.starts_with("block 12") && text.ends_with("hub refused 2: stale · the hub cannot be reached"),
			"{text}"
		);
	}
}
