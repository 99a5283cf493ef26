/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk's self-test: virtio_blk_test.c has the checks, virtio_blk_test_data.c reads,
 * writes and compares for them, and puts back what was there.
 */
#ifndef VIREO_VIRTIO_BLK_TEST_PRIV_H
#define VIREO_VIRTIO_BLK_TEST_PRIV_H

#include "virtio_blk_priv.h"

#define VBLK_TEST_JUNK 0xa5 /* is where nothing was read to */

struct vblk_test {
	struct vblk *b;
	uint64_t lba, nsectors; /* what is read: not more than a part */
	unsigned int blocks;    /* the same in blocks of the disk */
	size_t part; /* bytes of each of these: a quarter of t->mem */
	uint8_t *want, *got, *saved;
	bool written; /* the disk's own data are in saved */
};

/* vblk_test_job - @pieces in requests of @request_bytes; 0: as large as is good.
 * Return: as vblk_run; -EINTR also before it */
must_check int vblk_test_job(struct vblk_test *s, uint32_t type,
			     const struct blk_piece *pieces, size_t count,
			     uint32_t request_bytes);

/* vblk_test_all - all the sectors, from or to @buf. Return: as vblk_test_job */
must_check int vblk_test_all(struct vblk_test *s, uint32_t type, uint8_t *buf,
			     uint32_t request_bytes);

/* vblk_test_compare - @n blocks from block @first on, which lie @stride apart.
 * Return: 0; -EIO, and the note names the first that differs */
must_check int vblk_test_compare(struct virtio_test *t,
				 const struct vblk_test *s, const uint8_t *got,
				 unsigned int first, unsigned int n,
				 size_t stride);

/* vblk_test_read_all - all the sectors read to @buf and compared. */
must_check int vblk_test_read_all(struct virtio_test *t, struct vblk_test *s,
				  uint8_t *buf, uint32_t request_bytes);

/* vblk_test_pattern - new in s->want: no two blocks of it are alike. */
void vblk_test_pattern(struct vblk_test *s);

/* vblk_check_restored - a check: what is in s->saved is on the disk again. */
must_check int vblk_check_restored(struct virtio_test *t, void *ctx);

#endif
