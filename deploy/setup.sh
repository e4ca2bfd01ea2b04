#!/usr/bin/env bash
# Installs what a make target needs. Where it may not, it says what to install.
#   setup.sh run    what `make run` needs: Go
#   setup.sh test   what `make test` needs: Go, Node.js, the servers under test, a browser, the checkers
# Quiet and quick when nothing is missing.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

# command, Debian package, Homebrew formula
needs=(
	"mariadbd mariadb-server mariadb"
	"mariadb-install-db mariadb-server mariadb"
	"redis-server redis-server redis"
	"nginx nginx-light nginx"
	"shellcheck shellcheck shellcheck"
	"curl curl curl"
	"git git git"
	"make make make"
	"gcc gcc gcc" # the race detector is linked with it
	"chromium chromium chromium"
	"node nodejs node"
	"npm npm node"
)

die() {
	echo "setup: $*" >&2
	exit 1
}

missing() { # column: the packages of the commands that are not there, each once
	local need
	for need in "${needs[@]}"; do
		command -v "${need%% *}" >/dev/null || cut -d' ' -f"$1" <<<"$need"
	done | sort -u | tr '\n' ' '
	if [[ $1 == 2 && $(uname) == Linux ]]; then
		[[ -e /etc/ssl/certs/ca-certificates.crt ]] || echo -n 'ca-certificates '
		[[ -e /usr/include/stdlib.h ]] || echo -n 'libc6-dev '
	fi
}

# Debian starts a server as soon as it is installed; ours are started by the
# tests themselves, and this machine may run others on the usual ports.
policy=/usr/sbin/policy-rc.d
forbid_service_starts() {
	saved=$(mktemp -d)
	[[ ! -e $policy ]] || mv "$policy" "$saved/"
	trap restore_policy EXIT
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
}
restore_policy() {
	rm -f $policy
	[[ ! -e $saved/policy-rc.d ]] || mv "$saved/policy-rc.d" $policy
	rm -rf "$saved"
}

apt() {
	DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o Acquire::http::Timeout=60 -o DPkg::Lock::Timeout=300 "$@"
}

install_with_apt() {
	local log
	log=$(mktemp)
	echo "setup: installing $*"
	if ! { apt update && apt install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
		tail -n 30 "$log" >&2
		die "apt-get could not install $*; its whole output is in $log"
	fi
	rm -f "$log"
}

setup_go() {
	command -v go >/dev/null || die "Go is not installed, or not in PATH: get it from https://go.dev/dl/ (go.mod names the version)"
}

setup_test() {
	local packages
	packages=$(missing 2)
	[[ -n $packages ]] || return 0
	case $(uname) in
	Darwin) die "please install: brew install $(missing 3)" ;;
	Linux)
		command -v apt-get >/dev/null || die "please install what Debian calls: $packages"
		[[ $(id -u) == 0 ]] || die "please install: sudo apt-get install --no-install-recommends $packages"
		forbid_service_starts
		# shellcheck disable=SC2086 # one word a package
		install_with_apt $packages
		packages=$(missing 2)
		[[ -z $packages ]] || die "still missing after installing: $packages"
		;;
	*) die "please install: $packages" ;;
	esac
}

case ${1-} in
run) setup_go ;;
test)
	setup_go
	setup_test
	;;
*) die "say what for: setup.sh run | test" ;;
esac
