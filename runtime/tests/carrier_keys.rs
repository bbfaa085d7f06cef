//! What a validator's off-chain worker signs is a transaction that the pool takes.

use codec::{Decode, Encode};
use gridtokenx_primitives::{
	reading::{Page, NO_POWER},
	units::GRX,
	Quality, Reading,
};
use gridtokenx_runtime::{
	configs::KeystoreCarriers, constants::SLOT_MILLIS, AccountId, Executive, Hash, Runtime, RuntimeCall, System,
	UncheckedExtrinsic,
};
use pallet_telemetry::{
	offchain::{crypto::KEY_TYPE, MORTALITY},
	CarrierKeys,
};
use sp_core::{
	offchain::{testing::TestTransactionPoolExt, TransactionPoolExt},
	sr25519, Pair,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{
	generic::Preamble,
	transaction_validity::{InvalidTransaction, TransactionSource, TransactionValidity},
	BuildStorage,
};

/// The block after which the worker runs.
const BLOCK: u32 = 40;
const INTERVAL_SECONDS: u32 = 60;

fn account(uri: &str) -> AccountId {
	pair(uri).public().into()
}

fn pair(uri: &str) -> sr25519::Pair {
	sr25519::Pair::from_string(uri, None).expect("a derivation path")
}

fn block_hash(number: u32) -> Hash {
	Hash::repeat_byte(number as u8)
}

fn genesis() -> sp_core::storage::Storage {
	let (hot, owner) = (account("//Validator//carrier"), account("//Utility"));
	let mut storage = frame_system::GenesisConfig::<Runtime>::default()
		.build_storage()
		.expect("builds");
	pallet_balances::GenesisConfig::<Runtime> {
		balances: vec![(owner.clone(), 100_000 * GRX)],
		..Default::default()
	}
	.assimilate_storage(&mut storage)
	.expect("builds");
	pallet_grid::GenesisConfig::<Runtime> {
		interval_seconds: INTERVAL_SECONDS,
		zones: Vec::new(),
	}
	.assimilate_storage(&mut storage)
	.expect("builds");
	pallet_telemetry::GenesisConfig::<Runtime> {
		grace: 4,
		carriers: vec![(hot, owner, 64, 10_000 * GRX)],
	}
	.assimilate_storage(&mut storage)
	.expect("builds");
	storage
}

/// A batch of one reading, of interval 0: the gate does not look at signatures of meters.
fn batch() -> Vec<Page> {
	let reading = Reading {
		device: 0,
		epoch: 0,
		interval: 0,
		import_wh: 1,
		export_wh: 0,
		quality: Quality::default(),
		power_w: NO_POWER,
	};
	vec![Page {
		page: 0,
		readings: vec![reading.paged([1; 64])].try_into().expect("one fits"),
	}]
}

/// Runs a test in interval 5, with the keys of these URIs in the keystore. It is given what was handed to the pool.
fn with_keys(uris: &[&str], test: impl FnOnce(&dyn Fn() -> Vec<Vec<u8>>)) {
	let keystore = MemoryKeystore::new();
	for uri in uris {
		let public = pair(uri).public();
		keystore.insert(KEY_TYPE, uri, public.as_ref()).expect("inserted");
	}
	let (pool, state) = TestTransactionPoolExt::new();
	let mut externalities = sp_io::TestExternalities::from(genesis());
	externalities.register_extension(KeystoreExt::new(keystore));
	externalities.register_extension(TransactionPoolExt::new(pool));
	externalities.execute_with(|| {
		System::set_block_number(BLOCK);
		for number in [0, BLOCK] {
			frame_system::BlockHash::<Runtime>::insert(number, block_hash(number));
		}
		let slot = u64::from(5 * INTERVAL_SECONDS) * 1_000 / SLOT_MILLIS;
		pallet_aura::CurrentSlot::<Runtime>::put(sp_consensus_aura::Slot::from(slot));
		test(&|| state.read().transactions.clone());
	});
}

fn submit(account: &AccountId) -> bool {
	KeystoreCarriers::submit(account, batch().try_into().expect("one page"))
}

/// What the pool says when `block` is the best one.
fn validate_after(block: u32, transaction: &UncheckedExtrinsic) -> TransactionValidity {
	System::set_block_number(block);
	Executive::validate_transaction(TransactionSource::Local, transaction.clone(), block_hash(block))
}

#[test]
fn batch_should_be_valid_in_the_pool_when_it_is_signed_with_the_key_in_the_keystore() {
	with_keys(&["//Other", "//Validator//carrier"], |pool| {
		let carrier = account("//Validator//carrier");
		assert!(KeystoreCarriers::accounts().contains(&carrier));
		assert!(submit(&carrier));
		let [bytes] = &pool()[..] else {
			panic!("one transaction")
		};
		let transaction = UncheckedExtrinsic::decode(&mut &**bytes).expect("a transaction");
		assert!(matches!(&transaction.preamble, Preamble::Signed(signer, ..) if *signer == carrier.clone().into()));
		let RuntimeCall::Telemetry(pallet_telemetry::Call::submit_readings { pages }) = &transaction.function else {
			panic!("a batch of readings: {transaction:?}")
		};
		assert_eq!(pages.to_vec(), batch());

		// The worker counts the nonce on in its own copy of the state, which nobody keeps.
		frame_system::Account::<Runtime>::mutate(&carrier, |account| account.nonce = 0);
		let valid = validate_after(BLOCK, &transaction).expect("the pool takes it");
		assert_eq!(valid.provides, [(carrier, 0u32).encode()]);
		assert!(validate_after(BLOCK + MORTALITY - 2, &transaction).is_ok());
		// The next block could not include it any more.
		let refused = validate_after(BLOCK + MORTALITY - 1, &transaction);
		assert_eq!(refused, Err(InvalidTransaction::AncientBirthBlock.into()));
	});
}

#[test]
fn batch_should_be_refused_by_the_pool_when_the_key_is_no_carrier_s() {
	with_keys(&["//Other"], |pool| {
		let other = account("//Other");
		assert!(submit(&other));
		let transaction = UncheckedExtrinsic::decode(&mut &*pool()[0]).expect("a transaction");
		let refused = validate_after(BLOCK, &transaction);
		assert_eq!(refused, Err(InvalidTransaction::BadSigner.into()));
	});
}

#[test]
fn nothing_should_be_signed_when_the_key_is_not_in_the_keystore() {
	with_keys(&[], |pool| {
		assert_eq!(KeystoreCarriers::accounts(), []);
		assert!(!submit(&account("//Validator//carrier")));
		assert_eq!(pool().len(), 0);
	});
}
