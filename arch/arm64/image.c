/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving the firmware. Runs first from flash with no relocations applied
 * and the MMU off: no tables of pointers, only addresses relative to the program
 * counter (hidden symbols) and aligned accesses; memcpy and memset (string.S) are
 * fine for multiples of 16 bytes.
 */
#include <arch/image.h>

#include <string.h>

/* Made by relocs.sh: distances in words between places that hold an address. */
extern const uint16_t __relocs[];

void image_move(uint64_t to)
{
	uint64_t from = (uint64_t)(uintptr_t)__image_start;
	uint64_t place = to;
	uint64_t data_end = (uint64_t)(uintptr_t)__data_end - from;
	uint64_t bss_end = (uint64_t)(uintptr_t)__bss_end - from;

	if (to != from)
		memcpy((void *)(uintptr_t)to, __image_start, data_end);
	memset((void *)(uintptr_t)(to + data_end), 0, bss_end - data_end);
	/* The addresses are those of the link: nothing to do for its place. */
	for (const uint16_t *r = __relocs; *r && to != IMAGE_LINK_ADDRESS;
	     r++) {
		place += *r * sizeof(uint64_t);
		*(uint64_t *)(uintptr_t)place += to - IMAGE_LINK_ADDRESS;
	}
}
