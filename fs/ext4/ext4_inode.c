/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inodes. One that names no file, whose checksum is wrong or whose size no map can
 * reach is refused. With inline_data a file's first 60 bytes are where its map would be,
 * the rest is the attribute "system.data" behind the inode's fields.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define i_mode          0x00
#define i_size_lo       0x04
#define i_links_count   0x1a
#define i_flags         0x20
#define i_block         0x28
#define i_generation    0x64
#define i_size_high     0x6c
#define i_checksum_lo   0x7c
#define i_extra_isize   0x80
#define i_checksum_hi   0x82

#define GOOD_OLD_SIZE   128u
#define FILE_BLOCKS_MAX (1ull << 32)

/* Attributes within an inode: a header, then entries; offsets from the first. */
#define XATTR_MAGIC  0xea020000u
#define e_name_len   0x00
#define e_name_index 0x01
#define e_value_offs 0x02
#define e_value_inum 0x04
#define e_value_size 0x08
#define ENTRY_SIZE   16u
#define INDEX_SYSTEM 7

static int locate(struct ext4_volume *v, uint32_t ino, const uint8_t **raw)
{
	const struct ext4_super *s = &v->s;
	uint32_t group = (ino - 1) / s->inodes_per_group;
	uint64_t table, offset;
	int ret;

	if (!ino || ino > s->inodes)
		return ext4_corrupt(v, "the number of an inode is wrong");
	ret = ext4_inode_table(v, group, &table);
	if (ret)
		return ret;
	offset = (uint64_t)((ino - 1) % s->inodes_per_group) * s->inode_size;
	ret = ext4_block(v, table + (offset >> s->block_bits), raw);
	if (!ret)
		*raw += offset & (s->block_size - 1);
	return ret;
}

/* Does the inode have the upper half of its checksum? */
static bool has_csum_hi(const struct ext4_super *s, const uint8_t *raw)
{
	return s->inode_size > GOOD_OLD_SIZE &&
	       get_le16(raw + i_extra_isize) >=
		       i_checksum_hi + 2 - GOOD_OLD_SIZE;
}

static bool csum_ok(const struct ext4_super *s, uint32_t seed,
		    const uint8_t *raw)
{
	static const uint8_t zero[2];
	uint32_t want = get_le16(raw + i_checksum_lo), c;
	size_t at = i_checksum_lo + 2;

	c = crc32c(seed, raw, i_checksum_lo);
	c = crc32c(c, zero, sizeof(zero));
	if (has_csum_hi(s, raw)) {
		want |= (uint32_t)get_le16(raw + i_checksum_hi) << 16;
		c = crc32c(c, raw + at, i_checksum_hi - at);
		c = crc32c(c, zero, sizeof(zero));
		at = i_checksum_hi + 2;
	}
	c = crc32c(c, raw + at, s->inode_size - at);
	return want == (has_csum_hi(s, raw) ? c : (uint16_t)c);
}

static uint32_t csum_seed(const struct ext4_super *s, uint32_t ino,
			  const uint8_t *raw)
{
	uint8_t number[4];

	put_le32(number, ino);
	return crc32c(crc32c(s->csum_seed, number, sizeof(number)),
		      raw + i_generation, 4);
}

/* NULL: it may be used. */
static const char *check(const struct ext4_volume *v,
			 const struct ext4_inode *in, const uint8_t *raw)
{
	if (ext4_has_csum(v) && !csum_ok(&v->s, in->csum_seed, raw))
		return "the checksum of an inode is wrong";
	if (!in->mode || !get_le16(raw + i_links_count))
		return "an entry leads to an inode that is not in use";
	if (in->size >> v->s.block_bits >= FILE_BLOCKS_MAX)
		return "the size is more than a file can have";
	return NULL;
}

int ext4_inode_get(struct ext4_volume *v, uint32_t ino, struct ext4_inode *in)
{
	const uint8_t *raw;
	const char *bad;
	int ret = locate(v, ino, &raw);

	if (ret)
		return ret;
	*in = (struct ext4_inode){
		.ino = ino,
		.mode = get_le16(raw + i_mode),
		.flags = get_le32(raw + i_flags),
		.size = get_le32(raw + i_size_lo),
	};
	if (ext4_is(in, EXT4_S_IFREG) || v->s.incompat & INCOMPAT_LARGEDIR)
		in->size |= (uint64_t)get_le32(raw + i_size_high) << 32;
	memcpy(in->block, raw + i_block, sizeof(in->block));
	if (ext4_has_csum(v))
		in->csum_seed = csum_seed(&v->s, ino, raw);
	bad = check(v, in, raw);
	return bad ? ext4_corrupt(v, bad) : 0;
}

/* ---- inline data ---- */

/* Look among the attributes that begin at @p, @len bytes. */
static int find_data(struct ext4_volume *v, const uint8_t *p, uint32_t len,
		     const uint8_t **value, uint32_t *size)
{
	const char *bad = "an attribute of an inode is wrong";
	uint32_t at = 0, offs;

	while (inside(at, ENTRY_SIZE, len) && get_le32(p + at)) {
		const uint8_t *e = p + at;

		if (!inside(at, ENTRY_SIZE + e[e_name_len], len))
			return ext4_corrupt(v, bad);
		at += (uint32_t)align_up(ENTRY_SIZE + e[e_name_len], 4);
		if (e[e_name_index] != INDEX_SYSTEM || e[e_name_len] != 4 ||
		    memcmp(e + ENTRY_SIZE, "data", 4) != 0)
			continue;
		offs = get_le16(e + e_value_offs);
		*size = get_le32(e + e_value_size);
		if (get_le32(e + e_value_inum) || !inside(offs, *size, len))
			return ext4_corrupt(v, bad);
		*value = p + offs;
		return 0;
	}
	return 0;
}

int ext4_inline_part(struct ext4_volume *v, const struct ext4_inode *in,
		     unsigned int part, const uint8_t **p, uint32_t *len)
{
	const uint8_t *raw;
	uint32_t at;
	int ret;

	*p = in->block;
	*len = part ? 0 : EXT4_I_BLOCK_SIZE;
	if (!part || v->s.inode_size == GOOD_OLD_SIZE)
		return 0;
	ret = locate(v, in->ino, &raw);
	if (ret)
		return ret;
	at = GOOD_OLD_SIZE + get_le16(raw + i_extra_isize);
	if (!inside(at, 4, v->s.inode_size) ||
	    get_le32(raw + at) != XATTR_MAGIC)
		return 0;
	return find_data(v, raw + at + 4, v->s.inode_size - at - 4, p, len);
}

int ext4_inline_read(struct ext4_volume *v, const struct ext4_inode *in,
		     uint64_t pos, uint64_t len, void *buf)
{
	uint64_t start = 0, n;
	uint8_t *to = buf;
	const uint8_t *p;
	uint32_t have;
	int ret = 0;

	for (unsigned int part = 0; !ret && len && part < 2; part++) {
		ret = ext4_inline_part(v, in, part, &p, &have);
		if (!ret && pos - start < have) {
			n = min_u64(len, have - (pos - start));
			memcpy(to, p + (pos - start), n);
			pos += n;
			to += n;
			len -= n;
		}
		start += have;
	}
	if (!ret && len)
		ret = ext4_corrupt(v, "it is shorter than its size says");
	return ret;
}
