/* SPDX-License-Identifier: BSD-2-Clause */
/* Byte ranges into pieces: joined, sorted, and with what lies between them. */
#include <stdlib.h>
#include <string.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <block/gather.h>
#include <core/heap.h>
#include <lib/byteorder.h>
#include <lib/compiler.h>

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

/* Side by side on the disk and in memory is one piece; bounce blocks run out
 * and are flushed in between. */
static void gathering(void **state)
{
	struct blk_gather g;

	(void)state;
	assert_int_equal(blk_gather_init(&g, &disk->dev), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(
			blk_gather_add(&g, 512u * i, 512, buf + 512 * i), 0);
	assert_int_equal(g.count, 1);
	assert_int_equal(blk_gather_flush(&g), 0);
	assert_int_equal(disk->pieces, 1);
	assert_memory_equal(buf, disk->data, 8 * 512);
	memset(buf, 0, sizeof(buf));
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			blk_gather_add(&g, 1000u * i + 3, 600, buf + 600 * i),
			0);
	assert_int_equal(blk_gather_flush(&g), 0);
	for (int i = 0; i < 20; i++)
		assert_memory_equal(buf + 600 * i, disk->data + 1000 * i + 3,
				    600);
	fake_disk_forget(disk);
	assert_int_equal(blk_gather_flush(&g), 0);
	assert_int_equal(disk->calls, 0);
	blk_gather_end(&g);
}

/*
 * Sixteen pieces that nearly adjoin are one stretch of the disk, and a bad block
 * between them is no trouble; pieces further apart are what they are. Nothing is
 * written but where it was asked for.
 */
static void gaps(void **state)
{
	static const struct {
		uint32_t apart; /* sectors, from one piece of 8 to the next */
		unsigned int pieces;
	} cases[] = {
		{ 8, 16 }, { 9, 31 }, { 24, 31 }, { 25, 16 }, { 99, 16 }
	};

	(void)state;
	for (unsigned int k = 0; k < 2 * array_size(cases); k++) {
		uint32_t apart = cases[k / 2].apart;
		struct fake_disk *d = fake_disk_new(1 << 20, 512);
		uint8_t *to = malloc(16 * 4096);
		uint64_t end = 0;
		struct blk_gather g;

		for (uint32_t i = 0; i < d->size / 4; i++)
			put_le32(d->data + 4 * i, i * 2654435761u);
		d->bad_lba = 3 * apart + 8;
		d->bad_nsectors = k % 2 && apart > 8;
		assert_int_equal(blk_gather_init(&g, &d->dev), 0);
		for (uint32_t i = 0; i < 16; i++)
			assert_int_equal(blk_gather_add(&g, i * apart * 512,
							4096,
							to + (i ^ 5) * 4096),
					 0);
		assert_int_equal(blk_gather_flush(&g), 0);
		for (uint32_t i = 0; i < 16; i++)
			assert_memory_equal(to + (i ^ 5) * 4096,
					    d->data + i * apart * 512, 4096);
		for (unsigned int i = 0; k % 2 == 0 && i < d->pieces; i++) {
			if (cases[k / 2].pieces == 31 && i)
				assert_int_equal(d->io[i].lba, end);
			end = d->io[i].lba + d->io[i].nsectors;
		}
		assert_int_equal(k % 2 ? cases[k / 2].pieces : d->pieces,
				 cases[k / 2].pieces);
		assert_int_equal(d->calls, 1 + (d->bad_nsectors &&
						cases[k / 2].pieces == 31));
		blk_gather_end(&g);
		free(to);
	}
}

/* Any number of pieces in any order: one call, in the order of sectors; with
 * a heap that is too small for the list or for sorting, still right. */
static void ordering(void **state)
{
	static const uint32_t counts[] = { 1, 2, 3, 31, 32, 33, 1000, 4000 };
	static uint8_t small[20000];

	(void)state;
	for (int k = 0; k < 2 * (int)array_size(counts); k++) {
		uint32_t n = counts[k / 2], size = 8192 * 512, seed = 1;
		struct fake_disk *d = fake_disk_new(size, 512);
		uint8_t *to = malloc(n * 512 + 1);
		uint32_t *at = malloc(n * sizeof(*at));
		struct blk_gather g;

		if (k % 2)
			heap_init(small, sizeof(small));
		for (uint32_t i = 0; i < size / 4; i++)
			put_le32(d->data + 4 * i, i);
		assert_int_equal(blk_gather_init(&g, &d->dev), 0);
		for (uint32_t i = 0; i < n; i++) {
			seed = seed * 1664525 + 1013904223;
			at[i] = (seed >> 8) % 8192;
			assert_int_equal(blk_gather_add(&g, at[i] * 512, 512,
							to + i * 512),
					 0);
		}
		assert_int_equal(blk_gather_flush(&g), 0);
		for (uint32_t i = 0; i < n; i++)
			assert_memory_equal(to + i * 512, d->data + at[i] * 512,
					    512);
		for (uint32_t i = 1;
		     k % 2 == 0 && i < d->pieces && i < FAKE_DISK_IO; i++)
			assert_true(d->io[i - 1].lba <= d->io[i].lba);
		assert_true(d->calls == 1 || k % 2);
		blk_gather_end(&g);
		if (k % 2)
			fake_heap();
		free(to);
		free(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(gathering, setup, NULL),
		fake_isolated(gaps, setup, NULL),
		fake_isolated(ordering, setup, NULL),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
