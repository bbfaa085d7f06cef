use super::*;
use std::fs;
use tempfile::TempDir;

const METERS: &str = "meter,node,load_profile,load_w,pv_profile,pv_w,battery_w,battery_wh\n\
	m1,n1,H0,2000,PV1,5000,0,0\n\
	m2,n3,H0,3000,,0,4000,8000\n";
const LINES: &str = "line,parent,child,length_m,r_mohm,i_max_a,p_max_w\n\
	transformer,grid,n0,0,4.8,577,400000\n\
	a,n0,n1,10,1,270,187061\n\
	b,n0,n2,10,1,270,100000\n\
	c,n2,n3,10,1,270,187061\n";
const INTERVALS: &str = "interval,meter,import_wh,export_wh\n0,m1,10,0\n0,m2,20,0\n1,m2,21,0\n1,m1,0,300\n";

/// A folder named `village` with the three files.
fn folder(meters: &str, lines: &str, intervals: &str) -> (TempDir, std::path::PathBuf) {
	let folder = tempfile::tempdir().expect("a folder");
	let village = folder.path().join("village");
	fs::create_dir(&village).expect("made");
	for (name, text) in [
		("meters.csv", meters),
		("lines.csv", lines),
		("intervals.csv", intervals),
	] {
		fs::write(village.join(name), text).expect("written");
	}
	(folder, village)
}

fn error(meters: &str, lines: &str, intervals: &str) -> String {
	let (_guard, village) = folder(meters, lines, intervals);
	let error = Grid::read(&village).expect_err("refused").to_string();
	error.replace(&village.display().to_string(), "")
}

#[test]
fn grid_should_be_read_when_its_files_agree() {
	let (_guard, village) = folder(METERS, LINES, INTERVALS);
	let grid = Grid::read(&village).expect("read");
	assert_eq!(grid.name, "village");
	assert_eq!(grid.rows(), 2);
	let zone = |line: &str, capacity_w| Zone {
		line: line.into(),
		capacity_w,
	};
	assert_eq!(
		grid.zones,
		[zone("transformer", 400_000), zone("a", 187_061), zone("b", 100_000)]
	);
	assert_eq!(
		grid.connections
			.iter()
			.map(|connection| connection.zone)
			.collect::<Vec<_>>(),
		[1, 2]
	);
	// The rows of one interval may come in any order.
	assert_eq!(
		grid.row(1)[0],
		Quarter {
			import_wh: 0,
			export_wh: 300
		}
	);
	assert_eq!(
		grid.row(1)[1],
		Quarter {
			import_wh: 21,
			export_wh: 0
		}
	);
}

#[test]
fn connection_should_be_in_the_first_zone_when_it_is_at_the_busbar() {
	let (_guard, village) = folder(
		&format!("{METERS}m3,n0,H0,2000,,0,0,0\n"),
		LINES,
		&format!("{INTERVALS}0,m3,1,0\n1,m3,1,0\n"),
	);
	assert_eq!(Grid::read(&village).expect("read").connections[2].zone, 0);
}

#[test]
fn row_should_begin_again_behind_the_last_one() {
	let (_guard, village) = folder(METERS, LINES, INTERVALS);
	let grid = Grid::read(&village).expect("read");
	assert_eq!(grid.row(2), grid.row(0));
	assert_eq!(grid.peaks_w(0), (40, 1_200));
	// 48 times 20 Wh and 48 times 21 Wh: 82 W, and a jump of 1 Wh between any two quarters.
	assert_eq!(
		grid.load(1, 0),
		Load {
			mean_w: 82,
			unsteadiness: 95 * 1_000 / (48 * 41)
		}
	);
}

#[test]
fn error_should_name_file_and_line_when_a_meter_is_wrong() {
	let meters = |row: &str| format!("{METERS}{row}\n");
	let cases = [
		(
			"m2,n1,H0,1,,0,0,0",
			"/meters.csv, line 4: meter m2 stands in the file twice",
		),
		(
			"m 3,n1,H0,1,,0,0,0",
			"/meters.csv, line 4: meter \"m 3\" is not made of",
		),
		(
			"m3,n9,H0,1,,0,0,0",
			"/meters.csv, line 4: node n9 is on no line of lines.csv",
		),
		("m3,grid,H0,1,,0,0,0", "/meters.csv, line 4: node grid is on no line"),
		(
			"m3,n1,H0,1,,0,5,0",
			"/meters.csv, line 4: a battery needs both a power and a capacity",
		),
		("m3,n1,H0,-1,,0,0,0", "/meters.csv, line 4: field 3: invalid digit"),
		("m3,n1,H0", "/meters.csv, line 4: 3 fields where the header has 8"),
	];
	for (row, expected) in cases {
		let error = error(&meters(row), LINES, INTERVALS);
		assert!(error.starts_with(expected), "{error}");
	}
}

