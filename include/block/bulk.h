/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long stretches of blocks, from device to device and within one, in steps of a buffer
 * of bounded size. Between two steps Ctrl-C is looked at and the caller told how far it
 * is. All that can be checked is before anything is changed:
 *
 *	struct blk_bulk b = { .buf = ram, .len = n };
 *
 *	ret = blk_span_check(&from) …
 *	ret = blk_copy(&b, &from, &to);
 *
 * When it fails, b.done sectors are done, the b.step that follow may be in part, and
 * b.failed is the device whose error it is.
 */
#ifndef VIREO_BLOCK_BULK_H
#define VIREO_BLOCK_BULK_H

#include <stdbool.h>
#include <stdint.h>

#include <block/blkdev.h>
#include <lib/compiler.h>
#include <lib/hash.h>

/* A buffer's length is a multiple of this. */
#define BLK_BULK_UNIT (2u * 65536)

struct blk_span {
	struct blkdev *dev; /* open */
	uint64_t lba, nsectors;
};

struct blk_bulk {
	/* set by the caller */
	uint8_t *buf; /* lent to devices: RAM that nobody uses, not heap */
	uint64_t len;
	/* NULL: nobody is told. @done of @nsectors are */
	void (*progress)(void *arg, uint64_t done, uint64_t nsectors);
	void *arg;

	/* set by the functions below; sectors */
	uint64_t done, step;
	struct blkdev *failed; /* NULL: it was Ctrl-C between two steps */
};

/* blk_span_check - Return: 0; -EINVAL empty, or not whole blocks of its device; -ERANGE
 * past the end */
must_check int blk_span_check(const struct blk_span *s);

/* blk_span_overlap - is there a sector in both, on the same disk? */
bool blk_span_overlap(const struct blk_span *a, const struct blk_span *b);

/*
 * The work on spans that have been checked; two are of the same length, and what is
 * copied does not overlap. What was written is flushed at the end.
 * Return: 0; -EINTR; as blk_read, blk_write
 */
must_check int blk_copy(struct blk_bulk *b, const struct blk_span *from,
			const struct blk_span *to);

/* blk_store - what b->buf, as long as @s, holds; b->len is that of a step. */
must_check int blk_store(struct blk_bulk *b, const struct blk_span *s);

/* blk_zero - by requests that carry no data, where the device has such. */
must_check int blk_zero(struct blk_bulk *b, const struct blk_span *s);

/* blk_discard_span - Return: also -ENOSYS */
must_check int blk_discard_span(struct blk_bulk *b, const struct blk_span *s);

/* blk_compare - @at: the offset of the first byte that differs, or their length in
 * bytes; b->buf then holds the two bytes */
must_check int blk_compare(struct blk_bulk *b, const struct blk_span *x,
			   const struct blk_span *y, uint64_t *at);

/* blk_digest - of all bytes of @s. @digest: alg->digest_size bytes */
must_check int blk_digest(struct blk_bulk *b, const struct blk_span *s,
			  const struct hash_alg *alg, uint8_t *digest);

#endif
