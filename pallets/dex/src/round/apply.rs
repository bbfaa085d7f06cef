//! Making a round's trades. Each fill is made whole or not at all: the lines, the money, and the contract or the credits.

use crate::{
	book::{OrderOf, Shelf},
	exposure,
	money::{Payouts, Prices},
	pallet::{Config, Contracts, Deliveries, Error, Event, Exposures, FillPages, HoldReason, Lines, Pallet},
	path::{self, Path},
	types::{BookId, Contract, Fill, Line, OrderKind, Parameters, Phase, Purpose},
};
use frame_support::{ensure, storage::with_storage_layer};
use gridtokenx_primitives::{units::payment, Credits, Interval, Topology};
use sp_runtime::{DispatchError, DispatchResult};

/// A fill and the orders it brings together.
struct Trade<'a, T: Config> {
	interval: Interval,
	terms: &'a Parameters<T::AccountId>,
	lines: &'a [Line<T::AccountId>],
	offer: OrderOf<T>,
	bid: OrderOf<T>,
	fill: Fill,
}

impl<T: Config> Pallet<T> {
	/// Makes the trades on one page of a round's result. A trade that cannot be made is named and left out.
	pub(crate) fn apply_page(id: BookId, page: u32) {
		let fills = FillPages::<T>::take(page);
		let Some((mut shelf, delivery)) = Shelf::<T>::of(id).zip(Deliveries::<T>::get(id.interval)) else {
			return;
		};
		let lines = Lines::<T>::get(id.interval);
		let mut payouts = Payouts::<T>::default();
		for fill in fills {
			let Some(offer) = shelf.order(fill.offer).cloned() else {
				continue;
			};
			let Some(bid) = shelf.order(fill.bid).cloned() else {
				continue;
			};
			let mut trade = Trade {
				interval: id.interval,
				terms: &delivery.terms,
				lines: &lines,
				offer,
				bid,
				fill,
			};
			match with_storage_layer(|| trade.make(id.phase)) {
				Ok(due) => {
					payouts.merge(due);
					Self::deposit_event(trade.event(id));
					trade.put_back(&mut shelf);
				}
				Err(error) => Self::deposit_event(Event::FillFailed {
					offer: Self::order_id(id, fill.offer),
					bid: Self::order_id(id, fill.bid),
					error,
				}),
			}
		}
		payouts.settle();
		shelf.write();
	}
}

