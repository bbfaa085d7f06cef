//! Enrolment, and the owner's right to stay out.

use crate::{mock::*, types::*, EnrolledIn, Error, Event, HoldReason, Sites};
use frame_support::{
	assert_noop, assert_ok,
	traits::fungible::{Inspect, InspectHold},
};
use gridtokenx_primitives::{DeviceKind, Status};
use sp_runtime::TokenError;

fn alice() -> RuntimeOrigin {
	RuntimeOrigin::signed(ALICE)
}

fn enrol(program: ProgramId, device: u32, asset: Asset) -> sp_runtime::DispatchResult {
	Vpp::enrol(alice(), program, device, asset, MeteringPoint::Asset)
}

#[test]
fn enrol_should_hold_deposit_and_bond() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(
			Terms {
				bond: 5_000,
				..balancing()
			},
			0,
		);
		register(10, ALICE, DeviceKind::Battery, None);
		events();
		assert_ok!(enrol(id, 10, battery()));
		assert_eq!(
			events(),
			[Event::Enrolled {
				program: id,
				device: 10,
				owner: ALICE
			}]
		);
		assert_eq!(
			Balances::balance_on_hold(&HoldReason::Enrolment.into(), &ALICE),
			DEPOSIT
		);
		assert_eq!(Balances::balance_on_hold(&HoldReason::Bond.into(), &ALICE), 5_000);
		assert_eq!(program(id).assets, 1);
	});
}

#[test]
fn enrol_should_be_refused_when_the_device_is_not_there_active_or_the_callers() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		assert_noop!(enrol(9, 10, battery()), Error::<Test>::ProgramNotFound);
		assert_noop!(enrol(id, 10, battery()), Error::<Test>::DeviceNotFound);
		register(10, BOB, DeviceKind::Battery, None);
		assert_noop!(enrol(id, 10, battery()), Error::<Test>::NotOwner);
		with_device(10, |device| device.status = Status::Suspended);
		assert_noop!(enrol(id, 10, battery()), Error::<Test>::NotActive);
		register(10, ALICE, DeviceKind::Battery, None);
		with_device(10, |device| device.zone = 0);
		assert_noop!(enrol(id, 10, battery()), Error::<Test>::UnknownZone);
	});
}

#[test]
fn enrol_should_be_refused_when_the_kind_does_not_fit() {
	ExtBuilder::default().build_and_execute(|| {
		let (fcr, shed, balance) = (create(containment(), 0), create(shedding(), 0), create(balancing(), 0));
		register(10, ALICE, DeviceKind::Battery, None);
		register(11, ALICE, DeviceKind::PassiveLoad, None);
		register(12, ALICE, DeviceKind::Meter, None);
		assert_noop!(enrol(shed, 10, battery()), Error::<Test>::KindDoesNotFit);
		assert_noop!(enrol(fcr, 11, load()), Error::<Test>::KindDoesNotFit);
		assert_noop!(enrol(balance, 12, load()), Error::<Test>::KindDoesNotFit);
		assert_ok!(enrol(balance, 11, load()));
	});
}

#[test]
fn enrol_should_be_refused_when_the_assets_figures_contradict_themselves() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		register(10, ALICE, DeviceKind::Battery, None);
		register(11, ALICE, DeviceKind::PassiveLoad, None);
		let powerless = Asset {
			up_w: 0,
			down_w: 0,
			..battery()
		};
		let rampless = Asset {
			ramp_w_per_s: 0,
			..battery()
		};
		let hoarding = Asset {
			reserve_wh: 10_001,
			..battery()
		};
		let hasty = Asset {
			shortest_s: 600,
			longest_s: 300,
			..battery()
		};
		let staged = Asset {
			shed_stage: 1,
			..battery()
		};
		let empty = Asset {
			capacity_wh: 0,
			reserve_wh: 0,
			..battery()
		};
		for asset in [powerless, rampless, hoarding, hasty, staged, empty] {
			assert_noop!(enrol(id, 10, asset), Error::<Test>::BadAsset);
		}
		let storing = Asset {
			capacity_wh: 1,
			..load()
		};
		let downward = Asset { down_w: 1, ..load() };
		for asset in [storing, downward] {
			assert_noop!(enrol(id, 11, asset), Error::<Test>::BadAsset);
		}
	});
}

#[test]
fn enrol_should_be_refused_when_power_or_price_is_too_high() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		register(10, ALICE, DeviceKind::Battery, None);
		with_device(10, |device| device.export_w = 2_999);
		assert_noop!(enrol(id, 10, battery()), Error::<Test>::BeyondRating);
		assert_noop!(
			enrol(
				id,
				10,
				Asset {
					up_w: 0,
					down_w: 10_001,
					..battery()
				}
			),
			Error::<Test>::BeyondRating
		);
		let dear = Asset {
			up_w: 2_999,
			price_per_kwh: 1_000_001,
			..battery()
		};
		assert_noop!(enrol(id, 10, dear), Error::<Test>::PriceAboveCap);
		assert_ok!(enrol(
			id,
			10,
			Asset {
				price_per_kwh: 1_000_000,
				..dear
			}
		));
	});
}

