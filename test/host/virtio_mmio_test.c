/* SPDX-License-Identifier: BSD-2-Clause */
/* The MMIO transport (VIRTIO 1.4, 4.2): checklist items MMIO-1 to MMIO-16. */
#include <sys/mman.h>

#include <core/dma.h>

#include "virtio_test.h"

static const char *reads(const struct fake_vdev *d)
{
	static char text[256];
	size_t n = 0;

	text[0] = 0;
	for (unsigned int i = 0; i < d->ntrace && i < 20; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "%s%c%x", n ? " " : "",
			d->trace[i].write ? 'w' : 'r', d->trace[i].reg);
	return text;
}

static void mmio1_magic_version_id(void **state)
{
	struct fake_vdev *good = fake_vdev_add(0, FAKE_BLK, 2);
	struct fake_vdev *magic = fake_vdev_add(1, FAKE_BLK, 2);
	struct fake_vdev *zero = fake_vdev_add(2, FAKE_BLK, 0);
	struct fake_vdev *three = fake_vdev_add(3, FAKE_BLK, 3);

	(void)state;
	magic->magic = 0x74726977;
	assert_int_equal(virtio_mmio_add(fake_slot_base(0), 0), 0);
	assert_int_equal(virtio_mmio_add(fake_slot_base(1), 1), -ENODEV);
	assert_int_equal(virtio_mmio_add(fake_slot_base(2), 2), -ENODEV);
	assert_int_equal(virtio_mmio_add(fake_slot_base(3), 3), -ENODEV);
	virtio_probe_all();
	assert_memory_equal(reads(good), "r0 r4 r8", 8);
	assert_string_equal(reads(magic), "r0");
	assert_string_equal(reads(zero), "r0 r4");
	assert_string_equal(reads(three), "r0 r4");
	assert_disk_works(0);
}

static void mmio2_empty_slot_is_left_alone(void **state)
{
	struct fake_vdev *d[31];

	(void)state;
	for (unsigned int i = 0; i < 31; i++)
		d[i] = fake_vdev_add(i, FAKE_EMPTY, i % 2 + 1);
	fake_vdev_add(31, FAKE_BLK, 2);
	fake_virtio_probe();
	virtio_probe_all();
	quiesce_all();
	for (unsigned int i = 0; i < 31; i++)
		assert_string_equal(reads(d[i]), "r0 r4 r8");
	assert_string_equal(fake_console_text, "");
}

static void mmio3_both_versions(void **state)
{
	struct fake_vdev *d[KINDS];
	struct virtio_info info;

	(void)state;
	add_kinds(d, FAKE_BLK);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		virtio_get_info(vdev_of(d[i]), &info);
		assert_int_equal(info.version, i ? 2 : 1);
		assert_string_equal(info.transport, "mmio");
		assert_int_equal(info.base, fake_slot_base(d[i]->slot));
		assert_disk_works(i);
	}
}

static void mmio4_any_slot(void **state)
{
	static const unsigned int where[] = { 0, 15, 31 };

	(void)state;
	for (size_t i = 0; i < array_size(where); i++)
		fake_vdev_add(where[i], FAKE_BLK, 2);
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(where); i++) {
		assert_int_equal(virtio_device(i)->base,
				 fake_slot_base(where[i]));
		assert_disk_works(i);
	}
}

/* The next access to @reg after *@at, which moves there. */
static void next_access(const struct fake_vdev *d, unsigned int *at,
			unsigned int reg, bool write)
{
	unsigned int i = fake_trace_find(d, *at, reg, write);

	if (i == FAKE_TRACE)
		fail_msg("no %s of register %#x after %u",
			 write ? "write" : "read", reg, *at);
	*at = i;
}

static void mmio5_queue_of_version_2(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, 2);
	static const unsigned int address[] = {
		R_QUEUE_DESC_LOW,    R_QUEUE_DESC_HIGH,  R_QUEUE_DRIVER_LOW,
		R_QUEUE_DRIVER_HIGH, R_QUEUE_DEVICE_LOW, R_QUEUE_DEVICE_HIGH
	};
	unsigned int at = 0, num, ready;

	(void)state;
	fake_virtio_probe();
	next_access(d, &at, R_QUEUE_SEL, true);
	next_access(d, &at, R_QUEUE_READY, false);
	assert_int_equal(d->trace[at].v, 0);
	next_access(d, &at, R_QUEUE_NUM_MAX, false);
	next_access(d, &at, R_QUEUE_NUM, true);
	num = at;
	next_access(d, &at, R_QUEUE_READY, true);
	ready = at;
	assert_int_equal(d->trace[ready].v, 1);
	for (size_t i = 0; i < array_size(address); i++) {
		at = num;
		next_access(d, &at, address[i], true);
		assert_true(at < ready);
	}
	assert_disk_works(0);
}

