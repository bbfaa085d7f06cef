//! Enrolment: what owners put in, and their right to keep it out.

use crate::{
	math::response::Direction, types::*, Config, EnrolledIn, EnrolmentOf, Enrolments, Error, Event, Forgetting,
	HoldReason, Pallet, Programs, Sites,
};
use frame_support::{
	ensure,
	pallet_prelude::DispatchResult,
	traits::{fungible::MutateHold, tokens::Precision, Get},
	BoundedVec,
};
use gridtokenx_primitives::{Clock, Device, DeviceId, Devices, Interval, Status};
use sp_runtime::DispatchError;

/// How long a window that is over stays on record: a dispatch, the intervals before its announcement and the time until it is
/// measured lie within.
const RECENT_INTERVALS: Interval = 64;

impl<T: Config> Pallet<T> {
	pub(crate) fn do_enrol(
		who: T::AccountId,
		id: ProgramId,
		device: DeviceId,
		asset: Asset,
		metering: MeteringPoint,
	) -> DispatchResult {
		let mut program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;
		ensure!(program.status == ProgramStatus::Open, Error::<T>::NotOpen);
		ensure!(program.assets < T::MaxAssets::get(), Error::<T>::ProgramFull);
		ensure!(!EnrolledIn::<T>::contains_key(device), Error::<T>::AlreadyEnrolled);
		let info = Self::active_device(device)?;
		ensure!(info.owner == who, Error::<T>::NotOwner);
		ensure!(program.terms.zones.contains(&info.zone), Error::<T>::UnknownZone);
		Self::ensure_fits(&info, &asset, &program.terms)?;
		let meter = Self::meter_of(device, &info, metering)?;
		let site = info.parent.unwrap_or(device);
		Self::join_site(site, device, metering)?;

		let (deposit, bond) = (T::EnrolmentDeposit::get(), program.terms.bond);
		T::Currency::hold(&HoldReason::Enrolment.into(), &who, deposit)?;
		if bond > 0 {
			T::Currency::hold(&HoldReason::Bond.into(), &who, bond)?;
		}
		let enrolment = Enrolment {
			owner: who.clone(),
			asset,
			kind: info.kind,
			meter,
			site,
			charge: None,
			windows: BoundedVec::new(),
			busy: Busy::default(),
			engagement: None,
			earlier: None,
			rest_until: 0,
			unsettled: 0,
			deposit,
			bond,
		};
		Enrolments::<T>::insert(id, device, enrolment);
		EnrolledIn::<T>::insert(device, id);
		if program.terms.baseline == BaselineRule::LikeIntervals {
			// A meter that comes back keeps what is left of its history.
			Forgetting::<T>::remove(meter);
		}
		program.assets = program.assets.saturating_add(1);
		program.live.hurry(0);
		Self::store_program(id, program);
		Self::deposit_event(Event::Enrolled {
			program: id,
			device,
			owner: who,
		});
		Ok(())
	}

	pub(crate) fn do_update_asset(who: T::AccountId, device: DeviceId, asset: Asset) -> DispatchResult {
		let (id, mut enrolment) = Self::enrolment_of(&who, device)?;
		let mut program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;
		Self::ensure_fits(&Self::active_device(device)?, &asset, &program.terms)?;
		let old = core::mem::replace(&mut enrolment.asset, asset);
		Enrolments::<T>::insert(id, device, enrolment);
		program.live.hurry(0);
		Self::store_program(id, program);
		Self::deposit_event(Event::AssetUpdated {
			program: id,
			device,
			old,
			new: asset,
		});
		Ok(())
	}

	pub(crate) fn do_leave(who: T::AccountId, device: DeviceId) -> DispatchResult {
		let id = EnrolledIn::<T>::get(device).ok_or(Error::<T>::NotEnrolled)?;
		let enrolment = Enrolments::<T>::get(id, device).ok_or(Error::<T>::NotEnrolled)?;
		let owns = || T::Devices::device(device).is_some_and(|info| info.owner == who);
		ensure!(enrolment.owner == who || owns(), Error::<T>::NotOwner);
		ensure!(enrolment.unsettled == 0, Error::<T>::Unsettled);
		let mut program = Programs::<T>::get(id).ok_or(Error::<T>::ProgramNotFound)?;

		let owner = &enrolment.owner;
		T::Currency::release(
			&HoldReason::Enrolment.into(),
			owner,
			enrolment.deposit,
			Precision::Exact,
		)?;
		if enrolment.bond > 0 {
			T::Currency::release(&HoldReason::Bond.into(), owner, enrolment.bond, Precision::Exact)?;
		}
		Enrolments::<T>::remove(id, device);
		EnrolledIn::<T>::remove(device);
		Self::quit_site(enrolment.site);
		if program.terms.baseline == BaselineRule::LikeIntervals {
			Forgetting::<T>::insert(enrolment.meter, ());
		}
		program.assets = program.assets.saturating_sub(1);
		Self::store_program(id, program);
		Self::deposit_event(Event::Left { program: id, device });
		Ok(())
	}

