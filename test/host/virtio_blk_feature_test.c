/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a virtio disk offers besides reading and writing, and the limits it
 * names (VIRTIO 1.4, 5.2.3 to 5.2.6): checklist items BLK-8 to BLK-17.
 */
#include "virtio_test.h"

#define BIT(n) (UINT64_C(1) << (n))

static void blocks_of_4096(struct fake_vdev *d)
{
	put32(d, 20, 4096);
}

/* Buffers were cut for the old size: the device is not used again. */
static void blk2_block_size_changes(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_of(d[i]);

		virtio_fail(vdev_of(d[i]), "test");
		blocks_of_4096(d[i]);
		assert_int_equal(blk_read(b, 0, 1, buf), -EIO);
		assert_int_equal(b->block_size, 512);
		put32(d[i], 20, 512);
		virtio_probe_all();
		assert_disk_works(i);
	}
}

static void no_flush(struct fake_vdev *d)
{
	d->features &= ~BIT(9);
}

static void blk8_flush(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(blk_flush(blk_find("virtio", i)), 0);
		assert_int_equal(d[i]->blk_count[4], 1);
	}
}

static void blk8_without_flush(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, no_flush);
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(blk_flush(blk_find("virtio", i)), 0);
		assert_int_equal(d[i]->blk_count[4], 0);
	}
}

static void blk9_get_id(void **state)
{
	struct fake_vdev *d[KINDS];
	char id[22];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		memset(id, '#', sizeof(id));
		assert_int_equal(blk_get_id(blk_find("virtio", i), id), 0);
		assert_string_equal(id, "fake-disk");
		/* twenty characters come without a NUL */
		memcpy(d[i]->serial, "12345678901234567890", 20);
		assert_int_equal(blk_get_id(blk_find("virtio", i), id), 0);
		assert_string_equal(id, "12345678901234567890");
		assert_int_equal(id[21], '#');
	}
}

static void three_sectors_at_once(struct fake_vdev *d)
{
	put32(d, 36, 3);
	put32(d, 48, 3);
}

static void blk10_discard_and_write_zeroes(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, three_sectors_at_once);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);
		const uint8_t *at = d[i]->disk + 100 * SECTOR_SIZE;

		assert_int_equal(blk_write_zeroes(b, 100, 10), 0);
		assert_int_equal(d[i]->blk_count[13], 4);
		for (unsigned int k = 0; k < 10 * SECTOR_SIZE; k++)
			assert_int_equal(at[k], 0);
		assert_true(disk_data_ok(d[i]->disk + 99 * SECTOR_SIZE, 99, 1));
		assert_true(disk_data_ok(at + 10 * SECTOR_SIZE, 110, 1));
		assert_int_equal(blk_discard(b, 200, 7), 0);
		assert_int_equal(d[i]->blk_count[11], 3);
		assert_int_equal(blk_discard(b, 2040, 9), -ERANGE);
		assert_int_equal(blk_write_zeroes(b, 2040, 9), -ERANGE);
		assert_int_equal(blk_write_zeroes(b, 0, UINT64_MAX), -ERANGE);
	}
}

/* Zeroes that take no room, where the device says that it may be (5.2.4). */
static void blk10_zeroes_unmap(void **state)
{
	static const uint8_t may[] = { 1, 0, 2 };
	struct fake_vdev *d[2 * array_size(may)];

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, i % 2 + 1);
		d[i]->config[56] = may[i / 2];
		three_sectors_at_once(d[i]);
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(d); i++) {
		struct blkdev *b = blk_of(d[i]);

		assert_int_equal(blk_open(b), 0);
		assert_int_equal(blk_write_zeroes(b, 100, 10), 0);
		assert_int_equal(blk_discard(b, 200, 7), 0);
		assert_int_equal(d[i]->blk_count[13], 4);
		assert_int_equal(d[i]->blk_unmaps, may[i / 2] == 1 ? 4 : 0);
	}
}

