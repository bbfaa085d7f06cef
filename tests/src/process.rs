//! The workspace's programs as processes: started with their output in a file, and killed when they go out of scope.

use std::{
	env,
	fs::{self, File},
	path::PathBuf,
	process::{Child, Command, Stdio},
	thread,
	time::Duration,
};
use tokio::time::{sleep, Instant};

/// How much of a log is shown when a test fails.
const TAIL_LINES: usize = 60;

/// A command line of one of the workspace's programs.
///
/// Panics where it has not been built: Cargo builds a package's own programs for its tests, not those of the packages it depends on.
pub fn program(name: &str) -> Command {
	let test = env::current_exe().expect("a test knows where it is");
	// …/release/deps/end_to_end-0123456789abcdef
	let folder = test.ancestors().nth(2).expect("tests lie two folders deep");
	let path = folder.join(name);
	assert!(
		path.exists(),
		"{} is missing; build the workspace's binaries first: cargo build --release --workspace --bins",
		path.display()
	);
	Command::new(path)
}

/// Runs a command to its end and returns what it printed. Panics with what it complained about where it fails.
pub fn run(command: &mut Command) -> String {
	let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
	let complaint = String::from_utf8_lossy(&output.stderr);
	assert!(
		output.status.success(),
		"{command:?} ended with {}:\n{complaint}",
		output.status
	);
	String::from_utf8(output.stdout).expect("programs print UTF-8")
}

/// A running program.
pub struct Process {
	name: String,
	child: Child,
	log: PathBuf,
	/// Where this run's output begins: a log is continued when its program is started again.
	begin: usize,
}

impl Process {
	/// Starts a program that writes its output to `log`.
	pub fn start(name: &str, mut command: Command, log: PathBuf) -> Self {
		let begin = fs::metadata(&log).map_or(0, |metadata| metadata.len() as usize);
		let output = File::options()
			.create(true)
			.append(true)
			.open(&log)
			.expect("a log can be written");
		let errors = output.try_clone().expect("a file can be written twice");
		let child = command
			.env("NO_COLOR", "1")
			.stdin(Stdio::null())
			.stdout(output)
			.stderr(errors)
			.spawn()
			.unwrap_or_else(|error| panic!("{command:?}: {error}"));
		Process {
			name: name.into(),
			child,
			log,
			begin,
		}
	}

	/// What the program has printed since it was started.
	pub fn output(&self) -> String {
		let log = fs::read(&self.log).unwrap_or_default();
		String::from_utf8_lossy(log.get(self.begin..).unwrap_or_default()).into_owned()
	}

	/// Waits until the program has printed `text`, and returns what follows it, up to the next white space.
	pub async fn wait_for(&mut self, text: &str, limit: Duration) -> String {
		let deadline = Instant::now() + limit;
		loop {
			let output = self.output();
			// A line counts once it is whole.
			if let Some((_, rest)) = output.split_once(text).filter(|(_, rest)| rest.contains('\n')) {
				return rest.split_whitespace().next().unwrap_or_default().into();
			}
			if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
				panic!("{} ended with {status} before it said {text:?}", self.name);
			}
			assert!(
				Instant::now() < deadline,
				"{} has not said {text:?} in {limit:?}",
				self.name
			);
			sleep(Duration::from_millis(50)).await;
		}
	}

	/// Ends the program without a warning.
	pub fn kill(mut self) {
		self.end();
	}

	/// Asks the program to end, and waits until it has. Panics where it takes longer than `limit`.
	pub async fn stop(mut self, limit: Duration) {
		// The shell's own `kill`: the standard library sends no signal but SIGKILL.
		run(Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]));
		let deadline = Instant::now() + limit;
		while self.child.try_wait().expect("a child can be waited for").is_none() {
			assert!(Instant::now() < deadline, "{} has not stopped in {limit:?}", self.name);
			sleep(Duration::from_millis(50)).await;
		}
	}

	fn end(&mut self) {
		// Fails where it has ended already.
		let _ = self.child.kill();
		let _ = self.child.wait();
	}

	fn show_tail(&self) {
		let output = fs::read_to_string(&self.log).unwrap_or_default();
		let lines: Vec<&str> = output.lines().collect();
		let tail = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default();
		eprintln!("\n---- the last lines of {} ----\n{}\n----", self.name, tail.join("\n"));
	}
}

impl Drop for Process {
	fn drop(&mut self) {
		if thread::panicking() {
			self.show_tail();
		}
		self.end();
	}
}
