/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ext4, and with it ext2 and ext3, in layers, each a file that knows only the ones
 * above it in this list:
 *
 *	ext4_super.c    the superblock, checked: features, where everything lies
 *	ext4_block.c    blocks of the volume, as the journal has them; groups
 *	ext4_inode.c    inodes, and what small files keep inside them
 *	ext4_map.c      from a file's block to the volume's
 *	ext4_extent.c   the same, for files that have extents
 *	ext4_journal.c  what the journal holds that is not yet in its place
 *	ext4_dir.c      directories, entry after entry
 *	ext4_hash.c     the hashes of names
 *	ext4_lookup.c   a name in a directory, by its hash or one by one
 *	ext4_path.c     paths and symbolic links
 *	ext4.c          what <fs/fs.h> asks for
 *
 * Names of fields are those of the kernel's Documentation/filesystems/ext4/. Pointers
 * into blocks are valid until the next call that may read one.
 */
#ifndef VIREO_EXT4_PRIV_H
#define VIREO_EXT4_PRIV_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/cache.h>
#include <block/gather.h>
#include <fs/fs.h>
#include <lib/compiler.h>

/* ---- ext4_super.c ---- */

#define EXT4_SUPER_OFFSET 1024u
#define EXT4_SUPER_SIZE   1024u

#define EXT4_ROOT_INO     2u
#define EXT4_NAME_MAX     255u
#define EXT4_BLOCK_MAX    65536u

/* s_feature_compat, s_feature_incompat, s_feature_ro_compat */
#define COMPAT_HAS_JOURNAL      0x0004u
#define COMPAT_DIR_INDEX        0x0020u
#define COMPAT_SPARSE_SUPER2    0x0200u
#define COMPAT_FAST_COMMIT      0x0400u
#define INCOMPAT_RECOVER        0x0004u
#define INCOMPAT_META_BG        0x0010u
#define INCOMPAT_64BIT          0x0080u
#define INCOMPAT_CSUM_SEED      0x2000u
#define INCOMPAT_LARGEDIR       0x4000u
#define RO_COMPAT_SPARSE        0x0001u
#define RO_COMPAT_GDT_CSUM      0x0010u
#define RO_COMPAT_METADATA_CSUM 0x0400u

struct ext4_super {
	uint32_t compat, incompat, ro_compat;
	unsigned int block_bits; /* 10 … 16 */
	uint32_t block_size;
	uint64_t blocks; /* of the volume, at most 2^48 */
	uint32_t inodes;
	uint32_t first_data_block;
	uint32_t blocks_per_group, inodes_per_group, groups;
	uint32_t inode_size, desc_size;
	uint32_t first_ino; /* below it: reserved */
	uint32_t first_meta_bg;
	uint32_t backup_bgs[2];
	uint32_t csum_seed;
	uint32_t journal_ino;
	uint32_t hash_seed[4];
	bool hash_unsigned; /* characters in hashes */
	uint8_t uuid[16];
	char label[17];
	const char *name; /* "ext2", "ext3", "ext4" */
};

/*
 * ext4_super_parse - @raw: EXT4_SUPER_SIZE bytes. Pure but for the text of *why.
 * Return: 0; -ENOENT no such file system; -EBADMSG corrupt, or has what is not
 *         known here
 */
must_check int ext4_super_parse(const uint8_t *raw, struct ext4_super *s,
				const char **why);

/* ---- the volume ---- */

/* What is known of the file whose blocks were asked for last. */
struct ext4_map_cache {
	uint32_t ino;        /* 0: nothing */
	bool is_hole;        /* all of first … end */
	bool is_extents;     /* what is in node */
	uint64_t first, end; /* blocks of the file it tells about */
	uint8_t *node;       /* an extent tree's leaf, or a list of blocks */
};

/* A block whose last version is still in the journal. */
struct ext4_logged {
	uint64_t block;
	uint64_t order; /* later is higher */
	uint64_t copy;  /* the block it is in; 0: revoked */
	uint32_t sequence, csum;
	bool escaped; /* its first 4 bytes are the journal's magic number */
};

struct ext4_volume {
	struct fs_volume fs; /* first: the two are one object */
	struct blkdev *dev;
	struct ext4_super s;
	struct blk_cache cache;
	struct ext4_map_cache map;

	/* The group descriptor that was used last. */
	struct {
		bool known;
		uint32_t group;
		uint64_t inode_table;
	} group;

