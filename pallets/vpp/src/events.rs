//! Events and errors of the pallet.

use frame_support::pallet_macros::pallet_section;

/// What happened.
#[pallet_section]
mod vpp_events {
	#[pallet::event]
	#[pallet::generate_deposit(pub(crate) fn deposit_event)]
	pub enum Event<T: Config> {
		/// Governance admitted a program.
		ProgramCreated {
			/// Its number.
			program: ProgramId,
			/// Who runs it.
			operator: T::AccountId,
		},
		/// An operator changed what is on hold for a program, planck.
		BudgetChanged {
			/// The program.
			program: ProgramId,
			/// Budget before.
			old: Balance,
			/// Budget now.
			new: Balance,
		},
		/// A program dispatches or no longer does.
		StatusChanged {
			/// The program.
			program: ProgramId,
			/// Status before.
			old: ProgramStatus,
			/// Status now.
			new: ProgramStatus,
		},
		/// A closed program has paid everything and everyone has left.
		ProgramRemoved {
			/// The program.
			program: ProgramId,
		},
		/// An owner enrolled an asset.
		Enrolled {
			/// The program.
			program: ProgramId,
			/// The asset.
			device: DeviceId,
			/// Its owner.
			owner: T::AccountId,
		},
		/// An owner changed what an asset offers.
		AssetUpdated {
			/// The program.
			program: ProgramId,
			/// The asset.
			device: DeviceId,
			/// What it offered before.
			old: Asset,
			/// What it offers now.
			new: Asset,
		},
		/// An asset left; its deposit and what is left of its bond are returned.
		Left {
			/// The program.
			program: ProgramId,
			/// The asset.
			device: DeviceId,
		},
		/// An owner ruled out a time.
		OptedOut {
			/// The asset.
			device: DeviceId,
			/// The time.
			window: Window,
		},
		/// An owner took a ruled-out time back.
		OptedIn {
			/// The asset.
			device: DeviceId,
			/// The time.
			window: Window,
		},
		/// Sensors reported the grid's frequency.
		FrequencyReported {
			/// The median, mHz.
			frequency_mhz: u32,
			/// Owners in it.
			owners: u32,
			/// Readings taken from this report.
			accepted: u32,
			/// Readings skipped: not a sensor, wrong time or epoch, not synchronised, superseded, or a bad signature.
			skipped: u32,
		},
		/// A battery reported its charge.
		ChargeReported {
			/// The battery.
			device: DeviceId,
			/// Whether it can be used.
			available: bool,
		},
		/// A grid operator signalled a need.
		Signalled {
			/// The program it is for.
			program: ProgramId,
			/// The zone it comes from.
			zone: ZoneId,
			/// Its number.
			sequence: u64,
			/// What is needed.
			need: Need,
		},
		/// A dispatch event was announced.
		Announced {
			/// The program.
			program: ProgramId,
			/// The dispatch.
			dispatch: DispatchId,
			/// What is needed.
			need: Need,
			/// When it begins, Unix seconds.
			start: u64,
			/// When it ends, Unix seconds.
			end: u64,
		},
		/// A need was turned into setpoints.
		Dispatched {
			/// The program.
			program: ProgramId,
			/// The dispatch.
			dispatch: DispatchId,
			/// Its revision.
			revision: u16,
			/// Devices with a new instruction.
			instructed: u32,
			/// What the need comes to, W.
			target_w: u64,
			/// What nobody is left to do, W.
			short_w: u64,
		},
		/// A device answered an instruction.
		Acknowledged {
			/// The dispatch.
			dispatch: DispatchId,
			/// The device.
			device: DeviceId,
			/// The revision it answered.
			revision: u16,
			/// What it answered.
			answer: message::Answer,
			/// 0, or the device's own code for why it declined.
			reason: u8,
		},
		/// A device did not answer in time; the need goes to the next assets.
		Unanswered {
			/// The dispatch.
			dispatch: DispatchId,
			/// The device.
			device: DeviceId,
		},
		/// A dispatch event entered another phase.
		PhaseChanged {
			/// The program.
			program: ProgramId,
			/// The dispatch.
			dispatch: DispatchId,
			/// Phase before.
			old: Phase,
			/// Phase now.
			new: Phase,
		},
		/// A dispatch event was measured and paid.
		Settled {
			/// The program.
			program: ProgramId,
			/// The dispatch.
			dispatch: DispatchId,
			/// What came of it.
			outcome: Outcome,
		},
		/// Buyers of withheld contract energy were compensated from a program's budget.
		Compensated {
			/// The program.
			program: ProgramId,
			/// Paid, planck.
			amount: Balance,
		},
	}
}

