//! Any history of the grid leaves it consistent, and every promise is kept.

use crate::{mock::*, Terms};
use gridtokenx_primitives::{time::HORIZON, Clock, Interval, Topology, Wh, ZoneId};
use proptest::prelude::*;
use sp_runtime::DispatchResult;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Deed {
	Add {
		parent: ZoneId,
		operator: AccountId,
	},
	Remove {
		zone: ZoneId,
	},
	Update {
		zone: ZoneId,
		notice: Interval,
		kilowatts: u64,
	},
	SetOperator {
		zone: ZoneId,
		operator: AccountId,
	},
	Halt {
		zone: ZoneId,
	},
	Resume {
		zone: ZoneId,
	},
	Commit {
		ahead: Interval,
		zone: ZoneId,
		up: Wh,
		down: Wh,
	},
	Release {
		ahead: Interval,
		zone: ZoneId,
		up: Wh,
		down: Wh,
	},
	Pass {
		intervals: Interval,
	},
}

fn deed() -> impl Strategy<Value = Deed> {
	let zone = 0..8u32;
	let operator = 10..13u64;
	let wh = 0..12_000u64;
	let ahead = 0..3u32;
	prop_oneof![
		(zone.clone(), operator.clone()).prop_map(|(parent, operator)| Deed::Add { parent, operator }),
		zone.clone().prop_map(|zone| Deed::Remove { zone }),
		(zone.clone(), HORIZON - 1..HORIZON + 4, 0..3u64).prop_map(|(zone, notice, tens)| Deed::Update {
			zone,
			notice,
			kilowatts: tens * 10
		}),
		(zone.clone(), operator).prop_map(|(zone, operator)| Deed::SetOperator { zone, operator }),
		zone.clone().prop_map(|zone| Deed::Halt { zone }),
		zone.clone().prop_map(|zone| Deed::Resume { zone }),
		(ahead.clone(), zone.clone(), wh.clone(), wh.clone()).prop_map(|(ahead, zone, up, down)| Deed::Commit {
			ahead: ahead * 48,
			zone,
			up,
			down
		}),
		(ahead, zone, wh.clone(), wh).prop_map(|(ahead, zone, up, down)| Deed::Release {
			ahead: ahead * 48,
			zone,
			up,
			down
		}),
		prop_oneof![1..3u32, 90..220u32].prop_map(|intervals| Deed::Pass { intervals }),
	]
}

/// Does it, and keeps in mind what was promised. Refusals are part of history.
fn act(deed: Deed, promised: &mut BTreeMap<(Interval, ZoneId), (Wh, Wh)>) {
	let root = RuntimeOrigin::root;
	let refusable = |_: DispatchResult| ();
	match deed {
		Deed::Add { parent, operator } => refusable(Grid::add_zone(root(), parent, operator, TERMS)),
		Deed::Remove { zone } => refusable(Grid::remove_zone(root(), zone)),
		Deed::Update {
			zone,
			notice,
			kilowatts,
		} => {
			let terms = Terms {
				to_parent_w: kilowatts * 1_000,
				..TERMS
			};
			refusable(Grid::update_line(root(), zone, Grid::now() + notice, terms));
		}
		Deed::SetOperator { zone, operator } => refusable(Grid::set_operator(root(), zone, operator)),
		Deed::Halt { zone } => refusable(Grid::halt_zone(root(), zone)),
		Deed::Resume { zone } => refusable(Grid::resume_zone(root(), zone)),
		Deed::Commit { ahead, zone, up, down } => {
			let interval = Grid::now() + ahead;
			if Grid::commit(interval, zone, up, down).is_ok() {
				let sum = promised.entry((interval, zone)).or_default();
				*sum = (sum.0 + up, sum.1 + down);
			}
		}
		Deed::Release { ahead, zone, up, down } => {
			let interval = Grid::now() + ahead;
			Grid::release(interval, zone, up, down);
			if let Some(sum) = promised.get_mut(&(interval, zone)) {
				*sum = (sum.0.saturating_sub(up), sum.1.saturating_sub(down));
			}
		}
		Deed::Pass { intervals } => {
			let now = Grid::now() + intervals;
			go_to(now);
			// As the market does once an interval is settled.
			for interval in START..now.saturating_sub(150) {
				Grid::forget(interval);
			}
			promised.retain(|(interval, _), _| *interval >= now.saturating_sub(150));
		}
	}
}

/// The network offers exactly what the lines' terms leave beside the promises.
fn check_promises(promised: &BTreeMap<(Interval, ZoneId), (Wh, Wh)>) {
	for ((interval, zone), (up, down)) in promised {
		let network = Grid::network(*interval);
		let link = network
			.iter()
			.find(|(id, _)| id == zone)
			.and_then(|(_, link)| link.clone());
		let Some(link) = link else { continue };
		let terms = Grid::zone(*zone).unwrap().line.unwrap().schedule.at(*interval);
		assert_eq!(link.to_parent_wh + up, terms.to_parent_w / 4);
		assert_eq!(link.from_parent_wh + down, terms.from_parent_w / 4);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(128))]

	#[test]
	fn grid_should_stay_consistent_whatever_happens(deeds in proptest::collection::vec(deed(), 1..60)) {
		ExtBuilder::default().build_and_execute(|| {
			let mut promised = BTreeMap::new();
			for deed in deeds {
				act(deed, &mut promised);
				check();
				check_promises(&promised);
			}
		});
	}
}
