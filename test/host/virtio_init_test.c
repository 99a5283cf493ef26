/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life cycle of a device (VIRTIO 1.4, 2.1, 2.4, 3.1): checklist items INIT-1
 * to INIT-13. The rules that concern single accesses are also enforced by the
 * fake device in every other test.
 */
#include "virtio_test.h"

static const char *handshake(const struct fake_vdev *d)
{
	return d->version == 1 ? "0 1 3 7" : "0 1 3 b f";
}

static void assert_handshake(const struct fake_vdev *d, unsigned int from)
{
	assert_string_equal(fake_trace_values(d, R_STATUS, true, from),
			    handshake(d));
}

/* Reset, ACKNOWLEDGE, DRIVER, features, FEATURES_OK, its re-read, config and
 * queues, DRIVER_OK: in the trace in this order. */
static void assert_order(const struct fake_vdev *d)
{
	unsigned int queue = d->version == 1 ? R_QUEUE_PFN : R_QUEUE_READY;
	unsigned int i;

	assert_handshake(d, 0);
	i = fake_trace_find(d, 0, R_STATUS, true);
	i = fake_trace_find(d, i + 1, R_STATUS, true);
	i = fake_trace_find(d, i + 1, R_STATUS, true);
	assert_int_equal(d->trace[i].v, 3);
	i = fake_trace_find(d, i, R_DEVICE_FEATURES, false);
	i = fake_trace_find(d, i, R_DRIVER_FEATURES, true);
	if (d->version == 2) {
		i = fake_trace_find(d, i, R_STATUS, true);
		assert_int_equal(d->trace[i].v, 0xb);
		i = fake_trace_find(d, i, R_STATUS, false);
	}
	i = fake_trace_find(d, i, queue, true);
	i = fake_trace_find(d, i, R_STATUS, true);
	assert_int_not_equal(i, FAKE_TRACE);
	assert_int_equal(d->trace[i].v, d->version == 1 ? 7 : 0xf);
	assert_int_equal(fake_trace_find(d, i, queue, true), FAKE_TRACE);
}

static void init1_order(void **state)
{
	static const enum fake_type types[] = { FAKE_BLK, FAKE_NET, FAKE_RNG };
	struct fake_vdev *d[6];

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		d[i] = fake_vdev_add(i, types[i / 2], i % 2 + 1);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 6; i++)
		assert_order(d[i]);
}

/* A reset is over when status reads 0, not when it was written. */
static void init2_reset_polls_until_zero(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (int i = 0; i < KINDS; i++)
		d[i]->reset_reads = 7;
	fake_virtio_probe();
	for (int i = 0; i < KINDS; i++) {
		unsigned int reset, ack;

		assert_handshake(d[i], 0);
		reset = fake_trace_find(d[i], 0, R_STATUS, true);
		ack = fake_trace_find(d[i], reset + 1, R_STATUS, true);
		assert_true(ack - reset > 7);
		assert_disk_works((unsigned int)i);
	}
}

static void init2_reset_that_never_ends(void **state)
{
	struct fake_vdev *bad = fake_vdev_add(3, FAKE_BLK, 2);
	struct fake_vdev *good = fake_vdev_add(4, FAKE_BLK, 2);
	uint64_t start = time_us();

	(void)state;
	bad->status = 0xf;
	bad->reset_reads = UINT32_MAX;
	fake_virtio_probe();
	assert_true(time_us() - start < 1000000);
	assert_handshake(good, 0);
	assert_int_equal(fake_trace_find(bad, 0, R_QUEUE_READY, true),
			 FAKE_TRACE);
	assert_disk_refused(bad);
	assert_disk_works(1);
}

static void fail_once(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->status |= 0x40;
	d->on_chain = NULL;
}

