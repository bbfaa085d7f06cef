//! The market's mathematics against what it promises, checked by independent means: a linear-programming solver for the
//! optimum, shortest paths for the prices, brute force for the pairing.

mod books;
mod conditions;
mod solver;

mod extremes;
mod optimum;
mod pairing;
mod prices;
mod priority;
mod refusals;
mod vectors;
