//! What the end-to-end tests share: nodes and oracles as real processes, households with meters, and questions to the chain.
//!
//! * [`node`] and [`oracle`] start the workspace's programs as [`process`]es;
//! * [`household`] is an account with a meter, as a registrar attested it; [`meters`] are many, and what has to become of their readings;
//! * [`calls`] sends what people sign, and [`state`] reads the chain in the runtime's own types;
//! * [`progress`] says what a test is doing.
//!
//! The tests themselves are in `tests/`. The programs have to be built first:
//!
//! ```sh
//! cargo build --release --workspace --bins
//! RUST_TEST_THREADS=8 cargo test --release -p gridtokenx-tests
//! ```
//!
//! Each test has a chain of its own, and most of its time is waiting for that chain's clock: eight at once suit two cores. The
//! longest takes about four minutes. When a test fails, the ends of its programs' logs are shown.

pub mod calls;
pub mod household;
pub mod meters;
pub mod node;
pub mod oracle;
pub mod process;
pub mod progress;
pub mod state;
