//! The node's command line, its database and its network, as a utility uses them.

use gridtokenx_tests::{
	node::{command, validator_folder, Node, DEV},
	process::{program, run},
	progress::Progress,
};
use serde_json::{json, Value};
use std::{path::Path, process::Command, time::Duration};
use tempfile::TempDir;

/// Long enough for a few blocks to be final, however busy the machine is.
const FINALITY: Duration = Duration::from_secs(120);

fn node(args: &[&str]) -> Command {
	let mut command = program("gridtokenx-node");
	command.args(args);
	command
}

fn parsed(text: &str) -> Value {
	serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// What the database in `folder` knows of the development chain.
fn chain_info(folder: &Path) -> Value {
	parsed(&run(&mut command(folder, "chain-info", DEV)))
}

/// A folder with the database of a development chain of which block `number` is final.
async fn database(number: u64) -> TempDir {
	let node = Node::dev().await;
	let client = node.client().await;
	node.finalises(&client, number, FINALITY).await;
	node.stop().await
}

#[test]
fn key_should_be_the_same_when_it_is_made_and_when_its_phrase_is_inspected() {
	for scheme in ["sr25519", "ed25519", "ecdsa"] {
		let made = parsed(&run(&mut node(&[
			"key",
			"generate",
			"--scheme",
			scheme,
			"--output-type",
			"json",
		])));
		let phrase = made["secretPhrase"].as_str().expect("a phrase");
		let inspected = parsed(&run(&mut node(&[
			"key",
			"inspect",
			"--scheme",
			scheme,
			"--output-type",
			"json",
			phrase,
		])));
		for field in ["accountId", "publicKey", "secretSeed", "ss58Address"] {
			assert_eq!(made[field], inspected[field], "{scheme} {field}");
		}
	}
}

#[test]
fn validator_key_should_be_in_the_keystore_when_it_was_inserted() {
	let folder = tempfile::tempdir().expect("a folder");
	let args = [
		"insert",
		"--chain",
		"dev",
		"--key-type",
		"aura",
		"--scheme",
		"sr25519",
		"--suri",
		"//Utility",
	];
	let mut insert = node(&["key"]);
	run(insert.args(args).arg("--base-path").arg(folder.path()));
	let keystore = folder.path().join("chains/gridtokenx_dev/keystore");
	let files: Vec<_> = std::fs::read_dir(keystore)
		.expect("a keystore")
		.flatten()
		.map(|file| file.file_name())
		.collect();
	let inspected = parsed(&run(&mut node(&[
		"key",
		"inspect",
		"--output-type",
		"json",
		"//Utility",
	])));
	// A key's file is named by its type, here `aura`, and the public key.
	let public = inspected["publicKey"].as_str().expect("hex").trim_start_matches("0x");
	assert_eq!(files, [format!("61757261{public}").as_str()]);
}

#[tokio::test]
async fn chain_spec_should_be_the_same_chain_when_it_went_through_files() {
	let folder = tempfile::tempdir().expect("a folder");
	let [plain, raw] = ["plain.json", "raw.json"].map(|name| folder.path().join(name));
	std::fs::write(&plain, run(&mut node(&["export-chain-spec", "--chain", "dev"]))).expect("written");
	let mut convert = node(&["export-chain-spec", "--raw", "--chain"]);
	std::fs::write(&raw, run(convert.arg(&plain))).expect("written");
	let direct = parsed(&run(&mut node(&["export-chain-spec", "--raw", "--chain", "dev"])));
	let through_plain = parsed(&std::fs::read_to_string(&raw).expect("written"));
	assert_eq!(direct["genesis"], through_plain["genesis"]);
	assert_eq!(through_plain["properties"]["tokenSymbol"], "GRX");

	let raw = raw.to_str().expect("UTF-8");
	let from_file = Node::start("raw", tempfile::tempdir().expect("a folder"), &["--chain", raw]).await;
	let built_in = Node::start("dev", tempfile::tempdir().expect("a folder"), DEV).await;
	assert_eq!(from_file.client().await.genesis(), built_in.client().await.genesis());
}

#[tokio::test]
async fn node_should_go_on_from_its_last_block_when_it_is_started_again() {
	let progress = Progress::new("node restart");
	let first = Node::dev().await;
	let client = first.client().await;
	first.finalises(&client, 2, FINALITY).await;
	let last = client.best().await.expect("a block");
	let (number, hash) = (last.number(), last.hash());
	progress.say(format_args!("stopping at block {number}"));
	let folder = first.stop().await;

	let second = Node::start("node, second run", folder, DEV).await;
	let client = second.client().await;
	assert_eq!(client.block_at(number).await.expect("kept").hash(), hash);
	second.finalises(&client, number + 1, FINALITY).await;
	assert!(
		!second.log().contains("Initializing Genesis"),
		"the second run began a new chain"
	);
}

#[tokio::test]
async fn blocks_should_be_the_same_when_they_were_exported_and_imported() {
	let source = database(3).await;
	let file = source.path().join("blocks");
	run(command(source.path(), "export-blocks", DEV).arg("--binary").arg(&file));

	let target = tempfile::tempdir().expect("a folder");
	run(command(target.path(), "import-blocks", DEV).arg("--binary").arg(&file));
	let (exported, imported) = (chain_info(source.path()), chain_info(target.path()));
	assert!(exported["best_number"].as_u64().expect("a number") >= 3, "{exported}");
	for field in ["genesis_hash", "best_number", "best_hash"] {
		assert_eq!(exported[field], imported[field], "{field}");
	}
}

#[tokio::test]
async fn blocks_should_be_made_anew_when_they_were_reverted() {
	let folder = database(3).await;
	let before = chain_info(folder.path());
	let number = |info: &Value, field: &str| info[field].as_u64().expect("a number");
	let (best, finalised) = (number(&before, "best_number"), number(&before, "finalized_number"));
	assert!(
		best > finalised,
		"a development chain finalises some blocks behind its best one: {before}"
	);

	run(command(folder.path(), "revert", DEV).arg("1"));
	let after = chain_info(folder.path());
	assert_eq!(
		(number(&after, "best_number"), number(&after, "finalized_number")),
		(best - 1, finalised)
	);

	let node = Node::start("node after the revert", folder, DEV).await;
	let client = node.client().await;
	node.finalises(&client, best, FINALITY).await;
}

#[tokio::test]
async fn blocks_should_stay_when_they_are_final_and_a_revert_asks_for_them() {
	let folder = database(3).await;
	let finalised = chain_info(folder.path())["finalized_number"].clone();
	run(command(folder.path(), "revert", DEV).arg("256"));
	let after = chain_info(folder.path());
	assert_eq!(
		(&after["best_number"], &after["finalized_number"]),
		(&finalised, &finalised)
	);
}

#[tokio::test]
async fn database_should_be_gone_when_the_chain_was_purged() {
	let folder = database(1).await;
	let files = folder.path().join("node/chains/gridtokenx_dev/paritydb/full");
	assert!(files.exists());
	run(command(folder.path(), "purge-chain", DEV).arg("-y"));
	assert!(!files.exists());
}

/// Starts three of the local test network's four validators, each with its network backend, and waits until they finalise
/// together: two thirds of four are three, so that none can be missing.
async fn validators_finalise(test: &'static str, backends: [&str; 3]) {
	let progress = Progress::new(test);
	let mut nodes: Vec<Node> = Vec::new();
	for (name, backend) in ["alice", "bob", "charlie"].into_iter().zip(backends) {
		let bootnode = match nodes.first() {
			Some(first) => first.address().await,
			None => String::new(),
		};
		let flag = format!("--{name}");
		let mut args = vec!["--chain", "local", &flag, "--network-backend", backend];
		if !bootnode.is_empty() {
			args.extend(["--bootnodes", &bootnode]);
		}
		nodes.push(Node::start(name, validator_folder("local"), &args).await);
		progress.say(format_args!("{name} is up, on {backend}"));
	}
	for node in &nodes {
		let client = node.client().await;
		node.finalises(&client, 2, FINALITY).await;
		let health = node.rpc("system_health", json!([])).await;
		assert!(health["peers"].as_u64().expect("a number") >= 1, "{health}");
	}
	let mut hashes = Vec::new();
	for node in &nodes {
		hashes.push(node.rpc("chain_getBlockHash", json!([2])).await);
	}
	assert!(
		hashes.iter().all(|hash| *hash == hashes[0]),
		"validators disagree on block 2: {hashes:?}"
	);
	progress.say("all agree on a finalised block");
}

#[tokio::test]
async fn validators_should_finalise_together_when_all_use_libp2p() {
	validators_finalise("libp2p", ["libp2p"; 3]).await;
}

#[tokio::test]
async fn validators_should_finalise_together_when_all_use_litep2p() {
	validators_finalise("litep2p", ["litep2p"; 3]).await;
}

#[tokio::test]
async fn validators_should_finalise_together_when_they_use_different_backends() {
	validators_finalise("both backends", ["libp2p", "litep2p", "litep2p"]).await;
}
