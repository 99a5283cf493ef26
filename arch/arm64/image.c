/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moving the firmware. Runs first from flash with no relocations applied
 * and the MMU off: no tables of pointers, no library calls, only addresses relative
 * to the program counter (hidden symbols) and aligned accesses.
 */
#include <arch/image.h>

/* Made by relocs.sh: distances in words between places that hold an address. */
extern const uint16_t __relocs[];

/* A loop the compiler must not turn into memcpy or memset. */
static void copy(uint64_t *dst, const uint64_t *src, const uint64_t *end)
{
	for (; src < end; src += 2, dst += 2) {
		uint64_t a, b;

		__asm__ volatile("ldp %0, %1, [%2]"
				 : "=&r"(a), "=&r"(b)
				 : "r"(src)
				 : "memory");
		__asm__ volatile("stp %0, %1, [%2]"
				 :
				 : "r"(a), "r"(b), "r"(dst)
				 : "memory");
	}
}

static void zero(uint64_t *dst, const uint64_t *end)
{
	for (; dst < end; dst += 2)
		__asm__ volatile("stp xzr, xzr, [%0]" : : "r"(dst) : "memory");
}

void image_move(uint64_t to)
{
	uint64_t from = (uint64_t)(uintptr_t)__image_start;
	uint64_t place = to;
	uint64_t data_end = (uint64_t)(uintptr_t)__data_end - from;
	uint64_t bss_end = (uint64_t)(uintptr_t)__bss_end - from;

	if (to != from)
		copy((uint64_t *)(uintptr_t)to,
		     (const uint64_t *)(const void *)__image_start,
		     (const uint64_t *)(const void *)__data_end);
	zero((uint64_t *)(uintptr_t)(to + data_end),
	     (const uint64_t *)(uintptr_t)(to + bss_end));
	/* The addresses are those of the link: nothing to do for its place. */
	for (const uint16_t *r = __relocs; *r && to != IMAGE_LINK_ADDRESS;
	     r++) {
		place += *r * sizeof(uint64_t);
		*(uint64_t *)(uintptr_t)place += to - IMAGE_LINK_ADDRESS;
	}
}
