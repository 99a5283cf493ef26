/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EVENT_IDX and INDIRECT_DESC (VIRTIO 1.4, 2.7.5.3, 2.7.7, 2.7.10, 2.8.7, 2.8.10):
 * checklist items VQ-13, VQ-21 and PKD-11.
 */
#include <core/dma.h>

#include "virtio_ring.h"

/* ---- VQ-13 ---- */

struct step {
	uint16_t event, new, old;
	bool kick;
};

static const struct step steps[] = {
	{ 0, 1, 0, true },          { 1, 1, 0, false },
	{ 65535, 1, 0, false },     { 4, 8, 4, true },
	{ 7, 8, 4, true },          { 8, 8, 4, false },
	{ 3, 8, 4, false },         { 65535, 0, 65535, true },
	{ 65534, 0, 65535, false }, { 0, 0, 65535, false },
	{ 65535, 2, 65530, true },  { 1, 2, 65530, true },
	{ 2, 2, 65530, false },     { 65529, 2, 65530, false },
	{ 0x8000, 8, 0, false },    { 5, 5, 5, false },
	{ 0, 0x8000, 0, true },     { 0x7fff, 0x8000, 0, true },
};

/* Over the whole of a ring: used.flags, which counts without EVENT_IDX only, is wrong. */
static void vq13_kick_decision(void **state)
{
	struct virtio_device vd = { .status = 0xf };
	struct virtq vq = { .ops = &virtq_split, .vd = &vd, .size = 8 };

	(void)state;
	assert_int_equal(posix_memalign(&vq.mem, 4096, vq.ops->bytes(8)), 0);
	for (size_t i = 0; i < 2 * array_size(steps); i++) {
		const struct step *t = &steps[i / 2];
		uint8_t *used;

		vq.event_idx = i % 2;
		virtq_split.layout(&vq);
		vq.kicked_idx = t->old;
		vq.avail_idx = t->new;
		used = vq.device;
		put_le16(used, t->kick);
		put_le16(used + 4 + 8 * 8, t->event);
		if (virtq_split.publish(&vq) != (i % 2 ? t->kick : !t->kick))
			fail_msg("case %zu, EVENT_IDX %zu", i / 2, i % 2);
		assert_int_equal(get_le16((uint8_t *)vq.driver), i % 2 ? 0 : 1);
	}
	free(vq.mem);
}

/* A device that is at work does not ask for a kick, and looks again itself. */
static void vq13_no_kick_while_it_works(void **state)
{
	static struct job jobs[64];
	struct ring r[RINGS];

	(void)state;
	start_rings(r, 64);
	for (int i = 0; i < RINGS; i++) {
		unsigned int done = 0, n = 0;
		uint64_t kicks = r[i].vq->kicks;

		r[i].d->when = FAKE_LATER;
		r[i].d->delay = 3;
		for (unsigned int looks = 0; looks < 1000 && done < 64;
		     looks++) {
			uint32_t len;
			void *token;

			if (n < 64) {
				assert_int_equal(
					job_add(r[i].vq, &jobs[n++], 1), 0);
				virtq_kick(r[i].vq);
			}
			done += !virtq_pop(r[i].vq, &token, &len);
		}
		assert_int_equal(done, 64);
		kicks = r[i].vq->kicks - kicks;
		if (r[i].vq->event_idx)
			assert_true(kicks < 40);
		else
			assert_int_equal(kicks, 64);
	}
}

/* It never asks for one again: one comes after half the deadline (2.7.10.2). */
static void vq13_suppressed_for_ever(void **state)
{
	struct ring r[RINGS];

	(void)state;
	ring_want = 8;
	add_rings(r);
	for (int i = 0; i < RINGS; i++)
		r[i].d->no_notify = true;
	probe_rings(r);
	for (int i = 0; i < RINGS; i++) {
		struct virtq_wait w = virtq_wait_begin();
		struct job j;
		uint32_t len;
		void *token;
		int ret;

		assert_int_equal(job_add(r[i].vq, &j, 2), 0);
		virtq_kick(r[i].vq);
		assert_int_equal(r[i].vq->kicks, 0);
		while ((ret = virtq_pop(r[i].vq, &token, &len)) == -EAGAIN)
			assert_int_equal(virtq_wait_turn(r[i].vq, &w), 0);
		assert_int_equal(ret, 0);
		assert_int_equal(r[i].vq->kicks, 1);
	}
}

