//! A worker's surroundings: a node's storage, a hub that answers by the book, and a pool.

use crate::mock::*;
use codec::{Decode, Encode};
use frame_support::traits::Hooks;
use gridtokenx_primitives::{
	hub::{HubAccess, ReadingBatch, ACCESS_KEY},
	reading::Page,
	Interval, Reading, SignedReading,
};
use sp_core::{
	offchain::{
		testing::{PendingRequest, TestOffchainExt, TestTransactionPoolExt},
		Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt, OffchainWorkerExt,
		OpaqueNetworkState, Timestamp, TransactionPoolExt,
	},
	OpaquePeerId,
};
use sp_runtime::offchain::storage::StorageValueRef;

pub const HUB: &str = "http://127.0.0.1:8420";

/// The interval that runs in these tests.
pub const NOW: Interval = START + 3;
/// The latest interval that is a worker's business then.
pub const DUE: Interval = NOW - 2;

/// A transaction in the pool: who signed it, with which nonce, and the batch.
pub type Sent = (AccountId, u32, Vec<Page>);

pub struct Outside {
	http: TestOffchainExt,
	take_sent: Box<dyn Fn() -> Vec<Vec<u8>>>,
}

impl Outside {
	/// Expects a request for what waits from `after` on, and answers it with these bytes.
	pub fn answer_bytes(&self, after: u64, headers: &[(&str, &str)], answer: Vec<u8>) {
		let owned = headers
			.iter()
			.map(|(name, value)| (name.to_string(), value.to_string()));
		self.http.0.write().expect_request(PendingRequest {
			method: "GET".into(),
			uri: format!("{HUB}/v1/batches?after={after}&max=1024"),
			headers: owned.collect(),
			sent: true,
			response: Some(answer),
			..Default::default()
		});
	}

	/// Expects a request for what waits from `after` on, and answers with readings.
	pub fn answer(&self, after: u64, readings: &[SignedReading]) {
		let batch = ReadingBatch {
			next: after + readings.len() as u64,
			readings: readings.to_vec().try_into().unwrap(),
		};
		self.answer_bytes(after, &[], batch.encode());
	}

	/// Expects a worker to pull all that waits.
	pub fn offer(&self, readings: &[SignedReading]) {
		self.answer(0, readings);
		if !readings.is_empty() {
			self.answer(readings.len() as u64, &[]);
		}
	}

	/// What was handed to the pool since it was last asked.
	pub fn sent(&self) -> Vec<Sent> {
		let decode = |bytes: Vec<u8>| Sent::decode(&mut &*bytes).unwrap();
		(self.take_sent)().into_iter().map(decode).collect()
	}

	/// Runs the worker after the present block.
	pub fn work(&self) -> Vec<Sent> {
		Telemetry::offchain_worker(System::block_number());
		self.sent()
	}
}

/// A reading with its meter's signature.
pub fn signed_reading(reading: Reading) -> SignedReading {
	SignedReading {
		reading,
		signature: signed(reading).signature,
	}
}

/// Runs a test at [`NOW`], on a node with a hub and with the key of [`CARRIER`]. Every answer of the hub has to be asked for.
pub fn with_hub(builder: ExtBuilder, test: impl FnOnce(&Outside)) {
	with_failing_hub(builder, None, test);
}

/// The same with a hub all of whose answers have this status.
pub fn with_failing_hub(builder: ExtBuilder, status: Option<HttpRequestStatus>, test: impl FnOnce(&Outside)) {
	let (pool, pool_state) = TestTransactionPoolExt::new();
	let outside = Outside {
		http: TestOffchainExt::default(),
		take_sent: Box::new(move || pool_state.write().transactions.drain(..).collect()),
	};
	let mut externalities = builder.grace(4).build();
	externalities.register_extension(OffchainDbExt::new(outside.http.clone()));
	externalities.register_extension(OffchainWorkerExt::new(HubExt(outside.http.clone(), status)));
	externalities.register_extension(TransactionPoolExt::new(pool));
	externalities.execute_with(|| {
		KeystoreAccounts::set(vec![CARRIER]);
		run_to(START);
		run_to(NOW);
		set_access(None);
		test(&outside);
		Telemetry::do_try_state().unwrap();
	});
}

/// Names the hub to the worker, as the node does.
pub fn set_access(token: Option<&str>) {
	StorageValueRef::persistent(ACCESS_KEY).set(&HubAccess {
		url: HUB.into(),
		token: token.map(Into::into),
	});
}

/// [`TestOffchainExt`], which knows no slow answers and no other status than 200.
struct HubExt(TestOffchainExt, Option<HttpRequestStatus>);

impl Externalities for HubExt {
	fn is_validator(&self) -> bool {
		self.0.is_validator()
	}
	fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
		self.0.network_state()
	}
	fn timestamp(&mut self) -> Timestamp {
		self.0.timestamp()
	}
	fn sleep_until(&mut self, deadline: Timestamp) {
		self.0.sleep_until(deadline)
	}
	fn random_seed(&mut self) -> [u8; 32] {
		self.0.random_seed()
	}
	fn http_request_start(&mut self, method: &str, uri: &str, meta: &[u8]) -> Result<HttpRequestId, ()> {
		self.0.http_request_start(method, uri, meta)
	}
	fn http_request_add_header(&mut self, id: HttpRequestId, name: &str, value: &str) -> Result<(), ()> {
		self.0.http_request_add_header(id, name, value)
	}
	fn http_request_write_body(
		&mut self,
		id: HttpRequestId,
		chunk: &[u8],
		deadline: Option<Timestamp>,
	) -> Result<(), HttpError> {
		self.0.http_request_write_body(id, chunk, deadline)
	}
	fn http_response_wait(&mut self, ids: &[HttpRequestId], deadline: Option<Timestamp>) -> Vec<HttpRequestStatus> {
		assert!(deadline.is_some(), "a worker never waits for ever");
		match self.1 {
			Some(status) => vec![status; ids.len()],
			None => self.0.http_response_wait(ids, deadline),
		}
	}
	fn http_response_headers(&mut self, id: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
		self.0.http_response_headers(id)
	}
	fn http_response_read_body(
		&mut self,
		id: HttpRequestId,
		buffer: &mut [u8],
		deadline: Option<Timestamp>,
	) -> Result<usize, HttpError> {
		assert!(deadline.is_some(), "a worker never reads for ever");
		self.0.http_response_read_body(id, buffer, deadline)
	}
	fn set_authorized_nodes(&mut self, nodes: Vec<OpaquePeerId>, authorized_only: bool) {
		self.0.set_authorized_nodes(nodes, authorized_only)
	}
}
