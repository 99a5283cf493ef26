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

/* Where everything lies: offsets and lengths in bytes from the volume's start. */
struct fat_geometry {
	unsigned int bits;     /* 12, 16 or 32 */
	uint32_t sector_size;  /* BPB_BytsPerSec */
	uint32_t cluster_size; /* bytes, a power of two */
	uint32_t end_cluster;  /* the highest cluster number and one */
	uint64_t fat_offset;   /* of the active FAT */
	uint64_t fat_len;      /* bytes of it that map clusters */
	uint64_t mirror;       /* from it to a second copy of it; 0: none */
	uint64_t root_offset;  /* FAT12/16: the fixed root directory */
	uint32_t root_len;
	uint32_t root_cluster; /* FAT32; 0 otherwise */
	uint64_t data_offset;  /* of cluster 2 */
	uint32_t serial;       /* BS_VolID */
	char label[12];        /* BS_VolLab, padded with blanks */
};

struct fat_window {
	uint64_t start; /* offset in the FAT */
	uint32_t len;   /* bytes that are valid; 0: none */
	uint32_t last_use;
	uint8_t *data;
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
		uint64_t *shared;
	} owner;
};

/* fat_corrupt - remember why. Return: @err */
int fat_corrupt(struct fat_volume *v, int err, const char *text);

/* fat_past_end - a part of the volume is not on its device. Return: -EBADMSG */
int fat_past_end(struct fat_volume *v);

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

/* fat_table_ahead - add to @g what is not yet cached of the first FAT_AHEAD_BYTES.
 * Return: as blk_gather_add */
must_check int fat_table_ahead(struct fat_volume *v, struct blk_gather *g);

/* fat_table_forget - nothing of the FAT is cached: what was to be did not come. */
void fat_table_forget(struct fat_volume *v);

/* ---- fat_chain.c ---- */

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
	uint16_t unit[20 * 13];
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

/* fat_name_is - do @name and @text (UTF-8) differ in nothing but case? */
bool fat_name_is(const struct fat_name *name, const char *text);

/* ---- fat_dir.c ---- */

/* Fields of a directory entry */
#define DIR_ATTR       11
#define DIR_NTRES      12
#define DIR_FSTCLUS_HI 20
#define DIR_FSTCLUS_LO 26
#define DIR_FILESIZE   28

#define ATTR_VOLUME_ID 0x08
#define ATTR_DIRECTORY 0x10
#define ATTR_LONG_NAME 0x0f
#define ATTR_MASK      0x3f

#define NAME_DELETED   0xe5 /* first byte */

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
	char raw_name[11];
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

/* fat_entry_cluster - the first cluster an entry names; 0: none */
uint32_t fat_entry_cluster(const struct fat_volume *v, const uint8_t *raw);

/* fat_lookup - @name in the directory at @first. Return: 0; -ENOENT; as above */
must_check int fat_lookup(struct fat_volume *v, uint32_t first,
			  const char *name, struct fat_entry *e);

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

#endif
