//! Programs and their terms.

use crate::{
	math::{
		allocation::Rule,
		calendar::Calendar,
		profile::MAX_EVENT_INTERVALS,
		response::{Direction, Droop},
		shedding::Scheme,
	},
	types::{DispatchId, Instruction, Need},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::{units::PRICE_LIMIT, Balance, DeviceKind, Price, ZoneId};
use scale_info::TypeInfo;

/// The most zones a program serves.
pub const MAX_ZONES: u32 = 32;
/// The most dispatches of one program that are live or wait for their proof.
pub const MAX_OPEN: u32 = 32;
/// The most intervals that a meter-before baseline averages.
const MAX_BEFORE: u8 = 8;

/// What a program is for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Product {
	/// Answers the frequency in proportion, both ways.
	FrequencyContainment(Droop),
	/// Delivers a requested power, or relieves a line.
	Balancing,
	/// Takes loads off as the frequency falls, or when a power or a line calls for it.
	LoadShedding(Scheme),
}

impl Product {
	/// Whether it knows what to do about a need.
	pub fn answers(&self, need: &Need) -> bool {
		match (self, need) {
			(Self::FrequencyContainment(_), Need::Frequency(_)) | (Self::LoadShedding(_), Need::Frequency(_)) => true,
			(Self::FrequencyContainment(_), _) | (Self::Balancing, Need::Frequency(_)) => false,
			(Self::Balancing, _) => true,
			// Loads that are off feed the grid; they cannot do the opposite.
			(Self::LoadShedding(_), Need::Power(power_w) | Need::LineOverload(power_w)) => *power_w >= 0,
		}
	}

	/// Whether an asset of this kind can take part.
	pub const fn takes(&self, kind: DeviceKind) -> bool {
		use DeviceKind::{Battery, ControllableLoad, EvCharger, FrequencySensor, Meter, PassiveLoad, Solar, Wind};
		match (self, kind) {
			(_, Meter | FrequencySensor) => false,
			(Self::LoadShedding(_), kind) => matches!(kind, PassiveLoad | ControllableLoad | EvCharger),
			(Self::Balancing, _) => true,
			(Self::FrequencyContainment(_), kind) => {
				matches!(kind, Battery | EvCharger | ControllableLoad | Solar | Wind)
			}
		}
	}
}

/// What a response is measured against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum BaselineRule {
	/// The mean of the last ten like intervals within fifteen days, adjusted to the same day within a fifth. An asset with
	/// fewer than ten is paid nothing.
	LikeIntervals,
	/// The mean of the last measured intervals that ended before the announcement: for short activations, and for assets
	/// without a history.
	MeterBefore {
		/// How many intervals, 1 to 8.
		intervals: u8,
	},
}

/// What a program offers and asks for; fixed while it exists.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Terms {
	/// The zones whose assets it takes.
	pub zones: BoundedVec<ZoneId, ConstU32<MAX_ZONES>>,
	/// What it is for.
	pub product: Product,
	/// How a need is shared.
	pub allocation: Rule,
	/// What a response is measured against.
	pub baseline: BaselineRule,
	/// The highest price an asset may ask, planck per kWh.
	pub price_cap: Price,
	/// The rate at which missing energy is punished where less than a quarter was delivered, planck per kWh.
	pub penalty_per_kwh: Price,
	/// What an owner puts on hold per asset; penalties never go beyond it, planck.
	pub bond: Balance,
	/// The most that is paid to buyers of forward contracts whose energy a downward dispatch withheld, planck per kWh.
	pub compensation_per_kwh: Price,
	/// The time in which an asset has to reach its setpoint, seconds: its ramp times this bounds the setpoint.
	pub full_activation_s: u32,
	/// How long a response to frequency lasts, seconds: at least one interval. Its setpoints follow the frequency meanwhile, down
	/// to nothing, and it begins anew if the frequency is still off at its end.
	pub activation_s: u32,
}

impl Terms {
	/// Whether the terms make sense by themselves, for a chain with these intervals.
	pub fn is_valid(&self, calendar: Calendar) -> bool {
		let prices = [self.price_cap, self.penalty_per_kwh, self.compensation_per_kwh];
		let product = match &self.product {
			Product::FrequencyContainment(droop) => droop.is_valid(),
			Product::Balancing => true,
			Product::LoadShedding(scheme) => scheme.is_valid(),
		};
		let baseline = match self.baseline {
			BaselineRule::LikeIntervals => true,
			BaselineRule::MeterBefore { intervals } => (1..=MAX_BEFORE).contains(&intervals),
		};
		let longest = calendar.seconds().saturating_mul(MAX_EVENT_INTERVALS);
		product
			&& baseline
			&& self.price_cap > 0
			&& prices.iter().all(|price| *price < PRICE_LIMIT)
			&& self.full_activation_s > 0
			&& (calendar.seconds()..=longest).contains(&self.activation_s)
			&& self.has_distinct_zones()
	}

