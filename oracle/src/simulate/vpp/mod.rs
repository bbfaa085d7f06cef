//! The village's part in the virtual power plant: sensors that report, devices that obey and answer, and what came of it.

mod device;
mod frequency;

pub use device::Hearing;
pub use frequency::{report, Scenario};

use super::news::{is_variant, News};
use crate::chain::{Block, ChainError};
use codec::{Decode, Encode};
use gridtokenx_primitives::{
	message::{Action, Dispatch},
	Balance, DeviceId, Epoch, Interval,
};
use std::{
	collections::{BTreeMap, BTreeSet},
	ops::Range,
};
use subxt::{
	dynamic::Value,
	ext::scale_decode::{self, DecodeAsType},
};

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ActivationRecord {
	direction: Value,
	announced: u64,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct InstructionRecord {
	revision: u16,
	epoch: Epoch,
	action: Value,
	power_w: u32,
	start: u64,
	end: u64,
	acknowledge_by: u64,
	progress: Value,
}

/// An instruction as the chain has it, and whether the chain waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
	/// What the device is told.
	pub instruction: Dispatch,
	/// Whether the chain waits for an answer.
	pub waits: bool,
}

/// What is known of a dispatch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
	/// The interval in which it was announced.
	pub announced: Interval,
	/// Whether it calls for more feed-in and less consumption, or for the opposite.
	pub is_upward: bool,
	/// Devices of the village, and what each was told.
	pub runs: BTreeMap<DeviceId, Run>,
	/// Those that accepted.
	pub accepted: BTreeSet<DeviceId>,
	/// The response at the meters, Wh, once it is paid.
	pub delivered_wh: Option<i64>,
	/// What was paid for it, planck, once it is.
	pub paid: Option<Balance>,
}

/// What a device was told in a dispatch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
	/// The most power, W.
	pub power_w: u32,
	/// When it begins and ends, Unix seconds.
	pub time: (u64, u64),
}

impl Run {
	/// The intervals in which it is to run.
	pub fn intervals(&self, interval_seconds: u32) -> Range<Interval> {
		let (start, end) = self.time;
		let seconds = u64::from(interval_seconds.max(1));
		(start / seconds) as Interval..end.div_ceil(seconds) as Interval
	}

	fn change(&mut self, instruction: &Dispatch) {
		if instruction.power_w == 0 {
			// It ends where it is told to stop; before its beginning it never begins.
			self.time.1 = self.time.1.min(instruction.start).max(self.time.0);
		} else {
			self.power_w = self.power_w.max(watts(instruction));
			self.time = (self.time.0.min(instruction.start), instruction.end);
		}
	}
}

fn watts(instruction: &Dispatch) -> u32 {
	u32::try_from(instruction.power_w.unsigned_abs()).unwrap_or(u32::MAX)
}

/// The dispatches that concern the village.
#[derive(Debug, Default)]
pub struct Dispatches(BTreeMap<u64, Record>);

impl Dispatches {
	/// All dispatches, by their numbers.
	pub fn iter(&self) -> impl Iterator<Item = (u64, &Record)> {
		self.0.iter().map(|(dispatch, record)| (*dispatch, record))
	}

	/// Whether some are not paid yet.
	pub fn are_open(&self) -> bool {
		self.0.values().any(|record| record.paid.is_none())
	}

	/// Takes in a device's answer.
	pub fn acknowledge(&mut self, dispatch: u64, device: DeviceId, accepted: bool) {
		let record = self
			.0
			.get_mut(&dispatch)
			.filter(|record| accepted && record.runs.contains_key(&device));
		if let Some(record) = record {
			record.accepted.insert(device);
		}
	}

	/// A dispatch is paid. What is known of it, if it concerned the village.
	pub fn pay(&mut self, dispatch: u64, paid: Balance) -> Option<&mut Record> {
		let record = self.0.get_mut(&dispatch)?;
		record.paid = Some(paid);
		Some(record)
	}

