//! Load shedding by stages.

use crate::{mock::*, types::*};
use frame_support::assert_ok;
use gridtokenx_primitives::message::Action;

fn is_off(dispatch: DispatchId, device: u32) -> bool {
	Vpp::instruction(dispatch, device).is_some_and(|instruction| instruction.action == Action::Shed)
}

/// Four loads of 2 kW, two in each stage.
fn enrol_loads(asset: impl Fn(u32) -> Asset) -> ProgramId {
	register_sensors();
	let id = create(shedding(), 10_000_000);
	for device in 20..24 {
		enrol_load(
			id,
			device,
			ALICE,
			Asset {
				shed_stage: u8::from(device >= 22),
				..asset(device)
			},
		);
	}
	id
}

fn off(dispatch: DispatchId) -> Vec<u32> {
	(20..24).filter(|device| is_off(dispatch, *device)).collect()
}

#[test]
fn loads_should_go_stage_by_stage_as_the_frequency_falls() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_loads(|_| load());
		frequency(49_001);
		assert_eq!(off(0), Vec::<u32>::new());
		at(3);
		// The first stage takes half of 8,000 W: both loads of stage 0.
		frequency(49_000);
		assert_eq!(off(0), [20, 21]);
		assert_eq!(activation(0).target_w, 4_000);
		at(6);
		frequency(48_700);
		assert_eq!(off(0), [20, 21, 22, 23]);
	});
}

#[test]
fn loads_should_come_back_only_when_the_frequency_has_recovered() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_loads(|_| load());
		frequency(48_800);
		for device in 20..24 {
			accept(0, device);
		}
		at(60);
		frequency(48_850);
		assert_eq!(off(0), [20, 21, 22, 23]);
		at(63);
		frequency(48_851);
		assert_eq!(off(0), [20, 21]);
		assert_eq!(Vpp::instruction(0, 23).expect("instructed").action, Action::Restore);
		at(66);
		frequency(49_050);
		assert_eq!(off(0), [20, 21]);
		at(69);
		frequency(49_051);
		assert_eq!(off(0), Vec::<u32>::new());
	});
}

#[test]
fn lowest_priority_loads_should_go_first() {
	ExtBuilder::default().build_and_execute(|| {
		register_sensors();
		let id = create(shedding(), 10_000_000);
		for (device, priority) in [(20, 2), (21, 0), (22, 1), (23, 3)] {
			enrol_load(id, device, ALICE, Asset { priority, ..load() });
		}
		frequency(49_000);
		assert_eq!(off(0), [21, 22]);
	});
}

#[test]
fn load_should_stay_off_for_its_shortest_time() {
	ExtBuilder::default().build_and_execute(|| {
		enrol_loads(|device| Asset {
			shortest_s: if device == 20 { 300 } else { 0 },
			..load()
		});
		frequency(49_000);
		accept(0, 20);
		accept(0, 21);
		at(60);
		frequency(50_000);
		assert_eq!(off(0), [20]);
		at(300);
		assert_eq!(off(0), Vec::<u32>::new());
	});
}

#[test]
fn load_should_return_after_its_longest_time_and_rest() {
	ExtBuilder::default().build_and_execute(|| {
		// Three loads of stage 0 share the first stage's half of 6,000 W, rounded up to whole loads.
		register_sensors();
		let id = create(shedding(), 10_000_000);
		enrol_load(
			id,
			20,
			ALICE,
			Asset {
				longest_s: 300,
				..load()
			},
		);
		enrol_load(id, 21, ALICE, Asset { priority: 1, ..load() });
		enrol_load(id, 22, ALICE, Asset { priority: 2, ..load() });
		frequency(49_000);
		accept(0, 20);
		accept(0, 21);
		assert_eq!((off(0), activation(0).target_w), (vec![20, 21], 3_000));
		at(300);
		assert_eq!(off(0), [20, 21, 22]);
		assert_eq!(instruction(0, 20).setpoint_w(), 0);
		assert_eq!(instruction(0, 22).setpoint_w(), 2_000);
	});
}

#[test]
fn loads_should_go_by_request_when_a_line_needs_it() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_loads(|_| load());
		signal(id, Need::LineOverload(2_500), 0, 900);
		next_block();
		assert_eq!(off(0), [20, 21]);
		// While the line needs them the frequency waits.
		at(3);
		frequency(48_700);
		assert_eq!((off(0), program(id).open.len()), (vec![20, 21], 1));
		// Once it does not, the next report is heeded.
		signal(id, Need::LineOverload(0), 0, 900);
		next_block();
		at(6);
		frequency(48_700);
		assert_eq!(off(1), [20, 21, 22, 23]);
	});
}

#[test]
fn falling_frequency_should_supersede_a_request() {
	ExtBuilder::default().build_and_execute(|| {
		let id = enrol_loads(|_| load());
		request(id, 1_000, 900);
		assert_eq!(off(0), [20]);
		at(3);
		frequency(48_900);
		assert_eq!(activation(0).phase, Phase::Superseded);
		assert_eq!(off(1), [20, 21]);
		assert_ok!(Vpp::cancel_dispatch(RuntimeOrigin::root(), 1));
	});
}
