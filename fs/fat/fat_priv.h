/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT in layers, each a file that knows only the ones above it in this list:
 *
 *	fat_bpb.c    the boot sector, checked: where everything lies
 *	fat_table.c  the FAT itself, cached in windows: from a cluster to the next
 *	fat_chain.c  chains of clusters: their bytes, in few large requests
 *	fat_name.c   short and long names of a directory entry
 *	fat_dir.c    directories: entry after entry, and looking a name up
 *	fat_owner.c  clusters that two chains claim
 *	fat.c        what <fs/fs.h> asks for
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

	/* The part of a directory that was read last. */
	struct {
		uint8_t *data;
		uint32_t first; /* cluster; 0: the fixed root */
		uint32_t start; /* offset in the directory */
		uint32_t len;   /* valid bytes; 0: nothing is cached */
		uint32_t total; /* bytes of the directory */
	} dir;

	/* A place in the chain walked last, and the chain last proven to end. */
	struct {
		uint32_t first, index, cluster; /* first 0: none */
	} hint;
	uint32_t proven;

	/* What fat_owner.c found: a bit for each cluster; NULL: none is shared. */
	struct {
		bool looked;
		uint64_t *seen; /* clusters that a chain claims */
		uint64_t *shared;
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

/* ---- fat_link.c ---- */

/* fat_write_meta - whole sectors of the volume that are no file's. Return: as blk_write */
must_check int fat_write_meta(struct fat_volume *v, uint64_t offset,
			      uint64_t len, const void *buf);

/* fat_link_run - in the cache: the links of @count clusters from @first on, each to the
 * one behind it and the last to @last; 0: all become free. Return: as fat_window */
must_check int fat_link_run(struct fat_volume *v, uint32_t first,
			    uint32_t count, uint32_t last);

/* fat_link_sync - what was changed, to every copy. Return: as blk_writev */
must_check int fat_link_sync(struct fat_volume *v);

/* fat_link_straddles - the link of @cluster is in two sectors, which cannot be written as
 * one: it may not be changed while it counts. */
bool fat_link_straddles(const struct fat_volume *v, uint32_t cluster);

/* ---- fat_state.c ---- */

/* fat_state_begin - mark the volume as dirty, if it is not. */
must_check int fat_state_begin(struct fat_volume *v);

/* fat_state_end - and as it was. All is on the disk then. */
must_check int fat_state_end(struct fat_volume *v);

/* fat_settle - all links that were changed, and a flush: what was written before is on
 * the disk before what follows. */
must_check int fat_settle(struct fat_volume *v);

/* fat_state_hint - the cluster where FSInfo says that free ones may be; or the first */
uint32_t fat_state_hint(struct fat_volume *v);

/* fat_state_count - how many are free, into FSInfo. */
must_check int fat_state_count(struct fat_volume *v);

/* ---- fat_room.c ---- */

/* A chain, or one to be, as runs of neighbours; {0} is empty. */
struct fat_runs {
	struct fat_run {
		uint32_t first, count;
	} * run;
	uint32_t count, max;
	uint32_t clusters; /* in all runs */
};

must_check int fat_runs_add(struct fat_runs *r, uint32_t first, uint32_t count);
void fat_runs_end(struct fat_runs *r);
uint32_t
fat_runs_last(const struct fat_runs *r); /* cluster, of one not empty */

/* fat_runs_of - the chain that begins at @first, to be changed.
 * Return: 0; -EBADMSG shared; -ENOMEM; as fat_chain_prove */
must_check int fat_runs_of(struct fat_volume *v, uint32_t first,
			   struct fat_runs *r);

/* fat_runs_free - in the cache. Return: as fat_link_run */
must_check int fat_runs_free(struct fat_volume *v, const struct fat_runs *r);

/* fat_room_look - count what is free, once a mount. Return: 0; -EINTR; device's */
must_check int fat_room_look(struct fat_volume *v);

/* fat_room_take - @n clusters, linked in the cache. Return: 0; -ENOSPC; device's */
must_check int fat_room_take(struct fat_volume *v, uint32_t n,
			     struct fat_runs *r);

/* fat_room_take_at - and this one, which is free. */
must_check int fat_room_take_at(struct fat_volume *v, uint32_t cluster,
				struct fat_runs *r);

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

/* fat_lookup - @name in the directory at @first. Return: 0; -ENOENT; as above */
must_check int fat_lookup(struct fat_volume *v, uint32_t first,
			  const char *name, struct fat_entry *e);

/* ---- fat_alias.c ---- */

/* A name as it is stored: long entries, last part first, and the short one. */
struct fat_stored {
	uint8_t raw[FAT_PARTS_MAX + 1]
		   [DIR_ENTRY_SIZE]; /* the end of it is used */
	unsigned int
		parts; /* long entries; the short one is raw[FAT_PARTS_MAX] */
};

#define FAT_NO_ENTRY UINT32_MAX

/* fat_name_parse - what was typed. Return: 0; -EINVAL, -ENAMETOOLONG */
must_check int fat_name_parse(struct fat_volume *v, const char *text,
			      struct fat_name *name);

/* fat_alias_make - @name as it can be stored in the directory at @dir, with a short name
 * that no entry but @except has. Only names are filled in. Return: as fat_walk_next */
must_check int fat_alias_make(struct fat_volume *v, uint32_t dir,
			      uint32_t except, const struct fat_name *name,
			      struct fat_stored *s);

/* ---- fat_entry.c ---- */

/* An entry that is about to be made. */
struct fat_new {
	struct fat_walk dir;
	uint32_t index; /* of its first entry */
	uint32_t grow;  /* clusters the directory lacks for it */
	uint32_t
		tidy; /* entries behind the end, dir.index, with rests in them */
	struct fat_stored name;
};

/* fat_new_find - a name and a place for @text in the directory at @dir. Writes nothing.
 * Return: 0; -ENOSPC the directory is full; as fat_name_parse, fat_walk_next */
must_check int fat_new_find(struct fat_volume *v, uint32_t dir,
			    const char *text, struct fat_new *n);

/* fat_new_stage - write all but the short entry: nothing counts yet.
 * Return: 0; -ENOSPC; device's */
must_check int fat_new_stage(struct fat_new *n);

/* fat_new_commit - write the short entry, filled in. */
must_check int fat_new_commit(const struct fat_new *n);

/* fat_new_drop - after fat_new_stage or fat_new_commit: all its entries are deleted. */
must_check int fat_new_drop(const struct fat_new *n);

/* fat_entry_drop - delete an entry: the short one, and, when it is on the disk,
 * its long ones. */
must_check int fat_entry_drop(struct fat_volume *v, uint32_t dir,
			      const struct fat_entry *e);

/* fat_entry_set - where a short entry's data is. */
void fat_entry_set(uint8_t *raw, uint32_t cluster, uint32_t size);

/* fat_entry_stamp - it was changed now, or with @created made. */
void fat_entry_stamp(uint8_t *raw, bool created);

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

/* ---- fat_data.c ---- */

/* What a file is to hold: the first bytes of what it held, then the caller's. */
struct fat_data {
	uint32_t old; /* the first cluster of what it held */
	uint64_t pos; /* how much of that stays */
	uint64_t len; /* of what follows */
	const void *buf;
};

/* fat_data_write - @d from byte @from on, a multiple of the sector size, to the cluster
 * @first, if it is not 0, from its byte of that number on, and then to @r.
 * Return: 0; -ENOMEM; as blk_writev, blk_readv */
must_check int fat_data_write(struct fat_volume *v, const struct fat_data *d,
			      uint64_t from, uint32_t first,
			      const struct fat_runs *r);

/* ---- fat_write.c ---- */

int fat_write(struct fs_volume *vol, const char *path, uint64_t pos,
	      uint64_t len, const void *buf);

#define FAT_READ_ONLY "the file is marked as read-only"

/* fat_done - the end of every operation that has begun and is complete or was taken
 * back: the volume is clean. When there is an error it is mounted anew.
 * Return: @err; fat_state_end's */
must_check int fat_done(struct fat_volume *v, int err);

/* fat_lost - the end of one that could be neither: it stays dirty. Return: @err */
must_check int fat_lost(struct fat_volume *v, int err);

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

/* fat_owner_shares - is one of them in more than one? */
bool fat_owner_shares(const struct fat_volume *v, uint32_t first,
		      uint32_t count);

#endif
