/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtio SCSI controller (virtio 1.4, 5.6) as a host of <drivers/scsi.h>. One request
 * queue is used; the control and event queues are left alone, and HOTPLUG and CHANGE are
 * refused: a unit that is new is found by "scsi scan", one that has changed says so.
 *
 * Framing is the legacy one everywhere (SCSI-4): a descriptor for the request, one for
 * the response, the payload's. The response is prefilled: a device that gives a request
 * back without having answered it is reset.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <core/dma.h>
#include <core/heap.h>
#include <drivers/scsi.h>

#include "pieces.h"
#include "virtio_priv.h"

#define REQUEST_QUEUE 2 /* the first, 5.6.2 */

/* Configuration, 5.6.4 */
#define CFG_SEG_MAX     4
#define CFG_MAX_SECTORS 8
#define CFG_CMD_PER_LUN 12
#define CFG_SENSE_SIZE  20
#define CFG_CDB_SIZE    24
#define CFG_MAX_TARGET  30 /* le16 */
#define CFG_MAX_LUN     32

/* Response codes, 5.6.6.1.1 */
#define VIRTIO_SCSI_S_OK         0
#define VIRTIO_SCSI_S_BAD_TARGET 3
#define VIRTIO_SCSI_S_RESET      4
#define VIRTIO_SCSI_S_BUSY       5
#define VIRTIO_SCSI_S_UNTOUCHED  0xff /* ours: no device says this */

#define CDB_SIZE_MAX             32 /* the defaults, 5.6.4 */
#define SENSE_SIZE_MAX           96
#define REQUEST_FIXED            19 /* bytes before the cdb */
#define RESPONSE_FIXED           12 /* bytes before the sense data */

/* As virtio_blk_priv.h has them, measured there. */
#define VSCSI_QUEUE         256
#define VSCSI_REQUESTS      64
#define VSCSI_REQUEST_BYTES (1u << 21)
#define VSCSI_SEGS          (VSCSI_QUEUE - 2)

/* Of a request, besides its payload; DMA memory as long as the driver lives. */
struct slot {
	uint8_t lun[8]; /* device-readable, 5.6.6.1 */
	le64 id;
	uint8_t task_attr, prio, crn;
	uint8_t cdb[CDB_SIZE_MAX];
	uint8_t pad[13];
	struct response { /* device-writable */
		le32 sense_len;
		le32 residual;
		le16 status_qualifier;
		uint8_t status, response;
		uint8_t sense[SENSE_SIZE_MAX];
		uint8_t pad[20];
	} resp;
};
_Static_assert(sizeof(struct slot) == 192, "whole cache lines");
_Static_assert(offsetof(struct slot, cdb) == REQUEST_FIXED, "5.6.6.1");

struct req {
	struct slot *slot;
	uint32_t in_len, len; /* payload: the device's to write, and all */
	struct req *next_free;
};

struct vscsi {
	struct scsi_host host;
	struct virtio_device *vd;
	struct virtq *vq;

	/* from the configuration, in bounds */
	uint32_t cdb_size, sense_size, cmd_per_lun;
	struct pieces_limits max;

	struct slot *slots;
	uint8_t *data; /* DMA memory for the answer to a command */
	struct req *req, *free;
	struct virtq_seg *segs; /* of the request being built */
};

/* What is under way: pieces to read or write, or one command. */
struct run {
	struct vscsi *s;
	struct scsi_unit *u;
	bool write;
	struct pieces pieces;
	struct scsi_cmd *cmd;
	bool once; /* cmd has not been lent yet */
};

static bool more(void *arg)
{
	const struct run *r = arg;

	return r->once || pieces_left(&r->pieces);
}

/* Single level: 1, target, LUN in flat space form, zeroes (5.6.6.1). */
static void set_lun(uint8_t lun[8], const struct scsi_unit *u)
{
	memset(lun, 0, 8);
	lun[0] = 1;
	lun[1] = (uint8_t)u->target;
	lun[2] = (uint8_t)(0x40 | u->lun >> 8);
	lun[3] = (uint8_t)u->lun;
}

/* The payload of the next request, in @segs, and its cdb.
 * Return: the number of segments; -EINVAL */
