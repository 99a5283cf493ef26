/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The FAT: from a cluster to the one after it. It is read in windows of
 * FAT_WINDOW_BYTES when a link in them is first needed, and the windows stay: up
 * to 4 MiB, which is all of the FAT for most volumes; then the one that was not
 * used for longest makes room.
 *
 * Contiguous files are what matters for speed, so fat_run has loops for
 * FAT16 and FAT32 that look at neighbouring links and do nothing else.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

#define LINK_MASK_32 0x0fffffffu /* the top nibble is not part of a link */

int fat_corrupt(struct fat_volume *v, int err, const char *text)
{
	v->fs.fault = text;
	return err;
}

int fat_past_end(struct fat_volume *v)
{
	return fat_corrupt(v, -EBADMSG,
			   "the volume reaches past the end of its device");
}

int fat_read_meta(struct fat_volume *v, uint64_t offset, uint64_t len,
		  void *buf)
{
	int ret;

	if (inside(offset, len, v->head_len)) {
		memcpy(buf, v->head + offset, len);
		return 0;
	}
	ret = blk_read_bytes(v->dev, offset, len, buf);
	return ret == -ERANGE ? fat_past_end(v) : ret;
}

/* A window to be filled: an empty one, or the one used least recently. */
static struct fat_window *choose(struct fat_volume *v)
{
	struct fat_window *oldest = NULL;

	for (unsigned int i = 0; i < FAT_NWINDOWS; i++) {
		struct fat_window *w = &v->window[i];

		if (!w->data)
			w->data = heap_alloc(FAT_WINDOW_BYTES);
		/* No memory: those there are have to do. */
		if (!w->data)
			break;
		if (!w->len)
			return w;
		if (w->is_dirty)
			continue;
		if (!oldest ||
		    v->uses - w->last_use > v->uses - oldest->last_use)
			oldest = w;
	}
	return oldest;
}

/* Fill a window so that the link at @offset is in it. */
static int load(struct fat_volume *v, uint64_t offset, struct fat_window **out)
{
	struct fat_window *w = choose(v);
	uint64_t start = align_down(offset, FAT_WINDOW_BYTES), at, size, len;
	int ret;

	v->loads++;
	if (!w) {
		ret = fat_link_sync(v);
		if (ret)
			return ret;
		w = choose(v);
	}
	if (!w)
		return -ENOMEM;
	at = v->g.fat_offset + start;
	size = v->dev->nsectors * SECTOR_SIZE;
	len = min_u64(FAT_WINDOW_BYTES, v->g.fat_len - start);
	if (at < v->head_len && v->g.fat_offset + offset + 4 <= v->head_len)
		len = min_u64(len, v->head_len - at);
	/* The rest of a window may be past the end of a disk that was cut. */
	if (at < size)
		len = min_u64(len, size - at);
	if (offset - start + 2 > len)
		return fat_past_end(v);
	w->len = 0;
	ret = fat_read_meta(v, at, len, w->data);
	if (ret == -EIO && v->g.mirror)
		ret = fat_read_meta(v, at + v->g.mirror, len, w->data);
	if (ret)
		return ret;
	w->start = start;
	w->len = (uint32_t)len;
	*out = w;
	return 0;
}

/* The window that begins at @start, or an empty one; NULL: there is neither. */
static struct fat_window *window_at(struct fat_volume *v, uint64_t start)
{
	struct fat_window *w;

	for (w = v->window; w < v->window + FAT_NWINDOWS; w++)
		if (w->len && w->start == start)
			return w;
	w = choose(v);
	return w && !w->len ? w : NULL;
}

int fat_table_ahead(struct fat_volume *v, struct blk_gather *g)
{
	uint64_t end = min_u64(v->g.fat_len, FAT_AHEAD_BYTES);
	uint64_t size = v->dev->nsectors * SECTOR_SIZE, at, len;
	struct fat_window *w;
	int ret = 0;

	for (uint64_t start = 0; !ret && start < end;
	     start += FAT_WINDOW_BYTES) {
		at = v->g.fat_offset + start;
		len = min_u64(FAT_WINDOW_BYTES, v->g.fat_len - start);
		if (inside(at, len, v->head_len))
			continue;
		/* Of a disk that was cut: load knows what is left. */
		if (!inside(at, len, size))
			break;
		w = window_at(v, start);
		if (!w)
			break;
		if (w->len == len)
			continue;
		w->start = start;
		w->len = (uint32_t)len;
		w->last_use = ++v->uses;
		v->loads++;
		ret = blk_gather_add(g, at, len, w->data);
	}
	return ret;
}