static void no_discard(struct fake_vdev *d)
{
	d->features &= ~(BIT(13) | BIT(14));
}

static void blk10_not_offered(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, no_discard);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_int_equal(blk_discard(b, 0, 1), -ENOSYS);
		assert_int_equal(blk_write_zeroes(b, 0, 1), -ENOSYS);
		assert_int_equal(d[i]->queue[0].taken, 0);
	}
}

static void nonsense_limits(struct fake_vdev *d)
{
	put32(d, 36, 0);
	put32(d, 40, 0);
	put32(d, 48, 0);
	put32(d, 52, 0);
}

static void blk10_limits_of_zero(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, nonsense_limits);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_true(blk_discard(b, 0, 1) < 0);
		assert_true(blk_write_zeroes(b, 0, 1) < 0);
		assert_int_equal(d[i]->queue[0].taken, 0);
		assert_disk_works(i);
	}
}

/* Zones that the host must be told about are not for us; others are. */
static void blk11_zoned(void **state)
{
	struct fake_vdev *d[3];

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, 2);
		d[i]->features |= BIT(15) | BIT(16) | BIT(17);
		d[i]->config[92] = (uint8_t)((i + 1) %
					     3); /* managed, aware, none */
	}
	fake_virtio_probe();
	assert_false(d[0]->status & 4);
	assert_true(last_written(d[0], R_STATUS) & 0x80);
	assert_false(fake_has(d[2], 15));
	assert_false(fake_has(d[2], 16));
	assert_false(fake_has(d[2], 17));
}

static void blk12_limits(void **state)
{
	static const struct {
		uint32_t size_max, seg_max;
	} limit[] = { { 512, 1 },  { 512, 3 },
		      { 4096, 2 }, { 65536, 254 },
		      { 1000, 1 }, { 0, 0 },
		      { 0, 1 },    { 1, 1 },
		      { 511, 5 },  { 0xffffffff, 0xffffffff },
		      { 513, 2 } };
	static uint8_t buf[600 * SECTOR_SIZE];
	struct fake_vdev *d[2 * array_size(limit)];

	(void)state;
	for (unsigned int i = 0; i < 2 * array_size(limit); i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, i % 2 + 1);
		d[i]->features |= BIT(1) | BIT(2);
		put32(d[i], 8, limit[i / 2].size_max);
		put32(d[i], 12, limit[i / 2].seg_max);
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2 * array_size(limit); i++) {
		struct blkdev *b = blk_of(d[i]);

		/* a limit under 512 bytes is not one: refused or ignored */
		assert_true(!blk_open(b) || (limit[i / 2].size_max &&
					     limit[i / 2].size_max < 512));
		if (vdev_of(d[i])->state == VIRTIO_DEAD)
			continue;
		assert_int_equal(blk_read(b, 40, 600, buf), 0);
		assert_true(disk_data_ok(buf, 40, 600));
	}
}

/* Pieces all over the disk: joined, in flight together, few notifications. */
static void blk12_scatter_gather(void **state)
{
	static uint8_t buf[128][3 * SECTOR_SIZE];
	struct blk_piece piece[128];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint64_t kicks = d[i]->queue[0].kicks;

		for (unsigned int n = 0; n < 128; n++)
			piece[n] = (struct blk_piece){ n * 16, n % 3 + 1,
						       buf[n] };
		memset(buf, 0, sizeof(buf));
		assert_int_equal(blk_readv(blk_find("virtio", i), piece, 128),
				 0);
		for (unsigned int n = 0; n < 128; n++)
			assert_true(disk_data_ok(buf[n], n * 16, n % 3 + 1));
		assert_true(d[i]->queue[0].max_held > 1);
		assert_true(d[i]->queue[0].kicks - kicks <= 16);
	}
}

