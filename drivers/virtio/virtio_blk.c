/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtio block devices (virtio 1.4, 5.2) as disks of <block/blkdev.h>: the
 * operations, and the driver's place in the room. virtio_blk_config.c reads the
 * configuration, virtio_blk_io.c does the work.
 *
 * One queue is used. The write cache is left as it is found and flushed with
 * FLUSH; without that feature the device writes through. Not used: SCSI
 * passthrough, secure erase, lifetime, MQ.
 */
#include "virtio_blk_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>
#include <core/heap.h>
#include <lib/checked.h>

#define FEATURES \
	(VIRTIO_BIT(VIRTIO_BLK_F_SIZE_MAX) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_SEG_MAX) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_GEOMETRY) | VIRTIO_BIT(VIRTIO_BLK_F_RO) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_BLK_SIZE) | VIRTIO_BIT(VIRTIO_BLK_F_FLUSH) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_TOPOLOGY) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_DISCARD) | \
	 VIRTIO_BIT(VIRTIO_BLK_F_WRITE_ZEROES))

/* ---- operations ---- */

int vblk_begin(struct vblk *b)
{
	int ret = virtio_ready(b->vd);

	if (ret)
		return ret;
	if (b->vd->ops->isr(b->vd) & ISR_CONFIG)
		return vblk_read_capacity(b);
	return 0;
}

static int check_range(const struct vblk *b, uint64_t lba, uint64_t nsectors)
{
	return inside(lba, nsectors, b->dev.nsectors) ? 0 : -ERANGE;
}

/* Bounds are checked once more: vblk_begin() may just have seen the disk shrink. */
static int check_pieces(const struct vblk *b, bool write,
			const struct blk_piece *pieces, size_t count)
{
	int ret = write && b->dev.read_only ? -EROFS : 0;

	for (size_t i = 0; !ret && i < count; i++)
		ret = check_range(b, pieces[i].lba, pieces[i].nsectors);
	return ret;
}

static int vblk_transfer(struct blkdev *dev, bool write,
			 const struct blk_piece *pieces, size_t count)
{
	struct vblk *b = dev->ctx;
	struct vblk_job job = {
		.type = write ? VIRTIO_BLK_T_OUT : VIRTIO_BLK_T_IN,
		.pieces = { .list = pieces, .count = count },
	};
	int ret = vblk_begin(b);

	if (!ret)
		ret = check_pieces(b, write, pieces, count);
	return ret ? ret : vblk_run(b, &job);
}

static int vblk_flush(struct blkdev *dev)
{
	struct vblk *b = dev->ctx;
	struct vblk_job job = { .type = VIRTIO_BLK_T_FLUSH, .once = true };
	int ret = vblk_begin(b);

	if (ret || !virtio_has(b->vd, VIRTIO_BLK_F_FLUSH))
		return ret;
	return vblk_run(b, &job);
}

static int run_ranges(struct vblk *b, uint32_t type, uint32_t step,
		      uint64_t lba, uint64_t nsectors)
{
	struct vblk_job job = {
		.type = type,
		.lba = lba,
		.nsectors = nsectors,
		.step = step,
	};
	int ret = check_range(b, lba, nsectors);

	if (ret)
		return ret;
	if (b->dev.read_only)
		return -EROFS;
	if (type == VIRTIO_BLK_T_WRITE_ZEROES && b->may_unmap)
		job.range_flags = VIRTIO_BLK_RANGE_UNMAP;
	return step ? vblk_run(b, &job) : -ENOSYS;
}

static int vblk_discard(struct blkdev *dev, uint64_t lba, uint64_t nsectors)
{
	struct vblk *b = dev->ctx;
	int ret = vblk_begin(b);

	return ret ? ret
		   : run_ranges(b, VIRTIO_BLK_T_DISCARD, b->max_discard, lba,
				nsectors);
}

static int vblk_write_zeroes(struct blkdev *dev, uint64_t lba,
			     uint64_t nsectors)
{
	struct vblk *b = dev->ctx;
	int ret = vblk_begin(b);

	return ret ? ret
		   : run_ranges(b, VIRTIO_BLK_T_WRITE_ZEROES,
				b->max_write_zeroes, lba, nsectors);
}

