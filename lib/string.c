/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The string functions of C that firmware and libfdt use, except the three that
 * arch/ has in assembly. Each reads no byte beyond what the standard allows: memory
 * behind a string may be unmapped. Host tests compile this file with its own
 * names (test/host/lib_string_test.c).
 */
#include <string.h>

#include <stdint.h>

/* What a function returns as non-const was handed in by the caller as such. */
static char *unconst(const char *p)
{
	return (char *)(uintptr_t)p;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	/* Whole words while both are aligned; the word that differs is left to
	 * the byte loop, which knows the order. */
	if (!(((uintptr_t)p | (uintptr_t)q) & 7))
		for (; n >= 8; n -= 8, p += 8, q += 8)
			if (*(const uint64_t *)(const void *)p !=
			    *(const uint64_t *)(const void *)q)
				break;
	for (; n; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const char *p = s;

	for (; n; n--, p++)
		if (*p == (char)c)
			return unconst(p);
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		/* Keeps the compiler from turning this loop into strlen. */
		__asm__("" : "+r"(p));
	}
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (!*a)
			break;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return unconst(s);
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return unconst(last);
	}
}

char *strstr(const char *s, const char *needle)
{
	size_t n = strlen(needle);

	for (;; s++) {
		if (!strncmp(s, needle, n))
			return unconst(s);
		if (!*s)
			return NULL;
	}
}
