//! What the market's calls and steps cost.
//!
//! Estimates, until they are measured: each is the number of storage items that the worst case reads and writes, at the
//! database's price, and the processor's time. What dominates is the database; the processor's time is reckoned with 30 µs for
//! a change of a balance or a hold, 5 µs for an order or a contract that is decoded and encoded, and 10 µs for an order in a
//! clearing, which sorts each order a few times.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{
		constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MICROS},
		RuntimeDbWeight, Weight,
	},
};

use crate::types::{FILLS_PER_PAGE, ORDERS_PER_PAGE, POSITIONS_PER_STEP, SALES_PER_STEP};

/// Weights of the market.
pub trait WeightInfo {
	/// Placing an offer.
	fn place_offer() -> Weight;
	/// Placing a bid.
	fn place_bid() -> Weight;
	/// Placing `n` orders.
	fn place_batch(n: u32) -> Weight;
	/// Cancelling an order.
	fn cancel() -> Weight;
	/// Reducing an order.
	fn reduce() -> Weight;
	/// Setting the rules.
	fn set_parameters() -> Weight;
	/// Paying out a claim.
	fn claim() -> Weight;
	/// Closing a contract of a zone out of service.
	fn close_halted() -> Weight;
	/// Looking whether there is something to do.
	fn idle() -> Weight;
	/// Clearing a book of so many orders on a grid of so many zones.
	fn clear(orders: u32, zones: u32) -> Weight;
	/// Making a page of fills in a book of at most so many pages.
	fn apply_page(book_pages: u32) -> Weight;
	/// Sweeping a page of orders.
	fn sweep_page() -> Weight;
	/// Withdrawing a suspended account's orders from a book of at most so many pages.
	fn suspend_book(book_pages: u32) -> Weight;
	/// Taking positions from telemetry.
	fn take_positions() -> Weight;
	/// Settling a position.
	fn settle_position() -> Weight;
	/// Delivering or closing a contract.
	fn settle_contract() -> Weight;
	/// Forgetting records of sales.
	fn forget_sales() -> Weight;
}

/// Weights with the database's price of a runtime.
pub type SubstrateWeight<T> = Estimate<<T as frame_system::Config>::DbWeight>;

/// Weights with a database's price.
pub struct Estimate<Db>(PhantomData<Db>);

/// A balance that changes: the account and its holds, each read and written.
const BALANCE: (u64, u64, u64) = (2, 2, 30);

impl<Db: Get<RuntimeDbWeight>> Estimate<Db> {
	/// So many items read and written, and so many microseconds.
	fn cost(reads: u64, writes: u64, micros: u64) -> Weight {
		// Every item is proven by about as much as it holds; the largest, a page of orders, by 8 KiB.
		let proof = reads.saturating_mul(2_048);
		Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), proof)
			.saturating_add(Db::get().reads_writes(reads, writes))
	}

	/// The same with `balances` changes of a balance.
	fn with_balances(reads: u64, writes: u64, micros: u64, balances: u64) -> Weight {
		let (balance_reads, balance_writes, balance_micros) = BALANCE;
		Self::cost(
			reads.saturating_add(balances.saturating_mul(balance_reads)),
			writes.saturating_add(balances.saturating_mul(balance_writes)),
			micros.saturating_add(balances.saturating_mul(balance_micros)),
		)
	}
}

impl<Db: Get<RuntimeDbWeight>> WeightInfo for Estimate<Db> {
	/// Read: clock, operators, record, lines, own orders, exposure, ratings, zone, book, page, queue; written: record, lines,
	/// own orders, exposure, book, page, queue (two), agenda (two); a hold. 300 µs for a page, lines and network.
	fn place_offer() -> Weight {
		Self::with_balances(16, 11, 300, 1)
	}

	/// As an offer.
	fn place_bid() -> Weight {
		Self::place_offer()
	}

	/// As so many single orders.
	fn place_batch(n: u32) -> Weight {
		Self::place_offer()
			.saturating_mul(u64::from(n))
			.saturating_add(Self::cost(0, 0, 20))
	}

	/// Read: book, page, queue; written: page, book, queue (two).
	fn cancel() -> Weight {
		Self::cost(4, 4, 200)
	}

	/// As a cancellation, and the interval's record.
	fn reduce() -> Weight {
		Self::cost(5, 4, 210)
	}

	/// One item read and written.
	fn set_parameters() -> Weight {
		Self::cost(1, 1, 20)
	}

	/// The claim, and two balances.
	fn claim() -> Weight {
		Self::with_balances(1, 1, 10, 2)
	}

	/// As settling a contract.
	fn close_halted() -> Weight {
		Self::settle_contract()
	}

	/// Cursors and queue: a few small items, one of them written.
	fn idle() -> Weight {
		Self::cost(6, 1, 20)
	}

