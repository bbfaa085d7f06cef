//! The same problem for a linear-programming solver.

use gridtokenx_clearing::{Book, Order, Wh, ZoneId};
use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, Variable};
use std::collections::BTreeMap;

/// The greatest welfare and, at that, the greatest volume, by the simplex method.
///
/// The solver maximises `weight * welfare + volume`, the weight above any volume. Its solution is a corner of the feasible set,
/// and those are integers, as all capacities are: rounding takes off the noise of floating point, and the sums are exact.
pub fn optimum(book: &Book, weight: Wh) -> (i128, Wh) {
	let mut problem = Problem::new(OptimizationDirection::Maximize);
	let mut balances: BTreeMap<ZoneId, LinearExpr> =
		book.zones.iter().map(|zone| (zone.id, LinearExpr::empty())).collect();
	let total: Wh = book.offers.iter().map(|offer| offer.quantity_wh).sum();
	let weight = weight as f64;

	let mut side = |orders: &[Order], sign: f64, volume: f64| -> Vec<Variable> {
		let variable = |order: &Order| {
			let value = sign * weight * order.price_per_kwh as f64 + volume;
			let variable = problem.add_var(value, (0.0, order.quantity_wh as f64));
			balances.get_mut(&order.zone).unwrap().add(variable, -sign);
			variable
		};
		orders.iter().map(variable).collect()
	};
	let offers = side(&book.offers, -1.0, 1.0);
	let bids = side(&book.bids, 1.0, 0.0);
	let mut charges = Vec::new();
	for zone in &book.zones {
		let Some(link) = &zone.link else { continue };
		let directions = [
			(zone.id, link.parent, link.capacity_to_parent_wh),
			(link.parent, zone.id, link.capacity_from_parent_wh),
		];
		for (from, to, capacity) in directions {
			let value = -weight * link.charge_per_kwh as f64;
			let flow = problem.add_var(value, (0.0, capacity.min(total) as f64));
			balances.get_mut(&from).unwrap().add(flow, -1.0);
			balances.get_mut(&to).unwrap().add(flow, 1.0);
			charges.push((link.charge_per_kwh as i128, flow));
		}
	}
	for balance in balances.into_values() {
		problem.add_constraint(balance, ComparisonOp::Eq, 0.0);
	}

	let solution = problem.solve().unwrap().into_solution().unwrap();
	let exact = |variable: Variable| {
		let value = solution.var_value(variable);
		assert!((value - value.round()).abs() < 1e-3, "{value} is no corner");
		value.round() as i128
	};
	let value = |orders: &[Order], filled: &[Variable]| -> i128 {
		orders
			.iter()
			.zip(filled)
			.map(|(order, filled)| order.price_per_kwh as i128 * exact(*filled))
			.sum()
	};
	let charges: i128 = charges.into_iter().map(|(charge, flow)| charge * exact(flow)).sum();
	let volume: i128 = offers.iter().map(|offer| exact(*offer)).sum();
	(
		value(&book.bids, &bids) - value(&book.offers, &offers) - charges,
		volume as Wh,
	)
}
