/* SPDX-License-Identifier: BSD-2-Clause */
/* What the virtio tests share: includes, and a disk or a network in one call. */
#ifndef VIRTIO_TEST_H
#define VIRTIO_TEST_H

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arch/timer.h>
#include <block/blkdev.h>
#include <core/deadline.h>
#include <core/dma.h>
#include <core/heap.h>
#include <core/quiesce.h>
#include <core/random.h>
#include <drivers/virtio.h>
#include <lib/compiler.h>
#include <net/netdev.h>

#include "fake/isolated.h"
#include "fake/virtio_dev.h"
#include "virtio_priv.h"

#define virtio_test(fn) \
	fake_isolated(fn, fake_virtio_setup, fake_virtio_teardown)

/* A request is answered, or given up, by then. */
#define PROMPT_BACK_US 5000000u

/* The firmware's view of the device in @slot. */
static inline struct virtio_device *vdev_of(const struct fake_vdev *d)
{
	struct virtio_device *vd;

	for (unsigned int n = 0; (vd = virtio_device(n)) != NULL; n++)
		if (!strcmp(vd->where, d->where))
			return vd;
	return NULL;
}

/* A device of each version, in slots 1 and 2, so that one loop tests both. */
static inline void add_both(struct fake_vdev *d[2], enum fake_type type)
{
	for (uint32_t v = 1; v <= 2; v++)
		d[v - 1] = fake_vdev_add(v, type, v);
}

/* Version 1, version 2, version 2 with a packed ring: one loop tests them all. */
#define KINDS 3

/* A device of each kind, in slots 1 to 3. */
static inline void add_kinds(struct fake_vdev *d[KINDS], enum fake_type type)
{
	for (unsigned int i = 0; i < KINDS; i++)
		d[i] = fake_vdev_add(i + 1, type, i ? 2 : 1);
	d[2]->features |= UINT64_C(1) << FAKE_PACKED;
}

static inline void put_capacity(struct fake_vdev *d, uint64_t sectors)
{
	put_le64(d->config, sectors);
}

/* Are these @n sectors what the fake disk was filled with? */
static inline bool disk_data_ok(const uint8_t *buf, uint64_t lba, uint64_t n)
{
	for (uint64_t i = 0; i < n * SECTOR_SIZE; i++)
		if (buf[i] != fake_disk_byte(lba + i / SECTOR_SIZE,
					     (unsigned int)(i % SECTOR_SIZE)))
			return false;
	return true;
}

static inline void put32(struct fake_vdev *d, unsigned int off, uint32_t v)
{
	put_le32(d->config + off, v);
}

/* A disk of each kind, changed by @change before the firmware sees them. */
static inline void start_disks(struct fake_vdev *d[KINDS],
			       void (*change)(struct fake_vdev *d))
{
	add_kinds(d, FAKE_BLK);
	for (unsigned int i = 0; change && i < KINDS; i++)
		change(d[i]);
	fake_virtio_probe();
}

/* The disk that the firmware made of @d; NULL: none */
static inline struct blkdev *blk_of(const struct fake_vdev *d)
{
	const char *name = vdev_of(d)->name;

	if (strncmp(name, "virtio", 6) != 0)
		return NULL;
	return blk_find("virtio", (unsigned int)atoi(name + 6));
}

/* The disk of @d keeps its number, and says why it cannot be used. */
static inline void assert_disk_refused(const struct fake_vdev *d)
{
	struct blkdev *b = blk_of(d);
	uint8_t buf[SECTOR_SIZE];

	assert_non_null(b);
	assert_int_equal(vdev_of(d)->state, VIRTIO_DEAD);
	assert_int_equal(blk_open(b), -EIO);
	assert_int_equal(blk_read(b, 0, 1, buf), -EIO);
	assert_string_equal(blk_error(b, -EIO), vdev_of(d)->fault);
}

/* One honest read must do. */
static inline void assert_disk_works(unsigned int index)
{
	struct blkdev *b = blk_find("virtio", index);
	uint8_t buf[2 * SECTOR_SIZE];

	assert_non_null(b);
	memset(buf, 0xa5, sizeof(buf));
	assert_int_equal(blk_read(b, 5, 2, buf), 0);
	assert_true(disk_data_ok(buf, 5, 2));
}

/* A network of each kind, changed before the firmware sees them, and opened. */
static inline void start_nets(struct fake_vdev *d[KINDS],
			      void (*change)(struct fake_vdev *d))
{
	add_kinds(d, FAKE_NET);
	for (unsigned int i = 0; change && i < KINDS; i++)
		change(d[i]);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);

		assert_non_null(net);
		assert_int_equal(net->ops->open(net), 0);
	}
}

/* Version 1 and 2 only, changed before the firmware sees them, networks opened. */
static inline void start_both(struct fake_vdev *d[2], enum fake_type type,
			      void (*change)(struct fake_vdev *d))
{
	add_both(d, type);
	for (unsigned int i = 0; change && i < 2; i++)
		change(d[i]);
	fake_virtio_probe();
	for (unsigned int i = 0; type == FAKE_NET && i < 2; i++)
		assert_int_equal(net_find(i)->ops->open(net_find(i)), 0);
}

static inline void assert_arp_works(unsigned int i)
{
	static const uint8_t ip[] = { 10, 0, 2, 2 };
	static const uint8_t gateway[] = { 0x52, 0x55, 0x0a, 0, 2, 2 };
	uint8_t mac[ETH_ALEN];

	assert_int_equal(arp_resolve(net_find(i), NULL, ip, mac), 0);
	assert_memory_equal(mac, gateway, 6);
}

/* The value a driver wrote last to @reg; fails when it never did. */
static inline uint32_t last_written(const struct fake_vdev *d, unsigned int reg)
{
	for (unsigned int i = d->ntrace; i-- > 0;)
		if (d->trace[i].write && d->trace[i].reg == reg)
			return d->trace[i].v;
	fail_msg("register %#x was never written", reg);
	return 0;
}

static inline unsigned int count_trace(const struct fake_vdev *d,
				       unsigned int reg, bool write)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < d->ntrace; i++)
		n += d->trace[i].reg == reg && d->trace[i].write == write;
	return n;
}

#endif
