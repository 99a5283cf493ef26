/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT in layers, each a file that knows only the ones above it in this list:
 *
 *	fat_bpb.c    the boot sector, checked: where everything lies
 *	fat_table.c  the FAT itself, cached in windows: from a cluster to the next
 *	fat_chain.c  chains of clusters: their bytes, in few large requests
 *	fat_name.c   short and long names of a directory entry
 *	fat_kept.c   parts of directories that were read before
 *	fat_dir.c    directories: entry after entry, and looking a name up
 *	fat_path.c   from a path to a directory and a name in it
 *	fat_owner.c  clusters that two chains claim
 *	fat.c        what <fs/fs.h> asks for, to be read
 *
 * and what changes a volume, in fat_change_priv.h.
 *
 * Names and field names are those of Microsoft's "FAT32 File System
 * Specification", 1.03.
 */
#ifndef VIREO_FAT_PRIV_H
#define VIREO_FAT_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/gather.h>
#include <fs/fs.h>
#include <lib/compiler.h>

#define FAT_FIRST_CLUSTER 2
#define FAT_END           0x0fffffffu /* every width's end of a chain */

/*
 * Sizes of what is kept in memory, beside the head: boot sector, the FAT's beginning
 * and on small volumes the root too. A window of FAT32 maps 32768 clusters.
 */
#define FAT_WINDOW_BYTES (128u * 1024)
#define FAT_NWINDOWS     32
#define FAT_DIR_BYTES    (64u * 1024)
#define FAT_TWINS_MAX    16
#define FAT_NKEPT        24 /* parts of directories of so many bytes */
#define FAT_AHEAD_BYTES  (1024u * 1024) /* of the FAT, read with the root */

#define DIR_ENTRY_SIZE   32u
#define FAT_DIR_MAX      (65536u * DIR_ENTRY_SIZE)
#define FAT_NAME_UNITS   255 /* UTF-16 */
#define FAT_PART_UNITS   13  /* in a long entry */
#define FAT_PARTS_MAX    20

/* Where everything lies: offsets and lengths in bytes from the volume's start. */
struct fat_geometry {
	unsigned int bits;     /* 12, 16 or 32 */
	uint32_t sector_size;  /* BPB_BytsPerSec */
	uint32_t cluster_size; /* bytes, a power of two */
	uint32_t end_cluster;  /* the highest cluster number and one */
	uint64_t fat_offset;   /* of the active FAT */
	uint64_t fat_len;      /* bytes of it that map clusters */
	uint64_t mirror;       /* from it to the next copy of it; 0: none */
	unsigned int nfats;    /* copies that are kept alike, it included */
	uint64_t root_offset;  /* FAT12/16: the fixed root directory */
	uint32_t root_len;
	uint32_t root_cluster;  /* FAT32; 0 otherwise */
	uint64_t data_offset;   /* of cluster 2 */
	uint32_t fsinfo_offset; /* FAT32; 0: there is none */
	uint32_t state_offset;  /* BS_Reserved1: is the volume dirty? */
	uint32_t serial;        /* BS_VolID */
	char label[12];         /* BS_VolLab, padded with blanks */
};

struct fat_window {
	uint64_t start; /* offset in the FAT */
	uint32_t len;   /* bytes that are valid; 0: none */
	uint32_t last_use;
	uint8_t *data;
	/* What was changed and not written: a bit for every 512 bytes. */
	uint64_t dirty[FAT_WINDOW_BYTES / SECTOR_SIZE / 64];
	bool is_dirty;
};

/* A part of a directory. */
struct fat_part {
	uint8_t *data;
	uint32_t first;      /* cluster; 0: the fixed root */
	uint32_t start;      /* offset in the directory */
	uint32_t len;        /* valid bytes; 0: nothing is cached */
	uint32_t total;      /* bytes of the directory */
	uint32_t generation; /* of the disk, when it was read */
};

struct fat_volume {
	struct fs_volume fs; /* first: the two are one object */
	struct fat_geometry g;
	struct blkdev *dev;

	uint8_t *head;
	uint32_t head_len;

	struct fat_window window[FAT_NWINDOWS];
	struct fat_window *current; /* the one used last, or NULL */
	uint32_t uses;
	uint32_t loads; /* how often a window was filled, or was to be */
	bool ahead;     /* the next chain read brings the FAT along */

