/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room: which clusters are free, and chains as lists of runs. Free is what the FAT says
 * is free and no chain claims: one that leads into free space is damaged, but a file
 * put there would be damaged, too. The FAT is counted once a mount.
 *
 * A file gets the first run from the hint on that holds all of it; else the large
 * runs, then smaller ones. Its links are set in the cached FAT at once, so that the
 * next to ask gets others, and are on the disk after fat_settle.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

#define RUNS_FIRST   16u
#define CLASS_FACTOR 4 /* runs of [n, 4n) clusters are as good as each other */

/* ---- lists of runs ---- */

static int runs_grow(struct fat_runs *r)
{
	uint32_t max = r->run ? 4 * r->max : RUNS_FIRST;
	struct fat_run *more = heap_alloc(max * sizeof(*more));

	if (!more)
		return -ENOMEM;
	if (r->run)
		memcpy(more, r->run, r->count * sizeof(*more));
	heap_free(r->run);
	r->run = more;
	r->max = max;
	return 0;
}

int fat_runs_add(struct fat_runs *r, uint32_t first, uint32_t count)
{
	if (r->run) {
		struct fat_run *last = &r->run[r->count - 1];

		if (last->first + last->count == first) {
			last->count += count;
			r->clusters += count;
			return 0;
		}
	}
	if (!r->run || r->count == r->max) {
		int ret = runs_grow(r);

		if (ret)
			return ret;
	}
	r->run[r->count++] = (struct fat_run){ first, count };
	r->clusters += count;
	return 0;
}

void fat_runs_end(struct fat_runs *r)
{
	heap_free(r->run);
	*r = (struct fat_runs){ 0 };
}

uint32_t fat_runs_last(const struct fat_runs *r)
{
	const struct fat_run *last = &r->run[r->count - 1];

	return last->first + last->count - 1;
}

/* ---- what is free ---- */

/* Links that are zero, or are not, within one window from @cluster on, at most @max. */
static uint32_t same(const struct fat_volume *v, const struct fat_window *w,
		     uint32_t cluster, uint32_t max, bool zero)
{
	const le32 *l32 = (const le32 *)(const void *)w->data;
	const le16 *l16 = (const le16 *)(const void *)w->data;
	uint64_t first = cluster - w->start * 8 / v->g.bits, i;
	uint64_t end = min_u64((uint64_t)w->len * 8 / v->g.bits, first + max);

	if (v->g.bits == 32) {
		for (i = first; i < end; i++)
			if (!(from_le32(l32[i]) & 0x0fffffff) != zero)
				break;
	} else if (v->g.bits == 16) {
		for (i = first; i < end; i++)
			if (!from_le16(l16[i]) != zero)
				break;
	} else {
		for (i = first; i < end; i++) {
			uint16_t link = get_le16(w->data + i * 12 / 8);

			if (!(i & 1 ? link >> 4 : link & 0xfff) != zero)
				break;
		}
	}
	return (uint32_t)(i - first);
}

/* How many clusters from @cluster on are free, or are not, as far as the FAT says. */
static int stretch(struct fat_volume *v, uint32_t cluster, uint32_t max,
		   bool zero, uint32_t *count)
{
	struct fat_window *w;
	uint32_t n, all;
	int ret;

	max = (uint32_t)min_u64(max, v->g.end_cluster - cluster);
	for (*count = 0; *count < max; *count += n) {
		uint32_t at = cluster + *count;

		ret = fat_window(v, (uint64_t)at * v->g.bits / 8,
				 v->g.bits == 32 ? 4 : 2, &w);
		if (ret)
			return ret;
		all = (uint32_t)min_u64(
			(w->start + w->len) * 8 / v->g.bits - at, max - *count);
		n = same(v, w, at, all, zero);
		if (n < all) {
			*count += n;
			return 0;
		}
		if (con_ctrlc())
			return -EINTR;
	}
	return 0;
}

/* Of a volume that is larger than its device: the first cluster that is not there. */
static uint32_t end_on_device(const struct fat_volume *v)
{
	uint64_t size = v->dev->nsectors * SECTOR_SIZE;

	if (size <= v->g.data_offset)
		return FAT_FIRST_CLUSTER;
	return (uint32_t)min_u64(v->g.end_cluster,
				 (size - v->g.data_offset) / v->g.cluster_size +
					 FAT_FIRST_CLUSTER);
}

/*
 * The next run of clusters from @from on that may be taken.
 * Return: 0; -ENOENT there is no more; device's
 */
static int next_free(struct fat_volume *v, uint32_t from, uint32_t max,
		     struct fat_run *run)
{
	uint32_t count, n, end = end_on_device(v);
	int ret;

	while (from < end) {
		ret = stretch(v, from, UINT32_MAX, false, &count);
		if (ret)
			return ret;
		from += count;
		ret = stretch(v, from, max, true, &count);
		if (ret)
			return ret;
		for (n = 0; n < count && from + n < end &&
			    !fat_owner_claims(v, from + n);
		     n++)
			;
		if (n) {
			*run = (struct fat_run){ from, n };
			return 0;
		}
		from += count ? 1 : 0;
	}
	return -ENOENT;
}

