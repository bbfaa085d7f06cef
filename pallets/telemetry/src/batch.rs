//! A batch of readings, from the cheap checks to the books.
//!
//! What can be refused without a signature check is refused first; all other signatures go to the host in one call; what is
//! signed validly is then booked page by page, in the order of time. One bad reading never sinks its batch.

use crate::{page::PageState, register::BACKLOG, types::Refusal, Config, Measuring, WeightInfo};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::weights::Weight;
use frame_system::pallet_prelude::BlockNumberFor;
use gridtokenx_meter_crypto::{verify_each, Check, Scheme as CryptoScheme};
use gridtokenx_primitives::{
	message::READING_LEN, reading::PagedReading, Clock, GenesisHash, Interval, Page, PublicKey, Scheme, PAGE_SIZE,
};
use sp_runtime::traits::Zero;

/// What became of a batch.
pub(crate) struct Outcome {
	/// Readings that count.
	pub accepted: u32,
	/// The others: their place in the batch, counted over all pages, and why.
	pub refused: Vec<(u16, Refusal)>,
	/// The weight of what was done.
	pub weight: Weight,
}

impl Outcome {
	/// How many refusals a carrier answers for.
	pub fn faults(&self) -> u32 {
		let faults = self.refused.iter().filter(|(_, refusal)| refusal.is_fault()).count();
		u32::try_from(faults).unwrap_or(u32::MAX)
	}
}

/// A reading that has passed the cheap checks.
struct Candidate<'a> {
	/// Its place in the batch.
	index: u16,
	/// The place of its page in [`Batch::pages`].
	page: usize,
	reading: &'a PagedReading,
	message: [u8; READING_LEN],
	key: PublicKey,
}

struct Batch<'a, T: Config> {
	/// Whose devices the readings must be of; carriers carry anyone's.
	owner: Option<&'a T::AccountId>,
	now: Interval,
	genesis: GenesisHash,
	pages: Vec<PageState<T>>,
	candidates: Vec<Candidate<'a>>,
	refused: Vec<(u16, Refusal)>,
	next_index: u16,
}

/// Counts the readings of a batch.
pub(crate) fn count_readings(pages: &[Page]) -> u32 {
	pages.iter().fold(0, |sum, page| {
		sum.saturating_add(u32::try_from(page.readings.len()).unwrap_or(u32::MAX))
	})
}

/// The most that a batch can weigh: every signature checked, those of a chunk with a bad one twice.
pub(crate) fn worst_case<T: Config>(pages: &[Page]) -> Weight {
	let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
	let readings = count_readings(pages);
	// A reading takes the points of its own interval and of both neighbours, none of them beyond the backlog.
	let (mut read, mut written) = (0u32, 0u32);
	for page in pages {
		let readings = u32::try_from(page.readings.len()).unwrap_or(u32::MAX);
		read = read.saturating_add(readings.saturating_mul(3).min(BACKLOG));
		written = written.saturating_add(interval_runs(page));
	}
	T::WeightInfo::submit_readings(count, read, written, readings, readings, 0)
}

/// How often the interval changes along a page: at least the number of its intervals.
fn interval_runs(page: &Page) -> u32 {
	let mut last = None;
	page.readings.iter().fold(0, |runs: u32, reading| {
		let same = last.replace(reading.interval) == Some(reading.interval);
		runs.saturating_add(u32::from(!same))
	})
}

/// Checks and books a batch; of `owner`'s devices only, where there is one.
pub(crate) fn process<T: Config>(pages: &[Page], owner: Option<&T::AccountId>) -> Outcome {
	let mut batch = Batch::<T>::new(owner);
	batch.screen(pages);
	let verdicts = batch.verify();
	batch.book(&verdicts)
}

/// Leaves out what [`process`] would refuse before booking, and books nothing. So nothing is left for which a carrier answers with
/// its bond. Implausible readings stay: nobody but the chain can tell the hub that it may forget them.
pub(crate) fn sift<T: Config>(mut pages: Vec<Page>) -> Vec<Page> {
	let mut batch = Batch::<T>::new(None);
	batch.screen(&pages);
	let verdicts = batch.verify();
	let valid = batch.candidates.iter().zip(verdicts).filter(|(_, verdict)| *verdict);
	let implausible = batch
		.refused
		.iter()
		.filter(|(_, refusal)| *refusal == Refusal::Implausible);
	let kept: BTreeSet<u16> = valid
		.map(|(candidate, _)| candidate.index)
		.chain(implausible.map(|(index, _)| *index))
		.collect();
	drop(batch);
	let mut indices = 0u16..;
	pages.retain_mut(|page| {
		page.readings
			.retain(|_| indices.next().is_some_and(|index| kept.contains(&index)));
		!page.readings.is_empty()
	});
	pages
}

/// The hash that every device message carries.
fn genesis_hash<T: Config>() -> GenesisHash {
	let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
	let mut genesis = GenesisHash::default();
	genesis.iter_mut().zip(hash.as_ref()).for_each(|(to, from)| *to = *from);
	genesis
}

impl<'a, T: Config> Batch<'a, T> {
	fn new(owner: Option<&'a T::AccountId>) -> Self {
		Self {
			owner,
			now: T::Clock::now(),
			genesis: genesis_hash::<T>(),
			pages: Vec::new(),
			candidates: Vec::new(),
			refused: Vec::new(),
			next_index: 0,
		}
	}

