/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The legacy PCI transport (virtio 1.4, 4.1.4.10, 4.1.5.1.3.1): one I/O base
 * address. A queue's size is the device's and its ring is one block of pages,
 * handed over as a page number, which also stops the whole device when it is 0:
 * never written. MSI-X stays off, or the configuration would be four bytes
 * further on.
 */
#include "virtio_pci_priv.h"

#include <errno.h>

#include <core/dma.h>
#include <lib/checked.h>

#define LEGACY_DEVICE_FEATURES 0  /* le32 R */
#define LEGACY_DRIVER_FEATURES 4  /* le32 RW */
#define LEGACY_QUEUE_ADDRESS   8  /* le32 RW */
#define LEGACY_QUEUE_SIZE      12 /* le16 R */
#define LEGACY_QUEUE_SELECT    14 /* le16 RW */
#define LEGACY_QUEUE_NOTIFY    16 /* le16 RW */
#define LEGACY_DEVICE_STATUS   18 /* u8 RW */
#define LEGACY_ISR_STATUS      19 /* u8 R */
#define LEGACY_CONFIG          20

#define LEGACY_BAR             0
#define LEGACY_REVISION        0
#define ISR_DEFINED            0x3

static uint32_t legacy_get_status(struct virtio_device *vd)
{
	return vpci_get(vd, LEGACY_DEVICE_STATUS, 1);
}

static void legacy_set_status(struct virtio_device *vd, uint8_t status)
{
	vpci_put(vd, LEGACY_DEVICE_STATUS, 1, status);
}

static uint64_t legacy_get_features(struct virtio_device *vd)
{
	return vpci_get(vd, LEGACY_DEVICE_FEATURES, 4);
}

static void legacy_set_features(struct virtio_device *vd, uint64_t features)
{
	vpci_put(vd, LEGACY_DRIVER_FEATURES, 4, (uint32_t)features);
}

static void select_queue(struct virtio_device *vd, unsigned int index)
{
	vpci_put(vd, LEGACY_QUEUE_SELECT, 2, index);
}

static uint16_t legacy_queue_max(struct virtio_device *vd, unsigned int index)
{
	select_queue(vd, index);
	if (vpci_get(vd, LEGACY_QUEUE_ADDRESS, 4))
		return 0;
	return (uint16_t)vpci_get(vd, LEGACY_QUEUE_SIZE, 2);
}

static int legacy_queue_enable(struct virtio_device *vd, const struct virtq *vq)
{
	uint64_t addr = dma_addr(vq->desc);
	uint64_t pfn = addr / VIRTIO_LEGACY_ALIGN;

	if (addr % VIRTIO_LEGACY_ALIGN || !pfn || pfn > UINT32_MAX)
		return -EIO;
	select_queue(vd, vq->index);
	vpci_put(vd, LEGACY_QUEUE_ADDRESS, 4, (uint32_t)pfn);
	return vpci_get(vd, LEGACY_QUEUE_ADDRESS, 4) == pfn ? 0 : -EIO;
}

static void legacy_notify(struct virtio_device *vd, const struct virtq *vq)
{
	vpci_put(vd, LEGACY_QUEUE_NOTIFY, 2, vq->index);
}

static uint32_t legacy_config_read(struct virtio_device *vd, unsigned int off,
				   unsigned int width)
{
	uint64_t len = to_vpci(vd)->pci->bar[LEGACY_BAR].size;

	if (!inside(LEGACY_CONFIG + off, width, len))
		return UINT32_MAX >> (32 - 8 * width);
	return vpci_get(vd, LEGACY_CONFIG + off, width);
}

static uint32_t legacy_config_generation(struct virtio_device *vd)
{
	(void)vd; /* no such register: virtio_config reads twice instead */
	return 0;
}

/* Reading acknowledges. */
static uint32_t legacy_isr(struct virtio_device *vd)
{
	return vpci_get(vd, LEGACY_ISR_STATUS, 1) & ISR_DEFINED;
}

/* ---- for virtio regs ---- */

#define REG(name_, field_, width_, flags_) \
	{ \
		.name = name_, .offset = LEGACY_##field_, .width = width_, \
		.flags = VIRTIO_REG_##flags_ \
	}

static const struct virtio_reg pci_legacy_regs[] = {
	REG("DeviceFeatures", DEVICE_FEATURES, 4, R),
	REG("DriverFeatures", DRIVER_FEATURES, 4, RW),
	REG("QueueAddress", QUEUE_ADDRESS, 4, QUEUE | VIRTIO_REG_RW),
	REG("queue_size", QUEUE_SIZE, 2, QUEUE | VIRTIO_REG_R),
	REG("queue_select", QUEUE_SELECT, 2, RW),
	REG("QueueNotify", QUEUE_NOTIFY, 2, QUEUE | VIRTIO_REG_W),
	REG("DeviceStatus", DEVICE_STATUS, 1, RW),
	REG("ISRStatus", ISR_STATUS, 1, R | VIRTIO_REG_TAKES),
	REG("Config", CONFIG, 4, SPACE),
};

static uint64_t legacy_reg_read(struct virtio_device *vd,
				const struct virtio_reg *reg, unsigned int sel)
{
	if (reg->flags & VIRTIO_REG_QUEUE)
		select_queue(vd, sel);
	return vpci_get(vd, reg->offset, reg->width);
}

static const struct virtio_transport pci_legacy = {
	.name = "pci-legacy",
	.regs = pci_legacy_regs,
	.nregs = array_size(pci_legacy_regs),
	.reg_read = legacy_reg_read,
	.reg_written = vpci_reg_written,
	.get_status = legacy_get_status,
	.set_status = legacy_set_status,
	.get_features = legacy_get_features,
	.set_features = legacy_set_features,
	.queue_max = legacy_queue_max,
	.queue_enable = legacy_queue_enable,
	.notify = legacy_notify,
	.config_read = legacy_config_read,
	.config_generation = legacy_config_generation,
	.isr = legacy_isr,
};

int vpci_legacy(struct vpci *v)
{
	const struct pci_bar *bar = &v->pci->bar[LEGACY_BAR];

	if (!bar->io || !bar->cpu || bar->size < LEGACY_CONFIG ||
	    pci_read(v->pci, PCI_REVISION_ID, 1) != LEGACY_REVISION)
		return -ENODEV;
	v->vd.base = bar->cpu;
	v->vd.legacy = v->vd.fixed_size = true;
	v->vd.ops = &pci_legacy;
	return 0;
}
