/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCI transports (VIRTIO 1.4, 4.1): checklist items PCI-1 to PCI-14. That the
 * drivers work over both is seen by virtio_pci_*_test.c.
 */
#include "fake/pci_bus.h"
#include "virtio_test.h"

enum flavour { LEGACY = 1, MODERN = 2, TRANSITIONAL };

/* A disk, changed by the test before the firmware sees it. */
static struct fake_vdev *add(unsigned int slot, enum flavour f)
{
	struct fake_vdev *d;

	fake_virtio_on_pci = true;
	d = fake_vdev_add(slot, FAKE_BLK, f == LEGACY ? 1 : 2);
	if (f == TRANSITIONAL)
		fake_vpci_transitional(d->pci);
	return d;
}

static const char *transport_of(const struct fake_vdev *d)
{
	struct virtio_info info;

	virtio_get_info(vdev_of(d), &info);
	return info.transport;
}

/* The disk was refused, in words, and never touched. */
static void assert_refused(const struct fake_vdev *d)
{
	uint8_t buf[SECTOR_SIZE];
	struct virtio_info info;

	virtio_get_info(vdev_of(d), &info);
	assert_string_equal(info.state, "dead");
	assert_string_equal(info.fault, "has no registers that can be used");
	assert_int_equal(blk_read(blk_of(d), 0, 1, buf), -EIO);
	assert_int_equal(d->accesses, 0);
}

static void pci1_which_functions(void **state)
{
	struct fake_vdev *legacy = add(1, LEGACY);
	struct fake_vdev *modern = add(2, MODERN);
	struct fake_vdev *both = add(3, TRANSITIONAL);
	struct fake_vdev *other = add(4, MODERN), *none = add(5, MODERN);
	struct fake_vdev *range = add(6, MODERN), *below = add(7, MODERN);

	(void)state;
	/* the id does not say the type, and modern ids have any revision */
	fake_pci_put(legacy->pci, PCI_DEVICE_ID, 2, 0x103f);
	modern->pci->config[PCI_REVISION_ID] = 0x77;
	fake_pci_put(other->pci, PCI_VENDOR_ID, 2, 0x1af5);
	fake_pci_put(none->pci, PCI_DEVICE_ID, 2, 0x1040);
	fake_pci_put(range->pci, PCI_DEVICE_ID, 2, 0x1080);
	fake_pci_put(below->pci, PCI_DEVICE_ID, 2, 0x0fff);
	fake_virtio_probe();
	assert_string_equal(transport_of(legacy), "pci-legacy");
	assert_string_equal(transport_of(modern), "pci-modern");
	assert_string_equal(transport_of(both), "pci-modern");
	for (unsigned int i = 0; i < 3; i++)
		assert_disk_works(i);
	assert_null(vdev_of(other));
	assert_null(vdev_of(none));
	assert_null(vdev_of(range));
	assert_null(vdev_of(below));
}

static void pci1_legacy_wants_revision_0(void **state)
{
	struct fake_vdev *d = add(1, LEGACY);

	(void)state;
	d->pci->config[PCI_REVISION_ID] = 1;
	fake_virtio_probe();
	assert_refused(d);
}

/* Which capability is broken, and how; whatever it is the legacy layout serves. */
static void pci2_modern_if_usable_else_legacy(void **state)
{
	static const uint8_t caps[] = { FAKE_CAP_COMMON, FAKE_CAP_NOTIFY,
					FAKE_CAP_ISR };

	(void)state;
	for (unsigned int i = 0; i < array_size(caps); i++) {
		struct fake_vdev *d = add(1 + i, TRANSITIONAL);

		d->pci->config[caps[i] + 3] = 0x55; /* no such type */
		d->version = 1; /* what the I/O registers show */
		d->features &= UINT32_MAX;
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(caps); i++) {
		assert_string_equal(virtio_device(i)->ops->name, "pci-legacy");
		assert_disk_works(i);
	}
}