/* What an earlier owner, or an earlier life, set is gone after a reset. */
static void init3_second_init_repeats_all(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_disks(d, NULL);
	for (int i = 0; i < KINDS; i++) {
		unsigned int from = d[i]->ntrace;
		int ret;

		d[i]->on_chain = fail_once;
		ret = blk_read(blk_find("virtio", (unsigned int)i), 0, 1, buf);
		assert_true(ret == -EIO ||
			    (ret == 0 && disk_data_ok(buf, 0, 1)));
		assert_disk_works((unsigned int)i);
		assert_non_null(
			strstr(fake_trace_values(d[i], R_STATUS, true, from),
			       handshake(d[i])));
		assert_int_equal(d[i]->status, d[i]->version == 1 ? 7 : 0xf);
	}
}

/* Over a life with a fault in it, bits are only ever added between resets. */
static void init4_status_bits_only_added(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->on_chain = fail_once;
		assert_true(blk_read(blk_find("virtio", i), 0, 1, buf) <= 0);
		assert_disk_works(i);
	}
	quiesce_all();
	for (unsigned int i = 0; i < KINDS; i++) {
		uint32_t now = 0;

		for (unsigned int n = 0; n < d[i]->ntrace; n++) {
			const struct fake_access *a = &d[i]->trace[n];

			if (!a->write || a->reg != R_STATUS)
				continue;
			assert_true(a->v == 0 || (a->v & now) == now);
			now = a->v;
		}
		assert_int_equal(now, 0);
	}
}

static void init5_features_ok_refused(void **state)
{
	struct fake_vdev *bad = fake_vdev_add(3, FAKE_BLK, 2);
	struct fake_vdev *good = fake_vdev_add(4, FAKE_BLK, 2);

	(void)state;
	bad->refuse = true;
	fake_virtio_probe();
	assert_true(last_written(bad, R_STATUS) & 0x80);
	assert_false(bad->status & 4);
	assert_int_equal(fake_trace_find(bad, 0, R_QUEUE_READY, true),
			 FAKE_TRACE);
	assert_handshake(good, 0);
	assert_disk_refused(bad);
	assert_string_equal(vdev_of(bad)->fault, "refused the features");
	assert_disk_works(1);
}

static void init6_legacy_has_no_features_ok(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, 1);
	unsigned int three, queue;

	(void)state;
	fake_virtio_probe();
	assert_string_equal(fake_trace_values(d, R_STATUS, true, 0), "0 1 3 7");
	/* and nothing reads it back between DRIVER and the queue */
	three = fake_trace_find(d, 0, R_DRIVER_FEATURES, true);
	queue = fake_trace_find(d, 0, R_QUEUE_PFN, true);
	assert_true(fake_trace_find(d, three, R_STATUS, false) > queue);
}

/* Remember in @arg how many receive descriptors are filled in at DRIVER_OK. */
static void count_posted(struct fake_vdev *d, unsigned int reg, uint32_t v)
{
	const uint8_t *desc = (const uint8_t *)(uintptr_t)d->queue[0].desc;

	if (reg != R_STATUS || !(v & 4))
		return;
	for (uint32_t i = 0; i < d->queue[0].num; i++)
		d->arg += get_le32(desc + 16 * i + 8) != 0;
}

static void no_frame(void *arg, const uint8_t *frame, size_t len)
{
	(void)arg;
	(void)frame;
	(void)len;
}

/* A network that was in use comes back with its receive ring filled before
 * DRIVER_OK and kicked after it. */
static void init7_no_notify_before_driver_ok(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_NET);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		struct netdev *net = net_find(i);
		unsigned int ok = d[i]->ntrace, kick;

		assert_int_equal(net->ops->open(net), 0);
		d[i]->on_write = count_posted;
		d[i]->status |= 0x40;
		assert_int_equal(net->ops->poll(net, no_frame, NULL), -EIO);
		assert_int_equal(net->ops->poll(net, no_frame, NULL), 0);
		assert_true(d[i]->arg > 0);
		while (d[i]->trace[ok].reg != R_STATUS ||
		       !(d[i]->trace[ok].v & 4) || !d[i]->trace[ok].write)
			ok++;
		kick = fake_trace_find(d[i], ok, R_QUEUE_NOTIFY, true);
		assert_int_not_equal(kick, FAKE_TRACE);
		assert_int_equal(d[i]->trace[kick].v, 0);
		assert_true(d[i]->queue[0].nheld > 0);
	}
}

