/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Devices put to the test and under load, through the rings and requests that
 * everything else uses.
 */
#ifndef VIREO_DRIVERS_VIRTIO_TEST_H
#define VIREO_DRIVERS_VIRTIO_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <drivers/virtio.h>
#include <lib/compiler.h>

struct blkdev;

enum virtio_verdict {
	VIRTIO_PASS,
	VIRTIO_FAIL,
	VIRTIO_NA, /* does not apply, or could not be seen */
};

struct virtio_test {
	/* set by the caller */
	struct virtio_device *vd;
	uint8_t *mem; /* RAM that may be written to, at a multiple of 64 KiB */
	size_t mem_size;
	/* sectors of a disk that may be written, and are put back; 0: none */
	uint64_t lba, nsectors;
	/* One verdict: items of the checklist, what was looked at, and facts or the
	 * reason, which may be empty. */
	void (*line)(struct virtio_test *t, const char *items, const char *what,
		     enum virtio_verdict v, const char *note);

	/* set here */
	unsigned int count[VIRTIO_NA + 1]; /* of each verdict */
	bool stop;        /* the rest was not run: the device was reset, or */
	bool interrupted; /* Ctrl-C was typed */
	char note[160];
};

/* virtio_selftest - the life of the device, its configuration and queues, and what its
 * driver can do. It is reset meanwhile; it is live afterwards, if it can be. */
void virtio_selftest(struct virtio_test *t);

/* virtio_disk_of - the disk that a device is; NULL: it is none. */
struct blkdev *virtio_disk_of(struct virtio_device *vd);

/* Requests of one size, so many at a time, over and over the same sectors. */
struct virtio_load {
	bool write;
	uint64_t lba, nsectors; /* sectors of the disk: whole requests */
	uint8_t *buf;           /* as many bytes; read to, or written from */
	uint32_t bytes;         /* of a request, whole blocks of the disk */
	unsigned int depth;     /* in flight, 1 … VIRTIO_LOAD_DEPTH */
	uint64_t requests;      /* in all, up to VIRTIO_LOAD_PASSES passes */
	unsigned int reached;   /* set here: the most that were in flight */
};

#define VIRTIO_LOAD_DEPTH  64
#define VIRTIO_LOAD_PASSES 64
#define VIRTIO_LOAD_BYTES  (1u << 22) /* of a request, at most */

/* virtio_load - What the driver has in flight on a disk it does not know as quick is
 * bounded all the same. Return: 0; -EINVAL shape; as blk_readv */
must_check int virtio_load(struct virtio_device *vd, struct virtio_load *load);

#endif
