//! Load shedding by stages of frequency.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;

/// The most stages of a load-shedding program.
pub const MAX_STAGES: u32 = 8;

/// One stage: at or below a frequency, a share of the load under control goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Stage {
	/// The stage is reached at this frequency, mHz.
	pub at_or_below_mhz: u32,
	/// Share of the load under control that it takes off, in thousandths.
	pub shed_permille: u16,
}

/// A load-shedding scheme.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Scheme {
	/// The stages, highest frequency first.
	pub stages: BoundedVec<Stage, ConstU32<MAX_STAGES>>,
	/// How far above its frequency a stage is restored, mHz.
	pub hysteresis_mhz: u32,
}

impl Scheme {
	/// Whether frequencies fall from stage to stage and the shares add up to no more than everything.
	pub fn is_valid(&self) -> bool {
		let falls = self.stages.windows(2).all(|pair| match pair {
			[upper, lower] => upper.at_or_below_mhz > lower.at_or_below_mhz,
			_ => true,
		});
		let sheds_something = self.stages.iter().all(|stage| stage.shed_permille > 0);
		!self.stages.is_empty() && falls && sheds_something && self.permille(self.stages.len() as u8) <= 1_000
	}

	/// How many stages are active at a frequency, if `active` were so far: a stage comes at its frequency and goes only
	/// `hysteresis_mhz` above it.
	pub fn active(&self, active: u8, frequency_mhz: u32) -> u8 {
		let reached = |(index, stage): &(usize, &Stage)| {
			let slack = if *index < usize::from(active) {
				self.hysteresis_mhz
			} else {
				0
			};
			frequency_mhz <= stage.at_or_below_mhz.saturating_add(slack)
		};
		// At most `MAX_STAGES`.
		self.stages.iter().enumerate().take_while(reached).count() as u8
	}

	/// The share of load that the first `active` stages take off together, in thousandths.
	pub fn permille(&self, active: u8) -> u32 {
		self.stages
			.iter()
			.take(active.into())
			.map(|stage| u32::from(stage.shed_permille))
			.sum()
	}

	/// The load to take off, W, of `under_control_w`; rounded down.
	pub fn target_w(&self, active: u8, under_control_w: u64) -> u64 {
		let target = u128::from(under_control_w) * u128::from(self.permille(active)) / 1_000;
		// No more than `under_control_w`, since a valid scheme sheds at most 1,000 thousandths.
		u64::try_from(target).unwrap_or(u64::MAX)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	fn scheme(stages: &[(u32, u16)]) -> Scheme {
		let stages = stages
			.iter()
			.map(|(at_or_below_mhz, shed_permille)| Stage {
				at_or_below_mhz: *at_or_below_mhz,
				shed_permille: *shed_permille,
			})
			.collect::<Vec<_>>();
		Scheme {
			stages: stages.try_into().expect("few stages"),
			hysteresis_mhz: 50,
		}
	}

	fn germany() -> Scheme {
		scheme(&[(49_000, 125), (48_800, 125), (48_600, 125), (48_400, 125)])
	}

	#[test]
	fn scheme_should_be_refused_when_its_stages_make_no_sense() {
		assert!(germany().is_valid());
		assert!(!scheme(&[]).is_valid());
		assert!(!scheme(&[(49_000, 125), (49_000, 125)]).is_valid());
		assert!(!scheme(&[(49_000, 0)]).is_valid());
		assert!(!scheme(&[(49_000, 600), (48_800, 401)]).is_valid());
	}

	#[test]
	fn stage_should_be_restored_only_above_its_hysteresis() {
		let germany = germany();
		assert_eq!(germany.active(0, 48_790), 2);
		assert_eq!(germany.active(2, 48_850), 2);
		assert_eq!(germany.active(2, 48_851), 1);
		assert_eq!(germany.active(2, 49_050), 1);
		assert_eq!(germany.active(2, 49_051), 0);
	}

	proptest! {
		#[test]
		fn stages_should_not_decrease_when_the_frequency_falls(mhz in 48_000..50_000u32, active in 0..=4u8) {
			let germany = germany();
			prop_assert!(germany.active(active, mhz - 1) >= germany.active(active, mhz));
		}

		#[test]
		fn target_should_never_exceed_the_load_under_control(load in any::<u64>(), active in 0..=8u8) {
			prop_assert!(germany().target_w(active, load) <= load);
		}

		#[test]
		fn target_should_be_rounded_down_by_less_than_a_watt(load in 0..u64::from(u32::MAX), active in 0..=4u8) {
			let (target, exact) = (germany().target_w(active, load), load * u64::from(active) * 125);
			prop_assert!(target * 1_000 <= exact && exact < (target + 1) * 1_000);
		}
	}
}
