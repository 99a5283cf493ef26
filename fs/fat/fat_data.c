/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A file's bytes to its clusters: whole sectors straight from the caller's memory, runs
 * of clusters as one piece each and many in a request. What stays of the old contents
 * is read and written in blocks of COPY_BYTES; the sector where old and new
 * meet and the last one go through memory of their own, the rest of it zero.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

#define PIECES     1024u
#define COPY_BYTES (1024u * 1024)

struct out {
	struct fat_volume *v;
	const struct fat_runs *r;
	uint32_t run; /* the one after that which is written to */
	uint64_t at,
		left; /* where, in bytes of the volume, and how much is there */
	struct blk_piece *piece;
	uint32_t count;
};

static int out_flush(struct out *o)
{
	int ret = 0;

	if (o->count)
		ret = blk_writev(o->v->dev, o->piece, o->count);
	o->count = 0;
	return ret == -ERANGE ? fat_past_end(o->v) : ret;
}

static void go_to(struct out *o, uint32_t cluster, uint32_t count,
		  uint64_t skip)
{
	uint64_t size = o->v->g.cluster_size;

	o->at = o->v->g.data_offset + (cluster - 2) * size + skip;
	o->left = count * size - skip;
}

/* @len bytes, whole sectors; @buf stays until out_flush. */
static int out_put(struct out *o, const uint8_t *buf, uint64_t len)
{
	uint64_t n;
	int ret = 0;

	for (; !ret && len; len -= n, buf += n) {
		if (!o->left) {
			go_to(o, o->r->run[o->run].first,
			      o->r->run[o->run].count, 0);
			o->run++;
		}
		n = min_u64(len, o->left);
		o->piece[o->count++] = (struct blk_piece){
			o->at / SECTOR_SIZE, n / SECTOR_SIZE,
			(void *)(uintptr_t)buf
		};
		o->at += n;
		o->left -= n;
		if (o->count == PIECES)
			ret = out_flush(o);
	}
	return ret;
}

/* Bytes [@from, @to) of the old contents. */
static int copy_old(struct out *o, const struct fat_data *d, uint64_t from,
		    uint64_t to)
{
	uint64_t n = min_u64(COPY_BYTES, to - from);
	uint8_t *buf;
	int ret = 0;

	if (from == to)
		return 0;
	buf = heap_alloc(n);
	if (!buf)
		return -ENOMEM;
	for (; !ret && from < to; from += n) {
		n = min_u64(n, to - from);
		ret = fat_chain_read(o->v, d->old, from, n, buf);
		if (!ret)
			ret = out_put(o, buf, n);
		if (!ret)
			ret = out_flush(o);
	}
	heap_free(buf);
	return ret;
}

/* The sector in which the old contents end, if it is not full, and the new begin. */
static int join(struct out *o, const struct fat_data *d, uint8_t *sector,
		uint64_t *used)
{
	uint64_t skip = d->pos % o->v->g.sector_size;
	int ret;

	*used = 0;
	if (!skip)
		return 0;
	*used = min_u64(d->len, o->v->g.sector_size - skip);
	ret = fat_chain_read(o->v, d->old, d->pos - skip, skip, sector);
	if (ret)
		return ret;
	memcpy(sector + skip, d->buf, *used);
	return out_put(o, sector, o->v->g.sector_size);
}

static int write_all(struct out *o, const struct fat_data *d, uint64_t from,
		     uint8_t *sectors)
{
	uint64_t size = o->v->g.sector_size, used, whole;
	const uint8_t *buf = d->buf;
	int ret;

	ret = copy_old(o, d, from, align_down(d->pos, size));
	if (!ret)
		ret = join(o, d, sectors, &used);
	if (ret)
		return ret;
	whole = align_down(d->len - used, size);
	ret = out_put(o, buf + used, whole);
	used += whole;
	if (!ret && used < d->len) {
		memcpy(sectors + size, buf + used, d->len - used);
		ret = out_put(o, sectors + size, size);
	}
	return ret ? ret : out_flush(o);
}

int fat_data_write(struct fat_volume *v, const struct fat_data *d,
		   uint64_t from, uint32_t first, const struct fat_runs *r)
{
	struct out o = { .v = v, .r = r };
	uint8_t *sectors = heap_alloc(2 * (size_t)v->g.sector_size);
	int ret = -ENOMEM;

	o.piece = heap_alloc(PIECES * sizeof(*o.piece));
	if (first)
		go_to(&o, first, 1, from % v->g.cluster_size);
	if (sectors && o.piece)
		ret = write_all(&o, d, from, sectors);
	heap_free(sectors);
	heap_free(o.piece);
	return ret;
}
