/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The configuration space of a virtio block device (virtio 1.4, 5.2.4), brought
 * into bounds that the rest of the driver can rely on, and shown in words.
 *
 * Sectors are 512 bytes whatever blk_size says (BLK-1); blk_size is the
 * smallest unit. Refused: host-managed zoned disks, and disks that cannot take
 * one block in one request.
 */
#include "virtio_blk_priv.h"

#include <errno.h>
#include <stdio.h>

#define BLOCK_MIN     512u
#define BLOCK_MAX     65536u
#define SIZE_MAX_SAFE 65536u /* when the device says nonsense (BLK-12) */
#define ZONED_HM      1      /* zoned.model: host-managed */

/* Offsets, 5.2.4 */
#define CFG_CAPACITY                 0 /* le64 */
#define CFG_SIZE_MAX                 8
#define CFG_SEG_MAX                  12
#define CFG_BLK_SIZE                 20
#define CFG_MAX_DISCARD_SECTORS      36
#define CFG_MAX_WRITE_ZEROES_SECTORS 48
#define CFG_WRITE_ZEROES_MAY_UNMAP   56 /* u8 */
#define CFG_ZONED_MODEL              92 /* u8 */

static int config32(struct virtio_device *vd, unsigned int off, uint32_t *v)
{
	uint8_t raw[4];
	int ret = virtio_config(vd, off, 4, sizeof(raw), raw);

	if (!ret)
		*v = get_le32(raw);
	return ret;
}

/* The field at @off if the device has @bit, else @otherwise. */
static int config32_if(struct virtio_device *vd, unsigned int bit,
		       unsigned int off, uint32_t otherwise, uint32_t *v)
{
	*v = otherwise;
	return virtio_has(vd, bit) ? config32(vd, off, v) : 0;
}

int vblk_read_capacity(struct vblk *b)
{
	uint8_t raw[8];
	uint64_t n;
	int ret = virtio_config(b->vd, CFG_CAPACITY, 4, sizeof(raw), raw);

	if (ret)
		return ret;
	/* whole blocks, and not more bytes than 64 bits can count */
	n = min_u64(get_le64(raw), UINT64_MAX / SECTOR_SIZE);
	n = align_down(n, b->dev.block_size / SECTOR_SIZE);
	if (n != b->dev.nsectors)
		b->dev.generation++;
	b->dev.nsectors = n;
	return 0;
}

/* A block size that is none: 512, and no writing, which could destroy what
 * lies beside (BLK-2). Another one than before the reset: callers have buffers
 * of the old. */
static int read_block_size(struct vblk *b)
{
	uint32_t size;
	int ret = config32_if(b->vd, VIRTIO_BLK_F_BLK_SIZE, CFG_BLK_SIZE,
			      BLOCK_MIN, &size);

	if (ret)
		return ret;
	b->dev.read_only = virtio_has(b->vd, VIRTIO_BLK_F_RO);
	if (!is_pow2(size) || size < BLOCK_MIN || size > BLOCK_MAX) {
		size = BLOCK_MIN;
		b->dev.read_only = true;
	}
	if (b->has_size && size != b->dev.block_size) {
		b->vd->fault = "block size changed";
		return -EIO;
	}
	b->dev.block_size = b->max.unit = size;
	b->has_size = true;
	return 0;
}

/* How long and how many segments are. Return: 0; -EIO not one block fits */
static int read_limits(struct vblk *b)
{
	uint32_t fit = (uint32_t)min_u64(b->vq->size, VBLK_QUEUE);
	int ret;

	/* header, one segment, status */
	if (fit < 3)
		return -EIO;
	b->max.bytes = VBLK_REQUEST_BYTES;
	ret = config32_if(b->vd, VIRTIO_BLK_F_SIZE_MAX, CFG_SIZE_MAX,
			  UINT32_MAX, &b->max.size_max);
	if (ret)
		return ret;
	ret = config32_if(b->vd, VIRTIO_BLK_F_SEG_MAX, CFG_SEG_MAX, 1,
			  &b->max.seg_max);
	if (ret)
		return ret;
	if (!b->max.size_max)
		b->max.size_max = SIZE_MAX_SAFE;
	b->max.seg_max = (uint32_t)min_u64(max_u64(b->max.seg_max, 1), fit - 2);
	if ((uint64_t)b->max.size_max * b->max.seg_max < b->dev.block_size) {
		b->vd->fault = "limits do not allow one block";
		return -EIO;
	}
	return 0;
}

/* May a device that has been told to write zeroes give room back instead? They are
 * read all the same (5.2.6.2). */
static int read_may_unmap(struct vblk *b)
{
	uint8_t may = 0;
	int ret = 0;

	if (virtio_has(b->vd, VIRTIO_BLK_F_WRITE_ZEROES))
		ret = virtio_config(b->vd, CFG_WRITE_ZEROES_MAY_UNMAP, 1,
				    sizeof(may), &may);
	b->may_unmap = may == 1;
	return ret;
}

