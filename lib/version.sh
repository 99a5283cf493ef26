#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# version.sh COMPILER LINKER - version.h on standard output: the banner's version
# and date, which are the commit's (or SOURCE_DATE_EPOCH), so that builds
# repeat, and the first lines of what the two tools say of themselves.

set -eu
export LC_ALL=C

epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
commit=$(git describe --always 2>/dev/null || echo unknown)

define() {
	printf '#define VIREO_%s "%s"\n' "$1" "$2"
}

# Both are a command with arguments.
define VERSION "$(date -u -d "@$epoch" +%Y.%m)-$commit"
define DATE "$(date -u -d "@$epoch" '+%b %d %Y - %H:%M:%S +0000')"
define COMPILER "$($1 --version | head -n 1)"
define LINKER "$($2 --version | head -n 1)"
