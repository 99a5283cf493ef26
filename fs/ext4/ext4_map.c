/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a file's block to the volume's. Files of ext2 and ext3 have lists of block
 * numbers: 12 in the inode, then a block full of them, then two and three levels of
 * such blocks. The list that was used last is kept, or the leaf of an extent tree
 * (ext4_extent.c), so that a file is followed from beginning to end with each
 * block of its map read and checked once.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>

#include "ext4_priv.h"

#define DIRECT 12u /* blocks that the inode lists itself */
#define LEVELS 3u

/* Which blocks of the file the list holds that @index is in.
 * Return: how many levels lead there, 0: it is in the inode; -EBADMSG */
static int find_level(struct ext4_volume *v, uint64_t index, uint64_t *first,
		      uint64_t *span)
{
	uint64_t per_block = v->s.block_size / 4;

	*first = 0;
	*span = DIRECT;
	for (unsigned int level = 0; level <= LEVELS; level++) {
		if (index - *first < *span)
			return (int)level;
		*first += *span;
		*span = level ? *span * per_block : per_block;
	}
	return ext4_corrupt(v, "the size is more than a map of blocks can "
			       "reach");
}

/* Follow the levels of lists down to the one that @index is in. */
static int list_load(struct ext4_volume *v, const struct ext4_inode *in,
		     uint64_t index)
{
	struct ext4_map_cache *m = &v->map;
	uint64_t per_block = v->s.block_size / 4, first, span, n;
	int level = find_level(v, index, &first, &span), ret;
	const uint8_t *p = in->block;

	if (level < 0)
		return level;
	if (level)
		p += 4 * (DIRECT + (unsigned int)level - 1);
	m->is_hole = false;
	for (; level && !m->is_hole; level--) {
		/* What a list that is not there would hold is a hole. */
		m->is_hole = !get_le32(p);
		if (m->is_hole)
			break;
		ret = ext4_block(v, get_le32(p), &p);
		if (ret)
			return ret;
		if (level == 1)
			break;
		span /= per_block;
		n = (index - first) / span;
		first += n * span;
		p += 4 * n;
	}
	m->first = first;
	m->end = first + span;
	if (!m->is_hole)
		memcpy(m->node, p, 4 * span);
	return 0;
}

/* Blocks that follow upon one another, or zeros. */
static void list_run(const struct ext4_map_cache *m, uint64_t index,
		     uint64_t max, struct ext4_run *run)
{
	const uint8_t *p = m->node + 4 * (index - m->first);
	uint64_t end = min_u64(max, m->end - index), step, n = 1;

	run->block = get_le32(p);
	step = run->block != 0;
	while (n < end && get_le32(p + 4 * n) == run->block + n * step)
		n++;
	run->count = n;
}

/* ---- either kind ---- */

static int load(struct ext4_volume *v, const struct ext4_inode *in,
		uint64_t index)
{
	struct ext4_map_cache *m = &v->map;
	int ret;

	/* What is in it is gone, also when this fails. */
	m->ino = 0;
	m->is_extents = in->flags & EXT4_EXTENTS_FL;
	ret = m->is_extents ? ext4_extent_load(v, in, index)
			    : list_load(v, in, index);
	if (!ret)
		m->ino = in->ino;
	return ret;
}

int ext4_map(struct ext4_volume *v, const struct ext4_inode *in, uint64_t index,
	     uint64_t max, struct ext4_run *run)
{
	struct ext4_map_cache *m = &v->map;
	int ret;

	if (m->ino != in->ino || index < m->first || index >= m->end) {
		ret = load(v, in, index);
		if (ret)
			return ret;
	}
	if (m->is_hole)
		*run = (struct ext4_run){ 0, m->end - index };
	else if (m->is_extents)
		ext4_extent_run(m, index, run);
	else
		list_run(m, index, max, run);
	run->count = min_u64(run->count, max);
	if (run->block && !ext4_block_ok(v, run->block, run->count))
		return ext4_corrupt(v, "it has blocks outside the volume");
	return 0;
}

/* Where bytes still go. */
struct span {
	uint8_t *buf;
	uint64_t len;
};

/* Those of one run, at @pos. */
static int collect(struct ext4_volume *v, const struct ext4_inode *in,
		   struct blk_gather *g, uint64_t pos, struct span *to)
{
	unsigned int bits = v->s.block_bits;
	uint64_t in_block = pos & (v->s.block_size - 1), n;
	struct ext4_run run;
	int ret;

	ret = ext4_map(v, in, pos >> bits,
		       (in_block + to->len + v->s.block_size - 1) >> bits,
		       &run);
	if (ret)
		return ret;
	n = min_u64(to->len, (run.count << bits) - in_block);
	if (run.block)
		ret = ext4_collect(v, g, (run.block << bits) + in_block, n,
				   to->buf);
	else
		memset(to->buf, 0, n);
	to->buf += n;
	to->len -= n;
	return ret;
}

int ext4_read_data(struct ext4_volume *v, const struct ext4_inode *in,
		   uint64_t pos, uint64_t len, void *buf)
{
	struct span to = { buf, len };
	struct blk_gather g;
	int ret = blk_gather_init(&g, v->dev);

	if (ret)
		return ret;
	while (!ret && to.len)
		ret = collect(v, in, &g, pos + (len - to.len), &to);
	if (!ret)
		ret = blk_gather_flush(&g);
	blk_gather_end(&g);
	return ret == -ERANGE ? ext4_corrupt(v, EXT4_PAST_END) : ret;
}
