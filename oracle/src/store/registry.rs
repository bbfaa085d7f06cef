//! The registry's copy on disk, and which readings the chain has.

use super::{Store, StoreError};
use crate::{
	reading::SignedReading,
	registry::{AccountId, Chain, Snapshot},
};
use codec::{Decode, Encode};
use gridtokenx_primitives::{DeviceId, Interval, MeterPage};
use rusqlite::{params, OptionalExtension};

impl Store {
	/// Keeps the chain's facts and the pages that changed.
	pub fn save_registry(&self, chain: &Chain, pages: &[(u32, MeterPage<AccountId>)]) -> Result<(), StoreError> {
		let mut connection = self.writer();
		let transaction = connection.transaction()?;
		transaction.execute(
			"INSERT OR REPLACE INTO chain (id, scale) VALUES (0, ?)",
			[chain.encode()],
		)?;
		for (page, meters) in pages {
			transaction.execute(
				"INSERT OR REPLACE INTO meter_pages (page, scale) VALUES (?, ?)",
				params![page, meters.encode()],
			)?;
		}
		Ok(transaction.commit()?)
	}

	/// The registry as it was last kept; `None` before the first time.
	pub fn load_registry(&self) -> Result<Option<Snapshot>, StoreError> {
		let connection = self.reader();
		let chain = connection
			.query_row("SELECT scale FROM chain", [], |row| row.get::<_, Vec<u8>>(0))
			.optional()?;
		let Some(chain) = chain else { return Ok(None) };
		let chain = Chain::decode(&mut &*chain).map_err(|_| StoreError::Corrupt("record of the chain"))?;
		let mut snapshot = Snapshot::empty(chain);
		let mut pages = connection.prepare("SELECT page, scale FROM meter_pages")?;
		let mut rows = pages.query([])?;
		while let Some(row) = rows.next()? {
			let scale: Vec<u8> = row.get(1)?;
			let meters = MeterPage::decode(&mut &*scale).map_err(|_| StoreError::Corrupt("page of meters"))?;
			snapshot.set_page(row.get(0)?, meters);
		}
		Ok(Some(snapshot))
	}

	/// The latest interval of which the chain accepted a reading, for each device.
	pub fn last_readings(&self) -> Result<Vec<(DeviceId, Interval)>, StoreError> {
		let connection = self.reader();
		let mut select = connection.prepare("SELECT device, MAX(interval) FROM readings GROUP BY device")?;
		let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
		Ok(rows.collect::<Result<_, _>>()?)
	}

	/// For each reading, whether the chain has accepted the same.
	pub fn has<'a>(&self, readings: impl IntoIterator<Item = &'a SignedReading>) -> Result<Vec<bool>, StoreError> {
		let connection = self.reader();
		let mut select = connection.prepare_cached(
			"SELECT 1 FROM readings WHERE device = ? AND interval = ? AND epoch = ? AND import_wh = ? AND export_wh = ?",
		)?;
		let mut exists = |SignedReading { reading, .. }: &SignedReading| {
			let (import_wh, export_wh) = (reading.import_wh as i64, reading.export_wh as i64);
			select.exists(params![
				reading.device,
				reading.interval,
				reading.epoch,
				import_wh,
				export_wh
			])
		};
		Ok(readings.into_iter().map(&mut exists).collect::<Result<_, _>>()?)
	}
}