static int payload(struct run *r, struct req *req, struct virtq_seg *segs)
{
	uint8_t *cdb = req->slot->cdb;
	uint64_t sector, bytes;
	int n;

	memset(cdb, 0, sizeof(req->slot->cdb));
	if (r->cmd) {
		r->once = false;
		memcpy(cdb, r->cmd->cdb, SCSI_CDB);
		req->len = req->in_len = r->cmd->in_len;
		segs[0] = (struct virtq_seg){ r->s->data, req->len };
		return req->len ? 1 : 0;
	}
	n = pieces_next(&r->pieces, &r->s->max, segs, &sector, &bytes);
	if (n < 0)
		return n;
	req->len = (uint32_t)bytes;
	req->in_len = r->write ? 0 : req->len;
	scsi_rw_cdb(r->u, r->write, sector, bytes, cdb);
	return n;
}

/* Request, data out, response, data in: the payload lies before the response or
 * behind it. */
static int build(struct run *r, struct req *req, unsigned int *n_out)
{
	struct vscsi *s = r->s;
	struct slot *slot = req->slot;
	struct virtq_seg *resp = s->segs + 1;
	int n = payload(r, req, s->segs + (r->write ? 1 : 2));

	if (n < 0)
		return n;
	*n_out = 1;
	if (r->write) {
		resp += n;
		*n_out += (unsigned int)n;
	}
	set_lun(slot->lun, r->u);
	slot->id = to_le64(s->vq->requests);
	memset(&slot->resp, 0, sizeof(slot->resp));
	slot->resp.response = VIRTIO_SCSI_S_UNTOUCHED;
	s->segs[0] = (struct virtq_seg){ slot, REQUEST_FIXED + s->cdb_size };
	*resp = (struct virtq_seg){ &slot->resp,
				    RESPONSE_FIXED + s->sense_size };
	return n;
}

static int lend(void *arg)
{
	struct run *r = arg, before = *r;
	struct vscsi *s = r->s;
	struct req *req = s->free;
	unsigned int n_out;
	int n, ret;

	if (!req || s->vq->in_flight >= s->cmd_per_lun)
		return -ENOSPC;
	n = build(r, req, &n_out);
	if (n < 0)
		return n;
	ret = virtq_add(s->vq, s->segs, n_out, (unsigned int)n + 2 - n_out,
			req);
	if (ret == -ENOSPC)
		*r = before; /* built again when there is room */
	if (!ret)
		s->free = req->next_free;
	return ret;
}

/* A response that is not OK: the command may not have reached its unit. */
static int not_delivered(struct scsi_unit *u, uint8_t response)
{
	static const char *const texts[] = {
		[1] = "data overrun",      [2] = "command aborted",
		[4] = "bus reset",         [5] = "controller is busy",
		[6] = "transport failure", [7] = "target failure",
		[8] = "nexus failure",     [9] = "failure",
	};
	const char *text = "unknown response";

	if (response == VIRTIO_SCSI_S_BAD_TARGET)
		return -ENODEV;
	if (response < array_size(texts))
		text = texts[response];
	return scsi_explain(u,
			    response == VIRTIO_SCSI_S_RESET ||
					    response == VIRTIO_SCSI_S_BUSY
				    ? -EAGAIN
				    : -EIO,
			    text);
}

/*
 * What became of @req; @len is what the device says it wrote. Everything is looked at
 * in a copy. What cannot be true breaks the ring, so that the device is reset before
 * buffers are their owner's again.
 */
static int verdict(struct run *r, const struct req *req, uint32_t len)
{
	struct vscsi *s = r->s;
	struct response resp = req->slot->resp;
	uint32_t residual = from_le32(resp.residual);
	uint32_t sense_len = from_le32(resp.sense_len);
	int ret;

	if (resp.response == VIRTIO_SCSI_S_UNTOUCHED)
		return virtq_break(s->vq, "request came back unanswered");
	if (resp.response != VIRTIO_SCSI_S_OK)
		return not_delivered(r->u, resp.response);
	if (sense_len > s->sense_size)
		return virtq_break(s->vq, "sense length is beyond the buffer");
	if (residual > req->len)
		return virtq_break(s->vq, "residual is beyond the data");
	ret = scsi_answer(r->u, resp.status, resp.sense, sense_len);
	if (ret)
		return ret;
	if (req->in_len &&
	    len < RESPONSE_FIXED + s->sense_size + req->in_len - residual)
		return virtq_break(s->vq, "read came back short");
	if (r->cmd)
		r->cmd->got = req->in_len - residual;
	else if (residual)
		return scsi_explain(r->u, -EIO, "not all data were moved");
	return 0;
}

