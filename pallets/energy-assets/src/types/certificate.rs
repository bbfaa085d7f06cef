//! Certificates of origin, and the hash that lists them all.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{Blake2_256, StorageHasher};
use gridtokenx_primitives::{ClassId, Wh};
use scale_info::TypeInfo;

/// A hash that names the beneficiary of a certificate.
pub type Beneficiary = [u8; 32];

/// A certificate: energy of a class that was retired for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Certificate<AccountId> {
	/// Certificates are numbered from 0.
	pub number: u64,
	/// When, where and from what the energy was.
	pub class: ClassId,
	/// How much, Wh.
	pub wh: Wh,
	/// Who retired it.
	pub account: AccountId,
	/// Who it is for.
	pub beneficiary: Beneficiary,
}

/// All certificates. Who has the events of finalised blocks can fold them again and prove that one is among them, or that none
/// is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Retirements {
	/// 32 zero bytes to begin with; with each certificate the BLAKE2b-256 hash of the root before it, followed by the
	/// certificate in SCALE encoding.
	pub root: [u8; 32],
	/// How many there are.
	pub count: u64,
	/// Their energy, Wh.
	pub wh: u128,
}

impl Retirements {
	/// With one certificate more.
	pub fn with<AccountId: Encode>(&self, certificate: &Certificate<AccountId>) -> Self {
		Self {
			root: Blake2_256::hash(&(self.root, certificate).encode()),
			count: self.count.saturating_add(1),
			wh: self.wh.saturating_add(certificate.wh.into()),
		}
	}
}
