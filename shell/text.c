/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on the screen: where characters begin and how many columns they take.
 * UTF-8 is one column a character; a byte that is not UTF-8 is one column, too
 * (an 8-bit terminal); a control character is shown as ^X, one of C1 as "?".
 */
#include "line_priv.h"

#include <core/console.h>

static bool continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* U+0080 to U+009F, which begin commands to some terminals, in either form. */
static bool is_c1(const char *s, size_t len)
{
	unsigned char last = (unsigned char)s[len - 1];

	return last >= 0x80 && last < 0xa0 &&
	       (len == 1 || (len == 2 && (unsigned char)s[0] == 0xc2));
}

/* Bytes of the character that begins with @c, 1 for what begins none. */
static size_t announced(char c)
{
	unsigned char u = (unsigned char)c;

	if (u >= 0xc2 && u < 0xe0)
		return 2;
	if (u >= 0xe0 && u < 0xf0)
		return 3;
	return u >= 0xf0 && u < 0xf5 ? 4 : 1;
}

size_t text_next(const char *s, size_t len, size_t pos)
{
	size_t n;

	if (pos >= len)
		return len;
	n = announced(s[pos]);
	if (n > len - pos)
		return pos + 1;
	for (size_t i = 1; i < n; i++) {
		if (!continues(s[pos + i]))
			return pos + 1;
	}
	return pos + n;
}

size_t text_prev(const char *s, size_t pos)
{
	for (size_t n = 2; n <= 4 && n <= pos; n++) {
		if (!continues(s[pos - n + 1]))
			break;
		if (announced(s[pos - n]) == n)
			return pos - n;
	}
	return pos ? pos - 1 : 0;
}

bool text_partial(const char *s, size_t len)
{
	for (size_t n = 1; n <= 3 && n <= len; n++) {
		if (announced(s[len - n]) > n)
			return true;
		if (!continues(s[len - n]))
			break;
	}
	return false;
}

size_t text_columns(const char *s, size_t len)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i = text_next(s, len, i))
		columns += control(s[i]) ? 2 : 1;
	return columns;
}

void text_show(const char *s, size_t len)
{
	size_t from = 0, next;

	for (size_t i = 0; i < len; i = next) {
		char shown[2] = { '^', (char)(s[i] ^ 0x40) };

		next = text_next(s, len, i);
		if (!control(s[i]) && !is_c1(s + i, next - i))
			continue;
		con_write(s + from, i - from);
		if (control(s[i]))
			con_write(shown, sizeof(shown));
		else
			con_putc('?');
		from = next;
	}
	con_write(s + from, len - from);
}

void text_back(size_t columns)
{
	while (columns--)
		con_putc('\b');
}
