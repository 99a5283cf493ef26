/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extent trees. Each node is copied, its checksum and its order are checked, and only
 * then is it looked into: entries ascend, do not overlap, and stay within what the node
 * above leaves them. So a tree cannot lead twice to the same place of a file, and
 * five levels down is a leaf.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define EH_MAGIC    0xf30au
#define eh_entries  0x2
#define eh_max      0x4
#define eh_depth    0x6
#define HEADER_SIZE 12u
#define ENTRY_SIZE  12u
#define DEPTH_MAX   5u

#define ei_block    0x0 /* a node's entry */
#define ei_leaf_lo  0x4
#define ei_leaf_hi  0x8

#define ee_block    0x0 /* a leaf's entry */
#define ee_len      0x4
#define ee_start_hi 0x6
#define ee_start_lo 0x8
#define LEN_WRITTEN 32768u /* more: that many less, and not written yet */

#define FILE_BLOCKS (1ull << 32)

static const uint8_t *entry(const uint8_t *node, unsigned int i)
{
	return node + HEADER_SIZE + i * ENTRY_SIZE;
}

static unsigned int length(const uint8_t *e)
{
	unsigned int len = get_le16(e + ee_len);

	return len > LEN_WRITTEN ? len - LEN_WRITTEN : len;
}

static uint64_t start(const uint8_t *e)
{
	return get_le32(e + ee_start_lo) | (uint64_t)get_le16(e + ee_start_hi)
						   << 32;
}

/* NULL: the node, of @size bytes, may be looked into. */
static const char *check_node(const struct ext4_volume *v, const uint8_t *node,
			      uint32_t size, unsigned int depth)
{
	const struct ext4_map_cache *m = &v->map;
	unsigned int count = get_le16(node + eh_entries);
	unsigned int max = get_le16(node + eh_max);
	uint64_t free = m->first; /* the first block not spoken for */

	if (get_le16(node) != EH_MAGIC)
		return "a node of an extent tree is not one";
	if (get_le16(node + eh_depth) != depth || depth > DEPTH_MAX)
		return "the depth of an extent tree is wrong";
	if (max > (size - HEADER_SIZE) / ENTRY_SIZE || count > max ||
	    (depth && !count))
		return "the number of entries in an extent tree is wrong";
	for (unsigned int i = 0; i < count; i++) {
		const uint8_t *e = entry(node, i);
		uint64_t at = get_le32(e), len = depth ? 1 : length(e);

		/* What lies before the first child is a hole. */
		if (!len || (at < free && (i || !depth)) || at + len > m->end)
			return "the order of an extent tree is wrong";
		if (!depth && !ext4_block_ok(v, start(e), len))
			return "it has blocks outside the volume";
		free = at + len;
	}
	return NULL;
}

/* A node's block ends in a checksum, behind as many entries as there is room for. */
static bool csum_ok(const struct ext4_volume *v, const struct ext4_inode *in,
		    const uint8_t *node)
{
	uint32_t at = HEADER_SIZE + get_le16(node + eh_max) * ENTRY_SIZE;

	return inside(at, 4, v->s.block_size) &&
	       crc32c(in->csum_seed, node, at) == get_le32(node + at);
}

/* The last of the entries that does not begin behind @index, or the first. */
static unsigned int find(const uint8_t *node, uint64_t index)
{
	unsigned int low = 0, high = get_le16(node + eh_entries);

	while (high - low > 1) {
		unsigned int mid = (low + high) / 2;

		if (get_le32(entry(node, mid)) <= index)
			low = mid;
		else
			high = mid;
	}
	return low;
}

/* From a node to the one below that @index is in. */
static int descend(struct ext4_volume *v, const struct ext4_inode *in,
		   uint64_t index)
{
	struct ext4_map_cache *m = &v->map;
	unsigned int i = find(m->node, index);
	const uint8_t *e = entry(m->node, i), *p;
	uint64_t child = get_le32(e + ei_leaf_lo) |
			 (uint64_t)get_le16(e + ei_leaf_hi) << 32;
	int ret;

	if (i + 1u < get_le16(m->node + eh_entries))
		m->end = get_le32(e + ENTRY_SIZE);
	if (get_le32(e) <= index)
		m->first = get_le32(e);
	ret = ext4_block(v, child, &p);
	if (ret)
		return ret;
	if (ext4_has_csum(v) && !csum_ok(v, in, p))
		return ext4_corrupt(v,
				    "the checksum of an extent tree is wrong");
	memcpy(m->node, p, v->s.block_size);
	return 0;
}

int ext4_extent_load(struct ext4_volume *v, const struct ext4_inode *in,
		     uint64_t index)
{
	struct ext4_map_cache *m = &v->map;
	unsigned int depth = get_le16(in->block + eh_depth);
	uint32_t size = EXT4_I_BLOCK_SIZE;
	const char *bad;
	int ret;

	m->is_hole = false;
	m->first = 0;
	m->end = FILE_BLOCKS;
	memcpy(m->node, in->block, size);
	for (;; depth--) {
		bad = check_node(v, m->node, size, depth);
		if (bad)
			return ext4_corrupt(v, bad);
		if (!depth)
			return 0;
		ret = descend(v, in, index);
		if (ret)
			return ret;
		size = v->s.block_size;
	}
}

void ext4_extent_run(const struct ext4_map_cache *m, uint64_t index,
		     struct ext4_run *run)
{
	unsigned int count = get_le16(m->node + eh_entries);
	unsigned int i = count ? find(m->node, index) : 0;
	const uint8_t *e = entry(m->node, i);
	uint64_t at = count ? get_le32(e) : m->end;
	uint64_t len = count ? length(e) : 0;

	if (index < at) {
		*run = (struct ext4_run){ 0, at - index };
	} else if (index - at < len) {
		run->block = get_le16(e + ee_len) > LEN_WRITTEN
				     ? 0
				     : start(e) + (index - at);
		run->count = len - (index - at);
	} else {
		/* Behind the extent, up to the next one. */
		at = i + 1 < count ? get_le32(e + ENTRY_SIZE) : m->end;
		*run = (struct ext4_run){ 0, at - index };
	}
}