static void mmio6_queue_of_version_1(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, 1);
	unsigned int at = 0, align;

	(void)state;
	fake_virtio_probe();
	next_access(d, &at, R_STATUS, true); /* the reset */
	next_access(d, &at, R_GUEST_PAGE_SIZE, true);
	assert_int_equal(count_trace(d, R_GUEST_PAGE_SIZE, true), 1);
	next_access(d, &at, R_QUEUE_SEL, true);
	next_access(d, &at, R_QUEUE_PFN, false);
	assert_int_equal(d->trace[at].v, 0);
	next_access(d, &at, R_QUEUE_NUM_MAX, false);
	next_access(d, &at, R_QUEUE_NUM, true);
	next_access(d, &at, R_QUEUE_ALIGN, true);
	align = d->trace[at].v;
	next_access(d, &at, R_QUEUE_PFN, true);
	assert_int_equal(d->queue[0].desc % align, 0);
	assert_int_equal(d->queue[0].device % align, 0);
	assert_int_equal(d->trace[at].v, d->queue[0].desc / d->page_size);
	assert_disk_works(0);
}

/* A page frame number has 32 bits: memory above cannot be named. */
static void mmio7_ring_too_high_for_a_pfn(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, 1);
	void *high = mmap((void *)(UINT64_C(1) << 45), FAKE_DMA_BYTES,
			  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	(void)state;
	assert_true((uintptr_t)high >> 44 != 0);
	dma_init(high, FAKE_DMA_BYTES);
	fake_virtio_probe();
	assert_disk_refused(d);
	assert_int_equal(count_trace(d, R_QUEUE_PFN, true), 0);
	assert_false(d->status & 4);
}

static void fail_it(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->hold = true;
}

/* Tear down is a reset of the device: never PFN 0, never QueueReady 0. */
static void torn_down_by_status(uint32_t version, unsigned int reg)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, version);
	uint8_t buf[SECTOR_SIZE];

	fake_virtio_probe();
	d->on_chain = fail_it;
	assert_int_equal(blk_read(blk_find("virtio", 0), 0, 1, buf),
			 -ETIMEDOUT);
	quiesce_all();
	for (unsigned int i = 0; i < d->ntrace; i++)
		if (d->trace[i].write && d->trace[i].reg == reg)
			assert_int_not_equal(d->trace[i].v, 0);
}

static void mmio8_pfn_0_is_never_written(void **state)
{
	(void)state;
	torn_down_by_status(1, R_QUEUE_PFN);
}

static void mmio9_ready_0_is_never_written(void **state)
{
	(void)state;
	torn_down_by_status(2, R_QUEUE_READY);
}

/* Sizes a device may name: what is chosen is a power of two and not above. */
static void mmio10_queue_num_max(void **state)
{
	static const uint32_t max[] = { 4,    5,     7,     8,         255,
					1024, 65535, 65536, 0xffffffff };
	struct fake_vdev *d[2 * array_size(max)];

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, i % 2 + 1);
		d[i]->queue_max[0] = max[i / 2];
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(d); i++) {
		assert_true(is_pow2(d[i]->queue[0].num));
		assert_true(d[i]->queue[0].num <= max[i / 2]);
		assert_disk_works(i);
	}
}

/* Too small for a request of header, data and status: no disk, no hang. */
static void mmio10_queue_too_small(void **state)
{
	struct fake_vdev *d[6], *good = fake_vdev_add(9, FAKE_BLK, 2);

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		d[i] = fake_vdev_add(i, FAKE_BLK, i % 2 + 1);
		d[i]->queue_max[0] = i / 2;
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++) {
		assert_false(d[i]->status & 4);
		assert_disk_refused(d[i]);
	}
	assert_int_equal(good->status, 0xf);
	assert_disk_works(6);
}

