/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long stretches of blocks: thousands of random jobs beside a plain model of the disks,
 * where differences are found, and what is said of a job that fails in the middle.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake/isolated.h"
#include "fake/ram_disk.h"

#include <block/bulk.h>

#define DISKS   3
#define SECTORS 4096u
#define BYTES   (SECTORS * 512)

static struct fake_disk *disk[DISKS];
static uint8_t *model[DISKS];
static struct blkdev part[DISKS]; /* an odd piece of each, as a partition is */
static uint8_t *buf;
static uint64_t seen; /* what progress said last */

static uint32_t rnd(uint32_t below)
{
	static uint32_t x = 1;

	x = x * 1664525 + 1013904223;
	return (uint32_t)((uint64_t)x * below >> 32);
}

static void progress(void *arg, uint64_t done, uint64_t nsectors)
{
	assert_ptr_equal(arg, &seen);
	assert_true(done < nsectors);
	assert_true(!done || done > seen);
	seen = done;
}

static struct blk_bulk bulk(void)
{
	return (struct blk_bulk){ .buf = buf,
				  .len = BLK_BULK_UNIT * (1 + rnd(3)),
				  .progress = progress,
				  .arg = &seen };
}

static int setup(void **state)
{
	(void)state;
	fake_heap();
	buf = aligned_alloc(65536, 4 * BLK_BULK_UNIT);
	for (unsigned int i = 0; i < DISKS; i++) {
		disk[i] = fake_disk_new(BYTES, i == 2 ? 4096 : 512);
		model[i] = malloc(BYTES);
		for (uint32_t k = 0; k < BYTES; k++)
			disk[i]->data[k] = model[i][k] = (uint8_t)rnd(256);
		part[i] = disk[i]->dev;
		part[i].parent = &disk[i]->dev;
		part[i].partition = 1;
		part[i].start = 1000;
		part[i].nsectors = 2000;
	}
	return 0;
}

/* Any stretch of any disk or part; some are none. */
static struct blk_span any_span(unsigned int *i)
{
	*i = rnd(DISKS);
	return (struct blk_span){
		rnd(2) ? &part[*i] : &disk[*i]->dev,
		rnd(2) ? rnd(SECTORS) : rnd(SECTORS / 8) * 8,
		rnd(2) ? rnd(SECTORS) : rnd(SECTORS / 8) * 8,
	};
}

static uint64_t at(const struct blk_span *s)
{
	return (s->dev->start + s->lba) * 512;
}

static bool is_good(const struct blk_span *s)
{
	uint64_t unit = s->dev->block_size / 512;
	bool good = s->nsectors && s->lba % unit == 0 &&
		    s->nsectors % unit == 0 &&
		    s->lba + s->nsectors <= s->dev->nsectors;

	assert_int_equal(blk_span_check(s) == 0, good);
	return good;
}

static void random_jobs(void **state)
{
	unsigned int jobs[3] = { 0 }, i, k;

	(void)state;
	for (unsigned int n = 0; n < 6000; n++) {
		struct blk_span a = any_span(&i), b = any_span(&k);
		struct blk_bulk w = bulk();
		uint64_t len, diff;
		unsigned int what = rnd(3);
		bool meet;

		b.nsectors = a.nsectors;
		if (!is_good(&a) || !is_good(&b))
			continue;
		len = a.nsectors * 512;
		meet = i == k && at(&a) < at(&b) + len && at(&b) < at(&a) + len;
		assert_int_equal(blk_span_overlap(&a, &b), meet);
		if (what == 0 && !meet) {
			assert_int_equal(blk_copy(&w, &a, &b), 0);
			memcpy(model[k] + at(&b), model[i] + at(&a), len);
		} else if (what == 1) {
			assert_int_equal(blk_zero(&w, &a), 0);
			memset(model[i] + at(&a), 0, len);
		} else {
			assert_int_equal(blk_compare(&w, &a, &b, &diff), 0);
			what = 2;
			for (uint64_t c = 0; c <= len; c++)
				if (c == len || model[i][at(&a) + c] !=
							model[k][at(&b) + c]) {
					assert_int_equal(diff, c);
					break;
				}
		}
		jobs[what]++;
		for (i = 0; i < DISKS && n % 8 == 0; i++)
			assert_memory_equal(disk[i]->data, model[i], BYTES);
	}
	for (i = 0; i < 3; i++)
		assert_true(jobs[i] > 100);
}

