//! What is true of credits after every block.

use crate::{
	types::ClassKey, Certificates, Classes, Closed, Closing, Config, Holding, Holdings, Overall, Pallet, Positions,
	Pruned, Retirements, Tally,
};
use alloc::collections::BTreeMap;
use frame_support::ensure;
use gridtokenx_primitives::{Interval, Metering};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Checks that
	/// 1. of each class, issued = outstanding + consumed + retired + expired, and outstanding is the sum of its holdings;
	/// 2. no holding is empty;
	/// 3. the totals of all credits are those of the classes and of what is gone;
	/// 4. what is consumed of an interval's classes covers import, and no more than there is;
	/// 5. no more is issued than was metered as export, where metering still knows;
	/// 6. the certificates add up to what is retired, and none is of credits that prove no origin;
	/// 7. what is being closed is closed to everybody else, and the set of closed intervals is in order.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_classes()?;
		Self::check_positions()?;
		Self::check_metering()?;
		Self::check_certificates()?;
		Self::check_closing()
	}

	fn check_classes() -> Result<(), TryRuntimeError> {
		let mut outstanding = BTreeMap::<(Interval, ClassKey), u128>::new();
		for ((interval, _, _, key), holding) in Holdings::<T>::iter() {
			ensure!(holding != Holding::default(), "2: no holding is empty");
			*outstanding.entry((interval, key)).or_default() += u128::from(holding.free) + u128::from(holding.held);
		}
		let mut sum = Pruned::<T>::get();
		for (interval, (zone, source), class) in Classes::<T>::iter() {
			let key = ClassKey {
				source,
				zone: zone.to_be_bytes(),
			};
			let held = outstanding.remove(&(interval, key)).unwrap_or_default();
			ensure!(
				class.tally.issued == held + class.tally.spent(),
				"1: what was issued is held or spent"
			);
			ensure!(
				class.tally.retired == 0 || source.is_retirable(),
				"6: only proven origin is certified"
			);
			sum = sum.plus(&class.tally);
		}
		ensure!(outstanding.is_empty(), "1: credits belong to a class");
		ensure!(
			Pruned::<T>::get().outstanding() == 0,
			"3: nothing is held of what is gone"
		);
		ensure!(
			Overall::<T>::get() == sum,
			"3: totals are those of the classes and of what is gone"
		);
		Ok(())
	}

	fn check_positions() -> Result<(), TryRuntimeError> {
		let mut consumed = BTreeMap::<Interval, u128>::new();
		for ((interval, _, _), position) in Positions::<T>::iter() {
			ensure!(
				position.consumed_wh <= position.import_wh,
				"4: no more is covered than was imported"
			);
			*consumed.entry(interval).or_default() += u128::from(position.consumed_wh);
		}
		let mut spent = BTreeMap::<Interval, u128>::new();
		for (interval, _, class) in Classes::<T>::iter() {
			*spent.entry(interval).or_default() += class.tally.consumed;
		}
		for interval in consumed.keys().chain(spent.keys()) {
			// While an interval is being closed, its positions go before its classes.
			let sum = |of: &BTreeMap<_, _>| of.get(interval).copied().unwrap_or(0u128);
			let covers = sum(&consumed) == sum(&spent);
			ensure!(
				covers || Closing::<T>::contains_key(interval),
				"4: what is consumed covers import"
			);
		}
		Ok(())
	}

	fn check_metering() -> Result<(), TryRuntimeError> {
		for (interval, (zone, source), class) in Classes::<T>::iter() {
			let is_known = T::Metering::coverage(interval).active > 0;
			let metered = u128::from(T::Metering::exported(interval, zone, source));
			ensure!(
				!is_known || class.tally.issued <= metered,
				"5: no more is issued than was metered"
			);
		}
		Ok(())
	}

	fn check_certificates() -> Result<(), TryRuntimeError> {
		let Retirements { root, count, wh } = Certificates::<T>::get();
		let Tally { retired, .. } = Overall::<T>::get();
		ensure!(wh == retired, "6: the certificates add up to what is retired");
		ensure!((count == 0) == (root == [0; 32]), "6: every certificate is in the root");
		Ok(())
	}

	fn check_closing() -> Result<(), TryRuntimeError> {
		let closed = Closed::<T>::get();
		for interval in Closing::<T>::iter_keys() {
			ensure!(closed.contains(interval), "7: what is being closed is closed");
		}
		ensure!(
			closed.ranges().iter().all(|(first, last)| first <= last),
			"7: rows are in order"
		);
		let apart = |pair: &[(Interval, Interval)]| matches!(pair, [(_, last), (first, _)] if last + 1 < *first);
		ensure!(closed.ranges().windows(2).all(apart), "7: there is a gap between rows");
		Ok(())
	}
}
