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

# Set $source and $version to those of the source package of a .deb.
read_source() {
	# shellcheck disable=SC2016 # dpkg-deb's variables
	source=$(dpkg-deb --show --showformat='${source:Package}' "$1")
	# shellcheck disable=SC2016
	version=$(dpkg-deb --show --showformat='${source:Version}' "$1")
}

# Field $2 of the pin of source package $1, or nothing.
pin() {
	awk -v name="$1" -v field="$2" \
		'$1 == "source" && $2 == name { print $field }' "$here/pins"
}

# Is the .deb built from the source the pins ask for, if they do?
pinned() {
	read_source "$1"
	want=$(pin "$source" 3)
	[ "${want:-$version}" = "$version" ]
}

# The newest usable .deb of a package in the cache, or failure. A kernel's
# metapackage stands for the concrete kernel it depends on.
cached() {
	case $1 in
	linux-image-cloud-arm64) pattern='linux-image-[0-9]*-cloud-arm64' ;;
	*) pattern=$1 ;;
	esac
	find "$cache/deb" -name "${pattern}_*.deb" 2>/dev/null | sort -rV |
	while read -r f; do
		pinned "$f" && printf '%s\n' "$f" && break
	done | grep .
}

# "URI KEYRING" lines: where to fetch from.
mirrors() {
	if [ -n "${DEBIAN_MIRROR:-}" ]; then
		printf '%s %s\n' "$DEBIAN_MIRROR" "${DEBIAN_KEYRING:--}"
		return
	fi
	list=$("$here/mirrors.sh")
	debootstrap=${DEBOOTSTRAP_DIR:-/usr/share/debootstrap}
	if [ -z "$list" ] && [ -d "$debootstrap" ]; then
		list=$(cat "$debootstrap/scripts/$suite" \
			"$debootstrap/scripts/sid" \
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

# Write the private apt state's configuration. apt's own user, _apt, could not
# write to a cache in root's home, so root downloads as root.
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

# A pinned source: the binary must be built from the version on record, and
# the mirror's index must give that source's tarball the hash on record.
check_pin() {
	pinned "$2" || fail "$1" \
		"the mirror's is built from $source $version, images/fetch/pins asks for $want"
	[ -n "$want" ] || return 0
	apt-cache -c "$state/apt.conf" showsrc "$source" 2>>"$log" |
		awk -v hash="$(pin "$source" 4)" \
			'$1 == hash && /orig\.tar/ { ok = 1 } END { exit !ok }' ||
		fail "$1" "the mirror's $source has another tarball than images/fetch/pins"
}

fail() {
	sed 's/^/  /' "$log" >&2
	die "Cannot fetch the Debian package $1 (arm64, $suite): $2" \
		"To try again: images/fetch/deb.sh $1" \
		"To use another mirror: make DEBIAN_MIRROR=http://.../debian"
}

fetch() {
	concrete=$(resolve "$1")
	[ -n "$concrete" ] || fail "$1" "no mirror gave it"
	printf 'Fetching %s (arm64, %s)\n' "$concrete" "$suite" >&2
	(cd "$tmp" && apt-get -c "$state/apt.conf" -q download "$concrete" \
		>>"$log" 2>&1) || fail "$1" "the download failed"
	for f in "$tmp"/*.deb; do
		check_pin "$1" "$f"
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
