//! Clearing 10,000 orders on 64 zones, beside merely sorting the same orders by price.

use criterion::{criterion_group, criterion_main, BatchSize, Criterion};
use gridtokenx_clearing::{clear, Book, Link, Order, Zone};

const ZONES: u32 = 64;
const ORDERS: u64 = 10_000;
/// Links of up to this capacity are mostly congested.
const NARROW_WH: u64 = 400_000;
/// Links that never are: every order keeps its influence up to the root.
const WIDE_WH: u64 = 1 << 40;

/// A fixed, well-mixed sequence (SplitMix64), so that every run measures the same book.
struct Mixed(u64);

impl Mixed {
	fn below(&mut self, bound: u64) -> u64 {
		self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
		let mut z = self.0;
		z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
		z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
		(z ^ (z >> 31)) % bound
	}
}

/// Prices in planck around 4 GRX per kWh, quantities of households, and links of up to the given capacity.
fn book(capacity_wh: u64, parent: impl Fn(u32, &mut Mixed) -> u32) -> Book {
	let mut mixed = Mixed(1);
	let zone = |id| {
		let link = (id > 0).then(|| Link {
			parent: parent(id, &mut mixed),
			capacity_to_parent_wh: mixed.below(capacity_wh),
			capacity_from_parent_wh: mixed.below(capacity_wh),
			charge_per_kwh: u128::from(mixed.below(20_000_000_000)),
		});
		Zone { id, link }
	};
	let zones = (0..ZONES).map(zone).collect();
	let mut order = |id, least: u64| Order {
		id,
		zone: mixed.below(ZONES.into()) as u32,
		price_per_kwh: u128::from(least + mixed.below(3_000_000_000_000)),
		quantity_wh: 1 + mixed.below(5_000),
	};
	let offers = (0..ORDERS / 2).map(|id| order(id, 2_000_000_000_000)).collect();
	let bids = (ORDERS / 2..ORDERS).map(|id| order(id, 3_000_000_000_000)).collect();
	Book {
		zones,
		offers,
		bids,
		..Default::default()
	}
}

fn benchmarks(c: &mut Criterion) {
	let tree = book(NARROW_WH, |id, mixed| mixed.below(id.into()) as u32);
	let orders = [tree.offers.clone(), tree.bids.clone()].concat();
	c.bench_function("sort", |b| {
		b.iter_batched_ref(
			|| orders.clone(),
			|orders| orders.sort_by_key(|order| order.price_per_kwh),
			BatchSize::LargeInput,
		)
	});
	let shapes = [
		("clear/random tree", tree),
		(
			"clear/random tree, wide lines",
			book(WIDE_WH, |id, mixed| mixed.below(id.into()) as u32),
		),
		("clear/star", book(NARROW_WH, |_, _| 0)),
		("clear/chain", book(NARROW_WH, |id, _| id - 1)),
		("clear/chain, wide lines", book(WIDE_WH, |id, _| id - 1)),
	];
	for (name, book) in shapes {
		c.bench_function(name, |b| b.iter_with_large_drop(|| clear(&book)));
	}
}

criterion_group!(benches, benchmarks);
criterion_main!(benches);
