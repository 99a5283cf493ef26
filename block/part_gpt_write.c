/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing GUID partition tables (UEFI 2.10, 5.3).
 *
 * A reader takes the primary and, when that is bad, the backup. So the copy that
 * is bad now, or else the backup, is written first and flushed; only then is the
 * other touched. Whatever of a copy has been written when all stops, its CRCs do
 * not fit until it is whole, and the other copy is. The MBR, which says that there
 * is a GPT at all, comes last.
 *
 * What a header or an entry holds beyond the fields known here stays as it is.
 */
#include <block/part_write.h>

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/checked.h>
#include <lib/compiler.h>
#include <lib/hash.h>

#include "part_gpt_priv.h"
#include "part_mbr_priv.h"

#define ALIGN_BYTES (1u << 20) /* of the starts that are looked for */

static const uint8_t none[16];

/* EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 */
static const uint8_t basic_data[16] = { 0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9,
					0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6,
					0xb7, 0x26, 0x99, 0xc7 };

/* ---- a new one ---- */

static void fill_header(struct gpt_table *g, const uint8_t guid[16])
{
	uint8_t *h = g->header;

	memcpy(h + GPT_SIGNATURE, "EFI PART", 8);
	put_le32(h + GPT_REVISION, 0x00010000);
	put_le32(h + GPT_HEADER_SIZE, GPT_HEADER_MIN);
	put_le64(h + GPT_FIRST_USABLE, g->entries_lba + g->narray);
	put_le64(h + GPT_LAST_USABLE, g->nblocks - 2 - g->narray);
	memcpy(h + GPT_DISK_GUID, guid, 16);
	put_le32(h + GPT_NENTRIES, g->nentries);
	put_le32(h + GPT_ENTRY_SIZE, g->entry_size);
}

int gpt_format(struct blkdev *disk, const uint8_t guid[16], struct gpt_table *g,
	       struct part_why *why)
{
	struct part_reader r;
	uint8_t id[16];
	int ret = gpt_open(disk, g, &r);

	if (ret)
		return ret;
	if (disk->read_only)
		return -EROFS;
	g->nentries = 128;
	g->entry_size = GPE_MIN;
	g->entries_lba = 2;
	g->narray = align_up(g->nentries * g->entry_size, disk->block_size) /
		    disk->block_size;
	g->new_mbr = true;
	if (g->nblocks < 2 * g->narray + 4)
		return part_refuse(why, "the disk is too small for a GPT");
	memcpy(id, guid, 16);
	if (!memcmp(id, none, 16)) {
		ret = part_random_guid(id, why);
		if (ret)
			return ret;
	}
	g->header = heap_alloc(disk->block_size);
	g->entries = heap_alloc(g->narray * disk->block_size);
	if (!g->header || !g->entries)
		return -ENOMEM;
	fill_header(g, id);
	return 0;
}

/* ---- its partitions ---- */

/* Its number is free, and it has a type and an id of its own. */
static int complete_one(const struct gpt_table *g, struct part_new *p,
			struct part_why *why)
{
	struct part_new other;

	if (!p->number || p->number > g->nentries)
		return part_refuse(why, "partition %u: numbers are 1 to %u",
				   p->number, g->nentries);
	if (gpt_get(g, p->number, &other))
		return part_refuse(why, "partition %u is there twice",
				   p->number);
	if (!memcmp(p->type_guid, none, 16))
		memcpy(p->type_guid, basic_data, 16);
	if (!memcmp(p->guid, none, 16))
		return part_random_guid(p->guid, why);
	for (uint32_t i = 1; i <= g->nentries; i++)
		if (gpt_get(g, i, &other) && !memcmp(other.guid, p->guid, 16))
			return part_refuse(
				why, "partitions %u and %u have the same uuid",
				i, p->number);
	return 0;
}

int gpt_fill(struct gpt_table *g, struct part_new *parts, unsigned int count,
	     struct part_why *why)
{
	struct part_room room = {
		.first = get_le64(g->header + GPT_FIRST_USABLE),
		.end = get_le64(g->header + GPT_LAST_USABLE) + 1,
		.align = max_u64(ALIGN_BYTES / g->disk->block_size, 1),
	};
	int ret = part_layout(parts, count, &room, why);

	for (unsigned int i = 0; !ret && i < count; i++) {
		ret = complete_one(g, &parts[i], why);
		if (!ret)
			gpt_put(g, &parts[i]);
	}
	return ret;
}

/* ---- storing ---- */

