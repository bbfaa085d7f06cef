//! The gate for fee-free batches, and that everything else passes as by `CheckNonce`.

use crate::{
	extension::{EMPTY_BATCH, LONGEVITY, NONCE_TOO_FAR, OVER_QUOTA, PRIORITY, TOO_EARLY, TOO_LARGE},
	mock::*,
	BlockLoads, Call, Carriers, CheckCarrierNonce, WeightInfo,
};
use codec::{Decode, Encode};
use frame_support::{
	assert_ok,
	dispatch::{DispatchInfo, GetDispatchInfo, Pays, PostDispatchInfo},
	traits::Get,
	weights::Weight,
};
use frame_system::{limits::BlockWeights, CheckNonce};
use gridtokenx_primitives::Interval;
use sp_runtime::{
	traits::{DispatchTransaction, TransactionExtension},
	transaction_validity::{
		InvalidTransaction, TransactionSource::External, TransactionValidityError, UnknownTransaction, ValidTransaction,
	},
};

type Extension = CheckCarrierNonce<Test>;

fn call_of(count: u32) -> RuntimeCall {
	let readings: Vec<_> = (0..count)
		.map(|offset| reading(offset % 64, 999 - offset / 64, 0, 0))
		.collect();
	Call::submit_readings {
		pages: unsigned_batch(&readings),
	}
	.into()
}

/// Pages of readings that nobody signed: the pool does not look.
fn unsigned_batch(readings: &[gridtokenx_primitives::Reading]) -> Pages {
	let pages = readings.chunks(64).enumerate();
	pages
		.map(|(number, it)| page(number as u32, it.iter().map(|it| it.paged([0; 64])).collect()))
		.collect::<Vec<_>>()
		.try_into()
		.unwrap()
}

fn transfer() -> RuntimeCall {
	pallet_balances::Call::transfer_all {
		dest: BOB,
		keep_alive: false,
	}
	.into()
}

fn validate(who: AccountId, nonce: u32, call: &RuntimeCall) -> Result<ValidTransaction, TransactionValidityError> {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(who);
	Extension::from(nonce)
		.validate_only(origin, call, &info, call.encoded_size(), External, 0)
		.map(|(valid, ..)| valid)
}

fn prepare(who: AccountId, nonce: u32, call: &RuntimeCall) -> Result<(), TransactionValidityError> {
	let info = call.get_dispatch_info();
	let origin = RuntimeOrigin::signed(who);
	Extension::from(nonce)
		.validate_and_prepare(origin, call, &info, call.encoded_size(), 0)
		.map(|_| ())
}

#[test]
fn batch_should_have_a_priority_and_a_longevity_of_its_own() {
	ExtBuilder::default().site(0, ALICE).build_and_execute(|| {
		let valid = validate(CARRIER, 0, &call_of(3)).unwrap();
		assert_eq!((valid.priority, valid.longevity), (PRIORITY, LONGEVITY));
		assert_eq!(valid.provides, [(CARRIER, 0u32).encode()]);
	});
}

#[test]
fn batch_should_be_refused_when_the_signer_is_no_active_carrier() {
	ExtBuilder::default().build_and_execute(|| {
		let refused = Err(InvalidTransaction::BadSigner.into());
		assert_eq!(validate(ALICE, 0, &call_of(1)), refused);
		assert_eq!(validate(STRANGER, 0, &call_of(1)), refused);
		assert_ok!(Telemetry::unbond_carrier(RuntimeOrigin::signed(OPERATOR), CARRIER));
		assert_eq!(validate(CARRIER, 0, &call_of(1)), refused);
	});
}

#[test]
fn batch_should_be_held_back_when_its_nonce_is_too_far_ahead() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(validate(CARRIER, 16, &call_of(1)));
		let unknown = UnknownTransaction::Custom(NONCE_TOO_FAR);
		assert_eq!(
			validate(CARRIER, 17, &call_of(1)),
			Err(unknown.into()),
			"unknown, for the pool bans what is invalid"
		);
		System::inc_account_nonce(CARRIER);
		assert_ok!(validate(CARRIER, 17, &call_of(1)));
		assert_eq!(validate(CARRIER, 0, &call_of(1)), Err(InvalidTransaction::Stale.into()));
	});
}

#[test]
fn batch_should_be_refused_when_it_is_empty_over_quota_or_ahead_of_time() {
	ExtBuilder::default().build_and_execute(|| {
		let custom = |code| Err(InvalidTransaction::Custom(code).into());
		assert_eq!(validate(CARRIER, 0, &call_of(0)), custom(EMPTY_BATCH));
		assert_ok!(validate(CARRIER, 0, &call_of(1_024)));
		assert_eq!(validate(CARRIER, 0, &call_of(1_025)), custom(OVER_QUOTA));
		let at = |interval: Interval| reading(0, interval, 0, 0);
		let ahead = Call::submit_readings {
			pages: unsigned_batch(&[at(START), at(START + 1)]),
		}
		.into();
		assert_eq!(
			validate(CARRIER, 0, &ahead),
			Err(UnknownTransaction::Custom(TOO_EARLY).into())
		);
		let partly = Call::submit_readings {
			pages: unsigned_batch(&[at(START), at(START - 1)]),
		}
		.into();
		assert_ok!(validate(CARRIER, 0, &partly));
	});
}

