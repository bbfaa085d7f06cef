//! Why the registry refuses something, and what the caller can do about it.

use frame_support::pallet_macros::pallet_section;

/// The pallet's errors.
#[pallet_section]
mod errors {
	/// Why a call was refused.
	#[pallet::error]
	pub enum Error<T> {
		/// There is no such device. Check its index.
		NotFound,
		/// The device was decommissioned. Register it anew: its index is not used again.
		Decommissioned,
		/// The device does not belong to the caller. Send the call from its owner's account.
		NotOwner,
		/// The device has changed its key or its meter since. Look at the present one, and attest its epoch.
		EpochChanged,
		/// The caller is no registrar of the device's zone. A registrar whom governance appointed for it has to send the call.
		NotRegistrar,
		/// There is no such zone. Ask the grid's operator for the zone of the connection point.
		UnknownZone,
		/// The key is not canonical, not of prime order, or not on its curve. Let the device make another one.
		InvalidKey,
		/// Another device, or this one, has this key. Let the device make another one.
		KeyInUse,
		/// A signature does not match. Let the device sign the exact fields of this call, with this chain's genesis hash.
		BadSignature,
		/// The last interval for which the device signed its registration is over. Let it sign a new one.
		RegistrationExpired,
		/// All indices are taken.
		TooManyDevices,
		/// The parent is no site's connection point, or is not attested. Name the site's attested meter.
		InvalidParent,
		/// The device and the connection point in front of it must be in one zone.
		NotInParentsZone,
		/// The connection point has as many devices behind it as it may have. Decommission one first.
		TooManyChildren,
		/// Devices stand behind this connection point. Decommission them first.
		HasChildren,
		/// A connection point needs a source. Attest where its exports come from.
		SourceRequired,
		/// Only connection points have a source, and nobody attests estimated energy. Leave it out, or choose another.
		SourceNotAllowed,
		/// The sites below a line, the zone's own or one nearer the root, would be rated for more export than it is allowed to
		/// serve. Attest a lower rating, or have the line reinforced.
		ExceedsLineCapacity,
		/// The device is pending, so there is nothing to suspend.
		NotAttested,
		/// The device is suspended already.
		AlreadySuspended,
		/// The device is not suspended.
		NotSuspended,
		/// The interval lies ahead. Use the interval during which it happened.
		IntervalInFuture,
		/// The interval lies too far back. A change of key or meter is reported within 96 intervals, a conflict within the
		/// evidence window.
		IntervalTooOld,
		/// The device has used up its key epochs. Decommission it and register it anew.
		EpochsExhausted,
		/// The device has changed its key too often. Wait until its oldest former key has left the evidence window.
		TooManyKeyChanges,
		/// The registers are beyond the value at which this device rolls over. A meter with longer registers is a new device.
		RegistersBeyondModulus,
		/// The account owns the device already.
		AlreadyOwner,
		/// The device was not offered to the caller. Its owner has to offer it first.
		NotOffered,
		/// The offer was accepted, and the device changes hands at the next interval's start.
		HandoverUnderWay,
		/// The device changed hands less than 96 intervals ago. Wait, so that its last energy finds its owner.
		HandoverTooSoon,
		/// Enough devices change hands at the next interval's start. Accept in the next interval.
		TooManyHandovers,
		/// The device was not decommissioned. Its deposits stay with it until then.
		NotDecommissioned,
		/// Evidence against the device may still be brought. Claim once the evidence window is over.
		EvidenceWindowOpen,
		/// The readings do not conflict: they must name the same device, epoch and interval, and show different registers.
		NotConflicting,
		/// The device had no such key epoch in that interval, or its key has been forgotten since.
		UnknownEpoch,
		/// A conflict as grave was reported for this device and epoch before.
		AlreadyReported,
		/// A registrar needs one zone at least, and none of them twice.
		InvalidZones,
		/// The account is no registrar.
		NotAppointed,
		/// The account was revoked, and what it attested is still being suspended. Appoint it when that is done.
		RevocationUnderWay,
	}
}
