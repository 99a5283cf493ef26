/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and directories. */
#include "fat_judge_priv.h"

#include <string.h>

#include <lib/byteorder.h>

struct dir_state {
	size_t item;      /* of this directory; the root has none: SIZE_MAX */
	uint32_t parent;  /* its parent's first cluster, 0 for the root */
	uint32_t entry;   /* number of the entry in the directory */
	size_t first_own; /* the first of its items */
	bool ended;
	/* a long name being collected */
	uint16_t unit[20 * 13];
	uint8_t next, parts, sum;
	bool pending;
};

/* ---- names ---- */

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 63));
		}
		*to++ = (char)(0x80 | (c >> 6 & 63));
	}
	*to++ = (char)(0x80 | (c & 63));
	return to;
}

static char *put_long(char *to, const struct dir_state *d)
{
	for (unsigned int i = 0; i < d->parts * 13u && d->unit[i]; i++) {
		uint32_t c = d->unit[i];

		if (c >= 0xd800 && c < 0xdc00)
			c = 0x10000 + ((c - 0xd800) << 10) + d->unit[++i] -
			    0xdc00;
		to = put_utf8(to, c);
	}
	return to;
}

static char *put_field(char *to, const uint8_t *p, size_t len, bool lower)
{
	while (len && p[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		bool up = p[i] >= 'A' && p[i] <= 'Z';

		*to++ = (char)(lower && up ? p[i] + 32 : p[i]);
	}
	return to;
}

static char *put_short(char *to, const uint8_t *e)
{
	to = put_field(to, e, 8, e[12] & 0x08);
	if (memcmp(e + 8, "   ", 3) != 0) {
		*to++ = '.';
		to = put_field(to, e + 8, 3, e[12] & 0x10);
	}
	return to;
}

static uint8_t checksum(const uint8_t *name)
{
	uint8_t sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)((sum >> 1) + (sum << 7) + name[i]);
	return sum;
}

static void add_part(struct fat_judge *j, struct dir_state *d, const uint8_t *e)
{
	static const uint8_t at[13] = { 1,  3,  5,  7,  9,  14, 16,
					18, 20, 22, 24, 28, 30 };
	uint8_t order = e[0] & 0x1f;

	if (e[0] & 0x40) {
		if (d->pending)
			j->found |= JUDGE_ORPHAN;
		d->parts = order;
		d->next = order;
		d->sum = e[13];
	}
	d->pending = true;
	if (!order || order > 20 || order != d->next || e[13] != d->sum) {
		j->found |= JUDGE_ORPHAN;
		d->pending = false;
		d->next = 0xff;
		return;
	}
	for (int i = 0; i < 13; i++)
		d->unit[(order - 1) * 13 + i] = get_le16(e + at[i]);
	d->next--;
}

/* The path of a short entry @e, with the long name if it has one. */
static const char *make_path(struct fat_judge *j, struct dir_state *d,
			     const uint8_t *e)
{
	char *to = j->text + j->text_used;
	const char *path = to;

	if (j->text_used + 4096 > sizeof(j->text)) {
		fat_judge_wrong(j, "too many names");
		return "";
	}
	if (d->item != SIZE_MAX)
		to = stpcpy(to, j->item[d->item].path);
	*to++ = '/';
	if (d->pending && !d->next && d->sum == checksum(e)) {
		to = put_long(to, d);
	} else {
		if (d->pending)
			j->found |= JUDGE_ORPHAN;
		to = put_short(to, e);
	}
	*to++ = '\0';
	d->pending = false;
	j->text_used = (size_t)(to - j->text);
	return path;
}

/* No two of a directory have one name, long or short. */
static void check_names(struct fat_judge *j, const struct dir_state *d)
{
	const struct judge_item *it = j->item;

	for (size_t i = d->first_own; i < j->nitems; i++) {
		for (size_t k = d->first_own; k < i; k++) {
			if (!memcmp(it[i].short_name, it[k].short_name, 11))
				fat_judge_wrong(j,
						"%s and %s have one short name",
						it[k].path, it[i].path);
			if (!strcasecmp(it[i].path, it[k].path))
				fat_judge_wrong(j, "%s is there twice",
						it[i].path);
		}
	}
}

/* ---- directories ---- */

static uint32_t entry_first(const struct fat_judge *j, const uint8_t *e)
{
	return get_le16(e + 26) |
	       (j->bits == 32 ? (uint32_t)get_le16(e + 20) << 16 : 0);
}

