//! Writing finalised blocks.

use super::{Store, StoreError};
use crate::{
	facts::{Dispatch, Fact, Fill, FinalisedBlock},
	reading::SignedReading,
	registry::{AccountId, Chain, Snapshot},
};
use gridtokenx_primitives::{
	reading::{Reading, NO_POWER},
	units::payment,
	Balance, Interval, Meter, Wh,
};
use rusqlite::{params, CachedStatement, OptionalExtension, Transaction};

/// A dispatch is entered in no more than so many intervals; the chain allows 32.
const MAX_DISPATCH: Interval = 96;

impl Store {
	/// Writes a block, unless it is there already: `false` then. `registry` says which meters count for billing.
	pub fn apply(&self, block: &FinalisedBlock, registry: &Snapshot) -> Result<bool, StoreError> {
		let mut connection = self.writer();
		let transaction = connection.transaction()?;
		if !insert_block(&transaction, block)? {
			return Ok(false);
		}
		for batch in &block.batches {
			for signed in batch.accepted() {
				let meter = registry.meter(signed.reading.device);
				insert_reading(&transaction, signed, meter, block.number, batch.extrinsic)?;
			}
		}
		for (event, fact) in &block.facts {
			insert_fact(&transaction, fact, &registry.chain, (block.number, *event))?;
		}
		transaction.commit()?;
		Ok(true)
	}

	/// Number and hash of the last block that was written.
	pub fn last_block(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
		let connection = self.reader();
		let last = "SELECT number, hash FROM blocks ORDER BY number DESC LIMIT 1";
		Ok(connection
			.query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))
			.optional()?)
	}
}

fn insert_block(transaction: &Transaction, block: &FinalisedBlock) -> Result<bool, StoreError> {
	let accepted: usize = block.batches.iter().map(|batch| batch.accepted().count()).sum();
	let refused: usize = block.batches.iter().map(|batch| batch.refused()).sum();
	let rows = transaction.execute(
		"INSERT OR IGNORE INTO blocks (number, hash, time_ms, accepted, refused) VALUES (?, ?, ?, ?, ?)",
		params![block.number, block.hash, block.time_ms, accepted, refused],
	)?;
	Ok(rows == 1)
}

fn insert_reading(
	transaction: &Transaction,
	SignedReading { reading, .. }: &SignedReading,
	meter: Option<&Meter<AccountId>>,
	block: u64,
	extrinsic: u32,
) -> Result<(), StoreError> {
	let mut insert = transaction.prepare_cached(
		"INSERT OR IGNORE INTO readings (device, interval, epoch, import_wh, export_wh, quality, power_w, block, extrinsic)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	)?;
	let new = insert.execute(params![
		reading.device,
		reading.interval,
		reading.epoch,
		reading.import_wh as i64,
		reading.export_wh as i64,
		reading.quality.0,
		(reading.power_w != NO_POWER).then_some(reading.power_w),
		block,
		extrinsic,
	])?;
	if new == 0 {
		return Ok(());
	}
	touch(transaction, reading.interval, block)?.execute(
		"UPDATE intervals SET readings = readings + 1 WHERE interval = ?",
		[reading.interval],
	)?;
	if let Some(meter) = meter.filter(|meter| meter.connection_point) {
		add_energy(transaction, reading, meter.modulus_wh, block)?;
	}
	Ok(())
}

/// Adds the energy between a new reading and its neighbours, one interval before and one after. Each pair of neighbours is added
/// once: when the later of the two is written.
fn add_energy(transaction: &Transaction, reading: &Reading, modulus: Wh, block: u64) -> Result<(), StoreError> {
	let neighbour = |interval: Option<Interval>| {
		interval
			.map(|interval| find(transaction, reading, interval))
			.transpose()
	};
	let before = neighbour(reading.interval.checked_sub(1))?.flatten();
	let after = neighbour(reading.interval.checked_add(1))?.flatten();
	let pairs = [
		before.map(|before| (before, *reading)),
		after.map(|after| (*reading, after)),
	];
	for (from, to) in pairs.into_iter().flatten() {
		if !from.quality.is_billable() || !to.quality.is_billable() {
			continue;
		}
		let import_wh = advance(from.import_wh, to.import_wh, modulus);
		let export_wh = advance(from.export_wh, to.export_wh, modulus);
		touch(transaction, to.interval, block)?.execute(
			"UPDATE intervals SET meters = meters + 1, import_wh = import_wh + ?, export_wh = export_wh + ? WHERE interval = ?",
			params![import_wh as i64, export_wh as i64, to.interval],
		)?;
	}
	Ok(())
}

/// How far a register has advanced, where it rolls over at `modulus` (0 stands for 2^64).
pub(super) const fn advance(from: Wh, to: Wh, modulus: Wh) -> Wh {
	if to >= from || modulus == 0 {
		to.wrapping_sub(from)
	} else {
		to.wrapping_add(modulus.wrapping_sub(from))
	}
}

/// The reading of the same device and epoch in another interval.
fn find(transaction: &Transaction, of: &Reading, interval: Interval) -> Result<Option<Reading>, StoreError> {
	let mut select = transaction.prepare_cached(
		"SELECT import_wh, export_wh, quality FROM readings WHERE device = ? AND interval = ? AND epoch = ?",
	)?;
	let row = select.query_row(params![of.device, interval, of.epoch], |row| {
		let quality = gridtokenx_primitives::Quality(row.get(2)?);
		let (import_wh, export_wh) = (row.get::<_, i64>(0)? as Wh, row.get::<_, i64>(1)? as Wh);
		Ok(Reading {
			interval,
			import_wh,
			export_wh,
			quality,
			..*of
		})
	});
	Ok(row.optional()?)
}

/// Makes sure that an interval has its line, and that the line names the block.
fn touch<'a>(transaction: &'a Transaction, interval: Interval, block: u64) -> Result<&'a Transaction<'a>, StoreError> {
	let mut upsert: CachedStatement = transaction.prepare_cached(
		"INSERT INTO intervals (interval, block) VALUES (?1, ?2)
		ON CONFLICT (interval) DO UPDATE SET block = MAX(block, ?2)",
	)?;
	upsert.execute(params![interval, block])?;
	Ok(transaction)
}

