/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fake device behind PCI registers (VIRTIO 1.4, 4.1.4): each access is held to
 * the width and direction of its field and becomes one of the memory-mapped
 * registers, so that rules, hooks and traces are those of virtio_regs.c.
 */
#include <string.h>

#include "pci_bus.h"
#include "virtio_dev.h"

#define BUS_MASTER  4
#define DRIVER_OK   4
#define LEGACY_BAR  0
#define LEGACY_SIZE 0x80
#define BAR_SIZE    0x4000

struct field {
	uint8_t off, width;
	bool writable;
	uint16_t reg; /* the memory-mapped one that does the same */
};

/* 4.1.4.3 */
static const struct field common[] = {
	{ 0x00, 4, true, R_DEVICE_FEATURES_SEL },
	{ 0x04, 4, false, R_DEVICE_FEATURES },
	{ 0x08, 4, true, R_DRIVER_FEATURES_SEL },
	{ 0x0c, 4, true, R_DRIVER_FEATURES },
	{ 0x10, 2, true, R_MAGIC },      /* MSI-X: no vector, nothing to read */
	{ 0x12, 2, false, R_VENDOR_ID }, /* num_queues */
	{ 0x14, 1, true, R_STATUS },
	{ 0x15, 1, false, R_CONFIG_GENERATION },
	{ 0x16, 2, true, R_QUEUE_SEL },
	{ 0x18, 2, true, R_QUEUE_NUM },
	{ 0x1a, 2, true, R_MAGIC },
	{ 0x1c, 2, true, R_QUEUE_READY },
	{ 0x1e, 2, false, R_QUEUE_NOTIFY },
	{ 0x20, 4, true, R_QUEUE_DESC_LOW },
	{ 0x24, 4, true, R_QUEUE_DESC_HIGH },
	{ 0x28, 4, true, R_QUEUE_DRIVER_LOW },
	{ 0x2c, 4, true, R_QUEUE_DRIVER_HIGH },
	{ 0x30, 4, true, R_QUEUE_DEVICE_LOW },
	{ 0x34, 4, true, R_QUEUE_DEVICE_HIGH },
	{ 0x38, 2, false, R_MAGIC },
	{ 0x3a, 2, false, R_QUEUE_RESET },
	{ 0x3c, 2, false, R_MAGIC },
	{ 0x3e, 2, false, R_MAGIC },
	{ 0 },
};

/* 4.1.4.10 */
static const struct field legacy[] = {
	{ 0, 4, false, R_DEVICE_FEATURES },
	{ 4, 4, true, R_DRIVER_FEATURES },
	{ 8, 4, true, R_QUEUE_PFN },
	{ 12, 2, false, R_QUEUE_NUM_MAX },
	{ 14, 2, true, R_QUEUE_SEL },
	{ 16, 2, true, R_QUEUE_NOTIFY },
	{ 18, 1, true, R_STATUS },
	{ 19, 1, false, R_INTERRUPT_STATUS },
	{ 0 },
};

static uint32_t isr_read(struct fake_vdev *d)
{
	uint32_t v = fake_vdev_read(d, R_INTERRUPT_STATUS, 4);

	d->isr = 0;
	return v;
}

/* What memory-mapped registers do not show. */
static bool read_back(const struct fake_vdev *d, unsigned int reg, uint32_t *v)
{
	const struct fake_queue *q = &d->queue[d->queue_sel % FAKE_QUEUES];
	const uint64_t area[] = { q->desc, q->driver, q->device };
	unsigned int sel = d->version == 1 ? 0 : d->driver_features_sel;

	if (reg == R_DEVICE_FEATURES_SEL)
		*v = d->features_sel;
	else if (reg == R_DRIVER_FEATURES_SEL)
		*v = d->driver_features_sel;
	else if (reg == R_DRIVER_FEATURES)
		*v = sel > 1 ? 0 : (uint32_t)(d->accepted >> 32 * sel);
	else if (reg == R_QUEUE_SEL)
		*v = d->queue_sel;
	else if (reg >= R_QUEUE_DESC_LOW && reg <= R_QUEUE_DEVICE_HIGH)
		*v = (uint32_t)(area[(reg - R_QUEUE_DESC_LOW) / 16] >>
				(reg & 4 ? 32 : 0));
	else
		return false;
	return true;
}

