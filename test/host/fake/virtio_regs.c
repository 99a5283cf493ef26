/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake device's registers (VIRTIO 1.4, 2.1, 2.2, 4.2.2, 4.2.4) and the
 * rules a driver is held to there.
 */
#include <string.h>

#include "virtio_dev.h"

#define ACKNOWLEDGE 0x01u
#define DRIVER      0x02u
#define DRIVER_OK   0x04u
#define FEATURES_OK 0x08u
#define NEEDS_RESET 0x40u
#define FAILED      0x80u

/* ---- which registers there are: 1 version 1, 2 version 2, 3 both ---- */

static const struct {
	uint16_t off;
	uint8_t readable, writable;
} regs[] = {
	{ R_MAGIC, 3, 0 },
	{ R_VERSION, 3, 0 },
	{ R_DEVICE_ID, 3, 0 },
	{ R_VENDOR_ID, 3, 0 },
	{ R_DEVICE_FEATURES, 3, 0 },
	{ R_DEVICE_FEATURES_SEL, 0, 3 },
	{ R_DRIVER_FEATURES, 0, 3 },
	{ R_DRIVER_FEATURES_SEL, 0, 3 },
	{ R_GUEST_PAGE_SIZE, 0, 1 },
	{ R_QUEUE_SEL, 0, 3 },
	{ R_QUEUE_NUM_MAX, 3, 0 },
	{ R_QUEUE_NUM, 0, 3 },
	{ R_QUEUE_ALIGN, 0, 1 },
	{ R_QUEUE_PFN, 1, 1 },
	{ R_QUEUE_READY, 2, 2 },
	{ R_QUEUE_NOTIFY, 0, 3 },
	{ R_INTERRUPT_STATUS, 3, 0 },
	{ R_INTERRUPT_ACK, 0, 3 },
	{ R_STATUS, 3, 3 },
	{ R_QUEUE_DESC_LOW, 0, 2 },
	{ R_QUEUE_DESC_HIGH, 0, 2 },
	{ R_QUEUE_DRIVER_LOW, 0, 2 },
	{ R_QUEUE_DRIVER_HIGH, 0, 2 },
	{ R_QUEUE_DEVICE_LOW, 0, 2 },
	{ R_QUEUE_DEVICE_HIGH, 0, 2 },
	{ R_SHM_LEN_LOW, 2, 0 },
	{ R_SHM_LEN_HIGH, 2, 0 },
	{ R_SHM_BASE_LOW, 2, 0 },
	{ R_SHM_BASE_HIGH, 2, 0 },
	{ R_QUEUE_RESET, 2, 0 },
	{ R_CONFIG_GENERATION, 2, 0 },
};

/* 4.2.3.1.1: magic, version and id first, and nothing of what is not ours. */
static bool identify(struct fake_vdev *d, unsigned int reg, bool write)
{
	static const unsigned int order[] = { R_MAGIC, R_VERSION, R_DEVICE_ID };
	bool known = d->magic == 0x74726976 && d->device_id &&
		     (d->version == 1 || d->version == 2);

	if (d->identified < 3 && !write && reg == order[d->identified]) {
		d->identified++;
		return true;
	}
	if (!write && reg <= R_DEVICE_ID)
		return true;
	if (d->identified < 3 || !known) {
		fake_violation(d, "register %#x of a device that is %s", reg,
			       known ? "not identified yet" : "not ours");
		return false;
	}
	return true;
}

bool fake_reg_allowed(struct fake_vdev *d, unsigned int reg, unsigned int width,
		      bool write)
{
	unsigned int version = d->version == 1 || d->version == 2 ? d->version
								  : 3;

	if (!identify(d, reg, write))
		return false;
	if (reg >= R_CONFIG)
		return true;
	if (width != 4 || reg % 4) {
		fake_violation(d, "register %#x with width %u", reg, width);
		return false;
	}
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
		uint8_t who = write ? regs[i].writable : regs[i].readable;

		if (regs[i].off == reg && who & version)
			return true;
	}
	fake_violation(d, "register %#x may not be %s", reg,
		       write ? "written" : "read");
	return false;
}

