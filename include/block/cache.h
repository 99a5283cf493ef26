/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache of a block device's metadata: aligned windows, read whole, so that a miss
 * brings the neighbours along. It grows to a given number of windows, then the one
 * used least recently makes room. Nothing in it is ever invalidated: it belongs to a
 * mount, which ends when the medium changes.
 */
#ifndef VIREO_BLOCK_CACHE_H
#define VIREO_BLOCK_CACHE_H

#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>

struct blk_window {
	uint8_t *data;
	uint64_t start;    /* byte on the device */
	uint32_t from, to; /* bytes of it that are valid; from == to: none */
	uint32_t last_use;
};

struct blk_cache {
	/* set by the owner before the first call */
	struct blkdev *dev;
	uint32_t
		window; /* bytes, a power of two, at least the device's block */
	uint32_t max;   /* windows */
	/* How bytes are read. Return: as blk_read_bytes */
	int (*read)(void *ctx, uint64_t offset, uint64_t len, void *buf);
	void *ctx;

	/* set by block/ */
	struct blk_window *windows;
	struct blk_window *current; /* the one used last, or NULL */
	uint32_t uses;
};

/*
 * blk_cache_get - @len bytes at byte @offset of the device.
 * Both lie within one window, or it is -ERANGE.
 * @p: valid until the next call
 * Return: 0; -ENOMEM; -ERANGE also past the end; as @read
 */
must_check int blk_cache_get(struct blk_cache *c, uint64_t offset, uint32_t len,
			     const uint8_t **p);

/* blk_cache_put - @len bytes that were read from the device's beginning. */
void blk_cache_put(struct blk_cache *c, const uint8_t *data, uint32_t len);

/* blk_cache_end - give all memory back; the cache is empty and usable then. */
void blk_cache_end(struct blk_cache *c);

#endif
