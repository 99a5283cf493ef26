/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cache of metadata: what is read for a miss and what for a hit, which window makes
 * room, and bad blocks, ends of devices and heaps.
 */
#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <errno.h>
#include <string.h>

#include <block/cache.h>
#include <core/heap.h>

#define WINDOW 4096u

static struct fake_disk *disk;

static int setup(void **state)
{
	(void)state;
	fake_heap();
	disk = fake_disk_new(10 * WINDOW + 1024, 512);
	for (uint64_t i = 0; i < disk->size; i++)
		disk->data[i] = (uint8_t)(i / 512 * 7 + i);
	return 0;
}

static int read_it(void *ctx, uint64_t offset, uint64_t len, void *buf)
{
	return blk_read_bytes(ctx, offset, len, buf);
}

static struct blk_cache cache_of(uint32_t max)
{
	return (struct blk_cache){ .dev = &disk->dev,
				   .window = WINDOW,
				   .max = max,
				   .read = read_it,
				   .ctx = &disk->dev };
}

/* Get them; they are right, and cost @calls transfers. */
static void get(struct blk_cache *c, uint64_t offset, uint32_t len,
		unsigned int calls)
{
	const uint8_t *p;

	fake_disk_forget(disk);
	assert_int_equal(blk_cache_get(c, offset, len, &p), 0);
	assert_memory_equal(p, disk->data + offset, len);
	assert_int_equal(disk->calls, calls);
}

static void hits_and_misses(void **state)
{
	struct blk_cache c = cache_of(2);
	size_t used = heap_used();

	(void)state;
	get(&c, 100, 200, 1);
	get(&c, 0, WINDOW, 0);
	get(&c, 5 * WINDOW + 8, 8, 1);
	get(&c, WINDOW - 1, 1, 0);
	/* the one used least recently makes room */
	get(&c, 2 * WINDOW, 4, 1);
	get(&c, 16, 16, 0);
	get(&c, 5 * WINDOW, 4, 1);
	get(&c, 2 * WINDOW, 4, 1);
	blk_cache_end(&c);
	assert_int_equal(heap_used(), used);
	get(&c, 16, 16, 1);
	blk_cache_end(&c);
}

static void ends(void **state)
{
	struct blk_cache c = cache_of(2);
	const uint8_t *p;

	(void)state;
	get(&c, 10 * WINDOW + 1000, 24, 1);
	assert_int_equal(blk_cache_get(&c, 10 * WINDOW + 1000, 25, &p),
			 -ERANGE);
	assert_int_equal(blk_cache_get(&c, 11 * WINDOW, 1, &p), -ERANGE);
	assert_int_equal(blk_cache_get(&c, UINT64_MAX, 1, &p), -ERANGE);
	assert_int_equal(blk_cache_get(&c, WINDOW - 1, 2, &p), -ERANGE);
	get(&c, 10 * WINDOW, 1024, 0);
	blk_cache_end(&c);
}

/* A bad block takes nothing along with it. */
static void bad_blocks(void **state)
{
	struct blk_cache c = cache_of(2);
	const uint8_t *p;

	(void)state;
	disk->bad_lba = 3;
	disk->bad_nsectors = 1;
	get(&c, 0, 512, 2);
	get(&c, 100, 100, 0);
	get(&c, 2048, 512, 2);
	assert_int_equal(blk_cache_get(&c, 1536, 4, &p), -EIO);
	disk->bad_nsectors = 0;
	get(&c, 1536, 512, 1);
	get(&c, 0, WINDOW, 0);
	disk->error = -ETIMEDOUT;
	disk->bad_lba = 9 * WINDOW / 512;
	disk->bad_nsectors = 1;
	fake_disk_forget(disk);
	assert_int_equal(blk_cache_get(&c, 9 * WINDOW, 4, &p), -ETIMEDOUT);
	assert_int_equal(disk->calls, 1);
	blk_cache_end(&c);
}

static void put(void **state)
{
	struct blk_cache c = cache_of(4);

	(void)state;
	blk_cache_put(&c, disk->data, 2 * WINDOW + 512);
	get(&c, 0, WINDOW, 0);
	get(&c, 2 * WINDOW, 512, 0);
	get(&c, 2 * WINDOW + 512, 512, 1);
	get(&c, 2 * WINDOW, 512, 0);
	blk_cache_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(hits_and_misses, setup),
		cmocka_unit_test_setup(ends, setup),
		cmocka_unit_test_setup(bad_blocks, setup),
		cmocka_unit_test_setup(put, setup),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, NULL);
}
