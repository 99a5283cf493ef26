/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate to drivers: what may pass and what may not, for disks and
 * partitions. fake/ram_disk aborts when a driver is
 * given anything that block/ should have refused.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <block/gather.h>
#include <core/heap.h>
#include <lib/byteorder.h>

#define SECTORS 64u

static struct fake_disk *disk;
static uint8_t buf[128 * 512];

static int setup(void **state)
{
	(void)state;
	fake_heap();
	disk = fake_disk_new(SECTORS * 512, 512);
	for (uint32_t i = 0; i < SECTORS * 512; i++)
		disk->data[i] = (uint8_t)(i * 7 + i / 512);
	return 0;
}

/* A partition of 16 sectors in the middle. */
static struct blkdev part_of(struct fake_disk *d)
{
	struct blkdev p = d->dev;

	p.parent = &d->dev;
	p.partition = 1;
	p.start = 32;
	p.nsectors = 16;
	return p;
}

static void bounds(void **state)
{
	static const struct {
		uint64_t lba, n;
		int disk, part;
	} cases[] = {
		{ 0, 1, 0, 0 },
		{ 15, 1, 0, 0 },
		{ 16, 1, 0, -ERANGE },
		{ 0, 16, 0, 0 },
		{ 1, 16, 0, -ERANGE },
		{ 63, 1, 0, -ERANGE },
		{ 64, 1, -ERANGE, -ERANGE },
		{ 0, 64, 0, -ERANGE },
		{ 0, 65, -ERANGE, -ERANGE },
		{ 0, 0, -EINVAL, -EINVAL },
		{ 64, 0, -EINVAL, -EINVAL },
		{ UINT64_MAX, 1, -ERANGE, -ERANGE },
		{ UINT64_MAX, UINT64_MAX, -ERANGE, -ERANGE },
		{ 1, UINT64_MAX, -ERANGE, -ERANGE },
		{ UINT64_C(1) << 55, 1, -ERANGE, -ERANGE },
		{ 8, UINT64_C(0x8000000000000000), -ERANGE, -ERANGE },
	};
	struct blkdev part = part_of(disk);

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		uint64_t lba = cases[i].lba, n = cases[i].n;

		assert_int_equal(blk_read(&disk->dev, lba, n, buf),
				 cases[i].disk);
		assert_int_equal(blk_write(&disk->dev, lba, n, buf),
				 cases[i].disk);
		assert_int_equal(blk_read(&part, lba, n, buf), cases[i].part);
		assert_int_equal(blk_write(&part, lba, n, buf), cases[i].part);
		assert_int_equal(blk_write_zeroes(&part, lba, n),
				 cases[i].part);
	}
}

static void partition_offset(void **state)
{
	struct blkdev part = part_of(disk);

	(void)state;
	assert_int_equal(blk_read(&part, 3, 2, buf), 0);
	assert_memory_equal(buf, disk->data + 35 * 512, 1024);
	assert_int_equal(disk->io[0].lba, 35);
	memset(buf, 0x5a, 512);
	assert_int_equal(blk_write(&part, 0, 1, buf), 0);
	assert_memory_equal(disk->data + 32 * 512, buf, 512);
	/* The disk shrank below the partition's end. */
	disk->dev.nsectors = 40;
	assert_int_equal(blk_read(&part, 0, 1, buf), -ERANGE);
	part.start = UINT64_MAX - 3;
	assert_int_equal(blk_read(&part, 0, 1, buf), -ERANGE);
}

static void whole_blocks_only(void **state)
{
	struct fake_disk *d = fake_disk_new(SECTORS * 512, 4096);

	(void)state;
	assert_int_equal(blk_read(&d->dev, 0, 8, buf), 0);
	assert_int_equal(blk_read(&d->dev, 8, 16, buf), 0);
	assert_int_equal(blk_read(&d->dev, 0, 1, buf), -EINVAL);
	assert_int_equal(blk_read(&d->dev, 4, 8, buf), -EINVAL);
	assert_int_equal(blk_read(&d->dev, 0, 12, buf), -EINVAL);
}

/* Nothing moves when any piece is bad, wherever it stands. */
static void all_or_nothing(void **state)
{
	struct blk_piece p[3] = {
		{ 0, 1, buf },
		{ 1, 1, buf + 512 },
		{ SECTORS, 1, buf + 1024 },
	};

	(void)state;
	assert_int_equal(blk_readv(&disk->dev, p, 3), -ERANGE);
	assert_int_equal(blk_writev(&disk->dev, p, 3), -ERANGE);
	assert_int_equal(blk_readv(&disk->dev, p, 0), -EINVAL);
	assert_int_equal(disk->calls, 0);
	assert_int_equal(blk_readv(&disk->dev, p, 2), 0);
	assert_int_equal(disk->calls, 1);
	assert_int_equal(disk->pieces, 2);
}

