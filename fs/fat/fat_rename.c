/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming and moving. Two entries cannot be written at once when they are in two
 * sectors, and between "the new one is there" and "the old one is gone" both would lead to
 * the same clusters, which is damage. So, the first of these that can be done:
 *
 *  1. in place: the short entry keeps its place, and gets its new name in one write.
 *     The long entries before it come before that write, or go after it, if only one of
 *     the names has them.
 *  2. a file of up to COPY_MAX bytes that there is room for: a copy of it with the new
 *     name, then the old one is removed. A stop shows one of the two or both.
 *  3. in place, with long entries that replace others. A stop in between shows the
 *     short name without the long one.
 *  4. the new entry, then the old one goes. A stop between these two writes shows both,
 *     with the same clusters: the data is there, and fsck leaves it to one of them.
 *
 * What is replaced (@to exists) keeps its entry, which gets the file's data as in 2 or 4;
 * its own clusters are freed at the end.
 */
#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <lib/byteorder.h>

#include "fat_change_priv.h"

#define COPY_MAX (64u * 1024 * 1024)

struct move {
	struct fat_volume *v;
	struct fat_path from, to;
	struct fat_new new;   /* when there is no @to */
	struct fat_runs old;  /* of what is moved */
	struct fat_runs gone; /* of what is replaced */
	struct fat_runs copy; /* empty: none is made */
	bool is_copy;
};

/* ---- may it be done? ---- */

static bool is_inside(const struct fat_path *p, uint32_t dir)
{
	for (unsigned int i = 0; i < p->depth; i++)
		if (p->through[i] == dir)
			return true;
	return false;
}

static int check_to(const struct move *m)
{
	const struct fat_path *from = &m->from, *to = &m->to;

	if (from->e.is_dir && is_inside(to, from->e.cluster))
		return fat_corrupt(m->v, -ELOOP,
				   "a directory cannot be moved into itself");
	if (!to->found)
		return to->wants_dir && !from->e.is_dir ? -ENOTDIR : 0;
	if (from->e.is_dir)
		return to->e.is_dir ? fat_dir_is_empty(m->v, to->e.cluster)
				    : -ENOTDIR;
	if (to->e.is_dir)
		return -EISDIR;
	if (to->wants_dir)
		return -ENOTDIR;
	if (to->e.raw[DIR_ATTR] & ATTR_READ_ONLY)
		return fat_corrupt(m->v, -EROFS, FAT_READ_ONLY);
	return 0;
}

/* ---- in place ---- */

struct place {
	struct fat_stored name;
	struct fat_walk dir;
	uint32_t first; /* the first entry that is changed */
	uint8_t before[FAT_PARTS_MAX + 1][DIR_ENTRY_SIZE];
};

static uint32_t max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/*
 * Is there room before the short entry for the long ones of the new name? Keeps what is
 * there now. Return: 0; -ENOSPC; as fat_new_find
 */
static int look_in_place(struct move *m, struct place *p)
{
	const struct fat_entry *e = &m->from.e;
	struct fat_name name;
	const uint8_t *raw;
	uint32_t most;
	int ret = fat_name_parse(m->v, m->to.name, &name);

	if (!ret)
		ret = fat_alias_make(m->v, m->from.dir, e->index, &name,
				     &p->name);
	if (!ret)
		ret = fat_walk_start(&p->dir, m->v, m->from.dir);
	if (ret)
		return ret;
	most = max(e->parts, p->name.parts);
	if (most > e->index)
		return -ENOSPC;
	p->first = e->index - most;
	for (uint32_t i = 0; i <= most; i++) {
		ret = fat_walk_at(&p->dir, p->first + i, &raw);
		if (ret)
			return ret;
		if (i + e->parts < most && raw[0] != NAME_DELETED)
			return -ENOSPC;
		memcpy(p->before[i], raw, DIR_ENTRY_SIZE);
	}
	return 0;
}

