/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Windows on a device, least recently used out. A window that cannot be read whole
 * is tried again for no more than what was asked for: a bad block spoils nothing but
 * itself.
 */
#include <block/cache.h>

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/checked.h>

static bool holds(const struct blk_window *w, uint64_t offset, uint32_t len)
{
	return w->from < w->to && offset >= w->start + w->from &&
	       inside(offset - w->start, len, w->to);
}

/* The window at @start, or else one to be filled; NULL: no memory for any. */
static struct blk_window *choose(struct blk_cache *c, uint64_t start)
{
	struct blk_window *w, *oldest = NULL;

	if (!c->windows)
		c->windows = heap_alloc(c->max * sizeof(*w));
	if (!c->windows)
		return NULL;
	for (w = c->windows; w < c->windows + c->max && w->data; w++) {
		if (w->start == start)
			return w;
		if (!oldest ||
		    c->uses - w->last_use > c->uses - oldest->last_use)
			oldest = w;
	}
	if (w < c->windows + c->max)
		w->data = heap_alloc(c->window);
	if (w < c->windows + c->max && w->data)
		oldest = w;
	if (oldest) {
		oldest->start = start;
		oldest->from = oldest->to = 0;
	}
	return oldest;
}

static int fill(struct blk_cache *c, struct blk_window *w, uint64_t offset,
		uint32_t len)
{
	uint64_t size = c->dev->nsectors * SECTOR_SIZE;
	uint32_t in = (uint32_t)(offset - w->start);
	int ret;

	w->from = 0;
	w->to = (uint32_t)min_u64(c->window, size - w->start);
	ret = c->read(c->ctx, w->start, w->to, w->data);
	if (ret == -EIO || ret == -EBADMSG) {
		w->from = in;
		w->to = in + len;
		ret = c->read(c->ctx, offset, len, w->data + in);
	}
	if (ret)
		w->from = w->to = 0;
	return ret;
}

int blk_cache_get(struct blk_cache *c, uint64_t offset, uint32_t len,
		  const uint8_t **p)
{
	struct blk_window *w = c->current;
	uint64_t start = align_down(offset, c->window);
	int ret = 0;

	if (!inside(offset - start, len, c->window) ||
	    !inside(offset, len, c->dev->nsectors * SECTOR_SIZE))
		return -ERANGE;
	if (!w || w->start != start) {
		w = choose(c, start);
		if (!w)
			return -ENOMEM;
		w->last_use = ++c->uses;
		c->current = w;
	}
	if (!holds(w, offset, len))
		ret = fill(c, w, offset, len);
	*p = w->data + (offset - start);
	return ret;
}

void blk_cache_put(struct blk_cache *c, const uint8_t *data, uint32_t len)
{
	for (uint32_t at = 0; at < len; at += c->window) {
		struct blk_window *w = choose(c, at);

		if (!w)
			return;
		w->last_use = ++c->uses;
		w->to = (uint32_t)min_u64(c->window, len - at);
		memcpy(w->data, data + at, w->to);
	}
}

void blk_cache_end(struct blk_cache *c)
{
	for (uint32_t i = 0; c->windows && i < c->max; i++)
		heap_free(c->windows[i].data);
	heap_free(c->windows);
	c->windows = NULL;
	c->current = NULL;
}
