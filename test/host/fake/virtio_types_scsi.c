/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake SCSI controller (VIRTIO 1.4, 5.6; SPC-4, SBC-3) with a disk at target 0,
 * LUN 0, and a CD at target 2, LUN 1. A disk of 2^32 - 1 blocks and more says so in READ
 * CAPACITY (16) only.
 */
#include <string.h>

#include "virtio_dev.h"

#define RESPONSE     108u
#define REQUEST      51u
#define BAD_TARGET   3
#define CD_BLOCK     2048u
#define CMD_PER_LUN  16
#define SCSI_SECTORS 2048

static void be32(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static uint64_t get_be(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

void fake_scsi_init(struct fake_vdev *d)
{
	static const uint8_t config[] = {
		[0] = 1,     [4] = 126,          [8] = 0xff,
		[9] = 0xff,  [12] = CMD_PER_LUN, [16] = 16,
		[20] = 96,   [24] = 32,          [30] = 7,
		[32] = 0xff, [33] = 0x3f,
	};

	d->features = d->version == 1 ? UINT64_C(0x39000006)
				      : UINT64_C(0x10130000006);
	memcpy(d->config, config, sizeof(config));
	d->disk_sectors = SCSI_SECTORS;
	d->bad_sector = UINT64_MAX;
	d->scsi_block = 512;
	fake_disk_fill(d);
	d->nqueues = 3;
}

/* ---- what the units are ---- */

static bool is_cd(const struct fake_scsi *a)
{
	return a->target == 2;
}

static uint64_t block_of(const struct fake_vdev *d, const struct fake_scsi *a)
{
	return is_cd(a) ? CD_BLOCK : d->scsi_block;
}

static uint64_t blocks_of(const struct fake_vdev *d, const struct fake_scsi *a)
{
	uint64_t block = block_of(d, a);

	return block >= 512 ? d->disk_sectors / (block / 512) : d->disk_sectors;
}

static void sense(struct fake_scsi *a, uint8_t key, uint8_t asc, uint8_t ascq)
{
	a->status = 2;
	a->sense_len = 18;
	memset(a->sense, 0, sizeof(a->sense));
	a->sense[0] = 0x70;
	a->sense[2] = key;
	a->sense[7] = 10;
	a->sense[12] = asc;
	a->sense[13] = ascq;
	a->len = 0;
}

static void inquiry(struct fake_vdev *d, struct fake_scsi *a)
{
	a->len = 36;
	a->data[0] = is_cd(a) ? 5 : 0;
	a->data[1] = is_cd(a) ? 0x80 : 0;
	memcpy(a->data + 8, "FAKE    Disk            1.0 ", 28);
	if (a->cdb[1] & 1) {
		a->len = 4 + strlen(d->serial);
		a->data[1] = 0x80;
		a->data[3] = (uint8_t)strlen(d->serial);
		strcpy((char *)a->data + 4, d->serial);
	}
	if (a->lun != is_cd(a))
		a->data[0] = 0x7f;
}

static void report_luns(struct fake_scsi *a)
{
	be32(a->data, 8);
	a->len = 16;
	a->data[9] = is_cd(a);
}

static void capacity(struct fake_vdev *d, struct fake_scsi *a)
{
	uint64_t last = blocks_of(d, a) - 1;

	if (a->cdb[0] == 0x25) {
		be32(a->data, last > UINT32_MAX ? UINT32_MAX : last);
		be32(a->data + 4, block_of(d, a));
		a->len = 8;
	} else {
		be32(a->data, last >> 32);
		be32(a->data + 4, last);
		be32(a->data + 8, block_of(d, a));
		a->len = 32;
	}
}

static void transfer(struct fake_vdev *d, struct fake_scsi *a,
		     const struct fake_chain *c)
{
	bool wide = a->cdb[0] >= 0x80, write = a->cdb[0] & 2;
	uint64_t lba = get_be(a->cdb + 2, wide ? 8 : 4);
	uint64_t n = wide ? get_be(a->cdb + 10, 4) : get_be(a->cdb + 7, 2);
	uint64_t block = block_of(d, a), at = lba * (block / 512);
	uint64_t len = n * block;

	if (len != (write ? c->out_len - REQUEST : c->in_len - RESPONSE) ||
	    !len)
		fake_violation(d, "%ju blocks, but other data", (uintmax_t)n);
	else if (n > blocks_of(d, a) || lba > blocks_of(d, a) - n)
		sense(a, 5, 0x21, 0);
	else if (d->bad_sector >= at && d->bad_sector - at < len / 512)
		sense(a, 3, 0x11, 0);
	else if (write && (d->write_protected || is_cd(a)))
		sense(a, 7, 0x27, 0);
	else if (write)
		fake_chain_read(c, REQUEST, d->disk + at * 512, len);
	else if (!c->no_data)
		fake_chain_write(c, RESPONSE, d->disk + at * 512, len);
}

static void command(struct fake_vdev *d, struct fake_scsi *a,
		    const struct fake_chain *c)
{
	uint8_t op = a->cdb[0];

	if (op == 0x12) {
		inquiry(d, a);
	} else if (op == 0xa0) {
		report_luns(a);
	} else if (a->lun != is_cd(a)) {
		sense(a, 5, 0x25, 0);
	} else if (d->attentions) {
		d->attentions--;
		sense(a, 6, 0x29, 0);
	} else if (is_cd(a) && d->no_medium) {
		sense(a, 2, 0x3a, 0);
	} else if (op == 0x25 || (op == 0x9e && a->cdb[1] == 0x10)) {
		capacity(d, a);
	} else if (op == 0x1a) {
		a->len = 4;
		a->data[2] = d->write_protected ? 0x80 : 0;
	} else if (op == 0x28 || op == 0x2a || op == 0x88 || op == 0x8a) {
		transfer(d, a, c);
	} else if (op != 0 && op != 0x35) {
		sense(a, 5, 0x20, 0);
	}
}

/* 5.6.6.1 and 5.6.6.4; the response is the first that is writable. */
static void frame_check(struct fake_vdev *d, const struct fake_chain *c,
			const uint8_t *req)
{
	const struct fake_seg *resp = &c->seg[c->n_out];

	if (c->seg[0].len != REQUEST || resp->len != RESPONSE)
		fake_violation(d, "request of %u, response of %u bytes",
			       c->seg[0].len, resp->len);
	if (!fake_in_dma(c->seg[0].addr, REQUEST) ||
	    !fake_in_dma(resp->addr, RESPONSE))
		fake_violation(d, "request or response not in DMA memory");
	if (resp->addr[11] <= 9)
		fake_violation(d, "response prefilled with %u", resp->addr[11]);
	if (req[0] != 1 || req[2] >> 6 != 1 || get_be(req + 4, 4) || req[16] ||
	    req[17] || req[18])
		fake_violation(d, "LUN field or attributes");
	if (c->n_out + c->n_in - 2 > d->config[4])
		fake_violation(d, "%u data segments", c->n_out + c->n_in - 2);
	if (d->queue[2].max_held > d->config[12])
		fake_violation(d, "%u commands at once", d->queue[2].max_held);
}

static uint32_t answer(struct fake_vdev *d, const struct fake_chain *c,
		       struct fake_scsi *a)
{
	uint64_t room = c->in_len - RESPONSE;
	uint8_t resp[RESPONSE] = { 0 };

	if (d->on_scsi)
		d->on_scsi(d, a);
	if (a->untouched)
		return 0;
	for (int i = 0; i < 4; i++) {
		resp[i] = (uint8_t)(a->sense_len >> 8 * i);
		resp[4 + i] = (uint8_t)(a->residual >> 8 * i);
	}
	resp[10] = a->status;
	resp[11] = a->response;
	memcpy(resp + 12, a->sense, sizeof(a->sense));
	fake_chain_write(c, 0, resp, sizeof(resp));
	if (a->len)
		fake_chain_write(c, RESPONSE, a->data,
				 a->len < room ? a->len : room);
	/* QEMU counts the data of a write, too */
	return (uint32_t)(c->in_len + c->out_len - REQUEST);
}

uint32_t fake_scsi_serve(struct fake_vdev *d, const struct fake_chain *c)
{
	struct fake_scsi a = { 0 };
	uint8_t req[REQUEST];
	uint64_t room;

	if (c->out_len < REQUEST || c->in_len < RESPONSE || !c->n_in) {
		fake_violation(d, "request of %ju + %ju bytes",
			       (uintmax_t)c->out_len, (uintmax_t)c->in_len);
		return 0;
	}
	fake_chain_read(c, 0, req, sizeof(req));
	frame_check(d, c, req);
	a.target = req[1];
	a.lun = req[3];
	a.cdb = req + 19;
	d->scsi_count[a.cdb[0]]++;
	room = c->in_len - RESPONSE;
	if (a.target != 0 && a.target != 2)
		a.response = BAD_TARGET;
	else
		command(d, &a, c);
	if (a.len && a.len < room)
		a.residual = (uint32_t)(room - a.len);
	else if (a.status || a.response)
		a.residual = (uint32_t)room;
	return answer(d, c, &a);
}
