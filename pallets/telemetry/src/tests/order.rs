//! Any order of arrival gives the same energies: every permutation, and a plain model of the rules under random schedules.

use crate::{
	energy::{Amount, Span, Standing},
	mock::*,
	types::Total,
	Totals,
};
use gridtokenx_primitives::{Interval, IntervalEnergy, Quality, Reading};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn permutations(items: &[Reading]) -> Vec<Vec<Reading>> {
	let Some((first, rest)) = items.split_first() else {
		return vec![vec![]];
	};
	let place = |shorter: Vec<Reading>, at: usize| [&shorter[..at], &[*first], &shorter[at..]].concat();
	let shorter = permutations(rest).into_iter();
	shorter
		.flat_map(|it| (0..=it.len()).map(|at| place(it.clone(), at)).collect::<Vec<_>>())
		.collect()
}

fn energies_of(readings: &[Reading]) -> Vec<Option<IntervalEnergy>> {
	let mut energies = Vec::new();
	ExtBuilder::default().grace(8).site(0, ALICE).build_and_execute(|| {
		run_to(START + 8);
		readings
			.iter()
			.for_each(|reading| assert_eq!(submit_one(*reading), Ok(())));
		run_to(START + 16);
		energies = (START..START + 8).map(|interval| energy(0, interval)).collect();
	});
	energies
}

#[test]
fn energies_should_be_the_same_in_every_order_of_arrival() {
	let tampered = Reading {
		quality: Quality(Quality::TAMPER),
		..reading(0, 1_004, 40, 1)
	};
	let readings = [
		reading(0, 1_000, 0, 0),
		reading(0, 1_001, 7, 0),
		tampered,
		reading(0, 1_005, 41, 1),
		reading(0, 1_007, 60, 1),
	];
	let in_time = energies_of(&readings);
	assert_eq!(in_time[1], exact(7, 0));
	assert_eq!(in_time[7], estimated(10, 0));
	let all = permutations(&readings);
	assert_eq!(all.len(), 120);
	for arrival in all {
		assert_eq!(energies_of(&arrival), in_time, "{arrival:?}");
	}
}

#[test]
fn energies_should_be_the_same_in_one_batch_and_in_many() {
	let readings = [
		reading(0, 1_006, 30, 3),
		reading(0, 1_000, 0, 0),
		reading(0, 1_002, 7, 1),
	];
	let mut together = Vec::new();
	ExtBuilder::default().grace(8).site(0, ALICE).build_and_execute(|| {
		run_to(START + 8);
		assert_eq!(submit(&readings), (3, vec![]));
		run_to(START + 16);
		together = (START..START + 8).map(|interval| energy(0, interval)).collect();
	});
	assert_eq!(together, energies_of(&readings));
}

/// The rules, said once more with nothing but maps: what was read, and what has been booked for which interval.
#[derive(Default)]
struct Model {
	read: BTreeMap<Interval, (u64, bool)>,
	booked: BTreeMap<Interval, (u64, Standing)>,
	late: Vec<(Interval, u64)>,
	totals: BTreeMap<&'static str, u128>,
}

impl Model {
	/// Whether a reading of `interval` counts, when everything up to `through` has been measured.
	fn accept(&mut self, interval: Interval, import_wh: u64, billable: bool, through: Interval) -> bool {
		let last_settled = self.read.range(..=through).next_back().map(|(at, _)| *at);
		if self.read.contains_key(&interval) || last_settled.is_some_and(|last| interval < last) {
			return false;
		}
		// Shares of the gap that it lies in have been booked.
		let before = self.read.range(..interval).next_back().map(|(at, _)| *at);
		if before.is_some_and(|before| self.booked.range(before + 1..).next().is_some()) {
			return false;
		}
		self.read.insert(interval, (import_wh, billable));
		if interval <= through {
			self.book(interval, interval, true);
		}
		true
	}

