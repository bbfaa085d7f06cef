//! What the registry says against a reading: the checks that need no arithmetic, and then the signature's, which does.

use crate::{
	reading::SignedReading,
	reason::Reason,
	registry::{AccountId, Registry, Snapshot},
	verify::{verify, Check},
};
use gridtokenx_primitives::{Interval, Meter};

/// What the registry knows at a moment.
pub struct Screen<'a> {
	/// The meters, and how far the chain has measured.
	pub snapshot: &'a Snapshot,
	/// The latest readings that the chain has.
	pub registry: &'a Registry,
	/// The interval that is running; only those before it are over.
	pub running: Interval,
}

impl Screen<'_> {
	/// The verdict on each reading of a batch. Cheap checks go first, so that nothing is spent on the signature of what is refused
	/// anyway.
	pub fn check(&self, batch: &[Option<SignedReading>]) -> Vec<Result<SignedReading, Reason>> {
		let mut verdicts = Vec::with_capacity(batch.len());
		let mut checks = Vec::new();
		for signed in batch {
			verdicts.push(match signed {
				None => Err(Reason::Malformed),
				Some(signed) => self.screen(signed).map(|meter| {
					checks.push(Check {
						signed,
						key: &meter.key,
					});
					*signed
				}),
			});
		}
		let valid = verify(&self.snapshot.chain.genesis, &checks);
		let passed = verdicts.iter_mut().filter(|verdict| verdict.is_ok());
		for (verdict, _) in passed.zip(valid).filter(|(_, valid)| !valid) {
			*verdict = Err(Reason::BadSignature);
		}
		verdicts
	}

	/// The cheap checks of one reading. Gives the meter whose key has to have signed it.
	pub fn screen(&self, SignedReading { reading, .. }: &SignedReading) -> Result<&Meter<AccountId>, Reason> {
		let meter = self.snapshot.meter(reading.device).ok_or(Reason::UnknownDevice)?;
		if !meter.active {
			return Err(Reason::Inactive);
		}
		if reading.epoch != meter.epoch {
			return Err(Reason::WrongEpoch);
		}
		if reading.interval >= self.running {
			return Err(Reason::Future);
		}
		// A measured interval still takes a reading that is newer than all the chain has of the device: its energy is late, not lost.
		let measured = self
			.snapshot
			.chain
			.measured_through
			.is_some_and(|through| reading.interval <= through);
		let known = || {
			self.registry
				.last_reading(reading.device)
				.is_some_and(|last| reading.interval <= last)
		};
		if measured && known() {
			return Err(Reason::Stale);
		}
		Ok(meter)
	}
}
