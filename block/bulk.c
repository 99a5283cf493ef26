/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long stretches of blocks, step by step. A step that moves data is as large as the
 * buffer, so that the driver can keep many requests in flight. One that does not,
 * zeroing and discarding, may be any size to the device but not to its host, which may
 * have to write it all: it begins small and doubles while the answer comes soon, so that
 * none outlasts a deadline.
 */
#include <block/bulk.h>

#include <errno.h>
#include <string.h>

#include <core/console.h>
#include <core/deadline.h>
#include <lib/checked.h>

#define EMPTY_FIRST ((UINT64_C(2) << 20) / SECTOR_SIZE)
#define EMPTY_MAX   ((UINT64_C(1) << 30) / SECTOR_SIZE)
#define QUICK_US    125000

int blk_span_check(const struct blk_span *s)
{
	uint64_t unit = s->dev->block_size / SECTOR_SIZE;

	if (!s->nsectors || s->lba % unit || s->nsectors % unit)
		return -EINVAL;
	return inside(s->lba, s->nsectors, s->dev->nsectors) ? 0 : -ERANGE;
}

bool blk_span_overlap(const struct blk_span *a, const struct blk_span *b)
{
	const struct blkdev *one = a->dev->parent ? a->dev->parent : a->dev;
	const struct blkdev *two = b->dev->parent ? b->dev->parent : b->dev;

	return one == two && overlaps(a->dev->start + a->lba, a->nsectors,
				      b->dev->start + b->lba, b->nsectors);
}

/* ---- steps ---- */

/* The next step, of at most @most sectors. Return: 0; -EINTR */
static int next(struct blk_bulk *b, uint64_t nsectors, uint64_t most)
{
	b->failed = NULL;
	b->step = min_u64(nsectors - b->done, most);
	if (b->progress)
		b->progress(b->arg, b->done, nsectors);
	if (!con_ctrlc())
		return 0;
	b->step = 0;
	return -EINTR;
}

/* @err is that of @dev. */
static int of(struct blk_bulk *b, struct blkdev *dev, int err)
{
	b->failed = err ? dev : NULL;
	return err;
}

/* When it fails nothing has been changed. */
static int read_step(struct blk_bulk *b, const struct blk_span *s, uint8_t *buf)
{
	int ret = blk_read(s->dev, s->lba + b->done, b->step, buf);

	if (ret)
		b->step = 0;
	return of(b, s->dev, ret);
}

static int write_step(struct blk_bulk *b, const struct blk_span *s)
{
	return of(b, s->dev,
		  blk_write(s->dev, s->lba + b->done, b->step, b->buf));
}

/* A device without a cache has nothing to flush. */
static int flush(struct blk_bulk *b, struct blkdev *dev)
{
	int ret = blk_flush(dev);

	b->step = 0;
	return of(b, dev, ret == -ENOSYS ? 0 : ret);
}

/* ---- work ---- */

int blk_copy(struct blk_bulk *b, const struct blk_span *from,
	     const struct blk_span *to)
{
	int ret = 0;

	for (b->done = 0; b->done < to->nsectors; b->done += b->step) {
		ret = next(b, to->nsectors, b->len / SECTOR_SIZE);
		if (!ret)
			ret = read_step(b, from, b->buf);
		if (!ret)
			ret = write_step(b, to);
		if (ret)
			return ret;
	}
	return flush(b, to->dev);
}

int blk_store(struct blk_bulk *b, const struct blk_span *s)
{
	int ret;

	for (b->done = 0; b->done < s->nsectors; b->done += b->step) {
		ret = next(b, s->nsectors, b->len / SECTOR_SIZE);
		if (!ret)
			ret = write_step(b, s);
		if (ret)
			return ret;
		b->buf += b->step * SECTOR_SIZE;
	}
	return flush(b, s->dev);
}

/* Steps of @op, which carries no data, from b->done on. */
static int empty_steps(struct blk_bulk *b, const struct blk_span *s,
		       int (*op)(struct blkdev *dev, uint64_t lba,
				 uint64_t nsectors))
{
	uint64_t most = EMPTY_FIRST, start;
	int ret;

	for (; b->done < s->nsectors; b->done += b->step) {
		ret = next(b, s->nsectors, most);
		start = time_us();
		if (!ret)
			ret = of(b, s->dev,
				 op(s->dev, s->lba + b->done, b->step));
		if (ret == -ENOSYS)
			b->step = 0;
		if (ret)
			return ret;
		if (time_us() - start > QUICK_US)
			most = max_u64(most / 2, EMPTY_FIRST);
		else
			most = min_u64(most * 2, EMPTY_MAX);
	}
	return 0;
}

/* What the device has no request for, or would not do, is written. */
int blk_zero(struct blk_bulk *b, const struct blk_span *s)
{
	int ret;

	b->done = 0;
	ret = empty_steps(b, s, blk_write_zeroes);
	if (ret == -ENOSYS) {
		memset(b->buf, 0, b->len);
		ret = 0;
	}
	for (; !ret && b->done < s->nsectors; b->done += b->step) {
		ret = next(b, s->nsectors, b->len / SECTOR_SIZE);
		if (!ret)
			ret = write_step(b, s);
		if (ret)
			return ret;
	}
	return ret ? ret : flush(b, s->dev);
}

int blk_discard_span(struct blk_bulk *b, const struct blk_span *s)
{
	int ret;

	b->done = 0;
	ret = empty_steps(b, s, blk_discard);
	return ret ? ret : flush(b, s->dev);
}

/* The first of @n bytes that differs, or @n. */
static uint64_t first_difference(const uint8_t *x, const uint8_t *y, uint64_t n)
{
	uint64_t at = 0, part;

	while (at < n) {
		part = min_u64(n - at, 4096);
		if (memcmp(x + at, y + at, part) != 0)
			break;
		at += part;
	}
	while (at < n && x[at] == y[at])
		at++;
	return at;
}

int blk_compare(struct blk_bulk *b, const struct blk_span *x,
		const struct blk_span *y, uint64_t *at)
{
	uint64_t half = b->len / 2, n, same;
	int ret;

	for (b->done = 0; b->done < x->nsectors; b->done += b->step) {
		ret = next(b, x->nsectors, half / SECTOR_SIZE);
		if (!ret)
			ret = read_step(b, x, b->buf);
		if (!ret)
			ret = read_step(b, y, b->buf + half);
		if (ret)
			return ret;
		n = b->step * SECTOR_SIZE;
		same = first_difference(b->buf, b->buf + half, n);
		if (same < n) {
			*at = b->done * SECTOR_SIZE + same;
			b->buf[0] = b->buf[same];
			b->buf[1] = b->buf[half + same];
			return 0;
		}
	}
	*at = x->nsectors * SECTOR_SIZE;
	return 0;
}

int blk_digest(struct blk_bulk *b, const struct blk_span *s,
	       const struct hash_alg *alg, uint8_t *digest)
{
	struct hash_ctx ctx;
	int ret;

	alg->init(&ctx);
	for (b->done = 0; b->done < s->nsectors; b->done += b->step) {
		ret = next(b, s->nsectors, b->len / SECTOR_SIZE);
		if (!ret)
			ret = read_step(b, s, b->buf);
		if (ret)
			return ret;
		alg->update(&ctx, b->buf, b->step * SECTOR_SIZE);
	}
	alg->final(&ctx, digest);
	return 0;
}
