//! The CSV files of a grid.

use super::{tree, Connection, Grid, GridError, Quarter};
use serde::{de::DeserializeOwned, Deserialize};
use std::{
	collections::{HashMap, HashSet},
	path::Path,
};

/// The most energy that a quarter of an hour may have, Wh: 4 MW, far beyond a low-voltage connection.
const MOST_WH: u32 = 1_000_000;
/// Names of meters become steps of key derivation.
const LONGEST_NAME: usize = 24;

#[derive(Deserialize)]
struct MeterRow {
	meter: String,
	node: String,
	load_w: u32,
	pv_w: u32,
	battery_w: u32,
	battery_wh: u64,
}

#[derive(Deserialize)]
struct LineRow {
	line: String,
	parent: String,
	child: String,
	p_max_w: u64,
}

#[derive(Deserialize)]
struct IntervalRow {
	interval: usize,
	meter: String,
	import_wh: u32,
	export_wh: u32,
}

/// A file's rows, each with its line.
struct Table<T> {
	file: String,
	rows: Vec<(u64, T)>,
}

impl<T: DeserializeOwned> Table<T> {
	fn read(folder: &Path, name: &str) -> Result<Self, GridError> {
		let path = folder.join(name);
		let file = path.display().to_string();
		let whole = |what: String| GridError {
			file: file.clone(),
			line: None,
			what,
		};
		let mut reader = csv::ReaderBuilder::new()
			.trim(csv::Trim::All)
			.from_path(&path)
			.map_err(|error| whole(format!("cannot be read: {error}")))?;
		let headers = reader.headers().map_err(|error| whole(error.to_string()))?.clone();
		let mut rows = Vec::new();
		for record in reader.records() {
			let at = |line, what| GridError {
				file: file.clone(),
				line,
				what,
			};
			let record = record.map_err(|error| at(error.position().map(csv::Position::line), describe(&error)))?;
			let line = record.position().map_or(0, csv::Position::line);
			let row = record
				.deserialize(Some(&headers))
				.map_err(|error| at(Some(line), describe(&error)))?;
			rows.push((line, row));
		}
		if rows.is_empty() {
			return Err(whole("has no rows".into()));
		}
		Ok(Table { file, rows })
	}
}

/// What the CSV reader has to say, without the place, which the error names already.
fn describe(error: &csv::Error) -> String {
	match error.kind() {
		csv::ErrorKind::Deserialize { err, .. } => err.to_string(),
		csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
			format!("{len} fields where the header has {expected_len}")
		}
		_ => error.to_string(),
	}
}

impl<T> Table<T> {
	fn at(&self, line: u64, what: String) -> GridError {
		GridError {
			file: self.file.clone(),
			line: Some(line),
			what,
		}
	}
}

pub(super) fn grid(folder: &Path) -> Result<Grid, GridError> {
	let name = folder
		.canonicalize()
		.ok()
		.and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()))
		.filter(|name| is_name(name))
		.ok_or_else(|| GridError {
			file: folder.display().to_string(),
			line: None,
			what: format!(
				"is no folder, or its name is not made of 1 to {LONGEST_NAME} letters, digits, '.', '-' and '_': the village is \
				 named after it"
			),
		})?;
	let meters = Table::<MeterRow>::read(folder, "meters.csv")?;
	let lines = Table::<LineRow>::read(folder, "lines.csv")?;
	let intervals = Table::<IntervalRow>::read(folder, "intervals.csv")?;

	let tree = tree(&lines)?;
	let connections = connections(&meters, &tree)?;
	let quarters = quarters(&intervals, &connections)?;
	Ok(Grid {
		name,
		connections,
		zones: tree.into_zones(),
		quarters,
	})
}

fn is_name(name: &str) -> bool {
	let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
	(1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(fits)
}

fn tree(lines: &Table<LineRow>) -> Result<tree::Tree, GridError> {
	let edges = lines.rows.iter().map(|(line, row)| tree::Edge {
		at: *line,
		name: row.line.clone(),
		parent: row.parent.clone(),
		child: row.child.clone(),
		capacity_w: row.p_max_w,
	});
	tree::Tree::new(edges.collect()).map_err(|(line, what)| GridError {
		file: lines.file.clone(),
		line,
		what,
	})
}

fn connections(meters: &Table<MeterRow>, tree: &tree::Tree) -> Result<Vec<Connection>, GridError> {
	let mut names = HashSet::new();
	let connections = meters.rows.iter().map(|(line, row)| {
		let wrong = |what: String| Err(meters.at(*line, what));
		if !is_name(&row.meter) {
			return wrong(format!(
				"meter {:?} is not made of 1 to {LONGEST_NAME} letters, digits, '.', '-' and '_'",
				row.meter
			));
		}
		if !names.insert(&row.meter) {
			return wrong(format!("meter {} stands in the file twice", row.meter));
		}
		if (row.battery_w == 0) != (row.battery_wh == 0) {
			return wrong("a battery needs both a power and a capacity".into());
		}
		let Some(zone) = tree.zone_of(&row.node) else {
			return wrong(format!("node {} is on no line of lines.csv", row.node));
		};
		Ok(Connection {
			meter: row.meter.clone(),
			zone,
			load_w: row.load_w,
			pv_w: row.pv_w,
			battery_w: row.battery_w,
			battery_wh: row.battery_wh,
		})
	});
	connections.collect()
}

fn quarters(table: &Table<IntervalRow>, connections: &[Connection]) -> Result<Vec<Vec<Quarter>>, GridError> {
	let places: HashMap<&str, usize> = connections
		.iter()
		.enumerate()
		.map(|(place, c)| (&*c.meter, place))
		.collect();
	let mut rows: Vec<Vec<Option<Quarter>>> = Vec::new();
	for (line, row) in &table.rows {
		let wrong = |what: String| Err(table.at(*line, what));
		let Some(place) = places.get(&*row.meter) else {
			return wrong(format!("meter {} is not in meters.csv", row.meter));
		};
		if row.interval > rows.len() {
			return wrong(format!(
				"interval {} comes before interval {}",
				row.interval,
				rows.len()
			));
		}
		if row.import_wh.max(row.export_wh) > MOST_WH {
			return wrong(format!("more than {MOST_WH} Wh in a quarter of an hour"));
		}
		if row.interval == rows.len() {
			rows.push(vec![None; connections.len()]);
		}
		let quarter = Quarter {
			import_wh: row.import_wh,
			export_wh: row.export_wh,
		};
		if rows[row.interval][*place].replace(quarter).is_some() {
			return wrong(format!("meter {} has interval {} twice", row.meter, row.interval));
		}
	}
	let complete = |(interval, row): (usize, Vec<Option<Quarter>>)| {
		let row = row.into_iter().zip(connections).map(|(quarter, connection)| {
			quarter.ok_or_else(|| GridError {
				file: table.file.clone(),
				line: None,
				what: format!("interval {interval} lacks meter {}", connection.meter),
			})
		});
		row.collect()
	};
	rows.into_iter().enumerate().map(complete).collect()
}
