#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# relocs.sh READELF ELF - the places in ELF that hold an address of the image, as assembly:
# for each the distance in 8-byte words from the one before, a 16-bit number, the first from
# the start of the image; then 0. Twelve times smaller than .rela.dyn, and all that
# image_move (image.c) needs, because the linker writes the addresses in place.

set -eu

"$1" -rW "$2" | sed -n 's/^\([0-9a-f]\{12,16\}\) .* R_AARCH64_RELATIV.*/\1/p' | sort | {
	echo '	.section .relocs, "a"'
	last=$((0x40200000)) # IMAGE_LINK_ADDRESS
	while read -r place; do
		place=$((0x$place))
		words=$(((place - last) / 8))
		if [ $((last + words * 8)) -ne "$place" ] || [ "$words" -gt 65535 ]; then
			echo "relocs.sh: $place cannot be expressed" >&2
			exit 1
		fi
		echo "	.short	$words"
		last=$place
	done
	echo '	.short	0'
}
