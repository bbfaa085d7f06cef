//! Households: an account, and a meter at the connection point.

use crate::{
	calls::{call, key},
	state::{account, State},
};
use gridtokenx_oracle::{
	chain::{Call, Client, Keypair},
	meter::MeterKey,
	reading::SignedReading,
};
use gridtokenx_primitives::{
	device::Registers,
	message::{self, Registration},
	reading::{Quality, Reading, NO_POWER},
	DeviceId, DeviceKind, Epoch, GenesisHash, Interval, Signature, Source, Wh, ZoneId,
};
use gridtokenx_runtime::AccountId;

/// What stands behind a connection point.
#[derive(Clone, Copy, Debug)]
pub struct Site {
	/// Where it is connected.
	pub zone: ZoneId,
	/// What it may draw, W.
	pub import_w: u32,
	/// What it may feed in, W.
	pub export_w: u32,
	/// From what.
	pub source: Source,
}

/// A registration as its owner sends it: with the device's own signature.
pub fn registration(
	genesis: &GenesisHash,
	owner: &AccountId,
	meter: &MeterKey,
	site: &Site,
	last_valid_interval: Interval,
) -> Call {
	let (key, metadata_hash) = (meter.public(), [7; 32]);
	let registration = Registration {
		owner: owner.as_ref(),
		key: &key,
		kind: DeviceKind::Meter,
		zone: site.zone,
		import_w: site.import_w,
		export_w: site.export_w,
		modulus_wh: 0,
		metadata_hash: &metadata_hash,
		last_valid_interval,
	};
	let signature = meter.sign(&message::registration(genesis, &registration));
	register_call(&registration, &signature)
}

/// The call for a registration that somebody signed.
pub fn register_call(registration: &Registration, signature: &Signature) -> Call {
	let parent: Option<DeviceId> = None;
	let Registration {
		key,
		kind,
		zone,
		import_w,
		export_w,
		modulus_wh,
		metadata_hash,
		last_valid_interval,
		..
	} = registration;
	let arguments = (
		(kind, key, zone, import_w, export_w, modulus_wh),
		(*metadata_hash, parent, last_valid_interval, signature),
	);
	Call::new("DeviceRegistry", "register", arguments)
}

/// The call by which a registrar attests a site as its owner declared it, with the meter's first key.
pub fn attestation(device: DeviceId, site: &Site) -> Call {
	let epoch: Epoch = 0;
	let arguments = (
		device,
		epoch,
		site.zone,
		site.import_w,
		site.export_w,
		Some(site.source),
	);
	Call::new("DeviceRegistry", "attest", arguments)
}

/// An account with a meter that was registered and attested.
pub struct Household {
	/// Its account's key.
	pub key: Keypair,
	/// Its meter's index.
	pub device: DeviceId,
	/// Where it is connected.
	pub zone: ZoneId,
	meter: MeterKey,
	genesis: GenesisHash,
	registers: Registers,
}

impl Household {
	/// Registers the meter, lets the registrar attest it, and begins with the registers as they stand.
	pub async fn connect(client: &Client, uri: &str, meter: MeterKey, site: Site, registers: Registers) -> Self {
		let (owner, genesis) = (key(uri), client.genesis());
		let last_valid = State::best(client).await.interval().await + 10;
		let register = registration(&genesis, &account(&owner), &meter, &site, last_valid);
		let registered = call(client, &register, &owner).await;
		let device = registered
			.event("DeviceRegistry", "Registered")
			.and_then(|event| event.number("device"));
		let device = device.expect("the event names the device") as DeviceId;
		call(client, &attestation(device, &site), &key("//Registrar")).await;
		Household {
			key: owner,
			device,
			zone: site.zone,
			meter,
			genesis,
			registers,
		}
	}

	/// The account.
	pub fn account(&self) -> AccountId {
		account(&self.key)
	}

	/// What the meter shows.
	pub fn registers(&self) -> Registers {
		self.registers
	}

	/// Energy flows through the meter, and it signs its registers as they stand at the end of `interval`.
	pub fn read(&mut self, interval: Interval, import_wh: Wh, export_wh: Wh) -> SignedReading {
		self.registers.import_wh += import_wh;
		self.registers.export_wh += export_wh;
		self.sign(interval, self.registers)
	}

	/// The meter signs any registers, as one does that was tampered with.
	pub fn sign(&self, interval: Interval, registers: Registers) -> SignedReading {
		let Registers { import_wh, export_wh } = registers;
		let reading = Reading {
			device: self.device,
			epoch: 0,
			interval,
			import_wh,
			export_wh,
			quality: Quality::default(),
			power_w: NO_POWER,
		};
		self.meter.sign_reading(&self.genesis, reading)
	}
}
