/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Partition tables: sound ones made here and by sgdisk and sfdisk, damaged ones
 * byte by byte; and the address form IF DEV[:PART].
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <block/part.h>
#include <lib/byteorder.h>
#include <lib/hash.h>

static int setup(void **state)
{
	(void)state;
	fake_heap();
	return 0;
}

/* ---- MBR ---- */

static void mbr_entry(struct fake_disk *d, uint64_t block, int slot,
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

static const struct part_list *table(struct fake_disk *d, int want)
{
	const struct part_list *list;

	d->dev.generation++;
	assert_int_equal(part_table(&d->dev, &list), want);
	return list;
}

static void mbr_primary(void **state)
{
	static const uint32_t sizes[] = { 512, 1024, 4096 };

	(void)state;
	for (size_t i = 0; i < array_size(sizes); i++) {
		struct fake_disk *d = fake_disk_new(8 << 20, sizes[i]);
		const struct part_list *l;

		put_le32(d->data + 440, 0x8de5b9e4);
		mbr_entry(d, 0, 0, 0x80, 0x0c, 16, 100);
		mbr_entry(d, 0, 2, 0, 0x83, 200, 50);
		l = table(d, 0);
		assert_string_equal(l->scheme->name, "DOS");
		assert_int_equal(l->count, 2);
		assert_int_equal(l->parts[0].number, 1);
		assert_int_equal(l->parts[0].lba, 16 * sizes[i] / 512);
		assert_int_equal(l->parts[0].nsectors, 100 * sizes[i] / 512);
		assert_true(l->parts[0].bootable);
		assert_string_equal(l->parts[0].uuid, "8de5b9e4-01");
		assert_int_equal(l->parts[1].number, 3);
		assert_int_equal(l->parts[1].sys_ind, 0x83);
		assert_string_equal(l->parts[1].uuid, "8de5b9e4-03");
		assert_string_equal(l->note, "");
	}
}

/* Three logical partitions, one of them empty, which takes no number. */
static struct fake_disk *extended(void)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	mbr_entry(d, 0, 0, 0, 0x83, 10, 10);
	mbr_entry(d, 0, 1, 0, 0x0f, 100, 1000);
	mbr_entry(d, 100, 0, 0, 0x83, 1, 20);
	mbr_entry(d, 100, 1, 0, 0x05, 50, 30);
	mbr_entry(d, 150, 0, 0, 0x83, 1, 0);
	mbr_entry(d, 150, 1, 0, 0x05, 80, 30);
	mbr_entry(d, 180, 0, 0x80, 0x0c, 2, 20);
	return d;
}

static void mbr_logical(void **state)
{
	const struct part_list *l = table(extended(), 0);

	(void)state;
	assert_int_equal(l->count, 4);
	assert_int_equal(l->parts[1].number, 2);
	assert_int_equal(l->parts[2].number, 5);
	assert_int_equal(l->parts[2].lba, 101);
	assert_int_equal(l->parts[3].number, 6);
	assert_int_equal(l->parts[3].lba, 182);
	assert_string_equal(l->parts[3].uuid, "00000000-06");
	assert_string_equal(l->note, "");
}

/* A chain that comes back: what it held once is there, and the note says why no more. */
static void mbr_loops(void **state)
{
	static const uint32_t back_to[] = { 0, 50, 80 };

	(void)state;
	for (size_t i = 0; i < array_size(back_to); i++) {
		struct fake_disk *d = extended();
		const struct part_list *l;

		mbr_entry(d, 180, 1, 0, 0x05, back_to[i], 30);
		l = table(d, 0);
		assert_int_equal(l->count, 4);
		/* A link of 0 is the end: no table follows the first itself. */
		assert_string_equal(
			l->note,
			back_to[i] ? "extended partitions form a loop" : "");
		assert_true(d->calls < 10);
	}
}

static void mbr_long_chain(void **state)
{
	struct fake_disk *d = fake_disk_new(4 << 20, 512);
	const struct part_list *l;

	(void)state;
	mbr_entry(d, 0, 0, 0, 0x05, 100, 8000);
	for (uint32_t i = 0; i < 1000; i++) {
		mbr_entry(d, 100 + 2 * i, 0, 0, 0x83, 1, 1);
		mbr_entry(d, 100 + 2 * i, 1, 0, 0x05, 2 * (i + 1), 2);
	}
	l = table(d, 0);
	assert_int_equal(l->count, 253);
	assert_int_equal(l->parts[252].number, 256);
	assert_string_equal(l->note, "partitions above 256 are not shown");
}

