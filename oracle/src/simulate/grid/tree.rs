//! How a radial grid is wired, reduced to what a market sees: the transformer, and the feeders behind it.
//!
//! Every line of a low-voltage grid could be a zone of its own, but the bottlenecks are the transformer and the feeders that leave
//! its busbar, and a price for each feeder is one that a neighbourhood understands.

use std::collections::HashMap;

/// A line of `lines.csv`.
pub(super) struct Edge {
	/// Its line in the file.
	pub at: u64,
	pub name: String,
	pub parent: String,
	pub child: String,
	pub capacity_w: u64,
}

/// A zone: the busbar below the transformer, or a feeder that leaves it, with everything behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
	/// Name of the line above it.
	pub line: String,
	/// What that line carries, W.
	pub capacity_w: u64,
}

/// The zones of a grid and the nodes in them.
pub(super) struct Tree {
	zones: Vec<Zone>,
	nodes: HashMap<String, usize>,
}

/// What is wrong, and on which line of the file.
type Wrong = (Option<u64>, String);

impl Tree {
	/// Checks that the lines make a tree with one transformer, and finds its feeders.
	pub fn new(edges: Vec<Edge>) -> Result<Self, Wrong> {
		let mut above: HashMap<&str, &Edge> = HashMap::new();
		for edge in &edges {
			if edge.capacity_w == 0 {
				return Err((Some(edge.at), format!("line {} carries nothing", edge.name)));
			}
			if let Some(other) = above.insert(&edge.child, edge) {
				let what = format!(
					"node {} hangs by line {} already: the grid has to be radial",
					edge.child, other.name
				);
				return Err((Some(edge.at), what));
			}
		}
		let roots: Vec<&Edge> = edges.iter().filter(|edge| !above.contains_key(&*edge.parent)).collect();
		let [transformer] = roots[..] else {
			let names: Vec<_> = roots.iter().map(|edge| &*edge.name).collect();
			let what = format!(
				"one line has to come from outside, the transformer; here are {}: {names:?}",
				names.len()
			);
			return Err((None, what));
		};
		let leaving: Vec<&Edge> = edges.iter().filter(|edge| edge.parent == transformer.child).collect();
		let mut nodes = HashMap::from([(transformer.child.clone(), 0)]);
		for edge in edges.iter().filter(|edge| edge.child != transformer.child) {
			let feeder = feeder_above(edge, transformer, &above, edges.len()).ok_or_else(|| {
				(
					Some(edge.at),
					format!("line {} leads in a circle, not to the transformer", edge.name),
				)
			})?;
			let place = leaving
				.iter()
				.position(|leaving| leaving.child == feeder.child)
				.map_or(0, |place| place + 1);
			nodes.insert(edge.child.clone(), place);
		}
		let zone = |edge: &Edge| Zone {
			line: edge.name.clone(),
			capacity_w: edge.capacity_w,
		};
		Ok(Tree {
			zones: std::iter::once(transformer).chain(leaving).map(zone).collect(),
			nodes,
		})
	}

	/// The zone that a node is in.
	pub fn zone_of(&self, node: &str) -> Option<usize> {
		self.nodes.get(node).copied()
	}

	/// The zones: the busbar first, then the feeders in the order of the file.
	pub fn into_zones(self) -> Vec<Zone> {
		self.zones
	}
}

/// Goes up from a line to the one that leaves the busbar; `None` if there is no way.
fn feeder_above<'a>(
	edge: &'a Edge,
	transformer: &Edge,
	above: &HashMap<&str, &'a Edge>,
	most_steps: usize,
) -> Option<&'a Edge> {
	let mut edge = edge;
	for _ in 0..most_steps {
		if edge.parent == transformer.child {
			return Some(edge);
		}
		edge = above.get(&*edge.parent)?;
	}
	None
}
