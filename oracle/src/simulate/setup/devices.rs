//! The village's devices: registered by their owners, attested by the registrar.

use super::{
	super::village::{Account, DeviceSpec},
	Errand, Placed, Setup, SetupError, World,
};
use crate::chain::{Call, ChainError};
use gridtokenx_primitives::{DeviceId, Epoch, Interval, ZoneId};

/// For how many intervals a device's proof of its key is good.
const PROOF_INTERVALS: Interval = 96;

/// A device, its owner, and the name of the meter that it stands behind.
type Owned<'a> = (&'a Account, &'a DeviceSpec, Option<&'a str>);

impl Setup<'_> {
	/// Registers and attests all devices; meters first, because a device can only stand behind a meter that is attested.
	pub(super) async fn devices(&mut self, placed: &mut Placed) -> Result<(), SetupError> {
		let village = self.village;
		let first: Vec<Owned> = village
			.devices()
			.map(|(account, device)| (account, device, None))
			.collect();
		self.bring(placed, &first, "meters and sensors").await?;
		let behind = village.households.iter().filter_map(|household| {
			Some((
				&household.account,
				household.behind.as_ref()?,
				Some(&*household.meter.name),
			))
		});
		self.bring(placed, &behind.collect::<Vec<_>>(), "batteries and loads")
			.await
	}

	async fn bring(&mut self, placed: &mut Placed, devices: &[Owned<'_>], kind: &str) -> Result<(), SetupError> {
		let head = self.client.finalised().await?;
		let known = World::new(&head).devices().await?;
		let missing = devices.iter().filter(|(_, device, _)| known.index(device).is_none());
		let last_valid = self.interval(&head).await? + PROOF_INTERVALS;
		let errands = missing
			.map(|owned| self.registration(placed, owned, last_valid))
			.collect();
		self.carry_out(&format!("registering {kind}"), errands).await?;

		let known = World::new(&self.client.finalised().await?).devices().await?;
		let mut pending = Vec::new();
		for (_, device, _) in devices {
			let index = known.index(device).ok_or_else(|| {
				SetupError::Unexpected(format!(
					"device {} is not registered, although its registration succeeded",
					device.name
				))
			})?;
			match known.standing(index) {
				"Active" => {}
				"Pending" => pending.push(attestation(index, device, placed.zones[device.zone])),
				other => {
					let what = format!(
						"device {} ({index}) is {other} on this chain: start a new one",
						device.name
					);
					return Err(SetupError::Unexpected(what));
				}
			}
			placed.devices.insert(device.name.clone(), index);
		}
		let batches = self.batches(&pending, &self.roles.registrar, "attestations")?;
		self.carry_out(&format!("attesting {} {kind}", pending.len()), batches)
			.await
	}

	/// The interval that is running.
	async fn interval(&self, head: &crate::chain::Block) -> Result<Interval, ChainError> {
		let extrinsics = head.extrinsics().await?;
		let seconds = crate::chain::Block::time_ms(&extrinsics).unwrap_or(0) / 1_000;
		Ok((seconds / u64::from(self.interval_seconds)) as Interval)
	}

	fn registration<'b>(
		&self,
		placed: &Placed,
		(account, device, parent): &Owned<'b>,
		last_valid_interval: Interval,
	) -> Errand<'b> {
		let zone = placed.zones[device.zone];
		let signature = device.prove(&self.client.genesis(), &account.id, zone, last_valid_interval);
		let parent: Option<DeviceId> = parent.and_then(|parent| placed.devices.get(parent).copied());
		let arguments = (
			(
				device.kind,
				device.key.public(),
				zone,
				device.import_w,
				device.export_w,
				0u64,
			),
			(device.metadata_hash(), parent, last_valid_interval, signature),
		);
		(
			Call::new("DeviceRegistry", "register", arguments),
			account,
			format!("registration of {}", device.name),
		)
	}
}

fn attestation(index: DeviceId, device: &DeviceSpec, zone: ZoneId) -> Call {
	let ratings = (device.import_w, device.export_w);
	let epoch: Epoch = 0;
	Call::new("DeviceRegistry", "attest", (index, epoch, zone, ratings, device.source))
}
