//! Random users against a plain model of what credits are: both take and refuse the same, and come to the same.

use crate::{mock::*, Closing, Holdings, Overall, Residual, Residuals, Tally};
use frame_support::weights::Weight;
use gridtokenx_primitives::{ClassId, Credits, Interval, Source, Wh, ZoneId};
use proptest::{prelude::*, sample::Index};
use std::collections::{BTreeMap, BTreeSet};

const SOURCES: [Source; 3] = [Source::Solar, Source::Wind, Source::Storage];

/// So many users have meters in both zones, and have had them for some time; one more has none.
const METERED: u8 = 3;
const INTERVALS: Interval = 2;

#[derive(Clone, Debug)]
enum Deed {
	Settle {
		interval: Interval,
		user: u8,
		zone: ZoneId,
		import_wh: Wh,
		exports: Vec<(Source, Wh)>,
	},
	Transfer {
		class: ClassId,
		zone: ZoneId,
		from: u8,
		to: u8,
		wh: Wh,
	},
	Hold {
		class: ClassId,
		zone: ZoneId,
		user: u8,
		wh: Wh,
	},
	Release {
		class: ClassId,
		zone: ZoneId,
		user: u8,
		wh: Wh,
	},
	Deliver {
		class: ClassId,
		seller: (u8, ZoneId),
		buyer: (u8, ZoneId),
		wh: Wh,
		held: bool,
	},
	Consume {
		class: ClassId,
		zone: ZoneId,
		user: u8,
		wh: Wh,
	},
	Retire {
		class: ClassId,
		zone: ZoneId,
		user: u8,
		wh: Wh,
	},
	Late {
		user: u8,
		zone: ZoneId,
		import_wh: Wh,
		export_wh: Wh,
	},
	Close {
		interval: Interval,
	},
	Block {
		steps: u64,
	},
}

fn deed() -> impl Strategy<Value = Deed> {
	let interval = T..T + INTERVALS;
	let user = 0..METERED + 1;
	let metered = 0..METERED;
	let zone = 1..3u32;
	// Few, so that sums often come out even: just enough, just too much.
	let wh = proptest::sample::select(&[0, 1, 50, 99, 100, 100, 200, 400][..]);
	let source = proptest::sample::select(&SOURCES[..]);
	let class = (interval.clone(), zone.clone(), source.clone()).prop_map(|(interval, zone, source)| ClassId {
		interval,
		zone,
		source,
	});
	let of_one = (class.clone(), zone.clone(), user.clone(), wh.clone());
	let exports = proptest::collection::vec((source, wh.clone()), 0..3);
	prop_oneof![
		12 => (interval.clone(), metered.clone(), zone.clone(), wh.clone(), exports).prop_map(
			|(interval, user, zone, import_wh, exports)| Deed::Settle { interval, user, zone, import_wh, exports }
		),
		8 => (class.clone(), zone.clone(), user.clone(), user.clone(), wh.clone())
			.prop_map(|(class, zone, from, to, wh)| Deed::Transfer { class, zone, from, to, wh }),
		6 => of_one.clone().prop_map(|(class, zone, user, wh)| Deed::Hold { class, zone, user, wh }),
		3 => of_one.clone().prop_map(|(class, zone, user, wh)| Deed::Release { class, zone, user, wh }),
		8 => (class, (user.clone(), zone.clone()), (user.clone(), zone.clone()), wh.clone(), any::<bool>())
			.prop_map(|(class, seller, buyer, wh, held)| Deed::Deliver { class, seller, buyer, wh, held }),
		8 => of_one.clone().prop_map(|(class, zone, user, wh)| Deed::Consume { class, zone, user, wh }),
		4 => of_one.prop_map(|(class, zone, user, wh)| Deed::Retire { class, zone, user, wh }),
		2 => (metered, zone, wh.clone(), wh)
			.prop_map(|(user, zone, import_wh, export_wh)| Deed::Late { user, zone, import_wh, export_wh }),
		1 => interval.prop_map(|interval| Deed::Close { interval }),
		3 => (1..6u64).prop_map(|steps| Deed::Block { steps }),
	]
}