#[test]
fn enrol_should_be_refused_when_the_asset_is_enrolled_or_the_program_full_or_paused() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		for device in 10..18 {
			register(device, ALICE, DeviceKind::Battery, None);
			assert_ok!(enrol(id, device, battery()));
		}
		register(18, ALICE, DeviceKind::Battery, None);
		assert_noop!(enrol(id, 18, battery()), Error::<Test>::ProgramFull);
		let other = create(balancing(), 0);
		assert_noop!(enrol(other, 10, battery()), Error::<Test>::AlreadyEnrolled);
		assert_ok!(Vpp::set_paused(RuntimeOrigin::signed(OPERATOR), other, true));
		assert_noop!(enrol(other, 18, battery()), Error::<Test>::NotOpen);
	});
}

#[test]
fn enrol_should_be_refused_when_the_owner_cannot_pay_the_deposit() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		register(10, PAUPER, DeviceKind::Battery, None);
		let enrolled = Vpp::enrol(RuntimeOrigin::signed(PAUPER), id, 10, battery(), MeteringPoint::Asset);
		assert_noop!(enrolled, TokenError::FundsUnavailable);
	});
}

#[test]
fn site_should_have_one_asset_when_it_is_measured_at_its_connection_point() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		register(20, ALICE, DeviceKind::Meter, None);
		register(10, ALICE, DeviceKind::Battery, Some(20));
		register(11, ALICE, DeviceKind::Battery, Some(20));
		register(12, ALICE, DeviceKind::Battery, None);
		let at_site = |device| Vpp::enrol(alice(), id, device, battery(), MeteringPoint::ConnectionPoint);
		assert_noop!(at_site(12), Error::<Test>::NoConnectionPoint);
		assert_ok!(at_site(10));
		assert_eq!(Sites::<Test>::get(20), Some(Site::Whole(10)));
		assert_eq!(enrolment(id, 10).meter, 20);
		assert_noop!(at_site(11), Error::<Test>::SiteTaken);
		assert_noop!(enrol(id, 11, battery()), Error::<Test>::SiteTaken);

		// Measured one by one, there is room for both.
		assert_ok!(Vpp::leave(alice(), 10));
		assert_eq!(Sites::<Test>::get(20), None);
		assert_ok!(enrol(id, 10, battery()));
		assert_ok!(enrol(id, 11, battery()));
		assert_eq!(Sites::<Test>::get(20), Some(Site::Parts(2)));
		assert_ok!(Vpp::leave(alice(), 10));
		assert_noop!(at_site(10), Error::<Test>::SiteTaken);
	});
}

#[test]
fn enrol_should_be_refused_when_the_connection_point_does_not_count() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		register(20, BOB, DeviceKind::Meter, None);
		register(10, ALICE, DeviceKind::Battery, Some(20));
		let at_site = || Vpp::enrol(alice(), id, 10, battery(), MeteringPoint::ConnectionPoint);
		assert_noop!(at_site(), Error::<Test>::NotOwner);
		register(20, ALICE, DeviceKind::Meter, None);
		with_device(20, |device| device.status = Status::Pending);
		assert_noop!(at_site(), Error::<Test>::NotActive);
	});
}

#[test]
fn update_asset_should_count_from_the_next_turn() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 900);
		accept(0, 10);
		events();
		let weaker = Asset {
			up_w: 1_000,
			..battery()
		};
		assert_ok!(Vpp::update_asset(alice(), 10, weaker));
		assert_eq!(
			events(),
			[Event::AssetUpdated {
				program: id,
				device: 10,
				old: battery(),
				new: weaker
			}]
		);
		at(300);
		assert_eq!(power_of(0, 10), 1_000);
		assert_eq!(activation(0).short_w, 2_000);
	});
}

#[test]
fn update_asset_should_be_refused_when_it_is_not_the_owner_or_does_not_fit() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		assert_noop!(Vpp::update_asset(alice(), 11, battery()), Error::<Test>::NotEnrolled);
		assert_noop!(
			Vpp::update_asset(RuntimeOrigin::signed(BOB), 10, battery()),
			Error::<Test>::NotOwner
		);
		let strong = Asset {
			up_w: 10_001,
			..battery()
		};
		assert_noop!(Vpp::update_asset(alice(), 10, strong), Error::<Test>::BeyondRating);
	});
}

#[test]
fn leave_should_return_deposit_and_bond() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(
			Terms {
				bond: 5_000,
				..balancing()
			},
			0,
		);
		enrol_battery(id, 10, ALICE, battery());
		events();
		assert_ok!(Vpp::leave(alice(), 10));
		assert_eq!(
			events(),
			[Event::Left {
				program: id,
				device: 10
			}]
		);
		assert_eq!(Balances::balance(&ALICE), FUNDS);
		assert_eq!(EnrolledIn::<Test>::get(10), None);
	});
}

