/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings with an honest device (VIRTIO 1.4, 2.7): checklist items VQ-1 to VQ-14, on
 * the packed ring as well where they apply. What lies do: virtio_ring_lie_test.c; what
 * the packed ring has of its own: virtio_packed_test.c.
 */
#include "virtio_ring.h"

/* ---- memory ---- */

/* A ring over exactly the bytes it asks for, between what the sanitizer guards. */
static struct virtq *bare_ring(struct virtq *vq, struct virtio_device *vd,
			       uint32_t n)
{
	*vq = (struct virtq){ .ops = &virtq_split,
			      .vd = vd,
			      .size = (uint16_t)n };
	assert_int_equal(
		posix_memalign(&vq->mem, 4096, virtq_split.bytes((uint16_t)n)),
		0);
	memset(vq->mem, 0xa5, virtq_split.bytes((uint16_t)n));
	virtq_split.layout(vq);
	return vq;
}

static void vq1_areas_and_their_ends(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 32768; n *= 2) {
		struct virtio_device vd = { .status = 0xf };
		struct virtq vq;
		size_t bytes = virtq_split.bytes((uint16_t)n);

		bare_ring(&vq, &vd, n);
		assert_int_equal((uintptr_t)vq.desc % 16, 0);
		assert_int_equal((uintptr_t)vq.driver % 2, 0);
		assert_int_equal((uintptr_t)vq.device % 4, 0);
		assert_true((char *)vq.desc + 16 * n <= (char *)vq.driver);
		assert_true((char *)vq.driver + 6 + 2 * n <= (char *)vq.device);
		assert_true((char *)vq.device + 6 + 8 * n <=
			    (char *)vq.mem + bytes);
		free(vq.mem);
	}
}

/* Nothing beside the areas is touched, by neither side, over many laps. */
static void vq1_red_zones(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	fake_dma_guard(true);
	for (int i = 0; i < RINGS; i++) {
		for (unsigned int a = 0; a < 3; a++)
			fake_dma_allow(a == 0   ? r[i].vq->desc
				       : a == 1 ? r[i].vq->driver
						: r[i].vq->device,
				       fake_area_bytes(r[i].d, 0, a));
		for (int n = 0; n < 1000; n++)
			assert_one_job(&r[i]);
	}
	fake_dma_guard(false);
}

static void vq2_legacy_offsets(void **state)
{
	(void)state;
	for (uint32_t n = 1; n <= 1024; n *= 2) {
		uint32_t end = 16 * n + 6 + 2 * n;
		struct virtio_device vd = { .legacy = true, .version = 1 };
		struct virtq vq;

		bare_ring(&vq, &vd, n);
		assert_ptr_equal(vq.desc, vq.mem);
		assert_ptr_equal(vq.driver, (char *)vq.mem + 16 * n);
		assert_ptr_equal(vq.device,
				 (char *)vq.mem + (end + 4095) / 4096 * 4096);
		if (n == 8)
			assert_ptr_equal(vq.device, (char *)vq.mem + 0x1000);
		free(vq.mem);
	}
}

static void vq3_sizes_are_powers_of_two(void **state)
{
	static const uint32_t max[] = { 1, 2, 3, 6, 100, 1000, 40000 };
	struct fake_vdev *d[array_size(max)];

	(void)state;
	ring_want = 256;
	for (unsigned int i = 0; i < array_size(max); i++) {
		d[i] = fake_vdev_add(i, FAKE_ECHO, i % 2 + 1);
		d[i]->queue_max[0] = max[i];
	}
	fake_virtio_probe();
	for (unsigned int i = 0; i < array_size(max); i++) {
		/* Legacy PCI: the device's size, or no ring at all */
		if (d[i]->pci && d[i]->version == 1) {
			assert_int_equal(d[i]->queue[0].num,
					 is_pow2(max[i]) ? max[i] : 0);
			continue;
		}
		assert_true(is_pow2(d[i]->queue[0].num));
		assert_true(d[i]->queue[0].num <= max[i] &&
			    d[i]->queue[0].num <= 256);
	}
}

static void vq3_no_queue_is_an_error(void **state)
{
	struct fake_vdev *d = fake_vdev_add(0, FAKE_ECHO, 2);

	(void)state;
	d->queue_max[0] = 0;
	fake_virtio_probe();
	assert_false(d->status & 4);
	assert_true(last_written(d, R_STATUS) & 0x80);
}