impl Deed {
	/// The same deed with credits that somebody has.
	fn aim(&mut self, interval: Interval, owner: u8, at: ZoneId, source: Source, origin: ZoneId) {
		let aimed = ClassId {
			interval,
			zone: origin,
			source,
		};
		match self {
			Deed::Transfer { class, zone, from, .. } => (*class, *zone, *from) = (aimed, at, owner),
			Deed::Deliver { class, seller, .. } => (*class, *seller) = (aimed, (owner, at)),
			Deed::Hold { class, zone, user, .. }
			| Deed::Release { class, zone, user, .. }
			| Deed::Consume { class, zone, user, .. }
			| Deed::Retire { class, zone, user, .. } => (*class, *zone, *user) = (aimed, at, owner),
			Deed::Settle { .. } | Deed::Late { .. } | Deed::Close { .. } | Deed::Block { .. } => (),
		}
	}
}

/// Most deeds are of credits that somebody has, and some of credits that nobody has.
fn deeds() -> impl Strategy<Value = Vec<(Deed, Option<Index>)>> {
	proptest::collection::vec((deed(), proptest::option::weighted(0.9, any::<Index>())), 1..120)
}

/// What credits are, in the plainest terms. Ordered as credits are used.
#[derive(Default)]
struct Model {
	/// By interval, user, delivery zone, source and zone of origin: free and held.
	holdings: BTreeMap<(Interval, u8, ZoneId, Source, ZoneId), (Wh, Wh)>,
	/// By interval, user and zone: imported and covered.
	positions: BTreeMap<(Interval, u8, ZoneId), (Wh, Wh)>,
	residuals: BTreeMap<(u8, ZoneId), (u128, u128)>,
	closed: BTreeSet<Interval>,
	tally: Tally,
}

type Refusable = Option<()>;

impl Model {
	fn holding(&mut self, class: ClassId, user: u8, zone: ZoneId) -> &mut (Wh, Wh) {
		self.holdings
			.entry((class.interval, user, zone, class.source, class.zone))
			.or_default()
	}

	fn take(&mut self, class: ClassId, user: u8, zone: ZoneId, wh: Wh, held: bool) -> Refusable {
		let holding = self.holding(class, user, zone);
		let part = if held { &mut holding.1 } else { &mut holding.0 };
		*part = part.checked_sub(wh)?;
		Some(())
	}

	fn open(&self, interval: Interval) -> Refusable {
		(!self.closed.contains(&interval)).then_some(())
	}

	fn act(&mut self, deed: &Deed) -> Refusable {
		match *deed {
			Deed::Settle {
				interval,
				user,
				zone,
				import_wh,
				ref exports,
			} => {
				self.open(interval)?;
				let is_new = !self.positions.contains_key(&(interval, user, zone));
				is_new.then(|| self.positions.insert((interval, user, zone), (import_wh, 0)))?;
				for (source, wh) in exports {
					self.holding(
						ClassId {
							interval,
							zone,
							source: *source,
						},
						user,
						zone,
					)
					.0 += wh;
					self.tally.issued += u128::from(*wh);
				}
			}
			Deed::Transfer {
				class,
				zone,
				from,
				to,
				wh,
			} => {
				self.open(class.interval).filter(|()| wh > 0 && from != to)?;
				self.take(class, from, zone, wh, false)?;
				let is_all = *self.holding(class, from, zone) == (0, 0);
				let others = self.holdings.range((class.interval, to, zone, Source::Solar, 0)..);
				let in_zone = others
					.take_while(|((interval, user, of, ..), _)| (*interval, *user, *of) == (class.interval, to, zone));
				let count = in_zone.filter(|(_, holding)| **holding != (0, 0)).count();
				let has_room = count < 3 || *self.holding(class, to, zone) != (0, 0);
				((is_all || wh >= 100) && has_room).then_some(())?;
				self.holding(class, to, zone).0 += wh;
			}
			Deed::Hold { class, zone, user, wh } => {
				self.open(class.interval)?;
				self.take(class, user, zone, wh, false)?;
				self.holding(class, user, zone).1 += wh;
			}
			Deed::Release { class, zone, user, wh } => {
				self.take(class, user, zone, wh, true)?;
				self.holding(class, user, zone).0 += wh;
			}
			Deed::Deliver {
				class,
				seller,
				buyer,
				wh,
				held,
			} => {
				self.open(class.interval)?;
				self.take(class, seller.0, seller.1, wh, held)?;
				self.holding(class, buyer.0, buyer.1).0 += wh;
			}
			Deed::Consume { class, zone, user, wh } => {
				self.open(class.interval).filter(|()| wh > 0)?;
				let (imported, covered) = *self.positions.get(&(class.interval, user, zone))?;
				(covered + wh <= imported).then_some(())?;
				self.take(class, user, zone, wh, false)?;
				self.positions
					.insert((class.interval, user, zone), (imported, covered + wh));
				self.tally.consumed += u128::from(wh);
			}
			Deed::Retire { class, zone, user, wh } => {
				self.open(class.interval)
					.filter(|()| wh > 0 && class.source != Source::Storage)?;
				self.take(class, user, zone, wh, false)?;
				self.tally.retired += u128::from(wh);
			}
			Deed::Late {
				user,
				zone,
				import_wh,
				export_wh,
			} => self.bill(user, zone, import_wh, export_wh),
			Deed::Close { interval } => drop(self.closed.insert(interval)),
			Deed::Block { .. } => (),
		}
		Some(())
	}