	/* The block of a directory that was used last, and verified. */
	struct {
		uint32_t ino; /* 0: none */
		uint64_t index;
		uint32_t len; /* bytes that hold entries */
		uint8_t *data;
	} dir;

	/* Sorted by block, one for each; ext4_journal.c makes it. */
	struct {
		struct ext4_logged *list;
		size_t count;
		uint32_t seed;
		unsigned int csum_bits; /* 0, 16 or 32 */
	} log;
};

static inline struct ext4_volume *ext4_volume(struct fs_volume *vol)
{
	return container_of(vol, struct ext4_volume, fs);
}

static inline bool ext4_has_csum(const struct ext4_volume *v)
{
	return v->s.ro_compat & RO_COMPAT_METADATA_CSUM;
}

#define EXT4_PAST_END "the volume reaches past the end of its device"

/* ext4_corrupt - remember why. Return: -EBADMSG */
static inline int ext4_corrupt(struct ext4_volume *v, const char *text)
{
	v->fs.fault = text;
	return -EBADMSG;
}

/* ext4_refuse - sound, but more than is understood here. Return: -ENOSYS */
static inline int ext4_refuse(struct ext4_volume *v, const char *text)
{
	v->fs.fault = text;
	return -ENOSYS;
}

/* ---- ext4_block.c ---- */

/* ext4_block_ok - are @count blocks from @block on inside, where files may be? */
bool ext4_block_ok(const struct ext4_volume *v, uint64_t block, uint64_t count);

/* ext4_block - @block of the metadata. Return: 0; -EBADMSG outside; device's */
must_check int ext4_block(struct ext4_volume *v, uint64_t block,
			  const uint8_t **p);

/* ext4_collect - add to @g @len bytes at byte @offset of the volume, each from where
 * its last version is. Return: as blk_gather_add; -EBADMSG */
must_check int ext4_collect(struct ext4_volume *v, struct blk_gather *g,
			    uint64_t offset, uint64_t len, void *buf);

/* ext4_cache_read - the cache's read; @ctx is the volume. */
must_check int ext4_cache_read(void *ctx, uint64_t offset, uint64_t len,
			       void *buf);

/* ext4_inode_table - where that of @group begins. Return: 0; -EBADMSG; device's */
must_check int ext4_inode_table(struct ext4_volume *v, uint32_t group,
				uint64_t *block);

/* ---- ext4_inode.c ---- */

#define EXT4_S_IFMT         0xf000u /* i_mode */
#define EXT4_S_IFDIR        0x4000u
#define EXT4_S_IFREG        0x8000u
#define EXT4_S_IFLNK        0xa000u

#define EXT4_COMPR_FL       0x00000004u /* i_flags */
#define EXT4_ENCRYPT_FL     0x00000800u
#define EXT4_INDEX_FL       0x00001000u
#define EXT4_EXTENTS_FL     0x00080000u
#define EXT4_EA_INODE_FL    0x00200000u
#define EXT4_INLINE_DATA_FL 0x10000000u
#define EXT4_CASEFOLD_FL    0x40000000u

#define EXT4_I_BLOCK_SIZE   60u

struct ext4_inode {
	uint32_t ino;
	uint16_t mode;
	uint32_t flags;
	uint64_t size;
	uint32_t csum_seed;               /* of the inode's own blocks */
	uint8_t block[EXT4_I_BLOCK_SIZE]; /* i_block */
};

static inline bool ext4_is(const struct ext4_inode *in, uint32_t type)
{
	return (in->mode & EXT4_S_IFMT) == type;
}

/* ext4_inode_get - @ino, verified and in use. Return: 0; -EBADMSG; device's */
must_check int ext4_inode_get(struct ext4_volume *v, uint32_t ino,
			      struct ext4_inode *in);

/*
 * ext4_inline_part - data that is kept in the inode: @part 0 is i_block, 1 the
 * attribute that goes on with it, of @len 0 when there is none.
 * Return: 0; -EBADMSG; device's
 */
must_check int ext4_inline_part(struct ext4_volume *v,
				const struct ext4_inode *in, unsigned int part,
				const uint8_t **p, uint32_t *len);

/* ext4_inline_read - Return: 0; -EBADMSG shorter than that; device's */
must_check int ext4_inline_read(struct ext4_volume *v,
				const struct ext4_inode *in, uint64_t pos,
				uint64_t len, void *buf);