/// What went wrong, and what to do about it.
#[pallet_section]
mod vpp_errors {
	#[pallet::error]
	pub enum Error<T> {
		/// There is no program of this number.
		ProgramNotFound,
		/// There are as many programs as the chain has room for: close one first.
		TooManyPrograms,
		/// The terms contradict themselves: check deadband < full < nominal, stages with falling frequencies and shares of at
		/// most 1,000 in all, prices below 2^64 and above 0 for the cap, 1 to 8 intervals before, distinct zones, an
		/// activation of one to 32 intervals.
		BadTerms,
		/// The zone is not on the grid, or not one that the program serves.
		UnknownZone,
		/// Only the program's operator can do this.
		NotOperator,
		/// The program is paused or closed.
		NotOpen,
		/// The program is closed for good.
		Closed,
		/// So much of the budget is not free: wait until dispatches are paid, or withdraw less.
		BudgetReserved,
		/// There is no device of this number.
		DeviceNotFound,
		/// The device, or its meter, is not active: have a registrar attest it first.
		NotActive,
		/// The device belongs to somebody else.
		NotOwner,
		/// A device of this kind cannot do what the program needs.
		KindDoesNotFit,
		/// The asset's figures contradict themselves: check that power and ramp are above 0, the reserve within the capacity,
		/// the shortest time within the longest, the stage one of the program's, and the capacity above 0 for a battery and 0
		/// for what stores nothing.
		BadAsset,
		/// The power is beyond the device's attested rating.
		BeyondRating,
		/// The price is above the program's cap.
		PriceAboveCap,
		/// The asset is in a program already: leave that one first.
		AlreadyEnrolled,
		/// The program has as many assets as it may.
		ProgramFull,
		/// The device has no parent to be measured at: have it measured by itself.
		NoConnectionPoint,
		/// Another asset of the site is enrolled in a way that would count this one's response as its own: have every asset of
		/// the site measured by itself.
		SiteTaken,
		/// The asset is in no program.
		NotEnrolled,
		/// The asset has dispatches that are not settled: opt out, and leave once they are.
		Unsettled,
		/// A window needs a length, must not begin in the past, and must be over before it comes again.
		BadWindow,
		/// The asset has as many windows as it may: opt in to one first.
		TooManyWindows,
		/// The asset has no such window.
		WindowNotFound,
		/// With these readings there are fewer than three owners whose sensors agree on the time.
		TooFewSensors,
		/// The signature is not the device's over these fields on this chain.
		BadSignature,
		/// The device's key has changed: sign under its present epoch.
		WrongEpoch,
		/// The time of measurement is not after the last one, or too far from now.
		BadTime,
		/// The device's clock is not synchronised, or reserved bits are set.
		BadFlags,
		/// The asset stores nothing, or less than what is reported.
		ImplausibleCharge,
		/// The program has no answer to a need of this kind.
		NeedDoesNotFit,
		/// The zone has given a signal of this number, or a later one, already.
		OldSequence,
		/// The period is over, too far ahead, or longer than 32 intervals.
		BadPeriod,
		/// A need that comes first holds the program.
		Outranked,
		/// Too many dispatches wait for their proof: try again when the next interval has been measured.
		TooManyOpen,
		/// There is no such dispatch, or it is settled.
		DispatchNotFound,
		/// The dispatch is over.
		NotLive,
		/// The device was not instructed in this dispatch.
		NotInstructed,
		/// The instruction needs no answer, or has one.
		NotPending,
		/// The time to answer is over.
		TooLate,
		/// The answer is to another revision: answer the present one.
		WrongRevision,
		/// The hash is not that of the present instruction: answer what was dispatched.
		WrongInstruction,
		/// The commitment must go the instructed way, be above 0 and no more than instructed: decline instead.
		BadCommitment,
	}
}
