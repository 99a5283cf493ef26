/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clusters that belong to more than one chain ("cross-links"). Once a mount, when the
 * first path is opened, every chain that a directory entry or the root begins
 * is followed and its clusters are marked. A chain ends here where it meets a
 * mark: what lies behind is marked already, so each cluster is looked at once and
 * loops end. The clusters where chains met are remembered, and what needs one of
 * them is refused: which of the two has the right data cannot be told.
 *
 * Two entries that agree in everything, first cluster, size and kind, are twins: what a
 * mv that was stopped leaves, here and elsewhere. Both have the right data and are read;
 * what one of them has is not written to, nor freed when it goes.
 *
 * Chains without an entry own nothing, so what a crash left behind does no harm.
 * Directories are walked level by level, and not when they share clusters: what is
 * in them then may be any file's data. The root is not refused: nothing else
 * could be read then; an entry that names its first cluster is (fat_open).
 *
 * The marks stay: a cluster with one is not given to a new file, even when the FAT says
 * that it is free.
 *
 * Bounds, beyond which what was found so far has to do to read files, and nothing that
 * has clusters is freed or changed (fat_owned): clusters in a volume, directories and
 * bytes in them, windows of the FAT read.
 */
#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>

#include "fat_priv.h"

#define CLUSTERS_MAX  (16u * 1024 * 1024) /* bitmaps of 2 MiB */
#define DIRS_MAX      (16u * 1024)
#define DIR_BYTES_MAX (32u * 1024 * 1024)
#define LOADS_MAX     512 /* all of a FAT of 64 MiB */
#define SEARCHES_MAX  64  /* for twins */
#define WORD          64

struct look {
	struct fat_volume *v;
	uint64_t *seen;
	uint32_t *dir;    /* first clusters, in the order they are walked */
	uint32_t *parent; /* where each was found, as an index of dir */
	uint32_t ndirs;
	uint32_t at; /* the one that is walked */
	uint32_t dir_bytes;
	uint32_t searches;
	uint32_t loads; /* of @v, at the beginning */
};

static size_t bitmap_bytes(const struct fat_volume *v)
{
	return (v->g.end_cluster + WORD - 1) / WORD * sizeof(uint64_t);
}

static uint64_t bit(uint32_t cluster)
{
	return UINT64_C(1) << cluster % WORD;
}

static int share(struct fat_volume *v, uint32_t cluster)
{
	if (!v->owner.shared)
		v->owner.shared = heap_alloc(bitmap_bytes(v));
	if (!v->owner.shared)
		return -ENOMEM;
	v->owner.shared[cluster / WORD] |= bit(cluster);
	return -EEXIST;
}

/* Clusters from @cluster on that have no mark, as far as one word tells. */
static uint32_t unseen(const struct look *l, uint32_t cluster)
{
	uint64_t marks = l->seen[cluster / WORD] >> cluster % WORD;

	return marks ? (uint32_t)__builtin_ctzll(marks) : WORD - cluster % WORD;
}

/*
 * Mark a chain.
 * Return: 0; -EEXIST it is shared; -EFBIG beyond a bound; -ENOMEM; as fat_next
 */
static int take_chain(struct look *l, uint32_t cluster)
{
	struct fat_volume *v = l->v;
	uint32_t max, count, next = 0;
	int ret;

	do {
		if (v->loads - l->loads > LOADS_MAX)
			return -EFBIG;
		max = unseen(l, cluster);
		if (!max)
			return share(v, cluster);
		count = 1;
		ret = fat_next(v, cluster, &next);
		if (!ret && next == cluster + 1 && max > 1) {
			ret = fat_run(v, next, max - 1, &count);
			count++;
			if (!ret)
				ret = fat_next(v, cluster + count - 1, &next);
		}
		l->seen[cluster / WORD] |= (bit(count - 1) * 2 - 1)
					   << cluster % WORD;
		cluster = next;
	} while (!ret && cluster != FAT_END);
	return ret;
}

/* Damage, as opposed to trouble that ends the search. */
static bool is_damage(int ret)
{
	return ret == -EEXIST || ret == -EBADMSG || ret == -ELOOP ||
	       ret == -EIO;
}

/* Does the entry own clusters? Parts of long names have ATTR_VOLUME_ID, too. */
static bool is_owner(const struct fat_volume *v, const uint8_t *raw)
{
	return raw[0] != NAME_DELETED && !(raw[DIR_ATTR] & ATTR_VOLUME_ID) &&
	       !fat_entry_is_dot(raw) &&
	       fat_is_cluster(v, fat_entry_cluster(v, raw)) &&
	       (raw[DIR_ATTR] & ATTR_DIRECTORY || get_le32(raw + DIR_FILESIZE));
}

static bool agree(const struct fat_volume *v, const uint8_t *a,
		  const uint8_t *b)
{
	return fat_entry_cluster(v, a) == fat_entry_cluster(v, b) &&
	       !((a[DIR_ATTR] ^ b[DIR_ATTR]) & ATTR_DIRECTORY) &&
	       get_le32(a + DIR_FILESIZE) == get_le32(b + DIR_FILESIZE);
}

/*
 * Is there, before entry @index of the directory that is walked, one that agrees with
 * @raw? Return: 0; -ENOENT; device's
 */
static int find_twin(struct look *l, const uint8_t *raw, uint32_t index)
{
	const uint8_t *other = NULL;
	struct fat_walk w;
	int ret = 0;

	if (l->searches++ == SEARCHES_MAX ||
	    l->v->owner.ntwins == FAT_TWINS_MAX)
		return -ENOENT;
	for (uint32_t i = 0; i <= l->at; i++) {
		ret = fat_walk_start(&w, l->v, l->dir[i]);
		while (!ret) {
			ret = fat_walk_raw(&w, &other);
			if (ret || (i == l->at && w.index > index))
				break;
			if (is_owner(l->v, other) && agree(l->v, other, raw))
				return 0;
		}
		if (ret && ret != -ENOENT && !is_damage(ret))
			return ret;
	}
	return -ENOENT;
}

