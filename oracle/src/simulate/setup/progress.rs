//! Shows how far a step is: a bar on a terminal, plain lines elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

/// A step of the set-up under way.
pub struct Step {
	name: String,
	total: u64,
	done: u64,
	told: u64,
	bar: Option<ProgressBar>,
}

impl Step {
	/// Begins a step of `total` parts.
	pub fn new(name: &str, total: usize) -> Self {
		let style = ProgressStyle::with_template("  {msg:34} {bar:30} {pos}/{len}");
		let bar = style.ok().filter(|_| std::io::stdout().is_terminal()).map(|style| {
			let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stdout()).with_style(style);
			bar.set_message(name.to_string());
			bar
		});
		Step {
			name: name.into(),
			total: total as u64,
			done: 0,
			told: 0,
			bar,
		}
	}

	/// One part is done.
	pub fn advance(&mut self) {
		self.done += 1;
		match &self.bar {
			Some(bar) => bar.set_position(self.done),
			// A line for every quarter.
			None if self.done < self.total && (self.done - self.told) * 4 >= self.total => {
				self.told = self.done;
				println!("  {}: {} of {}", self.name, self.done, self.total);
			}
			None => {}
		}
	}

	/// The step is done.
	pub fn finish(self) {
		match self.bar {
			Some(bar) => bar.finish(),
			None if self.total == 0 => println!("  {}: nothing to do", self.name),
			None => println!("  {}: {} of {}", self.name, self.done, self.total),
		}
	}
}
