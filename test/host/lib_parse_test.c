/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and UUIDs: what is taken, what is refused, and the limits exactly. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <lib/compiler.h>
#include <lib/parse.h>

#define UNTOUCHED 0x5555

static void unsigned_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned int base;
		int ret;
		uint64_t v;
	} cases[] = {
		{ "0", 16, 0, 0 },
		{ "00000000000000000000000000001", 16, 0, 1 },
		{ "10", 16, 0, 16 },
		{ "10", 10, 0, 10 },
		{ "0x10", 16, 0, 16 },
		{ "0x10", 10, 0, 16 },
		{ "0XaBcDeF", 16, 0, 0xabcdef },
		{ "ffffffffffffffff", 16, 0, UINT64_MAX },
		{ "10000000000000000", 16, -ERANGE, UNTOUCHED },
		{ "0x1ffffffffffffffff", 16, -ERANGE, UNTOUCHED },
		{ "18446744073709551615", 10, 0, UINT64_MAX },
		{ "18446744073709551616", 10, -ERANGE, UNTOUCHED },
		{ "99999999999999999999999", 10, -ERANGE, UNTOUCHED },
		{ "99999999999999999999999z", 10, -EINVAL, UNTOUCHED },
		{ "", 16, -EINVAL, UNTOUCHED },
		{ "zz", 16, -EINVAL, UNTOUCHED },
		{ "1g", 16, -EINVAL, UNTOUCHED },
		{ "a", 10, -EINVAL, UNTOUCHED },
		{ "0x", 16, -EINVAL, UNTOUCHED },
		{ "0xg", 16, -EINVAL, UNTOUCHED },
		{ "x1", 16, -EINVAL, UNTOUCHED },
		{ "0x0x1", 16, -EINVAL, UNTOUCHED },
		{ "-1", 16, -EINVAL, UNTOUCHED },
		{ "+1", 16, -EINVAL, UNTOUCHED },
		{ " 1", 16, -EINVAL, UNTOUCHED },
		{ "1 ", 16, -EINVAL, UNTOUCHED },
		{ "1.", 16, -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		uint64_t v = UNTOUCHED;

		assert_int_equal(parse_u64(cases[i].text, cases[i].base, &v),
				 cases[i].ret);
		assert_int_equal(v, cases[i].v);
	}
}

static void prefixes(void **state)
{
	const char *text = "1f:2", *end;
	uint64_t v;

	(void)state;
	assert_int_equal(parse_prefix_u64(text, 16, &v, &end), 0);
	assert_int_equal(v, 0x1f);
	assert_string_equal(end, ":2");
	assert_int_equal(parse_prefix_u64("0xz", 16, &v, &end), 0);
	assert_int_equal(v, 0);
	assert_string_equal(end, "xz");
	assert_int_equal(parse_prefix_u64(":1", 16, &v, &end), -EINVAL);
	assert_int_equal(parse_prefix_u64("11111111111111111:", 16, &v, &end),
			 -ERANGE);
	assert_string_equal(end, ":");
}

static void c_notation(void **state)
{
	static const struct {
		const char *text;
		int ret;
		int64_t v;
	} cases[] = {
		{ "0", 0, 0 },
		{ "-0", 0, 0 },
		{ "42", 0, 42 },
		{ "-42", 0, -42 },
		{ "0x2a", 0, 42 },
		{ "-0x2a", 0, -42 },
		{ "052", 0, 42 },
		{ "9223372036854775807", 0, INT64_MAX },
		{ "9223372036854775808", -ERANGE, UNTOUCHED },
		{ "-9223372036854775808", 0, INT64_MIN },
		{ "-9223372036854775809", -ERANGE, UNTOUCHED },
		{ "18446744073709551616", -ERANGE, UNTOUCHED },
		{ "08", -EINVAL, UNTOUCHED },
		{ "a", -EINVAL, UNTOUCHED },
		{ "", -EINVAL, UNTOUCHED },
		{ "-", -EINVAL, UNTOUCHED },
		{ "--1", -EINVAL, UNTOUCHED },
		{ "1a", -EINVAL, UNTOUCHED },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		int64_t v = UNTOUCHED;

		assert_int_equal(parse_c_i64(cases[i].text, &v), cases[i].ret);
		assert_int_equal(v, cases[i].v);
	}
}

static void uuids(void **state)
{
	static const char esp[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
	static const uint8_t bytes[16] = { 0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
					   0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
					   0xc9, 0x3e, 0xc9, 0x3b };
	static const char *const bad[] = {
		"",
		"c12a7328f81f11d2ba4b00a0c93ec93b",
		"c12a7328-f81f-11d2-ba4b-00a0c93ec93b0",
		"{12a7328-f81f-11d2-ba4b-00a0c93ec93b}",
		" c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
		"c12a7328-f81f-11d2-ba4b00-a0c93ec93b"
	};
	uint8_t guid[16] = { 0 };
	char text[37];

	(void)state;
	format_uuid(bytes, text);
	assert_string_equal(text, esp);
	assert_int_equal(parse_uuid(esp, guid), 0);
	assert_memory_equal(guid, bytes, 16);
	memset(guid, 0, 16);
	assert_int_equal(
		parse_uuid("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", guid), 0);
	assert_memory_equal(guid, bytes, 16);
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(parse_uuid(bad[i], guid), -EINVAL);
	/* Every place in turn: cut there, or something else there. */
	for (size_t i = 0; i < 36; i++) {
		strcpy(text, esp);
		text[i] = 'g';
		assert_int_equal(parse_uuid(text, guid), -EINVAL);
		text[i] = '\0';
		assert_int_equal(parse_uuid(text, guid), -EINVAL);
	}
	assert_memory_equal(guid, bytes, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(c_notation),
		cmocka_unit_test(uuids),
	};

	return cmocka_run_group_tests_name("lib_parse", tests, NULL, NULL);
}
