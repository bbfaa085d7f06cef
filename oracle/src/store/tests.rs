use super::*;
use crate::{
	facts::{Batch, Dispatch, Fact, Fill, FinalisedBlock, Stage},
	reading::SignedReading,
	registry::Snapshot,
	testing::{snapshot, unsigned},
};
use rusqlite::types::Value;

fn store() -> (tempfile::TempDir, Store) {
	let folder = tempfile::tempdir().expect("a folder");
	let store = Store::open(&folder.path().join("store.sqlite")).expect("opens");
	(folder, store)
}

fn block(number: u64, readings: Vec<SignedReading>, refused: &[(u16, &str)], facts: Vec<Fact>) -> FinalisedBlock {
	let outcome = Ok(refused
		.iter()
		.map(|(place, reason)| (*place, reason.to_string()))
		.collect());
	FinalisedBlock {
		number,
		hash: [number as u8; 32],
		time_ms: number * 3_000,
		batches: vec![Batch {
			extrinsic: 1,
			hash: [0; 32],
			readings,
			outcome,
		}],
		facts: (2..).zip(facts).collect(),
	}
}

fn fill(interval: u32, wh: u64, buyer_price: u128) -> Fact {
	let (buyer, seller) = ([1; 32], [2; 32]);
	Fact::Fill(Fill {
		interval,
		buyer,
		seller,
		wh,
		buyer_price,
		seller_price: buyer_price - 1,
	})
}

/// Every row of every table, as the database has it.
fn dump(store: &Store) -> Vec<(String, Vec<Value>)> {
	let connection = store.reader();
	let tables = ["blocks", "readings", "intervals", "fills", "dispatches"];
	let mut rows = Vec::new();
	for table in tables {
		let mut select = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
		let columns = select.column_count();
		let found = select
			.query_map([], |row| {
				(0..columns)
					.map(|column| row.get(column))
					.collect::<Result<Vec<Value>, _>>()
			})
			.expect("rows");
		rows.extend(found.map(|row| (table.to_string(), row.expect("a row"))));
	}
	rows
}

/// Three blocks with a bit of everything.
fn history() -> Vec<FinalisedBlock> {
	let interval = |interval, devices: std::ops::Range<u32>| devices.map(|device| unsigned(device, interval)).collect();
	// From the middle of interval 6 to the end of interval 7.
	let period = Some((6 * 60 + 30, 8 * 60));
	let dispatch = Fact::Dispatch(Dispatch {
		dispatch: u64::MAX,
		state: "announced".into(),
		period,
	});
	vec![
		block(1, interval(5, 0..3), &[], vec![fill(7, 1_000, 200)]),
		block(
			2,
			interval(6, 0..3),
			&[(1, "stale")],
			vec![fill(7, 3_000, 400), dispatch],
		),
		block(
			3,
			vec![],
			&[],
			vec![Fact::Interval(5, Stage::Measured), Fact::Interval(5, Stage::Settled)],
		),
	]
}

fn apply(store: &Store, blocks: &[FinalisedBlock], registry: &Snapshot) -> Vec<bool> {
	blocks
		.iter()
		.map(|block| store.apply(block, registry).expect("written"))
		.collect()
}

#[test]
fn blocks_should_change_nothing_when_they_are_written_again() {
	let (_folder, store) = store();
	let registry = snapshot(3);
	assert_eq!(apply(&store, &history(), &registry), [true; 3]);
	let once = dump(&store);
	assert_eq!(once.len(), 3 + 5 + 3 + 2 + 1);
	assert_eq!(apply(&store, &history(), &registry), [false; 3]);
	assert_eq!(dump(&store), once);
	assert_eq!(store.last_block().expect("read"), Some((3, [3; 32])));
}

#[test]
fn store_should_keep_what_it_has_when_it_is_opened_again() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("store.sqlite");
	apply(&Store::open(&file).expect("opens"), &history(), &snapshot(3));
	let store = Store::open(&file).expect("opens");
	assert_eq!(dump(&store).len(), 14);
	assert_eq!(apply(&store, &history(), &snapshot(3)), [false; 3]);
}

#[test]
fn store_should_refuse_a_database_of_a_newer_version() {
	let folder = tempfile::tempdir().expect("a folder");
	let file = folder.path().join("store.sqlite");
	let store = Store::open(&file).expect("opens");
	store.writer().pragma_update(None, "user_version", 99).expect("set");
	drop(store);
	assert!(matches!(
		Store::open(&file),
		Err(StoreError::Newer { found: 99, known: 1 })
	));
}

#[test]
fn intervals_should_add_up_readings_energy_and_trades() {
	let (_folder, store) = store();
	apply(&store, &history(), &snapshot(3));
	let rows = store.intervals(10).expect("read");
	let intervals: Vec<_> = rows
		.iter()
		.map(|row| (row.interval, row.block, row.readings, row.stage))
		.collect();
	assert_eq!(
		intervals,
		[
			(7, 2, 0, Stage::Open),
			(6, 2, 2, Stage::Open),
			(5, 3, 3, Stage::Settled)
		]
	);
	// Two meters were read at the ends of both 5 and 6; a reading moves 10 Wh in and 3 Wh out an interval.
	assert_eq!((rows[1].meters, rows[1].import_wh, rows[1].export_wh), (2, 20, 6));
	assert_eq!((rows[2].meters, rows[2].import_wh), (0, 0));
	// 1 kWh at 200 and 3 kWh at 400: the mean is 350.
	assert_eq!((rows[0].fills, rows[0].traded_wh, rows[0].price), (2, 4_000, Some(350)));
	assert_eq!(rows[1].price, None);
	assert_eq!(rows.iter().map(|row| row.dispatches).collect::<Vec<_>>(), [1, 1, 0]);
}

