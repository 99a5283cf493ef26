/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices that cannot be stopped, do not want kicks, or lie about packets and
 * random bytes (checklist 3.3). Passed is what virtio_hostile_test.c says.
 */
#include "virtio_test.h"

#include <core/heap.h>

static uint8_t area[8 * SECTOR_SIZE];

/* Its memory is never used again, nor what it was lent, itself never touched,
 * nobody else harmed. */
static void hostile_never_resets(void **state)
{
	struct fake_vdev *d[KINDS], *other = fake_vdev_add(9, FAKE_BLK, 2);
	uint8_t *lent = heap_alloc(SECTOR_SIZE), *next;

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_of(d[i]);
		uint64_t t = time_us();
		unsigned int accesses;

		d[i]->hold = true;
		d[i]->reset_reads = UINT32_MAX;
		assert_int_equal(blk_read(b, 0, 8, area), -EOWNERDEAD);
		assert_true(time_us() - t < PROMPT_BACK_US);
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_DEAD);
		accesses = d[i]->accesses;
		t = time_us();
		assert_int_equal(blk_read(b, 0, 8, area), -EIO);
		assert_int_equal(blk_write(b, 0, 8, area), -EIO);
		assert_true(time_us() - t < 10000);
		assert_int_equal(d[i]->accesses, accesses);
		fake_vdev_release(d[i]); /* writes its header and status */
		assert_int_equal(other->status, 0xf);
		assert_disk_works(KINDS);
	}
	heap_free(lent);
	while ((next = heap_alloc(SECTOR_SIZE)))
		assert_ptr_not_equal(next, lent);
}

/* After a "reset" that did not come about a device is used, and stopped, again. */
static void init12_used_after_quiesce(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		quiesce_all();
		assert_disk_works(i);
		assert_int_not_equal(d[i]->status, 0);
		quiesce_all();
		assert_int_equal(d[i]->status, 0);
	}
}

/* Kicks wanted by the device and denied by its flag: one comes anyway. */
static void hostile_kicks_suppressed(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++)
		d[i]->no_notify = true;
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		uint64_t t = time_us();

		assert_disk_works(i);
		assert_true(time_us() - t < PROMPT_BACK_US);
		assert_int_equal(d[i]->queue[0].kicks, 1);
	}
}

/* ---- networks ---- */

struct lie {
	const char *name;
	uint16_t step;
	uint32_t id; /* 99999: as it is */
	bool hold;
	uint32_t status;
	bool gone;
};

static const struct lie lies[] = {
	{ "idx +1", 2, 99999, false, 0, false },
	{ "idx +N", 256, 99999, false, 0, false },
	{ "idx +0x8000", 0x8000, 99999, false, 0, false },
	{ "idx -1", 0xffff, 99999, false, 0, false },
	{ "id N", 1, 1024, false, 0, false },
	{ "id 2^32-1", 1, 0xffffffff, false, 0, false },
	{ "id 0 again", 1, 0, false, 0, false },
	{ "NEEDS_RESET", 1, 99999, true, 0x40, false },
	{ "gone", 1, 99999, true, 0, true },
};

static const struct lie *lie;
static unsigned int lie_queue;

static void tell(struct fake_vdev *d, unsigned int q,
		 const struct fake_chain *c, struct fake_used *u)
{
	(void)c;
	if (q != lie_queue)
		return;
	u->step = lie->step;
	if (lie->id != 99999)
		u->id = lie->id;
	d->hold = lie->hold;
	d->status |= lie->status;
	d->gone = lie->gone;
}

static void count(void *arg, const uint8_t *frame, size_t len)
{
	unsigned int *n = arg;

	assert_true(frame && len >= ETH_HLEN);
	(*n)++;
}