#[test]
fn batch_should_be_refused_when_it_alone_would_take_half_a_block() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Telemetry::set_quota(RuntimeOrigin::root(), CARRIER, 100_000));
		let (call, most) = (call_of(64), half_a_block());
		let info = |weight| DispatchInfo {
			call_weight: weight,
			..call.get_dispatch_info()
		};
		let validate = |weight| {
			let origin = RuntimeOrigin::signed(CARRIER);
			Extension::from(0)
				.validate_only(origin, &call, &info(weight), 100, External, 0)
				.map(|_| ())
		};
		assert_ok!(validate(most));
		let heavier = most.saturating_add(Weight::from_parts(1, 0));
		assert_eq!(validate(heavier), Err(InvalidTransaction::Custom(TOO_LARGE).into()));
	});
}

fn half_a_block() -> Weight {
	<<Test as frame_system::Config>::BlockWeights as Get<BlockWeights>>::get().max_block / 2
}

#[test]
fn batch_should_wait_for_the_next_block_when_the_quota_is_used_up() {
	ExtBuilder::default().build_and_execute(|| {
		assert_ok!(Telemetry::set_quota(RuntimeOrigin::root(), CARRIER, 100));
		assert_ok!(prepare(CARRIER, 0, &call_of(60)));
		assert_eq!(
			prepare(CARRIER, 1, &call_of(41)),
			Err(InvalidTransaction::ExhaustsResources.into())
		);
		assert_ok!(prepare(CARRIER, 1, &call_of(40)));
		assert_eq!(Carriers::<Test>::get(CARRIER).unwrap().carried.readings, 100);
		run_to(START + 1);
		assert_ok!(prepare(CARRIER, 2, &call_of(41)));
	});
}

#[test]
fn batch_should_wait_for_the_next_block_when_carriers_have_taken_half_of_this_one() {
	ExtBuilder::default().build_and_execute(|| {
		let call = call_of(1);
		let prepare = |nonce, weight, len| {
			let info = DispatchInfo {
				call_weight: weight,
				..call.get_dispatch_info()
			};
			let origin = RuntimeOrigin::signed(CARRIER);
			Extension::from(nonce)
				.validate_and_prepare(origin, &call, &info, len, 0)
				.map(|_| ())
		};
		let (third, len) = (half_a_block() / 3, 1_000);
		assert_ok!(prepare(0, third, len));
		assert_ok!(prepare(1, third, len));
		let two_thirds = third.saturating_mul(2);
		assert_eq!(
			prepare(2, two_thirds, len),
			Err(InvalidTransaction::ExhaustsResources.into())
		);
		assert_eq!(
			prepare(2, third, 10_000_000),
			Err(InvalidTransaction::ExhaustsResources.into()),
			"length counts too"
		);
		assert_ok!(prepare(2, third, len));
		run_to(START + 1);
		assert_ok!(prepare(3, two_thirds, len));
	});
}

#[test]
fn weight_that_was_not_needed_should_be_left_to_the_next_batch() {
	ExtBuilder::default().build_and_execute(|| {
		let (call, half) = (call_of(1), half_a_block());
		let info = DispatchInfo {
			call_weight: half,
			..call.get_dispatch_info()
		};
		let origin = RuntimeOrigin::signed(CARRIER);
		let (pre, _) = Extension::from(0)
			.validate_and_prepare(origin, &call, &info, 100, 0)
			.unwrap();
		let needed = PostDispatchInfo {
			actual_weight: Some(half / 4),
			pays_fee: Pays::No,
		};
		assert_ok!(Extension::post_dispatch_details(pre, &info, &needed, 100, &Ok(())));
		assert_eq!(BlockLoads::<Test>::get().unwrap().weight, half / 4);
	});
}

#[test]
fn other_calls_should_pass_exactly_as_by_the_nonce_check() {
	ExtBuilder::default().build_and_execute(|| {
		let info = transfer().get_dispatch_info();
		for (who, nonce) in [(ALICE, 0), (ALICE, 40), (STRANGER, 0), (CARRIER, 0)] {
			let origin = || RuntimeOrigin::signed(who);
			let plain = CheckNonce::<Test>::from(nonce).validate_only(origin(), &transfer(), &info, 9, External, 0);
			assert_eq!(validate(who, nonce, &transfer()), plain.map(|(valid, ..)| valid));
		}
		assert_eq!(
			Extension::from(0).weight(&transfer()),
			CheckNonce::<Test>::from(0).weight(&transfer())
		);
		assert_ok!(prepare(ALICE, 0, &transfer()));
		assert_eq!(System::account_nonce(ALICE), 1);
		assert_eq!(prepare(ALICE, 5, &transfer()), Err(InvalidTransaction::Future.into()));
		assert_eq!(BlockLoads::<Test>::get(), None);
	});
}

#[test]
fn extension_should_bear_the_name_and_the_encoding_of_the_nonce_check() {
	use sp_runtime::traits::TransactionExtension as Extends;
	assert_eq!(
		<Extension as Extends<RuntimeCall>>::IDENTIFIER,
		<CheckNonce<Test> as Extends<RuntimeCall>>::IDENTIFIER
	);
	let encoded = Extension::from(300).encode();
	assert_eq!(encoded, CheckNonce::<Test>::from(300).encode());
	assert_eq!(Extension::decode(&mut &encoded[..]).unwrap(), Extension::from(300));
}

#[test]
fn extension_should_weigh_the_carrier_check_for_batches() {
	let nonce = CheckNonce::<Test>::from(0).weight(&transfer());
	assert_eq!(
		Extension::from(0).weight(&call_of(1)),
		nonce + <() as WeightInfo>::check_carrier()
	);
}