/* ---- ext4_map.c, ext4_extent.c ---- */

struct ext4_run {
	uint64_t block; /* 0: a hole, or not yet written: zeros */
	uint64_t count; /* blocks, at least 1 */
};

/* ext4_map - what lies at @index of the file @in, in blocks, at most @max of them.
 * Return: 0; -EBADMSG; device's */
must_check int ext4_map(struct ext4_volume *v, const struct ext4_inode *in,
			uint64_t index, uint64_t max, struct ext4_run *run);

/* ext4_read_data - @len bytes at @pos of a file that keeps them in blocks.
 * Return: as ext4_map; as ext4_collect */
must_check int ext4_read_data(struct ext4_volume *v,
			      const struct ext4_inode *in, uint64_t pos,
			      uint64_t len, void *buf);

/* ext4_extent_load - fill the map's cache so that it tells about @index. */
must_check int ext4_extent_load(struct ext4_volume *v,
				const struct ext4_inode *in, uint64_t index);

/* ext4_extent_run - as ext4_map, from the cache. */
void ext4_extent_run(const struct ext4_map_cache *m, uint64_t index,
		     struct ext4_run *run);

/* ---- ext4_journal.c ---- */

/*
 * ext4_journal_load - read what a journal that was not emptied says; the volume
 * then looks as if that had been done. Return: 0; -EBADMSG; -ENOMEM; device's
 */
must_check int ext4_journal_load(struct ext4_volume *v);

/* ext4_logged - the first of the blocks from @block on that the journal has, or NULL. */
const struct ext4_logged *ext4_logged(const struct ext4_volume *v,
				      uint64_t block, uint64_t count);

/* ext4_logged_fix - @data: a logged block as it was read. Return: 0; -EBADMSG */
must_check int ext4_logged_fix(struct ext4_volume *v,
			       const struct ext4_logged *l, uint8_t *data);

/* ---- ext4_dir.c ---- */

/* Where a block of the index has its list: in block 0 behind the entries "." and "..",
 * else behind one that covers the block. */
#define EXT4_DX_ROOT_COUNT 32u
#define EXT4_DX_NODE_COUNT 8u

struct ext4_entry {
	uint32_t ino;
	unsigned int name_len;
	const char *name; /* not NUL-ended */
};

/* A walk through a directory; "." and ".." are left out. */
struct ext4_walk {
	struct ext4_volume *v;
	const struct ext4_inode *dir;
	uint64_t index; /* of the block */
	uint32_t offset;
};

/* ext4_dir_check - may @dir be walked? Return: 0; -ENOSYS; -EBADMSG */
must_check int ext4_dir_check(struct ext4_volume *v,
			      const struct ext4_inode *dir);

/*
 * ext4_dir_block - block @index of a directory, verified, into v->dir. One that
 * belongs to the index of hashes looks as if it had no entries but "." and "..".
 * Return: 0; -ENOENT behind its end; as ext4_map, ext4_block; -EINTR
 */
must_check int ext4_dir_block(struct ext4_volume *v,
			      const struct ext4_inode *dir, uint64_t index);

/* ext4_walk_next - @e is valid until the next call. Return: 0; -ENOENT no more; as
 * ext4_dir_block */
must_check int ext4_walk_next(struct ext4_walk *w, struct ext4_entry *e);

/* ext4_block_find - look for a name in the block that is in v->dir. Return: 0;
 * -ENOENT; -EBADMSG */
must_check int ext4_block_find(struct ext4_volume *v, const char *name,
			       unsigned int len, uint32_t *ino);

/* ---- ext4_hash.c ---- */

#define EXT4_HASH_VERSIONS 6 /* legacy, half MD4, TEA; the same, unsigned */

/* ext4_hash - of a name, as the index of a directory has it. */
uint32_t ext4_hash(const struct ext4_super *s, unsigned int version,
		   const char *name, unsigned int len);

/* ---- ext4_lookup.c ---- */

/* ext4_lookup - @name in @dir. Return: 0; -ENOENT; -ENOSYS; as ext4_walk_next */
must_check int ext4_lookup(struct ext4_volume *v, const struct ext4_inode *dir,
			   const char *name, unsigned int len, uint32_t *ino);

/* ---- ext4_path.c ---- */

/* ext4_path - follow @path from the root, links too. Return: as the type's open */
must_check int ext4_path(struct ext4_volume *v, const char *path,
			 struct ext4_inode *in);

#endif