/* One byte, anywhere. */
static void first_difference(void **state)
{
	struct blk_span x = { &disk[0]->dev, 0, SECTORS },
			y = { &disk[1]->dev, 0, SECTORS };
	uint64_t diff;

	(void)state;
	memcpy(disk[1]->data, disk[0]->data, BYTES);
	for (unsigned int n = 0; n < 300; n++) {
		struct blk_bulk w = bulk();
		uint64_t half = w.len / 2;
		const uint64_t edges[] = { 0,    511,      512,
					   4095, 4096,     half - 1,
					   half, half + 1, BYTES - 1 };
		uint64_t where = n < 9 ? edges[n] : rnd(BYTES);

		disk[1]->data[where] ^= 0x10;
		assert_int_equal(blk_compare(&w, &x, &y, &diff), 0);
		assert_int_equal(diff, where);
		assert_int_equal(w.buf[0], disk[0]->data[where]);
		assert_int_equal(w.buf[1], disk[1]->data[where]);
		disk[1]->data[where] ^= 0x10;
	}
}

static void digests(void **state)
{
	uint8_t got[HASH_MAX_DIGEST], want[HASH_MAX_DIGEST];

	(void)state;
	for_each_entry (hash, const struct hash_alg, it) {
		struct blk_span s = { &part[1], 3, 1111 };
		struct blk_bulk w = bulk();
		struct hash_ctx ctx;

		assert_int_equal(blk_digest(&w, &s, *it, got), 0);
		(*it)->init(&ctx);
		(*it)->update(&ctx, model[1] + at(&s), s.nsectors * 512);
		(*it)->final(&ctx, want);
		assert_memory_equal(got, want, (*it)->digest_size);
	}
}

/* A bad sector of either disk, in each step in turn. */
static void failures(void **state)
{
	struct blk_span from = { &disk[0]->dev, 0, SECTORS },
			to = { &disk[1]->dev, 0, SECTORS };

	(void)state;
	for (uint64_t bad = 0; bad < SECTORS; bad += 97) {
		bool reading = bad % 2;
		struct fake_disk *d = disk[!reading];
		struct blk_bulk w = bulk();
		uint64_t step = w.len / 512;

		memcpy(disk[1]->data, model[1], BYTES);
		d->bad_lba = bad;
		d->bad_nsectors = 1;
		d->error = bad % 3 ? -EIO : -EINTR;
		assert_int_equal(blk_copy(&w, &from, &to), d->error);
		assert_ptr_equal(w.failed, &d->dev);
		assert_int_equal(w.done, bad / step * step);
		assert_int_equal(w.step, reading ? 0
					 : SECTORS - w.done < step
						 ? SECTORS - w.done
						 : step);
		assert_memory_equal(disk[1]->data, model[0], w.done * 512);
		assert_memory_equal(disk[1]->data + (w.done + w.step) * 512,
				    model[1] + (w.done + w.step) * 512,
				    BYTES - (w.done + w.step) * 512);
		assert_int_equal(disk[1]->flushes, 0);
		d->bad_nsectors = 0;
	}
}

/* A device that has no request for zeroes is written to; one that has is asked for
 * ever more, as long as it answers soon. */
static void zeroes(void **state)
{
	struct blk_span s = { &part[0], 8, 1600 };
	struct blk_ops ops = *disk[0]->dev.ops;
	struct blk_bulk w = bulk();

	(void)state;
	assert_int_equal(blk_zero(&w, &s), 0);
	assert_int_equal(disk[0]->calls, 0);
	memset(model[0] + at(&s), 0, s.nsectors * 512);
	assert_memory_equal(disk[0]->data, model[0], BYTES);
	ops.write_zeroes = NULL;
	disk[0]->dev.ops = &ops;
	s.lba = 108;
	assert_int_equal(blk_zero(&w, &s), 0);
	assert_true(disk[0]->calls > 0);
	memset(model[0] + at(&s), 0, s.nsectors * 512);
	assert_memory_equal(disk[0]->data, model[0], BYTES);
	assert_int_equal(disk[0]->flushes, 2);
	assert_int_equal(blk_discard_span(&w, &s), -ENOSYS);
	assert_ptr_equal(w.failed, s.dev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		fake_isolated(random_jobs, setup, NULL),
		fake_isolated(first_difference, setup, NULL),
		fake_isolated(digests, setup, NULL),
		fake_isolated(failures, setup, NULL),
		fake_isolated(zeroes, setup, NULL),
	};

	return cmocka_run_group_tests_name("block_bulk", tests, NULL, NULL);
}
