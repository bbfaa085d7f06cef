//! What an order must satisfy before it may stand in a book, and what it holds from then on.

use crate::{
	book::Shelf,
	exposure,
	pallet::{Books, Config, Deliveries, Error, Event, Exposures, HoldReason, Lines, OwnOrders, Pallet, Settlement},
	path,
	types::{
		Backing, BookId, Delivery, Exposure, Leaving, NewOrder, Order, OrderId, OrderKind, Parameters, Phase, Purpose,
		Stage, Task, TimeInForce,
	},
};
use frame_support::ensure;
use gridtokenx_primitives::{
	time::HORIZON,
	units::{payment, QUANTITY_LIMIT},
	ClassId, Clock, Credits, Devices, Interval, Topology, Wh,
};
use sp_runtime::{DispatchError, DispatchResult};

type DeliveryOf<T> = Delivery<<T as frame_system::Config>::AccountId>;

impl<T: Config> Pallet<T> {
	/// Places an order. All or nothing: the caller runs it in a storage layer.
	pub(crate) fn do_place(who: &T::AccountId, order: NewOrder) -> Result<OrderId, DispatchError> {
		let now = T::Clock::now();
		let id = order.book();
		ensure!(!T::Topology::is_operator(who), Error::<T>::OperatorsDoNotTrade);
		let (delivery, closes_at) = Self::check_gate(id, now)?;
		ensure!(T::Topology::is_open(order.zone, id.interval), Error::<T>::ZoneClosed);
		Self::check_terms(&order, &delivery.terms)?;
		Self::check_lifetime(order.time_in_force, now, closes_at)?;
		Self::check_self_trade(who, &order, &delivery.terms)?;
		Self::check_backing(who, &order, &delivery)?;
		Self::set_aside(who, &order, &delivery.terms)?;

		let mut book = Self::open_book(id, closes_at);
		let number = book.next_number;
		let standing = Order {
			number,
			account: who.clone(),
			kind: order.kind,
			zone: order.zone,
			open_wh: order.quantity_wh,
			filled_wh: 0,
			limit_price: order.limit_price,
			time_in_force: order.time_in_force,
			first_round: book.next_round(),
			leaving: None,
		};
		Self::append(id, &mut book, standing)?;
		Self::enqueue(id, &mut book);
		Books::<T>::insert(id, book);
		if let TimeInForce::Until(last) = order.time_in_force {
			Self::schedule(last.saturating_add(1), Task::ExpireOrders(id));
		}
		let placed = OrderId { book: id, number };
		Self::deposit_event(Event::OrderPlaced {
			order: placed,
			account: who.clone(),
			placed: order,
		});
		Ok(placed)
	}

	/// Marks energy of an order as leaving after the next round: all of it, or `wh`.
	pub(crate) fn do_withdraw(who: &T::AccountId, id: OrderId, wh: Option<Wh>) -> DispatchResult {
		let mut shelf = Shelf::<T>::of(id.book).ok_or(Error::<T>::OrderNotFound)?;
		let after_round = shelf.book().next_round();
		let order = shelf.order(id.number).ok_or(Error::<T>::OrderNotFound)?;
		ensure!(order.account == *who, Error::<T>::NotYourOrder);
		let leaving_already = order.leaving.map_or(0, |leaving| leaving.wh);
		let staying = order.open_wh.saturating_sub(leaving_already);
		ensure!(staying > 0, Error::<T>::NothingLeftToWithdraw);
		let leaving = wh.unwrap_or(staying).min(staying);
		order.leaving = Some(Leaving {
			after_round,
			wh: leaving_already.saturating_add(leaving),
		});
		shelf.write();
		Self::enqueue_stored(id.book);
		Self::deposit_event(Event::WithdrawalRequested {
			order: id,
			quantity_wh: leaving,
			after_round,
		});
		Ok(())
	}

	/// Reduces an order; the lot binds what is taken back as it binds what is placed.
	pub(crate) fn do_reduce(who: &T::AccountId, id: OrderId, by_wh: Wh) -> DispatchResult {
		let delivery = Deliveries::<T>::get(id.book.interval).ok_or(Error::<T>::OrderNotFound)?;
		ensure!(
			by_wh > 0 && by_wh.checked_rem(delivery.terms.lot_wh) == Some(0),
			Error::<T>::NotAMultipleOfTheLot
		);
		Self::do_withdraw(who, id, Some(by_wh))
	}

	/// The record of an order's interval and the first interval in which its book takes no more orders, or why it takes none
	/// now.
	///
	/// Forward orders for `T` are taken from 96 intervals ahead while the running interval is before `T - 1`: the gate is where
	/// `T - 1` begins, the last round runs during `T - 1`, and so a whole interval lies between the market and the energy. Spot
	/// orders are taken from the end of settlement while the interval's record says so.
	fn check_gate(id: BookId, now: Interval) -> Result<(DeliveryOf<T>, Interval), DispatchError> {
		let (delivery, closes_at) = match id.phase {
			Phase::Forward => {
				ensure!(id.interval <= now.saturating_add(HORIZON), Error::<T>::TooFarAhead);
				let closes_at = id.interval.saturating_sub(1);
				// Refused before a record is made for an interval that is over.
				ensure!(now < closes_at, Error::<T>::GateClosed);
				(Self::open_delivery(id.interval)?, closes_at)
			}
			Phase::Spot => {
				let settled = Settlement::<T>::get().is_some_and(|settling| id.interval < settling.interval);
				ensure!(settled, Error::<T>::NotSettledYet);
				let delivery = Deliveries::<T>::get(id.interval).ok_or(Error::<T>::GateClosed)?;
				let Stage::Spot { until } = delivery.stage else {
					return Err(Error::<T>::GateClosed.into());
				};
				(delivery, until)
			}
		};
		ensure!(now < closes_at, Error::<T>::GateClosed);
		Ok((delivery, closes_at))
	}

