/* SPDX-License-Identifier: BSD-2-Clause */
/* The entropy driver (VIRTIO 1.4, 5.4): checklist items RNG-1 and RNG-2. */
#include "virtio_test.h"

static void start(struct fake_vdev *d[KINDS])
{
	add_kinds(d, FAKE_RNG);
	fake_virtio_probe();
	assert_non_null(random_source(0));
	assert_non_null(random_source(1));
	assert_null(random_source(KINDS));
}

static int get(unsigned int i, void *buf, size_t len)
{
	struct random_source *src = random_source(i);

	return src->read(src, buf, len);
}

/* Exactly the device's sequence: nothing twice, nothing skipped or made up. */
static void rng1_exactly_the_bytes_given(void **state)
{
	static const uint32_t most[] = { UINT32_MAX, 64, 7, 1 };
	struct fake_vdev *d[KINDS];
	uint8_t buf[1002];

	(void)state;
	start(d);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t m = 0; m < array_size(most); m++) {
			uint8_t next = d[i]->rng_next;

			d[i]->rng_max = most[m];
			memset(buf, 0xcc, sizeof(buf));
			buf[0] = buf[1001] = 0x77;
			assert_int_equal(get(i, buf + 1, 1000), 0);
			for (unsigned int n = 0; n < 1000; n++)
				assert_int_equal(buf[n + 1],
						 (uint8_t)(next + n));
			assert_int_equal(buf[0], 0x77);
			assert_int_equal(buf[1001], 0x77);
		}
}

static void rng1_lengths(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[300];

	(void)state;
	start(d);
	for (size_t len = 0; len <= 299; len++) {
		buf[len] = 0x77;
		assert_int_equal(get(0, buf, len), 0);
		assert_int_equal(buf[len], 0x77);
	}
}

static void rng2_no_bytes_for_ever(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[32];

	(void)state;
	start(d);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint64_t t = time_us();

		d[i]->rng_max = 0;
		assert_int_equal(get(i, buf, sizeof(buf)), -EIO);
		assert_true(time_us() - t < PROMPT_BACK_US);
		assert_true(d[i]->queue[0].taken < 100);
		d[i]->rng_max = 64;
		assert_int_equal(get(i, buf, sizeof(buf)), 0);
	}
}

static void more_than_asked(struct fake_vdev *d, unsigned int q,
			    const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	u->len = d->arg ? (uint32_t)d->arg : (uint32_t)c->in_len + 1;
}

static void rng2_more_than_asked(void **state)
{
	static const uint64_t len[] = { 0, 65536, 0x80000000, 0xffffffff };
	struct fake_vdev *d[KINDS];
	uint8_t buf[34];

	(void)state;
	start(d);
	for (unsigned int i = 0; i < KINDS; i++)
		for (size_t n = 0; n < array_size(len); n++) {
			d[i]->arg = len[n];
			d[i]->on_used = more_than_asked;
			buf[32] = 0x77;
			assert_true(get(i, buf, 32) <= 0);
			assert_int_equal(buf[32], 0x77);
			d[i]->on_used = NULL;
			assert_int_equal(get(i, buf, 32), 0);
		}
}

static void rng2_silence(void **state)
{
	struct fake_vdev *d[KINDS];
	uint8_t buf[32];

	(void)state;
	start(d);
	for (unsigned int i = 0; i < KINDS; i++) {
		uint64_t t = time_us();

		d[i]->hold = true;
		assert_int_equal(get(i, buf, sizeof(buf)), -ETIMEDOUT);
		assert_true(time_us() - t < PROMPT_BACK_US);
		assert_int_equal(vdev_of(d[i])->vq[0]->errors, 1);
		d[i]->hold = false;
		assert_int_equal(get(i, buf, sizeof(buf)), 0);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(rng1_exactly_the_bytes_given),
		virtio_test(rng1_lengths),
		virtio_test(rng2_no_bytes_for_ever),
		virtio_test(rng2_more_than_asked),
		virtio_test(rng2_silence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
