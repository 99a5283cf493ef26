/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast a file came: the line that U-Boot's load prints. */
#include "boot.h"

#include <core/console.h>

/* "286.1 MiB": one decimal, none when it is zero. */
static void print_size(uint64_t bytes)
{
	static const char *const units[] = { "Bytes", "KiB", "MiB", "GiB" };
	unsigned int unit = 0;
	uint64_t tenths = bytes * 10;

	while (unit < 3 && tenths >= 10240) {
		tenths = (tenths + 512) / 1024;
		unit++;
	}
	con_printf("%llu", (unsigned long long)(tenths / 10));
	if (unit && tenths % 10)
		con_printf(".%llu", (unsigned long long)(tenths % 10));
	con_printf(" %s", units[unit]);
}

void boot_print_read(uint64_t bytes, uint64_t us)
{
	con_printf("%llu bytes read in %llu ms", (unsigned long long)bytes,
		   (unsigned long long)(us / 1000));
	if (us && bytes < UINT64_MAX / 1000000) {
		con_puts(" (");
		print_size(bytes * 1000000 / us);
		con_puts("/s)");
	}
	con_puts("\n");
}
