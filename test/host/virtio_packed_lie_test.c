/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packed ring with a device that lies (VIRTIO 1.4, 2.8): checklist item PKD-8,
 * and what VQ-16 and VQ-20 are on a ring without indices. The ring is broken at once, and
 * whole after a reset.
 */
#include "virtio_ring.h"

#define OWN 0x8080 /* AVAIL and USED */

static struct ring start_packed(void)
{
	struct ring r = { .d = fake_vdev_add(0, FAKE_ECHO, 2) };

	ring_want = 8;
	r.d->features |= VIRTIO_BIT(FAKE_PACKED);
	fake_virtio_probe();
	r.vd = vdev_of(r.d);
	r.vq = r.vd->vq[0];
	assert_ptr_equal(r.vq->ops, &virtq_packed);
	return r;
}

static void pkd8_bad_id_breaks_ring(void **state)
{
	static const uint16_t id[] = { 8, 9, 255, 0x7fff, 0x8000, 0xffff };
	struct ring r = start_packed();

	(void)state;
	for (size_t n = 0; n < array_size(id); n++) {
		assert_int_equal(lie(&r, 1, bad_id, id[n]), -EIO);
		assert_broken(&r);
	}
	assert_int_equal(lie(&r, 2, id_of_free_descriptor, 0), -EIO);
	assert_broken(&r);
	assert_int_equal(lie(&r, 2, id_of_the_one_before, 8), -EIO);
	assert_broken(&r);
}

static void steps(struct fake_vdev *d, unsigned int q,
		  const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	(void)c;
	u->step = (uint16_t)d->arg;
}

/* More slots are marked used than buffers were lent, or than were given back. */
static void pkd8_slots_marked_used(void **state)
{
	static const uint16_t step[] = { 2, 3, 7, 8, 9, 0x7fff };
	struct ring r = start_packed();

	(void)state;
	r.d->lenient = true; /* it takes its own marks for the driver's */
	for (unsigned int lent = 1; lent <= 3; lent++)
		for (size_t n = 0; n < array_size(step); n++) {
			static struct job jobs[3];
			unsigned int got = 0;
			uint32_t len;
			void *token;
			int ret;

			assert_one_job(&r);
			for (unsigned int i = 0; i < lent; i++)
				assert_int_equal(job_add(r.vq, &jobs[i], 2), 0);
			r.d->on_used = steps;
			r.d->arg = step[n];
			virtq_kick(r.vq);
			r.d->on_used = NULL;
			while (!(ret = virtq_pop(r.vq, &token, &len)))
				assert_true(++got <= lent);
			/* marks that went round undid the first one */
			assert_true(ret == -EIO ||
				    (ret == -EAGAIN && step[n] > 3));
			if (ret == -EIO)
				assert_broken(&r);
			virtio_fail(r.vd, "test");
			assert_int_equal(virtio_ready(r.vd), 0);
		}
}

/* A mark of the lap before is none: nothing is given back, and nothing is broken. */
static void pkd8_marks_of_the_last_lap(void **state)
{
	struct ring r = start_packed();

	(void)state;
	for (int n = 0; n < 20; n++) {
		struct job j;
		uint32_t len;
		void *token;

		assert_one_job(&r);
		assert_int_equal(job_add(r.vq, &j, 1 + n % 8), 0);
		r.d->on_used = steps;
		r.d->arg = 0x8000;
		virtq_kick(r.vq);
		r.d->on_used = NULL;
		for (int i = 0; i < 10; i++)
			assert_int_equal(virtq_pop(r.vq, &token, &len),
					 -EAGAIN);
		virtio_fail(r.vd, "test");
		assert_int_equal(virtio_ready(r.vd), 0);
	}
}

/* Added, but never shown. */
static void pkd8_completes_what_it_was_not_shown(void **state)
{
	struct ring r = start_packed();
	struct job j;
	uint32_t len;
	void *token;

	(void)state;
	for (unsigned int id = 0; id < 8; id++) {
		uint8_t *slot = r.vq->desc;

		assert_int_equal(job_add(r.vq, &j, 2), 0);
		put_le16(slot + 12, (uint16_t)id);
		put_le16(slot + 14, OWN);
		assert_int_equal(virtq_pop(r.vq, &token, &len), -EIO);
		assert_broken(&r);
		virtio_fail(r.vd, "test");
		assert_int_equal(virtio_ready(r.vd), 0);
	}
}

/* Addresses, lengths, ids, NEXT and INDIRECT: of all slots, between submit and answer. Whose
 * a slot is must stay, or the device would not find its way. */
static void scribble(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	uint8_t *desc = (uint8_t *)(uintptr_t)d->queue[q].desc;

	(void)c;
	for (unsigned int i = 0; i < d->queue[q].num; i++) {
		unsigned int own = get_le16(desc + 16 * i + 14) & OWN;

		d->arg = d->arg * 6364136223846793005u + 1442695040888963407u;
		for (unsigned int k = 0; k < 16; k++)
			desc[16 * i + k] = (uint8_t)(d->arg >> (8 + k));
		put_le16(desc + 16 * i + 14,
			 (uint16_t)(own | (d->arg >> 40 & 0x7f7f)));
	}
	memcpy(d->queue[q].copy, desc, 16 * d->queue[q].num);
}

static void vq20_rewritten_slots_change_nothing(void **state)
{
	struct ring r = start_packed();

	(void)state;
	r.d->on_chain = scribble;
	for (unsigned int n = 0; n < 5000; n++) {
		struct job j;
		uint32_t len;
		void *token;

		assert_int_equal(job_add(r.vq, &j, 1 + n % 8), 0);
		virtq_kick(r.vq);
		assert_int_equal(virtq_pop(r.vq, &token, &len), 0);
		assert_true(job_done(&j, 1 + n % 8));
		assert_int_equal(r.vq->num_free, 8);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(pkd8_bad_id_breaks_ring),
		virtio_test(pkd8_slots_marked_used),
		virtio_test(pkd8_marks_of_the_last_lap),
		virtio_test(pkd8_completes_what_it_was_not_shown),
		virtio_test(vq20_rewritten_slots_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
