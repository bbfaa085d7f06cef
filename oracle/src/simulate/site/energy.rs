//! Energy in watt-seconds, so that nothing is lost between two watt-hours.

use super::super::grid::{Quarter, QUARTER_SECONDS};
use gridtokenx_primitives::Wh;
use std::ops::AddAssign;

/// Energy in watt-seconds.
pub type WattSeconds = u64;

/// Watt-seconds in a watt-hour.
pub const PER_WH: WattSeconds = 3_600;

/// What passes a meter in some time, in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
	/// Imported, Ws.
	pub import: WattSeconds,
	/// Exported, Ws.
	pub export: WattSeconds,
}

impl Flow {
	/// What a quarter of an hour's mean power moves in `seconds`. Exact: a quarter's watt-hour is four watts.
	pub const fn at_power_of(quarter: Quarter, seconds: u32) -> Self {
		const WATTS_PER_WH: u64 = PER_WH / QUARTER_SECONDS;
		Flow {
			import: quarter.import_wh as u64 * WATTS_PER_WH * seconds as u64,
			export: quarter.export_wh as u64 * WATTS_PER_WH * seconds as u64,
		}
	}

	/// With `energy` fed in behind the meter: it covers the import first, the rest is exported.
	pub const fn fed(self, energy: WattSeconds) -> Self {
		let covered = if energy < self.import { energy } else { self.import };
		Flow {
			import: self.import - covered,
			export: self.export + (energy - covered),
		}
	}

	/// With `energy` drawn behind the meter: it takes from the export first, the rest is imported.
	pub const fn drawn(self, energy: WattSeconds) -> Self {
		let taken = if energy < self.export { energy } else { self.export };
		Flow {
			import: self.import + (energy - taken),
			export: self.export - taken,
		}
	}
}

/// A meter's registers, to the watt-second; they only rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registers {
	/// Imported since the meter was made, Ws.
	pub import: WattSeconds,
	/// Exported since the meter was made, Ws.
	pub export: WattSeconds,
}

impl Registers {
	/// Registers that show whole watt-hours.
	pub const fn showing(import_wh: Wh, export_wh: Wh) -> Self {
		Registers {
			import: import_wh * PER_WH,
			export: export_wh * PER_WH,
		}
	}

	/// What the import register shows, Wh.
	pub const fn import_wh(&self) -> Wh {
		self.import / PER_WH
	}

	/// What the export register shows, Wh.
	pub const fn export_wh(&self) -> Wh {
		self.export / PER_WH
	}
}

impl AddAssign<Flow> for Registers {
	fn add_assign(&mut self, flow: Flow) {
		self.import += flow.import;
		self.export += flow.export;
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use proptest::prelude::*;

	#[test]
	fn quarter_should_be_scaled_at_its_power() {
		// 15 Wh in 900 s are 60 W, and 60 W for 60 s are 1 Wh.
		let flow = Flow::at_power_of(
			Quarter {
				import_wh: 15,
				export_wh: 0,
			},
			60,
		);
		assert_eq!(
			flow,
			Flow {
				import: PER_WH,
				export: 0
			}
		);
	}

	#[test]
	fn energy_behind_the_meter_should_turn_its_direction_only_when_it_exceeds_the_flow() {
		let importing = Flow { import: 100, export: 0 };
		assert_eq!(importing.fed(60), Flow { import: 40, export: 0 });
		assert_eq!(importing.fed(150), Flow { import: 0, export: 50 });
		let exporting = Flow { import: 0, export: 100 };
		assert_eq!(exporting.drawn(60), Flow { import: 0, export: 40 });
		assert_eq!(exporting.drawn(150), Flow { import: 50, export: 0 });
	}

	proptest! {
		#[test]
		fn registers_should_show_the_floor_of_the_total_whatever_the_intervals(
			quarters in prop::collection::vec((0..100_000u32, 0..100_000u32), 1..200),
			seconds in prop::sample::select(vec![1u32, 7, 60, 300, 450, 900, 3_600]),
		) {
			let mut registers = Registers::default();
			let (mut shown, mut total) = ((0, 0), (0u128, 0u128));
			for (import_wh, export_wh) in quarters {
				let before = registers;
				registers += Flow::at_power_of(Quarter { import_wh, export_wh }, seconds);
				shown.0 += registers.import_wh() - before.import_wh();
				shown.1 += registers.export_wh() - before.export_wh();
				total.0 += u128::from(import_wh) * u128::from(seconds);
				total.1 += u128::from(export_wh) * u128::from(seconds);
			}
			// What the intervals add up to is the floor of what the data says, scaled by seconds / 900.
			prop_assert_eq!(u128::from(shown.0), total.0 / 900);
			prop_assert_eq!(u128::from(shown.1), total.1 / 900);
		}

		#[test]
		fn net_energy_should_change_by_exactly_what_is_fed_or_drawn(
			import in 0..1u64 << 40, export in 0..1u64 << 40, energy in 0..1u64 << 41,
		) {
			let net = |flow: Flow| flow.export as i128 - flow.import as i128;
			let flow = Flow { import, export };
			prop_assert_eq!(net(flow.fed(energy)), net(flow) + i128::from(energy));
			prop_assert_eq!(net(flow.drawn(energy)), net(flow) - i128::from(energy));
		}
	}
}
