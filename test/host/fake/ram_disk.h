/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk in memory for host tests. It records what it is asked and can fail: any
 * transfer that touches a bad range, or the n-th one.
 */
#ifndef FAKE_RAM_DISK_H
#define FAKE_RAM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <block/blkdev.h>

#define FAKE_DISK_IO 4096 /* pieces kept */

struct fake_disk {
	struct blkdev dev;
	uint8_t *data;
	uint64_t size; /* bytes */

	unsigned int calls;  /* of transfer */
	unsigned int pieces; /* in all of them; the first are kept in io */
	struct blk_piece io[FAKE_DISK_IO];

	uint64_t bad_lba, bad_nsectors; /* touched: fails with error */
	int error;                      /* 0 means -EIO */
	unsigned int fail_call;         /* this call fails, 1 is the first */
	unsigned int flushes, opens;
	int flush_error;  /* set by the test */
	char serial[21];  /* "": the disk cannot tell */
	uint64_t grow_to; /* sectors the disk turns out to have when opened */
};

/* fake_disk_new - zeroed and registered as the next "virtio" disk. */
struct fake_disk *fake_disk_new(uint64_t size, uint32_t block_size);

/* fake_disk_load - the file at @path; writes stay in memory. */
struct fake_disk *fake_disk_load(const char *path, uint32_t block_size);

/* fake_disk_forget - start counting calls and pieces anew. */
void fake_disk_forget(struct fake_disk *d);

/* fake_heap - give the firmware a heap of 16 MiB, anew at each call. */
void fake_heap(void);

#endif
