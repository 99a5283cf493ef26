/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI transports (VIRTIO 1.4, 4.1): checklist items PCI-4 to PCI-14. That the
 * drivers work over both is seen by virtio_pci_*_test.c, which layout a function
 * has by virtio_pci_layout_test.c.
 */
#include "virtio_pci_disk.h"

/* The bit is asserted at DRIVER_OK by the model; sizes by pci_scan_test.c. */
static void pci4_bus_master_before_driver_ok(void **state)
{
	struct fake_vdev *d[2] = { add(1, LEGACY), add(2, MODERN) };

	(void)state;
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2; i++) {
		assert_true(d[i]->status & 4);
		assert_int_equal(d[i]->pci->config[PCI_COMMAND], 7 - i);
	}
}

/* The next write of @reg after *@at, which moves there. */
static uint32_t next_write(const struct fake_vdev *d, unsigned int *at,
			   unsigned int reg)
{
	*at = fake_trace_find(d, *at, reg, true);
	assert_int_not_equal(*at, FAKE_TRACE);
	return d->trace[*at].v;
}

/* Widths and directions are the model's. */
static void pci5_queue_in_order(void **state)
{
	static const unsigned int fields[] = {
		R_QUEUE_SEL,        R_QUEUE_NUM,         R_QUEUE_DESC_LOW,
		R_QUEUE_DESC_HIGH,  R_QUEUE_DRIVER_LOW,  R_QUEUE_DRIVER_HIGH,
		R_QUEUE_DEVICE_LOW, R_QUEUE_DEVICE_HIGH, R_QUEUE_READY
	};
	struct fake_vdev *d = add(1, MODERN);
	unsigned int at = 0;

	(void)state;
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(fields); i++)
		next_write(d, &at, fields[i]);
	assert_int_equal(d->trace[at].v, 1);
}

/* A disk for each of @n largest sizes of its queue. */
static void start_sizes(struct fake_vdev **d, enum flavour f,
			const uint32_t *max, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		d[i] = add(1 + i, f);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_probe();
}

static void pci6_size_is_lowered_to_a_power_of_two(void **state)
{
	static const uint32_t max[] = { 3, 7, 100, 256, 1000, 32768, 65535 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	start_sizes(d, MODERN, max, array_size(max));
	for (unsigned int i = 0; i < array_size(max); i++) {
		uint32_t n = last_written(d[i], R_QUEUE_NUM);

		assert_true(is_pow2(n) && n <= max[i] && n <= 256);
		assert_true(2 * n > max[i] || n == 256);
	}
}

static void pci7_queue_enable_is_never_0(void **state)
{
	struct fake_vdev *d = add(1, MODERN);

	(void)state;
	fake_virtio_probe();
	assert_disk_works(0);
	virtio_fail(vdev_of(d), "test");
	assert_disk_works(0);
	quiesce_all();
	assert_string_equal(fake_trace_values(d, R_QUEUE_READY, true, 0),
			    "1 1");
}

/* The address and the value are checked by the model. */
static void pci8_notify_address(void **state)
{
	struct fake_vdev *own = add(1, MODERN), *last = add(2, MODERN);

	(void)state;
	last->notify_off = 0xffc / FAKE_MULTIPLIER;
	fake_virtio_probe();
	assert_disk_works(0);
	assert_disk_works(1);
	assert_int_equal(own->queue[0].kicks, 1);
	assert_int_equal(last->queue[0].kicks, 1);
}

static void notify_refused(uint16_t off, uint32_t multiplier)
{
	struct fake_vdev *d = add(1, MODERN);

	d->notify_off = off;
	fake_pci_put(d->pci, FAKE_CAP_NOTIFY + 16, 4, multiplier);
	fake_virtio_probe();
	assert_int_equal(vdev_of(d)->state, VIRTIO_DEAD);
	assert_string_equal(vdev_of(d)->fault,
			    "notify address is outside its structure");
	assert_true(d->status & 0x80);
}

static void pci8_notify_just_outside(void **state)
{
	(void)state;
	notify_refused(0x1000 / FAKE_MULTIPLIER, FAKE_MULTIPLIER);
}

static void pci8_notify_far_outside(void **state)
{
	(void)state;
	notify_refused(0xffff, 0xffffffff);
}

static void pci8_notify_is_odd(void **state)
{
	(void)state;
	notify_refused(1, 1);
}

static void pci9_msix_stays_off(void **state)
{
	struct fake_vdev *d[2] = { add(1, LEGACY), add(2, MODERN) };

	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		put_capacity(d[i], 2000 + i);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(blk_of(d[i])->nsectors, 2000 + i);
		assert_int_equal(d[i]->pci->config[FAKE_CAP_MSIX + 3], 0);
	}
}

