//! What the lines between assets and need still carry.

use crate::math::{allocation::Lines, calendar::Calendar, response::Direction};
use alloc::collections::BTreeMap;
use gridtokenx_primitives::{Network, Wh, ZoneId};

/// The line between a zone and its parent, in the direction of a dispatch.
struct Line {
	parent: ZoneId,
	left_w: u64,
}

/// The tree of zones with what the market left of each line's capacity in one interval.
pub(crate) struct GridLines {
	zones: BTreeMap<ZoneId, Option<Line>>,
	/// Where the power is needed; the whole grid if nowhere in particular.
	top: Option<ZoneId>,
}

impl GridLines {
	/// The lines that power crosses on its way from an asset to `top`.
	pub(crate) fn new<AccountId>(
		network: Network<AccountId>,
		direction: Direction,
		top: Option<ZoneId>,
		calendar: Calendar,
	) -> Self {
		let line = |left_wh: Wh, parent| Line {
			parent,
			left_w: power_w(left_wh, calendar),
		};
		let zones = network
			.into_iter()
			.map(|(zone, link)| {
				let line = link.map(|link| match direction {
					Direction::Up => line(link.to_parent_wh, link.parent),
					Direction::Down => line(link.from_parent_wh, link.parent),
				});
				(zone, line)
			})
			.collect();
		Self { zones, top }
	}

	/// Zones whose line upward is crossed on the way from `zone` to where the power is needed; `None` where there is no way.
	fn path(&self, zone: ZoneId) -> Option<alloc::vec::Vec<ZoneId>> {
		let (mut path, mut here) = (alloc::vec::Vec::new(), zone);
		// A tree is never deeper than it has zones; the bound keeps a broken one from looping.
		for _ in 0..=self.zones.len() {
			if self.top == Some(here) {
				return Some(path);
			}
			match self.zones.get(&here)? {
				Some(line) => {
					path.push(here);
					here = line.parent;
				}
				None => return self.top.is_none().then_some(path),
			}
		}
		None
	}
}

impl Lines for GridLines {
	fn left_w(&self, zone: ZoneId) -> u64 {
		let Some(path) = self.path(zone) else { return 0 };
		let lines = path.iter().filter_map(|zone| self.zones.get(zone)?.as_ref());
		lines.map(|line| line.left_w).min().unwrap_or(u64::MAX)
	}

	fn book(&mut self, zone: ZoneId, power_w: u32) {
		for zone in self.path(zone).unwrap_or_default() {
			if let Some(Some(line)) = self.zones.get_mut(&zone) {
				line.left_w = line.left_w.saturating_sub(power_w.into());
			}
		}
	}
}

/// The power that moves `wh` in one interval, W; rounded down.
fn power_w(wh: Wh, calendar: Calendar) -> u64 {
	let watts = u128::from(wh) * 3_600 / u128::from(calendar.seconds());
	u64::try_from(watts).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
	use super::*;
	use gridtokenx_primitives::Link;

	/// 0 is the root; 1 and 3 hang by it, 2 by 1.
	fn lines(direction: Direction, top: Option<ZoneId>) -> GridLines {
		let link = |parent, to_parent_wh, from_parent_wh| {
			Some(Link {
				parent,
				to_parent_wh,
				from_parent_wh,
				charge_per_kwh: 0,
				operator: (),
			})
		};
		let network = vec![
			(0, None),
			(1, link(0, 500, 50)),
			(2, link(1, 1_000, 100)),
			(3, link(0, 2_000, 200)),
		];
		GridLines::new(network, direction, top, Calendar::new(900))
	}

	#[test]
	fn lines_should_be_as_wide_as_the_narrowest_on_the_way() {
		// 500 Wh in a quarter of an hour are 2,000 W.
		assert_eq!(lines(Direction::Up, None).left_w(2), 2_000);
		assert_eq!(lines(Direction::Down, None).left_w(2), 200);
		assert_eq!(lines(Direction::Up, None).left_w(0), u64::MAX);
	}

	#[test]
	fn lines_above_the_need_should_not_count() {
		assert_eq!(lines(Direction::Up, Some(1)).left_w(2), 4_000);
		assert_eq!(lines(Direction::Up, Some(1)).left_w(1), u64::MAX);
	}

	#[test]
	fn zone_should_be_out_of_reach_when_it_does_not_lie_below_the_need() {
		assert_eq!(lines(Direction::Up, Some(1)).left_w(3), 0);
		assert_eq!(lines(Direction::Up, Some(1)).left_w(0), 0);
		assert_eq!(lines(Direction::Up, None).left_w(9), 0);
	}

	#[test]
	fn booking_should_take_from_every_line_on_the_way() {
		let mut lines = lines(Direction::Up, None);
		lines.book(2, 1_500);
		assert_eq!((lines.left_w(2), lines.left_w(1), lines.left_w(3)), (500, 500, 8_000));
	}
}
