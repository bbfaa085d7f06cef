//! The report of a run, and whether it was a good one.

use super::{
	ledger::{Ledger, ZonePrice},
	vpp::Dispatches,
};
use gridtokenx_primitives::{Balance, Interval, Price, Wh, ZoneId};
use serde::Serialize;

/// What a run came to. Energies in Wh, money in planck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
	/// The grid's name.
	pub grid: String,
	/// The intervals that were asked for.
	pub intervals: Vec<IntervalRow>,
	/// Whether nothing appeared or vanished.
	pub conservation: Conservation,
	/// The dispatches of the virtual power plant.
	pub dispatches: Vec<DispatchRow>,
	/// What went wrong; empty if nothing did.
	pub problems: Vec<String>,
}

/// One interval, as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IntervalRow {
	/// The interval.
	pub interval: Interval,
	/// Meters of the village.
	pub meters: u32,
	/// Those that the chain measured exactly.
	pub readings: u32,
	/// Imported.
	pub import_wh: Wh,
	/// Exported.
	pub export_wh: Wh,
	/// Credits issued.
	pub issued_wh: u128,
	/// Energy that changed hands.
	pub traded_wh: Wh,
	/// Mean price, planck per kWh; null where nothing was traded.
	pub price_per_kwh: Option<Price>,
	/// What the buyers paid.
	pub paid: Balance,
	/// Credits that covered import.
	pub consumed_wh: u128,
	/// What a kWh was worth in each zone that traded; where a line was full, prices part.
	pub zone_prices: Vec<ZoneRow>,
}

/// What a kWh was worth in one zone, planck, without the market's fee; null where a phase traded nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneRow {
	/// The zone.
	pub zone: ZoneId,
	/// Ahead of delivery.
	pub forward_per_kwh: Option<Price>,
	/// After settlement.
	pub spot_per_kwh: Option<Price>,
}

/// Whether what is conserved is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Conservation {
	/// Every watt-hour issued is held, consumed, retired or expired, and was exported.
	pub energy: bool,
	/// Every planck belongs to somebody, and there are as many as at the start.
	pub money: bool,
}

/// One dispatch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DispatchRow {
	/// Its number.
	pub dispatch: u64,
	/// Devices of the village that were instructed.
	pub devices: usize,
	/// The most that they were told, together, W.
	pub instructed_w: u64,
	/// Devices that accepted.
	pub acknowledged: usize,
	/// The response at the meters.
	pub delivered_wh: i64,
	/// What was paid for it.
	pub paid: Balance,
}

/// What the audits found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
	/// Faults in the energy.
	pub energy: Vec<String>,
	/// Faults in the money.
	pub money: Vec<String>,
}

impl Report {
	/// The report on these intervals.
	pub fn new(
		grid: &str,
		meters: u32,
		intervals: impl IntoIterator<Item = Interval>,
		ledger: &Ledger,
		dispatches: &Dispatches,
		findings: &Findings,
	) -> Self {
		let intervals: Vec<IntervalRow> = intervals
			.into_iter()
			.map(|interval| row(interval, meters, ledger))
			.collect();
		let mut problems = Vec::new();
		for row in &intervals {
			let account = ledger.get(row.interval);
			if !account.is_some_and(|account| account.is_closed) {
				problems.push(format!("interval {} did not come to its end", row.interval));
			} else if row.readings < meters {
				problems.push(format!(
					"interval {}: {} of {meters} meters were settled",
					row.interval, row.readings
				));
			}
			if let Some(mismatches) = account
				.map(|account| account.mismatches)
				.filter(|mismatches| *mismatches > 0)
			{
				problems.push(format!(
					"interval {}: the chain disagrees with {mismatches} meters",
					row.interval
				));
			}
		}
		if intervals.iter().all(|row| row.traded_wh == 0) {
			problems.push("nothing was traded".into());
		}
		problems.extend(findings.energy.iter().map(|fault| format!("energy: {fault}")));
		problems.extend(findings.money.iter().map(|fault| format!("money: {fault}")));
		let dispatches = dispatches.iter().map(|(dispatch, record)| DispatchRow {
			dispatch,
			devices: record.runs.len(),
			instructed_w: record.runs.values().map(|run| u64::from(run.power_w)).sum(),
			acknowledged: record.accepted.len(),
			delivered_wh: record.delivered_wh.unwrap_or(0),
			paid: record.paid.unwrap_or(0),
		});
		Report {
			grid: grid.into(),
			intervals,
			conservation: Conservation {
				energy: findings.energy.is_empty(),
				money: findings.money.is_empty(),
			},
			dispatches: dispatches.collect(),
			problems,
		}
	}

	/// Whether every meter was settled in every interval, something was traded, and nothing appeared or vanished.
	pub fn is_good(&self) -> bool {
		self.problems.is_empty()
	}
}

