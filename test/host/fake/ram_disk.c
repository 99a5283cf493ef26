/* SPDX-License-Identifier: BSD-2-Clause */
#include "ram_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <core/dma.h>
#include <core/heap.h>
#include <lib/checked.h>

#define HEAP_SIZE (16u << 20)

static bool is_bad(const struct fake_disk *d, const struct blk_piece *p)
{
	return overlaps(p->lba, p->nsectors, d->bad_lba, d->bad_nsectors);
}

/* What block/ promises a driver is checked here. */
static void check_piece(const struct fake_disk *d, const struct blk_piece *p)
{
	uint64_t unit = d->dev.block_size / SECTOR_SIZE;

	if (p->nsectors && p->lba % unit == 0 && p->nsectors % unit == 0 &&
	    inside(p->lba, p->nsectors, d->size / SECTOR_SIZE))
		return;
	fprintf(stderr, "driver was given sector %ju, %ju sectors\n",
		(uintmax_t)p->lba, (uintmax_t)p->nsectors);
	abort();
}

static int disk_transfer(struct blkdev *dev, bool write,
			 const struct blk_piece *pieces, size_t count)
{
	struct fake_disk *d = dev->ctx;

	d->calls++;
	for (size_t i = 0; i < count; i++) {
		const struct blk_piece *p = &pieces[i];
		uint8_t *at = d->data + p->lba * SECTOR_SIZE;

		check_piece(d, p);
		if (d->pieces < FAKE_DISK_IO)
			d->io[d->pieces] = *p;
		d->pieces++;
		if (is_bad(d, p) || d->calls == d->fail_call)
			return d->error ? d->error : -EIO;
		if (write)
			memcpy(at, p->buf, p->nsectors * SECTOR_SIZE);
		else
			memcpy(p->buf, at, p->nsectors * SECTOR_SIZE);
	}
	return 0;
}

static int disk_flush(struct blkdev *dev)
{
	struct fake_disk *d = dev->ctx;

	d->flushes++;
	return 0;
}

static int disk_zero(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	struct fake_disk *d = dev->ctx;

	memset(d->data + lba * SECTOR_SIZE, 0, nsectors * SECTOR_SIZE);
	return 0;
}

static int disk_get_id(struct blkdev *dev, char id[21])
{
	struct fake_disk *d = dev->ctx;

	memcpy(id, d->serial, sizeof(d->serial));
	return id[0] ? 0 : -ENOSYS;
}

static int disk_open(struct blkdev *dev)
{
	struct fake_disk *d = dev->ctx;

	d->opens++;
	if (d->grow_to)
		dev->nsectors = d->grow_to;
	return 0;
}

static const struct blk_ops disk_ops = {
	.transfer = disk_transfer,
	.flush = disk_flush,
	.write_zeroes = disk_zero,
	.get_id = disk_get_id,
	.open = disk_open,
};

static struct fake_disk *add(uint8_t *data, uint64_t size, uint32_t block_size)
{
	static _Alignas(64) uint8_t dma[(1 << 20) + 65536]; /* block/'s own */
	struct fake_disk *d = calloc(1, sizeof(*d));

	/* Once: what was given out stays theirs. */
	if (!dma_left())
		dma_init(dma, sizeof(dma));
	d->data = data;
	d->size = size;
	d->dev.ops = &disk_ops;
	d->dev.ctx = d;
	d->dev.type = "virtio";
	d->dev.nsectors = size / block_size * (block_size / SECTOR_SIZE);
	d->dev.block_size = block_size;
	strcpy(d->dev.vendor, "QEMU");
	strcpy(d->dev.product, "VirtIO Block Device");
	blk_register(&d->dev);
	return d;
}

/* Untouched pages of a large disk cost nothing. */
static uint8_t *map(uint64_t size, int fd)
{
	int flags = MAP_PRIVATE | MAP_NORESERVE | (fd < 0 ? MAP_ANONYMOUS : 0);
	uint8_t *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED) {
		perror("mmap");
		abort();
	}
	return p;
}

struct fake_disk *fake_disk_new(uint64_t size, uint32_t block_size)
{
	return add(map(size, -1), size, block_size);
}

struct fake_disk *fake_disk_load(const char *path, uint32_t block_size)
{
	int fd = open(path, O_RDONLY);
	struct fake_disk *d;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		abort();
	}
	d = add(map((uint64_t)st.st_size, fd), (uint64_t)st.st_size,
		block_size);
	close(fd);
	return d;
}

void fake_disk_forget(struct fake_disk *d)
{
	d->calls = 0;
	d->pieces = 0;
}

void fake_heap(void)
{
	static uint8_t *heap;

	free(heap);
	heap = malloc(HEAP_SIZE);
	heap_init(heap, HEAP_SIZE);
}
