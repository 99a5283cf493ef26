/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MBR ("DOS") partition tables with extended partitions. Only LBA fields are
 * used, in the device's own blocks; CHS fields are ignored. Numbers are those
 * everybody else uses: the four slots are 1 to 4, logical partitions follow
 * from 5 in the order of their chain.
 *
 * A sector 0 with a signature need not hold a table: a boot sector of a FAT that
 * fills the disk has one too, and boot code where the table would be. Such a
 * sector is a table only if its entries make sense without exception.
 * Text followed: UEFI 2.10, 5.2 (the MBR); the chain of extended partitions is
 * written down nowhere official.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>

#include "part_mbr_priv.h"

#define NO_LINK UINT64_MAX

/* The chain of extended partitions being followed. */
struct chain {
	struct part_reader *r;
	struct part_list *list;
	uint32_t signature; /* of the disk, for the UUIDs */
	uint64_t first,
		end; /* the extended partition; links count from first */
	unsigned int number; /* of the next logical partition */
	unsigned int nseen;
	uint64_t seen[PART_MAX]; /* blocks visited: none may come again */
};

struct mbr_entry mbr_get(const uint8_t *sector, unsigned int slot)
{
	const uint8_t *p = sector + MBR_ENTRIES + (size_t)slot * MBR_ENTRY_SIZE;

	return (struct mbr_entry){ p[0], p[4], get_le32(p + 8),
				   get_le32(p + 12) };
}

bool mbr_is_used(const struct mbr_entry *e)
{
	return e->sys_ind != MBR_EMPTY && e->count;
}

bool mbr_has_signature(const uint8_t *sector)
{
	return sector[MBR_SIGNATURE] == 0x55 &&
	       sector[MBR_SIGNATURE + 1] == 0xaa;
}

/* The file system type fields of FAT12/16 and of FAT32. */
bool mbr_looks_like_fat(const uint8_t *sector)
{
	return !memcmp(sector + 54, "FAT", 3) ||
	       !memcmp(sector + 82, "FAT32", 5);
}

/* Is sector 0 a table of this kind? */
static bool is_mbr(const struct part_reader *r, const uint8_t *sector)
{
	bool strict = mbr_looks_like_fat(sector);
	unsigned int used = 0;

	if (!mbr_has_signature(sector))
		return false;
	for (unsigned int i = 0; i < 4; i++) {
		struct mbr_entry e = mbr_get(sector, i);

		if (e.boot_ind & 0x7f || e.sys_ind == MBR_PROTECTIVE)
			return false;
		if (!mbr_is_used(&e))
			continue;
		used++;
		if (strict && (!e.start || e.start >= r->nblocks))
			return false;
	}
	return used || !strict;
}

/* Return: 0, also when the entry had to be skipped; -ENOMEM */
static int add_entry(struct part_reader *r, struct part_list *list,
		     unsigned int number, uint64_t base,
		     const struct mbr_entry *e, uint32_t signature)
{
	struct part *p;
	int ret;

	if (!base && !e->start) {
		part_note(list, "partition %u would hold its own table",
			  number);
		return 0;
	}
	ret = part_add(r, list, number, base + e->start, e->count, &p);
	if (ret || !p)
		return ret;
	p->sys_ind = e->sys_ind;
	p->bootable = e->boot_ind == 0x80;
	snprintf(p->uuid, sizeof(p->uuid), "%08x-%02x", signature, number);
	return 0;
}

/* May the table at block @lba be read: is it there, and was it not before? */
static bool visit(struct chain *c, uint64_t lba)
{
	for (unsigned int i = 0; i < c->nseen; i++) {
		if (c->seen[i] == lba) {
			part_note(c->list, "extended partitions form a loop");
			return false;
		}
	}
	if (c->nseen == PART_MAX) {
		part_note(c->list, "more than %u extended partitions",
			  PART_MAX);
		return false;
	}
	if (lba >= c->r->nblocks) {
		part_note(c->list, "extended partition past the end of the "
				   "disk");
		return false;
	}
	c->seen[c->nseen++] = lba;
	return true;
}

/* The logical partitions of one table in the chain, and where the next is. */
static int take_logical(struct chain *c, const uint8_t *sector, uint64_t lba,
			uint64_t *next)
{
	int ret = 0;

	*next = NO_LINK;
	for (unsigned int i = 0; !ret && i < 4; i++) {
		struct mbr_entry e = mbr_get(sector, i);

		if (!mbr_is_used(&e))
			continue;
		if (part_is_extended(e.sys_ind)) {
			if (*next == NO_LINK)
				*next = c->first + e.start;
			continue;
		}
		if (c->number > PART_MAX) {
			part_note(c->list, "partitions above %u are not shown",
				  PART_MAX);
			*next = NO_LINK;
			break;
		}
		if (lba < c->first || lba + e.start + e.count > c->end)
			part_note(c->list,
				  "partition %u is not inside the extended one",
				  c->number);
		ret = add_entry(c->r, c->list, c->number++, lba, &e,
				c->signature);
	}
	return ret;
}

static int follow(struct chain *c, const struct mbr_entry *e, uint8_t *sector)
{
	uint64_t lba = e->start, next;
	int ret;

	c->first = lba;
	c->end = lba + e->count;
	for (; visit(c, lba); lba = next) {
		ret = part_read(c->r, lba, 1, sector);
		if (ret)
			return ret;
		if (!mbr_has_signature(sector)) {
			part_note(c->list,
				  "no extended partition table at "
				  "block %llu",
				  (unsigned long long)lba);
			return 0;
		}
		ret = take_logical(c, sector, lba, &next);
		if (ret || next == NO_LINK)
			return ret;
	}
	return 0;
}

static int read_entries(struct part_reader *r, struct part_list *list,
			const uint8_t *mbr, uint8_t *sector)
{
	uint32_t signature = get_le32(mbr + MBR_DISK_SIGNATURE);
	struct chain *c;
	int ret = 0;

	for (unsigned int i = 0; !ret && i < 4; i++) {
		struct mbr_entry e = mbr_get(mbr, i);

		if (mbr_is_used(&e))
			ret = add_entry(r, list, i + 1, 0, &e, signature);
	}
	c = heap_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->r = r;
	c->list = list;
	c->signature = signature;
	c->number = 5;
	for (unsigned int i = 0; !ret && i < 4; i++) {
		struct mbr_entry e = mbr_get(mbr, i);

		if (mbr_is_used(&e) && part_is_extended(e.sys_ind))
			ret = follow(c, &e, sector);
	}
	heap_free(c);
	return ret;
}

static int mbr_read(struct part_reader *r, struct part_list *list)
{
	uint64_t block = r->disk->block_size;
	uint8_t *buf;
	int ret;

	buf = heap_alloc(2 * block);
	if (!buf)
		return -ENOMEM;
	ret = part_read(r, 0, 1, buf);
	if (!ret && !is_mbr(r, buf))
		ret = -ENOENT;
	if (!ret)
		ret = read_entries(r, list, buf, buf + block);
	heap_free(buf);
	return ret;
}

static const struct part_scheme mbr_scheme = {
	.name = "DOS",
	.read = mbr_read,
};
TABLE_ENTRY(part, &mbr_scheme);
