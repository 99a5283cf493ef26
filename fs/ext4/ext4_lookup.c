/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name in a directory. Large directories have an index: block 0 has the entries "." and
 * "..", and behind them a list of hashes with the blocks whose names begin there, either
 * of entries or of longer lists. It is used when it can be understood;
 * otherwise, and where equal hashes go on into the next block, all blocks are looked through.
 * With case folding the hash is that of a folded name, so these are looked through, too,
 * and names have to be the same in every byte.
 */
#include <errno.h>

#include <lib/byteorder.h>
#include <lib/checked.h>

#include "ext4_priv.h"

#define dx_hash_version    0x1c /* in block 0 */
#define dx_info_length     0x1d
#define dx_indirect_levels 0x1e
#define DX_INFO_LENGTH     8u
#define DX_LEVELS_MAX      2u
#define DX_BLOCK_MASK      0x0fffffffu

struct search {
	uint32_t hash, next; /* the name's, and where the next block begins */
	bool has_next;
	uint32_t block; /* where to go on */
};

/* Choose from the list at @at of the block in v->dir. Return: is it sound? */
static bool choose(const struct ext4_volume *v, uint32_t at, struct search *s)
{
	const uint8_t *list = v->dir.data + at;
	uint32_t limit = get_le16(list), count = get_le16(list + 2);
	uint32_t low = 0, high = count;

	if (!count || count > limit || !inside(at, 8 * limit, v->s.block_size))
		return false;
	/* The first has no hash: it is 0. */
	while (high - low > 1) {
		uint32_t mid = (low + high) / 2;

		if (get_le32(list + 8 * mid) <= s->hash)
			low = mid;
		else
			high = mid;
	}
	s->block = get_le32(list + 8 * low + 4) & DX_BLOCK_MASK;
	if (low + 1 < count) {
		s->has_next = true;
		s->next = get_le32(list + 8 * (low + 1));
	}
	return true;
}

/* Return: as ext4_lookup; -EAGAIN the index cannot tell */
static int by_hash(struct ext4_volume *v, const struct ext4_inode *dir,
		   const char *name, unsigned int len, uint32_t *ino)
{
	struct search s = { 0 };
	unsigned int version, levels;
	int ret = ext4_dir_block(v, dir, 0);

	if (ret)
		return ret;
	version = v->dir.data[dx_hash_version];
	levels = v->dir.data[dx_indirect_levels];
	if (version < 3 && v->s.hash_unsigned)
		version += 3;
	if (version >= EXT4_HASH_VERSIONS || levels > DX_LEVELS_MAX ||
	    v->dir.data[dx_info_length] != DX_INFO_LENGTH)
		return -EAGAIN;
	s.hash = ext4_hash(&v->s, version, name, len);
	if (!choose(v, EXT4_DX_ROOT_COUNT, &s))
		return -EAGAIN;
	for (; levels; levels--) {
		ret = ext4_dir_block(v, dir, s.block);
		if (!ret && !choose(v, EXT4_DX_NODE_COUNT, &s))
			ret = -EAGAIN;
		if (ret)
			return ret == -ENOENT ? -EAGAIN : ret;
	}
	ret = ext4_dir_block(v, dir, s.block);
	if (ret)
		return ret == -ENOENT ? -EAGAIN : ret;
	ret = ext4_block_find(v, name, len, ino);
	if (ret == -ENOENT && s.has_next && (s.next & ~1u) == s.hash)
		return -EAGAIN;
	return ret;
}

static bool has_index(const struct ext4_volume *v, const struct ext4_inode *dir)
{
	return v->s.compat & COMPAT_DIR_INDEX && dir->flags & EXT4_INDEX_FL &&
	       !(dir->flags & (EXT4_CASEFOLD_FL | EXT4_INLINE_DATA_FL));
}

int ext4_lookup(struct ext4_volume *v, const struct ext4_inode *dir,
		const char *name, unsigned int len, uint32_t *ino)
{
	int ret = ext4_dir_check(v, dir);

	if (ret)
		return ret;
	if (has_index(v, dir)) {
		ret = by_hash(v, dir, name, len, ino);
		if (ret != -EAGAIN)
			return ret;
	}
	for (uint64_t i = 0; !(ret = ext4_dir_block(v, dir, i)); i++) {
		ret = ext4_block_find(v, name, len, ino);
		if (ret != -ENOENT)
			return ret;
	}
	return ret;
}
