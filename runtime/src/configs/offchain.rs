//! How a node's off-chain worker signs what it sends: as a carrier, with the key in the node's keystore.

use crate::*;
use codec::Encode;
use frame_system::offchain::{
	AppCrypto, CreateSignedTransaction, CreateTransactionBase, SendSignedTransaction, Signer, SigningTypes,
};
use gridtokenx_primitives::reading::Page;
use pallet_telemetry::offchain::{crypto::CarrierCrypto, CarrierKeys, MORTALITY};
use sp_runtime::{generic::Era, BoundedVec};

impl SigningTypes for Runtime {
	type Public = <Signature as Verify>::Signer;
	type Signature = Signature;
}

impl<LocalCall> CreateTransactionBase<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	type Extrinsic = UncheckedExtrinsic;
	type RuntimeCall = RuntimeCall;
}

impl<LocalCall> CreateSignedTransaction<LocalCall> for Runtime
where
	RuntimeCall: From<LocalCall>,
{
	fn create_signed_transaction<C: AppCrypto<Self::Public, Self::Signature>>(
		call: RuntimeCall,
		public: Self::Public,
		account: AccountId,
		nonce: Nonce,
	) -> Option<UncheckedExtrinsic> {
		let payload = SignedPayload::new(call, extension(nonce)).ok()?;
		let signature = payload.using_encoded(|bytes| C::sign(bytes, public))?;
		let (call, extension, _) = payload.deconstruct();
		Some(UncheckedExtrinsic::new_signed(
			call,
			account.into(),
			signature,
			extension,
		))
	}
}

/// What a transaction of the worker carries: good for a few blocks from the present one on, without a tip.
fn extension(nonce: Nonce) -> TxExtension {
	let era = Era::mortal(MORTALITY.into(), System::block_number().into());
	(
		frame_system::AuthorizeCall::new(),
		frame_system::CheckNonZeroSender::new(),
		frame_system::CheckSpecVersion::new(),
		frame_system::CheckTxVersion::new(),
		frame_system::CheckGenesis::new(),
		frame_system::CheckEra::from(era),
		pallet_telemetry::CheckCarrierNonce::from(nonce),
		frame_system::CheckWeight::new(),
		pallet_transaction_payment::ChargeTransactionPayment::from(0),
		frame_metadata_hash_extension::CheckMetadataHash::new(false),
		frame_system::WeightReclaim::new(),
	)
}

type CarrierSigner = Signer<Runtime, CarrierCrypto>;
type MaxPages = <Runtime as pallet_telemetry::Config>::MaxPages;

/// Carriers' keys in the node's keystore.
pub struct KeystoreCarriers;

impl CarrierKeys<AccountId, MaxPages> for KeystoreCarriers {
	fn accounts() -> Vec<AccountId> {
		CarrierSigner::keystore_accounts().map(|account| account.id).collect()
	}

	fn submit(account: &AccountId, pages: BoundedVec<Page, MaxPages>) -> bool {
		let Some(own) = CarrierSigner::keystore_accounts().find(|own| own.id == *account) else {
			return false;
		};
		let call = pallet_telemetry::Call::<Runtime>::submit_readings { pages };
		CarrierSigner::any_account().send_single_signed_transaction(&own, call) == Some(Ok(()))
	}
}
