//! Programs and assets that tests begin with, and what they look at.

use super::*;
use crate::{
	math::{
		allocation::Rule,
		response::Droop,
		shedding::{Scheme, Stage},
	},
	types::*,
	ActivationOf, Activations, EnrolmentOf, Enrolments, Instructions, NextProgram, ProgramOf, Programs, Sequences,
};
use frame_support::assert_ok;
use gridtokenx_primitives::{Balance, DeviceId, DeviceKind};

/// Frequency containment as in continental Europe, measured by one interval before.
pub fn containment() -> Terms {
	Terms {
		zones: vec![1, 2].try_into().expect("few zones"),
		product: Product::FrequencyContainment(Droop {
			nominal_mhz: 50_000,
			deadband_mhz: 10,
			full_mhz: 200,
			hysteresis_mhz: 5,
		}),
		allocation: Rule::MeritOrder,
		baseline: BaselineRule::MeterBefore { intervals: 1 },
		price_cap: 1_000_000,
		penalty_per_kwh: 0,
		bond: 0,
		compensation_per_kwh: 0,
		full_activation_s: 30,
		activation_s: 900,
	}
}

/// Balancing on request.
pub fn balancing() -> Terms {
	Terms {
		product: Product::Balancing,
		..containment()
	}
}

/// The first two stages of the German scheme, at half of the load each.
pub fn shedding() -> Terms {
	let stage = |at_or_below_mhz| Stage {
		at_or_below_mhz,
		shed_permille: 500,
	};
	let stages = vec![stage(49_000), stage(48_800)].try_into().expect("few stages");
	let scheme = Scheme {
		stages,
		hysteresis_mhz: 50,
	};
	Terms {
		product: Product::LoadShedding(scheme),
		..containment()
	}
}

/// Creates a program with a budget.
pub fn create(terms: Terms, budget: Balance) -> ProgramId {
	let program = NextProgram::<Test>::get();
	assert_ok!(Vpp::create_program(RuntimeOrigin::root(), OPERATOR, terms));
	if budget > 0 {
		assert_ok!(Vpp::fund(RuntimeOrigin::signed(OPERATOR), program, budget));
	}
	program
}

/// A battery of 10 kWh that feeds in or takes 3 kW.
pub fn battery() -> Asset {
	Asset {
		up_w: 3_000,
		down_w: 3_000,
		ramp_w_per_s: 1_000,
		notice_s: 0,
		shortest_s: 0,
		longest_s: 0,
		capacity_wh: 10_000,
		reserve_wh: 1_000,
		price_per_kwh: 200_000,
		priority: 0,
		shed_stage: 0,
	}
}

/// A load of 2 kW that can be switched off.
pub fn load() -> Asset {
	Asset {
		up_w: 2_000,
		down_w: 0,
		capacity_wh: 0,
		reserve_wh: 0,
		..battery()
	}
}

/// Registers a battery that is measured by itself, enrols it, and reports it half full.
pub fn enrol_battery(program: ProgramId, device: DeviceId, owner: AccountId, asset: Asset) {
	register(device, owner, DeviceKind::Battery, None);
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(owner),
		program,
		device,
		asset,
		MeteringPoint::Asset
	));
	assert_ok!(report_charge(device, 5_000));
}

/// Registers a passive load that is measured by itself and enrols it.
pub fn enrol_load(program: ProgramId, device: DeviceId, owner: AccountId, asset: Asset) {
	register(device, owner, DeviceKind::PassiveLoad, None);
	assert_ok!(Vpp::enrol(
		RuntimeOrigin::signed(owner),
		program,
		device,
		asset,
		MeteringPoint::Asset
	));
}

pub fn enrolment(program: ProgramId, device: DeviceId) -> EnrolmentOf<Test> {
	Enrolments::<Test>::get(program, device).expect("enrolled")
}

pub fn program(id: ProgramId) -> ProgramOf<Test> {
	Programs::<Test>::get(id).expect("exists")
}

pub fn activation(dispatch: DispatchId) -> ActivationOf<Test> {
	Activations::<Test>::get(dispatch).expect("exists")
}

pub fn instruction(dispatch: DispatchId, device: DeviceId) -> Instruction {
	Instructions::<Test>::get(dispatch, device).expect("exists")
}

/// What an asset is to do, W; positive = feeding the grid.
pub fn power_of(dispatch: DispatchId, device: DeviceId) -> i64 {
	Vpp::instruction(dispatch, device).map_or(0, |instruction| instruction.power_w)
}

/// The operator of zone 1 requests a power from now on, for so many seconds; the next block heeds it.
pub fn request(program: ProgramId, power_w: i32, seconds: u64) {
	signal(program, Need::Power(power_w), 0, seconds);
	next_block();
}

/// The operator of zone 1 signals a need that begins in `after` seconds and lasts for `seconds`.
pub fn signal(program: ProgramId, need: Need, after: u64, seconds: u64) {
	let sequence = Sequences::<Test>::get(1).map_or(1, |last| last + 1);
	let start = now() + after;
	assert_ok!(Vpp::signal(
		RuntimeOrigin::signed(GRID + 1),
		program,
		1,
		need,
		sequence,
		start,
		start + seconds
	));
}