	fn check_terms(order: &NewOrder, terms: &Parameters<T::AccountId>) -> DispatchResult {
		let quantity = order.quantity_wh;
		ensure!(
			quantity > 0 && quantity.checked_rem(terms.lot_wh) == Some(0),
			Error::<T>::NotAMultipleOfTheLot
		);
		ensure!(quantity < QUANTITY_LIMIT, Error::<T>::QuantityTooLarge);
		ensure!(
			order.limit_price.checked_rem(terms.tick) == Some(0),
			Error::<T>::NotAMultipleOfTheTick
		);
		ensure!(
			(terms.floor..=terms.cap).contains(&order.limit_price),
			Error::<T>::LimitOutsideFloorAndCap
		);
		Ok(())
	}

	fn check_lifetime(time_in_force: TimeInForce, now: Interval, closes_at: Interval) -> DispatchResult {
		match time_in_force {
			TimeInForce::Until(last) => {
				ensure!(last >= now && last < closes_at, Error::<T>::InvalidExpiry);
				Ok(())
			}
			TimeInForce::TillGate | TimeInForce::NextRound => Ok(()),
		}
	}

	/// An order may not cross the account's own orders on the other side, whatever their zones: the market is for trades
	/// between two.
	fn check_self_trade(who: &T::AccountId, order: &NewOrder, terms: &Parameters<T::AccountId>) -> DispatchResult {
		let is_offer = order.kind.is_offer();
		let crosses = OwnOrders::<T>::get(who, order.book()).into_iter().any(|own| {
			let (offer, bid) = if is_offer {
				(order.limit_price, own.limit_price)
			} else {
				(own.limit_price, order.limit_price)
			};
			own.is_offer != is_offer && bid.saturating_sub(terms.fee) >= offer
		});
		ensure!(!crosses, Error::<T>::SelfTrade);
		Ok(())
	}

	/// The ratings, the import or the credits that an order needs behind it.
	fn check_backing(who: &T::AccountId, order: &NewOrder, delivery: &DeliveryOf<T>) -> DispatchResult {
		let interval = order.interval;
		let exposure = Exposures::<T>::get((interval, who, order.zone));
		match order.kind {
			OrderKind::Offer(Backing::Capacity) => {
				let limit = T::Devices::limits(who, order.zone).export_wh;
				let sold = exposure
					.offered_wh
					.saturating_add(exposure.sold_wh)
					.saturating_add(order.quantity_wh);
				ensure!(sold <= limit, Error::<T>::BeyondExportRating);
			}
			OrderKind::Offer(Backing::Credits { .. }) => {
				ensure!(
					delivery.terms.residual_supplier.as_ref() != Some(who),
					Error::<T>::NoResale
				);
			}
			OrderKind::Bid(_) if Self::is_residual_bid(who, order, delivery) => (),
			OrderKind::Bid(Purpose::Delivery) => {
				let limit = T::Devices::limits(who, order.zone).import_wh;
				let bought = exposure
					.bid_wh
					.saturating_add(exposure.bought_wh)
					.saturating_add(order.quantity_wh);
				ensure!(bought <= limit, Error::<T>::BeyondImportRating);
			}
			OrderKind::Bid(Purpose::Consume) => {
				let uncovered = T::Credits::uncovered_import(interval, who, order.zone).unwrap_or(0);
				let held = T::Credits::total(interval, who, order.zone);
				let covered = exposure.bid_wh.saturating_add(held).saturating_add(order.quantity_wh);
				ensure!(covered <= uncovered, Error::<T>::BeyondMeteredImport);
			}
			OrderKind::Bid(Purpose::Retire) => (),
		}
		Ok(())
	}

	/// Whether this is the supplier's standing offer to buy what is left over: at the root, at the floor and the fee.
	fn is_residual_bid(who: &T::AccountId, order: &NewOrder, delivery: &DeliveryOf<T>) -> bool {
		delivery.terms.residual_supplier.as_ref() == Some(who)
			&& order.limit_price == delivery.terms.residual_limit()
			&& path::root(&Lines::<T>::get(order.interval)) == Some(order.zone)
	}

	/// Holds what the order may cost: a bid's money, an offer's collateral or credits.
	fn set_aside(who: &T::AccountId, order: &NewOrder, terms: &Parameters<T::AccountId>) -> DispatchResult {
		let change = |change: fn(&mut Exposure, Wh) -> DispatchResult| {
			Self::change_exposure(order.interval, who, order.zone, terms.shortfall_price, |exposure| {
				change(exposure, order.quantity_wh)
			})
		};
		match order.kind {
			OrderKind::Offer(Backing::Capacity) => {
				change(|exposure, wh| exposure::add::<T>(&mut exposure.offered_wh, wh))
			}
			OrderKind::Offer(Backing::Credits { origin, source }) => {
				let class = ClassId {
					interval: order.interval,
					zone: origin,
					source,
				};
				T::Credits::hold(class, who, order.zone, order.quantity_wh)
			}
			OrderKind::Bid(_) => {
				Self::hold(HoldReason::Bid, who, payment(order.limit_price, order.quantity_wh))?;
				if order.kind.needs_import() {
					change(|exposure, wh| exposure::add::<T>(&mut exposure.bid_wh, wh))?;
				}
				Ok(())
			}
		}
	}
}
