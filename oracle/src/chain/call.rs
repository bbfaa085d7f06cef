//! Calls: named, encoded, signed, submitted, and what became of them.

use super::{Block, ChainError, Client, Keypair, H256};
use codec::Encode;
use subxt::{
	client::OnlineClientAtBlockImpl,
	dynamic::{At, Value},
	events::Phase,
	ext::{
		scale_encode::{self, EncodeAsFields, FieldIter},
		scale_type_resolver::TypeResolver,
		scale_value::Composite,
	},
	transactions::{Payload, SubmittableTransaction, TransactionStatus},
	SubstrateConfig,
};

/// Blocks for which a call may be included.
const PERIOD: u64 = 64;

/// A call: a pallet's name, the call's name, and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
	pallet: String,
	name: String,
	arguments: Scale,
}

/// Arguments that are SCALE-encoded already: the metadata has no say in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale(Vec<u8>);

impl Call {
	/// Names a call, with a tuple of its arguments in order.
	pub fn new(pallet: &str, name: &str, arguments: impl Encode) -> Self {
		Call {
			pallet: pallet.into(),
			name: name.into(),
			arguments: Scale(arguments.encode()),
		}
	}
}

impl Payload for Call {
	type CallData = Scale;

	fn pallet_name(&self) -> &str {
		&self.pallet
	}

	fn call_name(&self) -> &str {
		&self.name
	}

	fn call_data(&self) -> &Scale {
		&self.arguments
	}
}

impl EncodeAsFields for Scale {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_fields: &mut dyn FieldIter<'_, R::TypeId>,
		_types: &R,
		out: &mut Vec<u8>,
	) -> Result<(), scale_encode::Error> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

/// A call that is signed and ready for the pool.
#[derive(Clone)]
pub struct SignedCall {
	transaction: SubmittableTransaction<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>,
	expires: u64,
}

impl SignedCall {
	pub(super) fn new(
		transaction: SubmittableTransaction<SubstrateConfig, OnlineClientAtBlockImpl<SubstrateConfig>>,
		expires: u64,
	) -> Self {
		SignedCall { transaction, expires }
	}

	/// The hash by which a block names it.
	pub fn hash(&self) -> H256 {
		self.transaction.hash()
	}

	/// The extrinsic's bytes.
	pub fn bytes(&self) -> &[u8] {
		self.transaction.encoded()
	}

	/// The number of the first block that can no longer include it.
	pub fn expires(&self) -> u64 {
		self.expires
	}
}

/// How long [`Client::call`] waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
	/// Until the call is in a best block, which may yet be replaced.
	InBlock,
	/// Until the call is in a finalised block.
	Finalised,
}

/// An event, decoded by the metadata.
#[derive(Clone, Debug)]
pub struct Event {
	/// Its place among the block's events.
	pub index: u32,
	/// The place of the extrinsic that caused it; `None` for what a block does by itself.
	pub extrinsic: Option<u32>,
	/// The pallet.
	pub pallet: String,
	/// The event.
	pub name: String,
	/// Its fields.
	pub fields: Composite<()>,
}

impl Event {
	/// Decodes an event's fields.
	pub fn decode(event: &subxt::events::Event<'_, SubstrateConfig>) -> Result<Self, ChainError> {
		Ok(Event {
			index: event.index(),
			extrinsic: match event.phase() {
				Phase::ApplyExtrinsic(index) => Some(index),
				Phase::Finalization | Phase::Initialization => None,
			},
			pallet: event.pallet_name().into(),
			name: event.event_name().into(),
			fields: event.decode_fields_unchecked_as::<Composite<()>>()?,
		})
	}

	/// A field by its name.
	pub fn field(&self, name: &str) -> Option<&Value> {
		self.fields.at(name)
	}

	/// A field that is an unsigned number.
	pub fn number(&self, name: &str) -> Option<u128> {
		self.field(name)?.as_u128()
	}
}

/// A call that succeeded in a block.
#[derive(Clone, Debug)]
pub struct Included {
	/// The block.
	pub block: H256,
	/// The events that the call caused.
	pub events: Vec<Event>,
}

impl Included {
	/// The first event of this name that the call caused.
	pub fn event(&self, pallet: &str, name: &str) -> Option<&Event> {
		self.events
			.iter()
			.find(|event| event.pallet == pallet && event.name == name)
	}
}

impl Client {
	/// Signs a call, submits it and waits. Fails with [`ChainError::Dispatch`] where the call was included and refused, with the
	/// error's name and documentation.
	pub async fn call(&self, call: &Call, signer: &Keypair, wait: Wait) -> Result<Included, ChainError> {
		let nonce = self.next_nonce(&signer.public_key().into()).await?;
		let signed = self.finalised().await?.sign(call, signer, nonce, PERIOD)?;
		let mut progress = signed.transaction.submit_and_watch().await?;
		while let Some(status) = progress.next().await {
			let block = match status? {
				TransactionStatus::InBestBlock(at) if wait == Wait::InBlock => at.block_hash(),
				TransactionStatus::InFinalizedBlock(at) => at.block_hash(),
				TransactionStatus::Error { message }
				| TransactionStatus::Invalid { message }
				| TransactionStatus::Dropped { message } => return Err(ChainError::NotIncluded(message)),
				_ => continue,
			};
			return included(self.block(block).await?, signed.hash()).await;
		}
		Err(ChainError::NotIncluded("the node stopped reporting on it".into()))
	}
}

async fn included(block: Block, hash: H256) -> Result<Included, ChainError> {
	let extrinsics = block.extrinsics().await?;
	let extrinsic = extrinsics
		.iter()
		.find(|extrinsic| extrinsic.hash == hash)
		.ok_or(ChainError::NoBlock)?;
	let events = block.events().await?;
	let mut own = Vec::new();
	for event in events.iter() {
		let event = event?;
		if event.phase() != Phase::ApplyExtrinsic(extrinsic.index) {
			continue;
		}
		if let Some(failure) = block.failure(&event) {
			return Err(failure);
		}
		own.push(Event::decode(&event)?);
	}
	Ok(Included {
		block: block.hash(),
		events: own,
	})
}