/* The long entries, the short one, and then those that are left of the old name. */
static int put_in_place(struct move *m, struct place *p, bool *committed)
{
	const struct fat_entry *e = &m->from.e;
	uint8_t *raw = p->name.raw[FAT_PARTS_MAX], name[11];
	uint8_t case_bits = raw[DIR_NTRES];
	int ret = 0;

	if (p->name.parts)
		ret = fat_walk_put(&p->dir, e->index - p->name.parts,
				   p->name.parts,
				   p->name.raw[FAT_PARTS_MAX - p->name.parts]);
	if (!ret)
		ret = fat_settle(m->v);
	if (ret)
		return ret;
	memcpy(name, raw, sizeof(name));
	memcpy(raw, e->raw, DIR_ENTRY_SIZE);
	memcpy(raw, name, sizeof(name));
	raw[DIR_NTRES] = case_bits;
	ret = fat_walk_put(&p->dir, e->index, 1, raw);
	if (!ret)
		ret = fat_settle(m->v);
	if (ret)
		return ret;
	*committed = true;
	return fat_long_drop(&p->dir, p->first,
			     e->index - p->name.parts - p->first);
}

static int rename_in_place(struct move *m, struct place *p)
{
	struct fat_volume *v = m->v;
	bool committed = false;
	int ret;

	con_ctrlc_hold(true);
	ret = fat_state_begin(v);
	if (!ret)
		ret = put_in_place(m, p, &committed);
	if (!ret)
		return fat_end(v, 0, NULL);
	if (committed ||
	    fat_walk_put(&p->dir, p->first, m->from.e.index - p->first + 1,
			 p->before))
		return fat_lost(v, ret);
	return fat_end(v, ret, NULL);
}

/* ---- by another entry ---- */

/* The old entry as the new one: all but name and clusters stays. */
static void fill(const struct move *m, const uint8_t *name, uint8_t *raw)
{
	const struct fat_entry *e = &m->from.e;
	uint32_t first = m->copy.count ? m->copy.run[0].first
			 : m->is_copy  ? 0
				       : e->cluster;
	uint8_t stored[DIR_NTRES + 1];

	memcpy(stored, name, sizeof(stored));
	memcpy(raw, e->raw, DIR_ENTRY_SIZE);
	memcpy(raw, stored, 11);
	raw[DIR_NTRES] = stored[DIR_NTRES];
	fat_entry_set(raw, first, e->size);
}

/* All that does not count yet. */
static int prepare(struct move *m)
{
	struct fat_volume *v = m->v;
	struct fat_data data = { .old = m->from.e.cluster,
				 .pos = m->from.e.size };
	int ret = fat_state_begin(v);

	if (!ret && m->copy.count) {
		con_ctrlc_hold(false);
		ret = fat_data_write(v, &data, 0, 0, &m->copy);
		con_ctrlc_hold(true);
	}
	if (!ret && !m->to.found)
		ret = fat_new_stage(&m->new);
	return ret ? ret : fat_settle(v);
}

static int commit(struct move *m)
{
	uint8_t raw[DIR_ENTRY_SIZE], *name = m->new.name.raw[FAT_PARTS_MAX];
	int ret;

	if (m->to.found) {
		fill(m, m->to.e.raw, raw);
		ret = fat_entry_put(m->v, m->to.dir, m->to.e.index, raw);
	} else {
		fill(m, name, name);
		ret = fat_new_commit(&m->new);
	}
	return ret ? ret : fat_settle(m->v);
}

/* Before the old entry goes: a directory's ".." where it will be. */
static int put_parent(const struct move *m)
{
	uint32_t parent = m->to.dir == m->v->g.root_cluster ? 0 : m->to.dir;
	const struct fat_entry *e = &m->from.e;
	uint8_t raw[DIR_ENTRY_SIZE];
	const uint8_t *dots = NULL;
	struct fat_walk w;
	int ret;

	if (!e->is_dir || m->to.dir == m->from.dir)
		return 0;
	ret = fat_walk_start(&w, m->v, e->cluster);
	if (!ret)
		ret = fat_walk_at(&w, 1, &dots);
	if (ret || !fat_entry_is_dot(dots))
		return ret;
	memcpy(raw, dots, sizeof(raw));
	fat_entry_set(raw, parent, 0);
	return fat_walk_put(&w, 1, 1, raw);
}

