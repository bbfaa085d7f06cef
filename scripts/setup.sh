#!/usr/bin/env bash
# Installs what the build needs and is missing: system packages and the WebAssembly target. Says what it did; does nothing the
# second time. The other scripts call it.
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$repo/scripts/lib/packages.sh"

readonly target=wasm32v1-none
readonly debian_toolchain=gridtokenx-debian

# command → package that brings it
system_packages() {
	local missing=()
	command -v cc >/dev/null || missing+=(build-essential)
	command -v c++ >/dev/null || [[ " ${missing[*]} " == *build-essential* ]] || missing+=(build-essential)
	command -v protoc >/dev/null || missing+=(protobuf-compiler)
	command -v git >/dev/null || missing+=(git)
	command -v curl >/dev/null || missing+=(curl ca-certificates)
	if ((${#missing[@]})); then install_packages "${missing[@]}"; else note "system packages: all there"; fi
}

rust() {
	# A fresh shell after rustup's installer has not read its environment yet.
	[[ -f $HOME/.cargo/env ]] && . "$HOME/.cargo/env"
	command -v cargo >/dev/null || fail "no cargo. Install Rust with rustup (https://rustup.rs), open a new shell and run this again."
	local wanted version
	wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$repo/Cargo.toml")
	version=$(rustc --version | awk '{print $2}')
	[[ $(printf '%s\n%s\n' "$wanted" "$version" | sort -V | head -n 1) == "$wanted" ]] ||
		fail "rustc $version is too old, $wanted or newer is needed: rustup update stable"
	note "rustc $version"
}

has_target() { [[ -d $(rustc --print sysroot)/lib/rustlib/$target ]]; }

wasm_target() {
	if has_target; then
		note "$target: there"
		rm -f "$wasm_toolchain_file"
	elif [[ -f $wasm_toolchain_file ]] && rustup toolchain list | grep -q "^$debian_toolchain"; then
		note "$target: there, from Debian's compiler"
	elif command -v rustup >/dev/null && rustup target add "$target" >/dev/null 2>&1 && has_target; then
		note "$target: installed by rustup"
	else
		note "$target: rustup cannot reach its servers; building it from Debian's Rust sources"
		wasm_target_from_debian
	fi
}

# Debian's security suite carries a current compiler with its library's source: enough to build core and alloc ourselves.
wasm_target_from_debian() {
	command -v rustup >/dev/null || fail "no rustup; install the target $target for $(rustc --version) and run this again"
	install_packages rustc-web cargo-web rust-web-src lld
	local rustlib=/usr/lib/rustlib work
	work=$(mktemp -d)
	trap 'rm -rf "$work"' RETURN
	mkdir "$work/src"
	printf '#![no_std]\n' >"$work/src/lib.rs"
	printf '[package]\nname = "empty"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
	# Bitcode, because the runtime is linked with link-time optimisation.
	(cd "$work" && RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-C embed-bitcode=yes" CARGO_TARGET_DIR="$work/target" \
		/usr/bin/cargo build --quiet --release -Z build-std=core,alloc --target "$target") ||
		fail "Debian's compiler could not build core and alloc for $target; see its messages above"
	as_root mkdir -p "$rustlib/$target/lib" "$rustlib/x86_64-unknown-linux-gnu/bin"
	as_root find "$work/target/$target/release/deps" -name '*.rlib' ! -name 'libempty*' \
		-exec cp {} "$rustlib/$target/lib/" \;
	as_root ln -sf "$(command -v lld)" "$rustlib/x86_64-unknown-linux-gnu/bin/rust-lld"
	rustup toolchain link "$debian_toolchain" /usr
	mkdir -p "$CARGO_TARGET_DIR"
	echo "$debian_toolchain" >"$wasm_toolchain_file"
	note "$target: built; the runtime will be compiled by $(/usr/bin/rustc --version)"
}

say "Setting up"
system_packages
rust
case ${1:-} in
"") wasm_target ;;
--wasm-from-debian) wasm_target_from_debian ;;
*) fail "usage: scripts/setup.sh [--wasm-from-debian]" ;;
esac
