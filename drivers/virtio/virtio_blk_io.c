/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of a virtio block device in flight (virtio 1.4, 5.2.6): a job is cut
 * into requests, as many as ring and slots hold are lent to the device with
 * one notification, and when half of them have come back the next are.
 *
 * Framing is the legacy one everywhere (BLK-3): a descriptor for the header,
 * the payload's, one for the status byte. Success is status 0 in a byte that was
 * 0xff before, and a length that covers the payload.
 */
#include "virtio_blk_priv.h"

#include <errno.h>
#include <string.h>

#include <arch/io.h>
#include <lib/compiler.h>

void vblk_forget(struct vblk *b)
{
	b->free = NULL;
	for (unsigned int i = VBLK_REQUESTS; i--;) {
		b->req[i].slot = &b->slots[i];
		b->req[i].next_free = b->free;
		b->free = &b->req[i];
	}
}

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

/* Move the job on by @bytes. */
static void advance(struct vblk_job *job, uint64_t bytes)
{
	uint64_t rest;

	while (bytes) {
		rest = job->pieces[job->at].nsectors * SECTOR_SIZE - job->done;
		if (bytes < rest) {
			job->done += bytes;
			return;
		}
		bytes -= rest;
		job->done = 0;
		job->at++;
	}
}

/*
 * The next data request: pieces whose sectors adjoin, up to the device's
 * limits, in whole blocks of the device. Buffers that adjoin become one segment.
 * Return: the number of segments in @segs; -EINVAL not a whole block fits
 */
static int gather(struct vblk *b, struct vblk_job *job, struct virtq_seg *segs,
		  uint64_t *sector, uint64_t *bytes)
{
	size_t at = job->at;
	const struct blk_piece *p = &job->pieces[at];
	uint64_t off = job->done, total = 0, len;
	uint64_t most = job->request_bytes;
	unsigned int n = 0;
	char *addr;

	if (!most)
		most = VBLK_REQUEST_BYTES;
	*sector = p->lba + off / SECTOR_SIZE;
	while (total < most) {
		addr = (char *)p->buf + off;
		len = min_u64(p->nsectors * SECTOR_SIZE - off, most - total);
		if (n && (char *)segs[n - 1].addr + segs[n - 1].len == addr &&
		    segs[n - 1].len < b->size_max) {
			len = min_u64(len, b->size_max - segs[n - 1].len);
			segs[n - 1].len += (uint32_t)len;
		} else {
			if (n == b->seg_max)
				break;
			len = min_u64(len, b->size_max);
			segs[n++] = (struct virtq_seg){ addr, (uint32_t)len };
		}
		total += len;
		off += len;
		if (off < p->nsectors * SECTOR_SIZE)
			continue;
		if (++at == job->count)
			break;
		p = &job->pieces[at];
		off = 0;
		if (p->lba != *sector + total / SECTOR_SIZE)
			break;
	}
	n = trim(segs, n, total % b->dev.block_size);
	*bytes = align_down(total, b->dev.block_size);
	advance(job, *bytes);
	return n ? (int)n : -EINVAL;
}

/* The next discard or write-zeroes request: one range each. */
static void next_range(struct vblk_job *job, struct vblk_slot *s)
{
	uint64_t n = min_u64(job->nsectors, job->step);

	s->range_sector = to_le64(job->lba);
	s->range_nsectors = to_le32((uint32_t)n);
	s->range_flags = to_le32(0);
	job->lba += n;
	job->nsectors -= n;
}

static bool is_done(const struct vblk_job *job)
{
	return job->at == job->count && !job->nsectors && !job->once;
}

/* Build the next request of @job, which is not done, in @req and b->segs.
 * Return: payload segments; -EINVAL */
static int build(struct vblk *b, struct vblk_job *job, struct vblk_req *req)
{
	struct virtq_seg *payload = b->segs + 1;
	struct vblk_slot *s = req->slot;
	uint64_t sector = 0, bytes = 0;
	int n = 0;

	if (job->at < job->count) {
		n = gather(b, job, payload, &sector, &bytes);
		if (n < 0)
			return n;
	} else if (job->nsectors) {
		next_range(job, s);
		payload[n++] = (struct virtq_seg){ &s->range_sector, 16 };
	} else {
		job->once = false;
		if (job->id)
			payload[n++] = (struct virtq_seg){ s->id,
							   sizeof(s->id) };
	}
	req->in_len = job->type == VIRTIO_BLK_T_IN ? bytes : 0;
	s->type = to_le32(job->type);
	s->reserved = to_le32(0);
	s->sector = to_le64(sector);
	s->status = VIRTIO_BLK_S_UNTOUCHED;
	b->segs[0] = (struct virtq_seg){ s, 16 };
	b->segs[n + 1] = (struct virtq_seg){ &s->status, 1 };
	return n;
}

