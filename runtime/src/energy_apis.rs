//! What wallets, dashboards and oracles read: `api.call.*` in polkadot.js.
//!
//! Every answer is bounded: what could be long comes in portions of at most [`MAX_PORTION`]. Energy is in Wh, power in W, prices in
//! planck per kWh.

use crate::{AccountId, Balance, Runtime};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use gridtokenx_primitives::{message::Dispatch, ClassId, Device, DeviceId, Interval, IntervalEnergy, Limits, ZoneId};
use pallet_dex::{types::BookId, Contract, ContractId, Exposure, Indication, Level, OrderId, OrderOf, Parameters};
use pallet_energy_assets::{Holding, Position, Residual, Retirements, Tally};
use pallet_grid::Zone;
use pallet_telemetry::LastReading;
use pallet_vpp::{
	types::{DispatchId, ProgramId},
	ActivationOf,
};
use scale_info::TypeInfo;

/// The most entries in one answer.
pub const MAX_PORTION: u32 = 256;

/// Where the chain stands in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Calendar {
	/// Length of a delivery interval, seconds.
	pub interval_seconds: u32,
	/// The interval that is running. It began at `running * interval_seconds`, Unix seconds.
	pub running: Interval,
	/// The last interval whose energy is final.
	pub measured_through: Option<Interval>,
	/// The first interval whose contracts and credits are not settled.
	pub settled_before: Option<Interval>,
}

/// What an account has in one zone and delivery interval.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AccountPosition {
	/// What its active connection points can move in an interval.
	pub limits: Limits,
	/// What it has open on the market.
	pub exposure: Exposure,
	/// What it imported and what of that credits cover, once the interval is settled.
	pub metered: Option<Position>,
}

sp_api::decl_runtime_apis! {
	/// Time and the grid.
	pub trait GridApi {
		/// Where the chain stands in time.
		fn calendar() -> Calendar;
		/// A zone of the grid, with the line to its parent.
		fn zone(zone: ZoneId) -> Option<Zone<AccountId>>;
	}

	/// Devices, and what their meters have measured.
	pub trait DeviceApi {
		/// A device as the registry has it.
		fn device(device: DeviceId) -> Option<Device<AccountId>>;
		/// At most 256 devices of an account, in no particular order; more of them after the last one.
		fn devices_of(owner: AccountId, after: Option<DeviceId>) -> Vec<DeviceId>;
		/// At most 256 devices of a zone, in no particular order; more of them after the last one.
		fn devices_in(zone: ZoneId, after: Option<DeviceId>) -> Vec<DeviceId>;
		/// The attested devices behind a connection point.
		fn devices_behind(connection_point: DeviceId) -> Vec<DeviceId>;
		/// A device's registers as last accepted.
		fn registers(device: DeviceId) -> Option<LastReading>;
		/// A device's energy in the measured intervals from the first to the last, at most 256 of them, as far as the window reaches.
		fn energies(device: DeviceId, first: Interval, last: Interval) -> Vec<(Interval, IntervalEnergy)>;
		/// Whether the chain lacks a reading of the device for the interval, and would take one.
		fn wants(device: DeviceId, interval: Interval) -> bool;
	}

	/// The market.
	pub trait MarketApi {
		/// The rules for deliveries in an interval: those it has frozen, or today's if its market has not opened.
		fn rules(interval: Interval) -> Option<Parameters<AccountId>>;
		/// A book's open orders, added up by zone, side and limit.
		fn depth(book: BookId) -> Vec<Level>;
		/// What the next round would give, from the orders that stand in the book now.
		fn indicative_clearing(book: BookId) -> Option<Indication>;
		/// An account's orders, in all books.
		fn orders(account: AccountId) -> Vec<(OrderId, OrderOf<Runtime>)>;
		/// An account's open contracts for an interval, as seller and as buyer.
		fn contracts(account: AccountId, interval: Interval) -> Vec<(ContractId<AccountId>, Contract<AccountId>)>;
		/// What an account has in one zone and delivery interval.
		fn position(account: AccountId, zone: ZoneId, interval: Interval) -> AccountPosition;
		/// Payouts that were too small for the account, planck: `dex.claim` collects them.
		fn claimable(account: AccountId) -> Balance;
	}

	/// Energy credits.
	pub trait CreditApi {
		/// The credits of an account from one interval, with the zones where they may be consumed.
		fn credits(account: AccountId, interval: Interval) -> Vec<(ClassId, ZoneId, Holding)>;
		/// What is billed to an account outside the chain, since genesis.
		fn residual(account: AccountId, zone: ZoneId) -> Residual;
		/// What became of all credits since genesis.
		fn tally() -> Tally;
		/// All retirements, folded into a hash.
		fn retirements() -> Retirements;
	}

	/// The virtual power plant.
	pub trait VppApi {
		/// A program's dispatches that are live or wait for their proof, oldest first.
		fn dispatches(program: ProgramId) -> Vec<(DispatchId, ActivationOf<Runtime>)>;
		/// A device's instruction in a dispatch, as agents sign it and the device checks it.
		fn instruction(dispatch: DispatchId, device: DeviceId) -> Option<Dispatch>;
		/// Every instruction of a dispatch.
		fn instructions(dispatch: DispatchId) -> Vec<Dispatch>;
	}
}
