//! What the market does, topic by topic.

mod entry;
mod invariants;
mod money;
mod refusals;
mod rounds;
mod settlement;
mod spot;
