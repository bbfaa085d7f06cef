//! What is always true of the market, checked item by item against what is stored.

use crate::{
	pallet::{
		Books, Claimable, Config, Contracts, CurrentRound, Deliveries, Exposures, FillPages, HoldReason, Lines, Orders,
		OwnOrders, Pallet, Queue, QueueRange, Settlement,
	},
	types::{BookId, ContractId, Exposure, OrderKind, RoundStage, ORDERS_PER_PAGE},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
	ensure,
	traits::fungible::{Inspect, InspectHold},
};
use gridtokenx_primitives::{units::payment, Balance, Credits, Interval, Wh, ZoneId};
use sp_runtime::TryRuntimeError;

type Key<T> = (Interval, <T as frame_system::Config>::AccountId, ZoneId);

/// What the orders and contracts in storage add up to.
struct Sums<T: Config> {
	exposures: BTreeMap<Key<T>, Exposure>,
	bids: BTreeMap<T::AccountId, Balance>,
	credits: BTreeMap<Key<T>, Wh>,
	contracts: BTreeMap<Interval, u32>,
}

impl<T: Config> Default for Sums<T> {
	fn default() -> Self {
		Self {
			exposures: BTreeMap::new(),
			bids: BTreeMap::new(),
			credits: BTreeMap::new(),
			contracts: BTreeMap::new(),
		}
	}
}

