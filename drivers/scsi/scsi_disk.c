/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A SCSI disk or CD-ROM as a block device (SBC-3, MMC-6): TEST UNIT READY, READ
 * CAPACITY, MODE SENSE for the write protection, READ and WRITE, SYNCHRONIZE CACHE.
 *
 * A unit attention says that the unit, or the medium in it, is not what it was: the
 * capacity is read again and the bounds are checked again before the next try.
 */
#include "scsi_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/deadline.h>
#include <lib/byteorder.h>
#include <lib/checked.h>

/* Operation codes, SPC-4 and SBC-3 */
#define TEST_UNIT_READY      0x00
#define INQUIRY              0x12
#define MODE_SENSE_6         0x1a
#define READ_CAPACITY_10     0x25
#define READ_10              0x28
#define WRITE_10             0x2a
#define SYNCHRONIZE_CACHE_10 0x35
#define READ_16              0x88
#define WRITE_16             0x8a
#define SERVICE_ACTION_IN_16 0x9e
#define READ_CAPACITY_16     0x10 /* its service action */

#define EVPD                 0x01 /* INQUIRY: a page of vital product data */
#define VPD_SERIAL           0x80
#define MODE_DBD             0x08 /* MODE SENSE: no block descriptors */
#define MODE_ALL_PAGES       0x3f
#define MODE_WP              0x80 /* device-specific parameter, SBC-3 6.5.1 */

#define TRIES                40
#define TRIES_AT_ONCE        4 /* unit attentions queue up; then it is waited */
#define PAUSE_MS             25

/* Before try @n. Return: 0; -EINTR */
static int pause(unsigned int n)
{
	struct wait w = wait_ms(PAUSE_MS);
	int ret = 0;

	while (n >= TRIES_AT_ONCE && !ret)
		ret = wait_turn(&w);
	return ret == -EINTR ? ret : 0;
}

int scsi_command(struct scsi_unit *u, struct scsi_cmd *c)
{
	int ret = -EAGAIN;

	for (unsigned int n = 0; n < TRIES && ret == -EAGAIN; n++) {
		ret = pause(n);
		if (ret)
			return ret;
		u->why[0] = '\0';
		c->got = 0;
		ret = u->host->ops->command(u->host, u, c);
	}
	return ret == -EAGAIN ? -EIO : ret;
}

/* A command with @len bytes of answer, of which fewer than @least are a failure. */
static int ask(struct scsi_unit *u, struct scsi_cmd *c, void *in, uint32_t len,
	       uint32_t least)
{
	int ret;

	c->in = in;
	c->in_len = len;
	ret = scsi_command(u, c);
	if (!ret && c->got < least)
		return scsi_explain(u, -EIO, "answer is too short");
	return ret;
}

/* ---- capacity ---- */

static int read_capacity_16(struct scsi_unit *u, uint64_t *last, uint32_t *size)
{
	struct scsi_cmd c = { .cdb = { SERVICE_ACTION_IN_16,
				       READ_CAPACITY_16, [13] = 32 } };
	uint8_t data[32];
	int ret = ask(u, &c, data, sizeof(data), 12);

	if (ret)
		return ret;
	*last = get_be64(data);
	*size = get_be32(data + 8);
	return 0;
}

static int read_capacity(struct scsi_unit *u, uint64_t *last, uint32_t *size)
{
	struct scsi_cmd c = { .cdb = { READ_CAPACITY_10 } };
	uint8_t data[8];
	int ret = ask(u, &c, data, sizeof(data), sizeof(data));

	if (ret)
		return ret;
	*last = get_be32(data);
	*size = get_be32(data + 4);
	return *last == UINT32_MAX ? read_capacity_16(u, last, size) : 0;
}

static void set_capacity(struct scsi_unit *u, uint64_t nsectors)
{
	if (nsectors != u->dev.nsectors)
		u->dev.generation++;
	u->dev.nsectors = nsectors;
}

/* Callers have buffers of the block size there was when the disk was found. */
static int set_blocks(struct scsi_unit *u, uint64_t last, uint32_t size)
{
	uint64_t n;

	if (!is_pow2(size) || size < SECTOR_SIZE || size > 65536)
		return scsi_explain(u, -EIO, "impossible block size");
	if (u->dev.ops && size != u->dev.block_size)
		return scsi_explain(u, -EIO, "block size changed");
	/* not more bytes than 64 bits can count */
	n = min_u64(last, UINT64_MAX / size - 1) + 1;
	set_capacity(u, n * (size / SECTOR_SIZE));
	u->dev.block_size = size;
	return 0;
}

/* One that cannot say may be written: a write would tell. */
static int read_protection(struct scsi_unit *u)
{
	struct scsi_cmd c = { .cdb = { MODE_SENSE_6, MODE_DBD,
				       MODE_ALL_PAGES, [4] = 192 } };
	uint8_t data[192];
	int ret = ask(u, &c, data, sizeof(data), 4);

	u->dev.read_only = u->device_type == SCSI_TYPE_CD ||
			   (!ret && data[2] & MODE_WP);
	return ret == -EINTR || ret == -ETIMEDOUT || ret == -EOWNERDEAD ? ret
									: 0;
}

