//! Any mixture of good and bad, in any order and number: each verdict is the check's own.

use crate::reading::{assert_agreement, assert_verdicts, Reading};
use gridtokenx_meter_crypto::{host, Scheme, MAX_MESSAGE_LEN};
use proptest::{collection::vec, prelude::*};

/// What is wrong with a reading.
#[derive(Clone, Copy, Debug)]
enum Fault {
	None,
	OtherMessage,
	OtherKey,
	OtherScheme,
	FlippedBit(u16),
	ShortKey,
	LongKey,
	NoKey,
	EmptyMessage,
	OverlongMessage,
	ZeroSignature,
	SmallOrderKey,
	/// s of Ed25519 plus the group's order.
	Malleated,
	/// Random key and signature bytes.
	Garbage(u8),
}

/// Whether a signature stays valid under this fault; `None` where that takes more than a glance.
fn spoil(reading: &mut Reading, fault: Fault) -> Option<bool> {
	match fault {
		Fault::None => return Some(true),
		Fault::OtherMessage => reading.message.push(0),
		Fault::OtherKey => reading.key = Reading::signed(reading.scheme, 0xEE, &[]).key,
		Fault::OtherScheme => {
			reading.scheme = if reading.scheme == Scheme::P256 {
				Scheme::Ed25519
			} else {
				Scheme::P256
			}
		}
		Fault::FlippedBit(bit) => reading.signature[usize::from(bit) / 8 % 64] ^= 1 << (bit % 8),
		Fault::ShortKey => reading.key.truncate(reading.key.len() - 1),
		Fault::LongKey => reading.key.push(0),
		Fault::NoKey => reading.key.clear(),
		Fault::EmptyMessage if reading.message.is_empty() => return Some(true),
		Fault::EmptyMessage => reading.message.clear(),
		Fault::OverlongMessage => {
			*reading = Reading::signed(reading.scheme, 9, &vec![7; MAX_MESSAGE_LEN + 1]);
		}
		Fault::ZeroSignature => reading.signature = [0; 64],
		Fault::SmallOrderKey => {
			reading.key = vec![0; reading.key.len()];
			return None;
		}
		Fault::Malleated if reading.scheme == Scheme::P256 => return Some(true),
		Fault::Malleated => add_order(&mut reading.signature),
		Fault::Garbage(seed) => {
			let mut byte = seed;
			let mut next = |slot: &mut u8| {
				byte = byte.wrapping_mul(181).wrapping_add(101);
				*slot = byte;
			};
			reading.key.iter_mut().for_each(&mut next);
			reading.signature.iter_mut().for_each(next);
			return None;
		}
	}
	Some(false)
}

/// s + L: the same scalar in another encoding, refused since s must be below L.
fn add_order(signature: &mut [u8; 64]) {
	let order = (-curve25519_dalek::Scalar::ONE).to_bytes();
	// L - 1 and a carry of one make L.
	let mut carry = 1;
	for (byte, term) in signature[32..].iter_mut().zip(order) {
		let sum = u16::from(*byte) + u16::from(term) + carry;
		*byte = sum as u8;
		carry = sum >> 8;
	}
	assert_eq!(carry, 0, "2L is below 2^256");
}

fn fault() -> impl Strategy<Value = Fault> {
	prop_oneof![
		12 => Just(Fault::None),
		1 => Just(Fault::OtherMessage),
		1 => Just(Fault::OtherKey),
		1 => Just(Fault::OtherScheme),
		2 => (0_u16..512).prop_map(Fault::FlippedBit),
		1 => Just(Fault::ShortKey),
		1 => Just(Fault::LongKey),
		1 => Just(Fault::NoKey),
		1 => Just(Fault::EmptyMessage),
		1 => Just(Fault::OverlongMessage),
		1 => Just(Fault::ZeroSignature),
		1 => Just(Fault::SmallOrderKey),
		1 => Just(Fault::Malleated),
		1 => any::<u8>().prop_map(Fault::Garbage),
	]
}

fn scheme() -> impl Strategy<Value = Scheme> {
	prop_oneof![3 => Just(Scheme::Ed25519), 1 => Just(Scheme::P256)]
}

