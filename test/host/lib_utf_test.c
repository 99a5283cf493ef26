/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-16LE and UTF-8: every code point both ways, surrogates, cuts, malformed bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lib/byteorder.h>
#include <lib/compiler.h>
#include <lib/utf.h>

/* Return: UTF-8 in a static buffer */
static const char *convert(const uint16_t *units, size_t count)
{
	static char out[64];
	uint8_t in[32];
	size_t need;

	for (size_t i = 0; i < count; i++)
		put_le16(in + 2 * i, units[i]);
	need = utf16le_to_utf8(in, count, out, sizeof(out));
	assert_int_equal(need, strlen(out));
	return out;
}

/* The same units again. */
static void back(const uint16_t *units, size_t count)
{
	uint8_t out[4];

	assert_int_equal(utf8_to_utf16le(convert(units, count), out, 2), count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(get_le16(out + 2 * i), units[i]);
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t c = 1; c < 0x110000; c++) {
		uint16_t units[2] = { (uint16_t)c, 0 };
		const char *s;

		if (c >= 0xd800 && c < 0xe000)
			continue;
		if (c > 0xffff) {
			units[0] = (uint16_t)(0xd7c0 + (c >> 10));
			units[1] = (uint16_t)(0xdc00 + (c & 0x3ff));
		}
		s = convert(units, 2);
		assert_int_equal(utf8_next(&s), c);
		assert_int_equal(utf8_next(&s), 0);
		assert_int_equal(*s, '\0');
		back(units, c > 0xffff ? 2 : 1);
	}
}

/* What does not fit is left out, a pair wholly, and what was there stays. */
static void utf16_cut(void **state)
{
	static const char text[] = "ab\xf0\x9f\x98\x80"
				   "c";
	uint8_t out[10];

	(void)state;
	for (size_t units = 0; units < 6; units++) {
		memset(out, 0x55, sizeof(out));
		assert_int_equal(utf8_to_utf16le(text, out, units), 5);
		for (size_t i = 0; i < 5; i++) {
			bool fits = i < units && (units != 3 || i < 2);

			assert_int_equal(get_le16(out + 2 * i) != 0x5555, fits);
		}
	}
	assert_int_equal(get_le16(out + 8), 'c');
}

static void lone_surrogates(void **state)
{
	static const uint16_t high[] = { 'a', 0xd83d, 'b' };
	static const uint16_t low[] = { 0xde00, 'b' };
	static const uint16_t twice[] = { 0xd83d, 0xd83d, 0xde00 };
	static const uint16_t last[] = { 'a', 0xd83d };

	(void)state;
	assert_string_equal(convert(high, 3), "a\xef\xbf\xbd"
					      "b");
	assert_string_equal(convert(low, 2), "\xef\xbf\xbd"
					     "b");
	assert_string_equal(convert(twice, 3), "\xef\xbf\xbd\xf0\x9f\x98\x80");
	assert_string_equal(convert(last, 2), "a\xef\xbf\xbd");
}

/* Never cut inside a character, always ended, and the full length is told. */
static void cuts(void **state)
{
	static const uint8_t in[] = { 'a',  0,    0xe4, 0,    0xac, 0x20,
				      0x3d, 0xd8, 0x00, 0xde, 'z',  0 };
	static const char whole[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
	static const size_t kept[] = {
		0, 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11
	};

	(void)state;
	for (size_t size = 0; size < array_size(kept); size++) {
		char *out = malloc(size ? size : 1);

		assert_int_equal(utf16le_to_utf8(in, 6, out, size),
				 sizeof(whole) - 1);
		if (size) {
			assert_int_equal(strlen(out), kept[size]);
			assert_memory_equal(out, whole, kept[size]);
		}
		free(out);
	}
}

static void malformed(void **state)
{
	static const struct {
		const char *text;
		uint32_t first;
		size_t moved;
	} cases[] = {
		{ "\x80", 0xfffd, 1 }, /* continuation alone */
		{ "\xbf"
		  "a",
		  0xfffd, 1 },
		{ "\xc0\x80", 0xfffd, 1 },         /* overlong NUL */
		{ "\xc1\xbf", 0xfffd, 1 },         /* overlong */
		{ "\xe0\x9f\xbf", 0xfffd, 1 },     /* overlong */
		{ "\xf0\x8f\xbf\xbf", 0xfffd, 1 }, /* overlong */
		{ "\xed\xa0\x80", 0xfffd, 1 },     /* surrogate */
		{ "\xf4\x90\x80\x80", 0xfffd, 1 }, /* above 10FFFF */
		{ "\xf8\x88\x80\x80\x80", 0xfffd, 1 },
		{ "\xff", 0xfffd, 1 },
		{ "\xe2\x82", 0xfffd, 1 }, /* cut short by the end */
		{ "\xe2"
		  "a",
		  0xfffd, 1 },
		{ "\xf0\x9f\x98", 0xfffd, 1 },
		{ "\xf4\x8f\xbf\xbf", 0x10ffff, 4 },
		{ "\xed\x9f\xbf", 0xd7ff, 3 },
		{ "\xdf\xbf", 0x7ff, 2 },
		{ "", 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		size_t size = strlen(cases[i].text) + 1;
		char *copy = memcpy(malloc(size), cases[i].text, size);
		const char *s = copy;

		assert_int_equal(utf8_next(&s), cases[i].first);
		assert_int_equal(s - copy, cases[i].moved);
		free(copy);
	}
}

static void upper_case(void **state)
{
	static const uint32_t pairs[][2] = {
		{ 'a', 'A' },         { 'z', 'Z' },     { '{', '{' },
		{ '`', '`' },         { 'A', 'A' },     { '0', '0' },
		{ 0xe4, 0xc4 },       { 0xf7, 0xf7 },   { 0xfe, 0xde },
		{ 0xff, 0x178 },      { 0xdf, 0xdf },   { 0x3b1, 0x391 },
		{ 0x3c2, 0x3a3 },     { 0x3c9, 0x3a9 }, { 0x3ac, 0x386 },
		{ 0x3af, 0x38a },     { 0x3cc, 0x38c }, { 0x3ce, 0x38f },
		{ 0x430, 0x410 },     { 0x44f, 0x42f }, { 0x450, 0x400 },
		{ 0x45f, 0x40f },     { 0x460, 0x460 }, { 0x4e2d, 0x4e2d },
		{ 0x1f600, 0x1f600 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(pairs); i++)
		assert_int_equal(utf_upper(pairs[i][0]), pairs[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point),
		cmocka_unit_test(utf16_cut),
		cmocka_unit_test(lone_surrogates),
		cmocka_unit_test(cuts),
		cmocka_unit_test(malformed),
		cmocka_unit_test(upper_case),
	};

	return cmocka_run_group_tests_name("lib_utf", tests, NULL, NULL);
}
