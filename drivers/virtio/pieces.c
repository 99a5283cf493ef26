/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pieces into requests, and requests in flight: as many as the ring and the driver's
 * slots hold are lent to the device with one notification, and when half of them have
 * come back the next are.
 *
 * A disk that nobody knows yet is lent little at first, and more when that comes back
 * soon twice in a row: what a slow one (a remote or a limited disk) has in flight must
 * come back before the deadline. Hosts join requests into one that comes back as a whole,
 * and those that limit a disk let one pass at once and the next wait for it.
 */
#include "pieces.h"

#include <errno.h>

#include <core/deadline.h>
#include <lib/compiler.h>

/* Bytes in flight: at first, and at the least; and what is as good as no bound. */
#define WINDOW_FIRST (2u << 20)
#define WINDOW_OPEN  (128u << 20)
#define WINDOW_STEP  16
#define QUICK_US     125000 /* then STEP times as much takes 2 s at most */
#define SLOW_US      2000000

/* Cut what exceeds a multiple of the device's block off the end. */
static unsigned int trim(struct virtq_seg *segs, unsigned int n,
			 uint64_t excess)
{
	while (excess && n) {
		if (segs[n - 1].len > excess) {
			segs[n - 1].len -= (uint32_t)excess;
			break;
		}
		excess -= segs[--n].len;
	}
	return n;
}

static void advance(struct pieces *p, uint64_t bytes)
{
	uint64_t rest;

	while (bytes) {
		rest = p->list[p->at].nsectors * SECTOR_SIZE - p->done;
		if (bytes < rest) {
			p->done += bytes;
			return;
		}
		bytes -= rest;
		p->done = 0;
		p->at++;
	}
}

int pieces_next(struct pieces *pieces, const struct pieces_limits *max,
		struct virtq_seg *segs, uint64_t *sector, uint64_t *bytes)
{
	size_t at = pieces->at;
	const struct blk_piece *p = &pieces->list[at];
	uint64_t off = pieces->done, total = 0, len;
	unsigned int n = 0;
	char *addr;

	*sector = p->lba + off / SECTOR_SIZE;
	while (total < max->bytes) {
		addr = (char *)p->buf + off;
		len = min_u64(p->nsectors * SECTOR_SIZE - off,
			      max->bytes - total);
		if (n && (char *)segs[n - 1].addr + segs[n - 1].len == addr &&
		    segs[n - 1].len < max->size_max) {
			len = min_u64(len, max->size_max - segs[n - 1].len);
			segs[n - 1].len += (uint32_t)len;
		} else {
			if (n == max->seg_max)
				break;
			len = min_u64(len, max->size_max);
			segs[n++] = (struct virtq_seg){ addr, (uint32_t)len };
		}
		total += len;
		off += len;
		if (off < p->nsectors * SECTOR_SIZE)
			continue;
		if (++at == pieces->count)
			break;
		p = &pieces->list[at];
		off = 0;
		if (p->lba != *sector + total / SECTOR_SIZE)
			break;
	}
	n = trim(segs, n, total % max->unit);
	*bytes = align_down(total, max->unit);
	advance(pieces, *bytes);
	return n ? (int)n : -EINVAL;
}

static bool is_open(const struct virtq *vq)
{
	return vq->window >= WINDOW_OPEN;
}

/* Lend requests until there are no more, or there is no room, or it is enough.
 * Return: 0; the driver's error */
static int fill(const struct flight *f)
{
	uint64_t start = f->vq->bytes;
	int ret = 0;

	while (!ret && f->more(f->arg) &&
	       (is_open(f->vq) || f->vq->bytes - start < f->vq->window))
		ret = f->lend(f->arg);
	return ret == -ENOSPC ? 0 : ret;
}

/* What @bytes that took @us say of the disk. */
static void learn(struct virtq *vq, uint64_t bytes, uint64_t us)
{
	bool quick = us < QUICK_US;

	if (us > SLOW_US)
		vq->window = WINDOW_FIRST;
	if (bytes < vq->window || is_open(vq))
		return;
	if (quick && vq->was_quick)
		vq->window *= WINDOW_STEP;
	vq->was_quick = quick && !vq->was_quick;
}

/* Take back all that is done. @err: the first failure is kept
 * Return: 0 there was something; -EAGAIN; -EIO the ring is broken */
static int reap(const struct flight *f, int *err)
{
	bool any = false;
	uint32_t len;
	void *token;
	int ret, v;

	while (!(ret = virtq_pop(f->vq, &token, &len))) {
		any = true;
		v = f->done(f->arg, token, len);
		if (v && v != -ENODEV) /* nothing there is an answer */
			f->vq->errors++;
		if (v && !*err)
			*err = v;
	}
	return ret == -EAGAIN && any ? 0 : ret;
}

/* Until at most @low requests are in flight. */
static int drain(const struct flight *f, unsigned int low, struct virtq_wait *w,
		 int *err)
{
	int ret;

	while (f->vq->in_flight > low) {
		ret = reap(f, err);
		if (!ret)
			virtq_wait_progress(w);
		if (!f->vq->in_flight && !f->more(f->arg))
			return ret; /* no Ctrl-C undoes what is done */
		if (!ret || ret == -EAGAIN)
			ret = virtq_wait_turn(f->vq, w);
		if (ret)
			return ret;
	}
	return 0;
}

int flight_run(const struct flight *f)
{
	struct virtq_wait w = virtq_wait_begin();
	struct virtq *vq = f->vq;
	uint64_t bytes, start;
	int err = 0, ret = 0;

	if (!vq->window)
		vq->window = WINDOW_FIRST;
	while (!ret && !err && f->more(f->arg)) {
		bytes = vq->bytes;
		start = time_us();
		err = fill(f);
		virtq_kick(vq);
		/* Half a batch back: time for the next. */
		ret = drain(f, is_open(vq) ? vq->in_flight / 2 : 0, &w, &err);
		learn(vq, vq->bytes - bytes, time_us() - start);
	}
	if (!ret)
		ret = drain(f, 0, &w, &err);
	if (ret == -ETIMEDOUT)
		vq->window = WINDOW_FIRST;
	return ret ? virtq_give_up(vq, ret) : err;
}
