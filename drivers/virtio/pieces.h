/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What disk drivers share: a caller's pieces cut into requests, and the loop that
 * keeps many requests in flight with one notification a batch.
 */
#ifndef VIREO_VIRTIO_PIECES_H
#define VIREO_VIRTIO_PIECES_H

#include <block/blkdev.h>

#include "virtio_priv.h"

/* The caller's pieces, and where we are. */
struct pieces {
	const struct blk_piece *list;
	size_t count, at;
	uint64_t done; /* bytes of the piece we are at */
};

/* How long a request may be. */
struct pieces_limits {
	uint64_t bytes;
	uint32_t size_max; /* bytes of a segment */
	uint32_t seg_max;  /* segments */
	uint32_t unit;     /* a request is a multiple of it: the disk's block */
};

static inline bool pieces_left(const struct pieces *p)
{
	return p->at < p->count;
}

/*
 * pieces_next - the next request, and past it: pieces whose sectors adjoin, up to the
 * limits. Buffers that adjoin become one segment.
 * @segs: room for seg_max; @sector, @bytes: what it covers
 * Return: the number of segments; -EINVAL not a whole block fits
 */
must_check int pieces_next(struct pieces *p, const struct pieces_limits *max,
			   struct virtq_seg *segs, uint64_t *sector,
			   uint64_t *bytes);

/* A driver's part in a stretch of work that is many requests on one ring. */
struct flight {
	struct virtq *vq;
	/* Is there more to lend? */
	bool (*more)(void *arg);
	/* Lend the next request. Return: 0; -ENOSPC not now, ask again; an error
	 * that ends the work */
	int (*lend)(void *arg);
	/* One came back; @len: bytes the device says it wrote.
	 * Return: 0; what went wrong with it */
	int (*done)(void *arg, void *token, uint32_t len);
	void *arg;
};

/*
 * flight_run - all of it, several requests in flight. When one fails no more are lent,
 * and those in flight are waited for.
 * Return: 0; the first failure that @f reported; -ETIMEDOUT, -EINTR, -EIO (the
 *         device was reset, no buffer is touched any more); -EOWNERDEAD
 */
must_check int flight_run(const struct flight *f);

#endif
