//! The curve of a part of the tree: what each further Wh of export costs it.
//!
//! A zone can raise its net export in two ways, filling more of an offer or less of a bid, and at the order's limit price either
//! way. Sorted by cost these *steps* make the zone's supply curve; it starts where no offer and every bid is filled. Three
//! things happen to curves on the way to the root: the curves of neighbours join, by merging their steps; a link cuts off what
//! it cannot carry; and its charge makes exports dearer and imports less welcome.

use crate::{Side, Wh};
use alloc::vec::Vec;

/// Bits of a cost that hold the order's place in time.
const TIME_BITS: u32 = 20;
/// Bits of a cost below its price.
const FINE_BITS: u32 = TIME_BITS + 1;

const _: () = assert!(crate::MAX_ORDERS <= 1 << TIME_BITS);

/// A price per kWh refined by what breaks ties: `price * 2^21 + side * 2^20 + time`.
///
/// An offer goes before a bid of equal price, so that trades without surplus happen; an earlier offer is filled first, a later
/// bid is given up first. All of it is worth less than one unit of price, so it breaks ties and nothing else.
type Cost = i128;

fn cost(price: u64, side: Side, time: usize) -> Cost {
	let side = match side {
		Side::Offer => 0,
		Side::Bid => 1 << TIME_BITS,
	};
	i128::from(price) << FINE_BITS | side | time as i128
}

/// (A part of) an order that may raise net export by its quantity.
struct Step {
	cost: Cost,
	quantity: Wh,
	order: usize,
}

/// Steps by rising cost, once [sorted](Curve::sort).
#[derive(Default)]
pub(crate) struct Curve {
	steps: Vec<Step>,
	/// How far below zero the net export starts: so much of the first steps is taken if nothing flows.
	import: Wh,
}

impl Curve {
	/// Adds an offer: its step is to fill it. `earlier` counts the offers before it.
	pub fn add_offer(&mut self, order: usize, price: u64, quantity: Wh, earlier: usize) {
		self.steps.push(Step {
			cost: cost(price, Side::Offer, earlier),
			quantity,
			order,
		});
	}

	/// Adds a bid, filled at first, by import if need be: its step is not to fill it. `later` counts the bids after it.
	pub fn add_bid(&mut self, order: usize, price: u64, quantity: Wh, later: usize) {
		self.steps.push(Step {
			cost: cost(price, Side::Bid, later),
			quantity,
			order,
		});
		self.import += quantity;
	}

	/// Merges the sorted runs that joined the curve: the stable sort of the standard library finds and keeps them.
	pub fn sort(&mut self) {
		self.steps.sort_by_key(|step| step.cost);
	}

	/// Joins this sorted curve, as seen through a link, to the one at the link's other end.
	///
	/// Steps below what the link can bring in are taken whatever happens beyond it, and reported; steps above what it can carry
	/// out never are, and vanish.
	pub fn cross(
		self,
		capacity_out: Wh,
		capacity_in: Wh,
		charge: i128,
		beyond: &mut Curve,
		mut taken: impl FnMut(usize, Wh),
	) {
		let charge = charge << FINE_BITS;
		let mut import = self.import.min(capacity_in);
		let mut forced = self.import - import;
		let mut export = capacity_out;
		beyond.import += import;
		beyond.steps.reserve(self.steps.len());
		for Step {
			cost,
			mut quantity,
			order,
		} in self.steps
		{
			let always = move_up_to(&mut forced, &mut quantity);
			if always > 0 {
				taken(order, always);
			}
			let replacing_import = move_up_to(&mut import, &mut quantity);
			if replacing_import > 0 {
				beyond.steps.push(Step {
					cost: cost - charge,
					quantity: replacing_import,
					order,
				});
			}
			let exported = move_up_to(&mut export, &mut quantity);
			if exported > 0 {
				beyond.steps.push(Step {
					cost: cost + charge,
					quantity: exported,
					order,
				});
			}
		}
	}
}

/// Takes as much of `quantity` as there is `room` for.
fn move_up_to(room: &mut Wh, quantity: &mut Wh) -> Wh {
	let moved = (*room).min(*quantity);
	*room -= moved;
	*quantity -= moved;
	moved
}
