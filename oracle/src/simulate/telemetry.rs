//! What the chain has measured of the village's meters.

use super::{ledger::Measured, news::is_variant, site, state::Metered};
use crate::chain::{Block, ChainError};
use codec::{Decode, Encode};
use gridtokenx_primitives::{DeviceId, Interval, Wh, PAGE_SIZE};
use std::collections::{BTreeSet, HashMap};
use subxt::{
	dynamic::Value,
	ext::scale_decode::{self, DecodeAsType},
};

#[derive(Clone, DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct EnergyRecord {
	import_wh: Wh,
	export_wh: Wh,
	standing: Value,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Registers {
	import_wh: Wh,
	export_wh: Wh,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct RegisterRecord {
	anchor: Option<Anchor>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Anchor {
	interval: Interval,
	registers: Registers,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Point {
	registers: Registers,
}

/// The energies of an interval that has been measured, of the devices given by place.
pub async fn energies(block: &Block, interval: Interval, meters: &[DeviceId]) -> Result<Vec<Measured>, ChainError> {
	let numbers: BTreeSet<u32> = meters.iter().map(|device| device / PAGE_SIZE).collect();
	let mut pages: HashMap<u32, Vec<Option<EnergyRecord>>> = HashMap::new();
	for page in numbers {
		let energies = block
			.value("Telemetry", "Energies", &[interval.encode(), page.encode()])
			.await?;
		pages.insert(page, energies.unwrap_or_default());
	}
	let measured = meters.iter().enumerate().filter_map(|(place, device)| {
		let energy = pages
			.get(&(device / PAGE_SIZE))?
			.get((device % PAGE_SIZE) as usize)?
			.as_ref()?;
		Some(Measured {
			place,
			energy: Metered {
				import_wh: energy.import_wh,
				export_wh: energy.export_wh,
			},
			is_exact: is_variant(&energy.standing, "Exact"),
		})
	});
	Ok(measured.collect())
}

/// The newest registers that the chain has accepted, by device. The village's meters never change their keys, so that what the
/// chain continues is what they show.
pub async fn last_registers(block: &Block) -> Result<HashMap<DeviceId, site::Registers>, ChainError> {
	let mut newest: HashMap<DeviceId, (Interval, Registers)> = HashMap::new();
	let mut note = |device: DeviceId, interval: Interval, registers: Registers| {
		if newest.get(&device).is_none_or(|(known, _)| *known < interval) {
			newest.insert(device, (interval, registers));
		}
	};
	for (key, page) in block
		.scan::<Vec<Option<RegisterRecord>>>("Telemetry", "RegisterPages", &[])
		.await?
	{
		let first = number(&key[0])? * PAGE_SIZE;
		for (device, record) in (first..).zip(page) {
			if let Some(anchor) = record.and_then(|record| record.anchor) {
				note(device, anchor.interval, anchor.registers);
			}
		}
	}
	for (key, page) in block.scan::<Vec<Option<Point>>>("Telemetry", "Points", &[]).await? {
		let (interval, first) = (number(&key[0])?, number(&key[1])? * PAGE_SIZE);
		for (device, point) in (first..).zip(page) {
			if let Some(Point { registers }) = point {
				note(device, interval, registers);
			}
		}
	}
	let shown = |registers: Registers| site::Registers::showing(registers.import_wh, registers.export_wh);
	Ok(newest
		.into_iter()
		.map(|(device, (_, registers))| (device, shown(registers)))
		.collect())
}

fn number(bytes: &[u8]) -> Result<u32, ChainError> {
	u32::decode(&mut &*bytes).map_err(|error| ChainError::Decode {
		what: "a key of Telemetry".into(),
		error,
	})
}
