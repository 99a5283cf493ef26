/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Block devices: the list of disks, and the one gate that every transfer goes
 * through. Bounds, multiples of the device's block and read-only are checked
 * here for all pieces before a driver sees the first; sectors of a partition
 * are moved to the disk's here, so a driver never meets a partition.
 *
 * What is read into the heap is read by the firmware itself, again and again: FAT,
 * directories, partition tables. A device never sees that memory, which it could
 * go on changing after it has answered; it is lent DMA memory, and the answer is
 * copied out once.
 *
 * A write, discard or write-zeroes raises the disk's generation before it
 * starts: it may have changed something even when it fails.
 */
#include <block/blkdev.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <block/gather.h>
#include <core/bootstage.h>
#include <core/deadline.h>
#include <core/dma.h>
#include <core/heap.h>
#include <lib/checked.h>
#include <lib/errstr.h>

/* Pieces moved to the disk's sectors in one go: enough to keep its queue full. */
#define MOVED_MAX    2048
#define BOUNCE_BYTES (1u << 20) /* a multiple of any block */

static struct {
	struct blkdev *first;
	struct blk_scan *scans; /* that have not been called */
	/* the batch being moved */
	struct blk_piece moved[MOVED_MAX];
	void *home[MOVED_MAX]; /* where a bounced piece belongs, or NULL */
	size_t count;
	uint8_t *bounce; /* DMA memory, from the first use on */
	uint64_t bounced;
} blk;

/* Most often both are the same driver's text. */
static bool is_type(const struct blkdev *dev, const char *type)
{
	return dev->type == type || !strcmp(dev->type, type);
}

void blk_register(struct blkdev *dev)
{
	struct blkdev **at = &blk.first;

	dev->index = 0;
	for (; *at; at = &(*at)->next)
		if (is_type(*at, dev->type))
			dev->index = (*at)->index + 1;
	dev->parent = NULL;
	dev->partition = 0;
	dev->start = 0;
	dev->next = NULL;
	*at = dev;
}

void blk_register_scan(struct blk_scan *s)
{
	struct blk_scan **at = &blk.scans;

	while (*at)
		at = &(*at)->next;
	s->next = NULL;
	*at = s;
}

/* Call what may find disks of @type, NULL: of any. Return: was there any? */
static bool scan(const char *type)
{
	struct blk_scan **at = &blk.scans, *s;
	bool any = false;

	while ((s = *at)) {
		if (type && strcmp(s->type, type) != 0) {
			at = &s->next;
			continue;
		}
		*at = s->next;
		s->scan(s);
		any = true;
	}
	return any;
}

static struct blkdev *find(const char *type, unsigned int index)
{
	struct blkdev *dev = blk.first;

	while (dev && (dev->index != index || !is_type(dev, type)))
		dev = dev->next;
	return dev;
}

bool blk_is(const struct blkdev *dev, const char *type)
{
	return is_type(dev, type) || !strcmp(type, "any");
}

const char *blk_name(const struct blkdev *dev, char text[BLK_NAME_MAX])
{
	int n = snprintf(text, BLK_NAME_MAX, "%s:%x", dev->type, dev->index);

	if (dev->partition)
		snprintf(text + n, BLK_NAME_MAX - (size_t)n, ":%x",
			 dev->partition);
	return text;
}

struct blkdev *blk_find(const char *type, unsigned int index)
{
	struct blkdev *dev = find(type, index);

	return !dev && scan(type) ? find(type, index) : dev;
}

struct blkdev *blk_next(struct blkdev *prev)
{
	struct blkdev **next = prev ? &prev->next : &blk.first;

	if (!*next)
		(void)scan(NULL);
	return *next;
}

static struct blkdev *disk_of(struct blkdev *dev)
{
	return dev->parent ? dev->parent : dev;
}

uint32_t blk_generation(const struct blkdev *dev)
{
	return dev->parent ? dev->parent->generation : dev->generation;
}

