/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The self-test of a disk: the same sectors by requests of every shape, more of them
 * than a ring's index can count, and what a device has to refuse. What is compared
 * with is read by one request before, or, when there are sectors that may be
 * written, is a pattern no two blocks of which are alike; they are put back at the end.
 * Requests go through vblk_run() like all others.
 */
#include "virtio_blk_test_priv.h"

#include <errno.h>
#include <string.h>

#include <lib/errstr.h>

#define INDEX_VALUES 65536u
#define WRAP_MS      5000 /* for more requests than that */
#define SHAPE_MS     3000 /* for other loops, on a slow disk */
#define REQUESTS     256  /* without an interrupt */
#define ROUNDS       32   /* tries to see requests overtake each other */

/* ---- what is compared with ---- */

static int write_pattern(struct virtio_test *t, struct vblk_test *s)
{
	int ret = vblk_test_all(s, VIRTIO_BLK_T_IN, s->saved, 0);

	if (ret)
		return ret;
	vblk_test_pattern(s);
	s->written = true;
	s->b->dev.generation++;
	ret = vblk_test_all(s, VIRTIO_BLK_T_OUT, s->want, 0);
	return ret ? ret : vblk_test_read_all(t, s, s->got, 0);
}

/* Without it there is nothing to compare with. */
static int check_reference(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	int ret = t->nsectors ? write_pattern(t, s)
			      : vblk_test_all(s, VIRTIO_BLK_T_IN, s->want, 0);

	t->stop = ret != 0;
	return ret ? ret
		   : virtio_check_note(t, 0, "%u blocks%s", s->blocks,
				       t->nsectors ? " written" : "");
}

/* ---- shapes ---- */

/* Other content for blocks @at to @at + @n: as different as the old. */
static void invert(struct vblk_test *s, unsigned int at, unsigned int n)
{
	uint32_t bs = s->b->dev.block_size;

	for (size_t i = at * (size_t)bs; i < (at + n) * (size_t)bs; i++)
		s->want[i] ^= 0xff;
}

/* One block a request; as many in flight as can be, and then the next. */
static int single(struct virtio_test *t, struct vblk_test *s, bool write)
{
	uint32_t bs = s->b->dev.block_size, unit = bs / SECTOR_SIZE;
	struct wait w = wait_ms(SHAPE_MS);
	unsigned int at, n;
	int ret = 0;

	memset(s->got, VBLK_TEST_JUNK, s->blocks * bs);
	for (at = 0; !ret && at < s->blocks && !wait_over(&w); at += n) {
		n = (unsigned int)min_u64(s->blocks - at, VBLK_REQUESTS);
		struct blk_piece p = { s->lba + at * unit, n * unit,
				       (write ? s->want : s->got) + at * bs };

		if (write)
			invert(s, at, n);
		ret = vblk_test_job(s,
				    write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN,
				    &p, 1, bs);
		if (!ret && !write)
			ret = vblk_test_compare(t, s, p.buf, at, n, bs);
	}
	if (!ret && at < s->blocks)
		return virtio_check_note(t, VIRTIO_CHECK_NA,
					 "too slow: %u of %u blocks %s", at,
					 s->blocks, write ? "written" : "read");
	return ret;
}

static int check_single(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	int done, ret = single(t, s, false);

	if (ret || !s->written)
		return ret;
	done = single(t, s, true);
	if (!done || done == VIRTIO_CHECK_NA) {
		ret = vblk_test_read_all(t, s, s->got, 0);
		return ret ? ret : done;
	}
	t->stop = true; /* what is there now is not known */
	return virtio_check_note(t, done, "a write failed");
}

static int check_unaligned(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	struct wait w = wait_ms(SHAPE_MS);
	int ret = 0;

	for (unsigned int off = 1; !ret && off < 64 && !wait_over(&w);
	     off = off * 2 + 1)
		ret = vblk_test_read_all(t, s, s->got + off, 0);
	return ret;
}

/* Requests of 1, 2, 3 … segments: blocks that adjoin on the disk, but not in memory. */
static int chains(struct virtio_test *t, struct vblk_test *s)
{
	struct blk_piece pieces[VBLK_SEGS];
	uint32_t bs = s->b->dev.block_size;
	unsigned int max = (unsigned int)min_u64(s->b->max.seg_max, s->blocks);
	struct wait w = wait_ms(SHAPE_MS);
	uint64_t requests;
	unsigned int n;
	int ret = 0;

	max = (unsigned int)min_u64(max, s->part / (2 * bs));
	if (max < 2)
		return virtio_check_note(t, VIRTIO_CHECK_NA,
					 "%u segments at most", max);
	for (unsigned int i = 0; i < max; i++)
		pieces[i] = (struct blk_piece){ s->lba + i * (bs / SECTOR_SIZE),
						bs / SECTOR_SIZE,
						s->got + i * 2 * (size_t)bs };
	for (n = 1; !ret && n <= max && !wait_over(&w); n++) {
		memset(s->got, VBLK_TEST_JUNK, n * 2 * (size_t)bs);
		requests = s->b->vq->requests;
		ret = vblk_test_job(s, VIRTIO_BLK_T_IN, pieces, n, 0);
		if (!ret)
			ret = vblk_test_compare(t, s, s->got, 0, n,
						2 * (size_t)bs);
		if (!ret && s->b->max.size_max >= bs && /* else they are cut */
		    s->b->vq->requests != requests + 1)
			return virtio_check_note(t, -EIO, "%u not in one", n);
		if (ret && !t->note[0])
			virtio_check_note(t, ret, "with %u segments: %s", n,
					  err_str(ret));
	}
	return ret ? ret : virtio_check_note(t, 0, "1 to %u segments", n - 1);
}

