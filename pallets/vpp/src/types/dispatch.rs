//! Dispatch events and the instructions they consist of.

use crate::{
	math::{baseline::Adjustment, calendar::Calendar, payment, profile::Profile, response::Direction},
	types::{Need, ProgramId, Terms},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::Get, BoundedVec, CloneNoBound, DebugNoBound, EqNoBound, PartialEqNoBound};
use gridtokenx_primitives::{message::Action, Balance, DeviceId, Epoch, Interval, Price, Wh, ZoneId};
use scale_info::TypeInfo;

/// Where a dispatch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Phase {
	/// Announced; it begins later.
	Scheduled,
	/// Under way.
	Active,
	/// It ran to its end.
	Completed,
	/// Its operator stopped it.
	Cancelled,
	/// Another need took its place.
	Superseded,
}

impl Phase {
	/// Whether the controller still steers it.
	pub const fn is_live(self) -> bool {
		matches!(self, Self::Scheduled | Self::Active)
	}
}

/// What came of a dispatch, in counts and sums: no household's energy.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Outcome {
	/// Assets that were paid.
	pub paid: u32,
	/// Assets that were not.
	pub unpaid: u32,
	/// Assets that were punished.
	pub punished: u32,
	/// Payments, planck.
	pub payments: Balance,
	/// Penalties, planck.
	pub penalties: Balance,
}

/// A dispatch event: one need, and what is done about it.
#[derive(CloneNoBound, DebugNoBound, PartialEqNoBound, EqNoBound, Encode, Decode, MaxEncodedLen, TypeInfo)]
#[scale_info(skip_type_params(MaxAssets))]
pub struct Activation<MaxAssets: Get<u32>> {
	/// Whose it is.
	pub program: ProgramId,
	/// Assets in this zone and below it, or all of the program's.
	pub zone: Option<ZoneId>,
	/// What is needed, as it was last heeded.
	pub need: Need,
	/// Which way it goes.
	pub direction: Direction,
	/// Where it stands.
	pub phase: Phase,
	/// What the need comes to, W.
	pub target_w: u64,
	/// What is missing, W.
	pub short_w: u64,
	/// When it was announced, Unix seconds.
	pub announced: u64,
	/// When it begins, Unix seconds.
	pub start: u64,
	/// When it ends, Unix seconds; once it is over, when the last asset stopped.
	pub end: u64,
	/// Rises with every change.
	pub revision: u16,
	/// Every device that was instructed.
	pub devices: BoundedVec<DeviceId, MaxAssets>,
	/// The interval that is proven next.
	pub proving: Interval,
	/// How many devices are done with it.
	pub cursor: u32,
	/// What came of it so far.
	pub outcome: Outcome,
}

impl<MaxAssets: Get<u32>> Activation<MaxAssets> {
	/// The last interval it touches, as far as is known.
	pub fn last_interval(&self, calendar: Calendar) -> Interval {
		calendar.last_before(self.end)
	}
}

/// Where an instruction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Progress {
	/// Sent; the device has not answered.
	Pending,
	/// The device accepted.
	Running,
	/// Not needed now; it may be called on again.
	Idle,
	/// The device declined.
	Declined,
	/// The device did not answer in time.
	Missed,
}

/// What a response is compared with, once it is known for a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Basis {
	/// The mean before the announcement, Wh per interval, in the asset's own orientation.
	MeterBefore(i64),
	/// The same-day adjustment of like intervals.
	LikeIntervals(Adjustment),
}

/// What was instructed and proven so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Tally {
	/// The first interval that is not in it.
	pub next: Interval,
	/// Instructed, Wh.
	pub instructed_wh: Wh,
	/// Of that, in intervals whose measurement proves something, Wh.
	pub proven_wh: Wh,
	/// Response in those intervals, Wh; negative if the asset did the opposite.
	pub delivered_wh: i64,
	/// Set aside for buyers of withheld contract energy, planck.
	pub withheld: Balance,
}

impl Tally {
	/// The response that counts, Wh.
	pub fn delivered_wh(&self) -> Wh {
		// Not negative, so the conversion holds.
		self.delivered_wh.max(0).unsigned_abs()
	}
}

/// What one device was told, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Instruction {
	/// The revision of the dispatch that it was last changed in.
	pub revision: u16,
	/// Epoch of the device's key at that time.
	pub epoch: Epoch,
	/// What the device is to do.
	pub action: Action,
	/// Setpoint, W, in the dispatch's direction: a change against what the asset would do anyway.
	pub power_w: u32,
	/// When it begins, Unix seconds.
	pub start: u64,
	/// When it ends, Unix seconds.
	pub end: u64,
	/// The device answers before this time, Unix seconds.
	pub acknowledge_by: u64,
	/// Where it stands.
	pub progress: Progress,
	/// Since when the asset has been running without a break, Unix seconds.
	pub running_since: u64,
	/// What it accepted, over time.
	pub profile: Profile,
	/// The asset's price when it was called on, planck per kWh.
	pub price: Price,
	/// Set aside of the program's budget, planck.
	pub reserved: Balance,
	/// What its response is compared with.
	pub basis: Option<Basis>,
	/// What it came to so far.
	pub tally: Tally,
}

impl Instruction {
	/// What the asset is to do now as far as the chain knows, W: the present setpoint, or the one it has yet to answer.
	pub const fn setpoint_w(&self) -> u32 {
		match self.progress {
			Progress::Pending => self.power_w,
			Progress::Running => self.profile.level_w(),
			Progress::Idle | Progress::Declined | Progress::Missed => 0,
		}
	}

	/// Whether the device has nothing to do and nothing to answer.
	pub const fn is_at_rest(&self) -> bool {
		matches!(self.progress, Progress::Idle | Progress::Declined | Progress::Missed)
	}

	/// Whether the device is out of this dispatch for good.
	pub const fn is_out(&self) -> bool {
		matches!(self.progress, Progress::Declined | Progress::Missed)
	}

	/// The most that could become due for it, planck.
	pub fn obligation(&self, direction: Direction, terms: &Terms, calendar: Calendar) -> Balance {
		let mut worst = self.profile.clone();
		if self.progress == Progress::Pending {
			worst.change(self.start.max(worst.since()), self.power_w, calendar);
		}
		let ahead = worst
			.watt_seconds_from(self.tally.next, self.end, calendar)
			.div_ceil(3_600);
		let compensation = match direction {
			Direction::Up => 0,
			Direction::Down => terms.compensation_per_kwh,
		};
		let instructed = self.tally.instructed_wh.saturating_add(ahead);
		payment::obligation(self.price, compensation, instructed).saturating_sub(self.tally.withheld)
	}
}
