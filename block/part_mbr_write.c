/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing MBR partition tables and the chain of logical partitions. An MBR has no
 * second copy: the chain is written first, from its end, and sector 0 at last, so
 * that a stop before leaves the old table. Of that, only tables of the old chain
 * in the very blocks of the new one are lost. The headers of a GPT go when the new
 * table counts.
 *
 * Each link of the chain lies behind the logical partition before it, the first one
 * at the start of the extended partition.
 */
#include <block/part_write.h>

#include <errno.h>
#include <string.h>

#include <core/heap.h>
#include <core/random.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>

#include "part_gpt_priv.h"
#include "part_mbr_priv.h"

#define ALIGN_BYTES (1u << 20)

/* ---- sectors ---- */

/* The geometry everybody takes; what it cannot tell is its last sector. */
static void put_chs(uint8_t *p, uint64_t lba)
{
	uint64_t c = lba / (MBR_CHS_HEADS * MBR_CHS_SECTORS);
	uint64_t h = lba / MBR_CHS_SECTORS % MBR_CHS_HEADS;
	uint64_t s = lba % MBR_CHS_SECTORS + 1;

	if (c >= MBR_CHS_CYLINDERS) {
		c = MBR_CHS_CYLINDERS - 1;
		h = MBR_CHS_HEADS - 1;
		s = MBR_CHS_SECTORS;
	}
	p[0] = (uint8_t)h;
	p[1] = (uint8_t)(s | (c >> 2 & 0xc0));
	p[2] = (uint8_t)c;
}

void mbr_put(uint8_t *sector, unsigned int slot, const struct mbr_entry *e,
	     uint64_t lba)
{
	uint8_t *p = sector + MBR_ENTRIES + (size_t)slot * MBR_ENTRY_SIZE;

	p[0] = e->boot_ind;
	put_chs(p + 1, lba);
	p[4] = e->sys_ind;
	put_chs(p + 5, lba + e->count - 1);
	put_le32(p + 8, e->start);
	put_le32(p + 12, e->count);
}

void mbr_clear(uint8_t *sector, uint32_t block_size)
{
	/* 5.2.1, 5.2.3: reserved, and zero in a protective MBR. Boot code ends
	 * before the table; a superblock of the whole disk may lie here. */
	memset(sector + SECTOR_SIZE, 0, block_size - SECTOR_SIZE);
	if (!mbr_has_signature(sector) || mbr_looks_like_fat(sector))
		memset(sector, 0, MBR_ENTRIES);
	memset(sector + MBR_ENTRIES, 0, MBR_SIGNATURE - MBR_ENTRIES);
	sector[MBR_SIGNATURE] = 0x55;
	sector[MBR_SIGNATURE + 1] = 0xaa;
}

static struct mbr_entry entry_of(const struct part_new *p, uint64_t base)
{
	return (struct mbr_entry){ .boot_ind = p->bootable ? 0x80 : 0,
				   .sys_ind = p->sys_ind,
				   .start = (uint32_t)(p->lba - base),
				   .count = (uint32_t)p->nblocks };
}

/* ---- layout ---- */

static const struct part_new *find_extended(const struct part_new *parts,
					    unsigned int count)
{
	for (unsigned int i = 0; i < count && i < 4; i++)
		if (part_is_extended(parts[i].sys_ind))
			return &parts[i];
	return NULL;
}

static int check_types(const struct part_new *parts, unsigned int count,
		       struct part_why *why)
{
	const struct part_new *ext = find_extended(parts, count);

	if (!count)
		return part_refuse(why, "there are no partitions");
	if (count > 4 && !ext)
		return part_refuse(why, "more than 4 partitions need an "
					"extended one, id=0x05");
	if (count > PART_MAX)
		return part_refuse(why, "more than %u partitions", PART_MAX);
	for (unsigned int i = 0; i < count; i++) {
		if (parts[i].sys_ind == MBR_EMPTY ||
		    parts[i].sys_ind == MBR_PROTECTIVE)
			return part_refuse(why,
					   "partition %u cannot be of "
					   "type 0x%02x",
					   i + 1, parts[i].sys_ind);
		if (part_is_extended(parts[i].sys_ind) && &parts[i] != ext)
			return part_refuse(why,
					   "partition %u is a second "
					   "extended one",
					   i + 1);
	}
	return 0;
}

/* The chain is in the order of the disk. */
static int check_order(const struct part_new *parts, unsigned int count,
		       struct part_why *why)
{
	for (unsigned int i = 5; i < count; i++)
		if (parts[i].lba <= parts[i - 1].lba + parts[i - 1].nblocks)
			return part_refuse(why,
					   "partition %u does not lie "
					   "behind %u, with a block "
					   "between",
					   parts[i].number,
					   parts[i - 1].number);
	return 0;
}

static int layout(const struct blkdev *disk, struct part_new *parts,
		  unsigned int count, struct part_why *why)
{
	uint64_t nblocks = disk->nsectors / (disk->block_size / SECTOR_SIZE);
	struct part_room room = {
		.first = 1,
		.end = min_u64(nblocks, MBR_BLOCKS),
		.align = max_u64(ALIGN_BYTES / disk->block_size, 1),
	};
	const struct part_new *ext;
	int ret = check_types(parts, count, why);

	if (!ret)
		ret = part_layout(parts, count < 4 ? count : 4, &room, why);
	if (ret || count <= 4)
		return ret;
	ext = find_extended(parts, count);
	room.first = ext->lba;
	room.end = ext->lba + ext->nblocks;
	room.gap = 1;
	ret = part_layout(parts + 4, count - 4, &room, why);
	return ret ? ret : check_order(parts, count, why);
}