static uint32_t field_read(struct fake_pci *p, const struct field *f)
{
	struct fake_vdev *d = p->vdev;
	unsigned int q = d->queue_sel;
	uint32_t v;

	switch (f->reg) {
	case R_INTERRUPT_STATUS:
		return isr_read(d);
	case R_DEVICE_FEATURES:
		if (d->version == 1)
			d->features_sel = 0;
		break;
	case R_QUEUE_NUM: /* what was written, or the most there can be */
		if (q < FAKE_QUEUES && d->queue[q].num)
			return d->queue[q].num;
		return fake_vdev_read(d, R_QUEUE_NUM_MAX, 4);
	case R_QUEUE_NOTIFY: /* queue_notify_off */
		return d->notify_off ? d->notify_off : q;
	case R_MAGIC:
		return 0xffff;
	case R_VENDOR_ID:
		return d->nqueues;
	default:
		break;
	}
	if (f->writable && read_back(d, f->reg, &v))
		return v;
	return fake_vdev_read(d, f->reg, 4);
}

static void enable_legacy(struct fake_vdev *d)
{
	struct fake_queue *q;

	d->page_size = 4096;
	if (d->queue_sel >= FAKE_QUEUES)
		return;
	q = &d->queue[d->queue_sel];
	q->num = d->queue_max[d->queue_sel];
	q->align = 4096;
}

static void field_write(struct fake_pci *p, const struct field *f, uint32_t v)
{
	struct fake_vdev *d = p->vdev;

	if (f->reg == R_QUEUE_READY && v != 1)
		fake_violation(d, "queue_enable %u", v);
	if (f->reg == R_STATUS && v & DRIVER_OK &&
	    !(p->config[PCI_COMMAND] & BUS_MASTER))
		fake_violation(d, "DRIVER_OK without bus mastering");
	if (f->reg == R_DRIVER_FEATURES && d->version == 1)
		d->driver_features_sel = 0;
	if (f->reg == R_QUEUE_PFN)
		enable_legacy(d);
	fake_vdev_write(d, f->reg, 4, v);
}

static uint32_t access_field(struct fake_pci *p, const struct field *f,
			     uint64_t off, unsigned int width, bool write,
			     uint32_t v)
{
	while (f->width && f->off != off)
		f++;
	if (f->width != width || (write && !f->writable)) {
		fake_violation(p->vdev, "%s of %u bytes at %#jx",
			       write ? "write" : "read", width, (uintmax_t)off);
		return UINT32_MAX;
	}
	if (!write)
		return field_read(p, f);
	field_write(p, f, v);
	return 0;
}

static uint32_t config_access(struct fake_vdev *d, uint64_t off,
			      unsigned int width, bool write, uint32_t v)
{
	unsigned int reg = R_CONFIG + (unsigned int)off;

	if (!write)
		return fake_vdev_read(d, reg, width);
	fake_vdev_write(d, reg, width, v);
	return 0;
}

static void notify(struct fake_vdev *d, uint64_t off, unsigned int width,
		   uint32_t v)
{
	uint64_t at = d->notify_off ? d->notify_off : v;

	if (width != 2 || off != at * FAKE_MULTIPLIER)
		fake_violation(d, "notify of %u, %u bytes at %#jx", v, width,
			       (uintmax_t)off);
	fake_vdev_write(d, R_QUEUE_NOTIFY, 4, v);
}

static uint32_t modern_access(struct fake_pci *p, uint64_t off,
			      unsigned int width, bool write, uint32_t v)
{
	struct fake_vdev *d = p->vdev;

	if (off < FAKE_ISR)
		return access_field(p, common, off, width, write, v);
	if (off >= FAKE_NOTIFY && write) {
		notify(d, off - FAKE_NOTIFY, width, v);
		return 0;
	}
	if (off == FAKE_ISR && width == 1 && !write)
		return isr_read(d);
	if (off >= FAKE_DEVICE && off < FAKE_NOTIFY)
		return config_access(d, off - FAKE_DEVICE, width, write, v);
	fake_violation(d, "access of %u bytes at %#jx", width, (uintmax_t)off);
	return UINT32_MAX;
}

