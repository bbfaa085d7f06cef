//! Units and the arithmetic that every payment goes through. Integers only.

/// Energy in watt-hours; one energy credit is one watt-hour.
pub type Wh = u64;
/// Money in planck; 1 GRX is 10^12 planck.
pub type Balance = u128;
/// A price in planck per kilowatt-hour, below 2^64.
pub type Price = u128;
/// A device's index, given at registration.
pub type DeviceId = u32;
/// How often a device's key has changed: 0 at registration, one more at each key rotation or meter swap.
pub type Epoch = u16;
/// A zone of the grid.
pub type ZoneId = u32;
/// A delivery interval: Unix seconds divided by the interval's length.
pub type Interval = u32;

/// Planck in one GRX.
pub const GRX: Balance = 1_000_000_000_000;
/// Prices are below this bound, so that a payment never overflows.
pub const PRICE_LIMIT: Price = 1 << 64;
/// The quantity of one order is below this bound, so that sums over a book never overflow.
pub const QUANTITY_LIMIT: Wh = 1 << 40;

/// What `energy` costs at `price`, rounded down: what a buyer pays and a seller receives.
///
/// Saturates only beyond [`PRICE_LIMIT`], which no accepted price reaches.
pub const fn payment(price: Price, energy: Wh) -> Balance {
	price.saturating_mul(energy as u128) / 1000
}

/// What `energy` costs at `price`, rounded up: what collateral has to cover.
pub const fn payment_rounded_up(price: Price, energy: Wh) -> Balance {
	price.saturating_mul(energy as u128).div_ceil(1000)
}

/// The energy that `power_w` moves in `seconds`, rounded down.
pub const fn energy_of(power_w: u64, seconds: u32) -> Wh {
	power_w.saturating_mul(seconds as u64) / 3600
}

/// The most a meter rated at `rating_w` can plausibly count in `seconds`: five per cent above the rating, rounded up, plus
/// one watt-hour for a register that was about to turn.
pub const fn plausible_energy(rating_w: u32, seconds: u64) -> Wh {
	let scaled = (rating_w as u128) * (seconds as u128) * 105;
	let energy = scaled.div_ceil(360_000).saturating_add(1);
	if energy > u64::MAX as u128 {
		u64::MAX
	} else {
		energy as u64
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn payment_should_round_down_and_collateral_up() {
		assert_eq!(payment(3, 999), 2);
		assert_eq!(payment_rounded_up(3, 999), 3);
		assert_eq!(payment_rounded_up(3, 1000), 3);
	}

	#[test]
	fn payment_should_not_overflow_at_the_limits() {
		assert_eq!(
			payment(PRICE_LIMIT - 1, QUANTITY_LIMIT),
			(PRICE_LIMIT - 1) * (QUANTITY_LIMIT as u128) / 1000
		);
	}

	#[test]
	fn plausible_energy_should_allow_five_per_cent_and_one_watt_hour() {
		// 10 kW for 900 s is 2,500 Wh; five per cent more is 2,625.
		assert_eq!(plausible_energy(10_000, 900), 2_626);
		assert_eq!(plausible_energy(0, 900), 1);
		assert_eq!(plausible_energy(u32::MAX, u64::MAX), u64::MAX);
	}

	#[test]
	fn energy_of_should_round_down() {
		assert_eq!(energy_of(4_800, 60), 80);
		assert_eq!(energy_of(59, 60), 0);
	}
}
