//! How orders stand in their books: in pages of 64, by time.

use crate::{
	pallet::{Books, Config, Error, Orders, OwnOrders, Pallet, Queue, QueueRange},
	types::{Book, BookId, Order, OwnOrder, Phase, Task, ORDERS_PER_PAGE},
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{
	traits::{ConstU32, Get},
	BoundedVec,
};
use gridtokenx_primitives::Interval;
use sp_runtime::DispatchResult;

/// The head of a book.
pub type BookOf<T> = Book<<T as Config>::MaxPages>;
/// An order.
pub type OrderOf<T> = Order<<T as frame_system::Config>::AccountId>;
/// A page of orders.
pub type OrderPage<T> = BoundedVec<OrderOf<T>, ConstU32<ORDERS_PER_PAGE>>;

/// Orders of a book that are changed together: every page is read once and written once.
pub(crate) struct Shelf<T: Config> {
	id: BookId,
	book: BookOf<T>,
	pages: BTreeMap<u32, OrderPage<T>>,
}

impl<T: Config> Shelf<T> {
	/// Stands before a book. `None` if there is no such book.
	pub fn of(id: BookId) -> Option<Self> {
		Some(Self {
			id,
			book: Books::<T>::get(id)?,
			pages: BTreeMap::new(),
		})
	}

	/// The book's head.
	pub fn book(&self) -> &BookOf<T> {
		&self.book
	}

	/// An order of the book.
	pub fn order(&mut self, number: u32) -> Option<&mut OrderOf<T>> {
		let first = self.book.page_of(number)?;
		let page = self
			.pages
			.entry(first)
			.or_insert_with(|| Orders::<T>::get(self.id, first));
		let place = page.binary_search_by_key(&number, |order| order.number).ok()?;
		page.get_mut(place)
	}

	/// Writes what was read.
	pub fn write(self) {
		for (first, page) in self.pages {
			Orders::<T>::insert(self.id, first, page);
		}
	}
}

impl<T: Config> Pallet<T> {
	/// All orders of a book, by time.
	pub(crate) fn orders_in(id: BookId, book: &BookOf<T>) -> Vec<OrderOf<T>> {
		book.pages
			.iter()
			.flat_map(|first| Orders::<T>::get(id, first))
			.collect()
	}

	/// Puts an order at the end of its book, and lists it under its owner.
	pub(crate) fn append(id: BookId, book: &mut BookOf<T>, order: OrderOf<T>) -> DispatchResult {
		Self::list_order(id, &order)?;
		book.next_number = book.next_number.checked_add(1).ok_or(Error::<T>::BookFull)?;
		book.orders = book.orders.saturating_add(1);
		if let Some(last) = book.pages.last() {
			let mut page = Orders::<T>::get(id, last);
			if !page.is_full() {
				page.try_push(order).map_err(|_| Error::<T>::BookFull)?;
				Orders::<T>::insert(id, last, page);
				return Ok(());
			}
		}
		book.pages.try_push(order.number).map_err(|_| Error::<T>::BookFull)?;
		let mut page = OrderPage::<T>::new();
		let first = order.number;
		page.try_push(order).map_err(|_| Error::<T>::BookFull)?;
		Orders::<T>::insert(id, first, page);
		Ok(())
	}

	fn list_order(id: BookId, order: &OrderOf<T>) -> DispatchResult {
		OwnOrders::<T>::try_mutate(&order.account, id, |orders| {
			let entry = OwnOrder {
				number: order.number,
				is_offer: order.kind.is_offer(),
				limit_price: order.limit_price,
			};
			orders.try_push(entry).map_err(|_| Error::<T>::TooManyOrders.into())
		})
	}

	/// Strikes an order off its owner's list.
	pub(crate) fn unlist_order(id: BookId, account: &T::AccountId, number: u32) {
		OwnOrders::<T>::mutate_exists(account, id, |orders| {
			if let Some(own) = orders {
				own.retain(|order| order.number != number);
				if own.is_empty() {
					*orders = None;
				}
			}
		});
	}

	/// Puts a book into the queue for a round, once.
	pub(crate) fn enqueue(id: BookId, book: &mut BookOf<T>) {
		if book.queued {
			return;
		}
		book.queued = true;
		QueueRange::<T>::mutate(|range| {
			Queue::<T>::insert(range.tail, id);
			range.tail = range.tail.saturating_add(1);
		});
	}

	/// The same for a book that is only named.
	pub(crate) fn enqueue_stored(id: BookId) {
		Books::<T>::mutate_extant(id, |book| Self::enqueue(id, book));
	}

	/// Takes the first due book out of the queue.
	pub(crate) fn dequeue() -> Option<BookId> {
		QueueRange::<T>::mutate(|range| {
			if range.head >= range.due {
				return None;
			}
			let id = Queue::<T>::take(range.head);
			range.head = range.head.saturating_add(1);
			id
		})
	}

	/// The book of an id, opened now if it is the first order's.
	pub(crate) fn open_book(id: BookId, closes_at: Interval) -> BookOf<T> {
		Books::<T>::get(id).unwrap_or_else(|| {
			// The spot book's closing is on the agenda since settlement.
			if id.phase == Phase::Forward {
				Self::schedule(closes_at, Task::CloseBook(id));
				let forgotten = id.interval.saturating_add(T::SalesWindow::get());
				Self::schedule(forgotten, Task::ForgetSales(id.interval));
			}
			Book::new(closes_at)
		})
	}
}
