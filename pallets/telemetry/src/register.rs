//! The life of one device's registers: which readings are news, and what an interval's measuring makes of them.
//!
//! A device has an *anchor*, the reading through which its energy is fully booked, and *points*, readings of intervals that
//! have not been measured yet. The energy of an interval is a pure function of the anchor and the points, so it does not matter in
//! which order they arrived.

use crate::{
	energy::{Nameplate, Span},
	ring::Ring,
	slots::Slots,
	types::{Point, Refusal},
};
use codec::{Decode, Encode, MaxEncodedLen};
use gridtokenx_primitives::{device::Registers, Interval};
use scale_info::TypeInfo;

/// Readings are accepted at most so many intervals beyond what has been measured.
pub const BACKLOG: Interval = 96;

/// The reading through which a device's energy has been booked in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Anchor {
	/// The interval at whose end the registers stood so.
	pub interval: Interval,
	/// The continued registers.
	pub registers: Registers,
	/// Through which interval shares of the span that begins here have been booked. Beyond `interval` only while the span's
	/// end is known and not measured yet: then the span is closed to further readings.
	pub booked: Interval,
}

/// Intervals whose energy can't be allocated, whatever is read: the device was not active when they were measured, or its
/// meter was exchanged without closing registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Void {
	/// The first of them.
	pub first: Interval,
	/// The last of them.
	pub last: Interval,
}

/// What is known of one device's registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Register {
	/// Where the energy that is booked ends; `None` until the first reading's interval has been measured.
	pub anchor: Option<Anchor>,
	/// Intervals with a point.
	pub points: Ring,
	/// Continued registers = registers as read + offset. A new meter begins where the old one ended.
	pub offset: Registers,
	/// The first interval of the present meter.
	pub since: Interval,
	/// Intervals that can't be allocated.
	pub void: Option<Void>,
}

/// Registers of the devices on a page.
pub type RegisterPage = Slots<Register>;

/// Where an interval stands in what is known of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
	/// It has not been measured, and there is no reading of it yet.
	Open,
	/// It has been measured without this device.
	Late,
	/// It is the anchor's.
	Anchor(Registers),
	/// There is a point already.
	Point,
}

/// What an interval's measuring found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured {
	/// No reading of this interval or a later one.
	Unread,
	/// A reading, but none before it to measure from.
	Baseline,
	/// The span in which the interval lies; its intervals after `late_after` and before this one were measured without it.
	Within {
		/// The span.
		span: Span,
		/// The last interval that the span, or the anchor before it, has booked.
		late_after: Interval,
	},
}

impl Register {
	/// Where a reading of `interval` belongs. `through` is the last interval that has been measured.
	///
	/// # Errors
	///
	/// [`Refusal::WrongEpoch`] before the present meter, [`Refusal::Stale`] where nothing can be added any more, and
	/// [`Refusal::Ahead`] beyond the backlog.
	pub fn place(&self, interval: Interval, through: Interval) -> Result<Place, Refusal> {
		if interval < self.since {
			return Err(Refusal::WrongEpoch);
		}
		if let Some(anchor) = self.anchor.filter(|anchor| interval <= anchor.interval) {
			return (interval == anchor.interval)
				.then_some(Place::Anchor(anchor.registers))
				.ok_or(Refusal::Stale);
		}
		if interval > through.saturating_add(BACKLOG) {
			return Err(Refusal::Ahead);
		}
		if interval > through && self.points.contains(interval) {
			return Ok(Place::Point);
		}
		let shared_out = self.anchor.is_some_and(|anchor| anchor.booked > anchor.interval);
		if shared_out && self.points.after(through, through).is_some_and(|end| interval < end) {
			return Err(Refusal::Stale);
		}
		Ok(if interval > through { Place::Open } else { Place::Late })
	}

	/// Makes a reading the anchor.
	pub fn anchor_at(&mut self, interval: Interval, registers: Registers) {
		self.anchor = Some(Anchor {
			interval,
			registers,
			booked: interval,
		});
		self.void = self.void.filter(|void| void.last > interval);
	}

	/// Notes that `interval` can't be allocated. What lies between two such intervals can't be either.
	pub fn void(&mut self, interval: Interval) {
		let Void { first, last } = self.void.unwrap_or(Void {
			first: interval,
			last: interval,
		});
		self.void = Some(Void {
			first: first.min(interval),
			last: last.max(interval),
		});
	}

	/// The span from the anchor to a reading; `None` without an anchor.
	pub fn span(&self, end: Interval, point: &Point, plate: &Nameplate) -> Option<Span> {
		let anchor = self.anchor.as_ref()?;
		let void = self
			.void
			.is_some_and(|void| anchor.interval < void.last && void.first <= end);
		let energy = plate.energy(&anchor.registers, &point.registers);
		Some(Span::new(
			anchor.interval,
			end,
			energy,
			point.quality.is_billable() && !void,
		))
	}

	/// Measures `interval`, whose predecessors have been measured. `next` is the first point of this interval or a later one.
	pub fn measure(
		&mut self,
		interval: Interval,
		next: Option<(Interval, Point)>,
		plate: &Nameplate,
		active: bool,
	) -> Measured {
		if !active {
			self.void(interval);
		}
		let Some((end, point)) = next else {
			return Measured::Unread;
		};
		let found = match self.span(end, &point, plate) {
			None => Measured::Baseline,
			Some(span) => {
				let late_after = self.anchor.map_or(span.start, |anchor| anchor.booked);
				Measured::Within { span, late_after }
			}
		};
		match &mut self.anchor {
			_ if end == interval => {
				self.points.remove(end);
				self.anchor_at(end, point.registers);
			}
			Some(anchor) => anchor.booked = interval,
			None => {}
		}
		found
	}

	/// The old meter's last known reading becomes the new one's first: the offset takes up the difference.
	///
	/// `last` is the last known reading and its interval. Without plausible `closing` registers, the energy that the old meter
	/// counted after `last` is unknown, and that of the interval in which it was exchanged can't be allocated.
	pub fn swap(
		&mut self,
		last: (Interval, Registers),
		interval: Interval,
		closing: Option<Registers>,
		opening: &Registers,
		plate: &Nameplate,
	) {
		let (read_at, read) = last;
		let interval = interval.max(read_at.saturating_add(1));
		let closing = closing
			.filter(|closing| plate.can_show(closing))
			.map(|closing| plate.shift(&closing, &self.offset))
			.filter(|closing| plate.check(&read, closing, interval.saturating_sub(read_at)).is_ok());
		if closing.is_none() {
			self.void(interval);
		}
		self.offset = plate.offset(opening, &closing.unwrap_or(read));
		self.since = interval;
	}
}
