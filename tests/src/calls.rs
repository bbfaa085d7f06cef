//! Calls as clients send them, and what becomes of them.

use codec::{Compact, Encode, Output};
use gridtokenx_oracle::{
	chain::{Block, Call, ChainError, Client, Included, Keypair, Wait},
	keys,
};

/// A development account.
pub fn key(uri: &str) -> Keypair {
	keys::pair(uri).expect("a development account")
}

/// The beginning of a call's description, which names it; its arguments are bytes.
fn name(call: &Call) -> String {
	format!("{call:?}").chars().take(80).collect()
}

/// Signs and sends a call, waits until it is in a block, and panics where it was refused.
pub async fn call(client: &Client, call: &Call, signer: &Keypair) -> Included {
	let included = client.call(call, signer, Wait::InBlock).await;
	included.unwrap_or_else(|error| panic!("{}: {error}", name(call)))
}

/// Signs and sends a call that is to be refused in its block, and returns the error's name.
pub async fn refusal(client: &Client, call: &Call, signer: &Keypair) -> String {
	match client.call(call, signer, Wait::InBlock).await {
		Err(ChainError::Dispatch { name, .. }) => name,
		Err(error) => panic!("{}: {error}", name(call)),
		Ok(included) => panic!("{} was not refused: {included:?}", name(call)),
	}
}

/// Signs calls and sends them all at once, without waiting for any.
pub async fn send_all(client: &Client, calls: impl IntoIterator<Item = Call>, signer: &Keypair) {
	let block = client.finalised().await.expect("a block");
	let first = client
		.next_nonce(&signer.public_key().into())
		.await
		.expect("the node answers");
	for (nonce, call) in (first..).zip(calls) {
		let signed = block.sign(&call, signer, nonce, 64).expect("a call of this runtime");
		client
			.submit(&signed)
			.await
			.unwrap_or_else(|error| panic!("{}: {error}", name(&call)));
	}
}

/// Bytes that are SCALE already.
pub struct Raw(pub Vec<u8>);

impl Encode for Raw {
	fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
		output.write(&self.0);
	}
}

/// A call as bytes, for calls that take a call.
pub fn data(block: &Block, call: &Call) -> Raw {
	Raw(block.call_data(call).expect("a call of this runtime"))
}

/// Several calls as one: all of them or none.
pub fn batch_all(block: &Block, calls: &[Call]) -> Call {
	let calls: Vec<Raw> = calls.iter().map(|call| data(block, call)).collect();
	Call::new("Utility", "batch_all", (calls,))
}

/// A motion that a council of one carries by making it.
pub fn motion(block: &Block, call: &Call) -> Call {
	let proposal = data(block, call);
	let length = Compact(proposal.0.len() as u32);
	Call::new("Council", "propose", (Compact(1u32), proposal, length))
}
