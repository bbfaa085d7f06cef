//! A device of the village, before the chain knows it.

use crate::meter::MeterKey;
use gridtokenx_primitives::{
	message::{self, Registration},
	DeviceKind, GenesisHash, Interval, Signature, Source, Wh, ZoneId,
};
use sha2::{Digest, Sha256};

/// What a device is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
	/// Meters a household.
	Meter,
	/// Measures the grid's frequency.
	Sensor,
	/// Stores energy.
	Battery {
		/// What it holds when full, Wh.
		capacity_wh: Wh,
		/// What its owner keeps in it, Wh.
		reserve_wh: Wh,
	},
	/// A part of a household's load.
	Load {
		/// What switching it off saves on average, W.
		sheddable_w: u32,
	},
}

/// A device and its key.
pub struct DeviceSpec {
	/// Its name in the village.
	pub name: String,
	/// Its secret key.
	pub key: MeterKey,
	/// What it is.
	pub kind: DeviceKind,
	/// Where it is: a place in the grid's zones.
	pub zone: usize,
	/// Import rating, W.
	pub import_w: u32,
	/// Export rating, W.
	pub export_w: u32,
	/// The source of its exports, for a connection point.
	pub source: Option<Source>,
	/// What it is there for.
	pub role: Role,
}

impl DeviceSpec {
	/// What stands in the registry for the document that describes the device: hash(32-byte salt ‖ document).
	pub fn metadata_hash(&self) -> [u8; 32] {
		let salt = Sha256::digest([b"salt of ", self.name.as_bytes()].concat());
		let document = format!("{} ({:?}), a simulated device", self.name, self.kind);
		Sha256::digest([&*salt, document.as_bytes()].concat()).into()
	}

	/// The device's proof that it holds its key: what it signs for its registration in `zone`.
	pub fn prove(
		&self,
		genesis: &GenesisHash,
		owner: &[u8; 32],
		zone: ZoneId,
		last_valid_interval: Interval,
	) -> Signature {
		let registration = Registration {
			owner,
			key: &self.key.public(),
			kind: self.kind,
			zone,
			import_w: self.import_w,
			export_w: self.export_w,
			modulus_wh: 0,
			metadata_hash: &self.metadata_hash(),
			last_valid_interval,
		};
		self.key.sign(&message::registration(genesis, &registration))
	}
}
