/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The modern PCI transport (virtio 1.4, 4.1.4): where the registers are is said by
 * vendor capabilities, which are input. One counts only when it is long enough, its
 * base address exists and holds all of it, and it is aligned for its fields; the
 * first such one of each type is used, others are passed over. Fields are accessed
 * at their natural width, 64-bit ones in halves. Interrupts are never enabled:
 * MSI-X vectors stay what a reset makes them, none.
 */
#include "virtio_pci_priv.h"

#include <errno.h>

#include <arch/io.h>
#include <core/dma.h>
#include <lib/checked.h>

/* struct virtio_pci_common_cfg, 4.1.4.3 */
#define COMMON_DEVICE_FEATURE_SELECT 0x00 /* le32 RW */
#define COMMON_DEVICE_FEATURE        0x04 /* le32 R */
#define COMMON_DRIVER_FEATURE_SELECT 0x08 /* le32 RW */
#define COMMON_DRIVER_FEATURE        0x0c /* le32 RW */
#define COMMON_CONFIG_MSIX_VECTOR    0x10 /* le16 RW */
#define COMMON_NUM_QUEUES            0x12 /* le16 R */
#define COMMON_DEVICE_STATUS         0x14 /* u8 RW */
#define COMMON_CONFIG_GENERATION     0x15 /* u8 R */
#define COMMON_QUEUE_SELECT          0x16 /* le16 RW */
#define COMMON_QUEUE_SIZE            0x18 /* le16 RW */
#define COMMON_QUEUE_MSIX_VECTOR     0x1a /* le16 RW */
#define COMMON_QUEUE_ENABLE          0x1c /* le16 RW */
#define COMMON_QUEUE_NOTIFY_OFF      0x1e /* le16 R */
#define COMMON_QUEUE_DESC            0x20 /* le64 RW */
#define COMMON_QUEUE_DRIVER          0x28 /* le64 RW */
#define COMMON_QUEUE_DEVICE          0x30 /* le64 RW */
#define COMMON_BYTES                 0x38 /* there may be less than all */
#define COMMON_QUEUE_NOTIF_CONFIG    0x38 /* le16 R */
#define COMMON_QUEUE_RESET           0x3a /* le16 RW */
#define COMMON_ADMIN_QUEUE_INDEX     0x3c /* le16 R */
#define COMMON_ADMIN_QUEUE_NUM       0x3e /* le16 R */

/* struct virtio_pci_cap, 4.1.4 */
#define CAP_VENDOR            0x09
#define CAP_LEN               2
#define CAP_CFG_TYPE          3
#define CAP_BAR               4
#define CAP_OFFSET            8
#define CAP_LENGTH            12
#define CAP_NOTIFY_MULTIPLIER 16

enum { CFG_COMMON = 1, CFG_NOTIFY, CFG_ISR, CFG_DEVICE };

#define ISR_BYTES   1
#define ISR_DEFINED 0x3

/* ---- the transport ---- */

static uint32_t modern_get_status(struct virtio_device *vd)
{
	return vpci_get(vd, COMMON_DEVICE_STATUS, 1);
}

static void modern_set_status(struct virtio_device *vd, uint8_t status)
{
	vpci_put(vd, COMMON_DEVICE_STATUS, 1, status);
}

/* @select: of the device's or of the driver's features, which lie behind it */
static uint32_t features_word(struct virtio_device *vd, unsigned int select,
			      uint32_t sel)
{
	vpci_put(vd, select, 4, sel);
	return vpci_get(vd, select + 4, 4);
}

static uint64_t modern_get_features(struct virtio_device *vd)
{
	uint64_t low = features_word(vd, COMMON_DEVICE_FEATURE_SELECT, 0);

	return low |
	       (uint64_t)features_word(vd, COMMON_DEVICE_FEATURE_SELECT, 1)
		       << 32;
}

static void modern_set_features(struct virtio_device *vd, uint64_t features)
{
	for (uint32_t sel = 0; sel < 2; sel++) {
		vpci_put(vd, COMMON_DRIVER_FEATURE_SELECT, 4, sel);
		vpci_put(vd, COMMON_DRIVER_FEATURE, 4,
			 (uint32_t)(features >> 32 * sel));
	}
}

static void select_queue(struct virtio_device *vd, unsigned int index)
{
	vpci_put(vd, COMMON_QUEUE_SELECT, 2, index);
}

static uint16_t modern_queue_max(struct virtio_device *vd, unsigned int index)
{
	select_queue(vd, index);
	if (vpci_get(vd, COMMON_QUEUE_ENABLE, 2))
		return 0;
	return (uint16_t)min_u64(vpci_get(vd, COMMON_QUEUE_SIZE, 2),
				 VIRTIO_QUEUE_SIZE_LIMIT);
}

