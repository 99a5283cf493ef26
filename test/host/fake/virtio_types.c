/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fake devices do with a buffer and how their configuration may be
 * read (VIRTIO 1.4, 5.2; QEMU's feature words and used lengths). The network and
 * entropy devices are in virtio_types_net.c.
 */
#include <stdlib.h>
#include <string.h>

#include "virtio_dev.h"

#define BLK_SIZE_MAX 1
#define BLK_SEG_MAX  2
#define BLK_RO       5

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

/* ---- configuration fields: offset, width, feature they depend on (-1 none) ---- */

struct field {
	uint8_t off, width;
	int8_t bit;
};

static const struct field blk_fields[] = {
	{ 0, 8, -1 },  { 8, 4, 1 },   { 12, 4, 2 },  { 16, 2, 4 },
	{ 18, 1, 4 },  { 19, 1, 4 },  { 20, 4, 6 },  { 24, 1, 10 },
	{ 25, 1, 10 }, { 26, 2, 10 }, { 28, 4, 10 }, { 32, 1, 11 },
	{ 34, 2, 12 }, { 36, 4, 13 }, { 40, 4, 13 }, { 44, 4, 13 },
	{ 48, 4, 14 }, { 52, 4, 14 }, { 56, 1, 14 }, { 60, 4, 16 },
	{ 64, 4, 16 }, { 68, 4, 16 }, { 72, 4, 17 }, { 76, 4, 17 },
	{ 80, 4, 17 }, { 84, 4, 17 }, { 88, 4, 17 }, { 92, 1, 17 },
	{ 0, 0, 0 },
};

static const struct field net_fields[] = {
	{ 0, 1, 5 },  { 1, 1, 5 },   { 2, 1, 5 },   { 3, 1, 5 },
	{ 4, 1, 5 },  { 5, 1, 5 },   { 6, 2, 16 },  { 8, 2, 22 },
	{ 10, 2, 3 }, { 12, 4, 63 }, { 16, 1, 63 }, { 0, 0, 0 },
};

static const struct field scsi_fields[] = {
	{ 0, 4, -1 },  { 4, 4, -1 },  { 8, 4, -1 },  { 12, 4, -1 },
	{ 16, 4, -1 }, { 20, 4, -1 }, { 24, 4, -1 }, { 28, 2, -1 },
	{ 30, 2, -1 }, { 32, 4, -1 }, { 0, 0, 0 },
};

static const struct field console_fields[] = {
	{ 0, 2, 0 }, { 2, 2, 0 }, { 4, 4, 1 }, { 8, 4, 2 }, { 0, 0, 0 },
};

static const struct field no_fields[] = { { 0, 0, 0 } };

void fake_type_config_check(struct fake_vdev *d, unsigned int off,
			    unsigned int width, bool write)
{
	const struct field *f = no_fields;

	if (d->device_id == FAKE_BLK)
		f = blk_fields;
	if (d->device_id == FAKE_NET)
		f = net_fields;
	if (d->device_id == FAKE_SCSI)
		f = scsi_fields;
	if (d->device_id == FAKE_CONSOLE)
		f = console_fields;
	while (f->width && off >= f->off + f->width)
		f++;
	if (!f->width || off < f->off ||
	    width != (f->width == 8 ? 4 : f->width) || (off - f->off) % width)
		fake_violation(d, "config %u read with width %u", off, width);
	else if (f->bit >= 0 && !(d->features >> f->bit & 1))
		fake_violation(d, "config %u without feature %d", off, f->bit);
	if (write)
		fake_violation(d, "config %u written", off);
	if (d->device_id == FAKE_BLK && off == 32 && d->version == 2 &&
	    !(d->status & 8))
		fake_violation(d, "writeback read before FEATURES_OK");
}

/* ---- block, 5.2 ---- */

uint8_t fake_disk_byte(uint64_t lba, unsigned int i)
{
	return (uint8_t)(lba * 7 + (lba >> 8) * 13 + i * 3 + i / 256 + 1);
}

void fake_disk_fill(struct fake_vdev *d)
{
	d->disk = malloc(d->disk_sectors * 512);
	for (uint64_t i = 0; i < d->disk_sectors * 512; i++)
		d->disk[i] = fake_disk_byte(i / 512, (unsigned int)(i % 512));
}

static void blk_init(struct fake_vdev *d)
{
	static const uint8_t config[] = {
		[12] = 254,               /* seg_max */
		[20] = 0,    [21] = 2,    /* blk_size 512 */
		[32] = 1,                 /* writeback */
		[36] = 0xff, [37] = 0xff, /* max_discard_sectors */
		[38] = 0x3f, [40] = 1,    /* max_discard_seg */
		[44] = 1,                 /* discard_sector_alignment */
		[48] = 0xff, [49] = 0xff, /* max_write_zeroes_sectors */
		[50] = 0x3f, [52] = 1,    /* max_write_zeroes_seg */
		[56] = 1,                 /* write_zeroes_may_unmap */
	};

	d->features = d->version == 1 ? UINT64_C(0x31006ed4)
				      : UINT64_C(0x10130006e54);
	memcpy(d->config, config, sizeof(config));
	d->disk_sectors = 2048;
	d->config[1] = 8;
	d->bad_sector = UINT64_MAX;
	strcpy(d->serial, "fake-disk");
	fake_disk_fill(d);
	d->nqueues = 1;
}

static void blk_frame_check(struct fake_vdev *d, const struct fake_chain *c)
{
	const struct fake_seg *last = &c->seg[c->n_out + c->n_in - 1];
	uint32_t size_max = le32(d->config + 8), seg_max = le32(d->config + 12);
	unsigned int ndata = c->n_out + c->n_in - 2;

	if (c->seg[0].len != 16)
		fake_violation(d, "header of %u bytes", c->seg[0].len);
	if (last->len != 1)
		fake_violation(d, "status of %u bytes", last->len);
	else if (*last->addr <= 2)
		fake_violation(d, "status prefilled with %u", *last->addr);
	if (!fake_in_dma(c->seg[0].addr, 16) || !fake_in_dma(last->addr, 1))
		fake_violation(d, "header or status outside of DMA memory");
	if (fake_has(d, BLK_SEG_MAX) && ndata > (seg_max ? seg_max : 1))
		fake_violation(d, "%u data segments", ndata);
	if (fake_has(d, BLK_SIZE_MAX) && size_max >= 512)
		for (unsigned int i = 1; i <= ndata; i++)
			if (c->seg[i].len > size_max)
				fake_violation(d, "segment of %u bytes",
					       c->seg[i].len);
}

static int blk_data(struct fake_vdev *d, const struct fake_chain *c,
		    uint32_t type, uint64_t sector, uint64_t len)
{
	uint32_t unit = fake_has(d, 6) ? le32(d->config + 20) : 512;
	uint8_t *at = d->disk + sector * 512;

	if (len == 0 || len % 512)
		fake_violation(d, "%ju bytes of data", (uintmax_t)len);
	if (type == 1 && d->features >> BLK_RO & 1)
		fake_violation(d, "write to a read-only disk");
	if (len / 512 > d->disk_sectors || sector > d->disk_sectors - len / 512)
		return 1;
	if (sector <= d->bad_sector && d->bad_sector - sector < len / 512)
		return 1;
	if (unit >= 512 && unit <= 65536 && !(unit & (unit - 1)) &&
	    ((sector * 512) % unit || len % unit))
		return 1;
	if (c->no_data)
		return 0;
	if (type == 0)
		fake_chain_write(c, 0, at, len);
	else
		fake_chain_read(c, 16, at, len);
	return 0;
}

/* DISCARD and WRITE_ZEROES: le64 sector, le32 count, le32 flags, 5.2.6 */
static int blk_range(struct fake_vdev *d, const struct fake_chain *c,
		     uint32_t type, uint64_t len)
{
	unsigned int at = type == 11 ? 36 : 48;
	uint32_t max = le32(d->config + at), seg = le32(d->config + at + 4);
	uint8_t r[16];

	if (!fake_has(d, type == 11 ? 13 : 14))
		fake_violation(d, "type %u was not negotiated", type);
	if (len == 0 || len % 16 || len / 16 > seg)
		fake_violation(d, "%ju bytes of ranges", (uintmax_t)len);
	for (uint64_t off = 0; off < len; off += 16) {
		uint64_t sector, n;

		fake_chain_read(c, 16 + off, r, 16);
		sector = le64(r);
		n = le32(r + 8);
		if (n == 0 || n > max)
			fake_violation(d, "range of %ju sectors", (uintmax_t)n);
		if (le32(r + 12) > (type == 13))
			fake_violation(d, "range flags %#x", le32(r + 12));
		d->blk_unmaps += le32(r + 12);
		if (n > d->disk_sectors || sector > d->disk_sectors - n)
			return 1;
		if (d->features >> BLK_RO & 1)
			fake_violation(d, "range on a read-only disk");
		memset(d->disk + sector * 512, type == 11 ? 0xdd : 0, n * 512);
	}
	return 0;
}

static int blk_request(struct fake_vdev *d, const struct fake_chain *c,
		       const uint8_t *hdr)
{
	uint32_t type = le32(hdr);
	uint64_t sector = le64(hdr + 8), out = c->out_len - 16;

	d->blk_count[type & 15]++;
	if (le32(hdr + 4))
		fake_violation(d, "reserved field %#x", le32(hdr + 4));
	switch (type) {
	case 0:
		if (out)
			fake_violation(d, "readable data in a read");
		return blk_data(d, c, type, sector, c->in_len - 1);
	case 1:
		if (c->in_len != 1)
			fake_violation(d, "writable data in a write");
		return blk_data(d, c, type, sector, out);
	case 4:
		if (out || c->in_len != 1 || sector)
			fake_violation(d, "flush with data or a sector");
		if (!fake_has(d, 9))
			fake_violation(d, "flush was not negotiated");
		return 0;
	case 8:
		if (c->in_len != 21 || out || sector)
			fake_violation(d, "GET_ID of %ju bytes",
				       (uintmax_t)c->in_len - 1);
		if (!c->no_data)
			fake_chain_write(c, 0, d->serial, 20);
		return 0;
	case 11:
	case 13:
		return blk_range(d, c, type, out);
	default:
		fake_violation(d, "request type %u", type);
		return 2;
	}
}

/* Lengths as QEMU reports them: all that was writable, also on failure. */
static uint32_t blk_serve(struct fake_vdev *d, struct fake_chain *c)
{
	uint8_t hdr[16], status;
	int ret;

	if (c->out_len < 16 || c->in_len < 1) {
		fake_violation(d, "request of %ju + %ju bytes",
			       (uintmax_t)c->out_len, (uintmax_t)c->in_len);
		return 0;
	}
	blk_frame_check(d, c);
	fake_chain_read(c, 0, hdr, sizeof(hdr));
	ret = blk_request(d, c, hdr);
	if (c->status >= 0)
		ret = c->status;
	status = (uint8_t)ret;
	if (ret < 256)
		fake_chain_write(c, c->in_len - 1, &status, 1);
	return (uint32_t)c->in_len;
}

/* ---- echo: readable bytes come back, then 0x5a ---- */

static uint32_t echo_serve(struct fake_chain *c)
{
	uint8_t b;

	for (uint64_t i = 0; i < c->in_len; i++) {
		if (fake_chain_read(c, i, &b, 1) != 1)
			b = 0x5a;
		fake_chain_write(c, i, &b, 1);
	}
	return (uint32_t)c->in_len;
}

/* ---- all types ---- */

void fake_type_serve(struct fake_vdev *d, unsigned int i)
{
	struct fake_queue *q = &d->queue[i];
	struct fake_chain *c;

	if (d->device_id == FAKE_NET && i == 0)
		return; /* receive buffers wait for frames */
	if (d->device_id == FAKE_CONSOLE && fake_console_waits(d, i))
		return;
	while (q->ready && (c = fake_ring_unhold(q, d->reverse)) != NULL) {
		uint32_t len = 0;

		if (d->device_id == FAKE_BLK)
			len = blk_serve(d, c);
		else if (d->device_id == FAKE_NET)
			fake_net_serve(d, c);
		else if (d->device_id == FAKE_SCSI)
			len = fake_scsi_serve(d, c);
		else if (d->device_id == FAKE_CONSOLE)
			fake_console_serve(d, i, c);
		else if (d->device_id == FAKE_RNG)
			len = fake_rng_serve(d, c);
		else
			len = echo_serve(c);
		fake_ring_used(d, i, c, len);
	}
}

void fake_type_init(struct fake_vdev *d)
{
	for (unsigned int i = 0; i < FAKE_QUEUES; i++)
		d->queue_max[i] = 1024;
	d->features = d->version == 1 ? UINT64_C(0x39000000)
				      : UINT64_C(0x10130000000);
	d->nqueues = d->device_id == FAKE_ECHO ? 2 : 1;
	d->rng_max = UINT32_MAX;
	if (d->device_id == FAKE_BLK)
		blk_init(d);
	if (d->device_id == FAKE_NET)
		fake_net_init(d);
	if (d->device_id == FAKE_SCSI)
		fake_scsi_init(d);
	if (d->device_id == FAKE_CONSOLE)
		fake_console_init(d);
}
