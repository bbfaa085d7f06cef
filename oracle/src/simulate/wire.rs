//! Arguments of the chain's calls, as SCALE has them. What the chain shares with its clients is in `gridtokenx-primitives`; the rest is
//! here, field by field as the metadata says.

use crate::chain::{Call, ChainError};
use codec::{Compact, Encode};
use gridtokenx_primitives::{Balance, Interval, Price, Source, Wh, ZoneId};

/// Bytes that are encoded already.
struct Raw(Vec<u8>);

impl Encode for Raw {
	fn encode_to<O: codec::Output + ?Sized>(&self, output: &mut O) {
		output.write(&self.0);
	}
}

/// How an account is named in a call: `MultiAddress::Id`.
#[derive(Clone, Copy, Encode)]
pub enum Address {
	/// By its 32 bytes.
	Id([u8; 32]),
}

/// All or none of the calls.
pub fn batch_all(calls: &[Call], encode: impl Fn(&Call) -> Result<Vec<u8>, ChainError>) -> Result<Call, ChainError> {
	let calls = calls
		.iter()
		.map(|call| encode(call).map(Raw))
		.collect::<Result<Vec<_>, _>>()?;
	Ok(Call::new("Utility", "batch_all", (calls,)))
}

/// A motion of a council of one: it is executed at once.
pub fn propose(call: &Call, encode: impl Fn(&Call) -> Result<Vec<u8>, ChainError>) -> Result<Call, ChainError> {
	let bytes = encode(call)?;
	let length = bytes.len() as u32;
	Ok(Call::new(
		"Council",
		"propose",
		(Compact(1u32), Raw(bytes), Compact(length)),
	))
}

/// A line of the grid.
#[derive(Clone, Copy, Encode)]
pub struct LineTerms {
	/// Capacity towards the root, W.
	#[codec(compact)]
	pub to_parent_w: u64,
	/// Capacity away from the root, W.
	#[codec(compact)]
	pub from_parent_w: u64,
	/// Charge for the use of the line, planck per kWh.
	#[codec(compact)]
	pub wheeling_per_kwh: Price,
	/// Charge for the energy that the line loses, planck per kWh.
	#[codec(compact)]
	pub loss_per_kwh: Price,
}

/// The market's rules, as governance sets them.
#[derive(Clone, Encode)]
pub struct Parameters {
	/// The feed-in tariff, planck per kWh.
	pub floor: Price,
	/// The supply tariff, planck per kWh.
	pub cap: Price,
	/// What a seller owes for what it does not deliver, planck per kWh.
	pub shortfall_price: Price,
	/// The market's fee, planck per kWh.
	pub fee: Price,
	/// The lot, Wh.
	pub lot_wh: Wh,
	/// The tick, planck per kWh.
	pub tick: Price,
	/// How the price is chosen: 0 for the geometric mean, 1 for the midpoint.
	pub price_rule: u8,
	/// The supplier that buys what is left over.
	pub residual_supplier: Option<[u8; 32]>,
	/// For how many intervals credits are traded.
	pub spot_window: Interval,
}

/// What stands behind an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum Backing {
	/// The seller's rating and collateral.
	Capacity,
	/// Credits that the seller holds.
	Credits {
		/// Where the energy was fed in.
		origin: ZoneId,
		/// What it came from.
		source: Source,
	},
}

/// What a bid is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum Purpose {
	/// Energy to be delivered.
	Delivery,
	/// Credits against metered import.
	Consume,
}

/// How long an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode)]
pub enum TimeInForce {
	/// Until its book closes.
	TillGate,
}

/// What a programme of the virtual power plant is for.
#[derive(Clone, Copy, Debug, Encode)]
pub enum Product {
	/// Answers the frequency in proportion: nominal, deadband, full activation and hysteresis, mHz.
	#[codec(index = 0)]
	FrequencyContainment(u32, u32, u32, u32),
	/// Takes loads off at one frequency, mHz, a share of them in thousandths, and restores them so far above it.
	#[codec(index = 2)]
	LoadShedding(Compact<u32>, u32, u16, u32),
}

