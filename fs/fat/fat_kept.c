/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of directories that were read before the one in use, so that a path is not read
 * again for every file. Each is good as long as nothing was written to the disk since it
 * was read: whoever changes a directory or gives its clusters to another has to know
 * nothing of them.
 */
#include <string.h>

#include <core/heap.h>

#include "fat_priv.h"

static bool is_good(const struct fat_volume *v, const struct fat_part *p)
{
	return p->len && p->generation == blk_generation(v->dev);
}

static struct fat_part *find(struct fat_volume *v, uint32_t first,
			     uint32_t start)
{
	for (unsigned int i = 0; i < FAT_NKEPT; i++) {
		struct fat_part *p = &v->kept[i];

		if (is_good(v, p) && p->first == first && p->start == start)
			return p;
	}
	return NULL;
}

/* A place for one more: one that holds nothing good, or the one kept first. */
static struct fat_part *victim(struct fat_volume *v)
{
	for (unsigned int i = 0; i < FAT_NKEPT; i++)
		if (!is_good(v, &v->kept[i]))
			return &v->kept[i];
	return &v->kept[v->next_kept++ % FAT_NKEPT];
}

void fat_kept_put(struct fat_volume *v)
{
	struct fat_part *p;

	if (!is_good(v, &v->dir) || find(v, v->dir.first, v->dir.start))
		return;
	p = victim(v);
	heap_free(p->data);
	*p = v->dir;
	p->data = heap_alloc(p->len);
	if (p->data)
		memcpy(p->data, v->dir.data, p->len);
	else
		p->len = 0;
}

bool fat_kept_get(struct fat_volume *v, uint32_t first, uint32_t start)
{
	const struct fat_part *p = find(v, first, start);
	uint8_t *data = v->dir.data;

	if (!p)
		return false;
	memcpy(data, p->data, p->len);
	v->dir = *p;
	v->dir.data = data;
	return true;
}

void fat_kept_end(struct fat_volume *v)
{
	for (unsigned int i = 0; i < FAT_NKEPT; i++)
		heap_free(v->kept[i].data);
}
