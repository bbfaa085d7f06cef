use super::{super::site::Battery, *};
use crate::testing::unsigned;
use tempfile::TempDir;

fn identity() -> Identity {
	Identity {
		genesis: [1; 32],
		first_block: [2; 32],
		grid: "LV3.101".into(),
		seed: 7,
	}
}

const BEGINNING: Beginning = Beginning {
	first_interval: 100,
	start_row: 44,
};

fn sites(interval: Interval) -> Vec<Site> {
	let site = |import, stored: Option<u64>| Site {
		interval,
		registers: Registers { import, export: 3 },
		flexibility: stored.map_or(Flexibility::None, |stored| {
			Flexibility::Battery(Battery::new(4_000, 8_000, 0, stored))
		}),
	};
	vec![
		site(u64::from(interval) * 3_600 + 1_799, None),
		site(5, Some(1_234_567)),
	]
}

fn folder_with(state: impl FnOnce(&State)) -> TempDir {
	let folder = tempfile::tempdir().expect("a folder");
	state(&State::open(folder.path(), &identity()).expect("opened"));
	folder
}

fn begin(state: &State) {
	let sites = sites(99);
	let readings = [unsigned(10, 99), unsigned(11, 99)];
	state
		.begin(&identity(), BEGINNING, sites.iter().zip(readings))
		.expect("begun");
}

fn advance(state: &State, interval: Interval) {
	let sites = sites(interval);
	let counted = |place: u64| Metered {
		import_wh: 10 + place,
		export_wh: place,
	};
	let passed = sites
		.iter()
		.zip(0..)
		.map(|(site, place)| (site, counted(place), unsigned(10 + place as u32, interval)));
	state.advance(passed).expect("advanced");
}

#[test]
fn meters_should_stand_where_they_were_when_the_simulator_was_killed() {
	let folder = folder_with(|state| {
		begin(state);
		advance(state, 100);
	});
	let state = State::open(folder.path(), &identity()).expect("opened again");
	assert_eq!(state.beginning().expect("read"), Some(BEGINNING));
	let mut restored = sites(0);
	restored[1].flexibility = Flexibility::Battery(Battery::new(4_000, 8_000, 0, 0));
	assert!(state.restore(&mut restored).expect("restored"));
	assert_eq!(restored, sites(100));
	assert_eq!(
		state.metered(100).expect("read")[1],
		Metered {
			import_wh: 11,
			export_wh: 1
		}
	);
	assert!(state.metered(99).expect("read").is_empty());
}

#[test]
fn readings_should_be_sent_again_byte_for_byte_until_they_are_taken() {
	let folder = folder_with(|state| {
		begin(state);
		advance(state, 100);
		let first = state.outstanding(101, 1).expect("read");
		assert_eq!(first[0].signed, unsigned(10, 99));
		state.forget(&first).expect("forgotten");
	});
	let state = State::open(folder.path(), &identity()).expect("opened again");
	assert_eq!(
		state.outstanding(100, 10).expect("read").len(),
		1,
		"what is not over is not sent"
	);
	let waiting: Vec<_> = state
		.outstanding(101, 10)
		.expect("read")
		.iter()
		.map(|waiting| waiting.signed.encode())
		.collect();
	assert_eq!(
		waiting,
		[
			unsigned(11, 99).encode(),
			unsigned(10, 100).encode(),
			unsigned(11, 100).encode()
		]
	);
}

#[test]
fn interval_should_never_be_signed_twice() {
	folder_with(|state| {
		begin(state);
		advance(state, 100);
		let sites = sites(100);
		let again = sites.iter().map(|site| (site, Metered::default(), unsigned(12, 100)));
		assert!(state.advance(again).is_err());
		assert_eq!(state.outstanding(101, 10).expect("read").len(), 4);
	});
}

#[test]
fn meters_should_begin_anew_when_the_chain_was_started_anew() {
	let folder = folder_with(begin);
	let anew = Identity {
		first_block: [3; 32],
		..identity()
	};
	let state = State::open(folder.path(), &anew).expect("opened");
	assert_eq!(state.beginning().expect("read"), None);
	assert!(state.outstanding(101, 10).expect("read").is_empty());
	assert!(!state.restore(&mut sites(0)).expect("read"));
}

#[test]
fn state_should_be_refused_when_it_is_of_another_village() {
	let folder = folder_with(begin);
	let other = Identity { seed: 8, ..identity() };
	assert!(matches!(State::open(folder.path(), &other), Err(StateError::OtherVillage(grid, 7)) if grid == "LV3.101"));
}

#[test]
fn rows_should_follow_the_intervals() {
	assert_eq!(
		(BEGINNING.row(99), BEGINNING.row(100), BEGINNING.row(107)),
		(44, 44, 51)
	);
}
