//! Whatever happens, the invariants hold in every block, and in the end everything is paid and everything is returned.

use crate::{math::allocation::Rule, mock::*, types::*, *};
use frame_support::traits::fungible::{Inspect, InspectHold};
use gridtokenx_primitives::{message::Answer, Balance, Clock, DeviceKind, Devices, Interval, IntervalEnergy};
use proptest::prelude::*;

const DEVICES: [u32; 5] = [10, 11, 12, 20, 21];
const OWNERS: [AccountId; 5] = [ALICE, BOB, CAROL, ALICE, BOB];

/// Something that may happen between two blocks.
#[derive(Clone, Debug)]
enum Step {
	Wait(u64),
	Frequency(u32),
	Request(i32, u64, u64),
	Overload(i32, u64),
	Answer(usize, Answer, u32),
	AcceptAll,
	Report(usize, u64),
	OptOut(usize, Interval, Interval),
	Update(usize, u32, u32, u32),
	Leave(usize),
	Enrol(usize),
	Suspend(usize, bool),
	Fund(u128),
	Withdraw(u128),
	Cancel,
	Pause(bool),
	Sell(i64),
	Work(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
	let device = 0..DEVICES.len();
	let answers = prop::sample::select(vec![Answer::Accept, Answer::Accept, Answer::Accept, Answer::Decline]);
	let step = prop_oneof![
		4 => (1..50u64).prop_map(Step::Wait),
		4 => (200..900u64).prop_map(Step::Wait),
		12 => Just(Step::AcceptAll),
		4 => (48_600..50_400u32).prop_map(Step::Frequency),
		2 => (-9_000..9_000i32, 0..900u64, 1..4_000u64).prop_map(|(power, after, long)| Step::Request(power, after, long)),
		1 => (-5_000..5_000i32, 1..2_000u64).prop_map(|(power, long)| Step::Overload(power, long)),
		8 => (device.clone(), answers, 0..4_000u32).prop_map(|(device, answer, less)| Step::Answer(device, answer, less)),
		2 => (device.clone(), 0..10_000u64).prop_map(|(device, stored)| Step::Report(device, stored)),
		1 => (device.clone(), 0..3u32, 1..3u32).prop_map(|(device, from, long)| Step::OptOut(device, from, long)),
		1 => (device.clone(), 0..4_000u32, 0..400u32, 0..900u32)
			.prop_map(|(device, power, shortest, longest)| Step::Update(device, power, shortest, longest)),
		1 => device.clone().prop_map(Step::Leave),
		1 => device.clone().prop_map(Step::Enrol),
		1 => (device, prop::bool::weighted(0.2)).prop_map(|(device, suspended)| Step::Suspend(device, suspended)),
		1 => (0..200_000u128).prop_map(Step::Fund),
		1 => (0..200_000u128).prop_map(Step::Withdraw),
		1 => Just(Step::Cancel),
		1 => prop::bool::weighted(0.2).prop_map(Step::Pause),
		2 => (-500..1_000i64).prop_map(Step::Sell),
		1 => (3..12u64).prop_map(Step::Work),
	];
	prop::collection::vec(step, 20..120)
}

fn terms() -> impl Strategy<Value = Terms> {
	let product = prop::sample::select(vec![containment(), balancing(), shedding()]);
	let rule = prop::sample::select(vec![Rule::MeritOrder, Rule::ProRata]);
	(product, rule, any::<bool>(), 0..50_000u128).prop_map(|(terms, allocation, like, bond)| {
		let baseline = if like {
			BaselineRule::LikeIntervals
		} else {
			terms.baseline
		};
		let (penalty_per_kwh, compensation_per_kwh) = (150_000, 300_000);
		Terms {
			allocation,
			baseline,
			bond,
			penalty_per_kwh,
			compensation_per_kwh,
			..terms
		}
	})
}

/// Meters show anything, by a fixed rule; some of it proves nothing.
fn meter_through(interval: Interval) {
	for device in DEVICES {
		let noise = (interval ^ device).wrapping_mul(2_654_435_761) >> 16;
		let (import_wh, export_wh) = (u64::from(noise % 900), u64::from(noise / 7 % 900));
		let (estimated, unallocated) = (noise % 11 == 0, noise % 13 == 0);
		meter_energy(
			device,
			interval,
			IntervalEnergy {
				import_wh,
				export_wh,
				estimated,
				unallocated,
			},
		);
	}
}

fn enrol(program: ProgramId, place: usize) {
	let (device, owner) = (DEVICES[place], OWNERS[place]);
	let (kind, asset) = if place < 3 {
		(DeviceKind::Battery, battery())
	} else {
		(DeviceKind::ControllableLoad, load())
	};
	if TestDevices::device(device).is_none() {
		register(device, owner, kind, None);
	}
	let _ = Vpp::enrol(
		RuntimeOrigin::signed(owner),
		program,
		device,
		asset,
		MeteringPoint::Asset,
	);
}

fn act(program: ProgramId, step: Step) {
	let origin = |place: usize| RuntimeOrigin::signed(OWNERS[place]);
	let operator = || RuntimeOrigin::signed(OPERATOR);
	let sequence = Sequences::<Test>::get(1).map_or(1, |last| last + 1);
	let send = |need, after, long| {
		let (origin, start) = (RuntimeOrigin::signed(GRID + 1), now() + after);
		let _ = Vpp::signal(origin, program, 1, need, sequence, start, start + long);
	};
	// Many of these are refused; a refusal changes nothing.
	match step {
		Step::Wait(seconds) => wait(seconds),
		Step::Frequency(mhz) => {
			let _ = submit_frequency([901, 902, 903].map(|device| frequency_reading(device, mhz)).to_vec());
		}
		Step::Request(power_w, after, long) => send(Need::Power(power_w), after, long),
		Step::Overload(power_w, long) => send(Need::LineOverload(power_w), 0, long),
		Step::Answer(place, given, less) => answer_with(DEVICES[place], given, less),
		Step::AcceptAll => DEVICES
			.into_iter()
			.for_each(|device| answer_with(device, Answer::Accept, 0)),
		Step::Report(place, stored_wh) => drop(report_charge(DEVICES[place], stored_wh)),
		Step::OptOut(place, from, long) => {
			let from = TestClock::now() + from;
			let _ = Vpp::opt_out(
				origin(place),
				DEVICES[place],
				Window {
					from,
					until: from + long,
					daily: long == 1,
				},
			);
		}
		Step::Update(place, up_w, shortest_s, longest_s) => {
			if let Some(enrolment) = Enrolments::<Test>::get(program, DEVICES[place]) {
				let asset = Asset {
					up_w,
					shortest_s,
					longest_s,
					..enrolment.asset
				};
				let _ = Vpp::update_asset(origin(place), DEVICES[place], asset);
			}
		}
		Step::Leave(place) => drop(Vpp::leave(origin(place), DEVICES[place])),
		Step::Enrol(place) => enrol(program, place),
		Step::Suspend(place, suspended) => with_device(DEVICES[place], |device| {
			device.status = if suspended {
				gridtokenx_primitives::Status::Suspended
			} else {
				gridtokenx_primitives::Status::Active
			};
		}),
		Step::Fund(amount) => drop(Vpp::fund(operator(), program, amount)),
		Step::Withdraw(amount) => drop(Vpp::withdraw(operator(), program, amount)),
		Step::Cancel => {
			for dispatch in Activations::<Test>::iter_keys().collect::<Vec<_>>() {
				let _ = Vpp::cancel_dispatch(operator(), dispatch);
			}
		}
		Step::Pause(paused) => drop(Vpp::set_paused(operator(), program, paused)),
		Step::Sell(wh) => sell_forward(ALICE, 1, TestClock::now(), wh),
		Step::Work(limit) => ServiceWeight::set(frame_support::weights::Weight::from_all(limit)),
	}
	next_block();
}

/// Answers whatever a device was told, and commits to less than that if `less` is above 2,000.
fn answer_with(device: u32, given: Answer, less: u32) {
	for dispatch in Activations::<Test>::iter_keys().collect::<Vec<_>>() {
		if Vpp::instruction(dispatch, device).is_some() {
			let mut answer = answer(dispatch, device, given);
			let magnitude = answer.committed_w.abs() - i64::from(less / 2_000 * (less % 2_000));
			answer.committed_w = magnitude.max(1) * answer.committed_w.signum();
			let _ = submit_answer(answer);
		}
	}
}

/// Time passes; telemetry follows one interval behind.
fn wait(seconds: u64) {
	NowMs::mutate(|now| *now += seconds * 1_000);
	let measured = TestClock::now() - 1;
	for interval in MeasuredThrough::get().map_or(measured, |last| last + 1)..=measured {
		meter_through(interval);
	}
	MeasuredThrough::set(Some(measured));
	next_block();
}

/// The operator closes the program; in the end it is gone, and nobody has anything on hold.
fn wind_up(program: ProgramId) {
	ServiceWeight::set(frame_support::weights::Weight::from_all(1_000_000));
	let _ = Vpp::close_program(RuntimeOrigin::root(), program);
	wait(1_000);
	wait(1_000);
	// Withheld energy is given up when contracts can no longer be settled.
	wait(100 * INTERVAL);
	for (device, owner) in DEVICES.into_iter().zip(OWNERS) {
		let _ = Vpp::leave(RuntimeOrigin::signed(owner), device);
	}
	next_block();
	assert_eq!(Programs::<Test>::count(), 0);
	assert_eq!(
		Activations::<Test>::iter().count() + Instructions::<Test>::iter().count(),
		0
	);
	assert_eq!(
		Enrolments::<Test>::iter().count() + WithheldEnergy::<Test>::iter().count(),
		0
	);
	let accounts = [OPERATOR, ALICE, BOB, CAROL];
	assert!(accounts
		.iter()
		.all(|account| Balances::total_balance_on_hold(account) == 0));
	let funds: Balance = accounts.iter().map(Balances::total_balance).sum();
	assert_eq!(funds, FUNDS * 4);
}

proptest! {
	#[test]
	fn everything_should_be_paid_and_returned_whatever_happens(terms in terms(), steps in steps()) {
		ExtBuilder::default().build_and_execute(|| {
			register_sensors();
			(FIRST - 40..FIRST).for_each(meter_through);
			measured(FIRST - 1);
			let program = create(terms, 500_000);
			(0..DEVICES.len()).for_each(|place| enrol(program, place));
			for (place, device) in DEVICES.into_iter().enumerate().take(3) {
				let _ = report_charge(device, 4_000 + place as u64 * 1_000);
			}
			steps.into_iter().for_each(|step| act(program, step));
			wind_up(program);
		});
	}
}