#[test]
fn leave_should_be_refused_when_a_dispatch_is_not_settled() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		assert_noop!(Vpp::leave(RuntimeOrigin::signed(BOB), 10), Error::<Test>::NotOwner);
		assert_noop!(Vpp::leave(alice(), 11), Error::<Test>::NotEnrolled);
		request(id, 3_000, 300);
		accept(0, 10);
		at(300);
		assert_noop!(Vpp::leave(alice(), 10), Error::<Test>::Unsettled);
		at(960);
		measured(FIRST);
		assert_ok!(Vpp::leave(alice(), 10));
	});
}

#[test]
fn new_owner_should_be_able_to_end_an_enrolment_that_is_not_theirs() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		with_device(10, |device| device.owner = BOB);
		// An asset that has changed hands is not dispatched on the old owner's word.
		request(id, 3_000, 900);
		assert_eq!(power_of(0, 10), 0);
		assert_ok!(Vpp::leave(RuntimeOrigin::signed(BOB), 10));
		assert_eq!(Balances::balance(&ALICE), FUNDS);
	});
}

#[test]
fn opt_out_should_keep_an_asset_out_of_dispatches() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		let window = Window {
			from: FIRST,
			until: FIRST + 1,
			daily: false,
		};
		events();
		assert_ok!(Vpp::opt_out(alice(), 10, window));
		assert_eq!(events(), [Event::OptedOut { device: 10, window }]);
		request(id, 3_000, 1_800);
		assert_eq!((power_of(0, 10), activation(0).short_w), (0, 3_000));
		// When the window is over, the need that is still short comes to it.
		at(900);
		assert_eq!((power_of(0, 10), activation(0).short_w), (3_000, 0));
	});
}

#[test]
fn opt_out_should_end_a_running_instruction_when_its_window_begins() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		request(id, 3_000, 1_800);
		accept(0, 10);
		let later = Window {
			from: FIRST + 1,
			until: FIRST + 2,
			daily: false,
		};
		assert_ok!(Vpp::opt_out(alice(), 10, later));
		next_block();
		let shortened = Vpp::instruction(0, 10).expect("instructed");
		assert_eq!(
			(shortened.revision, shortened.power_w, shortened.end),
			(2, 3_000, now() + 900)
		);
		// At once, if the owner wants it so.
		at(100);
		assert_ok!(Vpp::opt_out(
			alice(),
			10,
			Window {
				from: FIRST,
				until: FIRST + 1,
				daily: false
			}
		));
		next_block();
		assert_eq!((power_of(0, 10), activation(0).short_w), (0, 3_000));
	});
}

#[test]
fn opt_out_should_be_refused_when_the_window_is_past_empty_or_one_too_many() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 0);
		enrol_battery(id, 10, ALICE, battery());
		let window = |from, until| Window {
			from,
			until,
			daily: false,
		};
		let opt_out = |window| Vpp::opt_out(alice(), 10, window);
		assert_noop!(opt_out(window(FIRST - 1, FIRST + 1)), Error::<Test>::BadWindow);
		assert_noop!(opt_out(window(FIRST, FIRST)), Error::<Test>::BadWindow);
		let other = Vpp::opt_out(RuntimeOrigin::signed(BOB), 10, window(FIRST, FIRST + 1));
		assert_noop!(other, Error::<Test>::NotOwner);
		for day in 0..8 {
			assert_ok!(opt_out(window(FIRST + day, FIRST + day + 1)));
		}
		assert_noop!(opt_out(window(FIRST + 9, FIRST + 10)), Error::<Test>::TooManyWindows);
		// Windows that no proof can ask for any more make room.
		at(900 * 70);
		assert_ok!(opt_out(window(FIRST + 70, FIRST + 71)));
		let kept: Vec<_> = enrolment(id, 10)
			.windows
			.iter()
			.map(|window| window.until - FIRST)
			.collect();
		assert_eq!(kept, [7, 8, 71]);
	});
}

#[test]
fn opt_in_should_take_back_what_has_not_begun_and_nothing_else() {
	ExtBuilder::default().build_and_execute(|| {
		let id = create(balancing(), 1_000_000);
		enrol_battery(id, 10, ALICE, battery());
		let window = Window {
			from: FIRST,
			until: FIRST + 8,
			daily: false,
		};
		assert_noop!(Vpp::opt_in(alice(), 10, window), Error::<Test>::WindowNotFound);
		assert_ok!(Vpp::opt_out(alice(), 10, window));
		at(900);
		events();
		assert_ok!(Vpp::opt_in(alice(), 10, window));
		assert_eq!(events(), [Event::OptedIn { device: 10, window }]);
		assert_eq!(
			enrolment(id, 10).windows.to_vec(),
			[Window {
				until: FIRST + 2,
				..window
			}]
		);
		// The present interval stays ruled out; the next one counts again.
		request(id, 3_000, 1_800);
		assert_eq!(power_of(0, 10), 0);
		at(1_800);
		assert_eq!(power_of(0, 10), 3_000);
	});
}
