//! The chain, as the oracle, the simulator and the tests talk to it.
//!
//! Everything goes by the names in the node's metadata and by SCALE, so that no code is generated from one runtime: a call is a
//! pallet's name, a call's name and its encoded arguments; storage is decoded into the types of `gridtokenx-primitives`.
//!
//! ```no_run
//! # async fn example() -> Result<(), gridtokenx_oracle::chain::ChainError> {
//! use gridtokenx_oracle::{chain::{Call, Client, Wait}, keys};
//!
//! let client = Client::connect("ws://127.0.0.1:9944").await?;
//! let alice = keys::pair("//Alice").expect("a well-known key");
//! let remark = Call::new("System", "remark_with_event", (b"hello".to_vec(),));
//! let included = client.call(&remark, &alice, Wait::InBlock).await?;
//! assert!(included.event("System", "Remarked").is_some());
//! # Ok(()) }
//! ```

mod block;
mod call;
mod error;

pub use block::{Block, Extrinsic};
pub use call::{Call, Event, Included, SignedCall, Wait};
pub use error::ChainError;

use codec::Decode;
use futures::{Stream, StreamExt};
use gridtokenx_primitives::GenesisHash;
use std::{sync::Arc, time::Duration};
use subxt::{
	backend::LegacyBackend,
	config::{substrate::SubstrateHeader, RpcConfigFor},
	ext::jsonrpsee::{
		client_transport::ws::{Url, WsTransportClientBuilder},
		core::client::{async_client::PingConfig, Client as RpcTransport},
	},
	rpcs::{methods::legacy::LegacyRpcMethods, RpcClient},
	OnlineClient, SubstrateConfig,
};

pub use subxt::{config::substrate::H256, utils::AccountId32};
pub use subxt_signer::sr25519::Keypair;

/// A block of readings has up to 4 MiB, and JSON writes it in hexadecimal.
const MAX_RESPONSE: u32 = 64 * 1024 * 1024;
/// How long a node may take to answer before it counts as gone.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A connection to a node. Clones share it. It does not reconnect: when its calls fail, connect again.
#[derive(Clone)]
pub struct Client {
	online: OnlineClient<SubstrateConfig>,
	rpc: LegacyRpcMethods<RpcConfigFor<SubstrateConfig>>,
}

impl Client {
	/// Connects to a node's websocket, `ws://…` or `wss://…`.
	pub async fn connect(url: &str) -> Result<Self, ChainError> {
		let url = Url::parse(url).map_err(|error| ChainError::Connect(error.to_string()))?;
		let transport = WsTransportClientBuilder {
			max_response_size: MAX_RESPONSE,
			..Default::default()
		};
		let (sender, receiver) = transport
			.build(url)
			.await
			.map_err(|error| ChainError::Connect(error.to_string()))?;
		let transport = RpcTransport::builder()
			.request_timeout(TIMEOUT)
			// A node that vanished without closing the connection is noticed by its silence.
			.enable_ws_ping(PingConfig::new().ping_interval(TIMEOUT).inactive_limit(TIMEOUT))
			.build_with_tokio(sender, receiver);
		let rpc = RpcClient::new(transport);
		let backend = LegacyBackend::builder().build(rpc.clone());
		let online = OnlineClient::from_backend(Arc::new(backend)).await?;
		Ok(Client {
			online,
			rpc: LegacyRpcMethods::new(rpc),
		})
	}

	/// Hash of the chain's first block: part of every message that a device signs.
	pub fn genesis(&self) -> GenesisHash {
		self.online.genesis_hash().0
	}

	/// The chain's name, as its specification has it.
	pub async fn chain_name(&self) -> Result<String, ChainError> {
		Ok(self.rpc.system_chain().await?)
	}

	/// Whether the node runs a development chain or a local test network, where well-known keys have power by design.
	pub async fn is_development(&self) -> Result<bool, ChainError> {
		let kind = self.rpc.system_chain_type().await?;
		Ok(matches!(kind.as_str(), "Development" | "Local"))
	}

	/// The latest finalised block.
	pub async fn finalised(&self) -> Result<Block, ChainError> {
		Ok(Block::new(self.online.at_current_block().await?))
	}

	/// The best block, which may yet be replaced by another.
	pub async fn best(&self) -> Result<Block, ChainError> {
		let hash = self.rpc.chain_get_block_hash(None).await?.ok_or(ChainError::NoBlock)?;
		self.block(hash).await
	}

	/// A block by its hash.
	pub async fn block(&self, hash: H256) -> Result<Block, ChainError> {
		Ok(Block::new(self.online.at_block(hash).await?))
	}

	/// A block of the best chain by its number.
	pub async fn block_at(&self, number: u64) -> Result<Block, ChainError> {
		Ok(Block::new(self.online.at_block(number).await?))
	}

	/// The numbers of finalised blocks as they come. Some may be left out: the later number implies them.
	pub async fn finalised_numbers(&self) -> Result<impl Stream<Item = Result<u64, ChainError>> + Unpin, ChainError> {
		let heads = self.rpc.chain_subscribe_finalized_heads().await?;
		Ok(heads.map(|head| {
			let head: SubstrateHeader<H256> = head?;
			Ok(head.number)
		}))
	}

	/// A storage item as of the latest finalised block. See [`Block::storage`].
	pub async fn storage<T: Decode>(
		&self,
		pallet: &str,
		entry: &str,
		keys: &[Vec<u8>],
	) -> Result<Option<T>, ChainError> {
		self.finalised().await?.storage(pallet, entry, keys).await
	}

	/// The events of a block.
	pub async fn events(&self, block: H256) -> Result<Vec<Event>, ChainError> {
		let events = self.block(block).await?.events().await?;
		events.iter().map(|event| Event::decode(&event?)).collect()
	}

	/// The nonce for an account's next call, behind those in the node's pool.
	pub async fn next_nonce(&self, account: &AccountId32) -> Result<u64, ChainError> {
		Ok(self.rpc.system_account_next_index(account).await?)
	}

	/// Hands a signed call to the node's pool, and asks for no news of it.
	pub async fn submit(&self, call: &SignedCall) -> Result<(), ChainError> {
		self.rpc.author_submit_extrinsic(call.bytes()).await?;
		Ok(())
	}
}
