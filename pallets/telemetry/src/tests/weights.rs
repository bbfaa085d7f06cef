//! What a batch weighs before and after, and who pays.

use crate::{mock::*, Call, WeightInfo};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo, Pays},
	weights::Weight,
};
use gridtokenx_primitives::Interval;

fn declared(pages: Pages) -> Weight {
	RuntimeCall::from(Call::submit_readings { pages })
		.get_dispatch_info()
		.call_weight
}

fn needed(pages: Pages) -> Weight {
	Telemetry::submit_readings(RuntimeOrigin::signed(CARRIER), pages)
		.unwrap()
		.actual_weight
		.unwrap()
}

#[test]
fn batch_should_be_free_at_top_level_and_paid_by_the_outer_call_when_nested() {
	let call = RuntimeCall::from(Call::submit_readings {
		pages: batch(&[reading(0, 999, 0, 0)]),
	});
	let info = call.get_dispatch_info();
	assert_eq!((info.pays_fee, info.class), (Pays::No, DispatchClass::Normal));
	let nested = RuntimeCall::from(pallet_utility::Call::batch { calls: vec![call] });
	assert_eq!(nested.get_dispatch_info().pays_fee, Pays::Yes);
	assert!(nested.get_dispatch_info().call_weight.all_gte(info.call_weight));
	let own = RuntimeCall::from(Call::submit_own_readings {
		pages: batch(&[reading(0, 999, 0, 0)]),
	});
	assert_eq!(own.get_dispatch_info().pays_fee, Pays::Yes);
}

#[test]
fn batch_should_never_need_more_than_it_declares() {
	ExtBuilder::default()
		.grace(4)
		.site(0, ALICE)
		.site(1, ALICE)
		.site(64, BOB)
		.build_and_execute(|| {
			set_meter(2, Some(p256_site(2, BOB)));
			run_to(START + 4);
			let every_other = |from: Interval| {
				(0..2)
					.map(move |offset| reading(0, from + 2 * offset, 0, 0))
					.collect::<Vec<_>>()
			};
			let mut forged = batch(&[reading(1, 1_000, 0, 0), reading(64, 1_000, 0, 0)]);
			forged.iter_mut().for_each(|page| page.readings[0].signature = [0; 64]);
			let p256 = vec![page(0, vec![p256_signed(reading(2, 1_000, 0, 0))])]
				.try_into()
				.unwrap();
			let batches = [
				batch(&every_other(1_000)),
				batch(&every_other(999)),
				forged,
				p256,
				Pages::default(),
			];
			for pages in batches {
				let declared = declared(pages.clone());
				assert!(needed(pages).all_lte(declared));
			}
		});
}

#[test]
fn batch_should_never_need_more_than_it_declares_when_every_neighbour_is_elsewhere() {
	let sites = (0..32).fold(ExtBuilder::default().grace(90), |builder, device| {
		builder.site(device, ALICE)
	});
	sites.build_and_execute(|| {
		run_to(START + 80);
		let scattered: Vec<_> = (0..32)
			.flat_map(|d| [reading(d, START + d, 0, 0), reading(d, START + 79 - d, 0, 0)])
			.collect();
		assert_eq!(submit(&scattered), (64, vec![]));
		let between = batch(
			&(0..32)
				.map(|device| reading(device, START + 40, 0, 0))
				.collect::<Vec<_>>(),
		);
		let declared = declared(between.clone());
		let needed = needed(between);
		assert!(needed.all_lte(declared));
		assert!(
			needed.ref_time() > <() as WeightInfo>::submit_readings(1, 60, 1, 32, 0, 0).ref_time(),
			"all were read"
		);
	});
}

#[test]
fn batch_should_need_less_when_its_readings_are_refused_without_a_signature_check() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		let pages = batch(&[reading(0, 999, 0, 0)]);
		let first = needed(pages.clone());
		let replay = needed(pages);
		assert!(
			replay.ref_time() + 22_000_000 <= first.ref_time(),
			"{replay:?} {first:?}"
		);
	});
}

#[test]
fn batch_should_declare_weight_by_pages_readings_and_intervals() {
	let readings =
		|count, intervals| -> Vec<_> { (0..count).map(|n| reading(n % 64, 900 + n % intervals, 0, 0)).collect() };
	let weight = |count, intervals| declared(batch(&readings(count, intervals))).ref_time();
	assert!(weight(2, 1) > weight(1, 1));
	assert!(weight(8, 2) > weight(8, 1), "each interval has its own page of points");
	let two_pages = [reading(0, 999, 0, 0), reading(64, 999, 0, 0)];
	assert!(declared(batch(&two_pages)).ref_time() > weight(2, 1));
}

#[test]
fn thousand_readings_should_stay_far_below_half_a_block() {
	// 16 pages of 64 readings of one interval, worst case: an eighth of a second of the block's two.
	let worst = <() as WeightInfo>::submit_readings(16, 16 * 96, 16, 1_024, 1_024, 0);
	assert!(worst.ref_time() < 125_000_000_000, "{worst:?}");
}