int scsi_disk_refresh(struct scsi_unit *u)
{
	struct scsi_cmd ready = { .cdb = { TEST_UNIT_READY } };
	uint64_t last = 0;
	uint32_t size = 0;
	int ret = scsi_command(u, &ready);

	if (!ret)
		ret = read_capacity(u, &last, &size);
	if (!ret)
		ret = set_blocks(u, last, size);
	if (!ret)
		return read_protection(u);
	set_capacity(u, 0);
	return ret;
}

/* ---- operations ---- */

static int open(struct blkdev *dev)
{
	return scsi_disk_refresh(dev->ctx);
}

static int check_pieces(const struct blkdev *dev, bool write,
			const struct blk_piece *pieces, size_t count)
{
	if (write && dev->read_only)
		return -EROFS;
	for (size_t i = 0; i < count; i++)
		if (!inside(pieces[i].lba, pieces[i].nsectors, dev->nsectors))
			return -ERANGE;
	return 0;
}

static int transfer(struct blkdev *dev, bool write,
		    const struct blk_piece *pieces, size_t count)
{
	struct scsi_unit *u = dev->ctx;
	int ret;

	for (unsigned int n = 0; n < TRIES; n++) {
		u->why[0] = '\0';
		ret = u->host->ops->transfer(u->host, u, write, pieces, count);
		if (ret != -EAGAIN)
			return ret;
		ret = pause(n);
		if (!ret)
			ret = scsi_disk_refresh(u);
		if (!ret)
			ret = check_pieces(dev, write, pieces, count);
		if (ret)
			return ret;
	}
	return scsi_explain(u, -EIO, "unit is busy");
}

static int flush(struct blkdev *dev)
{
	struct scsi_cmd c = { .cdb = { SYNCHRONIZE_CACHE_10 } };
	int ret = scsi_command(dev->ctx, &c);

	return ret == -ENOSYS ? 0 : ret; /* it has no cache */
}

/* Page 0x80 without the blanks it may begin with, SPC-4 7.8.15. */
static int get_id(struct blkdev *dev, char id[21])
{
	struct scsi_cmd c = { .cdb = { INQUIRY, EVPD, VPD_SERIAL, [4] = 255 } };
	uint8_t data[255];
	unsigned int at = 4, end, n = 0;
	int ret = ask(dev->ctx, &c, data, sizeof(data), 4);

	memset(id, 0, 21);
	if (ret)
		return ret;
	end = (unsigned int)min_u64(4u + data[3], c.got);
	while (at < end && data[at] == ' ')
		at++;
	while (at < end && n < 20)
		id[n++] = (char)data[at++];
	return 0;
}

static const char *fault(const struct blkdev *dev)
{
	const struct scsi_unit *u = dev->ctx;

	return u->why[0] ? u->why : u->host->ops->fault(u->host);
}

static const struct blk_ops ops = {
	.transfer = transfer,
	.flush = flush,
	.get_id = get_id,
	.open = open,
	.fault = fault,
};

void scsi_rw_cdb(const struct scsi_unit *u, bool write, uint64_t sector,
		 uint64_t bytes, uint8_t cdb[SCSI_CDB])
{
	uint64_t lba = sector / (u->dev.block_size / SECTOR_SIZE);
	uint64_t n = bytes / u->dev.block_size;

	memset(cdb, 0, SCSI_CDB);
	if (lba + n <= UINT32_MAX && n <= UINT16_MAX) {
		cdb[0] = write ? WRITE_10 : READ_10;
		put_be32(cdb + 2, (uint32_t)lba);
		put_be16(cdb + 7, (uint16_t)n);
	} else {
		cdb[0] = write ? WRITE_16 : READ_16;
		put_be64(cdb + 2, lba);
		put_be32(cdb + 10, (uint32_t)n);
	}
}

/* A field of INQUIRY data: blanks at its end are padding. */
static void take_text(const uint8_t *from, size_t len, char *to)
{
	while (len && (from[len - 1] == ' ' || !from[len - 1]))
		len--;
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] < ' ' || from[i] > '~' ? '?' : (char)from[i];
	to[len] = '\0';
}

void scsi_disk_init(struct scsi_unit *u, const uint8_t *inquiry)
{
	bool cd = u->device_type == SCSI_TYPE_CD;
	struct blkdev *dev = &u->dev;

	dev->ops = &ops;
	dev->ctx = u;
	dev->type = "scsi";
	dev->controller = u->host->name;
	dev->kind = cd ? "CD ROM" : "Hard Disk";
	dev->removable = inquiry[1] & 0x80;
	take_text(inquiry + 8, 8, dev->vendor);
	take_text(inquiry + 16, 16, dev->product);
	take_text(inquiry + 32, 4, dev->revision);
	snprintf(dev->address, sizeof(dev->address), "%u:%u", u->target,
		 u->lun);
	if (!dev->block_size) /* no medium yet, or a strange one */
		dev->block_size = cd ? 2048 : SECTOR_SIZE;
}
