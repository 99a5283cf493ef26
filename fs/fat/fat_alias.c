/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names to be stored: from what was typed to the entries of a directory. A name of
 * 8.3 form whose parts are each of one case is a short entry and nothing else, with the
 * case in DIR_NTRes; every other gets long entries, and a short alias made by the
 * specification's basis-name algorithm, with the lowest numeric tail nobody has.
 *
 * Refused: what the specification forbids, control characters, text that is not UTF-8,
 * and a dot or blank at the end, which others would drop.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/utf.h>

#include "fat_change_priv.h"

#define SHORT_BASE 8
#define SHORT_EXT  3
#define TAIL_MAX   65536u /* entries in a directory: one is always free */

static int refuse(struct fat_volume *v, const char *why)
{
	return fat_corrupt(v, -EINVAL, why);
}

int fat_name_parse(struct fat_volume *v, const char *text,
		   struct fat_name *name)
{
	uint32_t c;

	name->len = 0;
	while ((c = utf8_next(&text))) {
		unsigned int n = c < 0x10000 ? 1 : 2;

		if (c == 0xfffd)
			return refuse(v, "the name is not UTF-8");
		if (n == 1 && fat_is_illegal((uint16_t)c))
			return refuse(v, "the name has a character that FAT "
					 "forbids");
		if (name->len + n > FAT_NAME_UNITS)
			return -ENAMETOOLONG;
		if (n == 2) {
			name->unit[name->len++] = (uint16_t)(0xd7c0 +
							     (c >> 10));
			c = 0xdc00 | (c & 0x3ff);
		}
		name->unit[name->len++] = (uint16_t)c;
	}
	name->unit[name->len] = 0;
	if (!name->len)
		return refuse(v, "the name is empty");
	c = name->unit[name->len - 1];
	if (c == '.' || c == ' ')
		return refuse(v, "the name ends with a dot or a blank");
	return 0;
}

/* ---- short names ---- */

/* The character as short names hold it; 0: they cannot. */
static uint8_t short_char(uint16_t c)
{
	if (c >= 'a' && c <= 'z')
		return (uint8_t)(c - 'a' + 'A');
	if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return (uint8_t)c;
	return c && c < 0x80 && strchr("$%'-_@~`!(){}^#&", c) ? (uint8_t)c : 0;
}

/* Units [@from, @to) as a field, when they are one: of short characters and one case. */
static bool fill_field(const struct fat_name *name, unsigned int from,
		       unsigned int to, uint8_t *field, bool *lower)
{
	bool upper = false;

	*lower = false;
	for (unsigned int i = from; i < to; i++) {
		uint16_t c = name->unit[i];

		field[i - from] = short_char(c);
		if (!field[i - from])
			return false;
		*lower = *lower || (c >= 'a' && c <= 'z');
		upper = upper || (c >= 'A' && c <= 'Z');
	}
	return !(*lower && upper);
}

/* Where the extension's dot is; the name's length: it has none. */
static unsigned int last_dot(const struct fat_name *name)
{
	for (unsigned int i = name->len; i > 0; i--)
		if (name->unit[i - 1] == '.')
			return i - 1;
	return name->len;
}

/* Is the name a short one? Then @raw gets it. */
static bool as_short(const struct fat_name *name, uint8_t *raw)
{
	unsigned int dot = last_dot(name);
	bool lower_base, lower_ext = false;

	if (!dot || dot > SHORT_BASE || name->len > dot + 1 + SHORT_EXT)
		return false;
	memset(raw, ' ', SHORT_BASE + SHORT_EXT);
	if (!fill_field(name, 0, dot, raw, &lower_base))
		return false;
	if (dot < name->len &&
	    !fill_field(name, dot + 1, name->len, raw + SHORT_BASE, &lower_ext))
		return false;
	raw[DIR_NTRES] = (uint8_t)((lower_base ? NT_LOWER_BASE : 0) |
				   (lower_ext ? NT_LOWER_EXT : 0));
	return true;
}

/* One field of a basis name. Return: was anything changed or left out? */
static bool basis_field(const struct fat_name *name, unsigned int from,
			unsigned int to, uint8_t *field, unsigned int max)
{
	unsigned int n = 0;
	bool lossy = false;

	for (unsigned int i = from; i < to; i++) {
		uint16_t c = name->unit[i];
		uint8_t s = short_char(c);

		if (c == ' ' || c == '.' || n == max) {
			lossy = true;
			continue;
		}
		lossy = lossy || !s;
		field[n++] = s ? s : '_';
	}
	return lossy;
}

