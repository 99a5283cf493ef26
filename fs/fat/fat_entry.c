/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and deleting entries. What counts is the short entry: it is written alone and
 * last when a file is made, and deleted alone and first when one goes, so that a stop
 * in between leaves long entries without a short one, which nobody minds and which
 * the next new entry takes as room.
 *
 * A directory grows by one zeroed cluster, complete on the disk before the one link
 * that makes it a part is written. With FAT12 that link may lie in two sectors: then
 * the new cluster is one whose number reads as an end also when half of it is there.
 */
#include <errno.h>
#include <string.h>

#include <core/clock.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/calendar.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

/* ---- fields ---- */

void fat_entry_set(uint8_t *raw, uint32_t cluster, uint32_t size)
{
	put_le16(raw + DIR_FSTCLUS_HI, (uint16_t)(cluster >> 16));
	put_le16(raw + DIR_FSTCLUS_LO, (uint16_t)cluster);
	put_le32(raw + DIR_FILESIZE, size);
}

/* The date and the time when there is no clock, and what fits */
#define FIRST_YEAR 1980
#define LAST_YEAR  2107
#define FAT_EPOCH  315532800u /* 1980-01-01 */

void fat_entry_stamp(uint8_t *raw, bool created)
{
	struct calendar_time t;
	uint64_t now = FAT_EPOCH;
	uint16_t date, time;

	if (clock_now(&now) || now < FAT_EPOCH)
		now = FAT_EPOCH;
	calendar_from_seconds(now, &t);
	if (t.year > LAST_YEAR)
		t.year = LAST_YEAR;
	date = (uint16_t)((t.year - FIRST_YEAR) << 9 | t.month << 5 | t.day);
	time = (uint16_t)(t.hour << 11 | t.minute << 5 | t.second / 2);
	put_le16(raw + DIR_WRTTIME, time);
	put_le16(raw + DIR_WRTDATE, date);
	put_le16(raw + DIR_LSTACCDATE, date);
	if (created) {
		raw[DIR_CRTTIMETENTH] = (uint8_t)(t.second % 2 * 100);
		put_le16(raw + DIR_CRTTIME, time);
		put_le16(raw + DIR_CRTDATE, date);
	}
}

/* ---- a place ---- */

/* Entries in a row that may be used, up to the one looked at. */
struct row {
	uint32_t len;
	uint32_t
		longs; /* long entries behind them: only room if nobody's follows */
};

static bool row_add(struct row *r, const uint8_t *raw)
{
	if (raw[0] == NAME_DELETED) {
		r->len += r->longs + 1;
		r->longs = 0;
		return true;
	}
	if ((raw[DIR_ATTR] & ATTR_MASK) == ATTR_LONG_NAME)
		r->longs++;
	else
		*r = (struct row){ 0 };
	return false;
}

/*
 * Room for @count entries; @n->dir.index is left at the directory's end. Behind that,
 * nothing is said to be in the entries: what is there will be seen when it is
 * overwritten, so it has to go first (tidy).
 */
static int find_place(struct fat_new *n, uint32_t count)
{
	struct fat_walk *w = &n->dir;
	uint32_t max = w->total / DIR_ENTRY_SIZE, per_cluster;
	struct row r = { 0 };
	const uint8_t *raw;
	int ret;

	while (!(ret = fat_walk_raw(w, &raw))) {
		if (row_add(&r, raw) && r.len >= count) {
			n->index = w->index - r.len;
			return 0;
		}
	}
	if (ret != -ENOENT)
		return ret;
	n->index = w->index - r.len - r.longs;
	for (uint32_t i = w->index; i < max && i <= n->index + count; i++) {
		ret = fat_walk_at(w, i, &raw);
		if (ret)
			return ret;
		if (raw[0] != NAME_END)
			n->tidy = i - w->index + 1;
	}
	if (n->index + count <= max)
		return 0;
	if (!w->first)
		return fat_corrupt(w->v, -ENOSPC, "the root directory is full");
	per_cluster = w->v->g.cluster_size / DIR_ENTRY_SIZE;
	n->grow = (n->index + count - max + per_cluster - 1) / per_cluster;
	if (w->total + n->grow * w->v->g.cluster_size > FAT_DIR_MAX)
		return fat_corrupt(w->v, -ENOSPC, "the directory is full");
	return 0;
}

int fat_new_find(struct fat_volume *v, uint32_t dir, const char *text,
		 struct fat_new *n)
{
	struct fat_name name;
	int ret = fat_name_parse(v, text, &name);

	memset(n, 0, sizeof(*n));
	if (!ret)
		ret = fat_alias_make(v, dir, FAT_NO_ENTRY, &name, &n->name);
	if (!ret)
		ret = fat_walk_start(&n->dir, v, dir);
	return ret ? ret : find_place(n, n->name.parts + 1);
}

/* ---- growing ---- */

static int write_zeroes(struct fat_volume *v, uint32_t cluster)
{
	uint8_t *zero = heap_alloc(v->g.cluster_size);
	int ret;

	if (!zero)
		return -ENOMEM;
	ret = fat_cluster_write(v, cluster, zero);
	heap_free(zero);
	return ret;
}