	fn has_distinct_zones(&self) -> bool {
		let mut zones = self.zones.to_vec();
		zones.sort_unstable();
		zones.dedup();
		!zones.is_empty() && zones.len() == self.zones.len()
	}
}

/// Whether a program dispatches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum ProgramStatus {
	/// It heeds signals.
	Open,
	/// It begins no dispatch; what is live runs to its end.
	Paused,
	/// It never dispatches again, and goes once everything is paid and everyone has left.
	Closed,
}

/// A live dispatch, and when the controller has to look at it next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Slot {
	/// The dispatch.
	pub dispatch: DispatchId,
	/// Unix seconds.
	pub due: u64,
}

/// The live dispatches of a program: one in each direction at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Live {
	up: Option<Slot>,
	down: Option<Slot>,
}

impl Live {
	/// The live dispatch in a direction.
	pub const fn get(&self, direction: Direction) -> Option<Slot> {
		match direction {
			Direction::Up => self.up,
			Direction::Down => self.down,
		}
	}

	/// Puts a dispatch into its direction's place, or empties it.
	pub fn set(&mut self, direction: Direction, slot: Option<Slot>) {
		match direction {
			Direction::Up => self.up = slot,
			Direction::Down => self.down = slot,
		}
	}

	/// All live dispatches.
	pub fn slots(&self) -> impl Iterator<Item = Slot> {
		self.up.into_iter().chain(self.down)
	}

	/// Has the controller look at live dispatches at `due`, if it would not do so earlier.
	pub fn hurry(&mut self, due: u64) {
		for slot in self.up.iter_mut().chain(self.down.iter_mut()) {
			slot.due = slot.due.min(due);
		}
	}
}

/// What a program last heard of the frequency and acted upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Heeded {
	/// When the newest report it heard came in, Unix milliseconds.
	pub heard_ms: u64,
	/// The frequency it acts on, mHz.
	pub frequency_mhz: u32,
	/// The stages it has taken off.
	pub stages: u8,
}

/// A program of the virtual power plant.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Program<AccountId> {
	/// Who runs and pays it.
	pub operator: AccountId,
	/// What it offers.
	pub terms: Terms,
	/// Whether it dispatches.
	pub status: ProgramStatus,
	/// What the operator has on hold for it, planck.
	pub budget: Balance,
	/// How much of that is owed, at most, for dispatches under way, planck.
	pub reserved: Balance,
	/// Enrolled assets.
	pub assets: u32,
	/// Its live dispatches.
	pub live: Live,
	/// All its dispatches that are not settled, oldest first.
	pub open: BoundedVec<DispatchId, ConstU32<MAX_OPEN>>,
	/// What it heard of the frequency.
	pub heeded: Heeded,
}

impl<AccountId> Program<AccountId> {
	/// A program that has just been created.
	pub fn new(operator: AccountId, terms: Terms) -> Self {
		let frequency_mhz = match &terms.product {
			Product::FrequencyContainment(droop) => droop.nominal_mhz,
			Product::Balancing | Product::LoadShedding(_) => 0,
		};
		Self {
			operator,
			terms,
			status: ProgramStatus::Open,
			budget: 0,
			reserved: 0,
			assets: 0,
			live: Live::default(),
			open: BoundedVec::new(),
			heeded: Heeded {
				heard_ms: 0,
				frequency_mhz,
				stages: 0,
			},
		}
	}

	/// Budget that is owed to nobody, planck.
	pub const fn free_budget(&self) -> Balance {
		self.budget.saturating_sub(self.reserved)
	}

	/// Sets aside what an instruction may cost by now, instead of what was set aside for it before.
	pub fn set_aside(&mut self, instruction: &mut Instruction, direction: Direction, calendar: Calendar) {
		let needed = instruction.obligation(direction, &self.terms, calendar);
		self.reserved = self
			.reserved
			.saturating_sub(instruction.reserved)
			.saturating_add(needed);
		instruction.reserved = needed;
	}

	/// Whether nothing more can happen to it.
	pub fn is_over(&self) -> bool {
		self.status == ProgramStatus::Closed && self.open.is_empty() && self.reserved == 0
	}
}
