//! The calls of the pallet. What each does is in the module of its subject.

use frame_support::pallet_macros::pallet_section;

/// What accounts can do.
#[pallet_section]
mod vpp_calls {
	#[pallet::call]
	impl<T: Config> Pallet<T> {
		/// Admit a program.
		///
		/// Governance calls this for an operator who has published the terms. The program is open at once and dispatches what
		/// its budget covers: its operator funds it with `fund`.
		///
		/// - `operator`: the account that runs and pays the program.
		/// - `terms`: what it offers; fixed while it exists. Prices in planck per kWh, frequencies in mHz, times in seconds.
		///
		/// Errors: `BadTerms`, `UnknownZone`, `TooManyPrograms`. Emits `ProgramCreated`.
		#[pallet::call_index(0)]
		#[pallet::weight(T::WeightInfo::create_program())]
		pub fn create_program(origin: OriginFor<T>, operator: T::AccountId, terms: Terms) -> DispatchResult {
			T::AdminOrigin::ensure_origin(origin)?;
			Self::do_create_program(operator, terms)
		}

		/// Put more of the caller's funds on hold for a program.
		///
		/// Called by its operator. Payments to owners come from this budget, and nothing is dispatched that it does not cover.
		///
		/// - `program`: the program.
		/// - `amount`: what is added, planck.
		///
		/// Errors: `ProgramNotFound`, `NotOperator`, `Closed`, or the currency's if the funds are not there. Emits
		/// `BudgetChanged`.
		#[pallet::call_index(1)]
		#[pallet::weight(T::WeightInfo::fund())]
		pub fn fund(origin: OriginFor<T>, program: ProgramId, amount: Balance) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_fund(who, program, amount)
		}

