//! From a block of the chain to what it says. The names of the chain's calls and events are all here.

use crate::{
	chain::{Block, ChainError, Event, Extrinsic},
	facts::{Batch, Dispatch, Fact, Fill, FinalisedBlock, Stage},
	reading::SignedReading,
};
use codec::Decode;
use gridtokenx_primitives::{reading::Page, Interval, Price, Wh, PAGE_SIZE};
use std::collections::{BTreeSet, HashMap};
use subxt::{
	dynamic::Value,
	events::Phase,
	ext::{
		scale_decode::{self, DecodeAsType},
		scale_value::ValueDef,
	},
	utils::AccountId32,
	SubstrateConfig,
};

type ChainEvent<'a> = subxt::events::Event<'a, SubstrateConfig>;

/// A block's facts, and what it did to the registry.
pub(super) struct Decoded {
	pub(super) block: FinalisedBlock,
	pub(super) registry_change: RegistryChange,
}

/// Which pages of meters a block changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RegistryChange {
	/// These; often none.
	Pages(BTreeSet<u32>),
	/// Any.
	All,
}

impl RegistryChange {
	/// Takes in an event of the registry: most name the device that changed.
	fn add(&mut self, event: &Event) {
		let device = event.number("device").and_then(|device| u32::try_from(device).ok());
		match (device, self) {
			(Some(device), RegistryChange::Pages(pages)) => {
				pages.insert(device / PAGE_SIZE);
			}
			(None, change) => *change = RegistryChange::All,
			(Some(_), RegistryChange::All) => {}
		}
	}
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ReadingsSubmitted {
	refused: Vec<(u16, Value)>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct OfInterval {
	interval: Interval,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct OrderId {
	book: OfInterval,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Filled {
	bid: OrderId,
	seller: AccountId32,
	buyer: AccountId32,
	quantity_wh: Wh,
	seller_price: Price,
	buyer_price: Price,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct OfDispatch {
	dispatch: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Announced {
	dispatch: u64,
	start: u64,
	end: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct PhaseChanged {
	dispatch: u64,
	new: Value,
}

/// Reads a block.
pub(super) async fn read(block: &Block) -> Result<Decoded, ChainError> {
	let extrinsics = block.extrinsics().await?;
	let events = block.events().await?;
	let mut registry_change = RegistryChange::Pages(BTreeSet::new());
	let mut outcomes = HashMap::new();
	let mut facts = Vec::new();
	for event in events.iter() {
		let event = event?;
		match (event.pallet_name(), event.event_name(), event.phase()) {
			("Telemetry", "ReadingsSubmitted" | "OwnReadingsSubmitted", Phase::ApplyExtrinsic(index)) => {
				outcomes.insert(index, Ok(refusals(&event)?));
			}
			("System", "ExtrinsicFailed", Phase::ApplyExtrinsic(index)) => {
				outcomes.extend(block.failure(&event).map(|failure| (index, Err(failure.to_string()))));
			}
			("DeviceRegistry", ..) => registry_change.add(&Event::decode(&event)?),
			_ => facts.extend(fact(&event)?.map(|fact| (event.index(), fact))),
		}
	}
	let batches = extrinsics
		.iter()
		.filter_map(|extrinsic| batch(extrinsic, &mut outcomes))
		.collect();
	let time_ms = Block::time_ms(&extrinsics).unwrap_or(0);
	let block = FinalisedBlock {
		number: block.number(),
		hash: block.hash().0,
		time_ms,
		batches,
		facts,
	};
	Ok(Decoded { block, registry_change })
}

/// The readings of a top-level call that carries some. Those inside other calls are known by their events' counts alone.
fn batch(extrinsic: &Extrinsic, outcomes: &mut HashMap<u32, Result<Vec<(u16, String)>, String>>) -> Option<Batch> {
	let carries = matches!(&*extrinsic.call, "submit_readings" | "submit_own_readings");
	if extrinsic.pallet != "Telemetry" || !carries {
		return None;
	}
	let pages = Vec::<Page>::decode(&mut &*extrinsic.arguments).ok()?;
	let outcome = outcomes.remove(&extrinsic.index)?;
	let readings = pages.iter().flat_map(|page| {
		page.readings.iter().map(|reading| SignedReading {
			reading: reading.reading(page.page),
			signature: reading.signature,
		})
	});
	Some(Batch {
		extrinsic: extrinsic.index,
		hash: extrinsic.hash.0,
		readings: readings.collect(),
		outcome,
	})
}

fn refusals(event: &ChainEvent) -> Result<Vec<(u16, String)>, ChainError> {
	let ReadingsSubmitted { refused } = event.decode_fields_unchecked_as()?;
	Ok(refused
		.into_iter()
		.map(|(place, reason)| (place, variant(&reason)))
		.collect())
}

fn fact(event: &ChainEvent) -> Result<Option<Fact>, ChainError> {
	let interval = |stage| -> Result<Fact, ChainError> {
		let OfInterval { interval } = event.decode_fields_unchecked_as()?;
		Ok(Fact::Interval(interval, stage))
	};
	Ok(match (event.pallet_name(), event.event_name()) {
		("Telemetry", "IntervalMeasured") => Some(interval(Stage::Measured)?),
		("Dex", "Settled") => Some(interval(Stage::Settled)?),
		("Dex", "IntervalClosed") => Some(interval(Stage::Closed)?),
		("Dex", "Filled") => {
			let filled: Filled = event.decode_fields_unchecked_as()?;
			Some(Fact::Fill(Fill {
				interval: filled.bid.book.interval,
				buyer: filled.buyer.0,
				seller: filled.seller.0,
				wh: filled.quantity_wh,
				buyer_price: filled.buyer_price,
				seller_price: filled.seller_price,
			}))
		}
		("Vpp", "Announced") => {
			let Announced { dispatch, start, end } = event.decode_fields_unchecked_as()?;
			let period = Some((start, end));
			Some(Fact::Dispatch(Dispatch {
				dispatch,
				state: "announced".into(),
				period,
			}))
		}
		("Vpp", "PhaseChanged") => {
			let PhaseChanged { dispatch, new } = event.decode_fields_unchecked_as()?;
			Some(Fact::Dispatch(Dispatch {
				dispatch,
				state: variant(&new),
				period: None,
			}))
		}
		("Vpp", name @ ("Dispatched" | "Acknowledged" | "Settled")) => {
			let OfDispatch { dispatch } = event.decode_fields_unchecked_as()?;
			Some(Fact::Dispatch(Dispatch {
				dispatch,
				state: snake_case(name),
				period: None,
			}))
		}
		_ => None,
	})
}

/// The name of an enum's variant, as the API writes it.
fn variant(value: &Value) -> String {
	match &value.value {
		ValueDef::Variant(variant) => snake_case(&variant.name),
		_ => "unknown".into(),
	}
}

fn snake_case(name: &str) -> String {
	let mut snake = String::new();
	for letter in name.chars() {
		if letter.is_uppercase() && !snake.is_empty() {
			snake.push('_');
		}
		snake.extend(letter.to_lowercase());
	}
	snake
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn reason_should_be_written_in_snake_case() {
		assert_eq!(snake_case("BadSignature"), "bad_signature");
		assert_eq!(snake_case("Stale"), "stale");
	}
}
