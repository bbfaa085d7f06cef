//! What happened in a block, in the simulator's words. The names of the chain's events are all here.

use super::follow::{ChainEvent, Seen};
use crate::chain::{AccountId32, ChainError};
use gridtokenx_primitives::{Balance, DeviceId, Interval, Price, Wh, ZoneId};
use subxt::{
	dynamic::Value,
	ext::{
		scale_decode::{self, DecodeAsType},
		scale_value::ValueDef,
	},
};

/// Something that a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
	/// Readings were carried to the chain.
	Readings {
		/// How many count.
		accepted: u32,
	},
	/// An interval's energy is final.
	Measured(Interval),
	/// An interval's credits are issued and its forward contracts delivered.
	Settled(Interval),
	/// Nothing is left of an interval: its credits are consumed, retired or expired.
	Closed(Interval),
	/// A book was cleared.
	Cleared(Cleared),
	/// A trade.
	Filled(Filled),
	/// A dispatch changed: its instructions are worth looking at.
	Dispatched {
		/// Its number.
		dispatch: u64,
	},
	/// A device answered a dispatch.
	Acknowledged {
		/// The dispatch.
		dispatch: u64,
		/// The device.
		device: DeviceId,
		/// Whether it accepted.
		accepted: bool,
	},
	/// A dispatch is proven and paid.
	Paid {
		/// The dispatch.
		dispatch: u64,
		/// To the owners of assets, planck.
		paid: Balance,
	},
}

/// A round of the market that traded something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleared {
	/// The delivery interval.
	pub interval: Interval,
	/// Whether it was made ahead of delivery.
	pub is_forward: bool,
	/// What a kWh is worth in each zone where something trades or flows, planck, without the market's fee.
	pub prices: Vec<(ZoneId, Price)>,
}

/// A fill of the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filled {
	/// The delivery interval.
	pub interval: Interval,
	/// Whether it was made ahead of delivery.
	pub is_forward: bool,
	/// Who sells.
	pub seller: [u8; 32],
	/// Who buys.
	pub buyer: [u8; 32],
	/// How much, Wh.
	pub wh: Wh,
	/// What the buyer pays, planck per kWh.
	pub buyer_price: Price,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Accepted {
	accepted: u32,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct OfInterval {
	interval: Interval,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Book {
	interval: Interval,
	phase: Value,
}

impl Book {
	fn is_forward(&self) -> bool {
		is_variant(&self.phase, "Forward")
	}
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Round {
	book: Book,
	fills: u32,
	prices: Vec<(ZoneId, Price)>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Order {
	book: Book,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Fill {
	bid: Order,
	seller: AccountId32,
	buyer: AccountId32,
	quantity_wh: Wh,
	buyer_price: Price,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct OfDispatch {
	dispatch: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Answer {
	dispatch: u64,
	device: DeviceId,
	answer: Value,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Payment {
	dispatch: u64,
	outcome: Outcome,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Outcome {
	payments: Balance,
}

/// Everything in a block that matters here, in order.
pub fn of(seen: &Seen) -> Result<Vec<News>, ChainError> {
	let mut news = Vec::new();
	for event in seen.events.iter() {
		news.extend(read(&event?)?);
	}
	Ok(news)
}

fn read(event: &ChainEvent<'_>) -> Result<Option<News>, ChainError> {
	let interval = || event.decode_fields_unchecked_as::<OfInterval>().map(|of| of.interval);
	Ok(Some(match (event.pallet_name(), event.event_name()) {
		("Telemetry", "ReadingsSubmitted" | "OwnReadingsSubmitted") => {
			let Accepted { accepted } = event.decode_fields_unchecked_as()?;
			News::Readings { accepted }
		}
		("Telemetry", "IntervalMeasured") => News::Measured(interval()?),
		("Dex", "Settled") => News::Settled(interval()?),
		("EnergyAssets", "IntervalClosed") => News::Closed(interval()?),
		("Dex", "Cleared") => {
			let round: Round = event.decode_fields_unchecked_as()?;
			if round.fills == 0 {
				return Ok(None);
			}
			News::Cleared(Cleared {
				interval: round.book.interval,
				is_forward: round.book.is_forward(),
				prices: round.prices,
			})
		}
		("Dex", "Filled") => {
			let fill: Fill = event.decode_fields_unchecked_as()?;
			News::Filled(Filled {
				interval: fill.bid.book.interval,
				is_forward: fill.bid.book.is_forward(),
				seller: fill.seller.0,
				buyer: fill.buyer.0,
				wh: fill.quantity_wh,
				buyer_price: fill.buyer_price,
			})
		}
		("Vpp", "Announced" | "Dispatched" | "PhaseChanged") => {
			let OfDispatch { dispatch } = event.decode_fields_unchecked_as()?;
			News::Dispatched { dispatch }
		}
		("Vpp", "Acknowledged") => {
			let Answer {
				dispatch,
				device,
				answer,
			} = event.decode_fields_unchecked_as()?;
			News::Acknowledged {
				dispatch,
				device,
				accepted: is_variant(&answer, "Accept"),
			}
		}
		("Vpp", "Settled") => {
			let Payment { dispatch, outcome } = event.decode_fields_unchecked_as()?;
			News::Paid {
				dispatch,
				paid: outcome.payments,
			}
		}
		_ => return Ok(None),
	}))
}

/// Whether an enum's value is the variant of this name.
pub fn is_variant(value: &Value, name: &str) -> bool {
	matches!(&value.value, ValueDef::Variant(variant) if variant.name == name)
}
