//! The grid as the market sees it: a tree of zones, each but the root hanging by one line from its parent.

use crate::units::{Interval, Price, Wh, ZoneId};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_runtime::DispatchResult;

/// The line between a zone and its parent, as it stands in one interval.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Link<AccountId> {
	/// The zone nearer the root.
	pub parent: ZoneId,
	/// Energy that may still flow towards the root in the interval, Wh.
	pub to_parent_wh: Wh,
	/// Energy that may still flow away from the root in the interval, Wh.
	pub from_parent_wh: Wh,
	/// Wheeling and loss charge together, planck per kWh, in either direction.
	pub charge_per_kwh: Price,
	/// Who receives the charge.
	pub operator: AccountId,
}

/// The zones that are open for trade in one interval, parents before children; the root has no link.
pub type Network<AccountId> = Vec<(ZoneId, Option<Link<AccountId>>)>;

/// The topology of the grid and what its lines have promised.
pub trait Topology<AccountId> {
	/// Whether the zone exists and every line from it to the root is in service in `interval`.
	fn is_open(zone: ZoneId, interval: Interval) -> bool;

	/// All open zones and their lines, with the capacity that is left in `interval`.
	fn network(interval: Interval) -> Network<AccountId>;

	/// Whether the account operates a line; such accounts place no orders.
	fn is_operator(account: &AccountId) -> bool;

	/// Where congestion rent beyond the published charges goes.
	fn grid_fund() -> AccountId;

	/// Commits energy on the line above `zone`, per direction. Fails beyond what is left.
	fn commit(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh) -> DispatchResult;

	/// Gives committed capacity back, for what was not delivered.
	fn release(interval: Interval, zone: ZoneId, to_parent_wh: Wh, from_parent_wh: Wh);

	/// The interval is over and settled: its commitments may be forgotten.
	fn forget(interval: Interval);

	/// The lines from `zone` up to the root, each by the zone under it, with what may flow up through it, W. Registrars attest
	/// within them. None for the root; for any other zone the same lines for as long as the zone exists.
	fn lines_above(zone: ZoneId) -> Vec<(ZoneId, u64)>;

	/// Whether the zone exists at all.
	fn exists(zone: ZoneId) -> bool;
}