	/// Reads the instructions of the dispatches that changed in a block; `concerns` says which devices are the village's.
	pub async fn read(
		&mut self,
		block: &Block,
		news: &[News],
		interval_seconds: u32,
		concerns: impl Fn(DeviceId) -> bool,
	) -> Result<Vec<Told>, ChainError> {
		let changed: BTreeSet<u64> = news
			.iter()
			.filter_map(|news| match news {
				News::Dispatched { dispatch } => Some(*dispatch),
				_ => None,
			})
			.collect();
		let mut told = Vec::new();
		for dispatch in changed {
			let activation = block
				.value::<ActivationRecord>("Vpp", "Activations", &[dispatch.encode()])
				.await?;
			// Paid within the same block: nobody is told anything any more.
			let Some(activation) = activation else { continue };
			let instructions = block
				.scan::<InstructionRecord>("Vpp", "Instructions", &[dispatch.encode()])
				.await?;
			for (key, instruction) in instructions {
				let device = DeviceId::decode(&mut &*key[1]).map_err(|error| ChainError::Decode {
					what: "a key of Vpp.Instructions".into(),
					error,
				})?;
				if concerns(device) {
					told.push(told_of(dispatch, device, &activation, &instruction)?);
				}
			}
			self.note(dispatch, &activation, interval_seconds, &told);
		}
		Ok(told)
	}

	fn note(&mut self, dispatch: u64, activation: &ActivationRecord, interval_seconds: u32, told: &[Told]) {
		let own = told.iter().filter(|told| told.instruction.dispatch == dispatch);
		if own.clone().next().is_none() {
			return;
		}
		let record = self.0.entry(dispatch).or_default();
		record.announced = (activation.announced / u64::from(interval_seconds.max(1))) as Interval;
		record.is_upward = is_variant(&activation.direction, "Up");
		for Told { instruction, .. } in own {
			let run = Run {
				power_w: watts(instruction),
				time: (instruction.start, instruction.end),
			};
			record.runs.entry(instruction.device).or_insert(run).change(instruction);
		}
	}
}

fn told_of(
	dispatch: u64,
	device: DeviceId,
	activation: &ActivationRecord,
	record: &InstructionRecord,
) -> Result<Told, ChainError> {
	let actions = [
		("Setpoint", Action::Setpoint),
		("Shed", Action::Shed),
		("Restore", Action::Restore),
		("Cancel", Action::Cancel),
	];
	let action = actions.into_iter().find(|(name, _)| is_variant(&record.action, name));
	let (_, action) =
		action.ok_or_else(|| ChainError::Missing(format!("action {} that devices know", record.action)))?;
	let power_w = i64::from(record.power_w);
	Ok(Told {
		instruction: Dispatch {
			device,
			epoch: record.epoch,
			dispatch,
			revision: record.revision,
			action,
			power_w: if is_variant(&activation.direction, "Up") {
				power_w
			} else {
				-power_w
			},
			start: record.start,
			end: record.end,
			acknowledge_by: record.acknowledge_by,
		},
		waits: is_variant(&record.progress, "Pending"),
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	const SETPOINT: Dispatch = Dispatch {
		device: 5,
		epoch: 0,
		dispatch: 7,
		revision: 1,
		action: Action::Setpoint,
		power_w: 3_000,
		start: 130,
		end: 190,
		acknowledge_by: 150,
	};

	#[test]
	fn run_should_end_where_it_is_told_to_stop() {
		let mut run = Run {
			power_w: 3_000,
			time: (130, 190),
		};
		assert_eq!(run.intervals(60), 2..4);
		run.change(&Dispatch {
			power_w: 4_000,
			..SETPOINT
		});
		run.change(&Dispatch {
			action: Action::Cancel,
			power_w: 0,
			start: 165,
			..SETPOINT
		});
		assert_eq!(
			run,
			Run {
				power_w: 4_000,
				time: (130, 165)
			}
		);
		assert_eq!(run.intervals(60), 2..3);
	}

	#[test]
	fn answer_should_count_once_and_only_when_the_device_was_instructed() {
		let mut dispatches = Dispatches::default();
		let run = Run {
			power_w: 1,
			time: (0, 60),
		};
		dispatches.0.insert(
			7,
			Record {
				runs: [(5, run)].into(),
				..Default::default()
			},
		);
		for (dispatch, device, accepted) in [(7, 5, false), (7, 6, true), (8, 5, true), (7, 5, true), (7, 5, true)] {
			dispatches.acknowledge(dispatch, device, accepted);
		}
		assert_eq!(dispatches.0[&7].accepted, BTreeSet::from([5]));
		assert!(dispatches.are_open());
		dispatches.pay(7, 100);
		assert!(!dispatches.are_open());
	}
}
