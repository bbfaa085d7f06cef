//! Registers, plausibility and shares, as properties.

use crate::{
	energy::{advance, cumulative_share, shift, Amount, Nameplate, Span, Standing},
	types::Refusal,
};
use gridtokenx_primitives::device::Registers;
use proptest::prelude::*;

fn plate(modulus_wh: u64) -> Nameplate {
	Nameplate {
		modulus_wh,
		import_w: 10_000,
		export_w: 0,
		interval_seconds: 900,
	}
}

fn import(import_wh: u64) -> Registers {
	Registers {
		import_wh,
		export_wh: 0,
	}
}

/// A modulus (0 = 2^64) and two registers below it.
fn registers() -> impl Strategy<Value = (u64, u64, u64)> {
	prop_oneof![
		(any::<u64>(), any::<u64>()).prop_map(|(a, b)| (0, a, b)),
		(1..=u64::MAX).prop_flat_map(|modulus| (Just(modulus), 0..modulus, 0..modulus)),
	]
}

proptest! {
	#[test]
	fn advance_should_undo_shift(( modulus, a, b) in registers()) {
		prop_assert_eq!(advance(a, shift(a, b, modulus), modulus), b);
		prop_assert_eq!(shift(a, advance(a, b, modulus), modulus), b);
	}

	#[test]
	fn advance_should_agree_with_wide_arithmetic((modulus, a, b) in registers()) {
		let wide = if modulus == 0 { 1u128 << 64 } else { u128::from(modulus) };
		prop_assert_eq!(u128::from(advance(a, b, modulus)), (u128::from(b) + wide - u128::from(a)) % wide);
		prop_assert_eq!(u128::from(shift(a, b, modulus)), (u128::from(a) + u128::from(b)) % wide);
	}

	#[test]
	fn shares_should_add_up_to_the_energy_and_differ_by_one_at_most(
		import_wh: u64, export_wh: u64, start in 0u32..1_000_000, n in 1u32..200,
	) {
		let span = Span::new(start, start + n, Amount { import_wh, export_wh }, true);
		let shares: Vec<Amount> = (start + 1..=start + n).map(|interval| span.of(interval)).collect();
		prop_assert_eq!(shares.iter().map(|share| u128::from(share.import_wh)).sum::<u128>(), u128::from(import_wh));
		prop_assert_eq!(shares.iter().map(|share| u128::from(share.export_wh)).sum::<u128>(), u128::from(export_wh));
		let floor = import_wh / u64::from(n);
		prop_assert!(shares.iter().all(|share| share.import_wh == floor || share.import_wh == floor + 1));
	}

	#[test]
	fn shares_should_be_the_same_one_by_one_and_together(
		energy: u64, n in 1u32..200, cut in 0u32..200,
	) {
		let span = Span::new(50, 50 + n, Amount { import_wh: energy, export_wh: 0 }, true);
		let cut = 50 + cut.min(n);
		let (first, rest) = (span.between(50, cut), span.between(cut, 50 + n));
		prop_assert_eq!(u128::from(first.import_wh) + u128::from(rest.import_wh), u128::from(energy));
	}

	#[test]
	fn cumulative_share_should_never_exceed_the_energy(energy: u64, k: u32, n: u32) {
		prop_assert!(cumulative_share(energy, k, n) <= energy);
	}
}

#[test]
fn shares_should_be_the_published_ones() {
	let span = Span::new(
		10,
		14,
		Amount {
			import_wh: 10,
			export_wh: 3,
		},
		true,
	);
	let shares: Vec<_> = (11..=14)
		.map(|k| span.of(k))
		.map(|it| (it.import_wh, it.export_wh))
		.collect();
	assert_eq!(shares, [(2, 0), (3, 1), (2, 1), (3, 1)]);
}

#[test]
fn cumulative_share_should_be_nothing_when_there_are_no_intervals() {
	assert_eq!(cumulative_share(10, 0, 0), 0);
}

#[test]
fn standing_should_follow_from_the_length_of_the_gap() {
	let standing = |end, billable| Span::new(100, end, Amount::default(), billable).standing;
	assert_eq!(standing(101, true), Standing::Exact);
	assert_eq!(standing(102, true), Standing::Estimated);
	assert_eq!(standing(109, true), Standing::Estimated, "eight intervals are missing");
	assert_eq!(standing(110, true), Standing::Unallocated, "nine intervals are missing");
	assert_eq!(standing(101, false), Standing::Unallocated);
}

#[test]
fn check_should_allow_the_rating_and_no_more() {
	// 10 kW for 900 s, five per cent, one watt-hour.
	assert_eq!(plate(0).check(&import(5), &import(5 + 2_626), 1), Ok(()));
	assert_eq!(
		plate(0).check(&import(5), &import(5 + 2_627), 1),
		Err(Refusal::Implausible)
	);
	assert_eq!(plate(0).check(&import(5), &import(5 + 2 * 2_625 + 1), 2), Ok(()));
}

#[test]
fn check_should_call_a_register_backwards_when_it_stands_behind() {
	assert_eq!(plate(0).check(&import(5), &import(4), 1), Err(Refusal::Backwards));
	assert_eq!(
		plate(1_000_000).check(&import(5_000), &import(4_999), 1),
		Err(Refusal::Backwards)
	);
}

#[test]
fn check_should_take_a_rollover_only_when_the_wrapped_difference_is_plausible() {
	assert_eq!(plate(1_000_000).check(&import(999_000), &import(1_000), 1), Ok(()));
	assert_eq!(
		plate(1_000_000).check(&import(999_000), &import(2_000), 1),
		Err(Refusal::Implausible)
	);
	assert_eq!(
		plate(0).check(&import(999_000), &import(1_000), 1),
		Err(Refusal::Backwards)
	);
	assert_eq!(plate(0).check(&import(u64::MAX), &import(1_000), 1), Ok(()));
}

#[test]
fn check_should_hold_exports_to_the_export_rating() {
	let export = |export_wh| Registers {
		import_wh: 0,
		export_wh,
	};
	assert_eq!(
		plate(0).check(&export(0), &export(1), 1),
		Ok(()),
		"one watt-hour may have been due"
	);
	assert_eq!(plate(0).check(&export(0), &export(2), 1), Err(Refusal::Implausible));
}
