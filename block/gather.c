/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte ranges to pieces. A range is cut at the device's blocks: whole blocks
 * become one piece to their destination, a ragged head or tail a piece of one
 * block to a bounce block and a copy of its bytes after the transfer.
 *
 * Pieces are handed over in the order of their sectors: a fragmented file mostly
 * lies within a few stretches of the disk, and pieces that then adjoin become
 * one scatter-gather request instead of one request each. Hence also the long
 * list: sorting the whole of a file finds neighbours that parts of it hide.
 *
 * Pieces that nearly adjoin are read as if they did, what lies between into memory
 * nobody looks at: a request costs a host as much as the transfer of 64 KiB.
 */
#include <block/gather.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <core/dma.h>
#include <core/heap.h>
#include <lib/checked.h>

#define PIECES_FIRST 32u
#define PIECES_MAX   65536u
#define GAPS_FROM    8u  /* pieces: fewer requests are not worth a look */
#define GAP_MAX      16u /* sectors: with pieces of 4 KiB a third is of use */

int blk_gather_init(struct blk_gather *g, struct blkdev *dev)
{
	*g = (struct blk_gather){ .dev = dev, .max = PIECES_FIRST };
	g->pieces = heap_alloc(PIECES_FIRST * sizeof(*g->pieces));
	g->bounce = heap_alloc((size_t)BLK_GATHER_BOUNCES * dev->block_size);
	if (g->pieces && g->bounce)
		return 0;
	blk_gather_end(g);
	return -ENOMEM;
}

void blk_gather_end(struct blk_gather *g)
{
	heap_free(g->pieces);
	heap_free(g->bounce);
}

/* ---- order ---- */

/* How far the pieces from @i on ascend: the index after the last. */
static size_t run_end(const struct blk_piece *p, size_t i, size_t count)
{
	do
		i++;
	while (i < count && p[i - 1].lba <= p[i].lba);
	return i;
}

/* Merge two ascending runs, [a, b) and [b, end) of @from, into @to. */
static void merge(const struct blk_piece *from, size_t a, size_t b, size_t end,
		  struct blk_piece *to)
{
	size_t mid = b;

	for (size_t out = a; out < end; out++)
		to[out] = b == end || (a < mid && from[a].lba <= from[b].lba)
				  ? from[a++]
				  : from[b++];
}

/*
 * Merge neighbouring runs pair by pair.
 * Return: how many runs are left
 */
static size_t merge_runs(const struct blk_piece *from, struct blk_piece *to,
			 size_t count)
{
	size_t runs = 0;

	for (size_t a = 0, end; a < count; a = end) {
		size_t b = run_end(from, a, count);

		end = b < count ? run_end(from, b, count) : b;
		merge(from, a, b, end, to);
		runs++;
	}
	return runs;
}

/* Natural merge sort. Without memory the pieces stay as they are: only slower. */
static void sort(struct blk_gather *g)
{
	struct blk_piece *other, *tmp;
	size_t runs;

	if (run_end(g->pieces, 0, g->count) == g->count)
		return;
	other = heap_alloc(g->max * sizeof(*other));
	if (!other)
		return;
	do {
		runs = merge_runs(g->pieces, other, g->count);
		tmp = g->pieces;
		g->pieces = other;
		other = tmp;
	} while (runs > 1);
	heap_free(other);
}

/* ---- gaps ---- */

/* Sectors between two pieces that are worth reading; 0: none. */
static uint64_t gap(const struct blk_piece *p)
{
	uint64_t end = p[0].lba + p[0].nsectors;

	return end < p[1].lba && p[1].lba - end <= GAP_MAX ? p[1].lba - end : 0;
}

/* The pieces and what is between them. @other: room for twice as many.
 * Return: how many there are now */
static size_t bridge(const struct blk_gather *g, struct blk_piece *other,
		     void *waste)
{
	const struct blk_piece *p = g->pieces;
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++) {
		other[n++] = p[i];
		if (i + 1 < g->count && gap(&p[i]))
			other[n++] = (struct blk_piece){
				p[i].lba + p[i].nsectors, gap(&p[i]), waste
			};
	}
	return n;
}