/* Without its tables the ring itself must do. */
static int check_chains(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	uint64_t tables = s->b->vq->tables_free;
	int ret;

	s->b->vq->tables_free = 0;
	ret = chains(t, s);
	if (t->vd->state == VIRTIO_LIVE)
		s->b->vq->tables_free = tables;
	return ret;
}

static int check_tables(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;

	if (!s->b->vq->tables_free)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "not used");
	return chains(t, s);
}

/* ---- the ring ---- */

/* One block a request, all the driver can have in flight. */
static int batch(struct virtio_test *t, struct vblk_test *s, unsigned int n)
{
	uint32_t bs = s->b->dev.block_size;
	struct blk_piece p = { s->lba, n * (bs / SECTOR_SIZE), s->got };
	int ret;

	memset(s->got, VBLK_TEST_JUNK, n * bs);
	ret = vblk_test_job(s, VIRTIO_BLK_T_IN, &p, 1, bs);
	return ret ? ret : vblk_test_compare(t, s, s->got, 0, n, bs);
}

static int check_wrap(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	struct virtq *vq = s->b->vq;
	unsigned int n = (unsigned int)min_u64(s->blocks, VBLK_REQUESTS);
	uint64_t from = vq->requests, kicks = vq->kicks, done = 0;
	struct wait w = wait_ms(WRAP_MS);
	int ret = 0;

	while (!ret && done <= INDEX_VALUES && !wait_over(&w)) {
		ret = batch(t, s, n);
		done = vq->requests - from;
	}
	kicks = vq->kicks - kicks;
	if (ret)
		return ret;
	if (done <= INDEX_VALUES)
		return virtio_check_note(t, VIRTIO_CHECK_NA,
					 "%ju requests in %u s",
					 (uintmax_t)done, WRAP_MS / 1000);
	if (kicks > done)
		return virtio_check_note(t, -EIO, "%ju kicks",
					 (uintmax_t)kicks);
	return virtio_check_note(t, 0, "%ju requests, %ju kicks",
				 (uintmax_t)done, (uintmax_t)kicks);
}

static int check_interrupt(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	struct wait w = wait_ms(SHAPE_MS);
	unsigned int n = 0;
	uint32_t isr;
	int ret = 0;

	t->vd->ops->isr(t->vd); /* what was there before */
	for (; !ret && n < REQUESTS && !wait_over(&w); n++)
		ret = batch(t, s, 1);
	isr = ret ? 0 : t->vd->ops->isr(t->vd);
	if (!ret && isr & ISR_CONFIG)
		ret = vblk_read_capacity(s->b);
	if (!ret && isr & ISR_CONFIG)
		return virtio_check_note(t, VIRTIO_CHECK_NA,
					 "the configuration changed");
	return isr   ? virtio_check_note(t, -EIO, "InterruptStatus 0x%x",
					 (unsigned int)isr)
	       : ret ? ret
		     : virtio_check_note(t, 0, "%u requests", n);
}

/* A large request, and behind it small ones that a device may finish earlier. */
static int check_order(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	struct blk_piece p[17];
	uint32_t bs = s->b->dev.block_size;
	uint64_t before = s->b->vq->overtakes, n;
	unsigned int small = (unsigned int)min_u64(s->blocks / 2, 16);
	uint8_t *at = s->got + s->blocks * (size_t)bs;
	struct wait w = wait_ms(SHAPE_MS);
	int ret = 0;

	p[0] = (struct blk_piece){ s->lba, s->nsectors, s->got };
	for (unsigned int i = 0; i < small; i++) /* every other block */
		p[i + 1] = (struct blk_piece){
			s->lba + 2 * i * (bs / SECTOR_SIZE), bs / SECTOR_SIZE,
			at + i * (size_t)bs
		};
	for (unsigned int i = 0;
	     !ret && i < ROUNDS && s->b->vq->overtakes == before &&
	     !wait_over(&w);
	     i++) {
		memset(s->got, VBLK_TEST_JUNK,
		       (s->blocks + small) * (size_t)bs);
		ret = vblk_test_job(s, VIRTIO_BLK_T_IN, p, small + 1, 0);
		if (!ret)
			ret = vblk_test_compare(t, s, s->got, 0, s->blocks, bs);
		for (unsigned int k = 0; !ret && k < small; k++)
			ret = vblk_test_compare(t, s, at + k * (size_t)bs,
						2 * k, 1, bs);
	}
	n = s->b->vq->overtakes - before;
	if (ret)
		return ret;
	return n ? virtio_check_note(t, 0, "%ju overtook others", (uintmax_t)n)
		 : virtio_check_note(t, VIRTIO_CHECK_NA,
				     "not seen: all in order");
}