/* ---- status and features ---- */

void fake_reg_reset(struct fake_vdev *d)
{
	fake_ring_reset(d);
	d->status = 0;
	d->isr = 0;
	d->blind = false;
	d->accepted = 0;
	d->halves = 0;
	d->page_size = 0;
	d->features_sel = FAKE_SCRAMBLED;
	d->driver_features_sel = FAKE_SCRAMBLED;
	d->queue_sel = FAKE_SCRAMBLED;
	d->resets++;
}

/* While a reset is going on, what was there before is still seen. */
static uint32_t status_read(struct fake_vdev *d)
{
	uint32_t old = d->status ? d->status : 0xf;

	if (d->reset_left == 0)
		return d->status;
	if (d->reset_left == UINT32_MAX)
		return old;
	if (--d->reset_left == 0)
		fake_reg_reset(d);
	return old;
}

static void features_ok(struct fake_vdev *d, uint32_t *v)
{
	if (d->version == 1)
		fake_violation(d, "FEATURES_OK on a legacy device");
	if (d->halves != 3)
		fake_violation(d, "FEATURES_OK before both feature words");
	if (d->features >> 32 & 1 && !fake_has(d, 32))
		fake_violation(d, "VERSION_1 offered and not accepted");
	if (d->refuse)
		*v &= ~FEATURES_OK;
}

static void status_write(struct fake_vdev *d, uint32_t v)
{
	uint32_t old = d->status & ~NEEDS_RESET;
	uint32_t set = v & ~old;

	if (v == 0) {
		d->reset_left = d->reset_reads;
		if (d->reset_left == 0)
			fake_reg_reset(d);
		return;
	}
	if (d->reset_left && !(v & FAILED))
		fake_violation(d, "status %#x during reset", v);
	if (old & ~v && !d->reset_left)
		fake_violation(d, "status %#x drops bits of %#x", v, old);
	if (v & ~(ACKNOWLEDGE | DRIVER | DRIVER_OK | FEATURES_OK | FAILED))
		fake_violation(d, "status %#x is not the driver's", v);
	if (v & DRIVER && !(v & ACKNOWLEDGE))
		fake_violation(d, "DRIVER without ACKNOWLEDGE");
	if (set & (FEATURES_OK | DRIVER_OK) && !(old & DRIVER))
		fake_violation(d, "status %#x before DRIVER", v);
	if (set & FEATURES_OK)
		features_ok(d, &v);
	if (set & DRIVER_OK && d->version == 2 && !(old & FEATURES_OK))
		fake_violation(d, "DRIVER_OK before FEATURES_OK");
	if (set & DRIVER_OK && v & FAILED)
		fake_violation(d, "DRIVER_OK of a failed device");
	d->status = v | (d->status & NEEDS_RESET);
}

/* Sel is scrambled after each use, so that a driver must write it (FEAT-3). */
static uint32_t features_read(struct fake_vdev *d)
{
	uint32_t sel = d->features_sel;

	d->features_sel = FAKE_SCRAMBLED;
	if (!(d->status & DRIVER))
		fake_violation(d, "features read before DRIVER");
	if (sel == 0)
		return (uint32_t)d->features;
	if (sel == 1 && d->version == 2)
		return (uint32_t)(d->features >> 32);
	fake_violation(d, "features read with selector %#x", sel);
	return 0;
}

