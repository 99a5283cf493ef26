/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The block driver's files: virtio_blk.c has the operations of <block/blkdev.h>,
 * virtio_blk_config.c the configuration, virtio_blk_io.c the requests in flight.
 */
#ifndef VIREO_VIRTIO_BLK_PRIV_H
#define VIREO_VIRTIO_BLK_PRIV_H

#include <block/blkdev.h>

#include "pieces.h"
#include "virtio_priv.h"

/* Features, 5.2.3 */
#define VIRTIO_BLK_F_SIZE_MAX     1
#define VIRTIO_BLK_F_SEG_MAX      2
#define VIRTIO_BLK_F_GEOMETRY     4
#define VIRTIO_BLK_F_RO           5
#define VIRTIO_BLK_F_BLK_SIZE     6
#define VIRTIO_BLK_F_FLUSH        9
#define VIRTIO_BLK_F_TOPOLOGY     10
#define VIRTIO_BLK_F_CONFIG_WCE   11
#define VIRTIO_BLK_F_MQ           12
#define VIRTIO_BLK_F_DISCARD      13
#define VIRTIO_BLK_F_WRITE_ZEROES 14
#define VIRTIO_BLK_F_ZONED        17

#define ISR_CONFIG                0x2 /* 4.2.2: the configuration changed */

/* Request types, 5.2.6 */
#define VIRTIO_BLK_T_IN           0
#define VIRTIO_BLK_T_OUT          1
#define VIRTIO_BLK_T_FLUSH        4
#define VIRTIO_BLK_T_GET_ID       8
#define VIRTIO_BLK_T_DISCARD      11
#define VIRTIO_BLK_T_WRITE_ZEROES 13
#define VIRTIO_BLK_ID_BYTES       20
#define VIRTIO_BLK_RANGE_UNMAP    0x1 /* flags of a range */

/* Status byte, 5.2.6 */
#define VIRTIO_BLK_S_OK        0
#define VIRTIO_BLK_S_IOERR     1
#define VIRTIO_BLK_S_UNSUPP    2
#define VIRTIO_BLK_S_UNTOUCHED 0xff /* ours: no device says this */

/*
 * Sizes chosen by measurement on QEMU (doc/virtio.md). The ring and as many
 * indirect tables as requests hold 64 requests of any kind; without tables, one of
 * 254 pieces or 64 of one. QEMU joins up to 32 adjoining requests and answers them
 * together: longer ones would make a slow disk look dead.
 */
#define VBLK_QUEUE         256
#define VBLK_REQUESTS      VIRTIO_LOAD_DEPTH
#define VBLK_REQUEST_BYTES (1u << 21)
#define VBLK_SEGS          (VBLK_QUEUE - 2)

/*
 * What the device reads and writes of a request besides its payload. In DMA memory as
 * long as the driver lives: a request that timed out may still write its status.
 */
struct vblk_slot {
	le32 type; /* header, 5.2.6 */
	le32 reserved;
	le64 sector;
	le64 range_sector; /* discard and write zeroes, 5.2.6 */
	le32 range_nsectors;
	le32 range_flags;
	char id[VIRTIO_BLK_ID_BYTES];
	uint8_t status;
	uint8_t pad[11];
};
_Static_assert(sizeof(struct vblk_slot) == 64, "one cache line");

/* Our side of it: the ring's token. */
struct vblk_req {
	struct vblk_slot *slot;
	uint64_t in_len; /* payload the device must have written */
	struct vblk_req *next_free;
};

struct vblk {
	struct virtio_device *vd;
	struct virtq *vq;
	struct blkdev dev;
	bool has_size; /* dev.block_size is set, for good */

	/* limits, from the configuration or safe defaults */
	struct pieces_limits max;
	uint32_t max_discard, max_write_zeroes; /* sectors; 0: cannot */
	bool may_unmap; /* write zeroes with VIRTIO_BLK_RANGE_UNMAP */

	/* requests, allocated once, by the first attach */
	struct vblk_slot *slots;
	struct vblk_req *req, *free;
	/* the request being built: header, payload, status */
	struct virtq_seg *segs;
};

/*
 * A stretch of work that becomes one or many requests. The unused half is zero.
 */
struct vblk_job {
	uint32_t type;
	/* IN, OUT */
	struct pieces pieces;
	/* DISCARD, WRITE_ZEROES: what is left, in requests of at most @step */
	uint64_t lba, nsectors, step;
	uint32_t range_flags;
	/* FLUSH, GET_ID: one request, and this is it */
	bool once;
	char *id; /* 20 bytes, copied out of the slot */
	/* IN, OUT: bytes of a request, and requests in flight; 0: as many as are good */
	uint32_t request_bytes;
	unsigned int depth;
	unsigned int reached; /* the most that were in flight */
};

/*
 * vblk_read_config - all of it, at attach, when the ring's size is known.
 * Return: 0; -EIO; -ENOSYS a disk this driver must not use
 */
must_check int vblk_read_config(struct vblk *b);

/* vblk_read_capacity - dev->nsectors, and a new generation when it has changed.
 * Return: 0; -EIO */
must_check int vblk_read_capacity(struct vblk *b);

void vblk_describe(struct virtio_device *vd,
		   void (*line)(void *arg, const char *name, const char *value),
		   void *arg);

/* The configuration's fields, 5.2.4; the first is the capacity. */
#define VBLK_FIELDS 19
extern const struct virtio_field vblk_fields[VBLK_FIELDS];
extern const struct virtio_glass vblk_glass;

/* vblk_forget - no request is in flight (any more): the device has been reset. */
void vblk_forget(struct vblk *b);

/*
 * vblk_run - do all of @job, several requests in flight, one notification a batch.
 * When one fails no more are started, and those in flight are waited for.
 * Return: 0; -EIO; -ENOSYS the device does not know the request; -ETIMEDOUT,
 *         -EINTR (the device was reset, no buffer is touched any more);
 *         -EOWNERDEAD
 */
must_check int vblk_run(struct vblk *b, struct vblk_job *job);

/* vblk_begin - before each use: ready, and with the capacity that it has now.
 * Return: 0; what virtio_ready says; -EIO */
must_check int vblk_begin(struct vblk *b);

/* virtio_blk_test.c: struct virtio_driver's test */
void vblk_test(struct virtio_test *t);

#endif