static bool make_basis(const struct fat_name *name, uint8_t *raw)
{
	unsigned int start = 0, dot = last_dot(name);
	bool lossy;

	while (name->unit[start] == '.' || name->unit[start] == ' ')
		start++;
	if (dot < start)
		dot = name->len;
	memset(raw, ' ', SHORT_BASE + SHORT_EXT);
	lossy = basis_field(name, start, dot, raw, SHORT_BASE);
	if (dot < name->len &&
	    basis_field(name, dot + 1, name->len, raw + SHORT_BASE, SHORT_EXT))
		lossy = true;
	return lossy || start;
}

/* ---- numeric tails ---- */

static unsigned int base_len(const uint8_t *raw)
{
	unsigned int n = SHORT_BASE;

	while (n && raw[n - 1] == ' ')
		n--;
	return n;
}

/* How much of a base of @len characters stays before a tail of @digits. */
static unsigned int kept(unsigned int len, unsigned int digits)
{
	unsigned int max = SHORT_BASE - 1 - digits;

	return len < max ? len : max;
}

/* The number of the tail that makes @raw of @basis; 0: it is no such name */
static uint32_t tail_of(const uint8_t *basis, const uint8_t *raw)
{
	unsigned int len = base_len(raw), digits = 0;
	uint32_t n = 0, unit = 1;

	if (memcmp(basis + SHORT_BASE, raw + SHORT_BASE, SHORT_EXT) != 0)
		return 0;
	while (digits < len && is_digit(raw[len - 1 - digits]) && digits < 6) {
		n += (raw[len - 1 - digits] - '0') * unit;
		unit *= 10;
		digits++;
	}
	if (!digits || len == digits || raw[len - 1 - digits] != '~' ||
	    kept(base_len(basis), digits) != len - 1 - digits ||
	    memcmp(basis, raw, len - 1 - digits) != 0)
		return 0;
	return n;
}

static void put_tail(uint8_t *raw, uint32_t n)
{
	unsigned int digits = 1, at;

	for (uint32_t rest = n; rest >= 10; rest /= 10)
		digits++;
	at = kept(base_len(raw), digits);
	memset(raw + at, ' ', SHORT_BASE - at);
	raw[at] = '~';
	for (; digits; digits--, n /= 10)
		raw[at + digits] = (uint8_t)('0' + n % 10);
}

/*
 * Make the basis name in @raw one that no other entry of the directory has.
 * @lossy: it must have a tail
 * @except: the entry that may have it
 */
static int make_unique(struct fat_walk *w, uint32_t except, bool lossy,
		       uint8_t *raw)
{
	uint8_t *taken = heap_alloc(TAIL_MAX / 8 + 1);
	uint32_t n = 1;
	const uint8_t *e;
	int ret = taken ? 0 : -ENOMEM;

	while (!ret) {
		ret = fat_walk_raw(w, &e);
		if (ret || e[0] == NAME_DELETED ||
		    e[DIR_ATTR] & ATTR_VOLUME_ID || w->index - 1 == except)
			continue;
		lossy = lossy || !memcmp(e, raw, SHORT_BASE + SHORT_EXT);
		n = tail_of(raw, e);
		if (n <= TAIL_MAX)
			taken[n / 8] |= (uint8_t)(1 << n % 8);
	}
	for (n = 1; ret == -ENOENT && taken[n / 8] & 1 << n % 8; n++)
		;
	heap_free(taken);
	if (ret != -ENOENT)
		return ret;
	if (lossy)
		put_tail(raw, n);
	return 0;
}

int fat_alias_make(struct fat_volume *v, uint32_t dir, uint32_t except,
		   const struct fat_name *name, struct fat_stored *s)
{
	uint8_t *raw = s->raw[FAT_PARTS_MAX];
	struct fat_walk w;
	bool lossy;
	int ret;

	memset(s, 0, sizeof(*s));
	if (as_short(name, raw))
		return 0;
	ret = fat_walk_start(&w, v, dir);
	if (ret)
		return ret;
	lossy = make_basis(name, raw);
	ret = make_unique(&w, except, lossy, raw);
	if (ret)
		return ret;
	s->parts = (name->len + FAT_PART_UNITS - 1) / FAT_PART_UNITS;
	for (unsigned int i = 1; i <= s->parts; i++)
		fat_long_put(name, i, raw, s->raw[FAT_PARTS_MAX - i]);
	return 0;
}