static int done(void *arg, void *token, uint32_t len)
{
	struct run *r = arg;
	struct req *req = token;
	int ret = verdict(r, req, len);

	if (!ret && r->cmd && r->cmd->got)
		memcpy(r->cmd->in, r->s->data, r->cmd->got);
	req->next_free = r->s->free;
	r->s->free = req;
	return ret;
}

static int run(struct run *r)
{
	struct flight f = {
		.more = more, .lend = lend, .done = done, .arg = r
	};
	int ret = virtio_ready(r->s->vd);

	f.vq = r->s->vq;
	return ret ? ret : flight_run(&f);
}

static int command(struct scsi_host *h, struct scsi_unit *u, struct scsi_cmd *c)
{
	struct run r = { .s = h->ctx, .u = u, .cmd = c, .once = true };

	return run(&r);
}

static int transfer(struct scsi_host *h, struct scsi_unit *u, bool write,
		    const struct blk_piece *pieces, size_t count)
{
	struct run r = { .s = h->ctx, .u = u, .write = write };

	r.pieces = (struct pieces){ .list = pieces, .count = count };
	r.s->max.unit = u->dev.block_size;
	return run(&r);
}

static const char *fault(const struct scsi_host *h)
{
	const struct vscsi *s = h->ctx;

	return virtio_fault(s->vd);
}

static const struct scsi_host_ops host_ops = {
	.command = command,
	.transfer = transfer,
	.fault = fault,
};

/* ---- driver ---- */

static int config32(struct virtio_device *vd, unsigned int off, uint32_t *v)
{
	uint8_t raw[4];
	int ret = virtio_config(vd, off, 4, sizeof(raw), raw);

	if (!ret)
		*v = get_le32(raw);
	return ret;
}

/* Return: 0; -EIO the controller cannot be used */
static int read_config(struct vscsi *s)
{
	struct virtio_device *vd = s->vd;
	uint32_t sectors = 0, luns = 0, fit;
	uint8_t target[2];
	int ret = config32(vd, CFG_SEG_MAX, &s->max.seg_max);

	if (!ret)
		ret = config32(vd, CFG_MAX_SECTORS, &sectors);
	if (!ret)
		ret = config32(vd, CFG_CMD_PER_LUN, &s->cmd_per_lun);
	if (!ret)
		ret = config32(vd, CFG_SENSE_SIZE, &s->sense_size);
	if (!ret)
		ret = config32(vd, CFG_CDB_SIZE, &s->cdb_size);
	if (!ret)
		ret = config32(vd, CFG_MAX_LUN, &luns);
	if (!ret)
		ret = virtio_config(vd, CFG_MAX_TARGET, 2, 2, target);
	if (ret)
		return ret;
	fit = (uint32_t)min_u64(s->vq->size, VSCSI_QUEUE);
	if (fit < 3 || s->cdb_size < SCSI_CDB || s->cdb_size > CDB_SIZE_MAX ||
	    s->sense_size > SENSE_SIZE_MAX) {
		vd->fault = "cdb, sense or queue size is not usable";
		return -EIO;
	}
	s->host.max_target = get_le16(target);
	s->host.max_lun = luns;
	s->cmd_per_lun = (uint32_t)max_u64(s->cmd_per_lun, 1);
	s->max.seg_max = (uint32_t)min_u64(max_u64(s->max.seg_max, 1), fit - 2);
	s->max.size_max = UINT32_MAX;
	/* At least the largest block; 0 is no limit. */
	s->max.bytes = VSCSI_REQUEST_BYTES;
	if (sectors)
		s->max.bytes = min_u64(
			max_u64((uint64_t)sectors * SECTOR_SIZE, 65536),
			VSCSI_REQUEST_BYTES);
	return 0;
}

