//! What a proven response is worth. Payment falls before penalties bite.

use gridtokenx_primitives::{
	units::{payment, payment_rounded_up},
	Balance, Price, Wh,
};

/// The energy that is paid for:
///
/// * nothing below a quarter of what was instructed;
/// * half of what was delivered from there to under one half;
/// * what was delivered from there on, up to 120 % of what was instructed.
///
/// Every rounding is down.
pub fn paid_wh(instructed_wh: Wh, delivered_wh: Wh) -> Wh {
	let (instructed, delivered) = (u128::from(instructed_wh), u128::from(delivered_wh));
	if delivered * 4 < instructed {
		0
	} else if delivered * 2 < instructed {
		delivered_wh / 2
	} else {
		delivered_wh.min(cap_wh(instructed_wh))
	}
}

/// The most that is ever paid for: 120 % of what was instructed, rounded down.
pub fn cap_wh(instructed_wh: Wh) -> Wh {
	let cap = u128::from(instructed_wh) * 6 / 5;
	Wh::try_from(cap).unwrap_or(Wh::MAX)
}

/// The payment for a response, planck: the paid energy at the asset's price, rounded down.
pub fn payment_for(price: Price, instructed_wh: Wh, delivered_wh: Wh) -> Balance {
	payment(price, paid_wh(instructed_wh, delivered_wh))
}

/// What has to be set aside before `instructed_wh` is asked for, planck: the payment at its cap, and the compensation of
/// contract energy that the response withholds from the market. Rounded up, so that it covers every outcome.
pub fn obligation(price: Price, compensation: Price, instructed_wh: Wh) -> Balance {
	payment_rounded_up(price, cap_wh(instructed_wh)).saturating_add(payment_rounded_up(compensation, instructed_wh))
}

/// The penalty, planck, for proven intervals in which less than a quarter of what was instructed came: the missing energy at
/// the program's rate, rounded down.
///
/// `proven_wh` is what was instructed in intervals that were measured: nobody is punished for what was not measured, as nobody
/// is paid for it.
pub fn penalty(rate: Price, proven_wh: Wh, delivered_wh: Wh) -> Balance {
	if u128::from(delivered_wh) * 4 >= u128::from(proven_wh) {
		return 0;
	}
	payment(rate, proven_wh.saturating_sub(delivered_wh))
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn penalty_should_bite_only_when_payment_has_fallen_to_nothing() {
		assert_eq!(penalty(1_000, 10_000, 2_500), 0);
		assert_eq!(penalty(1_000, 10_000, 2_499), 7_501);
		assert_eq!(penalty(1_000, 0, 0), 0);
	}

	proptest! {
		#[test]
		fn payment_should_never_exceed_what_was_delivered_or_the_cap(instructed in any::<Wh>(), delivered in any::<Wh>()) {
			let paid = paid_wh(instructed, delivered);
			prop_assert!(paid <= delivered && paid <= cap_wh(instructed));
		}

		#[test]
		fn payment_should_not_fall_when_more_is_delivered(instructed in 0..1u64 << 40, delivered in 0..1u64 << 40) {
			prop_assert!(paid_wh(instructed, delivered + 1) >= paid_wh(instructed, delivered));
		}

		#[test]
		fn obligation_should_cover_every_outcome(
			price in 0..1u128 << 64, instructed in 0..1u64 << 40, delivered in 0..1u64 << 42,
		) {
			prop_assert!(payment_for(price, instructed, delivered) <= obligation(price, 0, instructed));
		}

		#[test]
		fn payment_and_penalty_should_exclude_each_other_when_all_is_proven(
			instructed in 0..1u64 << 40, delivered in 0..1u64 << 40,
		) {
			let paid = payment_for(1_000, instructed, delivered);
			prop_assert!(paid == 0 || penalty(1_000, instructed, delivered) == 0);
		}
	}
}