static void write_address(struct virtio_device *vd, unsigned int field,
			  const void *area)
{
	vpci_put(vd, field, 4, (uint32_t)dma_addr(area));
	vpci_put(vd, field + 4, 4, (uint32_t)(dma_addr(area) >> 32));
}

/* 4.1.4.4: inside the structure, with the two bytes of the queue's index */
static int set_notify_address(struct vpci *v, unsigned int index)
{
	uint64_t off = vpci_get(&v->vd, COMMON_QUEUE_NOTIFY_OFF, 2);

	off *= v->notify_multiplier;
	if (off % 2 || !inside(off, 2, v->notify.len))
		return -EIO;
	v->notify_at[index] = v->notify.addr + off;
	return 0;
}

/* queue_enable is only ever written 1: a reset stops a queue (4.1.4.3.2). */
static int modern_queue_enable(struct virtio_device *vd, const struct virtq *vq)
{
	select_queue(vd, vq->index);
	if (set_notify_address(to_vpci(vd), vq->index)) {
		vd->fault = "notify address is outside its structure";
		return -EIO;
	}
	vpci_put(vd, COMMON_QUEUE_SIZE, 2, vq->size);
	write_address(vd, COMMON_QUEUE_DESC, vq->desc);
	write_address(vd, COMMON_QUEUE_DRIVER, vq->driver);
	write_address(vd, COMMON_QUEUE_DEVICE, vq->device);
	vpci_put(vd, COMMON_QUEUE_ENABLE, 2, 1);
	return vpci_get(vd, COMMON_QUEUE_ENABLE, 2) == 1 ? 0 : -EIO;
}

static void modern_notify(struct virtio_device *vd, const struct virtq *vq)
{
	trace_reg(vd, VIRTIO_EVENT_WRITE, VPCI_NOTIFY, 0, 2, vq->index);
	mmio_write16(to_vpci(vd)->notify_at[vq->index], (uint16_t)vq->index);
}

/* What is beyond the structure reads as all ones, as a field that is not there does
 * on QEMU. */
static uint32_t modern_config_read(struct virtio_device *vd, unsigned int off,
				   unsigned int width)
{
	const struct vpci_area *config = &to_vpci(vd)->config;

	if (!inside(off, width, config->len))
		return UINT32_MAX >> (32 - 8 * width);
	return vpci_read(vd, VPCI_CONFIG, config->addr, off, width);
}

static uint32_t modern_config_generation(struct virtio_device *vd)
{
	return vpci_get(vd, COMMON_CONFIG_GENERATION, 1);
}

/* Reading acknowledges (4.1.4.5). */
static uint32_t modern_isr(struct virtio_device *vd)
{
	return vpci_read(vd, VPCI_ISR, to_vpci(vd)->isr.addr, 0, 1) &
	       ISR_DEFINED;
}

/* ---- for virtio regs ---- */

#define REG(name_, off_, width_, flags_) \
	{ \
		.name = name_, .offset = off_, .width = width_, \
		.flags = VIRTIO_REG_##flags_ \
	}
