/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entropy driver when a request is interrupted or the device asks for a
 * reset, where its bytes go, and what it is called. The fake device's bytes count
 * up, so a byte that was lost, repeated or made up shows.
 */
#include "virtio_test.h"

#define MAX 256

static struct random_source *source(unsigned int n)
{
	struct random_source *src = random_source(n);

	assert_non_null(src);
	return src;
}

/* @len bytes are read, the device's next, and nothing around them is touched. */
static void assert_reads(struct fake_vdev *d, unsigned int n, size_t len)
{
	uint8_t buf[MAX + 2], first = d->rng_next;

	memset(buf, 0xa5, sizeof(buf));
	assert_int_equal(source(n)->read(source(n), buf + 1, len), 0);
	assert_int_equal(buf[0], 0xa5);
	assert_int_equal(buf[len + 1], 0xa5);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf[i + 1], (uint8_t)(first + i));
}

/* The buffer lent is the driver's own, and does not keep what was handed out. */
static uint8_t *lent;

static void note_buffer(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	(void)d;
	(void)q;
	assert_int_equal(c->n_out, 0);
	assert_true(fake_in_dma(c->seg[0].addr, c->seg[0].len));
	lent = c->seg[0].addr;
}

static void rng1_bounces(void **state)
{
	struct fake_vdev *d[KINDS];

	(void)state;
	add_kinds(d, FAKE_RNG);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->on_chain = note_buffer;
		d[i]->rng_next = 1;
		assert_reads(d[i], i, 100);
		for (unsigned int k = 0; k < 100; k++)
			assert_int_equal(lent[k], 0);
	}
}

static void ctrl_c_resets_and_returns(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_RNG, 2);
	uint64_t began = time_us();
	uint8_t buf[16] = { 0 };

	(void)state;
	fake_virtio_probe();
	d->hold = true;
	fake_ctrlc_after = 5;
	assert_int_equal(source(0)->read(source(0), buf, sizeof(buf)), -EINTR);
	assert_in_range(time_us() - began, 0, 100000);
	assert_int_equal(d->status, 0);
	assert_int_equal(buf[0], 0);
}

static void ask_for_reset(struct fake_vdev *d, unsigned int q,
			  struct fake_chain *c)
{
	(void)q;
	(void)c;
	d->status |= 0x40;
}

static void needs_reset(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[16];

	(void)state;
	add_kinds(d, FAKE_RNG);
	fake_virtio_probe();
	for (unsigned int i = 0; i < KINDS; i++) {
		d[i]->on_chain = ask_for_reset;
		assert_int_equal(source(i)->read(source(i), buf, sizeof(buf)),
				 -EIO);
		assert_string_equal(vdev_of(d[i])->fault,
				    "device asked for a reset");
		d[i]->on_chain = NULL;
		assert_reads(d[i], i, 16);
		/* the request and its one repetition */
		assert_int_equal(vdev_of(d[i])->resets, 2);
	}
}

static void names_and_first_source(void **state)
{
	uint8_t buf[4] = { 0xff, 0xff, 0xff, 0xff };
	struct fake_vdev *d[KINDS];

	(void)state;
	assert_int_equal(random_bytes(buf, sizeof(buf)), -ENODEV);
	add_kinds(d, FAKE_RNG);
	fake_virtio_probe();
	assert_string_equal(source(0)->name,
			    d[0]->pci ? "virtio-rng#00:01.0" : "virtio-rng#1");
	assert_string_equal(source(1)->name,
			    d[1]->pci ? "virtio-rng#00:02.0" : "virtio-rng#2");
	assert_null(random_source(KINDS));
	assert_string_equal(vdev_of(d[1])->name, "rng1");
	assert_int_equal(random_bytes(buf, sizeof(buf)), 0);
	assert_int_equal(d[0]->queue[0].taken, 1);
	assert_int_equal(d[1]->queue[0].taken, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(rng1_bounces),
		virtio_test(ctrl_c_resets_and_returns),
		virtio_test(needs_reset),
		virtio_test(names_and_first_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
