/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio bench on the model: the table it prints, the requests it sends, what it refuses; and that
 * a request needs no memory.
 */
#include "virtio_selftest.h"

static void bench_table(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text;
	unsigned int lines = 0;

	(void)state;
	start(d, FAKE_BLK);
	text = run("virtio bench 2", 0);
	assert_non_null(
		strstr(text, "virtio2: mmio, packed ring of 256, read"));
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	assert_int_equal(lines, 2 + 5 * 4);
	/* the disk is 1 MiB */
	assert_non_null(strstr(text, " 4194304      1 not possible here"));
	assert_non_null(strstr(run("virtio bench 2 200 1 r", 0), ", read,"));
	assert_non_null(strstr(run("virtio bench r", 0), ", read,"));
	assert_non_null(strstr(run("virtio bench 2 400000", 1),
			       " 4194304     64 not possible here"));
}

static unsigned int largest, smallest;

static void sizes(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	unsigned int n = (unsigned int)(c->out_len + c->in_len - 17);

	(void)d;
	(void)q;
	largest = n > largest ? n : largest;
	smallest = n < smallest ? n : smallest;
}

/* So many requests of such a size, and so many at a time: one kick each time. */
static void bench_shape(void **state)
{
	static const char *const dirs[] = { "", " w 10 7f0" };
	struct fake_vdev *d[KINDS];
	char line[64];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS * 2; i++) {
		struct fake_vdev *v = d[i / 2];
		uint8_t *before = disk_copy(v);
		uint64_t taken, kicks;

		assert_disk_works(i / 2);
		largest = 0;
		smallest = UINT32_MAX;
		snprintf(line, sizeof(line), "virtio bench %u 800 4%s", i / 2,
			 dirs[i % 2]);
		taken = v->queue[0].taken;
		kicks = v->queue[0].kicks;
		v->on_chain = i % 2 ? NULL : sizes;
		v->queue[0].max_held = 0;
		assert_non_null(strstr(run(line, 0), "    2048      4 "));
		assert_int_equal(v->queue[0].max_held, 4);
		taken = v->queue[0].taken - taken;
		kicks = v->queue[0].kicks - kicks;
		assert_true(taken > 1000 && kicks <= taken / 4 + 20);
		if (!(i % 2)) {
			assert_int_equal(largest, 2048);
			assert_int_equal(smallest, 2048);
		} else {
			assert_true(v->blk_count[1] > 0);
		}
		assert_disk_is(v, before);
	}
}

/* @d->arg: how slow, in microseconds, the first answer and large ones are. */
static void slow_answer(struct fake_vdev *d, unsigned int q,
			struct fake_chain *c)
{
	uint64_t start = time_us();

	(void)q;
	while (time_us() - start < d->arg)
		;
	if (c->in_len < 1 << 20)
		d->arg = 0;
}

static void bench_depth_is_reached(void **state)
{
	struct fake_vdev *d[KINDS];
	const char *text;

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++) {
		char line[40];

		d[i]->on_chain = slow_answer;
		d[i]->arg = 110000;
		d[i]->queue[0].max_held = 0;
		snprintf(line, sizeof(line), "virtio bench %u 200 40", i);
		text = run(line, 0);
		assert_non_null(strstr(text, "     512     64       128 "));
		assert_null(strstr(text, "in flight"));
		assert_int_equal(d[i]->queue[0].max_held, 64);
	}
	d[0]->arg = 70000; /* never two quick batches: 2 MiB stay the bound */
	vdev_of(d[0])->vq[0]->window = 0;
	text = run("virtio bench 0 100000 4", 0);
	assert_non_null(strstr(text, "  only 2 in flight"));
}

static void bench_is_refused(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "virtio bench nosuch", "nosuch: no such device" },
		{ "virtio bench rng0", "rng0: not a disk" },
		{ "virtio bench 0 201", "201: not whole blocks" },
		{ "virtio bench 0 0", "0: not whole blocks" },
		{ "virtio bench 0 400200", "400200: not whole blocks" },
		{ "virtio bench 0 200 0", "0: not 1 to 40" },
		{ "virtio bench 0 200 41", "41: not 1 to 40" },
		{ "virtio bench 0 200 1 w 7ff 2", "0: past the end" },
		{ "virtio bench 1 w 0 10", "1: read-only" },
		{ "virtio bench 0 200 1 w", "w: which blocks may be" },
		{ "virtio bench w", "w: which blocks may be" },
		{ "virtio bench 0 200 1 1", "Usage" },
		{ "virtio bench 0 200 1 2 r", "Usage" },
	};
	struct fake_vdev *d[2];

	(void)state;
	add_ram();
	fake_vdev_add(7, FAKE_RNG, 1);
	add_both(d, FAKE_BLK);
	d[1]->features |= 1 << 5;
	fake_virtio_announce();
	for (size_t i = 0; i < array_size(cases); i++)
		assert_non_null(strstr(run(cases[i].line, 1), cases[i].said));
	assert_int_equal(d[0]->blk_count[1] + d[1]->blk_count[1], 0);
	d[0]->blind = true;
	assert_non_null(strstr(run("virtio bench 0 200 1", 1),
			       "virtio bench: virtio 0: timed out"));
	assert_disk_works(0);
}

/* ---- speed: nothing is allocated a request ---- */

static void no_allocation_per_request(void **state)
{
	struct fake_vdev *d[KINDS];
	static uint8_t buf[64 * 1024];
	struct blk_piece p[32];
	char id[21];

	(void)state;
	start(d, FAKE_BLK);
	for (unsigned int i = 0; i < KINDS; i++)
		assert_disk_works(i);
	for (size_t n = 1 << 20; n; n /= 2)
		while (heap_alloc(n))
			;
	for (size_t n = 1 << 20; n; n /= 2)
		while (dma_alloc(n, 64))
			;
	for (unsigned int k = 0; k < 32; k++)
		p[k] = (struct blk_piece){ 64 + k, 1, buf + k * 1024 };
	for (unsigned int i = 0; i < KINDS; i++) {
		struct blkdev *b = blk_find("virtio", i);

		assert_disk_works(i);
		assert_int_equal(blk_readv(b, p, 32), 0);
		assert_int_equal(blk_writev(b, p, 32), 0);
		assert_int_equal(blk_read(b, 0, 128, buf), 0);
		assert_true(disk_data_ok(buf, 0, 128));
		assert_int_equal(blk_flush(b), 0);
		assert_int_equal(blk_get_id(b, id), 0);
		assert_int_equal(blk_discard(b, 1024, 8), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		virtio_test(bench_table),
		virtio_test(bench_shape),
		virtio_test(bench_depth_is_reached),
		virtio_test(bench_is_refused),
		virtio_test(no_allocation_per_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