static bool fits(const struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	if (!inside(lba, nsectors, dev->nsectors))
		return false;
	return !dev->parent ||
	       inside(dev->start, dev->nsectors, dev->parent->nsectors);
}

/*
 * May [lba, lba + nsectors) be transferred? A disk may have grown since it was
 * last asked for its capacity, so it is asked again before saying no.
 */
static int check(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	struct blkdev *disk = disk_of(dev);
	uint64_t unit = disk->block_size / SECTOR_SIZE;
	int ret;

	if (!nsectors || nsectors % unit || lba % unit)
		return -EINVAL;
	if (fits(dev, lba, nsectors))
		return 0;
	ret = blk_open(disk);
	if (!ret && !fits(dev, lba, nsectors))
		ret = -ERANGE;
	return ret;
}

int blk_open(struct blkdev *dev)
{
	struct blkdev *disk = disk_of(dev);
	int ret = disk->ops->open ? disk->ops->open(disk) : 0;

	if (!ret)
		disk->opened = true;
	return ret;
}

/* The first thing that is asked of a disk. */
static int need(struct blkdev *disk)
{
	return disk->opened ? 0 : blk_open(disk);
}

const char *blk_error(const struct blkdev *dev, int err)
{
	const struct blkdev *disk = dev->parent ? dev->parent : dev;
	const char *fault = NULL;

	if (err == -EIO && disk->ops->fault)
		fault = disk->ops->fault(disk);
	return fault ? fault : err_str(err);
}

/* ---- what is not handed over as it is ---- */

static bool is_bounced(bool write, const struct blk_piece *p)
{
	return !write && heap_has(p->buf);
}

/* Do the batch. A device that may still write to the bounce memory keeps it. */
static int moved_flush(struct blkdev *disk, bool write)
{
	int ret = 0;

	if (blk.count)
		ret = disk->ops->transfer(disk, write, blk.moved, blk.count);
	for (size_t i = 0; !ret && i < blk.count; i++)
		if (blk.home[i])
			memcpy(blk.home[i], blk.moved[i].buf,
			       blk.moved[i].nsectors * SECTOR_SIZE);
	if (ret == -EOWNERDEAD)
		blk.bounce = NULL;
	blk.count = 0;
	blk.bounced = 0;
	return ret;
}

/* Put *@p, or as much of it as there is room for, into the batch. */
static int move_some(struct blk_piece *p, bool bounced)
{
	struct blk_piece *to = &blk.moved[blk.count];
	uint64_t n = p->nsectors;

	if (bounced && !blk.bounce)
		blk.bounce = dma_alloc(BOUNCE_BYTES, 64);
	if (bounced && !blk.bounce)
		return -ENOMEM;
	if (bounced)
		n = min_u64(n, (BOUNCE_BYTES - blk.bounced) / SECTOR_SIZE);
	*to = (struct blk_piece){ p->lba, n, p->buf };
	blk.home[blk.count++] = bounced ? p->buf : NULL;
	if (bounced) {
		to->buf = blk.bounce + blk.bounced;
		blk.bounced += n * SECTOR_SIZE;
	}
	p->lba += n;
	p->nsectors -= n;
	p->buf = (char *)p->buf + n * SECTOR_SIZE;
	return 0;
}

/* Hand checked pieces over: on the whole disk, and none in the heap to read to. */
static int transfer_moved(struct blkdev *dev, bool write,
			  const struct blk_piece *pieces, size_t count)
{
	struct blkdev *disk = disk_of(dev);
	int ret = 0;

	for (size_t i = 0; !ret && i < count; i++) {
		struct blk_piece p = pieces[i];
		bool bounced = is_bounced(write, &p);

		p.lba += dev->start;
		while (!ret && p.nsectors) {
			if (blk.count == MOVED_MAX ||
			    (bounced && blk.bounced == BOUNCE_BYTES))
				ret = moved_flush(disk, write);
			if (!ret)
				ret = move_some(&p, bounced);
		}
	}
	if (!ret)
		return moved_flush(disk, write);
	blk.count = 0;
	blk.bounced = 0;
	return ret;
}

