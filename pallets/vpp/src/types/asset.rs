//! Assets, as their owners enrol them.

use crate::{
	math::{allocation::Class, calendar::Calendar, charge::Charge, response::Direction},
	types::{Busy, DispatchId, Instruction, Product, Terms, Windows},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{Balance, Device, DeviceId, DeviceKind, Interval, Price, Wh};
use scale_info::TypeInfo;

/// What an asset can do, and at what price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Asset {
	/// Power it can feed in more, or consume less, W.
	pub up_w: u32,
	/// Power it can feed in less, or consume more, W.
	pub down_w: u32,
	/// How fast it changes its power, W per second.
	pub ramp_w_per_s: u32,
	/// How long before it begins it must be told, seconds.
	pub notice_s: u32,
	/// The shortest time it runs once begun, seconds; for a load, the shortest time off.
	pub shortest_s: u32,
	/// The longest time it runs, seconds, after which it rests as long; for a load, the longest time off. 0: no limit.
	pub longest_s: u32,
	/// What the battery holds when full, Wh; 0 for an asset without storage.
	pub capacity_wh: Wh,
	/// What the owner keeps in it, Wh: no dispatch takes it below.
	pub reserve_wh: Wh,
	/// Asking price, planck per kWh of proven response.
	pub price_per_kwh: Price,
	/// The lower, the earlier it is called on at equal prices.
	pub priority: u8,
	/// The stage of load shedding at which it goes, from 0; 0 in other programs.
	pub shed_stage: u8,
}

impl Asset {
	/// What it can do in a direction, W.
	pub const fn power_w(&self, direction: Direction) -> u32 {
		match direction {
			Direction::Up => self.up_w,
			Direction::Down => self.down_w,
		}
	}

	/// Whether it has a state of charge.
	pub const fn is_storage(&self) -> bool {
		self.capacity_wh > 0
	}

	/// Whether its figures go together, for an asset of this kind under these terms.
	pub fn is_valid(&self, kind: DeviceKind, terms: &Terms) -> bool {
		let stages = match &terms.product {
			Product::LoadShedding(scheme) => scheme.stages.len(),
			Product::FrequencyContainment(_) | Product::Balancing => 1,
		};
		let storage = match kind {
			DeviceKind::Battery => self.is_storage(),
			DeviceKind::EvCharger => true,
			_ => !self.is_storage(),
		};
		// A load that is only switched has one direction and no setpoint.
		let switched = kind != DeviceKind::PassiveLoad || self.down_w == 0;
		(self.up_w > 0 || self.down_w > 0)
			&& self.ramp_w_per_s > 0
			&& (self.longest_s == 0 || self.shortest_s <= self.longest_s)
			&& self.reserve_wh <= self.capacity_wh
			&& usize::from(self.shed_stage) < stages
			&& storage
			&& switched
	}
}

/// The power a device is attested for in a direction, W.
pub fn rating_w<AccountId>(device: &Device<AccountId>, is_storage: bool, direction: Direction) -> u32 {
	match (device.kind, direction) {
		// A generator feeds in more up to its rating, or less down to nothing.
		(DeviceKind::Solar | DeviceKind::Wind, _) => device.export_w,
		(DeviceKind::Battery, Direction::Up) => device.export_w,
		(DeviceKind::EvCharger, Direction::Up) if is_storage => device.export_w,
		// Everything else is a load: it consumes less, or more, within its import rating.
		_ => device.import_w,
	}
}

/// Where an asset's response is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum MeteringPoint {
	/// At the site's connection point: the device that the asset names as its parent.
	ConnectionPoint,
	/// At the asset, which signs readings of its own.
	Asset,
}

/// Which assets of a site are enrolled. Two assets behind one meter cannot be told apart, so a site has either one asset that
/// is measured at its connection point or any number that are measured one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Site {
	/// One asset, measured at the connection point.
	Whole(DeviceId),
	/// So many assets, each measured by itself.
	Parts(u32),
}

/// The last dispatch an asset took part in: an interval belongs to one dispatch only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Engagement {
	/// The dispatch.
	pub dispatch: DispatchId,
	/// Which way it went.
	pub direction: Direction,
	/// When it ends, as far as is known, Unix seconds.
	pub end: u64,
}

/// An asset in a program.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Enrolment<AccountId> {
	/// Who enrolled it and is paid.
	pub owner: AccountId,
	/// What it can do.
	pub asset: Asset,
	/// What kind of device it is.
	pub kind: DeviceKind,
	/// The device whose meter proves its response.
	pub meter: DeviceId,
	/// The site it stands on: its connection point, or itself where it has none.
	pub site: DeviceId,
	/// The battery's state of charge, once reported.
	pub charge: Option<Charge>,
	/// When the owner does not want it dispatched.
	pub windows: Windows,
	/// When it was under instruction.
	pub busy: Busy,
	/// The dispatch that has it, or the last one it ran in.
	pub engagement: Option<Engagement>,
	/// The one before that, in case the present one never runs.
	pub earlier: Option<Engagement>,
	/// It is not asked again before this time, Unix seconds: it ran for its longest time.
	pub rest_until: u64,
	/// Instructions that are not settled.
	pub unsettled: u32,
	/// On hold for what it stores, planck; returned when it leaves.
	pub deposit: Balance,
	/// On hold against penalties, planck.
	pub bond: Balance,
}

impl<AccountId> Enrolment<AccountId> {
	/// When assets of its kind are called on. Under load shedding every load is switched as a whole.
	pub fn class(&self, product: &Product) -> Class {
		match (self.kind, product) {
			(DeviceKind::PassiveLoad, _) | (_, Product::LoadShedding(_)) => Class::Switched,
			(DeviceKind::ControllableLoad, _) => Class::Load,
			(DeviceKind::EvCharger, _) if !self.asset.is_storage() => Class::Load,
			_ => Class::Storage,
		}
	}

	/// Whether consumption is what its meter is there to count: a load's baseline is rounded and adjusted as consumption, a
	/// generator's or a battery's as feed-in.
	pub const fn consumes(&self) -> bool {
		matches!(
			self.kind,
			DeviceKind::ControllableLoad | DeviceKind::PassiveLoad | DeviceKind::EvCharger
		)
	}

	/// Whether the owner has ruled an interval out.
	pub fn is_opted_out(&self, interval: Interval, calendar: Calendar) -> bool {
		self.windows.iter().any(|window| window.contains(interval, calendar))
	}

	/// Whether an interval says something about what the asset does of its own accord.
	pub fn is_ordinary(&self, interval: Interval, calendar: Calendar) -> bool {
		!self.busy.contains(interval) && !self.is_opted_out(interval, calendar)
	}

	/// A dispatch takes it.
	pub fn engage(&mut self, engagement: Engagement) {
		if self
			.engagement
			.is_some_and(|present| present.dispatch != engagement.dispatch)
		{
			self.earlier = self.engagement;
		}
		self.engagement = Some(engagement);
	}

	/// The dispatch that has it needs it no longer than until `at`, Unix seconds. If it never ran there, the intervals of the
	/// dispatch before still count.
	pub fn release(&mut self, instruction: &Instruction, dispatch: DispatchId, at: u64, calendar: Calendar) {
		if let Some(present) = self.engagement.filter(|present| present.dispatch == dispatch) {
			let released = Engagement {
				end: present.end.min(at),
				..present
			};
			self.engagement = if instruction.profile.is_blank() {
				self.earlier.take()
			} else {
				Some(released)
			};
			self.busy.clear_after(calendar.last_before(at));
		}
	}
}