int fat_room_look(struct fat_volume *v)
{
	uint32_t at = FAT_FIRST_CLUSTER, count, free = 0;
	bool zero = true;
	int ret;

	if (v->room.looked)
		return 0;
	for (; at < v->g.end_cluster; at += count, zero = !zero) {
		ret = stretch(v, at, UINT32_MAX, zero, &count);
		if (ret)
			return ret;
		free += zero ? count : 0;
	}
	v->room.free = free;
	v->room.next = fat_state_hint(v);
	v->room.looked = true;
	return 0;
}

/* ---- chains ---- */

int fat_runs_free(struct fat_volume *v, const struct fat_runs *r)
{
	int ret = 0;

	for (uint32_t i = 0; !ret && i < r->count; i++) {
		ret = fat_link_run(v, r->run[i].first, r->run[i].count, 0);
		fat_owner_release(v, r->run[i].first, r->run[i].count);
		/* It may have been a directory. */
		if (v->dir.first - r->run[i].first < r->run[i].count)
			v->dir.len = 0;
	}
	v->room.free += r->clusters;
	return ret;
}

static int link_runs(struct fat_volume *v, const struct fat_runs *r)
{
	int ret = 0;

	v->room.free -= r->clusters;
	v->room.next = fat_runs_last(r);
	for (uint32_t i = 0; !ret && i < r->count; i++)
		ret = fat_link_run(v, r->run[i].first, r->run[i].count,
				   i + 1 < r->count ? r->run[i + 1].first
						    : FAT_END);
	if (ret)
		(void)!fat_runs_free(v, r);
	return ret;
}

int fat_runs_of(struct fat_volume *v, uint32_t first, struct fat_runs *r)
{
	uint32_t cluster = first, count;
	int ret = fat_chain_prove(v, first);

	while (!ret) {
		ret = fat_run(v, cluster, UINT32_MAX, &count);
		if (!ret && fat_owner_shares(v, cluster, count))
			ret = fat_corrupt(v, -EBADMSG, FAT_SHARED);
		if (!ret)
			ret = fat_runs_add(r, cluster, count);
		if (!ret)
			ret = fat_next(v, cluster + count - 1, &cluster);
		if (ret || cluster == FAT_END)
			return ret;
	}
	return ret;
}

/* ---- taking ---- */

/* The first run of @n in [@from, @to). Return: 0; -ENOENT; device's */
static int find_whole(struct fat_volume *v, uint32_t from, uint32_t to,
		      uint32_t n, struct fat_run *run)
{
	int ret;

	while (from < to) {
		ret = next_free(v, from, n, run);
		if (ret || run->count == n)
			return ret;
		from = run->first + run->count;
	}
	return -ENOENT;
}

/* All runs of at least @least and less than @most clusters, until @n are there. */
static int take_class(struct fat_volume *v, uint32_t least, uint32_t most,
		      uint32_t n, struct fat_runs *r)
{
	uint32_t from = FAT_FIRST_CLUSTER;
	struct fat_run run;
	int ret = 0;

	while (!ret && r->clusters < n) {
		ret = next_free(v, from, UINT32_MAX, &run);
		if (ret)
			break;
		from = run.first + run.count;
		if (run.count >= least && run.count < most)
			ret = fat_runs_add(
				r, run.first,
				(uint32_t)min_u64(run.count, n - r->clusters));
	}
	return ret == -ENOENT ? 0 : ret;
}

static int take_pieces(struct fat_volume *v, uint32_t n, struct fat_runs *r)
{
	uint32_t least = n, most = UINT32_MAX;
	int ret = 0;

	while (!ret && r->clusters < n && least) {
		ret = take_class(v, least, most, n, r);
		most = least;
		least = least > 1 ? (least + CLASS_FACTOR - 1) / CLASS_FACTOR
				  : 0;
	}
	return !ret && r->clusters < n ? -ENOSPC : ret;
}

int fat_room_take(struct fat_volume *v, uint32_t n, struct fat_runs *r)
{
	struct fat_run run;
	int ret;

	if (!n)
		return 0;
	if (n > v->room.free)
		return -ENOSPC;
	ret = find_whole(v, v->room.next, v->g.end_cluster, n, &run);
	if (ret == -ENOENT)
		ret = find_whole(v, FAT_FIRST_CLUSTER, v->room.next, n, &run);
	if (!ret)
		ret = fat_runs_add(r, run.first, run.count);
	else if (ret == -ENOENT)
		ret = take_pieces(v, n, r);
	if (!ret)
		ret = link_runs(v, r);
	if (ret)
		fat_runs_end(r);
	return ret;
}

int fat_room_take_at(struct fat_volume *v, uint32_t cluster, struct fat_runs *r)
{
	int ret = fat_runs_add(r, cluster, 1);

	return ret ? ret : link_runs(v, r);
}
