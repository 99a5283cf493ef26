/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Renaming and moving. Two entries cannot be written at once when they are in two
 * sectors, and between "the new one is there" and "the old one is gone" both would lead to
 * the same clusters, which is damage. So, the first of these that can be done:
 *
 *  1. in place: the short entry keeps its place, and one entry is written that makes the
 *     name another. If only one of the names has long entries that is the short one: the
 *     long ones come before it, or go after it. If both have, and one of them a single
 *     one, it is the long entry next to the short one, which keeps its own name
 *     (unless that is the old long one in capitals, which would stay a name of the file).
 *     And if only the case of letters changes, any of the long ones may come first.
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
#include <lib/utf.h>

#include "fat_change_priv.h"

#define COPY_MAX (64u * 1024 * 1024)

struct move {
	struct fat_volume *v;
	struct fat_path from, to;
	const char *path, **about; /* the first of the two; as fs_rename's */
	struct fat_new new;        /* when there is no @to */
	struct fat_runs old;       /* of what is moved */
	struct fat_runs gone;      /* of what is replaced */
	struct fat_runs copy;      /* empty: none is made */
	struct fat_rest rest;
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

/* Do both have the same clusters? Then one of them goes, and no data. */
static bool is_twin(const struct move *m)
{
	return m->to.found && m->from.e.cluster == m->to.e.cluster &&
	       fat_owner_has_twin(m->v, m->to.e.cluster);
}

static int check_to(const struct move *m)
{
	const struct fat_path *from = &m->from, *to = &m->to;

	if (from->e.is_dir && is_inside(to, from->e.cluster))
		return fat_corrupt(m->v, -ELOOP,
				   "a directory cannot be moved into itself");
	if (!to->found)
		return to->wants_dir && !from->e.is_dir ? -ENOTDIR : 0;
	if (is_twin(m))
		return 0;
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
	/* Long entries that come first, and what is written then: so many entries, the
	 * first of them so far before the short one. */
	unsigned int staged, count, before_short;
	bool in_one;  /* which makes the name another at once */
	bool in_vain; /* it is the name already */
	uint8_t before[FAT_PARTS_MAX + 1][DIR_ENTRY_SIZE];
};

static uint32_t max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/* Keep what is there now. Return: 0; -ENOSPC others' entries are; as fat_walk_at */
static int look_before(const struct fat_entry *e, struct place *p)
{
	uint32_t most = max(e->parts, p->name.parts);
	const uint8_t *raw;
	int ret;

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

static bool is_equal(const struct fat_name *a, const struct fat_name *b,
		     bool any_case)
{
	bool equal = a->len == b->len;

	for (unsigned int i = 0; equal && i < a->len; i++)
		equal = any_case
				? utf_upper(a->unit[i]) == utf_upper(b->unit[i])
				: a->unit[i] == b->unit[i];
	return equal;
}

/* Can the entry next to the short one make the name another? */
static bool is_one_long(const struct fat_entry *e, unsigned int parts)
{
	return parts && e->parts && (parts == 1 || e->parts == 1) &&
	       !is_equal(&e->name, &e->short_name, true);
}

/* Which entry is it that counts? */
static void choose(const struct fat_entry *e, const struct fat_name *name,
		   bool same, struct place *p)
{
	uint8_t(*raw)[DIR_ENTRY_SIZE] = p->name.raw;
	unsigned int parts = p->name.parts;
	uint8_t short_name[DIR_NTRES + 1];

	if (same || is_one_long(e, parts)) {
		for (unsigned int i = 1; i <= parts; i++)
			fat_long_put(name, i, e->raw, raw[FAT_PARTS_MAX - i]);
		p->staged = same ? 0 : parts - 1;
		p->count = same ? parts : 1;
		p->before_short = p->count;
		p->in_one = true;
		return;
	}
	memcpy(short_name, raw[FAT_PARTS_MAX], sizeof(short_name));
	memcpy(raw[FAT_PARTS_MAX], e->raw, DIR_ENTRY_SIZE);
	memcpy(raw[FAT_PARTS_MAX], short_name, 11);
	raw[FAT_PARTS_MAX][DIR_NTRES] = short_name[DIR_NTRES];
	p->staged = parts;
	p->count = 1;
	p->in_one = !parts || !e->parts;
}

/*
 * Is there room before the short entry for the long ones of the new name?
 * @same: it is the old one but for case
 * Return: 0; -ENOSPC; as fat_new_find
 */
static int look_in_place(struct move *m, bool same, struct place *p)
{
	const struct fat_entry *e = &m->from.e;
	struct fat_name name;
	int ret = fat_name_parse(m->v, m->to.name, &name);

	memset(p, 0, sizeof(*p));
	if (!ret)
		ret = fat_alias_make(m->v, m->from.dir, e->index, &name,
				     &p->name);
	if (!ret)
		ret = fat_walk_start(&p->dir, m->v, m->from.dir);
	if (!ret)
		ret = look_before(e, p);
	if (!ret)
		choose(e, &name,
		       same && p->name.parts && p->name.parts == e->parts, p);
	p->in_vain = !ret && same && is_equal(&e->name, &name, false);
	return ret;
}

static int put_in_place(struct move *m, struct place *p)
{
	uint32_t index = m->from.e.index, from = index - p->name.parts;
	uint8_t(*raw)[DIR_ENTRY_SIZE] = p->name.raw;
	int ret = 0;

	if (p->staged)
		ret = fat_walk_put(&p->dir, from, p->staged,
				   raw[FAT_PARTS_MAX - p->name.parts]);
	if (!ret)
		ret = fat_settle(m->v);
	if (!ret)
		ret = fat_walk_put(&p->dir, index - p->before_short, p->count,
				   raw[FAT_PARTS_MAX - p->before_short]);
	return ret ? ret : fat_settle(m->v);
}

static int rename_in_place(struct move *m, struct place *p)
{
	struct fat_volume *v = m->v;
	/* Those that are left of the old name go last. */
	struct fat_rest rest = { .dir = m->from.dir,
				 .index = p->first,
				 .longs = m->from.e.index - p->name.parts -
					  p->first };
	int ret;

	con_ctrlc_hold(true);
	ret = fat_state_begin(v);
	if (!ret)
		ret = put_in_place(m, p);
	if (!ret)
		return fat_end(v, 0, &rest);
	if (fat_walk_put(&p->dir, p->first, m->from.e.index - p->first + 1,
			 p->before))
		return fat_lost(v, ret);
	return fat_end(v, ret, &(struct fat_rest){ 0 });
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
				 .pos = m->from.e.size,
				 .buf = "" };
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

/* A directory's ".." where it will be: read before anything is changed. */
static int plan_dots(struct move *m)
{
	uint32_t parent = m->to.dir == m->v->g.root_cluster ? 0 : m->to.dir;
	const struct fat_entry *e = &m->from.e;
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
	memcpy(m->rest.dots, dots, DIR_ENTRY_SIZE);
	fat_entry_set(m->rest.dots, parent, 0);
	m->rest.moved = e->cluster;
	return 0;
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
	if (!ret)
		return fat_end(v, 0, &m->rest);
	return undo(m) ? fat_lost(v, ret)
		       : fat_end(v, ret,
				 &(struct fat_rest){ .drop = { &m->copy } });
}

/* Everything that can be refused is looked at before something is written. */
static int plan(struct move *m, bool copy)
{
	struct fat_volume *v = m->v;
	const struct fat_entry *e = &m->from.e;
	uint32_t need;
	int ret = fat_owned(v, e, &m->old);

	if (ret)
		*m->about = m->path;
	if (!ret && m->to.found)
		ret = fat_owned(v, &m->to.e, &m->gone);
	else if (!ret)
		ret = fat_new_find(v, m->to.dir, m->to.name, &m->new);
	if (!ret && m->new.grow > v->room.free)
		ret = -ENOSPC;
	need = fat_clusters(v, e->size);
	if (!ret)
		ret = plan_dots(m);
	m->rest.dir = m->from.dir;
	m->rest.index = e->index - e->parts;
	m->rest.longs = e->parts;
	m->rest.drop[0] = &m->gone;
	if (ret || !copy || is_twin(m) || need + m->new.grow > v->room.free)
		return ret;
	ret = fat_room_take(v, need, &m->copy);
	m->is_copy = !ret;
	m->rest.drop[1] = m->is_copy ? &m->old : NULL;
	return ret == -ENOSPC ? 0 : ret;
}

static int change(struct move *m)
{
	const struct fat_entry *e = &m->from.e;
	bool copy = !e->is_dir && e->size <= COPY_MAX, same;
	int ret, in_place = -ENOSPC;
	struct place p;

	/* Itself, in other letters: no entry of that name is in the way. */
	same = m->to.found && m->to.dir == m->from.dir &&
	       m->to.e.index == e->index;
	if (same)
		m->to.found = false;
	ret = check_to(m);
	if (!ret)
		ret = fat_room_look(m->v);
	if (ret)
		return ret;
	if (m->from.dir == m->to.dir && !m->to.found)
		in_place = look_in_place(
			m, same && fat_name_is(&e->name, m->to.name), &p);
	if (in_place && in_place != -ENOSPC)
		return in_place;
	if (!in_place && p.in_vain)
		return 0;
	if (!in_place && p.in_one)
		return rename_in_place(m, &p);
	ret = plan(m, copy);
	if (!ret && !m->is_copy && !in_place)
		return rename_in_place(m, &p);
	return ret ? ret : move(m);
}

int fat_rename(struct fs_volume *vol, const char *from, const char *to,
	       const char **about)
{
	struct move m = { .v = fat_volume_of(vol),
			  .path = from,
			  .about = about };
	int ret = fat_path_find(m.v, from, &m.from);

	*about = from;
	if (!ret && !m.from.name[0])
		ret = fat_corrupt(m.v, -EBUSY, FAT_NO_NAME);
	if (!ret && !m.from.found)
		ret = -ENOENT;
	if (!ret && m.from.wants_dir && !m.from.e.is_dir)
		ret = -ENOTDIR;
	if (!ret) {
		*about = to;
		ret = fat_path_find(m.v, to, &m.to);
	}
	if (!ret && !m.to.name[0])
		ret = m.from.e.is_dir ? -ENOTEMPTY : -EISDIR;
	if (!ret)
		ret = change(&m);
	fat_runs_end(&m.old);
	fat_runs_end(&m.gone);
	fat_runs_end(&m.copy);
	return ret;
}
