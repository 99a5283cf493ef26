/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The superblock. Nothing in it is believed: every field is in its range or the
 * volume is refused, and all sums are of numbers so bounded that 64 bits hold them.
 * Since nothing is written here, features that only say how to write
 * (s_feature_ro_compat, s_feature_compat) are no reason to refuse; of those that change how to
 * read, the ones not understood are refused by number and name.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <lib/byteorder.h>
#include <lib/ctype.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define s_inodes_count      0x00
#define s_blocks_count_lo   0x04
#define s_first_data_block  0x14
#define s_log_block_size    0x18
#define s_blocks_per_group  0x20
#define s_inodes_per_group  0x28
#define s_magic             0x38
#define s_rev_level         0x4c
#define s_first_ino         0x54
#define s_inode_size        0x58
#define s_feature_compat    0x5c
#define s_feature_incompat  0x60
#define s_feature_ro_compat 0x64
#define s_uuid              0x68
#define s_volume_name       0x78
#define s_journal_inum      0xe0
#define s_hash_seed         0xec
#define s_desc_size         0xfe
#define s_first_meta_bg     0x104
#define s_blocks_count_hi   0x150
#define s_flags             0x160
#define s_checksum_type     0x175
#define s_backup_bgs        0x24c
#define s_checksum_seed     0x270
#define s_checksum          0x3fc

#define MAGIC               0xef53u
#define FLAGS_UNSIGNED_HASH 0x2u
#define CHECKSUM_CRC32C     1
#define RO_COMPAT_BIGALLOC  0x0200u

/* What ext2 and ext3 may have: the others make it ext4. */
#define INCOMPAT_EXT3  0x0016u
#define RO_COMPAT_EXT3 0x0007u

/* filetype, recover, meta_bg, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed,
 * largedir, inline_data, encrypt, casefold */
#define INCOMPAT_KNOWN 0x3e7d6u

static const struct {
	uint32_t bit;
	const char *name;
} unknown[] = {
	{ 0x1, "compression" },
	{ 0x8, "journal_dev" },
	{ 0x1000, "dirdata" },
};

static const char *feature_name(uint32_t bit)
{
	for (size_t i = 0; i < array_size(unknown); i++)
		if (unknown[i].bit == bit)
			return unknown[i].name;
	return "of no name known here";
}

/* NULL: nothing is in the way. */
static const char *check_features(const struct ext4_super *s)
{
	static char text[64];
	uint32_t more = s->incompat & ~INCOMPAT_KNOWN;

	if (!more)
		return NULL;
	snprintf(text, sizeof(text), "ext4: incompatible feature 0x%x (%s)",
		 more & (0 - more), feature_name(more & (0 - more)));
	return text;
}

/* Sizes, each in its range. */
static const char *read_sizes(const uint8_t *raw, struct ext4_super *s)
{
	uint32_t log = get_le32(raw + s_log_block_size);
	bool is_dynamic = get_le32(raw + s_rev_level) > 0;

	if (log > 6)
		return "bad ext4: block size";
	s->block_bits = 10 + log;
	s->block_size = 1u << s->block_bits;
	s->inode_size = is_dynamic ? get_le16(raw + s_inode_size) : 128;
	s->first_ino = is_dynamic ? get_le32(raw + s_first_ino) : 11;
	if (!is_pow2(s->inode_size) || s->inode_size < 128 ||
	    s->inode_size > s->block_size)
		return "bad ext4: inode size";
	s->desc_size = 32;
	if (s->incompat & INCOMPAT_64BIT)
		s->desc_size = get_le16(raw + s_desc_size);
	if (!is_pow2(s->desc_size) || s->desc_size < 32 ||
	    s->desc_size > 1024 ||
	    (s->incompat & INCOMPAT_64BIT && s->desc_size < 64))
		return "bad ext4: size of group descriptors";
	return NULL;
}

/* Counts; a group's bitmaps are one block each, which bounds what is in it (with
 * bigalloc a bit is a cluster, and clusters are at most 2^15 blocks or so). */
