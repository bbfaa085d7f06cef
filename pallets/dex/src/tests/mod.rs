//! What the market does, topic by topic.

mod entry;
mod flexibility;
mod invariants;
mod money;
mod refusals;
mod rounds;
mod settlement;
mod spot;
mod waiting;

use crate::{mock::*, types::Tally, Event};

/// Anna sells Bert 1,000 Wh in the west at 14,142; with the fee he pays 14,242.
fn sell_1000() {
	placed(ANNA, offer(WEST, 1_000, 10_000));
	placed(BERT, bid(WEST, 1_000, 20_100));
	run_round();
	events();
}

/// What the settlement of an interval came to.
fn tally(interval: u32) -> Option<Tally> {
	events().into_iter().find_map(|event| match event {
		Event::Settled {
			interval: settled,
			tally,
			..
		} if settled == interval => Some(tally),
		_ => None,
	})
}
