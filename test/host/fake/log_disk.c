/* SPDX-License-Identifier: BSD-2-Clause */
#include "log_disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct log_disk *of(struct blkdev *dev)
{
	return (struct log_disk *)((uintptr_t)dev->ops -
				   offsetof(struct log_disk, ops));
}

static struct log_entry *add(struct log_disk *l)
{
	if (l->count == l->room) {
		l->room = l->room * 2 + 64;
		l->log = realloc(l->log, l->room * sizeof(*l->log));
	}
	l->log[l->count] = (struct log_entry){ 0 };
	return &l->log[l->count++];
}

static void record(struct log_disk *l, uint64_t lba, uint64_t nsectors,
		   const uint8_t *data)
{
	for (uint64_t i = 0; i < nsectors; i++) {
		struct log_entry *e = add(l);

		e->lba = lba + i;
		memcpy(e->old, l->disk->data + e->lba * SECTOR_SIZE,
		       SECTOR_SIZE);
		if (data)
			memcpy(e->new, data + i * SECTOR_SIZE, SECTOR_SIZE);
		memcpy(l->disk->data + e->lba * SECTOR_SIZE, e->new,
		       SECTOR_SIZE);
	}
}

static bool is_to_fail(const struct log_disk *l, unsigned int n,
		       unsigned int when)
{
	return when && (l->fail_on ? n >= when : n == when);
}

static int transfer(struct blkdev *dev, bool write,
		    const struct blk_piece *pieces, size_t count)
{
	struct log_disk *l = of(dev);

	if (!write) {
		if (is_to_fail(l, ++l->reads, l->fail_read))
			return -EIO;
		return l->inner->transfer(dev, false, pieces, count);
	}
	if (is_to_fail(l, ++l->writes, l->fail_write)) {
		if (l->lies)
			record(l, pieces->lba, (pieces->nsectors + 1) / 2,
			       pieces->buf);
		return -EIO;
	}
	for (size_t i = 0; i < count; i++)
		record(l, pieces[i].lba, pieces[i].nsectors, pieces[i].buf);
	return 0;
}

static int flush(struct blkdev *dev)
{
	struct log_disk *l = of(dev);

	if (is_to_fail(l, ++l->flushes, l->fail_flush))
		return -EIO;
	add(l)->flush = true;
	return 0;
}

static int write_zeroes(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	struct log_disk *l = of(dev);

	if (is_to_fail(l, ++l->writes, l->fail_write))
		return -EIO;
	record(l, lba, nsectors, NULL);
	return 0;
}

struct log_disk *log_disk_new(uint64_t size)
{
	struct log_disk *l = calloc(1, sizeof(*l));

	l->disk = fake_disk_new(size, SECTOR_SIZE);
	l->inner = l->disk->dev.ops;
	l->ops = (struct blk_ops){ .transfer = transfer,
				   .flush = flush,
				   .write_zeroes = write_zeroes };
	l->disk->dev.ops = &l->ops;
	return l;
}

void log_disk_set(struct log_disk *l, const uint8_t *img)
{
	memcpy(l->disk->data, img, l->disk->size);
	l->disk->dev.generation++;
	l->count = 0;
	l->writes = 0;
	l->reads = 0;
	l->flushes = 0;
	l->fail_write = 0;
	l->fail_read = 0;
	l->fail_flush = 0;
	l->fail_on = false;
	l->lies = false;
}