static void init8_config_is_never_written_early(void **state)
{
	struct fake_vdev *d[KINDS], *n[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++)
		n[i] = fake_vdev_add(8 + i, FAKE_NET, i ? 2 : 1);
	fake_virtio_probe();
	for (int i = 0; i < KINDS; i++)
		for (unsigned int reg = R_CONFIG; reg < 0x200; reg++) {
			assert_int_equal(fake_trace_find(d[i], 0, reg, true),
					 FAKE_TRACE);
			assert_int_equal(fake_trace_find(n[i], 0, reg, true),
					 FAKE_TRACE);
		}
}

static void no_queue(struct fake_vdev *d)
{
	memset(d->queue_max, 0, sizeof(d->queue_max));
}

static void busy_queue(struct fake_vdev *d)
{
	d->queue_busy = true;
}

static void refuse_features(struct fake_vdev *d)
{
	d->refuse = true;
	if (d->version == 1)
		d->queue_busy = true;
}

static void next_generation(struct fake_vdev *d, unsigned int reg)
{
	if (reg < R_CONFIG)
		return;
	d->generation++;
	d->config[0]++;
}

static void restless_config(struct fake_vdev *d)
{
	d->on_read = next_generation;
}

static void (*const failures[])(struct fake_vdev *) = { no_queue, busy_queue,
							refuse_features,
							restless_config };

/* A device that fails on the way ends with FAILED or reset, and a later try is a
 * whole one. */
static void init9_failure_at_each_step(void **state)
{
	unsigned int slot = 0;
	struct fake_vdev *d[2 * array_size(failures)];

	(void)state;
	for (size_t f = 0; f < array_size(failures); f++)
		for (uint32_t v = 1; v <= 2; v++, slot++) {
			d[slot] = fake_vdev_add(slot, FAKE_BLK, v);
			failures[f](d[slot]);
		}
	fake_virtio_probe();
	for (unsigned int i = 0; i < slot; i++) {
		uint32_t last = last_written(d[i], R_STATUS);

		assert_disk_refused(d[i]);
		assert_true(last == 0 || last & 0x80);
		assert_false(d[i]->status & 4);
	}
}

static void gone_on_read(struct fake_vdev *d, unsigned int reg)
{
	(void)reg;
	d->gone = d->accesses >= d->arg;
}

static void gone_on_write(struct fake_vdev *d, unsigned int reg, uint32_t v)
{
	(void)v;
	gone_on_read(d, reg);
}

/* Wherever it goes away on the way: no crash, no wait for ever, no harm. */
static void init9_gone_at_each_access(void **state)
{
	struct fake_vdev *good = fake_vdev_add(31, FAKE_BLK, 2);
	struct fake_vdev *d[30];
	uint64_t start;

	(void)state;
	for (unsigned int i = 0; i < array_size(d); i++) {
		d[i] = fake_vdev_add(i, i & 2 ? FAKE_BLK : FAKE_NET, i % 2 + 1);
		d[i]->arg = 3 + i / 4 * 6;
		d[i]->on_read = gone_on_read;
		d[i]->on_write = gone_on_write;
	}
	start = time_us();
	fake_virtio_probe();
	quiesce_all();
	assert_true(time_us() - start < 30 * 2 * VIRTIO_RESET_MS * 2000);
	assert_int_equal(good->status, 0);
}

static void hold_and_ask_for_reset(struct fake_vdev *d, unsigned int q,
				   struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->hold = true;
	d->status |= 0x40;
}

