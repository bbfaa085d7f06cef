//! A real grid and its data: what is connected, how it is wired, and what every meter counted, quarter of an hour by quarter.
//!
//! A grid is a folder of three CSV files, as `tests/data/simbench/README.md` describes them. They are checked as a whole when they
//! are read: nothing later has to ask whether a meter or an interval is there.

mod read;
mod tree;

#[cfg(test)]
mod tests;

pub use tree::Zone;

use gridtokenx_primitives::Wh;
use std::{fmt, path::Path};

/// Length of the data's intervals, seconds.
pub const QUARTER_SECONDS: u64 = 900;

/// Rows of a day.
const ROWS_PER_DAY: u64 = 86_400 / QUARTER_SECONDS;

/// What is wrong with a grid's files.
#[derive(Debug, thiserror::Error)]
pub struct GridError {
	/// The file.
	pub file: String,
	/// The line in it, where one is to blame.
	pub line: Option<u64>,
	/// What is wrong there.
	pub what: String,
}

impl fmt::Display for GridError {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self.line {
			Some(line) => write!(f, "{}, line {line}: {}", self.file, self.what),
			None => write!(f, "{}: {}", self.file, self.what),
		}
	}
}

/// A household, or whatever else has a meter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
	/// The meter's name.
	pub meter: String,
	/// The zone that it is in, by its place in [`Grid::zones`].
	pub zone: usize,
	/// Rated load, W.
	pub load_w: u32,
	/// Rated photovoltaic power, W; 0 without.
	pub pv_w: u32,
	/// Rated power of the battery, W; 0 without.
	pub battery_w: u32,
	/// Capacity of the battery, Wh; 0 without.
	pub battery_wh: Wh,
}

/// What a meter counted in a quarter of an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quarter {
	/// Imported, Wh.
	pub import_wh: u32,
	/// Exported, Wh.
	pub export_wh: u32,
}

/// What a connection draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
	/// On average, W.
	pub mean_w: u32,
	/// By how much it changes from one quarter of an hour to the next, in thousandths of what it draws.
	pub unsteadiness: u64,
}

/// A grid and its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
	/// The folder's name.
	pub name: String,
	/// Who is connected.
	pub connections: Vec<Connection>,
	/// The busbar below the transformer, and then the feeders that leave it.
	pub zones: Vec<Zone>,
	/// Quarters by row, then by connection.
	quarters: Vec<Vec<Quarter>>,
}

impl Grid {
	/// Reads `meters.csv`, `lines.csv` and `intervals.csv` of a folder.
	pub fn read(folder: &Path) -> Result<Self, GridError> {
		read::grid(folder)
	}

	/// How many quarters of an hour there are.
	pub fn rows(&self) -> usize {
		self.quarters.len()
	}

	/// What all connections count in a row, in their order. Behind the last row, the data begins again.
	pub fn row(&self, row: u64) -> &[Quarter] {
		// A grid without rows is refused when it is read, and a remainder is below what it is a remainder of.
		&self.quarters[(row % self.quarters.len() as u64) as usize]
	}

	/// The greatest power of a connection over a quarter of an hour: import and export, W.
	pub fn peaks_w(&self, connection: usize) -> (u32, u32) {
		let quarters = self.quarters.iter().map(|row| row[connection]);
		let peak = quarters.fold(Quarter::default(), |peak, quarter| Quarter {
			import_wh: peak.import_wh.max(quarter.import_wh),
			export_wh: peak.export_wh.max(quarter.export_wh),
		});
		// Four quarters an hour.
		(peak.import_wh.saturating_mul(4), peak.export_wh.saturating_mul(4))
	}

	/// How steadily a connection imports over a day from the row `first` on.
	pub fn load(&self, connection: usize, first: u64) -> Load {
		let imports: Vec<u64> = (first..first + ROWS_PER_DAY)
			.map(|row| self.row(row)[connection].import_wh.into())
			.collect();
		let sum: u64 = imports.iter().sum();
		let jumps: u64 = imports.windows(2).map(|pair| pair[0].abs_diff(pair[1])).sum();
		Load {
			// Four quarters an hour.
			mean_w: u32::try_from(sum * 4 / ROWS_PER_DAY).unwrap_or(u32::MAX),
			unsteadiness: jumps * 1_000 / sum.max(1),
		}
	}
}