	struct fat_part dir;             /* the one that was read last */
	struct fat_part kept[FAT_NKEPT]; /* by fat_kept.c */
	unsigned int next_kept;

	/* A place in the chain walked last, and the chain last proven to end. */
	struct {
		uint32_t first, index, cluster; /* first 0: none */
	} hint;
	uint32_t proven;

	/* What fat_owner.c found: a bit for each cluster; NULL: none is shared. */
	struct {
		bool looked, whole; /* all was within the bounds */
		uint64_t *seen;     /* clusters that a chain claims */
		uint64_t *shared;
		uint32_t twin[FAT_TWINS_MAX]; /* first clusters */
		uint32_t ntwins;
	} owner;

	/* What fat_room.c counted, and where the next search begins. */
	struct {
		bool looked;
		uint32_t free, next;
	} room;
	bool marked; /* as dirty, by fat_state.c */
};

static inline struct fat_volume *fat_volume_of(struct fs_volume *vol)
{
	return container_of(vol, struct fat_volume, fs);
}

/* fat_corrupt - remember why. Return: @err */
int fat_corrupt(struct fat_volume *v, int err, const char *text);

/* fat_past_end - a part of the volume is not on its device. Return: -EBADMSG */
int fat_past_end(struct fat_volume *v);

/* Fields of a directory entry */
#define DIR_ATTR         11
#define DIR_NTRES        12
#define DIR_CRTTIMETENTH 13
#define DIR_CRTTIME      14
#define DIR_CRTDATE      16
#define DIR_LSTACCDATE   18
#define DIR_FSTCLUS_HI   20
#define DIR_WRTTIME      22
#define DIR_WRTDATE      24
#define DIR_FSTCLUS_LO   26
#define DIR_FILESIZE     28

#define NT_LOWER_BASE    0x08 /* DIR_NTRES */
#define NT_LOWER_EXT     0x10

#define ATTR_READ_ONLY   0x01
#define ATTR_VOLUME_ID   0x08
#define ATTR_DIRECTORY   0x10
#define ATTR_ARCHIVE     0x20
#define ATTR_LONG_NAME   0x0f
#define ATTR_MASK        0x3f

#define NAME_DELETED     0xe5 /* first byte */
#define NAME_END         0x00 /* no entry here or behind */

/* ---- fat_bpb.c ---- */

/*
 * fat_bpb_parse - @sector: the first 512 bytes of a volume. Pure.
 * Return: 0; -ENOENT no FAT; -EBADMSG it says it is one, but *why
 */
must_check int fat_bpb_parse(const uint8_t *sector, struct fat_geometry *g,
			     const char **why);

/* ---- fat_table.c ---- */

static inline bool fat_is_cluster(const struct fat_volume *v, uint32_t cluster)
{
	return cluster >= FAT_FIRST_CLUSTER && cluster < v->g.end_cluster;
}

/*
 * fat_next - what follows @cluster in its chain: a cluster number or FAT_END.
 * Return: 0; -EBADMSG free, bad or outside; device's
 */
must_check int fat_next(struct fat_volume *v, uint32_t cluster, uint32_t *next);

/*
 * fat_run - how many clusters, at most @max, lie side by side in the chain from
 * @cluster on. The link of the last one is not looked at when that is @max.
 * @count: at least 1, also when the last one's link is the error
 * Return: 0; as fat_next
 */
must_check int fat_run(struct fat_volume *v, uint32_t cluster, uint32_t max,
		       uint32_t *count);

/* fat_read_meta - bytes of the volume that are no file's. Return: as blk_read */
must_check int fat_read_meta(struct fat_volume *v, uint64_t offset,
			     uint64_t len, void *buf);

/* fat_link_raw - the link of @cluster as it stands, without FAT32's top nibble. */
must_check int fat_link_raw(struct fat_volume *v, uint32_t cluster,
			    uint32_t *link);

/* fat_window - the window with the @size bytes at @offset of the FAT, whole.
 * Return: 0; as fat_read_meta */
must_check int fat_window(struct fat_volume *v, uint64_t offset, uint32_t size,
			  struct fat_window **out);