	/// The pages of the book, its lines (one item each on the grid's side too), and the pages of fills that come out: there are
	/// at most as many fills as orders and three per zone.
	fn clear(orders: u32, zones: u32) -> Weight {
		let (orders, zones) = (u64::from(orders), u64::from(zones));
		let pages = orders.div_ceil(u64::from(ORDERS_PER_PAGE));
		let fills = orders.saturating_add(zones.saturating_mul(3));
		let fill_pages = fills.div_ceil(u64::from(FILLS_PER_PAGE));
		let micros = orders
			.saturating_mul(15)
			.saturating_add(zones.saturating_mul(30))
			.saturating_add(200);
		Self::cost(
			pages.saturating_add(zones).saturating_add(6),
			fill_pages.saturating_add(4),
			micros,
		)
	}

	/// All pages of the book, once; for each fill a contract with its records or a transfer of credits, two exposures, four
	/// lines, and four balances (buyer, seller, market, an operator).
	fn apply_page(book_pages: u32) -> Weight {
		let pages = u64::from(book_pages);
		let fill = Self::with_balances(16, 13, 60, 4);
		let orders = pages.saturating_mul(u64::from(ORDERS_PER_PAGE)).saturating_mul(5);
		fill.saturating_mul(u64::from(FILLS_PER_PAGE))
			.saturating_add(Self::cost(
				pages.saturating_add(8),
				pages.saturating_add(4),
				orders.saturating_add(200),
			))
	}

	/// Two pages; for each order its owner's list, an exposure or credits, and a balance.
	fn sweep_page() -> Weight {
		let order = Self::with_balances(3, 3, 20, 1);
		order
			.saturating_mul(u64::from(ORDERS_PER_PAGE))
			.saturating_add(Self::cost(5, 4, 700))
	}

	/// All pages of the book.
	fn suspend_book(book_pages: u32) -> Weight {
		let pages = u64::from(book_pages);
		let orders = pages.saturating_mul(u64::from(ORDERS_PER_PAGE)).saturating_mul(5);
		Self::cost(
			pages.saturating_add(6),
			pages.saturating_add(5),
			orders.saturating_add(50),
		)
	}

	/// A page of telemetry and the cursor.
	fn take_positions() -> Weight {
		Self::cost(4, 4, u64::from(POSITIONS_PER_STEP).saturating_mul(5))
	}

	/// Credits by source, and what is set aside of them.
	fn settle_position() -> Weight {
		Self::cost(12, 12, 80)
	}

	/// The contract, its record, lines on the way, two exposures, credits on both sides, a program of the virtual power plant, and
	/// the balances of both sides, the market, operators, fund, treasury and program.
	fn settle_contract() -> Weight {
		Self::with_balances(24, 18, 250, 10)
	}

	/// So many items found and removed.
	fn forget_sales() -> Weight {
		let records = u64::from(SALES_PER_STEP);
		Self::cost(records, records, records.saturating_mul(2))
	}
}

/// The same for tests, at ParityDB's price.
impl WeightInfo for () {
	fn place_offer() -> Weight {
		Estimate::<ParityDbWeight>::place_offer()
	}
	fn place_bid() -> Weight {
		Estimate::<ParityDbWeight>::place_bid()
	}
	fn place_batch(n: u32) -> Weight {
		Estimate::<ParityDbWeight>::place_batch(n)
	}
	fn cancel() -> Weight {
		Estimate::<ParityDbWeight>::cancel()
	}
	fn reduce() -> Weight {
		Estimate::<ParityDbWeight>::reduce()
	}
	fn set_parameters() -> Weight {
		Estimate::<ParityDbWeight>::set_parameters()
	}
	fn claim() -> Weight {
		Estimate::<ParityDbWeight>::claim()
	}
	fn close_halted() -> Weight {
		Estimate::<ParityDbWeight>::close_halted()
	}
	fn idle() -> Weight {
		Estimate::<ParityDbWeight>::idle()
	}
	fn clear(orders: u32, zones: u32) -> Weight {
		Estimate::<ParityDbWeight>::clear(orders, zones)
	}
	fn apply_page(book_pages: u32) -> Weight {
		Estimate::<ParityDbWeight>::apply_page(book_pages)
	}
	fn sweep_page() -> Weight {
		Estimate::<ParityDbWeight>::sweep_page()
	}
	fn suspend_book(book_pages: u32) -> Weight {
		Estimate::<ParityDbWeight>::suspend_book(book_pages)
	}
	fn take_positions() -> Weight {
		Estimate::<ParityDbWeight>::take_positions()
	}
	fn settle_position() -> Weight {
		Estimate::<ParityDbWeight>::settle_position()
	}
	fn settle_contract() -> Weight {
		Estimate::<ParityDbWeight>::settle_contract()
	}
	fn forget_sales() -> Weight {
		Estimate::<ParityDbWeight>::forget_sales()
	}
}
