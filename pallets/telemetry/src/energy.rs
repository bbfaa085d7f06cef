//! From registers to energy: differences that roll over, what is plausible, and the shares of a gap.
//!
//! Pure functions of their arguments. Nothing here knows about storage, pages or time of arrival.

use crate::types::Refusal;
use codec::{Decode, Encode, MaxEncodedLen};
use core::ops::AddAssign;
use gridtokenx_primitives::{device::Registers, time::MAX_GAP, units::plausible_energy, Interval, Meter, Wh};
use scale_info::TypeInfo;

/// Energy in both directions, Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Amount {
	/// Imported, Wh.
	pub import_wh: Wh,
	/// Exported, Wh.
	pub export_wh: Wh,
}

impl Amount {
	/// Whether nothing was moved.
	pub const fn is_zero(&self) -> bool {
		self.import_wh == 0 && self.export_wh == 0
	}
}

impl AddAssign for Amount {
	/// Saturates, which no sum of plausible energies reaches.
	fn add_assign(&mut self, other: Self) {
		self.import_wh = self.import_wh.saturating_add(other.import_wh);
		self.export_wh = self.export_wh.saturating_add(other.export_wh);
	}
}

/// How far a register has advanced from `from` to `to`, where it rolls over at `modulus` (0 stands for 2^64).
///
/// Both registers are below the modulus, so none of these steps leaves the range of `u64`; they wrap only where 2^64 is the modulus.
pub const fn advance(from: Wh, to: Wh, modulus: Wh) -> Wh {
	if to >= from || modulus == 0 {
		to.wrapping_sub(from)
	} else {
		to.wrapping_add(modulus.wrapping_sub(from))
	}
}

/// The register that stands `by` beyond `register`, where it rolls over at `modulus` (0 stands for 2^64).
pub const fn shift(register: Wh, by: Wh, modulus: Wh) -> Wh {
	// `register + by` is as far beyond `register` as `register` is beyond `modulus - by`.
	if modulus == 0 {
		register.wrapping_add(by)
	} else {
		advance(advance(by, 0, modulus), register, modulus)
	}
}

/// `floor(energy * k / n)`: what the first `k` of `n` equal intervals get of `energy`. Nothing where there are no intervals.
pub const fn cumulative_share(energy: Wh, k: u32, n: u32) -> Wh {
	// A u64 times a u32 stays below 2^96, and with k <= n the quotient never exceeds `energy`.
	let k = if k < n { k } else { n };
	match ((energy as u128).saturating_mul(k as u128)).checked_div(n as u128) {
		Some(share) => share as Wh,
		None => 0,
	}
}

/// What the registry attests about a meter, as far as its registers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nameplate {
	/// Where the registers roll over, Wh; 0 stands for 2^64.
	pub modulus_wh: Wh,
	/// Import rating, W.
	pub import_w: u32,
	/// Export rating, W.
	pub export_w: u32,
	/// Length of an interval, seconds.
	pub interval_seconds: u32,
}

impl Nameplate {
	/// The nameplate of a registered meter.
	pub const fn of<AccountId>(meter: &Meter<AccountId>, interval_seconds: u32) -> Self {
		Self {
			modulus_wh: meter.modulus_wh,
			import_w: meter.import_w,
			export_w: meter.export_w,
			interval_seconds,
		}
	}

	/// Whether a meter with this modulus can show these registers at all.
	pub const fn can_show(&self, registers: &Registers) -> bool {
		self.modulus_wh == 0 || (registers.import_wh < self.modulus_wh && registers.export_wh < self.modulus_wh)
	}

	/// The energy between two readings.
	pub const fn energy(&self, from: &Registers, to: &Registers) -> Amount {
		Amount {
			import_wh: advance(from.import_wh, to.import_wh, self.modulus_wh),
			export_wh: advance(from.export_wh, to.export_wh, self.modulus_wh),
		}
	}

	/// The registers that stand `by` beyond `registers`.
	pub const fn shift(&self, registers: &Registers, by: &Registers) -> Registers {
		Registers {
			import_wh: shift(registers.import_wh, by.import_wh, self.modulus_wh),
			export_wh: shift(registers.export_wh, by.export_wh, self.modulus_wh),
		}
	}

	/// What `registers` have to be shifted by to become `target`.
	pub const fn offset(&self, registers: &Registers, target: &Registers) -> Registers {
		let Amount { import_wh, export_wh } = self.energy(registers, target);
		Registers { import_wh, export_wh }
	}

	/// Whether the registers can have advanced from one reading to the other in `intervals`.
	///
	/// # Errors
	///
	/// [`Refusal::Backwards`] where they stand nearer behind than before, [`Refusal::Implausible`] where they went too far.
	pub fn check(&self, from: &Registers, to: &Registers, intervals: Interval) -> Result<(), Refusal> {
		let seconds = u64::from(intervals).saturating_mul(u64::from(self.interval_seconds));
		let (forth, back) = (self.energy(from, to), self.energy(to, from));
		let check = |forth: Wh, back: Wh, rating_w: u32| match forth <= plausible_energy(rating_w, seconds) {
			true => Ok(()),
			false if back < forth => Err(Refusal::Backwards),
			false => Err(Refusal::Implausible),
		};
		check(forth.import_wh, back.import_wh, self.import_w)?;
		check(forth.export_wh, back.export_wh, self.export_w)
	}
}

/// How good the energy of a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Standing {
	/// Metered from the end of one interval to the end of the next.
	Exact,
	/// Metered over a gap of at most [`MAX_GAP`] intervals and shared out evenly.
	Estimated,
	/// Metered, but not fit for billing: on the books, not on the market.
	Unallocated,
}

/// The energy between two neighbouring readings of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Span {
	/// The interval at whose end it begins.
	pub start: Interval,
	/// The interval at whose end it ends.
	pub end: Interval,
	/// What was moved in it.
	pub energy: Amount,
	/// How good it is.
	pub standing: Standing,
}

impl Span {
	/// The span from the end of `start` to the end of `end`. `billable` is false where something other than its length keeps
	/// it from the market.
	pub fn new(start: Interval, end: Interval, energy: Amount, billable: bool) -> Self {
		let missing = end.saturating_sub(start).saturating_sub(1);
		let standing = match missing {
			_ if !billable => Standing::Unallocated,
			0 => Standing::Exact,
			1..=MAX_GAP => Standing::Estimated,
			_ => Standing::Unallocated,
		};
		Self {
			start,
			end,
			energy,
			standing,
		}
	}

	/// What its intervals after `after`, up to and with `through`, get. The k-th of n gets
	/// `floor(E * k / n) - floor(E * (k - 1) / n)`, so that all of them together get E to the unit.
	pub fn between(&self, after: Interval, through: Interval) -> Amount {
		let n = self.end.saturating_sub(self.start);
		let upto = |energy, interval: Interval| cumulative_share(energy, interval.saturating_sub(self.start), n);
		// Shares rise with the interval; an empty range gets nothing.
		let share = |energy| upto(energy, through).saturating_sub(upto(energy, after));
		Amount {
			import_wh: share(self.energy.import_wh),
			export_wh: share(self.energy.export_wh),
		}
	}

	/// What one of its intervals gets.
	pub fn of(&self, interval: Interval) -> Amount {
		self.between(interval.saturating_sub(1), interval)
	}
}
