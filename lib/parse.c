/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers and UUIDs as people type them. Nothing is skipped or guessed: no
 * blanks, no sign where none is meant, no value for half a number.
 */
#include <lib/parse.h>

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include <lib/checked.h>
#include <lib/ctype.h>

#define NO_DIGIT 99

static unsigned int digit_value(char c)
{
	if (is_digit(c))
		return (unsigned int)(c - '0');
	if (is_alpha(c))
		return (unsigned int)(to_lower(c) - 'a') + 10;
	return NO_DIGIT;
}

static int parse_digits(const char *s, unsigned int base, uint64_t *out,
			const char **end)
{
	uint64_t v = 0;
	bool fits = true;
	const char *p = s;

	for (; digit_value(*p) < base; p++)
		fits = fits && mul_ok(v, base, &v) &&
		       add_ok(v, digit_value(*p), &v);
	*end = p;
	if (p == s)
		return -EINVAL;
	if (!fits)
		return -ERANGE;
	*out = v;
	return 0;
}

static bool has_hex_prefix(const char *s)
{
	return s[0] == '0' && to_lower(s[1]) == 'x' && digit_value(s[2]) < 16;
}

int parse_prefix_u64(const char *s, unsigned int base, uint64_t *out,
		     const char **end)
{
	if (has_hex_prefix(s))
		return parse_digits(s + 2, 16, out, end);
	return parse_digits(s, base, out, end);
}

int parse_u64(const char *s, unsigned int base, uint64_t *out)
{
	const char *end;
	uint64_t v = 0;
	int ret = parse_prefix_u64(s, base, &v, &end);

	if (*end)
		return -EINVAL;
	if (!ret)
		*out = v;
	return ret;
}

int parse_c_i64(const char *s, int64_t *out)
{
	bool minus = *s == '-';
	uint64_t v;
	int ret;

	if (minus)
		s++;
	ret = parse_u64(s, s[0] == '0' ? 8 : 10, &v);
	if (ret)
		return ret;
	if (v > (uint64_t)INT64_MAX + minus)
		return -ERANGE;
	*out = (int64_t)(minus ? 0 - v : v);
	return 0;
}

/* UEFI 2.10, appendix A: which byte of the GUID each pair of text digits is. */
static const uint8_t uuid_order[16] = { 3, 2, 1,  0,  5,  4,  7,  6,
					8, 9, 10, 11, 12, 13, 14, 15 };

static bool dash_follows(unsigned int byte)
{
	return byte == 3 || byte == 5 || byte == 7 || byte == 9;
}

void format_uuid(const uint8_t guid[16], char out[37])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned int i = 0; i < 16; i++) {
		*out++ = hex[guid[uuid_order[i]] >> 4];
		*out++ = hex[guid[uuid_order[i]] & 15];
		if (dash_follows(i))
			*out++ = '-';
	}
	*out = '\0';
}

int parse_uuid(const char *s, uint8_t guid[16])
{
	uint8_t out[16];

	for (unsigned int i = 0; i < 16; i++) {
		unsigned int high = digit_value(s[0]);
		unsigned int low = high < 16 ? digit_value(s[1]) : NO_DIGIT;

		if (high >= 16 || low >= 16)
			return -EINVAL;
		out[uuid_order[i]] = (uint8_t)(high << 4 | low);
		s += 2;
		if (dash_follows(i) && *s++ != '-')
			return -EINVAL;
	}
	if (*s)
		return -EINVAL;
	for (unsigned int i = 0; i < 16; i++)
		guid[i] = out[i];
	return 0;
}
