/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration space (VIRTIO 1.4, 2.5, 4.2.2.2): checklist items CFG-1 to CFG-8.
 * The fake device holds each access to its field's width and feature bit.
 */
#include "virtio_test.h"

#define BIT(n)  (UINT64_C(1) << (n))
#define CAP_OLD UINT64_C(0x00000000ffffffff)
#define CAP_NEW UINT64_C(0x0000000100000000)

/* After the first word of the capacity is out, the disk grows over 2^32. */
static void grow_between_words(struct fake_vdev *d, unsigned int reg)
{
	if (reg != R_CONFIG + 4 || d->arg++)
		return;
	put_capacity(d, CAP_NEW);
	d->generation++;
}

static void torn_capacity(uint32_t version)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, version);
	uint64_t n;

	put_capacity(d, CAP_OLD);
	d->on_read = grow_between_words;
	fake_virtio_probe();
	n = blk_find("virtio", 0)->nsectors;
	assert_true(n == CAP_OLD || n == CAP_NEW);
	assert_true(d->arg > 1);
}

static void cfg1_generation_change_repeats_the_read(void **state)
{
	(void)state;
	torn_capacity(2);
}

static void cfg2_legacy_reads_until_two_agree(void **state)
{
	(void)state;
	torn_capacity(1);
}

static void always_new(struct fake_vdev *d, unsigned int reg)
{
	if (reg < R_CONFIG)
		return;
	d->generation++;
	d->config[0]++;
}

static void cfg1_never_stable_is_an_error(void **state)
{
	struct fake_vdev *d[KINDS], *good = fake_vdev_add(5, FAKE_BLK, 2);

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (int i = 0; i < KINDS; i++)
		d[i]->on_read = always_new;
	fake_virtio_probe();
	for (int i = 0; i < KINDS; i++) {
		assert_true(d[i]->accesses < 300);
		assert_false(d[i]->status & 4);
	}
	assert_int_equal(good->status, 0xf);
	assert_disk_works(KINDS);
}

static void no_line(void *arg, const char *name, const char *value)
{
	unsigned int *n = arg;

	assert_true(name && *name && value);
	(*n)++;
}

/* Every field there is, offered and shown by "virtio status". */
static void cfg3_width_of_each_field(void **state)
{
	struct fake_vdev *d[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		d[i] = fake_vdev_add(i, i < 2 ? FAKE_BLK : FAKE_NET, i % 2 + 1);
		d[i]->features |= i < 2 ? 0x7e76 : 0x418028;
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 4; i++) {
		unsigned int lines = 0;

		assert_int_equal(
			virtio_describe_config(vdev_of(d[i]), no_line, &lines),
			0);
		assert_true(lines > 0);
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			assert_true(d[i]->trace[n].width <= 4);
	}
}

static void cfg4_control_registers_are_32_bit(void **state)
{
	struct fake_vdev *d[6];
	static const enum fake_type types[] = { FAKE_BLK, FAKE_NET, FAKE_RNG };

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		d[i] = fake_vdev_add(i, types[i / 2], i % 2 + 1);
	fake_virtio_probe();
	assert_disk_works(0);
	quiesce_all();
	for (unsigned int i = 0; i < 6; i++)
		for (unsigned int n = 0; n < d[i]->ntrace; n++)
			if (d[i]->trace[n].reg < R_CONFIG) {
				assert_int_equal(d[i]->trace[n].width, 4);
				assert_int_equal(d[i]->trace[n].reg % 4, 0);
			}
}

/* Fields without their feature bit hold anything: here ones. */
static void cfg5_fields_without_their_bit(void **state)
{
	struct fake_vdev *d[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		d[i] = fake_vdev_add(i, i < 2 ? FAKE_BLK : FAKE_NET, i % 2 + 1);
		d[i]->features = d[i]->version == 1 ? 0 : BIT(32);
		memset(d[i]->config, 0xff, FAKE_CONFIG);
		if (i < 2)
			put_capacity(d[i], 2048);
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < 2; i++) {
		const struct blkdev *b = blk_find("virtio", i);
		struct netdev *net = net_find(i);

		assert_int_equal(b->nsectors, 2048);
		assert_int_equal(b->block_size, 512);
		assert_false(b->read_only);
		assert_disk_works(i);
		assert_int_equal(net->mtu, 1500);
		assert_true(net->ops->link_up(net));
		assert_int_equal(net->mac[0] & 3, 2);
	}
}

static void cfg6_fields_are_little_endian(void **state)
{
	static const uint8_t capacity[] = { 1, 2, 3, 4, 5, 0, 0, 0 };
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		memcpy(d[i]->config, capacity, sizeof(capacity));
		d[i]->config[20] = 0;
		d[i]->config[21] = 0x10; /* blk_size 4096 */
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		const struct blkdev *b = blk_find("virtio", i);

		/* whole 4 KiB blocks only, or the number as it is */
		assert_int_equal(b->nsectors & ~UINT64_C(7),
				 UINT64_C(0x0504030201) & ~UINT64_C(7));
		assert_int_equal(b->block_size, 4096);
	}
}

/* Bit 0 set and nothing in the ring: QEMU does so on a capacity change. */
static void cfg7_isr_proves_nothing(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	add_kinds(d, FAKE_BLK);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->hold = true;
		d[i]->isr = 3;
		assert_int_equal(blk_read(blk_find("virtio", i), 0, 1, buf),
				 -ETIMEDOUT);
	}
}

/* InterruptACK with other bits than those set is a violation in the fake. */
static void cfg8_ack_what_was_set(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	fake_virtio_probe();
	for (uint32_t isr = 0; isr < 4; isr++)
		for (unsigned int i = 0; i < KINDS; i++) {
			d[i]->isr = isr;
			assert_disk_works(i);
		}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(cfg1_generation_change_repeats_the_read),
		virtio_test(cfg1_never_stable_is_an_error),
		virtio_test(cfg2_legacy_reads_until_two_agree),
		virtio_test(cfg3_width_of_each_field),
		virtio_test(cfg4_control_registers_are_32_bit),
		virtio_test(cfg5_fields_without_their_bit),
		virtio_test(cfg6_fields_are_little_endian),
		virtio_test(cfg7_isr_proves_nothing),
		virtio_test(cfg8_ack_what_was_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
