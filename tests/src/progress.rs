//! What a test is doing, for whoever waits for it.

use std::{
	fmt::Display,
	io::{self, Write},
	time::Instant,
};

/// Reports of one test.
pub struct Progress {
	test: &'static str,
	begin: Instant,
}

impl Progress {
	/// Begins to report for `test`.
	pub fn new(test: &'static str) -> Self {
		Progress {
			test,
			begin: Instant::now(),
		}
	}

	/// Prints a line now. The test runner keeps what `println!` prints until the test is over, hence the detour.
	pub fn say(&self, text: impl Display) {
		let seconds = self.begin.elapsed().as_secs();
		let _ = writeln!(
			io::stderr(),
			"    {} +{}:{:02}  {text}",
			self.test,
			seconds / 60,
			seconds % 60
		);
	}
}
