# Shared by the scripts: where things are, and how they speak. Sourced, not run.

set -euo pipefail

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly repo

# The 800 crates of the SDK are compiled once a machine, not once a clone.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/gridtokenx/target}
# The runtime's own compiler, where scripts/setup.sh had to make one.
readonly wasm_toolchain_file=$CARGO_TARGET_DIR/wasm-toolchain
# Has to be called again after scripts/setup.sh, which may have made it just now.
use_wasm_toolchain() {
	if [[ -f $wasm_toolchain_file ]]; then
		WASM_BUILD_TOOLCHAIN=$(<"$wasm_toolchain_file")
		export WASM_BUILD_TOOLCHAIN
	fi
}
use_wasm_toolchain

say() { printf '\n\033[1m==> %s\033[0m\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }
fail() {
	printf '\nerror: %s\n' "$*" >&2
	exit 1
}

# Runs cargo and shows how far it is: its own bar on a terminal, a line every 50 crates elsewhere.
cargo_with_progress() {
	if [[ -t 2 ]]; then
		cargo "$@"
	else
		cargo "$@" 2> >(awk '
			/^ *Compiling/ { if (++n % 50 == 0) { print "    compiled " n " crates, now at " $2; fflush() } next }
			/^ *(Downloaded|Downloading|Locking|Adding|Updating) / { next }
			{ print; fflush() }' >&2)
	fi
}
