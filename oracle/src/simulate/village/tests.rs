use super::*;
use gridtokenx_primitives::Scheme;
use std::{collections::HashSet, path::Path};

fn village(name: &str, recipe: Recipe) -> Village {
	let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/simbench");
	Village::new(Grid::read(&data.join(name)).expect("read"), recipe).expect("made")
}

const RECIPE: Recipe = Recipe {
	seed: 1,
	p256_every: 3,
	start_row: 44,
};

#[test]
fn village_should_be_the_same_when_it_is_made_again() {
	let keys = |village: &Village| {
		village
			.devices()
			.map(|(_, device)| device.key.public())
			.collect::<Vec<_>>()
	};
	let (one, again) = (village("LV1.101", RECIPE), village("LV1.101", RECIPE));
	assert_eq!(keys(&one), keys(&again));
	assert_ne!(keys(&one), keys(&village("LV1.101", Recipe { seed: 2, ..RECIPE })));
}

#[test]
fn every_third_meter_should_sign_with_p256_unless_none_is_to() {
	let schemes = |p256_every| {
		let village = village("LV1.101", Recipe { p256_every, ..RECIPE });
		village
			.households
			.iter()
			.map(|household| household.meter.key.public().scheme())
			.collect::<Vec<_>>()
	};
	assert_eq!(
		schemes(3)[..4],
		[Scheme::Ed25519, Scheme::Ed25519, Scheme::P256, Scheme::Ed25519]
	);
	assert!(schemes(0).iter().all(|scheme| *scheme == Scheme::Ed25519));
}

#[test]
fn accounts_and_keys_should_all_differ() {
	let village = village("LV3.101", RECIPE);
	let accounts: HashSet<_> = village.accounts().map(|account| account.id).collect();
	assert_eq!(accounts.len(), 118 + 3 + 1);
	let behind = village
		.households
		.iter()
		.filter_map(|household| household.behind.as_ref());
	let keys: HashSet<_> = village
		.devices()
		.map(|(_, device)| device)
		.chain(behind)
		.map(|device| device.key.public().hash())
		.collect();
	assert_eq!(keys.len(), 118 + 3 + 16 + 8);
	assert_eq!(village.operator.uri, "//village//LV3.101//operator");
}

#[test]
fn ratings_should_allow_what_the_data_and_the_battery_can_do() {
	let village = village("LV3.101", RECIPE);
	for (household, connection) in village.households.iter().zip(&village.grid.connections) {
		assert!(household.meter.import_w >= connection.load_w + connection.battery_w);
		assert!(household.meter.export_w >= connection.pv_w + connection.battery_w);
		let Some(behind) = &household.behind else { continue };
		assert!(behind.import_w <= household.meter.import_w, "{}", behind.name);
		match behind.role {
			Role::Battery {
				capacity_wh,
				reserve_wh,
			} => {
				assert_eq!(
					(behind.export_w, capacity_wh),
					(connection.battery_w, connection.battery_wh)
				);
				assert!(reserve_wh < capacity_wh && household.meter.source == Some(Source::Storage));
			}
			Role::Load { sheddable_w } => assert!((1..=behind.import_w).contains(&sheddable_w)),
			role => panic!("{role:?} behind a meter"),
		}
	}
}

#[test]
fn only_consumers_should_switch_off_a_load() {
	let village = village("LV3.101", RECIPE);
	let sheds = |(household, connection): (&Household, &Connection)| {
		(household.flexibility == Flexibility::Load).then_some((connection.pv_w, connection.battery_w))
	};
	let shedding: Vec<_> = village
		.households
		.iter()
		.zip(&village.grid.connections)
		.filter_map(sheds)
		.collect();
	assert_eq!(shedding, [(0, 0); 8]);
}
