/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directories: files of 32-byte entries, or the fixed area that is the root of
 * FAT12 and FAT16. A directory is read FAT_DIR_BYTES at a time and the last parts read
 * are kept, so that opening several files of one directory costs one request.
 *
 * The length of a directory is that of its chain, which is followed to its end
 * first: a chain with a loop is found before a single entry is shown. More than
 * 65536 entries are not a directory.
 */
#include <errno.h>
#include <string.h>

#include <lib/byteorder.h>

#include "fat_change_priv.h"

/* Bytes of the directory at @first. */
static int measure(struct fat_volume *v, uint32_t first, uint32_t *total)
{
	uint64_t size = v->g.cluster_size;
	uint32_t max, count = 0;
	int ret;

	*total = 0;
	if (!first) {
		*total = v->g.root_len;
		return 0;
	}
	if (!fat_is_cluster(v, first))
		return fat_corrupt(v, -EBADMSG,
				   "a directory's first cluster is none");
	if (v->dir.len && v->dir.first == first) {
		*total = v->dir.total;
		return 0;
	}
	max = (uint32_t)((FAT_DIR_MAX + size - 1) / size);
	ret = fat_chain_count(v, first, max, &count);
	if (ret == -ELOOP)
		return fat_corrupt(v, ret, "a directory's chain is a loop");
	*total = (uint32_t)min_u64(count * size, FAT_DIR_MAX);
	return ret;
}

static int read_part(const struct fat_walk *w, uint32_t start, uint32_t len)
{
	struct fat_part *p = &w->v->dir;
	int ret = fat_chain_read(w->v, w->first, start, len, p->data);

	if (ret)
		return ret;
	p->first = w->first;
	p->start = start;
	p->len = len;
	p->total = w->total;
	p->generation = blk_generation(w->v->dev);
	return 0;
}

/* The entry at @offset of the walk's directory, read when it is not there. */
static int load(const struct fat_walk *w, uint32_t offset, uint8_t **entry)
{
	struct fat_volume *v = w->v;
	uint32_t start = (uint32_t)align_down(offset, FAT_DIR_BYTES);
	uint32_t len = (uint32_t)min_u64(FAT_DIR_BYTES, w->total - start);
	int ret;

	if (!v->dir.len || v->dir.first != w->first || v->dir.start != start) {
		fat_kept_put(v);
		v->dir.len = 0;
		ret = fat_kept_get(v, w->first, start)
			      ? 0
			      : read_part(w, start, len);
		if (ret)
			return ret;
	}
	*entry = v->dir.data + (offset - start);
	return 0;
}

int fat_walk_start(struct fat_walk *w, struct fat_volume *v, uint32_t first)
{
	int ret;

	w->v = v;
	w->first = first;
	w->index = 0;
	w->total = 0;
	w->lfn.parts = 0;
	w->lfn.next = 0;
	w->lfn.checksum = 0;
	ret = measure(v, first, &w->total);
	return ret ? ret : fat_owner_refuse(v, first, w->total);
}

uint32_t fat_entry_cluster(const struct fat_volume *v, const uint8_t *raw)
{
	uint32_t c = get_le16(raw + DIR_FSTCLUS_LO);

	/* On FAT12/16 the high half belongs to OS/2. */
	if (v->g.bits == 32)
		c |= (uint32_t)(get_le16(raw + DIR_FSTCLUS_HI) & 0x0fff) << 16;
	return c;
}

bool fat_entry_is_dot(const uint8_t *raw)
{
	return !memcmp(raw, ".          ", 11) ||
	       !memcmp(raw, "..         ", 11);
}