static void pci2_modern_only_has_no_other(void **state)
{
	struct fake_vdev *d = add(1, MODERN);

	(void)state;
	d->pci->config[FAKE_CAP_COMMON + 3] = 0x55;
	/* an I/O base address does not make it transitional */
	fake_pci_bar(d->pci, 0, 0x80, 1);
	fake_virtio_probe();
	assert_refused(d);
}

/* ---- PCI-3: the walk ---- */

static void start_with(struct fake_vdev *d, bool usable)
{
	fake_virtio_probe();
	if (usable)
		assert_disk_works(0);
	else
		assert_refused(d);
}

/* One byte of the configuration changed. */
static void one_byte(unsigned int off, uint8_t v, bool usable)
{
	struct fake_vdev *d = add(1, MODERN);

	d->pci->config[off] = v;
	start_with(d, usable);
}

static void one_word(unsigned int off, uint32_t v, bool usable)
{
	struct fake_vdev *d = add(1, MODERN);

	fake_pci_put(d->pci, off, 4, v);
	start_with(d, usable);
}

#define PCI3(name, change) \
	static void pci3_##name(void **state) \
	{ \
		(void)state; \
		change; \
	}

PCI3(no_list, one_byte(PCI_STATUS, 0, false))
PCI3(list_is_empty, one_byte(PCI_CAPABILITY_LIST, 0, false))
PCI3(pointer_into_the_header, one_byte(PCI_CAPABILITY_LIST, 0x3c, false))
PCI3(pointer_low_bits, one_byte(PCI_CAPABILITY_LIST, 0x43, true))
PCI3(loop_of_one, one_byte(FAKE_CAP_MSIX + 1, FAKE_CAP_MSIX, false))
PCI3(loop_after_what_is_needed,
     one_byte(FAKE_CAP_WINDOW + 1, FAKE_CAP_MSIX, true))
PCI3(points_to_ones, one_byte(FAKE_CAP_MSIX + 1, 0xfc, false))
PCI3(short_common, one_byte(FAKE_CAP_COMMON + 2, 15, false))
PCI3(short_notify, one_byte(FAKE_CAP_NOTIFY + 2, 16, false))
PCI3(short_of_nothing, one_byte(FAKE_CAP_ISR + 2, 0, false))
PCI3(longer_is_fine, one_byte(FAKE_CAP_COMMON + 2, 64, true))
PCI3(longer_than_the_space, one_byte(FAKE_CAP_COMMON + 2, 0xff, false))
PCI3(bar_7, one_byte(FAKE_CAP_COMMON + 4, 7, false))
PCI3(bar_255, one_byte(FAKE_CAP_NOTIFY + 4, 255, false))
PCI3(bar_that_is_none, one_byte(FAKE_CAP_COMMON + 4, 2, false))
PCI3(bar_upper_half, one_byte(FAKE_CAP_COMMON + 4, 5, false))
PCI3(offset_beyond, one_word(FAKE_CAP_COMMON + 8, 0x4000, false))
PCI3(offset_overflows, one_word(FAKE_CAP_COMMON + 8, 0xfffffffc, false))
PCI3(offset_is_odd, one_word(FAKE_CAP_COMMON + 8, 2, false))
PCI3(length_beyond, one_word(FAKE_CAP_NOTIFY + 12, 0x1001, false))
PCI3(length_overflows, one_word(FAKE_CAP_NOTIFY + 12, 0xffffffff, false))
PCI3(length_0, one_word(FAKE_CAP_ISR + 12, 0, false))
PCI3(common_too_small, one_word(FAKE_CAP_COMMON + 12, 0x37, false))
PCI3(common_just_enough, one_word(FAKE_CAP_COMMON + 12, 0x38, true))

