//! Every worked case of `tests/vectors/vpp.json`.

use super::{
	allocation::{allocate, Class, Lines, Offer, Rule},
	baseline::{like_intervals, Adjustment, LIKE_INTERVALS},
	payment::{paid_wh, payment_for},
	response::Droop,
	shedding::{Scheme, Stage},
};
use gridtokenx_primitives::ZoneId;
use serde_json::Value;
use std::collections::BTreeMap;

struct CopperPlate;

impl Lines for CopperPlate {
	fn left_w(&self, _: ZoneId) -> u64 {
		u64::MAX
	}

	fn book(&mut self, _: ZoneId, _: u32) {}
}

/// The cases under a heading; there is at least one.
fn cases(heading: &str) -> Vec<Value> {
	let vectors: Value =
		serde_json::from_str(include_str!("../../tests/vectors/vpp.json")).expect("the vectors are JSON");
	let cases = vectors[heading].as_array().expect("a list of cases").clone();
	assert!(!cases.is_empty(), "no case of {heading}");
	cases
}

fn number<T: TryFrom<i64>>(case: &Value, name: &str) -> T {
	let number = case[name].as_i64().unwrap_or_else(|| panic!("{name} is a number"));
	T::try_from(number).ok().unwrap_or_else(|| panic!("{name} fits"))
}

fn numbers(case: &Value, name: &str) -> Vec<i64> {
	let list = case[name].as_array().unwrap_or_else(|| panic!("{name} is a list"));
	list.iter().map(|number| number.as_i64().expect("a number")).collect()
}

#[test]
fn response_should_agree_with_the_published_tables() {
	for case in cases("frequency_response") {
		let droop = Droop {
			nominal_mhz: number(&case, "nominal_mhz"),
			deadband_mhz: number(&case, "deadband_mhz"),
			full_mhz: number(&case, "full_mhz"),
			hysteresis_mhz: 0,
		};
		assert!(droop.is_valid());
		let response: i64 = number(&case, "response_w");
		assert_eq!(
			droop.response_w(number(&case, "p_max_w"), number(&case, "frequency_mhz")),
			response,
			"{case}"
		);
	}
}

#[test]
fn shedding_should_agree_with_the_published_schemes() {
	for case in cases("load_shedding") {
		let stages: Vec<_> = case["stages"]
			.as_array()
			.expect("stages")
			.iter()
			.map(|stage| Stage {
				at_or_below_mhz: number(stage, "at_or_below_mhz"),
				shed_permille: number(stage, "shed_permille"),
			})
			.collect();
		let scheme = Scheme {
			stages: stages.try_into().expect("few stages"),
			hysteresis_mhz: 0,
		};
		assert!(scheme.is_valid());
		let active = scheme.active(0, number(&case, "frequency_mhz"));
		assert_eq!(scheme.permille(active), number::<u32>(&case, "shed_permille"), "{case}");
	}
}

#[test]
fn payment_should_agree_with_the_worked_cases() {
	for case in cases("payment") {
		let (instructed, delivered) = (number(&case, "instructed_wh"), number(&case, "delivered_wh"));
		assert_eq!(
			paid_wh(instructed, delivered),
			number::<u64>(&case, "paid_wh"),
			"{case}"
		);
		let payment = payment_for(number(&case, "price_per_kwh"), instructed, delivered);
		assert_eq!(payment, number::<u128>(&case, "payment"), "{case}");
	}
}

#[test]
fn baseline_should_agree_with_the_worked_cases() {
	for case in cases("baseline") {
		let like = numbers(&case, "like_intervals_wh");
		assert_eq!(like.len(), LIKE_INTERVALS);
		let mut adjustment = Adjustment::default();
		let before = numbers(&case, "pre_event_baseline_wh");
		for (actual, baseline) in numbers(&case, "pre_event_actual_wh").into_iter().zip(before) {
			adjustment.add(actual, baseline * LIKE_INTERVALS as i64);
		}
		let baseline = like_intervals(like.iter().sum(), &adjustment);
		assert_eq!(baseline, number::<i64>(&case, "baseline_wh"), "{case}");
	}
}

#[test]
fn allocation_should_agree_with_the_worked_cases() {
	for case in cases("allocation") {
		let optional = |asset: &Value, name: &str| asset.get(name).map_or(0, |_| number(asset, name));
		let offers: Vec<_> = case["assets"]
			.as_array()
			.expect("assets")
			.iter()
			.map(|asset| Offer {
				index: number(asset, "id"),
				class: Class::Storage,
				stage: 0,
				price: optional(asset, "price_per_kwh") as u128,
				priority: optional(asset, "priority") as u8,
				available_w: number(asset, "up_w"),
				floor_w: 0,
				zone: 0,
			})
			.collect();
		let rule = match case["rule"].as_str() {
			Some("merit-order") => Rule::MeritOrder,
			Some("pro-rata") => Rule::ProRata,
			other => panic!("unknown rule {other:?}"),
		};
		let need: u64 = number(&case, "need_w");
		let setpoints = allocate(need, &offers, rule, &mut CopperPlate);
		let by_id: BTreeMap<_, _> = offers
			.iter()
			.zip(&setpoints)
			.map(|(offer, setpoint)| (offer.index.to_string(), *setpoint))
			.collect();
		let expected = case["setpoints_w"].as_object().expect("setpoints");
		assert_eq!(by_id.len(), expected.len());
		for (id, setpoint) in expected {
			assert_eq!(u64::from(by_id[id]), setpoint.as_u64().expect("a number"), "{case}");
		}
		let given: u64 = setpoints.into_iter().map(u64::from).sum();
		assert_eq!(need - given, optional(&case, "short_w") as u64, "{case}");
	}
}