fn row(interval: Interval, meters: u32, ledger: &Ledger) -> IntervalRow {
	let account = ledger.get(interval).cloned().unwrap_or_default();
	let traded = account.traded();
	IntervalRow {
		interval,
		meters,
		readings: account.readings,
		import_wh: account.import_wh,
		export_wh: account.export_wh,
		issued_wh: account.issued_wh.unwrap_or(0),
		traded_wh: traded.wh,
		price_per_kwh: traded.price_per_kwh(),
		paid: traded.paid,
		consumed_wh: account.consumed_wh.unwrap_or(0),
		zone_prices: account.zone_prices.iter().map(zone_row).collect(),
	}
}

fn zone_row((zone, price): (&ZoneId, &ZonePrice)) -> ZoneRow {
	ZoneRow {
		zone: *zone,
		forward_per_kwh: price.forward,
		spot_per_kwh: price.spot,
	}
}

#[cfg(test)]
mod tests {
	use super::{super::ledger::Measured, super::news::Cleared, super::news::Filled, super::state::Metered, *};

	fn ledger() -> Ledger {
		let mut ledger = Ledger::new([[1; 32]]);
		for interval in [7, 8] {
			let energy = Metered {
				import_wh: 5,
				export_wh: 40,
			};
			let measured: Vec<_> = (0..2)
				.map(|place| Measured {
					place,
					energy,
					is_exact: true,
				})
				.collect();
			ledger.measure(interval, &measured, &[energy, energy], |_| [1; 32]);
			let account = ledger.of(interval);
			(account.issued_wh, account.consumed_wh, account.is_closed) = (Some(80), Some(10), true);
		}
		ledger.clear(&Cleared {
			interval: 8,
			is_forward: true,
			prices: vec![(3, 90_000)],
		});
		ledger.fill(Filled {
			interval: 8,
			is_forward: true,
			seller: [1; 32],
			buyer: [2; 32],
			wh: 30,
			buyer_price: 100_000,
		});
		ledger
	}

	fn report(ledger: &Ledger, meters: u32, findings: &Findings) -> Report {
		Report::new("g", meters, 7..9, ledger, &Dispatches::default(), findings)
	}

	#[test]
	fn report_should_be_good_when_all_is_settled_traded_and_conserved() {
		let report = report(&ledger(), 2, &Findings::default());
		assert!(report.is_good(), "{:?}", report.problems);
		let row = IntervalRow {
			interval: 8,
			meters: 2,
			readings: 2,
			import_wh: 10,
			export_wh: 80,
			issued_wh: 80,
			traded_wh: 30,
			price_per_kwh: Some(100_000),
			paid: 3_000,
			consumed_wh: 10,
			zone_prices: vec![ZoneRow {
				zone: 3,
				forward_per_kwh: Some(90_000),
				spot_per_kwh: None,
			}],
		};
		assert_eq!(report.intervals[1], row);
		assert_eq!(report.intervals[0].price_per_kwh, None);
	}

	#[test]
	fn report_should_name_what_is_missing() {
		let problems = |report: Report| {
			assert!(!report.is_good());
			report.problems.join("; ")
		};
		assert!(problems(report(&ledger(), 3, &Findings::default())).contains("interval 7: 2 of 3 meters were settled"));
		let mut open = ledger();
		open.of(8).is_closed = false;
		assert!(problems(report(&open, 2, &Findings::default())).contains("interval 8 did not come to its end"));
		let mut wrong = ledger();
		wrong.of(7).mismatches = 1;
		assert!(
			problems(report(&wrong, 2, &Findings::default())).contains("interval 7: the chain disagrees with 1 meters")
		);
		let idle = Report::new("g", 2, [7], &ledger(), &Dispatches::default(), &Findings::default());
		assert!(problems(idle).contains("nothing was traded"));
		let findings = Findings {
			energy: vec!["lost".into()],
			money: vec![],
		};
		let lossy = report(&ledger(), 2, &findings);
		assert_eq!(
			lossy.conservation,
			Conservation {
				energy: false,
				money: true
			}
		);
		assert!(problems(lossy).contains("energy: lost"));
	}

	#[test]
	fn report_should_be_written_with_the_names_that_readers_know() {
		let json = serde_json::to_value(report(&ledger(), 2, &Findings::default())).expect("JSON");
		assert_eq!(json["grid"], "g");
		assert_eq!(json["intervals"][1]["price_per_kwh"], 100_000);
		assert_eq!(json["intervals"][1]["traded_wh"], 30);
		assert_eq!(
			json["conservation"],
			serde_json::json!({ "energy": true, "money": true })
		);
		assert_eq!(json["dispatches"], serde_json::json!([]));
	}
}