static void check_dot(struct fat_judge *j, const struct dir_state *d,
		      const uint8_t *e)
{
	struct judge_item *it = &j->item[d->item];
	bool two = d->entry == 1;

	if (memcmp(e, two ? "..         " : ".          ", 11) != 0 ||
	    !(e[11] & 0x10) || get_le32(e + 28))
		fat_judge_wrong(j, "%s: entry %u is no dot", it->path,
				d->entry);
	else if (!two && entry_first(j, e) != it->first)
		fat_judge_wrong(j, "%s: \".\" leads elsewhere", it->path);
	else if (two && entry_first(j, e) != d->parent)
		it->odd |= JUDGE_DOTDOT;
}

static void check_short(struct fat_judge *j, const struct judge_item *it)
{
	const uint8_t *s = it->short_name;

	for (int i = 0; i < 11; i++)
		if (s[i] < ' ' || s[i] == 0x7f ||
		    (s[i] >= 'a' && s[i] <= 'z') ||
		    strchr("\"*+,./:;<=>?[\\]|", s[i]))
			fat_judge_wrong(j, "%s: its short name is none: %.11s",
					it->path, (const char *)s);
	if (s[0] == ' ')
		fat_judge_wrong(j, "%s: its short name is empty", it->path);
}

static void take_entry(struct fat_judge *j, struct dir_state *d,
		       const uint8_t *e)
{
	struct judge_item *it = &j->item[j->nitems];

	if (j->nitems == JUDGE_ITEMS) {
		fat_judge_wrong(j, "too many entries");
		return;
	}
	*it = (struct judge_item){
		.path = make_path(j, d, e),
		.is_dir = e[11] & 0x10,
		.first = entry_first(j, e),
		.size = get_le32(e + 28),
		.time = get_le16(e + 22),
		.date = get_le16(e + 24),
	};
	memcpy(it->short_name, e, 11);
	if (e[11] & 0xc0)
		fat_judge_wrong(j, "%s: attributes %#x", it->path, e[11]);
	if (it->is_dir && it->size)
		fat_judge_wrong(j, "%s: a directory with a size", it->path);
	check_short(j, it);
	j->nitems++;
}

static void look_at(struct fat_judge *j, struct dir_state *d, const uint8_t *e)
{
	bool dots = d->item != SIZE_MAX && d->entry < 2;

	if (d->ended) {
		if (e[0])
			j->found |= JUDGE_BEHIND;
	} else if (dots) {
		check_dot(j, d, e);
	} else if (!e[0]) {
		d->ended = true;
	} else if (e[0] == 0xe5) {
		if (d->pending)
			j->found |= JUDGE_ORPHAN;
		d->pending = false;
	} else if ((e[11] & 0x3f) == 0x0f) {
		add_part(j, d, e);
	} else if (!(e[11] & 0x08)) {
		take_entry(j, d, e);
	}
	if (d->ended && d->pending) {
		j->found |= JUDGE_ORPHAN;
		d->pending = false;
	}
	d->entry++;
}

static void look_through(struct fat_judge *j, struct dir_state *d,
			 uint32_t first)
{
	uint32_t c = first;

	for (uint32_t at = 0; !c && at < j->root_bytes; at += 32)
		look_at(j, d, j->img + j->root_at + at);
	while (c && c != FAT_JUDGE_END && fat_judge_is_cluster(j, c)) {
		for (uint32_t at = 0; at < j->cluster_size; at += 32)
			look_at(j, d, fat_judge_cluster(j, c) + at);
		c = fat_judge_link(j, c);
	}
	check_names(j, d);
}

/* The first cluster of the directory that item @n is in, as ".." has it. */
static uint32_t parent_of(const struct fat_judge *j, size_t n)
{
	const struct judge_item *it = &j->item[n];
	size_t len = (size_t)(strrchr(it->path, '/') - it->path);

	if (!len)
		return 0;
	for (size_t i = n; i--;)
		if (j->item[i].is_dir && strlen(j->item[i].path) == len &&
		    !strncmp(j->item[i].path, it->path, len))
			return j->item[i].first;
	return 0;
}

void fat_judge_tree(struct fat_judge *j)
{
	struct dir_state root = { .item = SIZE_MAX };

	if (j->root_first)
		fat_judge_chain(j, j->root_first, JUDGE_ITEMS, "/");
	look_through(j, &root, j->root_first);
	for (size_t i = 0; i < j->nitems && !j->wrong[0]; i++) {
		struct dir_state d = { .item = i,
				       .first_own = j->nitems,
				       .parent = parent_of(j, i) };

		if (!j->item[i].is_dir) {
			fat_judge_file(j, i);
			continue;
		}
		if (fat_judge_chain(j, j->item[i].first, i, j->item[i].path))
			look_through(j, &d, j->item[i].first);
	}
}
