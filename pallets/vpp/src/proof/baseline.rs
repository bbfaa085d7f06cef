//! What an asset's meter would have shown.

use super::{net_export_wh, Proof};
use crate::{
	math::{
		baseline::{
			like_intervals, meter_before, with_forward_sales, Adjustment, ADJUSTMENT_INTERVALS, LIKE_DAYS,
			LIKE_INTERVALS,
		},
		response::Direction,
	},
	types::*,
	Config, EnrolmentOf, History,
};
use alloc::vec::Vec;
use gridtokenx_primitives::{Devices, ForwardSales, Interval, ZoneId};

/// How far before an announcement ordinary intervals are looked for.
const LOOK_BACK: Interval = 24;

impl<T: Config> Proof<'_, T> {
	/// The baseline of the interval that is being proven, Wh of net export; `None` where the rule has too little to go by.
	pub(super) fn baseline_wh(&self, enrolment: &EnrolmentOf<T>, instruction: &mut Instruction) -> Option<i64> {
		let baseline = match self.basis(enrolment, instruction)? {
			Basis::MeterBefore(mean_wh) => mean_wh,
			Basis::LikeIntervals(adjustment) => {
				like_intervals(self.like_sum_wh(enrolment, self.activation.proving)?, &adjustment)
			}
		};
		let upward = self.activation.direction == Direction::Up;
		let sold = self.sold_forward(enrolment).map(|(_, sold_wh)| sold_wh);
		Some(with_forward_sales(oriented(enrolment, baseline), sold, upward))
	}

	/// Where, and how much, the site has sold forward for the interval that is being proven, less what it bought, Wh; only where
	/// its connection point proves the response.
	pub(super) fn sold_forward(&self, enrolment: &EnrolmentOf<T>) -> Option<(ZoneId, i64)> {
		if enrolment.meter != enrolment.site {
			return None;
		}
		let zone = T::Devices::device(enrolment.meter)?.zone;
		let sold = T::Sales::net_forward_sales(&enrolment.owner, zone, self.activation.proving)?;
		Some((zone, sold))
	}

	/// What does not change from interval to interval of a dispatch; kept with the instruction once it is known.
	fn basis(&self, enrolment: &EnrolmentOf<T>, instruction: &mut Instruction) -> Option<Basis> {
		if instruction.basis.is_none() {
			instruction.basis = match self.program.terms.baseline {
				BaselineRule::MeterBefore { intervals } => self.meter_before(enrolment, intervals.into()),
				BaselineRule::LikeIntervals => Some(Basis::LikeIntervals(self.adjustment(enrolment))),
			};
		}
		instruction.basis
	}

	/// The mean of the last `count` ordinary intervals that ended before the announcement; all of them have to be there.
	fn meter_before(&self, enrolment: &EnrolmentOf<T>, count: usize) -> Option<Basis> {
		let measured: Vec<i64> = self
			.before_announcement(LOOK_BACK)
			.filter(|interval| enrolment.is_ordinary(*interval, self.calendar))
			.filter_map(|interval| net_export_wh::<T>(enrolment.meter, interval))
			.map(|net_wh| oriented(enrolment, net_wh))
			.take(count)
			.collect();
		let complete = measured.len() == count;
		complete
			.then(|| meter_before(&measured))
			.flatten()
			.map(Basis::MeterBefore)
	}

	/// How the day of the announcement compares with the days before it.
	fn adjustment(&self, enrolment: &EnrolmentOf<T>) -> Adjustment {
		let mut adjustment = Adjustment::default();
		for interval in self.before_announcement(ADJUSTMENT_INTERVALS) {
			if !enrolment.is_ordinary(interval, self.calendar) {
				continue;
			}
			let actual = net_export_wh::<T>(enrolment.meter, interval);
			if let (Some(actual), Some(like)) = (actual, self.like_sum_wh(enrolment, interval)) {
				adjustment.add(oriented(enrolment, actual), like);
			}
		}
		adjustment
	}

	/// The intervals that ended before the announcement, latest first.
	fn before_announcement(&self, count: Interval) -> impl Iterator<Item = Interval> {
		let announced = self.calendar.interval_at(self.activation.announced);
		(1..=count).filter_map(move |back| announced.checked_sub(back))
	}

	/// The sum of the last ten like intervals before `interval`, Wh in the asset's orientation; `None` if there are fewer.
	fn like_sum_wh(&self, enrolment: &EnrolmentOf<T>, interval: Interval) -> Option<i64> {
		let history = History::<T>::get(enrolment.meter, self.calendar.slot_of_day(interval));
		let oldest = interval.saturating_sub(LIKE_DAYS.saturating_mul(self.calendar.per_day()));
		let like: Vec<i64> = history
			.iter()
			.rev()
			.filter(|sample| (oldest..interval).contains(&sample.interval))
			.take(LIKE_INTERVALS)
			.map(|sample| oriented(enrolment, sample.net_wh))
			.collect();
		(like.len() == LIKE_INTERVALS).then(|| like.into_iter().fold(0, i64::saturating_add))
	}
}

/// Net export as the asset is reckoned: a load's consumption, anything else's feed-in. Its own inverse.
fn oriented<AccountId>(enrolment: &Enrolment<AccountId>, wh: i64) -> i64 {
	if enrolment.consumes() {
		wh.saturating_neg()
	} else {
		wh
	}
}
