/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A GUID partition table in memory, to be changed: read from the good copy with a
 * note of all that is wrong with the two, its entries, and what must hold before it
 * may be written. Text followed: UEFI 2.10, 5.3.
 */
#include <block/part_write.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

#include "part_gpt_priv.h"
#include "part_mbr_priv.h"

static const uint8_t none[16];

int gpt_open(struct blkdev *disk, struct gpt_table *g, struct part_reader *r)
{
	int ret = blk_open(disk);

	*g = (struct gpt_table){ .disk = disk };
	if (ret)
		return ret;
	g->unit = disk->block_size / SECTOR_SIZE;
	g->nblocks = disk->nsectors / g->unit;
	*r = (struct part_reader){ .disk = disk,
				   .unit = g->unit,
				   .nblocks = g->nblocks };
	return 0;
}

void gpt_free(struct gpt_table *g)
{
	heap_free(g->header);
	heap_free(g->entries);
}

static uint8_t *entry(const struct gpt_table *g, unsigned int number)
{
	return g->entries + (size_t)(number - 1) * g->entry_size;
}

/* ---- loading ---- */

bool gpt_is_bad(int ret)
{
	return ret == -EBADMSG || ret == -EIO;
}

/* @p, @b: the primary and the backup; the header fields both must have alike. */
static bool agree(const struct gpt_copy *p, const struct gpt_copy *b,
		  uint64_t last)
{
	return p->h.alternate == last && b->h.alternate == 1 &&
	       p->h.entries_crc == b->h.entries_crc &&
	       !memcmp(p->header + GPT_FIRST_USABLE,
		       b->header + GPT_FIRST_USABLE,
		       GPT_ENTRIES_LBA - GPT_FIRST_USABLE) &&
	       p->h.nentries == b->h.nentries &&
	       p->h.entry_size == b->h.entry_size;
}

/* Take over what @c holds. */
static void take(struct gpt_table *g, struct gpt_copy *c)
{
	g->header = c->header;
	g->entries = c->entries;
	g->narray = c->nblocks;
	g->nentries = c->h.nentries;
	g->entry_size = c->h.entry_size;
	c->header = NULL;
	c->entries = NULL;
}

static int read_backup(struct gpt_table *g, struct part_reader *r,
		       const struct gpt_copy *p, struct gpt_copy *b)
{
	uint64_t last = g->nblocks - 1;
	int ret = gpt_read_copy(r, last, b);

	if (!gpt_is_bad(ret) || !p->header_ok || p->h.alternate == last)
		return ret;
	gpt_copy_free(b);
	ret = gpt_read_copy(r, p->h.alternate, b);
	if (!ret)
		g->faults |= GPT_BACKUP_MOVED;
	return ret;
}

static int read_copies(struct gpt_table *g, struct part_reader *r,
		       struct part_why *why)
{
	struct gpt_copy p, b = { 0 };
	int ret = gpt_read_copy(r, 1, &p), other = 0;

	if (!ret || gpt_is_bad(ret))
		other = read_backup(g, r, &p, &b);
	g->entries_lba = p.header_ok ? p.h.entries_lba : 2;
	if (gpt_is_bad(ret))
		g->faults |= GPT_PRIMARY_BAD;
	if (gpt_is_bad(other))
		g->faults |= GPT_BACKUP_BAD;
	if (!ret && !other && !(g->faults & GPT_BACKUP_MOVED) &&
	    !agree(&p, &b, g->nblocks - 1))
		g->faults |= GPT_COPIES_DIFFER;
	if (other && !gpt_is_bad(other))
		ret = other;
	else if (gpt_is_bad(ret) && gpt_is_bad(other))
		part_refuse(why, "primary and backup GPT are both bad");
	else if (gpt_is_bad(ret))
		ret = 0;
	if (!ret)
		take(g, g->faults & GPT_PRIMARY_BAD ? &b : &p);
	gpt_copy_free(&p);
	gpt_copy_free(&b);
	return ret;
}

/* Is there a partition in the MBR beside the protective one? */
static bool has_mbr_parts(const uint8_t *mbr)
{
	for (unsigned int i = 0; mbr_has_signature(mbr) && i < 4; i++) {
		struct mbr_entry e = mbr_get(mbr, i);

		if (mbr_is_used(&e) && e.sys_ind != MBR_PROTECTIVE)
			return true;
	}
	return false;
}

static int look_at_mbr(struct gpt_table *g, struct part_reader *r)
{
	uint8_t *mbr = heap_alloc(g->disk->block_size);
	bool parts;
	int ret = mbr ? part_read(r, 0, 1, mbr) : -ENOMEM;

	if (!ret) {
		parts = has_mbr_parts(mbr);
		if (!gpt_is_protective(mbr))
			g->faults |= GPT_NO_MBR;
		if (parts && g->faults & GPT_NO_MBR)
			ret = -ENOENT;
		/* The size in a hybrid one is not ours to change. */
		g->new_mbr = g->faults & GPT_NO_MBR ||
			     (g->faults & GPT_BACKUP_MOVED && !parts);
	}
	heap_free(mbr);
	return ret;
}

