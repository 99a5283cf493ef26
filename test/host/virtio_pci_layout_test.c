/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which register layout a PCI function has and where (VIRTIO 1.4, 4.1.2, 4.1.4):
 * checklist items PCI-1 to PCI-3. Configuration space is input: what cannot be used is refused.
 */
#include "virtio_pci_disk.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