/* Discard and write zeroes: sectors in one range, whole blocks; 0: cannot. */
static int read_ranges(struct vblk *b)
{
	uint32_t block = b->dev.block_size / SECTOR_SIZE;
	int ret;

	ret = config32_if(b->vd, VIRTIO_BLK_F_DISCARD, CFG_MAX_DISCARD_SECTORS,
			  0, &b->max_discard);
	if (ret)
		return ret;
	ret = config32_if(b->vd, VIRTIO_BLK_F_WRITE_ZEROES,
			  CFG_MAX_WRITE_ZEROES_SECTORS, 0,
			  &b->max_write_zeroes);
	if (ret)
		return ret;
	b->max_discard = (uint32_t)align_down(b->max_discard, block);
	b->max_write_zeroes = (uint32_t)align_down(b->max_write_zeroes, block);
	return read_may_unmap(b);
}

/* Such a disk takes writes only in its own order, which it could not tell
 * a driver that does not know zones (5.2.5.1). */
static bool is_host_managed(struct virtio_device *vd)
{
	return vd->offered & VIRTIO_BIT(VIRTIO_BLK_F_ZONED) &&
	       vd->ops->config_read(vd, CFG_ZONED_MODEL, 1) == ZONED_HM;
}

int vblk_read_config(struct vblk *b)
{
	int ret;

	if (is_host_managed(b->vd)) {
		b->vd->fault = "zoned disk, host-managed";
		return -ENOSYS;
	}
	ret = read_block_size(b);
	if (!ret)
		ret = read_limits(b);
	if (!ret)
		ret = read_ranges(b);
	if (!ret)
		ret = vblk_read_capacity(b);
	b->dev.opened = !ret;
	return ret;
}

/* Fields of the configuration space that a person may want to see, 5.2.4. */
const struct virtio_field vblk_fields[VBLK_FIELDS] = {
	{ VIRTIO_FIELD_ALWAYS, 0, 8, 1, "capacity" },
	{ VIRTIO_BLK_F_SIZE_MAX, 8, 4, 1, "size_max" },
	{ VIRTIO_BLK_F_SEG_MAX, 12, 4, 1, "seg_max" },
	{ VIRTIO_BLK_F_GEOMETRY, 16, 2, 1, "geometry.cylinders" },
	{ VIRTIO_BLK_F_GEOMETRY, 18, 1, 1, "geometry.heads" },
	{ VIRTIO_BLK_F_GEOMETRY, 19, 1, 1, "geometry.sectors" },
	{ VIRTIO_BLK_F_BLK_SIZE, 20, 4, 1, "blk_size" },
	{ VIRTIO_BLK_F_TOPOLOGY, 24, 1, 1, "topology.physical_block_exp" },
	{ VIRTIO_BLK_F_TOPOLOGY, 25, 1, 1, "topology.alignment_offset" },
	{ VIRTIO_BLK_F_TOPOLOGY, 26, 2, 1, "topology.min_io_size" },
	{ VIRTIO_BLK_F_TOPOLOGY, 28, 4, 1, "topology.opt_io_size" },
	{ VIRTIO_BLK_F_CONFIG_WCE, 32, 1, 1, "writeback" },
	{ VIRTIO_BLK_F_MQ, 34, 2, 1, "num_queues" },
	{ VIRTIO_BLK_F_DISCARD, 36, 4, 1, "max_discard_sectors" },
	{ VIRTIO_BLK_F_DISCARD, 40, 4, 1, "max_discard_seg" },
	{ VIRTIO_BLK_F_DISCARD, 44, 4, 1, "discard_sector_alignment" },
	{ VIRTIO_BLK_F_WRITE_ZEROES, 48, 4, 1, "max_write_zeroes_sectors" },
	{ VIRTIO_BLK_F_WRITE_ZEROES, 52, 4, 1, "max_write_zeroes_seg" },
	{ VIRTIO_BLK_F_WRITE_ZEROES, 56, 1, 1, "write_zeroes_may_unmap" },
};

/* A field is there when its feature is offered, accepted or not (2.5.1). */
void vblk_describe(struct virtio_device *vd,
		   void (*line)(void *arg, const char *name, const char *value),
		   void *arg)
{
	const struct vblk *b = vd->priv;
	char text[24];

	snprintf(text, sizeof(text), "%llu",
		 (unsigned long long)b->dev.nsectors);
	line(arg, "capacity", text);
	for (unsigned int i = 1; i < VBLK_FIELDS; i++) {
		const struct virtio_field *f = &vblk_fields[i];

		if (!virtio_field_is_there(f, vd->offered))
			continue;
		snprintf(text, sizeof(text), "%u",
			 vd->ops->config_read(vd, f->off, f->width));
		line(arg, f->name, text);
	}
}