/* An unusable one first, of each type: the next of the type counts. */
static void pci3_first_usable_of_a_type(void **state)
{
	struct fake_vdev *d = add(1, MODERN);
	uint8_t *c = d->pci->config;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int at = 0xa8 + 20 * i;

		c[at] = 0x09;
		c[at + 1] = (uint8_t)(i < 3 ? at + 20 : FAKE_CAP_MSIX);
		c[at + 2] = 20;
		c[at + 3] = (uint8_t)(i + 1);
		c[at + 4] = (uint8_t)(i % 2 ? 6 : FAKE_BAR);
		fake_pci_put(d->pci, at + 8, 4, 0xfffff000);
		fake_pci_put(d->pci, at + 12, 4, 0x1000);
	}
	c[PCI_CAPABILITY_LIST] = 0xa8;
	/* and a second usable one, which does not: the ISR's */
	c[FAKE_CAP_WINDOW + 2] = 16;
	c[FAKE_CAP_WINDOW + 3] = 1;
	c[FAKE_CAP_WINDOW + 4] = FAKE_BAR;
	fake_pci_put(d->pci, FAKE_CAP_WINDOW + 8, 4, FAKE_DEVICE);
	fake_pci_put(d->pci, FAKE_CAP_WINDOW + 12, 4, 0x1000);
	start_with(d, true);
}

/* Any bytes at all: refused or working, and never an access to nothing. */
static void pci3_random_bytes(void **state)
{
	struct fake_vdev *d[31];

	(void)state;
	srand(7);
	for (unsigned int i = 0; i < 31; i++) {
		d[i] = add(i, i % 2 ? MODERN : TRANSITIONAL);
		d[i]->lenient = true;
		for (unsigned int n = 0; n < 1 + i; n++)
			d[i]->pci->config[0x34 + rand() % 0x80] = (uint8_t)
				rand();
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 31; i++)
		assert_non_null(transport_of(d[i]));
}

/* ---- the rest ---- */

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

static void pci6_size_is_lowered_to_a_power_of_two(void **state)
{
	static const uint32_t max[] = { 3, 7, 100, 256, 1000, 32768, 65535 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	for (unsigned int i = 0; i < array_size(max); i++) {
		d[i] = add(1 + i, MODERN);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_probe();
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
	for (unsigned int i = 0; i < array_size(max); i++) {
		d[i] = add(1 + i, LEGACY);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_probe();
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
	for (unsigned int i = 0; i < array_size(max); i++) {
		d[i] = add(1 + i, LEGACY);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_probe();
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
		virtio_test(pci1_which_functions),
		virtio_test(pci1_legacy_wants_revision_0),
		virtio_test(pci2_modern_if_usable_else_legacy),
		virtio_test(pci2_modern_only_has_no_other),
		virtio_test(pci3_no_list),
		virtio_test(pci3_list_is_empty),
		virtio_test(pci3_pointer_into_the_header),
		virtio_test(pci3_pointer_low_bits),
		virtio_test(pci3_loop_of_one),
		virtio_test(pci3_loop_after_what_is_needed),
		virtio_test(pci3_points_to_ones),
		virtio_test(pci3_short_common),
		virtio_test(pci3_short_notify),
		virtio_test(pci3_short_of_nothing),
		virtio_test(pci3_longer_is_fine),
		virtio_test(pci3_longer_than_the_space),
		virtio_test(pci3_bar_7),
		virtio_test(pci3_bar_255),
		virtio_test(pci3_bar_that_is_none),
		virtio_test(pci3_bar_upper_half),
		virtio_test(pci3_offset_beyond),
		virtio_test(pci3_offset_overflows),
		virtio_test(pci3_offset_is_odd),
		virtio_test(pci3_length_beyond),
		virtio_test(pci3_length_overflows),
		virtio_test(pci3_length_0),
		virtio_test(pci3_common_too_small),
		virtio_test(pci3_common_just_enough),
		virtio_test(pci3_first_usable_of_a_type),
		virtio_test(pci3_random_bytes),
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
