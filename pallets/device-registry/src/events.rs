//! What the registry tells the world. No event carries a household's registers.

use frame_support::pallet_macros::pallet_section;

/// The pallet's events.
#[pallet_section]
mod events {
	/// Something happened to a device or a registrar.
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// A device was registered and waits for a registrar.
		Registered {
			/// Its index.
			device: DeviceId,
			/// Who owns it.
			owner: T::AccountId,
			/// What it is.
			kind: DeviceKind,
			/// The zone that the owner declared.
			zone: ZoneId,
			/// The connection point behind which it stands.
			parent: Option<DeviceId>,
			/// SHA-256 of its key's scheme and bytes.
			key_hash: [u8; 32],
		},
		/// A registrar attested a device, which is active now.
		Attested {
			/// The device.
			device: DeviceId,
			/// Who attested it.
			registrar: T::AccountId,
			/// Its zone.
			zone: ZoneId,
			/// Import rating, W.
			import_w: u32,
			/// Export rating, W.
			export_w: u32,
			/// Where its exports come from; connection points only.
			source: Option<Source>,
		},
		/// A device moved to another zone, together with the connection point in front of it.
		Relocated {
			/// The device.
			device: DeviceId,
			/// The zone until now.
			from: ZoneId,
			/// The zone from now on.
			to: ZoneId,
		},
		/// A device was suspended, or a graver reason took the place of its owner's own suspension.
		Suspended {
			/// The device.
			device: DeviceId,
			/// Who or what suspended it.
			by: SuspendedBy,
		},
		/// A suspended device is active again.
		Resumed {
			/// The device.
			device: DeviceId,
			/// Its owner, or the registrar who answers for it from now on.
			by: T::AccountId,
		},
		/// A device has a new key; its registers go on.
		KeyRotated {
			/// The device.
			device: DeviceId,
			/// The epoch that began.
			epoch: Epoch,
			/// SHA-256 of the old key's scheme and bytes.
			old_key_hash: [u8; 32],
			/// SHA-256 of the new key's scheme and bytes.
			new_key_hash: [u8; 32],
			/// Whether the old key signed too. If it did not, the device waits for a registrar.
			old_key_signed: bool,
		},
		/// A device's meter was exchanged; a registrar has to attest it.
		MeterSwapped {
			/// The device.
			device: DeviceId,
			/// The epoch that began.
			epoch: Epoch,
			/// SHA-256 of the old key's scheme and bytes.
			old_key_hash: [u8; 32],
			/// SHA-256 of the new key's scheme and bytes.
			new_key_hash: [u8; 32],
			/// Whether the old meter signed too.
			old_key_signed: bool,
			/// The interval during which it happened.
			interval: Interval,
			/// Whether the old meter's closing registers are known.
			closing_known: bool,
		},
		/// A device was offered to an account, or the offer was withdrawn.
		OwnershipOffered {
			/// The device.
			device: DeviceId,
			/// Who may accept it; nobody any more if empty.
			to: Option<T::AccountId>,
		},
		/// An offer was accepted.
		OwnershipAccepted {
			/// The device.
			device: DeviceId,
			/// The next owner.
			to: T::AccountId,
			/// The first interval that is theirs.
			from: Interval,
		},
		/// A device changed hands.
		OwnershipMoved {
			/// The device.
			device: DeviceId,
			/// Who owned it.
			from: T::AccountId,
			/// Who owns it.
			to: T::AccountId,
		},
		/// A device went for good.
		Decommissioned {
			/// The device.
			device: DeviceId,
			/// The first interval in which its deposits may be claimed.
			claimable_from: Interval,
		},
		/// The deposits of a decommissioned device went back, and its record was removed.
		DepositsReleased {
			/// The device.
			device: DeviceId,
			/// Who got them.
			owner: T::AccountId,
			/// What was left of the bond, planck.
			bond: Balance,
		},
		/// Two readings of a device contradict each other.
		ConflictProven {
			/// The device.
			device: DeviceId,
			/// The key epoch.
			epoch: Epoch,
			/// The interval.
			interval: Interval,
			/// How grave it is.
			gravity: Gravity,
			/// What was taken from the bond, planck.
			slashed: Balance,
			/// Who reported it.
			reporter: T::AccountId,
			/// What the reporter got of it, planck.
			reward: Balance,
		},
		/// An account was made a registrar, or was given other zones.
		RegistrarAppointed {
			/// The registrar.
			registrar: T::AccountId,
			/// Its zones until now; none if it was no registrar.
			old: Option<Zones<T>>,
			/// Its zones from now on.
			new: Zones<T>,
		},
		/// An account is no registrar any more. What it attested is suspended block by block.
		RegistrarRevoked {
			/// The account.
			registrar: T::AccountId,
		},
		/// Everything that a revoked registrar had attested is suspended.
		RevocationCompleted {
			/// The account.
			registrar: T::AccountId,
		},
		/// The hash of a device's description changed.
		MetadataUpdated {
			/// The device.
			device: DeviceId,
			/// The hash until now.
			old: [u8; 32],
			/// The hash from now on.
			new: [u8; 32],
		},
	}
}
