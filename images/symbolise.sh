#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# symbolise.sh [LOG] - name the addresses of a fault or panic report. LOG (or
# standard input) is console output with a line "image at ADDRESS"; every address inside
# the image is followed by its function and line.

set -eu

elf=$(dirname "$0")/../out/vireo.elf
tool=${CROSS_COMPILE:-aarch64-linux-gnu-}addr2line
command -v "$tool" >/dev/null || tool=llvm-addr2line
command -v "$tool" >/dev/null || tool=addr2line
linked=0x40200000 # IMAGE_LINK_ADDRESS

log=$(cat "${1:--}")
base=$(printf '%s\n' "$log" | sed -n 's/.*image at \([0-9a-f]\{16\}\).*/0x\1/p' | head -n 1)
if [ -z "$base" ]; then
	echo "symbolise: no line \"image at ADDRESS\" in the text" >&2
	exit 1
fi
printf '%s\n' "$log" | tr -d '\r' | while IFS= read -r line; do
	printf '%s\n' "$line"
	address=$(printf '%s\n' "$line" |
		sed -n 's/^ *\(elr \)\{0,1\}\([0-9a-f]\{16\}\)\( .*\)\{0,1\}$/0x\2/p')
	[ -n "$address" ] || continue
	offset=$((address - base))
	if [ "$offset" -ge 0 ] && [ "$offset" -lt $((0x200000)) ]; then
		"$tool" -f -p -e "$elf" "$(printf '0x%x' $((offset + linked)))" |
			sed 's/^/      /'
	fi
done
