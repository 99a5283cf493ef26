/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mkdir, rm and touch. A new directory is complete on the disk before its entry is
 * written; when something is removed its short entry goes first, alone, and what it
 * led to behind that.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>

#include "fat_change_priv.h"

/* ---- mkdir ---- */

struct made {
	struct fat_volume *v;
	struct fat_path path;
	struct fat_new new;
	struct fat_runs fresh;
};

/* "." and "..", whose cluster is 0 when the parent is the root, FAT32's too */
static void fill_dir(const struct made *m, uint8_t *data, const uint8_t *entry)
{
	uint32_t parent = m->path.dir == m->v->g.root_cluster ? 0 : m->path.dir;

	for (unsigned int i = 0; i < 2; i++) {
		uint8_t *dot = data + i * DIR_ENTRY_SIZE;

		memcpy(dot, entry, DIR_ENTRY_SIZE);
		memset(dot, ' ', 11);
		memset(dot, '.', i + 1);
		dot[DIR_NTRES] = 0;
		if (i)
			fat_entry_set(dot, parent, 0);
	}
}

static int write_dir(const struct made *m, const uint8_t *entry)
{
	uint8_t *data = heap_alloc(m->v->g.cluster_size);
	int ret;

	if (!data)
		return -ENOMEM;
	fill_dir(m, data, entry);
	ret = fat_cluster_write(m->v, m->fresh.run[0].first, data);
	heap_free(data);
	return ret;
}

static int make(struct made *m)
{
	struct fat_volume *v = m->v;
	uint8_t *entry = m->new.name.raw[FAT_PARTS_MAX];
	int ret;

	con_ctrlc_hold(true);
	entry[DIR_ATTR] = ATTR_DIRECTORY;
	fat_entry_set(entry, m->fresh.run[0].first, 0);
	fat_entry_stamp(entry, true);
	ret = fat_state_begin(v);
	if (!ret)
		ret = write_dir(m, entry);
	if (!ret)
		ret = fat_new_stage(&m->new);
	if (!ret)
		ret = fat_state_count(v);
	if (!ret)
		ret = fat_settle(v);
	if (!ret)
		ret = fat_new_commit(&m->new);
	if (!ret)
		ret = fat_settle(v);
	if (!ret)
		return fat_end(v, 0, NULL);
	if (fat_new_drop(&m->new) || fat_settle(v))
		return fat_lost(v, ret);
	return fat_end(v, ret, &(struct fat_rest){ .drop = { &m->fresh } });
}

int fat_mkdir(struct fs_volume *vol, const char *path)
{
	struct made m = { .v = fat_volume_of(vol) };
	int ret = fat_path_find(m.v, path, &m.path);

	if (!ret && (!m.path.name[0] || m.path.found))
		ret = -EEXIST;
	if (!ret)
		ret = fat_room_look(m.v);
	if (!ret)
		ret = fat_new_find(m.v, m.path.dir, m.path.name, &m.new);
	if (!ret && 1 + m.new.grow > m.v->room.free)
		ret = -ENOSPC;
	if (!ret)
		ret = fat_room_take(m.v, 1, &m.fresh);
	if (!ret)
		ret = make(&m);
	fat_runs_end(&m.fresh);
	return ret;
}

/* ---- rm ---- */

int fat_dir_is_empty(struct fat_volume *v, uint32_t first)
{
	const uint8_t *raw;
	struct fat_walk w;
	int ret = fat_walk_start(&w, v, first);

	while (!ret) {
		ret = fat_walk_raw(&w, &raw);
		if (ret || raw[0] == NAME_DELETED || fat_entry_is_dot(raw) ||
		    (raw[DIR_ATTR] & ATTR_MASK) == ATTR_LONG_NAME)
			continue;
		return -ENOTEMPTY;
	}
	return ret == -ENOENT ? 0 : ret;
}

static int may_remove(struct fat_volume *v, const struct fat_path *p)
{
	if (!p->name[0])
		return fat_corrupt(v, -EBUSY, FAT_NO_NAME);
	if (!p->found)
		return -ENOENT;
	if (p->e.is_dir && fat_owner_has_twin(v, p->e.cluster))
		return 0;
	if (p->e.is_dir)
		return fat_dir_is_empty(v, p->e.cluster);
	if (p->wants_dir)
		return -ENOTDIR;
	if (p->e.raw[DIR_ATTR] & ATTR_READ_ONLY)
		return fat_corrupt(v, -EROFS, FAT_READ_ONLY);
	return 0;
}

static int take_away(struct fat_volume *v, const struct fat_path *p,
		     const struct fat_runs *runs)
{
	struct fat_rest rest = { .dir = p->dir,
				 .index = p->e.index - p->e.parts,
				 .longs = p->e.parts,
				 .drop = { runs } };
	int ret;

	con_ctrlc_hold(true);
	ret = fat_state_begin(v);
	if (!ret)
		ret = fat_settle(v);
	if (!ret)
		ret = fat_entry_drop(v, p->dir, &p->e);
	if (!ret)
		return fat_end(v, 0, &rest);
	return fat_entry_put(v, p->dir, p->e.index, p->e.raw)
		       ? fat_lost(v, ret)
		       : fat_end(v, ret, &(struct fat_rest){ 0 });
}

int fat_remove(struct fs_volume *vol, const char *path)
{
	struct fat_volume *v = fat_volume_of(vol);
	struct fat_runs runs = { 0 };
	struct fat_path p;
	int ret = fat_path_find(v, path, &p);

	if (!ret)
		ret = may_remove(v, &p);
	if (!ret)
		ret = fat_room_look(v);
	if (!ret)
		ret = fat_owned(v, &p.e, &runs);
	if (!ret)
		ret = take_away(v, &p, &runs);
	fat_runs_end(&runs);
	return ret;
}

/* ---- touch ---- */

int fat_touch(struct fs_volume *vol, const char *path)
{
	struct fat_volume *v = fat_volume_of(vol);
	struct fat_path p;
	int ret = fat_path_find(v, path, &p);

	if (!ret && !p.name[0])
		ret = -EISDIR;
	if (!ret && !p.found)
		return fat_write(vol, path, 0, 0, NULL);
	if (!ret && p.wants_dir && !p.e.is_dir)
		ret = -ENOTDIR;
	if (!ret && !p.e.is_dir && p.e.raw[DIR_ATTR] & ATTR_READ_ONLY)
		ret = fat_corrupt(v, -EROFS, FAT_READ_ONLY);
	if (ret)
		return ret;
	con_ctrlc_hold(true);
	fat_entry_stamp(p.e.raw, false);
	v->marked = false;
	/* One entry that is as right before as after: nothing to mark, and none to
	 * take back, but its sector should not stay torn. */
	ret = fat_entry_put(v, p.dir, p.e.index, p.e.raw);
	if (ret)
		ret = fat_entry_put(v, p.dir, p.e.index, p.e.raw);
	return ret ? fat_lost(v, ret) : fat_end(v, 0, NULL);
}
