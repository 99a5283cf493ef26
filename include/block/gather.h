/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collecting byte ranges of a block device into one read. A file's bytes lie in
 * ranges that start and end anywhere; whole blocks go straight to their
 * destination, the rest of a block through a bounce block, all in the same call
 * of blk_readv. Nothing outside the destinations is ever written.
 *
 *	ret = blk_gather_init(&g, dev);
 *	ret = blk_gather_add(&g, offset, len, buf);	(any number of times)
 *	ret = blk_gather_flush(&g);
 *	blk_gather_end(&g);				(whenever init gave 0)
 *
 * The buffers are filled when flush has returned 0; add flushes by itself when
 * there is no more room.
 */
#ifndef VIREO_BLOCK_GATHER_H
#define VIREO_BLOCK_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>

#define BLK_GATHER_BOUNCES 2

struct blk_gather {
	struct blkdev *dev;
	struct blk_piece *pieces;
	size_t max, count;
	uint8_t *bounce; /* BLK_GATHER_BOUNCES blocks of the device */
	unsigned int nbounces;
	struct {
		void *to;
		const uint8_t *from;
		size_t len;
	} copy[BLK_GATHER_BOUNCES]; /* what follows the transfer */
};

/* @dev has been opened. Return: 0; -ENOMEM */
must_check int blk_gather_init(struct blk_gather *g, struct blkdev *dev);
void blk_gather_end(struct blk_gather *g);

/* blk_gather_add - @len bytes at byte @offset of the device, to @buf.
 * Return: 0; -ERANGE past the end; as blk_readv for what was collected before */
must_check int blk_gather_add(struct blk_gather *g, uint64_t offset,
			      uint64_t len, void *buf);

/* blk_gather_flush - read what was collected. Return: as blk_readv; 0 nothing was */
must_check int blk_gather_flush(struct blk_gather *g);

#endif