impl<T: Config> Pallet<T> {
	/// The invariants of the market:
	///
	/// 1. Every page of every book holds orders in the order of their numbers, none is empty, and a book's counters and its
	///    owners' lists say what stands on its pages.
	/// 2. Every order is within floor and cap, and no more leaves it than is open.
	/// 3. Every contract is open, its buyer pays at least what seller, lines and fee receive, and its interval counts it.
	/// 4. What is recorded as an account's exposure is the sum of its orders and contracts.
	/// 5. The money on hold is what is owed, to the planck: open bids at their limits, contracts at the buyer's price, and
	///    `ceil(open * shortfall price / 1000)` for each seller, interval and zone.
	/// 6. The credits on hold cover the spot offers and what settlement has set aside.
	/// 7. The market's account holds the existential deposit and the claims, and nothing else.
	/// 8. Every queued book stands in the queue once, and fills wait only while a round is being applied.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let mut sums = Sums::<T>::default();
		for id in Books::<T>::iter_keys() {
			Self::check_book(id)?;
			Self::add_orders(id, &mut sums)?;
		}
		Self::check_pages_have_books()?;
		Self::add_contracts(&mut sums)?;
		Self::check_exposures(&sums)?;
		Self::check_money(&sums)?;
		Self::check_credits(sums)?;
		Self::check_market_account()?;
		Self::check_queue()
	}

	fn check_book(id: BookId) -> Result<(), TryRuntimeError> {
		let book = Books::<T>::get(id).ok_or("1: the book is there")?;
		let mut numbers = Vec::new();
		for (place, first) in book.pages.iter().enumerate() {
			let page = Orders::<T>::get(id, first);
			ensure!(!page.is_empty(), "1: no page of a book is empty");
			let next = book
				.pages
				.get(place.saturating_add(1))
				.copied()
				.unwrap_or(book.next_number);
			ensure!(
				page.iter().all(|order| (*first..next).contains(&order.number)),
				"1: orders stand on their page"
			);
			for order in page {
				let own = OwnOrders::<T>::get(&order.account, id);
				let listed = own.iter().any(|entry| {
					entry.number == order.number
						&& entry.is_offer == order.kind.is_offer()
						&& entry.limit_price == order.limit_price
				});
				ensure!(listed, "1: every order is listed under its owner");
				numbers.push(order.number);
			}
		}
		ensure!(
			numbers.windows(2).all(|pair| pair[0] < pair[1]),
			"1: orders stand by time"
		);
		ensure!(numbers.len() == book.orders as usize, "1: a book counts its orders");
		Ok(())
	}

	fn check_pages_have_books() -> Result<(), TryRuntimeError> {
		for (id, first) in Orders::<T>::iter_keys() {
			let known = Books::<T>::get(id).is_some_and(|book| book.pages.contains(&first));
			ensure!(known, "1: every page belongs to a book");
		}
		let listed: usize = OwnOrders::<T>::iter_values().map(|own| own.len()).sum();
		let standing: usize = Books::<T>::iter_values().map(|book| book.orders as usize).sum();
		ensure!(listed == standing, "1: lists of own orders name nothing else");
		Ok(())
	}

	fn add_orders(id: BookId, sums: &mut Sums<T>) -> Result<(), TryRuntimeError> {
		let book = Books::<T>::get(id).ok_or("1: the book is there")?;
		let terms = Deliveries::<T>::get(id.interval)
			.ok_or("2: a book's interval has its rules")?
			.terms;
		ensure!(
			book.orders <= ORDERS_PER_PAGE.saturating_mul(book.pages.len() as u32),
			"1: pages hold 64 orders"
		);
		for order in Self::orders_in(id, &book) {
			ensure!(
				(terms.floor..=terms.cap).contains(&order.limit_price),
				"2: limits are within floor and cap"
			);
			ensure!(
				order
					.leaving
					.is_none_or(|leaving| leaving.wh <= order.open_wh.saturating_add(order.filled_wh)),
				"2: no more leaves an order than was placed"
			);
			ensure!(
				order.kind.phase() == id.phase,
				"2: an order stands in the book of its phase"
			);
			let key = (id.interval, order.account.clone(), order.zone);
			*sums.bids.entry(order.account.clone()).or_default() += order.money_for(order.open_wh);
			if order.class(id.interval).is_some() {
				*sums.credits.entry(key).or_default() += order.open_wh;
			} else if order.kind.needs_import() && order.open_wh > 0 {
				sums.exposures.entry(key).or_default().bid_wh += order.open_wh;
			} else if matches!(order.kind, OrderKind::Offer(_)) && order.open_wh > 0 {
				sums.exposures.entry(key).or_default().offered_wh += order.open_wh;
			}
		}
		Ok(())
	}

	fn add_contracts(sums: &mut Sums<T>) -> Result<(), TryRuntimeError> {
		for ((interval, seller, zone, number), contract) in Contracts::<T>::iter() {
			let id = ContractId {
				interval,
				seller: seller.clone(),
				zone,
				number,
			};
			let delivery = Deliveries::<T>::get(interval).ok_or("3: a contract's interval is known")?;
			let path = Self::path(interval, zone, contract.buyer_zone).map_err(|_| "3: a contract has its path")?;
			let charges: u128 = path.iter().map(|hop| hop.charge_per_kwh).sum();
			let covered = contract.seller_price + charges + delivery.terms.fee <= contract.buyer_price;
			ensure!(covered, "3: the buyer's price covers seller, lines and fee");
			ensure!(contract.open_wh > 0, "3: a contract is open");
			ensure!(
				id.number < Self::exposure(&seller, zone, interval).contracts,
				"3: a contract's number was given out"
			);
			*sums.contracts.entry(interval).or_default() += 1;
			*sums.bids.entry(contract.buyer.clone()).or_default() += payment(contract.buyer_price, contract.open_wh);
			sums.exposures.entry((interval, seller, zone)).or_default().sold_wh += contract.open_wh;
			let buyer = (interval, contract.buyer, contract.buyer_zone);
			sums.exposures.entry(buyer).or_default().bought_wh += contract.open_wh;
		}
		for (interval, delivery) in Deliveries::<T>::iter() {
			let open = sums.contracts.get(&interval).copied().unwrap_or(0);
			ensure!(delivery.contracts == open, "3: an interval counts its contracts");
		}
		Ok(())
	}

	fn check_exposures(sums: &Sums<T>) -> Result<(), TryRuntimeError> {
		for (key, recorded) in Exposures::<T>::iter() {
			let summed = sums.exposures.get(&key).copied().unwrap_or_default();
			let Exposure { contracts, unread, .. } = recorded;
			ensure!(
				recorded
					== Exposure {
						contracts,
						unread,
						..summed
					},
				"4: exposures are sums"
			);
			ensure!(!recorded.is_empty(), "4: no exposure is empty");
		}
		ensure!(
			Exposures::<T>::iter_keys().count() == sums.exposures.len(),
			"4: every exposure is recorded"
		);
		Ok(())
	}

	fn check_money(sums: &Sums<T>) -> Result<(), TryRuntimeError> {
		let mut collateral = BTreeMap::<T::AccountId, Balance>::new();
		for ((interval, account, _), exposure) in Exposures::<T>::iter() {
			let terms = Deliveries::<T>::get(interval)
				.ok_or("4: an exposure's interval is known")?
				.terms;
			*collateral.entry(account).or_default() += exposure.collateral(terms.shortfall_price);
		}
		for account in frame_system::Account::<T>::iter_keys() {
			let on_hold = |reason: HoldReason| T::Currency::balance_on_hold(&reason.into(), &account);
			let owed = |owed: &BTreeMap<_, Balance>| owed.get(&account).copied().unwrap_or(0);
			ensure!(
				on_hold(HoldReason::Bid) == owed(&sums.bids),
				"5: money on hold is the price of bids and contracts"
			);
			ensure!(
				on_hold(HoldReason::Collateral) == owed(&collateral),
				"5: collateral on hold is what may be owed"
			);
		}
		Ok(())
	}

	fn check_credits(mut sums: Sums<T>) -> Result<(), TryRuntimeError> {
		if let Some(allotment) = Settlement::<T>::get().and_then(|settling| settling.allotment) {
			let held: Wh = allotment.held.iter().map(|(_, wh)| *wh).sum();
			*sums
				.credits
				.entry((allotment.interval, allotment.account, allotment.zone))
				.or_default() += held;
		}
		for ((interval, account, zone), needed) in sums.credits {
			let free: Wh = T::Credits::free(interval, &account, zone)
				.iter()
				.map(|(_, wh)| *wh)
				.sum();
			let held = T::Credits::total(interval, &account, zone).saturating_sub(free);
			ensure!(held >= needed, "6: credits on hold cover offers and allotments");
		}
		Ok(())
	}

	fn check_market_account() -> Result<(), TryRuntimeError> {
		let claims: Balance = Claimable::<T>::iter_values().sum();
		let balance = T::Currency::total_balance(&Self::account_id());
		ensure!(
			balance == T::Currency::minimum_balance() + claims,
			"7: the market keeps nothing but claims"
		);
		Ok(())
	}

	fn check_queue() -> Result<(), TryRuntimeError> {
		let range = QueueRange::<T>::get();
		ensure!(
			range.head <= range.due && range.due <= range.tail,
			"8: the queue is in order"
		);
		let queued: Vec<BookId> = (range.head..range.tail).filter_map(Queue::<T>::get).collect();
		ensure!(
			queued.len() == Queue::<T>::iter_keys().count(),
			"8: nothing stands outside the queue"
		);
		for (id, book) in Books::<T>::iter() {
			let times = queued.iter().filter(|other| **other == id).count();
			ensure!(
				times == usize::from(book.queued),
				"8: a queued book stands in the queue once"
			);
		}
		let applying = CurrentRound::<T>::get().is_some_and(|round| matches!(round.stage, RoundStage::Applying { .. }));
		ensure!(
			applying || FillPages::<T>::iter_keys().next().is_none(),
			"8: fills wait only for their round"
		);
		for interval in Lines::<T>::iter_keys() {
			ensure!(
				Deliveries::<T>::contains_key(interval),
				"8: no lines are kept for a forgotten interval"
			);
		}
		Ok(())
	}
}
