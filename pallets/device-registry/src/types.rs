//! What the registry keeps of a device.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use gridtokenx_primitives::{
	device::Registers, Balance, Device, DeviceId, DeviceKind, Epoch, Interval, Meter, PublicKey, Source, Status, Wh,
	ZoneId,
};
use scale_info::TypeInfo;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// Keys that a device has given up and that evidence may still be brought against.
pub const MAX_FORMER_KEYS: u32 = 4;

/// Who or what took a device out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum SuspendedBy {
	/// Its owner, who may resume it.
	Owner,
	/// A registrar of its zone.
	Registrar,
	/// The registrar that attested it was revoked.
	Revocation,
	/// Two readings that contradict each other.
	Conflict,
}

/// Where a device stands, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Standing {
	/// Waiting for a registrar.
	Pending,
	/// Attested: what it signs counts.
	Active,
	/// Attested, and taken out.
	Suspended(SuspendedBy),
	/// Gone for good.
	Decommissioned {
		/// The interval in which it went.
		at: Interval,
	},
}

impl Standing {
	/// The standing as other pallets see it.
	pub const fn status(self) -> Status {
		match self {
			Self::Pending => Status::Pending,
			Self::Active => Status::Active,
			Self::Suspended(_) => Status::Suspended,
			Self::Decommissioned { .. } => Status::Decommissioned,
		}
	}

	/// Whether the device has not been decommissioned.
	pub const fn is_live(self) -> bool {
		!matches!(self, Self::Decommissioned { .. })
	}

	/// Whether what a registrar attested of the device stands: it is active or suspended.
	pub const fn is_attested(self) -> bool {
		matches!(self, Self::Active | Self::Suspended(_))
	}

	/// The standing after a suspension; `None` where it changes nothing. An owner's own suspension gives way to any other, so
	/// that nobody escapes a registrar by suspending the device first.
	pub fn suspended(self, by: SuspendedBy) -> Option<Self> {
		match self {
			Self::Active => Some(Self::Suspended(by)),
			Self::Suspended(SuspendedBy::Owner) if by != SuspendedBy::Owner => Some(Self::Suspended(by)),
			_ => None,
		}
	}
}

/// How grave a conflict is. Of one epoch each grade is accepted once, and nothing after the gravest.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Gravity {
	/// A reading says itself that its clock, its power or its memory failed: suspended only.
	Excused,
	/// Nothing explains it: suspended and slashed.
	Slashable,
}

/// A key and the epoch for which it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct EpochKey {
	/// The epoch.
	pub epoch: Epoch,
	/// The key.
	pub key: PublicKey,
	/// The interval in which it was given up; `None` for the present key.
	pub until: Option<Interval>,
	/// The gravest conflict reported for the epoch.
	pub conflict: Option<Gravity>,
}

/// An exchange of the meter that a registrar has not attested yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct MeterSwap {
	/// The interval during which it happened.
	pub interval: Interval,
	/// What the meter that was last attested showed at its removal.
	pub closing: Option<Registers>,
	/// What the new meter showed at its installation.
	pub opening: Registers,
}

/// What an owner has put up for a device.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Deposits<Ticket> {
	/// For the room the device takes in the state; never slashed.
	pub storage: Ticket,
	/// What can be slashed, planck.
	pub bond: Balance,
}

/// A change of owner on its way.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Handover<AccountId, Ticket> {
	/// The owner offered the device to an account.
	Offered {
		/// Who may accept it.
		to: AccountId,
	},
	/// The offer was accepted.
	Accepted {
		/// The next owner.
		to: AccountId,
		/// The first interval that is the next owner's.
		from: Interval,
		/// What the next owner has put up.
		deposits: Deposits<Ticket>,
	},
}

/// Who owned a device before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct FormerOwner<AccountId> {
	/// The device's place on its page.
	pub slot: u8,
	/// The first interval that was no longer theirs.
	pub until: Interval,
	/// The former owner.
	pub account: AccountId,
}

