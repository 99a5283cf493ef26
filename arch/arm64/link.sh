#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# link.sh ELF TABLE LINKER ARGUMENT... - link twice: the first link, with an empty
# table, tells relocs.sh which places hold an address; the second is ELF, with
# the table, and a map beside it. TABLE is a name for what is made on the way.
#
# CC, READELF  the compiler's and readelf's commands

set -eu

here=$(cd "$(dirname "$0")" && pwd)
elf=$1 table=$2
shift 2

assemble() {
	# shellcheck disable=SC2086 # a command with arguments
	$CC -c -o "$table.o" "$table.S"
}

echo '	.section .relocs, "a"; .short 0' >"$table.S"
assemble
"$@" -o "$table.elf" "$table.o"
"$here/relocs.sh" "$READELF" "$table.elf" >"$table.S"
assemble
"$@" -Map="${elf%.elf}.map" -o "$elf" "$table.o"
