/* SPDX-License-Identifier: BSD-2-Clause */
/* ASCII character classes; independent of any locale. */
#ifndef VIREO_LIB_CTYPE_H
#define VIREO_LIB_CTYPE_H

#include <stdbool.h>

static inline bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}
static inline bool is_lower(int c)
{
	return c >= 'a' && c <= 'z';
}
static inline bool is_upper(int c)
{
	return c >= 'A' && c <= 'Z';
}
static inline bool is_alpha(int c)
{
	return is_lower(c) || is_upper(c);
}
static inline bool is_alnum(int c)
{
	return is_alpha(c) || is_digit(c);
}
static inline bool is_print(int c)
{
	return c >= 0x20 && c < 0x7f;
}
static inline bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}
static inline int to_lower(int c)
{
	return is_upper(c) ? c + 32 : c;
}

/* Do two texts differ in nothing but the case of ASCII letters? */
static inline bool is_same_text(const char *a, const char *b)
{
	while (*a && to_lower(*a) == to_lower(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

#endif