#[test]
fn error_should_name_file_and_line_when_the_grid_is_not_radial() {
	let lines = |row: &str| format!("{LINES}{row}\n");
	let cases = [
		("d,n1,n3,1,1,1,5", "/lines.csv, line 6: node n3 hangs by line c already"),
		("d,n1,n4,1,1,1,0", "/lines.csv, line 6: line d carries nothing"),
		(
			"d,n8,n9,1,1,1,5",
			"/lines.csv: one line has to come from outside, the transformer; here are 2",
		),
		(
			"d,n8,n9,1,1,1,5\ne,n9,n8,1,1,1,5",
			"/lines.csv, line 6: line d leads in a circle",
		),
	];
	for (row, expected) in cases {
		let error = error(METERS, &lines(row), INTERVALS);
		assert!(error.starts_with(expected), "{error}");
	}
}

#[test]
fn error_should_say_what_is_missing_when_the_intervals_are_incomplete() {
	let cases = [
		("2,m1,1,1", "/intervals.csv: interval 2 lacks meter m2"),
		("3,m1,1,1", "/intervals.csv, line 6: interval 3 comes before interval 2"),
		("1,m1,1,1", "/intervals.csv, line 6: meter m1 has interval 1 twice"),
		("2,m7,1,1", "/intervals.csv, line 6: meter m7 is not in meters.csv"),
		("2,m1,1000001,1", "/intervals.csv, line 6: more than 1000000 Wh"),
		("2,m1,1.5,1", "/intervals.csv, line 6: field 2: invalid digit"),
	];
	for (row, expected) in cases {
		let error = error(METERS, LINES, &format!("{INTERVALS}{row}\n"));
		assert!(error.starts_with(expected), "{error}");
	}
}

#[test]
fn error_should_name_the_file_when_it_is_missing_or_empty_or_lacks_a_column() {
	let (_guard, village) = folder(METERS, LINES, INTERVALS);
	fs::remove_file(village.join("lines.csv")).expect("removed");
	let missing = Grid::read(&village).expect_err("refused").to_string();
	assert!(missing.contains("lines.csv: cannot be read"), "{missing}");

	assert_eq!(
		error(METERS, "line,parent,child,p_max_w\n", INTERVALS),
		"/lines.csv: has no rows"
	);
	let lacks = error(METERS, LINES, "interval,meter,import_wh\n0,m1,10\n");
	assert!(
		lacks.starts_with("/intervals.csv, line 2: missing field `export_wh`"),
		"{lacks}"
	);
	assert!(Grid::read(&village.join("nowhere"))
		.expect_err("refused")
		.to_string()
		.contains("is no folder"));
}

#[test]
fn villages_of_the_repository_should_be_read() {
	let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/simbench");
	let village = Grid::read(&data.join("LV3.101")).expect("read");
	assert_eq!(
		(village.connections.len(), village.rows(), village.zones.len()),
		(118, 672, 10)
	);
	assert_eq!(village.zones[0].capacity_w, 400_000);
	assert_eq!(
		village
			.connections
			.iter()
			.filter(|connection| connection.battery_wh > 0)
			.count(),
		16
	);

	let hamlet = Grid::read(&data.join("LV1.101")).expect("read");
	assert_eq!(
		(hamlet.connections.len(), hamlet.rows(), hamlet.zones.len()),
		(13, 672, 5)
	);
	let export = |grid: &Grid| {
		(0..672)
			.flat_map(|row| grid.row(row))
			.map(|q| u64::from(q.export_wh))
			.sum::<u64>()
	};
	let tenths_of_a_mwh = |wh: u64| (wh + 50_000) / 100_000;
	assert_eq!([&hamlet, &village].map(|grid| tenths_of_a_mwh(export(grid))), [71, 35]);
}