impl<T: Config> Trade<'_, T> {
	/// Makes the trade and says what is to be paid out for it.
	fn make(&mut self, phase: Phase) -> Result<Payouts<T>, DispatchError> {
		let (from, to) = (self.offer.zone, self.bid.zone);
		let path = path::between(self.lines, from, to).ok_or(Error::<T>::Inconsistent)?;
		self.check(&path)?;
		// A zone may have been taken out of service since the book was cleared.
		let in_service = T::Topology::is_open(from, self.interval) && T::Topology::is_open(to, self.interval);
		ensure!(in_service, Error::<T>::ZoneClosed);
		Pallet::<T>::commit(self.interval, &path, self.fill.quantity_wh)?;
		self.free_money()?;
		let due = match phase {
			Phase::Forward => self.contract().map(|()| Payouts::default()),
			Phase::Spot => self.exchange(&path),
		}?;
		for order in [&mut self.offer, &mut self.bid] {
			order.open_wh = order.open_wh.saturating_sub(self.fill.quantity_wh);
			order.filled_wh = order.filled_wh.saturating_add(self.fill.quantity_wh);
		}
		Ok(due)
	}

	/// Nobody is filled beyond quantity or limit, and what the buyer pays covers everybody who is to be paid.
	fn check(&self, path: &Path<T::AccountId>) -> DispatchResult {
		let Fill {
			quantity_wh,
			seller_price,
			buyer_price,
			..
		} = self.fill;
		ensure!(
			quantity_wh <= self.offer.open_wh.min(self.bid.open_wh),
			Error::<T>::Inconsistent
		);
		let within_limits = seller_price >= self.offer.limit_price && buyer_price <= self.bid.limit_price;
		ensure!(within_limits, Error::<T>::Inconsistent);
		let charges = path
			.iter()
			.fold(self.terms.fee, |sum, hop| sum.saturating_add(hop.charge_per_kwh));
		ensure!(
			seller_price.saturating_add(charges) <= buyer_price,
			Error::<T>::Inconsistent
		);
		Ok(())
	}

	/// Of the money that the bid held for these Wh, only the price stays on hold.
	fn free_money(&self) -> DispatchResult {
		let Fill {
			quantity_wh,
			buyer_price,
			..
		} = self.fill;
		let after = self.bid.money_for(self.bid.open_wh.saturating_sub(quantity_wh));
		let kept = after.saturating_add(payment(buyer_price, quantity_wh));
		let freed = self
			.bid
			.money_for(self.bid.open_wh)
			.checked_sub(kept)
			.ok_or(Error::<T>::Inconsistent)?;
		Pallet::<T>::give_back(HoldReason::Bid, &self.bid.account, freed)
	}

	/// Forward: both sides are bound until the interval is settled.
	fn contract(&self) -> DispatchResult {
		let wh = self.fill.quantity_wh;
		let shortfall_price = self.terms.shortfall_price;
		let (seller, buyer) = (&self.offer, &self.bid);
		let number = Exposures::<T>::get((self.interval, &seller.account, seller.zone)).contracts;
		Pallet::<T>::change_exposure(
			self.interval,
			&seller.account,
			seller.zone,
			shortfall_price,
			|exposure| {
				exposure.contracts = number.checked_add(1).ok_or(Error::<T>::Inconsistent)?;
				exposure::subtract::<T>(&mut exposure.offered_wh, wh)?;
				exposure::add::<T>(&mut exposure.sold_wh, wh)
			},
		)?;
		Pallet::<T>::change_exposure(self.interval, &buyer.account, buyer.zone, shortfall_price, |exposure| {
			exposure::subtract::<T>(&mut exposure.bid_wh, wh)?;
			exposure::add::<T>(&mut exposure.bought_wh, wh)
		})?;
		let contract = Contract {
			buyer: buyer.account.clone(),
			buyer_zone: buyer.zone,
			open_wh: wh,
			seller_price: self.fill.seller_price,
			buyer_price: self.fill.buyer_price,
			waiting: false,
		};
		Contracts::<T>::insert((self.interval, &seller.account, seller.zone, number), contract);
		let (seller, buyer) = ((&seller.account, seller.zone), (&buyer.account, buyer.zone));
		Pallet::<T>::record_sale(self.interval, seller, buyer, wh);
		Pallet::<T>::count_contract(self.interval)
	}

	/// Spot: money and credits change hands now.
	fn exchange(&self, path: &Path<T::AccountId>) -> Result<Payouts<T>, DispatchError> {
		let Fill {
			quantity_wh: wh,
			seller_price,
			buyer_price,
			..
		} = self.fill;
		let (seller, buyer) = (&self.offer, &self.bid);
		let class = seller.class(self.interval).ok_or(Error::<T>::Inconsistent)?;
		T::Credits::deliver_held(class, (&seller.account, seller.zone), (&buyer.account, buyer.zone), wh)?;
		if buyer.kind == OrderKind::Bid(Purpose::Retire) {
			T::Credits::retire(class, &buyer.account, buyer.zone, wh)?;
		} else {
			let shortfall_price = self.terms.shortfall_price;
			Pallet::<T>::change_exposure(self.interval, &buyer.account, buyer.zone, shortfall_price, |exposure| {
				exposure::subtract::<T>(&mut exposure.bid_wh, wh)
			})?;
		}
		Pallet::<T>::collect(HoldReason::Bid, &buyer.account, payment(buyer_price, wh))?;
		let mut due = Payouts::default();
		let prices = Prices {
			seller: seller_price,
			buyer: buyer_price,
			fee: self.terms.fee,
		};
		due.share_out(&seller.account, prices, path, wh)?;
		Ok(due)
	}

	fn event(&self, id: BookId) -> Event<T> {
		Event::Filled {
			offer: Pallet::<T>::order_id(id, self.fill.offer),
			bid: Pallet::<T>::order_id(id, self.fill.bid),
			seller: self.offer.account.clone(),
			buyer: self.bid.account.clone(),
			quantity_wh: self.fill.quantity_wh,
			seller_price: self.fill.seller_price,
			buyer_price: self.fill.buyer_price,
			offer_unfilled_wh: self.offer.open_wh,
			bid_unfilled_wh: self.bid.open_wh,
		}
	}

	fn put_back(self, shelf: &mut Shelf<T>) {
		for order in [self.offer, self.bid] {
			if let Some(standing) = shelf.order(order.number) {
				*standing = order;
			}
		}
	}
}
