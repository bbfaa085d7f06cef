//! Signed readings as they travel from the meter to the chain.

use crate::{
	device::PAGE_SIZE,
	message::{self, GenesisHash},
	units::{DeviceId, Epoch, Interval, Wh},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// A device's signature: 64 bytes in both schemes (Ed25519, or r then s of ECDSA).
pub type Signature = [u8; 64];

/// Stands for "this meter does not measure power" in the signed bytes.
pub const NO_POWER: i32 = i32::MIN;

/// What a meter says about the quality of its reading; bits 4 to 7 are 0.
#[derive(
	Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Quality(pub u8);

impl Quality {
	/// The clock was not synchronised.
	pub const CLOCK: u8 = 1;
	/// A tamper event was recorded.
	pub const TAMPER: u8 = 2;
	/// Power was lost in the interval.
	pub const POWER_LOST: u8 = 4;
	/// The meter restarted.
	pub const RESTARTED: u8 = 8;

	/// Whether only defined bits are set.
	pub const fn is_well_formed(self) -> bool {
		self.0 < 16
	}

	/// Whether the energy up to this reading may be billed. The registers advance all the same; the energy is unallocated.
	pub const fn is_billable(self) -> bool {
		self.0 & (Self::CLOCK | Self::TAMPER) == 0
	}
}

/// A reading, before it is signed: the registers as they stood at the end of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Reading {
	/// Whose it is.
	pub device: DeviceId,
	/// Epoch of the key it is signed with.
	pub epoch: Epoch,
	/// The interval at whose end the registers stood so.
	pub interval: Interval,
	/// Import register, Wh: cumulative, never reset within an epoch.
	pub import_wh: Wh,
	/// Export register, Wh: cumulative, never reset within an epoch.
	pub export_wh: Wh,
	/// Quality bits.
	pub quality: Quality,
	/// Power at the end of the interval, W, positive = export; [`NO_POWER`] where the meter has none.
	pub power_w: i32,
}

/// A reading with its meter's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct SignedReading {
	/// What the meter says.
	pub reading: Reading,
	/// The meter's signature over the 71 bytes of the reading.
	pub signature: Signature,
}

/// A reading as it lies in a batch, without what its page says already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct PagedReading {
	/// The device's place on its page: device index modulo 64.
	pub slot: u8,
	/// Epoch of the key it is signed with.
	pub epoch: Epoch,
	/// The interval at whose end the registers stood so.
	pub interval: Interval,
	/// Import register, Wh.
	pub import_wh: Wh,
	/// Export register, Wh.
	pub export_wh: Wh,
	/// Quality bits.
	pub quality: Quality,
	/// Power at the end of the interval, W, positive = export; `i32::MIN` where the meter has none.
	pub power_w: i32,
	/// The meter's signature over the 71 bytes of the reading.
	pub signature: Signature,
}

impl PagedReading {
	/// The reading that the meter signed.
	pub const fn reading(&self, page: u32) -> Reading {
		Reading {
			device: page.saturating_mul(PAGE_SIZE).saturating_add(self.slot as u32),
			epoch: self.epoch,
			interval: self.interval,
			import_wh: self.import_wh,
			export_wh: self.export_wh,
			quality: self.quality,
			power_w: self.power_w,
		}
	}
}

impl Reading {
	/// The page of its device.
	pub const fn page(&self) -> u32 {
		self.device / PAGE_SIZE
	}

	/// The reading as a batch carries it.
	pub const fn paged(&self, signature: Signature) -> PagedReading {
		PagedReading {
			slot: (self.device % PAGE_SIZE) as u8,
			epoch: self.epoch,
			interval: self.interval,
			import_wh: self.import_wh,
			export_wh: self.export_wh,
			quality: self.quality,
			power_w: self.power_w,
			signature,
		}
	}

	/// The 71 bytes that the meter signs.
	pub fn message(&self, genesis: &GenesisHash) -> [u8; message::READING_LEN] {
		message::reading(genesis, self)
	}
}

/// Readings of the devices on one page.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Page {
	/// Which page: device index divided by 64.
	pub page: u32,
	/// At most 64 readings.
	pub readings: BoundedVec<PagedReading, ConstU32<PAGE_SIZE>>,
}
