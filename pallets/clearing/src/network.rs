//! The flows as pairs of zones: whose supply meets whose demand.
//!
//! What is not paired yet is always a flow: every link that still carries something leads from supply to demand. So the nearest
//! pair can always be taken out, with as much as its ends and the links between them allow, and a smaller flow remains. Each
//! time some zone's supply, some zone's demand or some link is used up: there are at most three pairs per zone.

use crate::{tree::Node, Wh};
use alloc::{collections::VecDeque, vec, vec::Vec};
use core::iter::successors;

/// A quantity that flows from one zone to another (or stays in one).
pub(crate) struct Pair {
	pub from: usize,
	pub to: usize,
	pub quantity: Wh,
}

/// A zone, with what is not paired yet.
struct Station {
	supply: Wh,
	demand: Wh,
	/// What the link to the parent carries, up or down.
	carried: Wh,
	/// Where energy flows from here.
	onward: Vec<Arc>,
}

/// A link in the direction of its flow.
#[derive(Clone, Copy)]
struct Arc {
	/// The zone whose link to its parent it is.
	link: usize,
	to: usize,
}

/// How the search came to a zone.
#[derive(Clone, Copy)]
struct Arrival {
	source: usize,
	distance: usize,
	/// The last link, and the zone before it.
	last: Option<(usize, usize)>,
}

pub(crate) struct Network(Vec<Station>);

impl Network {
	/// The zones of the tree with their supply and demand, and the flows between them.
	pub fn new(ends: impl Iterator<Item = (Wh, Wh)>, nodes: &[Node], flows: &[i64]) -> Self {
		let station = |((supply, demand), flow): (_, &i64)| Station {
			supply,
			demand,
			carried: flow.unsigned_abs(),
			onward: Vec::new(),
		};
		let mut stations: Vec<Station> = ends.zip(flows).map(station).collect();
		for (link, (node, flow)) in nodes.iter().zip(flows).enumerate().filter(|(_, (_, flow))| **flow != 0) {
			let (from, to) = if *flow > 0 {
				(link, node.parent)
			} else {
				(node.parent, link)
			};
			if let Some(station) = stations.get_mut(from) {
				station.onward.push(Arc { link, to });
			}
		}
		Self(stations)
	}

	/// Takes out pairs at the least distance at which there are any. None are left when it finds none.
	///
	/// A search from all supply at once, link by link. It reaches each zone from one source; other pairs at the same distance
	/// wait for the next search.
	pub fn take_nearest(&mut self) -> Vec<Pair> {
		let mut arrivals = vec![None; self.0.len()];
		let mut queue = VecDeque::new();
		for (source, (station, arrival)) in self.0.iter().zip(&mut arrivals).enumerate() {
			if station.supply > 0 {
				*arrival = Some(Arrival {
					source,
					distance: 0,
					last: None,
				});
				queue.push_back(source);
			}
		}
		let mut pairs: Vec<Pair> = Vec::new();
		let mut nearest = usize::MAX;
		while let Some((zone, arrival)) = queue.pop_front().and_then(|zone| Some((zone, (*arrivals.get(zone)?)?))) {
			if arrival.distance > nearest {
				break;
			}
			if let Some(pair) = self.take(zone, &arrivals) {
				nearest = arrival.distance;
				pairs.push(pair);
			}
			for Arc { link, to } in self.0.get(zone).into_iter().flat_map(|station| &station.onward) {
				let open = self.0.get(*link).is_some_and(|station| station.carried > 0);
				if let Some(unreached) = arrivals.get_mut(*to).filter(|arrival| open && arrival.is_none()) {
					*unreached = Some(Arrival {
						distance: arrival.distance + 1,
						last: Some((*link, zone)),
						..arrival
					});
					queue.push_back(*to);
				}
			}
		}
		pairs
	}

	/// Takes out what can still come to a zone on the way that the search found.
	fn take(&mut self, to: usize, arrivals: &[Option<Arrival>]) -> Option<Pair> {
		let arrival = |zone: usize| arrivals.get(zone).copied().flatten();
		let from = arrival(to)?.source;
		let way = successors(arrival(to)?.last, |(_, zone)| arrival(*zone)?.last);
		let links: Vec<usize> = way.map(|(link, _)| link).collect();
		let ends = self.0.get(from)?.supply.min(self.0.get(to)?.demand);
		let carried = links.iter().filter_map(|link| Some(self.0.get(*link)?.carried));
		let quantity = carried.fold(ends, Wh::min);
		self.0.get_mut(from)?.supply -= quantity;
		self.0.get_mut(to)?.demand -= quantity;
		for link in links {
			self.0.get_mut(link)?.carried -= quantity;
		}
		(quantity > 0).then_some(Pair { from, to, quantity })
	}
}
