//! One page of devices while readings are booked or an interval is measured: read once, written once.

use crate::{
	energy::{Nameplate, Span, Standing},
	register::{Place, Register, RegisterPage},
	slots::Slots,
	types::{LateSpan, Point, Refusal},
	Books, Config, Pallet, Points, RegisterPages,
};
use alloc::{collections::BTreeMap, vec::Vec};
use gridtokenx_primitives::{
	device::Registers, reading::PagedReading, Clock, Interval, Meter, MeterDirectory, MeterPage, Source,
};

/// A point and its interval.
pub(crate) type PointAt = (Interval, Point);

/// How many pages of points, one for each interval, were read and written.
#[derive(Clone, Copy, Default)]
pub(crate) struct PointWork {
	pub read: u32,
	pub written: u32,
}

/// Points of a page, by interval, read as they are needed.
struct PointCache<T> {
	page: u32,
	/// With whether they have changed.
	intervals: BTreeMap<Interval, (Slots<Point>, bool)>,
	_runtime: core::marker::PhantomData<T>,
}

impl<T: Config> PointCache<T> {
	fn new(page: u32) -> Self {
		Self {
			page,
			intervals: BTreeMap::new(),
			_runtime: core::marker::PhantomData,
		}
	}

	fn load(&mut self, interval: Interval) -> &mut (Slots<Point>, bool) {
		let page = self.page;
		self.intervals
			.entry(interval)
			.or_insert_with(|| (Points::<T>::get(interval, page), false))
	}

	fn get(&mut self, interval: Interval, slot: u8) -> Option<PointAt> {
		self.load(interval).0.get(slot).map(|point| (interval, *point))
	}

	fn set(&mut self, interval: Interval, slot: u8, point: Point) {
		let (points, changed) = self.load(interval);
		points.set(slot, point);
		*changed = true;
	}

	/// Drops an interval that has been measured.
	fn forget(&mut self, interval: Interval) {
		self.intervals.remove(&interval);
		Points::<T>::remove(interval, self.page);
	}

	/// Writes what has changed.
	fn save(self) -> PointWork {
		let mut work = PointWork::default();
		for (interval, (points, changed)) in self.intervals {
			work.read = work.read.saturating_add(1);
			if changed {
				work.written = work.written.saturating_add(1);
				Points::<T>::insert(interval, self.page, points);
			}
		}
		work
	}
}

/// A reading that may be booked once its signature is checked.
pub(crate) struct News {
	plate: Nameplate,
	register: Register,
	/// The continued registers.
	registers: Registers,
	/// Whether other registers are known for its interval. If it is signed validly, it is evidence.
	contradicts: bool,
}

/// A page of devices.
pub(crate) struct PageState<T: Config> {
	/// The page.
	pub page: u32,
	/// The last interval that has been measured for it.
	pub through: Interval,
	/// What the registry says.
	pub meters: MeterPage<T::AccountId>,
	/// What is known of the registers.
	pub registers: RegisterPage,
	/// Energy that came too late for its intervals.
	pub late: Vec<LateSpan<T::AccountId>>,
	/// Where the energy of connection points went.
	pub books: Books,
	interval_seconds: u32,
	points: PointCache<T>,
	changed: bool,
}

impl<T: Config> PageState<T> {
	/// Reads a page.
	pub fn load(page: u32, through: Interval) -> Self {
		Self {
			page,
			through,
			meters: T::Meters::page(page),
			registers: RegisterPages::<T>::get(page),
			late: Vec::new(),
			books: Books::default(),
			interval_seconds: T::Clock::interval_seconds(),
			points: PointCache::new(page),
			changed: false,
		}
	}

	/// The meter in a slot.
	pub fn meter(&self, slot: u8) -> Option<&Meter<T::AccountId>> {
		self.meters.get(usize::from(slot))?.as_ref()
	}

	/// The nameplate of the meter in a slot.
	pub fn nameplate(&self, slot: u8) -> Option<Nameplate> {
		self.meter(slot)
			.map(|meter| Nameplate::of(meter, self.interval_seconds))
	}

	/// What is known of the registers in a slot; nothing yet where there was no reading.
	pub fn register(&self, slot: u8) -> Register {
		self.registers.get(slot).copied().unwrap_or_default()
	}

	/// Changes what is known of the registers in a slot.
	pub fn set_register(&mut self, slot: u8, register: Register) {
		self.registers.set(slot, register);
		self.changed = true;
	}

	/// Forgets a device that has gone.
	pub fn clear(&mut self, slot: u8) {
		self.changed |= self.registers.take(slot).is_some();
	}

	/// The first point of a device after `interval`, among those that have not been measured.
	pub fn point_after(&mut self, register: &Register, slot: u8, interval: Interval) -> Option<PointAt> {
		let at = register.points.after(interval, self.through)?;
		self.points.get(at, slot)
	}

	/// The last known reading of a device before `interval`: a point or its anchor.
	pub fn reading_before(
		&mut self,
		register: &Register,
		slot: u8,
		interval: Interval,
	) -> Option<(Interval, Registers)> {
		let point = register
			.points
			.before(interval, self.through)
			.and_then(|at| self.points.get(at, slot));
		let anchor = register.anchor.map(|anchor| (anchor.interval, anchor.registers));
		point
			.map(|(at, point)| (at, point.registers))
			.or(anchor.filter(|(at, _)| *at < interval))
	}

