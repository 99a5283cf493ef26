/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of the line: our own mistakes, never bad input. */
#ifndef VIREO_CORE_PANIC_H
#define VIREO_CORE_PANIC_H

#include <stdint.h>

#include <lib/compiler.h>

/* panic_stack_set - the stack is [low, high): a backtrace reads nowhere else. Until
 * it is called there is none. */
void panic_stack_set(uint64_t low, uint64_t high);

/* panic_backtrace - where the image is and the return addresses from frame pointer
 * @fp, as "make symbolise" reads them, and the last line of a stop. */
void panic_backtrace(uint64_t fp);

/* panic - print the reason and a backtrace of addresses, then stop. */
void panic(const char *fmt, ...) printf_like(1, 2) never_returns;

#define assert(cond) \
	do { \
		if (!(cond)) \
			panic("%s:%d: %s", __FILE_NAME__, __LINE__, #cond); \
	} while (0)

#endif
