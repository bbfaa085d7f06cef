//! One block: its state, its extrinsics and its events.

mod scan;

use super::{Call, ChainError, Keypair, SignedCall, H256};
use codec::{Compact, Decode, Encode};
use subxt::{
	config::DefaultExtrinsicParamsBuilder, error::DispatchError, events::Events, storage, utils::Static,
	OnlineClientAtBlock, SubstrateConfig,
};

/// A block of the chain, and the runtime as it was then.
pub struct Block {
	at: OnlineClientAtBlock<SubstrateConfig>,
}

/// An extrinsic as a block has it.
pub struct Extrinsic {
	/// Its place in the block.
	pub index: u32,
	/// Its hash.
	pub hash: H256,
	/// The pallet it calls.
	pub pallet: String,
	/// The call.
	pub call: String,
	/// The call's arguments, SCALE-encoded one behind the other.
	pub arguments: Vec<u8>,
}

/// A storage key that is encoded already.
struct Key(Vec<u8>);

impl Encode for Key {
	fn encode_to<O: codec::Output + ?Sized>(&self, output: &mut O) {
		output.write(&self.0);
	}
}

impl Decode for Key {
	fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
		let mut bytes = vec![0; input.remaining_len()?.unwrap_or(0)];
		input.read(&mut bytes)?;
		Ok(Key(bytes))
	}
}

type Address = storage::DynamicAddress<Vec<Static<Key>>, Static<Key>>;

impl Block {
	pub(super) fn new(at: OnlineClientAtBlock<SubstrateConfig>) -> Self {
		Block { at }
	}

	/// The block's number.
	pub fn number(&self) -> u64 {
		self.at.block_number()
	}

	/// The block's hash.
	pub fn hash(&self) -> H256 {
		self.at.block_hash()
	}

	/// A storage item: the value at `keys`, each SCALE-encoded, or the item's default. `None` where there is neither.
	pub async fn storage<T: Decode>(
		&self,
		pallet: &str,
		entry: &str,
		keys: &[Vec<u8>],
	) -> Result<Option<T>, ChainError> {
		let address: Address = storage::dynamic(pallet, entry);
		let keys = keys.iter().map(|key| Static(Key(key.clone()))).collect();
		let value = self.at.storage().try_fetch(address, keys).await?;
		value.map(|value| decode(value.bytes(), pallet, entry)).transpose()
	}

	/// All entries of a map with one key, in the order of their hashed keys.
	pub async fn storage_map<K: Encode + Decode, V: Decode>(
		&self,
		pallet: &str,
		entry: &str,
	) -> Result<Vec<(K, V)>, ChainError> {
		let address = storage::dynamic::<(Static<K>,), Static<V>>(pallet, entry);
		let mut rows = self.at.storage().iter(address, ()).await?;
		let mut entries = Vec::new();
		while let Some(row) = rows.next().await {
			let row = row?;
			let (Static(key),) = row.key()?.decode()?;
			entries.push((key, decode(row.value().bytes(), pallet, entry)?));
		}
		Ok(entries)
	}

	/// A constant of a pallet.
	pub fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<T, ChainError> {
		let metadata = self.at.metadata_ref();
		let constant = metadata
			.pallet_by_name(pallet)
			.and_then(|found| found.constant_by_name(name));
		let constant = constant.ok_or_else(|| ChainError::Missing(format!("constant {pallet}.{name}")))?;
		decode(constant.value(), pallet, name)
	}

	/// Calls a runtime API by its full name, such as `Core_version`, with its SCALE-encoded arguments.
	pub async fn runtime_api<T: Decode>(&self, name: &str, arguments: impl Encode) -> Result<T, ChainError> {
		let arguments = arguments.encode();
		let answer = self.at.runtime_apis().call_raw(name, Some(&arguments)).await?;
		decode(&answer, "runtime API", name)
	}

	/// The block's events.
	pub async fn events(&self) -> Result<Events<SubstrateConfig>, ChainError> {
		Ok(self.at.events().fetch().await?)
	}

	/// The block's extrinsics.
	pub async fn extrinsics(&self) -> Result<Vec<Extrinsic>, ChainError> {
		let extrinsics = self.at.extrinsics().fetch().await?;
		let extrinsics = extrinsics.iter().map(|extrinsic| {
			let extrinsic = extrinsic?;
			Ok(Extrinsic {
				index: extrinsic.index() as u32,
				hash: extrinsic.hash(),
				pallet: extrinsic.pallet_name().into(),
				call: extrinsic.call_name().into(),
				arguments: extrinsic.call_data_field_bytes().to_vec(),
			})
		});
		extrinsics.collect()
	}

	/// The error that an event tells of, if it is one that tells of a failed extrinsic.
	pub fn failure(&self, event: &subxt::events::Event<'_, SubstrateConfig>) -> Option<ChainError> {
		if (event.pallet_name(), event.event_name()) != ("System", "ExtrinsicFailed") {
			return None;
		}
		let error = DispatchError::decode_from(event.field_bytes(), self.at.metadata());
		Some(error.map_or_else(|error| ChainError::Subxt(Box::new(error.into())), ChainError::from))
	}

	/// A call as bytes, for calls that take a call.
	pub fn call_data(&self, call: &Call) -> Result<Vec<u8>, ChainError> {
		Ok(self.at.tx().call_data(call)?)
	}

	/// Signs a call. It may be included in the `period` blocks after this one (a power of two).
	pub fn sign(&self, call: &Call, signer: &Keypair, nonce: u64, period: u64) -> Result<SignedCall, ChainError> {
		let extensions = DefaultExtrinsicParamsBuilder::<SubstrateConfig>::new()
			.nonce(nonce)
			.mortal_from_unchecked(period, self.number(), self.hash())
			.build();
		let signed = self.at.tx().create_signable_offline(call, extensions)?.sign(signer)?;
		Ok(SignedCall::new(signed, self.number() + period))
	}

	/// The block's time, Unix milliseconds, from the extrinsic that sets it. The first block has none.
	pub fn time_ms(extrinsics: &[Extrinsic]) -> Option<u64> {
		let set = extrinsics
			.iter()
			.find(|extrinsic| (&*extrinsic.pallet, &*extrinsic.call) == ("Timestamp", "set"))?;
		Compact::<u64>::decode(&mut &*set.arguments)
			.ok()
			.map(|Compact(time)| time)
	}
}

fn decode<T: Decode>(bytes: &[u8], pallet: &str, item: &str) -> Result<T, ChainError> {
	T::decode(&mut &*bytes).map_err(|error| ChainError::Decode {
		what: format!("{pallet}.{item}"),
		error,
	})
}
