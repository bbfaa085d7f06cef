//! The market's types.

mod delivery;
mod order;
mod parameters;
mod work;

pub use delivery::{Connection, Contract, ContractId, Delivery, Exposure, Line, Stage};
pub use order::{
	Backing, Book, BookId, Departure, Leaving, NewOrder, Order, OrderId, OrderKind, OwnOrder, Phase, Purpose,
	TimeInForce,
};
pub use parameters::{Fault, Parameters, PriceRule};
pub use work::{
	Allotment, Fill, FillPage, LatePosition, QueueBounds, Round, RoundStage, Settling, SettlingStage, Tally, Task,
	FILLS_PER_PAGE, ORDERS_PER_PAGE, POSITIONS_PER_STEP, SALES_PER_STEP,
};
