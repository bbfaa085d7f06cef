//! What a page holds: one value per device, by its place on the page.

use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::{CloneNoBound, DebugNoBound, DefaultNoBound, PartialEqNoBound};
use gridtokenx_primitives::PAGE_SIZE;
use scale_info::TypeInfo;
use sp_runtime::{traits::ConstU32, BoundedVec};

/// At most one value for each of the 64 devices of a page, by `device % 64`. As long as its last value needs.
#[derive(CloneNoBound, DebugNoBound, PartialEqNoBound, DefaultNoBound, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Slots<V: Clone + core::fmt::Debug + PartialEq>(BoundedVec<Option<V>, ConstU32<PAGE_SIZE>>);

impl<V: Clone + core::fmt::Debug + PartialEq> Slots<V> {
	/// The value in `slot`.
	pub fn get(&self, slot: u8) -> Option<&V> {
		self.0.get(usize::from(slot))?.as_ref()
	}

	/// Puts a value into `slot`. A slot beyond the page is no slot: readings that name one are refused before.
	pub fn set(&mut self, slot: u8, value: V) {
		while self.0.len() <= usize::from(slot) && self.0.try_push(None).is_ok() {}
		if let Some(place) = self.0.get_mut(usize::from(slot)) {
			*place = Some(value);
		}
	}

	/// Empties `slot` and gives back what was in it.
	pub fn take(&mut self, slot: u8) -> Option<V> {
		let taken = self.0.get_mut(usize::from(slot))?.take();
		while self.0.last().is_some_and(Option::is_none) {
			self.0.pop();
		}
		taken
	}

	/// Whether no slot holds a value.
	pub fn is_empty(&self) -> bool {
		self.0.iter().all(Option::is_none)
	}

	/// The values and their slots.
	pub fn iter(&self) -> impl Iterator<Item = (u8, &V)> {
		(0u8..)
			.zip(&self.0)
			.filter_map(|(slot, value)| Some((slot, value.as_ref()?)))
	}
}
