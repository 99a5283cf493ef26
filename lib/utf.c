/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-16LE from disks to UTF-8, and back to code points for comparing. What is
 * malformed becomes U+FFFD, one for each bad unit or byte (The Unicode
 * Standard 15.0, 3.9); nothing is refused, because a name has to be shown.
 */
#include <lib/utf.h>

#include <stdbool.h>
#include <string.h>

#include <lib/byteorder.h>

#define REPLACEMENT 0xfffdu

static bool is_high_surrogate(uint32_t u)
{
	return u >= 0xd800 && u < 0xdc00;
}

static bool is_low_surrogate(uint32_t u)
{
	return u >= 0xdc00 && u < 0xe000;
}

static size_t encode(uint32_t c, char out[4])
{
	static const uint8_t lead[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

size_t utf16le_to_utf8(const uint8_t *in, size_t units, char *out, size_t size)
{
	size_t need = 0, used = 0;
	bool full = false;

	for (size_t i = 0; i < units; i++) {
		uint32_t c = get_le16(in + 2 * i);
		char text[4];
		size_t n;

		if (!c)
			break;
		if (is_high_surrogate(c) && i + 1 < units &&
		    is_low_surrogate(get_le16(in + 2 * i + 2))) {
			i++;
			c = 0x10000 + ((c - 0xd800) << 10) +
			    (get_le16(in + 2 * i) - 0xdc00u);
		} else if (is_high_surrogate(c) || is_low_surrogate(c)) {
			c = REPLACEMENT;
		}
		n = encode(c, text);
		need += n;
		/* Once a character did not fit, no later one may. */
		full = full || need >= size;
		if (!full) {
			memcpy(out + used, text, n);
			used += n;
		}
	}
	if (size)
		out[used] = '\0';
	return need;
}

uint32_t utf8_next(const char **s)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	const uint8_t *p = (const uint8_t *)*s;
	unsigned int n = p[0] < 0x80   ? 1
			 : p[0] < 0xc0 ? 0
			 : p[0] < 0xe0 ? 2
			 : p[0] < 0xf0 ? 3
			 : p[0] < 0xf8 ? 4
				       : 0;
	uint32_t c;

	if (!p[0])
		return 0;
	*s += 1;
	if (n < 2)
		return n ? p[0] : REPLACEMENT;
	c = p[0] & (0x7fu >> n);
	for (unsigned int i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return REPLACEMENT;
	*s += n - 1;
	return c;
}

size_t utf8_to_utf16le(const char *in, uint8_t *out, size_t units)
{
	size_t need = 0;
	uint32_t c;

	while ((c = utf8_next(&in))) {
		size_t n = c < 0x10000 ? 1 : 2;

		if (need + n <= units && n == 2) {
			c -= 0x10000;
			put_le16(out + 2 * need,
				 (uint16_t)(0xd800 + (c >> 10)));
			put_le16(out + 2 * need + 2,
				 (uint16_t)(0xdc00 + (c & 0x3ff)));
		} else if (need + n <= units) {
			put_le16(out + 2 * need, (uint16_t)c);
		}
		need += n;
	}
	return need;
}

/* Lower-case ranges whose upper case is a fixed distance away. */
static const struct {
	uint16_t first, last;
	int16_t delta;
} upper_ranges[] = {
	{ 'a', 'z', -32 },
	{ 0xe0, 0xf6, -32 },
	{ 0xf8, 0xfe, -32 },
	{ 0xff, 0xff, 0x178 - 0xff },
	{ 0x3ac, 0x3ac, 0x386 - 0x3ac },
	{ 0x3ad, 0x3af, 0x388 - 0x3ad },
	{ 0x3b1, 0x3c1, -32 },
	{ 0x3c2, 0x3c2, 0x3a3 - 0x3c2 }, /* final sigma */
	{ 0x3c3, 0x3cb, -32 },
	{ 0x3cc, 0x3cc, 0x38c - 0x3cc },
	{ 0x3cd, 0x3ce, 0x38e - 0x3cd },
	{ 0x430, 0x44f, -32 },
	{ 0x450, 0x45f, -80 },
};

uint32_t utf_upper(uint32_t c)
{
	if (c < 'a')
		return c;
	for (size_t i = 0; i < sizeof(upper_ranges) / sizeof(upper_ranges[0]);
	     i++)
		if (c >= upper_ranges[i].first && c <= upper_ranges[i].last)
			return (uint32_t)((int32_t)c + upper_ranges[i].delta);
	return c;
}