static void read_only(void **state)
{
	struct blkdev part = part_of(disk);
	uint32_t before = blk_generation(&disk->dev);

	(void)state;
	disk->dev.read_only = true;
	assert_int_equal(blk_write(&disk->dev, 0, 1, buf), -EROFS);
	assert_int_equal(blk_write(&part, 0, 1, buf), -EROFS);
	assert_int_equal(blk_write_zeroes(&part, 0, 1), -EROFS);
	assert_int_equal(blk_discard(&part, 0, 1), -ENOSYS);
	assert_int_equal(disk->calls, 0);
	assert_int_equal(blk_generation(&part), before);
}

/* What was cached is stale after a write, even one that failed. */
static void generation(void **state)
{
	struct blkdev part = part_of(disk);
	uint32_t g = blk_generation(&part);

	(void)state;
	assert_int_equal(blk_read(&part, 0, 1, buf), 0);
	assert_int_equal(blk_generation(&disk->dev), g);
	assert_int_equal(blk_write(&part, 0, 1, buf), 0);
	assert_int_not_equal(blk_generation(&part), g);
	g = blk_generation(&disk->dev);
	disk->bad_lba = 0;
	disk->bad_nsectors = 1;
	assert_int_equal(blk_write(&disk->dev, 0, 1, buf), -EIO);
	assert_int_not_equal(blk_generation(&part), g);
}

/* A disk is asked for its size again before something is past its end. */
static void growth(void **state)
{
	(void)state;
	assert_int_equal(blk_open(&disk->dev), 0);
	disk->opens = 0;
	disk->dev.nsectors = 8;
	assert_int_equal(blk_read(&disk->dev, 8, 1, buf), -ERANGE);
	assert_int_equal(disk->opens, 1);
	disk->grow_to = SECTORS;
	assert_int_equal(blk_read(&disk->dev, 8, 1, buf), 0);
	assert_int_equal(disk->opens, 2);
	assert_int_equal(blk_read(&disk->dev, 9, 1, buf), 0);
	assert_int_equal(disk->opens, 2);
}

/* More pieces than are moved to the disk's sectors in one go. */
static void many_pieces(void **state)
{
	struct blkdev part = part_of(disk);
	struct blk_piece *p = calloc(5000, sizeof(*p));

	(void)state;
	for (int i = 0; i < 5000; i++)
		p[i] = (struct blk_piece){ (uint64_t)i % 16, 1,
					   buf + i % 128 * 512 };
	assert_int_equal(blk_readv(&part, p, 5000), 0);
	assert_int_equal(disk->pieces, 5000);
	assert_int_equal(disk->io[4095].lba, 32 + 4095 % 16);
	assert_memory_equal(buf + 5 * 512,
			    disk->data + (32 + (4992 + 5) % 128 % 16) * 512,
			    512);
	p[4999].lba = 16;
	fake_disk_forget(disk);
	assert_int_equal(blk_readv(&part, p, 5000), -ERANGE);
	assert_int_equal(disk->calls, 0);
	free(p);
}

/* A device is never lent the heap to write to: not a piece of it, not as a
 * part of many, not more than the bounce memory holds. */
static void heap_is_not_lent(void **state)
{
	enum { BIG = 6000 };
	struct fake_disk *d = fake_disk_new(BIG * 512, 512);
	struct blkdev part = d->dev;
	uint8_t *mem = heap_alloc(BIG * 512), *to = mem;
	struct blk_piece p[] = { { 7, 1, mem + 512 },
				 { 8, 2, buf },
				 { 10, 3, mem + 1024 } };

	(void)state;
	for (uint32_t i = 0; i < BIG * 128; i++)
		put_le32(d->data + 4 * i, i);
	part.parent = &d->dev;
	part.partition = 1;
	part.start = 100;
	part.nsectors = BIG - 100;
	for (int k = 0; k < 2; k++) {
		struct blkdev *dev = k ? &part : &d->dev;
		const uint8_t *from = d->data + dev->start * 512;

		memset(mem, 0, BIG * 512);
		fake_disk_forget(d);
		assert_int_equal(blk_readv(dev, p, 3), 0);
		assert_int_equal(d->calls, 1);
		assert_memory_equal(mem + 512, from + 7 * 512, 512);
		assert_memory_equal(buf, from + 8 * 512, 1024);
		assert_memory_equal(mem + 1024, from + 10 * 512, 1536);
		assert_ptr_equal(d->io[1].buf, buf);
		for (size_t i = 0; i < d->pieces; i++)
			assert_false(heap_has(d->io[i].buf));
		assert_int_equal(blk_read(dev, 0, dev->nsectors, mem), 0);
		assert_memory_equal(mem, from, dev->nsectors * 512);
		assert_int_equal(blk_write(dev, 0, 1, mem + 512), 0);
		assert_memory_equal(from, mem + 512, 512);
	}
	/* Nothing of a transfer that failed arrives. */
	memset(mem, 0x5a, 1024);
	d->bad_lba = 1;
	d->bad_nsectors = 1;
	assert_int_equal(blk_read(&d->dev, 0, 2, mem), -EIO);
	for (int i = 0; i < 1024; i++)
		assert_int_equal(to[i], 0x5a);
	heap_free(mem);
}