	fn screen(&mut self, pages: &'a [Page]) {
		let cursor = Measuring::<T>::get();
		let mut last: Option<u32> = None;
		for page in pages {
			let in_order = last.is_none_or(|last| page.page > last);
			last = last.max(Some(page.page));
			// Without a cursor, no block has known the time yet, and every interval lies ahead.
			match cursor.filter(|_| in_order) {
				Some(cursor) => self.screen_page(page, PageState::load(page.page, cursor.through(page.page))),
				None => {
					let refusal = if in_order { Refusal::Future } else { Refusal::Malformed };
					page.readings.iter().for_each(|_| self.refuse_next(refusal));
				}
			}
		}
	}

	fn screen_page(&mut self, page: &'a Page, mut state: PageState<T>) {
		let mut seen = BTreeSet::new();
		for reading in &page.readings {
			let first = seen.insert((reading.slot, reading.interval));
			let screened = if first {
				self.screen_reading(&mut state, reading)
			} else {
				Err(Refusal::Duplicate)
			};
			match screened {
				Ok(key) => {
					let message = reading.reading(page.page).message(&self.genesis);
					let (index, page) = (self.take_index(), self.pages.len());
					self.candidates.push(Candidate {
						index,
						page,
						reading,
						message,
						key,
					});
				}
				Err(refusal) => self.refuse_next(refusal),
			}
		}
		self.pages.push(state);
	}

	/// The cheap checks. Gives the key to check the signature with.
	fn screen_reading(&self, state: &mut PageState<T>, reading: &PagedReading) -> Result<PublicKey, Refusal> {
		if u32::from(reading.slot) >= PAGE_SIZE || !reading.quality.is_well_formed() {
			return Err(Refusal::Malformed);
		}
		let meter = state.meter(reading.slot).ok_or(Refusal::UnknownDevice)?;
		if self.owner.is_some_and(|owner| *owner != meter.owner) {
			return Err(Refusal::NotOwned);
		}
		if !meter.active {
			return Err(Refusal::Inactive);
		}
		if reading.epoch != meter.epoch {
			return Err(Refusal::WrongEpoch);
		}
		if reading.interval >= self.now {
			return Err(Refusal::Future);
		}
		let key = meter.key;
		state.news(reading).map(|_| key)
	}

	fn take_index(&mut self) -> u16 {
		let index = self.next_index;
		self.next_index = index.saturating_add(1);
		index
	}

	fn refuse_next(&mut self, refusal: Refusal) {
		let index = self.take_index();
		self.refused.push((index, refusal));
	}

	fn verify(&self) -> Vec<bool> {
		let checks: Vec<_> = self.candidates.iter().map(Candidate::check).collect();
		verify_each(&checks)
	}

	fn book(mut self, verdicts: &[bool]) -> Outcome {
		let (ed25519, repeated, p256) = self.count_checks(verdicts);
		let mut valid = Vec::with_capacity(self.candidates.len());
		for (candidate, verdict) in self.candidates.into_iter().zip(verdicts) {
			match verdict {
				true => valid.push(candidate),
				false => self.refused.push((candidate.index, Refusal::BadSignature)),
			}
		}
		// Late readings move a device's anchor, so those of one batch are taken in the order of time.
		valid.sort_by_key(|candidate| (candidate.page, candidate.reading.interval));
		let mut accepted: u32 = 0;
		for Candidate {
			index, page, reading, ..
		} in valid
		{
			let Some(state) = self.pages.get_mut(page) else {
				continue;
			};
			match state.accept(reading) {
				Ok(()) => accepted = accepted.saturating_add(1),
				Err(refusal) => self.refused.push((index, refusal)),
			}
		}
		self.refused.sort_unstable();
		let pages = u32::try_from(self.pages.len()).unwrap_or(u32::MAX);
		let (mut read, mut written) = (0u32, 0u32);
		for work in self.pages.into_iter().map(PageState::save) {
			read = read.saturating_add(work.read);
			written = written.saturating_add(work.written);
		}
		let weight = T::WeightInfo::submit_readings(pages, read, written, ed25519, repeated, p256);
		Outcome {
			accepted,
			refused: self.refused,
			weight,
		}
	}

	/// Ed25519 checks, those of them that may have been repeated one by one, and P-256 checks.
	fn count_checks(&self, verdicts: &[bool]) -> (u32, u32, u32) {
		let of = |scheme| {
			self.candidates
				.iter()
				.zip(verdicts)
				.filter(move |(it, _)| it.key.scheme() == scheme)
		};
		let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
		let ed25519 = count(of(Scheme::Ed25519).count());
		// A chunk of 64 with a bad signature in it is checked again, each by itself.
		let bad = count(of(Scheme::Ed25519).filter(|(_, valid)| !**valid).count());
		(
			ed25519,
			bad.saturating_mul(64).min(ed25519),
			count(of(Scheme::P256).count()),
		)
	}
}

impl Candidate<'_> {
	fn check(&self) -> Check<'_> {
		Check {
			scheme: match self.key.scheme() {
				Scheme::Ed25519 => CryptoScheme::Ed25519,
				Scheme::P256 => CryptoScheme::P256,
			},
			key: self.key.as_bytes(),
			message: &self.message,
			signature: &self.reading.signature,
		}
	}
}
