#!/usr/bin/env bash
# Sets up everything and passes every test: unit and property tests, the oracle's, and end-to-end runs of the real node and oracle.
# Usage: scripts/test.sh [filter]   — a filter as `cargo test` takes it, for a part of the tests.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$repo/scripts/lib/packages.sh"

cd "$repo"
"$repo/scripts/setup.sh"
use_wasm_toolchain
# One end-to-end test trades as polkadot.js users do; it fetches that library itself.
{ command -v node && command -v npm; } >/dev/null || install_packages nodejs npm

say "Building the node, the oracle and all tests (about 45 minutes the first time on two cores, minutes after that)"
cargo_with_progress build --release --locked --workspace --bins
cargo_with_progress test --release --locked --workspace --no-run

say "Running the tests (end to end they take about eight minutes, most of it waiting for a chain's clock)"
# Hence more at once than there are processors.
RUST_TEST_THREADS=${RUST_TEST_THREADS:-8} cargo test --release --locked --workspace -- "$@"

say "All tests passed"
