//! How long a signature takes to check: single and in batches, hosted and pure, on one core and on all.

#![allow(missing_docs)]

use criterion::{criterion_group, criterion_main, measurement::WallTime, BenchmarkGroup, Criterion, Throughput};
use gridtokenx_meter_crypto::{host, pure, Check, Scheme};
use p256::ecdsa::signature::Signer;
use std::hint::black_box;

/// A reading's length.
const MESSAGE_LEN: usize = 71;

struct Reading {
	scheme: Scheme,
	key: Vec<u8>,
	message: [u8; MESSAGE_LEN],
	signature: [u8; 64],
}

impl Reading {
	/// Meter `index` signs a message of its own.
	fn new(scheme: Scheme, index: usize) -> Self {
		let mut secret = [1; 32];
		secret[..8].copy_from_slice(&index.to_le_bytes());
		let mut message = [0x47; MESSAGE_LEN];
		message[8..16].copy_from_slice(&index.to_le_bytes());
		let (key, signature) = match scheme {
			Scheme::Ed25519 => {
				let meter = ed25519_zebra::SigningKey::from(secret);
				let key: [u8; 32] = ed25519_zebra::VerificationKey::from(&meter).into();
				(key.to_vec(), meter.sign(&message).to_bytes())
			}
			Scheme::P256 => {
				let meter = p256::ecdsa::SigningKey::from_slice(&secret).expect("a scalar below the order");
				let signature: p256::ecdsa::Signature = meter.sign(&message);
				let key = meter.verifying_key().to_encoded_point(false).as_bytes()[1..].to_vec();
				(key, signature.to_bytes().into())
			}
		};
		Self {
			scheme,
			key,
			message,
			signature,
		}
	}

	fn check(&self) -> Check<'_> {
		Check {
			scheme: self.scheme,
			key: &self.key,
			message: &self.message,
			signature: &self.signature,
		}
	}
}

fn checks(readings: &[Reading]) -> Vec<Check<'_>> {
	readings.iter().map(Reading::check).collect()
}

fn bench_batches(group: &mut BenchmarkGroup<WallTime>, name: &str, readings: &[Reading], threads: usize) {
	let pool = rayon::ThreadPoolBuilder::new()
		.num_threads(threads)
		.build()
		.expect("threads can be spawned");
	for size in [2, 64, 256, 1_024] {
		let checks = checks(&readings[..size]);
		group.throughput(Throughput::Elements(size as u64));
		group.bench_function(format!("{name}/{size}"), |bencher| {
			pool.install(|| bencher.iter(|| host::verify_each(black_box(&checks))))
		});
	}
}

fn bench_scheme(criterion: &mut Criterion, name: &str, scheme: Scheme) {
	let readings: Vec<_> = (0..1_024).map(|index| Reading::new(scheme, index)).collect();
	let mut spoilt: Vec<_> = (0..1_024).map(|index| Reading::new(scheme, index)).collect();
	spoilt
		.iter_mut()
		.step_by(64)
		.for_each(|reading| reading.message[0] ^= 1);

	let mut group = criterion.benchmark_group(name);
	let single = readings[0].check();
	group.throughput(Throughput::Elements(1));
	group.bench_function("pure/single", |bencher| {
		bencher.iter(|| pure::verify(black_box(&single)))
	});
	group.bench_function("host/single", |bencher| {
		bencher.iter(|| host::verify(black_box(&single)))
	});
	group.bench_function("host/is_valid_key", |bencher| {
		bencher.iter(|| host::is_valid_key(black_box(scheme), black_box(&readings[0].key)))
	});
	bench_batches(&mut group, "host/one core", &readings, 1);
	bench_batches(&mut group, "host/one core, one bad in 64", &spoilt, 1);
	bench_batches(&mut group, "host/all cores", &readings, 0);
	group.finish();
}

fn bench(criterion: &mut Criterion) {
	bench_scheme(criterion, "ed25519", Scheme::Ed25519);
	bench_scheme(criterion, "p256", Scheme::P256);
}

criterion_group!(benches, bench);
criterion_main!(benches);