static uint32_t legacy_access(struct fake_pci *p, uint64_t off,
			      unsigned int width, bool write, uint32_t v)
{
	struct fake_vdev *d = p->vdev;
	/* MSI-X moves the configuration (4.1.5.1.2). */
	unsigned int at = p->config[FAKE_CAP_MSIX + 3] & 0x80 ? 24 : 20;

	if (off < 20)
		return access_field(p, legacy, off, width, write, v);
	if (off >= at)
		return config_access(d, off - at, width, write, v);
	return UINT32_MAX;
}

uint32_t fake_vpci_access(struct fake_pci *p, unsigned int bar, uint64_t off,
			  unsigned int width, bool write, uint32_t v)
{
	struct fake_vdev *d = p->vdev;
	uint32_t ones = UINT32_MAX >> (32 - 8 * (width < 4 ? width : 4));

	if (width > 4 || off % width)
		fake_violation(d, "%u bytes at %#jx", width, (uintmax_t)off);
	else if (bar == FAKE_BAR && d->version == 2)
		return modern_access(p, off, width, write, v) & ones;
	else if (bar == LEGACY_BAR && d->version == 1)
		return legacy_access(p, off, width, write, v) & ones;
	else
		fake_violation(d, "access of base address %u", bar);
	return ones;
}

/* ---- the function ---- */

static void capability(struct fake_pci *p, unsigned int at, unsigned int len,
		       unsigned int type, uint32_t offset, uint32_t length)
{
	unsigned int *last = &p->vdev->last_cap;

	p->config[*last ? *last + 1 : 0x34] = (uint8_t)at;
	*last = at;
	p->config[at] = 0x09;
	p->config[at + 2] = (uint8_t)len;
	p->config[at + 3] = (uint8_t)type;
	p->config[at + 4] = FAKE_BAR;
	fake_pci_put(p, at + 8, 4, offset);
	fake_pci_put(p, at + 12, 4, length);
}

static void add_msix(struct fake_pci *p)
{
	p->config[PCI_STATUS] |= 0x10;
	p->config[PCI_CAPABILITY_LIST] = FAKE_CAP_MSIX;
	p->config[FAKE_CAP_MSIX] = 0x11;
	p->mask[FAKE_CAP_MSIX + 3] = 0xc0;
	p->vdev->last_cap = FAKE_CAP_MSIX;
	fake_pci_bar(p, 1, 0x1000, 0);
}

static void add_io(struct fake_pci *p)
{
	fake_pci_bar(p, LEGACY_BAR, LEGACY_SIZE, 1);
	fake_pci_put(p, PCI_DEVICE_ID, 2, 0x1000 + (p->devfn & 7u));
	fake_pci_put(p, PCI_SUBSYSTEM_ID, 2, p->vdev->device_id);
}

struct fake_pci *fake_vpci_add(struct fake_pci *bridge, unsigned int devfn,
			       struct fake_vdev *d)
{
	uint16_t id = (uint16_t)(0x1040 + d->device_id);
	struct fake_pci *p = fake_pci_add(bridge, devfn, 0x1af4, id);

	d->identified = 3; /* the configuration did */
	d->pci = p;
	p->vdev = d;
	add_msix(p);
	if (d->version == 1) {
		add_io(p);
		return p;
	}
	p->config[PCI_REVISION_ID] = 1;
	fake_pci_put(p, PCI_SUBSYSTEM_ID, 2, 0x1100);
	fake_pci_bar(p, FAKE_BAR, BAR_SIZE, 0xc);
	capability(p, FAKE_CAP_COMMON, 16, 1, FAKE_COMMON, 0x1000);
	capability(p, FAKE_CAP_NOTIFY, 20, 2, FAKE_NOTIFY, 0x1000);
	fake_pci_put(p, FAKE_CAP_NOTIFY + 16, 4, FAKE_MULTIPLIER);
	capability(p, FAKE_CAP_ISR, 16, 3, FAKE_ISR, 0x1000);
	capability(p, FAKE_CAP_DEVICE, 16, 4, FAKE_DEVICE, 0x1000);
	capability(p, FAKE_CAP_WINDOW, 20, 5, 0, 0);
	return p;
}

void fake_vpci_transitional(struct fake_pci *p)
{
	p->config[PCI_REVISION_ID] = 0;
	add_io(p);
}
