# System packages, for scripts that need some. Sourced after common.sh, not run.

as_root() {
	if [[ $(id -u) -eq 0 ]]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else
		fail "this needs root and there is no sudo; run as root: $*"
	fi
}

install_packages() {
	command -v apt-get >/dev/null || fail "missing: $*. This is no Debian or Ubuntu; install them by hand and run this again."
	note "installing $* with apt-get"
	as_root apt-get update -qq || note "apt-get update failed; trying with the package lists that are there"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null ||
		fail "apt-get could not install $*; see its messages above"
}