static int vscsi_announce(struct virtio_device *vd)
{
	static unsigned int controllers;
	struct vscsi *s = heap_alloc(sizeof(*s));

	if (!s)
		return -ENOMEM;
	vd->priv = s;
	s->vd = vd;
	s->host.ops = &host_ops;
	s->host.ctx = s;
	s->host.name = vd->name;
	scsi_host_add(&s->host);
	snprintf(vd->name, sizeof(vd->name), "scsi%u", controllers++);
	return 0;
}

static int allocate(struct vscsi *s)
{
	if (!s->slots)
		s->slots = dma_alloc(VSCSI_REQUESTS * sizeof(*s->slots), 64);
	if (!s->data)
		s->data = dma_alloc(SCSI_DATA_MAX, 64);
	if (!s->req)
		s->req = heap_alloc(VSCSI_REQUESTS * sizeof(*s->req));
	if (!s->segs)
		s->segs = heap_alloc((VSCSI_SEGS + 2) * sizeof(*s->segs));
	return s->slots && s->data && s->req && s->segs ? 0 : -ENOMEM;
}

static int vscsi_attach(struct virtio_device *vd)
{
	struct vscsi *s = vd->priv;
	int ret = allocate(s);

	if (!ret)
		ret = virtq_setup(vd, REQUEST_QUEUE, VSCSI_QUEUE, &s->vq);
	if (ret)
		return ret;
	/* QEMU counts what it read of a write, too (virtio_scsi_complete_req). */
	s->vq->loose_len = true;
	s->free = NULL;
	for (unsigned int i = VSCSI_REQUESTS; i--;) {
		s->req[i].slot = &s->slots[i];
		s->req[i].next_free = s->free;
		s->free = &s->req[i];
	}
	scsi_host_reset(&s->host);
	ret = read_config(s);
	if (!ret)
		virtq_indirect(s->vq, VSCSI_REQUESTS, s->max.seg_max + 2);
	return ret;
}

/* ---- what the glass box shows ---- */

static const struct virtio_field fields[] = {
	{ VIRTIO_FIELD_ALWAYS, 0, 4, 1, "num_queues" },
	{ VIRTIO_FIELD_ALWAYS, CFG_SEG_MAX, 4, 1, "seg_max" },
	{ VIRTIO_FIELD_ALWAYS, CFG_MAX_SECTORS, 4, 1, "max_sectors" },
	{ VIRTIO_FIELD_ALWAYS, CFG_CMD_PER_LUN, 4, 1, "cmd_per_lun" },
	{ VIRTIO_FIELD_ALWAYS, 16, 4, 1, "event_info_size" },
	{ VIRTIO_FIELD_ALWAYS, CFG_SENSE_SIZE, 4, 1, "sense_size" },
	{ VIRTIO_FIELD_ALWAYS, CFG_CDB_SIZE, 4, 1, "cdb_size" },
	{ VIRTIO_FIELD_ALWAYS, 28, 2, 1, "max_channel" },
	{ VIRTIO_FIELD_ALWAYS, CFG_MAX_TARGET, 2, 1, "max_target" },
	{ VIRTIO_FIELD_ALWAYS, CFG_MAX_LUN, 4, 1, "max_lun" },
};

static const char *what(const struct virtio_device *vd, uint64_t addr)
{
	const struct vscsi *s = vd->priv;
	uint64_t off = addr - dma_addr(s->slots);

	if (addr - dma_addr(s->data) < SCSI_DATA_MAX)
		return "command's answer";
	if (off >= VSCSI_REQUESTS * sizeof(struct slot))
		return NULL;
	return off % sizeof(struct slot) < offsetof(struct slot, resp)
		       ? "command header"
		       : "response";
}

static const struct virtio_glass glass = {
	.fields = fields,
	.nfields = array_size(fields),
	.what = what,
};

static const struct virtio_driver virtio_scsi = {
	.name = "virtio-scsi",
	.device_id = 8,
	.announce = vscsi_announce,
	.attach = vscsi_attach,
	.describe = virtio_describe_fields,
	.glass = &glass,
};
TABLE_ENTRY(virtio_driver, &virtio_scsi);