static void features_write(struct fake_vdev *d, uint32_t v)
{
	uint32_t sel = d->driver_features_sel;

	d->driver_features_sel = FAKE_SCRAMBLED;
	if (!(d->status & DRIVER) || d->status & (FEATURES_OK | DRIVER_OK))
		fake_violation(d, "features written at status %#x", d->status);
	if (sel > 1 || (sel == 1 && d->version == 1)) {
		fake_violation(d, "features written with selector %#x", sel);
		return;
	}
	d->halves |= (uint8_t)(1u << sel);
	d->accepted &= ~(UINT64_C(0xffffffff) << 32 * sel);
	d->accepted |= (uint64_t)v << 32 * sel;
	if (d->accepted & ~d->features)
		fake_violation(d, "features %#jx accepted, not offered",
			       (uintmax_t)(d->accepted & ~d->features));
}

/* ---- queues ---- */

static struct fake_queue *selected(struct fake_vdev *d, unsigned int reg)
{
	if (d->queue_sel >= FAKE_QUEUES) {
		if (d->queue_sel == FAKE_SCRAMBLED)
			fake_violation(d, "register %#x without QueueSel", reg);
		return NULL;
	}
	return &d->queue[d->queue_sel];
}

static uint32_t queue_read(struct fake_vdev *d, unsigned int reg)
{
	struct fake_queue *q = selected(d, reg);

	if (!q || d->queue_sel >= d->nqueues)
		return 0;
	if (reg == R_QUEUE_NUM_MAX)
		return d->queue_max[d->queue_sel];
	if (d->queue_busy)
		return 1;
	return reg == R_QUEUE_PFN ? q->pfn : q->ready;
}

static void queue_enable(struct fake_vdev *d, struct fake_queue *q)
{
	uint32_t max = d->queue_max[d->queue_sel];

	if (d->version == 2 && !(d->status & FEATURES_OK))
		fake_violation(d, "queue set up before FEATURES_OK");
	if (d->status & DRIVER_OK)
		fake_violation(d, "queue set up after DRIVER_OK");
	if (q->num == 0 || q->num > max || q->num > 32768 ||
	    (q->num & (q->num - 1) && !fake_has(d, FAKE_PACKED))) {
		fake_violation(d, "QueueNum %u with a maximum of %u", q->num,
			       max);
		return;
	}
	fake_ring_enable(d, d->queue_sel);
}

/* 4.2.4: one block of pages; QueuePFN 0 would reset all of the device. */
static void pfn_write(struct fake_vdev *d, struct fake_queue *q, uint32_t v)
{
	uint64_t page = d->page_size;

	if (v == 0 || q->ready) {
		fake_violation(d, "QueuePFN %#x written", v);
		return;
	}
	if (!page || page & (page - 1) || !q->align ||
	    q->align & (q->align - 1)) {
		fake_violation(d, "QueuePFN with page size %u, align %u",
			       d->page_size, q->align);
		return;
	}
	q->pfn = v;
	q->desc = v * page;
	q->driver = q->desc + 16 * (uint64_t)q->num;
	q->device = q->driver + 6 + 2 * (uint64_t)q->num;
	q->device = (q->device + q->align - 1) & ~(uint64_t)(q->align - 1);
	queue_enable(d, q);
}

static void ready_write(struct fake_vdev *d, struct fake_queue *q, uint32_t v)
{
	if (v > 1) {
		fake_violation(d, "QueueReady %u", v);
	} else if (v == 0) {
		q->ready = false;
	} else if (q->ready) {
		fake_violation(d, "QueueReady written twice");
	} else if (q->halves != 0x3f) {
		fake_violation(d, "QueueReady without all addresses");
	} else {
		queue_enable(d, q);
	}
}

static void address_write(struct fake_vdev *d, struct fake_queue *q,
			  unsigned int reg, uint32_t v)
{
	uint64_t *area[] = { &q->desc, &q->driver, &q->device };
	unsigned int i = (reg - R_QUEUE_DESC_LOW) / 0x10, high = reg / 4 & 1;

	if (q->ready)
		fake_violation(d, "address written while QueueReady");
	q->halves |= (uint8_t)(1u << (2 * i + high));
	*area[i] &= ~(UINT64_C(0xffffffff) << 32 * high);
	*area[i] |= (uint64_t)v << 32 * high;
}

