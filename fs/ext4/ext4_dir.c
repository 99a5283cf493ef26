/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories, entry after entry. A block is copied and verified once and stays until
 * another is needed. The blocks of a hashed directory's index look to this file as
 * they were made to: like entries of no inode.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/hash.h>

#include "ext4_priv.h"

#define d_inode    0x0 /* ext4_dir_entry_2 */
#define d_rec_len  0x4
#define d_name_len 0x6
#define ENTRY_HEAD 8u
#define DOT_SIZE   12u /* the entry "." */

/* ext4_dir_entry_tail: the last entry of a block says it is one, and the checksum. */
#define TAIL_SIZE     12u
#define TAIL_IS       0xde00000cu
#define INLINE_PARENT 4u /* what an inline directory begins with */

int ext4_dir_check(struct ext4_volume *v, const struct ext4_inode *dir)
{
	if (dir->flags & EXT4_ENCRYPT_FL)
		return ext4_refuse(v, "the directory is encrypted");
	if (dir->flags & EXT4_INLINE_DATA_FL)
		return 0;
	if (dir->size & (v->s.block_size - 1) ||
	    dir->size >> v->s.block_bits > v->s.blocks)
		return ext4_corrupt(v, "the size of a directory is wrong");
	return 0;
}

static uint32_t get_rec_len(const struct ext4_volume *v, const uint8_t *p)
{
	uint32_t len = get_le16(p + d_rec_len);

	/* 65536 has 16 bits too many. */
	return v->s.block_size == EXT4_BLOCK_MAX && (!len || len == 0xffff)
		       ? EXT4_BLOCK_MAX
		       : len;
}

/*
 * Where a block of the index has its list; 0: it is a block of entries. Its end does
 * not tell: Linux leaves there what marked the tail of entries.
 */
static uint32_t list_of(const struct ext4_volume *v,
			const struct ext4_inode *dir, const uint8_t *p)
{
	uint32_t size = v->s.block_size;

	if (!(dir->flags & EXT4_INDEX_FL))
		return 0;
	if (get_rec_len(v, p) == size)
		return get_le32(p + d_inode) ? 0 : EXT4_DX_NODE_COUNT;
	return get_rec_len(v, p) == DOT_SIZE &&
			       get_rec_len(v, p + DOT_SIZE) == size - DOT_SIZE
		       ? EXT4_DX_ROOT_COUNT
		       : 0;
}

/* The tail of a block of the index lies behind the entries there is room for. */
static bool list_csum_ok(const struct ext4_volume *v,
			 const struct ext4_inode *dir, const uint8_t *p,
			 uint32_t at)
{
	static const uint8_t zero[4];
	uint32_t limit = get_le16(p + at), count = get_le16(p + at + 2), c;
	uint32_t tail = at + 8 * limit;

	if (count > limit || !inside(tail, 8, v->s.block_size))
		return false;
	c = crc32c(dir->csum_seed, p, at + 8 * count);
	c = crc32c(c, p + tail, 4);
	return crc32c(c, zero, sizeof(zero)) == get_le32(p + tail + 4);
}

/* Return: how many bytes of @p hold entries; 0: its checksum is wrong */
static uint32_t verify(const struct ext4_volume *v,
		       const struct ext4_inode *dir, const uint8_t *p)
{
	uint32_t size = v->s.block_size, len = size - TAIL_SIZE, list;

	if (!ext4_has_csum(v))
		return size;
	list = list_of(v, dir, p);
	if (list)
		return list_csum_ok(v, dir, p, list) ? size : 0;
	return !get_le32(p + len) && get_le32(p + len + 4) == TAIL_IS &&
			       crc32c(dir->csum_seed, p, len) ==
				       get_le32(p + len + 8)
		       ? len
		       : 0;
}

/* An inline directory is two short blocks. */
static int load_inline(struct ext4_volume *v, const struct ext4_inode *dir,
		       uint64_t index)
{
	uint32_t skip = index ? 0 : INLINE_PARENT, len;
	const uint8_t *p;
	int ret;

	if (index > 1)
		return -ENOENT;
	ret = ext4_inline_part(v, dir, (unsigned int)index, &p, &len);
	if (ret)
		return ret;
	v->dir.len = len - skip;
	memcpy(v->dir.data, p + skip, v->dir.len);
	return 0;
}

