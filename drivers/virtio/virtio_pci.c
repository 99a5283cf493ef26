/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio over PCI (virtio 1.4, 4.1): which functions are virtio devices, and of which
 * type, costs their ids only. Base addresses are placed, and modern or legacy is
 * decided, when a driver first needs the device: modern if its capabilities
 * make sense, else the legacy layout where ids and revision allow it.
 */
#include <drivers/virtio.h>

#include <errno.h>

#include <arch/io.h>
#include <core/heap.h>

#include "virtio_pci_priv.h"

/* 4.1.2 */
#define VENDOR            0x1af4
#define TRANSITIONAL_BASE 0x1000
#define MODERN_BASE       0x1040
#define IDS_END           0x1080

uint32_t vpci_read(const struct virtio_device *vd, unsigned int area,
		   uint64_t base, unsigned int off, unsigned int width)
{
	uint64_t addr = base + off;
	uint32_t v;

	if (width == 1)
		v = mmio_read8(addr);
	else
		v = width == 2 ? mmio_read16(addr) : mmio_read32(addr);
	trace_reg(vd, VIRTIO_EVENT_READ, (uint8_t)area, off, (uint8_t)width, v);
	return v;
}

void vpci_write(const struct virtio_device *vd, uint64_t base, unsigned int off,
		unsigned int width, uint32_t v)
{
	uint64_t addr = base + off;

	trace_reg(vd, VIRTIO_EVENT_WRITE, VPCI_COMMON, off, (uint8_t)width, v);
	if (width == 1)
		mmio_write8(addr, (uint8_t)v);
	else if (width == 2)
		mmio_write16(addr, (uint16_t)v);
	else
		mmio_write32(addr, v);
}

bool vpci_reg_written(struct virtio_device *vd, const struct virtio_reg *reg,
		      unsigned int sel, uint64_t *value)
{
	(void)reg;
	*value = sel;
	return vd->vq[sel]->kicks;
}

/* Before its registers are known, nothing has been done to the device. */
static uint32_t unopened_get_status(struct virtio_device *vd)
{
	(void)vd;
	return 0;
}

static void unopened_set_status(struct virtio_device *vd, uint8_t status)
{
	(void)vd;
	(void)status;
}

/* A window that is full is no fault of the device: say so. */
static void explain(struct vpci *v)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &v->pci->bar[i];

		if (bar->size && !bar->cpu && (!bar->io || v->transitional))
			v->vd.fault = bar->io ? "no room in the I/O window"
					      : "no room in the memory window";
	}
}

static int unopened_open(struct virtio_device *vd)
{
	struct vpci *v = to_vpci(vd);
	int ret = pci_enable(v->pci);

	if (!ret)
		ret = vpci_modern(v);
	if (ret == -ENODEV && v->transitional)
		ret = vpci_legacy(v);
	if (ret)
		explain(v);
	return ret;
}

static const struct virtio_transport unopened = {
	.name = "pci",
	.open = unopened_open,
	.get_status = unopened_get_status,
	.set_status = unopened_set_status,
};

/* Transitional ids say nothing of the type: the subsystem id does. */
static int add(struct pci_dev *pci)
{
	bool transitional = pci->device < MODERN_BASE;
	uint32_t type = pci->device - MODERN_BASE;
	struct vpci *v;

	if (pci->vendor != VENDOR || pci->header ||
	    pci->device < TRANSITIONAL_BASE || pci->device >= IDS_END)
		return 0;
	if (transitional)
		type = pci_read(pci, PCI_SUBSYSTEM_ID, 2);
	if (!type) /* no device type: nothing there */
		return 0;
	v = heap_alloc(sizeof(*v));
	if (!v)
		return -ENOMEM;
	v->pci = pci;
	v->transitional = transitional;
	v->vd.ops = &unopened;
	v->vd.vendor_id = pci->vendor;
	v->vd.device_id = type;
	v->vd.order = virtio_order_pci(pci->rid);
	pci_name(pci, v->vd.where);
	virtio_add(&v->vd);
	return 0;
}

int virtio_pci_add_all(void)
{
	int ret = 0;

	for (struct pci_dev *pci = pci_first(); pci && !ret; pci = pci->next)
		ret = add(pci);
	return ret;
}
