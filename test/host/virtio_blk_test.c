/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and writing a virtio disk (VIRTIO 1.4, 5.2): checklist items BLK-1 to
 * BLK-7. The fake device holds each request to its framing, lengths, limits
 * and feature bits.
 */
#include "virtio_test.h"

static void blocks_of_4096(struct fake_vdev *d)
{
	put32(d, 20, 4096);
}

static void blk1_sectors_are_512_bytes(void **state)
{
	static uint8_t buf[64 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, blocks_of_4096);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_int_equal(b->nsectors, 2048);
		assert_int_equal(blk_read(b, 1024, 64, buf), 0);
		assert_true(disk_data_ok(buf, 1024, 64));
	}
}

static void blk2_smallest_unit(void **state)
{
	static uint8_t buf[8 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, blocks_of_4096);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_int_equal(b->block_size, 4096);
		assert_int_equal(blk_read(b, 0, 1, buf), -EINVAL);
		assert_int_equal(blk_read(b, 4, 8, buf), -EINVAL);
		assert_int_equal(d[i]->blk_count[0], 0);
		assert_int_equal(blk_read(b, 8, 8, buf), 0);
		assert_true(disk_data_ok(buf, 8, 8));
	}
}

/* A size that cannot be: readable by 512 bytes, and never written. */
static void blk2_impossible_block_size(void **state)
{
	static const uint32_t size[] = { 0, 1, 3, 256, 1000, 131072, 1u << 31 };
	uint8_t buf[SECTOR_SIZE] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < 2 * array_size(size); i++)
		put32(fake_vdev_add(i, FAKE_BLK, i % 2 + 1), 20, size[i / 2]);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2 * array_size(size); i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_int_equal(b->block_size, 512);
		assert_int_equal(blk_write(b, 0, 1, buf), -EROFS);
		assert_disk_works(i);
	}
}

static void count_segs(struct fake_vdev *d, unsigned int q,
		       struct fake_chain *c)
{
	(void)q;
	d->arg = c->n_out << 8 | c->n_in;
}

/* Header and status each have a descriptor of their own (and are in DMA memory,
 * and the status is prefilled: all checked by the fake). */
static void blk3_framing(void **state)
{
	uint8_t buf[SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		d[i]->on_chain = count_segs;
		assert_int_equal(blk_read(b, 7, 1, buf), 0);
		assert_int_equal(d[i]->arg, 0x102);
		assert_int_equal(blk_write(b, 7, 1, buf), 0);
		assert_int_equal(d[i]->arg, 0x201);
		assert_int_equal(blk_flush(b), 0);
		assert_int_equal(d[i]->arg, 0x101);
	}
}

static void set_status(struct fake_vdev *d, unsigned int q,
		       struct fake_chain *c)
{
	(void)q;
	c->status = (int)d->arg;
}

/* Only 0 is success, and only once it was written. */
static void blk4_status(void **state)
{
	uint8_t buf[SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		d[i]->on_chain = set_status;
		for (d[i]->arg = 1; d[i]->arg <= 256; d[i]->arg++) {
			assert_true(blk_read(b, 0, 1, buf) < 0);
			assert_true(blk_write(b, 0, 1, buf) < 0);
			assert_true(blk_flush(b) < 0);
		}
		d[i]->arg = 1;
		assert_int_equal(blk_read(b, 0, 1, buf), -EIO);
		d[i]->on_chain = NULL;
		assert_disk_works(i);
	}
}

/* IOERR in the middle of a large transfer, and the next one works. */
static void blk4_error_in_the_middle(void **state)
{
	static uint8_t buf[2000 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		d[i]->bad_sector = 1200;
		assert_int_equal(blk_read(b, 0, 2000, buf), -EIO);
		assert_int_equal(blk_write(b, 1000, 1000, buf), -EIO);
		assert_int_equal(blk_read(b, 1200, 1, buf), -EIO);
		assert_int_equal(blk_read(b, 1201, 1, buf), 0);
		assert_int_equal(d[i]->resets, 1); /* only the first */
		assert_disk_works(i);
	}
}

