/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte ranges to pieces. A range is cut at the device's blocks: whole blocks
 * become one piece to their destination, a ragged head or tail a piece of one
 * block to a bounce block and a copy of its bytes after the transfer.
 */
#include <block/gather.h>

#include <errno.h>
#include <string.h>

#include <lib/checked.h>

void blk_gather_init(struct blk_gather *g, struct blkdev *dev,
		     struct blk_piece *pieces, size_t max, void *bounce)
{
	*g = (struct blk_gather){
		.dev = dev,
		.pieces = pieces,
		.max = max,
		.bounce = bounce,
	};
}

int blk_gather_flush(struct blk_gather *g)
{
	int ret = g->count ? blk_readv(g->dev, g->pieces, g->count) : 0;

	for (unsigned int i = 0; !ret && i < g->nbounces; i++)
		memcpy(g->copy[i].to, g->copy[i].from, g->copy[i].len);
	g->count = 0;
	g->nbounces = 0;
	return ret;
}

/* Whole blocks; joined with the piece before when both sides adjoin. */
static int add_whole(struct blk_gather *g, uint64_t offset, uint64_t len,
		     void *buf)
{
	struct blk_piece *last = g->count ? g->pieces + g->count - 1 : NULL;
	uint64_t lba = offset / SECTOR_SIZE;

	if (last && last->lba + last->nsectors == lba &&
	    (uint8_t *)last->buf + last->nsectors * SECTOR_SIZE ==
		    (uint8_t *)buf) {
		last->nsectors += len / SECTOR_SIZE;
		return 0;
	}
	if (g->count == g->max) {
		int ret = blk_gather_flush(g);

		if (ret)
			return ret;
	}
	g->pieces[g->count++] = (struct blk_piece){ lba, len / SECTOR_SIZE,
						    buf };
	return 0;
}

/* @len bytes that lie in one block, but are not all of it. */
static int add_ragged(struct blk_gather *g, uint64_t offset, uint64_t len,
		      void *buf)
{
	uint64_t block = g->dev->block_size;
	uint8_t *to;
	int ret;

	if (g->nbounces == BLK_GATHER_BOUNCES || g->count == g->max) {
		ret = blk_gather_flush(g);
		if (ret)
			return ret;
	}
	to = g->bounce + g->nbounces * block;
	ret = add_whole(g, align_down(offset, block), block, to);
	if (ret)
		return ret;
	g->copy[g->nbounces].to = buf;
	g->copy[g->nbounces].from = to + offset % block;
	g->copy[g->nbounces].len = (size_t)len;
	g->nbounces++;
	return 0;
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
