/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests of a virtio block device (virtio 1.4, 5.2.6): a job becomes requests, and
 * their answers a verdict. pieces.c cuts them and keeps them in flight.
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

/* The next discard or write-zeroes request: one range each. */
static void next_range(struct vblk_job *job, struct vblk_slot *s)
{
	uint64_t n = min_u64(job->nsectors, job->step);

	s->range_sector = to_le64(job->lba);
	s->range_nsectors = to_le32((uint32_t)n);
	s->range_flags = to_le32(job->range_flags);
	job->lba += n;
	job->nsectors -= n;
}

/* The job under way on @b. */
struct run {
	struct vblk *b;
	struct vblk_job *job;
};

static bool more(void *arg)
{
	const struct run *r = arg;

	return pieces_left(&r->job->pieces) || r->job->nsectors || r->job->once;
}

/* Build the next request of @job, which is not done, in @req and b->segs.
 * Return: payload segments; -EINVAL */
static int build(struct vblk *b, struct vblk_job *job, struct vblk_req *req)
{
	struct virtq_seg *payload = b->segs + 1;
	struct vblk_slot *s = req->slot;
	struct pieces_limits max = b->max;
	uint64_t sector = 0, bytes = 0;
	int n = 0;

	if (job->request_bytes)
		max.bytes = job->request_bytes;
	if (pieces_left(&job->pieces)) {
		n = pieces_next(&job->pieces, &max, payload, &sector, &bytes);
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

static int lend(void *arg)
{
	const struct run *r = arg;
	struct vblk *b = r->b;
	struct vblk_job before = *r->job;
	struct vblk_req *req = b->free;
	unsigned int n_out;
	int n, ret;

	if (!req || (before.depth && b->vq->in_flight >= before.depth))
		return -ENOSPC;
	n = build(b, r->job, req);
	if (n < 0)
		return n;
	n_out = is_in(before.type) ? 1 : (unsigned int)n + 1;
	ret = virtq_add(b->vq, b->segs, n_out, (unsigned int)n + 2 - n_out,
			req);
	if (ret == -ENOSPC)
		*r->job = before; /* built again when there is room */
	if (ret)
		return ret;
	b->free = req->next_free;
	if (b->vq->in_flight > before.reached)
		r->job->reached = b->vq->in_flight;
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

static int done(void *arg, void *token, uint32_t len)
{
	const struct run *r = arg;
	struct vblk_req *req = token;
	int ret = verdict(r->b, req, len);

	if (r->job->id)
		memcpy(r->job->id, req->slot->id, sizeof(req->slot->id));
	req->next_free = r->b->free;
	r->b->free = req;
	return ret;
}

int vblk_run(struct vblk *b, struct vblk_job *job)
{
	struct run r = { b, job };
	struct flight f = {
		.vq = b->vq, .more = more, .lend = lend, .done = done, .arg = &r
	};

	return flight_run(&f);
}
