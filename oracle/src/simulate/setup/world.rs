//! What the chain has of the village already. Every step of the set-up looks here first, so that it can be run again.

use super::super::village::{Account, DeviceSpec, Village};
use crate::chain::{AccountId32, Block, ChainError};
use codec::{Decode, Encode};
use gridtokenx_primitives::{Balance, DeviceId, ZoneId};
use std::collections::HashMap;
use subxt::{
	dynamic::Value,
	ext::{
		scale_decode::{self, DecodeAsType},
		scale_value::ValueDef,
	},
};

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct Record {
	standing: Value,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ZoneRecord {
	line: Option<LineRecord>,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct LineRecord {
	operator: AccountId32,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct ProgramRecord {
	operator: AccountId32,
	terms: TermsRecord,
	budget: Balance,
}

#[derive(DecodeAsType)]
#[decode_as_type(crate_path = "scale_decode")]
struct TermsRecord {
	zones: Vec<ZoneId>,
	product: Value,
}

/// A programme of the virtual power plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
	/// Its number.
	pub id: u32,
	/// What its operator has put on hold for it, planck.
	pub budget: Balance,
}

/// A block's state, as the set-up asks about it.
pub struct World<'a> {
	block: &'a Block,
}

impl<'a> World<'a> {
	pub fn new(block: &'a Block) -> Self {
		World { block }
	}

	/// The village's zones, the busbar first: those whose lines its operator operates, in the order in which they were added.
	pub async fn zones(&self, village: &Village) -> Result<Vec<ZoneId>, ChainError> {
		let mut pages: Vec<(ZoneId, Vec<Option<ZoneRecord>>)> = Vec::new();
		for (key, page) in self.block.scan("Grid", "Zones", &[]).await? {
			pages.push((decoded(&key[0], "Grid.Zones")?, page));
		}
		pages.sort_by_key(|(page, _)| *page);
		let zones = pages
			.into_iter()
			.flat_map(|(page, zones)| (page * gridtokenx_primitives::PAGE_SIZE..).zip(zones));
		let operates = |line: &LineRecord| line.operator.0 == village.operator.id;
		let own = zones.filter(|(_, zone)| zone.as_ref().and_then(|zone| zone.line.as_ref()).is_some_and(operates));
		Ok(own.map(|(zone, _)| zone).collect())
	}

	/// The index that the next zone gets.
	pub async fn next_zone(&self) -> Result<ZoneId, ChainError> {
		Ok(self.block.storage("Grid", "NextZone", &[]).await?.unwrap_or(0))
	}

	/// The zones of a registrar; none if it is none.
	pub async fn registrar_zones(&self, registrar: &Account) -> Result<Vec<ZoneId>, ChainError> {
		let zones = self
			.block
			.storage("DeviceRegistry", "Registrars", &[registrar.id.encode()])
			.await?;
		Ok(zones.unwrap_or_default())
	}

	/// What each account can spend, planck.
	pub async fn free_balances(&self) -> Result<HashMap<[u8; 32], Balance>, ChainError> {
		#[derive(DecodeAsType)]
		#[decode_as_type(crate_path = "scale_decode")]
		struct Info {
			data: Data,
		}
		#[derive(DecodeAsType)]
		#[decode_as_type(crate_path = "scale_decode")]
		struct Data {
			free: Balance,
		}
		let mut balances = HashMap::new();
		for (key, Info { data }) in self.block.scan("System", "Account", &[]).await? {
			balances.insert(decoded(&key[0], "System.Account")?, data.free);
		}
		Ok(balances)
	}

	/// The registered devices by the hashes of their keys, and how each stands.
	pub async fn devices(&self) -> Result<Devices, ChainError> {
		let mut by_key = HashMap::new();
		for (key, device) in self.block.scan::<DeviceId>("DeviceRegistry", "KeyHashes", &[]).await? {
			by_key.insert(decoded(&key[0], "DeviceRegistry.KeyHashes")?, device);
		}
		let mut standing = HashMap::new();
		for (key, record) in self.block.scan::<Record>("DeviceRegistry", "Devices", &[]).await? {
			standing.insert(decoded(&key[0], "DeviceRegistry.Devices")?, variant(&record.standing));
		}
		Ok(Devices { by_key, standing })
	}

	/// The programme of an operator that serves a zone with a product.
	pub async fn program(
		&self,
		operator: &Account,
		zone: ZoneId,
		product: &str,
	) -> Result<Option<Program>, ChainError> {
		for (key, program) in self.block.scan::<ProgramRecord>("Vpp", "Programs", &[]).await? {
			let is_it = program.operator.0 == operator.id
				&& program.terms.zones.contains(&zone)
				&& variant(&program.terms.product) == product;
			if is_it {
				let id = decoded(&key[0], "Vpp.Programs")?;
				return Ok(Some(Program {
					id,
					budget: program.budget,
				}));
			}
		}
		Ok(None)
	}

	/// Which devices are enrolled in a programme.
	pub async fn enrolled(&self) -> Result<Vec<DeviceId>, ChainError> {
		let rows = self.block.scan::<u32>("Vpp", "EnrolledIn", &[]).await?;
		rows.iter().map(|(key, _)| decoded(&key[0], "Vpp.EnrolledIn")).collect()
	}
}

/// The registry's devices.
pub struct Devices {
	by_key: HashMap<[u8; 32], DeviceId>,
	standing: HashMap<DeviceId, String>,
}

impl Devices {
	/// A device's index, if it is registered.
	pub fn index(&self, device: &DeviceSpec) -> Option<DeviceId> {
		self.by_key.get(&device.key.public().hash()).copied()
	}

	/// How a device stands: `Pending`, `Active`, `Suspended`, `Decommissioned`.
	pub fn standing(&self, device: DeviceId) -> &str {
		self.standing.get(&device).map_or("unknown", |standing| standing)
	}
}

/// The name of an enum's variant.
fn variant(value: &Value) -> String {
	match &value.value {
		ValueDef::Variant(variant) => variant.name.clone(),
		_ => "unknown".into(),
	}
}

fn decoded<T: Decode>(bytes: &[u8], what: &str) -> Result<T, ChainError> {
	T::decode(&mut &*bytes).map_err(|error| ChainError::Decode {
		what: format!("a key of {what}"),
		error,
	})
}