static void fill(const struct fat_walk *w, const uint8_t *raw,
		 struct fat_entry *e)
{
	e->is_label = raw[DIR_ATTR] & ATTR_VOLUME_ID;
	e->is_dir = !e->is_label && raw[DIR_ATTR] & ATTR_DIRECTORY;
	e->cluster = fat_entry_cluster(w->v, raw);
	e->size = e->is_dir ? 0 : get_le32(raw + DIR_FILESIZE);
	e->is_long = fat_long_get(&w->lfn, raw, &e->name);
	e->parts = e->is_long ? w->lfn.parts : 0;
	memcpy(e->raw, raw, sizeof(e->raw));
	fat_short_get(raw, e->is_long ? &e->short_name : &e->name);
}

int fat_walk_raw(struct fat_walk *w, const uint8_t **raw)
{
	int ret = fat_walk_at(w, w->index, raw);

	if (ret)
		return ret;
	if ((*raw)[0] == NAME_END)
		return -ENOENT;
	w->index++;
	return 0;
}

int fat_walk_at(const struct fat_walk *w, uint32_t index, const uint8_t **raw)
{
	uint32_t offset = index * DIR_ENTRY_SIZE;
	uint8_t *entry = NULL;
	int ret;

	if (offset + DIR_ENTRY_SIZE > w->total)
		return -ENOENT;
	ret = load(w, offset, &entry);
	*raw = entry;
	return ret;
}

/* Where the sector with byte @offset of the directory is. */
static int sector_of(const struct fat_walk *w, uint32_t offset, uint64_t *at)
{
	const struct fat_geometry *g = &w->v->g;
	uint32_t cluster;
	int ret;

	offset = (uint32_t)align_down(offset, g->sector_size);
	*at = g->root_offset + offset;
	if (!w->first)
		return 0;
	ret = fat_chain_seek(w->v, w->first, offset / g->cluster_size,
			     &cluster);
	if (ret)
		return ret;
	if (fat_owner_shares(w->v, cluster, 1))
		return fat_corrupt(w->v, -EBADMSG, FAT_SHARED);
	*at = g->data_offset + (uint64_t)(cluster - 2) * g->cluster_size +
	      offset % g->cluster_size;
	return 0;
}

int fat_walk_put(const struct fat_walk *w, uint32_t index, uint32_t count,
		 const void *raw)
{
	struct fat_volume *v = w->v;
	uint32_t size = v->g.sector_size, offset = index * DIR_ENTRY_SIZE, n;
	uint32_t end = offset + count * DIR_ENTRY_SIZE;
	const uint8_t *from = raw;
	uint8_t *to = NULL;
	uint64_t at;
	int ret = 0;

	for (; !ret && offset < end; offset += n, from += n) {
		n = (uint32_t)min_u64(size - offset % size, end - offset);
		ret = load(w, offset, &to);
		if (!ret)
			ret = sector_of(w, offset, &at);
		if (ret)
			break;
		memcpy(to, from, n);
		ret = fat_write_meta(v, at, size, to - offset % size);
	}
	if (ret)
		v->dir.len = 0;
	return ret;
}

int fat_walk_next(struct fat_walk *w, struct fat_entry *e)
{
	const uint8_t *raw;
	int ret;

	while (!(ret = fat_walk_raw(w, &raw))) {
		if (raw[0] == NAME_DELETED) {
			w->lfn.parts = 0;
			continue;
		}
		if ((raw[DIR_ATTR] & ATTR_MASK) == ATTR_LONG_NAME) {
			fat_long_add(&w->lfn, raw);
			continue;
		}
		e->index = w->index - 1;
		fill(w, raw, e);
		w->lfn.parts = 0;
		return 0;
	}
	return ret;
}

int fat_lookup(struct fat_volume *v, uint32_t first, const char *name,
	       struct fat_entry *e)
{
	struct fat_walk w;
	int ret;

	ret = fat_walk_start(&w, v, first);
	while (!ret) {
		ret = fat_walk_next(&w, e);
		if (ret || e->is_label)
			continue;
		if (fat_name_is(&e->name, name) ||
		    (e->is_long && fat_name_is(&e->short_name, name)))
			return 0;
	}
	return ret;
}
