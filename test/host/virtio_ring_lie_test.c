/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rings with a device that lies (VIRTIO 1.4, 2.7.8, 2.7.14): checklist items VQ-16 to
 * VQ-25. The ring is broken at once, and whole after a reset. What is a lie on
 * the packed ring only: virtio_packed_lie_test.c.
 */
#include "virtio_ring.h"

static void bad_step(struct fake_vdev *d, unsigned int q,
		     const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	(void)c;
	u->step = (uint16_t)(u->step + d->arg);
}

static void vq16_index_jumps(void **state)
{
	static const uint16_t jump[] = { 1,      2,      8,      9,
					 0x7fff, 0x8000, 0xfffd, 0xfffe };
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < SPLITS; i++)
		for (size_t n = 0; n < array_size(jump); n++) {
			assert_one_job(&r[i]);
			assert_int_equal(lie(&r[i], 1, bad_step, jump[n]),
					 -EIO);
			assert_broken(&r[i]);
		}
}

/* A used element for what was added but never shown to the device. */
static void vq16_completes_what_it_was_not_shown(void **state)
{
	static struct job j;
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < SPLITS; i++) {
		uint8_t *used = r[i].vq->device;

		assert_int_equal(job_add(r[i].vq, &j, 2), 0);
		put_le16(used + 2, 1);
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), -EIO);
		assert_broken(&r[i]);
	}
}

static void id_of_second_descriptor(struct fake_vdev *d, unsigned int q,
				    const struct fake_chain *c,
				    struct fake_used *u)
{
	(void)d;
	(void)q;
	u->id = c->seg[1].index;
}

static void vq17_bad_id_breaks_ring(void **state)
{
	static const uint32_t id[] = { 8, 9, 0x10000, 0x80000000, 0xffffffff };
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < SPLITS; i++) {
		for (size_t n = 0; n < array_size(id); n++) {
			assert_int_equal(lie(&r[i], 1, bad_id, id[n]), -EIO);
			assert_broken(&r[i]);
		}
		assert_int_equal(lie(&r[i], 1, id_of_second_descriptor, 0),
				 -EIO);
		assert_broken(&r[i]);
		assert_int_equal(lie(&r[i], 2, id_of_free_descriptor, 0), -EIO);
		assert_broken(&r[i]);
		assert_int_equal(lie(&r[i], 2, id_of_the_one_before, 8), -EIO);
		assert_broken(&r[i]);
	}
}

/* The id of a chain that was added, but comes with the next kick. */
static void vq17_id_not_shown_yet(void **state)
{
	static struct job j[2];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		uint16_t first = r[i].vq->free_head, second;

		r[i].d->hold = true;
		assert_int_equal(job_add(r[i].vq, &j[0], 2), 0);
		virtq_kick(r[i].vq);
		second = r[i].vq->free_head;
		assert_int_not_equal(first, second);
		assert_int_equal(job_add(r[i].vq, &j[1], 2), 0);
		r[i].d->on_used = bad_id;
		r[i].d->arg = second;
		fake_vdev_release(r[i].d);
		r[i].d->on_used = NULL;
		r[i].d->hold = false;
		assert_int_equal(virtq_pop(r[i].vq, &token, &len), -EIO);
		assert_broken(&r[i]);
	}
}

static void bad_len(struct fake_vdev *d, unsigned int q,
		    const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	(void)c;
	u->len = (uint32_t)d->arg;
}

/* A version 1 length is a hint and is clamped; a version 2 one must be true. */
static void vq18_length_is_never_past_the_buffer(void **state)
{
	static const uint32_t len[] = { 2, 3, 513, 0x80000000, 0xffffffff };
	static struct job j;
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (size_t n = 0; n < array_size(len); n++)
		for (int i = 0; i < RINGS; i++) {
			uint32_t got = 0;
			void *token;
			int ret;

			assert_int_equal(job_add(r[i].vq, &j, 2), 0);
			r[i].d->on_used = bad_len;
			r[i].d->arg = len[n];
			virtq_kick(r[i].vq);
			ret = virtq_pop(r[i].vq, &token, &got);
			r[i].d->on_used = NULL;
			if (!r[i].vd->legacy)
				assert_int_equal(ret, -EIO);
			if (ret == 0)
				assert_int_equal(got, 1);
			else
				assert_broken(&r[i]);
		}
}

static void vq18_shorter_lengths_are_passed_on(void **state)
{
	struct ring r[RINGS];
	uint8_t in[64];
	struct virtq_seg seg = { in, sizeof(in) };

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++)
		for (uint32_t n = 0; n <= 64; n++) {
			uint32_t got = 99;
			void *token;

			assert_int_equal(virtq_add(r[i].vq, &seg, 0, 1, in), 0);
			r[i].d->on_used = bad_len;
			r[i].d->arg = n;
			virtq_kick(r[i].vq);
			assert_int_equal(virtq_pop(r[i].vq, &token, &got), 0);
			assert_int_equal(got, n);
		}
}

/* Loops, foreign addresses, other heads: written between submit and answer. */
static void scribble(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	uint8_t *desc = (uint8_t *)(uintptr_t)d->queue[q].desc;

	(void)c;
	d->arg = d->arg * 6364136223846793005u + 1442695040888963407u;
	for (unsigned int i = 0; i < 16 * d->queue[q].num; i++)
		desc[i] = (uint8_t)(d->arg >> 33 & 3 ? d->arg >> (i % 50) : 0);
	memset((uint8_t *)(uintptr_t)d->queue[q].driver + 4, 0xff,
	       2 * d->queue[q].num);
}

static void vq20_rewritten_table_changes_nothing(void **state)
{
	static struct job j[2];
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < SPLITS; i++) {
		r[i].d->on_chain = scribble;
		for (int n = 0; n < 5000; n++) {
			assert_int_equal(job_add(r[i].vq, &j[0], 1 + n % 8), 0);
			virtq_kick(r[i].vq);
			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
			assert_true(job_done(&j[0], 1 + n % 8));
			assert_int_equal(r[i].vq->num_free, 8);
		}
	}
}

static void vq25_any_completion_order(void **state)
{
	static struct job jobs[8];
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->reverse = true;
		for (int n = 0; n < 8; n++)
			assert_int_equal(job_add(r[i].vq, &jobs[n], 1), 0);
		virtq_kick(r[i].vq);
		for (int n = 7; n >= 0; n--) {
			uint32_t len;
			void *token;

			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
			assert_ptr_equal(token, &jobs[n]);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(vq16_index_jumps),
		virtio_test(vq16_completes_what_it_was_not_shown),
		virtio_test(vq17_bad_id_breaks_ring),
		virtio_test(vq17_id_not_shown_yet),
		virtio_test(vq18_length_is_never_past_the_buffer),
		virtio_test(vq18_shorter_lengths_are_passed_on),
		virtio_test(vq20_rewritten_table_changes_nothing),
		virtio_test(vq25_any_completion_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