static const char *read_counts(const uint8_t *raw, struct ext4_super *s)
{
	uint64_t bits = 8ull * s->block_size, first, groups;
	unsigned int shift = s->ro_compat & RO_COMPAT_BIGALLOC ? 16 : 0;

	s->inodes = get_le32(raw + s_inodes_count);
	s->blocks = get_le32(raw + s_blocks_count_lo);
	if (s->incompat & INCOMPAT_64BIT)
		s->blocks |= (uint64_t)get_le32(raw + s_blocks_count_hi) << 32;
	first = s->first_data_block = get_le32(raw + s_first_data_block);
	s->blocks_per_group = get_le32(raw + s_blocks_per_group);
	s->inodes_per_group = get_le32(raw + s_inodes_per_group);
	s->first_meta_bg = get_le32(raw + s_first_meta_bg);
	if (!s->blocks_per_group || s->blocks_per_group > bits << shift)
		return "bad ext4: blocks per group";
	if (s->inodes_per_group < s->block_size / s->inode_size ||
	    s->inodes_per_group > bits)
		return "bad ext4: inodes per group";
	if (s->blocks > 1ull << 48 || s->blocks <= first ||
	    first > (s->block_size == 1024))
		return "bad ext4: number of blocks";
	groups = (s->blocks - first + s->blocks_per_group - 1) /
		 s->blocks_per_group;
	if (groups > UINT32_MAX || s->inodes > groups * s->inodes_per_group ||
	    s->inodes < EXT4_ROOT_INO)
		return "bad ext4: number of inodes";
	s->groups = (uint32_t)groups;
	return NULL;
}

static const char *check_csum(const uint8_t *raw, struct ext4_super *s)
{
	s->csum_seed = s->incompat & INCOMPAT_CSUM_SEED
			       ? get_le32(raw + s_checksum_seed)
			       : crc32c(~0u, s->uuid, sizeof(s->uuid));
	if (!(s->ro_compat & RO_COMPAT_METADATA_CSUM))
		return NULL;
	if (raw[s_checksum_type] != CHECKSUM_CRC32C)
		return "ext4: checksums of a type not known here";
	if (crc32c(~0u, raw, s_checksum) != get_le32(raw + s_checksum))
		return "bad ext4: checksum of the superblock";
	return NULL;
}

/* What is taken as it stands. */
static void read_rest(const uint8_t *raw, struct ext4_super *s)
{
	for (int i = 0; i < 4; i++)
		s->hash_seed[i] = get_le32(raw + s_hash_seed + 4 * i);
	s->hash_unsigned = get_le32(raw + s_flags) & FLAGS_UNSIGNED_HASH;
	s->backup_bgs[0] = get_le32(raw + s_backup_bgs);
	s->backup_bgs[1] = get_le32(raw + s_backup_bgs + 4);
	s->journal_ino = get_le32(raw + s_journal_inum);
	memcpy(s->label, raw + s_volume_name, sizeof(s->label) - 1);
	for (char *c = s->label; *c; c++)
		if (!is_print((unsigned char)*c))
			*c = '?';
	s->name = s->incompat & ~INCOMPAT_EXT3 || s->ro_compat & ~RO_COMPAT_EXT3
			  ? "ext4"
		  : s->compat & COMPAT_HAS_JOURNAL ? "ext3"
						   : "ext2";
}

int ext4_super_parse(const uint8_t *raw, struct ext4_super *s, const char **why)
{
	const char *bad;

	*s = (struct ext4_super){ 0 };
	if (get_le16(raw + s_magic) != MAGIC)
		return -ENOENT;
	if (get_le32(raw + s_rev_level) > 0) {
		s->compat = get_le32(raw + s_feature_compat);
		s->incompat = get_le32(raw + s_feature_incompat);
		s->ro_compat = get_le32(raw + s_feature_ro_compat);
	}
	memcpy(s->uuid, raw + s_uuid, sizeof(s->uuid));
	bad = check_csum(raw, s);
	if (!bad)
		bad = check_features(s);
	if (!bad)
		bad = read_sizes(raw, s);
	if (!bad)
		bad = read_counts(raw, s);
	if (bad) {
		*why = bad;
		return -EBADMSG;
	}
	read_rest(raw, s);
	return 0;
}