/// A device's record.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct DeviceRecord<AccountId, Ticket> {
	/// Who owns it.
	pub owner: AccountId,
	/// What it is.
	pub kind: DeviceKind,
	/// The connection point behind which it stands.
	pub parent: Option<DeviceId>,
	/// Where it stands in its life.
	pub standing: Standing,
	/// Its zone: as the owner declared it, and since the first attestation as attested.
	pub zone: ZoneId,
	/// The attested source of exports; connection points only.
	pub source: Option<Source>,
	/// Import rating, W: declared, then attested.
	pub import_w: u32,
	/// Export rating, W: declared, then attested.
	pub export_w: u32,
	/// Where the registers roll over, Wh; 0 stands for 2^64.
	pub modulus_wh: Wh,
	/// hash(32 random bytes ‖ the document that describes the device).
	pub metadata_hash: [u8; 32],
	/// Its present key and epoch.
	pub key: EpochKey,
	/// The keys before it, for as long as evidence may be brought.
	pub former_keys: BoundedVec<EpochKey, ConstU32<MAX_FORMER_KEYS>>,
	/// Who answers for what is attested; nobody before that, or once that registrar was revoked.
	pub registrar: Option<AccountId>,
	/// An exchange of the meter that waits for a registrar.
	pub swap: Option<MeterSwap>,
	/// A change of owner on its way.
	pub handover: Option<Handover<AccountId, Ticket>>,
	/// What the owner has put up.
	pub deposits: Deposits<Ticket>,
}

/// What a connection point lends its owner in its zone while it is active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site<AccountId> {
	/// Whose it is.
	pub owner: AccountId,
	/// Where it is.
	pub zone: ZoneId,
	/// Import rating, W.
	pub import_w: u32,
	/// Export rating, W.
	pub export_w: u32,
}

impl<AccountId: Clone, Ticket> DeviceRecord<AccountId, Ticket> {
	/// Whether the device is a site's connection point: a meter that stands behind no other.
	pub fn is_connection_point(&self) -> bool {
		self.parent.is_none() && self.kind == DeviceKind::Meter
	}

	/// The device as a site; `None` unless it is an active connection point.
	pub fn site(&self) -> Option<Site<AccountId>> {
		(self.standing == Standing::Active && self.is_connection_point()).then(|| Site {
			owner: self.owner.clone(),
			zone: self.zone,
			import_w: self.import_w,
			export_w: self.export_w,
		})
	}

	/// The device's entry on its page; `None` once it is decommissioned.
	pub fn meter(&self) -> Option<Meter<AccountId>> {
		self.standing.is_live().then(|| Meter {
			key: self.key.key,
			epoch: self.key.epoch,
			active: self.standing == Standing::Active,
			connection_point: self.is_connection_point(),
			owner: self.owner.clone(),
			zone: self.zone,
			// A device behind a connection point has no source, and issues nothing that would need one.
			source: self.source.unwrap_or(Source::Other),
			import_w: self.import_w,
			export_w: self.export_w,
			modulus_wh: self.modulus_wh,
		})
	}

	/// The device as other pallets see it.
	pub fn device(self) -> Device<AccountId> {
		Device {
			owner: self.owner,
			kind: self.kind,
			parent: self.parent,
			status: self.standing.status(),
			zone: self.zone,
			source: self.source,
			key: self.key.key,
			epoch: self.key.epoch,
			import_w: self.import_w,
			export_w: self.export_w,
		}
	}

	/// Whether the registers of this meter can show these values.
	pub fn can_show(&self, registers: &Registers) -> bool {
		self.modulus_wh == 0 || (registers.import_wh < self.modulus_wh && registers.export_wh < self.modulus_wh)
	}

	/// What was attested stands no longer: a registrar has to look at the device again.
	pub fn await_attestation(&mut self) {
		self.standing = Standing::Pending;
		self.registrar = None;
	}

	/// The key of an epoch, present or former.
	pub fn epoch_key_mut(&mut self, epoch: Epoch) -> Option<&mut EpochKey> {
		self.former_keys
			.iter_mut()
			.chain(core::iter::once(&mut self.key))
			.find(|key| key.epoch == epoch)
	}

	/// Gives the device a new key, in the next epoch. The old one is remembered, and those that were given up before `oldest`
	/// are forgotten.
	///
	/// # Errors
	///
	/// Hands the new key back where the device has changed keys too often since `oldest`.
	pub fn change_key(&mut self, new: EpochKey, now: Interval, oldest: Interval) -> Result<(), EpochKey> {
		let mut former: Vec<EpochKey> = self.former_keys.to_vec();
		former.retain(|key| key.until.is_some_and(|until| until >= oldest));
		former.push(EpochKey {
			until: Some(now),
			..self.key
		});
		self.former_keys = former.try_into().map_err(|_| new)?;
		self.key = new;
		Ok(())
	}
}