/* Seen inside the wait, long before the deadline. */
static void init10_needs_reset_ends_the_wait(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		unsigned int resets = d[i]->resets;
		uint64_t start = time_us();

		d[i]->on_chain = hold_and_ask_for_reset;
		assert_int_equal(blk_read(blk_find("virtio", i), 0, 1, buf),
				 -EIO);
		assert_true(time_us() - start < 1000000);
		assert_true(d[i]->resets > resets);
		d[i]->on_chain = NULL;
		d[i]->hold = false;
		assert_disk_works(i);
	}
}

/* A legacy device gives no sign of its death; only the clock finds it. */
static void init11_silence_ends_at_the_deadline(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[SECTOR_SIZE];

	(void)state;
	start_disks(d, NULL);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint64_t start = time_us();

		d[i]->hold = true;
		assert_int_equal(blk_read(blk_find("virtio", i), 0, 1, buf),
				 -ETIMEDOUT);
		assert_true(time_us() - start < PROMPT_BACK_US);
		assert_int_equal(last_written(d[i], R_STATUS), 0);
		d[i]->hold = false;
		assert_disk_works(i);
	}
}

static void init11_ctrl_c_ends_the_wait(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_BLK, 2);
	uint8_t buf[SECTOR_SIZE];
	uint64_t start;

	(void)state;
	fake_virtio_probe();
	d->hold = true;
	fake_ctrlc_after = 20;
	start = time_us();
	assert_int_equal(blk_read(blk_find("virtio", 0), 0, 1, buf), -EINTR);
	assert_true(time_us() - start < 1000000);
	assert_int_equal(d->status, 0);
}

static void init12_quiesce_resets_every_device(void **state)
{
	struct fake_vdev *d[6];
	static const enum fake_type types[] = { FAKE_BLK, FAKE_NET, FAKE_RNG };

	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		d[i] = fake_vdev_add(i, types[i / 2], i % 2 + 1);
		d[i]->reset_reads = 3;
	}
	fake_virtio_probe();
	quiesce_all();
	for (unsigned int i = 0; i < 6; i++) {
		assert_int_equal(last_written(d[i], R_STATUS), 0);
		assert_int_equal(d[i]->reset_left, 0);
		assert_int_equal(d[i]->status, 0);
		assert_false(fake_net_rx(d[i], "no buffer is lent", 18));
	}
}

/* A boot loader before us left the device running. */
static void init13_live_device_is_reset_first(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->status = i ? 0xf : 7;
		d[i]->queue[0].ready = true;
		d[i]->queue[0].pfn = 0x1234;
		d[i]->isr = 3;
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_handshake(d[i], 0);
		assert_disk_works(i);
	}
}

static void init13_scan_twice(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	start_disks(d, NULL);
	virtio_probe_all();
	virtio_probe_all();
	assert_null(blk_find("virtio", KINDS));
	/* a device that works is not disturbed by it */
	for (unsigned int i = 0; i < KINDS; i++) {
		assert_disk_works(i);
		assert_handshake(d[i], 0);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(init1_order),
		virtio_test(init2_reset_polls_until_zero),
		virtio_test(init2_reset_that_never_ends),
		virtio_test(init3_second_init_repeats_all),
		virtio_test(init4_status_bits_only_added),
		virtio_test(init5_features_ok_refused),
		virtio_test(init6_legacy_has_no_features_ok),
		virtio_test(init7_no_notify_before_driver_ok),
		virtio_test(init8_config_is_never_written_early),
		virtio_test(init9_failure_at_each_step),
		virtio_test(init9_gone_at_each_access),
		virtio_test(init10_needs_reset_ends_the_wait),
		virtio_test(init11_silence_ends_at_the_deadline),
		virtio_test(init11_ctrl_c_ends_the_wait),
		virtio_test(init12_quiesce_resets_every_device),
		virtio_test(init13_live_device_is_reset_first),
		virtio_test(init13_scan_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