static int undo(struct move *m)
{
	struct fat_volume *v = m->v;
	int ret = fat_entry_put(v, m->from.dir, m->from.e.index, m->from.e.raw);

	if (!ret)
		ret = fat_settle(v);
	if (!ret && m->to.found)
		ret = fat_entry_put(v, m->to.dir, m->to.e.index, m->to.e.raw);
	else if (!ret)
		ret = fat_new_drop(&m->new);
	return ret ? ret : fat_settle(v);
}

static int move(struct move *m)
{
	struct fat_volume *v = m->v;
	int ret;

	con_ctrlc_hold(true);
	ret = prepare(m);
	if (!ret)
		ret = commit(m);
	if (!ret)
		ret = fat_entry_drop(v, m->from.dir, &m->from.e);
	if (ret)
		return undo(m) ? fat_lost(v, ret) : fat_end(v, ret, &m->copy);
	ret = put_parent(m);
	if (!ret)
		ret = fat_entry_drop_long(v, m->from.dir, &m->from.e);
	if (!ret && m->is_copy)
		ret = fat_runs_free(v, &m->old);
	return ret ? fat_lost(v, ret) : fat_end(v, 0, &m->gone);
}

/* Everything that can be refused is looked at before something is written. */
static int plan(struct move *m, bool copy)
{
	struct fat_volume *v = m->v;
	const struct fat_entry *e = &m->from.e;
	int ret = fat_owned(v, e, &m->old);

	if (!ret && m->to.found)
		ret = fat_owned(v, &m->to.e, &m->gone);
	else if (!ret)
		ret = fat_new_find(v, m->to.dir, m->to.name, &m->new);
	if (!ret && m->new.grow > v->room.free)
		ret = -ENOSPC;
	if (ret || !copy || m->old.clusters + m->new.grow > v->room.free)
		return ret;
	ret = fat_room_take(v, m->old.clusters, &m->copy);
	m->is_copy = !ret;
	return ret == -ENOSPC ? 0 : ret;
}

static int change(struct move *m)
{
	const struct fat_entry *e = &m->from.e;
	bool copy = !e->is_dir && e->size <= COPY_MAX;
	int ret, in_place = -ENOSPC;
	struct place p;

	/* Itself, in other letters: no entry of that name is in the way. */
	if (m->to.found && m->to.dir == m->from.dir &&
	    m->to.e.index == e->index)
		m->to.found = false;
	ret = check_to(m);
	if (!ret)
		ret = fat_room_look(m->v);
	if (ret)
		return ret;
	if (m->from.dir == m->to.dir && !m->to.found)
		in_place = look_in_place(m, &p);
	if (in_place && in_place != -ENOSPC)
		return in_place;
	if (!in_place && (!e->parts || !p.name.parts))
		return rename_in_place(m, &p);
	ret = plan(m, copy);
	if (!ret && !m->is_copy && !in_place)
		return rename_in_place(m, &p);
	return ret ? ret : move(m);
}

int fat_rename(struct fs_volume *vol, const char *from, const char *to)
{
	struct move m = { .v = fat_volume_of(vol) };
	int ret = fat_path_find(m.v, from, &m.from);

	if (!ret && !m.from.name[0])
		ret = fat_corrupt(m.v, -EBUSY, FAT_NO_NAME);
	if (!ret && !m.from.found)
		ret = -ENOENT;
	if (!ret && m.from.wants_dir && !m.from.e.is_dir)
		ret = -ENOTDIR;
	if (!ret)
		ret = fat_path_find(m.v, to, &m.to);
	if (!ret && !m.to.name[0])
		ret = m.from.e.is_dir ? -ENOTEMPTY : -EISDIR;
	if (!ret)
		ret = change(&m);
	fat_runs_end(&m.old);
	fat_runs_end(&m.gone);
	fat_runs_end(&m.copy);
	return ret;
}
