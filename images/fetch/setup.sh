#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# setup.sh GOAL... - see that the host has the tools for make's goals.
#
# images/fetch/tools is the table. Says nothing when all is there. What is
# missing is named, then installed with apt on Debian and its kin, through sudo
# when not root; where sudo would have to ask for a password and there is no
# terminal to ask on, the command to type is printed and the run fails. On
# other systems the package names are printed, and the run fails.
#
# PYTHON         the interpreter the tests run under (default: the system's)
# CROSS_COMPILE  a cross compiler's prefix: then none is looked for
# LLVM=1         the cross compiler is to be clang with lld

set -eu

here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
if [ -z "${PYTHON:-}" ]; then
	PYTHON=python3
	[ ! -x /usr/bin/python3 ] || PYTHON=/usr/bin/python3
fi

have() {
	command -v "$1" >/dev/null 2>&1
}

cross() {
	[ -z "${CROSS_COMPILE:-}" ] || return 0
	if [ "${LLVM:-}" != 1 ]; then
		for p in aarch64-none-elf- aarch64-elf- aarch64-linux-gnu-; do
			! have "${p}gcc" || return 0
		done
	fi
	have clang && have ld.lld && have llvm-objcopy
}

# What fetching Debian packages takes, on hosts that can do it.
debkeys() {
	! have apt-get || [ -n "${DEBIAN_KEYRING:-}" ] ||
		[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		[ -r /usr/share/keyrings/debian-archive-keyring.pgp ]
}

debmirror() {
	! have apt-get || [ -n "${DEBIAN_MIRROR:-}" ] ||
		[ -n "$("$here/mirrors.sh")" ] || [ -d /usr/share/debootstrap ]
}

# Does clang build libFuzzer programs with the sanitizers?
fuzzer() {
	have clang || return 1
	dir=$(mktemp -d)
	rc=0
	echo 'int LLVMFuzzerTestOneInput(void *d, long n) { return !d && n; }' |
		clang -fsanitize=fuzzer,address,undefined -x c - \
			-o "$dir/probe" >/dev/null 2>&1 || rc=1
	rm -rf "$dir"
	return "$rc"
}

# A gdb that knows the target.
debugger() {
	have gdb-multiarch && return
	have gdb && gdb --batch -ex 'set architecture aarch64' 2>&1 |
		grep -q 'set to "aarch64"'
}

probe() {
	case $1 in
	cmd:*) have "${1#cmd:}" ;;
	hdr:*)
		printf '#include <%s>\n' stdarg.h stddef.h stdint.h setjmp.h \
			"${1#hdr:}" | cc -E - >/dev/null 2>&1 ;;
	py:*) "$PYTHON" -c "import ${1#py:}" 2>/dev/null ;;
	fn:cross) cross ;;
	fn:debkeys) debkeys ;;
	fn:debmirror) debmirror ;;
	fn:fuzzer) fuzzer ;;
	fn:debugger) debugger ;;
	esac
}

# Is one of the jobs in the table's list $1?
wanted() {
	list=$1
	shift
	for job; do
		case ,$list, in
		*,"$job",*) return 0 ;;
		esac
	done
	return 1
}

# The packages that jobs $2... lack, from package column $1 of the table.
missing() {
	column=$1
	shift
	grep -v '^#' "$here/tools" |
	while read -r jobs what packages; do
		wanted "$jobs" "$@" || continue
		probe "$what" || printf '%s\n' "$packages"
	done | awk -v c="$column" '
		$c != "-" && !seen[$c]++ { printf "%s%s", sep, $c; sep = " " }'
}

# What to install for the package names given: LLVM=1 asks for another
# compiler, and Debian has clang's runtime in a package that is named after
# clang's version, known once clang is there.
refine() {
	for p; do
		case $p in
		gcc-aarch64-linux-gnu)
			[ "${LLVM:-}" != 1 ] || p='clang lld llvm' ;;
		clang)
			! have clang || p=$(clang_runtime) ;;
		esac
		printf '%s ' "${p:-clang}"
	done | sed 's/ *$//'
}

clang_runtime() {
	v=$(clang -dumpversion)
	v=${v%%.*}
	apt-cache search --names-only "^libclang-(rt|common)-$v-dev\$" |
		awk '{ printf "%s ", $1 }'
}

# Run a command as root, with no waiting for a password nobody can type.
as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif [ -t 0 ]; then
		sudo "$@"
	else
		sudo -n "$@"
	fi
}

may_be_root() {
	[ "$(id -u)" = 0 ] ||
		{ have sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }
}

# apt-get update. A machine that has just started may be updating itself:
# apt-get can wait for dpkg's lock, but not for that of the lists.
update_lists() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		as_root env LC_ALL=C apt-get -q update >"$1" 2>&1 && return
		grep -q 'Could not get lock' "$1" || return 0
		sleep 3
	done
}

# Install the packages on the command line.
apt_install() {
	if ! may_be_root; then
		root='su -c'
		! have sudo || root='sudo sh -c'
		echo 'Set-up needs root for that and cannot ask for a password here.'
		echo 'Type this, then try again:'
		echo "  $root 'apt-get update && apt-get install --no-install-recommends $*'"
		exit 1
	fi
	log=$here/../../out/setup.log
	mkdir -p "${log%/*}"
	echo "Set-up: apt-get update && apt-get install --no-install-recommends $*"
	echo "(this can take some minutes; what apt says goes to out/setup.log)"
	update_lists "$log"
	as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
		apt-get -q -y -o DPkg::Lock::Timeout=300 install \
		--no-install-recommends "$@" >>"$log" 2>&1 || {
		cat "$log"
		echo "Set-up: apt could not install $*, see above"
		echo "To try again: make $goals"
		exit 1
	}
}

# Tell what other systems call the packages, and stop.
tell() {
	echo "Missing tools. This system has no apt; install what is named here:"
	echo "  Fedora: sudo dnf install $(missing 2 "$@")"
	echo "  Arch:   sudo pacman -S $(missing 3 "$@")"
	echo "  macOS:  brew install $(missing 4 "$@")"
	exit 1
}

# What the table calls the work behind a goal of the Makefile.
jobs_of() {
	for goal; do
		case $goal in
		clean | help | version) ;;
		run | shell | lint | out/disk.img) echo build run ;;
		debug) echo build run debug ;;
		demo) echo build run demo ;;
		fuzz | fuzzers) echo build test ;;
		test) echo build run test ;;
		bench) echo build run test bench ;;
		check | format) echo build test check ;;
		*) echo build ;;
		esac
	done | tr ' ' '\n' | sort -u
}

exec >&2
goals=$*
# shellcheck disable=SC2046 # one word each
set -- $(jobs_of "$@")
lacking=$(missing 1 "$@")
[ -n "$lacking" ] || exit 0
have apt-get || tell "$@"

# The second round finds what the first one's packages need in turn.
for round in 1 2; do
	# shellcheck disable=SC2086 # one word each
	packages=$(refine $lacking)
	echo "Set-up: not found on this system, needed for make $goals: $packages"
	# shellcheck disable=SC2086
	apt_install $packages
	lacking=$(missing 1 "$@")
	[ -n "$lacking" ] || exit 0
done
echo "Set-up: still not usable after $round rounds: $lacking"
exit 1