	/// Books what is not booked yet of the span that `interval` lies in, up to `upto`.
	fn book(&mut self, interval: Interval, upto: Interval, all_late: bool) {
		let Some((end, (registers, billable))) = self.read.range(interval..).next().map(|(at, it)| (*at, *it)) else {
			return;
		};
		let Some((start, (from, _))) = self.read.range(..interval).next_back().map(|(at, it)| (*at, *it)) else {
			return;
		};
		let energy = Amount {
			import_wh: registers - from,
			export_wh: 0,
		};
		let span = Span::new(start, end, energy, billable);
		for share_of in start + 1..=upto {
			if self.booked.contains_key(&share_of) {
				continue;
			}
			let wh = span.of(share_of).import_wh;
			let is_late = all_late || share_of < interval;
			self.booked.insert(share_of, (wh, span.standing));
			let book = match span.standing {
				Standing::Unallocated => "unallocated",
				_ if is_late => "late",
				_ => "allocated",
			};
			*self.totals.entry(book).or_default() += u128::from(wh);
			if book == "late" && wh > 0 {
				self.late.push((share_of, wh));
			}
		}
	}

	fn total(&self, book: &str) -> Total {
		Total {
			import_wh: self.totals.get(book).copied().unwrap_or(0),
			export_wh: 0,
		}
	}
}

/// For every interval a meter counts some energy, is or is not read, with or without a tamper bit, and is carried in
/// after some delay.
fn schedule() -> impl Strategy<Value = Vec<(u64, bool, bool, u32)>> {
	let delay = prop_oneof![4 => Just(0u32), 3 => 1u32..4, 1 => 4u32..16];
	proptest::collection::vec(
		(0u64..2_000, prop::bool::weighted(0.6), prop::bool::weighted(0.1), delay),
		5..40,
	)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(96))]

	#[test]
	fn pallet_should_agree_with_the_model_under_every_schedule(schedule in schedule(), grace in 0u32..5) {
		let mut arrivals = BTreeMap::<Interval, Vec<Reading>>::new();
		let mut import_wh = 0;
		for (offset, (wh, read, tampered, delay)) in (0u32..).zip(&schedule) {
			import_wh += wh;
			if *read {
				let quality = Quality(if *tampered { Quality::TAMPER } else { 0 });
				let reading = Reading { quality, ..reading(0, START + offset, import_wh, 0) };
				arrivals.entry(START + offset + 1 + delay).or_default().push(reading);
			}
		}
		ExtBuilder::default().grace(grace).site(0, ALICE).build_and_execute(|| {
			let mut model = Model::default();
			for now in START + 1..START + schedule.len() as u32 + 40 {
				run_to(now);
				let through = now - 1 - grace;
				if through >= START {
					model.book(through, through, false);
				}
				// What the pallet keeps of a measured interval is what was booked in time.
				let expected = model.booked.get(&through).map(|(wh, standing)| (*wh, *standing));
				let kept = energy(0, through).map(|it| (it.import_wh, it.estimated, it.unallocated));
				let named = expected.map(|(wh, it)| (wh, it == Standing::Estimated, it == Standing::Unallocated));
				if through >= START {
					assert_eq!(kept, named, "interval {through}");
				}
				for it in arrivals.get(&now).into_iter().flatten() {
					let counts = model.accept(it.interval, it.import_wh, it.quality.is_billable(), through.max(START - 1));
					assert_eq!(submit_one(*it).is_ok(), counts, "{it:?}, measured through {through}");
				}
			}
			let totals = Totals::<Test>::get();
			assert_eq!(totals.allocated, model.total("allocated"));
			assert_eq!(totals.late, model.total("late"));
			assert_eq!(totals.unallocated, model.total("unallocated"));
			let mut late = take_late();
			model.late.sort_unstable();
			late.sort_unstable();
			assert_eq!(late.into_iter().map(|(interval, wh, _)| (interval, wh)).collect::<Vec<_>>(), model.late);
			// Conservation: from the first accepted register to the last, every watt-hour is in one book.
			let registers = model.read.values().map(|(wh, _)| *wh);
			let advanced = registers.clone().max().unwrap_or(0) - registers.min().unwrap_or(0);
			let booked = totals.allocated.import_wh + totals.late.import_wh + totals.unallocated.import_wh;
			assert_eq!(booked, u128::from(advanced));
		});
	}
}
