//! A virtual power plant that withholds what a test says, and pays for it.

use super::{AccountId, Balances};
use frame_support::{
	pallet_prelude::ValueQuery,
	storage_alias,
	traits::{fungible::Mutate, tokens::Preservation},
	Twox64Concat,
};
use gridtokenx_primitives::{units::payment, Curtailment, Interval, Price, Wh, ZoneId};

/// Who pays for what is withheld.
pub const PROGRAM: AccountId = 920;

#[storage_alias]
type Unproven = StorageMap<MockPlant, Twox64Concat, Interval, ()>;
#[storage_alias]
type Withheld = StorageMap<MockPlant, Twox64Concat, (AccountId, ZoneId, Interval), Wh, ValueQuery>;

pub struct Plant;

impl Plant {
	/// A dispatch in the interval is still to be proven.
	pub fn begin_proof(interval: Interval) {
		Unproven::insert(interval, ());
	}

	/// It is proven that the seller withheld so much.
	pub fn prove(seller: AccountId, zone: ZoneId, interval: Interval, wh: Wh) {
		Unproven::remove(interval);
		Withheld::insert((seller, zone, interval), wh);
	}
}

impl Curtailment<AccountId> for Plant {
	fn is_proven(interval: Interval) -> bool {
		!Unproven::contains_key(interval)
	}

	fn compensate(seller: &AccountId, zone: ZoneId, interval: Interval, wh: Wh, price: Price, buyer: &AccountId) -> Wh {
		Withheld::mutate((seller, zone, interval), |withheld| {
			let covered = wh.min(*withheld);
			let amount = payment(price, covered);
			if Balances::transfer(&PROGRAM, buyer, amount, Preservation::Preserve).is_err() {
				return 0;
			}
			*withheld -= covered;
			covered
		})
	}
}