	fn bill(&mut self, user: u8, zone: ZoneId, supply: Wh, feed_in: Wh) {
		if (supply, feed_in) != (0, 0) {
			let residual = self.residuals.entry((user, zone)).or_default();
			*residual = (residual.0 + u128::from(supply), residual.1 + u128::from(feed_in));
		}
	}

	/// All that the end of an interval does.
	fn end(&mut self, interval: Interval) {
		let positions: Vec<_> = self.positions.keys().filter(|key| key.0 == interval).copied().collect();
		for key in positions {
			let (_, user, zone) = key;
			let Some((imported, mut covered)) = self.positions.remove(&key) else {
				continue;
			};
			let mut expired = 0;
			for (free, held) in self.remove_holdings(|other| (other.0, other.1, other.2) == key) {
				let consumed = (free + held).min(imported - covered);
				covered += consumed;
				expired += free + held - consumed;
				self.tally.consumed += u128::from(consumed);
			}
			self.tally.expired += u128::from(expired);
			self.bill(user, zone, imported - covered, expired);
		}
		let rest: Vec<_> = self.holdings.keys().filter(|key| key.0 == interval).copied().collect();
		for (_, user, zone, ..) in rest {
			let expired = self
				.remove_holdings(|other| (other.0, other.1, other.2) == (interval, user, zone))
				.into_iter()
				.map(|(free, held)| free + held)
				.sum();
			self.tally.expired += u128::from(expired);
			if self.residuals.contains_key(&(user, zone)) {
				self.bill(user, zone, 0, expired);
			}
		}
	}

	fn remove_holdings(&mut self, which: impl Fn(&(Interval, u8, ZoneId, Source, ZoneId)) -> bool) -> Vec<(Wh, Wh)> {
		let keys: Vec<_> = self.holdings.keys().filter(|key| which(key)).copied().collect();
		keys.into_iter().filter_map(|key| self.holdings.remove(&key)).collect()
	}
}

fn user(number: u8) -> AccountId {
	AccountId::new([number; 32])
}

