//! What devices sign, with real keys.

use super::*;
use frame_support::assert_ok;
use gridtokenx_primitives::{message, DeviceId, DeviceKind, Signature, Wh};
use sp_core::{ed25519, Pair};
use sp_runtime::DispatchResult;

/// The key of a device.
pub fn key_of(device: DeviceId) -> ed25519::Pair {
	let mut seed = [7; 32];
	seed[..4].copy_from_slice(&device.to_le_bytes());
	ed25519::Pair::from_seed(&seed)
}

pub fn genesis() -> [u8; 32] {
	System::block_hash(0).0
}

pub fn sign(device: DeviceId, message: &[u8]) -> Signature {
	key_of(device).sign(message).0
}

/// A battery's report of its charge at this moment.
pub fn report_charge(device: DeviceId, stored_wh: Wh) -> DispatchResult {
	let report = message::StateOfCharge {
		device,
		epoch: 0,
		unix_ms: NowMs::get(),
		stored_wh,
		flags: 0,
	};
	submit_charge(report)
}

pub fn submit_charge(report: message::StateOfCharge) -> DispatchResult {
	let signature = sign(report.device, &message::state_of_charge(&genesis(), &report));
	Vpp::report_state_of_charge(RuntimeOrigin::signed(CARRIER), report, signature)
}

/// Sensors 901, 902 and 903, of three owners.
pub fn register_sensors() {
	for (device, owner) in [(901, ALICE), (902, BOB), (903, CAROL)] {
		register(device, owner, DeviceKind::FrequencySensor, None);
	}
}

pub fn frequency_reading(device: DeviceId, frequency_mhz: u32) -> (message::Frequency, Signature) {
	let reading = message::Frequency {
		device,
		epoch: 0,
		unix_ms: NowMs::get(),
		frequency_mhz,
		quality: 0,
	};
	(reading, sign(device, &message::frequency(&genesis(), &reading)))
}

pub fn submit_frequency(readings: Vec<(message::Frequency, Signature)>) -> DispatchResult {
	Vpp::report_frequency(
		RuntimeOrigin::signed(CARRIER),
		readings.try_into().expect("few readings"),
	)
}

/// All three sensors agree on a frequency at this moment, and the next block heeds it.
pub fn frequency(frequency_mhz: u32) {
	let readings = [901, 902, 903].map(|device| frequency_reading(device, frequency_mhz));
	assert_ok!(submit_frequency(readings.to_vec()));
	next_block();
}

/// A device's answer to its present instruction.
pub fn answer(dispatch: u64, device: DeviceId, answer: message::Answer) -> message::Acknowledgement {
	let instruction = Vpp::instruction(dispatch, device).expect("instructed");
	message::Acknowledgement {
		device,
		epoch: 0,
		dispatch,
		revision: instruction.revision,
		answer,
		reason: 0,
		committed_w: instruction.power_w,
		dispatch_hash: message::dispatch_hash(&genesis(), &instruction),
	}
}

pub fn submit_answer(answer: message::Acknowledgement) -> DispatchResult {
	let signature = sign(answer.device, &message::acknowledgement(&genesis(), &answer));
	Vpp::acknowledge(RuntimeOrigin::signed(CARRIER), answer, signature)
}

pub fn accept(dispatch: u64, device: DeviceId) {
	assert_ok!(submit_answer(answer(dispatch, device, message::Answer::Accept)));
}

pub fn decline(dispatch: u64, device: DeviceId) {
	assert_ok!(submit_answer(answer(dispatch, device, message::Answer::Decline)));
}
