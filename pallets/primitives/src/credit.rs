//! Energy credits: their classes, and how settlement and the market move them.

use crate::{
	device::Source,
	units::{Interval, Wh, ZoneId},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::DispatchResult;

/// Credits of one class are alike: the same interval, the same zone of origin, the same source.
#[derive(
	Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct ClassId {
	/// When the energy was delivered.
	pub interval: Interval,
	/// Where it was fed in.
	pub zone: ZoneId,
	/// What it came from.
	pub source: Source,
}

/// The ledger of credits, as settlement and the market use it.
///
/// A holding belongs to an account *in a delivery zone*: where its energy may be consumed. Only a fill on the market moves
/// credits from one delivery zone to another, because only the market pays the lines between them.
pub trait Credits<AccountId> {
	/// Settles an account's interval in a zone: records its metered import and issues credits, one Wh each, for its exports by
	/// source. Called once per (interval, account, zone); once more for each connection point whose reading came late while a
	/// contract waited for it, and then the amounts add up.
	fn settle(
		interval: Interval,
		account: &AccountId,
		zone: ZoneId,
		import_wh: Wh,
		exports: &[(Source, Wh)],
	) -> DispatchResult;

	/// Records energy that came too late for its interval, to be billed at tariff.
	fn record_late(account: &AccountId, zone: ZoneId, import_wh: Wh, export_wh: Wh);

	/// Free credits of an account in a delivery zone, in the order in which they are used: by source code, then zone of origin.
	fn free(interval: Interval, account: &AccountId, delivery_zone: ZoneId) -> Vec<(ClassId, Wh)>;

	/// All credits of an interval, free and held, of an account in a delivery zone.
	fn total(interval: Interval, account: &AccountId, delivery_zone: ZoneId) -> Wh;

	/// What the account imported in the zone, less what it has consumed already. `None` before the interval is settled.
	fn uncovered_import(interval: Interval, account: &AccountId, zone: ZoneId) -> Option<Wh>;

	/// Sets free credits aside for an offer.
	fn hold(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult;

	/// Gives credits set aside back to their holder.
	fn release(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult;

	/// Hands credits that were set aside over to a buyer, in the buyer's zone.
	fn deliver_held(
		class: ClassId,
		seller: (&AccountId, ZoneId),
		buyer: (&AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult;

	/// Hands free credits over to a buyer, in the buyer's zone.
	fn deliver_free(
		class: ClassId,
		seller: (&AccountId, ZoneId),
		buyer: (&AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult;

	/// Retires free credits in the holder's name, for bids that asked for it.
	fn retire(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult;

	/// The market for `interval` is closed: what is left may be consumed and expire.
	fn close(interval: Interval);
}
