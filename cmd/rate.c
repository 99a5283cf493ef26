/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The line that U-Boot's load and save end with. Scripts read it, so its
 * arithmetic is followed too: whole milliseconds, bytes per millisecond rounded
 * down, one decimal rounded to nearest and left out when it is zero. Less than a
 * byte per millisecond is not rounded to nothing.
 */
#include "rate.h"

#include <stdio.h>

#include <core/console.h>

const char *size_text(uint64_t bytes, char text[SIZE_TEXT])
{
	static const char units[] = "KMGTPE";
	unsigned int unit = 0, shift;
	uint64_t whole, tenths;
	char part[4] = "";

	if (bytes < 1024) {
		snprintf(text, SIZE_TEXT, "%u Bytes", (unsigned int)bytes);
		return text;
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
	if (tenths)
		snprintf(part, sizeof(part), ".%u", (unsigned int)tenths);
	snprintf(text, SIZE_TEXT, "%u%s %ciB", (unsigned int)whole, part,
		 units[unit]);
	return text;
}

void rate_print(const char *what, uint64_t bytes, uint64_t us)
{
	uint64_t ms = us / 1000;
	char text[SIZE_TEXT];

	con_printf("%llu bytes %s in %llu ms", (unsigned long long)bytes, what,
		   (unsigned long long)ms);
	if (ms)
		con_printf(" (%s/s)", size_text(bytes < ms ? bytes * 1000 / ms
							   : bytes / ms * 1000,
						text));
	con_putc('\n');
}