		/// Release some of a program's budget.
		///
		/// Called by its operator. What dispatches under way may cost stays on hold.
		///
		/// - `program`: the program.
		/// - `amount`: what is released, planck.
		///
		/// Errors: `ProgramNotFound`, `NotOperator`, `BudgetReserved`. Emits `BudgetChanged`.
		#[pallet::call_index(2)]
		#[pallet::weight(T::WeightInfo::fund())]
		pub fn withdraw(origin: OriginFor<T>, program: ProgramId, amount: Balance) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_withdraw(who, program, amount)
		}

		/// Pause a program, or open it again.
		///
		/// Called by its operator. A paused program begins no dispatch; what is live runs to its end and is paid.
		///
		/// - `program`: the program.
		/// - `paused`: whether it pauses.
		///
		/// Errors: `ProgramNotFound`, `NotOperator`, `Closed`. Emits `StatusChanged`.
		#[pallet::call_index(3)]
		#[pallet::weight(T::WeightInfo::set_paused())]
		pub fn set_paused(origin: OriginFor<T>, program: ProgramId, paused: bool) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_set_paused(who, program, paused)
		}

		/// Close a program for good.
		///
		/// Called by its operator or by governance. Live dispatches are cancelled and paid for as far as they ran; the rest of
		/// the budget returns to the operator once the last of them is settled. Owners can leave at any time.
		///
		/// - `program`: the program.
		///
		/// Errors: `ProgramNotFound`, `NotOperator`, `Closed`. Emits `StatusChanged`, `PhaseChanged` per live dispatch, and
		/// `BudgetChanged` and `ProgramRemoved` once nothing is left.
		#[pallet::call_index(4)]
		#[pallet::weight(T::WeightInfo::turn(T::MaxAssets::get()))]
		pub fn close_program(origin: OriginFor<T>, program: ProgramId) -> DispatchResult {
			let who = Self::admin_or_signed(origin)?;
			Self::do_close_program(who, program)
		}

		/// Enrol an asset in a program.
		///
		/// Called by the device's owner. Holds the enrolment deposit and the program's bond. The device must be active, stand
		/// in one of the program's zones and be of a kind that fits.
		///
		/// - `program`: the program.
		/// - `device`: the asset.
		/// - `asset`: what it can do and at what price: powers in W, times in seconds, energies in Wh, price in planck per kWh.
		/// - `metering`: where its response is measured: at the site's connection point, or by its own meter.
		///
		/// Errors: `ProgramNotFound`, `NotOpen`, `ProgramFull`, `DeviceNotFound`, `NotActive`, `NotOwner`, `AlreadyEnrolled`,
		/// `UnknownZone`, `KindDoesNotFit`, `BadAsset`, `BeyondRating`, `PriceAboveCap`, `NoConnectionPoint`, `SiteTaken`.
		/// Emits `Enrolled`.
		#[pallet::call_index(5)]
		#[pallet::weight(T::WeightInfo::enrol())]
		pub fn enrol(
			origin: OriginFor<T>,
			program: ProgramId,
			device: DeviceId,
			asset: Asset,
			metering: MeteringPoint,
		) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_enrol(who, program, device, asset, metering)
		}

		/// Change what an enrolled asset offers.
		///
		/// Called by its owner. Counts from the controller's next turn; what was instructed before is paid at the old price.
		///
		/// - `device`: the asset.
		/// - `asset`: what it offers now.
		///
		/// Errors: `NotEnrolled`, `NotOwner`, and those of `enrol` about the asset. Emits `AssetUpdated`.
		#[pallet::call_index(6)]
		#[pallet::weight(T::WeightInfo::update_asset())]
		pub fn update_asset(origin: OriginFor<T>, device: DeviceId, asset: Asset) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_update_asset(who, device, asset)
		}

		/// Take an asset out of its program.
		///
		/// Called by who enrolled it, or by the device's present owner. Returns the deposit and the bond to who enrolled it.
		///
		/// - `device`: the asset.
		///
		/// Errors: `NotEnrolled`, `NotOwner`, `Unsettled`. Emits `Left`.
		#[pallet::call_index(7)]
		#[pallet::weight(T::WeightInfo::leave())]
		pub fn leave(origin: OriginFor<T>, device: DeviceId) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_leave(who, device)
		}

		/// Rule out a time for an asset.
		///
		/// Called by who enrolled it; it is the owner's right, at any moment and without a reason. A running instruction ends as
		/// soon as the window begins. Intervals in the window are neither paid nor punished.
		///
		/// - `device`: the asset.
		/// - `window`: from the interval `from` to before the interval `until`, once or every day.
		///
		/// Errors: `NotEnrolled`, `NotOwner`, `BadWindow`, `TooManyWindows`. Emits `OptedOut`.
		#[pallet::call_index(8)]
		#[pallet::weight(T::WeightInfo::opt())]
		pub fn opt_out(origin: OriginFor<T>, device: DeviceId, window: Window) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_opt_out(who, device, window)
		}

		/// Take back a time that was ruled out.
		///
		/// Called by who enrolled the asset. A window that has begun ends with the present interval: what is past stays ruled
		/// out.
		///
		/// - `device`: the asset.
		/// - `window`: the window as it was given.
		///
		/// Errors: `NotEnrolled`, `NotOwner`, `WindowNotFound`. Emits `OptedIn`.
		#[pallet::call_index(9)]
		#[pallet::weight(T::WeightInfo::opt())]
		pub fn opt_in(origin: OriginFor<T>, device: DeviceId, window: Window) -> DispatchResult {
			let who = ensure_signed(origin)?;
			Self::do_opt_in(who, device, window)
		}

		/// Carry frequency readings that sensors signed.
		///
		/// Called by anyone. Each owner has one voice, its newest reading; the median over owners counts, from three on.
		/// Readings that do not count are skipped.
		///
		/// - `readings`: what sensors signed as `GTXFREQ1`, each with its signature.
		///
		/// Errors: `TooFewSensors`. Emits `FrequencyReported`.
		#[pallet::call_index(10)]
		#[pallet::weight(T::WeightInfo::report_frequency(readings.len() as u32))]
		pub fn report_frequency(
			origin: OriginFor<T>,
			readings: BoundedVec<(message::Frequency, Signature), ConstU32<MAX_SENSORS>>,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_report_frequency(readings.into_inner())
		}

		/// Carry a battery's report of its charge.
		///
		/// Called by anyone. A battery that has not reported for a while is not dispatched.
		///
		/// - `report`: what the battery signed as `GTXSOCR1`: stored energy in Wh, time in Unix milliseconds.
		/// - `signature`: its signature.
		///
		/// Errors: `NotEnrolled`, `DeviceNotFound`, `NotActive`, `WrongEpoch`, `BadFlags`, `BadTime`, `ImplausibleCharge`,
		/// `BadSignature`. Emits `ChargeReported`.
		#[pallet::call_index(11)]
		#[pallet::weight(T::WeightInfo::report_state_of_charge())]
		pub fn report_state_of_charge(
			origin: OriginFor<T>,
			report: message::StateOfCharge,
			signature: Signature,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_report_state_of_charge(report, signature)
		}

		/// Signal a need.
		///
		/// Called by the zone's grid operator. The controller heeds it with its next turn, in the next block.
		///
		/// - `program`: the program that is to answer.
		/// - `zone`: the zone the caller speaks for. A requested power, or relief of the line above it, comes from assets in this
		///   zone and below it.
		/// - `need`: a frequency in mHz, a requested power in W, or what relieves the line above the zone in W.
		/// - `sequence`: a number that rises with every signal of the zone.
		/// - `start`: when it begins, Unix seconds; a past time means at once.
		/// - `end`: when it ends, Unix seconds: at most 32 intervals after it begins.
		///
		/// Errors: `ProgramNotFound`, `NotOpen`, `UnknownZone`, `NeedDoesNotFit`, `OldSequence`, `BadPeriod`, `Outranked`,
		/// `TooManyOpen`. Emits `Signalled`.
		#[pallet::call_index(12)]
		#[pallet::weight(T::WeightInfo::signal())]
		pub fn signal(
			origin: OriginFor<T>,
			program: ProgramId,
			zone: ZoneId,
			need: Need,
			sequence: u64,
			start: u64,
			end: u64,
		) -> DispatchResult {
			T::SignalOrigin::ensure_origin(origin, &zone)?;
			Self::do_signal(program, Signal { zone, need, start, end }, sequence)
		}

		/// Stop a dispatch.
		///
		/// Called by the program's operator or by governance. It is paid for as far as it ran; assets run on for the rest of
		/// their shortest time.
		///
		/// - `dispatch`: the dispatch.
		///
		/// Errors: `DispatchNotFound`, `NotOperator`, `NotLive`. Emits `PhaseChanged`.
		#[pallet::call_index(13)]
		#[pallet::weight(T::WeightInfo::turn(T::MaxAssets::get()))]
		pub fn cancel_dispatch(origin: OriginFor<T>, dispatch: DispatchId) -> DispatchResult {
			let who = Self::admin_or_signed(origin)?;
			Self::do_cancel_dispatch(who, dispatch)
		}

		/// Carry a device's answer to an instruction.
		///
		/// Called by anyone. Accepting is a commitment: the response is paid by what the meter shows. After a refusal, or without
		/// an answer in time, the need goes to the next assets.
		///
		/// - `answer`: what the device signed as `GTXACKN1`; the commitment in W, positive = feeding the grid.
		/// - `signature`: its signature.
		///
		/// Errors: `DispatchNotFound`, `NotInstructed`, `NotLive`, `NotPending`, `TooLate`, `WrongRevision`, `DeviceNotFound`,
		/// `NotActive`, `WrongEpoch`, `WrongInstruction`, `BadCommitment`, `BadSignature`. Emits `Acknowledged`.
		#[pallet::call_index(14)]
		#[pallet::weight(T::WeightInfo::acknowledge())]
		pub fn acknowledge(
			origin: OriginFor<T>,
			answer: message::Acknowledgement,
			signature: Signature,
		) -> DispatchResult {
			ensure_signed(origin)?;
			Self::do_acknowledge(answer, signature)
		}

		/// Do the work that waits now: control, history, proof and payment, as much as one block's service weight allows.
		///
		/// Called by anyone. Blocks do it by themselves; this is for whoever does not want to wait.
		///
		/// Emits what the work brings about.
		#[pallet::call_index(15)]
		#[pallet::weight(T::ServiceWeight::get())]
		pub fn advance(origin: OriginFor<T>) -> DispatchResultWithPostInfo {
			ensure_signed(origin)?;
			Ok(Some(Self::serve(T::ServiceWeight::get())).into())
		}
	}
}
