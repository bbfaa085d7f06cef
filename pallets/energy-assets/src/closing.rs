//! The end of an interval: what covers import is consumed, the rest expires, and nothing is left in the state.
//!
//! Work is done in steps that pay for themselves before they begin. It goes on where it stopped: in the same block, in the next
//! one, or after the chain stood still.

use crate::{
	types::{Progress, Stage},
	Classes, Closing, Config, Event, Holding, Holdings, Pallet, Position, Positions, Pruned, Residuals, WeightInfo,
	MIN_ISSUERS,
};
use frame_support::{
	weights::{Weight, WeightMeter},
	BoundedVec,
};
use gridtokenx_primitives::{ClassId, Interval, Wh, ZoneId};

impl<T: Config> Pallet<T> {
	/// Closes what is due, as far as the weight goes.
	pub(crate) fn close_intervals(meter: &mut WeightMeter) {
		while meter.try_consume(T::WeightInfo::poll()).is_ok() {
			let Some((interval, mut progress)) = Closing::<T>::iter().next() else {
				return;
			};
			if !Self::close_interval(interval, &mut progress, meter) {
				Closing::<T>::insert(interval, progress);
				return;
			}
			Closing::<T>::remove(interval);
			let Progress {
				positions,
				holdings,
				classes,
				..
			} = progress;
			Self::deposit_event(Event::IntervalClosed {
				interval,
				positions,
				holdings,
				classes,
			});
		}
	}

	/// With less than this, a pass might come to nothing: a position with a holding, or a class.
	pub(crate) fn worst_step() -> Weight {
		// A position is done once it was looked for another holding, and the pass once for another position.
		let position = T::WeightInfo::close_position().saturating_mul(2);
		let holdings = T::WeightInfo::close_holding().saturating_mul(2);
		position.saturating_add(holdings).max(T::WeightInfo::close_class())
	}

	/// The most that so many steps cost.
	pub(crate) fn weight_of_steps(steps: u32) -> Weight {
		T::WeightInfo::poll().saturating_add(Self::worst_step().saturating_mul(steps.into()))
	}

	/// Goes on with an interval, and says whether it is done.
	fn close_interval(interval: Interval, progress: &mut Progress, meter: &mut WeightMeter) -> bool {
		loop {
			let (done, next) = match progress.stage {
				Stage::Positions => (Self::close_positions(interval, progress, meter), Some(Stage::Holdings)),
				Stage::Holdings => (Self::expire_holdings(interval, progress, meter), Some(Stage::Classes)),
				Stage::Classes => (Self::close_classes(interval, progress, meter), None),
			};
			match next {
				_ if !done => return false,
				Some(next) => {
					progress.stage = next;
					progress.after = None;
				}
				None => return true,
			}
		}
	}

	fn close_positions(interval: Interval, progress: &mut Progress, meter: &mut WeightMeter) -> bool {
		let mut positions = match progress.after.clone() {
			Some(key) => Positions::<T>::iter_prefix_from((interval,), key.into_inner()),
			None => Positions::<T>::iter_prefix((interval,)),
		};
		while meter.try_consume(T::WeightInfo::close_position()).is_ok() {
			let Some(((account, zone), position)) = positions.next() else {
				return true;
			};
			if !Self::close_position(interval, &account, zone, position, progress, meter) {
				return false;
			}
			progress.positions = progress.positions.saturating_add(1);
			progress.pass(positions.last_raw_key());
		}
		false
	}

	/// Covers an account's import with its credits in the zone, in the order in which they are used, and lets the rest expire.
	/// Says whether all of it was done; if not, what is left is in the state.
	fn close_position(
		interval: Interval,
		account: &T::AccountId,
		zone: ZoneId,
		mut position: Position,
		progress: &mut Progress,
		meter: &mut WeightMeter,
	) -> bool {
		let mut expired: Wh = 0;
		let mut done = false;
		let mut holdings = Holdings::<T>::iter_prefix((interval, account.clone(), zone));
		while meter.try_consume(T::WeightInfo::close_holding()).is_ok() {
			let Some((key, holding)) = holdings.next() else {
				done = true;
				break;
			};
			Holdings::<T>::remove((interval, account, zone, key));
			let consumed = holding.total().min(position.uncovered());
			position.consumed_wh = position.consumed_wh.saturating_add(consumed);
			expired = expired.saturating_add(Self::spend(key.class(interval), holding, consumed));
			progress.holdings = progress.holdings.saturating_add(1);
		}
		let key = (interval, account, zone);
		if done {
			Self::bill(account, zone, position.uncovered(), expired);
			Positions::<T>::remove(key);
		} else {
			Self::bill(account, zone, 0, expired);
			Positions::<T>::insert(key, position);
		}
		done
	}

	/// Lets credits expire whose holder was not metered in the zone.
	///
	/// They are billed to holders that were metered there before, as their residuals show. Others have no connection there, and
	/// no bill: nor may a transfer to a fresh account leave a trace of it in the state for ever.
	fn expire_holdings(interval: Interval, progress: &mut Progress, meter: &mut WeightMeter) -> bool {
		let mut holdings = match progress.after.clone() {
			Some(key) => Holdings::<T>::iter_prefix_from((interval,), key.into_inner()),
			None => Holdings::<T>::iter_prefix((interval,)),
		};
		while meter.try_consume(T::WeightInfo::close_holding()).is_ok() {
			let Some(((account, zone, key), holding)) = holdings.next() else {
				return true;
			};
			Holdings::<T>::remove((interval, &account, zone, key));
			let expired = Self::spend(key.class(interval), holding, 0);
			if Residuals::<T>::contains_key(&account, zone) {
				Self::bill(&account, zone, 0, expired);
			}
			progress.holdings = progress.holdings.saturating_add(1);
			progress.pass(holdings.last_raw_key());
		}
		false
	}

	/// Books a holding that is no more as consumed, and what is left of it as expired. Says how much that is.
	fn spend(class: ClassId, holding: Holding, consumed: Wh) -> Wh {
		let expired = holding.total().saturating_sub(consumed);
		Self::book(class, |tally| {
			tally.consumed = tally.consumed.saturating_add(consumed.into());
			tally.expired = tally.expired.saturating_add(expired.into());
		});
		expired
	}

	fn close_classes(interval: Interval, progress: &mut Progress, meter: &mut WeightMeter) -> bool {
		let mut classes = Classes::<T>::iter_prefix(interval);
		while meter.try_consume(T::WeightInfo::close_class()).is_ok() {
			let Some(((zone, source), class)) = classes.next() else {
				return true;
			};
			Classes::<T>::remove(interval, (zone, source));
			Pruned::<T>::mutate(|pruned| *pruned = pruned.plus(&class.tally));
			if class.issuers >= MIN_ISSUERS {
				let id = ClassId { interval, zone, source };
				Self::deposit_event(Event::ClassClosed {
					class: id,
					issuers: class.issuers,
					tally: class.tally,
				});
			}
			progress.classes = progress.classes.saturating_add(1);
		}
		false
	}
}

impl Progress {
	/// An item is done.
	fn pass(&mut self, key: &[u8]) {
		self.after = BoundedVec::try_from(key.to_vec()).ok();
	}
}
