/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the line: our own mistakes, never bad input. */
#ifndef VIREO_CORE_PANIC_H
#define VIREO_CORE_PANIC_H

#include <lib/compiler.h>

/* panic - print the reason and a backtrace of addresses, then stop. */
void panic(const char *fmt, ...) printf_like(1, 2) never_returns;

#define assert(cond) \
	do { \
		if (!(cond)) \
			panic("%s:%d: %s", __FILE_NAME__, __LINE__, #cond); \
	} while (0)

#endif
