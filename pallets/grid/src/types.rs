//! Zones, lines, and how both stood in which interval.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use gridtokenx_primitives::{
	units::{energy_of, PRICE_LIMIT},
	Interval, Price, Wh, ZoneId,
};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Zones on one page. Zone `z` is on page `z / ZONES_PER_PAGE`.
pub const ZONES_PER_PAGE: u32 = 64;
/// The terms of a line that are remembered: what counts now, what counted for intervals that are still being settled, and what
/// is announced.
pub const MAX_STEPS: u32 = 8;
/// The interruptions of a zone that are remembered.
pub const MAX_OUTAGES: u32 = 4;

/// What a line carries, and what carrying costs.
#[derive(
	Clone,
	Copy,
	Debug,
	Default,
	PartialEq,
	Eq,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	Serialize,
	Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Terms {
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

impl Terms {
	/// Both charges together, planck per kWh.
	pub const fn charge_per_kwh(&self) -> Price {
		self.wheeling_per_kwh.saturating_add(self.loss_per_kwh)
	}

	/// Whether the charge is a price like any other.
	pub(crate) const fn is_valid(&self) -> bool {
		self.charge_per_kwh() < PRICE_LIMIT
	}

	/// What the line carries in so many seconds.
	pub(crate) const fn capacity(&self, seconds: u32) -> Commitment {
		Commitment {
			to_parent_wh: energy_of(self.to_parent_w, seconds),
			from_parent_wh: energy_of(self.from_parent_w, seconds),
		}
	}
}

/// Terms that count from an interval on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Step {
	/// The first interval.
	pub from: Interval,
	/// The terms.
	pub terms: Terms,
}

/// Which terms of a line count when: steps in rising order of their first interval, at least one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Schedule(BoundedVec<Step, ConstU32<MAX_STEPS>>);

impl Schedule {
	/// The same terms for ever.
	pub(crate) fn new(from: Interval, terms: Terms) -> Self {
		let mut steps = BoundedVec::new();
		steps.force_push(Step { from, terms });
		Self(steps)
	}

	/// The steps that are remembered.
	pub fn steps(&self) -> &[Step] {
		&self.0
	}

	/// The terms in `interval`. Before the first step that is remembered, its terms count: an interval so old is being caught
	/// up with after an outage of the chain, and what counted then is the best that is known.
	pub fn at(&self, interval: Interval) -> Terms {
		let step = self
			.0
			.iter()
			.rev()
			.find(|step| step.from <= interval)
			.or(self.0.first());
		step.map(|step| step.terms).unwrap_or_default()
	}

	/// Lets `terms` count from `from` to the next step, in place of what was announced for `from`. `None` if there is no room.
	#[must_use]
	pub(crate) fn announce(&mut self, from: Interval, terms: Terms) -> Option<()> {
		self.0.retain(|step| step.from != from);
		let position = self.0.partition_point(|step| step.from < from);
		let before = position.checked_sub(1).and_then(|before| self.0.get(before));
		if before.is_some_and(|before| before.terms == terms) {
			// Nothing changes there, so there is nothing to remember: so is an announcement withdrawn.
			return Some(());
		}
		self.0.try_insert(position, Step { from, terms }).ok()
	}

	/// Forgets steps that no interval from `oldest` on needs.
	pub(crate) fn forget_before(&mut self, oldest: Interval) {
		while self.0.get(1).is_some_and(|second| second.from <= oldest) {
			self.0.remove(0);
		}
	}
}

/// A line, from a zone to its parent.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Line<AccountId> {
	/// The zone nearer the root; its index is the smaller one.
	pub parent: ZoneId,
	/// Who may change the line, and receives its charges.
	pub operator: AccountId,
	/// What it carries and costs, and when.
	pub schedule: Schedule,
}

/// Intervals in which a zone was out of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Outage {
	/// The first of them.
	pub from: Interval,
	/// The first interval in which the zone serves again; `None` until that is known.
	pub until: Option<Interval>,
}

