#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# deb.sh PACKAGE... - fetch arm64 Debian packages into the user's cache.
#
# Prints the path of each package's .deb, in the order asked for. What the
# cache ($XDG_CACHE_HOME/vireo) holds is used without touching the network.
# The rest is downloaded and its signature checked by apt, on a private state:
# own sources, own lists, an empty dpkg status, so that nothing of the host's
# package system is read (but for its mirrors) or changed. A file appears in
# the cache under its name only when it is whole.
#
# The release is the one that images/fetch/pins names, on every host. The
# mirrors are those of the host's own apt sources; on an apt host that names
# no Debian mirror (Ubuntu), the one debootstrap has built in.
#
# DEBIAN_MIRROR=URI   use this mirror instead
# DEBIAN_KEYRING=FILE the keys to check it with (default: Debian's archive)

set -eu

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/vireo
state=$cache/apt
suite=$(awk '$1 == "suite" { print $2 }' "$here/pins")

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

# The source package of a .deb, as "name version".
source_of() {
	dpkg-deb --show \
		--showformat='${source:Package} ${source:Version}\n' "$1"
}

# Is the .deb what the pins ask for? Packages without a pin always are.
pinned() {
	set -- $(source_of "$1")
	awk -v name="$1" -v version="$2" '
		$1 == "source" && $2 == name && $3 != version { bad = 1 }
		END { exit bad }' "$here/pins"
}

# The newest usable .deb of a package in the cache, or failure. A kernel's
# metapackage stands for the concrete kernel it depends on.
cached() {
	case $1 in
	linux-image-cloud-arm64) pattern='linux-image-[0-9]*-cloud-arm64' ;;
	*) pattern=$1 ;;
	esac
	found=
	for f in $(ls "$cache/deb" 2>/dev/null | sort -V); do
		case $f in
		${pattern}_*.deb)
			pinned "$cache/deb/$f" && found=$cache/deb/$f ;;
		esac
	done
	[ -n "$found" ] && printf '%s\n' "$found"
}

# "URI KEYRING" lines: where to fetch from.
mirrors() {
	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		printf '%s %s\n' "$DEBIAN_MIRROR" "${DEBIAN_KEYRING:--}"
		return
	fi
	list=$("$here/mirrors.sh")
	if [ -z "$list" ] && [ -d /usr/share/debootstrap ]; then
		list=$(cat "/usr/share/debootstrap/scripts/$suite" \
			/usr/share/debootstrap/scripts/sid \
			/usr/sbin/debootstrap 2>/dev/null |
			grep -o 'https\{0,1\}://[^ "'\'']*/debian\>' |
			head -n 1)
		list=${list:+$list -}
	fi
	[ -n "$list" ] || die "This system's apt sources name no Debian mirror." \
		"Name one: make DEBIAN_MIRROR=http://.../debian"
	printf '%s\n' "$list"
}

keyring() {
	for f in /usr/share/keyrings/debian-archive-keyring.gpg \
			/usr/share/keyrings/debian-archive-keyring.pgp; do
		[ -r "$f" ] && printf '%s\n' "$f" && return
	done
	die "Debian's archive keys are missing: install debian-archive-keyring"
}

# Write the private apt state's configuration.
write_state() {
	mkdir -p "$state/lists/partial" "$state/archives/partial" "$cache/deb"
	: >"$state/status"
	mirrors | while read -r uri key; do
		[ "$key" != - ] || key=$(keyring)
		printf 'Types: deb deb-src\nURIs: %s\nSuites: %s\n' "$uri" "$suite"
		printf 'Components: main\nArchitectures: arm64\n'
		printf 'Signed-By: %s\n\n' "$key"
	done >"$state/debian.sources"
	[ -s "$state/debian.sources" ] || exit 1
	cat >"$state/apt.conf" <<-CONF
	#clear APT::Update;
	#clear DPkg;
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	APT::Sandbox::User "root";
	Acquire::AllowInsecureRepositories "false";
	Acquire::Languages "none";
	Acquire::Retries "1";
	Dir::State "$state";
	Dir::State::lists "$state/lists";
	Dir::State::status "$state/status";
	Dir::Cache "$state";
	Dir::Cache::archives "$state/archives";
	Dir::Etc::sourcelist "$state/debian.sources";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	CONF
}

# The concrete package a name stands for.
resolve() {
	case $1 in
	linux-image-cloud-arm64)
		apt-cache -c "$state/apt.conf" depends "$1" 2>>"$log" |
			awk '$1 == "Depends:" { print $2; exit }' ;;
	*)
		printf '%s\n' "$1" ;;
	esac
}

# A pinned source: the mirror's index must give its version and its tarball
# the hash on record, and the binary must be built from that version.
check_pin() {
	set -- "$1" $(source_of "$1")
	pin=$(awk -v name="$2" '$1 == "source" && $2 == name' "$here/pins")
	[ -n "$pin" ] || return 0
	want=$(printf '%s\n' "$pin" | awk '{ print $3 }')
	hash=$(printf '%s\n' "$pin" | awk '{ print $4 }')
	[ "$3" = "$want" ] || fail "$package" \
		"the mirror's is built from $2 $3; images/fetch/pins asks for $want"
	apt-cache -c "$state/apt.conf" showsrc "$2" 2>>"$log" |
		awk -v hash="$hash" '$1 == hash && /orig\.tar/ { ok = 1 }
			END { exit !ok }' ||
		fail "$package" "the mirror's $2 source has not the SHA-256 in pins"
}

fail() {
	sed 's/^/  /' "$log" >&2
	die "Cannot fetch the Debian package $1 (arm64, $suite): $2" \
		"To try again: images/fetch/deb.sh $1" \
		"To use another mirror: make DEBIAN_MIRROR=http://.../debian"
}

fetch() {
	package=$1
	concrete=$(resolve "$package")
	[ -n "$concrete" ] || fail "$package" "no mirror has it"
	printf 'Fetching %s (arm64, %s)\n' "$concrete" "$suite" >&2
	(cd "$tmp" && apt-get -c "$state/apt.conf" -q download "$concrete" \
		>>"$log" 2>&1) || fail "$package" "the download failed"
	for f in "$tmp"/*.deb; do
		check_pin "$f"
		mv "$f" "$cache/deb/"
	done
}

[ $# -gt 0 ] || die "Usage: $0 PACKAGE..."
missing=
for p; do
	cached "$p" >/dev/null || missing="$missing $p"
done

if [ -n "$missing" ]; then
	command -v apt-get >/dev/null ||
		die "Cannot fetch$missing: this needs apt (Debian or Ubuntu)."
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9
	tmp=$(mktemp -d "$cache/tmp.XXXXXX")
	log=$tmp/log
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 130' INT TERM HUP
	write_state
	apt-get -c "$state/apt.conf" -q update >"$log" 2>&1 || true
	for p in $missing; do
		cached "$p" >/dev/null || fetch "$p"
	done
fi

for p; do
	cached "$p"
done