static void mbr_past_end(void **state)
{
	struct fake_disk *d = fake_disk_new(1000 * 512, 512);
	const struct part_list *l;

	(void)state;
	mbr_entry(d, 0, 0, 0, 0x83, 900, 200);
	mbr_entry(d, 0, 1, 0, 0x83, 1000, 1);
	mbr_entry(d, 0, 2, 0, 0x83, 0xffffffff, 0xffffffff);
	mbr_entry(d, 0, 3, 0, 0x05, 0xfffffff0, 0xffffffff);
	l = table(d, 0);
	assert_int_equal(l->count, 1);
	assert_int_equal(l->parts[0].nsectors, 100);
	assert_string_equal(l->note,
			    "partition 1 is cut at the end of the disk");
}

/* Sectors with a signature that hold no table, or another's. */
static void mbr_no(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	(void)state;
	table(d, -ENOENT);
	mbr_entry(d, 0, 0, 0, 0x83, 10, 10);
	d->data[511] = 0;
	table(d, -ENOENT);
	d->data[511] = 0xaa;
	table(d, 0);
	d->data[446] = 0x7f; /* boot code */
	table(d, -ENOENT);
	d->data[446] = 0;
	d->data[446 + 16 + 4] = 0xee;
	table(d, -EBADMSG);
}

/* A FAT that fills the disk: its boot sector is no table, unless a real one is in it. */
static void superfloppy(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);

	(void)state;
	memcpy(d->data + 54, "FAT16   ", 8);
	d->data[510] = 0x55;
	d->data[511] = 0xaa;
	table(d, -ENOENT);
	/* mkfs.fat --mbr: an entry that holds itself */
	mbr_entry(d, 0, 0, 0x80, 0x06, 0, 2048);
	table(d, -ENOENT);
	mbr_entry(d, 0, 0, 0x80, 0x06, 8, 2040);
	table(d, 0);
	mbr_entry(d, 0, 1, 0, 0x06, 0x20202020, 0x20202020);
	table(d, -ENOENT);
}

/* ---- GPT ---- */

#define NBLOCKS  1000u
#define ENTRIES2 (NBLOCKS - 200) /* of the backup; room for 512 of 128 bytes */

struct gpt {
	struct fake_disk *d;
	uint32_t block, count, size;
};

static uint8_t *gpt_block(struct gpt *g, uint64_t n)
{
	return g->d->data + n * g->block;
}

static void gpt_seal(struct gpt *g, uint64_t at)
{
	uint8_t *h = gpt_block(g, at);

	put_le32(h + 88, crc32(0, gpt_block(g, get_le64(h + 72)),
			       (size_t)g->count * g->size));
	put_le32(h + 16, 0);
	put_le32(h + 16, crc32(0, h, get_le32(h + 12)));
}