/* fat_table_ahead - add to @g what is not yet cached of the first FAT_AHEAD_BYTES.
 * Return: as blk_gather_add */
must_check int fat_table_ahead(struct fat_volume *v, struct blk_gather *g);

/* fat_table_forget - nothing of the FAT is cached: what was to be did not come. */
void fat_table_forget(struct fat_volume *v);

/* ---- fat_chain.c ---- */

/* fat_forget - chains were changed: no place in one is remembered. */
static inline void fat_forget(struct fat_volume *v)
{
	v->hint.first = 0;
	v->proven = 0;
}

/* fat_cluster_write - all of one. Return: as blk_write */
must_check int fat_cluster_write(struct fat_volume *v, uint32_t cluster,
				 const void *buf);

/* fat_chain_seek - the @index-th cluster of the chain that begins at @first.
 * Return: as fat_chain_read */
must_check int fat_chain_seek(struct fat_volume *v, uint32_t first,
			      uint32_t index, uint32_t *cluster);

/*
 * fat_chain_read - @len bytes, at least 1, at @pos of the chain that begins at
 * @first; 0 is the fixed root.
 * Return: 0; -EBADMSG the chain is shorter or leads astray; device's
 */
must_check int fat_chain_read(struct fat_volume *v, uint32_t first,
			      uint64_t pos, uint64_t len, void *buf);

/*
 * fat_chain_count - clusters in the chain that begins at @first.
 * @max: more are taken for a loop
 * Return: 0; -ELOOP; as fat_next
 */
must_check int fat_chain_count(struct fat_volume *v, uint32_t first,
			       uint32_t max, uint32_t *count);

/*
 * fat_chain_prove - the chain that begins at @first has an end, hence no loop.
 * Goes on from where it was last read. Return: 0; -ELOOP; as fat_next
 */
must_check int fat_chain_prove(struct fat_volume *v, uint32_t first);

/* ---- fat_name.c ---- */

struct fat_name {
	uint16_t unit[FAT_NAME_UNITS + 1]; /* UTF-16, NUL-ended */
	unsigned int len;
};

/* A long name being put together from its entries, which come last part first. */
struct fat_long {
	uint16_t unit[FAT_PARTS_MAX * FAT_PART_UNITS];
	uint8_t parts; /* how many it has; 0: there is none */
	uint8_t next;  /* order of the next entry; 0: complete */
	uint8_t checksum;
};

/* fat_long_add - a long name entry. One that does not fit ends the name. */
void fat_long_add(struct fat_long *l, const uint8_t *entry);

/* fat_long_get - the name, if it is complete, proper and that of the short
 * entry @entry. */
bool fat_long_get(const struct fat_long *l, const uint8_t *entry,
		  struct fat_name *name);

/* fat_short_get - the 8.3 name of @entry, with the case Windows NT noted. */
void fat_short_get(const uint8_t *entry, struct fat_name *name);

/* fat_is_illegal - may no name hold it? */
bool fat_is_illegal(uint16_t c);

/* fat_long_put - the long entry with part @order (1 is the first) of @name. */
void fat_long_put(const struct fat_name *name, unsigned int order,
		  const uint8_t *short_name, uint8_t *entry);

/* fat_name_is - do @name and @text (UTF-8) differ in nothing but case? */
bool fat_name_is(const struct fat_name *name, const char *text);

/* ---- fat_kept.c ---- */

/* fat_kept_put - keep v->dir, which is about to be replaced. */
void fat_kept_put(struct fat_volume *v);

/* fat_kept_get - the part at @start of the directory at @first into v->dir.
 * Return: is it there? */
bool fat_kept_get(struct fat_volume *v, uint32_t first, uint32_t start);

void fat_kept_end(struct fat_volume *v);

/* ---- fat_dir.c ---- */

/* A walk through a directory. */
struct fat_walk {
	struct fat_volume *v;
	uint32_t first; /* cluster; 0: the fixed root */
	uint32_t total; /* bytes */
	uint32_t index; /* of the next entry */
	struct fat_long lfn;
};

