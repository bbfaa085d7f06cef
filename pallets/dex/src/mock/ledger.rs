//! A ledger of credits that keeps to the letter of its trait: whatever is not covered is an error.

use super::AccountId;
use frame_support::{ensure, pallet_prelude::ValueQuery, storage_alias, Twox64Concat};
use gridtokenx_primitives::{ClassId, Credits, Interval, Source, Wh, ZoneId};
use sp_runtime::{DispatchError, DispatchResult};

/// Free and held credits by interval; then by class, account and delivery zone.
#[storage_alias]
type Holdings = StorageDoubleMap<
	MockLedger,
	Twox64Concat,
	Interval,
	Twox64Concat,
	(ClassId, AccountId, ZoneId),
	(Wh, Wh),
	ValueQuery,
>;
/// Metered import, and how much of it is consumed.
#[storage_alias]
type Imports = StorageMap<MockLedger, Twox64Concat, (Interval, AccountId, ZoneId), (Wh, Wh)>;
#[storage_alias]
type Issued = StorageMap<MockLedger, Twox64Concat, Interval, Wh, ValueQuery>;
#[storage_alias]
type Retired = StorageDoubleMap<MockLedger, Twox64Concat, Interval, Twox64Concat, AccountId, Wh, ValueQuery>;
#[storage_alias]
type Closed = StorageMap<MockLedger, Twox64Concat, Interval, ()>;
#[storage_alias]
type Late = StorageMap<MockLedger, Twox64Concat, (AccountId, ZoneId), (Wh, Wh), ValueQuery>;
/// What the market has delivered from zone to zone.
#[storage_alias]
type Delivered = StorageDoubleMap<MockLedger, Twox64Concat, Interval, Twox64Concat, (ZoneId, ZoneId), Wh, ValueQuery>;
/// Accounts whose positions the ledger refuses, to see what settlement does then.
#[storage_alias]
type Refused = StorageMap<MockLedger, Twox64Concat, AccountId, ()>;

pub struct Ledger;

impl Ledger {
	pub fn holding(class: ClassId, account: AccountId, zone: ZoneId) -> (Wh, Wh) {
		Holdings::get(class.interval, (class, account, zone))
	}

	pub fn retired(interval: Interval, account: AccountId) -> Wh {
		Retired::get(interval, account)
	}

	pub fn late(account: AccountId, zone: ZoneId) -> (Wh, Wh) {
		Late::get((account, zone))
	}

	pub fn is_closed(interval: Interval) -> bool {
		Closed::contains_key(interval)
	}

	pub fn refuse(account: AccountId) {
		Refused::insert(account, ());
	}

	/// What the market has delivered from zone to zone in intervals that are not closed.
	pub fn deliveries() -> Vec<(Interval, (ZoneId, ZoneId), Wh)> {
		Delivered::iter().collect()
	}

	/// Nothing comes into being but by issue, and nothing is lost.
	pub fn check() {
		for (interval, issued) in Issued::iter() {
			let held: Wh = Holdings::iter_prefix_values(interval)
				.map(|(free, held)| free + held)
				.sum();
			let retired: Wh = Retired::iter_prefix_values(interval).sum();
			assert_eq!(issued, held + retired, "credits of {interval} are conserved");
		}
	}

	fn take(class: ClassId, account: AccountId, zone: ZoneId, wh: Wh, from_held: bool) -> DispatchResult {
		ensure!(
			!Closed::contains_key(class.interval),
			DispatchError::Other("class closed")
		);
		Holdings::try_mutate(class.interval, (class, account, zone), |(free, held)| {
			let source = if from_held { held } else { free };
			*source = source
				.checked_sub(wh)
				.ok_or(DispatchError::Other("not enough credits"))?;
			Ok(())
		})
	}

	fn give(class: ClassId, account: AccountId, zone: ZoneId, wh: Wh, to_held: bool) {
		Holdings::mutate(class.interval, (class, account, zone), |(free, held)| {
			*(if to_held { held } else { free }) += wh
		});
	}

