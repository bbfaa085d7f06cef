#!/usr/bin/env bash
# rustfmt and clippy, as a change has to pass them.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

cd "$repo"
"$repo/scripts/setup.sh"
say "rustfmt"
cargo fmt --all -- --check
say "clippy"
SKIP_WASM_BUILD=1 cargo clippy --release --locked --workspace --all-targets -- -D warnings