static void pci10_size_is_the_devices(void **state)
{
	static const uint32_t max[] = { 2, 4, 8, 256, 1024, 32768 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	start_sizes(d, LEGACY, max, array_size(max));
	for (unsigned int i = 0; i < array_size(max); i++) {
		assert_int_equal(d[i]->queue[0].num, max[i]);
		if (max[i] > 2) /* header, data and status need three */
			assert_disk_works(i);
		else
			assert_int_equal(vdev_of(d[i])->state, VIRTIO_DEAD);
	}
}

static void pci10_odd_sizes_are_refused(void **state)
{
	static const uint32_t max[] = { 0, 3, 100, 65535 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	start_sizes(d, LEGACY, max, array_size(max));
	for (unsigned int i = 0; i < array_size(max); i++)
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_DEAD);
}

/* After a reset the device must not have another size than its ring. */
static void pci10_size_grows(void **state)
{
	struct fake_vdev *d = add(1, LEGACY);
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	fake_virtio_probe();
	assert_disk_works(0);
	virtio_fail(vdev_of(d), "test");
	d->queue_max[0] = 1024;
	assert_int_equal(blk_read(blk_find("virtio", 0), 0, 1, buf), -EIO);
	assert_int_equal(vdev_of(d)->state, VIRTIO_DEAD);
}

static void pci11_io_window(void **state)
{
	struct fake_vdev *d = add(1, LEGACY);
	const struct pci_window *w = &fake_pci_host.window[PCI_IO];
	uint32_t bar;

	(void)state;
	fake_virtio_probe();
	bar = fake_pci_get(d->pci, PCI_BASE_ADDRESS_0, 4);
	assert_int_equal(bar & 3, 1);
	assert_int_equal(vdev_of(d)->base, w->cpu + (bar & ~3u));
	assert_disk_works(0);
}

static void pci11_no_io_window(void **state)
{
	struct pci_host host = fake_pci_host;
	struct fake_vdev *d = add(1, LEGACY), *both = add(2, TRANSITIONAL);

	(void)state;
	host.window[PCI_IO].size = 0;
	assert_int_equal(pci_scan(&host), 0);
	assert_int_equal(virtio_pci_add_all(), 0);
	virtio_probe_all();
	assert_int_equal(vdev_of(d)->state, VIRTIO_DEAD);
	assert_string_equal(virtio_fault(vdev_of(d)),
			    "no room in the I/O window");
	assert_string_equal(transport_of(both), "pci-modern");
	assert_disk_works(1);
}

static struct fake_vdev *add_behind(struct fake_pci *bridge, uint32_t version,
				    const char *where)
{
	static unsigned int slot = 20;
	struct fake_vdev *d;

	fake_virtio_on_pci = false;
	d = fake_vdev_add(slot++, FAKE_BLK, version);
	fake_vpci_add(bridge, 0, d);
	strcpy(d->where, where);
	if (version == 1)
		d->queue_max[0] = 256;
	return d;
}

static void pci13_behind_bridges(void **state)
{
	struct fake_pci *b1 = fake_pci_bridge(NULL, 0x08);
	struct fake_pci *b2 = fake_pci_bridge(b1, 0x08);
	struct fake_pci *b3 = fake_pci_bridge(b2, 0x08);
	struct fake_vdev *d[3];

	(void)state;
	d[0] = add_behind(b1, 2, "01:00.0");
	d[1] = add_behind(b2, 1, "02:00.0");
	d[2] = add_behind(b3, 2, "03:00.0");
	add(2, MODERN);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_LIVE);
	for (unsigned int i = 0; i < 4; i++)
		assert_disk_works(i);
}

static void pci13_order_of_names(void **state)
{
	struct fake_pci *b = fake_pci_bridge(NULL, 0x08);
	static const char *const where[] = { "slot1", "slot9", "00:02.0",
					     "00:03.0", "01:00.0" };

	(void)state;
	fake_vdev_add(9, FAKE_BLK, 2);
	fake_vdev_add(1, FAKE_BLK, 1);
	add_behind(b, 2, "01:00.0");
	add(3, LEGACY);
	add(2, MODERN);
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(where); i++) {
		char name[24];

		snprintf(name, sizeof(name), "virtio%u", i);
		assert_string_equal(virtio_device(i)->where, where[i]);
		assert_string_equal(virtio_device(i)->name, name);
	}
}

/* The capacity changes between its halves, 8 bits of generation tell. */
static void change_once(struct fake_vdev *d, unsigned int reg)
{
	if (reg != R_CONFIG + 4 || d->arg++)
		return;
	put_le64(d->config, UINT64_C(0x100000400));
	d->generation = 0;
}

static void pci14_generation(void **state)
{
	struct fake_vdev *d = add(1, MODERN);

	(void)state;
	d->generation = 0xff;
	put_le64(d->config, UINT64_C(0x0800));
	d->on_read = change_once;
	fake_virtio_probe();
	assert_int_equal(blk_find("virtio", 0)->nsectors,
			 UINT64_C(0x100000400));
}

/* Fields past a short structure are not read from what follows it. */
static void config_ends(void **state)
{
	struct fake_vdev *d = add(1, MODERN);

	(void)state;
	fake_pci_put(d->pci, FAKE_CAP_DEVICE + 12, 4, 20);
	d->features |= 1 << 6; /* BLK_SIZE, at 20 */
	fake_virtio_probe();
	assert_int_equal(blk_find("virtio", 0)->block_size, 512);
	assert_true(blk_find("virtio", 0)->read_only);
	assert_int_equal(count_trace(d, R_CONFIG + 20, false), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(pci4_bus_master_before_driver_ok),
		virtio_test(pci5_queue_in_order),
		virtio_test(pci6_size_is_lowered_to_a_power_of_two),
		virtio_test(pci7_queue_enable_is_never_0),
		virtio_test(pci8_notify_address),
		virtio_test(pci8_notify_just_outside),
		virtio_test(pci8_notify_far_outside),
		virtio_test(pci8_notify_is_odd),
		virtio_test(pci9_msix_stays_off),
		virtio_test(pci10_size_is_the_devices),
		virtio_test(pci10_odd_sizes_are_refused),
		virtio_test(pci10_size_grows),
		virtio_test(pci11_io_window),
		virtio_test(pci11_no_io_window),
		virtio_test(pci13_behind_bridges),
		virtio_test(pci13_order_of_names),
		virtio_test(pci14_generation),
		virtio_test(config_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
