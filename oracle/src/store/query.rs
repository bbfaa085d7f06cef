//! Answers for the API.

use super::{ingest::advance, Store, StoreError};
use crate::facts::Stage;
use gridtokenx_primitives::{Balance, DeviceId, Epoch, Interval, Price, Wh};
use rusqlite::{params, Row};
use serde::Serialize;

/// A reading of a device, and the energy since the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeriesPoint {
	/// The interval at whose end the registers stood so.
	pub interval: Interval,
	/// Epoch of the key it was signed with.
	pub epoch: Epoch,
	/// Import register, Wh.
	pub import_register_wh: Wh,
	/// Export register, Wh.
	pub export_register_wh: Wh,
	/// The interval of the reading before, of the same epoch; null for the first. Where it is not the interval before this one, the
	/// energy is that of the whole gap.
	pub since: Option<Interval>,
	/// Energy imported since then, Wh.
	pub import_wh: Option<Wh>,
	/// Energy exported since then, Wh.
	pub export_wh: Option<Wh>,
	/// Quality bits.
	pub quality: u8,
	/// Power at the end of the interval, W, positive = export.
	pub power_w: Option<i32>,
	/// The finalised block that holds it.
	pub block: u64,
}

/// An interval in sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalRow {
	/// The interval.
	pub interval: Interval,
	/// The last finalised block that added to it.
	pub block: u64,
	/// Readings accepted.
	pub readings: u64,
	/// Meters in the sums of energy.
	pub meters: u64,
	/// Imported, Wh.
	pub import_wh: Wh,
	/// Exported, Wh.
	pub export_wh: Wh,
	/// Trades.
	pub fills: u64,
	/// Energy traded, Wh.
	pub traded_wh: Wh,
	/// Mean price that buyers paid, planck per kWh; none without trades.
	pub price: Option<Price>,
	/// Dispatches announced for it.
	pub dispatches: u64,
	/// How far it has come.
	pub stage: Stage,
}

impl Store {
	/// The readings of a device between two intervals, both included, at most `max`, oldest first. `modulus` is where its registers
	/// roll over.
	pub fn series(
		&self,
		device: DeviceId,
		from: Interval,
		to: Interval,
		max: usize,
		modulus: Wh,
	) -> Result<Vec<SeriesPoint>, StoreError> {
		let connection = self.reader();
		// One more than asked for, in front: what the first one's energy is counted from.
		let mut select = connection.prepare_cached(
			"SELECT interval, epoch, import_wh, export_wh, quality, power_w, block FROM readings
			WHERE device = ?1 AND interval <= ?3 AND interval >= COALESCE(
				(SELECT MAX(interval) FROM readings WHERE device = ?1 AND interval < ?2), 0)
			ORDER BY interval, epoch LIMIT ?4",
		)?;
		let rows = select.query_map(params![device, from, to, max.saturating_add(1)], point)?;
		let mut points: Vec<SeriesPoint> = rows.collect::<Result<_, _>>()?;
		for index in (1..points.len()).rev() {
			let (before, after) = points.split_at_mut(index);
			if let (Some(before), Some(point)) = (before.last(), after.first_mut()) {
				point.count_from(before, modulus);
			}
		}
		points.retain(|point| point.interval >= from);
		points.truncate(max);
		Ok(points)
	}

	/// The latest intervals, newest first.
	pub fn intervals(&self, max: usize) -> Result<Vec<IntervalRow>, StoreError> {
		let connection = self.reader();
		let mut select = connection.prepare_cached(
			"SELECT interval, block, readings, meters, import_wh, export_wh, fills, traded_wh, paid, dispatches, stage
			FROM intervals ORDER BY interval DESC LIMIT ?",
		)?;
		let rows = select.query_and_then([max], interval_row)?;
		rows.collect()
	}
}

impl SeriesPoint {
	fn count_from(&mut self, before: &SeriesPoint, modulus: Wh) {
		if before.epoch == self.epoch {
			self.since = Some(before.interval);
			self.import_wh = Some(advance(before.import_register_wh, self.import_register_wh, modulus));
			self.export_wh = Some(advance(before.export_register_wh, self.export_register_wh, modulus));
		}
	}
}

fn point(row: &Row) -> rusqlite::Result<SeriesPoint> {
	Ok(SeriesPoint {
		interval: row.get(0)?,
		epoch: row.get(1)?,
		import_register_wh: row.get::<_, i64>(2)? as Wh,
		export_register_wh: row.get::<_, i64>(3)? as Wh,
		since: None,
		import_wh: None,
		export_wh: None,
		quality: row.get(4)?,
		power_w: row.get(5)?,
		block: row.get(6)?,
	})
}

fn interval_row(row: &Row) -> Result<IntervalRow, StoreError> {
	let traded_wh = row.get::<_, i64>(7)? as Wh;
	let paid: Balance = row
		.get::<_, String>(8)?
		.parse()
		.map_err(|_| StoreError::Corrupt("sum of payments"))?;
	Ok(IntervalRow {
		interval: row.get(0)?,
		block: row.get(1)?,
		readings: row.get(2)?,
		meters: row.get(3)?,
		import_wh: row.get::<_, i64>(4)? as Wh,
		export_wh: row.get::<_, i64>(5)? as Wh,
		fills: row.get(6)?,
		traded_wh,
		price: paid.saturating_mul(1000).checked_div(traded_wh.into()),
		dispatches: row.get(9)?,
		stage: match row.get::<_, u8>(10)? {
			0 => Stage::Open,
			1 => Stage::Measured,
			2 => Stage::Settled,
			_ => Stage::Closed,
		},
	})
}