	/// Whether a reading is news, as far as can be said without its signature and its neighbours.
	///
	/// # Errors
	///
	/// The reason why it is none.
	pub fn news(&mut self, reading: &PagedReading) -> Result<News, Refusal> {
		let plate = self.nameplate(reading.slot).ok_or(Refusal::UnknownDevice)?;
		let read = Registers {
			import_wh: reading.import_wh,
			export_wh: reading.export_wh,
		};
		if !plate.can_show(&read) {
			return Err(Refusal::Implausible);
		}
		let register = self.register(reading.slot);
		let registers = plate.shift(&read, &register.offset);
		let known = match register.place(reading.interval, self.through)? {
			Place::Anchor(registers) => Some(registers),
			Place::Point => self
				.points
				.get(reading.interval, reading.slot)
				.map(|(_, point)| point.registers),
			Place::Open | Place::Late => None,
		};
		match known {
			Some(known) if known == registers => Err(Refusal::Stale),
			known => Ok(News {
				plate,
				register,
				registers,
				contradicts: known.is_some(),
			}),
		}
	}

	/// Books a reading whose signature is valid.
	///
	/// # Errors
	///
	/// The reason why it does not count.
	pub fn accept(&mut self, reading: &PagedReading) -> Result<(), Refusal> {
		// Asked again, because an earlier reading of the same batch may have changed what is known.
		let News {
			plate,
			register,
			registers,
			contradicts,
		} = self.news(reading)?;
		if contradicts {
			return Err(Refusal::Conflicting);
		}
		self.check_neighbours(&register, reading, &registers, &plate)?;
		let point = Point {
			registers,
			quality: reading.quality,
		};
		if reading.interval > self.through {
			self.accept_open(register, reading, point);
		} else {
			self.accept_late(register, reading, point, &plate);
		}
		Ok(())
	}

	fn check_neighbours(
		&mut self,
		register: &Register,
		reading: &PagedReading,
		registers: &Registers,
		plate: &Nameplate,
	) -> Result<(), Refusal> {
		if let Some((at, before)) = self.reading_before(register, reading.slot, reading.interval) {
			plate.check(&before, registers, reading.interval.saturating_sub(at))?;
		}
		if let Some((at, after)) = self.point_after(register, reading.slot, reading.interval) {
			plate.check(registers, &after.registers, at.saturating_sub(reading.interval))?;
		}
		Ok(())
	}

	/// The interval has not been measured: the reading waits for it.
	fn accept_open(&mut self, mut register: Register, reading: &PagedReading, point: Point) {
		register.points.insert(reading.interval);
		self.points.set(reading.interval, reading.slot, point);
		self.set_register(reading.slot, register);
	}

	/// The interval has been measured without this device: the reading becomes the anchor, and the energy up to it is late.
	fn accept_late(&mut self, mut register: Register, reading: &PagedReading, point: Point, plate: &Nameplate) {
		if let Some(span) = register.span(reading.interval, &point, plate) {
			self.book_late(reading.slot, span, span.start, reading.interval);
		}
		register.anchor_at(reading.interval, point.registers);
		self.set_register(reading.slot, register);
	}

	/// Books the shares of a connection point's `span` in the intervals after `after`, up to and with `through`, as late.
	pub fn book_late(&mut self, slot: u8, span: Span, after: Interval, through: Interval) {
		let Some(meter) = self.meter(slot).filter(|meter| meter.connection_point).cloned() else {
			return;
		};
		let amount = span.between(after, through);
		if amount.is_zero() {
			return;
		}
		if span.standing == Standing::Unallocated {
			self.books.unallocated.add(amount);
			return;
		}
		self.books.late.add(amount);
		let source = counted_source(meter.source, span.standing);
		for (account, after, through) in self.owners(slot, &meter.owner, after, through) {
			self.late.push(LateSpan {
				account,
				zone: meter.zone,
				source,
				span,
				after,
				through,
			});
		}
	}

	/// Who owned a device in the intervals after `after`, up to and with `through`: each owner with their part of them. A device
	/// changes hands rarely, so there are two at most.
	fn owners(
		&self,
		slot: u8,
		present: &T::AccountId,
		after: Interval,
		through: Interval,
	) -> Vec<(T::AccountId, Interval, Interval)> {
		let mut owners: Vec<(T::AccountId, Interval, Interval)> = Vec::new();
		for interval in after.saturating_add(1)..=through {
			let former = T::Meters::former_owners(self.page, interval);
			let former = former.into_iter().find(|(at, _)| *at == slot);
			let owner = former.map_or_else(|| present.clone(), |(_, owner)| owner);
			match owners.last_mut() {
				Some((last, _, through)) if *last == owner => *through = interval,
				_ => owners.push((owner, interval.saturating_sub(1), interval)),
			}
		}
		owners
	}

	/// Drops the points of an interval that has been measured.
	pub fn forget_points(&mut self, interval: Interval) {
		self.points.forget(interval);
	}

	/// Writes what has changed.
	pub fn save(self) -> PointWork {
		if self.changed && self.registers.is_empty() {
			RegisterPages::<T>::remove(self.page);
		} else if self.changed {
			RegisterPages::<T>::insert(self.page, &self.registers);
		}
		Pallet::<T>::queue_late(self.late);
		Pallet::<T>::add_to_books(&self.books);
		self.points.save()
	}
}

/// What exports of this standing count as.
pub(crate) fn counted_source(attested: Source, standing: Standing) -> Source {
	match standing {
		Standing::Exact => attested,
		Standing::Estimated | Standing::Unallocated => Source::Estimated,
	}
}