/* The fake refuses a ring that is not zero when it is enabled. */
static void vq4_ring_is_zeroed_again(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		void *mem = r[i].vq->mem;

		for (int n = 0; n < 21; n++)
			assert_one_job(&r[i]);
		virtio_fail(r[i].vd, "test");
		memset(r[i].vq->device, 0xff, is_packed(&r[i]) ? 4 : 6 + 8 * 8);
		memset(r[i].vq->desc, 0xff, 16 * 8);
		assert_int_equal(virtio_ready(r[i].vd), 0);
		assert_ptr_equal(r[i].vq->mem, mem); /* no leak: reused */
		assert_int_equal(r[i].vq->in_flight, 0);
		for (int n = 0; n < 21; n++)
			assert_one_job(&r[i]);
	}
}

/* ---- chains ---- */

#define RING_OPS 1000000

struct jobs {
	struct job job[MAX_RING];
	unsigned int len[MAX_RING]; /* of its chain; 0: not in flight */
};

/* Everything posted is answered, in either order, and whole. */
static void take_all_back(struct ring *r, struct jobs *jobs)
{
	uint32_t got;
	void *token;

	virtq_kick(r->vq);
	r->d->reverse = rand() % 2;
	fake_vdev_release(r->d);
	while (virtq_pop(r->vq, &token, &got) == 0) {
		size_t i = (size_t)((struct job *)token - jobs->job);

		assert_true(i < MAX_RING && jobs->len[i]);
		assert_int_equal(got, 1);
		assert_true(job_done(&jobs->job[i], jobs->len[i]));
		jobs->len[i] = 0;
	}
	assert_int_equal(r->vq->num_free, r->vq->size);
	assert_int_equal(r->vq->in_flight, 0);
}

/* Random chains in, random answers out, the free list whole each time. */
static void random_order(struct ring *r, unsigned int ops)
{
	static struct jobs jobs;
	uint16_t size = r->vq->size;

	srand(1);
	r->d->hold = true;
	for (unsigned int op = 0; op < ops; op++) {
		unsigned int i = (unsigned int)rand() % size;
		unsigned int n = 1 + (unsigned int)rand() % size;
		unsigned int room = r->vq->num_free;
		bool fits = n <= room || (room && r->vq->tables_free);

		if (jobs.len[i]) {
			take_all_back(r, &jobs);
			continue;
		}
		assert_int_equal(job_add(r->vq, &jobs.job[i], n),
				 fits ? 0 : -ENOSPC);
		jobs.len[i] = fits ? n : 0;
		if (rand() % 2)
			virtq_kick(r->vq);
	}
	take_all_back(r, &jobs);
}

static void vq5_random_chains_and_order(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 4);
	for (int i = 1; i < RINGS; i++)
		random_order(&r[i], RING_OPS);
}

static void vq5_random_chains_larger_ring(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 64);
	for (int i = 0; i < RINGS; i++)
		random_order(&r[i], RING_OPS / 20);
}

/* Some through tables, some not, and sometimes no table is free. */
static void vq21_random_chains_with_tables(void **state)
{
	struct ring r[RINGS];

	(void)state;
	ring_tables = 3;
	start_rings(r, 16);
	for (int i = 0; i < RINGS; i++) {
		assert_int_equal(r[i].vq->table_count, 3);
		random_order(&r[i], RING_OPS / 10);
		assert_int_equal(r[i].vq->tables_free, 7);
	}
}

static void flags_of(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	const uint8_t *desc = (const uint8_t *)(uintptr_t)d->queue[q].desc;
	unsigned int off = fake_has(d, FAKE_PACKED) ? 14 : 12;

	d->arg = 0;
	for (unsigned int i = 0; i < c->n_out + c->n_in; i++)
		d->arg = d->arg << 4 |
			 (get_le16(desc + 16 * c->seg[i].index + off) & 0xf);
}

/* NEXT on all but the last, WRITE by direction: {1,3,2} reads, {1,1,2} writes. */
static void vq6_flag_words(void **state)
{
	struct ring r[RINGS];
	uint8_t b[3];
	struct virtq_seg seg[] = { { &b[0], 1 }, { &b[1], 1 }, { &b[2], 1 } };
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->on_chain = flags_of;
		assert_int_equal(virtq_add(r[i].vq, seg, 1, 2, b), 0);
		virtq_kick(r[i].vq);
		assert_int_equal(r[i].d->arg, 0x132);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
		assert_int_equal(virtq_add(r[i].vq, seg, 2, 1, b), 0);
		virtq_kick(r[i].vq);
		assert_int_equal(r[i].d->arg, 0x112);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
	}
}