/* Does the payload of @type go to the driver? One place decides (BLK-5). */
static bool is_in(uint32_t type)
{
	return type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID;
}

/* Lend requests until the job is done, as many are in flight as it wants, or the ring
 * or the slots are full.
 * Return: 0; -EINVAL; -EIO */
static int fill(struct vblk *b, struct vblk_job *job)
{
	struct vblk_job before;
	struct vblk_req *req;
	unsigned int n_out;
	int n, ret;

	while ((req = b->free) && !is_done(job) &&
	       (!job->depth || b->vq->in_flight < job->depth)) {
		before = *job;
		n = build(b, job, req);
		if (n < 0)
			return n;
		n_out = is_in(job->type) ? 1 : (unsigned int)n + 1;
		ret = virtq_add(b->vq, b->segs, n_out,
				(unsigned int)n + 2 - n_out, req);
		if (ret == -ENOSPC) {
			*job = before; /* built again when there is room */
			return 0;
		}
		if (ret)
			return ret;
		b->free = req->next_free;
	}
	return 0;
}

/*
 * What became of @req: @len is what the device says it wrote. A request that is
 * given back without its answer may still be worked on: the ring counts as broken,
 * so that the device is reset before the buffers are their owner's again.
 */
static int verdict(struct vblk *b, const struct vblk_req *req, uint32_t len)
{
	switch (read_once8(&req->slot->status)) {
	case VIRTIO_BLK_S_OK:
		/*
		 * Legacy devices may get the length wrong (2.7.8), but none that
		 * this machine has does; and data that never came must not
		 * pass for data.
		 */
		if (len < req->in_len + 1)
			return virtq_break(b->vq, "read came back short");
		return 0;
	case VIRTIO_BLK_S_IOERR:
		return -EIO;
	case VIRTIO_BLK_S_UNSUPP:
		return -ENOSYS;
	default:
		return virtq_break(b->vq, "request came back unanswered");
	}
}

/* Take back all that is done. @err: the first failure is kept
 * Return: 0 there was something; -EAGAIN; -EIO the ring is broken */
static int reap(struct vblk *b, struct vblk_job *job, int *err)
{
	struct vblk_req *req;
	bool any = false;
	void *token;
	uint32_t len;
	int ret, v;

	while (!(ret = virtq_pop(b->vq, &token, &len))) {
		any = true;
		req = token;
		v = verdict(b, req, len);
		if (v)
			b->vq->errors++;
		if (v && !*err)
			*err = v;
		if (job->id)
			memcpy(job->id, req->slot->id, sizeof(req->slot->id));
		req->next_free = b->free;
		b->free = req;
	}
	return ret == -EAGAIN && any ? 0 : ret;
}

/* Until at most @low requests are in flight. */
static int drain(struct vblk *b, struct vblk_job *job, unsigned int low,
		 struct virtq_wait *w, int *err)
{
	int ret;

	while (b->vq->in_flight > low) {
		ret = reap(b, job, err);
		if (!ret)
			virtq_wait_progress(w);
		if (!b->vq->in_flight && is_done(job))
			return ret; /* no Ctrl-C undoes what is done */
		if (!ret || ret == -EAGAIN)
			ret = virtq_wait_turn(b->vq, w);
		if (ret)
			return ret;
	}
	return 0;
}

int vblk_run(struct vblk *b, struct vblk_job *job)
{
	struct virtq_wait w = virtq_wait_begin();
	int err = 0, ret;

	while (!err && !is_done(job)) {
		err = fill(b, job);
		virtq_kick(b->vq);
		/* Half a batch back: time for the next. */
		ret = drain(b, job, b->vq->in_flight / 2, &w, &err);
		if (ret)
			return virtq_give_up(b->vq, ret);
	}
	ret = drain(b, job, 0, &w, &err);
	return ret ? virtq_give_up(b->vq, ret) : err;
}