#define QREG(name_, off_, width_, flags_) \
	REG(name_, off_, width_, QUEUE | VIRTIO_REG_##flags_)

static const struct virtio_reg pci_modern_regs[] = {
	REG("device_feature_select", COMMON_DEVICE_FEATURE_SELECT, 4, RW),
	REG("device_feature", COMMON_DEVICE_FEATURE, 4, WORD | VIRTIO_REG_R),
	REG("driver_feature_select", COMMON_DRIVER_FEATURE_SELECT, 4, RW),
	REG("driver_feature", COMMON_DRIVER_FEATURE, 4, WORD | VIRTIO_REG_RW),
	REG("config_msix_vector", COMMON_CONFIG_MSIX_VECTOR, 2, RW),
	REG("num_queues", COMMON_NUM_QUEUES, 2, R),
	REG("device_status", COMMON_DEVICE_STATUS, 1, RW),
	REG("config_generation", COMMON_CONFIG_GENERATION, 1, R),
	REG("queue_select", COMMON_QUEUE_SELECT, 2, RW),
	QREG("queue_size", COMMON_QUEUE_SIZE, 2, RW),
	QREG("queue_msix_vector", COMMON_QUEUE_MSIX_VECTOR, 2, RW),
	QREG("queue_enable", COMMON_QUEUE_ENABLE, 2, RW),
	QREG("queue_notify_off", COMMON_QUEUE_NOTIFY_OFF, 2, R),
	QREG("queue_desc", COMMON_QUEUE_DESC, 4, RW),
	QREG("queue_desc+4", COMMON_QUEUE_DESC + 4, 4, RW),
	QREG("queue_driver", COMMON_QUEUE_DRIVER, 4, RW),
	QREG("queue_driver+4", COMMON_QUEUE_DRIVER + 4, 4, RW),
	QREG("queue_device", COMMON_QUEUE_DEVICE, 4, RW),
	QREG("queue_device+4", COMMON_QUEUE_DEVICE + 4, 4, RW),
	QREG("queue_notif_config_data", COMMON_QUEUE_NOTIF_CONFIG, 2, R),
	QREG("queue_reset", COMMON_QUEUE_RESET, 2, RW),
	REG("admin_queue_index", COMMON_ADMIN_QUEUE_INDEX, 2, R),
	REG("admin_queue_num", COMMON_ADMIN_QUEUE_NUM, 2, R),
	{ "queue_notify", 0, VPCI_NOTIFY, 2, VIRTIO_REG_QUEUE | VIRTIO_REG_W },
	{ "ISR_status", 0, VPCI_ISR, 1, VIRTIO_REG_R | VIRTIO_REG_TAKES },
	{ "Config", 0, VPCI_CONFIG, 4, VIRTIO_REG_SPACE },
};

static bool modern_reg_there(struct virtio_device *vd,
			     const struct virtio_reg *reg)
{
	return reg->area != VPCI_COMMON ||
	       inside(reg->offset, reg->width, to_vpci(vd)->common.len);
}

static uint64_t modern_reg_read(struct virtio_device *vd,
				const struct virtio_reg *reg, unsigned int sel)
{
	if (reg->flags & VIRTIO_REG_WORD)
		return features_word(vd, reg->offset - 4u, sel);
	if (reg->flags & VIRTIO_REG_QUEUE)
		select_queue(vd, sel);
	return vpci_get(vd, reg->offset, reg->width);
}

static const struct virtio_transport pci_modern = {
	.name = "pci-modern",
	.regs = pci_modern_regs,
	.nregs = array_size(pci_modern_regs),
	.reg_there = modern_reg_there,
	.reg_read = modern_reg_read,
	.reg_written = vpci_reg_written,
	.get_status = modern_get_status,
	.set_status = modern_set_status,
	.get_features = modern_get_features,
	.set_features = modern_set_features,
	.queue_max = modern_queue_max,
	.queue_enable = modern_queue_enable,
	.notify = modern_notify,
	.config_read = modern_config_read,
	.config_generation = modern_config_generation,
	.isr = modern_isr,
};

/* ---- the capability walk ---- */

/* What a structure of each type needs: bytes, alignment, bytes of its capability */
static const struct {
	uint8_t bytes, align, cap_len;
} needs[] = {
	[CFG_COMMON] = { COMMON_BYTES, 4, 16 },
	[CFG_NOTIFY] = { 2, 2, 20 },
	[CFG_ISR] = { ISR_BYTES, 1, 16 },
	[CFG_DEVICE] = { 1, 4, 16 },
};

/* Return: is the structure described at @pos one that can be used? */
static bool usable(const struct pci_dev *pci, unsigned int pos,
		   unsigned int type, struct vpci_area *area)
{
	unsigned int cap_len = pci_read(pci, pos + CAP_LEN, 1), bar;
	uint32_t offset, length;

	if (cap_len < needs[type].cap_len || pos + cap_len > PCI_CONFIG_BYTES)
		return false;
	bar = pci_read(pci, pos + CAP_BAR, 1);
	if (bar >= PCI_BARS || !pci->bar[bar].cpu)
		return false;
	offset = pci_read(pci, pos + CAP_OFFSET, 4);
	length = pci_read(pci, pos + CAP_LENGTH, 4);
	if (length < needs[type].bytes || offset % needs[type].align ||
	    !inside(offset, length, pci->bar[bar].size))
		return false;
	area->addr = pci->bar[bar].cpu + offset;
	area->len = length;
	return true;
}

static void take_capability(struct vpci *v, unsigned int pos)
{
	struct vpci_area *const areas[] = {
		[CFG_COMMON] = &v->common,
		[CFG_NOTIFY] = &v->notify,
		[CFG_ISR] = &v->isr,
		[CFG_DEVICE] = &v->config,
	};
	unsigned int type = pci_read(v->pci, pos + CAP_CFG_TYPE, 1);

	if (type < CFG_COMMON || type > CFG_DEVICE || areas[type]->len ||
	    !usable(v->pci, pos, type, areas[type]))
		return;
	if (type == CFG_NOTIFY)
		v->notify_multiplier = pci_read(v->pci,
						pos + CAP_NOTIFY_MULTIPLIER, 4);
}

int vpci_modern(struct vpci *v)
{
	struct pci_cap_walk w = { 0 };

	v->common.len = v->notify.len = v->isr.len = v->config.len = 0;
	while (pci_cap_next(v->pci, &w))
		if (w.id == CAP_VENDOR)
			take_capability(v, w.pos);
	if (!v->common.len || !v->notify.len || !v->isr.len)
		return -ENODEV;
	v->vd.base = v->common.addr;
	v->vd.ops = &pci_modern;
	return 0;
}
