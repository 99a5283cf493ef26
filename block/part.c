/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partitions as block devices. The table of each disk is read when it is first
 * asked for and again when the disk's generation has moved on. A damaged entry
 * costs that entry, with a note; the others stay usable.
 */
#include <block/part.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/checked.h>
#include <lib/compiler.h>

#include "part_priv.h"

#define GPT_ENTRIES_BYTES 16384 /* the usual table behind LBA 1 */

/* A partition that somebody has opened; never freed. */
struct part_dev {
	struct blkdev dev;
	struct part_dev *next;
};

/* What is known of one disk. */
struct table {
	struct blkdev *disk;
	bool known; /* result and list stand for this generation */
	uint32_t generation;
	int result;
	struct part_list list;
	struct part_dev *devs;
	struct table *next;
};

static struct table *tables;

/* ---- for the schemes ---- */

int part_read(struct part_reader *r, uint64_t lba, uint64_t count, void *buf)
{
	uint64_t block = r->disk->block_size;

	if (!count || !inside(lba, count, r->nblocks))
		return -ERANGE;
	if (!inside(lba, count, r->nhead))
		return blk_read(r->disk, lba * r->unit, count * r->unit, buf);
	memcpy(buf, r->head + lba * block, count * block);
	return 0;
}

void part_note(struct part_list *list, const char *fmt, ...)
{
	va_list ap;

	if (list->note[0])
		return;
	va_start(ap, fmt);
	vsnprintf(list->note, sizeof(list->note), fmt, ap);
	va_end(ap);
}

/* Room for one more; the array doubles when it is full. */
static struct part *grow(struct part_list *list)
{
	unsigned int n = list->count;
	struct part *parts;

	/* A power of two: full. The first allocation holds four. */
	if (n >= 4 ? is_pow2(n) : !n) {
		parts = heap_alloc((n ? 2 * n : 4) * sizeof(*parts));
		if (!parts)
			return NULL;
		if (n)
			memcpy(parts, list->parts, n * sizeof(*parts));
		heap_free(list->parts);
		list->parts = parts;
	}
	list->count++;
	return &list->parts[n];
}

int part_add(struct part_reader *r, struct part_list *list, unsigned int number,
	     uint64_t lba, uint64_t nblocks, struct part **part)
{
	*part = NULL;
	if (lba >= r->nblocks || !nblocks) {
		part_note(list, "partition %u begins past the end of the disk",
			  number);
		return 0;
	}
	if (!inside(lba, nblocks, r->nblocks)) {
		part_note(list, "partition %u is cut at the end of the disk",
			  number);
		nblocks = r->nblocks - lba;
	}
	*part = grow(list);
	if (!*part)
		return -ENOMEM;
	(*part)->number = number;
	(*part)->lba = lba * r->unit;
	(*part)->nsectors = nblocks * r->unit;
	return 0;
}

bool part_is_extended(uint8_t sys_ind)
{
	return sys_ind == 0x05 || sys_ind == 0x0f || sys_ind == 0x85;
}

/* ---- tables ---- */

static void forget(struct table *t)
{
	heap_free(t->list.parts);
	t->list = (struct part_list){ 0 };
	t->known = false;
}

/* Each scheme decides alone. One that says "mine, but corrupt" is believed
 * only when no other reads the disk. */
static int ask_schemes(struct part_reader *r, struct table *t)
{
	struct part_list corrupt = { 0 };

	for_each_entry (part, const struct part_scheme, it) {
		int ret = (*it)->read(r, &t->list);

		t->list.scheme = *it;
		if (!ret)
			return 0;
		if (ret == -EBADMSG)
			corrupt = t->list;
		forget(t);
		corrupt.parts = NULL;
		corrupt.count = 0;
		if (ret != -ENOENT && ret != -EBADMSG)
			return ret;
	}
	t->list = corrupt;
	return corrupt.scheme ? -EBADMSG : -ENOENT;
}

static int read_table(struct table *t)
{
	struct blkdev *disk = t->disk;
	uint64_t block = disk->block_size;
	uint64_t want = align_up(2 * block + GPT_ENTRIES_BYTES, block) / block;
	struct part_reader r = { .disk = disk, .unit = block / SECTOR_SIZE };
	int ret;

	r.nblocks = disk->nsectors / r.unit;
	r.nhead = min_u64(want, r.nblocks);
	if (!r.nhead)
		return -ENOENT;
	r.head = heap_alloc(r.nhead * block);
	if (!r.head)
		return -ENOMEM;
	ret = blk_read(disk, 0, r.nhead * r.unit, r.head);
	if (ret == -EIO && r.nhead > 1) {
		/* A bad block in there: the backup of a GPT may yet be read. */
		r.nhead = 1;
		ret = blk_read(disk, 0, r.unit, r.head);
	}
	if (!ret)
		ret = ask_schemes(&r, t);
	heap_free(r.head);
	return ret;
}

static struct table *table_of(struct blkdev *disk)
{
	struct table *t = tables;

	while (t && t->disk != disk)
		t = t->next;
	if (t)
		return t;
	t = heap_alloc(sizeof(*t));
	if (!t)
		return NULL;
	t->disk = disk;
	t->next = tables;
	tables = t;
	return t;
}

int part_table(struct blkdev *disk, const struct part_list **list)
{
	struct table *t = table_of(disk);
	int ret;

	*list = NULL;
	if (!t)
		return -ENOMEM;
	ret = blk_open(disk);
	if (ret)
		return ret;
	if (!t->known || t->generation != blk_generation(disk)) {
		forget(t);
		t->result = read_table(t);
		/* The first use of a device may have raised it. */
		t->generation = blk_generation(disk);
		t->known = !t->result || t->result == -ENOENT ||
			   t->result == -EBADMSG;
	}
	if (!t->result || t->result == -EBADMSG)
		*list = &t->list;
	return t->result;
}

/* ---- devices ---- */

static struct part_dev *device_of(struct table *t, unsigned int number)
{
	struct part_dev *p = t->devs;

	while (p && p->dev.partition != number)
		p = p->next;
	if (p)
		return p;
	p = heap_alloc(sizeof(*p));
	if (!p)
		return NULL;
	p->dev = *t->disk;
	p->dev.next = NULL;
	p->dev.parent = t->disk;
	p->dev.partition = number;
	p->next = t->devs;
	t->devs = p;
	return p;
}

static int open_part(struct blkdev *disk, const struct part *part,
		     struct blkdev **dev)
{
	struct table *t = table_of(disk);
	struct part_dev *p = t ? device_of(t, part->number) : NULL;

	if (!p)
		return -ENOMEM;
	p->dev.start = part->lba;
	p->dev.nsectors = part->nsectors;
	p->dev.block_size = disk->block_size;
	p->dev.read_only = disk->read_only;
	*dev = &p->dev;
	return 0;
}

int part_open(struct blkdev *disk, unsigned int number, struct blkdev **dev)
{
	const struct part_list *list;
	int ret = part_table(disk, &list);

	if (ret)
		return ret;
	for (unsigned int i = 0; i < list->count; i++)
		if (list->parts[i].number == number)
			return open_part(disk, &list->parts[i], dev);
	return -ENOENT;
}
