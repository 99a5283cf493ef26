/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A device costs nothing until it is used: what is announced and in which order, and
 * that the first use of any kind attaches that device and no other.
 */
#include "virtio_test.h"

/* All that discovery reads: magic, version, device id, vendor id. */
#define DISCOVERY 4

static void announce_both(struct fake_vdev *d[2], enum fake_type type)
{
	add_both(d, type);
	fake_virtio_announce();
}

static bool is_untouched(const struct fake_vdev *d)
{
	return d->accesses == DISCOVERY && vdev_of(d)->state == VIRTIO_IDLE;
}

static void lazy_boot_touches_nothing(void **state)
{
	static const enum fake_type types[] = { FAKE_BLK, FAKE_NET, FAKE_RNG };
	struct fake_vdev *d[30];
	struct virtio_info info;
	size_t heap = heap_used();
	void *dma = dma_alloc(1, 64);

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++)
		d[i] = fake_vdev_add(i, types[i % 3], i % 2 + 1);
	fake_virtio_announce();
	assert_true(heap_used() - heap < array_size(d) * 1024);
	assert_ptr_equal(dma_alloc(1, 64), (char *)dma + 64);
	for (unsigned int i = 0; i < array_size(d); i++) {
		virtio_get_info(vdev_of(d[i]), &info);
		assert_true(info.idle);
		assert_string_equal(info.state, "idle");
		assert_int_equal(info.status, 0);
		assert_true(is_untouched(d[i]));
	}
	assert_non_null(blk_find("virtio", 9));
	assert_non_null(net_find(9));
	assert_non_null(random_source(9));
	quiesce_all();
	for (unsigned int i = 0; i < array_size(d); i++)
		assert_true(is_untouched(d[i]));
}

static void lazy_first_use_attaches_one(void **state)
{
	struct fake_vdev *d[2];

	(void)state;
	announce_both(d, FAKE_BLK);
	assert_disk_works(1);
	assert_true(is_untouched(d[0]));
	assert_int_equal(d[1]->status, 0xf);
	assert_disk_works(0);
	assert_int_equal(d[0]->status, 7);
}

/* Size, block and read-only are known when open has returned. */
static void lazy_open_fills_in_the_disk(void **state)
{
	struct fake_vdev *d[2];
	uint8_t buf[4096];

	(void)state;
	add_both(d, FAKE_BLK);
	for (unsigned int i = 0; i < 2; i++) {
		d[i]->features |= 1 << 5 | 1 << 6; /* RO, BLK_SIZE */
		put32(d[i], 20, 4096);
	}
	fake_virtio_announce();
	assert_int_equal(blk_open(blk_find("virtio", 0)), 0);
	assert_int_equal(blk_find("virtio", 0)->block_size, 4096);
	assert_int_equal(blk_find("virtio", 0)->nsectors, d[0]->disk_sectors);
	assert_true(blk_find("virtio", 0)->read_only);
	/* and a transfer opens by itself, before anything is judged */
	assert_int_equal(blk_write(blk_find("virtio", 1), 0, 8, buf), -EROFS);
	assert_int_equal(blk_read(blk_find("virtio", 1), 0, 1, buf), -EINVAL);
	assert_int_equal(blk_read(blk_find("virtio", 1), 0, 8, buf), 0);
}

typedef int first_use(struct blkdev *b);

static int use_flush(struct blkdev *b)
{
	return blk_flush(b);
}

static int use_id(struct blkdev *b)
{
	char id[21];

	return blk_get_id(b, id);
}

static int use_bytes(struct blkdev *b)
{
	uint8_t buf[600];
	int ret = blk_read_bytes(b, 100, sizeof(buf), buf);

	assert_int_equal(buf[0], fake_disk_byte(0, 100));
	return ret;
}

static int use_zeroes(struct blkdev *b)
{
	return blk_write_zeroes(b, 8, 8);
}

static void lazy_any_use_will_do(void **state)
{
	static first_use *const use[] = { use_flush, use_id, use_bytes,
					  use_zeroes };
	struct fake_vdev *d[array_size(use)];

	(void)state;
	for (unsigned int i = 0; i < array_size(use); i++)
		d[i] = fake_vdev_add(i, FAKE_BLK, i % 2 + 1);
	fake_virtio_announce();
	for (unsigned int i = 0; i < array_size(use); i++) {
		assert_true(is_untouched(d[i]));
		assert_int_equal(use[i](blk_find("virtio", i)), 0);
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_LIVE);
	}
}

