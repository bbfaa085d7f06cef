//! What people can do.

use frame_support::pallet_macros::pallet_section;

/// The pallet's calls. Each checks its origin and hands over to the module of its topic.
#[pallet_section]
mod calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Register a device. It waits as *pending* until a registrar of its zone attests it.
		///
		/// Anyone may own devices. The caller puts up two holds for each: `Storage` for the room it takes, and `Bond`, part of
		/// which a proven conflict costs. Both stay until `EvidenceWindow` intervals after the device has gone.
		///
		/// - `kind`: what the device is. A `Meter` without a parent is a site's connection point.
		/// - `key`: the device's public key; no other device may have it.
		/// - `zone`: where it is connected.
		/// - `import_w`, `export_w`: what it is rated for, W.
		/// - `modulus_wh`: where its registers roll over, Wh; 0 stands for 2^64.
		/// - `metadata_hash`: hash of 32 random bytes and the document that describes the device.
		/// - `parent`: the connection point behind which it stands, if it stands behind one.
		/// - `last_valid_interval`: the device's signature is not good after this interval.
		/// - `signature`: by the device, over the 162 bytes of `GTXREGD1`, which name the caller's account.
		///
		/// # Errors
		///
		/// `RegistrationExpired`, `UnknownZone`, `InvalidParent`, `InvalidKey`, `KeyInUse`, `BadSignature`, `TooManyDevices`, and
		/// the token errors of the two holds.
		///
		/// # Events
		///
		/// `Registered`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::register())]
		#[allow(clippy::too_many_arguments)]
		pub fn register(
			origin: OriginFor<T>,
			kind: DeviceKind,
			key: PublicKey,
			zone: ZoneId,
			import_w: u32,
			export_w: u32,
			modulus_wh: Wh,
			metadata_hash: [u8; 32],
			parent: Option<DeviceId>,
			last_valid_interval: Interval,
			signature: Signature,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let registration = Registration {
				owner: owner.as_ref(),
				key: &key,
				kind,
				zone,
				import_w,
				export_w,
				modulus_wh,
				metadata_hash: &metadata_hash,
				last_valid_interval,
			};
			Self::do_register(&owner, &registration, parent, &signature)
		}

		/// Attest what a device is rated for and where it is connected. It is *active* from now on.
		///
		/// For a registrar of the zone; for a device that was attested before, of the zone it leaves too. The registrar
		/// answers for the device: if it is revoked, the device is suspended. An exchanged meter's registers count from here on.
		/// When a connection point moves to another zone, the attested devices behind it move along.
		///
		/// - `epoch`: the device's, as the registrar saw it. Each change of key or meter begins another one, so what is attested is
		///   that key and, where a meter was exchanged, those registers.
		/// - `zone`: where it is connected. A device behind a connection point is in that one's zone.
		/// - `import_w`, `export_w`: what it is rated for, W. All connection points below a line, in whatever zone, may together be
		///   rated for at most `ExportFactor` per cent of its capacity.
		/// - `source`: where its exports come from. Connection points need one, other devices have none. A site with storage has
		///   `Storage`, unless the storage can't charge from the grid. Nobody attests `Estimated`.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `EpochChanged`, `UnknownZone`, `NotRegistrar`, `SourceRequired`, `SourceNotAllowed`,
		/// `InvalidParent`, `NotInParentsZone`, `TooManyChildren`, `ExceedsLineCapacity`.
		///
		/// # Events
		///
		/// `Attested`, and `Relocated` for each device that moves along.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::attest(T::MaxChildren::get()))]
		pub fn attest(
			origin: OriginFor<T>,
			device: DeviceId,
			epoch: Epoch,
			zone: ZoneId,
			import_w: u32,
			export_w: u32,
			source: Option<Source>,
		) -> DispatchResultWithPostInfo {
			let registrar = ensure_signed(origin)?;
			let attestation = Attestation {
				epoch,
				zone,
				import_w,
				export_w,
				source,
			};
			let moved = Self::do_attest(registrar, device, attestation)?;
			Ok(Some(T::WeightInfo::attest(moved)).into())
		}

		/// Take an active device out at once: nothing that it signs counts until it is resumed.
		///
		/// For the device's owner or a registrar of its zone. A registrar may also suspend what its owner has suspended; then the
		/// owner can't resume it any more.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOwner`, `NotAttested`, `AlreadySuspended`.
		///
		/// # Events
		///
		/// `Suspended`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::suspend())]
		pub fn suspend(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_suspend(&who, device)
		}

		/// Make a suspended device active again, with what was attested of it.
		///
		/// For a registrar of its zone, who answers for the device from now on. Its owner may resume what it suspended itself.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotSuspended`, `NotRegistrar`, `ExceedsLineCapacity`.
		///
		/// # Events
		///
		/// `Resumed`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::resume())]
		pub fn resume(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_resume(who, device)
		}

		/// Give a device a new key. Its registers go on, and a new epoch begins.
		///
		/// For its owner. The device signs the 132 bytes of `GTXROTA1` with flags 0. The message has a place for opening
		/// registers; a rotation that is no exchange of the meter opens none, so both are 0 in it. With the old key's
		/// signature the device stays what it is; without it, it is *pending* until a registrar attests it again. Every epoch
		/// begins with a whole bond: what was slashed is held anew.
		///
		/// - `new_key`: the new key; no device may have it.
		/// - `interval`: during which it happens, at most 96 intervals back.
		/// - `old_signature`: by the old key, over the same bytes, if it is still there.
		/// - `new_signature`: by the new key.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOwner`, `IntervalInFuture`, `IntervalTooOld`, `InvalidKey`, `KeyInUse`,
		/// `EpochsExhausted`, `BadSignature`, `TooManyKeyChanges`, and the token errors of the bond.
		///
		/// # Events
		///
		/// `KeyRotated`.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::rotate_key())]
		pub fn rotate_key(
			origin: OriginFor<T>,
			device: DeviceId,
			new_key: PublicKey,
			interval: Interval,
			old_signature: Option<Signature>,
			new_signature: Signature,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let change = KeyChange {
				key: &new_key,
				interval,
				new_signature: &new_signature,
				old_signature: old_signature.as_ref(),
			};
			Self::do_rotate_key(&owner, device, &change)
		}

		/// Exchange a device's meter. A new epoch begins, and the device is *pending* until a registrar attests it.
		///
		/// For its owner. The new meter signs the 132 bytes of `GTXROTA1` with flags 1. No meter signs the closing registers, so
		/// they, and the opening ones, count only once a registrar has attested the device. Then the interval of the exchange is
		/// the sum of both meters' parts. A further exchange before that replaces this one. The new meter rolls over
		/// where the old one did; one that does not is a device of its own.
		///
		/// - `new_key`: the new meter's key; no device may have it.
		/// - `opening`: what the new meter showed at its installation, Wh.
		/// - `closing`: what the meter that was last attested showed at its removal, Wh. Without it that interval's energy is
		///   unallocated.
		/// - `interval`: during which it happened, at most 96 intervals back.
		/// - `new_signature`: by the new meter.
		/// - `old_signature`: by the old meter, over the same bytes, if it can still sign. It tells the registrar that the old
		///   meter knew of its successor.
		///
		/// # Errors
		///
		/// As for `rotate_key`, and `RegistersBeyondModulus`.
		///
		/// # Events
		///
		/// `MeterSwapped`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::swap_meter())]
		#[allow(clippy::too_many_arguments)]
		pub fn swap_meter(
			origin: OriginFor<T>,
			device: DeviceId,
			new_key: PublicKey,
			opening: Registers,
			closing: Option<Registers>,
			interval: Interval,
			new_signature: Signature,
			old_signature: Option<Signature>,
		) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			let change = KeyChange {
				key: &new_key,
				interval,
				new_signature: &new_signature,
				old_signature: old_signature.as_ref(),
			};
			Self::do_swap_meter(&owner, device, &change, opening, closing)
		}

		/// Offer a device to an account, in place of any earlier offer, or withdraw the offer.
		///
		/// For its owner.
		///
		/// - `to`: who may accept it; nobody, to withdraw.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOwner`, `AlreadyOwner`, `HandoverUnderWay`.
		///
		/// # Events
		///
		/// `OwnershipOffered`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::offer_ownership())]
		pub fn offer_ownership(origin: OriginFor<T>, device: DeviceId, to: Option<T::AccountId>) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_offer_ownership(&owner, device, to)
		}

		/// Accept a device that was offered to the caller.
		///
		/// The caller puts up both deposits now. The device changes hands with the first block of the next interval; then the
		/// former owner's deposits go back. Energy of the intervals before that stays the former owner's, and so do contracts. The
		/// bond answers for what the device has signed before, too. A device changes hands once in 96 intervals.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOffered`, `HandoverUnderWay`, `HandoverTooSoon`, `TooManyHandovers`, and the token
		/// errors of the two holds.
		///
		/// # Events
		///
		/// `OwnershipAccepted`; `OwnershipMoved` when it happens.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::accept_ownership())]
		pub fn accept_ownership(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_accept_ownership(who, device)
		}

		/// Take a device out for good. Its index is never used again.
		///
		/// For its owner. Energy that has not been measured yet is lost, so wait until the last intervals are. The deposits
		/// stay for `EvidenceWindow` intervals, within which contracts of its site settle and evidence may still be
		/// brought; claim them then with `claim_deposit`.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOwner`, `HandoverUnderWay`, `HasChildren`.
		///
		/// # Events
		///
		/// `Decommissioned`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::decommission())]
		pub fn decommission(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_decommission(&owner, device)
		}

		/// Give the deposits of a decommissioned device back to its owner, once the evidence window is over, and remove the
		/// record.
		///
		/// Anyone may call; the deposits always go to the owner.
		///
		/// # Errors
		///
		/// `NotFound`, `NotDecommissioned`, `EvidenceWindowOpen`.
		///
		/// # Events
		///
		/// `DepositsReleased`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::claim_deposit())]
		pub fn claim_deposit(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_claim_deposit(device)
		}

		/// Report two readings of a device that contradict each other: the same device, epoch and interval, both signed by the
		/// epoch's key, with different registers.
		///
		/// Anyone may call. An active device is suspended. Unless one of the readings carries the bit for its clock, a power
		/// loss or a restart, `SlashRate` of the bond is taken: `ReporterShare` of that goes to the caller, the rest to
		/// `SlashDestination`. Each grade of conflict is accepted once for a device and epoch, and nothing after the gravest.
		///
		/// - `first`, `second`: the readings, their interval at most `EvidenceWindow` back, with the signatures that the meter
		///   made over their 71 bytes.
		///
		/// # Errors
		///
		/// `NotConflicting`, `NotFound`, `IntervalInFuture`, `IntervalTooOld`, `UnknownEpoch`, `AlreadyReported`,
		/// `BadSignature`.
		///
		/// # Events
		///
		/// `ConflictProven`, and `Suspended` for a device that was active or suspended by its owner.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::report_conflict())]
		pub fn report_conflict(
			origin: OriginFor<T>,
			first: Reading,
			first_signature: Signature,
			second: Reading,
			second_signature: Signature,
		) -> DispatchResult {
			let reporter = ensure_signed(origin)?;
			Self::do_report_conflict(reporter, (&first, &first_signature), (&second, &second_signature))
		}

		/// Appoint a registrar, or give it other zones.
		///
		/// For governance. What a registrar attested in a zone that it loses stays attested.
		///
		/// - `account`: the registrar.
		/// - `zones`: all its zones; at least one, none twice.
		///
		/// # Errors
		///
		/// `BadOrigin`, `InvalidZones`, `UnknownZone`, `RevocationUnderWay`.
		///
		/// # Events
		///
		/// `RegistrarAppointed`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::appoint_registrar(zones.len() as u32))]
		pub fn appoint_registrar(origin: OriginFor<T>, account: T::AccountId, zones: Zones<T>) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_appoint_registrar(account, zones)
		}

		/// Revoke a registrar. It attests nothing more from now on, and what it attested is suspended, `RevocationsPerBlock`
		/// devices a block, until another registrar of the zone resumes it.
		///
		/// For governance.
		///
		/// # Errors
		///
		/// `BadOrigin`, `NotAppointed`.
		///
		/// # Events
		///
		/// `RegistrarRevoked`; then `Suspended` for each device, and `RevocationCompleted`.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::revoke_registrar())]
		pub fn revoke_registrar(origin: OriginFor<T>, account: T::AccountId) -> DispatchResult {
			T::GovernanceOrigin::ensure_origin(origin)?;
			Self::do_revoke_registrar(account)
		}

		/// Replace the hash of the document that describes a device.
		///
		/// For its owner.
		///
		/// - `hash`: hash of 32 random bytes and the document.
		///
		/// # Errors
		///
		/// `NotFound`, `Decommissioned`, `NotOwner`.
		///
		/// # Events
		///
		/// `MetadataUpdated`.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::update_metadata())]
		pub fn update_metadata(origin: OriginFor<T>, device: DeviceId, hash: [u8; 32]) -> DispatchResult {
			let owner = ensure_signed(origin)?;
			Self::do_update_metadata(&owner, device, hash)
		}
	}
}