static void vq7_chain_of_the_whole_ring(void **state)
{
	static struct job j[2];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->hold = true;
		assert_int_equal(job_add(r[i].vq, &j[0], 9), -ENOSPC);
		assert_int_equal(job_add(r[i].vq, &j[0], 8), 0);
		assert_int_equal(job_add(r[i].vq, &j[1], 1), -ENOSPC);
		virtq_kick(r[i].vq);
		fake_vdev_release(r[i].d);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), -EAGAIN);
		assert_true(job_done(&j[0], 8));
	}
}

/* Both indices pass 65536 three times. */
static void vq8_index_wraps(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		for (unsigned int n = 0; n < 200000; n++)
			assert_one_job(&r[i]);
		assert_int_equal(r[i].vq->requests, 200000);
		assert_int_equal(r[i].vq->completions, 200000);
		assert_int_equal(r[i].vq->avail_idx,
				 (is_packed(&r[i]) ? 400000 : 200000) % 65536);
	}
}

/* A full ring, in one batch, over the wrap. */
static void vq8_full_batches_over_the_wrap(void **state)
{
	static struct job jobs[8];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		while (r[i].vq->avail_idx != 65530)
			assert_one_job(&r[i]);
		r[i].d->reverse = true;
		for (int round = 0; round < 4; round++) {
			for (int n = 0; n < 8; n++)
				assert_int_equal(job_add(r[i].vq, &jobs[n], 1),
						 0);
			virtq_kick(r[i].vq);
			for (int n = 0; n < 8; n++)
				assert_int_equal(
					virtq_pop(r[i].vq, &token, &len), 0);
			assert_int_equal(virtq_pop(r[i].vq, &token, &len),
					 -EAGAIN);
		}
	}
}

/* ---- notification ---- */

static void vq11_no_interrupt_is_asked_for(void **state)
{
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		for (int n = 0; n < 70000; n++) /* used.idx wraps */
			assert_one_job(&r[i]);
		assert_int_equal(r[i].d->isr, 0);
	}
}

static void vq12_no_kick_when_not_wanted(void **state)
{
	static struct job j;
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	ring_want = 8;
	add_rings(r);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->no_notify = true;
		r[i].d->when = FAKE_POLLING;
	}
	probe_rings(r);
	for (int i = 0; i < RINGS; i++) {
		for (int n = 0; n < 20; n++) {
			assert_int_equal(job_add(r[i].vq, &j, 2), 0);
			virtq_kick(r[i].vq);
			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
		}
		assert_int_equal(r[i].vq->kicks, 0);
		assert_int_equal(r[i].d->queue[0].kicks, 0);
	}
}

static void vq14_one_kick_a_batch(void **state)
{
	static struct job jobs[8];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		for (int n = 0; n < 8; n++)
			assert_int_equal(job_add(r[i].vq, &jobs[n], 1), 0);
		assert_int_equal(r[i].d->queue[0].kicks, 0);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), -EAGAIN);
		virtq_kick(r[i].vq);
		virtq_kick(r[i].vq); /* nothing new: no store */
		assert_int_equal(r[i].d->queue[0].kicks, 1);
		for (int n = 0; n < 8; n++)
			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
	}
}

/* KVM's ioeventfd: the store returns long before the device looks. */
static void vq14_device_that_looks_later(void **state)
{
	static struct job jobs[8];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		unsigned int looks = 0, done = 0;

		r[i].d->when = FAKE_LATER;
		r[i].d->delay = 50;
		for (int n = 0; n < 8; n++)
			assert_int_equal(job_add(r[i].vq, &jobs[n], 1), 0);
		virtq_kick(r[i].vq);
		while (done < 8 && looks++ < 1000)
			done += virtq_pop(r[i].vq, &token, &len) == 0;
		assert_int_equal(done, 8);
		assert_true(looks > 50);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(vq1_areas_and_their_ends),
		virtio_test(vq1_red_zones),
		virtio_test(vq2_legacy_offsets),
		virtio_test(vq3_sizes_are_powers_of_two),
		virtio_test(vq3_no_queue_is_an_error),
		virtio_test(vq4_ring_is_zeroed_again),
		virtio_test(vq5_random_chains_and_order),
		virtio_test(vq5_random_chains_larger_ring),
		virtio_test(vq21_random_chains_with_tables),
		virtio_test(vq6_flag_words),
		virtio_test(vq7_chain_of_the_whole_ring),
		virtio_test(vq8_index_wraps),
		virtio_test(vq8_full_batches_over_the_wrap),
		virtio_test(vq11_no_interrupt_is_asked_for),
		virtio_test(vq12_no_kick_when_not_wanted),
		virtio_test(vq14_one_kick_a_batch),
		virtio_test(vq14_device_that_looks_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