static void lazy_net(void **state)
{
	static const uint8_t frame[1514];
	struct fake_vdev *d[2];
	struct netdev *net;

	(void)state;
	announce_both(d, FAKE_NET);
	net = net_find(0);
	assert_string_equal(net->name, "virtio-net#1");
	assert_string_equal(vdev_of(d[1])->name, "eth1");
	assert_int_equal(net_attach(net), 0);
	assert_memory_equal(net->mac, d[0]->config, ETH_ALEN);
	assert_int_equal(d[0]->queue[0].kicks, 0);
	assert_true(is_untouched(d[1]));
	/* a full frame, before anybody knew the MTU */
	net = net_find(1);
	assert_int_equal(net->ops->send(net, frame, sizeof(frame)), 0);
	assert_int_equal(d[1]->tx_frames, 1);
}

/* A card without an address takes random bytes: of a source nobody used yet. */
static void lazy_net_wakes_entropy(void **state)
{
	struct fake_vdev *net = fake_vdev_add(0, FAKE_NET, 2);
	struct fake_vdev *rng = fake_vdev_add(1, FAKE_RNG, 2);

	(void)state;
	net->features &= ~(UINT64_C(1) << 5);
	fake_virtio_announce();
	assert_int_equal(net_attach(net_find(0)), 0);
	assert_true(eth_is_station(net_find(0)->mac));
	assert_int_equal(rng->status, 0xf);
}

static void lazy_failed_source_is_passed_by(void **state)
{
	struct fake_vdev *bad = fake_vdev_add(0, FAKE_RNG, 2);
	struct fake_vdev *good = fake_vdev_add(1, FAKE_RNG, 1);
	uint8_t buf[8];

	(void)state;
	bad->refuse = true;
	fake_virtio_announce();
	assert_int_equal(random_bytes(buf, sizeof(buf)), 0);
	assert_int_equal(vdev_of(bad)->state, VIRTIO_DEAD);
	assert_int_equal(good->status, 7);
}

/* A disk that fails keeps its number, says why each time, and is left alone until
 * a scan finds it well. */
static void lazy_failure_and_scan(void **state)
{
	struct fake_vdev *d[2];
	unsigned int n;

	(void)state;
	add_both(d, FAKE_BLK);
	d[1]->refuse = true;
	fake_virtio_announce();
	assert_int_equal(blk_open(blk_find("virtio", 1)), -EIO);
	assert_disk_refused(d[1]);
	assert_string_equal(blk_error(blk_find("virtio", 1), -EIO),
			    "refused the features");
	n = d[1]->accesses;
	assert_disk_refused(d[1]);
	assert_int_equal(d[1]->accesses, n);
	assert_disk_works(0);
	d[1]->refuse = false;
	virtio_probe_all();
	assert_disk_works(1);
}

/* A queue whose size cannot be chosen (legacy PCI, 4.1.5.1.3): the device's it is,
 * however large, as long as it is a power of two and does not change. */
static void lazy_fixed_queue_size(void **state)
{
	static const uint32_t max[] = { 32768, 1024, 4, 100, 0 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	for (unsigned int i = 0; i < array_size(max); i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, 1);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_announce();
	for (unsigned int i = 0; i < array_size(max); i++) {
		struct virtio_device *vd = vdev_of(d[i]);

		vd->fixed_size = true;
		if (!max[i] || !is_pow2(max[i])) {
			assert_int_equal(virtio_ready(vd), -EIO);
			continue;
		}
		assert_disk_works(i);
		assert_int_equal(d[i]->queue[0].num, max[i]);
		virtio_fail(vd, "test");
		d[i]->queue_max[0] = max[i] < 32768 ? 2 * max[i] : 4;
		assert_int_equal(virtio_ready(vd), max[i] < 32768 ? -EIO : 0);
	}
}

/* The list is in order of its keys, whoever came first. */
static void lazy_order(void **state)
{
	static struct virtio_device pci[3];
	static const uint16_t rid[] = { 0x100, 0x0010, 0x0008 };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		pci[i].order = virtio_order_pci(rid[i]);
		virtio_add(&pci[i]);
	}
	fake_vdev_add(31, FAKE_EMPTY, 1);
	fake_vdev_add(2, FAKE_EMPTY, 1);
	fake_virtio_announce();
	assert_int_equal(virtio_device(0)->base, fake_slot_base(2));
	assert_int_equal(virtio_device(1)->base, fake_slot_base(31));
	assert_ptr_equal(virtio_device(2), &pci[2]);
	assert_ptr_equal(virtio_device(3), &pci[1]);
	assert_ptr_equal(virtio_device(4), &pci[0]);
	assert_null(virtio_device(5));
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(lazy_boot_touches_nothing),
		virtio_test(lazy_first_use_attaches_one),
		virtio_test(lazy_open_fills_in_the_disk),
		virtio_test(lazy_any_use_will_do),
		virtio_test(lazy_net),
		virtio_test(lazy_net_wakes_entropy),
		virtio_test(lazy_failed_source_is_passed_by),
		virtio_test(lazy_failure_and_scan),
		virtio_test(lazy_fixed_queue_size),
		virtio_test(lazy_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
