/* SPDX-License-Identifier: BSD-2-Clause */
/* What the partition tests share: disks with MBR and GPT tables made here. */
#ifndef PART_TEST_H
#define PART_TEST_H

#include <errno.h>
#include <string.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <block/part.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

static inline int setup(void **state)
{
	(void)state;
	fake_heap();
	return 0;
}

static inline void mbr_entry(struct fake_disk *d, uint64_t block, int slot,
			     uint8_t boot, uint8_t type, uint32_t start,
			     uint32_t count)
{
	uint8_t *s = d->data + block * d->dev.block_size;
	uint8_t *p = s + 446 + 16 * slot;

	s[510] = 0x55;
	s[511] = 0xaa;
	p[0] = boot;
	p[4] = type;
	put_le32(p + 8, start);
	put_le32(p + 12, count);
}

static inline const struct part_list *table(struct fake_disk *d, int want)
{
	const struct part_list *list;

	d->dev.generation++;
	assert_int_equal(part_table(&d->dev, &list), want);
	return list;
}

#define NBLOCKS  1000u
#define ENTRIES2 (NBLOCKS - 200) /* of the backup; room for 512 of 128 bytes */

struct gpt {
	struct fake_disk *d;
	uint32_t block, count, size;
};

static inline uint8_t *gpt_block(struct gpt *g, uint64_t n)
{
	return g->d->data + n * g->block;
}

static inline void gpt_seal(struct gpt *g, uint64_t at)
{
	uint8_t *h = gpt_block(g, at);

	put_le32(h + 88, crc32(0, gpt_block(g, get_le64(h + 72)),
			       (size_t)g->count * g->size));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32(0, h, get_le32(h + 12)));
}

static inline void gpt_header(struct gpt *g, uint64_t at, uint64_t other,
			      uint64_t entries)
{
	uint8_t *h = gpt_block(g, at);

	memcpy(h, "EFI PART", 8);
	put_le32(h + 8, 0x10000);
	put_le32(h + 12, 92);
	put_le64(h + 24, at);
	put_le64(h + 32, other);
	put_le64(h + 40, 40);
	put_le64(h + 48, ENTRIES2);
	memcpy(h + 56, "0123456789abcdef", 16);
	put_le64(h + 72, entries);
	put_le32(h + 80, g->count);
	put_le32(h + 84, g->size);
}

static inline void gpt_entry(struct gpt *g, uint64_t table_at, uint32_t n,
			     uint64_t first, uint64_t last, const char *name)
{
	uint8_t *e = gpt_block(g, table_at) + (size_t)n * g->size;

	memcpy(e, "tttttttttttttttt", 16);
	memcpy(e + 16, "uuuuuuuuuuuuuuuu", 16);
	put_le64(e + 32, first);
	put_le64(e + 40, last);
	for (int i = 0; i < 36 && name[i]; i++)
		put_le16(e + 56 + 2 * i, (uint8_t)name[i]);
}

static inline void gpt_both(struct gpt *g, uint32_t n, uint64_t first,
			    uint64_t last, const char *name)
{
	gpt_entry(g, 2, n, first, last, name);
	gpt_entry(g, ENTRIES2, n, first, last, name);
}

static inline void gpt_seal_both(struct gpt *g)
{
	gpt_seal(g, 1);
	gpt_seal(g, NBLOCKS - 1);
}

static inline struct gpt gpt_make(uint32_t block, uint32_t count, uint32_t size)
{
	struct gpt g = { .block = block, .count = count, .size = size };

	g.d = fake_disk_new((uint64_t)NBLOCKS * block, block);
	mbr_entry(g.d, 0, 0, 0, 0xee, 1, 0xffffffff);
	gpt_header(&g, 1, NBLOCKS - 1, 2);
	gpt_header(&g, NBLOCKS - 1, 1, ENTRIES2);
	gpt_both(&g, 0, 50, 99, "boot");
	gpt_both(&g, 3, 200, 200, "one \"block\"");
	gpt_seal_both(&g);
	return g;
}

#endif
