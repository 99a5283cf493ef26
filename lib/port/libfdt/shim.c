/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Debian's libfdt.a asks of its environment beyond <string.h>: it was
 * compiled for Linux with the stack protector on.
 */
#include <stdint.h>
#include <stdlib.h>

#include <errno.h>
#include <lib/compiler.h>
#include <lib/parse.h>

extern const uintptr_t __stack_chk_guard;
void __stack_chk_fail(void) never_returns;

/* The zero byte keeps an over-long string from writing the same value. */
const uintptr_t __stack_chk_guard = 0x5b1f86c9d2a73e00;

/* lib/ may not call panic: the trap is reported as a breakpoint with its address. */
void __stack_chk_fail(void)
{
	__builtin_trap();
}

/* Only overlays use it, with base 10 and digits that libfdt checked before. */
unsigned long strtoul(const char *s, char **end, int base)
{
	const char *stop = s;
	uint64_t v = 0;
	int ret = parse_prefix_u64(s, (unsigned int)base, &v, &stop);

	if (end)
		*end = (char *)(uintptr_t)stop;
	return ret == -ERANGE ? ~0ul : v;
}