static int no_gpt(struct part_why *why)
{
	part_refuse(why, "there is no GPT");
	return -ENOENT;
}

int gpt_load(struct blkdev *disk, struct gpt_table *g, struct part_why *why)
{
	struct part_reader r;
	int ret = gpt_open(disk, g, &r), mbr;

	if (ret)
		return ret;
	if (g->nblocks < 3)
		return no_gpt(why);
	ret = read_copies(g, &r, why);
	if (ret && !gpt_is_bad(ret))
		return ret;
	mbr = look_at_mbr(g, &r);
	if (mbr == -ENOENT || (ret && g->faults & GPT_NO_MBR))
		return no_gpt(why);
	return mbr ? mbr : ret;
}

/* ---- entries ---- */

void gpt_guid(const struct gpt_table *g, uint8_t guid[16])
{
	memcpy(guid, g->header + GPT_DISK_GUID, 16);
}

static bool is_used(const uint8_t *e)
{
	return memcmp(e + GPE_TYPE, none, 16) != 0;
}

bool gpt_get(const struct gpt_table *g, unsigned int number, struct part_new *p)
{
	const uint8_t *e;

	*p = (struct part_new){ .number = number };
	if (!number || number > g->nentries)
		return false;
	e = entry(g, number);
	if (!is_used(e))
		return false;
	p->lba = get_le64(e + GPE_FIRST);
	p->nblocks = get_le64(e + GPE_LAST) - p->lba + 1;
	p->attrs = get_le64(e + GPE_ATTRS);
	memcpy(p->type_guid, e + GPE_TYPE, 16);
	memcpy(p->guid, e + GPE_GUID, 16);
	memcpy(p->name, e + GPE_NAME, sizeof(p->name));
	return true;
}

void gpt_put(struct gpt_table *g, const struct part_new *p)
{
	uint8_t *e = entry(g, p->number);

	memcpy(e + GPE_TYPE, p->type_guid, 16);
	memcpy(e + GPE_GUID, p->guid, 16);
	put_le64(e + GPE_FIRST, p->lba);
	put_le64(e + GPE_LAST, p->lba + p->nblocks - 1);
	put_le64(e + GPE_ATTRS, p->attrs);
	memcpy(e + GPE_NAME, p->name, sizeof(p->name));
}

void gpt_exchange(struct gpt_table *g, unsigned int a, unsigned int b)
{
	uint8_t *x = entry(g, a), *y = entry(g, b);

	for (uint32_t i = 0; i < g->entry_size; i++) {
		uint8_t byte = x[i];

		x[i] = y[i];
		y[i] = byte;
	}
}

/* ---- checks ---- */

/* The usable blocks, as they are to be: a backup at the end must fit behind them,
 * and what a disk has grown by becomes usable. */
void gpt_usable(const struct gpt_table *g, uint64_t *first, uint64_t *last)
{
	uint64_t most = g->nblocks - 2 - g->narray;

	*first = get_le64(g->header + GPT_FIRST_USABLE);
	*last = get_le64(g->header + GPT_LAST_USABLE);
	if (g->faults & GPT_BACKUP_MOVED || *last > most)
		*last = most;
}

static int check_place(const struct gpt_table *g, uint64_t first, uint64_t last,
		       struct part_why *why)
{
	uint64_t end;

	if (g->nblocks < 2 * g->narray + 4 || first > last)
		return part_refuse(why, "the GPT leaves no usable block");
	if (g->entries_lba < 2 || !add_ok(g->entries_lba, g->narray, &end) ||
	    end > first)
		return part_refuse(why, "the primary GPT lies in the way");
	return 0;
}

static int check_one(const struct gpt_table *g, unsigned int number,
		     uint64_t first, uint64_t last, struct part_why *why)
{
	const uint8_t *e = entry(g, number), *other = g->entries;
	uint64_t from = get_le64(e + GPE_FIRST), to = get_le64(e + GPE_LAST);

	if (!is_used(e))
		return 0;
	if (from > to)
		return part_refuse(why, "partition %u ends before it begins",
				   number);
	if (from < first || to > last)
		return part_refuse(why,
				   "partition %u is outside the usable "
				   "blocks %llu to %llu",
				   number, (unsigned long long)first,
				   (unsigned long long)last);
	for (; other < e; other += g->entry_size)
		if (is_used(other) && from <= get_le64(other + GPE_LAST) &&
		    to >= get_le64(other + GPE_FIRST))
			break;
	if (other == e)
		return 0;
	return part_refuse(
		why, "partitions %u and %u overlap",
		(unsigned int)((size_t)(other - g->entries) / g->entry_size) +
			1,
		number);
}

int gpt_check(const struct gpt_table *g, struct part_why *why)
{
	uint64_t first, last;
	int ret;

	gpt_usable(g, &first, &last);
	ret = check_place(g, first, last, why);
	for (unsigned int i = 1; !ret && i <= g->nentries; i++) {
		ret = check_one(g, i, first, last, why);
		if (!ret && con_ctrlc())
			ret = -EINTR;
	}
	return ret;
}