/* Up to 20 bytes, no NUL when all are used (5.2.6.1). */
static int vblk_get_id(struct blkdev *dev, char id[21])
{
	struct vblk *b = dev->ctx;
	struct vblk_job job = { .type = VIRTIO_BLK_T_GET_ID,
				.once = true,
				.id = id };
	int ret;

	memset(id, 0, VIRTIO_BLK_ID_BYTES + 1);
	ret = vblk_begin(b);
	return ret ? ret : vblk_run(b, &job);
}

static int vblk_open(struct blkdev *dev)
{
	struct vblk *b = dev->ctx;
	bool live = b->vd->state == VIRTIO_LIVE; /* else attach reads it */
	int ret = virtio_ready(b->vd);

	return ret || !live ? ret : vblk_read_capacity(b);
}

static const char *vblk_fault(const struct blkdev *dev)
{
	const struct vblk *b = dev->ctx;

	return virtio_fault(b->vd);
}

static const struct blk_ops vblk_ops = {
	.open = vblk_open,
	.fault = vblk_fault,
	.transfer = vblk_transfer,
	.flush = vblk_flush,
	.discard = vblk_discard,
	.write_zeroes = vblk_write_zeroes,
	.get_id = vblk_get_id,
};

/* ---- driver ---- */

/* Four letters over MMIO, a number over PCI, where it is PCI's (4.1.2.1). */
static void name_vendor(struct vblk *b)
{
	uint32_t id = b->vd->vendor_id;
	char *v = b->dev.vendor;

	if (id <= UINT16_MAX) {
		snprintf(v, sizeof(b->dev.vendor), "%04x", id);
		return;
	}
	for (unsigned int i = 0; i < 4; i++) {
		v[i] = (char)(id >> (8 * i));
		if (v[i] < ' ' || v[i] > '~') {
			snprintf(v, sizeof(b->dev.vendor), "0x%08x", id);
			return;
		}
	}
}

static int vblk_announce(struct virtio_device *vd)
{
	struct vblk *b = heap_alloc(sizeof(*b));

	if (!b)
		return -ENOMEM;
	vd->priv = b;
	b->vd = vd;
	b->dev.ops = &vblk_ops;
	b->dev.ctx = b;
	b->dev.type = "virtio";
	blk_register(&b->dev);
	snprintf(vd->name, sizeof(vd->name), "%s%u", b->dev.type, b->dev.index);
	return 0;
}

/* What only a disk in use needs; again and again is fine. */
static int allocate(struct vblk *b)
{
	name_vendor(b);
	snprintf(b->dev.product, sizeof(b->dev.product), "%s",
		 "VirtIO Block Device");
	if (!b->slots)
		b->slots = dma_alloc(VBLK_REQUESTS * sizeof(*b->slots), 64);
	if (!b->req)
		b->req = heap_alloc(VBLK_REQUESTS * sizeof(*b->req));
	if (!b->segs)
		b->segs = heap_alloc((VBLK_SEGS + 2) * sizeof(*b->segs));
	return b->slots && b->req && b->segs ? 0 : -ENOMEM;
}

static int vblk_attach(struct virtio_device *vd)
{
	struct vblk *b = vd->priv;
	int ret = allocate(b);

	if (ret)
		return ret;
	ret = virtq_setup(vd, 0, VBLK_QUEUE, &b->vq);
	if (ret)
		return ret;
	vblk_forget(b);
	b->dev.generation++;
	ret = vblk_read_config(b);
	if (!ret) /* header and status besides the data */
		virtq_indirect(b->vq, VBLK_REQUESTS, b->max.seg_max + 2);
	return ret;
}

static const struct virtio_driver virtio_blk = {
	.name = "virtio-blk",
	.device_id = 2,
	.features = FEATURES,
	.features_legacy = FEATURES,
	.announce = vblk_announce,
	.attach = vblk_attach,
	.describe = vblk_describe,
	.glass = &vblk_glass,
	.test = vblk_test,
};
TABLE_ENTRY(virtio_driver, &virtio_blk);