/// The same on the chain.
fn act(deed: &Deed) -> Refusable {
	let signed = |number| RuntimeOrigin::signed(user(number));
	let result = match *deed {
		Deed::Settle {
			interval,
			user: number,
			zone,
			import_wh,
			ref exports,
		} => settle(interval, &user(number), zone, import_wh, exports),
		Deed::Transfer {
			class,
			zone,
			from,
			to,
			wh,
		} => call(|| EnergyAssets::transfer(signed(from), class, zone, user(to), wh)),
		Deed::Hold {
			class,
			zone,
			user: number,
			wh,
		} => EnergyAssets::hold(class, &user(number), zone, wh),
		Deed::Release {
			class,
			zone,
			user: number,
			wh,
		} => EnergyAssets::release(class, &user(number), zone, wh),
		Deed::Deliver {
			class,
			seller,
			buyer,
			wh,
			held,
		} => {
			let (from, to) = (user(seller.0), user(buyer.0));
			let (from, to) = ((&from, seller.1), (&to, buyer.1));
			match held {
				true => EnergyAssets::deliver_held(class, from, to, wh),
				false => EnergyAssets::deliver_free(class, from, to, wh),
			}
		}
		Deed::Consume {
			class,
			zone,
			user: number,
			wh,
		} => call(|| EnergyAssets::consume(signed(number), class, zone, wh)),
		Deed::Retire {
			class,
			zone,
			user: number,
			wh,
		} => call(|| EnergyAssets::retire(signed(number), class, zone, wh, [number; 32])),
		Deed::Late {
			user: number,
			zone,
			import_wh,
			export_wh,
		} => {
			EnergyAssets::record_late(&user(number), zone, import_wh, export_wh);
			Ok(())
		}
		Deed::Close { interval } => {
			if !crate::Closed::<Test>::get().contains(interval) {
				EnergyAssets::close(interval);
			}
			Ok(())
		}
		Deed::Block { steps } => {
			next_block(one_step().saturating_mul(steps), Weight::zero());
			Ok(())
		}
	};
	result.ok()
}

/// A refused call changes nothing, as when it is dispatched.
fn call(call: impl FnOnce() -> sp_runtime::DispatchResult) -> sp_runtime::DispatchResult {
	frame_support::storage::with_storage_layer(call)
}

/// The books of all intervals whose end has not begun are the same.
fn compare(model: &Model) {
	for ((interval, number, zone, source, origin), has) in &model.holdings {
		if !model.closed.contains(interval) {
			let class = ClassId {
				interval: *interval,
				zone: *origin,
				source: *source,
			};
			assert_eq!(balance(class, &user(*number), *zone), *has);
		}
	}
	for ((interval, number, zone), (imported, covered)) in &model.positions {
		if !model.closed.contains(interval) {
			let uncovered = EnergyAssets::uncovered_import(*interval, &user(*number), *zone);
			assert_eq!(uncovered, Some(imported - covered));
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(256))]

	#[test]
	fn credits_should_be_what_the_model_says_whatever_users_do(deeds in deeds()) {
		ExtBuilder.build_and_execute(|| {
			let mut model = Model::default();
			for (number, zone) in (0..METERED).flat_map(|number| [(number, 1), (number, 2)]) {
				let past = Deed::Late { user: number, zone, import_wh: 1, export_wh: 1 };
				assert_eq!(act(&past), model.act(&past));
			}
			for (mut deed, aim) in deeds {
				let there: Vec<_> = model.holdings.iter().filter(|(_, has)| **has != (0, 0)).map(|(key, _)| *key).collect();
				if let Some(aim) = aim.filter(|_| !there.is_empty()) {
					let (interval, user, zone, source, origin) = *aim.get(&there);
					deed.aim(interval, user, zone, source, origin);
				}
				// What is set free on the way to the end of an interval makes no difference to its end.
				if matches!(deed, Deed::Release { class, .. } if model.closed.contains(&class.interval)) {
					continue;
				}
				let holdings = model.holdings.clone();
				let expected = model.act(&deed);
				if expected.is_none() {
					model.holdings = holdings;
				}
				assert_eq!(act(&deed), expected, "{deed:?}");
				check();
				compare(&model);
			}
			for interval in T..T + INTERVALS {
				if model.closed.insert(interval) {
					EnergyAssets::close(interval);
				}
			}
			while Closing::<Test>::iter_keys().next().is_some() {
				next_block(one_step().saturating_mul(7), one_step());
			}
			for interval in T..T + INTERVALS {
				model.end(interval);
			}
			assert_eq!(Overall::<Test>::get(), model.tally);
			assert_eq!(Overall::<Test>::get().outstanding(), 0);
			assert_eq!(Holdings::<Test>::iter().count(), 0);
			let residual = |(account, zone, Residual { supply_wh, feed_in_wh })| ((account, zone), (supply_wh, feed_in_wh));
			let residuals: BTreeMap<_, _> = Residuals::<Test>::iter().map(residual).collect();
			let expected: BTreeMap<_, _> =
				model.residuals.into_iter().map(|((number, zone), sums)| ((user(number), zone), sums)).collect();
			assert_eq!(residuals, expected);
		});
	}
}
