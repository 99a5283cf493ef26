/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of C's <stdio.h> that the firmware has: formatting into a buffer.
 * %d %i %u %x %X %o %c %s %p %% with flags - 0 + space #, width and precision (also
 * '*'), lengths hh h l ll z j t. No floating point. Printing is <core/console.h>.
 */
#ifndef VIREO_STDIO_H
#define VIREO_STDIO_H

#include <stdarg.h>
#include <stddef.h>

/* Return: length the whole text needs without the NUL; @buf is always ended
 * when @size > 0. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));
int snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
