#!/usr/bin/env bash
# Sets up everything and passes every test: unit and property tests, the oracle's, and end-to-end runs of the real node and oracle.
# Usage: scripts/test.sh [filter]   — a filter as `cargo test` takes it, for a part of the tests.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

cd "$repo"
"$repo/scripts/setup.sh"

say "Building the node, the oracle and all tests (about 25 minutes the first time on two cores, a minute or two after that)"
cargo_with_progress build --release --locked --workspace --bins
cargo_with_progress test --release --locked --workspace --no-run

say "Running the tests"
cargo test --release --locked --workspace -- "$@"

say "All tests passed"
