/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults inside a command become one printed line and -EFAULT. */
#include <core/guard.h>

#include <errno.h>

#include <arch/fault.h>
#include <core/console.h>

int guard_call(const char *who, int (*fn)(void *arg), void *arg, int *ret)
{
	struct fault_catch c;
	char text[128];

	if (!fault_catch_call(&c, fn, arg, ret))
		return 0;
	fault_describe(&c.frame, text, sizeof(text));
	con_fresh_line();
	con_printf("%s: %s (pc 0x%llx)\n", who, text,
		   (unsigned long long)c.frame.elr);
	return -EFAULT;
}
