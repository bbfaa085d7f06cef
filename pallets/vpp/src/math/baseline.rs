//! What an asset's meter would have shown without a dispatch.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// How many like intervals make a baseline.
pub const LIKE_INTERVALS: usize = 10;
/// How many days back like intervals are looked for.
pub const LIKE_DAYS: u32 = 15;
/// How many intervals before an announcement the same-day adjustment looks at.
pub const ADJUSTMENT_INTERVALS: u32 = 4;

/// The same-day adjustment: what was measured over what the like intervals said, before the event was announced.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Adjustment {
	/// Measured, Wh.
	pub actual_wh: i64,
	/// Sum of like intervals, Wh; each stands for [`LIKE_INTERVALS`] of them.
	pub like_sum_wh: i64,
}

impl Adjustment {
	/// Adds an interval before the announcement: what was measured and the sum of its ten like intervals.
	pub fn add(&mut self, actual_wh: i64, like_sum_wh: i64) {
		self.actual_wh = self.actual_wh.saturating_add(actual_wh);
		self.like_sum_wh = self.like_sum_wh.saturating_add(like_sum_wh);
	}

	/// The ratio as a fraction with a positive denominator, kept within 4/5 and 6/5; 1 where the like intervals give no
	/// positive baseline to compare with.
	fn ratio(&self) -> (i128, i128) {
		let actual = i128::from(self.actual_wh) * LIKE_INTERVALS as i128;
		let like = i128::from(self.like_sum_wh);
		if like <= 0 {
			(1, 1)
		} else if actual * 5 <= like * 4 {
			(4, 5)
		} else if actual * 5 >= like * 6 {
			(6, 5)
		} else {
			(actual, like)
		}
	}
}

/// The baseline from ten like intervals: their mean times the same-day adjustment, Wh, rounded down once.
pub fn like_intervals(like_sum_wh: i64, adjustment: &Adjustment) -> i64 {
	let (numerator, denominator) = adjustment.ratio();
	// |sum| < 2^63 and |numerator| < 2^67: the product saturates only where no meter ever was.
	let scaled = i128::from(like_sum_wh).saturating_mul(numerator);
	floor(scaled, denominator.saturating_mul(LIKE_INTERVALS as i128))
}

/// The mean of the intervals before the announcement, Wh, rounded down. `None` where there are none.
pub fn meter_before(measured_wh: &[i64]) -> Option<i64> {
	let sum: i128 = measured_wh.iter().map(|wh| i128::from(*wh)).sum();
	(!measured_wh.is_empty()).then(|| floor(sum, measured_wh.len() as i128))
}

/// Division rounded down, towards minus infinity; the denominator is positive.
fn floor(numerator: i128, denominator: i128) -> i64 {
	let quotient = numerator.checked_div_euclid(denominator).unwrap_or(0);
	i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
}

/// A baseline reckoned with what the site sold forward: that energy has its buyer already, so it is no response.
///
/// Upward, the export that counts as ordinary is at least what was sold; downward, at most. `None` where the site has no
/// contract.
pub fn with_forward_sales(baseline_wh: i64, net_sales_wh: Option<i64>, upward: bool) -> i64 {
	match net_sales_wh {
		Some(sold) if upward => baseline_wh.max(sold),
		Some(sold) => baseline_wh.min(sold),
		None => baseline_wh,
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn ratio_should_be_one_when_the_like_intervals_give_nothing_to_compare_with() {
		let nothing = Adjustment {
			actual_wh: 500,
			like_sum_wh: 0,
		};
		let negative = Adjustment {
			actual_wh: 500,
			like_sum_wh: -4_000,
		};
		assert_eq!(like_intervals(4_000, &nothing), 400);
		assert_eq!(like_intervals(4_000, &negative), 400);
	}

	#[test]
	fn baseline_should_be_rounded_down_when_it_is_negative() {
		assert_eq!(like_intervals(-4_001, &Adjustment::default()), -401);
		assert_eq!(meter_before(&[-1, -2]), Some(-2));
	}

	#[test]
	fn meter_before_should_be_nothing_when_nothing_was_measured() {
		assert_eq!(meter_before(&[]), None);
		assert_eq!(meter_before(&[5, 6]), Some(5));
	}

	#[test]
	fn forward_sales_should_bound_the_baseline_against_double_payment() {
		assert_eq!(with_forward_sales(200, Some(1_000), true), 1_000);
		assert_eq!(with_forward_sales(1_200, Some(1_000), true), 1_200);
		assert_eq!(with_forward_sales(1_200, Some(1_000), false), 1_000);
		assert_eq!(with_forward_sales(200, None, false), 200);
	}

	proptest! {
		#[test]
		fn adjusted_baseline_should_stay_within_a_fifth_of_the_mean(
			like in 0..1i64 << 40, actual in -(1i64 << 40)..1i64 << 40, before in 1..1i64 << 40,
		) {
			let baseline = i128::from(like_intervals(like, &Adjustment { actual_wh: actual, like_sum_wh: before }));
			let like = i128::from(like);
			prop_assert!(baseline * 50 <= like * 6 && (baseline + 1) * 50 > like * 4);
		}

		#[test]
		fn adjusted_baseline_should_not_fall_when_more_was_measured_before(
			like in 0..1i64 << 40, actual in 0..1i64 << 40, before in 1..1i64 << 40,
		) {
			let at = |actual_wh| like_intervals(like, &Adjustment { actual_wh, like_sum_wh: before });
			prop_assert!(at(actual + 1) >= at(actual));
		}

		#[test]
		fn meter_before_should_lie_between_the_extremes(measured in prop::collection::vec(any::<i64>(), 1..9)) {
			let mean = meter_before(&measured).expect("there are some");
			prop_assert!(measured.iter().min().is_some_and(|least| *least <= mean));
			prop_assert!(measured.iter().max().is_some_and(|most| mean <= *most));
		}

		#[test]
		fn baseline_should_not_panic_at_the_extremes(sum in any::<i64>(), actual in any::<i64>(), before in any::<i64>()) {
			like_intervals(sum, &Adjustment { actual_wh: actual, like_sum_wh: before });
		}
	}
}