static int read_pieces(const struct blk_gather *g)
{
	static uint8_t
		*waste; /* memory that a device may write to at any time */
	struct blk_piece *other = NULL;
	int ret = -EIO;

	if (g->count >= GAPS_FROM && !waste)
		waste = dma_alloc(GAP_MAX * SECTOR_SIZE, 64);
	if (g->count >= GAPS_FROM && waste)
		other = heap_alloc(2 * g->count * sizeof(*other));
	if (other)
		ret = blk_readv(g->dev, other, bridge(g, other, waste));
	heap_free(other);
	/* A bad block between the pieces is none of theirs. */
	return ret == -EIO ? blk_readv(g->dev, g->pieces, g->count) : ret;
}

/* ---- collecting ---- */

int blk_gather_flush(struct blk_gather *g)
{
	int ret;

	if (!g->count)
		return 0;
	sort(g);
	ret = read_pieces(g);
	for (unsigned int i = 0; !ret && i < g->nbounces; i++)
		memcpy(g->copy[i].to, g->copy[i].from, g->copy[i].len);
	g->count = 0;
	g->nbounces = 0;
	return ret;
}

/* Four times the room, or, when there is no more to be had, an empty list. */
static int make_room(struct blk_gather *g)
{
	struct blk_piece *more = NULL;

	if (g->max < PIECES_MAX)
		more = heap_alloc(4 * g->max * sizeof(*more));
	if (!more)
		return blk_gather_flush(g);
	memcpy(more, g->pieces, g->count * sizeof(*more));
	heap_free(g->pieces);
	g->pieces = more;
	g->max *= 4;
	return 0;
}

/* Make the last piece longer, when the new one adjoins on disk and in memory. */
static bool extend(struct blk_gather *g, uint64_t lba, uint64_t nsectors,
		   const void *buf)
{
	struct blk_piece *last;

	if (!g->count)
		return false;
	last = &g->pieces[g->count - 1];
	if (last->lba + last->nsectors != lba ||
	    (const uint8_t *)last->buf + last->nsectors * SECTOR_SIZE != buf)
		return false;
	last->nsectors += nsectors;
	return true;
}

/* Whole blocks. */
static int add_whole(struct blk_gather *g, uint64_t offset, uint64_t len,
		     void *buf)
{
	struct blk_piece piece = { offset / SECTOR_SIZE, len / SECTOR_SIZE,
				   buf };
	int ret;

	if (extend(g, piece.lba, piece.nsectors, buf))
		return 0;
	if (g->count == g->max) {
		ret = make_room(g);
		if (ret)
			return ret;
	}
	g->pieces[g->count++] = piece;
	return 0;
}

/* @len bytes that lie in one block, but are not all of it. */
static int add_ragged(struct blk_gather *g, uint64_t offset, uint64_t len,
		      void *buf)
{
	uint64_t block = g->dev->block_size;
	uint8_t *to;
	int ret = 0;

	/* Room for the piece first: making it may use the bounce blocks. */
	if (g->count == g->max)
		ret = make_room(g);
	if (!ret && g->nbounces == BLK_GATHER_BOUNCES)
		ret = blk_gather_flush(g);
	if (ret)
		return ret;
	to = g->bounce + g->nbounces * block;
	g->copy[g->nbounces].to = buf;
	g->copy[g->nbounces].from = to + offset % block;
	g->copy[g->nbounces].len = (size_t)len;
	g->nbounces++;
	return add_whole(g, align_down(offset, block), block, to);
}

int blk_gather_add(struct blk_gather *g, uint64_t offset, uint64_t len,
		   void *buf)
{
	uint64_t block = g->dev->block_size;
	uint8_t *to = buf;
	uint64_t end, n;
	int ret;

	/* So that no sum below wraps; the device's own size is blk_readv's to check. */
	if (!add_ok(offset, len, &end) || !align_up_ok(end, block, &end))
		return -ERANGE;
	while (len) {
		uint64_t in_block = offset % block;

		if (in_block || len < block) {
			n = min_u64(block - in_block, len);
			ret = add_ragged(g, offset, n, to);
		} else {
			n = align_down(len, block);
			ret = add_whole(g, offset, n, to);
		}
		if (ret)
			return ret;
		offset += n;
		len -= n;
		to += n;
	}
	return 0;
}