static int load(struct ext4_volume *v, const struct ext4_inode *dir,
		uint64_t index)
{
	struct ext4_run run;
	const uint8_t *p;
	int ret;

	if (con_ctrlc())
		return -EINTR;
	if (dir->flags & EXT4_INLINE_DATA_FL)
		return load_inline(v, dir, index);
	if (index >= dir->size >> v->s.block_bits)
		return -ENOENT;
	ret = ext4_map(v, dir, index, 1, &run);
	if (!ret && !run.block)
		ret = ext4_corrupt(v, "a directory has a hole");
	if (!ret)
		ret = ext4_block(v, run.block, &p);
	if (ret)
		return ret;
	v->dir.len = verify(v, dir, p);
	if (!v->dir.len)
		return ext4_corrupt(v, "the checksum of a directory is wrong");
	memcpy(v->dir.data, p, v->s.block_size);
	return 0;
}

int ext4_dir_block(struct ext4_volume *v, const struct ext4_inode *dir,
		   uint64_t index)
{
	int ret;

	if (v->dir.ino == dir->ino && v->dir.index == index)
		return 0;
	v->dir.ino = 0;
	ret = load(v, dir, index);
	if (ret)
		return ret;
	v->dir.ino = dir->ino;
	v->dir.index = index;
	return 0;
}

/* ---- entries ---- */

/* The entry at *@offset of the block in v->dir; *@offset is moved behind it.
 * @e: of inode 0 when there is nothing here */
static int parse(struct ext4_volume *v, uint32_t *offset, struct ext4_entry *e)
{
	const uint8_t *p = v->dir.data + *offset;
	uint32_t left = v->dir.len - *offset, rec_len;

	if (left < ENTRY_HEAD)
		return ext4_corrupt(v,
				    "the end of a directory's block is wrong");
	rec_len = get_rec_len(v, p);
	e->ino = get_le32(p + d_inode);
	e->name_len = p[d_name_len];
	e->name = (const char *)p + ENTRY_HEAD;
	if (rec_len < ENTRY_HEAD || rec_len % 4 || rec_len > left ||
	    (e->ino && ENTRY_HEAD + e->name_len > rec_len))
		return ext4_corrupt(v,
				    "the length of a directory entry is wrong");
	*offset += rec_len;
	if (!e->ino)
		return 0;
	if (e->ino > v->s.inodes ||
	    (e->ino < v->s.first_ino && e->ino != EXT4_ROOT_INO))
		return ext4_corrupt(v,
				    "the inode of a directory entry is wrong");
	if (!e->name_len || memchr(e->name, '/', e->name_len) ||
	    memchr(e->name, 0, e->name_len))
		return ext4_corrupt(v,
				    "the name of a directory entry is wrong");
	return 0;
}

static bool is_dots(const struct ext4_entry *e)
{
	return e->name[0] == '.' &&
	       (e->name_len == 1 || (e->name_len == 2 && e->name[1] == '.'));
}

int ext4_walk_next(struct ext4_walk *w, struct ext4_entry *e)
{
	int ret;

	while (!(ret = ext4_dir_block(w->v, w->dir, w->index))) {
		if (w->offset >= w->v->dir.len) {
			w->index++;
			w->offset = 0;
			continue;
		}
		ret = parse(w->v, &w->offset, e);
		if (ret || (e->ino && !is_dots(e)))
			return ret;
	}
	return ret;
}

int ext4_block_find(struct ext4_volume *v, const char *name, unsigned int len,
		    uint32_t *ino)
{
	struct ext4_entry e;
	uint32_t offset = 0;
	int ret;

	while (offset < v->dir.len) {
		ret = parse(v, &offset, &e);
		if (ret)
			return ret;
		if (e.ino && e.name_len == len && !memcmp(e.name, name, len)) {
			*ino = e.ino;
			return 0;
		}
	}
	return -ENOENT;
}
