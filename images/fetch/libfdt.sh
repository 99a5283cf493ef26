#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# libfdt.sh [DIR] - put Debian's arm64 libfdt into DIR (default: out/libfdt):
# libfdt.a and include/*.h, for linking the firmware. DIR appears when whole.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/../../out/libfdt}
deb=$("$here/deb.sh" libfdt-dev)

mkdir -p "$(dirname "$out")"
tmp=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

dpkg-deb -x "$deb" "$tmp/deb"
mkdir -p "$tmp/libfdt/include"
cp "$tmp"/deb/usr/lib/aarch64-linux-gnu/libfdt.a "$tmp/libfdt/"
cp "$tmp"/deb/usr/include/*.h "$tmp/libfdt/include/"
rm -rf "$out"
mv "$tmp/libfdt" "$out"
