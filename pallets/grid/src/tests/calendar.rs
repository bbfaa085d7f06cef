use crate::mock::*;
use gridtokenx_primitives::Clock;

#[test]
fn clock_should_follow_the_slot() {
	ExtBuilder::default().build_and_execute(|| {
		CurrentSlot::set(SLOTS * 5 - 1);
		assert_eq!(Grid::now_ms(), 4_497_000);
		assert_eq!(Grid::now(), 4);
		CurrentSlot::set(SLOTS * 5);
		assert_eq!(Grid::now(), 5);
		assert_eq!(Grid::start_of(5), 4_500);
	});
}

#[test]
fn clock_should_count_minutes_when_intervals_are_minutes() {
	ExtBuilder {
		interval_seconds: 60,
		..Default::default()
	}
	.build_and_execute(|| {
		CurrentSlot::set(41);
		assert_eq!(Grid::now(), 2);
		assert_eq!(Grid::interval_seconds(), 60);
	});
}

#[test]
fn clock_should_stand_at_the_end_of_time_when_the_slot_is_absurd() {
	ExtBuilder::default().build_and_execute(|| {
		CurrentSlot::set(u64::MAX);
		assert_eq!(Grid::now(), u32::MAX);
	});
}