/* A cluster to come after @last, whose link may be in two sectors. */
static int take_one(struct fat_volume *v, uint32_t last, struct fat_runs *r)
{
	uint32_t mask = last & 1 ? 0x8 : 0xf8;

	if (!fat_link_straddles(v, last))
		return fat_room_take(v, 1, r);
	for (uint32_t c = FAT_FIRST_CLUSTER; c < v->g.end_cluster; c++) {
		uint32_t link;
		int ret = fat_link_raw(v, c, &link);

		if (ret)
			return ret;
		if (!link && (c & mask) == mask && !fat_owner_claims(v, c))
			return fat_room_take_at(v, c, r);
	}
	return -ENOSPC;
}

/* The link that counts. Of one in two sectors the first half goes first. */
static int link_last(struct fat_volume *v, uint32_t last, uint32_t next)
{
	uint32_t half = last & 1 ? 0xff0 | (next & 0xf) : 0xf00 | (next & 0xff);
	int ret = 0;

	if (fat_link_straddles(v, last)) {
		ret = fat_link_run(v, last, 1, half);
		if (!ret)
			ret = fat_settle(v);
	}
	if (!ret)
		ret = fat_link_run(v, last, 1, next);
	return ret ? ret : fat_settle(v);
}

/* As it was, as far as the device lets us. */
static void ungrow(struct fat_volume *v, uint32_t last,
		   const struct fat_runs *r)
{
	int ret = fat_link_run(v, last, 1, FAT_END);

	if (!ret)
		ret = fat_settle(v);
	if (!ret)
		(void)!fat_runs_free(v, r);
}

static int grow(struct fat_walk *w)
{
	struct fat_volume *v = w->v;
	struct fat_runs r = { 0 };
	uint32_t last;
	int ret;

	ret = fat_chain_seek(v, w->first, w->total / v->g.cluster_size - 1,
			     &last);
	if (ret)
		return ret;
	ret = take_one(v, last, &r);
	if (ret)
		return ret;
	ret = write_zeroes(v, r.run[0].first);
	if (!ret)
		ret = fat_settle(v);
	if (!ret)
		ret = link_last(v, last, r.run[0].first);
	if (!ret)
		w->total += v->g.cluster_size;
	else
		ungrow(v, last, &r);
	fat_forget(v);
	v->dir.len = 0;
	fat_runs_end(&r);
	return ret;
}

/* ---- making ---- */

/* What lies behind the directory's end becomes zero, before the end moves. */
static int tidy(const struct fat_new *n)
{
	static const uint8_t zero[DIR_ENTRY_SIZE];
	int ret = 0;

	for (uint32_t i = 0; !ret && i < n->tidy; i++)
		ret = fat_walk_put(&n->dir, n->dir.index + i, 1, zero);
	return ret || !n->tidy ? ret : fat_settle(n->dir.v);
}

int fat_new_stage(struct fat_new *n)
{
	int ret = tidy(n);

	for (uint32_t i = 0; !ret && i < n->grow; i++)
		ret = grow(&n->dir);
	if (ret)
		return ret;
	n->staged = true;
	if (!n->name.parts)
		return 0;
	return fat_walk_put(&n->dir, n->index, n->name.parts,
			    n->name.raw[FAT_PARTS_MAX - n->name.parts]);
}

int fat_new_commit(const struct fat_new *n)
{
	return fat_walk_put(&n->dir, n->index + n->name.parts, 1,
			    n->name.raw[FAT_PARTS_MAX]);
}

int fat_entry_put(struct fat_volume *v, uint32_t dir, uint32_t index,
		  const uint8_t *raw)
{
	struct fat_walk w;
	int ret = fat_walk_start(&w, v, dir);

	return ret ? ret : fat_walk_put(&w, index, 1, raw);
}

/* ---- deleting ---- */

int fat_long_drop(const struct fat_walk *w, uint32_t index, uint32_t count)
{
	uint8_t copy[FAT_PARTS_MAX][DIR_ENTRY_SIZE];
	const uint8_t *raw;

	for (uint32_t i = 0; i < count; i++) {
		int ret = fat_walk_at(w, index + i, &raw);

		if (ret)
			return ret;
		memcpy(copy[i], raw, DIR_ENTRY_SIZE);
		copy[i][0] = NAME_DELETED;
	}
	return count ? fat_walk_put(w, index, count, copy) : 0;
}

int fat_new_drop(const struct fat_new *n)
{
	int ret;

	if (!n->staged)
		return 0;
	ret = fat_long_drop(&n->dir, n->index + n->name.parts, 1);
	if (!ret)
		ret = fat_long_drop(&n->dir, n->index, n->name.parts);
	return ret;
}

int fat_entry_drop(struct fat_volume *v, uint32_t dir,
		   const struct fat_entry *e)
{
	uint8_t raw[DIR_ENTRY_SIZE];
	int ret;

	memcpy(raw, e->raw, sizeof(raw));
	raw[0] = NAME_DELETED;
	ret = fat_entry_put(v, dir, e->index, raw);
	return ret ? ret : fat_settle(v);
}