#[test]
fn energy_should_be_the_same_whatever_the_order_of_the_readings() {
	let orders = [[5, 6, 7], [7, 6, 5], [5, 7, 6]];
	let sums = orders.map(|order| {
		let (_folder, store) = store();
		for (number, interval) in (1..).zip(order) {
			apply(
				&store,
				&[block(number, vec![unsigned(0, interval)], &[], vec![])],
				&snapshot(1),
			);
		}
		let rows = store.intervals(9).expect("read");
		rows.iter()
			.map(|row| (row.interval, row.meters, row.import_wh, row.export_wh))
			.collect::<Vec<_>>()
	});
	assert_eq!(sums[0], [(7, 1, 10, 3), (6, 1, 10, 3), (5, 0, 0, 0)]);
	assert!(sums.iter().all(|sum| *sum == sums[0]));
}

#[test]
fn energy_should_leave_out_meters_that_do_not_bill() {
	let (_folder, store) = store();
	let mut tampered = unsigned(1, 6);
	tampered.reading.quality.0 = gridtokenx_primitives::Quality::TAMPER;
	// Device 2 is not in the registry, as if it stood behind a connection point.
	let before = [0, 1, 2].map(|device| unsigned(device, 5)).to_vec();
	let after = vec![unsigned(0, 6), tampered, unsigned(2, 6)];
	apply(
		&store,
		&[block(1, before, &[], vec![]), block(2, after, &[], vec![])],
		&snapshot(2),
	);
	let row = &store.intervals(1).expect("read")[0];
	assert_eq!((row.readings, row.meters, row.import_wh), (3, 1, 10));
}

#[test]
fn series_should_count_energy_since_the_reading_before_even_if_it_is_out_of_range() {
	let (_folder, store) = store();
	let readings = [5, 6, 9].map(|interval| unsigned(0, interval)).to_vec();
	apply(&store, &[block(1, readings, &[], vec![])], &snapshot(1));
	let series = store.series(0, 6, 9, 100, 0).expect("read");
	let points: Vec<_> = series
		.iter()
		.map(|point| (point.interval, point.since, point.import_wh))
		.collect();
	assert_eq!(points, [(6, Some(5), Some(10)), (9, Some(6), Some(30))]);
	assert_eq!(store.series(0, 0, 9, 1, 0).expect("read").len(), 1);
	assert_eq!(store.series(0, 0, 9, 9, 0).expect("read")[0].since, None);
	assert!(store.series(1, 0, u32::MAX, 9, 0).expect("read").is_empty());
}

#[test]
fn series_should_roll_over_at_the_modulus_and_keep_all_64_bits() {
	let (_folder, store) = store();
	let mut readings = [unsigned(0, 5), unsigned(0, 6), unsigned(1, 5), unsigned(1, 6)];
	for (reading, register) in readings.iter_mut().zip([999_990, 15, u64::MAX, 4]) {
		reading.reading.import_wh = register;
	}
	apply(&store, &[block(1, readings.to_vec(), &[], vec![])], &snapshot(2));
	assert_eq!(
		store.series(0, 6, 6, 9, 1_000_000).expect("read")[0].import_wh,
		Some(25)
	);
	let wide = store.series(1, 5, 6, 9, 0).expect("read");
	assert_eq!((wide[0].import_register_wh, wide[1].import_wh), (u64::MAX, Some(5)));
}

#[test]
fn series_should_begin_anew_when_the_meter_was_changed() {
	let (_folder, store) = store();
	let mut changed = unsigned(0, 6);
	changed.reading.epoch = 1;
	apply(
		&store,
		&[block(1, vec![unsigned(0, 5), changed], &[], vec![])],
		&snapshot(1),
	);
	assert_eq!(store.series(0, 6, 6, 9, 0).expect("read")[0].since, None);
}

#[test]
fn known_readings_should_be_those_with_the_same_registers() {
	let (_folder, store) = store();
	apply(&store, &history(), &snapshot(3));
	let mut other = unsigned(0, 5);
	other.reading.import_wh += 1;
	let asked = [unsigned(0, 5), other, unsigned(1, 6), unsigned(9, 5)];
	// Device 1's reading of interval 6 was refused.
	assert_eq!(store.has(&asked).expect("read"), [true, false, false, false]);
	assert_eq!(store.last_readings().expect("read"), [(0, 6), (1, 5), (2, 6)]);
}

#[test]
fn registry_should_come_back_as_it_was_kept() {
	let (_folder, store) = store();
	assert!(store.load_registry().expect("read").is_none());
	let kept = snapshot(70);
	let pages = [0, 1].map(|page| {
		let meters: Vec<_> = (page * 64..70.min((page + 1) * 64))
			.map(|device| kept.meter(device).cloned())
			.collect();
		(page, meters.try_into().expect("a page"))
	});
	store.save_registry(&kept.chain, &pages).expect("written");
	let loaded = store.load_registry().expect("read").expect("kept");
	assert_eq!(loaded.chain, kept.chain);
	assert!((0..71).all(|device| loaded.meter(device) == kept.meter(device)));
}
