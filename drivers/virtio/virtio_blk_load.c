/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A disk under load: the requests of virtio_blk_io.c, in the size and number in flight
 * that somebody wants to measure instead of the driver's own.
 */
#include "virtio_blk_priv.h"

#include <errno.h>

#include <lib/checked.h>

#define BLK_DEVICE_ID 2

struct blkdev *virtio_disk_of(struct virtio_device *vd)
{
	struct vblk *b = vd->priv;

	if (!vd->driver || vd->device_id != BLK_DEVICE_ID)
		return NULL;
	return &b->dev;
}

static bool shape_ok(const struct vblk *b, const struct virtio_load *load)
{
	uint64_t bytes, all;

	if (!load->depth || load->depth > VBLK_REQUESTS || !load->bytes ||
	    load->bytes > VIRTIO_LOAD_BYTES ||
	    load->bytes % b->dev.block_size ||
	    load->lba % (b->dev.block_size / SECTOR_SIZE))
		return false;
	return load->requests && load->nsectors &&
	       mul_ok(load->nsectors, SECTOR_SIZE, &bytes) &&
	       bytes % load->bytes == 0 &&
	       mul_ok(load->requests, load->bytes, &all) &&
	       (all - 1) / bytes < VIRTIO_LOAD_PASSES;
}

int virtio_load(struct virtio_device *vd, struct virtio_load *load)
{
	struct blk_piece list[VIRTIO_LOAD_PASSES];
	struct vblk_job job = {
		.type = load->write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN,
		.pieces = { .list = list },
		.request_bytes = load->bytes,
		.depth = load->depth,
	};
	struct vblk *b = vd->priv;
	uint64_t left = load->requests * (load->bytes / SECTOR_SIZE);
	int ret = vblk_begin(b);

	if (ret)
		return ret;
	if (!shape_ok(b, load))
		return -EINVAL;
	if (!inside(load->lba, load->nsectors, b->dev.nsectors))
		return -ERANGE;
	if (load->write && b->dev.read_only)
		return -EROFS;
	while (left) {
		struct blk_piece *p = &list[job.pieces.count++];

		p->lba = load->lba;
		p->nsectors = min_u64(left, load->nsectors);
		p->buf = load->buf;
		left -= p->nsectors;
	}
	ret = vblk_run(b, &job);
	load->reached = job.reached;
	return ret;
}