impl Product {
	/// One stage of load shedding.
	pub const fn shedding(at_or_below_mhz: u32, permille: u16, hysteresis_mhz: u32) -> Self {
		// A list of one stage.
		Product::LoadShedding(Compact(1), at_or_below_mhz, permille, hysteresis_mhz)
	}

	/// The variant's name in the metadata.
	pub const fn name(&self) -> &'static str {
		match self {
			Product::FrequencyContainment(..) => "FrequencyContainment",
			Product::LoadShedding(..) => "LoadShedding",
		}
	}
}

/// How a need is shared.
#[derive(Clone, Copy, Debug, Encode)]
pub enum Allocation {
	/// Cheapest first.
	MeritOrder,
}

/// What a response is measured against.
#[derive(Clone, Copy, Debug, Encode)]
pub enum Baseline {
	/// The mean of so many intervals before the announcement.
	#[codec(index = 1)]
	MeterBefore(u8),
}

/// A programme's terms.
#[derive(Clone, Debug, Encode)]
pub struct ProgramTerms {
	/// The zones it serves.
	pub zones: Vec<ZoneId>,
	/// What it is for.
	pub product: Product,
	/// How a need is shared.
	pub allocation: Allocation,
	/// What a response is measured against.
	pub baseline: Baseline,
	/// The highest price an asset may ask, planck per kWh.
	pub price_cap: Price,
	/// The penalty's rate, planck per kWh.
	pub penalty_per_kwh: Price,
	/// What an owner puts on hold per asset, planck.
	pub bond: Balance,
	/// The most that is paid to buyers of withheld energy, planck per kWh.
	pub compensation_per_kwh: Price,
	/// The time to reach a setpoint, seconds.
	pub full_activation_s: u32,
	/// How long a response to frequency lasts, seconds.
	pub activation_s: u32,
}

/// What an asset can do.
#[derive(Clone, Copy, Debug, Encode)]
pub struct Asset {
	/// Upward power, W.
	pub up_w: u32,
	/// Downward power, W.
	pub down_w: u32,
	/// Ramp, W per second.
	pub ramp_w_per_s: u32,
	/// Notice, seconds.
	pub notice_s: u32,
	/// Shortest run, seconds.
	pub shortest_s: u32,
	/// Longest run, seconds; 0: no limit.
	pub longest_s: u32,
	/// Capacity, Wh; 0 without storage.
	pub capacity_wh: Wh,
	/// The owner's reserve, Wh.
	pub reserve_wh: Wh,
	/// Asking price, planck per kWh.
	pub price_per_kwh: Price,
	/// The lower, the earlier at equal prices.
	pub priority: u8,
	/// Stage of load shedding, from 0.
	pub shed_stage: u8,
}

/// Where an asset's response is measured.
#[derive(Clone, Copy, Debug, Encode)]
pub enum MeteringPoint {
	/// At the site's connection point.
	ConnectionPoint,
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn motion_should_carry_its_call_and_its_length() {
		let inner = Call::new("System", "remark", (vec![1u8, 2],));
		let motion = propose(&inner, |_| Ok(vec![0, 0, 8, 1, 2])).expect("encoded");
		// Threshold 1, the call, length 5.
		assert_eq!(motion, Call::new("Council", "propose", Raw(vec![4, 0, 0, 8, 1, 2, 20])));
	}

	#[test]
	fn batch_should_carry_its_calls_one_behind_the_other() {
		let inner = Call::new("System", "remark", (vec![1u8],));
		let batch = batch_all(&[inner.clone(), inner], |_| Ok(vec![9, 9])).expect("encoded");
		assert_eq!(batch, Call::new("Utility", "batch_all", Raw(vec![8, 9, 9, 9, 9])));
	}

	#[test]
	fn shedding_should_be_a_list_of_one_stage() {
		let stages = vec![(49_850u32, 500u16)];
		assert_eq!(
			Product::shedding(49_850, 500, 50).encode(),
			(2u8, stages, 50u32).encode()
		);
		assert_eq!(
			Backing::Credits {
				origin: 3,
				source: Source::Storage
			}
			.encode(),
			(1u8, 3u32, 5u8).encode()
		);
	}
}
