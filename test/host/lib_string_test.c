/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/string.c under names of its own, against the C library: all short strings
 * over a small alphabet, ends of buffers that the sanitizer guards, all alignments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int vireo_memcmp(const void *a, const void *b, size_t n);
static void *vireo_memchr(const void *s, int c, size_t n);
static size_t vireo_strlen(const char *s);
static size_t vireo_strnlen(const char *s, size_t max);
static int vireo_strcmp(const char *a, const char *b);
static int vireo_strncmp(const char *a, const char *b, size_t n);
static char *vireo_strchr(const char *s, int c);
static char *vireo_strrchr(const char *s, int c);
static char *vireo_strstr(const char *s, const char *needle);

#define memcmp  vireo_memcmp
#define memchr  vireo_memchr
#define strlen  vireo_strlen
#define strnlen vireo_strnlen
#define strcmp  vireo_strcmp
#define strncmp vireo_strncmp
#define strchr  vireo_strchr
#define strrchr vireo_strrchr
#define strstr  vireo_strstr
#include "../../lib/string.c"
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr

#define LONGEST  4
#define ALPHABET "ab\xff"

static char strings[200][LONGEST + 1];
static size_t nstrings;

/* All strings of up to LONGEST letters, the shorter first. */
static void make_strings(void)
{
	nstrings = 1;
	for (size_t i = 0; i < nstrings; i++) {
		size_t len = strlen(strings[i]);

		for (size_t c = 0; len < LONGEST && ALPHABET[c]; c++) {
			memcpy(strings[nstrings], strings[i], len);
			strings[nstrings++][len] = ALPHABET[c];
		}
	}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

/* A copy that ends where the sanitizer notices the next byte. */
static char *tight(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(malloc(size), s, size);
}

static void pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < nstrings; i++)
		for (size_t k = 0; k < nstrings; k++) {
			char *a = tight(strings[i]), *b = tight(strings[k]);

			assert_int_equal(sign(vireo_strcmp(a, b)),
					 sign(strcmp(a, b)));
			for (size_t n = 0; n < LONGEST + 2; n++)
				assert_int_equal(sign(vireo_strncmp(a, b, n)),
						 sign(strncmp(a, b, n)));
			assert_ptr_equal(vireo_strstr(a, b), strstr(a, b));
			free(a);
			free(b);
		}
}

static void singles(void **state)
{
	(void)state;
	for (size_t i = 0; i < nstrings; i++) {
		char *s = tight(strings[i]);

		assert_int_equal(vireo_strlen(s), strlen(s));
		for (size_t n = 0; n < LONGEST + 2; n++)
			assert_int_equal(vireo_strnlen(s, n), strnlen(s, n));
		for (size_t c = 0; c < sizeof(ALPHABET); c++) {
			char ch = ALPHABET[c];

			assert_ptr_equal(vireo_strchr(s, ch), strchr(s, ch));
			assert_ptr_equal(vireo_strrchr(s, ch), strrchr(s, ch));
			for (size_t n = 0; n <= strlen(s); n++)
				assert_ptr_equal(vireo_memchr(s, ch, n),
						 memchr(s, ch, n));
		}
		free(s);
	}
}

/* One byte differs at every place, for every length and pair of alignments. */
static void memory(void **state)
{
	static uint8_t a[64], b[64];

	(void)state;
	for (size_t x = 0; x < 9; x++)
		for (size_t y = 0; y < 9; y++)
			for (size_t n = 0; n < 40; n++) {
				assert_int_equal(vireo_memcmp(a + x, b + y, n),
						 0);
				for (size_t k = 0; k < n; k++) {
					b[y + k] = 0x80;
					assert_true(vireo_memcmp(a + x, b + y,
								 n) < 0);
					assert_true(vireo_memcmp(b + y, a + x,
								 n) > 0);
					assert_int_equal(
						vireo_memcmp(a + x, b + y, k),
						0);
					b[y + k] = 0;
				}
			}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs),
		cmocka_unit_test(singles),
		cmocka_unit_test(memory),
	};

	make_strings();
	return cmocka_run_group_tests_name("lib_string", tests, NULL, NULL);
}
