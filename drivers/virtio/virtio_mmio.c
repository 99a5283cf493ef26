/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The memory-mapped transport (virtio 1.4, 4.2), register versions 1 (legacy,
 * 4.2.4: QEMU's default) and 2. The two differ in features (one word or two)
 * and in how a queue is handed over, so each has its own operations table; the
 * rest is shared. Registers are 32 bits wide and read only so; fields of the
 * configuration space are read at their own width.
 *
 * A ring the device must not have is refused: it starts on a page, on version
 * 1 below 2^32 pages. A queue is stopped by a device reset only: writing 0 to
 * QueuePFN would reset the whole device on QEMU (MMIO-8).
 */
#include <drivers/virtio.h>

#include <errno.h>
#include <stdio.h>

#include <arch/io.h>
#include <core/dma.h>
#include <core/heap.h>

#include "virtio_trace_priv.h"

/* 4.2.2, table 4.1; (1) and (2): in that version only */
#define VIRTIO_MMIO_MAGIC_VALUE         0x000 /* R */
#define VIRTIO_MMIO_VERSION             0x004 /* R */
#define VIRTIO_MMIO_DEVICE_ID           0x008 /* R */
#define VIRTIO_MMIO_VENDOR_ID           0x00c /* R */
#define VIRTIO_MMIO_DEVICE_FEATURES     0x010 /* R */
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL 0x014 /* W */
#define VIRTIO_MMIO_DRIVER_FEATURES     0x020 /* W */
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL 0x024 /* W */
#define VIRTIO_MMIO_GUEST_PAGE_SIZE     0x028 /* W (1) */
#define VIRTIO_MMIO_QUEUE_SEL           0x030 /* W */
#define VIRTIO_MMIO_QUEUE_NUM_MAX       0x034 /* R */
#define VIRTIO_MMIO_QUEUE_NUM           0x038 /* W */
#define VIRTIO_MMIO_QUEUE_ALIGN         0x03c /* W (1) */
#define VIRTIO_MMIO_QUEUE_PFN           0x040 /* RW (1) */
#define VIRTIO_MMIO_QUEUE_READY         0x044 /* RW (2) */
#define VIRTIO_MMIO_QUEUE_NOTIFY        0x050 /* W */
#define VIRTIO_MMIO_INTERRUPT_STATUS    0x060 /* R */
#define VIRTIO_MMIO_INTERRUPT_ACK       0x064 /* W */
#define VIRTIO_MMIO_STATUS              0x070 /* RW */
#define VIRTIO_MMIO_QUEUE_DESC_LOW      0x080 /* W (2), high at +4 */
#define VIRTIO_MMIO_QUEUE_DRIVER_LOW    0x090 /* W (2), high at +4 */
#define VIRTIO_MMIO_QUEUE_DEVICE_LOW    0x0a0 /* W (2), high at +4 */
#define VIRTIO_MMIO_SHM_SEL             0x0ac /* W (2) */
#define VIRTIO_MMIO_SHM_LEN_LOW         0x0b0 /* R (2), high at +4 */
#define VIRTIO_MMIO_SHM_BASE_LOW        0x0b8 /* R (2), high at +4 */
#define VIRTIO_MMIO_QUEUE_RESET         0x0c0 /* RW (2) */
#define VIRTIO_MMIO_CONFIG_GENERATION   0x0fc /* R (2) */
#define VIRTIO_MMIO_CONFIG              0x100 /* RW */

#define MAGIC                           0x74726976 /* "virt" */
#define QUEUE_SIZE_LIMIT                32768      /* 2.7 */
#define ISR_DEFINED                     0x3

static uint32_t reg_read(const struct virtio_device *vd, unsigned int reg)
{
	uint32_t v = mmio_read32(vd->base + reg);

	trace_reg(vd, VIRTIO_EVENT_READ, 0, reg, 4, v);
	return v;
}

static void reg_write(const struct virtio_device *vd, unsigned int reg,
		      uint32_t v)
{
	trace_reg(vd, VIRTIO_EVENT_WRITE, 0, reg, 4, v);
	mmio_write32(vd->base + reg, v);
}

static uint32_t mmio_get_status(struct virtio_device *vd)
{
	return reg_read(vd, VIRTIO_MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *vd, uint8_t status)
{
	reg_write(vd, VIRTIO_MMIO_STATUS, status);
}

/* The selector is written before each access: a device may forget it (FEAT-3). */
static uint32_t features_word(struct virtio_device *vd, uint32_t sel)
{
	reg_write(vd, VIRTIO_MMIO_DEVICE_FEATURES_SEL, sel);
	return reg_read(vd, VIRTIO_MMIO_DEVICE_FEATURES);
}

static void set_features_word(struct virtio_device *vd, uint32_t sel,
			      uint64_t features)
{
	reg_write(vd, VIRTIO_MMIO_DRIVER_FEATURES_SEL, sel);
	reg_write(vd, VIRTIO_MMIO_DRIVER_FEATURES,
		  (uint32_t)(features >> (32 * sel)));
}

static uint64_t mmio1_get_features(struct virtio_device *vd)
{
	return features_word(vd, 0);
}

/* The page size is set here because every device passes by once after its
 * reset and before its queues (MMIO-6). */
static void mmio1_set_features(struct virtio_device *vd, uint64_t features)
{
	set_features_word(vd, 0, features);
	reg_write(vd, VIRTIO_MMIO_GUEST_PAGE_SIZE, VIRTIO_LEGACY_ALIGN);
}

/* Two words, no loop "until zero": QEMU shows the upper for any selector
 * that is not 0 (FEAT-4). */
static uint64_t mmio2_get_features(struct virtio_device *vd)
{
	uint64_t low = features_word(vd, 0);

	return low | (uint64_t)features_word(vd, 1) << 32;
}

static void mmio2_set_features(struct virtio_device *vd, uint64_t features)
{
	set_features_word(vd, 0, features);
	set_features_word(vd, 1, features);
}

/* @in_use: the register that must read 0 on a queue that is not set up */
static uint16_t queue_max(struct virtio_device *vd, unsigned int index,
			  unsigned int in_use)
{
	reg_write(vd, VIRTIO_MMIO_QUEUE_SEL, index);
	if (reg_read(vd, in_use))
		return 0;
	return (uint16_t)min_u64(reg_read(vd, VIRTIO_MMIO_QUEUE_NUM_MAX),
				 QUEUE_SIZE_LIMIT);
}

static uint16_t mmio1_queue_max(struct virtio_device *vd, unsigned int index)
{
	return queue_max(vd, index, VIRTIO_MMIO_QUEUE_PFN);
}

static uint16_t mmio2_queue_max(struct virtio_device *vd, unsigned int index)
{
	return queue_max(vd, index, VIRTIO_MMIO_QUEUE_READY);
}

static int mmio1_queue_enable(struct virtio_device *vd, const struct virtq *vq)
{
	uint64_t addr = dma_addr(vq->desc);
	uint64_t pfn = addr / VIRTIO_LEGACY_ALIGN;

	if (addr % VIRTIO_LEGACY_ALIGN || !pfn || pfn > UINT32_MAX)
		return -EIO;
	reg_write(vd, VIRTIO_MMIO_QUEUE_SEL, vq->index);
	reg_write(vd, VIRTIO_MMIO_QUEUE_NUM, vq->size);
	reg_write(vd, VIRTIO_MMIO_QUEUE_ALIGN, VIRTIO_LEGACY_ALIGN);
	reg_write(vd, VIRTIO_MMIO_QUEUE_PFN, (uint32_t)pfn);
	return reg_read(vd, VIRTIO_MMIO_QUEUE_PFN) == pfn ? 0 : -EIO;
}

static void write_address(struct virtio_device *vd, unsigned int reg,
			  const void *area)
{
	reg_write(vd, reg, (uint32_t)dma_addr(area));
	reg_write(vd, reg + 4, (uint32_t)(dma_addr(area) >> 32));
}

static int mmio2_queue_enable(struct virtio_device *vd, const struct virtq *vq)
{
	reg_write(vd, VIRTIO_MMIO_QUEUE_SEL, vq->index);
	reg_write(vd, VIRTIO_MMIO_QUEUE_NUM, vq->size);
	write_address(vd, VIRTIO_MMIO_QUEUE_DESC_LOW, vq->desc);
	write_address(vd, VIRTIO_MMIO_QUEUE_DRIVER_LOW, vq->driver);
	write_address(vd, VIRTIO_MMIO_QUEUE_DEVICE_LOW, vq->device);
	reg_write(vd, VIRTIO_MMIO_QUEUE_READY, 1);
	return reg_read(vd, VIRTIO_MMIO_QUEUE_READY) == 1 ? 0 : -EIO;
}

static void mmio_notify(struct virtio_device *vd, const struct virtq *vq)
{
	reg_write(vd, VIRTIO_MMIO_QUEUE_NOTIFY, vq->index);
}

static uint32_t mmio_config_read(struct virtio_device *vd, unsigned int off,
				 unsigned int width)
{
	uint64_t addr = vd->base + VIRTIO_MMIO_CONFIG + off;

	uint32_t v;

	if (width == 1)
		v = mmio_read8(addr);
	else
		v = width == 2 ? mmio_read16(addr) : mmio_read32(addr);
	trace_reg(vd, VIRTIO_EVENT_READ, 0, VIRTIO_MMIO_CONFIG + off,
		  (uint8_t)width, v);
	return v;
}

static uint32_t mmio1_config_generation(struct virtio_device *vd)
{
	(void)vd; /* no such register: virtio_config reads twice instead */
	return 0;
}

static uint32_t mmio2_config_generation(struct virtio_device *vd)
{
	return reg_read(vd, VIRTIO_MMIO_CONFIG_GENERATION);
}

static uint32_t mmio_isr(struct virtio_device *vd)
{
	uint32_t isr = reg_read(vd, VIRTIO_MMIO_INTERRUPT_STATUS) & ISR_DEFINED;

	if (isr)
		reg_write(vd, VIRTIO_MMIO_INTERRUPT_ACK, isr);
	return isr;
}

/* ---- for virtio regs ---- */

/* The names of 4.2.4 in version 1, of 4.2.2 in version 2. */
#define REG(name_, reg_, flags_) \
	{ \
		.name = name_, .offset = VIRTIO_MMIO_##reg_, .width = 4, \
		.flags = VIRTIO_REG_##flags_ \
	}
#define QREG(name_, reg_, flags_) REG(name_, reg_, QUEUE | VIRTIO_REG_##flags_)
#define WREG(name_, reg_, flags_) REG(name_, reg_, WORD | VIRTIO_REG_##flags_)
#define REGS_FIRST \
	REG("MagicValue", MAGIC_VALUE, R), REG("Version", VERSION, R), \
		REG("DeviceID", DEVICE_ID, R), REG("VendorID", VENDOR_ID, R)
#define REGS_LAST \
	QREG("QueueNotify", QUEUE_NOTIFY, W), \
		REG("InterruptStatus", INTERRUPT_STATUS, R), \
		REG("InterruptACK", INTERRUPT_ACK, W), \
		REG("Status", STATUS, RW), REG("Config", CONFIG, SPACE)

static const struct virtio_reg mmio1_regs[] = {
	REGS_FIRST,
	WREG("HostFeatures", DEVICE_FEATURES, R),
	REG("HostFeaturesSel", DEVICE_FEATURES_SEL, W),
	WREG("GuestFeatures", DRIVER_FEATURES, W),
	REG("GuestFeaturesSel", DRIVER_FEATURES_SEL, W),
	REG("GuestPageSize", GUEST_PAGE_SIZE, W),
	REG("QueueSel", QUEUE_SEL, W),
	QREG("QueueNumMax", QUEUE_NUM_MAX, R),
	QREG("QueueNum", QUEUE_NUM, W),
	QREG("QueueAlign", QUEUE_ALIGN, W),
	QREG("QueuePFN", QUEUE_PFN, RW),
	REGS_LAST,
};

static const struct virtio_reg mmio2_regs[] = {
	REGS_FIRST,
	WREG("DeviceFeatures", DEVICE_FEATURES, R),
	REG("DeviceFeaturesSel", DEVICE_FEATURES_SEL, W),
	WREG("DriverFeatures", DRIVER_FEATURES, W),
	REG("DriverFeaturesSel", DRIVER_FEATURES_SEL, W),
	REG("QueueSel", QUEUE_SEL, W),
	QREG("QueueSizeMax", QUEUE_NUM_MAX, R),
	QREG("QueueSize", QUEUE_NUM, W),
	QREG("QueueReady", QUEUE_READY, RW),
	QREG("QueueDescLow", QUEUE_DESC_LOW, W),
	QREG("QueueDescHigh", QUEUE_DESC_LOW + 4, W),
	QREG("QueueDriverLow", QUEUE_DRIVER_LOW, W),
	QREG("QueueDriverHigh", QUEUE_DRIVER_LOW + 4, W),
	QREG("QueueDeviceLow", QUEUE_DEVICE_LOW, W),
	QREG("QueueDeviceHigh", QUEUE_DEVICE_LOW + 4, W),
	QREG("QueueReset", QUEUE_RESET, RW),
	REGS_LAST,
	REG("SHMSel", SHM_SEL, W),
	REG("SHMLenLow", SHM_LEN_LOW, R),
	REG("SHMLenHigh", SHM_LEN_LOW + 4, R),
	REG("SHMBaseLow", SHM_BASE_LOW, R),
	REG("SHMBaseHigh", SHM_BASE_LOW + 4, R),
	REG("ConfigGeneration", CONFIG_GENERATION, R),
};

/* Nobody relies on what a selector was left at: it is written before each use. */
static uint64_t mmio_reg_read(struct virtio_device *vd,
			      const struct virtio_reg *reg, unsigned int sel)
{
	if (reg->flags & VIRTIO_REG_WORD)
		return features_word(vd, sel);
	if (reg->flags & VIRTIO_REG_QUEUE)
		reg_write(vd, VIRTIO_MMIO_QUEUE_SEL, sel);
	return reg_read(vd, reg->offset);
}

static uint64_t queue_written(const struct virtq *vq, unsigned int offset)
{
	const void *const area[] = { vq->desc, vq->driver, vq->device };
	unsigned int i = offset - VIRTIO_MMIO_QUEUE_DESC_LOW;

	if (offset == VIRTIO_MMIO_QUEUE_NUM)
		return vq->size;
	if (offset == VIRTIO_MMIO_QUEUE_ALIGN)
		return VIRTIO_LEGACY_ALIGN;
	if (offset == VIRTIO_MMIO_QUEUE_NOTIFY)
		return vq->index;
	return (uint32_t)(dma_addr(area[i / 16]) >> (i % 16 ? 32 : 0));
}

static bool mmio_reg_written(struct virtio_device *vd,
			     const struct virtio_reg *reg, unsigned int sel,
			     uint64_t *value)
{
	if (reg->offset == VIRTIO_MMIO_DRIVER_FEATURES)
		*value = (uint32_t)(vd->accepted >> (32 * sel));
	else if (reg->offset == VIRTIO_MMIO_GUEST_PAGE_SIZE)
		*value = VIRTIO_LEGACY_ALIGN;
	else if (reg->offset == VIRTIO_MMIO_QUEUE_NOTIFY && !vd->vq[sel]->kicks)
		return false;
	else if (reg->flags & VIRTIO_REG_QUEUE)
		*value = queue_written(vd->vq[sel], reg->offset);
	else
		return false;
	return true;
}

static const struct virtio_transport virtio_mmio1 = {
	.name = "mmio",
	.regs = mmio1_regs,
	.nregs = array_size(mmio1_regs),
	.reg_read = mmio_reg_read,
	.reg_written = mmio_reg_written,
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.get_features = mmio1_get_features,
	.set_features = mmio1_set_features,
	.queue_max = mmio1_queue_max,
	.queue_enable = mmio1_queue_enable,
	.notify = mmio_notify,
	.config_read = mmio_config_read,
	.config_generation = mmio1_config_generation,
	.isr = mmio_isr,
};

static const struct virtio_transport virtio_mmio2 = {
	.name = "mmio",
	.regs = mmio2_regs,
	.nregs = array_size(mmio2_regs),
	.reg_read = mmio_reg_read,
	.reg_written = mmio_reg_written,
	.get_status = mmio_get_status,
	.set_status = mmio_set_status,
	.get_features = mmio2_get_features,
	.set_features = mmio2_set_features,
	.queue_max = mmio2_queue_max,
	.queue_enable = mmio2_queue_enable,
	.notify = mmio_notify,
	.config_read = mmio_config_read,
	.config_generation = mmio2_config_generation,
	.isr = mmio_isr,
};

/* Magic, version, device id, in this order (4.2.3.1.1); an empty slot is
 * touched no further. */
int virtio_mmio_add(uint64_t base, unsigned int slot)
{
	struct virtio_device *vd;
	uint32_t version;

	if (mmio_read32(base + VIRTIO_MMIO_MAGIC_VALUE) != MAGIC)
		return -ENODEV;
	version = mmio_read32(base + VIRTIO_MMIO_VERSION);
	if (version != 1 && version != 2)
		return -ENODEV;
	vd = heap_alloc(sizeof(*vd));
	if (!vd)
		return -ENOMEM;
	vd->base = base;
	vd->order = virtio_order_mmio(base);
	snprintf(vd->where, sizeof(vd->where), "slot%u", slot);
	vd->version = version;
	vd->legacy = version == 1;
	vd->ops = vd->legacy ? &virtio_mmio1 : &virtio_mmio2;
	vd->device_id = reg_read(vd, VIRTIO_MMIO_DEVICE_ID);
	if (vd->device_id)
		vd->vendor_id = reg_read(vd, VIRTIO_MMIO_VENDOR_ID);
	virtio_add(vd);
	return 0;
}
