/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chains of clusters as runs of bytes. A read follows the chain first and
 * collects what lies side by side, so a contiguous file is one piece straight to
 * its destination and a fragmented one a list that <block/gather.h> puts in order.
 *
 * A chain that comes back to a cluster never ends, since each cluster has one
 * successor: fat_chain_prove looks for the end, from where the last read
 * stopped, and gives up after as many clusters as the volume has.
 */
#include <errno.h>

#include <block/gather.h>
#include <lib/checked.h>

#include "fat_priv.h"

static void remember(struct fat_volume *v, uint32_t first, uint32_t index,
		     uint32_t cluster)
{
	v->hint.first = first;
	v->hint.index = index;
	v->hint.cluster = cluster;
}

/* Where the next walk begins: at the place remembered, if it is not too far on. */
static uint32_t recall(const struct fat_volume *v, uint32_t first,
		       uint32_t index, uint32_t *at)
{
	if (v->hint.first == first && v->hint.index <= index) {
		*at = v->hint.index;
		return v->hint.cluster;
	}
	*at = 0;
	return first;
}

int fat_chain_seek(struct fat_volume *v, uint32_t first, uint32_t index,
		   uint32_t *cluster)
{
	uint32_t at, count, c = recall(v, first, index, &at);
	int ret;

	for (;;) {
		ret = fat_run(v, c, index - at + 1, &count);
		if (ret)
			return ret;
		at += count - 1;
		c += count - 1;
		if (at == index)
			break;
		ret = fat_next(v, c, &c);
		if (ret)
			return ret;
		if (c == FAT_END)
			return fat_corrupt(v, -EBADMSG,
					   "a chain ends too early");
		at++;
	}
	*cluster = c;
	return 0;
}

/* Collect @len bytes that begin @skip bytes into the @index-th cluster. */
static int collect(struct fat_volume *v, struct blk_gather *g, uint32_t first,
		   uint32_t index, uint32_t skip, uint64_t len, uint8_t *to)
{
	uint64_t size = v->g.cluster_size, n;
	uint32_t cluster = first, count;
	int ret;

	ret = fat_chain_seek(v, first, index, &cluster);
	while (!ret) {
		ret = fat_run(v, cluster,
			      (uint32_t)((skip + len + size - 1) / size),
			      &count);
		if (ret)
			break;
		n = min_u64(count * size - skip, len);
		ret = blk_gather_add(
			g, v->g.data_offset + (cluster - 2) * size + skip, n,
			to);
		index += count;
		cluster += count - 1;
		remember(v, first, index - 1, cluster);
		len -= n;
		to += n;
		skip = 0;
		if (ret || !len)
			break;
		ret = fat_next(v, cluster, &cluster);
		if (!ret && cluster == FAT_END)
			ret = fat_corrupt(v, -EBADMSG,
					  "a chain ends too early");
	}
	return ret;
}

/* The fixed root, or a chain; with @ahead, much of the FAT in the same request. */
static int read_at(struct fat_volume *v, uint32_t first, uint64_t pos,
		   uint64_t len, uint8_t *buf, bool ahead)
{
	uint64_t size = v->g.cluster_size;
	struct blk_gather g;
	int ret = blk_gather_init(&g, v->dev);

	if (ret)
		return ret;
	if (first)
		ret = collect(v, &g, first, (uint32_t)(pos / size),
			      (uint32_t)(pos % size), len, buf);
	else
		ret = blk_gather_add(&g, v->g.root_offset + pos, len, buf);
	if (!ret && ahead)
		ret = fat_table_ahead(v, &g);
	if (!ret)
		ret = blk_gather_flush(&g);
	blk_gather_end(&g);
	if (ret && ahead)
		fat_table_forget(v);
	return ret;
}

int fat_chain_read(struct fat_volume *v, uint32_t first, uint64_t pos,
		   uint64_t len, void *buf)
{
	bool ahead = v->ahead;
	int ret;

	if (first && !fat_is_cluster(v, first))
		return fat_corrupt(v, -EBADMSG, "its first cluster is none");
	if (!first && inside(v->g.root_offset + pos, len, v->head_len))
		return fat_read_meta(v, v->g.root_offset + pos, len, buf);
	v->ahead = false;
	ret = read_at(v, first, pos, len, buf, ahead);
	/* A bad block in the FAT may be none of this chain's. */
	if (ret == -EIO && ahead)
		ret = read_at(v, first, pos, len, buf, false);
	return ret == -ERANGE ? fat_past_end(v) : ret;
}

/* Walk on from the @at-th cluster to the end; @at becomes the last one's index. */
static int walk_to_end(struct fat_volume *v, uint32_t cluster, uint32_t max,
		       uint32_t *at)
{
	uint32_t count;
	int ret;

	while (*at < max) {
		ret = fat_run(v, cluster, max - *at, &count);
		if (ret)
			return ret;
		*at += count - 1;
		ret = fat_next(v, cluster + count - 1, &cluster);
		if (ret || cluster == FAT_END)
			return ret;
		++*at;
	}
	return fat_corrupt(v, -ELOOP, "a chain is a loop");
}

int fat_chain_count(struct fat_volume *v, uint32_t first, uint32_t max,
		    uint32_t *count)
{
	uint32_t at = 0;
	int ret = walk_to_end(v, first, max, &at);

	*count = at + 1;
	return ret;
}

int fat_chain_prove(struct fat_volume *v, uint32_t first)
{
	uint32_t at, cluster = recall(v, first, UINT32_MAX, &at);
	int ret;

	if (v->proven == first)
		return 0;
	ret = walk_to_end(v, cluster, v->g.end_cluster - FAT_FIRST_CLUSTER,
			  &at);
	if (!ret)
		v->proven = first;
	return ret;
}

int fat_cluster_write(struct fat_volume *v, uint32_t cluster, const void *buf)
{
	uint64_t size = v->g.cluster_size;
	uint64_t at = v->g.data_offset + (cluster - 2) * size;
	int ret = blk_write(v->dev, at / SECTOR_SIZE, size / SECTOR_SIZE, buf);

	return ret == -ERANGE ? fat_past_end(v) : ret;
}
