/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of the volume: metadata through the cache, anything through a gathering
 * read. Each block comes from where its last version is: its own place, or the
 * journal. And the group descriptors, which say where the inodes are.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define bg_inode_table_lo 0x08
#define bg_checksum       0x1e
#define bg_inode_table_hi 0x28

/* The superblock's block and those before it are nobody's. */
bool ext4_block_ok(const struct ext4_volume *v, uint64_t block, uint64_t count)
{
	return block > v->s.first_data_block &&
	       inside(block, count, v->s.blocks);
}

/* What a volume larger than its device does not have. */
static int told(struct ext4_volume *v, int ret)
{
	return ret == -ERANGE ? ext4_corrupt(v, EXT4_PAST_END) : ret;
}

int ext4_block(struct ext4_volume *v, uint64_t block, const uint8_t **p)
{
	if (!ext4_block_ok(v, block, 1))
		return ext4_corrupt(v, "a block is outside the volume");
	return told(v, blk_cache_get(&v->cache, block << v->s.block_bits,
				     v->s.block_size, p));
}

/* ---- the last version ---- */

/* A part of a logged block, by itself: it has to be verified whole. */
static int read_logged(struct ext4_volume *v, const struct ext4_logged *l,
		       uint64_t in, uint64_t len, void *buf)
{
	uint8_t *copy = heap_alloc(v->s.block_size);
	int ret;

	if (!copy)
		return -ENOMEM;
	ret = blk_read_bytes(v->dev, l->copy << v->s.block_bits,
			     v->s.block_size, copy);
	if (!ret)
		ret = ext4_logged_fix(v, l, copy);
	if (!ret)
		memcpy(buf, copy + in, len);
	heap_free(copy);
	return ret;
}

int ext4_collect(struct ext4_volume *v, struct blk_gather *g, uint64_t offset,
		 uint64_t len, void *buf)
{
	uint64_t size = v->s.block_size;
	uint8_t *to = buf;
	int ret = 0;

	while (!ret && len) {
		uint64_t block = offset >> v->s.block_bits, n = len;
		uint64_t in = offset & (size - 1);
		const struct ext4_logged *l;

		l = ext4_logged(v, block, (in + len + size - 1) / size);
		if (l && l->block == block) {
			n = min_u64(len, size - in);
			ret = read_logged(v, l, in, n, to);
		} else {
			if (l)
				n = (l->block << v->s.block_bits) - offset;
			ret = blk_gather_add(g, offset, n, to);
		}
		offset += n;
		len -= n;
		to += n;
	}
	return told(v, ret);
}

int ext4_cache_read(void *ctx, uint64_t offset, uint64_t len, void *buf)
{
	struct ext4_volume *v = ctx;
	struct blk_gather g;
	int ret = blk_gather_init(&g, v->dev);

	if (ret)
		return ret;
	ret = ext4_collect(v, &g, offset, len, buf);
	if (!ret)
		ret = told(v, blk_gather_flush(&g));
	blk_gather_end(&g);
	return ret;
}

/* ---- group descriptors ---- */

static bool is_power_of(uint32_t n, uint32_t base)
{
	while (n % base == 0)
		n /= base;
	return n == 1;
}

/* Has @group a copy of the superblock, before its descriptors? */
static bool has_super(const struct ext4_super *s, uint32_t group)
{
	if (!group)
		return true;
	if (s->compat & COMPAT_SPARSE_SUPER2)
		return group == s->backup_bgs[0] || group == s->backup_bgs[1];
	return group == 1 || !(s->ro_compat & RO_COMPAT_SPARSE) ||
	       is_power_of(group, 3) || is_power_of(group, 5) ||
	       is_power_of(group, 7);
}

/* The block that has the descriptor of @group. */
static uint64_t desc_block(const struct ext4_super *s, uint32_t group)
{
	uint32_t per_block = s->block_size / s->desc_size;
	uint32_t nr = group / per_block, first = nr * per_block;
	uint64_t super = EXT4_SUPER_OFFSET >> s->block_bits;

	if (!(s->incompat & INCOMPAT_META_BG) || nr < s->first_meta_bg)
		return super + 1 + nr;
	if (!first)
		return super + 1;
	return s->first_data_block + (uint64_t)first * s->blocks_per_group +
	       has_super(s, first);
}

/* CRC-16 as before crc32c: polynomial 0x8005 reflected, nothing inverted. */
static uint16_t crc16(uint16_t crc, const uint8_t *p, size_t len)
{
	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xa001 : 0));
	}
	return crc;
}

static bool desc_csum_ok(const struct ext4_super *s, uint32_t group,
			 const uint8_t *d)
{
	uint16_t want = get_le16(d + bg_checksum), crc;
	const uint8_t *rest = d + bg_checksum + 2;
	size_t rest_len = s->desc_size - bg_checksum - 2;
	uint8_t number[4], zero[2] = { 0 };
	uint32_t c;

	put_le32(number, group);
	if (s->ro_compat & RO_COMPAT_METADATA_CSUM) {
		c = crc32c(s->csum_seed, number, sizeof(number));
		c = crc32c(c, d, bg_checksum);
		c = crc32c(c, zero, sizeof(zero));
		return want == (uint16_t)crc32c(c, rest, rest_len);
	}
	if (!(s->ro_compat & RO_COMPAT_GDT_CSUM))
		return true;
	crc = crc16(0xffff, s->uuid, sizeof(s->uuid));
	crc = crc16(crc, number, sizeof(number));
	crc = crc16(crc, d, bg_checksum);
	return want == crc16(crc, rest, rest_len);
}

int ext4_inode_table(struct ext4_volume *v, uint32_t group, uint64_t *block)
{
	const struct ext4_super *s = &v->s;
	uint32_t per_block = s->block_size / s->desc_size;
	uint64_t table, len;
	const uint8_t *d;
	int ret;

	if (v->group.known && v->group.group == group) {
		*block = v->group.inode_table;
		return 0;
	}
	ret = ext4_block(v, desc_block(s, group), &d);
	if (ret)
		return ret;
	d += group % per_block * s->desc_size;
	if (!desc_csum_ok(s, group, d))
		return ext4_corrupt(
			v, "the checksum of a group descriptor is wrong");
	table = get_le32(d + bg_inode_table_lo);
	if (s->desc_size >= 64)
		table |= (uint64_t)get_le32(d + bg_inode_table_hi) << 32;
	len = ((uint64_t)s->inodes_per_group * s->inode_size + s->block_size -
	       1) >>
	      s->block_bits;
	if (!ext4_block_ok(v, table, len))
		return ext4_corrupt(v, "a table of inodes is outside the "
				       "volume");
	v->group.known = true;
	v->group.group = group;
	v->group.inode_table = *block = table;
	return 0;
}
