/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line that U-Boot's load and save end with. Scripts read it, so its
 * arithmetic is followed too: whole milliseconds, bytes per millisecond rounded
 * down, one decimal rounded to nearest and left out when it is zero. Less than a
 * byte per millisecond is not rounded to nothing.
 */
#include "rate.h"

#include <core/console.h>

static void print_size(uint64_t bytes)
{
	static const char units[] = "KMGTPE";
	unsigned int unit = 0, shift;
	uint64_t whole, tenths;

	if (bytes < 1024) {
		con_printf("%llu Bytes", (unsigned long long)bytes);
		return;
	}
	while (unit < 5 && bytes >> (10 * (unit + 2)))
		unit++;
	shift = 10 * (unit + 1);
	whole = bytes >> shift;
	/* At most 10 * 2^60 + 2^59: no overflow. */
	tenths = bytes & ((UINT64_C(1) << shift) - 1);
	tenths = (10 * tenths + (UINT64_C(1) << (shift - 1))) >> shift;
	if (tenths == 10) {
		whole++;
		tenths = 0;
	}
	con_printf("%llu", (unsigned long long)whole);
	if (tenths)
		con_printf(".%llu", (unsigned long long)tenths);
	con_printf(" %ciB", units[unit]);
}

void rate_print(const char *what, uint64_t bytes, uint64_t us)
{
	uint64_t ms = us / 1000;

	con_printf("%llu bytes %s in %llu ms", (unsigned long long)bytes, what,
		   (unsigned long long)ms);
	if (ms) {
		con_puts(" (");
		print_size(bytes < ms ? bytes * 1000 / ms : bytes / ms * 1000);
		con_puts("/s)");
	}
	con_putc('\n');
}