	fn deliver(
		class: ClassId,
		(seller, from): (&AccountId, ZoneId),
		(buyer, to): (&AccountId, ZoneId),
		wh: Wh,
		held: bool,
	) -> DispatchResult {
		Self::take(class, *seller, from, wh, held)?;
		Self::give(class, *buyer, to, wh, false);
		Delivered::mutate(class.interval, (from, to), |sum| *sum += wh);
		Ok(())
	}
}

impl Credits<AccountId> for Ledger {
	fn settle(
		interval: Interval,
		account: &AccountId,
		zone: ZoneId,
		import_wh: Wh,
		exports: &[(Source, Wh)],
	) -> DispatchResult {
		ensure!(!Refused::contains_key(account), DispatchError::Other("refused"));
		ensure!(!Closed::contains_key(interval), DispatchError::Other("class closed"));
		let (import, consumed) = Imports::get((interval, account, zone)).unwrap_or_default();
		Imports::insert((interval, account, zone), (import + import_wh, consumed));
		for (source, wh) in exports {
			Self::give(
				ClassId {
					interval,
					zone,
					source: *source,
				},
				*account,
				zone,
				*wh,
				false,
			);
			Issued::mutate(interval, |issued| *issued += wh);
		}
		Ok(())
	}

	fn record_late(account: &AccountId, zone: ZoneId, import_wh: Wh, export_wh: Wh) {
		Late::mutate((account, zone), |(import, export)| {
			*import += import_wh;
			*export += export_wh;
		});
	}

	fn free(interval: Interval, account: &AccountId, delivery_zone: ZoneId) -> Vec<(ClassId, Wh)> {
		let mut free: Vec<_> = Holdings::iter_prefix(interval)
			.filter(|((_, holder, zone), (free, _))| holder == account && *zone == delivery_zone && *free > 0)
			.map(|((class, ..), (free, _))| (class, free))
			.collect();
		free.sort_by_key(|(class, _)| (class.source, class.zone));
		free
	}

	fn total(interval: Interval, account: &AccountId, delivery_zone: ZoneId) -> Wh {
		Holdings::iter_prefix(interval)
			.filter(|((_, holder, zone), _)| holder == account && *zone == delivery_zone)
			.map(|(_, (free, held))| free + held)
			.sum()
	}

	fn uncovered_import(interval: Interval, account: &AccountId, zone: ZoneId) -> Option<Wh> {
		Imports::get((interval, account, zone)).map(|(import, consumed)| import - consumed)
	}

	fn hold(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::take(class, *account, delivery_zone, wh, false)?;
		Self::give(class, *account, delivery_zone, wh, true);
		Ok(())
	}

	fn release(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		Self::take(class, *account, delivery_zone, wh, true)?;
		Self::give(class, *account, delivery_zone, wh, false);
		Ok(())
	}

	fn deliver_held(
		class: ClassId,
		seller: (&AccountId, ZoneId),
		buyer: (&AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult {
		Self::deliver(class, seller, buyer, wh, true)
	}

	fn deliver_free(
		class: ClassId,
		seller: (&AccountId, ZoneId),
		buyer: (&AccountId, ZoneId),
		wh: Wh,
	) -> DispatchResult {
		Self::deliver(class, seller, buyer, wh, false)
	}

	fn retire(class: ClassId, account: &AccountId, delivery_zone: ZoneId, wh: Wh) -> DispatchResult {
		ensure!(class.source.is_retirable(), DispatchError::Other("not retirable"));
		Self::take(class, *account, delivery_zone, wh, false)?;
		Retired::mutate(class.interval, account, |retired| *retired += wh);
		Ok(())
	}

	fn close(interval: Interval) {
		let held: Wh = Holdings::iter_prefix_values(interval).map(|(_, held)| held).sum();
		assert_eq!(held, 0, "nothing of {interval} is on hold when it closes");
		assert!(!Closed::contains_key(interval), "{interval} closes once");
		Closed::insert(interval, ());
		let _ = Delivered::clear_prefix(interval, u32::MAX, None);
	}
}
