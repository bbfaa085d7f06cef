//! What can go wrong between the oracle and a node.

use subxt::{
	error::{BackendError, DispatchError, ExtrinsicError, RpcError},
	rpcs::UserError,
};

/// A failure at the chain.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
	/// The node cannot be reached.
	#[error("cannot connect to the node: {0}")]
	Connect(String),
	/// The node went away during a request, or did not understand it.
	#[error(transparent)]
	Rpc(subxt::rpcs::Error),
	/// The node understood the request and said no.
	#[error("the node refused: {0}")]
	Refused(String),
	/// The node's answer does not fit its metadata, or a request through the client library failed.
	#[error(transparent)]
	Subxt(Box<subxt::Error>),
	/// A value is not what this program takes it for: the runtime is another version.
	#[error("cannot decode {what}: {error}")]
	Decode {
		/// The item's name.
		what: String,
		/// What the decoder says.
		error: codec::Error,
	},
	/// The runtime lacks something.
	#[error("the runtime has no {0}")]
	Missing(String),
	/// The node knows no block.
	#[error("the node has no such block")]
	NoBlock,
	/// The pool will not have the call, or let it go.
	#[error("the call was not included: {0}")]
	NotIncluded(String),
	/// The call was included and failed.
	#[error("{name}: {docs}")]
	Dispatch {
		/// The error's name, `Pallet.Name`.
		name: String,
		/// What its documentation says, which tells the caller what to do.
		docs: String,
	},
}

impl ChainError {
	/// Whether the node is there, and said no.
	pub fn is_refusal(&self) -> bool {
		matches!(self, ChainError::Refused(_))
	}

	/// Whether the node has thrown the block's state away.
	pub fn is_pruned(&self) -> bool {
		// The node has no code of its own for it.
		let text = self.to_string();
		text.contains("State already discarded") || text.contains("UnknownBlock")
	}
}

impl From<subxt::rpcs::Error> for ChainError {
	fn from(error: subxt::rpcs::Error) -> Self {
		match error {
			// The pool says why in the data, not in the message.
			subxt::rpcs::Error::User(UserError {
				message,
				data: Some(data),
				..
			}) => ChainError::Refused(format!("{message}: {}", data.get().trim_matches('"'))),
			subxt::rpcs::Error::User(UserError { message, .. }) => ChainError::Refused(message),
			error => ChainError::Rpc(error),
		}
	}
}

impl From<ExtrinsicError> for ChainError {
	fn from(error: ExtrinsicError) -> Self {
		match error {
			ExtrinsicError::ErrorSubmittingTransaction(BackendError::Rpc(RpcError::ClientError(error))) => error.into(),
			error => ChainError::Subxt(Box::new(error.into())),
		}
	}
}

impl From<DispatchError> for ChainError {
	fn from(error: DispatchError) -> Self {
		let DispatchError::Module(module) = &error else {
			return ChainError::Dispatch {
				name: format!("{error:?}"),
				docs: error.to_string(),
			};
		};
		let docs = module.details().map(|details| details.variant.docs.join(" "));
		ChainError::Dispatch {
			name: module.details_string().replace("::", "."),
			docs: docs.unwrap_or_default().trim().into(),
		}
	}
}

/// The client library has an error type for each of its parts; to the oracle they are one.
macro_rules! from_subxt {
	($($error:ident),*) => {$(
		impl From<subxt::error::$error> for ChainError {
			fn from(error: subxt::error::$error) -> Self {
				ChainError::Subxt(Box::new(error.into()))
			}
		}
	)*};
}

from_subxt!(
	BlockError,
	EventsError,
	ExtrinsicDecodeErrorAt,
	OnlineClientAtBlockError,
	OnlineClientError,
	RuntimeApiError,
	StorageError,
	StorageKeyError,
	StorageValueError,
	TransactionProgressError
);