static void mmio11_num_within_max(void **state)
{
	struct fake_vdev *d[20];

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++) {
		d[i] = fake_vdev_add(i, i & 2 ? FAKE_NET : FAKE_RNG, i % 2 + 1);
		for (unsigned int q = 0; q < FAKE_QUEUES; q++)
			d[i]->queue_max[q] = 1u << i / 2;
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(d); i++)
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			if (d[i]->trace[n].reg == R_QUEUE_NUM)
				assert_true(d[i]->trace[n].v <= 1u << i / 2);
}

/* Write-only registers read 0: what is shown comes from the driver's own memory. */
static void mmio12_status_shows_shadows(void **state)
{
	struct fake_vdev *d[KINDS];
	struct virtio_info info;

	(void)state;
	add_kinds(d, FAKE_BLK);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		const struct fake_queue *q = &d[i]->queue[0];

		assert_disk_works(i);
		virtio_get_info(vdev_of(d[i]), &info);
		assert_int_equal(info.status, d[i]->status);
		assert_int_equal(info.offered, d[i]->features);
		assert_int_equal(info.accepted, d[i]->accepted);
		assert_int_equal(info.nqueues, 1);
		assert_int_equal(info.queue[0].size, q->num);
		assert_int_equal(info.queue[0].desc, q->desc);
		assert_int_equal(info.queue[0].driver, q->driver);
		assert_int_equal(info.queue[0].device, q->device);
		assert_int_equal(info.queue[0].used_idx, q->used_idx);
		assert_int_equal(info.queue[0].kicks, q->kicks);
		assert_int_equal(info.queue[0].requests, q->taken);
		assert_int_equal(info.queue[0].in_flight, 0);
	}
}

/* A wrong direction or a register of the other version is a violation in the
 * fake: one run through everything there is. */
static void mmio13_directions(void **state)
{
	struct fake_vdev *d[6];
	static const enum fake_type types[] = { FAKE_BLK, FAKE_NET, FAKE_RNG };
	struct virtio_info info;
	uint8_t seed[16];

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		d[i] = fake_vdev_add(i, types[i / 2], i % 2 + 1);
	fake_virtio_probe();
	assert_disk_works(0);
	assert_disk_works(1);
	assert_int_equal(random_bytes(seed, sizeof(seed)), 0);
	for (unsigned int i = 0; i < 6; i++)
		virtio_get_info(vdev_of(d[i]), &info);
	quiesce_all();
	assert_int_equal(fake_violations, 0);
}

static void mmio14_notify_is_the_queue_index(void **state)
{
	static const uint8_t ip[] = { 10, 0, 2, 2 };
	struct fake_vdev *d[KINDS];
	uint8_t mac[ETH_ALEN];

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_int_equal(arp_resolve(net_find(i), NULL, ip, mac), 0);
		assert_true(d[i]->queue[0].kicks > 0);
		assert_true(d[i]->queue[1].kicks > 0);
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			if (d[i]->trace[n].reg == R_QUEUE_NOTIFY)
				assert_true(d[i]->trace[n].v < 2);
	}
}

/* Types without a driver here, some of which no legacy form exists of. */
static void mmio16_other_types_are_left_alone(void **state)
{
	static const uint32_t types[] = { 5, 7, 9, 12, 16, 18, 19, 20, 26, 99 };
	struct fake_vdev *d[2 * array_size(types)];

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++) {
		d[i] = fake_vdev_add(i, FAKE_RNG, i % 2 + 1);
		d[i]->device_id = types[i / 2];
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(d); i++) {
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			assert_true(!d[i]->trace[n].write ||
				    d[i]->trace[n].v == 0);
		assert_int_equal(d[i]->status, 0);
		assert_non_null(virtio_type_name(types[i / 2]));
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(mmio1_magic_version_id),
		virtio_test(mmio2_empty_slot_is_left_alone),
		virtio_test(mmio3_both_versions),
		virtio_test(mmio4_any_slot),
		virtio_test(mmio5_queue_of_version_2),
		virtio_test(mmio6_queue_of_version_1),
		virtio_test(mmio7_ring_too_high_for_a_pfn),
		virtio_test(mmio8_pfn_0_is_never_written),
		virtio_test(mmio9_ready_0_is_never_written),
		virtio_test(mmio10_queue_num_max),
		virtio_test(mmio10_queue_too_small),
		virtio_test(mmio11_num_within_max),
		virtio_test(mmio12_status_shows_shadows),
		virtio_test(mmio13_directions),
		virtio_test(mmio14_notify_is_the_queue_index),
		virtio_test(mmio16_other_types_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