/* ---- PKD-11, for a ring of eight ---- */

struct decision {
	unsigned int next, wrap, added; /* after @added slots we are here */
	unsigned int off, off_wrap, flags;
	bool kick, without; /* with EVENT_IDX, without */
};

static const struct decision decisions[] = {
	{ 3, 1, 1, 0, 1, 0, true, true },   /* ENABLE */
	{ 3, 1, 1, 0, 1, 1, false, false }, /* DISABLE */
	{ 3, 1, 1, 2, 1, 2, true, true },   /* the slot just filled */
	{ 3, 1, 1, 3, 1, 2, false, true },  /* the next one */
	{ 3, 1, 1, 1, 1, 2, false, true },  /* one before */
	{ 3, 1, 3, 0, 1, 2, true, true },   /* the first of three */
	{ 3, 1, 3, 7, 0, 2, false, true },  /* last lap, before them */
	{ 1, 0, 3, 6, 1, 2, true, true },   /* over the end: 6, 7, 0 */
	{ 1, 0, 3, 7, 1, 2, true, true },
	{ 1, 0, 3, 0, 0, 2, true, true },
	{ 1, 0, 3, 0, 1, 2, false, true }, /* 0, but a lap ago */
	{ 1, 0, 3, 5, 1, 2, false, true },
	{ 1, 0, 3, 1, 0, 2, false, true },
	{ 0, 0, 8, 0, 1, 2, true, true }, /* all of the ring, exactly */
	{ 0, 0, 8, 7, 1, 2, true, true },
	{ 0, 0, 8, 0, 0, 2, false, true },
	{ 0, 0, 1, 7, 1, 2, true, true },       /* the last slot */
	{ 3, 1, 1, 0, 1, 3, true, true },       /* reserved: kick */
	{ 3, 1, 1, 0, 1, 0xfffe, true, true },  /* unknown: kick */
	{ 3, 1, 1, 0x7fff, 1, 2, false, true }, /* no such slot */
};

static void pkd11_kick_decision(void **state)
{
	_Alignas(16) uint8_t mem[8 * 16 + 8];
	struct virtio_device vd = { .status = 0xf };

	(void)state;
	for (size_t i = 0; i < 2 * array_size(decisions); i++) {
		const struct decision *t = &decisions[i / 2];
		struct virtq vq = { .ops = &virtq_packed,
				    .vd = &vd,
				    .size = 8,
				    .mem = mem,
				    .event_idx = i % 2 };

		virtq_packed.layout(&vq);
		vq.next_avail = (uint16_t)t->next;
		vq.avail_wrap = t->wrap;
		vq.kicked_idx = 65535; /* it wraps at another time */
		vq.avail_idx = (uint16_t)(65535 + t->added);
		put_le16(vq.device, (uint16_t)(t->off | t->off_wrap << 15));
		put_le16((uint8_t *)vq.device + 2, (uint16_t)t->flags);
		if (virtq_packed.publish(&vq) != (i % 2 ? t->kick : t->without))
			fail_msg("case %zu, EVENT_IDX %zu", i / 2, i % 2);
	}
}

/* ---- VQ-21 ---- */

static void through_table(struct fake_vdev *d, unsigned int q,
			  struct fake_chain *c)
{
	unsigned int n = c->n_out + c->n_in;

	(void)q;
	assert_int_equal(c->table != NULL, n > VIRTQ_DIRECT);
	assert_int_equal(c->slots, c->table ? 1 : n);
	d->arg += c->table != NULL;
}

/* Short ones lie in the ring, long ones in tables, which are used again and again. */
static void vq21_long_chains_through_tables(void **state)
{
	struct ring r[RINGS];

	(void)state;
	ring_tables = 2;
	start_rings(r, 16);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->on_chain = through_table;
		for (unsigned int k = 0; k < 100; k++)
			for (unsigned int n = 1; n <= 16; n++) {
				struct job j;
				uint32_t len;
				void *token;

				assert_int_equal(job_add(r[i].vq, &j, n), 0);
				virtq_kick(r[i].vq);
				assert_int_equal(
					virtq_pop(r[i].vq, &token, &len), 0);
				assert_true(job_done(&j, n));
			}
		assert_int_equal(r[i].d->arg, 1200);
		assert_int_equal(r[i].vq->tables_free, 3);
	}
}