void fat_table_forget(struct fat_volume *v)
{
	v->current = NULL;
	for (unsigned int i = 0; i < FAT_NWINDOWS; i++) {
		v->window[i].len = 0;
		v->window[i].is_dirty = false;
	}
}

/* A window taken from the head may be short: it is forgotten and read anew. */
int fat_window(struct fat_volume *v, uint64_t offset, uint32_t size,
	       struct fat_window **out)
{
	struct fat_window *w = v->current;
	int ret;

	if (w && inside(offset - w->start, size, w->len)) {
		*out = w;
		return 0;
	}
	for (w = v->window; w < v->window + FAT_NWINDOWS && w->data; w++) {
		if (!w->len || offset < w->start ||
		    offset - w->start >= FAT_WINDOW_BYTES)
			continue;
		if (inside(offset - w->start, size, w->len))
			break;
		ret = w->is_dirty ? fat_link_sync(v) : 0;
		if (ret)
			return ret;
		w->len = 0;
	}
	if (w == v->window + FAT_NWINDOWS || !w->data) {
		ret = load(v, offset, &w);
		if (ret)
			return ret;
	}
	w->last_use = ++v->uses;
	v->current = w;
	*out = w;
	return 0;
}

int fat_link_raw(struct fat_volume *v, uint32_t cluster, uint32_t *link)
{
	uint64_t offset = (uint64_t)cluster * v->g.bits / 8;
	struct fat_window *w;
	const uint8_t *p;
	int ret;

	ret = fat_window(v, offset, v->g.bits == 32 ? 4 : 2, &w);
	if (ret)
		return ret;
	p = w->data + (offset - w->start);
	switch (v->g.bits) {
	case 12:
		*link = cluster & 1 ? get_le16(p) >> 4 : get_le16(p) & 0xfff;
		break;
	case 16:
		*link = get_le16(p);
		break;
	default:
		*link = get_le32(p) & LINK_MASK_32;
		break;
	}
	return 0;
}

int fat_next(struct fat_volume *v, uint32_t cluster, uint32_t *next)
{
	/* above the mark of a bad cluster: the end, in many forms */
	uint32_t bad = (LINK_MASK_32 >>
			(v->g.bits == 32 ? 0 : 28 - v->g.bits)) -
		       8;
	int ret = fat_link_raw(v, cluster, next);

	if (!ret && *next > bad)
		*next = FAT_END;
	if (ret || *next == FAT_END || fat_is_cluster(v, *next))
		return ret;
	return fat_corrupt(v, -EBADMSG,
			   *next ? "a chain leads to no cluster"
				 : "a chain leads into free space");
}

/*
 * FAT16 and FAT32 links that follow upon one another, within one window.
 * Return: how many clusters after @cluster the run goes on, at most @max
 */
static uint32_t run16(const struct fat_window *w, uint32_t cluster,
		      uint32_t max)
{
	const le16 *link = (const le16 *)(const void *)w->data;
	uint64_t first = cluster - w->start / 2;
	uint64_t end = min_u64(w->len / 2, first + max);
	uint64_t i;

	for (i = first; i < end; i++)
		if (from_le16(link[i]) != ++cluster)
			break;
	return (uint32_t)(i - first);
}

static uint32_t run32(const struct fat_window *w, uint32_t cluster,
		      uint32_t max)
{
	/* Windows are aligned and begin at a multiple of 4. */
	const le32 *link = (const le32 *)(const void *)w->data;
	uint64_t first = cluster - w->start / 4;
	uint64_t end = min_u64(w->len / 4, first + max);
	uint64_t i;

	for (i = first; i < end; i++)
		if ((from_le32(link[i]) & LINK_MASK_32) != ++cluster)
			break;
	return (uint32_t)(i - first);
}

/* The same for any width, where one more cluster is known to follow. */
static uint32_t run(const struct fat_volume *v, uint32_t cluster, uint32_t max)
{
	/* No link past the last cluster's is one. */
	max = (uint32_t)min_u64(max, v->g.end_cluster - 1 - cluster);
	if (v->g.bits == 32)
		return run32(v->current, cluster, max);
	if (v->g.bits == 16)
		return run16(v->current, cluster, max);
	return 1;
}

int fat_run(struct fat_volume *v, uint32_t cluster, uint32_t max,
	    uint32_t *count)
{
	uint32_t next, more;
	int ret = 0;

	/* cluster is the last of those that are known. */
	for (*count = 1; *count < max; *count += more) {
		ret = fat_next(v, cluster, &next);
		if (ret || next != cluster + 1)
			break;
		more = run(v, cluster, max - *count);
		cluster += more;
	}
	return ret;
}