static void gpt_header(struct gpt *g, uint64_t at, uint64_t other,
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

static void gpt_entry(struct gpt *g, uint64_t table_at, uint32_t n,
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

static void gpt_both(struct gpt *g, uint32_t n, uint64_t first, uint64_t last,
		     const char *name)
{
	gpt_entry(g, 2, n, first, last, name);
	gpt_entry(g, ENTRIES2, n, first, last, name);
}

static void gpt_seal_both(struct gpt *g)
{
	gpt_seal(g, 1);
	gpt_seal(g, NBLOCKS - 1);
}

static struct gpt gpt_make(uint32_t block, uint32_t count, uint32_t size)
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

static void gpt_sound(void **state)
{
	static const struct {
		uint32_t block, count, size;
	} cases[] = {
		{ 512, 128, 128 },  { 512, 4, 128 },   { 512, 8, 512 },
		{ 4096, 128, 128 }, { 1024, 64, 256 }, { 4096, 4, 4096 },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct gpt g = gpt_make(cases[i].block, cases[i].count,
					cases[i].size);
		const struct part_list *l;
		uint32_t unit = g.block / 512;

		l = table(g.d, 0);
		assert_string_equal(l->scheme->name, "EFI");
		assert_int_equal(l->count, 2);
		assert_int_equal(l->parts[0].number, 1);
		assert_int_equal(l->parts[0].lba, 50 * unit);
		assert_int_equal(l->parts[0].nsectors, 50 * unit);
		assert_string_equal(l->parts[0].name, "boot");
		assert_int_equal(l->parts[1].number, 4);
		assert_int_equal(l->parts[1].nsectors, unit);
		assert_false(l->from_backup);
		assert_string_equal(l->note, "");
		if (cases[i].size == 128)
			assert_int_equal(g.d->calls, 1);
	}
}

/* Any byte of the primary header or an entry damaged: the backup is used. */
static void gpt_backup(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	uint8_t *h = gpt_block(&g, 1), *e = gpt_block(&g, 2);
	const struct part_list *l;

	(void)state;
	for (uint32_t i = 0; i < 92 + 256; i++) {
		uint8_t *p = i < 92 ? h + i : e + i - 92;

		*p ^= 0x10;
		l = table(g.d, 0);
		assert_true(l->from_backup);
		assert_int_equal(l->count, 2);
		assert_string_equal(l->note,
				    "the primary GPT is bad; using the backup");
		*p ^= 0x10;
	}
	h[0] = 0;
	gpt_block(&g, NBLOCKS - 1)[16] ^= 1;
	l = table(g.d, -EBADMSG);
	assert_string_equal(l->note, "primary and backup GPT are both bad");
	assert_int_equal(l->count, 0);
}

/* Primary blocks that cannot be read. */
static void gpt_io_error(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	for (uint64_t lba = 1; lba < 34; lba += 8) {
		g.d->bad_lba = lba;
		g.d->bad_nsectors = 1;
		assert_true(table(g.d, 0)->from_backup);
	}
	g.d->bad_lba = 0;
	table(g.d, -EIO);
	g.d->bad_lba = 1;
	g.d->bad_nsectors = NBLOCKS;
	table(g.d, -EIO);
	g.d->error = -ETIMEDOUT;
	table(g.d, -ETIMEDOUT);
	g.d->bad_nsectors = 0;
	table(g.d, 0);
}

/* Numbers in a header whose CRC is right. */
static void gpt_hostile(void **state)
{
	static const struct {
		uint32_t at, width;
		uint64_t value;
	} cases[] = {
		{ 12, 4, 0xffffffff },
		{ 12, 4, 91 },
		{ 12, 4, 513 },
		{ 12, 4, 0 },
		{ 24, 8, 2 },
		{ 24, 8, UINT64_MAX },
		{ 72, 8, 0xffff },
		{ 72, 8, UINT64_MAX },
		{ 72, 8, NBLOCKS - 31 },
		{ 80, 4, 0xffffffff },
		{ 80, 4, 0 },
		{ 80, 4, 0x10000 },
		{ 84, 4, 0 },
		{ 84, 4, 64 },
		{ 84, 4, 129 },
		{ 84, 4, 192 },
		{ 84, 4, 0x80000000 },
		{ 84, 4, 0xffffffff },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct gpt g = gpt_make(512, 128, 128);
		uint8_t *h = gpt_block(&g, 1);
		uint32_t size;

		if (cases[i].width == 8)
			put_le64(h + cases[i].at, cases[i].value);
		else
			put_le32(h + cases[i].at, (uint32_t)cases[i].value);
		size = get_le32(h + 12);
		put_le32(h + 16, 0);
		put_le32(h + 16, crc32(0, h, size <= 4096 ? size : 92));
		assert_true(table(g.d, 0)->from_backup);
	}
}

static void gpt_entries(void **state)
{
	struct gpt g = gpt_make(512, 512, 128);
	const struct part_list *l;

	(void)state;
	gpt_entry(&g, 2, 5, 300, 299, "backwards");
	gpt_entry(&g, 2, 6, 0, UINT64_MAX, "everything");
	gpt_entry(&g, 2, 7, NBLOCKS, NBLOCKS + 5, "outside");
	gpt_entry(&g, 2, 8, NBLOCKS - 10, NBLOCKS + 5, "cut");
	gpt_entry(&g, 2, 9, 60, 70,
		  "\x1b[31m\x9b"
		  "1mred");
	gpt_entry(&g, 2, 255, 70, 80, "last");
	gpt_entry(&g, 2, 256, 70, 80, "too high a number");
	gpt_seal(&g, 1);
	l = table(g.d, 0);
	assert_int_equal(l->count, 5);
	assert_int_equal(l->parts[2].number, 9);
	assert_int_equal(l->parts[2].nsectors, 10);
	assert_string_equal(l->parts[3].name, "?[31m??1mred");
	assert_int_equal(l->parts[4].number, 256);
	assert_string_equal(l->note, "partition 6 ends before it begins");
}

/* The disk grew, so the backup is not at its end; or it was cut. */
static void gpt_resized(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	g.d->dev.nsectors = 150;
	assert_string_equal(table(g.d, 0)->note,
			    "partition 4 begins past the end of the disk");
	g.d->dev.nsectors = 80;
	assert_int_equal(table(g.d, 0)->parts[0].nsectors, 30);
	/* Where the header says, not at the end, when only entries are bad. */
	g = gpt_make(512, 128, 128);
	memmove(gpt_block(&g, NBLOCKS - 5), gpt_block(&g, NBLOCKS - 1), 512);
	memset(gpt_block(&g, NBLOCKS - 1), 0, 512);
	put_le64(gpt_block(&g, NBLOCKS - 5) + 24, NBLOCKS - 5);
	gpt_seal(&g, NBLOCKS - 5);
	put_le64(gpt_block(&g, 1) + 32, NBLOCKS - 5);
	gpt_seal(&g, 1);
	gpt_block(&g, 2)[0] ^= 1;
	assert_true(table(g.d, 0)->from_backup);
}

/* ---- devices ---- */

static void tiny(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 40; n++) {
		struct fake_disk *d = fake_disk_new(64 * 512, 512);

		d->dev.nsectors = n;
		mbr_entry(d, 0, 0, 0, 0xee, 1, 0xffffffff);
		table(d, n ? -EBADMSG : -ENOENT);
	}
}

static void kept(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	struct blkdev *one, *again;
	uint8_t sector[512] = { 0 };
	unsigned int calls;

	(void)state;
	assert_int_equal(part_open(&g.d->dev, 1, &one), 0);
	calls = g.d->calls;
	assert_int_equal(part_open(&g.d->dev, 1, &again), 0);
	assert_ptr_equal(one, again);
	assert_int_equal(g.d->calls, calls);
	assert_int_equal(part_open(&g.d->dev, 2, &again), -ENOENT);
	assert_int_equal(one->nsectors, 50);
	gpt_both(&g, 0, 60, 60, "boot");
	gpt_seal_both(&g);
	/* A write anywhere, even through the partition: the table is read anew. */
	assert_int_equal(blk_write(one, 0, 1, sector), 0);
	assert_int_equal(part_open(&g.d->dev, 1, &again), 0);
	assert_ptr_equal(one, again);
	assert_int_equal(one->nsectors, 1);
	assert_int_equal(one->start, 60);
}

static void address_form(void **state)
{
	static const struct {
		const char *type, *spec;
		int ret;
		unsigned int part;
	} cases[] = {
		{ "virtio", "0", 0, 1 },
		{ "virtio", "0:0", 0, 0 },
		{ "virtio", "0:1", 0, 1 },
		{ "virtio", "0:4", 0, 4 },
		{ "virtio", "0:a", 0, 10 },
		{ "virtio", "0:0xA", 0, 10 },
		{ "virtio", "0:10", -ENOENT, 0 },
		{ "virtio", "0x0:1", 0, 1 },
		{ "virtio", "0:2", -ENOENT, 0 },
		{ "virtio", "0:101", -ENOENT, 0 },
		{ "virtio", "0:ffffffffffffffff", -ENOENT, 0 },
		{ "virtio", "0:10000000000000001", -EINVAL, 0 },
		{ "virtio", "0:", -EINVAL, 0 },
		{ "virtio", "0:zz", -EINVAL, 0 },
		{ "virtio", "0:1z", -EINVAL, 0 },
		{ "virtio", "0:1:1", -EINVAL, 0 },
		{ "virtio", "0:-1", -EINVAL, 0 },
		{ "virtio", "0#boot", 0, 1 },
		{ "virtio", "0#Boot", -ENOENT, 0 },
		{ "virtio", "0#", -ENOENT, 0 },
		{ "virtio", "0:auto", 0, 10 },
		{ "virtio", "", -EINVAL, 0 },
		{ "virtio", ":1", -EINVAL, 0 },
		{ "virtio", "zz", -EINVAL, 0 },
		{ "virtio", "0z", -EINVAL, 0 },
		{ "virtio", "1", -ENODEV, 0 },
		{ "virtio", "100000000", -ENODEV, 0 },
		{ "mmc", "0", -ENODEV, 0 },
		{ "", "0", -ENODEV, 0 },
	};
	struct gpt g = gpt_make(512, 128, 128);

	(void)state;
	gpt_both(&g, 9, 300, 310, "esp");
	put_le64(gpt_block(&g, 2) + 9 * 128 + 48, 4); /* legacy bootable */
	gpt_seal_both(&g);
	for (size_t i = 0; i < array_size(cases); i++) {
		struct blkdev *disk, *dev;
		const char *why = NULL;

		assert_int_equal(part_resolve(cases[i].type, cases[i].spec,
					      &disk, &dev, &why),
				 cases[i].ret);
		if (cases[i].ret)
			assert_non_null(why);
		else
			assert_int_equal(dev->partition, cases[i].part);
	}
}

/* Nothing is marked bootable: the first, but not the box around others. */
static void auto_without_flag(void **state)
{
	struct gpt g = gpt_make(512, 128, 128);
	struct blkdev *disk, *dev;
	const char *why;

	(void)state;
	gpt_seal_both(&g);
	assert_int_equal(part_resolve("virtio", "0:auto", &disk, &dev, &why),
			 0);
	assert_int_equal(dev->partition, 1);
}

static void no_table(void **state)
{
	struct fake_disk *d = fake_disk_new(1 << 20, 512);
	struct blkdev *disk, *dev;
	const char *why;

	(void)state;
	assert_int_equal(part_resolve("virtio", "0", &disk, &dev, &why), 0);
	assert_ptr_equal(dev, &d->dev);
	assert_int_equal(part_resolve("virtio", "0:0", &disk, &dev, &why), 0);
	assert_int_equal(part_resolve("virtio", "0:1", &disk, &dev, &why),
			 -ENOENT);
	assert_string_equal(why, "no partition table");
}

/* ---- other people's tools ---- */

static struct fake_disk *made_by(const char *script)
{
	char path[] = "/tmp/vireo-part-XXXXXX", cmd[1024];
	int fd = mkstemp(path);
	struct fake_disk *d;

	assert_true(fd >= 0 && !ftruncate(fd, 64 << 20));
	close(fd);
	snprintf(cmd, sizeof(cmd), "PATH=$PATH:/usr/sbin:/sbin; D=%s; %s", path,
		 script);
	assert_int_equal(system(cmd), 0);
	d = fake_disk_load(path, 512);
	unlink(path);
	return d;
}

static void by_sgdisk(void **state)
{
	struct fake_disk *d = made_by(
		"sgdisk -n 1:2048:+1M -c 1:first -n 5:8192:+2M -t 5:ef00 "
		"-c 5:'Zweite \303\244' -A 1:set:2 $D >/dev/null");
	const struct part_list *l = table(d, 0);

	(void)state;
	assert_int_equal(l->count, 2);
	assert_int_equal(l->parts[0].lba, 2048);
	assert_int_equal(l->parts[0].nsectors, 2048);
	assert_true(l->parts[0].bootable);
	assert_int_equal(l->parts[1].number, 5);
	assert_string_equal(l->parts[1].name, "Zweite \303\244");
	assert_true(l->parts[1].bootable);
	/* The MBR beyond the protective entry is no business of ours. */
	d->data[512] = 0;
	assert_true(table(d, 0)->from_backup);
}

static void by_sfdisk(void **state)
{
	struct fake_disk *d = made_by(
		"printf 'label: dos\\nlabel-id: 0x8de5b9e4\\n"
		"2048,2048,c,*\\n4096,2048,83\\n8192,,5\\n10240,1024,83\\n"
		"14336,1024,6\\n20480,1024,83\\n' | sfdisk -q $D");
	const struct part_list *l = table(d, 0);
	static const unsigned int numbers[] = { 1, 2, 3, 5, 6, 7 };
	static const uint64_t starts[] = {
		2048, 4096, 8192, 10240, 14336, 20480
	};

	(void)state;
	assert_int_equal(l->count, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(l->parts[i].number, numbers[i]);
		assert_int_equal(l->parts[i].lba, starts[i]);
	}
	assert_int_equal(l->parts[5].nsectors, 1024);
	assert_string_equal(l->parts[4].uuid, "8de5b9e4-06");
	assert_string_equal(l->note, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(mbr_primary, setup, NULL),
		fake_isolated(mbr_logical, setup, NULL),
		fake_isolated(mbr_loops, setup, NULL),
		fake_isolated(mbr_long_chain, setup, NULL),
		fake_isolated(mbr_past_end, setup, NULL),
		fake_isolated(mbr_no, setup, NULL),
		fake_isolated(superfloppy, setup, NULL),
		fake_isolated(gpt_sound, setup, NULL),
		fake_isolated(gpt_backup, setup, NULL),
		fake_isolated(gpt_io_error, setup, NULL),
		fake_isolated(gpt_hostile, setup, NULL),
		fake_isolated(gpt_entries, setup, NULL),
		fake_isolated(gpt_resized, setup, NULL),
		fake_isolated(tiny, setup, NULL),
		fake_isolated(kept, setup, NULL),
		fake_isolated(address_form, setup, NULL),
		fake_isolated(auto_without_flag, setup, NULL),
		fake_isolated(no_table, setup, NULL),
		fake_isolated(by_sgdisk, setup, NULL),
		fake_isolated(by_sfdisk, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