/* Every destination, every length, byte for byte, and nothing beside it. */
static void blk5_read_write_any_alignment(void **state)
{
	static uint8_t area[40 * SECTOR_SIZE], back[32 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++)
		for (unsigned int off = 1; off < 70; off++) {
			struct blkdev *b = blk_find("virtio", i);
			uint64_t lba = off * 13, n = off % 32 + 1;
			uint8_t *buf = area + off;

			memset(area, 0xcc, sizeof(area));
			assert_int_equal(blk_read(b, lba, n, buf), 0);
			assert_true(disk_data_ok(buf, lba, n));
			assert_int_equal(buf[-1], 0xcc);
			assert_int_equal(buf[n * SECTOR_SIZE], 0xcc);
			for (uint64_t k = 0; k < n * SECTOR_SIZE; k++)
				buf[k] = (uint8_t)(~buf[k]);
			assert_int_equal(blk_write(b, lba, n, buf), 0);
			assert_memory_equal(d[i]->disk + lba * SECTOR_SIZE, buf,
					    n * SECTOR_SIZE);
			assert_int_equal(blk_read(b, lba, n, back), 0);
			assert_memory_equal(back, buf, n * SECTOR_SIZE);
			for (uint64_t k = 0; k < n * SECTOR_SIZE; k++)
				buf[k] = (uint8_t)(~buf[k]);
			assert_int_equal(blk_write(b, lba, n, buf), 0);
		}
}

static void blk6_past_the_end(void **state)
{
	static const struct {
		uint64_t lba, n;
	} bad[] = {
		{ 2048, 1 },
		{ 2047, 2 },
		{ 0, 2049 },
		{ 1, UINT64_MAX },
		{ UINT64_MAX, 1 },
		{ UINT64_MAX, 2 },
		{ UINT64_C(1) << 55, 1 },
		{ 1, UINT64_C(1) << 55 },
		{ UINT64_C(1) << 32, 1 },
		{ 0, UINT64_C(1) << 32 },
	};
	uint8_t buf[SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		for (size_t n = 0; n < array_size(bad); n++) {
			assert_int_equal(blk_read(b, bad[n].lba, bad[n].n, buf),
					 -ERANGE);
			assert_int_equal(
				blk_write(b, bad[n].lba, bad[n].n, buf),
				-ERANGE);
		}
		assert_int_equal(d[i]->queue[0].taken, 0);
		assert_int_equal(blk_read(b, 2047, 1, buf), 0);
	}
}

static void blk6_extreme_capacities(void **state)
{
	static const uint64_t capacity[] = { 0, 1, UINT64_C(1) << 32,
					     UINT64_C(1) << 63, UINT64_MAX };
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	for (unsigned int i = 0; i < 2 * array_size(capacity); i++)
		put_capacity(fake_vdev_add(i, FAKE_BLK, i % 2 + 1),
			     capacity[i / 2]);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2 * array_size(capacity); i++) {
		struct blkdev *b = blk_find("virtio", i);
		uint64_t end = capacity[i / 2];

		assert_int_equal(blk_read(b, 0, 1, buf), end ? 0 : -ERANGE);
		if (end > 2048) /* more than the fake has: its own error */
			assert_int_equal(blk_read(b, 4096, 1, buf), -EIO);
		assert_true(blk_read(b, end, 1, buf) < 0);
		assert_true(blk_read(b, end - 1, 2, buf) < 0);
	}
}

static void resize(struct fake_vdev *d, uint64_t sectors)
{
	put_capacity(d, sectors);
	d->disk_sectors = sectors;
	d->generation++;
	d->isr = 3;
}

/* What "block_resize" does. The old bounds are not the last word. */
static void blk7_capacity_changes(void **state)
{
	static uint8_t buf[16 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		resize(d[i], 1024);
		assert_true(blk_read(b, 1020, 16, buf) < 0);
		assert_true(blk_read(b, 2040, 1, buf) < 0);
		assert_disk_works(i);
		resize(d[i], 2048);
		assert_int_equal(blk_read(b, 2040, 8, buf), 0);
		assert_true(disk_data_ok(buf, 2040, 8));
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(blk1_sectors_are_512_bytes),
		virtio_test(blk2_smallest_unit),
		virtio_test(blk2_impossible_block_size),
		virtio_test(blk3_framing),
		virtio_test(blk4_status),
		virtio_test(blk4_error_in_the_middle),
		virtio_test(blk5_read_write_any_alignment),
		virtio_test(blk6_past_the_end),
		virtio_test(blk6_extreme_capacities),
		virtio_test(blk7_capacity_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