static bool is_moved(const struct blkdev *dev, bool write,
		     const struct blk_piece *pieces, size_t count)
{
	bool moved = dev->parent != NULL;

	for (size_t i = 0; !moved && i < count; i++)
		moved = is_bounced(write, &pieces[i]);
	return moved;
}

static int transfer(struct blkdev *dev, bool write,
		    const struct blk_piece *pieces, size_t count)
{
	struct blkdev *disk = disk_of(dev);
	int ret = need(disk);
	uint64_t start;

	if (!ret && write && disk->read_only)
		ret = -EROFS;
	for (size_t i = 0; !ret && i < count; i++)
		ret = check(dev, pieces[i].lba, pieces[i].nsectors);
	if (ret)
		return ret;
	if (!count)
		return -EINVAL;
	if (write)
		disk->generation++;
	start = time_us();
	if (is_moved(dev, write, pieces, count))
		ret = transfer_moved(dev, write, pieces, count);
	else
		ret = disk->ops->transfer(disk, write, pieces, count);
	bootstage_add(write ? "blk_write" : "blk_read", start);
	return ret;
}

int blk_readv(struct blkdev *dev, const struct blk_piece *pieces, size_t count)
{
	return transfer(dev, false, pieces, count);
}

int blk_writev(struct blkdev *dev, const struct blk_piece *pieces, size_t count)
{
	return transfer(dev, true, pieces, count);
}

int blk_read(struct blkdev *dev, uint64_t lba, uint64_t nsectors, void *buf)
{
	struct blk_piece piece = { lba, nsectors, buf };

	return transfer(dev, false, &piece, 1);
}

int blk_write(struct blkdev *dev, uint64_t lba, uint64_t nsectors,
	      const void *buf)
{
	/* A piece serves both directions; a write only reads its buffer. */
	struct blk_piece piece = { lba, nsectors, (void *)(uintptr_t)buf };

	return transfer(dev, true, &piece, 1);
}

int blk_read_bytes(struct blkdev *dev, uint64_t offset, uint64_t len, void *buf)
{
	struct blk_gather g;
	int ret = need(disk_of(dev));

	if (!ret)
		ret = blk_gather_init(&g, dev);
	if (ret)
		return ret;
	ret = blk_gather_add(&g, offset, len, buf);
	if (!ret)
		ret = blk_gather_flush(&g);
	blk_gather_end(&g);
	return ret;
}

int blk_flush(struct blkdev *dev)
{
	struct blkdev *disk = disk_of(dev);

	return disk->ops->flush ? disk->ops->flush(disk) : -ENOSYS;
}

/* A request that changes a range without carrying data. */
static int change(struct blkdev *dev, uint64_t lba, uint64_t nsectors,
		  int (*op)(struct blkdev *dev, uint64_t lba,
			    uint64_t nsectors))
{
	struct blkdev *disk = disk_of(dev);
	int ret;

	if (!op)
		return -ENOSYS;
	ret = need(disk);
	if (!ret && disk->read_only)
		ret = -EROFS;
	if (!ret)
		ret = check(dev, lba, nsectors);
	if (ret)
		return ret;
	disk->generation++;
	return op(disk, dev->start + lba, nsectors);
}

int blk_discard(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	return change(dev, lba, nsectors, disk_of(dev)->ops->discard);
}

int blk_write_zeroes(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	return change(dev, lba, nsectors, disk_of(dev)->ops->write_zeroes);
}

int blk_get_id(struct blkdev *dev, char id[21])
{
	struct blkdev *disk = disk_of(dev);

	return disk->ops->get_id ? disk->ops->get_id(disk, id) : -ENOSYS;
}
