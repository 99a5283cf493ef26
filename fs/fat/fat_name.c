/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of directory entries. Long names come in parts before their short
 * entry, last part first, tied to it by a checksum; a set that is out of order,
 * incomplete, someone else's or holds characters no name may have is dropped and
 * the short name used, so the file stays reachable. Short names are code page 437,
 * and take their case from the two bits Windows NT keeps in DIR_NTRes.
 */
#include <string.h>

#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/utf.h>

#include "fat_priv.h"

/* A long name entry */
#define LDIR_Ord    0
#define LDIR_Type   12
#define LDIR_Chksum 13
#define LAST_LONG   0x40 /* in LDIR_Ord: the last part, which comes first */
#define ORD_MASK    0x3f
#define PART_UNITS  FAT_PART_UNITS

#define KANJI_E5    0x05 /* stands for a first byte of 0xe5 */

/* Where the 13 units of a part lie in its entry. */
static const uint8_t unit_at[PART_UNITS] = { 1,  3,  5,  7,  9,  14, 16,
					     18, 20, 22, 24, 28, 30 };

/* Code page 437, 0x80 to 0xff */
static const uint16_t cp437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea,
	0x00eb, 0x00e8, 0x00ef, 0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6,
	0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6, 0x00dc,
	0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
	0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc,
	0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561,
	0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b,
	0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
	0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568,
	0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518,
	0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393,
	0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
	0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
	0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2,
	0x25a0, 0x00a0,
};

/* What no name may hold: separators, wildcards, anything a terminal obeys. */
bool fat_is_illegal(uint16_t c)
{
	/* by 32 characters: controls; " * / : < > ?; \ ; | and DEL */
	static const uint32_t bits[4] = { 0xffffffff, 0xd4008404, 0x10000000,
					  0x90000000 };

	return c < 0x80 ? bits[c / 32] >> c % 32 & 1 : c < 0xa0;
}

static uint8_t short_checksum(const uint8_t *entry)
{
	uint8_t sum = 0;

	for (unsigned int i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1) + (sum << 7) + entry[i]);
	return sum;
}

void fat_long_add(struct fat_long *l, const uint8_t *entry)
{
	uint8_t order = entry[LDIR_Ord] & ORD_MASK;
	uint16_t *to;

	if (entry[LDIR_Ord] & LAST_LONG) {
		l->parts = order;
		l->next = order;
		l->checksum = entry[LDIR_Chksum];
	}
	if (!order || order > sizeof(l->unit) / sizeof(*to) / PART_UNITS ||
	    order != l->next || entry[LDIR_Chksum] != l->checksum ||
	    entry[LDIR_Type]) {
		l->parts = 0;
		l->next = 0;
		return;
	}
	l->next = order - 1;
	to = l->unit + (size_t)(order - 1) * PART_UNITS;
	for (unsigned int i = 0; i < PART_UNITS; i++)
		to[i] = get_le16(entry + unit_at[i]);
}

/* "." and ".." mean directories on every path: no entry could be reached by them. */
static bool is_dots(const struct fat_name *name)
{
	return name->unit[0] == '.' &&
	       (name->len == 1 || (name->len == 2 && name->unit[1] == '.'));
}

void fat_long_put(const struct fat_name *name, unsigned int order,
		  const uint8_t *short_name, uint8_t *entry)
{
	unsigned int from = (order - 1) * PART_UNITS;

	memset(entry, 0, DIR_ENTRY_SIZE);
	entry[LDIR_Ord] = (uint8_t)(order |
				    (from + PART_UNITS >= name->len ? LAST_LONG
								    : 0));
	entry[DIR_ATTR] = ATTR_LONG_NAME;
	entry[LDIR_Chksum] = short_checksum(short_name);
	for (unsigned int i = 0; i < PART_UNITS; i++)
		put_le16(entry + unit_at[i],
			 from + i <= name->len ? name->unit[from + i] : 0xffff);
}

bool fat_long_get(const struct fat_long *l, const uint8_t *entry,
		  struct fat_name *name)
{
	unsigned int n = 0, max = l->parts * PART_UNITS;

	if (!l->parts || l->next || short_checksum(entry) != l->checksum)
		return false;
	/* A name that fills its last part has no NUL. */
	for (; n < max && l->unit[n]; n++) {
		if (n == FAT_NAME_UNITS || fat_is_illegal(l->unit[n]))
			return false;
		name->unit[n] = l->unit[n];
	}
	name->unit[n] = 0;
	name->len = n;
	return n > 0 && !is_dots(name);
}

/* One byte of a short name; what a name may not hold is shown as "?". */
static uint16_t short_unit(uint8_t c, bool lower)
{
	if (c >= 0x80)
		return cp437[c - 0x80];
	if (fat_is_illegal(c))
		return '?';
	return (uint16_t)(lower ? to_lower(c) : c);
}

static void add_field(struct fat_name *name, const uint8_t *field, size_t len,
		      bool lower)
{
	while (len && field[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++)
		name->unit[name->len++] = short_unit(field[i], lower);
}

void fat_short_get(const uint8_t *entry, struct fat_name *name)
{
	uint8_t base[8];

	memcpy(base, entry, sizeof(base));
	if (base[0] == KANJI_E5)
		base[0] = 0xe5;
	name->len = 0;
	add_field(name, base, 8, entry[DIR_NTRES] & NT_LOWER_BASE);
	if (memcmp(entry + 8, "   ", 3) != 0) {
		name->unit[name->len++] = '.';
		add_field(name, entry + 8, 3, entry[DIR_NTRES] & NT_LOWER_EXT);
	}
	if (!name->len)
		name->unit[name->len++] = '?';
	name->unit[name->len] = 0;
}

static uint32_t next_char(const struct fat_name *name, unsigned int *i)
{
	uint32_t c = *i < name->len ? name->unit[(*i)++] : 0;
	uint32_t low;

	if (c < 0xd800 || c >= 0xe000)
		return c;
	low = *i < name->len ? name->unit[*i] : 0;
	if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
		return 0xfffd;
	++*i;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

bool fat_name_is(const struct fat_name *name, const char *text)
{
	unsigned int i = 0;
	uint32_t a, b;

	do {
		a = utf_upper(next_char(name, &i));
		b = utf_upper(utf8_next(&text));
	} while (a == b && a);
	return a == b;
}
