# SPDX-License-Identifier: BSD-2-Clause
#
# gdb's side of "make debug": starts QEMU (out/debug-qemu.sh, which run.sh
# wrote) halted at the first instruction, and follows the firmware from its
# link address to the place in high RAM it moves to. The firmware calls
# relocated(base) with the new base just before it goes there.

set confirm off
set pagination off
set architecture aarch64
target remote | exec sh out/debug-qemu.sh

set $linked = (long)&__image_start
hbreak *(long)&relocated
commands
	silent
	set $base = $x0
	symbol-file
	add-symbol-file out/vireo.elf -o $base-$linked
	delete
	printf "Vireo moves to %#lx: symbols are there now. \"continue\" goes on.\n", $base
end
printf "Halted at reset. \"continue\" runs to the move to high RAM.\n"
