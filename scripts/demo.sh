#!/usr/bin/env bash
# Sets up and builds everything, starts a development chain and an oracle, and runs a village of signing meters on them.
# Usage: scripts/demo.sh [--grid DIR] [--intervals N] [--report FILE]
#   --grid DIR       the village: a folder with meters.csv, lines.csv and intervals.csv (default: tests/data/simbench/LV3.101)
#   --intervals N    stop after N intervals are settled (default: run until Ctrl-C)
#   --report FILE    write what happened as JSON
# Exits as the village does: with 0 only if every meter was settled, something was traded, and energy and money were conserved.
# shellcheck source=lib/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

readonly started=$PWD
grid=$repo/tests/data/simbench/LV3.101
options=()
usage() { sed -n '2,/^[^#]/{/^# shellcheck/d;/^#/s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"; }
while (($#)); do
	case $1 in
	-h | --help)
		usage
		exit 0
		;;
	--grid | --intervals | --report)
		[[ $# -ge 2 ]] || fail "$1 needs a value"
		case $1 in
		--grid) grid=$(realpath -m -- "$2") ;;
		--intervals) options+=(--intervals "$2") ;;
		--report) options+=(--report "$(realpath -m -- "$2")") ;;
		esac
		shift 2
		;;
	*) fail "unknown: $1. Usage: scripts/demo.sh [--grid DIR] [--intervals N] [--report FILE]" ;;
	esac
done
for file in meters.csv lines.csv intervals.csv; do
	[[ -f $grid/$file ]] || fail "$grid has no $file"
done

"$repo/scripts/setup.sh"
use_wasm_toolchain

say "Building the node and the oracle (about 45 minutes the first time on two cores, minutes after that)"
cd "$repo"
cargo_with_progress build --release --locked --workspace --bins
cd "$started"
readonly bin=$CARGO_TARGET_DIR/release

work=$(mktemp -d "${TMPDIR:-/tmp}/gridtokenx-demo.XXXXXX")
readonly work
mkdir "$work/logs"
# What was started, the latest first.
children=()
village=

# Ends every process that was started, however this script ends, and throws away everything but the logs.
clean_up() {
	trap '' INT TERM
	local pid
	for pid in "${children[@]}"; do
		kill -TERM "$pid" 2>/dev/null || continue
		for _ in {1..100}; do
			kill -0 "$pid" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work/node" "$work/oracle" "$work/meters"
	note "logs: $work/logs"
}

# The village ends in its own time after Ctrl-C, with a last audit.
interrupted=
interrupt() {
	[[ -n $village ]] || exit 130
	interrupted=yes
	kill -INT "$village" 2>/dev/null || true
}
trap clean_up EXIT
trap interrupt INT
trap 'exit 143' TERM

# Starts a process with its log, out of reach of the terminal's Ctrl-C.
start() {
	local log=$work/logs/$1.log
	shift
	setsid "$@" >"$log" 2>&1 &
	children=("$!" "${children[@]}")
}

# Nobody listens on the port.
is_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The port one would expect, or else one that is free.
free_port() {
	local port=$1
	until is_free "$port"; do port=$((20000 + RANDOM % 20000)); done
	echo "$port"
}

# Waits until a command succeeds, while the process started last lives.
wait_for() {
	local what=$1 log=$work/logs/$2.log pid=${children[0]} second
	shift 2
	for second in {1..90}; do
		if "$@" >/dev/null 2>&1; then
			note "$what: ready"
			return
		fi
		if ! kill -0 "$pid" 2>/dev/null; then
			tail -n 20 "$log" >&2
			fail "$what has ended; the lines above are the last of $log"
		fi
		((second % 10)) || note "$what: waiting for $second seconds"
		sleep 1
	done
	tail -n 20 "$log" >&2
	fail "$what is not ready after 90 seconds; the lines above are the last of $log"
}

makes_blocks() {
	curl -sf --max-time 2 -H 'content-type: application/json' \
		-d '{"id":1,"jsonrpc":"2.0","method":"chain_getHeader"}' "http://127.0.0.1:$rpc_port" | grep -qv '"number":"0x0"'
}

takes_readings() { curl -sf --max-time 2 "http://127.0.0.1:$hub_port/healthz"; }

rpc_port=$(free_port 9944)
hub_port=$(free_port 8420)
p2p_port=$(free_port 30333)

say "Starting a development chain"
start node "$bin/gridtokenx-node" --dev --base-path "$work/node" --rpc-port "$rpc_port" --port "$p2p_port" \
	--no-prometheus --no-telemetry
wait_for "the node on ws://127.0.0.1:$rpc_port" node makes_blocks

say "Starting the oracle"
start oracle "$bin/gridtokenx-oracle" run --node "ws://127.0.0.1:$rpc_port" --listen "127.0.0.1:$hub_port" \
	--data "$work/oracle" --dev-carrier //Carrier
wait_for "the oracle on http://127.0.0.1:$hub_port" oracle takes_readings

say "The village"
# In the background, so that a signal reaches this script at once.
"$bin/gridtokenx-oracle" simulate --node "ws://127.0.0.1:$rpc_port" --hub "http://127.0.0.1:$hub_port" --grid "$grid" \
	--state "$work/meters" "${options[@]}" 2>"$work/logs/village.log" &
village=$!
children=("$village" "${children[@]}")
while true; do
	status=0
	wait "$village" || status=$?
	# A signal interrupts the wait, not the village.
	[[ -n $interrupted ]] || break
	interrupted=
done
if ((status)); then
	tail -n 20 "$work/logs/village.log" >&2
	note "the village ended with $status"
else
	note "the village has come through"
fi
exit "$status"
