/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device trees: the firmware's own copy of QEMU's (control), the one that "fdt"
 * shows and booti uses unless told otherwise (working), and the copy a kernel
 * gets. libfdt does the work; a tree in memory that somebody named is checked
 * fully before each use, because anything may have been written there since.
 */
#ifndef VIREO_BOOT_FDT_H
#define VIREO_BOOT_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <boot/why.h>
#include <lib/compiler.h>

/* What Linux accepts at most (Documentation/arch/arm64/booting.rst, 2). */
#define BOOT_FDT_MAX UINT64_C(0x200000)

/* The longest name of a property that boot_fdt_check takes (the specification: 31). */
#define BOOT_FDT_NAME_MAX 255

/* The firmware's own tree; the board sets it once, checked. */
void *boot_control_fdt(void);
void boot_control_fdt_set(void *fdt);

/* The working tree: the control tree until boot_fdt_set. */
void *boot_fdt(void);
void boot_fdt_set(void *fdt);

/*
 * boot_fdt_check - is there a sound tree at @addr, all of it in RAM? Always 0 for
 * the control tree, which nobody else can write. Versions below 17 are refused, and
 * property names over BOOT_FDT_NAME_MAX: they would make libfdt's checks quadratic.
 * @why: U-Boot's text for a bad header
 * Return: 0; -EFAULT not RAM; -EBADMSG not a tree, or damaged
 */
must_check int boot_fdt_check(uint64_t addr, struct boot_why *why);

/* boot_fdt_aliases_ok - may libfdt look for a path of @fdt that does not begin with
 * '/', or apply an overlay to it? Only when aliases do not name aliases. */
must_check bool boot_fdt_aliases_ok(const void *fdt);

/*
 * boot_fdt_check_overlay - may fdt_overlay_apply be given the checked tree @fdt? It
 * would follow some of what stands there out of the tree.
 * Return: 0; -EBADMSG
 */
must_check int boot_fdt_check_overlay(const void *fdt, struct boot_why *why);

/*
 * boot_fdt_room - how large the tree @fdt may grow where it is: to the end of
 * the control tree's reservation, for any other its own total size.
 */
uint64_t boot_fdt_room(const void *fdt);

/* What a kernel is told in /chosen. */
struct boot_chosen {
	const char *bootargs; /* NULL: those of the tree stay */
	uint64_t initrd;
	uint64_t initrd_size; /* 0: none, and none in the tree either */
	int seed_error;       /* out: why there is no fresh random seed; 0 */
};

/* boot_fdt_copy_size - bytes that boot_fdt_copy needs at most. */
uint64_t boot_fdt_copy_size(const void *fdt, const struct boot_chosen *c);

/*
 * boot_fdt_copy - a copy of the checked tree @from at @to, for a kernel: with /chosen
 * as @c says, fresh kaslr-seed and rng-seed, and a memory node that names real
 * RAM only. Packed.
 * @to: 8-byte aligned, not overlapping @from; @room: as boot_fdt_copy_size says
 * Return: 0; -ENOSPC; -EBADMSG
 */
must_check int boot_fdt_copy(const void *from, void *to, size_t room,
			     struct boot_chosen *c, struct boot_why *why);

/* boot_fdt_set_chosen - only what is in /chosen, in place.
 * Return: 0; a libfdt error */
must_check int boot_fdt_set_chosen(void *fdt, struct boot_chosen *c);

/*
 * boot_fdt_set_memory - one /memory node instead of all that are there.
 * @banks: @count pairs of base and size
 * Return: 0; a libfdt error
 */
struct ram_range;
must_check int boot_fdt_set_memory(void *fdt, const struct ram_range *banks,
				   size_t count);

#endif