/* Is the directory at @first the one that is walked, or above it? */
static bool is_above(const struct look *l, uint32_t first)
{
	for (uint32_t i = l->at; i; i = l->parent[i])
		if (l->dir[i] == first)
			return true;
	return false;
}

/* Its first cluster is somebody's already. Return: 0 its twin's; -ENOENT; device's */
static int take_twin(struct look *l, const uint8_t *raw, uint32_t index)
{
	uint8_t copy[DIR_ENTRY_SIZE];
	int ret;

	memcpy(copy, raw, sizeof(copy));
	if (is_above(l, fat_entry_cluster(l->v, copy)))
		return -ENOENT;
	ret = find_twin(l, copy, index);
	if (!ret)
		l->v->owner.twin[l->v->owner.ntwins++] = fat_entry_cluster(
			l->v, copy);
	return ret;
}

static int take_entry(struct look *l, const uint8_t *raw, uint32_t index)
{
	uint32_t first = fat_entry_cluster(l->v, raw);
	bool is_dir = raw[DIR_ATTR] & ATTR_DIRECTORY;
	int ret;

	if (!is_owner(l->v, raw))
		return 0;
	if (!unseen(l, first)) {
		ret = take_twin(l, raw, index);
		if (ret != -ENOENT)
			return ret;
	}
	ret = take_chain(l, first);
	if (ret || !is_dir)
		return is_damage(ret) ? 0 : ret;
	if (l->ndirs == DIRS_MAX)
		return -EFBIG;
	l->parent[l->ndirs] = l->at;
	l->dir[l->ndirs++] = first;
	return 0;
}

static int take_dir(struct look *l, uint32_t first)
{
	const uint8_t *raw;
	struct fat_walk w;
	int ret = fat_walk_start(&w, l->v, first);

	l->dir_bytes += w.total;
	if (!ret && l->dir_bytes > DIR_BYTES_MAX)
		ret = -EFBIG;
	while (!ret) {
		ret = fat_walk_raw(&w, &raw);
		if (!ret)
			ret = take_entry(l, raw, w.index - 1);
	}
	return ret == -ENOENT || is_damage(ret) ? 0 : ret;
}

static int take_all(struct look *l)
{
	uint32_t root = l->v->g.root_cluster;
	int ret = root ? take_chain(l, root) : 0;

	if (is_damage(ret))
		ret = 0;
	l->dir[l->ndirs++] = root;
	for (; !ret && l->at < l->ndirs; l->at++)
		ret = take_dir(l, l->dir[l->at]);
	l->v->owner.whole = !ret;
	return ret == -EFBIG ? 0 : ret;
}

int fat_owner_look(struct fat_volume *v)
{
	struct look l = { .v = v, .loads = v->loads };
	int ret = -ENOMEM;

	if (v->owner.looked || v->g.end_cluster > CLUSTERS_MAX)
		return 0;
	l.seen = heap_alloc(bitmap_bytes(v));
	l.dir = heap_alloc(DIRS_MAX * sizeof(*l.dir));
	l.parent = heap_alloc(DIRS_MAX * sizeof(*l.parent));
	if (l.seen && l.dir && l.parent) {
		v->ahead = true;
		ret = take_all(&l);
		v->ahead = false;
	}
	heap_free(l.dir);
	heap_free(l.parent);
	if (ret) {
		heap_free(l.seen);
		heap_free(v->owner.shared);
		v->owner.shared = NULL;
		v->owner.ntwins = 0;
		return ret;
	}
	v->owner.seen = l.seen;
	v->owner.looked = true;
	return 0;
}

bool fat_owner_claims(const struct fat_volume *v, uint32_t cluster)
{
	return v->owner.seen && v->owner.seen[cluster / WORD] & bit(cluster);
}

void fat_owner_release(struct fat_volume *v, uint32_t first, uint32_t count)
{
	if (v->owner.seen)
		for (uint32_t c = first; c - first < count; c++)
			v->owner.seen[c / WORD] &= ~bit(c);
}

bool fat_owner_has_twin(const struct fat_volume *v, uint32_t first)
{
	for (uint32_t i = 0; i < v->owner.ntwins; i++)
		if (v->owner.twin[i] == first)
			return true;
	return false;
}

bool fat_owner_shares(const struct fat_volume *v, uint32_t first,
		      uint32_t count)
{
	if (v->owner.shared)
		for (uint32_t c = first; c - first < count; c++)
			if (v->owner.shared[c / WORD] & bit(c))
				return true;
	return false;
}

int fat_owner_refuse(struct fat_volume *v, uint32_t first, uint64_t len)
{
	uint64_t size = v->g.cluster_size;
	uint64_t left = (len + size - 1) / size;
	uint32_t cluster = first;
	int ret;

	if (!v->owner.shared || first == v->g.root_cluster)
		return 0;
	while (!(v->owner.shared[cluster / WORD] & bit(cluster))) {
		if (--left == 0)
			return 0;
		ret = fat_next(v, cluster, &cluster);
		if (ret || cluster == FAT_END)
			return ret;
	}
	/* A chain that meets itself is another kind of damage. */
	ret = fat_chain_prove(v, first);
	if (ret && ret != -EBADMSG)
		return ret;
	return fat_corrupt(v, -EBADMSG, FAT_SHARED);
}