/* Write what is not there already. */
static int put_blocks(struct gpt_table *g, uint64_t lba, uint64_t count,
		      const uint8_t *data)
{
	uint64_t bytes = count * g->disk->block_size;
	uint8_t *old = heap_alloc(bytes);
	int ret = -ENOMEM;
	bool same;

	if (!old)
		return ret;
	ret = blk_read(g->disk, lba * g->unit, count * g->unit, old);
	same = !ret && !memcmp(old, data, bytes);
	heap_free(old);
	if (same || (ret && !gpt_is_bad(ret)))
		return ret;
	return blk_write(g->disk, lba * g->unit, count * g->unit, data);
}

static int put_copy(struct gpt_table *g, bool primary)
{
	uint64_t last = g->nblocks - 1, lba = primary ? 1 : last;
	uint64_t at = primary ? g->entries_lba : last - g->narray;
	uint8_t *h = g->header;
	int ret;

	put_le64(h + GPT_MY_LBA, lba);
	put_le64(h + GPT_ALTERNATE, primary ? last : 1);
	put_le64(h + GPT_ENTRIES_LBA, at);
	put_le32(h + GPT_ENTRIES_CRC,
		 crc32(0, g->entries, (size_t)g->nentries * g->entry_size));
	put_le32(h + GPT_HEADER_CRC,
		 gpt_header_crc(h, get_le32(h + GPT_HEADER_SIZE)));
	ret = put_blocks(g, at, g->narray, g->entries);
	if (!ret)
		ret = put_blocks(g, lba, 1, h);
	return ret ? ret : part_flush(g->disk);
}

/* 5.2.3: one entry over the whole disk, or as much of it as it can tell, with an
 * end of all ones when CHS cannot. */
static int put_mbr(struct gpt_table *g)
{
	struct mbr_entry e = { .sys_ind = MBR_PROTECTIVE, .start = 1 };
	uint8_t *mbr = heap_alloc(g->disk->block_size);
	int ret = -ENOMEM;

	if (!mbr)
		return ret;
	ret = blk_read(g->disk, 0, g->unit, mbr);
	if (!ret) {
		e.count = (uint32_t)min_u64(g->nblocks - 1, UINT32_MAX);
		mbr_clear(mbr, g->disk->block_size);
		memset(mbr + MBR_DISK_SIGNATURE, 0,
		       MBR_ENTRIES - MBR_DISK_SIGNATURE);
		mbr_put(mbr, 0, &e, 1);
		if (g->nblocks > MBR_CHS_BLOCKS)
			memset(mbr + MBR_ENTRIES + 5, 0xff, 3);
		ret = put_blocks(g, 0, 1, mbr);
	}
	heap_free(mbr);
	return ret ? ret : part_flush(g->disk);
}

static int primary_is_good(struct gpt_table *g, bool *good)
{
	struct part_reader r = { .disk = g->disk,
				 .unit = g->unit,
				 .nblocks = g->nblocks };
	struct gpt_copy c;
	int ret = gpt_read_copy(&r, 1, &c);

	gpt_copy_free(&c);
	*good = !ret;
	return gpt_is_bad(ret) ? 0 : ret;
}

/* @err stopped the write of copy @stage, 0 or 1, or of the MBR: what is there now? */
static int stopped(const struct gpt_table *g, int err, unsigned int stage,
		   bool primary_first, struct part_why *why)
{
	const char *copy = primary_first == (stage == 1) ? "primary" : "backup";
	const char *error = blk_error(g->disk, err);

	if (stage == 0)
		part_refuse(why, "%s; the %s GPT is as it was", error, copy);
	else if (stage == 1)
		part_refuse(why,
			    "%s; the %s GPT is new, the other may not be: "
			    "see gpt repair",
			    error, copy);
	else
		part_refuse(why, "%s; the GPTs are new, the MBR may not be",
			    error);
	return err;
}

int gpt_store(struct gpt_table *g, struct part_why *why)
{
	unsigned int stage = 0;
	uint64_t first, last;
	bool primary_first;
	int ret;

	if (g->disk->read_only)
		return -EROFS;
	ret = gpt_check(g, why);
	if (!ret)
		ret = primary_is_good(g, &primary_first);
	if (ret)
		return ret;
	primary_first = !primary_first;
	gpt_usable(g, &first, &last);
	put_le64(g->header + GPT_LAST_USABLE, last);
	for (; !ret && stage < 2; stage++)
		ret = put_copy(g, primary_first == (stage == 0));
	if (!ret && g->new_mbr) {
		ret = put_mbr(g);
		stage++;
	}
	return ret ? stopped(g, ret, stage - 1, primary_first, why) : 0;
}