/// The block and the event that say something.
type Place = (u64, u32);

fn insert_fact(transaction: &Transaction, fact: &Fact, chain: &Chain, place: Place) -> Result<(), StoreError> {
	match fact {
		Fact::Interval(interval, stage) => {
			touch(transaction, *interval, place.0)?.execute(
				"UPDATE intervals SET stage = MAX(stage, ?) WHERE interval = ?",
				params![*stage as u8, interval],
			)?;
			Ok(())
		}
		Fact::Fill(fill) => insert_fill(transaction, fill, place),
		Fact::Dispatch(change) => insert_dispatch(transaction, change, chain, place),
	}
}

fn insert_fill(transaction: &Transaction, fill: &Fill, (block, event): Place) -> Result<(), StoreError> {
	transaction.execute(
		"INSERT INTO fills (block, event, interval, buyer, seller, wh, buyer_price, seller_price)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		params![
			block,
			event,
			fill.interval,
			fill.buyer,
			fill.seller,
			fill.wh as i64,
			fill.buyer_price.to_string(),
			fill.seller_price.to_string(),
		],
	)?;
	touch(transaction, fill.interval, block)?;
	let paid: String = transaction.query_row(
		"SELECT paid FROM intervals WHERE interval = ?",
		[fill.interval],
		|row| row.get(0),
	)?;
	let paid: Balance = paid.parse().map_err(|_| StoreError::Corrupt("sum of payments"))?;
	transaction.execute(
		"UPDATE intervals SET fills = fills + 1, traded_wh = traded_wh + ?, paid = ? WHERE interval = ?",
		params![
			fill.wh as i64,
			paid.saturating_add(payment(fill.buyer_price, fill.wh)).to_string(),
			fill.interval,
		],
	)?;
	Ok(())
}

fn insert_dispatch(
	transaction: &Transaction,
	change: &Dispatch,
	chain: &Chain,
	(block, event): Place,
) -> Result<(), StoreError> {
	transaction.execute(
		"INSERT INTO dispatches (block, event, dispatch, state) VALUES (?, ?, ?, ?)",
		params![block, event, change.dispatch as i64, change.state],
	)?;
	let Some((start, end)) = change.period else {
		return Ok(());
	};
	let (first, last) = (
		chain.interval_at(start),
		chain.interval_at(end.saturating_sub(1).max(start)),
	);
	for interval in first..=last.min(first.saturating_add(MAX_DISPATCH)) {
		touch(transaction, interval, block)?.execute(
			"UPDATE intervals SET dispatches = dispatches + 1 WHERE interval = ?",
			[interval],
		)?;
	}
	Ok(())
}
