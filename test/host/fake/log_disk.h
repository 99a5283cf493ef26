/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ram_disk that keeps what is written to it, sector by sector, and every flush, so
 * that a test can have the disk as a stop at any point would have left it. Its write
 * cache is modelled by what is done with the log: sectors between two flushes may be
 * there or not.
 */
#ifndef FAKE_LOG_DISK_H
#define FAKE_LOG_DISK_H

#include "ram_disk.h"

struct log_entry {
	uint64_t lba;
	bool flush; /* and nothing else is set */
	uint8_t old[SECTOR_SIZE], new[SECTOR_SIZE];
};

struct log_disk {
	struct fake_disk *disk;
	struct log_entry *log;
	size_t count, room;
	unsigned int writes, reads; /* calls */
	unsigned int fail_write,
		fail_read; /* the n-th call fails; 1 is the first */
	bool fail_on;      /* and all after it: the device is gone */
	unsigned int fail_flush;
	unsigned int flushes;
	bool lies; /* a write that is to fail is done by half */
	const struct blk_ops *inner;
	struct blk_ops ops;
};

/* log_disk_new - of @size bytes and blocks of 512. */
struct log_disk *log_disk_new(uint64_t size);

/* log_disk_set - it holds @img, nothing was recorded and nothing is to fail. */
void log_disk_set(struct log_disk *l, const uint8_t *img);

#endif