/// A zone of the grid.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Zone<AccountId> {
	/// The line to its parent; the root has none.
	pub line: Option<Line<AccountId>>,
	/// When it was out of service, in order. Where more interruptions happen than are remembered, the oldest is forgotten.
	pub outages: BoundedVec<Outage, ConstU32<MAX_OUTAGES>>,
}

impl<AccountId> Default for Zone<AccountId> {
	fn default() -> Self {
		Self {
			line: None,
			outages: BoundedVec::new(),
		}
	}
}

impl<AccountId> Zone<AccountId> {
	/// Whether the zone itself served in `interval`.
	pub fn in_service(&self, interval: Interval) -> bool {
		let out = |outage: &Outage| outage.from <= interval && outage.until.is_none_or(|until| interval < until);
		!self.outages.iter().any(out)
	}

	/// The zone that it hangs by.
	pub fn parent(&self) -> Option<ZoneId> {
		self.line.as_ref().map(|line| line.parent)
	}

	/// Out of service from `from` on; `false` if it is already. Interruptions that ended before `oldest` are forgotten.
	#[must_use]
	pub(crate) fn halt(&mut self, from: Interval, oldest: Interval) -> bool {
		let goes_on = match self.outages.last_mut() {
			Some(Outage { until: None, .. }) => return false,
			// Resumed in this very interval: the zone has not served since.
			Some(last) if last.until > Some(from) => {
				last.until = None;
				true
			}
			_ => false,
		};
		if !goes_on {
			self.outages
				.retain(|outage| outage.until.is_none_or(|until| until > oldest));
			if self.outages.is_full() {
				self.outages.remove(0);
			}
			self.outages.force_push(Outage { from, until: None });
		}
		true
	}

	/// In service from `from` on; `false` if it is already.
	#[must_use]
	pub(crate) fn resume(&mut self, from: Interval) -> bool {
		match self.outages.last_mut() {
			Some(last) if last.until.is_none() => {
				last.until = Some(from);
				true
			}
			_ => false,
		}
	}
}

/// A page of zones, by `zone % ZONES_PER_PAGE`; empty where a zone was removed.
pub type ZonePage<AccountId> = BoundedVec<Option<Zone<AccountId>>, ConstU32<ZONES_PER_PAGE>>;

/// Energy on a line in one interval, by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Commitment {
	/// Towards the root, Wh.
	#[codec(compact)]
	pub to_parent_wh: Wh,
	/// Away from the root, Wh.
	#[codec(compact)]
	pub from_parent_wh: Wh,
}

impl Commitment {
	/// This and as much again as `more`, if it stays `within` in both directions.
	pub(crate) fn plus(self, more: Self, within: Self) -> Option<Self> {
		let sum = Self {
			to_parent_wh: self.to_parent_wh.checked_add(more.to_parent_wh)?,
			from_parent_wh: self.from_parent_wh.checked_add(more.from_parent_wh)?,
		};
		sum.fits(within).then_some(sum)
	}

	/// This without `less`, or nothing where that is more.
	pub(crate) const fn minus(self, less: Self) -> Self {
		Self {
			to_parent_wh: self.to_parent_wh.saturating_sub(less.to_parent_wh),
			from_parent_wh: self.from_parent_wh.saturating_sub(less.from_parent_wh),
		}
	}

	/// Whether it stays `within` in both directions.
	pub(crate) const fn fits(self, within: Self) -> bool {
		self.to_parent_wh <= within.to_parent_wh && self.from_parent_wh <= within.from_parent_wh
	}
}

/// A page of what lines have promised, by `zone % ZONES_PER_PAGE` of the zone below the line.
pub type CommitmentPage = BoundedVec<Commitment, ConstU32<ZONES_PER_PAGE>>;

/// A zone below the root, as genesis has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GenesisZone<AccountId> {
	/// The zone that it hangs by; stands before it.
	pub parent: ZoneId,
	/// Who may change its line, and receives the line's charges.
	pub operator: AccountId,
	/// What its line carries and costs.
	pub terms: Terms,
}
