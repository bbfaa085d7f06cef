use crate::{mock::*, GenesisZone, NextZone, Terms, ROOT};
use gridtokenx_primitives::Topology;

#[test]
fn genesis_should_plant_the_tree() {
	ExtBuilder::default().build_and_execute(|| {
		assert_eq!(Grid::zone(ROOT).unwrap().parent(), None);
		assert_eq!(Grid::zone(3).unwrap().parent(), Some(1));
		assert_eq!(NextZone::<Test>::get(), 4);
		assert!(Grid::is_operator(&CITY) && Grid::is_operator(&COUNTY) && !Grid::is_operator(&NOBODY));
		assert_eq!(Grid::grid_fund(), FUND);
	});
}

#[test]
fn genesis_should_have_a_root_when_it_lists_no_zone() {
	ExtBuilder {
		zones: vec![],
		..Default::default()
	}
	.build_and_execute(|| {
		assert!(Grid::exists(ROOT) && !Grid::exists(1));
	});
}

#[test]
#[should_panic(expected = "the interval has to divide an hour")]
fn genesis_should_be_refused_when_the_interval_does_not_divide_an_hour() {
	ExtBuilder {
		interval_seconds: 700,
		..Default::default()
	}
	.build();
}

#[test]
#[should_panic(expected = "the interval has to divide an hour")]
fn genesis_should_be_refused_when_the_interval_is_nothing() {
	ExtBuilder {
		interval_seconds: 0,
		..Default::default()
	}
	.build();
}

#[test]
#[should_panic(expected = "stands after its parent")]
fn genesis_should_be_refused_when_a_zone_stands_before_its_parent() {
	let zones = vec![GenesisZone {
		parent: 2,
		operator: CITY,
		terms: TERMS,
	}];
	ExtBuilder {
		zones,
		..Default::default()
	}
	.build();
}

#[test]
#[should_panic(expected = "within the bounds")]
fn genesis_should_be_refused_when_the_tree_is_too_deep() {
	let zones = (0..4)
		.map(|parent| GenesisZone {
			parent,
			operator: CITY,
			terms: TERMS,
		})
		.collect();
	ExtBuilder {
		zones,
		..Default::default()
	}
	.build();
}

#[test]
#[should_panic(expected = "within the bounds")]
fn genesis_should_be_refused_when_a_charge_is_no_price() {
	let terms = Terms {
		wheeling_per_kwh: u128::MAX,
		loss_per_kwh: 1,
		..TERMS
	};
	ExtBuilder {
		zones: vec![GenesisZone {
			parent: 0,
			operator: CITY,
			terms,
		}],
		..Default::default()
	}
	.build();
}

#[test]
fn genesis_should_be_read_from_json() {
	let json = r#"{
		"intervalSeconds": 900,
		"zones": [
			{
				"parent": 0,
				"operator": 10,
				"terms": { "toParentW": 40000, "fromParentW": 80000, "wheelingPerKwh": 2, "lossPerKwh": 1 }
			}
		]
	}"#;
	let genesis: crate::GenesisConfig<Test> = serde_json::from_str(json).unwrap();
	assert_eq!(
		genesis.zones,
		vec![GenesisZone {
			parent: 0,
			operator: CITY,
			terms: TERMS
		}]
	);
	assert!(serde_json::from_str::<Terms>(r#"{ "toParentW": 1, "capacity": 2 }"#).is_err());
}