/// A reading, and its verdict where the fault decides it.
fn reading(fault: impl Strategy<Value = Fault>) -> impl Strategy<Value = (Reading, Option<bool>)> {
	(scheme(), 1_u8..0xE0, vec(any::<u8>(), 0..200), fault).prop_map(|(scheme, meter, message, fault)| {
		let mut reading = Reading::signed(scheme, meter, &message);
		let verdict = spoil(&mut reading, fault);
		(reading, verdict)
	})
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn verdicts_should_be_those_of_single_checks_when_faults_and_schemes_are_mixed(
		cases in vec(reading(fault()), 0..200),
	) {
		let (readings, known): (Vec<_>, Vec<_>) = cases.into_iter().unzip();
		let checks: Vec<_> = readings.iter().map(Reading::check).collect();
		for (verdict, known) in host::verify_each(&checks).into_iter().zip(known) {
			prop_assert_eq!(verdict, known.unwrap_or(verdict));
		}
		assert_agreement(&readings);
	}

	#[test]
	fn the_one_bad_signature_should_be_named_wherever_it_stands(
		count in 1_usize..200,
		position in any::<prop::sample::Index>(),
		(bad, verdict) in reading(fault()),
	) {
		prop_assume!(verdict == Some(false));
		let mut readings = vec![Reading::signed(Scheme::Ed25519, 5, b"register"); count];
		let mut expected = vec![true; count];
		readings[position.index(count)] = bad;
		expected[position.index(count)] = false;
		assert_verdicts(&readings, &expected);
	}
}

#[test]
fn batch_should_be_empty_when_there_is_nothing_to_check() {
	assert_verdicts(&[], &[]);
}

#[test]
fn every_position_of_a_chunk_should_name_its_bad_signature() {
	let good: Vec<_> = (1..=66)
		.map(|meter| Reading::signed(Scheme::Ed25519, meter, &[meter; 71]))
		.collect();
	for bad in 0..good.len() {
		let mut readings = good.clone();
		readings[bad].signature[0] ^= 1;
		let checks: Vec<_> = readings.iter().map(Reading::check).collect();
		let verdicts = host::verify_each(&checks);
		let named: Vec<_> = (0..good.len()).filter(|index| !verdicts[*index]).collect();
		assert_eq!(named, [bad]);
	}
}

#[test]
fn batch_should_go_through_whole_when_it_takes_several_host_calls() {
	const CHECKS: usize = 2_500;
	let good = Reading::signed(Scheme::Ed25519, 3, b"register");
	let mut bad = good.clone();
	bad.message[0] ^= 1;
	let is_bad = |index: usize| matches!(index, 0 | 63 | 64 | 1_023 | 1_024 | 2_047 | 2_048 | 2_499);
	let checks: Vec<_> = (0..CHECKS)
		.map(|index| if is_bad(index) { bad.check() } else { good.check() })
		.collect();
	let expected: Vec<_> = (0..CHECKS).map(|index| !is_bad(index)).collect();
	assert_eq!(host::verify_each(&checks), expected);
}

#[test]
fn verdicts_should_not_depend_on_the_number_of_threads() {
	let readings: Vec<_> = (0_u16..300)
		.map(|index| {
			let scheme = if index % 5 == 0 { Scheme::P256 } else { Scheme::Ed25519 };
			let mut reading = Reading::signed(scheme, (index % 200) as u8, &index.to_le_bytes());
			reading.signature[40] ^= u8::from(index % 71 == 0);
			reading
		})
		.collect();
	let checks: Vec<_> = readings.iter().map(Reading::check).collect();
	let expected: Vec<_> = (0..300).map(|index| index % 71 != 0).collect();
	for threads in [1, 2, 3, 8] {
		let pool = rayon::ThreadPoolBuilder::new()
			.num_threads(threads)
			.build()
			.expect("threads can be spawned");
		assert_eq!(
			pool.install(|| host::verify_each(&checks)),
			expected,
			"{threads} threads"
		);
	}
}

#[test]
fn message_should_be_checked_up_to_its_longest_and_refused_beyond() {
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		let message = |len| Reading::signed(scheme, 11, &vec![1; len]);
		assert_verdicts(
			&[
				message(0),
				message(MAX_MESSAGE_LEN),
				message(MAX_MESSAGE_LEN + 1),
				message(0x1_0000),
			],
			&[true, true, false, false],
		);
	}
}