static void queue_write(struct fake_vdev *d, unsigned int reg, uint32_t v)
{
	struct fake_queue *q = selected(d, reg);

	if (!q) {
		fake_violation(d, "register %#x for no queue", reg);
	} else if (reg == R_QUEUE_NUM) {
		if (q->ready)
			fake_violation(d, "QueueNum while QueueReady");
		q->num = v;
	} else if (reg == R_QUEUE_ALIGN) {
		q->align = v;
	} else if (reg == R_QUEUE_PFN) {
		pfn_write(d, q, v);
	} else if (reg == R_QUEUE_READY) {
		ready_write(d, q, v);
	} else {
		address_write(d, q, reg, v);
	}
}

static void notify(struct fake_vdev *d, uint32_t v)
{
	if (!(d->status & DRIVER_OK))
		fake_violation(d, "notify before DRIVER_OK");
	else if (v >= FAKE_QUEUES || !d->queue[v].ready)
		fake_violation(d, "notify of queue %u", v);
	else
		fake_ring_kick(d, v);
}

/* ---- all registers ---- */

static uint32_t config_access(struct fake_vdev *d, unsigned int off,
			      unsigned int width, bool write, uint32_t v)
{
	uint32_t out = UINT32_MAX;

	fake_type_config_check(d, off, width, write);
	if (off + width > FAKE_CONFIG)
		return out >> (32 - 8 * width);
	if (write)
		memcpy(d->config + off, &v, width);
	out = 0;
	memcpy(&out, d->config + off, width);
	return out;
}

uint32_t fake_reg_read(struct fake_vdev *d, unsigned int reg,
		       unsigned int width)
{
	switch (reg) {
	case R_MAGIC:
		return d->magic;
	case R_VERSION:
		return d->version;
	case R_DEVICE_ID:
		return d->device_id;
	case R_VENDOR_ID:
		return 0x554d4551;
	case R_DEVICE_FEATURES:
		return features_read(d);
	case R_QUEUE_NUM_MAX:
	case R_QUEUE_PFN:
	case R_QUEUE_READY:
		return queue_read(d, reg);
	case R_INTERRUPT_STATUS:
		return d->isr;
	case R_STATUS:
		return status_read(d);
	case R_SHM_LEN_LOW: /* there is no such region */
	case R_SHM_LEN_HIGH:
	case R_SHM_BASE_LOW:
	case R_SHM_BASE_HIGH:
		return UINT32_MAX;
	case R_QUEUE_RESET:
		return 0;
	case R_CONFIG_GENERATION:
		return d->generation;
	default:
		return config_access(d, reg - R_CONFIG, width, false, 0);
	}
}

void fake_reg_write(struct fake_vdev *d, unsigned int reg, unsigned int width,
		    uint32_t v)
{
	switch (reg) {
	case R_DEVICE_FEATURES_SEL:
		d->features_sel = v;
		break;
	case R_DRIVER_FEATURES:
		features_write(d, v);
		break;
	case R_DRIVER_FEATURES_SEL:
		d->driver_features_sel = v;
		break;
	case R_GUEST_PAGE_SIZE:
		d->page_size = v;
		break;
	case R_QUEUE_SEL:
		d->queue_sel = v;
		break;
	case R_QUEUE_NOTIFY:
		notify(d, v);
		break;
	case R_INTERRUPT_ACK:
		if (v & ~d->isr)
			fake_violation(d, "InterruptACK %#x of %#x", v, d->isr);
		d->isr &= ~v;
		break;
	case R_STATUS:
		status_write(d, v);
		break;
	default:
		if (reg >= R_CONFIG)
			config_access(d, reg - R_CONFIG, width, true, v);
		else
			queue_write(d, reg, v);
	}
}
