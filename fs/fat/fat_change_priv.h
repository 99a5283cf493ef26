/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing a FAT volume, each file above those it uses:
 *
 *	fat_link.c   links changed in the cached FAT, written in runs to every copy
 *	fat_state.c  dirty and clean; FSInfo
 *	fat_room.c   free clusters; chains as lists of runs
 *	fat_data.c   a file's bytes to its clusters
 *	fat_alias.c  names to be stored: legal, and with a short alias
 *	fat_entry.c  directory entries made and deleted, directories made longer
 *	fat_write.c  files written
 *	fat_ops.c    mkdir, rm, touch
 *	fat_rename.c mv
 *
 * The order in which an operation writes, and why, is told in fat_write.c.
 */
#ifndef VIREO_FAT_CHANGE_PRIV_H
#define VIREO_FAT_CHANGE_PRIV_H

#include "fat_priv.h"

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
	bool staged; /* something of it is on the disk */
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

/* fat_new_drop - what fat_new_stage or fat_new_commit wrote is deleted. */
must_check int fat_new_drop(const struct fat_new *n);

/* fat_entry_drop - delete a short entry, on the disk when it returns. */
must_check int fat_entry_drop(struct fat_volume *v, uint32_t dir,
			      const struct fat_entry *e);

/* fat_long_drop - delete @count long entries from @index on, which may be 0. */
must_check int fat_long_drop(const struct fat_walk *w, uint32_t index,
			     uint32_t count);

/* fat_entry_put - the short entry @index, in its place. Return: as fat_walk_put */
must_check int fat_entry_put(struct fat_volume *v, uint32_t dir, uint32_t index,
			     const uint8_t *raw);

/* fat_entry_set - where a short entry's data is. */
void fat_entry_set(uint8_t *raw, uint32_t cluster, uint32_t size);

/* fat_entry_stamp - it was changed now, or with @created made. */
void fat_entry_stamp(uint8_t *raw, bool created);

/* ---- fat_write.c ---- */

int fat_write(struct fs_volume *vol, const char *path, uint64_t pos,
	      uint64_t len, const void *buf);

#define FAT_READ_ONLY "the file is marked as read-only"
#define FAT_NO_NAME   "the path ends in no name that could go"

/* What is left to do when an operation counts, or was taken back: nothing of it is in
 * the way until it is done, and all of it can be done twice. */
struct fat_rest {
	uint32_t dir, index, longs;     /* long entries to be deleted */
	uint32_t moved;                 /* a directory that was; 0: none */
	uint8_t dots[DIR_ENTRY_SIZE];   /* its ".." */
	const struct fat_runs *drop[2]; /* to be freed; NULL: none */
};

/*
 * Every operation that has begun (Ctrl-C held, fat_state_begin) ends by one of these:
 *
 * fat_end  - it is complete (@err 0) or was taken back: do what is left, if anything, and
 *	      mark the volume as clean. What fails is tried once more
 * fat_lost - neither: the volume stays dirty
 *
 * After an error the volume is mounted anew. Return: @err; -EUCLEAN
 */
must_check int fat_end(struct fat_volume *v, int err,
		       const struct fat_rest *rest);
must_check int fat_lost(struct fat_volume *v, int err);

/* ---- fat_ops.c, fat_rename.c ---- */

int fat_mkdir(struct fs_volume *vol, const char *path);
int fat_remove(struct fs_volume *vol, const char *path);
int fat_touch(struct fs_volume *vol, const char *path);
int fat_rename(struct fs_volume *vol, const char *from, const char *to,
	       const char **about);

/* fat_dir_is_empty - Return: 0; -ENOTEMPTY; as fat_walk_next */
must_check int fat_dir_is_empty(struct fat_volume *v, uint32_t first);

/* fat_clusters - how many @bytes need */
static inline uint32_t fat_clusters(const struct fat_volume *v, uint64_t bytes)
{
	return (uint32_t)((bytes + v->g.cluster_size - 1) / v->g.cluster_size);
}

/* fat_owned - the clusters that are an entry's alone: none, when its size is 0 or it has
 * a twin. Return: -ENOSYS nobody can tell; as fat_runs_of */
must_check int fat_owned(struct fat_volume *v, const struct fat_entry *e,
			 struct fat_runs *r);

#endif