/* Frames both ways until the driver notices or the tries are used up. */
static int traffic(struct fake_vdev *d, struct netdev *net)
{
	uint8_t f[60] = { 0 };
	unsigned int frames = 0;
	int ret = 0;

	memcpy(f, net->mac, 6);
	for (unsigned int n = 0; n < 600 && !ret; n++) {
		fake_net_rx(d, f, sizeof(f));
		ret = net->ops->send(net, f, sizeof(f));
		if (!ret)
			ret = net->ops->poll(net, count, &frames);
	}
	return ret;
}

static void network_lies(unsigned int queue)
{
	struct fake_vdev *d[KINDS];

	start_nets(d, NULL);
	lie_queue = queue;
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(lies); n++) {
			struct netdev *net = net_find(i);
			uint64_t t = time_us();

			lie = &lies[n];
			d[i]->on_used = tell;
			/* whom it lied to about a buffer may post it again */
			d[i]->lenient = true;
			assert_true(traffic(d[i], net) <= 0);
			assert_true(time_us() - t < PROMPT_BACK_US);
			d[i]->on_used = NULL;
			d[i]->hold = d[i]->gone = false;
			virtio_probe_all();
			/* a packed ring goes nowhere: buffers just stay away */
			if (fake_has(d[i], FAKE_PACKED) && lie->step >= 0x8000)
				virtio_fail(vdev_of(d[i]), "test");
			assert_true(traffic(d[i], net) <= 0);
			d[i]->lenient = false;
			assert_int_equal(traffic(d[i], net), 0);
			assert_arp_works(i);
		}
}

static void hostile_receive_ring(void **state)
{
	(void)state;
	network_lies(0);
}

static void hostile_transmit_ring(void **state)
{
	(void)state;
	network_lies(1);
}

/* ---- reading twice ---- */

static uint8_t *posted;
static size_t posted_len;

static void remember(struct fake_vdev *d, unsigned int q,
		     const struct fake_chain *c, struct fake_used *u)
{
	(void)d;
	(void)u;
	if (q)
		return;
	posted = c->seg[0].addr;
	posted_len = c->seg[0].len;
}

static void change_under_it(void *arg, const uint8_t *frame, size_t len)
{
	unsigned int *n = arg;

	memset(posted, 0xff, posted_len);
	for (size_t i = 14; i < len; i++)
		assert_int_equal(frame[i], 0x42);
	(*n)++;
}

/* What is looked at is a copy the device cannot reach. */
static void hostile_writes_after_completion(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_nets(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);
		unsigned int n = 0;
		uint8_t f[60];

		memset(f, 0x42, sizeof(f));
		memcpy(f, net->mac, 6);
		f[6] = 2;
		d[i]->on_used = remember;
		assert_true(fake_net_rx(d[i], f, sizeof(f)));
		assert_int_equal(net->ops->poll(net, change_under_it, &n), 0);
		assert_int_equal(n, 1);
	}
}

/* ---- random bytes ---- */

static void hostile_entropy_ring(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[34];

	(void)state;
	add_kinds(d, FAKE_RNG);
	fake_virtio_probe();
	lie_queue = 0;
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(lies); n++) {
			struct random_source *src = random_source(i);
			uint64_t t = time_us();

			lie = &lies[n];
			d[i]->on_used = tell;
			memset(buf, 0x77, sizeof(buf));
			assert_true(src->read(src, buf + 1, 32) <= 0);
			assert_true(time_us() - t < 2 * PROMPT_BACK_US);
			assert_int_equal(buf[0], 0x77);
			assert_int_equal(buf[33], 0x77);
			d[i]->on_used = NULL;
			d[i]->hold = d[i]->gone = false;
			virtio_probe_all();
			assert_int_equal(src->read(src, buf + 1, 32), 0);
		}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(hostile_never_resets),
		virtio_test(init12_used_after_quiesce),
		virtio_test(hostile_kicks_suppressed),
		virtio_test(hostile_receive_ring),
		virtio_test(hostile_transmit_ring),
		virtio_test(hostile_writes_after_completion),
		virtio_test(hostile_entropy_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
