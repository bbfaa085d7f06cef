//! Who does it: the need is turned into setpoints, batteries before loads.

use alloc::{vec, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{DeviceId, Price, ZoneId};
use scale_info::TypeInfo;

/// How a program shares a need among assets of the same class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Rule {
	/// Cheapest first; at equal prices the lower priority number, then the lower device index. The last takes what is left.
	MeritOrder,
	/// In proportion to what is available, rounded down; the remainder goes watt by watt to the lowest device indices.
	ProRata,
}

/// The order in which kinds of assets are called on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
	/// Batteries and generators: nobody notices.
	Storage,
	/// Loads that follow a setpoint.
	Load,
	/// Loads that are switched off as a whole.
	Switched,
}

/// What an asset can do for a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
	/// The asset's device.
	pub index: DeviceId,
	/// When its kind is called on.
	pub class: Class,
	/// For load shedding: earlier stages go first.
	pub stage: u8,
	/// Price, planck per kWh.
	pub price: Price,
	/// The lower, the earlier it is called on.
	pub priority: u8,
	/// The most it can do, W.
	pub available_w: u32,
	/// What it must not be taken below yet, W, because it has not run its shortest time.
	pub floor_w: u32,
	/// Where it is connected.
	pub zone: ZoneId,
}

/// What the lines between assets and need still carry.
pub trait Lines {
	/// Power that can still come from `zone`, W.
	fn left_w(&self, zone: ZoneId) -> u64;
	/// Books power coming from `zone`, W.
	fn book(&mut self, zone: ZoneId, power_w: u32);
}

/// Shares `need_w` among `offers`; the setpoints are in the offers' order. Nobody gets more than is available or than the lines
/// carry, and the sum never exceeds the need but for two reasons: an asset that must run on, and the last of the switched loads,
/// which goes as a whole.
pub fn allocate(need_w: u64, offers: &[Offer], rule: Rule, lines: &mut impl Lines) -> Vec<u32> {
	let mut order: Vec<usize> = (0..offers.len()).collect();
	order.sort_by_key(|place| offers.get(*place).map(merit));
	let class = |place: &usize| offers.get(*place).map(|offer| offer.class);
	let mut desk = Desk {
		offers,
		setpoints: vec![0; offers.len()],
		left_w: need_w,
		lines,
	};
	for place in &order {
		let floor = offers.get(*place).map_or(0, |offer| offer.floor_w);
		desk.give(*place, floor);
	}
	for group in order.chunk_by(|a, b| class(a) == class(b)) {
		match (group.first().and_then(class), rule) {
			(Some(Class::Switched), _) => desk.switch(group),
			(_, Rule::MeritOrder) => desk.fill(group),
			(_, Rule::ProRata) => desk.share(group),
		}
	}
	desk.setpoints
}

/// The order of merit.
fn merit(offer: &Offer) -> (Class, u8, Price, u8, DeviceId) {
	(offer.class, offer.stage, offer.price, offer.priority, offer.index)
}

/// An allocation under way.
struct Desk<'a, L> {
	offers: &'a [Offer],
	setpoints: Vec<u32>,
	left_w: u64,
	lines: &'a mut L,
}

impl<L: Lines> Desk<'_, L> {
	/// What an asset could do beyond its setpoint, W.
	fn headroom(&self, place: usize) -> u32 {
		let (Some(offer), Some(setpoint)) = (self.offers.get(place), self.setpoints.get(place)) else {
			return 0;
		};
		let own = offer.available_w.saturating_sub(*setpoint);
		u32::try_from(self.lines.left_w(offer.zone))
			.unwrap_or(u32::MAX)
			.min(own)
	}

	/// Raises a setpoint as far as asset and lines allow.
	fn give(&mut self, place: usize, power_w: u32) {
		let power_w = power_w.min(self.headroom(place));
		let (Some(offer), Some(setpoint)) = (self.offers.get(place), self.setpoints.get_mut(place)) else {
			return;
		};
		*setpoint = setpoint.saturating_add(power_w);
		self.lines.book(offer.zone, power_w);
		self.left_w = self.left_w.saturating_sub(power_w.into());
	}

	/// In order of merit; the last takes what is left.
	fn fill(&mut self, group: &[usize]) {
		for place in group {
			self.give(*place, u32::try_from(self.left_w).unwrap_or(u32::MAX));
		}
	}

	/// Whole loads in order of merit, until the need is met.
	fn switch(&mut self, group: &[usize]) {
		for place in group {
			let whole = self.offers.get(*place).map_or(0, |offer| offer.available_w);
			if self.left_w > 0 && self.headroom(*place) == whole {
				self.give(*place, whole);
			}
		}
	}

	/// In proportion to the headroom. Where a line is short, the assets behind it come in order of merit.
	fn share(&mut self, group: &[usize]) {
		let mut rooms: Vec<(DeviceId, usize, u32)> = Vec::with_capacity(group.len());
		for place in group {
			let Some(offer) = self.offers.get(*place) else { continue };
			let room = self.headroom(*place);
			self.lines.book(offer.zone, room);
			rooms.push((offer.index, *place, room));
		}
		rooms.sort_unstable();
		let need = self.left_w;
		for (place, power_w) in shares(need, &rooms) {
			if let Some(setpoint) = self.setpoints.get_mut(place) {
				*setpoint = setpoint.saturating_add(power_w);
				self.left_w = self.left_w.saturating_sub(power_w.into());
			}
		}
	}
}

