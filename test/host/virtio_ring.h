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
static unsigned int ring_tables; /* indirect ones */

/* Each loop over rings goes through these. */
static const struct {
	const char *name;
	uint32_t version;
	uint64_t with, without;
} rings[] = {
	{ "version 1", 1, 0, 0 },
	{ "version 2", 2, 0, 0 },
	{ "no EVENT_IDX", 2, 0, VIRTIO_BIT(FAKE_EVENT_IDX) },
	{ "packed", 2, VIRTIO_BIT(FAKE_PACKED), 0 },
	{ "packed, no EVENT_IDX", 2, VIRTIO_BIT(FAKE_PACKED),
	  VIRTIO_BIT(FAKE_EVENT_IDX) },
};
#define RINGS  5
#define SPLITS 3 /* come first */
_Static_assert(array_size(rings) == RINGS, "as many as there are");

static int ring_attach(struct virtio_device *vd)
{
	struct virtq *vq;
	int ret = virtq_setup(vd, 0, ring_want, &vq);

	if (!ret && ring_tables)
		virtq_indirect(vq, ring_tables, MAX_RING);
	return ret;
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

static inline void add_rings(struct ring r[RINGS])
{
	for (unsigned int i = 0; i < RINGS; i++) {
		r[i].d = fake_vdev_add(i, FAKE_ECHO, rings[i].version);
		r[i].d->features |= rings[i].with;
		r[i].d->features &= ~rings[i].without;
		if (r[i].d->pci && !i) /* legacy: the size is the device's */
			r[i].d->queue_max[0] = ring_want;
	}
}

static inline void probe_rings(struct ring r[RINGS])
{
	fake_virtio_probe();
	for (unsigned int i = 0; i < RINGS; i++) {
		r[i].vd = vdev_of(r[i].d);
		r[i].vq = r[i].vd->vq[0];
		assert_int_equal(r[i].vd->state, VIRTIO_LIVE);
	}
}

static inline void start_rings(struct ring r[RINGS], uint16_t size)
{
	ring_want = size;
	add_rings(r);
	probe_rings(r);
	for (unsigned int i = 0; i < RINGS; i++) {
		assert_int_equal(r[i].vq->size, size);
		assert_ptr_equal(r[i].vq->ops,
				 i < SPLITS ? &virtq_split : &virtq_packed);
	}
}

static inline bool is_packed(const struct ring *r)
{
	return r->vq->ops == &virtq_packed;
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

/* Post @n jobs, let the device answer, take what comes: the first error. */
static inline int lie(struct ring *r, unsigned int n,
		      void (*on_used)(struct fake_vdev *, unsigned int,
				      const struct fake_chain *,
				      struct fake_used *),
		      uint64_t arg)
{
	static struct job jobs[8];
	uint32_t len;
	void *token;
	int ret = 0;

	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(job_add(r->vq, &jobs[i], 2), 0);
	r->d->on_used = on_used;
	r->d->arg = arg;
	virtq_kick(r->vq);
	for (unsigned int i = 0; i < n && !ret; i++)
		ret = virtq_pop(r->vq, &token, &len);
	r->d->on_used = NULL;
	return ret;
}

/* Lies about the id: the test's, a free one, that of the chain before. */
static inline void bad_id(struct fake_vdev *d, unsigned int q,
			  const struct fake_chain *c, struct fake_used *u)
{
	(void)q;
	(void)c;
	u->id = (uint32_t)d->arg;
}

static inline void id_of_free_descriptor(struct fake_vdev *d, unsigned int q,
					 const struct fake_chain *c,
					 struct fake_used *u)
{
	(void)c;
	while (d->queue[q].busy[u->id])
		u->id = (u->id + 1) & 7;
}

static inline void id_of_the_one_before(struct fake_vdev *d, unsigned int q,
					const struct fake_chain *c,
					struct fake_used *u)
{
	(void)q;
	if (d->arg < 8)
		u->id = (uint32_t)d->arg;
	d->arg = c->head;
}

/* Broken for good, until a reset makes it whole again. */
static inline void assert_broken(struct ring *r)
{
	static struct job j;
	uint32_t len;
	void *token;

	assert_true(r->vq->broken);
	assert_non_null(r->vq->why);
	assert_int_equal(job_add(r->vq, &j, 1), -EIO);
	assert_int_equal(virtq_pop(r->vq, &token, &len), -EIO);
	assert_int_equal(virtq_pop(r->vq, &token, &len), -EIO);
	virtio_fail(r->vd, "test");
	assert_int_equal(r->d->status, 0);
	assert_int_equal(virtio_ready(r->vd), 0);
	for (int n = 0; n < 20; n++)
		assert_one_job(r);
}

#endif
