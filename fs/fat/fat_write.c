/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a file. Nothing of what it held is overwritten:
 *
 *	mark the volume; data into free clusters, their links, long entries | flush
 *	(append: the link from the last old cluster to the first new one    | flush)
 *	the short entry: first cluster, size and time at once               | flush
 *	free what it had; FSInfo                                            | flush
 *	mark the volume as clean                                            | flush
 *
 * so a stop shows the old file up to the third line and the new one from there on, and
 * costs no more than clusters that nobody has. An append keeps what is
 * there, since bytes behind a file's size are nobody's; but a write into the middle,
 * which also ends the file, copies what is before it: the link that cuts the old chain
 * and the size could not be written at once.
 *
 * After an error before the short entry the same steps are taken back; what fails behind
 * it is tried once more, and then the volume stays marked.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/console.h>
#include <lib/checked.h>

#include "fat_change_priv.h"

struct job {
	struct fat_volume *v;
	struct fat_path path;
	struct fat_data data;
	uint32_t size; /* of the file afterwards */
	bool append;   /* the old chain stays */
	struct fat_runs old, fresh;
	struct fat_new new; /* when the file is not there */
	bool linked, committed;
};

int fat_lost(struct fat_volume *v, int err)
{
	v->fs.generation = blk_generation(v->dev) - 1;
	con_ctrlc_hold(false);
	return err;
}

/* All but the mark. */
static int do_rest(struct fat_volume *v, const struct fat_rest *r)
{
	struct fat_walk w;
	int ret = 0;

	if (r->moved)
		ret = fat_entry_put(v, r->moved, 1, r->dots);
	if (!ret && r->longs)
		ret = fat_walk_start(&w, v, r->dir);
	if (!ret && r->longs)
		ret = fat_long_drop(&w, r->index, r->longs);
	for (size_t i = 0; !ret && i < array_size(r->drop); i++)
		if (r->drop[i])
			ret = fat_runs_free(v, r->drop[i]);
	if (!ret)
		ret = fat_state_count(v);
	return ret ? ret : fat_settle(v);
}

/* The operation counts, whatever became of the rest. */
static int unclean(struct fat_volume *v, int err)
{
	static char text[100]; /* outlives the mount */

	snprintf(text, sizeof(text),
		 "done, but the volume was left to be checked: %s",
		 blk_error(v->dev, err));
	return fat_corrupt(v, -EUCLEAN, text);
}

int fat_end(struct fat_volume *v, int err, const struct fat_rest *rest)
{
	uint32_t free = v->room.free;
	int ret = rest ? do_rest(v, rest) : 0;

	if (ret) {
		v->room.free = free;
		ret = do_rest(v, rest);
	}
	if (!ret && fat_state_end(v))
		ret = fat_state_end(v);
	if (err || ret)
		return fat_lost(v, err ? err : unclean(v, ret));
	fat_forget(v);
	/* Who has a twin is found out anew. */
	v->fs.generation = blk_generation(v->dev) - (v->owner.ntwins > 0);
	con_ctrlc_hold(false);
	return 0;
}

/* ---- what is to be done ---- */

static int check_target(struct job *j)
{
	const struct fat_path *p = &j->path;

	if (!p->name[0] || (p->found && p->e.is_dir))
		return -EISDIR;
	if (!p->found && p->wants_dir)
		return fat_corrupt(j->v, -EINVAL,
				   "a slash ends the name of a directory");
	if (p->wants_dir)
		return -ENOTDIR;
	if (p->found && p->e.raw[DIR_ATTR] & ATTR_READ_ONLY)
		return fat_corrupt(j->v, -EROFS, FAT_READ_ONLY);
	return 0;
}

static int check_range(struct job *j)
{
	uint64_t size = j->path.found ? j->path.e.size : 0, end;

	if (j->data.pos == FS_APPEND)
		j->data.pos = size;
	if (j->data.pos > size)
		return -ERANGE;
	if (!add_ok(j->data.pos, j->data.len, &end) || end > UINT32_MAX)
		return -EFBIG;
	j->size = (uint32_t)end;
	return 0;
}

int fat_owned(struct fat_volume *v, const struct fat_entry *e,
	      struct fat_runs *r)
{
	int ret;

	if ((!e->is_dir && !e->size) || fat_owner_has_twin(v, e->cluster))
		return 0;
	if (!v->owner.whole)
		return fat_corrupt(
			v, -ENOSYS,
			"the volume is too large to tell whether its "
			"clusters are another file's, too");
	ret = fat_runs_of(v, e->cluster, r);
	if (!ret && r->clusters < fat_clusters(v, e->size))
		ret = fat_corrupt(v, -EBADMSG, "a chain ends too early");
	return ret;
}

