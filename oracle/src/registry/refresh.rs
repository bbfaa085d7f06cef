//! Reading the registry from a node.

use super::{AccountId, Chain, Snapshot};
use crate::chain::{Block, ChainError, Client};
use codec::Encode;
use gridtokenx_primitives::{Interval, MeterPage};

const PALLET: &str = "DeviceRegistry";
const PAGES: &str = "MeterPages";

/// Pages of meters, by number.
pub type Pages = Vec<(u32, MeterPage<AccountId>)>;

/// Reads the chain's facts as of a block.
pub async fn read_chain(client: &Client, block: &Block) -> Result<Chain, ChainError> {
	let measured_through: Option<Interval> = block.storage("Telemetry", "MeasuredThrough", &[]).await?;
	Ok(Chain {
		genesis: client.genesis(),
		interval_seconds: interval_seconds(block).await?,
		development: client.is_development().await?,
		measured_through,
		block: block.number(),
	})
}

/// The length of an interval, which genesis fixed.
async fn interval_seconds(block: &Block) -> Result<u32, ChainError> {
	let seconds: Option<u32> = block.storage("Grid", "IntervalSeconds", &[]).await?;
	seconds.ok_or_else(|| ChainError::Missing("length of an interval".into()))
}

/// Reads all pages as of a block.
pub async fn read_all_pages(block: &Block) -> Result<Pages, ChainError> {
	block.storage_map(PALLET, PAGES).await
}

/// Reads some pages as of a block; one that is gone comes back empty.
pub async fn read_pages(block: &Block, numbers: impl IntoIterator<Item = u32>) -> Result<Pages, ChainError> {
	let mut pages = Vec::new();
	for number in numbers {
		let page: Option<MeterPage<AccountId>> = block.storage(PALLET, PAGES, &[number.encode()]).await?;
		pages.push((number, page.unwrap_or_default()));
	}
	Ok(pages)
}

/// A whole snapshot.
pub fn snapshot(chain: Chain, pages: &Pages) -> Snapshot {
	let mut snapshot = Snapshot::empty(chain);
	pages
		.iter()
		.for_each(|(number, meters)| snapshot.set_page(*number, meters.clone()));
	snapshot
}
