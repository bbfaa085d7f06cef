//! The zones as a tree, parents before children.

use crate::{BookError, Link, Wh, Zone, ZoneId, MAX_PRICE, MAX_ZONES};
use alloc::{
	collections::{BTreeMap, BTreeSet, BinaryHeap},
	vec::Vec,
};
use core::cmp::Reverse;

/// A zone and its link, with the parent as a position in the tree.
///
/// The root's link has no capacity, so that it needs no special treatment: what reaches the root goes no further.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Node {
	/// Position in the book.
	pub position: usize,
	/// Position of the parent in the tree: before this node's, or no position at all for the root.
	pub parent: usize,
	pub to_parent: Wh,
	pub from_parent: Wh,
	pub charge: i128,
}

/// The nodes in the order in which prices are given: whenever a parent stands, its children follow by identifier.
pub(crate) struct Tree {
	nodes: Vec<Node>,
	/// Positions in the tree by zone, sorted.
	positions: Vec<(ZoneId, usize)>,
}

impl Tree {
	pub fn new(zones: &[Zone]) -> Result<Self, BookError> {
		if zones.len() > MAX_ZONES {
			return Err(BookError::TooManyZones);
		}
		let (root, mut children) = family(zones)?;
		let mut tree = Self {
			nodes: Vec::with_capacity(zones.len()),
			positions: Vec::with_capacity(zones.len()),
		};
		let mut ready = BinaryHeap::from([Reverse((root.0, root.1))]);
		while let Some(Reverse((id, node))) = ready.pop() {
			let here = tree.nodes.len();
			let born = children.remove(&id).unwrap_or_default().into_iter();
			ready.extend(born.map(|(child, node)| Reverse((child, Node { parent: here, ..node }))));
			tree.positions.push((id, here));
			tree.nodes.push(node);
		}
		// Whoever still waits for a parent to be placed has itself among its ancestors.
		if let Some((id, _)) = children.values().flatten().next() {
			return Err(BookError::ParentCycle(*id));
		}
		tree.positions.sort_unstable();
		Ok(tree)
	}

	pub fn nodes(&self) -> &[Node] {
		&self.nodes
	}

	pub fn len(&self) -> usize {
		self.nodes.len()
	}

	/// The zone's position in the tree.
	pub fn position(&self, zone: ZoneId) -> Option<usize> {
		let found = self.positions.binary_search_by_key(&zone, |(id, _)| *id).ok()?;
		self.positions.get(found).map(|(_, position)| *position)
	}
}

type Family = BTreeMap<ZoneId, Vec<(ZoneId, Node)>>;

/// The root, and the children of every parent, yet without their parent's position.
fn family(zones: &[Zone]) -> Result<((ZoneId, Node), Family), BookError> {
	let mut known = BTreeSet::new();
	if let Some(zone) = zones.iter().find(|zone| !known.insert(zone.id)) {
		return Err(BookError::DuplicateZone(zone.id));
	}
	let mut root: Option<(ZoneId, Node)> = None;
	let mut children = Family::new();
	for (position, zone) in zones.iter().enumerate() {
		match &zone.link {
			Some(link) => {
				if !known.contains(&link.parent) {
					return Err(BookError::UnknownParent(zone.id));
				}
				let node = hanging(position, link).ok_or(BookError::ChargeOutOfRange(zone.id))?;
				children.entry(link.parent).or_default().push((zone.id, node));
			}
			None => {
				let node = Node {
					position,
					parent: usize::MAX,
					to_parent: 0,
					from_parent: 0,
					charge: 0,
				};
				if let Some((first, _)) = root.replace((zone.id, node)) {
					return Err(BookError::SeveralRoots(first, zone.id));
				}
			}
		}
	}
	Ok((root.ok_or(BookError::NoRoot)?, children))
}

fn hanging(position: usize, link: &Link) -> Option<Node> {
	let charge = i128::try_from(link.charge_per_kwh)
		.ok()
		.filter(|_| link.charge_per_kwh <= MAX_PRICE)?;
	let (to_parent, from_parent) = (link.capacity_to_parent_wh, link.capacity_from_parent_wh);
	Some(Node {
		position,
		parent: usize::MAX,
		to_parent,
		from_parent,
		charge,
	})
}