/* A ring full of chains as long as itself. */
static void vq21_ring_full_of_long_chains(void **state)
{
	static struct job j[9];
	struct ring r[RINGS];

	(void)state;
	ring_tables = 64;
	start_rings(r, 8);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->reverse = true;
		assert_int_equal(job_add(r[i].vq, &j[8], 9), -ENOSPC);
		for (int n = 0; n < 8; n++)
			assert_int_equal(job_add(r[i].vq, &j[n], 8), 0);
		assert_int_equal(job_add(r[i].vq, &j[8], 8), -ENOSPC);
		assert_int_equal(job_add(r[i].vq, &j[8], 1), -ENOSPC);
		virtq_kick(r[i].vq);
		for (int n = 7; n >= 0; n--) {
			uint32_t len;
			void *token;

			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
			assert_ptr_equal(token, &j[n]);
			assert_true(job_done(&j[n], 8));
		}
	}
}

/* Not offered, no memory, or not asked for: in the ring itself, and in a table when it
 * is offered after the next reset. */
static void vq21_without_tables(void **state)
{
	static struct job j;
	struct ring r[RINGS];
	uint32_t len;
	void *token;

	(void)state;
	ring_tables = 8;
	ring_want = 16;
	add_rings(r);
	for (int i = 0; i < RINGS; i++)
		r[i].d->features &= ~VIRTIO_BIT(FAKE_INDIRECT);
	probe_rings(r);
	for (int n = 0; n < 2; n++)
		for (int i = 0; i < RINGS; i++) {
			assert_int_equal(job_add(r[i].vq, &j, 10), 0);
			assert_int_equal(r[i].vq->num_free, n ? 15 : 6);
			virtq_kick(r[i].vq);
			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
			assert_true(job_done(&j, 10));
			r[i].d->features |= VIRTIO_BIT(FAKE_INDIRECT);
			virtio_fail(r[i].vd, "test");
			assert_int_equal(virtio_ready(r[i].vd), 0);
		}
}

/* Tables never take what the rings of other devices need. */
static void vq21_dma_memory_runs_short(void **state)
{
	struct fake_vdev *d[31];
	unsigned int with = 0;
	void *rest = dma_alloc(FAKE_DMA_BYTES - (4u << 20), 64);

	(void)state;
	assert_non_null(rest);
	for (unsigned int i = 0; i < 31; i++)
		d[i] = fake_vdev_add(i, FAKE_BLK, 2);
	fake_virtio_probe();
	for (unsigned int i = 0; i < 31; i++) {
		assert_int_equal(vdev_of(d[i])->state, VIRTIO_LIVE);
		with += vdev_of(d[i])->vq[0]->table_count > 0;
		assert_disk_works(i);
	}
	assert_int_equal(vdev_of(d[0])->vq[0]->table_count, 64);
	assert_true(with > 10);
	assert_true(dma_left() > 512u << 10);
	while (dma_alloc(4096, 64))
		;
}

/* What it was lent is written over between submit and answer. */
static void scribble(struct fake_vdev *d, unsigned int q, struct fake_chain *c)
{
	(void)d;
	(void)q;
	if (c->table)
		memset((void *)(uintptr_t)c->table, 0xff,
		       16 * (c->n_out + c->n_in));
}

static void vq21_rewritten_table_changes_nothing(void **state)
{
	struct ring r[RINGS];

	(void)state;
	ring_tables = 2;
	start_rings(r, 16);
	for (int i = 0; i < RINGS; i++) {
		r[i].d->on_chain = scribble;
		for (unsigned int n = 0; n < 1000; n++) {
			struct job j;
			uint32_t len;
			void *token;

			assert_int_equal(job_add(r[i].vq, &j, 1 + n % 16), 0);
			virtq_kick(r[i].vq);
			assert_int_equal(virtq_pop(r[i].vq, &token, &len), 0);
			assert_true(job_done(&j, 1 + n % 16));
			assert_int_equal(r[i].vq->num_free, 16);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		virtio_test(vq13_kick_decision),
		virtio_test(vq13_no_kick_while_it_works),
		virtio_test(vq13_suppressed_for_ever),
		virtio_test(pkd11_kick_decision),
		virtio_test(vq21_long_chains_through_tables),
		virtio_test(vq21_ring_full_of_long_chains),
		virtio_test(vq21_without_tables),
		virtio_test(vq21_dma_memory_runs_short),
		virtio_test(vq21_rewritten_table_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