static void blk12_adjoining_pieces_are_one_request(void **state)
{
	static uint8_t buf[64 * SECTOR_SIZE];
	struct blk_piece piece[64];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		for (unsigned int n = 0; n < 64; n++)
			piece[n] = (struct blk_piece){
				100 + n, 1, buf + (63 - n) * SECTOR_SIZE
			};
		assert_int_equal(blk_readv(blk_find("virtio", i), piece, 64),
				 0);
		for (unsigned int n = 0; n < 64; n++)
			assert_true(disk_data_ok(piece[n].buf, 100 + n, 1));
		assert_int_equal(d[i]->blk_count[0], 1);
	}
}

static void small_queue(struct fake_vdev *d)
{
	d->queue_max[0] = 4;
	d->when = FAKE_LATER;
	d->delay = 3;
}

static void blk12_small_slow_queue(void **state)
{
	static uint8_t buf[2048 * SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, small_queue);
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(blk_read(blk_find("virtio", i), 0, 2048, buf),
				 0);
		assert_true(disk_data_ok(buf, 0, 2048));
	}
}

static void read_only(struct fake_vdev *d)
{
	d->features |= BIT(5);
}

static void blk13_read_only(void **state)
{
	uint8_t buf[SECTOR_SIZE];
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, read_only);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_true(fake_has(d[i], 5));
		assert_true(b->read_only);
		assert_int_equal(blk_write(b, 0, 1, buf), -EROFS);
		assert_true(blk_discard(b, 0, 1) < 0);
		assert_true(blk_write_zeroes(b, 0, 1) < 0);
		assert_int_equal(d[i]->queue[0].taken, 0);
		assert_disk_works(i);
	}
}

/* The fake faults a read of writeback before FEATURES_OK and any write. */
static void blk14_writeback_is_left_alone(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	assert_disk_works(0);
	assert_disk_works(1);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_int_equal(count_trace(d[i], R_CONFIG + 32, true), 0);
}

static void many_queues(struct fake_vdev *d)
{
	d->features |= BIT(12);
	d->nqueues = 4;
	put_le16(d->config + 34, 4);
}

static void blk15_one_queue_is_enough(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, many_queues);
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_false(fake_has(d[i], 12));
		assert_false(d[i]->queue[1].ready);
		assert_disk_works(i);
	}
}

static void topology_line(void *arg, const char *name, const char *value)
{
	unsigned int *found = arg;

	if (strstr(name, "io_size") || strstr(name, "topology") ||
	    strstr(name, "physical_block_exp"))
		*found += value[0] != 0;
}

static void blk16_topology_is_shown(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, blocks_of_4096);
	for (unsigned int i = 0; i < KINDS; i++) {
		unsigned int found = 0;

		assert_int_equal(virtio_describe_config(vdev_of(d[i]),
							topology_line, &found),
				 0);
		assert_true(found > 0);
	}
}

static void scsi_and_barrier(struct fake_vdev *d)
{
	d->features |= BIT(7) | BIT(0);
}

static void blk17_no_scsi_no_barrier(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, scsi_and_barrier);
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(d[i]->accepted & (BIT(7) | BIT(0)), 0);
		assert_disk_works(i);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(blk2_block_size_changes),
		virtio_test(blk8_flush),
		virtio_test(blk8_without_flush),
		virtio_test(blk9_get_id),
		virtio_test(blk10_discard_and_write_zeroes),
		virtio_test(blk10_zeroes_unmap),
		virtio_test(blk10_not_offered),
		virtio_test(blk10_limits_of_zero),
		virtio_test(blk11_zoned),
		virtio_test(blk12_limits),
		virtio_test(blk12_scatter_gather),
		virtio_test(blk12_adjoining_pieces_are_one_request),
		virtio_test(blk12_small_slow_queue),
		virtio_test(blk13_read_only),
		virtio_test(blk14_writeback_is_left_alone),
		virtio_test(blk15_one_queue_is_enough),
		virtio_test(blk16_topology_is_shown),
		virtio_test(blk17_no_scsi_no_barrier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