/// Shares a need in proportion to the rooms, which come in order of device index.
fn shares(need_w: u64, rooms: &[(DeviceId, usize, u32)]) -> Vec<(usize, u32)> {
	let total: u64 = rooms.iter().map(|(_, _, room)| u64::from(*room)).sum();
	if need_w >= total {
		return rooms.iter().map(|(_, place, room)| (*place, *room)).collect();
	}
	// Not above the room itself, because the need is below the total; `total` is above 0 for the same reason.
	let part = |room: u32| (u128::from(need_w) * u128::from(room) / u128::from(total)) as u32;
	let given: u64 = rooms.iter().map(|(_, _, room)| u64::from(part(*room))).sum();
	let mut remainder = need_w.saturating_sub(given);
	let mut one = |room: u32| {
		let takes = remainder > 0 && part(room) < room;
		remainder = remainder.saturating_sub(u64::from(takes));
		u32::from(takes)
	};
	rooms
		.iter()
		.map(|(_, place, room)| (*place, part(*room).saturating_add(one(*room))))
		.collect()
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;
	use std::collections::BTreeMap;

	/// A line above each zone.
	struct PerZone(BTreeMap<ZoneId, u64>);

	impl Lines for PerZone {
		fn left_w(&self, zone: ZoneId) -> u64 {
			self.0.get(&zone).copied().unwrap_or(u64::MAX)
		}

		fn book(&mut self, zone: ZoneId, power_w: u32) {
			if let Some(left) = self.0.get_mut(&zone) {
				*left -= u64::from(power_w);
			}
		}
	}

	fn unlimited() -> PerZone {
		PerZone(BTreeMap::new())
	}

	fn offer(index: DeviceId, class: Class, price: Price, available_w: u32) -> Offer {
		Offer {
			index,
			class,
			stage: 0,
			price,
			priority: 0,
			available_w,
			floor_w: 0,
			zone: 1,
		}
	}

	#[test]
	fn batteries_should_come_before_loads_when_they_are_dearer() {
		let offers = [offer(1, Class::Load, 10, 5_000), offer(2, Class::Storage, 90, 3_000)];
		assert_eq!(
			allocate(4_000, &offers, Rule::MeritOrder, &mut unlimited()),
			[1_000, 3_000]
		);
	}

	#[test]
	fn switched_loads_should_go_as_a_whole_when_power_is_still_missing() {
		let offers = [
			offer(1, Class::Switched, 10, 2_000),
			offer(2, Class::Switched, 10, 2_000),
			offer(3, Class::Load, 50, 1_000),
		];
		assert_eq!(
			allocate(1_000, &offers, Rule::MeritOrder, &mut unlimited()),
			[0, 0, 1_000]
		);
		assert_eq!(
			allocate(1_001, &offers, Rule::MeritOrder, &mut unlimited()),
			[2_000, 0, 1_000]
		);
	}

	#[test]
	fn earlier_stages_should_be_shed_first_when_later_ones_are_cheaper() {
		let early = Offer {
			stage: 0,
			..offer(1, Class::Switched, 90, 1_000)
		};
		let late = Offer {
			stage: 1,
			..offer(2, Class::Switched, 10, 1_000)
		};
		assert_eq!(
			allocate(1_000, &[late, early], Rule::MeritOrder, &mut unlimited()),
			[0, 1_000]
		);
	}

	#[test]
	fn asset_should_run_on_when_its_shortest_time_has_not_passed() {
		let dear = Offer {
			floor_w: 2_000,
			..offer(1, Class::Storage, 90, 2_000)
		};
		let cheap = offer(2, Class::Storage, 10, 5_000);
		assert_eq!(
			allocate(3_000, &[dear, cheap], Rule::MeritOrder, &mut unlimited()),
			[2_000, 1_000]
		);
		assert_eq!(allocate(0, &[dear, cheap], Rule::ProRata, &mut unlimited()), [2_000, 0]);
	}

	#[test]
	fn line_should_not_be_overloaded_when_the_cheapest_assets_are_behind_it() {
		let offers = [
			offer(1, Class::Storage, 10, 3_000),
			offer(2, Class::Storage, 20, 3_000),
			Offer {
				zone: 2,
				..offer(3, Class::Storage, 30, 3_000)
			},
		];
		let mut lines = PerZone([(1, 4_000)].into());
		assert_eq!(
			allocate(9_000, &offers, Rule::MeritOrder, &mut lines),
			[3_000, 1_000, 3_000]
		);
		let mut lines = PerZone([(1, 4_000)].into());
		assert_eq!(allocate(3_500, &offers, Rule::ProRata, &mut lines), [1_500, 500, 1_500]);
	}

	#[test]
	fn switched_load_should_not_go_in_part_when_the_line_is_short() {
		let offers = [
			offer(1, Class::Switched, 10, 2_000),
			Offer {
				zone: 2,
				..offer(2, Class::Switched, 20, 2_000)
			},
		];
		let mut lines = PerZone([(1, 1_999)].into());
		assert_eq!(allocate(1_000, &offers, Rule::MeritOrder, &mut lines), [0, 2_000]);
	}

	fn offers() -> impl Strategy<Value = Vec<Offer>> {
		let class = prop::sample::select(vec![Class::Storage, Class::Load, Class::Switched]);
		let one = (class, 0..3u8, 0..5u128, 0..3u8, 0..10_000u32, 0..10_000u32, 0..4u32);
		prop::collection::vec(one, 0..20).prop_map(|all| {
			let numbered = all.into_iter().enumerate();
			numbered
				.map(|(index, (class, stage, price, priority, available_w, floor, zone))| {
					let floor_w = if floor < 1_000 { floor } else { 0 };
					Offer {
						index: index as u32,
						class,
						stage,
						price,
						priority,
						available_w,
						floor_w,
						zone,
					}
				})
				.collect()
		})
	}

	fn rules() -> impl Strategy<Value = Rule> {
		prop::sample::select(vec![Rule::MeritOrder, Rule::ProRata])
	}

	proptest! {
		#[test]
		fn setpoint_should_never_exceed_what_is_available(need in 0..200_000u64, offers in offers(), rule in rules()) {
			let setpoints = allocate(need, &offers, rule, &mut unlimited());
			prop_assert!(offers.iter().zip(&setpoints).all(|(offer, setpoint)| *setpoint <= offer.available_w));
		}

		#[test]
		fn setpoints_should_add_up_to_the_need_when_there_is_enough(
			need in 0..200_000u64, offers in offers(), rule in rules(),
		) {
			let divisible: Vec<_> = offers
				.into_iter()
				.filter(|offer| offer.class != Class::Switched)
				.map(|offer| Offer { floor_w: 0, ..offer })
				.collect();
			let capacity: u64 = divisible.iter().map(|offer| u64::from(offer.available_w)).sum();
			let sum: u64 = allocate(need, &divisible, rule, &mut unlimited()).into_iter().map(u64::from).sum();
			prop_assert_eq!(sum, need.min(capacity));
		}

		#[test]
		fn excess_should_be_less_than_one_switched_load(need in 0..200_000u64, offers in offers(), rule in rules()) {
			let offers: Vec<_> = offers.into_iter().map(|offer| Offer { floor_w: 0, ..offer }).collect();
			let sum: u64 = allocate(need, &offers, rule, &mut unlimited()).into_iter().map(u64::from).sum();
			let largest = offers.iter().filter(|offer| offer.class == Class::Switched).map(|offer| offer.available_w).max();
			prop_assert!(sum < need + u64::from(largest.unwrap_or(0)).max(1));
		}

		#[test]
		fn sum_should_not_fall_when_the_need_rises(need in 0..200_000u64, offers in offers(), rule in rules()) {
			let sum = |need| allocate(need, &offers, rule, &mut unlimited()).into_iter().map(u64::from).sum::<u64>();
			prop_assert!(sum(need) <= sum(need + 1));
		}

		#[test]
		fn lines_should_never_carry_more_than_their_capacity(
			need in 0..200_000u64, offers in offers(), rule in rules(), capacity in prop::array::uniform4(0..20_000u64),
		) {
			let mut lines = PerZone((0..4).zip(capacity).collect());
			let setpoints = allocate(need, &offers, rule, &mut lines);
			for (zone, capacity) in (0..4).zip(capacity) {
				let through: u64 = offers
					.iter()
					.zip(&setpoints)
					.filter(|(offer, _)| offer.zone == zone)
					.map(|(_, setpoint)| u64::from(*setpoint))
					.sum();
				prop_assert!(through <= capacity);
			}
		}

		#[test]
		fn pro_rata_should_give_everyone_their_share_within_a_watt(permille in 0..1_000u64, offers in offers()) {
			let offers: Vec<_> = offers
				.into_iter()
				.map(|offer| Offer { class: Class::Storage, floor_w: 0, ..offer })
				.collect();
			let total: u64 = offers.iter().map(|offer| u64::from(offer.available_w)).sum();
			let need = total * permille / 1_000;
			for (offer, setpoint) in offers.iter().zip(allocate(need, &offers, Rule::ProRata, &mut unlimited())) {
				let exact = need * u64::from(offer.available_w);
				let setpoint = u64::from(setpoint) * total;
				prop_assert!(setpoint.abs_diff(exact) <= total);
			}
		}
	}
}