static int look_at_old(struct job *j)
{
	struct fat_volume *v = j->v;
	const struct fat_entry *e = &j->path.e;
	int ret = fat_owned(v, e, &j->old);

	j->data.old = e->cluster;
	if (ret || !j->old.count)
		return ret;
	j->append = j->data.pos == e->size &&
		    j->old.clusters == fat_clusters(v, e->size) &&
		    !fat_link_straddles(v, fat_runs_last(&j->old));
	return 0;
}

static int plan(struct job *j, const char *path)
{
	struct fat_volume *v = j->v;
	uint32_t need;
	int ret = fat_path_find(v, path, &j->path);

	if (!ret)
		ret = check_target(j);
	if (!ret)
		ret = check_range(j);
	if (!ret)
		ret = fat_room_look(v);
	if (!ret && j->path.found)
		ret = look_at_old(j);
	else if (!ret)
		ret = fat_new_find(v, j->path.dir, j->path.name, &j->new);
	if (ret)
		return ret;
	need = fat_clusters(v, j->size) - (j->append ? j->old.clusters : 0);
	if (need + j->new.grow > v->room.free)
		return -ENOSPC;
	return fat_room_take(v, need, &j->fresh);
}

/* ---- doing it ---- */

/* Has it clusters that have to go? */
static bool is_replaced(const struct job *j)
{
	return j->old.count && !j->append;
}

/* The only part that may be long: it can be stopped. */
static int write_data(struct job *j)
{
	struct fat_volume *v = j->v;
	uint64_t from = 0;
	uint32_t last = 0;
	int ret;

	if (j->append && !j->data.len)
		return 0;
	if (j->append) {
		from = align_down(j->data.pos, v->g.sector_size);
		last = j->data.pos % v->g.cluster_size ? fat_runs_last(&j->old)
						       : 0;
	}
	con_ctrlc_hold(false);
	ret = fat_data_write(v, &j->data, from, last, &j->fresh);
	con_ctrlc_hold(true);
	return ret;
}

/* All that does not count yet, and then, for an append, the link to it. */
static int prepare(struct job *j)
{
	struct fat_volume *v = j->v;
	int ret = fat_state_begin(v);

	if (!ret)
		ret = write_data(j);
	if (!ret && !j->path.found)
		ret = fat_new_stage(&j->new);
	if (!ret && !is_replaced(j))
		ret = fat_state_count(v);
	if (!ret)
		ret = fat_settle(v);
	if (ret || !j->append || !j->fresh.count)
		return ret;
	j->linked = true;
	ret = fat_link_run(v, fat_runs_last(&j->old), 1, j->fresh.run[0].first);
	return ret ? ret : fat_settle(v);
}

/* The short entry as it will be. */
static void fill(struct job *j, uint8_t *raw)
{
	uint32_t first = j->append        ? j->data.old
			 : j->fresh.count ? j->fresh.run[0].first
					  : 0;

	raw[DIR_ATTR] |= ATTR_ARCHIVE;
	fat_entry_set(raw, first, j->size);
	fat_entry_stamp(raw, !j->path.found);
}

static int commit(struct job *j)
{
	uint8_t raw[DIR_ENTRY_SIZE];
	int ret;

	j->committed = true;
	if (!j->path.found) {
		fill(j, j->new.name.raw[FAT_PARTS_MAX]);
		ret = fat_new_commit(&j->new);
	} else {
		memcpy(raw, j->path.e.raw, sizeof(raw));
		fill(j, raw);
		ret = fat_entry_put(j->v, j->path.dir, j->path.e.index, raw);
	}
	return ret ? ret : fat_settle(j->v);
}

/* Back to what was, as far as the device lets us; else the volume stays dirty. */
static int undo(struct job *j)
{
	struct fat_volume *v = j->v;
	int ret = 0;

	if (j->path.found && j->committed)
		ret = fat_entry_put(v, j->path.dir, j->path.e.index,
				    j->path.e.raw);
	else if (!j->path.found)
		ret = fat_new_drop(&j->new);
	if (!ret)
		ret = fat_settle(v);
	if (!ret && j->linked)
		ret = fat_link_run(v, fat_runs_last(&j->old), 1, FAT_END);
	return ret ? ret : fat_settle(v);
}

static int run(struct job *j)
{
	struct fat_rest rest = { 0 };
	int ret;

	con_ctrlc_hold(true);
	ret = prepare(j);
	if (!ret)
		ret = commit(j);
	if (ret && undo(j))
		return fat_lost(j->v, ret);
	rest.drop[0] = ret ? &j->fresh : &j->old;
	return fat_end(j->v, ret, ret || is_replaced(j) ? &rest : NULL);
}

int fat_write(struct fs_volume *vol, const char *path, uint64_t pos,
	      uint64_t len, const void *buf)
{
	struct job j = {
		.v = fat_volume_of(vol),
		.data = { .pos = pos, .len = len, .buf = len ? buf : "" },
	};
	int ret = plan(&j, path);

	if (!ret)
		ret = run(&j);
	fat_runs_end(&j.old);
	fat_runs_end(&j.fresh);
	return ret;
}
