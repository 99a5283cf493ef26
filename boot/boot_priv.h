/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the payload types: saying no, and ranges that may not meet. */
#ifndef BOOT_PRIV_H
#define BOOT_PRIV_H

#include <boot/why.h>
#include <core/ram.h>
#include <lib/compiler.h>

/* No address of this machine lies above (arch: 40-bit map). */
#define BOOT_RAM_MAX (UINT64_C(1) << 40)

/* refuse - put the reason into @why. Return: @err */
int refuse(struct boot_why *why, int err, const char *fmt, ...)
	printf_like(3, 4);

/* check_free - may @r be written? Return: as ram_check, with @why naming both */
must_check int check_free(const struct ram_range *r, struct boot_why *why);

/* check_apart - Return: 0; -EACCES when @a and @b share a byte */
must_check int check_apart(const struct ram_range *a, const struct ram_range *b,
			   struct boot_why *why);

#endif
