//! A trade as people place it who use polkadot.js: `polkadot-js/trade.mjs`.

use gridtokenx_tests::{node::Node, process::run, progress::Progress};
use std::{path::Path, process::Command};

#[tokio::test]
async fn trade_should_be_filled_when_a_polkadot_js_user_places_it() {
	let progress = Progress::new("polkadot.js");
	let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("polkadot-js");
	let is_there = |tool: &str| Command::new(tool).arg("--version").output().is_ok();
	assert!(
		is_there("node") && is_there("npm"),
		"this test needs nodejs and npm; scripts/test.sh installs them"
	);
	if !folder.join("node_modules").exists() {
		progress.say("installing @polkadot/api with npm ci");
		run(Command::new("npm").args(["ci", "--no-progress"]).current_dir(&folder));
	}
	let node = Node::dev().await;
	progress.say("registering two meters and trading");
	let output = run(Command::new("node")
		.args(["trade.mjs", &node.url()])
		.current_dir(&folder));
	for event in [
		"deviceRegistry.Registered",
		"deviceRegistry.Attested",
		"dex.OrderPlaced",
		"dex.Filled",
	] {
		assert!(output.contains(event), "no {event} in:\n{output}");
	}
}