/* ---- what is not data ---- */

/* Around the driver's own check: the device has to say no, and go on working. */
static int check_end(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	uint32_t unit = s->b->dev.block_size / SECTOR_SIZE;
	uint64_t end = s->b->dev.nsectors;
	struct blk_piece p[] = {
		{ end, unit, s->got },
		{ end - unit, 2 * unit, s->got },
		{ UINT64_MAX / SECTOR_SIZE - unit + 1, unit, s->got },
	};
	int ret;

	for (unsigned int i = 0; i < array_size(p); i++) {
		p[i].lba = align_down(p[i].lba, unit);
		ret = vblk_test_job(s, VIRTIO_BLK_T_IN, &p[i], 1, 0);
		if (!ret)
			return virtio_check_note(t, -EIO,
						 "sector 0x%jx was "
						 "read",
						 (uintmax_t)p[i].lba);
		if (ret != -EIO || t->vd->state != VIRTIO_LIVE)
			return ret;
	}
	return batch(t, s, 1);
}

static int check_flush(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;

	if (!virtio_has(t->vd, VIRTIO_BLK_F_FLUSH))
		return virtio_check_note(t, VIRTIO_CHECK_NA, "not offered");
	return s->b->dev.ops->flush(&s->b->dev);
}

static int check_id(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	char once[21], twice[21];
	int ret = s->b->dev.ops->get_id(&s->b->dev, once);

	if (!ret)
		ret = s->b->dev.ops->get_id(&s->b->dev, twice);
	if (ret == -ENOSYS)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "it has none");
	if (!ret && memcmp(once, twice, sizeof(once)))
		return virtio_check_note(t, -EIO, "not twice the same");
	return ret;
}

static int check_read_only(struct virtio_test *t, void *ctx)
{
	struct vblk_test *s = ctx;
	uint64_t before = s->b->vq->requests;

	if (!s->b->dev.read_only)
		return virtio_check_note(t, VIRTIO_CHECK_NA, "may be written");
	if (blk_write(&s->b->dev, s->lba, s->b->dev.block_size / SECTOR_SIZE,
		      s->want) != -EROFS ||
	    s->b->vq->requests != before)
		return virtio_check_note(t, -EIO, "a write was sent");
	return 0;
}

static const struct virtio_check checks[] = {
	{ "BLK-5 BLK-12", "one large request", check_reference },
	{ "BLK-1 BLK-5", "one block a request", check_single },
	{ "BLK-5", "buffers at odd addresses", check_unaligned },
	{ "VQ-6 VQ-7 PKD-2", "chains in the ring", check_chains },
	{ "VQ-21 PKD-12", "chains in indirect tables", check_tables },
	{ "VQ-8 VQ-15 PKD-7", "past 65536 requests", check_wrap },
	{ "VQ-11 PKD-10", "no interrupt is asked for", check_interrupt },
	{ "VQ-25 PKD-14", "order of completion", check_order },
	{ "BLK-6 VQ-19", "past the end is refused", check_end },
	{ "BLK-8", "flush", check_flush },
	{ "BLK-9", "id", check_id },
	{ "BLK-13", "read-only", check_read_only },
};

static const struct virtio_check restored = { "BLK-8", "what was there is back",
					      vblk_check_restored };

void vblk_test(struct virtio_test *t)
{
	struct vblk *b = t->vd->priv;
	uint64_t most = b->dev.nsectors;
	struct vblk_test s = { .b = b, .lba = t->lba, .part = t->mem_size / 4 };

	if (t->nsectors)
		most = t->nsectors;
	/* 1 MiB, so that there is room for all that is laid out around it */
	s.nsectors = min_u64(most, s.part / 4 / SECTOR_SIZE);
	s.blocks = (unsigned int)(s.nsectors * SECTOR_SIZE / b->dev.block_size);
	if (!s.blocks) {
		virtio_check_none(t, checks, array_size(checks), "no blocks");
		return;
	}
	s.want = t->mem;
	s.got = t->mem + s.part;
	s.saved = t->mem + 3 * s.part;
	virtio_check_all(t, checks, array_size(checks), &s);
	if (s.written)
		virtio_check_one(t, &restored, &s);
}