struct fat_entry {
	struct fat_name name;       /* long, or short when there is no other */
	struct fat_name short_name; /* when name is long */
	bool is_long, is_dir, is_label;
	uint32_t cluster; /* the first; 0: empty */
	uint32_t size;    /* bytes */
	uint32_t index;   /* of the short entry in its directory */
	uint8_t parts;    /* long entries before it that are its own */
	uint8_t raw[DIR_ENTRY_SIZE]; /* the short entry */
};

/* fat_walk_start - @first: as in struct fat_walk; FAT32's root by its cluster.
 * Return: 0; -EBADMSG no cluster, or a shared one; -ELOOP; as fat_next */
must_check int fat_walk_start(struct fat_walk *w, struct fat_volume *v,
			      uint32_t first);

/* fat_walk_raw - the next entry of any kind but unused ones behind the last, as it
 * stands; valid until the next read. Return: as fat_walk_next */
must_check int fat_walk_raw(struct fat_walk *w, const uint8_t **raw);

/* fat_walk_next - files, directories and the label.
 * Return: 0; -ENOENT no more; as fat_chain_read */
must_check int fat_walk_next(struct fat_walk *w, struct fat_entry *e);

/* fat_walk_at - any entry, unused ones too. Return: as fat_walk_next */
must_check int fat_walk_at(const struct fat_walk *w, uint32_t index,
			   const uint8_t **raw);

/* fat_walk_put - write @count entries, sector by sector. Return: as fat_write_meta;
 * -EBADMSG the directory's cluster is another's, too */
must_check int fat_walk_put(const struct fat_walk *w, uint32_t index,
			    uint32_t count, const void *raw);

/* fat_entry_cluster - the first cluster an entry names; 0: none */
uint32_t fat_entry_cluster(const struct fat_volume *v, const uint8_t *raw);

/* fat_entry_is_dot - "." or "..": known by where they were met */
bool fat_entry_is_dot(const uint8_t *raw);

/* fat_lookup - @name in the directory at @first. Return: 0; -ENOENT; as above */
must_check int fat_lookup(struct fat_volume *v, uint32_t first,
			  const char *name, struct fat_entry *e);

/* ---- fat_path.c ---- */

#define FAT_DEPTH_MAX 128 /* directories in a path */

/* Where a path leads: to @name in @dir, which may not be there. */
struct fat_path {
	uint32_t dir; /* first cluster; 0: the fixed root */
	char name
		[FS_NAME_MAX]; /* as typed; "": to @dir itself, by its dots or as root */
	bool found;
	struct fat_entry e;              /* when found */
	bool wants_dir;                  /* a slash at the end */
	uint32_t through[FAT_DEPTH_MAX]; /* the way: @dir is the last, if any */
	unsigned int depth;
};

/* fat_path_find - Return: 0, also when only the last name is missing; as the
 * type's open */
must_check int fat_path_find(struct fat_volume *v, const char *path,
			     struct fat_path *p);

/* ---- fat_owner.c ---- */

#define FAT_SHARED "its clusters belong to another file, too"

/*
 * fat_owner_look - find the clusters that more than one chain claims, once a mount.
 * Damage met on the way is for those to report who come across it.
 * Return: 0; -ENOMEM; device's but -EIO
 */
must_check int fat_owner_look(struct fat_volume *v);

/*
 * fat_owner_refuse - are the clusters of @len bytes of the chain that begins at
 * @first its own? The root's always are, but no entry leads there.
 * Return: 0, also when the chain is shorter; -EBADMSG shared; -ELOOP, by itself;
 *         as fat_next
 */
must_check int fat_owner_refuse(struct fat_volume *v, uint32_t first,
				uint64_t len);

/* fat_owner_claims - is @cluster in a chain, whatever the FAT says of it? */
bool fat_owner_claims(const struct fat_volume *v, uint32_t cluster);

/* fat_owner_release - @count clusters from @first on are in none any more. */
void fat_owner_release(struct fat_volume *v, uint32_t first, uint32_t count);

/* fat_owner_has_twin - do two entries that agree have the chain that begins there? */
bool fat_owner_has_twin(const struct fat_volume *v, uint32_t first);

/* fat_owner_shares - is one of them in more than one? */
bool fat_owner_shares(const struct fat_volume *v, uint32_t first,
		      uint32_t count);

#endif
