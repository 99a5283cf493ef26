/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of the ring itself: a driver of the tests' own for the fake echo
 * device, registered like any other, and jobs that check what comes back.
 * Included by one file of each test program.
 */
#ifndef VIRTIO_RING_H
#define VIRTIO_RING_H

#include "virtio_test.h"

#define MAX_RING 256

static uint16_t ring_want = 8;

static int ring_attach(struct virtio_device *vd)
{
	struct virtq *vq;

	return virtq_setup(vd, 0, ring_want, &vq);
}

static const struct virtio_driver ring_driver = {
	.name = "ring",
	.device_id = FAKE_ECHO,
	.attach = ring_attach,
};

TABLE_ENTRY(virtio_driver, &ring_driver);

struct ring {
	struct fake_vdev *d;
	struct virtio_device *vd;
	struct virtq *vq;
};

static inline void start_rings(struct ring r[2], uint16_t size)
{
	ring_want = size;
	for (uint32_t v = 1; v <= 2; v++)
		r[v - 1].d = fake_vdev_add(v, FAKE_ECHO, v);
	if (r[0].d->pci) /* legacy: the size is the device's */
		r[0].d->queue_max[0] = size;
	fake_virtio_probe();
	for (int i = 0; i < 2; i++) {
		r[i].vd = vdev_of(r[i].d);
		r[i].vq = r[i].vd->vq[0];
		assert_int_equal(r[i].vd->state, VIRTIO_LIVE);
		assert_int_equal(r[i].vq->size, size);
	}
}

/* One byte out, one byte back, as a chain of @n elements. */
struct job {
	uint8_t out[MAX_RING], in;
};

static inline int job_add(struct virtq *vq, struct job *j, unsigned int n)
{
	struct virtq_seg seg[MAX_RING];

	for (unsigned int i = 0; i + 1 < n; i++) {
		j->out[i] = (uint8_t)rand();
		seg[i] = (struct virtq_seg){ &j->out[i], 1 };
	}
	j->in = 0xee;
	seg[n - 1] = (struct virtq_seg){ &j->in, 1 };
	return virtq_add(vq, seg, n - 1, 1, j);
}

static inline bool job_done(const struct job *j, unsigned int n)
{
	return j->in == (n > 1 ? j->out[0] : 0x5a);
}

static inline void assert_one_job(struct ring *r)
{
	struct job j;
	uint32_t len;
	void *token;

	assert_int_equal(job_add(r->vq, &j, 2), 0);
	virtq_kick(r->vq);
	assert_int_equal(virtq_pop(r->vq, &token, &len), 0);
	assert_ptr_equal(token, &j);
	assert_int_equal(len, 1);
	assert_true(job_done(&j, 2));
}

#endif