/* ---- writing ---- */

/* Where the table in front of logical partition @i is. */
static uint64_t link_lba(const struct part_new *parts, unsigned int i,
			 const struct part_new *ext)
{
	return i == 4 ? ext->lba : parts[i - 1].lba + parts[i - 1].nblocks;
}

/* The link before parts[@i]; with none at all, an empty one ends the chain. */
static int write_link(struct blkdev *disk, const struct part_new *parts,
		      unsigned int count, unsigned int i, uint8_t *sector)
{
	const struct part_new *ext = find_extended(parts, count);
	uint64_t unit = disk->block_size / SECTOR_SIZE;
	uint64_t at = link_lba(parts, i, ext);
	struct mbr_entry e;

	memset(sector, 0, disk->block_size);
	mbr_clear(sector, disk->block_size);
	if (i < count) {
		e = entry_of(&parts[i], at);
		mbr_put(sector, 0, &e, parts[i].lba);
	}
	if (i + 1 < count) {
		const struct part_new *next = &parts[i + 1];
		uint64_t lba = link_lba(parts, i + 1, ext);

		e = (struct mbr_entry){
			.sys_ind = MBR_EXTENDED,
			.start = (uint32_t)(lba - ext->lba),
			.count = (uint32_t)(next->lba + next->nblocks - lba),
		};
		mbr_put(sector, 1, &e, lba);
	}
	return blk_write(disk, at * unit, unit, sector);
}

static int write_chain(struct blkdev *disk, const struct part_new *parts,
		       unsigned int count, uint8_t *sector)
{
	unsigned int links = count > 4 ? count - 4 : 1;
	int ret = 0;

	if (!find_extended(parts, count))
		return 0;
	while (!ret && links--)
		ret = write_link(disk, parts, count, 4 + links, sector);
	return ret ? ret : part_flush(disk);
}

/* A disk that had no signature gets one, if there is anything to make it of: it is
 * what PARTUUID consists of. */
static int sign(uint8_t *mbr, uint32_t signature)
{
	int ret = 0;

	if (signature)
		put_le32(mbr + MBR_DISK_SIGNATURE, signature);
	else if (!get_le32(mbr + MBR_DISK_SIGNATURE))
		ret = random_bytes(mbr + MBR_DISK_SIGNATURE, 4);
	return ret == -ENODEV ? 0 : ret;
}

static int write_all(struct blkdev *disk, const struct part_new *parts,
		     unsigned int count, uint8_t *mbr, uint8_t *sector)
{
	uint64_t unit = disk->block_size / SECTOR_SIZE;
	int ret = write_chain(disk, parts, count, sector);

	for (unsigned int i = 0; i < count && i < 4; i++) {
		struct mbr_entry e = entry_of(&parts[i], 0);

		mbr_put(mbr, i, &e, parts[i].lba);
	}
	if (!ret)
		ret = blk_write(disk, 0, unit, mbr);
	return ret ? ret : part_flush(disk);
}

/* The header of a GPT at block @lba, if there is one: other tools would take it for a
 * table that lost its MBR. One that names another place is data, the image of a disk. */
static int clear_header(struct blkdev *disk, uint64_t lba, uint8_t *block)
{
	uint64_t unit = disk->block_size / SECTOR_SIZE;
	int ret = blk_read(disk, lba * unit, unit, block);

	if (ret)
		return gpt_is_bad(ret) ? 0 : ret;
	if (memcmp(block + GPT_SIGNATURE, "EFI PART", 8) != 0 ||
	    get_le64(block + GPT_MY_LBA) != lba)
		return 0;
	memset(block, 0, disk->block_size);
	return blk_write(disk, lba * unit, unit, block);
}

/* The table that the new one replaced. */
static int clear_gpt(struct blkdev *disk, uint8_t *block, struct part_why *why)
{
	uint64_t nblocks = disk->nsectors / (disk->block_size / SECTOR_SIZE);
	int ret = clear_header(disk, 1, block);

	if (!ret)
		ret = clear_header(disk, nblocks - 1, block);
	if (!ret)
		ret = part_flush(disk);
	if (ret)
		part_refuse(why,
			    "%s; the new table is there, but also the old GPT",
			    blk_error(disk, ret));
	return ret;
}

int mbr_write(struct blkdev *disk, uint32_t signature, struct part_new *parts,
	      unsigned int count, struct part_why *why)
{
	uint8_t *mbr;
	int ret = blk_open(disk);

	if (!ret && disk->read_only)
		ret = -EROFS;
	if (!ret)
		ret = layout(disk, parts, count, why);
	if (ret)
		return ret;
	mbr = heap_alloc(2 * (size_t)disk->block_size);
	if (!mbr)
		return -ENOMEM;
	ret = blk_read(disk, 0, disk->block_size / SECTOR_SIZE, mbr);
	if (!ret) {
		mbr_clear(mbr, disk->block_size);
		ret = sign(mbr, signature);
	}
	if (!ret)
		ret = write_all(disk, parts, count, mbr,
				mbr + disk->block_size);
	if (!ret)
		ret = clear_gpt(disk, mbr, why);
	heap_free(mbr);
	return ret;
}
