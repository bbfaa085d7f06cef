//! The host functions as a wasm executor calls them: by name, with pointers into the runtime's memory.

use crate::reading::Reading;
use gridtokenx_meter_crypto::{HostFunctions, Scheme, MAX_MESSAGE_LEN};
use proptest::{collection::vec, prelude::*};
use sp_wasm_interface::{FunctionContext, HostFunctions as _, Pointer, Result, Signature, Value, ValueType, WordSize};

const VERIFY_BATCH: &str = "ext_meter_crypto_verify_batch_version_1";
const IS_VALID_KEY: &str = "ext_meter_crypto_is_valid_key_version_1";

/// Where the tests put an argument and expect the answer.
const INPUT: usize = 1_000;
const OUTPUT: usize = 500;

/// A runtime's memory. It has no externalities to offer, nor an allocator.
struct Memory(Vec<u8>);

impl FunctionContext for Memory {
	fn read_memory_into(&mut self, address: Pointer<u8>, dest: &mut [u8]) -> Result<()> {
		let start = usize::from(address);
		let source = self.0.get(start..start + dest.len()).ok_or("read outside the memory")?;
		dest.copy_from_slice(source);
		Ok(())
	}

	fn write_memory(&mut self, address: Pointer<u8>, data: &[u8]) -> Result<()> {
		let start = usize::from(address);
		let target = self
			.0
			.get_mut(start..start + data.len())
			.ok_or("write outside the memory")?;
		target.copy_from_slice(data);
		Ok(())
	}

	fn allocate_memory(&mut self, _: WordSize) -> Result<Pointer<u8>> {
		Err("nothing is to be allocated".into())
	}

	fn deallocate_memory(&mut self, _: Pointer<u8>) -> Result<()> {
		Err("nothing is to be freed".into())
	}

	fn register_panic_error_message(&mut self, message: &str) {
		panic!("{message}");
	}
}

fn execute(name: &str, memory: &mut Memory, args: &[Value]) -> Option<Value> {
	let function = HostFunctions::host_functions()
		.into_iter()
		.find(|function| function.name() == name);
	let function = function.expect("the function is registered");
	function
		.execute(memory, &mut args.iter().copied())
		.expect("the host function never traps")
}

fn fat_pointer(start: usize, length: usize) -> Value {
	Value::I64((length as i64) << 32 | start as i64)
}

fn verify_batch(wire: &[u8], bitmap_len: usize) -> Vec<u8> {
	// Ones where the host has to write, so that an unwritten byte shows.
	let mut memory = Memory(vec![0xFF; INPUT]);
	memory.0.extend_from_slice(wire);
	let args = [fat_pointer(INPUT, wire.len()), fat_pointer(OUTPUT, bitmap_len)];
	assert_eq!(execute(VERIFY_BATCH, &mut memory, &args), None);
	memory.0[OUTPUT..OUTPUT + bitmap_len].to_vec()
}

fn is_valid_key(scheme: i32, key: &[u8]) -> Option<Value> {
	let mut memory = Memory(vec![0; INPUT]);
	memory.0.extend_from_slice(key);
	execute(
		IS_VALID_KEY,
		&mut memory,
		&[Value::I32(scheme), fat_pointer(INPUT, key.len())],
	)
}

/// The wire form, spelt out once more as the README has it.
fn record(reading: &Reading) -> Vec<u8> {
	let length = (reading.message.len() as u16).to_le_bytes();
	[
		&[u8::from(reading.scheme)],
		&reading.key[..],
		&reading.signature,
		&length,
		&reading.message,
	]
	.concat()
}

#[test]
fn host_functions_should_keep_their_names_and_signatures() {
	let (i32, i64) = (ValueType::I32, ValueType::I64);
	let expected = [
		(
			IS_VALID_KEY,
			Signature {
				args: vec![i32, i64].into(),
				return_value: Some(i32),
			},
		),
		(
			VERIFY_BATCH,
			Signature {
				args: vec![i64, i64].into(),
				return_value: None,
			},
		),
	];
	let functions = HostFunctions::host_functions();
	let functions: Vec<_> = functions
		.iter()
		.map(|function| (function.name(), function.signature()))
		.collect();
	assert_eq!(functions, expected);
}

#[test]
fn verify_batch_should_write_a_bit_for_each_record() {
	let mut readings: Vec<_> = (1..=10)
		.map(|meter| {
			Reading::signed(
				if meter % 3 == 0 { Scheme::P256 } else { Scheme::Ed25519 },
				meter,
				&[meter; 71],
			)
		})
		.collect();
	readings[1].message[0] ^= 1;
	readings[8].message[0] ^= 1;
	let wire: Vec<u8> = readings.iter().flat_map(record).collect();
	assert_eq!(verify_batch(&wire, 2), [0b1111_1101, 0b0000_0010]);
}

#[test]
fn verify_batch_should_count_an_unknown_scheme_as_one_invalid_record() {
	let good = record(&Reading::signed(Scheme::Ed25519, 1, b"register"));
	for unknown in 2..=u8::MAX {
		let wire = [&good[..], &[unknown], &good].concat();
		assert_eq!(verify_batch(&wire, 1), [0b101]);
	}
}

#[test]
fn verify_batch_should_refuse_the_last_record_when_it_is_cut_short() {
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		let good = record(&Reading::signed(scheme, 1, b"register"));
		let wire = [&good[..], &good].concat();
		assert_eq!(verify_batch(&wire, 1), [0b11]);
		for length in good.len()..wire.len() {
			assert_eq!(verify_batch(&wire[..length], 1), [0b01]);
		}
	}
}

#[test]
fn verify_batch_should_refuse_a_message_that_is_too_long_and_go_on_behind_it() {
	for scheme in [Scheme::Ed25519, Scheme::P256] {
		let signed = |length| record(&Reading::signed(scheme, 1, &vec![7; length]));
		let wire = [
			signed(MAX_MESSAGE_LEN),
			signed(MAX_MESSAGE_LEN + 1),
			signed(u16::MAX.into()),
			signed(1),
		]
		.concat();
		assert_eq!(verify_batch(&wire, 1), [0b1001]);
	}
}

#[test]
fn verify_batch_should_ignore_records_beyond_the_bitmap() {
	let good = record(&Reading::signed(Scheme::Ed25519, 1, b"register"));
	assert_eq!(verify_batch(&good.repeat(20), 2), [0xFF, 0xFF]);
	assert!(verify_batch(&good, 0).is_empty());
}

#[test]
fn verify_batch_should_clear_bits_that_have_no_record() {
	let good = record(&Reading::signed(Scheme::Ed25519, 1, b"register"));
	assert_eq!(verify_batch(&good, 3), [1, 0, 0]);
	assert_eq!(verify_batch(&[], 2), [0, 0]);
}

#[test]
fn is_valid_key_should_answer_zero_or_one_for_any_scheme_code() {
	let ed25519 = Reading::signed(Scheme::Ed25519, 1, &[]).key;
	let p256 = Reading::signed(Scheme::P256, 1, &[]).key;
	for code in 0..=255 {
		assert_eq!(is_valid_key(code, &ed25519), Some(Value::I32((code == 0).into())));
		assert_eq!(is_valid_key(code, &p256), Some(Value::I32((code == 1).into())));
	}
}

proptest! {
	#[test]
	fn verify_batch_should_never_trap_when_the_wire_is_arbitrary(
		wire in vec(prop_oneof![0_u8..3, any::<u8>()], 0..2_000),
		bitmap_len in 0_usize..200,
	) {
		prop_assert_eq!(verify_batch(&wire, bitmap_len).len(), bitmap_len);
	}
}