static void names(void **state)
{
	struct fake_disk *second = fake_disk_new(4096, 512);

	(void)state;
	assert_ptr_equal(blk_find("virtio", 0), &disk->dev);
	assert_ptr_equal(blk_find("virtio", 1), &second->dev);
	assert_null(blk_find("virtio", 2));
	assert_null(blk_find("mmc", 0));
	assert_ptr_equal(blk_next(NULL), &disk->dev);
	assert_ptr_equal(blk_next(&disk->dev), &second->dev);
	assert_null(blk_next(&second->dev));
}

/* Every range of the first 2.5 blocks, for three block sizes; at most three pieces in
 * one call, and not a byte beside the destination. */
static void bytes(void **state)
{
	static const uint32_t sizes[] = { 512, 1024, 4096 };

	(void)state;
	for (size_t s = 0; s < array_size(sizes); s++) {
		uint32_t block = sizes[s], max = block * 5 / 2;
		struct fake_disk *d = fake_disk_new(SECTORS * 512, block);

		memcpy(d->data, disk->data, SECTORS * 512);
		for (uint32_t at = 0; at < max; at += at % 3 ? 61 : 1) {
			for (uint32_t len = 1; at + len <= max; len += 113) {
				memset(buf, 0xee, max + 2);
				fake_disk_forget(d);
				assert_int_equal(blk_read_bytes(&d->dev, at,
								len, buf + 1),
						 0);
				assert_true(d->calls == 1 && d->pieces <= 3);
				assert_memory_equal(buf + 1, d->data + at, len);
				assert_int_equal(buf[0], 0xee);
				assert_int_equal(buf[len + 1], 0xee);
			}
		}
		assert_int_equal(
			blk_read_bytes(&d->dev, SECTORS * 512 - 1, 1, buf), 0);
		assert_int_equal(
			blk_read_bytes(&d->dev, SECTORS * 512 - 1, 2, buf),
			-ERANGE);
		assert_int_equal(blk_read_bytes(&d->dev, UINT64_MAX, 2, buf),
				 -ERANGE);
		assert_int_equal(blk_read_bytes(&d->dev, 1, UINT64_MAX, buf),
				 -ERANGE);
	}
}

static void failures(void **state)
{
	char id[21];

	(void)state;
	disk->bad_lba = 5;
	disk->bad_nsectors = 1;
	assert_int_equal(blk_read(&disk->dev, 0, 5, buf), 0);
	assert_int_equal(blk_read(&disk->dev, 0, 6, buf), -EIO);
	disk->error = -ETIMEDOUT;
	assert_int_equal(blk_read_bytes(&disk->dev, 5 * 512 + 1, 3, buf),
			 -ETIMEDOUT);
	assert_int_equal(blk_get_id(&disk->dev, id), -ENOSYS);
	assert_int_equal(blk_flush(&disk->dev), 0);
	assert_int_equal(disk->flushes, 1);
}

static struct blkdev found[2];
static unsigned int scans;

static void find_two(struct blk_scan *s)
{
	scans++;
	for (unsigned int i = 0; i < 2; i++) {
		found[i].type = s->type;
		found[i].ops = disk->dev.ops;
		blk_register(&found[i]);
	}
}

/* A controller is asked when more disks are looked for than there are, once. */
static void scan_on_demand(void **state)
{
	static struct blk_scan first = { "scsi", find_two, NULL };
	static struct blk_scan second = { "other", find_two, NULL };

	(void)state;
	blk_register_scan(&first);
	blk_register_scan(&second);
	assert_ptr_equal(blk_find("virtio", 0), &disk->dev);
	assert_null(blk_find("virtio", 1));
	assert_ptr_equal(blk_next(NULL), &disk->dev);
	assert_int_equal(scans, 0);
	assert_ptr_equal(blk_find("scsi", 1), &found[1]);
	assert_int_equal(found[1].index, 1);
	assert_null(blk_find("scsi", 2));
	assert_int_equal(scans, 1);
}

/* Whoever walks all disks meets those too, after the others. */
static void scan_at_the_end_of_a_walk(void **state)
{
	static struct blk_scan s = { "scsi", find_two, NULL };

	(void)state;
	blk_register_scan(&s);
	assert_ptr_equal(blk_next(&disk->dev), &found[0]);
	assert_ptr_equal(blk_next(&found[0]), &found[1]);
	assert_null(blk_next(&found[1]));
	assert_int_equal(scans, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(bounds, setup, NULL),
		fake_isolated(partition_offset, setup, NULL),
		fake_isolated(whole_blocks_only, setup, NULL),
		fake_isolated(all_or_nothing, setup, NULL),
		fake_isolated(read_only, setup, NULL),
		fake_isolated(generation, setup, NULL),
		fake_isolated(growth, setup, NULL),
		fake_isolated(many_pieces, setup, NULL),
		fake_isolated(heap_is_not_lent, setup, NULL),
		fake_isolated(names, setup, NULL),
		fake_isolated(bytes, setup, NULL),
		fake_isolated(failures, setup, NULL),
		fake_isolated(scan_on_demand, setup, NULL),
		fake_isolated(scan_at_the_end_of_a_walk, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