	pub(crate) fn do_opt_out(who: T::AccountId, device: DeviceId, window: Window) -> DispatchResult {
		let (id, mut enrolment) = Self::enrolment_of(&who, device)?;
		let now = T::Clock::now();
		ensure!(
			window.is_valid(Self::calendar()) && window.from >= now,
			Error::<T>::BadWindow
		);
		enrolment
			.windows
			.retain(|window| window.daily || window.until.saturating_add(RECENT_INTERVALS) > now);
		enrolment
			.windows
			.try_push(window)
			.map_err(|_| Error::<T>::TooManyWindows)?;
		Enrolments::<T>::insert(id, device, enrolment);
		Self::hurry(id);
		Self::deposit_event(Event::OptedOut { device, window });
		Ok(())
	}

	pub(crate) fn do_opt_in(who: T::AccountId, device: DeviceId, window: Window) -> DispatchResult {
		let (id, mut enrolment) = Self::enrolment_of(&who, device)?;
		let place = enrolment.windows.iter().position(|kept| *kept == window);
		enrolment.windows.remove(place.ok_or(Error::<T>::WindowNotFound)?);
		if let Some(begun) = window.up_to(T::Clock::now(), Self::calendar()) {
			// One has just been removed, so there is room.
			enrolment
				.windows
				.try_push(begun)
				.map_err(|_| Error::<T>::TooManyWindows)?;
		}
		Enrolments::<T>::insert(id, device, enrolment);
		Self::hurry(id);
		Self::deposit_event(Event::OptedIn { device, window });
		Ok(())
	}

	/// A device whose signatures and readings count.
	pub(crate) fn active_device(device: DeviceId) -> Result<Device<T::AccountId>, DispatchError> {
		let info = T::Devices::device(device).ok_or(Error::<T>::DeviceNotFound)?;
		ensure!(info.status == Status::Active, Error::<T>::NotActive);
		Ok(info)
	}

	/// Has the controller look at a program's dispatches with its next turn.
	pub(crate) fn hurry(id: ProgramId) {
		if let Some(mut program) = Programs::<T>::get(id) {
			program.live.hurry(0);
			Programs::<T>::insert(id, program);
		}
	}

	fn ensure_fits(info: &Device<T::AccountId>, asset: &Asset, terms: &Terms) -> DispatchResult {
		ensure!(terms.product.takes(info.kind), Error::<T>::KindDoesNotFit);
		ensure!(asset.is_valid(info.kind, terms), Error::<T>::BadAsset);
		let within = |direction| asset.power_w(direction) <= rating_w(info, asset.is_storage(), direction);
		ensure!(Direction::ALL.into_iter().all(within), Error::<T>::BeyondRating);
		ensure!(asset.price_per_kwh <= terms.price_cap, Error::<T>::PriceAboveCap);
		Ok(())
	}

	/// The device whose readings prove the asset's response.
	fn meter_of(
		device: DeviceId,
		info: &Device<T::AccountId>,
		metering: MeteringPoint,
	) -> Result<DeviceId, DispatchError> {
		match metering {
			MeteringPoint::Asset => Ok(device),
			MeteringPoint::ConnectionPoint => {
				let parent = info.parent.ok_or(Error::<T>::NoConnectionPoint)?;
				ensure!(Self::active_device(parent)?.owner == info.owner, Error::<T>::NotOwner);
				Ok(parent)
			}
		}
	}

	fn join_site(site: DeviceId, device: DeviceId, metering: MeteringPoint) -> DispatchResult {
		let joined = match (Sites::<T>::get(site), metering) {
			(None, MeteringPoint::ConnectionPoint) => Site::Whole(device),
			(None, MeteringPoint::Asset) => Site::Parts(1),
			(Some(Site::Parts(parts)), MeteringPoint::Asset) => Site::Parts(parts.saturating_add(1)),
			_ => return Err(Error::<T>::SiteTaken.into()),
		};
		Sites::<T>::insert(site, joined);
		Ok(())
	}

	fn quit_site(site: DeviceId) {
		match Sites::<T>::get(site) {
			Some(Site::Parts(parts)) if parts > 1 => Sites::<T>::insert(site, Site::Parts(parts.saturating_sub(1))),
			_ => Sites::<T>::remove(site),
		}
	}

	fn enrolment_of(who: &T::AccountId, device: DeviceId) -> Result<(ProgramId, EnrolmentOf<T>), DispatchError> {
		let id = EnrolledIn::<T>::get(device).ok_or(Error::<T>::NotEnrolled)?;
		let enrolment = Enrolments::<T>::get(id, device).ok_or(Error::<T>::NotEnrolled)?;
		ensure!(enrolment.owner == *who, Error::<T>::NotOwner);
		Ok((id, enrolment))
	}
}
